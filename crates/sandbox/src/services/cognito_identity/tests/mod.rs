//! The service as a caller sees it: calls in, answers out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod login;

use serde_json::{Value, json};

use super::{operation, tagged};
use crate::call::{Call, Fault};
use crate::world::World;

const ACCOUNT: &str = "111122223333";
const PROVIDER: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC123xyz";

fn ask_as(world: &mut World, account: &str, name: &str, input: Value) -> Result<Value, Fault> {
    let call = Call {
        operation: name.to_owned(),
        account: account.to_owned(),
        region: "us-east-1".to_owned(),
        caller: format!("arn:aws:iam::{account}:root"),
        input: input.as_object().unwrap().clone(),
        body: crate::body::Body::default(),
        key: String::new(),
        headers: Vec::new(),
    };
    operation(name).unwrap()(world, &call).map(|answer| Value::Object(answer.output))
}

#[track_caller]
fn ok(world: &mut World, name: &str, input: Value) -> Value {
    match ask_as(world, ACCOUNT, name, input) {
        Ok(answer) => answer,
        Err(fault) => panic!("{name}: {fault:?}"),
    }
}

#[track_caller]
fn refused(world: &mut World, code: &str, name: &str, input: Value) -> String {
    let before = serde_json::to_value(&world.cognito_identity).unwrap();
    let fault = match ask_as(world, ACCOUNT, name, input.clone()) {
        Ok(answer) => panic!("{name} {input} succeeded: {answer}"),
        Err(fault) => fault,
    };
    assert_eq!(fault.code, code, "{}", fault.message);
    assert_eq!(
        serde_json::to_value(&world.cognito_identity).unwrap(),
        before,
        "a refusal lands nothing"
    );
    fault.message
}

fn igv() -> Value {
    json!({"IdentityPoolName": "igv demo", "AllowUnauthenticatedIdentities": false, "AllowClassicFlow": true,
           "CognitoIdentityProviders": [{"ProviderName": PROVIDER, "ClientId": "abc123", "ServerSideTokenCheck": true}],
           "IdentityPoolTags": {"app": "igv"}})
}

fn create(world: &mut World, input: Value) -> String {
    ok(world, "CreateIdentityPool", input)["IdentityPoolId"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn describe(world: &mut World, id: &str) -> Value {
    ok(world, "DescribeIdentityPool", json!({"IdentityPoolId": id}))
}

#[test]
fn a_pool_reads_back_as_it_was_made() {
    let mut world = World::default();
    let id = create(&mut world, igv());
    let (region, uuid) = id.split_once(':').unwrap();
    assert_eq!((region, uuid.len()), ("us-east-1", 36));
    let mut want = igv();
    want["IdentityPoolId"] = json!(id);
    assert_eq!(describe(&mut world, &id), want);
    let found = tagged(&world, ACCOUNT, "us-east-1");
    assert_eq!(
        found[0].0,
        format!("arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{id}")
    );
}

/// L31: absent stays absent, for it is not the same as false.
#[test]
fn l31_an_absent_classic_flow_stays_absent() {
    let mut world = World::default();
    let id = create(
        &mut world,
        json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true,
               "CognitoIdentityProviders": [{"ProviderName": PROVIDER, "ClientId": "abc123"}]}),
    );
    let live = describe(&mut world, &id);
    assert_eq!(live.get("AllowClassicFlow"), None);
    assert_eq!(live["CognitoIdentityProviders"][0]["ServerSideTokenCheck"], false);
}

/// L30, L32: an update replaces the whole pool; only tags and the developer provider outlive their omission.
#[test]
fn l30_update_is_a_full_replace() {
    let mut world = World::default();
    let mut input = igv();
    input["DeveloperProviderName"] = json!("login.example");
    let id = create(&mut world, input);
    let bare = json!({"IdentityPoolId": id, "IdentityPoolName": "igv demo", "AllowUnauthenticatedIdentities": false});
    let after = ok(&mut world, "UpdateIdentityPool", bare.clone());
    let mut want = bare.clone();
    want["DeveloperProviderName"] = json!("login.example");
    want["IdentityPoolTags"] = json!({"app": "igv"});
    assert_eq!(after, want);
    let mut other = bare;
    other["DeveloperProviderName"] = json!("other.example");
    refused(&mut world, "InvalidParameterException", "UpdateIdentityPool", other);
}

