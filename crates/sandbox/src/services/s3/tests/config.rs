//! Sub-resources of buckets.

use serde_json::{Value, json};

use super::Desk;

fn of(extra: &Value) -> Value {
    let mut input = extra.clone();
    input["Bucket"] = json!("bucket");
    input
}

#[test]
fn a_new_bucket_has_the_defaults_of_a_new_bucket() {
    let mut desk = Desk::with_bucket();
    let block = desk.ok("GetPublicAccessBlock", of(&json!({})));
    for switch in block["PublicAccessBlockConfiguration"].as_object().unwrap().values() {
        assert_eq!(switch, true);
    }
    let controls = desk.ok("GetBucketOwnershipControls", of(&json!({})));
    assert_eq!(
        controls["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
        "BucketOwnerEnforced"
    );
    let encryption = desk.ok("GetBucketEncryption", of(&json!({})));
    assert_eq!(
        encryption["ServerSideEncryptionConfiguration"]["Rules"],
        json!([{
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": false,
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
        }])
    );
    assert_eq!(desk.ok("GetBucketVersioning", of(&json!({}))), json!({}));
    assert_eq!(desk.ok("GetBucketLogging", of(&json!({}))), json!({}));
    assert_eq!(desk.ok("GetBucketNotificationConfiguration", of(&json!({}))), json!({}));
    assert_eq!(desk.ok("GetBucketAccelerateConfiguration", of(&json!({}))), json!({}));
    assert_eq!(
        desk.ok("GetBucketRequestPayment", of(&json!({})))["Payer"],
        "BucketOwner"
    );
    assert_eq!(
        desk.ok("GetBucketAbac", of(&json!({})))["AbacStatus"]["Status"],
        "Disabled"
    );
    let grants = desk.ok("GetBucketAcl", of(&json!({})))["Grants"].clone();
    assert_eq!(grants.as_array().unwrap().len(), 1);
    for list in ["Analytics", "Inventory", "Metrics", "IntelligentTiering"] {
        let answer = desk.ok(&format!("ListBucket{list}Configurations"), of(&json!({})));
        assert_eq!(answer, json!({"IsTruncated": false}), "{list}");
    }
}

#[test]
fn what_is_not_configured_has_a_code_of_its_own() {
    let mut desk = Desk::with_bucket();
    desk.ok("DeletePublicAccessBlock", of(&json!({})));
    desk.ok("DeleteBucketOwnershipControls", of(&json!({})));
    for (operation, code) in [
        ("GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
        ("GetBucketOwnershipControls", "OwnershipControlsNotFoundError"),
        ("GetBucketTagging", "NoSuchTagSet"),
        ("GetBucketPolicy", "NoSuchBucketPolicy"),
        ("GetBucketPolicyStatus", "NoSuchBucketPolicy"),
        ("GetBucketCors", "NoSuchCORSConfiguration"),
        ("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration"),
        ("GetBucketWebsite", "NoSuchWebsiteConfiguration"),
        ("GetBucketReplication", "ReplicationConfigurationNotFoundError"),
        ("GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"),
    ] {
        assert_eq!(desk.refusal(operation, of(&json!({}))), (code, 404), "{operation}");
    }
}

#[test]
fn empty_lists_of_rules_are_refused_and_the_old_ones_stay() {
    let mut desk = Desk::with_bucket();
    let cors = json!({"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}});
    desk.ok("PutBucketCors", of(&cors));
    for (operation, input) in [
        (
            "PutBucketOwnershipControls",
            json!({"OwnershipControls": {"Rules": []}}),
        ),
        ("PutBucketCors", json!({"CORSConfiguration": {"CORSRules": []}})),
        (
            "PutBucketEncryption",
            json!({"ServerSideEncryptionConfiguration": {"Rules": []}}),
        ),
        (
            "PutBucketLifecycleConfiguration",
            json!({"LifecycleConfiguration": {"Rules": []}}),
        ),
    ] {
        assert_eq!(
            desk.refusal(operation, of(&input)),
            ("MalformedXML", 400),
            "{operation}"
        );
    }
    assert_eq!(desk.ok("GetBucketCors", of(&json!({}))), cors["CORSConfiguration"]);
    desk.ok("DeleteBucketCors", of(&json!({})));
    assert_eq!(desk.refusal("GetBucketCors", of(&json!({}))).1, 404);
}

#[test]
fn encryption_fills_in_and_falls_back() {
    let mut desk = Desk::with_bucket();
    let kms = json!({"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]});
    desk.ok(
        "PutBucketEncryption",
        of(&json!({"ServerSideEncryptionConfiguration": kms})),
    );
    let rule = desk.ok("GetBucketEncryption", of(&json!({})))["ServerSideEncryptionConfiguration"]["Rules"][0].clone();
    assert_eq!(rule["BucketKeyEnabled"], false);
    assert_eq!(rule["BlockedEncryptionTypes"]["EncryptionType"], json!(["SSE-C"]));
    let written = desk.put("key", b"bytes");
    assert_eq!(written["ServerSideEncryption"], "aws:kms");
    assert_eq!(
        written["SSEKMSKeyId"],
        "arn:aws:kms:us-east-1:111122223333:alias/aws/s3"
    );
    assert_ne!(
        written["ETag"], "\"4b3a6218bb3e3a7303e8a171a60fcf92\"",
        "no MD5 under KMS"
    );
    desk.ok("DeleteBucketEncryption", of(&json!({})));
    let rule = desk.ok("GetBucketEncryption", of(&json!({})))["ServerSideEncryptionConfiguration"]["Rules"][0].clone();
    assert_eq!(
        rule["ApplyServerSideEncryptionByDefault"],
        json!({"SSEAlgorithm": "AES256"})
    );
    let key =
        json!({"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "k"}}]});
    assert_eq!(
        desk.refusal(
            "PutBucketEncryption",
            of(&json!({"ServerSideEncryptionConfiguration": key}))
        ),
        ("InvalidArgument", 400)
    );
    let own_key = json!({"Key": "key", "SSECustomerAlgorithm": "AES256"});
    assert_eq!(desk.refusal("PutObject", of(&own_key)), ("AccessDenied", 403));
}

#[test]
fn versioning_never_comes_back_to_never() {
    let mut desk = Desk::with_bucket();
    assert_eq!(
        desk.refusal("PutBucketVersioning", of(&json!({"VersioningConfiguration": {}}))),
        ("IllegalVersioningConfigurationException", 400)
    );
    for status in ["Enabled", "Suspended", "Enabled"] {
        desk.ok(
            "PutBucketVersioning",
            of(&json!({"VersioningConfiguration": {"Status": status}})),
        );
        assert_eq!(desk.ok("GetBucketVersioning", of(&json!({})))["Status"], status);
    }
    desk.ok(
        "CreateBucket",
        json!({"Bucket": "locked", "ObjectLockEnabledForBucket": true}),
    );
    let suspend = json!({"Bucket": "locked", "VersioningConfiguration": {"Status": "Suspended"}});
    assert_eq!(
        desk.refusal("PutBucketVersioning", suspend),
        ("InvalidBucketState", 409)
    );
}

#[test]
fn bucket_tags_are_replaced_whole_and_limited() {
    let mut desk = Desk::with_bucket();
    let tags = |tags: Value| of(&json!({"Tagging": {"TagSet": tags}}));
    desk.ok(
        "PutBucketTagging",
        tags(json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])),
    );
    desk.ok("PutBucketTagging", tags(json!([{"Key": "b", "Value": "3"}])));
    assert_eq!(
        desk.ok("GetBucketTagging", of(&json!({})))["TagSet"],
        json!([{"Key": "b", "Value": "3"}])
    );
    for (refused, code) in [
        (json!([{"Key": "aws:x", "Value": ""}]), "InvalidTag"),
        (
            json!([{"Key": "a", "Value": ""}, {"Key": "a", "Value": ""}]),
            "InvalidTag",
        ),
        (json!([{"Key": "a!", "Value": ""}]), "InvalidTag"),
        (json!([{"Key": "a", "Value": "x".repeat(257)}]), "InvalidTag"),
        (
            (0..51).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect(),
            "BadRequest",
        ),
    ] {
        assert_eq!(desk.refusal("PutBucketTagging", tags(refused)), (code, 400));
    }
    desk.ok("DeleteBucketTagging", of(&json!({})));
    assert_eq!(desk.refusal("GetBucketTagging", of(&json!({}))), ("NoSuchTagSet", 404));
}

#[test]
fn tags_of_aws_cannot_be_dropped() {
    let mut desk = Desk::with_bucket();
    let bucket = desk.world.s3.buckets.get_mut("bucket").unwrap();
    bucket
        .tags
        .insert("aws:cloudformation:stack-name".to_owned(), "theirs".to_owned());
    let mine = json!({"Key": "a", "Value": "1"});
    let theirs = json!({"Key": "aws:cloudformation:stack-name", "Value": "theirs"});
    let fault = desk
        .try_("PutBucketTagging", of(&json!({"Tagging": {"TagSet": [mine]}})))
        .unwrap_err();
    assert_eq!(fault.message, "System tags cannot be removed by requester");
    desk.ok("PutBucketTagging", of(&json!({"Tagging": {"TagSet": [mine, theirs]}})));
    desk.ok("DeleteBucketTagging", of(&json!({})));
    assert_eq!(desk.ok("GetBucketTagging", of(&json!({})))["TagSet"], json!([theirs]));
}

#[test]
fn lifecycle_rules_get_ids_and_a_minimum_size() {
    let mut desk = Desk::with_bucket();
    let abort = json!({"DaysAfterInitiation": 7});
    let rule = json!({"Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": abort});
    desk.ok(
        "PutBucketLifecycleConfiguration",
        of(&json!({"LifecycleConfiguration": {"Rules": [rule]}})),
    );
    let kept = desk.ok("GetBucketLifecycleConfiguration", of(&json!({})));
    assert_eq!(kept["Rules"][0]["ID"].as_str().unwrap().len(), 48);
    assert_eq!(kept["TransitionDefaultMinimumObjectSize"], "all_storage_classes_128K");
    let put = |rules: Value| of(&json!({"LifecycleConfiguration": {"Rules": rules}}));
    let on = |extra: Value| {
        let mut rule = extra;
        rule["Status"] = json!("Enabled");
        rule
    };
    for (rules, code) in [
        (
            json!([
                on(json!({"Prefix": "a/", "AbortIncompleteMultipartUpload": abort})),
                on(json!({"Filter": {"Prefix": "b/"}, "AbortIncompleteMultipartUpload": abort})),
            ]),
            "InvalidRequest",
        ),
        (
            json!([on(json!({"AbortIncompleteMultipartUpload": abort}))]),
            "MalformedXML",
        ),
        (json!([on(json!({"Filter": {"Prefix": ""}}))]), "InvalidRequest"),
        (
            json!([on(json!({"Filter": {"Prefix": ""}, "Expiration": {"Days": 0}}))]),
            "InvalidArgument",
        ),
        (
            json!([on(
                json!({"Filter": {"Prefix": "", "Tag": {"Key": "a", "Value": "b"}}, "Expiration": {"Days": 1}})
            )]),
            "MalformedXML",
        ),
        (
            json!([on(
                json!({"Filter": {"Tag": {"Key": "a", "Value": "b"}}, "AbortIncompleteMultipartUpload": abort})
            )]),
            "InvalidRequest",
        ),
        (
            json!([
                on(json!({"ID": "x", "Filter": {"Prefix": "a"}, "Expiration": {"Days": 1}})),
                on(json!({"ID": "x", "Filter": {"Prefix": "b"}, "Expiration": {"Days": 1}})),
            ]),
            "InvalidArgument",
        ),
    ] {
        assert_eq!(
            desk.refusal("PutBucketLifecycleConfiguration", put(rules.clone())),
            (code, 400),
            "{rules}"
        );
    }
    desk.ok("DeleteBucketLifecycle", of(&json!({})));
    assert_eq!(desk.refusal("GetBucketLifecycleConfiguration", of(&json!({}))).1, 404);
}

#[test]
fn cors_rules_are_checked() {
    let mut desk = Desk::with_bucket();
    for rule in [
        json!({"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]}),
        json!({"AllowedMethods": ["GET"], "AllowedOrigins": ["https://*.*.example.org"]}),
        json!({"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposeHeaders": ["*"]}),
    ] {
        let input = of(&json!({"CORSConfiguration": {"CORSRules": [rule]}}));
        assert_eq!(desk.refusal("PutBucketCors", input), ("InvalidRequest", 400));
    }
}

#[test]
fn acls_are_off_and_stay_behind_the_block() {
    let mut desk = Desk::with_bucket();
    let off = ("AccessControlListNotSupported", 400);
    assert_eq!(desk.refusal("PutBucketAcl", of(&json!({"ACL": "public-read"}))), off);
    assert_eq!(
        desk.refusal("PutObject", of(&json!({"Key": "k", "ACL": "public-read"}))),
        off
    );
    desk.ok(
        "PutObject",
        of(&json!({"Key": "k", "ACL": "bucket-owner-full-control"})),
    );
    let writer = json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}});
    desk.ok("PutBucketOwnershipControls", of(&writer));
    assert_eq!(
        desk.refusal("PutBucketAcl", of(&json!({"ACL": "public-read"}))),
        ("AccessDenied", 403)
    );
    desk.ok(
        "PutPublicAccessBlock",
        of(&json!({"PublicAccessBlockConfiguration": {}})),
    );
    desk.ok("PutBucketAcl", of(&json!({"ACL": "public-read"})));
    assert_eq!(
        desk.ok("GetBucketAcl", of(&json!({})))["Grants"][1]["Permission"],
        "READ"
    );
    let enforced = json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}});
    assert_eq!(
        desk.refusal("PutBucketOwnershipControls", of(&enforced)),
        ("InvalidBucketAclWithObjectOwnership", 400)
    );
}

#[test]
fn logging_needs_a_bucket_of_the_same_owner_and_region() {
    let mut desk = Desk::with_bucket();
    let to = |name: &str| {
        of(&json!({"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": name, "TargetPrefix": ""}}}))
    };
    assert_eq!(
        desk.refusal("PutBucketLogging", to("nowhere")),
        ("InvalidTargetBucketForLogging", 400)
    );
    desk.ok("CreateBucket", json!({"Bucket": "logs"}));
    desk.ok("PutBucketLogging", to("logs"));
    assert_eq!(
        desk.ok("GetBucketLogging", of(&json!({})))["LoggingEnabled"]["TargetBucket"],
        "logs"
    );
    desk.ok("PutBucketLogging", of(&json!({"BucketLoggingStatus": {}})));
    assert_eq!(desk.ok("GetBucketLogging", of(&json!({}))), json!({}));
}

