//! Versions of keys: finding, adding, removing and listing them.
//!
//! Without versioning, and while it is suspended, a key has one version called `null` that is
//! overwritten. A delete without a version id hides a key behind a delete marker; one with a
//! version id destroys exactly that version.

use serde_json::{Map, Value, json};

use super::gate::{self, set};
use super::listing::{self, Page};
use super::{Bucket, Content, Version, Versioning, canonical_id};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

const ID_LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
const ID_LENGTH: usize = 32;

/// A new version id.
pub(super) fn fresh_id(world: &mut World) -> String {
    world.fresh(ID_LETTERS, ID_LENGTH)
}

/// The version that a call on a key means: the one it names, else the current one.
pub(super) fn find_mut<'b>(bucket: &'b mut Bucket, call: &Call) -> Result<&'b mut Version, Fault> {
    let index = index(bucket, call.required("Key"), call.text("VersionId"))?;
    bucket
        .objects
        .get_mut(call.required("Key"))
        .and_then(|versions| versions.get_mut(index))
        .ok_or_else(|| no_such_key(call.required("Key")))
}

/// The same for reading.
pub(super) fn find<'b>(bucket: &'b Bucket, key: &str, id: Option<&str>) -> Result<&'b Version, Fault> {
    let index = index(bucket, key, id)?;
    bucket
        .objects
        .get(key)
        .and_then(|versions| versions.get(index))
        .ok_or_else(|| no_such_key(key))
}

fn index(bucket: &Bucket, key: &str, id: Option<&str>) -> Result<usize, Fault> {
    let versions = bucket.objects.get(key).map(Vec::as_slice).unwrap_or_default();
    match id {
        None => match versions.first() {
            None => Err(no_such_key(key)),
            Some(version) if version.content.is_none() => Err(no_such_key(key)
                .with("x-amz-delete-marker", "true")
                .with("x-amz-version-id", &version.id)),
            Some(_) => Ok(0),
        },
        Some(id) => {
            check_id(id)?;
            versions.iter().position(|version| version.id == id).ok_or_else(|| {
                Fault::new("NoSuchVersion", 404, "The specified version does not exist.")
                    .with("Key", key)
                    .with("VersionId", id)
            })
        }
    }
}

fn check_id(id: &str) -> Result<(), Fault> {
    if id == "null" || (id.len() == ID_LENGTH && id.chars().all(|letter| ID_LETTERS.contains(letter))) {
        Ok(())
    } else {
        Err(gate::invalid_argument("Invalid version id specified")
            .with("ArgumentName", "versionId")
            .with("ArgumentValue", id))
    }
}

/// The refusal of a key that is not there.
pub(super) fn no_such_key(key: &str) -> Fault {
    Fault::new("NoSuchKey", 404, "The specified key does not exist.").with("Key", key)
}

/// The object of a version that was found by its id, which may be a delete marker.
pub(super) fn content(version: &Version) -> Result<&Content, Fault> {
    version.content.as_ref().ok_or_else(marker_met)
}

/// The same for changing it.
pub(super) fn content_mut(version: &mut Version) -> Result<&mut Content, Fault> {
    version.content.as_mut().ok_or_else(marker_met)
}

fn marker_met() -> Fault {
    Fault::new(
        "MethodNotAllowed",
        405,
        "The specified method is not allowed against this resource.",
    )
    .with("ResourceType", "DeleteMarker")
    .with("x-amz-delete-marker", "true")
}

/// Puts a version on top of a key and tells its id where ids are shown.
pub(super) fn add(bucket: &mut Bucket, key: &str, fresh: String, now: f64, content: Option<Content>) -> Option<String> {
    let id = if bucket.versioning == Versioning::Enabled {
        fresh
    } else {
        "null".to_owned()
    };
    let shown = bucket.versioned().then(|| id.clone());
    let versions = bucket.objects.or_default(key);
    if id == "null" {
        versions.retain(|version| version.id != "null");
    }
    versions.insert(
        0,
        Version {
            id,
            modified: now.floor(),
            content,
        },
    );
    shown
}

/// What a delete did.
#[derive(Debug, Default)]
pub(super) struct Deleted {
    /// Whether a delete marker was made or destroyed.
    pub(super) marker: bool,
    /// The version that was made or destroyed.
    pub(super) version: Option<String>,
}

