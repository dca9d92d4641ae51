//! Requests as boto3 sends them, held against the parameters they were made from (`capture-wire.py`).

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use base64::Engine as _;
use serde_json::Value;

use crate::check;
use crate::protocol::route::{self, Target};
use crate::protocol::wire::Wire;
use crate::protocol::{self, Input};

fn request(bytes: &[u8]) -> Wire {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let mut builder = http::Request::builder()
        .method(first.next().unwrap())
        .uri(first.next().unwrap());
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        builder = builder.header(name, value);
    }
    Wire::from_http(builder.body(bytes[end + 4..].to_vec()).unwrap())
}

fn parsed(bytes: &[u8]) -> (Target, Input) {
    let mut wire = request(bytes);
    let scope = route::scope(&wire).unwrap();
    assert_eq!((scope.key.as_str(), scope.region.as_str()), ("test", "eu-central-1"));
    let target = route::find(&wire, Some(&scope)).unwrap();
    let operation = target.operation.unwrap();
    let input = protocol::read(&target, operation, &mut wire).unwrap();
    (target, input)
}

#[test]
fn what_boto3_sends_is_what_it_was_given() {
    // What boto3 adds by itself.
    const ADDED: [&str; 6] = [
        "ChecksumAlgorithm",
        "ChecksumCRC32",
        "ContentMD5",
        "ContentType",
        "EncodingType",
        "ChecksumMode",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wire");
    let mut read = 0;
    for entry in fs_err::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|it| it != "http") {
            continue;
        }
        let name = file.display().to_string();
        let wanted: Value = serde_json::from_slice(&fs_err::read(file.with_extension("json")).unwrap()).unwrap();
        let (target, mut input) = parsed(&fs_err::read(&file).unwrap());
        assert_eq!(
            format!("{}.{}", target.model.service, target.name),
            wanted["operation"],
            "{name}"
        );
        let mut given = wanted["input"].as_object().unwrap().clone();
        if let Some(body) = given.remove("Body") {
            let body = base64::engine::general_purpose::STANDARD
                .decode(body["bytes"].as_str().unwrap())
                .unwrap();
            assert_eq!(input.body, body, "{name}");
        }
        input
            .members
            .retain(|member, _| given.contains_key(member) || !ADDED.contains(&member.as_str()));
        // A moment is written in JSON with a fraction and without one.
        assert!(
            same(&Value::Object(input.members.clone()), &Value::Object(given)),
            "{name}: {:?}",
            input.members
        );
        let broken = check::input(target.model, target.operation.unwrap(), &input.members);
        assert_eq!(broken, [], "{name}");
        read += 1;
    }
    assert!(read >= 20, "only {read} requests were read");
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, left)| right.get(name).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

#[test]
fn what_follows_the_chunks_is_known() {
    let bytes = fs_err::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("wire/encoded-object.http")).unwrap();
    assert!(request(&bytes).body.ends_with(b"\r\n\r\n"), "the file has chunks");
    let (_, input) = parsed(&bytes);
    assert_eq!(input.body, [b'x'; 70]);
    assert!(input.members.contains_key("ChecksumCRC32"));
    assert_eq!(
        input.members["ContentEncoding"], "gzip",
        "the chunks are no encoding of the object"
    );
}
