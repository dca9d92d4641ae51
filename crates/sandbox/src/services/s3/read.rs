//! Reading objects: whole, in ranges, under conditions.
//!
//! A key that is not there is "no such key" only to who may list the bucket, and a plain refusal
//! to everybody else. A range or part answers 206 and carries no checksum of the whole.

use serde_json::{Map, Value, json};

use super::checksum::Kind;
use super::cors;
use super::gate::{self, set};
use super::object::{names, precondition_failed, quoted};
use super::versions;
use super::{Bucket, Content, Version};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The answer's members that a signed request may set for this one answer.
const OVERRIDES: [(&str, &str); 6] = [
    ("ResponseCacheControl", "CacheControl"),
    ("ResponseContentDisposition", "ContentDisposition"),
    ("ResponseContentEncoding", "ContentEncoding"),
    ("ResponseContentLanguage", "ContentLanguage"),
    ("ResponseContentType", "ContentType"),
    ("ResponseExpires", "Expires"),
];

/// `GetObject`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    answer(world, call, true)
}

/// `HeadObject`: the same without bytes. A missing key has the bare code that a HEAD answer can carry.
pub(super) fn head(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    answer(world, call, false).map_err(|fault| match fault.code {
        "NoSuchKey" | "NoSuchVersion" | "NoSuchBucket" => Fault {
            code: "NotFound",
            message: "Not Found".to_owned(),
            ..fault
        },
        _ => fault,
    })
}

fn answer(world: &World, call: &Call, with_bytes: bool) -> Result<Answer, Fault> {
    let overridden = OVERRIDES.iter().any(|(member, _)| call.input.contains_key(*member));
    if overridden && call.caller == "anonymous" {
        return Err(gate::invalid_request(
            "Request specific response headers cannot be used for anonymous GET requests.",
        ));
    }
    let (bucket, version, content) = readable(world, call, "s3:GetObject", "s3:GetObjectVersion")?;
    // A checksum is kept in the clear, and shown to who could compute it (Amazon S3 API, HeadObject).
    if with_bytes || call.text("ChecksumMode") == Some("ENABLED") {
        super::encryption::check_key(world, call, content)?;
    }
    let mut output = Map::new();
    set(&mut output, "ETag", Some(quoted(&content.etag)));
    set(&mut output, "LastModified", Some(version.modified));
    set(
        &mut output,
        "VersionId",
        bucket.versioned().then_some(version.id.as_str()),
    );
    if !conditions(call, content, version.modified)? {
        return Ok(Answer {
            output,
            status: Some(304),
            headers: cors::of_request(bucket, call, if with_bytes { "GET" } else { "HEAD" }),
            ..Answer::empty()
        });
    }
    if with_bytes && matches!(content.storage_class.as_str(), "GLACIER" | "DEEP_ARCHIVE") {
        return Err(Fault::new(
            "InvalidObjectState",
            403,
            "The operation is not valid for the object's storage class",
        )
        .with("StorageClass", &content.storage_class));
    }
    let range = span(call, content, call.int("PartNumber"))?;
    let (from, to) = range.unwrap_or((0, content.size));
    describe(&mut output, call, content, range, with_bytes);
    let stored = if with_bytes {
        super::slices(content, from, to)
    } else {
        Vec::new()
    };
    Ok(Answer {
        output,
        body: Vec::new(),
        stored,
        status: range.is_some().then_some(206),
        headers: cors::of_request(bucket, call, if with_bytes { "GET" } else { "HEAD" }),
    })
}

