//! Writing and deleting objects.
//!
//! What S3 adds by itself: the type `binary/octet-stream`, a CRC64NVME checksum, the bucket's
//! encryption. What it takes away: `aws-chunked`, which is how the bytes travelled and not how
//! the object is encoded.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::checksum::{self, Algorithm, Checksum};
use super::gate::{self, set};
use super::versions;
use super::{Bucket, Content, Piece, acl, encryption, tags};
use crate::body::Body;
use crate::call::{Answer, Call, Fault};
use crate::protocol::wire::hex;
use crate::world::World;

/// The largest object of one request: 5 GiB.
const LARGEST: u64 = 5 << 30;

/// The members that are kept as they came.
const HEADERS: [&str; 7] = [
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "WebsiteRedirectLocation",
];

/// `PutObject`.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let blobs = world.blobs.clone();
    let now = world.now();
    let fresh = versions::fresh_id(world);
    let opaque = opaque_etag(world);
    let mut content = draft(world, call)?;
    let algorithm = checksum::verify(call)?.unwrap_or(Algorithm::Crc64Nvme);
    let bucket = gate::object(world, call, "s3:PutObject")?;
    check_conditions(bucket, call)?;
    if call.body.len() as u64 > LARGEST {
        return Err(too_large());
    }
    content.size = call.body.len() as u64;
    content.etag = if content.encryption.by_kms() {
        opaque
    } else {
        hex(&call.body.md5())
    };
    content.checksum = Checksum::full(algorithm, &call.body);
    content.pieces = vec![Piece {
        blob: blobs.put(&call.body).map_err(gate::broken)?,
        size: content.size,
        number: 1,
        checksum: None,
    }];
    let mut output = Map::new();
    set(&mut output, "ETag", Some(quoted(&content.etag)));
    content.checksum.show(&mut output);
    content.encryption.show(&mut output);
    let version = versions::add(bucket, call.required("Key"), fresh, now, Some(content));
    set(&mut output, "VersionId", version);
    Ok(Answer::from(Value::Object(output)))
}

/// An ETag in quotes.
pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// The ETag of what KMS encrypts: it looks like an MD5 and is none.
pub(super) fn opaque_etag(world: &mut World) -> String {
    world.fresh("0123456789abcdef", 32)
}

/// The refusal of more bytes than one request may carry.
pub(super) fn too_large() -> Fault {
    Fault::new(
        "EntityTooLarge",
        400,
        "Your proposed upload exceeds the maximum allowed size",
    )
    .with("MaxSizeAllowed", LARGEST.to_string())
}

/// The object that a writing call describes, without its bytes. Access is judged here.
pub(super) fn draft(world: &World, call: &Call) -> Result<Content, Fault> {
    let key = Some(call.required("Key"));
    gate::check(world, call, "s3:PutObject", key)?;
    if call.text("Tagging").is_some() {
        gate::check(world, call, "s3:PutObjectTagging", key)?;
    }
    let bucket = gate::find(&world.s3, call.required("Bucket"))?;
    acl::check_write(bucket, call)?;
    if call.input.keys().any(|member| member.starts_with("ObjectLock")) {
        if !bucket.settings.contains_key("ObjectLockConfiguration") {
            return Err(gate::invalid_request("Bucket is missing Object Lock Configuration"));
        }
        return Err(gate::not_implemented());
    }
    if call.input.contains_key("WriteOffsetBytes") {
        return Err(gate::not_implemented());
    }
    Ok(Content {
        etag: String::new(),
        size: 0,
        pieces: Vec::new(),
        in_parts: false,
        headers: headers(call),
        metadata: metadata(call)?,
        tags: tags::of_header(call.text("Tagging"))?,
        checksum: Checksum::full(Algorithm::Crc64Nvme, &Body::default()),
        storage_class: call.text("StorageClass").unwrap_or("STANDARD").to_owned(),
        encryption: encryption::of_write(bucket, call)?,
    })
}

fn headers(call: &Call) -> BTreeMap<String, Value> {
    let mut headers = BTreeMap::from([("ContentType".to_owned(), json!("binary/octet-stream"))]);
    for member in HEADERS {
        let Some(value) = call.input.get(member) else {
            continue;
        };
        if member == "ContentEncoding" {
            let encodings: Vec<&str> = value
                .as_str()
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|encoding| !encoding.is_empty() && *encoding != "aws-chunked")
                .collect();
            if !encodings.is_empty() {
                headers.insert(member.to_owned(), json!(encodings.join(",")));
            }
        } else if value != "" {
            headers.insert(member.to_owned(), value.clone());
        }
    }
    headers
}

fn metadata(call: &Call) -> Result<BTreeMap<String, String>, Fault> {
    let metadata: BTreeMap<String, String> = call
        .input
        .get("Metadata")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > 2048 {
        return Err(Fault::new(
            "MetadataTooLarge",
            400,
            "Your metadata headers exceed the maximum allowed metadata size",
        )
        .with("Size", size.to_string())
        .with("MaxSizeAllowed", "2048"));
    }
    Ok(metadata)
}

