//! Uploads in parts.

use serde_json::{Value, json};

use super::super::checksum::Algorithm;
use super::Desk;

const MIB: usize = 1 << 20;

fn of(extra: &Value) -> Value {
    let mut input = extra.clone();
    input["Bucket"] = json!("bucket");
    input["Key"] = json!("key");
    input
}

/// Starts an upload and uploads parts; tells the id and what a completing call lists.
fn uploaded(desk: &mut Desk, extra: &Value, parts: &[Vec<u8>]) -> (Value, Vec<Value>) {
    let id = desk.ok("CreateMultipartUpload", of(extra))["UploadId"].clone();
    let algorithm = extra["ChecksumAlgorithm"]
        .as_str()
        .map(|name| Algorithm::named(name).unwrap());
    let mut list = Vec::new();
    for (index, bytes) in parts.iter().enumerate() {
        let mut input = of(&json!({"UploadId": id, "PartNumber": index + 1}));
        if let Some(algorithm) = algorithm {
            input[super::super::checksum::member(algorithm)] = json!(algorithm.of(bytes));
        }
        let answer = desk.send("UploadPart", input, bytes).unwrap().output;
        let mut entry = json!({"PartNumber": index + 1, "ETag": answer["ETag"]});
        if let Some(algorithm) = algorithm {
            let member = super::super::checksum::member(algorithm);
            entry[&member] = answer[&member].clone();
        }
        list.push(entry);
    }
    (id, list)
}

fn complete(id: &Value, parts: &[Value], extra: &Value) -> Value {
    let mut input = of(extra);
    input["UploadId"] = id.clone();
    input["MultipartUpload"] = json!({"Parts": parts});
    input
}

fn two_parts() -> Vec<Vec<u8>> {
    vec![vec![b'x'; 5 * MIB], b"the end".to_vec()]
}

#[test]
fn l43_the_whole_gets_an_etag_of_etags_and_the_crc_of_all_bytes() {
    let mut desk = Desk::with_bucket();
    let (id, parts) = uploaded(&mut desk, &json!({"ContentType": "application/x-bam"}), &two_parts());
    let whole = two_parts().concat();
    let crc = Algorithm::Crc64Nvme.of(&whole);
    let wrong = complete(
        &id,
        &parts,
        &json!({"ChecksumCRC64NVME": Algorithm::Crc64Nvme.of(b"other")}),
    );
    assert_eq!(desk.refusal("CompleteMultipartUpload", wrong), ("BadDigest", 400));
    let extra = json!({"ChecksumCRC64NVME": crc, "ChecksumType": "FULL_OBJECT", "MpuObjectSize": whole.len()});
    let done = desk.ok("CompleteMultipartUpload", complete(&id, &parts, &extra));
    assert!(done["ETag"].as_str().unwrap().ends_with("-2\""));
    assert_eq!(done["ChecksumCRC64NVME"], crc);
    assert_eq!(done["ChecksumType"], "FULL_OBJECT");
    let get = desk.send("GetObject", of(&json!({})), &[]).unwrap();
    assert_eq!(get.body, whole);
    assert_eq!(get.output["ContentType"], "application/x-bam");
    let part = desk.send("GetObject", of(&json!({"PartNumber": 2})), &[]).unwrap();
    assert_eq!((part.status, part.body.as_slice()), (Some(206), b"the end".as_slice()));
    assert_eq!(part.output["PartsCount"], 2);
    let across = desk
        .send(
            "GetObject",
            of(&json!({"Range": format!("bytes={}-{}", 5 * MIB - 2, 5 * MIB + 2)})),
            &[],
        )
        .unwrap();
    assert_eq!(across.body, b"xxthe");
    assert_eq!(
        desk.refusal("CompleteMultipartUpload", complete(&id, &parts, &json!({}))),
        ("NoSuchUpload", 404)
    );
    let attributes = desk.ok("GetObjectAttributes", of(&json!({"ObjectAttributes": ["ObjectParts"]})));
    assert_eq!(attributes["ObjectParts"], json!({"TotalPartsCount": 2}));
}

