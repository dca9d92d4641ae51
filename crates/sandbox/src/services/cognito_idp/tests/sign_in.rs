//! Signing in with the API: flows, challenges, refusals.

use serde_json::{Value, json};

use super::{ACCOUNT, ask, ok, pool, world};
use crate::call::Fault;
use crate::services::cognito_idp::sign_up::secret_hash;
use crate::world::World;

pub(super) const PASSWORD: &str = "Correct-Horse-42";

/// A client, and its secret where it has one.
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: String,
}

pub(super) fn client(world: &mut World, pool: &str, mut input: Value) -> Client {
    input["UserPoolId"] = json!(pool);
    input["ClientName"] = json!("igv");
    let made = &ok(world, "CreateUserPoolClient", input)["UserPoolClient"];
    let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    Client {
        id: text("ClientId"),
        secret: text("ClientSecret"),
    }
}

/// A client for passwords and proofs, which hides who there is.
pub(super) fn open_client(world: &mut World, pool: &str) -> Client {
    let flows = [
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ];
    client(
        world,
        pool,
        json!({"ExplicitAuthFlows": flows, "PreventUserExistenceErrors": "ENABLED"}),
    )
}

/// Makes a user who has a password of their own.
pub(super) fn settle(world: &mut World, pool: &str, name: &str) {
    invite(world, pool, name);
    let input = json!({"UserPoolId": pool, "Username": name, "Password": PASSWORD, "Permanent": true});
    ok(world, "AdminSetUserPassword", input);
}

fn invite(world: &mut World, pool: &str, name: &str) {
    let attributes =
        json!([{"Name": "email", "Value": format!("{name}@example.org")}, {"Name": "email_verified", "Value": "true"}]);
    let input = json!({"UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS",
        "TemporaryPassword": "Temporary-1", "UserAttributes": attributes});
    ok(world, "AdminCreateUser", input);
}

pub(super) fn try_password(world: &mut World, client: &str, name: &str, password: &str) -> Result<Value, Fault> {
    let parameters = json!({"USERNAME": name, "PASSWORD": password});
    let input = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    ask(world, "InitiateAuth", input)
}

/// Signs in with the password that [`settle`] gives.
pub(super) fn sign_in(world: &mut World, client: &str, name: &str) -> Value {
    try_password(world, client, name, PASSWORD).unwrap()["AuthenticationResult"].take()
}

/// The code and the message of a refusal.
#[track_caller]
pub(super) fn why(answer: Result<Value, Fault>) -> (&'static str, String) {
    let fault = answer.unwrap_err();
    assert_eq!(fault.status, 400);
    (fault.code, fault.message)
}

pub(super) fn respond(world: &mut World, client: &str, asked: &Value, responses: Value) -> Result<Value, Fault> {
    let input = json!({"ClientId": client, "ChallengeName": asked["ChallengeName"], "Session": asked["Session"],
        "ChallengeResponses": responses});
    ask(world, "RespondToAuthChallenge", input)
}

const INCORRECT: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");

