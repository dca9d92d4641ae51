//! Reading objects.

use serde_json::{Value, json};

use super::super::parse_range;
use super::Desk;

fn of(key: &str, extra: &Value) -> Value {
    let mut input = extra.clone();
    input["Bucket"] = json!("bucket");
    input["Key"] = json!(key);
    input
}

#[test]
fn ranges() {
    for (header, span) in [
        ("bytes=0-3", Some(Some((0, 4)))),
        ("bytes=4-", Some(Some((4, 10)))),
        ("bytes=-3", Some(Some((7, 10)))),
        ("bytes=-30", Some(Some((0, 10)))),
        ("bytes=8-100", Some(Some((8, 10)))),
        ("bytes=10-", Some(None)),
        ("bytes=-0", Some(None)),
        ("bytes=3-2", None),
        ("bytes=0-1,3-4", None),
        ("chars=0-1", None),
    ] {
        assert_eq!(parse_range(header, 10), span, "{header}");
    }
    let mut desk = Desk::with_bucket();
    desk.put("key", b"0123456789");
    let part = desk
        .send(
            "GetObject",
            of("key", &json!({"Range": "bytes=2-4", "ChecksumMode": "ENABLED"})),
            &[],
        )
        .unwrap();
    assert_eq!((part.status, part.body.as_slice()), (Some(206), b"234".as_slice()));
    assert_eq!(part.output["ContentRange"], "bytes 2-4/10");
    assert_eq!(part.output["ContentLength"], 3);
    assert!(!part.output.contains_key("ChecksumCRC64NVME"));
    assert_eq!(
        desk.refusal("GetObject", of("key", &json!({"Range": "bytes=10-"}))),
        ("InvalidRange", 416)
    );
    let head = desk
        .send("HeadObject", of("key", &json!({"Range": "bytes=0-0"})), &[])
        .unwrap();
    assert_eq!((head.status, head.body.len()), (Some(206), 0));
}

#[test]
fn conditions() {
    let mut desk = Desk::with_bucket();
    let etag = desk.put("key", b"bytes")["ETag"].clone();
    let modified = 1_790_000_000.0;
    let mut status = |extra: Value| match desk.send("GetObject", of("key", &extra), &[]) {
        Ok(answer) => {
            assert_eq!(answer.body.is_empty(), answer.status == Some(304));
            answer.status.unwrap_or(200)
        }
        Err(fault) => fault.status,
    };
    assert_eq!(status(json!({"IfMatch": etag})), 200);
    assert_eq!(status(json!({"IfMatch": "\"x\""})), 412);
    assert_eq!(status(json!({"IfNoneMatch": etag})), 304);
    assert_eq!(status(json!({"IfNoneMatch": "\"x\""})), 200);
    assert_eq!(status(json!({"IfModifiedSince": modified})), 304);
    assert_eq!(status(json!({"IfModifiedSince": modified - 1.0})), 200);
    assert_eq!(status(json!({"IfUnmodifiedSince": modified - 1.0})), 412);
    assert_eq!(
        status(json!({"IfMatch": etag, "IfUnmodifiedSince": modified - 1.0})),
        200,
        "the ETag wins"
    );
    assert_eq!(
        status(json!({"IfNoneMatch": "\"x\"", "IfModifiedSince": modified})),
        200
    );
}

#[test]
fn absent_keys() {
    let mut desk = Desk::with_bucket();
    assert_eq!(desk.refusal("GetObject", of("none", &json!({}))), ("NoSuchKey", 404));
    assert_eq!(desk.refusal("HeadObject", of("none", &json!({}))), ("NotFound", 404));
    assert_eq!(
        desk.refusal("GetObject", of("none", &json!({"VersionId": "bad"}))),
        ("InvalidArgument", 400)
    );
    assert_eq!(
        desk.refusal("GetObject", of("none", &json!({"VersionId": "x".repeat(32)}))),
        ("NoSuchVersion", 404)
    );
}

#[test]
fn signed_requests_may_override_headers() {
    let mut desk = Desk::with_bucket();
    desk.put("key", b"bytes");
    let input = of("key", &json!({"ResponseContentType": "text/plain"}));
    assert_eq!(desk.ok("GetObject", input.clone())["ContentType"], "text/plain");
    let expires = of("key", &json!({"ResponseExpires": 1_924_992_000.0}));
    assert_eq!(
        desk.ok("GetObject", expires)["Expires"],
        "Wed, 01 Jan 2031 00:00:00 GMT"
    );
    desk.become_anonymous();
    assert_eq!(desk.refusal("GetObject", input), ("InvalidRequest", 400));
}

#[test]
fn archived_objects_cannot_be_read() {
    let mut desk = Desk::with_bucket();
    desk.ok("PutObject", of("key", &json!({"StorageClass": "GLACIER"})));
    assert_eq!(
        desk.refusal("GetObject", of("key", &json!({}))),
        ("InvalidObjectState", 403)
    );
    assert_eq!(desk.ok("HeadObject", of("key", &json!({})))["StorageClass"], "GLACIER");
}

#[test]
fn attributes_stand_without_quotes() {
    let mut desk = Desk::with_bucket();
    let written = desk.put("key", b"bytes");
    let attributes = json!({"ObjectAttributes": ["ETag", "Checksum", "ObjectSize", "StorageClass", "ObjectParts"]});
    let answer = desk.ok("GetObjectAttributes", of("key", &attributes));
    assert_eq!(answer["ETag"], "4b3a6218bb3e3a7303e8a171a60fcf92");
    assert_eq!(answer["ObjectSize"], 5);
    assert_eq!(answer["StorageClass"], "STANDARD");
    assert_eq!(answer["Checksum"]["ChecksumCRC64NVME"], written["ChecksumCRC64NVME"]);
    assert!(answer["ObjectParts"].is_null());
    let answer = desk.ok("GetObjectAttributes", of("key", &json!({"ObjectAttributes": ["ETag"]})));
    assert!(answer["ObjectSize"].is_null());
}
