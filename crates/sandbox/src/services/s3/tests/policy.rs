//! Bucket policies: what is accepted, what it lets in, and how it ages.

use serde_json::{Value, json};

use super::{Desk, OTHER, OWNER};
use crate::services::cloudfront::Identity;

const DISTRIBUTION: &str = "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE";

fn statement(principal: &Value, action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource})
}

fn put(statement: &Value) -> Value {
    let document = json!({"Version": "2012-10-17", "Statement": [statement]});
    json!({"Bucket": "bucket", "Policy": document.to_string()})
}

fn unblock(desk: &mut Desk) {
    desk.ok("DeletePublicAccessBlock", json!({"Bucket": "bucket"}));
}

#[test]
fn a_policy_comes_back_in_the_order_of_s3() {
    let mut desk = Desk::with_bucket();
    let sent = format!(
        r#"{{"Statement": [{{"Resource": "arn:aws:s3:::bucket/config/*", "Action": "s3:GetObject", "Condition": {{"StringEquals": {{"AWS:SourceArn": "{DISTRIBUTION}"}}}}, "Principal": {{"Service": "cloudfront.amazonaws.com"}}, "Effect": "Allow", "Sid": "cf"}}], "Version": "2012-10-17"}}"#
    );
    desk.ok("PutBucketPolicy", json!({"Bucket": "bucket", "Policy": sent}));
    let expected = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"cf","Effect":"Allow","Principal":{{"Service":"cloudfront.amazonaws.com"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/config/*","Condition":{{"StringEquals":{{"AWS:SourceArn":"{DISTRIBUTION}"}}}}}}]}}"#
    );
    assert_eq!(
        desk.ok("GetBucketPolicy", json!({"Bucket": "bucket"}))["Policy"],
        expected
    );
    let status = desk.ok("GetBucketPolicyStatus", json!({"Bucket": "bucket"}));
    assert_eq!(status["PolicyStatus"]["IsPublic"], false, "a service is not the public");
    desk.ok("DeleteBucketPolicy", json!({"Bucket": "bucket"}));
    assert_eq!(
        desk.refusal("GetBucketPolicy", json!({"Bucket": "bucket"})),
        ("NoSuchBucketPolicy", 404)
    );
}

#[test]
fn an_account_comes_back_as_its_root() {
    let mut desk = Desk::with_bucket();
    desk.ok(
        "PutBucketPolicy",
        put(&statement(
            &json!({"AWS": OTHER}),
            "s3:GetObject",
            "arn:aws:s3:::bucket/*",
        )),
    );
    let policy = desk.ok("GetBucketPolicy", json!({"Bucket": "bucket"}))["Policy"].clone();
    assert!(
        policy
            .as_str()
            .unwrap()
            .contains("\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:root\"}")
    );
}

#[test]
fn documents_are_checked() {
    let mut desk = Desk::with_bucket();
    let everything = "arn:aws:s3:::bucket/*";
    let root = json!({"AWS": OWNER});
    let good = statement(&root, "s3:GetObject", everything);
    let mut cases = vec![(json!({"Effect": "Allow"}), "Missing required field Principal")];
    for (member, value, message) in [
        ("Effect", json!("Permit"), "Invalid effect : Permit"),
        ("Action", json!("s3:GetObjekt"), "Policy has invalid action"),
        ("Action", json!("ec2:RunInstances"), "Policy has invalid action"),
        ("Resource", json!("arn:aws:s3:::other/*"), "Policy has invalid resource"),
        ("Resource", json!("*"), "Policy has invalid resource"),
        (
            "Resource",
            json!("arn:aws:s3:::bucket"),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            "Condition",
            json!({"Sounds": {"aws:x": "y"}}),
            "Invalid Condition type : Sounds",
        ),
        (
            "Condition",
            json!({"Bool": {"iam:x": "true"}}),
            "Policy has an invalid condition key",
        ),
        ("Principal", json!({"AWS": "nonsense"}), "Invalid principal in policy"),
        (
            "Principal",
            json!({"Service": "example.org"}),
            "Invalid principal in policy",
        ),
        ("Extra", json!("x"), "Unknown field Extra"),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        cases.push((bad, message));
    }
    for (bad, message) in cases {
        let fault = desk.try_("PutBucketPolicy", put(&bad)).unwrap_err();
        assert_eq!(
            (fault.code, fault.status, fault.message.as_str()),
            ("MalformedPolicy", 400, message)
        );
    }
    for text in ["not json", "{\"Version\": ", "{\"Version\":\"2012-10-17\"}"] {
        let input = json!({"Bucket": "bucket", "Policy": text});
        assert_eq!(
            desk.refusal("PutBucketPolicy", input),
            ("MalformedPolicy", 400),
            "{text}"
        );
    }
    let mut long = good;
    long["Sid"] = json!("x".repeat(20_480));
    assert_eq!(desk.refusal("PutBucketPolicy", put(&long)), ("MalformedPolicy", 400));
    assert_eq!(
        desk.refusal("GetBucketPolicy", json!({"Bucket": "bucket"})).1,
        404,
        "nothing was kept"
    );
}

#[test]
fn public_policies_are_refused_while_they_are_blocked() {
    let mut desk = Desk::with_bucket();
    let open = statement(&json!("*"), "s3:GetObject", "arn:aws:s3:::bucket/*");
    assert_eq!(desk.refusal("PutBucketPolicy", put(&open)), ("AccessDenied", 403));
    let with = |condition: Value| {
        let mut statement = open.clone();
        statement["Condition"] = condition;
        statement
    };
    for (condition, public) in [
        (json!({"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}), false),
        (json!({"StringLike": {"aws:PrincipalOrgID": "*"}}), true),
        (json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), false),
        (json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}), true),
        (json!({"StringEquals": {"aws:Referer": "https://example.org"}}), true),
        (json!({"StringNotEquals": {"aws:PrincipalAccount": OTHER}}), true),
        (json!({"StringEquals": {"AWS:SourceArn": DISTRIBUTION}}), false),
        (
            json!({"ArnLike": {"AWS:SourceArn": "arn:aws:cloudfront::*:distribution/*"}}),
            true,
        ),
    ] {
        let result = desk.try_("PutBucketPolicy", put(&with(condition.clone())));
        assert_eq!(result.is_err(), public, "{condition}");
    }
    unblock(&mut desk);
    desk.ok("PutBucketPolicy", put(&open));
    let status = desk.ok("GetBucketPolicyStatus", json!({"Bucket": "bucket"}));
    assert_eq!(status["PolicyStatus"]["IsPublic"], true);
}

#[test]
fn l42_a_principal_must_exist_and_shows_its_id_once_it_is_gone() {
    let mut desk = Desk::with_bucket();
    let arn = format!("arn:aws:iam::{OWNER}:role/reader");
    let grant = statement(&json!({"AWS": [&arn]}), "s3:GetObject", "arn:aws:s3:::bucket/*");
    let fault = desk.try_("PutBucketPolicy", put(&grant)).unwrap_err();
    assert_eq!(
        (fault.code, fault.message.as_str()),
        ("MalformedPolicy", "Invalid principal in policy")
    );
    desk.add_role("reader", "AROAEXAMPLE1");
    desk.ok("PutBucketPolicy", put(&grant));
    let shown = |desk: &mut Desk| {
        let policy = desk.ok("GetBucketPolicy", json!({"Bucket": "bucket"}))["Policy"].clone();
        let document: Value = serde_json::from_str(policy.as_str().unwrap()).unwrap();
        document["Statement"][0]["Principal"]["AWS"].clone()
    };
    assert_eq!(shown(&mut desk), json!([arn]));
    desk.world.iam.get_mut(OWNER).unwrap().roles.clear();
    assert_eq!(shown(&mut desk), json!(["AROAEXAMPLE1"]));
    desk.add_role("reader", "AROAEXAMPLE2");
    assert_eq!(
        shown(&mut desk),
        json!(["AROAEXAMPLE1"]),
        "a namesake does not inherit the grant"
    );
    let stale = statement(&json!({"AWS": "AROAEXAMPLE1"}), "s3:GetObject", "arn:aws:s3:::bucket/*");
    assert_eq!(desk.refusal("PutBucketPolicy", put(&stale)), ("MalformedPolicy", 400));
}

#[test]
fn an_origin_access_identity_is_named_by_either_of_its_names_and_kept_as_its_arn() {
    let mut desk = Desk::with_bucket();
    let user = "0123456789abcdef".repeat(6);
    let grant = |principal: &Value| put(&statement(principal, "s3:GetObject", "arn:aws:s3:::bucket/*"));
    let named = json!({"CanonicalUser": &user});
    assert_eq!(desk.refusal("PutBucketPolicy", grant(&named)), ("MalformedPolicy", 400));
    let identity: Identity = serde_json::from_value(json!({
        "id": "E1EXAMPLE", "canonical_user": &user, "config": {}, "etag": "E",
    }))
    .unwrap();
    let state = desk.world.cloudfront.entry(OWNER.to_owned()).or_default();
    state.identities.insert(identity.id.clone(), identity);
    let arn = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE";
    let account = "ab".repeat(32);
    for (principal, kept) in [
        (named, json!({"AWS": arn})),
        (json!({"AWS": arn}), json!({"AWS": arn})),
        (
            json!({"CanonicalUser": [&account, &user], "AWS": OWNER}),
            json!({"CanonicalUser": &account, "AWS": [format!("arn:aws:iam::{OWNER}:root"), arn]}),
        ),
    ] {
        desk.ok("PutBucketPolicy", grant(&principal));
        let policy = desk.ok("GetBucketPolicy", json!({"Bucket": "bucket"}))["Policy"].clone();
        let document: Value = serde_json::from_str(policy.as_str().unwrap()).unwrap();
        assert_eq!(document["Statement"][0]["Principal"], kept);
    }
}

#[test]
fn other_accounts_and_nobody_need_the_policy() {
    let mut desk = Desk::with_bucket();
    desk.put("open/a", b"bytes");
    desk.put("closed", b"bytes");
    let get = |key: &str| json!({"Bucket": "bucket", "Key": key});
    let grant = statement(&json!({"AWS": OTHER}), "s3:GetObject", "arn:aws:s3:::bucket/open/*");
    desk.ok("PutBucketPolicy", put(&grant));
    desk.become_account(OTHER);
    assert_eq!(desk.body(get("open/a")), b"bytes");
    let denied = ("AccessDenied", 403);
    assert_eq!(desk.refusal("GetObject", get("closed")), denied);
    assert_eq!(
        desk.refusal("GetObject", get("open/absent")),
        denied,
        "who may not list does not learn what is absent"
    );
    assert_eq!(desk.refusal("PutObject", get("open/a")), denied);
    desk.become_anonymous();
    assert_eq!(desk.refusal("GetObject", get("open/a")), denied);

    desk.become_account(OWNER);
    unblock(&mut desk);
    desk.ok(
        "PutBucketPolicy",
        put(&statement(&json!("*"), "s3:GetObject", "arn:aws:s3:::bucket/open/*")),
    );
    desk.become_anonymous();
    assert_eq!(desk.body(get("open/a")), b"bytes");
    assert_eq!(desk.refusal("ListObjectsV2", json!({"Bucket": "bucket"})), denied);
    desk.become_account(OWNER);
    let restrict = json!({"Bucket": "bucket", "PublicAccessBlockConfiguration": {"RestrictPublicBuckets": true}});
    desk.ok("PutPublicAccessBlock", restrict);
    desk.become_anonymous();
    assert_eq!(
        desk.refusal("GetObject", get("open/a")),
        denied,
        "the block restricts a public bucket"
    );
    desk.become_account(OTHER);
    assert_eq!(desk.refusal("GetObject", get("open/a")), denied);
}

#[test]
fn a_role_of_another_account_is_named_by_its_role_arn() {
    let mut desk = Desk::with_bucket();
    desk.put("a", b"bytes");
    let role = desk.add_role_of(OTHER, "reader", "AROAEXAMPLE1");
    desk.ok(
        "PutBucketPolicy",
        put(&statement(
            &json!({"AWS": role}),
            "s3:GetObject",
            "arn:aws:s3:::bucket/*",
        )),
    );
    desk.become_role(OTHER, "reader");
    assert_eq!(
        desk.refusal("GetObject", json!({"Bucket": "bucket", "Key": "a"})),
        ("AccessDenied", 403),
        "between accounts the role's own policy must allow too"
    );
    let own = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}]});
    let roles = &mut desk.world.iam.get_mut(OTHER).unwrap().roles;
    roles
        .get_mut("reader")
        .unwrap()
        .inline
        .insert("p".to_owned(), own.to_string());
    assert_eq!(desk.body(json!({"Bucket": "bucket", "Key": "a"})), b"bytes");
    desk.become_role(OTHER, "writer");
    assert_eq!(
        desk.refusal("GetObject", json!({"Bucket": "bucket", "Key": "a"})),
        ("AccessDenied", 403)
    );
}

#[test]
fn l78_a_deny_binds_the_owner_too_except_for_the_policy_itself() {
    let mut desk = Desk::with_bucket();
    let deny = |action: &str, condition: Value| {
        json!({
            "Effect": "Deny", "Principal": "*", "Action": action,
            "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"], "Condition": condition,
        })
    };
    let insecure = json!({"Bool": {"aws:SecureTransport": "false"}});
    desk.ok("PutBucketPolicy", put(&deny("s3:*", insecure)));
    desk.put("key", b"bytes");
    let old_tls = json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}});
    desk.ok("PutBucketPolicy", put(&deny("s3:*", old_tls)));
    desk.put("key", b"bytes");
    let always = json!({"Null": {"aws:PrincipalArn": "false"}});
    desk.ok("PutBucketPolicy", put(&deny("s3:*", always.clone())));
    let fault = desk.try_("HeadBucket", json!({"Bucket": "bucket"})).unwrap_err();
    assert_eq!(fault.status, 403);
    assert!(
        fault
            .message
            .ends_with("with an explicit deny in a resource-based policy")
    );
    assert!(fault.extra.iter().any(|(name, _)| *name == "x-amz-bucket-region"));
    desk.ok("GetBucketPolicy", json!({"Bucket": "bucket"}));
    desk.become_role(OWNER, "admin");
    assert_eq!(
        desk.refusal("DeleteBucketPolicy", json!({"Bucket": "bucket"})),
        ("AccessDenied", 403),
        "only root gets round a lock-out"
    );
    desk.become_account(OWNER);
    desk.ok("DeleteBucketPolicy", json!({"Bucket": "bucket"}));
    desk.ok("HeadBucket", json!({"Bucket": "bucket"}));
}