#[test]
fn a_password_gives_tokens_and_a_wrong_one_does_not() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let client = open_client(&mut world, &id);
    settle(&mut world, &id, "ann");
    let tokens = sign_in(&mut world, &client.id, "ann");
    assert_eq!(
        (&tokens["ExpiresIn"], &tokens["TokenType"]),
        (&json!(3600), &json!("Bearer"))
    );
    for token in ["AccessToken", "IdToken", "RefreshToken"] {
        assert!(tokens[token].is_string(), "{token}");
    }
    for (name, password) in [
        ("ann", "Wrong-Horse-42"),
        ("ann", "correct-horse-42"),
        ("nobody", PASSWORD),
    ] {
        let (code, message) = why(try_password(&mut world, &client.id, name, password));
        assert_eq!((code, message.as_str()), INCORRECT);
    }
    // A client that hides nothing says who is unknown.
    let flows = json!({"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]});
    let legacy = super::sign_in::client(&mut world, &id, flows);
    assert_eq!(
        why(try_password(&mut world, &legacy.id, "nobody", PASSWORD)).0,
        "UserNotFoundException"
    );
    assert_eq!(
        why(try_password(&mut world, "nosuch", "ann", PASSWORD)).0,
        "ResourceNotFoundException"
    );
}

#[test]
fn who_may_not_sign_in_is_told_why_with_the_right_password_alone() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let client = open_client(&mut world, &id);
    settle(&mut world, &id, "ann");
    let named = json!({"UserPoolId": id, "Username": "ann"});
    ok(&mut world, "AdminDisableUser", named.clone());
    let (_, message) = why(try_password(&mut world, &client.id, "ann", PASSWORD));
    assert_eq!(message, "User is disabled.");
    assert_eq!(
        why(try_password(&mut world, &client.id, "ann", "Wrong-Horse-42")).1,
        INCORRECT.1
    );
    ok(&mut world, "AdminEnableUser", named.clone());
    ok(&mut world, "AdminResetUserPassword", named);
    assert_eq!(
        why(try_password(&mut world, &client.id, "ann", PASSWORD)).0,
        "PasswordResetRequiredException"
    );
    let up = json!({"ClientId": client.id, "Username": "zoe", "Password": PASSWORD});
    ok(&mut world, "SignUp", up);
    assert_eq!(
        why(try_password(&mut world, &client.id, "zoe", PASSWORD)).0,
        "UserNotConfirmedException"
    );
}

#[test]
fn after_five_wrong_passwords_the_right_one_waits() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let client = open_client(&mut world, &id);
    settle(&mut world, &id, "ann");
    for _ in 0..5 {
        assert_eq!(
            why(try_password(&mut world, &client.id, "ann", "Wrong-Horse-42")).1,
            INCORRECT.1
        );
    }
    let (_, message) = why(try_password(&mut world, &client.id, "ann", PASSWORD));
    assert_eq!(message, "Password attempts exceeded");
    world.clock = Some(world.now() + 1.0);
    sign_in(&mut world, &client.id, "ann");
}

#[test]
fn flows_must_be_enabled() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    settle(&mut world, &id, "ann");
    let parameters = json!({"USERNAME": "ann", "PASSWORD": PASSWORD, "SRP_A": "2", "REFRESH_TOKEN": "x"});
    for (allowed, flow, admin, refused) in [
        (json!(["ALLOW_REFRESH_TOKEN_AUTH"]), "USER_PASSWORD_AUTH", false, true),
        (json!(["ALLOW_REFRESH_TOKEN_AUTH"]), "USER_SRP_AUTH", false, true),
        (
            json!(["ALLOW_REFRESH_TOKEN_AUTH"]),
            "ADMIN_USER_PASSWORD_AUTH",
            true,
            true,
        ),
        (json!(["ALLOW_USER_SRP_AUTH"]), "REFRESH_TOKEN_AUTH", false, true),
        (
            json!(["ALLOW_ADMIN_USER_PASSWORD_AUTH"]),
            "ADMIN_USER_PASSWORD_AUTH",
            false,
            true,
        ),
        (
            json!(["ALLOW_ADMIN_USER_PASSWORD_AUTH"]),
            "ADMIN_USER_PASSWORD_AUTH",
            true,
            false,
        ),
        (
            json!(["ALLOW_ADMIN_USER_PASSWORD_AUTH"]),
            "ADMIN_NO_SRP_AUTH",
            true,
            false,
        ),
        (json!(["ADMIN_NO_SRP_AUTH"]), "ADMIN_NO_SRP_AUTH", true, false),
        (json!(["USER_PASSWORD_AUTH"]), "USER_PASSWORD_AUTH", false, false),
        // Without a list: proofs, refreshing and custom flows, of which nobody made one.
        (json!([]), "USER_SRP_AUTH", false, false),
        (json!([]), "USER_PASSWORD_AUTH", false, true),
        (json!([]), "CUSTOM_AUTH", false, true),
        (json!([]), "USER_AUTH", false, true),
    ] {
        let client = client(&mut world, &id, json!({"ExplicitAuthFlows": allowed}));
        let mut input = json!({"ClientId": client.id, "AuthFlow": flow, "AuthParameters": parameters});
        let name = if admin {
            input["UserPoolId"] = json!(id);
            "AdminInitiateAuth"
        } else {
            "InitiateAuth"
        };
        let answer = ask(&mut world, name, input);
        assert_eq!(answer.is_err(), refused, "{allowed} {flow}");
        if let Err(fault) = answer {
            assert_eq!(
                fault.code, "InvalidParameterException",
                "{allowed} {flow}: {}",
                fault.message
            );
        }
    }
}