#[test]
fn crcs_of_parts_combine_for_every_crc() {
    for name in ["CRC32", "CRC32C", "CRC64NVME"] {
        let mut desk = Desk::with_bucket();
        let algorithm = Algorithm::named(name).unwrap();
        let extra = json!({"ChecksumAlgorithm": name, "ChecksumType": "FULL_OBJECT"});
        let (id, parts) = uploaded(&mut desk, &extra, &two_parts());
        let done = desk.ok("CompleteMultipartUpload", complete(&id, &parts, &json!({})));
        let member = super::super::checksum::member(algorithm);
        assert_eq!(done[&member], algorithm.of(&two_parts().concat()), "{name}");
    }
}

#[test]
fn sha_is_a_checksum_of_checksums() {
    let mut desk = Desk::with_bucket();
    let sha = json!({"ChecksumAlgorithm": "SHA256"});
    let full = json!({"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"});
    assert_eq!(
        desk.refusal("CreateMultipartUpload", of(&full)),
        ("InvalidRequest", 400)
    );
    let (id, parts) = uploaded(&mut desk, &sha, &two_parts());
    let bare: Vec<Value> = parts
        .iter()
        .map(|part| json!({"PartNumber": part["PartNumber"], "ETag": part["ETag"]}))
        .collect();
    assert_eq!(
        desk.refusal("CompleteMultipartUpload", complete(&id, &bare, &json!({}))),
        ("InvalidRequest", 400)
    );
    let done = desk.ok("CompleteMultipartUpload", complete(&id, &parts, &json!({})));
    assert_eq!(done["ChecksumType"], "COMPOSITE");
    let value = done["ChecksumSHA256"].as_str().unwrap();
    assert!(value.ends_with("-2"));
    let attributes = json!({"ObjectAttributes": ["Checksum", "ObjectParts"]});
    let attributes = desk.ok("GetObjectAttributes", of(&attributes));
    assert_eq!(attributes["Checksum"]["ChecksumSHA256"], value.trim_end_matches("-2"));
    assert_eq!(attributes["ObjectParts"]["Parts"][1]["Size"], 7);
    let copied = desk.ok(
        "CopyObject",
        of(&json!({"CopySource": "bucket/key", "MetadataDirective": "REPLACE"})),
    );
    let etag = copied["CopyObjectResult"]["ETag"].as_str().unwrap();
    assert!(!etag.contains('-'), "a copy is one piece");
    let whole = two_parts().concat();
    assert_eq!(
        copied["CopyObjectResult"]["ChecksumSHA256"],
        Algorithm::Sha256.of(&whole)
    );
}

#[test]
fn parts_must_carry_the_declared_checksum() {
    let mut desk = Desk::with_bucket();
    let id = desk.ok("CreateMultipartUpload", of(&json!({"ChecksumAlgorithm": "SHA256"})))["UploadId"].clone();
    let part = of(&json!({"UploadId": id, "PartNumber": 1}));
    let fault = desk.send("UploadPart", part.clone(), b"x").unwrap_err();
    assert_eq!(
        fault.message,
        "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: null"
    );
    let mut other = part;
    other["ChecksumCRC32"] = json!(Algorithm::Crc32.of(b"x"));
    assert_eq!(desk.send("UploadPart", other, b"x").unwrap_err().code, "InvalidRequest");
    let free = desk.ok("CreateMultipartUpload", of(&json!({})))["UploadId"].clone();
    let mut any = of(&json!({"UploadId": free, "PartNumber": 1}));
    any["ChecksumCRC32"] = json!(Algorithm::Crc32.of(b"x"));
    desk.send("UploadPart", any, b"x").unwrap();
}

