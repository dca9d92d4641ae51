//! The data: where it lies, what is beside it, and whether IGV can list it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::Client;
use spec_model::Kind;
use spec_model::kinds::{ConfigBody, Object};

use super::checklist::{Checklist, Outcome, Topic};
use super::rights;
use super::settings::several;
use super::subject::Subject;
use crate::clients::Clients;
use crate::error::WorldError;

/// The most entries of a level that IGV lists: it asks for the next page with the token of the first, for ever.
const LEVEL: usize = 1000;
/// Pages of a thousand objects that are read of one bucket or prefix.
const PAGES: usize = 200;

/// A bucket that people may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its name.
    pub(super) bucket: String,
    /// The account that owns it.
    pub(super) owner: String,
    /// The prefixes that may be read; none is all.
    pub(super) prefixes: BTreeSet<String>,
    /// Whether it is one of the file's own.
    pub(super) own: bool,
}

/// The buckets that people may read, by what the role's policies in the file say.
pub(super) fn places(subject: &Subject<'_>, body: &ConfigBody) -> Vec<Place> {
    let Some(policies) = subject.wanted_policies(&body.aws_cognito_role_arn) else {
        return Vec::new();
    };
    let own: BTreeSet<String> = subject
        .wanted(Kind::Bucket)
        .filter_map(|(_, it)| Some(it.get("name")?.as_text()?.to_owned()))
        .collect();
    rights::granted(&policies)
        .into_iter()
        .filter(|(bucket, _)| !bucket.contains(['*', '?']))
        .map(|(bucket, prefixes)| {
            let granted = subject.spec.granted.iter().find(|it| it.bucket == bucket);
            let owner = granted.and_then(|it| it.owner.clone());
            Place {
                owner: owner.unwrap_or_else(|| subject.clients.account.clone()),
                own: own.contains(&bucket),
                bucket,
                prefixes,
            }
        })
        .collect()
}

/// Checks the data with the caller's rights.
pub(super) async fn data(list: &mut Checklist<'_>, subject: &Subject<'_>, places: &[Place], region: &str) {
    let files: Vec<Object> = subject
        .wanted(Kind::Object)
        .filter_map(|(_, it)| <Object as spec_model::Shaped>::from_value(&it).ok())
        .collect();
    for place in places {
        let bucket = &place.bucket;
        list.add(
            Topic::Data,
            format!("region: {bucket}"),
            format!("{bucket} is in {region}"),
            in_region(subject.clients, place, region).await,
        );
        let (listed, levels) = levels(&subject.clients.s3, place).await;
        let levels = match levels {
            // Somebody else's bucket is not the caller's to list; the role of people lists it after a login.
            Outcome::Unread { .. } if !place.own => {
                Outcome::skipped("it is not the caller's to list; a login looks at it with the rights of people")
            }
            other @ (Outcome::Passed { .. }
            | Outcome::Failed { .. }
            | Outcome::Unread { .. }
            | Outcome::Skipped { .. }) => other,
        };
        list.add(
            Topic::Data,
            format!("levels: {bucket}"),
            format!("IGV can list {bucket}"),
            levels,
        );
        let wanted: Vec<&str> = files
            .iter()
            .filter(|it| it.bucket == *bucket)
            .map(|it| it.key.as_str())
            .collect();
        if let Some(listed) = &listed {
            self::files(list, bucket, &wanted, listed);
        }
    }
}

async fn in_region(clients: &Clients, place: &Place, region: &str) -> Outcome {
    let answer = clients
        .s3
        .head_bucket()
        .bucket(&place.bucket)
        .expected_bucket_owner(&place.owner)
        .send()
        .await;
    // S3 names the region in the header whatever the answer is (S3 API Reference, `HeadBucket`).
    let header = |error: &aws_smithy_runtime_api::client::orchestrator::HttpResponse| {
        error.headers().get("x-amz-bucket-region").map(str::to_owned)
    };
    let (there, error) = match answer {
        Ok(answer) => (answer.bucket_region, None),
        Err(error) => (
            error.raw_response().and_then(header),
            Some(WorldError::of("s3:ListBucket", error)),
        ),
    };
    match (there, error) {
        (Some(there), _) if there != region => Outcome::failed(
            format!("it is in {there}; IGV asks S3 in {region} only, and gets 301 and 400"),
            format!("move the data to a bucket in {region}, or make the stack in {there}"),
        ),
        (_, Some(error)) if error.is_missing() => Outcome::failed(
            format!("there is no bucket `{}` of account {}", place.bucket, place.owner),
            "`igvctl plan` shows the bucket if it is one of the file's own",
        ),
        (Some(_), _) | (None, None) => Outcome::passed(),
        (None, Some(error)) => Outcome::unread(&error),
    }
}