#[test]
fn notifications_are_replaced_whole_and_destinations_must_exist() {
    let mut desk = Desk::with_bucket();
    let put = |configuration: Value| of(&json!({"NotificationConfiguration": configuration}));
    desk.ok(
        "PutBucketNotificationConfiguration",
        put(json!({"EventBridgeConfiguration": {}})),
    );
    let kept = desk.ok("GetBucketNotificationConfiguration", of(&json!({})));
    assert_eq!(kept, json!({"EventBridgeConfiguration": {}}));
    let queue = json!({"QueueArn": "arn:aws:sqs:us-east-1:111122223333:q", "Events": ["s3:ObjectCreated:*"]});
    assert_eq!(
        desk.refusal(
            "PutBucketNotificationConfiguration",
            put(json!({"QueueConfigurations": [queue]}))
        ),
        ("InvalidArgument", 400)
    );
    desk.ok("PutBucketNotificationConfiguration", put(json!({})));
    assert_eq!(desk.ok("GetBucketNotificationConfiguration", of(&json!({}))), json!({}));
}

#[test]
fn websites_and_replication_are_checked() {
    let mut desk = Desk::with_bucket();
    let site = |configuration: Value| of(&json!({"WebsiteConfiguration": configuration}));
    assert_eq!(
        desk.refusal("PutBucketWebsite", site(json!({}))),
        ("InvalidArgument", 400)
    );
    desk.ok(
        "PutBucketWebsite",
        site(json!({"IndexDocument": {"Suffix": "index.html"}})),
    );
    desk.ok("DeleteBucketWebsite", of(&json!({})));
    let replication = of(&json!({"ReplicationConfiguration": {"Role": "r", "Rules": [{"Status": "Enabled"}]}}));
    assert_eq!(
        desk.refusal("PutBucketReplication", replication.clone()),
        ("InvalidRequest", 400)
    );
    desk.ok(
        "PutBucketVersioning",
        of(&json!({"VersioningConfiguration": {"Status": "Enabled"}})),
    );
    desk.ok("PutBucketReplication", replication);
    assert_eq!(
        desk.refusal(
            "PutBucketVersioning",
            of(&json!({"VersioningConfiguration": {"Status": "Suspended"}}))
        ),
        ("InvalidBucketState", 409)
    );
}

