//! The service as a caller sees it: calls in, answers out. One file per family of guards.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};

use super::operation;
use crate::call::{Call, Fault};
use crate::world::World;

mod authenticator_app;
mod client;
mod domain;
mod mfa;
mod pool;
mod rest;
mod sign_in;
mod tokens;
mod user;

pub(super) const ACCOUNT: &str = "111122223333";

/// A world whose clock stands still.
pub(super) fn world() -> World {
    World {
        clock: Some(1_800_000_000.0),
        ..World::default()
    }
}

/// Calls an operation as an account in a region.
pub(super) fn ask_as(world: &mut World, account: &str, region: &str, name: &str, input: Value) -> Result<Value, Fault> {
    let call = Call {
        operation: name.to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
        caller: format!("arn:aws:iam::{account}:root"),
        input: input.as_object().unwrap().clone(),
        body: crate::body::Body::default(),
        key: String::new(),
        headers: Vec::new(),
    };
    operation(name).unwrap()(world, &call).map(|answer| Value::Object(answer.output))
}

/// Calls an operation.
pub(super) fn ask(world: &mut World, name: &str, input: Value) -> Result<Value, Fault> {
    ask_as(world, ACCOUNT, "us-east-1", name, input)
}

/// Calls an operation that must succeed.
#[track_caller]
pub(super) fn ok(world: &mut World, name: &str, input: Value) -> Value {
    match ask(world, name, input) {
        Ok(answer) => answer,
        Err(fault) => panic!("{name}: {fault:?}"),
    }
}

/// Calls an operation that must fail, and changes nothing that describe shows; the error's code and message.
#[track_caller]
pub(super) fn no(world: &mut World, name: &str, input: Value) -> (&'static str, String) {
    let before = serde_json::to_value(&world.cognito_idp).unwrap();
    match ask(world, name, input.clone()) {
        Ok(answer) => panic!("{name} {input} succeeded: {answer}"),
        Err(fault) => {
            assert_eq!(fault.status, 400);
            assert_eq!(
                serde_json::to_value(&world.cognito_idp).unwrap(),
                before,
                "a refusal lands nothing"
            );
            (fault.code, fault.message)
        }
    }
}

/// Calls an operation that must fail with a code.
#[track_caller]
pub(super) fn refused(world: &mut World, code: &str, name: &str, input: Value) {
    let (got, message) = no(world, name, input);
    assert_eq!(got, code, "{message}");
}

/// Makes a pool and answers its id.
pub(super) fn pool(world: &mut World, mut input: Value) -> String {
    if input.get("PoolName").is_none() {
        input["PoolName"] = json!("igv demo");
    }
    let made = ok(world, "CreateUserPool", input);
    made["UserPool"]["Id"].as_str().unwrap().to_owned()
}

/// What DescribeUserPool shows.
pub(super) fn described(world: &mut World, pool: &str) -> Value {
    ok(world, "DescribeUserPool", json!({"UserPoolId": pool}))["UserPool"].take()
}

/// Calls UpdateUserPool.
pub(super) fn update(world: &mut World, pool: &str, mut input: Value) -> Result<Value, Fault> {
    input["UserPoolId"] = json!(pool);
    ask(world, "UpdateUserPool", input)
}

#[test]
fn debug_shows_no_secret() {
    let mut world = world();
    let pool = pool(&mut world, json!({}));
    let client = ok(
        &mut world,
        "CreateUserPoolClient",
        json!({"UserPoolId": pool, "ClientName": "igv", "GenerateSecret": true}),
    );
    ok(
        &mut world,
        "AdminCreateUser",
        json!({"UserPoolId": pool, "Username": "igvuser", "TemporaryPassword": "Canary-12345",
               "DesiredDeliveryMediums": ["EMAIL"], "UserAttributes": [{"Name": "email", "Value": "igvuser@example.org"}]}),
    );
    ok(
        &mut world,
        "CreateIdentityProvider",
        json!({"UserPoolId": pool, "ProviderName": "Google", "ProviderType": "Google", "ProviderDetails":
            {"client_id": "x", "client_secret": "Canary-google", "authorize_scopes": "openid"}}),
    );
    let text = format!("{:?}", world.cognito_idp);
    let secret = client["UserPoolClient"]["ClientSecret"].as_str().unwrap();
    for canary in [secret, "Canary"] {
        assert!(!text.contains(canary), "{canary}");
    }
}

#[test]
fn state_survives_serialisation() {
    let mut world = world();
    let pool = pool(&mut world, json!({"UserPoolTags": {"app": "igv"}}));
    ok(
        &mut world,
        "CreateUserPoolClient",
        json!({"UserPoolId": pool, "ClientName": "igv", "GenerateSecret": true}),
    );
    let text = serde_json::to_string(&world).unwrap();
    let again: World = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
}
