//! Callers that are not root, by requests as they come off the wire.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};

use crate::{Sandbox, Trouble, signature};

/// Somebody's credentials.
#[derive(Clone)]
struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
}

impl Keys {
    fn root() -> Self {
        Self {
            id: "111122223333".into(),
            secret: "sandbox".into(),
            token: None,
        }
    }
}

/// An answer: the status and the text.
type Said = (u16, String);

fn send(sandbox: &Sandbox, keys: &Keys, service: &str, request: http::request::Builder, body: &str) -> Said {
    let mut builder = request.header("host", "127.0.0.1:4566").header(
        "x-amz-date",
        jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string(),
    );
    if service == "s3" {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(body);
        builder = builder.header("x-amz-content-sha256", crate::protocol::wire::hex(&digest));
    }
    if let Some(token) = &keys.token {
        builder = builder.header("x-amz-security-token", token);
    }
    let mut request = builder.body(body.as_bytes().to_vec()).unwrap();
    let authorization = signature::signed(&request, &keys.id, &keys.secret, "us-east-1", service);
    request
        .headers_mut()
        .insert("authorization", authorization.parse().unwrap());
    let answer = sandbox.call(request);
    (
        answer.status().as_u16(),
        String::from_utf8(answer.body().clone()).unwrap(),
    )
}

/// Calls an operation of a service that speaks Query.
fn query(sandbox: &Sandbox, keys: &Keys, service: &str, parameters: &[(&str, &str)]) -> Said {
    let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
    let encoded = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let mut body = format!("Version={version}");
    for (name, value) in parameters {
        body.push_str(&format!("&{name}={}", encoded(value)));
    }
    let request = http::Request::post("/").header("content-type", "application/x-www-form-urlencoded");
    send(sandbox, keys, service, request, &body)
}

fn cognito(sandbox: &Sandbox, keys: &Keys, operation: &str, input: &Value) -> Said {
    let request =
        http::Request::post("/").header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"));
    send(sandbox, keys, "cognito-idp", request, &input.to_string())
}

fn element(text: &str, name: &str) -> String {
    let (_, rest) = text.split_once(&format!("<{name}>")).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

fn document(effect: &str, action: &str, resource: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource}]})
        .to_string()
}

/// An AWS that verifies signatures, with the user `ann`.
fn with_ann() -> (Sandbox, Keys) {
    let sandbox = Sandbox::in_memory(1);
    sandbox.set_trouble(Trouble {
        authorize: true,
        ..Trouble::default()
    });
    let root = Keys::root();
    let made = query(
        &sandbox,
        &root,
        "iam",
        &[("Action", "CreateUser"), ("UserName", "ann"), ("Path", "/igv/")],
    );
    assert_eq!(made.0, 200, "{}", made.1);
    let (status, key) = query(
        &sandbox,
        &root,
        "iam",
        &[("Action", "CreateAccessKey"), ("UserName", "ann")],
    );
    assert_eq!(status, 200, "{key}");
    let ann = Keys {
        id: element(&key, "AccessKeyId"),
        secret: element(&key, "SecretAccessKey"),
        token: None,
    };
    (sandbox, ann)
}

fn grant(sandbox: &Sandbox, name: &str, text: &str) {
    let put = [
        ("Action", "PutUserPolicy"),
        ("UserName", "ann"),
        ("PolicyName", name),
        ("PolicyDocument", text),
    ];
    let said = query(sandbox, &Keys::root(), "iam", &put);
    assert_eq!(said.0, 200, "{}", said.1);
}

#[test]
fn a_user_is_who_she_is_and_may_do_nothing_yet() {
    let (sandbox, ann) = with_ann();
    let (status, who) = query(&sandbox, &ann, "sts", &[("Action", "GetCallerIdentity")]);
    assert_eq!(status, 200);
    assert_eq!(element(&who, "Arn"), "arn:aws:iam::111122223333:user/igv/ann");
    assert!(element(&who, "UserId").starts_with("AIDA"));

    let (status, said) = query(&sandbox, &ann, "iam", &[("Action", "GetRole"), ("RoleName", "r")]);
    assert_eq!(status, 403);
    assert_eq!(
        (element(&said, "Code").as_str(), element(&said, "Message").as_str()),
        (
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/igv/ann is not authorized to perform: iam:GetRole on resource: \
             arn:aws:iam::111122223333:role/r because no identity-based policy allows the iam:GetRole action"
        )
    );
    let (status, said) = cognito(&sandbox, &ann, "ListUserPools", &json!({"MaxResults": 1}));
    assert_eq!(status, 400);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["__type"], "AccessDeniedException");
    assert!(
        said["message"]
            .as_str()
            .unwrap()
            .contains("cognito-idp:ListUserPools on resource: * because no"),
        "{said}"
    );
    let (status, said) = send(&sandbox, &ann, "s3", http::Request::get("/"), "");
    assert_eq!((status, element(&said, "Code").as_str()), (403, "AccessDenied"));
    let (status, said) = send(
        &sandbox,
        &ann,
        "cloudfront",
        http::Request::get("/2020-05-31/distribution"),
        "",
    );
    assert_eq!(status, 403);
    assert!(
        said.contains("cloudfront:ListDistributions on resource: arn:aws:cloudfront::111122223333:distribution/*"),
        "{said}"
    );
}

