//! What the config bucket publishes: objects whose whole content is a noun of ours.
//!
//! Such an object belongs to its bucket: whatever stands under its key is it. Its tags only let a former key be found.
//! What is compared is the decoded content and the headers, because an ETag is no digest of what a file says.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use futures_util::future::{join, join_all};
use planner::{Found, Leftover, Object};
use spec_model::Address;

use crate::calls::{present, read};
use crate::clients::Clients;
use crate::config_body::MAX_BYTES;
use crate::error::WorldError;
use crate::owner::{Owner, owner};
use crate::s3_objects::{delete_versions, tags, to_header, versions};
use crate::verbs::{Made, Search, Sightings, Target, Verbs, Wanted, marks};

/// A kind whose objects are published.
pub(crate) trait Published: Verbs {
    /// How the keys of this kind end: by this a former one is found again.
    const ENDING: &'static str;
    /// What is sought under former keys, for people.
    const FORMER: &'static str;

    /// The noun of what stands under a key; nothing where that is longer than `MAX_BYTES`.
    fn seen(file: File<Option<Vec<u8>>>) -> Self;

    /// What is to stand there.
    fn file(self) -> File<Vec<u8>>;
}

/// An object as S3 has it.
pub(crate) struct File<C> {
    /// The bucket.
    pub(crate) bucket: String,
    /// The key.
    pub(crate) key: String,
    /// The bytes.
    pub(crate) content: C,
    /// The header `Content-Type`; empty for none.
    pub(crate) content_type: String,
    /// The header `Content-Encoding`; empty for none.
    pub(crate) content_encoding: String,
    /// The header `Cache-Control`; empty for none.
    pub(crate) cache_control: String,
}

/// Finds what is published in a bucket.
pub(crate) async fn find<P: Published>(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
    let mut sightings = Sightings::default();
    let Some(bucket) = search
        .parent
        .as_ref()
        .map(|it| it.id)
        .or_else(|| search.wanted.iter().find_map(|it| it.text("bucket")))
    else {
        return Ok(sightings);
    };
    let places: Vec<(&Wanted<'_>, &str)> = search
        .wanted
        .iter()
        .filter_map(|wanted| Some((wanted, place(bucket, wanted)?)))
        .collect();
    let looks: Vec<_> = places
        .iter()
        .map(|(wanted, key)| look_at_wanted::<P>(clients, search, bucket, wanted, key))
        .collect();
    let (looked, listed) = join(join_all(looks), list::<P>(clients, bucket)).await;
    for ((wanted, _), answer) in places.iter().zip(looked) {
        let found = match answer {
            Ok(None) => Found::Absent,
            Ok(Some(object)) => Found::Ours(Box::new(object)),
            Err(error) => Found::Unknown(error.gap(wanted.address.to_string())),
        };
        sightings.found.insert(wanted.address.clone(), found);
    }
    let unread = |error: &WorldError| error.gap(format!("{} in bucket `{bucket}`", P::FORMER));
    let former = match listed {
        Ok(keys) => keys,
        Err(error) if error.is_missing() => return Ok(sightings),
        Err(error) => {
            sightings.gaps.push(unread(&error));
            return Ok(sightings);
        }
    };
    let strays: Vec<_> = former
        .into_iter()
        .filter(|key| !places.iter().any(|(_, place)| place == key))
        .map(|key| look_at_stray::<P>(clients, search, bucket, key))
        .collect();
    for answer in join_all(strays).await {
        match answer {
            Ok(None) => {}
            // The file gives the address another key: what is here takes the new place.
            Ok(Some(stray)) => match sightings.found.get_mut(&stray.address) {
                Some(found @ Found::Absent) => *found = Found::Ours(Box::new(stray.object)),
                _ => sightings.leftovers.push(stray),
            },
            Err(error) => sightings.gaps.push(unread(&error)),
        }
    }
    Ok(sightings)
}

/// Publishes what is to stand there, its marks with it.
pub(crate) async fn create<P: Published>(clients: &Clients, target: &Target<'_>, want: P) -> Result<Made, WorldError> {
    let file = want.file();
    let id = format!("{}/{}", file.bucket, file.key);
    put(clients, target, file).await?;
    Ok(Made {
        id,
        outputs: BTreeMap::new(),
    })
}

/// Publishes anew.
pub(crate) async fn put(clients: &Clients, target: &Target<'_>, file: File<Vec<u8>>) -> Result<(), WorldError> {
    let File {
        bucket,
        key,
        content,
        content_type,
        content_encoding,
        cache_control,
    } = file;
    let text = |it: String| (!it.is_empty()).then_some(it);
    clients
        .s3
        .put_object()
        .bucket(bucket)
        .key(key)
        .tagging(to_header(&marks(target.stack, target.address)))
        .set_content_type(text(content_type))
        .set_content_encoding(text(content_encoding))
        .set_cache_control(text(cache_control))
        .expected_bucket_owner(&clients.account)
        .body(ByteStream::from(content))
        .send()
        .await
        .map_err(|error| WorldError::of("s3:PutObject", error))?;
    Ok(())
}

/// Every version goes, also those of before it had a mark: they belong to the bucket.
pub(crate) async fn delete(clients: &Clients, bucket: &str, key: &str) -> Result<(), WorldError> {
    let Some((all, _)) = present(versions(clients, bucket, key, usize::MAX).await)? else {
        return Ok(());
    };
    let all: Vec<_> = all.into_iter().filter(|it| it.key == key).collect();
    delete_versions(clients, bucket, &all).await
}

/// Takes our marks off.
pub(crate) async fn release(clients: &Clients, id: &str) -> Result<(), WorldError> {
    match id.split_once('/') {
        Some((bucket, key)) => crate::s3_objects::release(clients, bucket, key, "").await,
        None => Err(WorldError::own(
            "s3:PutObjectTagging",
            format!("`{id}` is no `<bucket>/<key>`"),
        )),
    }
}

/// The key of a wanted file: of the adopted one, else of the named one.
fn place<'a>(bucket: &str, wanted: &'a Wanted<'_>) -> Option<&'a str> {
    let adopted = wanted.adopt.and_then(|id| id.strip_prefix(bucket)?.strip_prefix('/'));
    adopted.or(wanted.text("key"))
}

/// An adopted file may lack the tags by which it is found again under a former key.
async fn look_at_wanted<P: Published>(
    clients: &Clients,
    search: &Search<'_>,
    bucket: &str,
    wanted: &Wanted<'_>,
    key: &str,
) -> Result<Option<Object>, WorldError> {
    let mut found = look::<P>(clients, bucket, key).await?;
    if let (Some(object), Some(_)) = (&mut found, wanted.adopt) {
        let tags = tags(clients, bucket, key, None).await?.unwrap_or_default();
        object.marked = matches!(owner(search.stack, &tags), Owner::Ours { .. });
    }
    Ok(found)
}

async fn look<P: Published>(clients: &Clients, bucket: &str, key: &str) -> Result<Option<Object>, WorldError> {
    let call = clients
        .s3
        .get_object()
        .bucket(bucket)
        .key(key)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of("s3:GetObject", error));
    let Some(answer) = present(answer)? else {
        return Ok(None);
    };
    seen::<P>(bucket, key, answer).await.map(Some)
}

