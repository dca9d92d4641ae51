//! What IGV reads once it is in: the buckets, the folders, and one file by presigned ranges.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use spec_model::Kind;
use spec_model::kinds::Object;

use super::checklist::{Checklist, Outcome, Topic};
use super::data::{Place, indexes, levels};
use super::formats::{Contents, Format, Unreadable};
use super::login::of_call;
use super::subject::Subject;
use crate::error::WorldError;
use crate::web::MAX_ANSWER;

/// How much of the beginning is asked for first; most headers fit.
const BEGINNING: usize = 64 * 1024;
/// The longest index that is read; IGV reads it whole.
const MAX_INDEX: usize = 64 * 1024 * 1024;

/// A data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) bucket: String,
    pub(super) key: String,
}

/// Reads as IGV does; the file that was read, for the refusals.
pub(super) async fn reading(
    list: &mut Checklist<'_>,
    subject: &Subject<'_>,
    s3: &Client,
    places: &[Place],
    names_of_buckets: bool,
    asked: Option<&str>,
) -> Option<File> {
    if names_of_buckets {
        let answer = s3.list_buckets().send().await;
        let outcome = match answer {
            Ok(it) => Outcome::seen(format!("{} buckets", it.buckets().len())),
            Err(error) => of_call(&WorldError::of("s3:ListAllMyBuckets", error)),
        };
        list.add(Topic::Login, "list_buckets", "the names of buckets are shown", outcome);
    }
    let mut listed: Vec<(&Place, BTreeSet<String>)> = Vec::new();
    for place in places {
        let (keys, outcome) = levels(s3, place).await;
        listed.extend(keys.map(|it| (place, it)));
        // What the role may not list is no gap: it is what IGV would see.
        let outcome = match outcome {
            Outcome::Unread { why, remedy } => Outcome::Failed { why, remedy },
            other @ (Outcome::Passed { .. } | Outcome::Failed { .. } | Outcome::Skipped { .. }) => other,
        };
        let outcome = match (&outcome, root(s3, place).await) {
            (Outcome::Passed { .. }, Err(error)) => of_call(&error),
            (_, _) => outcome,
        };
        list.add(
            Topic::Login,
            format!("list: {}", place.bucket),
            format!("{} can be listed, folder by folder", place.bucket),
            outcome,
        );
    }
    let Some(file) = chosen(subject, &listed, asked) else {
        list.add(
            Topic::Login,
            "file",
            "a data file can be opened",
            Outcome::skipped("there is no BAM, CRAM or VCF file with an index beside it; name one with `--object`"),
        );
        return None;
    };
    open(list, subject, s3, &file).await;
    Some(file)
}

/// The first level of a bucket, as the bucket browser asks for it.
async fn root(s3: &Client, place: &Place) -> Result<(), WorldError> {
    let call = s3.list_objects_v2().bucket(&place.bucket).prefix("").delimiter("/");
    call.send()
        .await
        .map(drop)
        .map_err(|error| WorldError::of("s3:ListBucket", error))
}

/// The file that was asked for, else one of the file's own, else any that IGV can open.
fn chosen(subject: &Subject<'_>, listed: &[(&Place, BTreeSet<String>)], asked: Option<&str>) -> Option<File> {
    if let Some((bucket, key)) = asked.and_then(|it| it.trim_start_matches("s3://").split_once('/')) {
        return Some(File {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        });
    }
    let own = subject.wanted(Kind::Object).find_map(|(_, it)| {
        let object = <Object as spec_model::Shaped>::from_value(&it).ok()?;
        Format::of(&object.key).map(|_| File {
            bucket: object.bucket,
            key: object.key,
        })
    });
    own.or_else(|| {
        listed.iter().find_map(|(place, keys)| {
            let key = keys
                .iter()
                .find(|key| Format::of(key).is_some() && indexes(key).iter().any(|it| keys.contains(it)))?;
            Some(File {
                bucket: place.bucket.clone(),
                key: key.clone(),
            })
        })
    })
}

async fn open(list: &mut Checklist<'_>, subject: &Subject<'_>, s3: &Client, file: &File) {
    let name = format!("{}/{}", file.bucket, file.key);
    let answer = s3.head_object().bucket(&file.bucket).key(&file.key).send().await;
    let size = match answer {
        Ok(it) => u64::try_from(it.content_length().unwrap_or_default()).unwrap_or_default(),
        Err(error) => {
            let outcome = of_call(&WorldError::of("s3:GetObject", error));
            list.add(Topic::Login, "head", format!("{name} is there (HeadObject)"), outcome);
            return;
        }
    };
    list.add(
        Topic::Login,
        "head",
        format!("{name} is there (HeadObject)"),
        Outcome::seen(format!("{size} bytes")),
    );
    let Some(format) = Format::of(&file.key) else {
        list.add(
            Topic::Login,
            "header",
            "its header can be read",
            Outcome::skipped("it is neither a BAM, a CRAM nor a VCF in BGZF"),
        );
        return;
    };
    let contents = header(list, subject, s3, file, format, size).await;
    end(list, subject, s3, file, format, size).await;
    if let Some(contents) = contents {
        index(list, s3, file, &contents).await;
    }
}