#[test]
fn a_confidential_client_shows_a_hash() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    settle(&mut world, &id, "ann");
    let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let secret = client(
        &mut world,
        &id,
        json!({"GenerateSecret": true, "ExplicitAuthFlows": flows}),
    );
    let public = client(&mut world, &id, json!({"ExplicitAuthFlows": flows}));
    let hash = secret_hash(&secret.secret, "ann", &secret.id);
    let with = |client: &str, hash: Option<&str>| {
        let mut parameters = json!({"USERNAME": "ann", "PASSWORD": PASSWORD});
        if let Some(hash) = hash {
            parameters["SECRET_HASH"] = json!(hash);
        }
        json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters})
    };
    for (client, hash) in [(&secret, None), (&secret, Some("AAAA")), (&public, Some("AAAA"))] {
        let (code, message) = why(ask(&mut world, "InitiateAuth", with(&client.id, hash)));
        assert_eq!(code, "NotAuthorizedException");
        assert!(message.contains(&client.id), "{message}");
    }
    let signed_in = ok(&mut world, "InitiateAuth", with(&secret.id, Some(&hash)));
    let token = &signed_in["AuthenticationResult"]["RefreshToken"];
    let refresh = |hash: &str| {
        json!({"ClientId": secret.id, "AuthFlow": "REFRESH_TOKEN_AUTH",
               "AuthParameters": {"REFRESH_TOKEN": token, "SECRET_HASH": hash}})
    };
    ok(&mut world, "InitiateAuth", refresh(&hash));
    let other = secret_hash(&secret.secret, "zoe", &secret.id);
    assert_eq!(
        why(ask(&mut world, "InitiateAuth", refresh(&other))).0,
        "NotAuthorizedException"
    );
}

#[test]
fn a_temporary_password_is_changed_first() {
    let mut world = world();
    let id = pool(
        &mut world,
        json!({"Schema": [{"Name": "given_name", "Required": true, "Mutable": true}]}),
    );
    let client = open_client(&mut world, &id);
    invite(&mut world, &id, "ann");
    let asked = try_password(&mut world, &client.id, "ann", "Temporary-1").unwrap();
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let parameters = &asked["ChallengeParameters"];
    assert_eq!(parameters["requiredAttributes"], "[\"userAttributes.given_name\"]");
    assert!(!parameters["userAttributes"].as_str().unwrap().contains("sub"));
    let new = |more: Value| {
        let mut responses = json!({"USERNAME": "ann", "NEW_PASSWORD": PASSWORD, "userAttributes.given_name": "Ann"});
        responses
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        responses
    };
    for (responses, code) in [
        (new(json!({"NEW_PASSWORD": "short"})), "InvalidPasswordException"),
        (new(json!({"USERNAME": "zoe"})), "NotAuthorizedException"),
        (
            new(json!({"userAttributes.given_name": ""})),
            "InvalidParameterException",
        ),
        (
            new(json!({"userAttributes.email_verified": "true"})),
            "NotAuthorizedException",
        ),
        (new(json!({"userAttributes.nosuch": "x"})), "InvalidParameterException"),
        (json!({"USERNAME": "ann"}), "InvalidParameterException"),
    ] {
        let answer = respond(&mut world, &client.id, &asked, responses.clone());
        assert_eq!(why(answer).0, code, "{responses}");
    }
    let done = respond(&mut world, &client.id, &asked, new(json!({}))).unwrap();
    assert!(done["AuthenticationResult"]["IdToken"].is_string());
    assert_eq!(
        why(respond(&mut world, &client.id, &asked, new(json!({})))).0,
        "NotAuthorizedException"
    );
    let live = ok(&mut world, "AdminGetUser", json!({"UserPoolId": id, "Username": "ann"}));
    assert_eq!(live["UserStatus"], "CONFIRMED");
    sign_in(&mut world, &client.id, "ann");
    assert_eq!(
        why(try_password(&mut world, &client.id, "ann", "Temporary-1")).1,
        INCORRECT.1
    );
}