async fn seen<P: Published>(bucket: &str, key: &str, mut answer: GetObjectOutput) -> Result<Object, WorldError> {
    let mut bytes = Vec::new();
    while bytes.len() <= MAX_BYTES {
        match answer.body.next().await {
            Some(Ok(more)) => bytes.extend_from_slice(&more),
            Some(Err(error)) => return Err(WorldError::own("s3:GetObject", error.to_string())),
            None => break,
        }
    }
    let noun = P::seen(File {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        content: (bytes.len() <= MAX_BYTES).then_some(bytes),
        content_type: answer.content_type.unwrap_or_default(),
        // The SDK marks an upload in chunks with `aws-chunked`, which S3 takes off again; some stores keep it.
        content_encoding: answer.content_encoding.unwrap_or_default(),
        cache_control: answer.cache_control.unwrap_or_default(),
    });
    Ok(Object {
        id: format!("{bucket}/{key}"),
        value: noun.to_value(),
        outputs: BTreeMap::new(),
        held: Vec::new(),
        marked: true,
        cost: None,
        keeps: None,
        propagating: None,
    })
}

/// Keys of the bucket that could be of this kind, among those of its first pages.
async fn list<P: Published>(clients: &Clients, bucket: &str) -> Result<Vec<String>, WorldError> {
    let listing = clients.listing(bucket).await?;
    let keys = listing.entries.keys().filter(|key| key.ends_with(P::ENDING));
    Ok(keys.cloned().collect())
}

/// A file under another key that carries the stack's mark.
async fn look_at_stray<P: Published>(
    clients: &Clients,
    search: &Search<'_>,
    bucket: &str,
    key: String,
) -> Result<Option<Leftover>, WorldError> {
    let Some(tags) = tags(clients, bucket, &key, None).await? else {
        return Ok(None);
    };
    let Owner::Ours { address, replaces: _ } = owner(search.stack, &tags) else {
        return Ok(None);
    };
    let address = address.unwrap_or_else(|| Address::new(P::KIND, key.as_str()));
    if address.kind != P::KIND {
        return Ok(None);
    }
    // The file of this address stands at another key now, so this one was replaced. One whose address has moved to
    // another bucket is left over, and asks for consent where it costs something: nothing here tells whether the new
    // one is there.
    let replaced = search.wanted.iter().any(|wanted| *wanted.address == address);
    Ok(look::<P>(clients, bucket, &key).await?.map(|object| Leftover {
        address,
        replaced,
        object,
    }))
}
