//! Writing, tagging, copying and deleting objects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::checksum::Algorithm;
use super::Desk;

fn of(key: &str, extra: &Value) -> Value {
    let mut input = extra.clone();
    input["Bucket"] = json!("bucket");
    input["Key"] = json!(key);
    input
}

#[test]
fn an_object_gets_the_defaults_of_s3() {
    let mut desk = Desk::with_bucket();
    let written = desk.put("key", b"hello world");
    assert_eq!(written["ETag"], "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"");
    assert_eq!(written["ServerSideEncryption"], "AES256");
    assert_eq!(written["ChecksumType"], "FULL_OBJECT");
    assert_eq!(written["ChecksumCRC64NVME"], Algorithm::Crc64Nvme.of(b"hello world"));
    assert!(written["VersionId"].is_null(), "no version ids without versioning");
    let head = desk.ok("HeadObject", of("key", &json!({})));
    assert_eq!(head["ContentType"], "binary/octet-stream");
    assert_eq!(head["ContentLength"], 11);
    assert_eq!(head["LastModified"], 1_790_000_000.0, "whole seconds");
    assert!(head["ChecksumCRC64NVME"].is_null(), "only when asked");
    let head = desk.ok("HeadObject", of("key", &json!({"ChecksumMode": "ENABLED"})));
    assert_eq!(head["ChecksumCRC64NVME"], written["ChecksumCRC64NVME"]);
}

#[test]
fn checksums_are_the_published_check_values() {
    // Check values of the CRC catalogue for "123456789", big endian.
    let value = |bytes: &[u8]| STANDARD.encode(bytes);
    let input = b"123456789";
    assert_eq!(Algorithm::Crc32.of(input), value(&[0xcb, 0xf4, 0x39, 0x26]));
    assert_eq!(Algorithm::Crc32c.of(input), value(&[0xe3, 0x06, 0x92, 0x83]));
    assert_eq!(
        Algorithm::Crc64Nvme.of(input),
        value(&[0xae, 0x8b, 0x14, 0x86, 0x0a, 0x79, 0x98, 0x88])
    );
    assert_eq!(
        Algorithm::Md5.of(input),
        value(&[
            0x25, 0xf9, 0xe7, 0x94, 0x32, 0x3b, 0x45, 0x38, 0x85, 0xf5, 0x18, 0x1f, 0x1b, 0x62, 0x4d, 0x0b
        ])
    );
}

#[test]
fn bytes_that_differ_from_their_checksum_are_refused() {
    let mut desk = Desk::with_bucket();
    let mut send = |extra: Value| desk.send("PutObject", of("key", &extra), b"abc");
    for algorithm in [
        Algorithm::Crc32,
        Algorithm::Crc32c,
        Algorithm::Crc64Nvme,
        Algorithm::Sha1,
        Algorithm::Sha256,
        Algorithm::Sha512,
    ] {
        let member = super::super::checksum::member(algorithm);
        send(json!({&member: algorithm.of(b"abc")})).unwrap();
        let fault = send(json!({&member: algorithm.of(b"abd")})).unwrap_err();
        assert_eq!((fault.code, fault.status), ("BadDigest", 400), "{member}");
        assert_eq!(send(json!({&member: "AA=="})).unwrap_err().code, "InvalidRequest");
    }
    send(json!({"ContentMD5": Algorithm::Md5.of(b"abc")})).unwrap();
    assert_eq!(
        send(json!({"ContentMD5": Algorithm::Md5.of(b"abd")})).unwrap_err().code,
        "BadDigest"
    );
    assert_eq!(
        send(json!({"ContentMD5": "nonsense"})).unwrap_err().code,
        "InvalidDigest"
    );
    let two = json!({"ChecksumCRC32": Algorithm::Crc32.of(b"abc"), "ChecksumSHA256": Algorithm::Sha256.of(b"abc")});
    assert_eq!(send(two).unwrap_err().code, "InvalidRequest");
    assert_eq!(
        send(json!({"ChecksumAlgorithm": "CRC32"})).unwrap_err().code,
        "InvalidRequest",
        "an algorithm without a value"
    );
    assert_eq!(
        send(json!({"ChecksumXXHASH64": "x"})).unwrap_err().code,
        "NotImplemented"
    );
}

#[test]
fn metadata_comes_back_and_aws_chunked_does_not() {
    let mut desk = Desk::with_bucket();
    let input = of(
        "key",
        &json!({
            "ContentType": "application/gzip", "CacheControl": "no-cache", "ContentEncoding": "gzip,aws-chunked",
            "Metadata": {"Fingerprint": "x"}, "Tagging": "igvctl%3Astack=7f3a+9c1e&b=",
        }),
    );
    desk.ok("PutObject", input);
    let get = desk.send("GetObject", of("key", &json!({})), &[]).unwrap().output;
    assert_eq!(get["ContentType"], "application/gzip");
    assert_eq!(get["CacheControl"], "no-cache");
    assert_eq!(get["ContentEncoding"], "gzip");
    assert_eq!(get["Metadata"], json!({"fingerprint": "x"}));
    assert_eq!(get["TagCount"], 2);
    desk.ok("PutObject", of("plain", &json!({"ContentEncoding": "aws-chunked"})));
    assert!(desk.ok("HeadObject", of("plain", &json!({})))["ContentEncoding"].is_null());
    assert_eq!(
        desk.ok("GetObjectTagging", of("key", &json!({})))["TagSet"],
        json!([{"Key": "b", "Value": ""}, {"Key": "igvctl:stack", "Value": "7f3a 9c1e"}])
    );
    let large = of("key", &json!({"Metadata": {"x": "y".repeat(2048)}}));
    assert_eq!(desk.refusal("PutObject", large), ("MetadataTooLarge", 400));
    assert_eq!(
        desk.refusal("PutObject", of(&"k".repeat(1025), &json!({}))),
        ("KeyTooLongError", 400)
    );
}

#[test]
fn writes_under_conditions() {
    let mut desk = Desk::with_bucket();
    let absent = json!({"IfNoneMatch": "*"});
    let etag = desk.ok("PutObject", of("key", &absent))["ETag"].clone();
    assert_eq!(
        desk.refusal("PutObject", of("key", &absent)),
        ("PreconditionFailed", 412)
    );
    assert_eq!(
        desk.refusal("PutObject", of("key", &json!({"IfNoneMatch": "\"x\""}))),
        ("NotImplemented", 501)
    );
    let same = json!({"IfMatch": etag});
    let next = desk.send("PutObject", of("key", &same), b"2").unwrap().output["ETag"].clone();
    assert_eq!(desk.refusal("PutObject", of("key", &same)), ("PreconditionFailed", 412));
    assert_eq!(desk.refusal("PutObject", of("none", &same)), ("NoSuchKey", 404));
    assert_eq!(
        desk.refusal("DeleteObject", of("key", &same)),
        ("PreconditionFailed", 412)
    );
    desk.ok("DeleteObject", of("key", &json!({"IfMatch": next})));
    desk.ok("DeleteObject", of("key", &json!({})));
}

#[test]
fn object_tags_are_limited_to_ten() {
    let mut desk = Desk::with_bucket();
    desk.put("key", b"");
    let tags = |n: usize| -> Value { (0..n).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect() };
    let put = |set: Value| of("key", &json!({"Tagging": {"TagSet": set}}));
    desk.ok("PutObjectTagging", put(tags(10)));
    assert_eq!(desk.refusal("PutObjectTagging", put(tags(11))), ("BadRequest", 400));
    assert_eq!(
        desk.refusal("PutObjectTagging", put(json!([{"Key": "aws:x", "Value": ""}]))),
        ("InvalidTag", 400)
    );
    desk.ok("DeleteObjectTagging", of("key", &json!({})));
    assert_eq!(desk.ok("GetObjectTagging", of("key", &json!({})))["TagSet"], json!([]));
    assert_eq!(
        desk.refusal("GetObjectTagging", of("none", &json!({}))),
        ("NoSuchKey", 404)
    );
    assert_eq!(
        desk.refusal("PutObject", of("key", &json!({"Tagging": "a=1&a=2"}))),
        ("InvalidArgument", 400)
    );
}

#[test]
fn copies_keep_or_replace_what_is_said_of_the_bytes() {
    let mut desk = Desk::with_bucket();
    let extra =
        json!({"ContentType": "text/plain", "Metadata": {"a": "b"}, "Tagging": "t=1", "StorageClass": "STANDARD_IA"});
    desk.send("PutObject", of("a b", &extra), b"bytes").unwrap();
    let copied = desk.ok("CopyObject", of("kept", &json!({"CopySource": "bucket/a%20b"})));
    assert_eq!(
        copied["CopyObjectResult"]["ETag"],
        "\"4b3a6218bb3e3a7303e8a171a60fcf92\""
    );
    let kept = desk.send("GetObject", of("kept", &json!({})), &[]).unwrap();
    assert_eq!(kept.body, b"bytes");
    assert_eq!(kept.output["Metadata"], json!({"a": "b"}));
    assert_eq!(kept.output["TagCount"], 1);
    assert!(!kept.output.contains_key("StorageClass"), "a copy is STANDARD");
    let replace = json!({
        "CopySource": "/bucket/kept", "MetadataDirective": "REPLACE", "CacheControl": "no-cache", "TaggingDirective": "REPLACE",
    });
    desk.ok("CopyObject", of("kept", &replace));
    let head = desk.ok("HeadObject", of("kept", &json!({})));
    assert_eq!(head["CacheControl"], "no-cache");
    assert_eq!(head["ContentType"], "binary/octet-stream");
    assert!(head["Metadata"].is_null());
    assert_eq!(
        desk.refusal("CopyObject", of("kept", &json!({"CopySource": "bucket/kept"}))),
        ("InvalidRequest", 400),
        "onto itself without a change"
    );
    assert_eq!(
        desk.refusal("CopyObject", of("x", &json!({"CopySource": "bucket/none"}))),
        ("NoSuchKey", 404)
    );
    let source_owner = json!({"CopySource": "bucket/kept", "ExpectedSourceBucketOwner": super::OTHER});
    assert_eq!(
        desk.refusal("CopyObject", of("x", &source_owner)),
        ("AccessDenied", 403)
    );
    let condition = json!({"CopySource": "bucket/kept", "CopySourceIfMatch": "\"x\""});
    assert_eq!(
        desk.refusal("CopyObject", of("x", &condition)),
        ("PreconditionFailed", 412)
    );
}

#[test]
fn many_deletes_report_each_key() {
    let mut desk = Desk::with_bucket();
    desk.put("a", b"1");
    let many = |objects: Value| json!({"Bucket": "bucket", "Delete": {"Objects": objects}});
    let answer = desk.ok(
        "DeleteObjects",
        many(json!([{"Key": "a"}, {"Key": "none"}, {"Key": "b", "VersionId": "bad"}])),
    );
    assert_eq!(answer["Deleted"], json!([{"Key": "a"}, {"Key": "none"}]));
    assert_eq!(answer["Errors"][0]["Code"], "InvalidArgument");
    let quiet = json!({"Bucket": "bucket", "Delete": {"Objects": [{"Key": "a"}], "Quiet": true}});
    assert_eq!(desk.ok("DeleteObjects", quiet), json!({}));
    assert_eq!(desk.refusal("DeleteObjects", many(json!([]))), ("MalformedXML", 400));
    let thousand: Value = (0..1001).map(|n| json!({"Key": n.to_string()})).collect();
    assert_eq!(desk.refusal("DeleteObjects", many(thousand)), ("MalformedXML", 400));
}