#[test]
fn refusals_of_providers() {
    let mut world = World::default();
    let client = json!({"ProviderName": PROVIDER, "ClientId": "abc123"});
    for more in [
        json!({"CognitoIdentityProviders": [client, client]}),
        json!({"CognitoIdentityProviders": [{"ProviderName": "us-east-1_AbC123xyz", "ClientId": "abc123"}]}),
        json!({"CognitoIdentityProviders": [{"ProviderName": PROVIDER}]}),
        json!({"SupportedLoginProviders": {"login.example.org": "x"}}),
        json!({"OpenIdConnectProviderARNs": ["arn:aws:iam::111122223333:role/not-a-provider"]}),
        json!({"SamlProviderARNs": ["not-an-arn-but-long-enough"]}),
        json!({"IdentityPoolTags": {"aws:x": "y"}}),
    ] {
        let mut input = json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": false});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        refused(&mut world, "InvalidParameterException", "CreateIdentityPool", input);
    }
    // Two clients of one pool are two entries in the order given.
    let mut input = igv();
    input["CognitoIdentityProviders"] = json!([
        {"ProviderName": PROVIDER, "ClientId": "zzz", "ServerSideTokenCheck": true},
        {"ProviderName": PROVIDER, "ClientId": "aaa", "ServerSideTokenCheck": false},
    ]);
    let id = create(&mut world, input.clone());
    assert_eq!(
        describe(&mut world, &id)["CognitoIdentityProviders"],
        input["CognitoIdentityProviders"]
    );
}

/// L33, L34: roles and mappings are one map, replaced whole.
#[test]
fn l34_roles_are_replaced_whole() {
    let mut world = World::default();
    let id = create(&mut world, igv());
    let role = "arn:aws:iam::111122223333:role/igvctl/us-east-1/igv-demo/signed-in";
    let set = |more: Value| {
        let mut input = json!({"IdentityPoolId": id, "Roles": {"authenticated": role}});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let get = json!({"IdentityPoolId": id});
    assert_eq!(ok(&mut world, "GetIdentityPoolRoles", get.clone()), get);
    let mapping = json!({"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [
        {"Claim": "cognito:groups", "MatchType": "Contains", "Value": "x", "RoleARN": role}]}});
    let ours = format!("{PROVIDER}:abc123");
    let both = set(
        json!({"Roles": {"authenticated": role, "unauthenticated": role}, "RoleMappings": {ours.clone(): mapping}}),
    );
    ok(&mut world, "SetIdentityPoolRoles", both.clone());
    let live = ok(&mut world, "GetIdentityPoolRoles", get.clone());
    assert_eq!(
        (&live["Roles"], &live["RoleMappings"]),
        (&both["Roles"], &both["RoleMappings"])
    );
    let unresolved = json!({"Type": "Token"});
    let ruleless = json!({"Type": "Rules", "AmbiguousRoleResolution": "Deny"});
    for more in [
        json!({"Roles": {"authenticated": "arn:aws:iam::111122223333:user/x-y-z"}}),
        json!({"RoleMappings": {format!("{PROVIDER}:other"): mapping}}),
        json!({"RoleMappings": {ours.clone(): unresolved}}),
        json!({"RoleMappings": {ours: ruleless}}),
    ] {
        refused(
            &mut world,
            "InvalidParameterException",
            "SetIdentityPoolRoles",
            set(more),
        );
    }
    let theirs = set(json!({"Roles": {"authenticated": "arn:aws:iam::444455556666:role/x"}}));
    refused(&mut world, "AccessDeniedException", "SetIdentityPoolRoles", theirs);
    ok(&mut world, "SetIdentityPoolRoles", set(json!({})));
    assert_eq!(
        ok(&mut world, "GetIdentityPoolRoles", get),
        json!({"IdentityPoolId": id, "Roles": {"authenticated": role}})
    );
}

#[test]
fn pools_are_listed_in_pages_and_belong_to_their_account() {
    let mut world = World::default();
    for _ in 0..3 {
        create(&mut world, igv());
    }
    let first = ok(&mut world, "ListIdentityPools", json!({"MaxResults": 2}));
    let rest = ok(
        &mut world,
        "ListIdentityPools",
        json!({"MaxResults": 2, "NextToken": first["NextToken"]}),
    );
    assert_eq!(rest["IdentityPools"].as_array().unwrap().len(), 1);
    assert_eq!(rest.get("NextToken"), None);
    let id = first["IdentityPools"][0]["IdentityPoolId"].clone();
    let key = json!({"IdentityPoolId": id});
    let fault = ask_as(&mut world, "444455556666", "DescribeIdentityPool", key.clone()).unwrap_err();
    assert_eq!(fault.code, "ResourceNotFoundException");
    ok(&mut world, "DeleteIdentityPool", key.clone());
    for name in [
        "DescribeIdentityPool",
        "DeleteIdentityPool",
        "GetIdentityPoolRoles",
        "ListIdentities",
    ] {
        refused(&mut world, "ResourceNotFoundException", name, key.clone());
    }
}

