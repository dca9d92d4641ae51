//! Tokens: what they say, how long they count, and what ends them.

use serde_json::{Map, Value, json};

use super::sign_in::{PASSWORD, client, open_client, settle, sign_in, try_password, why};
use super::{ask, ok, pool, world};
use crate::tokens;
use crate::world::World;

fn claims(world: &World, token: &Value) -> Map<String, Value> {
    let token = token.as_str().unwrap();
    tokens::read(world, token, world.now()).unwrap().claims
}

const FLOWS: [&str; 2] = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];

#[test]
fn an_id_token_says_who_it_is_of() {
    let mut world = world();
    let id = pool(
        &mut world,
        json!({"Schema": [{"Name": "tier", "AttributeDataType": "String", "Mutable": true}]}),
    );
    settle(&mut world, &id, "ann");
    let named = |more: Value| {
        let mut input = json!({"UserPoolId": id, "Username": "ann"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let tier = json!({"UserAttributes": [{"Name": "custom:tier", "Value": "silver"}]});
    ok(&mut world, "AdminUpdateUserAttributes", named(tier));
    for (group, precedence) in [("b", 2), ("a", 1)] {
        let role = format!("arn:aws:iam::111122223333:role/{group}");
        let input = json!({"UserPoolId": id, "GroupName": group, "Precedence": precedence, "RoleArn": role});
        ok(&mut world, "CreateGroup", input);
        ok(&mut world, "AdminAddUserToGroup", named(json!({"GroupName": group})));
    }
    let client_id = client(
        &mut world,
        &id,
        json!({"ExplicitAuthFlows": FLOWS, "ReadAttributes": ["email", "custom:tier"], "AccessTokenValidity": 15,
               "IdTokenValidity": 20, "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes"}}),
    )
    .id;
    let signed_in = sign_in(&mut world, &client_id, "ann");
    assert_eq!(signed_in["ExpiresIn"], 900);
    let now = world.now() as i64;
    let said = claims(&world, &signed_in["IdToken"]);
    for (claim, wanted) in [
        (
            "iss",
            json!(format!("https://cognito-idp.us-east-1.amazonaws.com/{id}")),
        ),
        ("aud", json!(client_id)),
        ("token_use", json!("id")),
        ("cognito:username", json!("ann")),
        ("cognito:groups", json!(["a", "b"])),
        (
            "cognito:roles",
            json!(["arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b"]),
        ),
        ("cognito:preferred_role", json!("arn:aws:iam::111122223333:role/a")),
        ("email", json!("ann@example.org")),
        ("custom:tier", json!("silver")),
        ("auth_time", json!(now)),
        ("iat", json!(now)),
        ("exp", json!(now + 1200)),
    ] {
        assert_eq!(said.get(claim), Some(&wanted), "{claim}");
    }
    // The client does not read it.
    assert_eq!(said.get("email_verified"), None);
    let access = claims(&world, &signed_in["AccessToken"]);
    assert_eq!(access["scope"], "aws.cognito.signin.user.admin");
    assert_eq!(access["client_id"], json!(client_id));
    assert_eq!(
        (&access["username"], &access["token_use"]),
        (&json!("ann"), &json!("access"))
    );
    assert_eq!((access.get("aud"), access.get("email")), (None, None));
    assert_eq!(access["origin_jti"], said["origin_jti"]);
    assert_ne!(access["jti"], said["jti"]);
    assert_eq!(access["sub"], said["sub"]);

    // One that names no attributes reads the standard ones, and flags are flags.
    let plain = client(
        &mut world,
        &id,
        json!({"ExplicitAuthFlows": FLOWS, "EnableTokenRevocation": false}),
    );
    let said = sign_in(&mut world, &plain.id, "ann");
    let said = claims(&world, &said["IdToken"]);
    assert_eq!((said.get("custom:tier"), said.get("origin_jti")), (None, None));
    assert_eq!(said["email_verified"], json!(true));
}

fn refresh(world: &mut World, client: &str, token: &Value) -> Result<Value, crate::call::Fault> {
    let input =
        json!({"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": token}});
    ask(world, "InitiateAuth", input)
}

#[test]
fn a_refresh_token_is_its_clients_and_ends() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    settle(&mut world, &id, "ann");
    let client = client(
        &mut world,
        &id,
        json!({"ExplicitAuthFlows": FLOWS, "RefreshTokenValidity": 5}),
    );
    let other = open_client(&mut world, &id);
    let first = sign_in(&mut world, &client.id, "ann");
    let began = world.now();
    world.clock = Some(began + 1000.0);
    let again = refresh(&mut world, &client.id, &first["RefreshToken"]).unwrap();
    let again = &again["AuthenticationResult"];
    assert!(again["RefreshToken"].is_null());
    let (old, new) = (claims(&world, &first["IdToken"]), claims(&world, &again["IdToken"]));
    assert_eq!(
        (&old["auth_time"], &old["origin_jti"]),
        (&new["auth_time"], &new["origin_jti"])
    );
    assert_eq!(new["iat"], json!((began + 1000.0) as i64));
    assert_eq!(
        why(refresh(&mut world, &other.id, &first["RefreshToken"])).1,
        "Invalid Refresh Token"
    );
    assert_eq!(
        why(refresh(&mut world, &client.id, &json!("x"))).1,
        "Invalid Refresh Token"
    );
    ok(
        &mut world,
        "AdminDisableUser",
        json!({"UserPoolId": id, "Username": "ann"}),
    );
    assert_eq!(
        why(refresh(&mut world, &client.id, &first["RefreshToken"])).1,
        "User is disabled."
    );
    ok(
        &mut world,
        "AdminEnableUser",
        json!({"UserPoolId": id, "Username": "ann"}),
    );
    refresh(&mut world, &client.id, &first["RefreshToken"]).unwrap();
    world.clock = Some(began + 5.0 * 86_400.0);
    assert_eq!(
        why(refresh(&mut world, &client.id, &first["RefreshToken"])).1,
        "Refresh Token has expired"
    );
}