/// Deletes a key, or the version that is named. What is not there is deleted as well.
pub(super) fn remove(
    bucket: &mut Bucket,
    key: &str,
    id: Option<&str>,
    fresh: String,
    now: f64,
) -> Result<Deleted, Fault> {
    if let Some(id) = id {
        check_id(id)?;
        let mut marker = false;
        if let Some(versions) = bucket.objects.get_mut(key) {
            marker = versions
                .iter()
                .any(|version| version.id == id && version.content.is_none());
            versions.retain(|version| version.id != id);
            if versions.is_empty() {
                bucket.objects.remove(key);
            }
        }
        return Ok(Deleted {
            marker,
            version: Some(id.to_owned()),
        });
    }
    if bucket.versioning == Versioning::Never {
        bucket.objects.remove(key);
        return Ok(Deleted::default());
    }
    let version = add(bucket, key, fresh, now, None);
    Ok(Deleted { marker: true, version })
}

/// Says where the next page of versions begins: behind the last version, or behind a group of keys that comes later.
fn mark(
    output: &mut Map<String, Value>,
    last: Option<(&str, &str)>,
    group: Option<&String>,
    text: &dyn Fn(&str) -> String,
) {
    match (last, group) {
        (last, Some(group)) if last.is_none_or(|(key, _)| key < group.as_str()) => {
            set(output, "NextKeyMarker", Some(text(group)));
        }
        (Some((key, id)), _) => {
            set(output, "NextKeyMarker", Some(text(key)));
            set(output, "NextVersionIdMarker", Some(id));
        }
        (None, _) => {}
    }
}

/// `ListObjectVersions`: keys in order, and the versions of each from the newest.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:ListBucketVersions")?;
    let max = listing::limit(call, "MaxKeys", 1000)?;
    let prefix = call.text("Prefix").unwrap_or_default();
    let delimiter = call.text("Delimiter").filter(|delimiter| !delimiter.is_empty());
    let key_marker = call.text("KeyMarker").unwrap_or_default();
    let id_marker = call.text("VersionIdMarker").filter(|marker| !marker.is_empty());
    if id_marker.is_some() && key_marker.is_empty() {
        return Err(gate::invalid_argument(
            "A version-id marker cannot be specified without a key marker.",
        ));
    }
    let entries = bucket.objects.iter().flat_map(|(key, versions)| {
        // A marker with a version id goes on inside its key.
        let skipped = match id_marker {
            Some(id) if key == key_marker => versions
                .iter()
                .position(|version| version.id == id)
                .map_or(versions.len(), |index| index + 1),
            _ if key.as_str() <= key_marker && !key_marker.is_empty() => versions.len(),
            _ => 0,
        };
        versions
            .iter()
            .enumerate()
            .skip(skipped)
            .map(move |(index, version)| (key.as_str(), (key, index == 0, version)))
    });
    let Page {
        items,
        prefixes,
        truncated,
    } = listing::page(entries, prefix, delimiter, key_marker, max);
    let url = call.text("EncodingType") == Some("url");
    let text = |text: &str| listing::spelt(text, url);
    let owner = json!({"ID": canonical_id(&bucket.account)});
    let (mut versions, mut markers) = (Vec::new(), Vec::new());
    for (key, latest, version) in &items {
        let mut entry = json!({
            "Key": text(key),
            "VersionId": version.id,
            "IsLatest": latest,
            "LastModified": version.modified,
            "Owner": owner,
        });
        if let Some(content) = &version.content {
            listing::describe(&mut entry, content);
            versions.push(entry);
        } else {
            markers.push(entry);
        }
    }
    let mut output = Map::new();
    set(&mut output, "Name", Some(bucket.name.as_str()));
    set(&mut output, "Prefix", Some(text(prefix)));
    set(&mut output, "KeyMarker", Some(text(key_marker)));
    set(&mut output, "VersionIdMarker", Some(id_marker.unwrap_or_default()));
    set(&mut output, "MaxKeys", Some(max));
    set(&mut output, "Delimiter", delimiter.map(text));
    set(&mut output, "EncodingType", url.then_some("url"));
    set(&mut output, "IsTruncated", Some(truncated));
    if truncated {
        let last = items
            .last()
            .map(|(key, _, version)| (key.as_str(), version.id.as_str()));
        mark(&mut output, last, prefixes.last(), &text);
    }
    set(&mut output, "Versions", (!versions.is_empty()).then_some(versions));
    set(&mut output, "DeleteMarkers", (!markers.is_empty()).then_some(markers));
    listing::show_prefixes(&mut output, &prefixes, url);
    Ok(Answer::from(Value::Object(output)))
}