/// Lists a bucket, and tells whether any level has more entries than IGV lists.
pub(super) async fn levels(s3: &Client, place: &Place) -> (Option<BTreeSet<String>>, Outcome) {
    let mut keys = BTreeSet::new();
    let mut complete = true;
    let mut crowded = Vec::new();
    let roots: Vec<&str> = match place.prefixes.len() {
        0 => vec![""],
        _ => place.prefixes.iter().map(String::as_str).collect(),
    };
    for root in roots {
        match list(s3, place, root, &mut keys).await {
            Ok(all) => complete &= all,
            Err(error) => return (None, Outcome::unread(&error)),
        }
    }
    // Above a prefix IGV sees the folders of others too.
    let above: BTreeSet<&str> = (place.prefixes.iter())
        .flat_map(|prefix| std::iter::once("").chain(prefix.match_indices('/').map(|(at, _)| &prefix[..=at])))
        .filter(|it| !place.prefixes.iter().any(|prefix| it.starts_with(prefix.as_str())))
        .collect();
    for level in above {
        match overfull(s3, place, level).await {
            Ok(true) => crowded.push(format!("`{level}`")),
            Ok(false) => {}
            Err(error) => return (None, Outcome::unread(&error)),
        }
    }
    let counted = counts(&keys);
    crowded.extend(
        counted
            .iter()
            .filter(|(_, count)| **count > LEVEL)
            .map(|(level, count)| format!("`{level}` has {count}")),
    );
    let outcome = if !crowded.is_empty() {
        Outcome::failed(
            format!(
                "more than {LEVEL} entries on a level: {}; IGV asks for the first page again and again, and hangs",
                several(&crowded)
            ),
            "sort the files into folders of at most 1000 entries each",
        )
    } else if complete {
        Outcome::seen(format!("{} objects, {} levels", keys.len(), counted.len()))
    } else {
        Outcome::skipped(format!(
            "it holds more than {} objects: the first are well laid out, the others were not looked at",
            PAGES * 1000
        ))
    };
    (Some(keys), outcome)
}

/// Lists what begins with a prefix; whether that is all.
async fn list(s3: &Client, place: &Place, prefix: &str, keys: &mut BTreeSet<String>) -> Result<bool, WorldError> {
    let mut token = None;
    for _ in 0..PAGES {
        let page = s3
            .list_objects_v2()
            .bucket(&place.bucket)
            .expected_bucket_owner(&place.owner)
            .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
            .set_continuation_token(token)
            .send()
            .await
            .map_err(|error| WorldError::of("s3:ListBucket", error))?;
        keys.extend(page.contents().iter().filter_map(|it| it.key()).map(str::to_owned));
        if page.is_truncated() != Some(true) {
            return Ok(true);
        }
        token = page.next_continuation_token;
    }
    Ok(false)
}

/// Whether a level has more entries than one page.
async fn overfull(s3: &Client, place: &Place, level: &str) -> Result<bool, WorldError> {
    let page = s3
        .list_objects_v2()
        .bucket(&place.bucket)
        .expected_bucket_owner(&place.owner)
        .prefix(level)
        .delimiter("/")
        .send()
        .await
        .map_err(|error| WorldError::of("s3:ListBucket", error))?;
    // Where the caller wants small pages, several make up a thousand; AWS's own have a thousand.
    let entries = page.contents().len() + page.common_prefixes().len();
    Ok(page.is_truncated() == Some(true) && entries >= LEVEL)
}