/// What an answer says of an object and of the bytes it carries.
fn describe(
    output: &mut Map<String, Value>,
    call: &Call,
    content: &Content,
    range: Option<(u64, u64)>,
    with_bytes: bool,
) {
    let part = call.int("PartNumber");
    let (from, to) = range.unwrap_or((0, content.size));
    for (member, value) in &content.headers {
        output.insert(member.clone(), value.clone());
    }
    for (member, overridden) in OVERRIDES {
        if let Some(value) = call.input.get(member) {
            // `Expires` is a date in the request and free text in the answer.
            let value = match value.as_f64() {
                Some(seconds) => json!(super::http_date(seconds)),
                None => value.clone(),
            };
            output.insert(overridden.to_owned(), value);
        }
    }
    set(output, "AcceptRanges", Some("bytes"));
    set(output, "ContentLength", Some(to - from));
    if range.is_some() {
        let end = to.saturating_sub(1);
        set(
            output,
            "ContentRange",
            Some(format!("bytes {from}-{end}/{}", content.size)),
        );
    }
    if !content.metadata.is_empty() {
        set(output, "Metadata", Some(json!(content.metadata)));
    }
    set(
        output,
        "TagCount",
        (!content.tags.is_empty() && with_bytes).then_some(content.tags.len()),
    );
    set(
        output,
        "PartsCount",
        (part.is_some() && content.in_parts).then_some(content.pieces.len()),
    );
    set(
        output,
        "StorageClass",
        (content.storage_class != "STANDARD").then_some(content.storage_class.as_str()),
    );
    content.encryption.show(output);
    if call.text("ChecksumMode") == Some("ENABLED") && range.is_none_or(|range| range == (0, content.size)) {
        content.checksum.show(output);
    }
}

/// The object that a reading call means, once access is judged.
fn readable<'w>(
    world: &'w World,
    call: &Call,
    action: &str,
    action_on_version: &str,
) -> Result<(&'w Bucket, &'w Version, &'w Content), Fault> {
    let key = call.required("Key");
    let id = call.text("VersionId").filter(|id| !id.is_empty());
    let action = if id.is_some() { action_on_version } else { action };
    gate::check(world, call, action, Some(key))?;
    let bucket = gate::find(&world.s3, call.required("Bucket"))?;
    super::encryption::refuse_customer_keys(bucket, call)?;
    let version = versions::find(bucket, key, id).map_err(|fault| {
        if fault.code == "NoSuchKey" && !gate::may_list(world, call, bucket) {
            gate::denied()
        } else {
            fault
        }
    })?;
    Ok((bucket, version, versions::content(version)?))
}

/// Whether the bytes are wanted; false is "not modified". The order is RFC 9110's.
fn conditions(call: &Call, content: &Content, modified: f64) -> Result<bool, Fault> {
    let date = |member: &str| call.input.get(member).and_then(Value::as_f64);
    if let Some(list) = call.text("IfMatch") {
        if !names(list, &content.etag) {
            return Err(precondition_failed("If-Match"));
        }
    } else if date("IfUnmodifiedSince").is_some_and(|since| modified > since) {
        return Err(precondition_failed("If-Unmodified-Since"));
    }
    if let Some(list) = call.text("IfNoneMatch") {
        return Ok(!names(list, &content.etag));
    }
    Ok(date("IfModifiedSince").is_none_or(|since| modified > since))
}

/// The bytes that are asked for as `from..to`, if not all.
fn span(call: &Call, content: &Content, part: Option<i64>) -> Result<Option<(u64, u64)>, Fault> {
    let range = call.text("Range");
    let Some(number) = part else {
        return match range.and_then(|range| parse_range(range, content.size)) {
            None => Ok(None),
            Some(Some(span)) => Ok(Some(span)),
            Some(None) => Err(
                Fault::new("InvalidRange", 416, "The requested range is not satisfiable")
                    .with("RangeRequested", range.unwrap_or_default())
                    .with("ActualObjectSize", content.size.to_string()),
            ),
        };
    };
    if range.is_some() {
        return Err(gate::invalid_request(
            "Cannot specify both Range header and partNumber query parameter",
        ));
    }
    let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
    let Some(piece) = content.pieces.get(index) else {
        return Err(Fault::new(
            "InvalidPartNumber",
            416,
            "The requested partnumber is not satisfiable",
        ));
    };
    let from: u64 = content.pieces[..index].iter().map(|piece| piece.size).sum();
    Ok(Some((from, from + piece.size)))
}

