//! What several kinds do with S3 objects: read their tags, and delete them with all their versions.
//!
//! A bucket that ever had versions keeps them behind a delete marker, and each version has tags of its own.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{Delete, ObjectIdentifier, Tag, Tagging};
use futures_util::future::join_all;
use spec_model::Stack;

use crate::calls::{present, read};
use crate::clients::Clients;
use crate::error::WorldError;
use crate::owner::{MARKS, Owner, owner};

/// A version of an object, or a delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// The key.
    pub(crate) key: String,
    /// The version's id; `null` where the bucket never had versions.
    pub(crate) id: String,
    /// Whether it only says that the object is deleted.
    pub(crate) marker: bool,
    /// Whether it is what the key stands for now.
    pub(crate) latest: bool,
}

/// An object's tags; `None` where there is no such object.
pub(crate) async fn tags(
    clients: &Clients,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<Option<BTreeMap<String, String>>, WorldError> {
    let call = clients
        .s3
        .get_object_tagging()
        .bucket(bucket)
        .key(key)
        .set_version_id(version.map(str::to_owned))
        .expected_bucket_owner(&clients.account)
        .send();
    let action = if version.is_some() {
        "s3:GetObjectVersionTagging"
    } else {
        "s3:GetObjectTagging"
    };
    let answer = read(clients, call).await.map_err(|error| WorldError::of(action, error));
    Ok(present(answer)?.map(|it| from_tags(&it.tag_set)))
}

/// Tags as a map.
pub(crate) fn from_tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect()
}

/// Tags as S3 takes them.
pub(crate) fn to_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder()
                .key(key)
                .value(value)
                .build()
                .expect("both parts are set")
        })
        .collect()
}

