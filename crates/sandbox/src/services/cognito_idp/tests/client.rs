//! App clients: what is validated, what resets, what is shown of the secret.

use serde_json::{Value, json};

use super::{no, ok, pool, refused, world};
use crate::services::cognito_idp::client_settings::MEMBERS;
use crate::world::World;

fn create(world: &mut World, pool: &str, mut input: Value) -> Value {
    input["UserPoolId"] = json!(pool);
    input["ClientName"] = json!("igv @igv-demo.igv");
    ok(world, "CreateUserPoolClient", input)["UserPoolClient"].take()
}

#[track_caller]
fn refuse(world: &mut World, pool: &str, code: &str, mut input: Value) {
    input["UserPoolId"] = json!(pool);
    input["ClientName"] = json!("igv");
    refused(world, code, "CreateUserPoolClient", input);
}

fn describe(world: &mut World, pool: &str, client: &Value) -> Value {
    let input = json!({"UserPoolId": pool, "ClientId": client});
    ok(world, "DescribeUserPoolClient", input)["UserPoolClient"].take()
}

/// What igvctl asks of a client.
fn igv() -> Value {
    json!({
        "GenerateSecret": true,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email"],
        "CallbackURLs": ["http://localhost:60153/oauthCallback", "http://localhost:60151/oauthCallback"],
        "SupportedIdentityProviders": ["COGNITO"],
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
        "AccessTokenValidity": 60, "IdTokenValidity": 60, "RefreshTokenValidity": 30,
        "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
        "ReadAttributes": ["email", "email_verified"], "WriteAttributes": ["email"],
        "PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": true,
    })
}

#[test]
fn a_bare_client_shows_aws_defaults() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let client = create(&mut world, &id, json!({"CallbackURLs": []}));
    let live = describe(&mut world, &id, &client["ClientId"]);
    assert_eq!(live, client);
    let name = client["ClientId"].as_str().unwrap();
    assert!(name.len() == 26 && name.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit()));
    assert_eq!(
        live,
        json!({"UserPoolId": id, "ClientId": name, "ClientName": "igv @igv-demo.igv",
               "CreationDate": 1_800_000_000.0, "LastModifiedDate": 1_800_000_000.0,
               "RefreshTokenValidity": 30, "AuthSessionValidity": 3, "EnableTokenRevocation": true,
               "EnablePropagateAdditionalUserContextData": false, "AllowedOAuthFlowsUserPoolClient": false})
    );
}

/// L19: lists are sets.
#[test]
fn l19_lists_come_back_sorted() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let mut input = igv();
    input["AllowedOAuthFlows"] = json!(["implicit", "code", "code"]);
    let live = create(&mut world, &id, input);
    assert_eq!(live["AllowedOAuthFlows"], json!(["code", "implicit"]));
    assert_eq!(live["AllowedOAuthScopes"], json!(["email", "openid"]));
    assert_eq!(
        live["CallbackURLs"],
        json!([
            "http://localhost:60151/oauthCallback",
            "http://localhost:60153/oauthCallback"
        ])
    );
    let secret = live["ClientSecret"].as_str().unwrap();
    assert!(secret.len() == 51 && secret.chars().all(|it| it.is_ascii_alphanumeric()));
}

/// L17: an update resets every member that it omits, and keeps name, id and secret.
#[test]
fn l17_update_is_a_full_replace() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let before = create(&mut world, &id, igv());
    let input = json!({"UserPoolId": id, "ClientId": before["ClientId"], "RefreshTokenValidity": 7});
    ok(&mut world, "UpdateUserPoolClient", input);
    let after = describe(&mut world, &id, &before["ClientId"]);
    for member in ["ClientId", "ClientName", "ClientSecret"] {
        assert_eq!(after[member], before[member], "{member}");
    }
    for member in MEMBERS {
        let want = match member {
            "RefreshTokenValidity" => json!(7),
            "AuthSessionValidity" => json!(3),
            "EnableTokenRevocation" => json!(true),
            "EnablePropagateAdditionalUserContextData" | "AllowedOAuthFlowsUserPoolClient" => json!(false),
            _ => Value::Null,
        };
        assert_eq!(after[member], want, "{member}");
    }
    // The 24 members of UpdateUserPoolClient's model without both ids, the name and the Secrets Manager switch.
    assert_eq!(MEMBERS.len(), 24 - 4);
}