#[test]
fn a_users_policies_decide() {
    let (sandbox, ann) = with_ann();
    let list = |who: &Keys| query(&sandbox, who, "iam", &[("Action", "ListUsers")]).0;
    grant(&sandbox, "read", &document("Allow", "iam:List*", "*"));
    assert_eq!(list(&ann), 200);
    grant(&sandbox, "not", &document("Deny", "iam:ListUsers", "*"));
    let (status, said) = query(&sandbox, &ann, "iam", &[("Action", "ListUsers")]);
    assert_eq!(status, 403);
    assert!(
        said.contains("with an explicit deny in an identity-based policy"),
        "{said}"
    );
    let root = Keys::root();
    let delete = [
        ("Action", "DeleteUserPolicy"),
        ("UserName", "ann"),
        ("PolicyName", "not"),
    ];
    assert_eq!(query(&sandbox, &root, "iam", &delete).0, 200);
    let boundary = [
        ("Action", "PutUserPermissionsBoundary"),
        ("UserName", "ann"),
        ("PermissionsBoundary", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
    ];
    assert_eq!(query(&sandbox, &root, "iam", &boundary).0, 200);
    let (status, said) = query(&sandbox, &ann, "iam", &[("Action", "ListUsers")]);
    assert_eq!(status, 403);
    assert!(
        said.contains("because no permissions boundary allows the iam:ListUsers action"),
        "{said}"
    );
    let off = [
        ("Action", "UpdateAccessKey"),
        ("UserName", "ann"),
        ("AccessKeyId", ann.id.as_str()),
        ("Status", "Inactive"),
    ];
    assert_eq!(query(&sandbox, &root, "iam", &off).0, 200);
    let (status, said) = query(&sandbox, &ann, "sts", &[("Action", "GetCallerIdentity")]);
    assert_eq!((status, element(&said, "Code").as_str()), (403, "InvalidClientTokenId"));
    let gone = query(&sandbox, &root, "iam", &[("Action", "DeleteUser"), ("UserName", "ann")]);
    assert_eq!((gone.0, element(&gone.1, "Code").as_str()), (409, "DeleteConflict"));
}

#[test]
fn a_creating_call_with_tags_needs_two_actions() {
    let (sandbox, ann) = with_ann();
    grant(
        &sandbox,
        "create",
        &document("Allow", "cognito-idp:CreateUserPool", "*"),
    );
    let pool = |tags: Value| json!({"PoolName": "p", "UserPoolTags": tags});
    assert_eq!(
        cognito(&sandbox, &ann, "CreateUserPool", &json!({"PoolName": "p"})).0,
        200
    );
    let (status, said) = cognito(&sandbox, &ann, "CreateUserPool", &pool(json!({"app": "igv"})));
    assert_eq!(status, 400);
    assert!(said.contains("cognito-idp:TagResource"), "{said}");
    let only = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "cognito-idp:TagResource", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestTag/app": "igv"}}}]});
    grant(&sandbox, "tag", &only.to_string());
    assert_eq!(
        cognito(&sandbox, &ann, "CreateUserPool", &pool(json!({"app": "igv"}))).0,
        200
    );
    assert_eq!(
        cognito(&sandbox, &ann, "CreateUserPool", &pool(json!({"app": "other"}))).0,
        400
    );
}

#[test]
fn a_session_has_the_rights_of_its_role_and_no_more_than_its_policy() {
    let (sandbox, ann) = with_ann();
    let root = Keys::root();
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}]})
    .to_string();
    let create = [
        ("Action", "CreateRole"),
        ("RoleName", "reader"),
        ("Path", "/igv/"),
        ("AssumeRolePolicyDocument", trust.as_str()),
    ];
    assert_eq!(query(&sandbox, &root, "iam", &create).0, 200);
    let rights = document("Allow", "iam:*", "*");
    let put = [
        ("Action", "PutRolePolicy"),
        ("RoleName", "reader"),
        ("PolicyName", "p"),
        ("PolicyDocument", rights.as_str()),
    ];
    assert_eq!(query(&sandbox, &root, "iam", &put).0, 200);
    let assume = |who: &Keys, policy: Option<&str>| {
        let mut parameters = vec![
            ("Action", "AssumeRole"),
            ("RoleArn", "arn:aws:iam::111122223333:role/igv/reader"),
            ("RoleSessionName", "one"),
        ];
        parameters.extend(policy.map(|policy| ("Policy", policy)));
        query(&sandbox, who, "sts", &parameters)
    };
    // The trust names the account, which leaves it to ann's own policies.
    assert_eq!(assume(&ann, None).0, 403);
    grant(
        &sandbox,
        "assume",
        &document("Allow", "sts:AssumeRole", "arn:aws:iam::111122223333:role/igv/*"),
    );
    let session = |said: Said| {
        assert_eq!(said.0, 200, "{}", said.1);
        Keys {
            id: element(&said.1, "AccessKeyId"),
            secret: element(&said.1, "SecretAccessKey"),
            token: Some(element(&said.1, "SessionToken")),
        }
    };
    let whole = session(assume(&ann, None));
    let narrow = session(assume(&ann, Some(&document("Allow", "iam:GetRole", "*"))));
    let list = |keys: &Keys| query(&sandbox, keys, "iam", &[("Action", "ListRoles")]);
    assert_eq!(list(&whole).0, 200);
    let (status, said) = list(&narrow);
    assert_eq!(status, 403);
    assert!(
        said.contains("assumed-role/reader/one") && said.contains("because no session policy allows"),
        "{said}"
    );
    let get = [("Action", "GetRole"), ("RoleName", "reader")];
    assert_eq!(query(&sandbox, &narrow, "iam", &get).0, 200);
    // The session outlives its role and may do nothing any more, not even when a new role has the name.
    for parameters in [
        &[
            ("Action", "DeleteRolePolicy"),
            ("RoleName", "reader"),
            ("PolicyName", "p"),
        ][..],
        &[("Action", "DeleteRole"), ("RoleName", "reader")][..],
        &create[..],
        &put[..],
    ] {
        assert_eq!(query(&sandbox, &root, "iam", parameters).0, 200);
    }
    assert_eq!(list(&whole).0, 403);
}

