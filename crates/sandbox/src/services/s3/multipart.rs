//! Uploads in parts.
//!
//! Parts but the last need 5 MiB. An upload that declares a checksum algorithm holds every part
//! to it; one that declares none takes any, and the whole gets CRC64NVME. The ETag of the whole
//! is the MD5 of the parts' MD5s with their count behind it, so it never compares with a file.

use serde_json::{Map, Value, json};

use super::checksum::{self, Algorithm, Checksum, Kind, md5_hex, member};
use super::gate::{self, invalid_request, set};
use super::listing;
use super::object::{self, check_conditions, opaque_etag, quoted, too_large};
use super::versions;
use super::{Bucket, Part, Piece, Upload, canonical_id};
use crate::body::Body;
use crate::call::{Answer, Call, Fault};
use crate::protocol::wire::hex;
use crate::world::World;

/// The least size of a part that is not the last.
const SMALLEST: u64 = 5 << 20;
/// The largest part.
const LARGEST: u64 = 5 << 30;
const ID_LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

/// `CreateMultipartUpload`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let id = world.fresh(ID_LETTERS, 128);
    let draft = object::draft(world, call)?;
    let algorithm = call.text("ChecksumAlgorithm").map(Algorithm::named).transpose()?;
    let asked = call.text("ChecksumType").and_then(Kind::named);
    let kind = match (algorithm, asked) {
        (None, None) => Kind::FullObject,
        (None, Some(_)) => {
            return Err(invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
            ));
        }
        (Some(algorithm), asked) => {
            let kind = asked.unwrap_or(algorithm.usual_kind());
            if !algorithm.allows(kind) {
                return Err(invalid_request(format!(
                    "The {} checksum type cannot be used with the {} checksum algorithm.",
                    kind.name(),
                    algorithm.name().to_ascii_lowercase()
                )));
            }
            kind
        }
    };
    let bucket = gate::object(world, call, "s3:PutObject")?;
    let mut output = Map::new();
    set(&mut output, "Bucket", Some(bucket.name.as_str()));
    set(&mut output, "Key", Some(call.required("Key")));
    set(&mut output, "UploadId", Some(id.as_str()));
    draft.encryption.show(&mut output);
    if let Some(algorithm) = algorithm {
        set(&mut output, "ChecksumAlgorithm", Some(algorithm.name()));
        set(&mut output, "ChecksumType", Some(kind.name()));
    }
    bucket.uploads.insert(
        id,
        Upload {
            key: call.required("Key").to_owned(),
            started: now.floor(),
            initiator: call.caller.clone(),
            draft,
            algorithm,
            kind,
            parts: std::collections::BTreeMap::new(),
        },
    );
    Ok(Answer::from(Value::Object(output)))
}

/// `UploadPart`.
pub(super) fn upload(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::check(world, call, "s3:PutObject", Some(call.required("Key")))?;
    let sent = checksum::verify(call)?;
    let (part, upload) = keep(world, call, &call.body, Some(sent))?;
    let mut output = Map::new();
    set(&mut output, "ETag", Some(quoted(&part.etag)));
    if let Some(algorithm) = upload.algorithm {
        set(&mut output, &member(algorithm), Some(part.checksum));
    } else if let Some((algorithm, value)) = checksum::sent(call)? {
        set(&mut output, &member(algorithm), Some(value));
    }
    upload.draft.encryption.show(&mut output);
    Ok(Answer::from(Value::Object(output)))
}

/// Keeps the bytes of a part. `sent` is the algorithm that a part came with, where it came from outside.
pub(super) fn keep(
    world: &mut World,
    call: &Call,
    bytes: &Body,
    sent: Option<Option<Algorithm>>,
) -> Result<(Part, Upload), Fault> {
    let blobs = world.blobs.clone();
    let now = world.now();
    let opaque = opaque_etag(world);
    let number = call.int("PartNumber").unwrap_or_default();
    if !(1..=10_000).contains(&number) {
        return Err(
            gate::invalid_argument("Part number must be an integer between 1 and 10000, inclusive")
                .with("ArgumentName", "partNumber")
                .with("ArgumentValue", number.to_string()),
        );
    }
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    let bucket = gate::object(world, call, "s3:PutObject")?;
    let upload = find_mut(bucket, call)?;
    if let (Some(sent), Some(declared)) = (sent, upload.algorithm) {
        let fits = match sent {
            Some(sent) => sent == declared,
            None => upload.kind == Kind::FullObject,
        };
        if !fits {
            let name = |algorithm: Algorithm| algorithm.name().to_ascii_lowercase();
            return Err(invalid_request(format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                name(declared),
                sent.map_or_else(|| "null".to_owned(), name)
            )));
        }
    }
    let md5 = hex(&bytes.md5());
    let part = Part {
        etag: if upload.draft.encryption.by_kms() {
            opaque
        } else {
            md5.clone()
        },
        md5,
        blob: blobs.put(bytes).map_err(gate::broken)?,
        size: bytes.len() as u64,
        modified: now.floor(),
        checksum: upload.algorithm.unwrap_or(Algorithm::Crc64Nvme).of_body(bytes),
    };
    upload.parts.insert(number, part.clone());
    Ok((part, upload.clone()))
}