/// L18: a validity is a number with its unit.
#[test]
fn l18_validity_ranges() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    for input in [
        json!({"AccessTokenValidity": 60}),
        json!({"IdTokenValidity": 4, "TokenValidityUnits": {"IdToken": "minutes"}}),
        json!({"AccessTokenValidity": 2, "TokenValidityUnits": {"AccessToken": "days"}}),
        json!({"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}}),
        json!({"RefreshTokenValidity": 3651}),
        json!({"AccessTokenValidity": 2, "RefreshTokenValidity": 1, "TokenValidityUnits": {"RefreshToken": "hours"}}),
    ] {
        refuse(&mut world, &id, "InvalidParameterException", input);
    }
    for (input, days) in [
        (json!({"RefreshTokenValidity": 0}), 30),
        (
            json!({"AccessTokenValidity": 24, "IdTokenValidity": 5, "TokenValidityUnits": {"IdToken": "minutes"}}),
            30,
        ),
        (json!({"RefreshTokenValidity": 3650}), 3650),
    ] {
        assert_eq!(create(&mut world, &id, input)["RefreshTokenValidity"], days);
    }
}

#[test]
fn urls_and_redirect() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    for input in [
        json!({"CallbackURLs": ["http://igv.example.org/cb"]}),
        json!({"LogoutURLs": ["http://igv.example.org/"]}),
        json!({"CallbackURLs": ["https://igv.example.org/cb"], "DefaultRedirectURI": "https://igv.example.org/"}),
        json!({"DefaultRedirectURI": "https://igv.example.org/"}),
    ] {
        refuse(&mut world, &id, "InvalidParameterException", input);
    }
    create(
        &mut world,
        &id,
        json!({"CallbackURLs": ["igv://cb", "http://localhost:1/"], "DefaultRedirectURI": "igv://cb"}),
    );
}

