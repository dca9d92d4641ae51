//! Authenticator apps: set up while signing in or later, and asked for.

use serde_json::json;

use super::sign_in::{PASSWORD, open_client, respond, settle, sign_in, try_password, why};
use super::{ask, ok, pool, world};
use crate::services::cognito_idp::sign_in::totp;
use crate::world::World;

fn mfa(world: &mut World, pool: &str, mode: &str) {
    let input =
        json!({"UserPoolId": pool, "MfaConfiguration": mode, "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    ok(world, "SetUserPoolMfaConfig", input);
}

#[test]
fn an_authenticator_app_is_set_up_and_then_asked_for() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    mfa(&mut world, &id, "ON");
    let client = open_client(&mut world, &id);
    settle(&mut world, &id, "ann");
    let asked = try_password(&mut world, &client.id, "ann", PASSWORD).unwrap();
    assert_eq!(asked["ChallengeName"], "MFA_SETUP");
    assert_eq!(
        asked["ChallengeParameters"]["MFAS_CAN_SETUP"],
        "[\"SOFTWARE_TOKEN_MFA\"]"
    );
    let user = json!({"USERNAME": "ann"});
    assert_eq!(
        why(respond(&mut world, &client.id, &asked, user.clone())).0,
        "InvalidParameterException"
    );
    let offered = ok(
        &mut world,
        "AssociateSoftwareToken",
        json!({"Session": asked["Session"]}),
    );
    let secret = offered["SecretCode"].as_str().unwrap().to_owned();
    let verify = |code: String| json!({"Session": offered["Session"], "UserCode": code});
    let right = totp::code_at(&secret, world.now());
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let (code, _) = why(ask(&mut world, "VerifySoftwareToken", verify(wrong.to_owned())));
    assert_eq!(code, "EnableSoftwareTokenMFAException");
    let shown = ok(&mut world, "VerifySoftwareToken", verify(right.clone()));
    assert_eq!(shown["Status"], "SUCCESS");
    let set_up = json!({"ChallengeName": "MFA_SETUP", "Session": shown["Session"]});
    let done = respond(&mut world, &client.id, &set_up, user).unwrap();
    assert!(done["AuthenticationResult"]["AccessToken"].is_string());

    let asked = try_password(&mut world, &client.id, "ann", PASSWORD).unwrap();
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let code = |code: &str| json!({"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": code});
    assert_eq!(
        why(respond(&mut world, &client.id, &asked, code(wrong))).0,
        "CodeMismatchException"
    );
    assert_eq!(
        why(respond(&mut world, &client.id, &asked, code(&right))).0,
        "ExpiredCodeException"
    );
    world.clock = Some(world.now() + 60.0);
    let next = totp::code_at(&secret, world.now());
    let done = respond(&mut world, &client.id, &asked, code(&next)).unwrap();
    assert!(done["AuthenticationResult"]["AccessToken"].is_string());
    assert_eq!(
        why(respond(&mut world, &client.id, &asked, code(&next))).1,
        "Invalid session for the user."
    );
    // Where everybody needs one, nobody opts out.
    let off = json!({"UserPoolId": id, "Username": "ann", "SoftwareTokenMfaSettings": {"Enabled": false}});
    ok(&mut world, "AdminSetUserMFAPreference", off);
    let asked = try_password(&mut world, &client.id, "ann", PASSWORD).unwrap();
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
}

#[test]
fn an_optional_app_is_asked_of_those_who_chose_it() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    mfa(&mut world, &id, "OPTIONAL");
    let client = open_client(&mut world, &id);
    settle(&mut world, &id, "ann");
    let token = sign_in(&mut world, &client.id, "ann")["AccessToken"].take();
    let prefer = json!({"AccessToken": token, "SoftwareTokenMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    let (_, message) = why(ask(&mut world, "SetUserMFAPreference", prefer.clone()));
    assert_eq!(message, "User has not verified software token mfa");
    let offered = ok(&mut world, "AssociateSoftwareToken", json!({"AccessToken": token}));
    assert!(offered["Session"].is_null());
    let code = totp::code_at(offered["SecretCode"].as_str().unwrap(), world.now());
    ok(
        &mut world,
        "VerifySoftwareToken",
        json!({"AccessToken": token, "UserCode": code}),
    );
    sign_in(&mut world, &client.id, "ann");
    ok(&mut world, "SetUserMFAPreference", prefer);
    let asked = try_password(&mut world, &client.id, "ann", PASSWORD).unwrap();
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let shown = ok(&mut world, "GetUser", json!({"AccessToken": token}));
    assert_eq!(shown["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");
    // A pool without apps lets nobody set one up.
    let plain = pool(&mut world, json!({}));
    let client = open_client(&mut world, &plain);
    settle(&mut world, &plain, "zoe");
    let token = sign_in(&mut world, &client.id, "zoe")["AccessToken"].take();
    let (code, _) = why(ask(&mut world, "AssociateSoftwareToken", json!({"AccessToken": token})));
    assert_eq!(code, "SoftwareTokenMFANotFoundException");
}