/// Asks for bytes of the file by a presigned address, as IGV does: the range is not signed.
async fn range(subject: &Subject<'_>, s3: &Client, file: &File, first: u64, last: u64) -> Result<Vec<u8>, Outcome> {
    let hour = PresigningConfig::expires_in(Duration::from_secs(3600)).expect("an hour is less than a week");
    let signed = s3
        .get_object()
        .bucket(&file.bucket)
        .key(&file.key)
        .presigned(hour)
        .await;
    let signed = signed.map_err(|error| of_call(&WorldError::of("s3:GetObject", error)))?;
    let wanted = format!("bytes={first}-{last}");
    let answer = subject.web.get(signed.uri(), &[("range", &wanted)]).await;
    let answer = answer.map_err(|error| Outcome::unanswered(&error))?;
    if answer.status == 206 {
        return Ok(answer.body);
    }
    let text = answer.text();
    let inside = |tag: &str| {
        let rest = text.split(&format!("<{tag}>")).nth(1)?;
        rest.split('<').next().map(str::to_owned)
    };
    let code = inside("Code").unwrap_or_else(|| "no error code".to_owned());
    let message = inside("Message").unwrap_or_default();
    Err(Outcome::failed(
        format!("S3 answers {} to a presigned range: {code}: {message}", answer.status),
        "look at the bucket's policy and at the key policy of its encryption; the role needs `kms:Decrypt`",
    ))
}

async fn header(
    list: &mut Checklist<'_>,
    subject: &Subject<'_>,
    s3: &Client,
    file: &File,
    format: Format,
    size: u64,
) -> Option<Contents> {
    let mut length = BEGINNING;
    let title = format!("its {} header can be read", format.name());
    loop {
        let last = (length as u64).min(size).saturating_sub(1);
        let bytes = match range(subject, s3, file, 0, last).await {
            Ok(it) => it,
            Err(outcome) => {
                list.add(Topic::Login, "header", title, outcome);
                return None;
            }
        };
        match format.header(&bytes) {
            Ok(contents) => {
                list.add(Topic::Login, "header", title, Outcome::seen(contents.shown()));
                return Some(contents);
            }
            Err(Unreadable::Short) if (length as u64) < size && length * 4 <= MAX_ANSWER => length *= 4,
            Err(unreadable) => {
                let why = match unreadable {
                    Unreadable::Short if (length as u64) < size => {
                        format!("it is longer than {length} bytes, which is more than is read here")
                    }
                    Unreadable::Short => "the file ends before its header does".to_owned(),
                    Unreadable::Wrong(why) => why,
                };
                let outcome = Outcome::failed(why, "upload the file again, and check it with `samtools quickcheck`");
                list.add(Topic::Login, "header", title, outcome);
                return None;
            }
        }
    }
}

async fn end(list: &mut Checklist<'_>, subject: &Subject<'_>, s3: &Client, file: &File, format: Format, size: u64) {
    let outcome = match range(
        subject,
        s3,
        file,
        size.saturating_sub(format.end_length()),
        size.saturating_sub(1),
    )
    .await
    {
        Ok(bytes) => Outcome::holds(
            format.ends(&bytes),
            "its end marker is missing: the file is cut off",
            "upload the file again, and check it with `samtools quickcheck`",
        ),
        Err(outcome) => outcome,
    };
    list.add(Topic::Login, "end", "it is whole to its end", outcome);
}

async fn index(list: &mut Checklist<'_>, s3: &Client, file: &File, contents: &Contents) {
    let mut outcome = Outcome::failed(
        format!("there is none of {}", indexes(&file.key).join(", ")),
        "make it (`samtools index`, `tabix`) and put it beside the file",
    );
    for key in indexes(&file.key) {
        match whole(s3, &file.bucket, &key).await {
            Ok(Some(bytes)) => {
                outcome = match contents.index(&key, &bytes) {
                    Ok(shown) => Outcome::seen(format!("{key}, {shown}")),
                    Err(why) => Outcome::failed(
                        format!("{key}: {why}"),
                        "make it anew from this very file (`samtools index`, `tabix`)",
                    ),
                };
                break;
            }
            Ok(None) => {
                outcome = Outcome::skipped(format!("{key} has more than {MAX_INDEX} bytes"));
                break;
            }
            // Without the right to list, S3 says of a missing key that it is denied.
            Err(error) if error.is_missing() || error.class == crate::error::ErrorClass::Denied => {}
            Err(error) => {
                outcome = of_call(&error);
                break;
            }
        }
    }
    list.add(Topic::Login, "index", "its index belongs to it", outcome);
}

/// A whole object; nothing if it is too long.
async fn whole(s3: &Client, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, WorldError> {
    let answer = s3.get_object().bucket(bucket).key(key).send().await;
    let mut body = answer.map_err(|error| WorldError::of("s3:GetObject", error))?.body;
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| WorldError::own("s3:GetObject", error.to_string()))?;
        if bytes.len() + piece.len() > MAX_INDEX {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}