fn find_mut<'b>(bucket: &'b mut Bucket, call: &Call) -> Result<&'b mut Upload, Fault> {
    let id = call.required("UploadId");
    bucket
        .uploads
        .get_mut(id)
        .filter(|upload| upload.key == call.required("Key"))
        .ok_or_else(|| {
            Fault::new(
                "NoSuchUpload",
                404,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
            )
            .with("UploadId", id)
        })
}

/// `CompleteMultipartUpload`.
pub(super) fn complete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let fresh = versions::fresh_id(world);
    let opaque = opaque_etag(world);
    let bucket = gate::object(world, call, "s3:PutObject")?;
    let upload = find_mut(bucket, call)?.clone();
    let wanted = call.input.get("MultipartUpload").unwrap_or(&Value::Null)["Parts"]
        .as_array()
        .filter(|parts| !parts.is_empty())
        .ok_or_else(gate::malformed_xml)?;
    let parts = chosen(&upload, wanted)?;
    let algorithm = upload.algorithm.unwrap_or(Algorithm::Crc64Nvme);
    let sums: Vec<(String, u64)> = parts
        .iter()
        .map(|(_, part)| (part.checksum.clone(), part.size))
        .collect();
    let whole = algorithm.joined(upload.kind, &sums);
    check_whole(call, &upload, algorithm, &whole)?;
    let size: u64 = parts.iter().map(|(_, part)| part.size).sum();
    if let Some(said) = call.int("MpuObjectSize")
        && u64::try_from(said) != Ok(size)
    {
        return Err(invalid_request(format!(
            "The provided 'x-amz-mp-object-size' header value {said} does not match what was computed: {size}"
        )));
    }
    check_conditions(bucket, call)?;
    let mut content = upload.draft;
    let digests: Vec<u8> = parts.iter().flat_map(|(_, part)| raw_hex(&part.md5)).collect();
    let digest = if content.encryption.by_kms() {
        opaque
    } else {
        md5_hex(&digests)
    };
    content.etag = format!("{digest}-{}", parts.len());
    content.size = size;
    content.in_parts = true;
    content.checksum = Checksum {
        algorithm,
        kind: upload.kind,
        value: whole,
    };
    content.pieces = parts
        .into_iter()
        .map(|(number, part)| Piece {
            blob: part.blob,
            size: part.size,
            number,
            checksum: upload.algorithm.is_some().then_some(part.checksum),
        })
        .collect();
    let key = call.required("Key");
    let host = format!("{}.s3.{}.amazonaws.com", bucket.name, bucket.region);
    let mut output = Map::new();
    set(
        &mut output,
        "Location",
        Some(format!("https://{host}/{}", listing::spelt(key, true))),
    );
    set(&mut output, "Bucket", Some(bucket.name.as_str()));
    set(&mut output, "Key", Some(key));
    set(&mut output, "ETag", Some(quoted(&content.etag)));
    content.checksum.show(&mut output);
    content.encryption.show(&mut output);
    bucket.uploads.remove(call.required("UploadId"));
    let version = versions::add(bucket, key, fresh, now, Some(content));
    set(&mut output, "VersionId", version);
    Ok(Answer::from(Value::Object(output)))
}