#[test]
fn with_rotation_each_refresh_token_is_used_once() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    settle(&mut world, &id, "ann");
    let rotation = json!({"Feature": "ENABLED", "RetryGracePeriodSeconds": 10});
    let client = client(
        &mut world,
        &id,
        json!({"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"], "RefreshTokenRotation": rotation}),
    );
    let first = sign_in(&mut world, &client.id, "ann");
    let exchange = |token: &Value| json!({"ClientId": client.id, "RefreshToken": token});
    let second = ok(
        &mut world,
        "GetTokensFromRefreshToken",
        exchange(&first["RefreshToken"]),
    );
    let second = &second["AuthenticationResult"];
    assert_ne!(second["RefreshToken"], first["RefreshToken"]);
    let mut wrong = exchange(&first["RefreshToken"]);
    wrong["ClientSecret"] = json!("a".repeat(30));
    assert_eq!(
        why(ask(&mut world, "GetTokensFromRefreshToken", wrong)).0,
        "NotAuthorizedException"
    );
    world.clock = Some(world.now() + 9.0);
    ok(
        &mut world,
        "GetTokensFromRefreshToken",
        exchange(&first["RefreshToken"]),
    );
    world.clock = Some(world.now() + 1.0);
    let (code, _) = why(ask(
        &mut world,
        "GetTokensFromRefreshToken",
        exchange(&first["RefreshToken"]),
    ));
    assert_eq!(code, "RefreshTokenReuseException");
    ok(
        &mut world,
        "GetTokensFromRefreshToken",
        exchange(&second["RefreshToken"]),
    );
}

#[test]
fn tokens_end_with_their_sign_in() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    settle(&mut world, &id, "ann");
    let client = open_client(&mut world, &id);
    let get = |tokens: &Value| json!({"AccessToken": tokens["AccessToken"]});
    let first = sign_in(&mut world, &client.id, "ann");
    let second = sign_in(&mut world, &client.id, "ann");
    assert_eq!(ok(&mut world, "GetUser", get(&first))["Username"], "ann");

    let revoke = |token: &Value| json!({"ClientId": client.id, "Token": token});
    let (code, _) = why(ask(&mut world, "RevokeToken", revoke(&first["AccessToken"])));
    assert_eq!(code, "UnsupportedTokenTypeException");
    let other = open_client(&mut world, &id);
    let foreign = json!({"ClientId": other.id, "Token": first["RefreshToken"]});
    assert_eq!(why(ask(&mut world, "RevokeToken", foreign)).0, "UnauthorizedException");
    ok(&mut world, "RevokeToken", revoke(&first["RefreshToken"]));
    ok(&mut world, "RevokeToken", revoke(&first["RefreshToken"]));
    assert_eq!(
        why(ask(&mut world, "GetUser", get(&first))).1,
        "Access Token has been revoked"
    );
    assert_eq!(
        why(refresh(&mut world, &client.id, &first["RefreshToken"])).1,
        "Invalid Refresh Token"
    );
    ok(&mut world, "GetUser", get(&second));

    ok(&mut world, "GlobalSignOut", get(&second));
    assert_eq!(
        why(ask(&mut world, "GetUser", get(&second))).1,
        "Access Token has been revoked"
    );
    assert_eq!(
        why(refresh(&mut world, &client.id, &second["RefreshToken"])).1,
        "Invalid Refresh Token"
    );

    // In the same second somebody signs in again.
    let third = sign_in(&mut world, &client.id, "ann");
    ok(&mut world, "GetUser", get(&third));
    ok(
        &mut world,
        "AdminUserGlobalSignOut",
        json!({"UserPoolId": id, "Username": "ann"}),
    );
    assert_eq!(
        why(ask(&mut world, "GetUser", get(&third))).1,
        "Access Token has been revoked"
    );

    let fourth = sign_in(&mut world, &client.id, "ann");
    assert_eq!(
        why(ask(&mut world, "GetUser", json!({"AccessToken": fourth["IdToken"]}))).1,
        "Invalid Access Token"
    );
    let now = world.now();
    world.clock = Some(now + 3600.0);
    assert_eq!(
        why(ask(&mut world, "GetUser", get(&fourth))).1,
        "Access Token has expired"
    );
    world.clock = Some(now);
    ok(
        &mut world,
        "AdminDeleteUser",
        json!({"UserPoolId": id, "Username": "ann"}),
    );
    assert_eq!(why(ask(&mut world, "GetUser", get(&fourth))).0, "UserNotFoundException");
    // Another of that name is another.
    settle(&mut world, &id, "ann");
    assert_eq!(why(ask(&mut world, "GetUser", get(&fourth))).0, "UserNotFoundException");
}