/// Tags as the header of a creating call takes them: a query string.
pub(crate) fn to_header(tags: &BTreeMap<String, String>) -> String {
    tags.iter()
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Writes an object's tags whole.
pub(crate) async fn put_tags(
    clients: &Clients,
    bucket: &str,
    key: &str,
    tags: &BTreeMap<String, String>,
) -> Result<(), WorldError> {
    let tagging = Tagging::builder()
        .set_tag_set(Some(to_tags(tags)))
        .build()
        .expect("the set of tags is set");
    clients
        .s3
        .put_object_tagging()
        .bucket(bucket)
        .key(key)
        .tagging(tagging)
        .expected_bucket_owner(&clients.account)
        .send()
        .await
        .map_err(|error| WorldError::of("s3:PutObjectTagging", error))?;
    Ok(())
}

/// Takes our marks off an object's tags and leaves the others.
pub(crate) async fn release(clients: &Clients, bucket: &str, key: &str, also: &str) -> Result<(), WorldError> {
    let Some(before) = tags(clients, bucket, key, None).await? else {
        return Ok(());
    };
    let mut after = before.clone();
    after.retain(|name, _| !MARKS.contains(&name.as_str()) && name != also);
    if after == before {
        return Ok(());
    }
    // An empty set is a set: S3 takes it, and one call fewer to know.
    put_tags(clients, bucket, key, &after).await
}

/// Versions and delete markers under a prefix, at most about `limit`, and whether that was all.
pub(crate) async fn versions(
    clients: &Clients,
    bucket: &str,
    prefix: &str,
    limit: usize,
) -> Result<(Vec<Version>, bool), WorldError> {
    let mut found = Vec::new();
    let (mut key_marker, mut version_marker) = (None, None);
    loop {
        let call = clients
            .s3
            .list_object_versions()
            .bucket(bucket)
            .prefix(prefix)
            .set_key_marker(key_marker)
            .set_version_id_marker(version_marker)
            .set_max_keys(i32::try_from(limit).ok().filter(|limit| *limit < 1000))
            .expected_bucket_owner(&clients.account)
            .send();
        let page = read(clients, call)
            .await
            .map_err(|error| WorldError::of("s3:ListBucketVersions", error))?;
        found.extend(page.versions().iter().map(|it| Version {
            key: it.key().unwrap_or_default().to_owned(),
            id: it.version_id().unwrap_or("null").to_owned(),
            marker: false,
            latest: it.is_latest().unwrap_or(false),
        }));
        found.extend(page.delete_markers().iter().map(|it| Version {
            key: it.key().unwrap_or_default().to_owned(),
            id: it.version_id().unwrap_or("null").to_owned(),
            marker: true,
            latest: it.is_latest().unwrap_or(false),
        }));
        if page.is_truncated() != Some(true) {
            return Ok((found, true));
        }
        if found.len() >= limit {
            return Ok((found, false));
        }
        key_marker = page.next_key_marker;
        version_marker = page.next_version_id_marker;
    }
}

/// Splits versions into those that carry the stack's mark and those that do not; delete markers have no tags.
pub(crate) async fn ours(
    clients: &Clients,
    stack: &Stack,
    bucket: &str,
    versions: Vec<Version>,
) -> Result<(Vec<Version>, Vec<Version>), WorldError> {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    // In bounds, so that a bucket full of versions is not asked for all at once.
    let mut rest = versions;
    while !rest.is_empty() {
        let batch: Vec<Version> = rest.drain(..rest.len().min(100)).collect();
        let looks: Vec<_> = batch
            .iter()
            .map(|it| tags(clients, bucket, &it.key, Some(&it.id)))
            .collect();
        let looked = join_all(looks).await;
        for (version, tags) in batch.into_iter().zip(looked) {
            match tags?.map(|tags| owner(stack, &tags)) {
                Some(Owner::Ours { .. }) => ours.push(version),
                Some(Owner::Other(_)) => others.push(version),
                // It went away since it was listed.
                None => {}
            }
        }
    }
    Ok((ours, others))
}

/// Deletes versions, a thousand at a time.
pub(crate) async fn delete_versions(clients: &Clients, bucket: &str, versions: &[Version]) -> Result<(), WorldError> {
    for batch in versions.chunks(1000) {
        let objects = batch
            .iter()
            .map(|it| {
                ObjectIdentifier::builder()
                    .key(&it.key)
                    .version_id(&it.id)
                    .build()
                    .expect("the key is set")
            })
            .collect();
        let delete = Delete::builder()
            .set_objects(Some(objects))
            .quiet(true)
            .build()
            .expect("the objects are set");
        let answer = clients
            .s3
            .delete_objects()
            .bucket(bucket)
            .delete(delete)
            .expected_bucket_owner(&clients.account)
            .send()
            .await
            .map_err(|error| WorldError::of("s3:DeleteObjectVersion", error))?;
        // The answer is a success even where single objects could not be deleted.
        if let Some(error) = answer.errors().first() {
            let (code, message) = (error.code().unwrap_or_default(), error.message().unwrap_or_default());
            let mut failure = WorldError::own(
                "s3:DeleteObjectVersion",
                format!("{}: {message}", error.key().unwrap_or_default()),
            );
            failure.code = Some(code.to_owned());
            return Err(failure);
        }
    }
    Ok(())
}

/// Deletes every version of one key that carries our mark; markers go too when nothing of others is left behind them.
pub(crate) async fn delete_key(clients: &Clients, stack: &Stack, bucket: &str, key: &str) -> Result<(), WorldError> {
    let (versions, _) = match present(versions(clients, bucket, key, usize::MAX).await)? {
        Some(it) => it,
        None => return Ok(()),
    };
    let (markers, contents): (Vec<_>, Vec<_>) = versions
        .into_iter()
        .filter(|it| it.key == key)
        .partition(|it| it.marker);
    let (mut gone, others) = ours(clients, stack, bucket, contents).await?;
    if others.is_empty() {
        gone.extend(markers);
    }
    delete_versions(clients, bucket, &gone).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_a_header_are_a_query_string() {
        let tags = BTreeMap::from([
            ("igvctl:stack".to_owned(), "eu-west-1/igv".to_owned()),
            ("igvctl:fingerprint".to_owned(), "9-rosUhgp5+Ig=".to_owned()),
        ]);
        assert_eq!(
            to_header(&tags),
            "igvctl%3Afingerprint=9-rosUhgp5%2BIg%3D&igvctl%3Astack=eu-west-1%2Figv"
        );
    }
}