#[test]
fn browsers_are_told_what_the_rules_say() {
    let mut desk = Desk::with_bucket();
    desk.put("key", b"bytes");
    let ask = |desk: &mut Desk, origin: &str, method: &str, wanted: &str| {
        desk.headers = [
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", wanted),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        desk.send("Preflight", of(&json!({})), &[])
    };
    let forbidden = ask(&mut desk, "https://app.example.org", "GET", "").unwrap_err();
    assert_eq!((forbidden.code, forbidden.status), ("AccessForbidden", 403));
    let rule = json!({
        "AllowedMethods": ["GET"], "AllowedOrigins": ["https://*.example.org"], "AllowedHeaders": ["Range", "x-amz-*"],
        "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60,
    });
    desk.ok(
        "PutBucketCors",
        of(&json!({"CORSConfiguration": {"CORSRules": [rule]}})),
    );
    let allowed = ask(&mut desk, "https://app.example.org", "GET", "range, X-Amz-Date").unwrap();
    let header = |name: &str| {
        allowed
            .headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(header("access-control-allow-origin"), Some("https://app.example.org"));
    assert_eq!(header("access-control-allow-headers"), Some("range, x-amz-date"));
    assert_eq!(header("access-control-max-age"), Some("60"));
    for (origin, method, wanted) in [
        ("https://example.com", "GET", ""),
        ("https://app.example.org", "PUT", ""),
        ("https://app.example.org", "GET", "authorization"),
    ] {
        assert_eq!(ask(&mut desk, origin, method, wanted).unwrap_err().status, 403);
    }
    ask(&mut desk, "https://app.example.org", "GET", "").unwrap();
    let read = desk.send("GetObject", of(&json!({"Key": "key"})), &[]).unwrap();
    assert!(
        read.headers
            .contains(&("access-control-expose-headers".to_owned(), "ETag".to_owned()))
    );
    desk.headers.clear();
    assert!(
        desk.send("GetObject", of(&json!({"Key": "key"})), &[])
            .unwrap()
            .headers
            .is_empty()
    );
}
