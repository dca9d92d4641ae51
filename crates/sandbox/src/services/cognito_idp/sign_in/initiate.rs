//! InitiateAuth and AdminInitiateAuth.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::challenge::{self, Challenge, Waits};
use super::grant::{self, Origin, SELF_SERVICE};
use super::place::Place;
use super::{first, refresh, secret};
use crate::call::{Answer, Call, Fault};
use crate::protocol::wire::hex;
use crate::services::cognito_idp::client::{self, Client};
use crate::services::cognito_idp::fault::invalid;
use crate::services::cognito_idp::json;
use crate::services::cognito_idp::srp::{Handshake, PasswordHash};
use crate::world::World;

/// InitiateAuth, which nobody signs.
pub(crate) fn initiate(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let place = Place::of_client(world, call.required("ClientId"))?;
    run(world, call, &place, false)
}

/// AdminInitiateAuth.
pub(crate) fn admin(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let place = Place::of_call(world, call)?;
    run(world, call, &place, true)
}

fn run(world: &mut World, call: &Call, place: &Place, admin: bool) -> Result<Answer, Fault> {
    let client = the_client(world, place, call.required("ClientId"))?.clone();
    let parameters = json::members(&call.input, "AuthParameters");
    let flow = call.required("AuthFlow");
    check_enabled(&client, flow, admin)?;
    match flow {
        "USER_PASSWORD_AUTH" | "ADMIN_USER_PASSWORD_AUTH" | "ADMIN_NO_SRP_AUTH" => {
            by_password(world, place, &client, &parameters)
        }
        "USER_SRP_AUTH" => by_proof(world, place, &client, &parameters),
        "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" => {
            let token = parameter(&parameters, "REFRESH_TOKEN")?;
            let sent = json::text(&parameters, "SECRET_HASH");
            let tokens = refresh::by_hash(world, place, &client, token, sent)?;
            Ok(json!({"AuthenticationResult": tokens.result(), "ChallengeParameters": {}}).into())
        }
        "CUSTOM_AUTH" => Err(invalid(
            "Custom auth lambda trigger is not configured for the user pool.",
        )),
        flow => Err(invalid(format!("{flow} is not served by the sandbox."))),
    }
}

/// The client that a call names, in the pool that it names.
pub(super) fn the_client<'w>(world: &'w World, place: &Place, id: &str) -> Result<&'w Client, Fault> {
    place.pool(world)?.clients.get(id).ok_or_else(|| client::unknown(id))
}

/// A parameter that a flow needs.
pub(super) fn parameter<'p>(parameters: &'p Map<String, Value>, name: &str) -> Result<&'p str, Fault> {
    json::text(parameters, name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| invalid(format!("Missing required parameter {name}")))
}

/// Whether a client may use a flow, by its name without `ALLOW_`.
pub(crate) fn allows(client: &Client, flow: &str) -> bool {
    let listed = json::texts(&client.settings, "ExplicitAuthFlows");
    // Without any: proof, refresh and custom (documentation of ExplicitAuthFlows). The names without ALLOW_ are older
    // than the one for refreshing, which they leave on.
    if listed.is_empty() {
        return ["USER_SRP_AUTH", "REFRESH_TOKEN_AUTH", "CUSTOM_AUTH"].contains(&flow);
    }
    let old = match flow {
        "ADMIN_USER_PASSWORD_AUTH" => "ADMIN_NO_SRP_AUTH",
        "CUSTOM_AUTH" => "CUSTOM_AUTH_FLOW_ONLY",
        flow => flow,
    };
    let any_old = listed.iter().any(|it| !it.starts_with("ALLOW_"));
    listed.contains(&format!("ALLOW_{flow}").as_str())
        || listed.contains(&old)
        || any_old && ["REFRESH_TOKEN_AUTH", "USER_SRP_AUTH"].contains(&flow)
}

fn check_enabled(client: &Client, flow: &str, admin: bool) -> Result<(), Fault> {
    let needed = match flow {
        "ADMIN_NO_SRP_AUTH" => "ADMIN_USER_PASSWORD_AUTH",
        "REFRESH_TOKEN" => "REFRESH_TOKEN_AUTH",
        flow => flow,
    };
    if needed == "ADMIN_USER_PASSWORD_AUTH" && !admin {
        return Err(invalid("Initiate Auth method not supported."));
    }
    if allows(client, needed) {
        return Ok(());
    }
    Err(invalid(if needed == "ADMIN_USER_PASSWORD_AUTH" {
        "Auth flow not enabled for this client".to_owned()
    } else {
        format!("{needed} flow not enabled for this client")
    }))
}