/// The parts that a completing call lists, once each is as it says.
fn chosen(upload: &Upload, wanted: &[Value]) -> Result<Vec<(i64, Part)>, Fault> {
    let composite = upload.algorithm.filter(|_| upload.kind == Kind::Composite);
    let mut parts: Vec<(i64, Part)> = Vec::new();
    for entry in wanted {
        let (Some(number), Some(etag)) = (entry["PartNumber"].as_i64(), entry["ETag"].as_str()) else {
            return Err(gate::malformed_xml());
        };
        if parts.last().is_some_and(|(last, _)| *last >= number) {
            return Err(Fault::new(
                "InvalidPartOrder",
                400,
                "The list of parts was not in ascending order. The parts list must be specified in order by part number.",
            ));
        }
        let etag = etag.trim_matches('"');
        let missing = || {
            Fault::new(
                "InvalidPart",
                400,
                "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
            )
            .with("PartNumber", number.to_string())
            .with("ETag", etag)
        };
        let part = upload
            .parts
            .get(&number)
            .filter(|part| part.etag == etag)
            .ok_or_else(missing)?;
        if let Some(algorithm) = upload.algorithm {
            let said = entry[member(algorithm).as_str()].as_str();
            if said.is_some_and(|said| said != part.checksum) {
                return Err(missing());
            }
            if said.is_none() && composite.is_some() {
                return Err(invalid_request(format!(
                    "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request.",
                    algorithm.name().to_ascii_lowercase()
                )));
            }
        }
        parts.push((number, part.clone()));
    }
    // Sizes are judged last: a list that is wrong in itself is refused for that.
    let but_last = &parts[..parts.len().saturating_sub(1)];
    match but_last.iter().find(|(_, part)| part.size < SMALLEST) {
        None => Ok(parts),
        Some((number, part)) => Err(Fault::new(
            "EntityTooSmall",
            400,
            "Your proposed upload is smaller than the minimum allowed size",
        )
        .with("ProposedSize", part.size.to_string())
        .with("MinSizeAllowed", SMALLEST.to_string())
        .with("PartNumber", number.to_string())
        .with("ETag", &part.etag)),
    }
}

/// Checks what the call says of the whole.
fn check_whole(call: &Call, upload: &Upload, algorithm: Algorithm, whole: &str) -> Result<(), Fault> {
    if let Some(kind) = call.text("ChecksumType").and_then(Kind::named)
        && kind != upload.kind
    {
        return Err(invalid_request(format!(
            "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
            upload.kind.name()
        )));
    }
    let Some((sent, value)) = checksum::sent(call)? else {
        return Ok(());
    };
    if sent != algorithm {
        return Err(invalid_request(format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            algorithm.name().to_ascii_lowercase(),
            sent.name().to_ascii_lowercase()
        )));
    }
    let bare = |value: &str| value.split('-').next().unwrap_or_default().to_owned();
    if bare(&value) == bare(whole) {
        Ok(())
    } else {
        Err(checksum::bad_digest(algorithm))
    }
}

fn raw_hex(digest: &str) -> Vec<u8> {
    (0..digest.len())
        .step_by(2)
        .filter_map(|at| u8::from_str_radix(digest.get(at..at + 2)?, 16).ok())
        .collect()
}

/// `AbortMultipartUpload`.
pub(super) fn abort(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::object(world, call, "s3:AbortMultipartUpload")?;
    find_mut(bucket, call)?;
    bucket.uploads.remove(call.required("UploadId"));
    Ok(Answer::empty())
}

/// `ListParts`.
pub(super) fn list_parts(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::object(world, call, "s3:ListMultipartUploadParts")?;
    let owner = canonical_id(&bucket.account);
    let name = bucket.name.clone();
    let upload = find_mut(bucket, call)?;
    let max = listing::limit(call, "MaxParts", 1000)?;
    let marker: i64 = call.int("PartNumberMarker").unwrap_or_default();
    let mut rest = upload.parts.range(marker + 1..);
    let shown: Vec<_> = rest.by_ref().take(usize::try_from(max).unwrap_or(usize::MAX)).collect();
    let parts: Vec<Value> = shown
        .iter()
        .map(|(number, part)| {
            let mut entry = json!({
                "PartNumber": number,
                "LastModified": part.modified,
                "ETag": quoted(&part.etag),
                "Size": part.size,
            });
            if let Some(algorithm) = upload.algorithm {
                entry[member(algorithm)] = json!(part.checksum);
            }
            entry
        })
        .collect();
    let mut output = Map::new();
    set(&mut output, "Bucket", Some(name));
    set(&mut output, "Key", Some(upload.key.as_str()));
    set(&mut output, "UploadId", Some(call.required("UploadId")));
    set(&mut output, "PartNumberMarker", Some(marker));
    let next = shown.last().map_or(0, |(number, _)| **number);
    set(&mut output, "NextPartNumberMarker", Some(next));
    set(&mut output, "MaxParts", Some(max));
    set(&mut output, "IsTruncated", Some(rest.next().is_some()));
    set(&mut output, "Parts", (!parts.is_empty()).then_some(parts));
    set(&mut output, "Owner", Some(json!({"ID": owner})));
    set(&mut output, "Initiator", Some(json!({"ID": upload.initiator})));
    set(&mut output, "StorageClass", Some(upload.draft.storage_class.as_str()));
    if let Some(algorithm) = upload.algorithm {
        set(&mut output, "ChecksumAlgorithm", Some(algorithm.name()));
        set(&mut output, "ChecksumType", Some(upload.kind.name()));
    }
    Ok(Answer::from(Value::Object(output)))
}

