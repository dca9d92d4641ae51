//! What the rights of the signed-in role are, and what else has a say: one test per condition.

use serde_json::{Value, json};

use super::{ACCOUNT, BUCKET, Backend, Keys, ROLE, list};
use crate::services;

#[test]
fn the_rights_of_the_role_decide_each_by_itself() {
    let backend = Backend::new();
    let keys = backend.log_in();
    let bucket = format!("arn:aws:s3:::{BUCKET}");
    let statement = |action: &str, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let get = |keys: &Keys| backend.s3(keys, "GET", &format!("/{BUCKET}/run1/a.bam"), b"", &[]);
    backend.grant(&json!([statement("s3:GetObject", &format!("{bucket}/*"))]));
    assert_eq!((list(&backend, &keys).0, get(&keys).status), (403, 200));
    let buckets = backend.s3(&keys, "GET", "/", b"", &[]);
    assert_eq!(
        buckets.element("Message"),
        "User: arn:aws:sts::111122223333:assumed-role/signed-in/ann@example.org is not authorized to perform: \
         s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action"
    );
    backend.grant(&json!([
        statement("s3:ListBucket", &bucket),
        statement("s3:ListAllMyBuckets", "*")
    ]));
    assert_eq!((list(&backend, &keys).0, get(&keys).refusal().0), (200, 403));
    assert_eq!(
        get(&keys).element("Message"),
        "User: arn:aws:sts::111122223333:assumed-role/signed-in/ann@example.org is not authorized to perform: \
         s3:GetObject on resource: \"arn:aws:s3:::demo-reads/run1/a.bam\" because no identity-based policy allows the \
         s3:GetObject action"
    );
    assert_eq!(backend.s3(&keys, "GET", "/", b"", &[]).status, 200);
}

/// The negatives of the contract: nothing else is allowed.
#[test]
fn nothing_else_is_allowed() {
    let backend = Backend::new();
    let keys = backend.log_in();
    backend.add_bucket("other-bucket");
    backend.put("other-bucket", "x", b"1");
    for (method, address) in [
        ("PUT", "/demo-reads/new"),
        ("DELETE", "/demo-reads/run1/a.bam"),
        ("GET", "/other-bucket/x"),
        ("GET", "/other-bucket?list-type=2"),
        ("GET", "/demo-reads?policy"),
        ("PUT", "/another-bucket"),
    ] {
        let said = backend.s3(&keys, method, address, b"", &[]);
        assert_eq!(said.refusal(), (403, "AccessDenied".to_owned()), "{method} {address}");
    }
    let request = http::Request::post("/").header("content-type", "application/x-www-form-urlencoded");
    let body = b"Action=ListRoles&Version=2010-05-08";
    let said = backend.signed(
        &keys,
        "iam",
        "us-east-1",
        request.header("host", "iam.amazonaws.com"),
        body,
        &[],
    );
    assert_eq!(said.refusal(), (403, "AccessDenied".to_owned()));
    let request = http::Request::post("/")
        .header("x-amz-target", "AWSCognitoIdentityProviderService.ListUserPools")
        .header("host", "cognito-idp.eu-central-1.amazonaws.com");
    let said = backend.signed(
        &keys,
        "cognito-idp",
        "eu-central-1",
        request,
        br#"{"MaxResults": 1}"#,
        &[],
    );
    assert_eq!(said.status, 400);
    assert!(said.text().contains("AccessDeniedException"), "{}", said.text());
}