#[test]
fn temporary_passwords_and_sessions_end() {
    let mut world = world();
    let id = pool(
        &mut world,
        json!({"Policies": {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 2}}}),
    );
    let client = open_client(&mut world, &id);
    invite(&mut world, &id, "ann");
    let begin = world.now();
    let asked = try_password(&mut world, &client.id, "ann", "Temporary-1").unwrap();
    let responses = json!({"USERNAME": "ann", "NEW_PASSWORD": PASSWORD});
    world.clock = Some(begin + 180.0);
    let (_, message) = why(respond(&mut world, &client.id, &asked, responses.clone()));
    assert_eq!(message, "Invalid session for the user, session is expired.");
    world.clock = Some(begin + 2.0 * 86_400.0 - 1.0);
    let asked = try_password(&mut world, &client.id, "ann", "Temporary-1").unwrap();
    let other = open_client(&mut world, &id);
    assert_eq!(
        why(respond(&mut world, &other.id, &asked, responses.clone())).0,
        "NotAuthorizedException"
    );
    world.clock = Some(begin + 2.0 * 86_400.0);
    let (_, message) = why(try_password(&mut world, &client.id, "ann", "Temporary-1"));
    assert_eq!(
        message,
        "Temporary password has expired and must be reset by an administrator."
    );
    // Nor can one that was taken in time be changed later.
    assert_eq!(
        why(respond(&mut world, &client.id, &asked, responses)).0,
        "NotAuthorizedException"
    );
}

#[test]
fn a_proof_is_asked_of_somebody_who_does_not_exist() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let client = open_client(&mut world, &id);
    settle(&mut world, &id, "ann");
    let begin = |name: &str| json!({"ClientId": client.id, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": {"USERNAME": name, "SRP_A": "1234"}});
    for name in ["ann", "nobody"] {
        let asked = ok(&mut world, "InitiateAuth", begin(name));
        assert_eq!(asked["ChallengeName"], "PASSWORD_VERIFIER");
        let again = ok(&mut world, "InitiateAuth", begin(name));
        let salt = |asked: &Value| asked["ChallengeParameters"]["SALT"].clone();
        assert_eq!(salt(&asked), salt(&again), "{name}");
        let responses = json!({"USERNAME": name, "PASSWORD_CLAIM_SIGNATURE": "AAAA",
            "PASSWORD_CLAIM_SECRET_BLOCK": asked["ChallengeParameters"]["SECRET_BLOCK"],
            "TIMESTAMP": "Tue Nov 24 20:38:58 UTC 2026"});
        let mut odd = responses.clone();
        odd["TIMESTAMP"] = json!("2026-11-24");
        assert_eq!(
            why(respond(&mut world, &client.id, &asked, odd)).0,
            "InvalidParameterException"
        );
        assert_eq!(
            why(respond(&mut world, &client.id, &asked, responses.clone())).1,
            INCORRECT.1,
            "{name}"
        );
        assert_eq!(
            why(respond(&mut world, &client.id, &asked, responses)).1,
            "Invalid session for the user.",
            "a proof is tried once"
        );
    }
    let mut zero = begin("ann");
    zero["AuthParameters"]["SRP_A"] = json!("0");
    assert_eq!(
        why(ask(&mut world, "InitiateAuth", zero)).0,
        "InvalidParameterException"
    );
}

#[test]
fn the_world_keeps_no_password_session_or_token() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let client = open_client(&mut world, &id);
    settle(&mut world, &id, "ann");
    invite(&mut world, &id, "zoe");
    let tokens = sign_in(&mut world, &client.id, "ann");
    let asked = try_password(&mut world, &client.id, "zoe", "Temporary-1").unwrap();
    let kept = serde_json::to_string(&world.cognito_idp[ACCOUNT]).unwrap();
    for secret in [&tokens["RefreshToken"], &tokens["AccessToken"], &asked["Session"]] {
        assert!(!kept.contains(secret.as_str().unwrap()));
    }
    assert!(!kept.contains(PASSWORD) && !kept.contains("Temporary-1"));
}
