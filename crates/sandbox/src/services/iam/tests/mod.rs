//! Each guard of IAM, met by a call.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod managed;

mod simulate;

use serde_json::{Value, json};

use crate::call::{Answer, Call, Fault};
use crate::world::World;

const ACCOUNT: &str = "111122223333";

/// Calls an operation.
fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
    let call = Call {
        operation: operation.to_owned(),
        account: ACCOUNT.to_owned(),
        region: "us-east-1".to_owned(),
        caller: format!("arn:aws:iam::{ACCOUNT}:root"),
        input: input.as_object().unwrap().clone(),
        body: crate::body::Body::default(),
        key: String::new(),
        headers: Vec::new(),
    };
    super::operation(operation).unwrap()(world, &call).map(|Answer { output, .. }| Value::Object(output))
}

/// The code and message of a refusal.
fn refusal(answer: Result<Value, Fault>) -> (&'static str, u16, String) {
    let fault = answer.unwrap_err();
    (fault.code, fault.status, fault.message)
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:pool"},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
        },
    }]})
}

fn permission() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "R", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/*"},
    ]})
}

/// A trust with its one statement changed.
fn trust_with(change: impl FnOnce(&mut Value)) -> String {
    let mut document = trust();
    change(&mut document["Statement"][0]);
    document.to_string()
}

fn create_role(world: &mut World, name: &str, trust: &str) -> Result<Value, Fault> {
    call(
        world,
        "CreateRole",
        json!({"RoleName": name, "AssumeRolePolicyDocument": trust}),
    )
}

fn with_role() -> World {
    let mut world = World::default();
    create_role(&mut world, "signed-in", &trust().to_string()).unwrap();
    world
}

fn decoded(text: &Value) -> String {
    let text = text.as_str().unwrap();
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_role_reads_back_as_it_was_made() {
    let mut world = World::default();
    let made = call(
        &mut world,
        "CreateRole",
        json!({
            "RoleName": "r", "Path": "/igvctl/", "Description": "d", "MaxSessionDuration": 7200,
            "AssumeRolePolicyDocument": trust().to_string(), "Tags": [{"Key": "app", "Value": "x"}],
            "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        }),
    )
    .unwrap();
    assert_eq!(made["Role"]["Arn"], "arn:aws:iam::111122223333:role/igvctl/r");
    assert_eq!(made["Role"]["RoleId"].as_str().unwrap().len(), 21);
    assert!(made["Role"].get("Description").is_none());

    let read = call(&mut world, "GetRole", json!({"RoleName": "r"})).unwrap()["Role"].clone();
    assert_eq!(read["Description"], "d");
    assert_eq!(read["MaxSessionDuration"], 7200);
    assert_eq!(read["Tags"], json!([{"Key": "app", "Value": "x"}]));
    assert_eq!(
        read["PermissionsBoundary"]["PermissionsBoundaryArn"],
        "arn:aws:iam::aws:policy/ReadOnlyAccess"
    );
    let encoded = read["AssumeRolePolicyDocument"].as_str().unwrap();
    assert!(encoded.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{encoded}");
    let document: Value = serde_json::from_str(&decoded(&read["AssumeRolePolicyDocument"])).unwrap();
    assert_eq!(document, trust());

    let listed = call(&mut world, "ListRoles", json!({})).unwrap();
    assert!(listed["Roles"][0].get("Tags").is_none());
    assert!(listed["Roles"][0].get("PermissionsBoundary").is_none());
    let role = super::role_by_arn(&world, "arn:aws:iam::111122223333:role/igvctl/r").unwrap();
    assert_eq!(role.name, "r");
    assert!(super::role_by_arn(&world, "arn:aws:iam::111122223333:role/r").is_none());
}

#[test]
fn a_name_is_taken_whatever_its_case() {
    let mut world = with_role();
    assert_eq!(
        refusal(create_role(&mut world, "Signed-In", &trust().to_string())),
        (
            "EntityAlreadyExists",
            409,
            "Role with name Signed-In already exists.".to_owned()
        )
    );
}

#[test]
fn a_role_that_is_not_there_is_no_such_entity_in_every_call() {
    let document = permission().to_string();
    for (operation, more) in [
        ("GetRole", json!({})),
        ("UpdateRole", json!({})),
        ("UpdateRoleDescription", json!({"Description": "d"})),
        ("UpdateAssumeRolePolicy", json!({"PolicyDocument": trust().to_string()})),
        ("DeleteRole", json!({})),
        ("PutRolePolicy", json!({"PolicyName": "p", "PolicyDocument": document})),
        ("GetRolePolicy", json!({"PolicyName": "p"})),
        ("ListRolePolicies", json!({})),
        ("DeleteRolePolicy", json!({"PolicyName": "p"})),
        (
            "AttachRolePolicy",
            json!({"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ),
        ("ListAttachedRolePolicies", json!({})),
        ("TagRole", json!({"Tags": []})),
        ("ListRoleTags", json!({})),
        ("ListInstanceProfilesForRole", json!({})),
        ("DeleteRolePermissionsBoundary", json!({})),
    ] {
        let mut input = more;
        input["RoleName"] = json!("ghost");
        let (code, status, message) = refusal(call(&mut World::default(), operation, input));
        assert_eq!((code, status), ("NoSuchEntity", 404), "{operation}");
        assert_eq!(message, "The role with name ghost cannot be found.", "{operation}");
    }
}

#[test]
fn trusts_that_aws_refuses() {
    let mut world = with_role();
    let set = |field: &'static str, value: Value| trust_with(move |statement| statement[field] = value);
    let without = |field: &'static str| {
        trust_with(move |statement| {
            statement.as_object_mut().unwrap().remove(field);
        })
    };
    for (document, message) in [
        ("{".to_owned(), "This policy contains invalid Json"),
        ("{}".to_owned(), "Missing required field Statement"),
        (
            r#"{"Statement":[]}"#.to_owned(),
            "Could not parse the policy: Statement is empty!",
        ),
        (r#"{"Statement":[{}],"Foo":1}"#.to_owned(), "Syntax errors in policy."),
        (without("Effect"), "Missing required field Effect"),
        (set("Effect", json!("Alow")), "Invalid effect: Alow"),
        (without("Principal"), "Missing required field Principal"),
        (
            set("Principal", json!({})),
            "Missing required field Principal cannot be empty!",
        ),
        (without("Action"), "Missing required field Action"),
        (
            set("Action", json!("s3:GetObject")),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (set("Resource", json!("*")), "Has prohibited field Resource"),
        (set("Sid", json!("a-b")), "Statement IDs (SID) must be alpha-numeric"),
        (
            set("Condition", json!({"StringIs": {"a:b": "c"}})),
            "Invalid Condition type : StringIs.",
        ),
        (
            set("Principal", json!({"Service": "Cognito"})),
            "Invalid principal in policy: \"SERVICE\":\"Cognito\"",
        ),
        (
            set("Principal", json!({"Federated": "login.example.org"})),
            "Invalid principal in policy: \"FEDERATED\":\"login.example.org\"",
        ),
        (
            set("Principal", json!({"Federated": "arn:aws:iam::x:oidc-provider/y"})),
            "Federated principals must be valid domain names or SAML metadata ARNs",
        ),
        (
            set("Principal", json!({"AWS": "arn:aws:iam::111122223333:role/ghost"})),
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:role/ghost\"",
        ),
        (
            set("Principal", json!({"AWS": ["111122223333", "AROAGHOST"]})),
            "Invalid principal in policy: \"AWS\":\"AROAGHOST\"",
        ),
        (
            without("Condition"),
            "Trust policies for cognito-identity.amazonaws.com must contain",
        ),
    ] {
        let (code, status, said) = refusal(create_role(&mut world, "bad", &document));
        assert_eq!((code, status), ("MalformedPolicyDocument", 400), "{document}");
        assert!(said.starts_with(message), "{document}: {said}");
        let (code, _, _) = refusal(call(
            &mut world,
            "UpdateAssumeRolePolicy",
            json!({"RoleName": "signed-in", "PolicyDocument": document}),
        ));
        assert_eq!(code, "MalformedPolicyDocument");
    }
    assert!(call(&mut world, "GetRole", json!({"RoleName": "bad"})).is_err());
}

#[test]
fn a_trust_has_a_size_without_its_white_space() {
    let mut world = World::default();
    let long = trust_with(|statement| statement["Condition"]["StringLike"] = json!({"aws:UserId": "x".repeat(2000)}));
    assert_eq!(
        refusal(create_role(&mut world, "r", &long)),
        (
            "LimitExceeded",
            409,
            "Cannot exceed quota for ACLSizePerRole: 2048".to_owned()
        )
    );
    let airy = trust().to_string().replace(':', &format!(":{}", " ".repeat(400)));
    assert!(serde_json::from_str::<Value>(&airy).is_ok());
    // White space in the values goes wrong elsewhere; only the size counts here.
    assert!(super::document::weight(&airy) < 2048);
}

#[test]
fn l35_a_principal_that_was_deleted_reads_back_as_its_id() {
    let mut world = with_role();
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/signed-in");
    let id = call(&mut world, "GetRole", json!({"RoleName": "signed-in"})).unwrap()["Role"]["RoleId"].clone();
    let document = json!({"Statement": {
        "Effect": "Allow", "Principal": {"AWS": [arn, ACCOUNT]}, "Action": "sts:AssumeRole",
    }});
    create_role(&mut world, "second", &document.to_string()).unwrap();
    let principals = |world: &mut World| {
        let role = call(world, "GetRole", json!({"RoleName": "second"})).unwrap();
        let document: Value = serde_json::from_str(&decoded(&role["Role"]["AssumeRolePolicyDocument"])).unwrap();
        document["Statement"]["Principal"]["AWS"].clone()
    };
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    assert_eq!(principals(&mut world), json!([arn, root]));
    call(&mut world, "DeleteRole", json!({"RoleName": "signed-in"})).unwrap();
    assert_eq!(principals(&mut world), json!([id, root]));
    create_role(&mut world, "signed-in", &trust().to_string()).unwrap();
    assert_eq!(
        principals(&mut world),
        json!([id, root]),
        "a new role is not the old one"
    );
}

#[test]
fn update_role_merges_and_an_empty_description_clears() {
    let mut world = with_role();
    let mut after = |input: Value| {
        let mut input = input;
        input["RoleName"] = json!("signed-in");
        assert_eq!(call(&mut world, "UpdateRole", input), Ok(json!({})));
        let role = call(&mut world, "GetRole", json!({"RoleName": "signed-in"})).unwrap()["Role"].clone();
        (role.get("Description").cloned(), role["MaxSessionDuration"].clone())
    };
    assert_eq!(
        after(json!({"Description": "e", "MaxSessionDuration": 7200})),
        (Some(json!("e")), json!(7200))
    );
    assert_eq!(after(json!({})), (Some(json!("e")), json!(7200)));
    assert_eq!(
        after(json!({"MaxSessionDuration": 3600})),
        (Some(json!("e")), json!(3600))
    );
    assert_eq!(after(json!({"Description": ""})), (None, json!(3600)));
}

#[test]
fn l38_a_role_goes_only_when_nothing_hangs_on_it() {
    let mut world = with_role();
    let name = json!({"RoleName": "signed-in"});
    let policy = json!({"RoleName": "signed-in", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    let inline = json!({"RoleName": "signed-in", "PolicyName": "p", "PolicyDocument": permission().to_string()});
    let profile = json!({"InstanceProfileName": "i", "RoleName": "signed-in"});
    let boundary = json!({"RoleName": "signed-in", "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    call(&mut world, "AttachRolePolicy", policy.clone()).unwrap();
    call(&mut world, "PutRolePolicy", inline.clone()).unwrap();
    call(&mut world, "CreateInstanceProfile", json!({"InstanceProfileName": "i"})).unwrap();
    call(&mut world, "AddRoleToInstanceProfile", profile.clone()).unwrap();
    call(&mut world, "PutRolePermissionsBoundary", boundary).unwrap();
    for (message, operation, input) in [
        (
            "must remove roles from instance profile first",
            "RemoveRoleFromInstanceProfile",
            profile,
        ),
        ("must detach all policies first", "DetachRolePolicy", policy),
        ("must delete policies first", "DeleteRolePolicy", inline),
        (
            "must delete the permissions boundary first",
            "DeleteRolePermissionsBoundary",
            name.clone(),
        ),
    ] {
        assert_eq!(
            refusal(call(&mut world, "DeleteRole", name.clone())),
            ("DeleteConflict", 409, format!("Cannot delete entity, {message}."))
        );
        call(&mut world, operation, input).unwrap();
    }
    call(&mut world, "DeleteRole", name).unwrap();
}

#[test]
fn inline_policies_are_sorted_paged_and_bounded_together() {
    let mut world = with_role();
    let put = |world: &mut World, name: &str, document: String| {
        let input = json!({"RoleName": "signed-in", "PolicyName": name, "PolicyDocument": document});
        call(world, "PutRolePolicy", input)
    };
    for name in ["c", "a", "b"] {
        put(&mut world, name, permission().to_string()).unwrap();
    }
    let one = call(
        &mut world,
        "ListRolePolicies",
        json!({"RoleName": "signed-in", "MaxItems": 2}),
    )
    .unwrap();
    assert_eq!(
        (&one["PolicyNames"], &one["IsTruncated"]),
        (&json!(["a", "b"]), &json!(true))
    );
    let next = json!({"RoleName": "signed-in", "MaxItems": 2, "Marker": one["Marker"]});
    let two = call(&mut world, "ListRolePolicies", next).unwrap();
    assert_eq!(two, json!({"PolicyNames": ["c"], "IsTruncated": false}));
    let bad = json!({"RoleName": "signed-in", "Marker": "%%"});
    assert_eq!(refusal(call(&mut world, "ListRolePolicies", bad)).0, "ValidationError");

    let read = call(
        &mut world,
        "GetRolePolicy",
        json!({"RoleName": "signed-in", "PolicyName": "a"}),
    )
    .unwrap();
    assert_eq!(decoded(&read["PolicyDocument"]), permission().to_string(), "as sent");
    let ghost = json!({"RoleName": "signed-in", "PolicyName": "ghost"});
    let missing = "The role policy with name ghost cannot be found.".to_owned();
    for operation in ["GetRolePolicy", "DeleteRolePolicy"] {
        assert_eq!(
            refusal(call(&mut world, operation, ghost.clone())),
            ("NoSuchEntity", 404, missing.clone())
        );
    }

    let mut big = permission();
    big["Statement"][0]["Resource"] = json!(format!("arn:aws:s3:::{}", "x".repeat(9_950)));
    assert_eq!(
        refusal(put(&mut world, "a", big.to_string())),
        (
            "LimitExceeded",
            409,
            "Maximum policy size of 10240 bytes exceeded for role signed-in".to_owned()
        )
    );
    for name in ["b", "c"] {
        let input = json!({"RoleName": "signed-in", "PolicyName": name});
        call(&mut world, "DeleteRolePolicy", input).unwrap();
    }
    put(&mut world, "a", big.to_string()).unwrap();
}

#[test]
fn permissions_that_aws_refuses() {
    let mut world = with_role();
    let change = |field: &str, value: Option<Value>| {
        let mut document = permission();
        let statement = document["Statement"][0].as_object_mut().unwrap();
        match value {
            Some(value) => statement.insert(field.to_owned(), value),
            None => statement.remove(field),
        };
        document.to_string()
    };
    let twice = json!({"Statement": [permission()["Statement"][0], permission()["Statement"][0]]}).to_string();
    for (document, message) in [
        ("{".to_owned(), "The policy is not in the valid JSON format."),
        ("{}".to_owned(), "Syntax errors in policy."),
        (
            r#"{"Version":"2020-01-01","Statement":{}}"#.to_owned(),
            "Syntax errors in policy.",
        ),
        (change("Effect", Some(json!("Alow"))), "Syntax errors in policy."),
        (change("Action", None), "Policy statement must contain actions."),
        (
            change("Action", Some(json!("GetObject"))),
            "Actions/Conditions must be prefaced by a vendor",
        ),
        (change("NotAction", Some(json!("s3:*"))), "Syntax errors in policy."),
        (change("Resource", None), "Policy statement must contain resources."),
        (
            change("Resource", Some(json!("b/*"))),
            "Resource b/* must be in ARN format or \"*\".",
        ),
        (
            change("Resource", Some(json!("arn:aw:s3:::b"))),
            "Partition \"aw\" is not valid for resource",
        ),
        (
            change("Resource", Some(json!("arn:aws:s3:b:c"))),
            "The policy failed legacy parsing",
        ),
        (
            change("Resource", Some(json!("arn:aws:s3:eu-west-1::b"))),
            "Resource arn:aws:s3:eu-west-1::b can not",
        ),
        (
            change("Principal", Some(json!("*"))),
            "Policy document should not specify a principal.",
        ),
        (
            change("Condition", Some(json!({"StringEquals": {"foo": "x"}}))),
            "Actions/Conditions must be prefaced",
        ),
        (twice, "Statement IDs (SID) in a single policy must be unique."),
    ] {
        let input = json!({"RoleName": "signed-in", "PolicyName": "p", "PolicyDocument": document});
        let (code, status, said) = refusal(call(&mut world, "PutRolePolicy", input));
        assert_eq!((code, status), ("MalformedPolicyDocument", 400), "{document}");
        assert!(said.starts_with(message), "{document}: {said}");
        let input = json!({"PolicyName": "p", "PolicyDocument": document});
        assert_eq!(
            refusal(call(&mut world, "CreatePolicy", input)).0,
            "MalformedPolicyDocument"
        );
    }
}

#[test]
fn tags_keep_their_case_and_are_told_apart_without_it() {
    let mut world = with_role();
    let tag = |world: &mut World, tags: Value| call(world, "TagRole", json!({"RoleName": "signed-in", "Tags": tags}));
    tag(&mut world, json!([{"Key": "env", "Value": "a"}])).unwrap();
    tag(&mut world, json!([{"Key": "Env", "Value": "b"}])).unwrap();
    let listed = call(&mut world, "ListRoleTags", json!({"RoleName": "signed-in"})).unwrap();
    assert_eq!(listed["Tags"], json!([{"Key": "Env", "Value": "b"}]));
    assert_eq!(
        refusal(tag(&mut world, json!([{"Key": "aws:x", "Value": ""}]))).0,
        "InvalidInput"
    );
    let twice = json!([{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]);
    assert_eq!(refusal(tag(&mut world, twice)).0, "InvalidInput");
    let many: Vec<Value> = (0..50).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
    assert_eq!(refusal(tag(&mut world, json!(many))).0, "LimitExceeded");
    let listed = call(&mut world, "ListRoleTags", json!({"RoleName": "signed-in"})).unwrap();
    assert_eq!(
        listed["Tags"].as_array().unwrap().len(),
        1,
        "a refused call changes nothing"
    );
    call(
        &mut world,
        "UntagRole",
        json!({"RoleName": "signed-in", "TagKeys": ["Env", "none"]}),
    )
    .unwrap();
    let listed = call(&mut world, "ListRoleTags", json!({"RoleName": "signed-in"})).unwrap();
    assert_eq!(listed, json!({"Tags": [], "IsTruncated": false}));
}

#[test]
fn lists_filter_by_path_and_skip_nothing_between_pages() {
    let mut world = with_role();
    for name in ["a", "b", "c"] {
        let input = json!({"RoleName": name, "Path": "/igvctl/x/", "AssumeRolePolicyDocument": trust().to_string()});
        call(&mut world, "CreateRole", input).unwrap();
    }
    let one = call(
        &mut world,
        "ListRoles",
        json!({"PathPrefix": "/igvctl/", "MaxItems": 2}),
    )
    .unwrap();
    assert_eq!(one["Roles"].as_array().unwrap().len(), 2);
    call(&mut world, "DeleteRole", json!({"RoleName": "a"})).unwrap();
    let next = json!({"PathPrefix": "/igvctl/", "MaxItems": 2, "Marker": one["Marker"]});
    let two = call(&mut world, "ListRoles", next).unwrap();
    assert_eq!(two["Roles"][0]["RoleName"], "c");
    assert_eq!(two["IsTruncated"], false);
    assert!(two.get("Marker").is_none());
}

#[test]
fn users_and_providers_exist_as_far_as_trusts_name_them() {
    let mut world = World::default();
    call(&mut world, "CreateUser", json!({"UserName": "ada"})).unwrap();
    let arn = "arn:aws:iam::111122223333:user/ada";
    assert_eq!(
        call(&mut world, "GetUser", json!({"UserName": "ada"})).unwrap()["User"]["Arn"],
        arn
    );
    assert!(super::principal_exists(&world, arn));
    assert!(super::unique_id(&world, arn).unwrap().starts_with("AIDA"));
    call(&mut world, "DeleteUser", json!({"UserName": "ada"})).unwrap();
    assert!(!super::principal_exists(&world, arn));
    let provider = json!({"Url": "https://login.example.org/", "ClientIDList": ["a"]});
    let made = call(&mut world, "CreateOpenIDConnectProvider", provider.clone()).unwrap();
    assert_eq!(
        made["OpenIDConnectProviderArn"],
        "arn:aws:iam::111122223333:oidc-provider/login.example.org"
    );
    assert_eq!(
        refusal(call(&mut world, "CreateOpenIDConnectProvider", provider)).0,
        "EntityAlreadyExists"
    );
}