/// The conditions of a write: only if absent, or only if it is still the object that was seen.
pub(super) fn check_conditions(bucket: &Bucket, call: &Call) -> Result<(), Fault> {
    let key = call.required("Key");
    let current = bucket.current(key).map(|(_, content)| content);
    if let Some(wanted) = call.text("IfNoneMatch") {
        if wanted != "*" {
            return Err(gate::not_implemented());
        }
        if current.is_some() {
            return Err(precondition_failed("If-None-Match"));
        }
    }
    if let Some(wanted) = call.text("IfMatch") {
        let content = current.ok_or_else(|| versions::no_such_key(key))?;
        if !names(wanted, &content.etag) {
            return Err(precondition_failed("If-Match"));
        }
    }
    Ok(())
}

/// Whether a list of ETags, or `*`, names an ETag.
pub(crate) fn names(list: &str, etag: &str) -> bool {
    list.split(',')
        .map(|entry| entry.trim().trim_start_matches("W/").trim_matches('"'))
        .any(|entry| entry == "*" || entry == etag)
}

/// The refusal of a condition that does not hold.
pub(super) fn precondition_failed(condition: &str) -> Fault {
    Fault::new(
        "PreconditionFailed",
        412,
        "At least one of the pre-conditions you specified did not hold",
    )
    .with("Condition", condition)
}

/// `DeleteObject`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let fresh = versions::fresh_id(world);
    let id = call.text("VersionId");
    let bucket = gate::object(world, call, delete_action(id))?;
    let key = call.required("Key");
    check_delete(bucket, key, id, call.text("IfMatch"))?;
    let deleted = versions::remove(bucket, key, id, fresh, now)?;
    let mut output = Map::new();
    set(&mut output, "DeleteMarker", deleted.marker.then_some(true));
    set(&mut output, "VersionId", deleted.version);
    Ok(Answer::from(Value::Object(output)))
}

fn delete_action(id: Option<&str>) -> &'static str {
    if id.is_some() {
        "s3:DeleteObjectVersion"
    } else {
        "s3:DeleteObject"
    }
}

fn check_delete(bucket: &Bucket, key: &str, id: Option<&str>, condition: Option<&str>) -> Result<(), Fault> {
    let Some(wanted) = condition else {
        return Ok(());
    };
    let version = versions::find(bucket, key, id)?;
    let matched = version
        .content
        .as_ref()
        .is_some_and(|content| names(wanted, &content.etag));
    if matched {
        Ok(())
    } else {
        Err(precondition_failed("If-Match"))
    }
}

/// `DeleteObjects`: up to a thousand keys, each with an outcome of its own.
pub(super) fn delete_many(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let list = call.input.get("Delete").unwrap_or(&Value::Null);
    let objects = list["Objects"].as_array().cloned().unwrap_or_default();
    if objects.is_empty() || objects.len() > 1000 {
        return Err(gate::malformed_xml());
    }
    // The request itself needs no right; each key does. A bucket that is missing or elsewhere fails it whole.
    let found = gate::find(&world.s3, call.required("Bucket"))?;
    gate::located(found, call)?;
    gate::owned(found, call.text("ExpectedBucketOwner"))?;
    let quiet = list["Quiet"] == true;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in &objects {
        let key = object["Key"].as_str().unwrap_or_default();
        let id = object["VersionId"].as_str().filter(|id| !id.is_empty());
        match delete_one(world, call, key, id, object["ETag"].as_str(), now) {
            Ok(_) if quiet => {}
            Ok(entry) => deleted.push(entry),
            Err(fault) => {
                let mut entry = json!({"Key": key, "Code": fault.code, "Message": fault.message});
                if let Some(id) = id {
                    entry["VersionId"] = json!(id);
                }
                errors.push(entry);
            }
        }
    }
    let mut output = Map::new();
    set(&mut output, "Deleted", (!deleted.is_empty()).then_some(deleted));
    set(&mut output, "Errors", (!errors.is_empty()).then_some(errors));
    Ok(Answer::from(Value::Object(output)))
}

fn delete_one(
    world: &mut World,
    call: &Call,
    key: &str,
    id: Option<&str>,
    condition: Option<&str>,
    now: f64,
) -> Result<Value, Fault> {
    gate::check(world, call, delete_action(id), Some(key))?;
    let fresh = versions::fresh_id(world);
    let bucket = gate::find_mut(&mut world.s3, call.required("Bucket"))?;
    check_delete(bucket, key, id, condition)?;
    let gone = versions::remove(bucket, key, id, fresh, now)?;
    let mut entry = json!({"Key": key});
    if let Some(id) = id {
        entry["VersionId"] = json!(id);
    }
    if gone.marker {
        entry["DeleteMarker"] = json!(true);
        entry["DeleteMarkerVersionId"] = json!(gone.version);
    }
    Ok(entry)
}
