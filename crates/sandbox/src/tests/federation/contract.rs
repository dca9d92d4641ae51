//! One test per condition of the contract that AWS itself decides: that one thing is broken, and the call in its way
//! says so in AWS's words.

use serde_json::{Value, json};

use super::{ACCOUNT, BUCKET, Backend, Keys, ROLE, Refused};
use crate::services;

fn list(backend: &Backend, keys: &Keys) -> (u16, String) {
    backend
        .s3(keys, "GET", &format!("/{BUCKET}?list-type=2&delimiter=%2F"), b"", &[])
        .refusal()
}

fn refused(code: &str, message: &str) -> Refused {
    (code.to_owned(), message.to_owned())
}

const DENIED: &str = "Not authorized to perform sts:AssumeRoleWithWebIdentity";

/// Assumes the role, which must be refused.
#[track_caller]
fn denied(backend: &Backend, token: &str, more: &[(&str, &str)]) {
    let said = backend.assume(token, more);
    assert_eq!(said.refusal(), (403, "AccessDenied".to_owned()));
    assert_eq!(said.element("Message"), DENIED);
}

#[test]
fn a_backend_as_it_must_be_lets_its_people_read() {
    let backend = Backend::new();
    let token = backend.open_id_token(&backend.logins()).unwrap();
    let said = backend.assume(&token, &[]);
    let keys = Keys::of(&said);
    assert_eq!(said.element("Audience"), backend.pool);
    assert_eq!(said.element("Provider"), "cognito-identity.amazonaws.com");
    assert!(said.element("SubjectFromWebIdentityToken").starts_with("eu-central-1:"));
    let arn = "arn:aws:sts::111122223333:assumed-role/signed-in/ann@example.org";
    assert_eq!(said.element("Arn"), arn);
    let request = http::Request::post("/")
        .header("host", "sts.eu-central-1.amazonaws.com")
        .header("content-type", "application/x-www-form-urlencoded");
    let body = b"Action=GetCallerIdentity&Version=2011-06-15";
    let who = backend.signed(&keys, "sts", "eu-central-1", request, body, &[]);
    assert_eq!(
        (who.element("Arn").as_str(), who.element("Account").as_str()),
        (arn, ACCOUNT)
    );
    assert_eq!(list(&backend, &keys).0, 200);
    let said = backend.s3(&keys, "GET", &format!("/{BUCKET}/run1/a.bam"), b"", &[]);
    assert_eq!((said.status, said.body.as_slice()), (200, &b"0123456789"[..]));
}

#[test]
fn the_classic_flow_must_be_allowed() {
    let backend = Backend::new();
    backend.change_pool(&json!({"AllowClassicFlow": false}));
    assert_eq!(
        backend.open_id_token(&backend.logins()).unwrap_err(),
        refused(
            "InvalidParameterException",
            "Basic (classic) flow is not enabled, please use enhanced flow."
        )
    );
    backend.change_pool(&json!({}));
    backend.log_in();
}

#[test]
fn there_must_be_no_role_mappings() {
    let backend = Backend::new();
    let provider = format!("{}:{}", backend.provider(), backend.client);
    let mapping = json!({provider: {"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"}});
    let roles = json!({"authenticated": ROLE});
    let set = json!({"IdentityPoolId": backend.pool, "Roles": roles, "RoleMappings": mapping});
    backend.ask("cognito-identity", "SetIdentityPoolRoles", set);
    assert_eq!(
        backend.open_id_token(&backend.logins()).unwrap_err(),
        refused(
            "InvalidParameterException",
            "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow."
        )
    );
    let set = json!({"IdentityPoolId": backend.pool, "Roles": roles});
    backend.ask("cognito-identity", "SetIdentityPoolRoles", set);
    backend.log_in();
}

#[test]
fn guests_stay_outside_unless_the_pool_lets_them_in_and_the_trust_lacks_amr() {
    let backend = Backend::new();
    let guest = json!({"IdentityPoolId": backend.pool});
    assert_eq!(
        backend.identity("GetId", &guest).unwrap_err(),
        refused(
            "NotAuthorizedException",
            "Unauthenticated access is not supported for this identity pool."
        )
    );
    backend.change_pool(&json!({"AllowUnauthenticatedIdentities": true}));
    let made = backend.identity("GetId", &guest).unwrap();
    let token = backend.identity("GetOpenIdToken", &made).unwrap();
    let token = token["Token"].as_str().unwrap();
    denied(&backend, token, &[]);
    let mut trust = backend.trust();
    trust["Statement"][0]["Condition"]
        .as_object_mut()
        .unwrap()
        .remove("ForAnyValue:StringLike");
    backend.change_trust(&trust);
    let keys = Keys::of(&backend.assume(token, &[]));
    assert_eq!(list(&backend, &keys).0, 200);
}

