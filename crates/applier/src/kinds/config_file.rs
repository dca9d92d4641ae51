//! How S3 spells the config file.
//!
//! It belongs to its bucket: whatever stands under its key is it. Its tags only let a former key be found. What is
//! compared is the decoded content and the headers, because an ETag is no digest and two gzips of one text differ.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use futures_util::future::{join, join_all};
use planner::{Found, Leftover, Object};
use spec_model::kinds::ConfigFile;
use spec_model::{Address, Kind, Shaped};

use crate::calls::{present, read, reads, writes};
use crate::clients::Clients;
use crate::config_body::{self, MAX_BYTES};
use crate::error::WorldError;
use crate::owner::{Owner, owner};
use crate::s3_objects::{delete_versions, release, tags, to_header, versions};
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs, Wanted, marks};

impl Verbs for ConfigFile {
    const CALLS: &'static [Permission] = &[
        reads("s3:GetObject"),
        reads("s3:ListBucket"),
        reads("s3:GetObjectTagging"),
        writes("s3:PutObject"),
        writes("s3:PutObjectTagging"),
        writes("s3:ListBucketVersions"),
        writes("s3:GetObjectVersionTagging"),
        writes("s3:DeleteObject"),
        writes("s3:DeleteObjectVersion"),
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
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
            .map(|(wanted, key)| look_at_wanted(clients, search, bucket, wanted, key))
            .collect();
        let (looked, listed) = join(join_all(looks), list(clients, bucket)).await;
        for ((wanted, _), answer) in places.iter().zip(looked) {
            let found = match answer {
                Ok(None) => Found::Absent,
                Ok(Some(object)) => Found::Ours(Box::new(object)),
                Err(error) => Found::Unknown(error.gap(wanted.address.to_string())),
            };
            sightings.found.insert(wanted.address.clone(), found);
        }
        let former = match listed {
            Ok(keys) => keys,
            Err(error) if error.is_missing() => return Ok(sightings),
            Err(error) => {
                sightings
                    .gaps
                    .push(error.gap(format!("former config files in bucket `{bucket}`")));
                return Ok(sightings);
            }
        };
        let strays: Vec<_> = former
            .into_iter()
            .filter(|key| !places.iter().any(|(_, place)| place == key))
            .map(|key| look_at_stray(clients, search, bucket, key))
            .collect();
        for answer in join_all(strays).await {
            match answer {
                Ok(None) => {}
                // The file gives the address another key: what is here takes the new place.
                Ok(Some(stray)) => match sightings.found.get_mut(&stray.address) {
                    Some(found @ Found::Absent) => *found = Found::Ours(Box::new(stray.object)),
                    _ => sightings.leftovers.push(stray),
                },
                Err(error) => sightings
                    .gaps
                    .push(error.gap(format!("former config files in bucket `{bucket}`"))),
            }
        }
        Ok(sightings)
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let id = format!("{}/{}", want.bucket, want.key);
        put(clients, target, want).await?;
        Ok(Made {
            id,
            outputs: BTreeMap::new(),
        })
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        _id: &str,
        _live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        put(clients, target, want).await
    }

    /// Every version goes, also those of before it had a mark: they hold a client secret and belong to the bucket.
    async fn delete(clients: &Clients, _target: &Target<'_>, _id: &str, live: &Self) -> Result<(), WorldError> {
        let Some((all, _)) = present(versions(clients, &live.bucket, &live.key, usize::MAX).await)? else {
            return Ok(());
        };
        let all: Vec<_> = all.into_iter().filter(|it| it.key == live.key).collect();
        delete_versions(clients, &live.bucket, &all).await
    }

    async fn release(clients: &Clients, _target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        match id.split_once('/') {
            Some((bucket, key)) => release(clients, bucket, key, "").await,
            None => Err(WorldError::own(
                "s3:PutObjectTagging",
                format!("`{id}` is no `<bucket>/<key>`"),
            )),
        }
    }
}

/// The key of a wanted file: of the adopted one, else of the named one.
fn place<'a>(bucket: &str, wanted: &'a Wanted<'_>) -> Option<&'a str> {
    let adopted = wanted.adopt.and_then(|id| id.strip_prefix(bucket)?.strip_prefix('/'));
    adopted.or(wanted.text("key"))
}

/// An adopted file may lack the tags by which it is found again under a former key.
async fn look_at_wanted(
    clients: &Clients,
    search: &Search<'_>,
    bucket: &str,
    wanted: &Wanted<'_>,
    key: &str,
) -> Result<Option<Object>, WorldError> {
    let mut found = look(clients, bucket, key).await?;
    if let (Some(object), Some(_)) = (&mut found, wanted.adopt) {
        let tags = tags(clients, bucket, key, None).await?.unwrap_or_default();
        object.marked = matches!(owner(search.stack, &tags), Owner::Ours { .. });
    }
    Ok(found)
}

async fn look(clients: &Clients, bucket: &str, key: &str) -> Result<Option<Object>, WorldError> {
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
    seen(bucket, key, answer).await.map(Some)
}

async fn seen(bucket: &str, key: &str, mut answer: GetObjectOutput) -> Result<Object, WorldError> {
    let mut bytes = Vec::new();
    while bytes.len() <= MAX_BYTES {
        match answer.body.next().await {
            Some(Ok(more)) => bytes.extend_from_slice(&more),
            Some(Err(error)) => return Err(WorldError::own("s3:GetObject", error.to_string())),
            None => break,
        }
    }
    let (body, unreadable) = if bytes.len() > MAX_BYTES {
        let (empty, _) = config_body::read(&[]);
        (empty, format!("more than {MAX_BYTES} bytes"))
    } else {
        config_body::read(&bytes)
    };
    let noun = ConfigFile {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        body,
        unreadable,
        content_type: answer.content_type.unwrap_or_default(),
        // The SDK marks an upload in chunks with `aws-chunked`, which S3 takes off again; some stores keep it.
        content_encoding: answer.content_encoding.unwrap_or_default(),
        cache_control: answer.cache_control.unwrap_or_default(),
    };
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

/// Keys of the bucket that could be a config file, among those of its first pages.
async fn list(clients: &Clients, bucket: &str) -> Result<Vec<String>, WorldError> {
    let listing = clients.listing(bucket).await?;
    let keys = listing.entries.keys().filter(|key| key.ends_with(".json.gz"));
    Ok(keys.cloned().collect())
}

/// A file under another key that carries the stack's mark.
async fn look_at_stray(
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
    let address = address.unwrap_or_else(|| Address::new(Kind::ConfigFile, key.as_str()));
    if address.kind != Kind::ConfigFile {
        return Ok(None);
    }
    // The file of this address stands at another key now, so this one was replaced. One whose address has moved to
    // another bucket is left over, and asks for consent: nothing here tells whether the new one is there.
    let replaced = search.wanted.iter().any(|wanted| *wanted.address == address);
    Ok(look(clients, bucket, &key).await?.map(|object| Leftover {
        address,
        replaced,
        object,
    }))
}

async fn put(clients: &Clients, target: &Target<'_>, want: ConfigFile) -> Result<(), WorldError> {
    let ConfigFile {
        bucket,
        key,
        body,
        unreadable: _,
        content_type,
        content_encoding,
        cache_control,
    } = want;
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
        .body(ByteStream::from(config_body::to_gzip(&body)))
        .send()
        .await
        .map_err(|error| WorldError::of("s3:PutObject", error))?;
    Ok(())
}