/// How many entries each level has: files, and folders.
fn counts(keys: &BTreeSet<String>) -> BTreeMap<&str, usize> {
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for key in keys {
        let mut level = "";
        for (at, _) in key.match_indices('/') {
            let folder = &key[..=at];
            if folders.insert(folder) {
                *levels.entry(level).or_default() += 1;
            }
            level = folder;
        }
        // A key that ends in a slash stands for the folder itself.
        *levels.entry(level).or_default() += usize::from(key.len() > level.len());
    }
    levels
}

/// The listed files are there, each with an index beside it.
fn files(list: &mut Checklist<'_>, bucket: &str, wanted: &[&str], listed: &BTreeSet<String>) {
    let quoted = |keys: Vec<&str>| keys.into_iter().map(|it| format!("`{it}`")).collect::<Vec<_>>();
    if !wanted.is_empty() {
        let absent = quoted(wanted.iter().copied().filter(|it| !listed.contains(*it)).collect());
        list.add(
            Topic::Data,
            format!("objects: {bucket}"),
            format!("the files of {bucket} are there"),
            if absent.is_empty() {
                Outcome::seen(format!("{} objects", wanted.len()))
            } else {
                Outcome::failed(
                    format!("missing: {}", several(&absent)),
                    "`igvctl apply` uploads them where they lie beside the file",
                )
            },
        );
    }
    let bare = |key: &&str| {
        let names = indexes(key);
        !names.is_empty() && !names.iter().any(|it| listed.contains(it))
    };
    let without = quoted(wanted.iter().copied().filter(bare).collect());
    let others = quoted(
        listed
            .iter()
            .map(String::as_str)
            .filter(|it| !wanted.contains(it))
            .filter(bare)
            .collect(),
    );
    list.add(
        Topic::Data,
        format!("indexes: {bucket}"),
        format!("each file of {bucket} has an index beside it"),
        match (without.is_empty(), others.is_empty()) {
            (true, true) => Outcome::passed(),
            (true, false) => Outcome::seen(format!("but for files that are not in the file: {}", several(&others))),
            (false, _) => Outcome::failed(
                format!("without: {}; IGV opens a file only with its index", several(&without)),
                "make it (`samtools index`, `tabix`) and put it beside the file",
            ),
        },
    );
}

/// Where IGV looks for the index of a file; nothing where it needs none.
pub(super) fn indexes(key: &str) -> Vec<String> {
    let beside = |endings: &[&str]| endings.iter().map(|it| format!("{key}{it}")).collect::<Vec<_>>();
    let instead = |end: &str, endings: &[&str]| {
        let stem = key.strip_suffix(end).unwrap_or(key);
        endings.iter().map(|it| format!("{stem}{it}")).collect::<Vec<_>>()
    };
    if key.ends_with(".bam") {
        [beside(&[".bai", ".csi"]), instead(".bam", &[".bai", ".csi"])].concat()
    } else if key.ends_with(".cram") {
        [beside(&[".crai"]), instead(".cram", &[".crai"])].concat()
    } else if key.ends_with(".vcf.gz") {
        beside(&[".tbi", ".csi"])
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[&str]) -> BTreeSet<String> {
        keys.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn a_folder_is_one_entry_of_its_level() {
        let keys = keys(&["a/1", "a/2", "a/b/3", "c", "d/"]);
        let counts = counts(&keys);
        assert_eq!(counts[""], 3);
        assert_eq!(counts["a/"], 3);
        assert_eq!(counts["a/b/"], 1);
        assert_eq!(counts["d/"], 0);
    }

    #[test]
    fn an_index_has_several_names() {
        assert_eq!(indexes("x.bam"), ["x.bam.bai", "x.bam.csi", "x.bai", "x.csi"]);
        assert_eq!(indexes("x.cram"), ["x.cram.crai", "x.crai"]);
        assert_eq!(indexes("x.vcf.gz"), ["x.vcf.gz.tbi", "x.vcf.gz.csi"]);
        assert!(indexes("x.bam.bai").is_empty());
    }
}
