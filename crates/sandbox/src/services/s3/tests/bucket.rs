//! Names, places and owners of buckets.

use serde_json::json;

use super::{Desk, OTHER, OWNER};

#[test]
fn names_follow_the_rules() {
    let mut desk = Desk::new();
    for name in [
        "ab",
        "Upper",
        "-edge",
        "edge-",
        "two..dots",
        "10.0.0.1",
        "xn--a",
        "a_b",
        "x-s3alias",
        "sthree-a",
    ] {
        assert_eq!(
            desk.refusal("CreateBucket", json!({"Bucket": name})),
            ("InvalidBucketName", 400),
            "{name}"
        );
    }
    desk.ok("CreateBucket", json!({"Bucket": "a.fine-name.1"}));
}

#[test]
fn l40_a_name_of_mine_is_200_only_in_us_east_1_where_it_lives() {
    let mut desk = Desk::with_bucket();
    assert_eq!(
        desk.ok("CreateBucket", json!({"Bucket": "bucket"}))["Location"],
        "/bucket"
    );
    desk.region = "eu-west-1".to_owned();
    let there = json!({"Bucket": "bucket", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    assert_eq!(desk.refusal("CreateBucket", there), ("BucketAlreadyOwnedByYou", 409));
    let eu = json!({"Bucket": "in-eu", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    desk.ok("CreateBucket", eu.clone());
    assert_eq!(desk.refusal("CreateBucket", eu), ("BucketAlreadyOwnedByYou", 409));
    desk.region = "us-east-1".to_owned();
    assert_eq!(
        desk.refusal("CreateBucket", json!({"Bucket": "in-eu"})),
        ("BucketAlreadyOwnedByYou", 409)
    );
}

#[test]
fn a_name_of_somebody_else_is_taken_and_closed() {
    let mut desk = Desk::with_bucket();
    desk.become_account(OTHER);
    assert_eq!(
        desk.refusal("CreateBucket", json!({"Bucket": "bucket"})),
        ("BucketAlreadyExists", 409)
    );
    assert_eq!(desk.refusal("HeadBucket", json!({"Bucket": "bucket"})).1, 403);
    assert_eq!(
        desk.refusal("GetBucketTagging", json!({"Bucket": "bucket"})),
        ("AccessDenied", 403)
    );
    assert_eq!(desk.ok("ListBuckets", json!({}))["Buckets"], json!([]));
}

#[test]
fn location_constraints_fit_the_endpoint() {
    let mut desk = Desk::new();
    let with = |place: &str| json!({"Bucket": "bucket", "CreateBucketConfiguration": {"LocationConstraint": place}});
    let refused = ("InvalidLocationConstraint", 400);
    assert_eq!(desk.refusal("CreateBucket", with("us-east-1")), refused);
    assert_eq!(desk.refusal("CreateBucket", with("nowhere")), refused);
    desk.region = "eu-west-1".to_owned();
    let refused = ("IllegalLocationConstraintException", 400);
    assert_eq!(desk.refusal("CreateBucket", json!({"Bucket": "bucket"})), refused);
    assert_eq!(desk.refusal("CreateBucket", with("us-west-2")), refused);
    desk.ok("CreateBucket", with("EU"));
    let location = desk.ok("GetBucketLocation", json!({"Bucket": "bucket"}));
    assert_eq!(location["LocationConstraint"], "eu-west-1");
}

#[test]
fn tags_come_with_the_bucket_also_without_a_constraint() {
    let mut desk = Desk::new();
    let tags = json!([{"Key": "igvctl:stack", "Value": "7f3a9c1e"}]);
    desk.ok(
        "CreateBucket",
        json!({"Bucket": "bucket", "CreateBucketConfiguration": {"Tags": tags}}),
    );
    assert_eq!(desk.ok("GetBucketTagging", json!({"Bucket": "bucket"}))["TagSet"], tags);
    let tagged = super::super::tagged(&desk.world, OWNER, "us-east-1");
    assert_eq!(tagged[0].0, "arn:aws:s3:::bucket");
    assert_eq!(tagged[0].1["igvctl:stack"], "7f3a9c1e");
    assert!(super::super::tagged(&desk.world, OWNER, "eu-west-1").is_empty());
    let system = json!([{"Key": "aws:x", "Value": ""}]);
    assert_eq!(
        desk.refusal(
            "CreateBucket",
            json!({"Bucket": "other-bucket", "CreateBucketConfiguration": {"Tags": system}})
        ),
        ("InvalidTag", 400)
    );
}

#[test]
fn a_bucket_elsewhere_redirects_and_names_its_region() {
    let mut desk = Desk::with_bucket();
    desk.region = "eu-west-1".to_owned();
    for operation in ["HeadBucket", "GetBucketTagging", "GetBucketLocation"] {
        let fault = desk.try_(operation, json!({"Bucket": "bucket"})).unwrap_err();
        assert_eq!((fault.code, fault.status), ("PermanentRedirect", 301), "{operation}");
        assert!(fault.extra.contains(&("x-amz-bucket-region", "us-east-1".to_owned())));
    }
    let eu = json!({"Bucket": "in-eu", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    desk.ok("CreateBucket", eu);
    desk.region = "us-east-1".to_owned();
    let location = desk.ok("GetBucketLocation", json!({"Bucket": "in-eu"}));
    assert_eq!(
        location["LocationConstraint"], "eu-west-1",
        "us-east-1 answers for all regions"
    );
    desk.become_anonymous();
    assert_eq!(
        desk.refusal("GetBucketTagging", json!({"Bucket": "in-eu"})),
        ("AccessDenied", 403),
        "the loopback address is in no region"
    );
    desk.headers = vec![("host".to_owned(), "in-eu.s3.us-east-1.amazonaws.com".to_owned())];
    assert_eq!(
        desk.refusal("GetBucketTagging", json!({"Bucket": "in-eu"})),
        ("PermanentRedirect", 301)
    );
}

#[test]
fn the_expected_owner_guards_every_operation() {
    let mut desk = Desk::with_bucket();
    desk.put("key", b"bytes");
    for operation in [
        "HeadBucket",
        "GetBucketTagging",
        "ListObjectsV2",
        "PutPublicAccessBlock",
        "DeleteBucket",
        "GetObject",
        "PutObject",
        "DeleteObject",
        "DeleteObjects",
        "CreateMultipartUpload",
    ] {
        let input = json!({
            "Bucket": "bucket", "Key": "key", "ExpectedBucketOwner": OTHER, "Delete": {"Objects": [{"Key": "key"}]},
        });
        assert_eq!(desk.refusal(operation, input), ("AccessDenied", 403), "{operation}");
    }
    desk.ok("HeadBucket", json!({"Bucket": "bucket", "ExpectedBucketOwner": OWNER}));
}

#[test]
fn l41_a_bucket_goes_only_when_nothing_is_left_in_it() {
    let mut desk = Desk::with_bucket();
    let not_empty = ("BucketNotEmpty", 409);
    let versioning = json!({"Bucket": "bucket", "VersioningConfiguration": {"Status": "Enabled"}});
    desk.ok("PutBucketVersioning", versioning);
    let version = desk.put("key", b"1")["VersionId"].clone();
    let marker = desk.ok("DeleteObject", json!({"Bucket": "bucket", "Key": "key"}))["VersionId"].clone();
    assert_eq!(desk.refusal("DeleteBucket", json!({"Bucket": "bucket"})), not_empty);
    desk.ok(
        "DeleteObject",
        json!({"Bucket": "bucket", "Key": "key", "VersionId": version}),
    );
    assert_eq!(
        desk.refusal("DeleteBucket", json!({"Bucket": "bucket"})),
        not_empty,
        "a delete marker is left"
    );
    desk.ok(
        "DeleteObject",
        json!({"Bucket": "bucket", "Key": "key", "VersionId": marker}),
    );
    let upload = desk.ok("CreateMultipartUpload", json!({"Bucket": "bucket", "Key": "key"}))["UploadId"].clone();
    assert_eq!(desk.refusal("DeleteBucket", json!({"Bucket": "bucket"})), not_empty);
    desk.ok(
        "AbortMultipartUpload",
        json!({"Bucket": "bucket", "Key": "key", "UploadId": upload}),
    );
    desk.ok("DeleteBucket", json!({"Bucket": "bucket"}));
    assert_eq!(
        desk.refusal("HeadBucket", json!({"Bucket": "bucket"})),
        ("NotFound", 404)
    );
    assert_eq!(
        desk.refusal("GetBucketPolicy", json!({"Bucket": "bucket"})),
        ("NoSuchBucket", 404)
    );
}

#[test]
fn a_name_given_up_is_free_here_and_blocked_elsewhere_for_a_while() {
    let mut desk = Desk::with_bucket();
    desk.ok("DeleteBucket", json!({"Bucket": "bucket"}));
    let elsewhere = json!({"Bucket": "bucket", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    assert_eq!(
        desk.refusal("CreateBucket", elsewhere.clone()),
        ("OperationAborted", 409)
    );
    desk.ok("CreateBucket", json!({"Bucket": "bucket"}));
    desk.ok("DeleteBucket", json!({"Bucket": "bucket"}));
    desk.world.clock = desk.world.clock.map(|now| now + 1000.0);
    desk.ok("CreateBucket", elsewhere);
}

#[test]
fn a_new_bucket_takes_no_acl() {
    let mut desk = Desk::new();
    assert_eq!(
        desk.refusal("CreateBucket", json!({"Bucket": "bucket", "ACL": "public-read"})),
        ("InvalidBucketAclWithObjectOwnership", 400)
    );
    let open = json!({"Bucket": "bucket", "ACL": "public-read", "ObjectOwnership": "ObjectWriter"});
    assert_eq!(desk.refusal("CreateBucket", open), ("AccessDenied", 403));
}

#[test]
fn lists_of_buckets_page_and_tell_regions_when_asked() {
    let mut desk = Desk::new();
    for name in ["one", "two", "three"] {
        desk.ok("CreateBucket", json!({"Bucket": name}));
    }
    let all = desk.ok("ListBuckets", json!({}));
    assert_eq!(all["Buckets"].as_array().unwrap().len(), 3);
    assert!(all["Buckets"][0]["BucketRegion"].is_null());
    let first = desk.ok("ListBuckets", json!({"MaxBuckets": 2, "Prefix": "t"}));
    assert_eq!(first["Buckets"][1]["Name"], "two");
    assert!(first["ContinuationToken"].is_null(), "two begin with t");
    let first = desk.ok("ListBuckets", json!({"MaxBuckets": 2}));
    assert_eq!(first["Buckets"][0]["BucketRegion"], "us-east-1");
    let token = first["ContinuationToken"].clone();
    let second = desk.ok("ListBuckets", json!({"MaxBuckets": 2, "ContinuationToken": token}));
    assert_eq!(second["Buckets"].as_array().unwrap().len(), 1);
    assert!(second["ContinuationToken"].is_null());
    desk.become_anonymous();
    assert_eq!(desk.refusal("ListBuckets", json!({})), ("AccessDenied", 403));
}