#[test]
fn files_under_a_key_need_it() {
    let backend = Backend::new();
    let keys = backend.log_in();
    let key = "arn:aws:kms:eu-central-1:111122223333:key/11112222-3333-4444-5555-666677778888";
    let path = format!("/{BUCKET}/secret.bam");
    let write = |path: &str, more: &[(&str, &str)]| {
        let mut headers = vec![("x-amz-server-side-encryption", "aws:kms")];
        headers.extend(more);
        let said = backend.s3(&Keys::root(), "PUT", path, b"1", &headers);
        assert_eq!(said.status, 200, "{}", said.text());
    };
    write(&path, &[("x-amz-server-side-encryption-aws-kms-key-id", key)]);
    let get = |path: &str| backend.s3(&keys, "GET", path, b"", &[]);
    let said = get(&path);
    assert_eq!(said.refusal(), (403, "AccessDenied".to_owned()));
    assert!(
        said.element("Message").ends_with(&format!(
            "is not authorized to perform: kms:Decrypt on resource: {key} because no identity-based policy allows the \
             kms:Decrypt action"
        )),
        "{}",
        said.text()
    );
    // Its size is no secret, and its owner can read it.
    assert_eq!(backend.s3(&keys, "HEAD", &path, b"", &[]).status, 200);
    let checksum = [("x-amz-checksum-mode", "ENABLED")];
    assert_eq!(backend.s3(&keys, "HEAD", &path, b"", &checksum).status, 403);
    assert_eq!(backend.s3(&Keys::root(), "GET", &path, b"", &[]).status, 200);
    // The key of AWS for S3 lets in everybody of the account whom S3 lets in.
    let by_aws = format!("/{BUCKET}/aws.bam");
    write(&by_aws, &[]);
    assert_eq!(get(&by_aws).status, 200);
    // Not those of another account, whatever the bucket says.
    let all = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
    }]});
    let input = json!({"Bucket": BUCKET, "Policy": all.to_string()});
    backend.ask("s3", "PutBucketPolicy", input);
    let other = Keys {
        id: "444455556666".to_owned(),
        ..Keys::root()
    };
    let file = format!("/{BUCKET}/run1/a.bam");
    assert_eq!(backend.s3(&other, "GET", &file, b"", &[]).status, 200);
    for path in [&by_aws, &path] {
        let said = backend.s3(&other, "GET", path, b"", &[]);
        assert_eq!(said.refusal(), (403, "AccessDenied".to_owned()), "{path}");
    }
    backend.grant(&json!([
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{BUCKET}/*")},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key,
         "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}},
    ]));
    assert_eq!(get(&path).status, 200);
}

/// A condition on the prefix must allow the top and every folder on the way.
#[test]
fn conditions_on_the_prefix_hold() {
    let backend = Backend::new();
    let keys = backend.log_in();
    backend.grant(&json!([{
        "Effect": "Allow", "Action": "s3:ListBucket", "Resource": format!("arn:aws:s3:::{BUCKET}"),
        "Condition": {"StringLike": {"s3:prefix": ["", "run1/", "run1/*"]}, "StringEquals": {"s3:delimiter": "/"}},
    }]));
    for (query, status) in [
        ("prefix=&delimiter=%2F", 200),
        ("prefix=run1%2F&delimiter=%2F", 200),
        ("prefix=run1%2Fsub%2F&delimiter=%2F", 200),
        ("prefix=run2%2F&delimiter=%2F", 403),
        ("prefix=run1%2F", 403),
    ] {
        let said = backend.s3(&keys, "GET", &format!("/{BUCKET}?list-type=2&{query}"), b"", &[]);
        assert_eq!(said.status, status, "{query}: {}", said.text());
    }
    let said = backend.s3(
        &keys,
        "GET",
        &format!("/{BUCKET}?list-type=2&prefix=&delimiter=%2F"),
        b"",
        &[],
    );
    assert!(
        said.text()
            .contains("<CommonPrefixes><Prefix>run1/</Prefix></CommonPrefixes>"),
        "{}",
        said.text()
    );
}

#[test]
fn buckets_must_be_in_the_region() {
    let backend = Backend::new();
    let keys = backend.log_in();
    backend
        .sandbox
        .with_world(|world| {
            let input = json!({"Bucket": "far-away", "CreateBucketConfiguration": {"LocationConstraint": "us-west-2"}});
            services::ask(world, "s3", "CreateBucket", ACCOUNT, "us-west-2", input)
        })
        .unwrap();
    backend.grant(&json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]));
    let said = backend.s3(&keys, "GET", "/far-away?list-type=2", b"", &[]);
    assert_eq!(said.refusal(), (301, "PermanentRedirect".to_owned()));
    assert_eq!(said.header("x-amz-bucket-region"), "us-west-2");
    let said = backend.s3(&keys, "HEAD", "/far-away/x", b"", &[]);
    assert_eq!((said.status, said.header("x-amz-bucket-region")), (301, "us-west-2"));
    // At the right place, signed for the wrong one.
    let request = http::Request::get("/?list-type=2")
        .header("host", "far-away.s3.us-west-2.amazonaws.com")
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let said = backend.signed(&keys, "s3", "eu-central-1", request, b"", &[]);
    assert_eq!(said.refusal(), (400, "AuthorizationHeaderMalformed".to_owned()));
    assert_eq!(said.element("Region"), "us-west-2");
}

/// The policy of a bucket counts besides the role's, and a deny wins.
#[test]
fn bucket_policies_and_boundaries_count() {
    let backend = Backend::new();
    let keys = backend.log_in();
    let path = format!("/{BUCKET}/run1/a.bam");
    let get = |keys: &Keys| backend.s3(keys, "GET", &path, b"", &[]);
    let policy = |statement: Value| {
        let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        backend.ask("s3", "PutBucketPolicy", json!({"Bucket": BUCKET, "Policy": document}));
    };
    let all = format!("arn:aws:s3:::{BUCKET}/*");
    policy(
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": all,
        "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}),
    );
    let said = get(&keys);
    assert!(
        said.element("Message")
            .ends_with("with an explicit deny in a resource-based policy"),
        "{}",
        said.text()
    );
    // What the bucket grants to the role is enough without the role's own policies, within its boundary.
    backend.grant(&json!([{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]));
    policy(json!({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": all}));
    assert_eq!(get(&keys).status, 200);
    let boundary = "arn:aws:iam::aws:policy/CloudFrontFullAccess";
    let input = json!({"RoleName": "signed-in", "PermissionsBoundary": boundary});
    backend.ask("iam", "PutRolePermissionsBoundary", input);
    let said = get(&keys);
    assert!(
        said.element("Message")
            .contains("because no permissions boundary allows"),
        "{}",
        said.text()
    );
}