#[test]
fn tags_and_principal_tags() {
    let mut world = World::default();
    let id = create(&mut world, igv());
    let arn = format!("arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{id}");
    ok(
        &mut world,
        "TagResource",
        json!({"ResourceArn": arn, "Tags": {"env": "t"}}),
    );
    ok(
        &mut world,
        "UntagResource",
        json!({"ResourceArn": arn, "TagKeys": ["app"]}),
    );
    assert_eq!(
        ok(&mut world, "ListTagsForResource", json!({"ResourceArn": arn})),
        json!({"Tags": {"env": "t"}})
    );
    for (name, input) in [
        ("TagResource", json!({"ResourceArn": arn, "Tags": {"aws:x": "y"}})),
        ("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["aws:x"]})),
    ] {
        refused(&mut world, "InvalidParameterException", name, input);
    }
    // Tags change without the pool (L76).
    assert_eq!(
        describe(&mut world, &id)["CognitoIdentityProviders"],
        igv()["CognitoIdentityProviders"]
    );
    let key = json!({"IdentityPoolId": id, "IdentityProviderName": PROVIDER});
    let mut set = key.clone();
    set["PrincipalTags"] = json!({"tier": "custom:tier"});
    ok(&mut world, "SetPrincipalTagAttributeMap", set.clone());
    let live = ok(&mut world, "GetPrincipalTagAttributeMap", key);
    assert_eq!(live["PrincipalTags"], set["PrincipalTags"]);
    let strange = json!({"IdentityPoolId": id, "IdentityProviderName": "login.example.org"});
    refused(
        &mut world,
        "ResourceNotFoundException",
        "GetPrincipalTagAttributeMap",
        strange,
    );
}

#[test]
fn guests_and_flows() {
    let mut world = World::default();
    let closed = create(&mut world, igv());
    let message = refused(
        &mut world,
        "NotAuthorizedException",
        "GetId",
        json!({"IdentityPoolId": closed}),
    );
    assert!(message.contains("Unauthenticated access is not supported"), "{message}");
    let login = |name: &str| json!({"IdentityPoolId": closed, "Logins": {name: "a.b.c"}});
    let message = refused(&mut world, "NotAuthorizedException", "GetId", login(PROVIDER));
    assert!(message.contains("Invalid login token"), "{message}");
    let message = refused(
        &mut world,
        "NotAuthorizedException",
        "GetId",
        login("login.example.org"),
    );
    assert!(message.contains("supported provider"), "{message}");

    let guests = |flow: Value| {
        let mut input = json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true});
        if !flow.is_null() {
            input["AllowClassicFlow"] = flow;
        }
        input
    };
    for (flow, blocked) in [(json!(false), true), (Value::Null, false), (json!(true), false)] {
        let pool = create(&mut world, guests(flow));
        // Whoever asks: the call is not signed.
        let made = ask_as(&mut world, "", "GetId", json!({"IdentityPoolId": pool})).unwrap();
        match ask_as(&mut world, "", "GetOpenIdToken", made.clone()) {
            Err(fault) => assert!(blocked && fault.code == "InvalidParameterException", "{fault:?}"),
            Ok(answer) => assert!(!blocked && answer["IdentityId"] == made["IdentityId"]),
        }
        refused(
            &mut world,
            "InvalidIdentityPoolConfigurationException",
            "GetCredentialsForIdentity",
            made.clone(),
        );
        assert_eq!(
            ok(&mut world, "DescribeIdentity", made.clone())["IdentityId"],
            made["IdentityId"]
        );
        let listed = ok(
            &mut world,
            "ListIdentities",
            json!({"IdentityPoolId": pool, "MaxResults": 60}),
        );
        assert_eq!(listed["Identities"].as_array().unwrap().len(), 1);
        ok(
            &mut world,
            "DeleteIdentities",
            json!({"IdentityIdsToDelete": [made["IdentityId"]]}),
        );
        refused(&mut world, "ResourceNotFoundException", "DescribeIdentity", made);
    }
}
