//! Copying objects and parts inside S3.
//!
//! A copy is a new object of one piece: its ETag is the MD5 of all bytes even where the source
//! was uploaded in parts (measured: floci-io/floci#3093), its storage class is STANDARD unless
//! asked otherwise, and its encryption is the target bucket's. Copying an object onto itself
//! without changing anything is refused.

use serde_json::{Map, Value, json};

use super::checksum::{Algorithm, Checksum};
use super::gate::{self, set};
use super::object::{self, names, opaque_etag, precondition_failed, quoted, too_large};
use super::tags::unquote;
use super::versions;
use super::{Content, multipart};
use crate::body::Body;
use crate::call::{Answer, Call, Fault};
use crate::protocol::wire::hex;
use crate::world::World;

/// The largest object that one copy takes: 5 GiB.
const LARGEST: u64 = 5 << 30;

/// What `x-amz-copy-source` names.
struct Source {
    bucket: String,
    key: String,
    version: Option<String>,
}

/// `CopyObject`.
pub(super) fn copy(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let fresh = versions::fresh_id(world);
    let opaque = opaque_etag(world);
    let mut target = object::draft(world, call)?;
    let place = parse(call)?;
    let (source, shown_version) = read(world, call, &place)?;
    if source.size > LARGEST {
        return Err(gate::invalid_request(
            "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
        ));
    }
    let replace = call.text("MetadataDirective") == Some("REPLACE");
    let onto_itself = place.bucket == call.required("Bucket") && place.key == call.required("Key");
    let changes = replace
        || call.text("ServerSideEncryption").is_some()
        || call.text("WebsiteRedirectLocation").is_some()
        || target.storage_class != source.storage_class
        || place.version.is_some();
    if onto_itself && !changes {
        return Err(gate::invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    if !replace {
        target.headers = source.headers.clone();
        target.headers.remove("WebsiteRedirectLocation");
        if let Some(location) = call.input.get("WebsiteRedirectLocation") {
            target
                .headers
                .insert("WebsiteRedirectLocation".to_owned(), location.clone());
        }
        target.metadata = source.metadata.clone();
    }
    if call.text("TaggingDirective") != Some("REPLACE") {
        target.tags = source.tags.clone();
    }
    let algorithm = match call.text("ChecksumAlgorithm") {
        Some(name) => Algorithm::named(name)?,
        None => source.checksum.algorithm,
    };
    // An object in one piece keeps what is known of its bytes; of another the whole is digested.
    let known = !source.in_parts && !source.encryption.by_kms() && source.checksum.algorithm == algorithm;
    let etag = if known {
        target.checksum = source.checksum.clone();
        source.etag.clone()
    } else {
        let bytes = super::bytes(&world.blobs, &source, 0, source.size).map_err(gate::broken)?;
        let body = Body::from(bytes);
        target.checksum = Checksum::full(algorithm, &body);
        hex(&body.md5())
    };
    target.etag = if target.encryption.by_kms() { opaque } else { etag };
    target.size = source.size;
    target.pieces = source.pieces;
    let mut result = Map::new();
    set(&mut result, "ETag", Some(quoted(&target.etag)));
    set(&mut result, "LastModified", Some(now.floor()));
    target.checksum.show(&mut result);
    let mut output = Map::new();
    set(&mut output, "CopyObjectResult", Some(Value::Object(result)));
    set(&mut output, "CopySourceVersionId", shown_version);
    target.encryption.show(&mut output);
    let bucket = gate::object(world, call, "s3:PutObject")?;
    object::check_conditions(bucket, call)?;
    let version = versions::add(bucket, call.required("Key"), fresh, now, Some(target));
    set(&mut output, "VersionId", version);
    Ok(Answer::from(Value::Object(output)))
}

/// `UploadPartCopy`.
pub(super) fn part(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::check(world, call, "s3:PutObject", Some(call.required("Key")))?;
    let place = parse(call)?;
    let (source, shown_version) = read(world, call, &place)?;
    let (from, to) = match call.text("CopySourceRange") {
        None => (0, source.size),
        Some(range) => span(range, source.size)?,
    };
    if to - from > LARGEST {
        return Err(too_large());
    }
    let bytes = Body::from(super::bytes(&world.blobs, &source, from, to).map_err(gate::broken)?);
    let now = world.now();
    let (part, upload) = multipart::keep(world, call, &bytes, None)?;
    let mut result = json!({"ETag": quoted(&part.etag), "LastModified": now.floor()});
    if let Some(algorithm) = upload.algorithm {
        result[super::checksum::member(algorithm)] = json!(part.checksum);
    }
    let mut output = Map::new();
    set(&mut output, "CopyPartResult", Some(result));
    set(&mut output, "CopySourceVersionId", shown_version);
    upload.draft.encryption.show(&mut output);
    Ok(Answer::from(Value::Object(output)))
}

/// A range of a copied part must be `bytes=first-last`, both inside the source.
fn span(range: &str, size: u64) -> Result<(u64, u64), Fault> {
    let refused = || {
        gate::invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
        )
    };
    let (first, last) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .ok_or_else(refused)?;
    let (first, last): (u64, u64) = first.parse().ok().zip(last.parse().ok()).ok_or_else(refused)?;
    if first > last {
        return Err(refused());
    }
    if last >= size {
        return Err(gate::invalid_argument(format!(
            "Range specified is not valid for source object of size: {size}"
        )));
    }
    Ok((first, last + 1))
}

fn parse(call: &Call) -> Result<Source, Fault> {
    let refused = || gate::invalid_argument("Invalid copy source object key");
    let text = call.required("CopySource");
    let (path, version) = match text.split_once("?versionId=") {
        Some((path, version)) => (path, Some(version.to_owned())),
        None => (text, None),
    };
    let path = unquote(path, false).ok_or_else(refused)?;
    let path = path.strip_prefix('/').unwrap_or(&path);
    if path.starts_with("arn:") {
        return Err(gate::not_implemented());
    }
    let (bucket, key) = path.split_once('/').ok_or_else(|| {
        gate::invalid_argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    })?;
    if key.is_empty() {
        return Err(refused());
    }
    Ok(Source {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        version,
    })
}

/// The source of a copy, once access and conditions are judged, and its version where versions show.
fn read(world: &World, call: &Call, place: &Source) -> Result<(Content, Option<String>), Fault> {
    let bucket = gate::source(world, call, &place.bucket, &place.key)?;
    let version = versions::find(bucket, &place.key, place.version.as_deref())?;
    let content = version.content.as_ref().ok_or_else(|| {
        gate::invalid_request(
            "The source of a copy request may not specifically refer to a delete marker by version id.",
        )
    })?;
    let date = |member: &str| call.input.get(member).and_then(Value::as_f64);
    let checks = [
        (
            "x-amz-copy-source-If-Match",
            call.text("CopySourceIfMatch")
                .is_none_or(|list| names(list, &content.etag)),
        ),
        (
            "x-amz-copy-source-If-None-Match",
            call.text("CopySourceIfNoneMatch")
                .is_none_or(|list| !names(list, &content.etag)),
        ),
        (
            "x-amz-copy-source-If-Modified-Since",
            date("CopySourceIfModifiedSince").is_none_or(|since| version.modified > since),
        ),
        (
            "x-amz-copy-source-If-Unmodified-Since",
            date("CopySourceIfUnmodifiedSince").is_none_or(|since| version.modified <= since),
        ),
    ];
    match checks.iter().find(|(_, holds)| !holds) {
        Some((condition, _)) => Err(precondition_failed(condition)),
        None => Ok((content.clone(), bucket.versioned().then(|| version.id.clone()))),
    }
}