#[test]
fn flows_scopes_and_providers() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let oauth = |flows: Value, scopes: Value| json!({"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": flows, "AllowedOAuthScopes": scopes});
    for (code, input) in [
        (
            "InvalidOAuthFlowException",
            json!({"AllowedOAuthFlowsUserPoolClient": true}),
        ),
        ("InvalidOAuthFlowException", oauth(json!(["code"]), json!([]))),
        (
            "InvalidOAuthFlowException",
            oauth(json!(["client_credentials", "code"]), json!(["openid"])),
        ),
        (
            "InvalidOAuthFlowException",
            oauth(json!(["client_credentials"]), json!(["api/read"])),
        ),
        (
            "ScopeDoesNotExistException",
            oauth(json!(["code"]), json!(["api/read"])),
        ),
        (
            "InvalidParameterException",
            json!({"SupportedIdentityProviders": ["Google"]}),
        ),
        (
            "InvalidParameterException",
            json!({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"]}),
        ),
        (
            "InvalidParameterException",
            json!({"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"], "RefreshTokenRotation": {"Feature": "ENABLED"}}),
        ),
        (
            "InvalidParameterException",
            json!({"ReadAttributes": ["custom:nosuch"]}),
        ),
        (
            "InvalidParameterException",
            json!({"WriteAttributes": ["email_verified"]}),
        ),
        (
            "InvalidParameterException",
            json!({"EnablePropagateAdditionalUserContextData": true}),
        ),
        (
            "InvalidParameterException",
            json!({"GenerateSecret": true, "ClientSecret": "abcdefghijklmnopqrstuvwxyz"}),
        ),
        (
            "InvalidParameterException",
            json!({"PublishSecretsInAWSSecretsManager": true}),
        ),
    ] {
        refuse(&mut world, &id, code, input);
    }
    ok(
        &mut world,
        "CreateResourceServer",
        json!({"UserPoolId": id, "Identifier": "api", "Name": "api", "Scopes": [{"ScopeName": "read", "ScopeDescription": "r"}]}),
    );
    let mut machine = oauth(json!(["client_credentials"]), json!(["api/read"]));
    machine["GenerateSecret"] = json!(true);
    create(&mut world, &id, machine);
    let rotation = json!({"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}});
    let live = create(&mut world, &id, rotation.clone());
    assert_eq!(live["RefreshTokenRotation"], rotation["RefreshTokenRotation"]);
}

/// L21, L22: two secrets at most; describe shows none any more; the last one cannot go.
#[test]
fn l22_a_second_secret_hides_the_first() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let client = create(&mut world, &id, json!({"GenerateSecret": true}));
    let key = json!({"UserPoolId": id, "ClientId": client["ClientId"]});
    let added = ok(&mut world, "AddUserPoolClientSecret", key.clone())["ClientSecretDescriptor"].take();
    assert_eq!(added["ClientSecretValue"].as_str().unwrap().len(), 51);
    assert_eq!(describe(&mut world, &id, &client["ClientId"]).get("ClientSecret"), None);
    refused(
        &mut world,
        "LimitExceededException",
        "AddUserPoolClientSecret",
        key.clone(),
    );
    let listed = ok(&mut world, "ListUserPoolClientSecrets", key.clone())["ClientSecrets"].take();
    let listed = listed.as_array().unwrap().clone();
    assert_eq!(listed.len(), 2);
    assert_ne!(listed[0]["ClientSecretId"], listed[1]["ClientSecretId"]);
    assert!(listed.iter().all(|it| it.get("ClientSecretValue").is_none()));
    let mut delete = key.clone();
    delete["ClientSecretId"] = listed[0]["ClientSecretId"].clone();
    ok(&mut world, "DeleteUserPoolClientSecret", delete.clone());
    refused(
        &mut world,
        "ResourceNotFoundException",
        "DeleteUserPoolClientSecret",
        delete.clone(),
    );
    delete["ClientSecretId"] = listed[1]["ClientSecretId"].clone();
    refused(
        &mut world,
        "InvalidParameterException",
        "DeleteUserPoolClientSecret",
        delete,
    );
    assert_eq!(describe(&mut world, &id, &client["ClientId"]).get("ClientSecret"), None);
    let mut own = key.clone();
    own["ClientSecret"] = json!("abcdefghijklmnopqrstuvwxyz");
    let added = ok(&mut world, "AddUserPoolClientSecret", own);
    assert_eq!(added["ClientSecretDescriptor"].get("ClientSecretValue"), None);
    let public = create(&mut world, &id, json!({}));
    refused(
        &mut world,
        "InvalidParameterException",
        "AddUserPoolClientSecret",
        json!({"UserPoolId": id, "ClientId": public["ClientId"]}),
    );
}

#[test]
fn lists_show_names_alone_in_pages() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    for _ in 0..3 {
        create(&mut world, &id, json!({"GenerateSecret": true}));
    }
    let first = ok(
        &mut world,
        "ListUserPoolClients",
        json!({"UserPoolId": id, "MaxResults": 2}),
    );
    let members: Vec<&String> = first["UserPoolClients"][0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["ClientId", "ClientName", "UserPoolId"]);
    let input = json!({"UserPoolId": id, "NextToken": first["NextToken"]});
    let rest = ok(&mut world, "ListUserPoolClients", input);
    assert_eq!(rest["UserPoolClients"].as_array().unwrap().len(), 1);
}

#[test]
fn unknown_clients() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    for name in [
        "DescribeUserPoolClient",
        "UpdateUserPoolClient",
        "DeleteUserPoolClient",
        "AddUserPoolClientSecret",
    ] {
        let (code, _) = no(&mut world, name, json!({"UserPoolId": id, "ClientId": "a".repeat(26)}));
        assert_eq!(code, "ResourceNotFoundException", "{name}");
    }
}
