//! Listing objects.

use serde_json::{Value, json};

use super::Desk;

fn of(extra: &Value) -> Value {
    let mut input = extra.clone();
    input["Bucket"] = json!("bucket");
    input
}

fn keys(page: &Value, list: &str, member: &str) -> Vec<String> {
    page[list]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| entry[member].as_str().unwrap().to_owned())
        .collect()
}

fn filled() -> Desk {
    let mut desk = Desk::with_bucket();
    for key in ["l/a/1", "l/a/2", "l/b/1", "l/c", "l/d e+f&g", "l/ü", "m"] {
        desk.put(key, b"x");
    }
    desk
}

#[test]
fn pages_in_order_of_bytes() {
    let mut desk = filled();
    let mut seen = Vec::new();
    let mut input = of(&json!({"Prefix": "l/", "MaxKeys": 2}));
    loop {
        let page = desk.ok("ListObjectsV2", input.clone());
        let keys = keys(&page, "Contents", "Key");
        assert_eq!(page["KeyCount"], keys.len());
        seen.extend(keys);
        if page["IsTruncated"] == false {
            assert!(page["NextContinuationToken"].is_null());
            break;
        }
        input["ContinuationToken"] = page["NextContinuationToken"].clone();
    }
    assert_eq!(seen, ["l/a/1", "l/a/2", "l/b/1", "l/c", "l/d e+f&g", "l/ü"]);
    assert_eq!(
        desk.refusal("ListObjectsV2", of(&json!({"ContinuationToken": "!"}))),
        ("InvalidArgument", 400)
    );
    assert_eq!(
        desk.refusal("ListObjectsV2", of(&json!({"MaxKeys": -1}))),
        ("InvalidArgument", 400)
    );
    let none = desk.ok("ListObjectsV2", of(&json!({"MaxKeys": 0})));
    assert_eq!((&none["KeyCount"], &none["IsTruncated"]), (&json!(0), &json!(false)));
    assert_eq!(desk.ok("ListObjectsV2", of(&json!({"MaxKeys": 5000})))["MaxKeys"], 1000);
}

#[test]
fn groups_count_as_entries_and_are_not_repeated() {
    let mut desk = filled();
    let mut input = of(&json!({"Prefix": "l/", "Delimiter": "/", "MaxKeys": 1}));
    let (mut prefixes, mut contents) = (Vec::new(), Vec::new());
    loop {
        let page = desk.ok("ListObjectsV2", input.clone());
        assert_eq!(page["KeyCount"], 1);
        prefixes.extend(keys(&page, "CommonPrefixes", "Prefix"));
        contents.extend(keys(&page, "Contents", "Key"));
        if page["IsTruncated"] == false {
            break;
        }
        input["ContinuationToken"] = page["NextContinuationToken"].clone();
    }
    assert_eq!(prefixes, ["l/a/", "l/b/"]);
    assert_eq!(contents, ["l/c", "l/d e+f&g", "l/ü"]);
    let after = desk.ok("ListObjectsV2", of(&json!({"StartAfter": "l/c"})));
    assert_eq!(keys(&after, "Contents", "Key"), ["l/d e+f&g", "l/ü", "m"]);
}

#[test]
fn keys_are_encoded_when_asked() {
    let mut desk = filled();
    let page = desk.ok("ListObjectsV2", of(&json!({"Prefix": "l/d", "EncodingType": "url"})));
    assert_eq!(keys(&page, "Contents", "Key"), ["l/d+e%2Bf%26g"]);
    assert_eq!(page["EncodingType"], "url");
    let entry = &page["Contents"][0];
    assert_eq!(entry["Size"], 1);
    assert_eq!(entry["StorageClass"], "STANDARD");
    assert_eq!(entry["ChecksumAlgorithm"], json!(["CRC64NVME"]));
    assert!(entry["Owner"].is_null());
    let page = desk.ok("ListObjectsV2", of(&json!({"FetchOwner": true})));
    assert!(page["Contents"][0]["Owner"]["ID"].is_string());
}

#[test]
fn the_older_list_tells_the_next_key_only_with_a_delimiter() {
    let mut desk = filled();
    let page = desk.ok("ListObjects", of(&json!({"MaxKeys": 2})));
    assert_eq!(page["IsTruncated"], true);
    assert!(page["NextMarker"].is_null());
    let page = desk.ok("ListObjects", of(&json!({"MaxKeys": 1, "Delimiter": "/"})));
    assert_eq!(page["NextMarker"], "l/");
    let page = desk.ok("ListObjects", of(&json!({"Marker": "l/", "Delimiter": "/"})));
    assert_eq!(keys(&page, "Contents", "Key"), ["m"]);
}