#[test]
fn completing_checks_the_list() {
    let mut desk = Desk::with_bucket();
    let small = [b"a".to_vec(), b"b".to_vec()];
    let (id, parts) = uploaded(&mut desk, &json!({}), &small);
    let mut refusal =
        |parts: &[Value], extra: Value| desk.refusal("CompleteMultipartUpload", complete(&id, parts, &extra));
    assert_eq!(refusal(&[], json!({})), ("MalformedXML", 400));
    assert_eq!(refusal(&parts, json!({})), ("EntityTooSmall", 400));
    let swapped = [parts[1].clone(), parts[0].clone()];
    assert_eq!(refusal(&swapped, json!({})), ("InvalidPartOrder", 400));
    let absent = json!({"PartNumber": 9, "ETag": "\"x\""});
    assert_eq!(refusal(&[absent], json!({})), ("InvalidPart", 400));
    let stale = json!({"PartNumber": 1, "ETag": "\"x\""});
    assert_eq!(refusal(&[stale], json!({})), ("InvalidPart", 400));
    assert_eq!(
        refusal(&parts[..1], json!({"MpuObjectSize": 2})),
        ("InvalidRequest", 400)
    );
    desk.put("key", b"there already");
    let absent_only = complete(&id, &parts[..1], &json!({"IfNoneMatch": "*"}));
    assert_eq!(
        desk.refusal("CompleteMultipartUpload", absent_only),
        ("PreconditionFailed", 412)
    );
    desk.ok("CompleteMultipartUpload", complete(&id, &parts[..1], &json!({})));
    assert_eq!(desk.body(of(&json!({}))), b"a", "parts that are not listed are dropped");
}

#[test]
fn uploads_and_parts_are_listed_and_aborted() {
    let mut desk = Desk::with_bucket();
    let (id, _) = uploaded(&mut desk, &json!({}), &[b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]);
    let page = desk.ok("ListParts", of(&json!({"UploadId": id, "MaxParts": 2})));
    assert_eq!(page["IsTruncated"], true);
    assert_eq!(page["Parts"].as_array().unwrap().len(), 2);
    let rest = desk.ok(
        "ListParts",
        of(&json!({"UploadId": id, "PartNumberMarker": page["NextPartNumberMarker"]})),
    );
    assert_eq!(rest["Parts"][0]["PartNumber"], 3);
    let uploads = |desk: &mut Desk, extra: Value| {
        let mut input = extra;
        input["Bucket"] = json!("bucket");
        desk.ok("ListMultipartUploads", input)
    };
    desk.ok("CreateMultipartUpload", json!({"Bucket": "bucket", "Key": "another"}));
    let first = uploads(&mut desk, json!({"MaxUploads": 1}));
    assert_eq!(first["Uploads"][0]["Key"], "another");
    assert_eq!(first["IsTruncated"], true);
    let second = uploads(
        &mut desk,
        json!({"KeyMarker": first["NextKeyMarker"], "UploadIdMarker": first["NextUploadIdMarker"]}),
    );
    assert_eq!(second["Uploads"][0]["UploadId"], id);
    desk.ok("AbortMultipartUpload", of(&json!({"UploadId": id})));
    let gone = ("NoSuchUpload", 404);
    assert_eq!(desk.refusal("AbortMultipartUpload", of(&json!({"UploadId": id}))), gone);
    assert_eq!(desk.refusal("ListParts", of(&json!({"UploadId": id}))), gone);
    assert_eq!(
        desk.refusal("UploadPart", of(&json!({"UploadId": id, "PartNumber": 1}))),
        gone
    );
    assert_eq!(uploads(&mut desk, json!({}))["Uploads"].as_array().unwrap().len(), 1);
}

#[test]
fn parts_are_copied_by_range() {
    let mut desk = Desk::with_bucket();
    desk.put("source", b"0123456789");
    let id = desk.ok("CreateMultipartUpload", of(&json!({})))["UploadId"].clone();
    let part = |range: &str| {
        of(&json!({"UploadId": id, "PartNumber": 1, "CopySource": "bucket/source", "CopySourceRange": range}))
    };
    for range in ["bytes=5-20", "bytes=5-", "5-6", "bytes=6-5"] {
        assert_eq!(
            desk.refusal("UploadPartCopy", part(range)),
            ("InvalidArgument", 400),
            "{range}"
        );
    }
    let copied = desk.ok("UploadPartCopy", part("bytes=2-4"));
    let list = [json!({"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]})];
    desk.ok("CompleteMultipartUpload", complete(&id, &list, &json!({})));
    assert_eq!(desk.body(of(&json!({}))), b"234");
}
