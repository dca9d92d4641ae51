//! One test per condition of the contract that AWS itself decides: that one thing is broken, and the call in its way
//! says so in AWS's words.

use serde_json::json;

use super::{ACCOUNT, BUCKET, Backend, Keys, ROLE, Refused, list};

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

/// A role for guests that no policy is attached to is harmless, and any role that trusts the pool is everybody's.
#[test]
fn whoever_has_a_token_may_assume_every_role_that_trusts_the_pool() {
    let backend = Backend::new();
    let add = |name: &str, amr: &str| {
        let mut trust = backend.trust();
        trust["Statement"][0]["Condition"]["ForAnyValue:StringLike"]["cognito-identity.amazonaws.com:amr"] = json!(amr);
        let input = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()});
        backend.ask("iam", "CreateRole", input)["Role"]["Arn"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let guests = add("guests", "unauthenticated");
    let others = add("others", "authenticated");
    let token = backend.open_id_token(&backend.logins()).unwrap();
    denied(&backend, &token, &[("RoleArn", &guests)]);
    let keys = Keys::of(&backend.assume(&token, &[("RoleArn", &others)]));
    assert_eq!(list(&backend, &keys).0, 403);
    backend.change_pool(&json!({"AllowUnauthenticatedIdentities": true}));
    let made = backend
        .identity("GetId", &json!({"IdentityPoolId": backend.pool}))
        .unwrap();
    let token = backend.identity("GetOpenIdToken", &made).unwrap()["Token"].clone();
    let token = token.as_str().unwrap();
    denied(&backend, token, &[("RoleArn", &others)]);
    let keys = Keys::of(&backend.assume(token, &[("RoleArn", &guests)]));
    assert_eq!(list(&backend, &keys).0, 403);
}