#[test]
fn a_forged_signature_is_refused_in_each_services_words() {
    let (sandbox, ann) = with_ann();
    let forged = Keys {
        secret: "guessed".into(),
        ..ann
    };
    for keys in [
        forged,
        Keys {
            secret: "guessed".into(),
            ..Keys::root()
        },
    ] {
        let (status, said) = query(&sandbox, &keys, "sts", &[("Action", "GetCallerIdentity")]);
        assert_eq!(
            (status, element(&said, "Code").as_str()),
            (403, "SignatureDoesNotMatch")
        );
        let (status, said) = cognito(&sandbox, &keys, "ListUserPools", &json!({"MaxResults": 1}));
        assert_eq!(status, 400);
        assert!(said.contains("InvalidSignatureException"), "{said}");
        let (status, said) = send(&sandbox, &keys, "s3", http::Request::get("/"), "");
        assert_eq!(
            (status, element(&said, "Code").as_str()),
            (403, "SignatureDoesNotMatch")
        );
    }
    assert_eq!(send(&sandbox, &Keys::root(), "s3", http::Request::get("/"), "").0, 200);
    // Without `authorize` nobody looks at signatures.
    sandbox.set_trouble(Trouble::default());
    let forged = Keys {
        secret: "guessed".into(),
        ..Keys::root()
    };
    assert_eq!(send(&sandbox, &forged, "s3", http::Request::get("/"), "").0, 200);
}

#[test]
fn refused_actions_are_refused_to_everybody() {
    let sandbox = Sandbox::in_memory(1);
    sandbox.set_trouble(Trouble {
        refuse: vec!["iam:createuser".into(), "s3:ListAll*".into()],
        ..Trouble::default()
    });
    let root = Keys::root();
    let (status, said) = query(&sandbox, &root, "iam", &[("Action", "CreateUser"), ("UserName", "ann")]);
    assert_eq!((status, element(&said, "Code").as_str()), (403, "AccessDenied"));
    assert!(
        said.contains(
            "User: arn:aws:iam::111122223333:root is not authorized to perform: iam:CreateUser on resource: \
             arn:aws:iam::111122223333:user/ann with an explicit deny in an identity-based policy"
        ),
        "{said}"
    );
    assert_eq!(query(&sandbox, &root, "iam", &[("Action", "ListUsers")]).0, 200);
    assert_eq!(send(&sandbox, &root, "s3", http::Request::get("/"), "").0, 403);
}
