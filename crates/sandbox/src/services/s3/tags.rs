//! Tags of buckets and of objects.
//!
//! A bucket takes fifty tags, an object ten. Keys that begin with `aws:` are AWS's: they cannot
//! be written, and a bucket that has some must be given them back unchanged when its tags are
//! replaced. "No tags" is an error for a bucket (`NoSuchTagSet`) and an empty set for an object.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::gate;
use super::versions;
use crate::call::{Answer, Call, Fault};
use crate::world::World;

type Tags = BTreeMap<String, String>;

/// `PutBucketTagging`: a whole replacement.
pub(super) fn put_bucket(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutBucketTagging")?;
    let set = &call.input.get("Tagging").unwrap_or(&Value::Null)["TagSet"];
    let wanted = read(set, 50, true)?;
    let system = |tags: &Tags| -> Tags {
        tags.iter()
            .filter(|(key, _)| is_system(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    let (old, new) = (system(&bucket.tags), system(&wanted));
    if old != new {
        let message = if old.iter().all(|(key, value)| new.get(key) == Some(value)) {
            "System tags cannot be added/updated by requester"
        } else {
            "System tags cannot be removed by requester"
        };
        return Err(Fault::new("InvalidTag", 400, message));
    }
    bucket.tags = wanted;
    Ok(Answer::empty())
}

/// `GetBucketTagging`.
pub(super) fn get_bucket(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketTagging")?;
    if bucket.tags.is_empty() {
        return Err(Fault::new("NoSuchTagSet", 404, "The TagSet does not exist").with("BucketName", &bucket.name));
    }
    Ok(Answer::from(json!({"TagSet": show(&bucket.tags)})))
}

/// `DeleteBucketTagging`: AWS's own tags stay.
pub(super) fn delete_bucket(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::bucket(world, call, "s3:PutBucketTagging")?
        .tags
        .retain(|key, _| is_system(key));
    Ok(Answer::empty())
}

/// The tags of a creating call.
pub(super) fn bucket_tags(set: &Value) -> Result<Tags, Fault> {
    read(set, 50, false)
}

/// `PutObjectTagging`.
pub(super) fn put_object(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::object(world, call, "s3:PutObjectTagging")?;
    let wanted = read(&call.input.get("Tagging").unwrap_or(&Value::Null)["TagSet"], 10, false)?;
    let shown = bucket.versioned();
    let version = versions::find_mut(bucket, call)?;
    let id = version.id.clone();
    versions::content_mut(version)?.tags = wanted;
    Ok(with_version(json!({}), shown, id))
}

/// `GetObjectTagging`.
pub(super) fn get_object(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::object(world, call, "s3:GetObjectTagging")?;
    let shown = bucket.versioned();
    let version = versions::find_mut(bucket, call)?;
    let id = version.id.clone();
    let tags = show(&versions::content_mut(version)?.tags);
    Ok(with_version(json!({"TagSet": tags}), shown, id))
}

/// `DeleteObjectTagging`.
pub(super) fn delete_object(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::object(world, call, "s3:DeleteObjectTagging")?;
    let shown = bucket.versioned();
    let version = versions::find_mut(bucket, call)?;
    let id = version.id.clone();
    versions::content_mut(version)?.tags.clear();
    Ok(with_version(json!({}), shown, id))
}

fn with_version(mut output: Value, shown: bool, id: String) -> Answer {
    if shown {
        output["VersionId"] = json!(id);
    }
    Answer::from(output)
}

/// The tags of the header `x-amz-tagging`, spelt as a query.
pub(super) fn of_header(header: Option<&str>) -> Result<Tags, Fault> {
    let refused = || {
        gate::invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        )
    };
    let mut tags = Tags::new();
    for pair in header.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = unquote(key, true).ok_or_else(refused)?;
        let value = unquote(value, true).ok_or_else(refused)?;
        check(&key, &value)?;
        if is_system(&key) {
            return Err(system_tag());
        }
        if tags.insert(key, value).is_some() {
            return Err(refused());
        }
    }
    if tags.len() > 10 {
        return Err(too_many(10));
    }
    Ok(tags)
}

/// Undoes percent-encoding, and `+` for a space where the text is a query.
pub(super) fn unquote(text: &str, plus_is_space: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' if plus_is_space => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// A tag set as AWS lists it.
pub(super) fn show(tags: &Tags) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

fn read(set: &Value, limit: usize, system_allowed: bool) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in set.as_array().into_iter().flatten() {
        let (Some(key), Some(value)) = (tag["Key"].as_str(), tag["Value"].as_str()) else {
            return Err(gate::malformed_xml());
        };
        check(key, value)?;
        if is_system(key) && !system_allowed {
            return Err(system_tag());
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(
                Fault::new("InvalidTag", 400, "Cannot provide multiple Tags with the same key").with("TagKey", key),
            );
        }
    }
    if tags.len() > limit {
        return Err(too_many(limit));
    }
    Ok(tags)
}

fn check(key: &str, value: &str) -> Result<(), Fault> {
    let allowed = |letter: char| letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter);
    if key.is_empty() || key.chars().count() > 128 || !key.chars().all(allowed) {
        return Err(Fault::new("InvalidTag", 400, "The TagKey you have provided is invalid").with("TagKey", key));
    }
    if value.chars().count() > 256 || !value.chars().all(allowed) {
        return Err(Fault::new("InvalidTag", 400, "The TagValue you have provided is invalid").with("TagKey", key));
    }
    Ok(())
}

fn is_system(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

fn system_tag() -> Fault {
    Fault::new("InvalidTag", 400, "System tags cannot be added/updated by requester")
}

fn too_many(limit: usize) -> Fault {
    let message = if limit == 10 {
        "Object tags cannot be greater than 10"
    } else {
        "Bucket tag count cannot be greater than 50"
    };
    Fault::new("BadRequest", 400, message)
}