#[test]
fn tokens_that_cannot_be_revoked_end_with_the_sign_out() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    settle(&mut world, &id, "ann");
    let client = client(
        &mut world,
        &id,
        json!({"ExplicitAuthFlows": FLOWS, "EnableTokenRevocation": false}),
    );
    let tokens = sign_in(&mut world, &client.id, "ann");
    let revoke = json!({"ClientId": client.id, "Token": tokens["RefreshToken"]});
    assert_eq!(
        why(ask(&mut world, "RevokeToken", revoke)).0,
        "UnsupportedOperationException"
    );
    world.clock = Some(world.now() + 2.0);
    ok(
        &mut world,
        "AdminUserGlobalSignOut",
        json!({"UserPoolId": id, "Username": "ann"}),
    );
    let get = json!({"AccessToken": tokens["AccessToken"]});
    assert_eq!(why(ask(&mut world, "GetUser", get)).1, "Access Token has been revoked");
}

#[test]
fn people_change_what_is_their_own() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    settle(&mut world, &id, "ann");
    let client = client(
        &mut world,
        &id,
        json!({"ExplicitAuthFlows": FLOWS, "WriteAttributes": ["given_name"], "ReadAttributes": ["given_name"]}),
    );
    let token = sign_in(&mut world, &client.id, "ann")["AccessToken"].take();
    let write = |name: &str| json!({"AccessToken": token, "UserAttributes": [{"Name": name, "Value": "Ann"}]});
    ok(&mut world, "UpdateUserAttributes", write("given_name"));
    assert_eq!(
        why(ask(&mut world, "UpdateUserAttributes", write("family_name"))).0,
        "NotAuthorizedException"
    );
    let shown = ok(&mut world, "GetUser", json!({"AccessToken": token}));
    let names: Vec<&Value> = shown["UserAttributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["Name"])
        .collect();
    assert_eq!(names, ["given_name", "sub"]);

    let change = |old: &str, new: &str| json!({"AccessToken": token, "PreviousPassword": old, "ProposedPassword": new});
    let wrong = ask(
        &mut world,
        "ChangePassword",
        change("Wrong-Horse-42", "Better-Horse-42"),
    );
    assert_eq!(why(wrong).0, "NotAuthorizedException");
    let weak = ask(&mut world, "ChangePassword", change(PASSWORD, "weak"));
    assert_eq!(why(weak).0, "InvalidPasswordException");
    ok(&mut world, "ChangePassword", change(PASSWORD, "Better-Horse-42"));
    assert!(try_password(&mut world, &client.id, "ann", PASSWORD).is_err());
    assert!(try_password(&mut world, &client.id, "ann", "Better-Horse-42").is_ok());
}

#[test]
fn refresh_tokens_that_ended_are_forgotten() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    settle(&mut world, &id, "ann");
    let client = open_client(&mut world, &id);
    let held = |world: &World| {
        world.cognito_idp[super::ACCOUNT]["us-east-1"].pools[&id].users["ann"]
            .grants
            .len()
    };
    sign_in(&mut world, &client.id, "ann");
    sign_in(&mut world, &client.id, "ann");
    assert_eq!(held(&world), 2);
    world.clock = Some(world.now() + 31.0 * 86_400.0);
    sign_in(&mut world, &client.id, "ann");
    assert_eq!(held(&world), 1);
}