/// Reads a `Range` header. `None` is a header that is ignored, `Some(None)` one that cannot be satisfied.
pub(crate) fn parse_range(header: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", "") => None,
        ("", last) => {
            let wanted: u64 = last.parse().ok()?;
            Some((wanted > 0 && size > 0).then(|| (size.saturating_sub(wanted), size)))
        }
        (first, last) => {
            let from: u64 = first.parse().ok()?;
            let to = match last {
                "" => size,
                last => last.parse::<u64>().ok()?.saturating_add(1),
            };
            if to <= from && !last.is_empty() {
                return None;
            }
            Some((from < size).then(|| (from, to.min(size))))
        }
    }
}

/// `GetObjectAttributes`. The ETag stands without quotes here, and a composite checksum without its count.
pub(super) fn attributes(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let (bucket, version, content) = readable(world, call, "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes")?;
    // Both rights are needed for a key (Amazon S3 API, GetObjectAttributes).
    gate::check(world, call, "s3:GetObject", Some(call.required("Key")))?;
    let asked = super::policy_text::texts(call.input.get("ObjectAttributes").unwrap_or(&Value::Null));
    let wants = |name: &str| {
        asked
            .iter()
            .flat_map(|list| list.split(','))
            .any(|entry| entry.trim() == name)
    };
    let mut output = Map::new();
    set(&mut output, "LastModified", Some(version.modified));
    set(
        &mut output,
        "VersionId",
        bucket.versioned().then_some(version.id.as_str()),
    );
    set(&mut output, "ETag", wants("ETag").then_some(content.etag.as_str()));
    set(&mut output, "ObjectSize", wants("ObjectSize").then_some(content.size));
    set(
        &mut output,
        "StorageClass",
        wants("StorageClass").then_some(content.storage_class.as_str()),
    );
    if wants("Checksum") {
        let mut checksum = Map::new();
        let mut shown = content.checksum.clone();
        shown.value = shown.value.split('-').next().unwrap_or_default().to_owned();
        shown.show(&mut checksum);
        set(&mut output, "Checksum", Some(Value::Object(checksum)));
    }
    if wants("ObjectParts") && content.in_parts {
        set(&mut output, "ObjectParts", Some(parts(call, content)?));
    }
    Ok(Answer::from(Value::Object(output)))
}

/// The parts of an object; single ones show only where each has a checksum that counts.
fn parts(call: &Call, content: &Content) -> Result<Value, Fault> {
    let mut all = json!({"TotalPartsCount": content.pieces.len()});
    if content.checksum.kind == Kind::FullObject && content.pieces.iter().all(|piece| piece.checksum.is_none()) {
        return Ok(all);
    }
    let max = super::listing::limit(call, "MaxParts", 1000)?;
    let marker: i64 = call.int("PartNumberMarker").unwrap_or_default();
    let rest: Vec<_> = content.pieces.iter().filter(|piece| piece.number > marker).collect();
    let shown = &rest[..rest.len().min(usize::try_from(max).unwrap_or(usize::MAX))];
    let list: Vec<Value> = shown
        .iter()
        .map(|piece| {
            let mut entry = json!({"PartNumber": piece.number, "Size": piece.size});
            if let Some(checksum) = &piece.checksum {
                entry[super::checksum::member(content.checksum.algorithm)] = json!(checksum);
            }
            entry
        })
        .collect();
    all["PartNumberMarker"] = json!(marker);
    all["NextPartNumberMarker"] = json!(shown.last().map_or(0, |piece| piece.number));
    all["MaxParts"] = json!(max);
    all["IsTruncated"] = json!(shown.len() < rest.len());
    all["Parts"] = json!(list);
    Ok(all)
}