fn by_password(
    world: &mut World,
    place: &Place,
    client: &Client,
    parameters: &Map<String, Value>,
) -> Result<Answer, Fault> {
    let name = parameter(parameters, "USERNAME")?;
    let password = parameter(parameters, "PASSWORD")?;
    secret::check_hash(client, json::text(parameters, "SECRET_HASH"), name)?;
    let username = first::check(world, place, &client.id, name, password)?;
    go_on(world, place, &client.id, &username)
}

fn by_proof(
    world: &mut World,
    place: &Place,
    client: &Client,
    parameters: &Map<String, Value>,
) -> Result<Answer, Fault> {
    const HEX: &str = "0123456789abcdef";
    let name = parameter(parameters, "USERNAME")?;
    let public = parameter(parameters, "SRP_A")?;
    secret::check_hash(client, json::text(parameters, "SECRET_HASH"), name)?;
    let number = world.fresh(HEX, 64);
    let pool = place.pool(world)?;
    let (username, kept) = match first::who(pool, &client.id, name) {
        Ok(username) => {
            let kept = pool.users.get(&username).and_then(|user| user.password_hash.clone());
            (username, kept)
        }
        // Somebody who does not exist is asked for a proof too, with a salt that stays the same.
        Err(_) if first::hides_users(pool, &client.id) => (name.to_owned(), None),
        Err(fault) => return Err(fault),
    };
    let kept = kept.unwrap_or_else(|| nobodys(place, name));
    let Some(proof) = Handshake::begin(public, number, kept) else {
        return Err(invalid("SRP_A is not a number, or a multiple of the group's prime."));
    };
    let (salt, answer) = (proof.salt().to_owned(), proof.public().to_owned());
    let session = challenge::open(
        world,
        place,
        Challenge {
            client: client.id.clone(),
            user: username.clone(),
            waits: Waits::Proof,
            proof: Some(proof),
            ..Challenge::default()
        },
    )?;
    Ok(json!({
        "ChallengeName": Waits::Proof.name(),
        "ChallengeParameters": {
            "SALT": salt,
            "SRP_B": answer,
            // The block is where clients bring back which proof it is; there is no `Session`.
            "SECRET_BLOCK": STANDARD.encode(session),
            "USERNAME": username,
            "USER_ID_FOR_SRP": username,
        },
    })
    .into())
}

/// A password hash for somebody who does not exist: nobody knows the password, and the salt gives nothing away.
fn nobodys(place: &Place, name: &str) -> PasswordHash {
    let digest = hex(&Sha256::digest(format!("{}/{name}", place.id)));
    PasswordHash::new(digest[..32].to_owned(), &place.id, name, &digest[32..])
}

/// Answers with what comes next, or with tokens.
pub(super) fn go_on(world: &mut World, place: &Place, client: &str, username: &str) -> Result<Answer, Fault> {
    let pool = place.pool(world)?;
    let user = pool.users.get(username).ok_or_else(first::incorrect)?;
    let Some(waits) = challenge::next(pool, user)? else {
        return signed_in(world, place, client, username);
    };
    let parameters = challenge::parameters(pool, user, waits);
    let session = challenge::open(
        world,
        place,
        Challenge {
            client: client.to_owned(),
            user: username.to_owned(),
            waits,
            ..Challenge::default()
        },
    )?;
    Ok(json!({
        "ChallengeName": waits.name(),
        "Session": session,
        "ChallengeParameters": parameters,
    })
    .into())
}

/// Answers with tokens.
pub(super) fn signed_in(world: &mut World, place: &Place, client: &str, username: &str) -> Result<Answer, Fault> {
    let origin = Origin {
        client: client.to_owned(),
        user: username.to_owned(),
        scopes: vec![SELF_SERVICE.to_owned()],
        since: world.now(),
        ..Origin::default()
    };
    let tokens = grant::begin(world, place, origin)?;
    Ok(json!({"AuthenticationResult": tokens.result(), "ChallengeParameters": {}}).into())
}
