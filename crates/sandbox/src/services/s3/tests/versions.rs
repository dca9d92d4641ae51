//! Versions and delete markers.

use serde_json::{Value, json};

use super::Desk;

fn of(extra: &Value) -> Value {
    let mut input = extra.clone();
    input["Bucket"] = json!("bucket");
    input
}

fn versioned(status: &str, desk: &mut Desk) {
    desk.ok(
        "PutBucketVersioning",
        of(&json!({"VersioningConfiguration": {"Status": status}})),
    );
}

#[test]
fn deleting_hides_and_deleting_a_version_destroys() {
    let mut desk = Desk::with_bucket();
    desk.put("key", b"null");
    versioned("Enabled", &mut desk);
    let one = desk.put("key", b"one")["VersionId"].clone();
    let two = desk.put("key", b"two")["VersionId"].clone();
    let gone = desk.ok("DeleteObject", of(&json!({"Key": "key"})));
    assert_eq!(gone["DeleteMarker"], true);
    let fault = desk.try_("GetObject", of(&json!({"Key": "key"}))).unwrap_err();
    assert_eq!((fault.code, fault.status), ("NoSuchKey", 404));
    assert!(fault.extra.contains(&("x-amz-delete-marker", "true".to_owned())));
    assert_eq!(
        desk.refusal("GetObject", of(&json!({"Key": "key", "VersionId": gone["VersionId"]}))),
        ("MethodNotAllowed", 405)
    );
    assert!(desk.ok("ListObjectsV2", of(&json!({})))["Contents"].is_null());
    assert_eq!(desk.body(of(&json!({"Key": "key", "VersionId": one}))), b"one");
    assert_eq!(desk.body(of(&json!({"Key": "key", "VersionId": "null"}))), b"null");
    let undone = desk.ok(
        "DeleteObject",
        of(&json!({"Key": "key", "VersionId": gone["VersionId"]})),
    );
    assert_eq!(undone["DeleteMarker"], true);
    assert_eq!(desk.body(of(&json!({"Key": "key"}))), b"two");
    desk.ok("DeleteObject", of(&json!({"Key": "key", "VersionId": two})));
    assert_eq!(desk.body(of(&json!({"Key": "key"}))), b"one");
    let absent = desk.ok("DeleteObject", of(&json!({"Key": "none"})));
    assert_eq!(absent["DeleteMarker"], true, "a marker also where nothing was");
}

#[test]
fn suspended_buckets_overwrite_the_null_version() {
    let mut desk = Desk::with_bucket();
    versioned("Enabled", &mut desk);
    let kept = desk.put("key", b"kept")["VersionId"].clone();
    versioned("Suspended", &mut desk);
    assert_eq!(desk.put("key", b"a")["VersionId"], "null");
    desk.put("key", b"b");
    let list = desk.ok("ListObjectVersions", of(&json!({})));
    assert_eq!(list["Versions"].as_array().unwrap().len(), 2);
    let marker = desk.ok("DeleteObject", of(&json!({"Key": "key"})));
    assert_eq!(marker["VersionId"], "null");
    let list = desk.ok("ListObjectVersions", of(&json!({})));
    assert_eq!(list["Versions"][0]["VersionId"], kept);
    assert_eq!(list["DeleteMarkers"][0]["IsLatest"], true);
    assert_eq!(list["Versions"].as_array().unwrap().len(), 1);
}

#[test]
fn versions_page_inside_a_key() {
    let mut desk = Desk::with_bucket();
    versioned("Enabled", &mut desk);
    for key in ["a", "a", "b", "dir/1", "dir/2"] {
        desk.put(key, b"");
    }
    desk.ok("DeleteObject", of(&json!({"Key": "a"})));
    let mut seen = Vec::new();
    let mut input = of(&json!({"MaxKeys": 1}));
    loop {
        let page = desk.ok("ListObjectVersions", input.clone());
        for list in ["Versions", "DeleteMarkers"] {
            for entry in page[list].as_array().into_iter().flatten() {
                seen.push(format!("{list} {}", entry["Key"].as_str().unwrap()));
            }
        }
        if page["IsTruncated"] == false {
            break;
        }
        input["KeyMarker"] = page["NextKeyMarker"].clone();
        input["VersionIdMarker"] = page["NextVersionIdMarker"].clone();
    }
    assert_eq!(
        seen,
        [
            "DeleteMarkers a",
            "Versions a",
            "Versions a",
            "Versions b",
            "Versions dir/1",
            "Versions dir/2"
        ]
    );
    let grouped = desk.ok("ListObjectVersions", of(&json!({"Delimiter": "/"})));
    assert_eq!(grouped["CommonPrefixes"], json!([{"Prefix": "dir/"}]));
    assert_eq!(
        desk.refusal("ListObjectVersions", of(&json!({"VersionIdMarker": "x"}))),
        ("InvalidArgument", 400)
    );
}

#[test]
fn many_deletes_make_markers() {
    let mut desk = Desk::with_bucket();
    versioned("Enabled", &mut desk);
    let version = desk.put("a", b"")["VersionId"].clone();
    let answer = desk.ok("DeleteObjects", of(&json!({"Delete": {"Objects": [{"Key": "a"}]}})));
    assert_eq!(answer["Deleted"][0]["DeleteMarker"], true);
    let marker = answer["Deleted"][0]["DeleteMarkerVersionId"].clone();
    let both = json!([{"Key": "a", "VersionId": version}, {"Key": "a", "VersionId": marker}]);
    desk.ok("DeleteObjects", of(&json!({"Delete": {"Objects": both}})));
    assert!(desk.world.s3.buckets["bucket"].objects.is_empty());
}