/// `ListMultipartUploads`: by key, then by start.
pub(super) fn list_uploads(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:ListBucketMultipartUploads")?;
    let max = listing::limit(call, "MaxUploads", 1000)?;
    let prefix = call.text("Prefix").unwrap_or_default();
    let delimiter = call.text("Delimiter").filter(|delimiter| !delimiter.is_empty());
    let key_marker = call.text("KeyMarker").unwrap_or_default();
    let id_marker = call.text("UploadIdMarker").unwrap_or_default();
    let mut all: Vec<(&String, &Upload)> = bucket.uploads.iter().collect();
    all.sort_by(|(left_id, left), (right_id, right)| {
        left.key
            .cmp(&right.key)
            .then(left.started.total_cmp(&right.started))
            .then(left_id.cmp(right_id))
    });
    let position = all
        .iter()
        .position(|(id, upload)| upload.key == key_marker && id.as_str() == id_marker);
    let entries = all.iter().enumerate().filter_map(|(index, (id, upload))| {
        let passed = match position {
            Some(position) => index <= position,
            None => !key_marker.is_empty() && upload.key.as_str() <= key_marker,
        };
        (!passed).then_some((upload.key.as_str(), (*id, *upload)))
    });
    let page = listing::page(entries, prefix, delimiter, key_marker, max);
    let url = call.text("EncodingType") == Some("url");
    let text = |text: &str| listing::spelt(text, url);
    let owner = json!({"ID": canonical_id(&bucket.account)});
    let uploads: Vec<Value> = page
        .items
        .iter()
        .map(|(id, upload)| {
            let mut entry = json!({
                "Key": text(&upload.key),
                "UploadId": id,
                "Initiated": upload.started,
                "StorageClass": upload.draft.storage_class,
                "Owner": owner,
                "Initiator": {"ID": upload.initiator},
            });
            if let Some(algorithm) = upload.algorithm {
                entry["ChecksumAlgorithm"] = json!(algorithm.name());
                entry["ChecksumType"] = json!(upload.kind.name());
            }
            entry
        })
        .collect();
    let mut output = Map::new();
    set(&mut output, "Bucket", Some(bucket.name.as_str()));
    set(&mut output, "KeyMarker", Some(text(key_marker)));
    set(&mut output, "UploadIdMarker", Some(id_marker));
    set(&mut output, "Prefix", Some(text(prefix)));
    set(&mut output, "Delimiter", delimiter.map(text));
    set(&mut output, "EncodingType", url.then_some("url"));
    set(&mut output, "MaxUploads", Some(max));
    set(&mut output, "IsTruncated", Some(page.truncated));
    if page.truncated {
        let item = page.items.last();
        let group = page.prefixes.last();
        match (item, group) {
            (Some((id, upload)), group) if group.is_none_or(|group| *group < upload.key) => {
                set(&mut output, "NextKeyMarker", Some(text(&upload.key)));
                set(&mut output, "NextUploadIdMarker", Some(id.as_str()));
            }
            (_, group) => set(&mut output, "NextKeyMarker", group.map(|group| text(group))),
        }
    }
    set(&mut output, "Uploads", (!uploads.is_empty()).then_some(uploads));
    listing::show_prefixes(&mut output, &page.prefixes, url);
    Ok(Answer::from(Value::Object(output)))
}