#[test]
fn the_identity_pool_must_list_this_very_user_pool_and_client() {
    let backend = Backend::new();
    let words = "Token is not from a supported provider of this identity pool.";
    for provider in [
        json!({"ProviderName": backend.provider(), "ClientId": "another"}),
        json!({"ProviderName": "cognito-idp.eu-central-1.amazonaws.com/eu-central-1_other", "ClientId": backend.client}),
    ] {
        backend.change_pool(&json!({"CognitoIdentityProviders": [provider]}));
        assert_eq!(
            backend.open_id_token(&backend.logins()).unwrap_err(),
            refused("NotAuthorizedException", words)
        );
    }
    backend.change_pool(&json!({}));
    // A token of another client of the user pool.
    let token = backend.id_token(&json!({"aud": "another"}));
    assert_eq!(
        backend.open_id_token(&json!({backend.provider(): token})).unwrap_err(),
        refused("NotAuthorizedException", words)
    );
    backend.log_in();
}

#[test]
fn somebody_disabled_is_refused_where_the_server_side_check_is_on() {
    let backend = Backend::new();
    let logins = backend.logins();
    let token = backend.open_id_token(&logins).unwrap();
    let user = json!({"UserPoolId": backend.user_pool, "Username": "ann"});
    backend.ask("cognito-idp", "AdminDisableUser", user.clone());
    backend.ask("cognito-idp", "AdminUserGlobalSignOut", user);
    let (code, message) = backend.open_id_token(&logins).unwrap_err();
    assert_eq!(code, "NotAuthorizedException");
    assert!(message.starts_with("Invalid login token."), "{message}");
    // What was handed out before is good until it ends.
    let keys = Keys::of(&backend.assume(&token, &[]));
    assert_eq!(list(&backend, &keys).0, 200);
    let client = &backend.client;
    let provider = json!({"ProviderName": backend.provider(), "ClientId": client, "ServerSideTokenCheck": false});
    backend.change_pool(&json!({"CognitoIdentityProviders": [provider]}));
    backend.open_id_token(&logins).unwrap();
}

#[test]
fn the_trust_must_name_the_pool_and_the_signed_in() {
    let backend = Backend::new();
    let token = backend.open_id_token(&backend.logins()).unwrap();
    let condition = |pointer: &str, value: &str| {
        let mut trust = backend.trust();
        *trust.pointer_mut(&format!("/Statement/0/{pointer}")).unwrap() = json!(value);
        trust
    };
    for trust in [
        condition(
            "Condition/StringEquals/cognito-identity.amazonaws.com:aud",
            "eu-central-1:11111111-2222-3333-4444-555555555555",
        ),
        condition(
            "Condition/ForAnyValue:StringLike/cognito-identity.amazonaws.com:amr",
            "unauthenticated",
        ),
        condition("Principal/Federated", "accounts.google.com"),
        condition("Action", "sts:AssumeRole"),
        condition("Effect", "Deny"),
    ] {
        backend.change_trust(&trust);
        denied(&backend, &token, &[]);
    }
    backend.change_trust(&backend.trust());
    Keys::of(&backend.assume(&token, &[]));
}

/// igvteam/igv#1664.
#[test]
fn the_arn_of_the_role_needs_its_path() {
    let backend = Backend::new();
    let token = backend.open_id_token(&backend.logins()).unwrap();
    for role in [
        ROLE.replace("igvctl/demo/", ""),
        ROLE.replace("signed-in", "signed-out"),
        ROLE.replace(ACCOUNT, "444455556666"),
    ] {
        denied(&backend, &token, &[("RoleArn", &role)]);
    }
}

/// The name of the session is the user's e-mail address.
#[test]
fn the_name_of_the_session_has_a_form() {
    let backend = Backend::new();
    let token = backend.open_id_token(&backend.logins()).unwrap();
    let long = "x".repeat(65);
    for name in ["a", "ann mail@example.org", "ann/x@example.org", &long] {
        let said = backend.assume(&token, &[("RoleSessionName", name)]);
        assert_eq!(said.refusal(), (400, "ValidationError".to_owned()), "{name}");
        assert!(said.text().contains("roleSessionName"), "{}", said.text());
    }
    Keys::of(&backend.assume(&token, &[("RoleSessionName", "a+b=c,d.e_f@example.org")]));
}

#[test]
fn tokens_end() {
    let backend = Backend::new();
    let logins = backend.logins();
    let token = backend.open_id_token(&logins).unwrap();
    let now = backend.now();
    backend.sandbox.set_clock(Some(now + 601.0));
    let said = backend.assume(&token, &[]);
    assert_eq!(said.refusal(), (400, "ExpiredTokenException".to_owned()));
    backend.sandbox.set_clock(Some(now + 3602.0));
    let (code, message) = backend.open_id_token(&logins).unwrap_err();
    assert_eq!(code, "NotAuthorizedException");
    assert!(message.starts_with("Invalid login token. Token expired: "), "{message}");
    let garbage = backend.assume("abc.def.ghi", &[]);
    assert_eq!(garbage.refusal(), (400, "InvalidIdentityToken".to_owned()));
    let (code, _) = backend
        .open_id_token(&json!({backend.provider(): "a.b.c"}))
        .unwrap_err();
    assert_eq!(code, "NotAuthorizedException");
}

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
