//! RespondToAuthChallenge and AdminRespondToAuthChallenge.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::challenge::{self, Challenge, Waits};
use super::initiate::{go_on, parameter, signed_in, the_client};
use super::place::Place;
use super::{first, secret, totp};
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::client::Client;
use crate::services::cognito_idp::fault::{invalid, not_authorized};
use crate::services::cognito_idp::hidden::Hidden;
use crate::services::cognito_idp::srp::PasswordHash;
use crate::services::cognito_idp::{json, password, schema, user};
use crate::world::World;

/// RespondToAuthChallenge, which nobody signs.
pub(crate) fn respond(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let place = Place::of_client(world, call.required("ClientId"))?;
    run(world, call, &place)
}

/// AdminRespondToAuthChallenge.
pub(crate) fn admin(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let place = Place::of_call(world, call)?;
    run(world, call, &place)
}

fn run(world: &mut World, call: &Call, place: &Place) -> Result<Answer, Fault> {
    let client = the_client(world, place, call.required("ClientId"))?.clone();
    let responses = json::members(&call.input, "ChallengeResponses");
    let name = call.required("ChallengeName");
    let session = if name == Waits::Proof.name() {
        let block = parameter(&responses, "PASSWORD_CLAIM_SECRET_BLOCK")?;
        STANDARD
            .decode(block)
            .ok()
            .and_then(|session| String::from_utf8(session).ok())
            .unwrap_or_default()
    } else {
        let session = call.text("Session");
        session
            .ok_or_else(|| invalid("Missing required parameter Session"))?
            .to_owned()
    };
    let challenge = challenge::find(world, place, &session)?;
    if challenge.client != client.id || challenge.waits.name() != name {
        return Err(not_authorized("Invalid session for the user."));
    }
    check_who(world, place, &client, &challenge, &responses)?;
    match challenge.waits {
        Waits::Proof => proof(world, place, &session, &challenge, &responses)?,
        Waits::NewPassword => {
            let attributes = attributes(&responses);
            let new = parameter(&responses, "NEW_PASSWORD")?;
            new_password(world, place, &challenge, new, attributes)?;
            challenge::close(world, place, &session)?;
        }
        Waits::Code => {
            let code = parameter(&responses, "SOFTWARE_TOKEN_MFA_CODE")?;
            code_of_app(world, place, &challenge, code)?;
            challenge::close(world, place, &session)?;
            return signed_in(world, place, &client.id, &challenge.user);
        }
        Waits::SetUp => {
            set_up(world, place, &challenge)?;
            challenge::close(world, place, &session)?;
            return signed_in(world, place, &client.id, &challenge.user);
        }
    }
    go_on(world, place, &client.id, &challenge.user)
}

/// The answer must name the user who began, and prove the client's secret for that name.
fn check_who(
    world: &World,
    place: &Place,
    client: &Client,
    challenge: &Challenge,
    responses: &Map<String, Value>,
) -> Result<(), Fault> {
    let name = parameter(responses, "USERNAME")?;
    secret::check_hash(client, json::text(responses, "SECRET_HASH"), name)?;
    let pool = place.pool(world)?;
    let same = name == challenge.user || user::key(pool, name).as_ref() == Some(&challenge.user);
    if same {
        Ok(())
    } else {
        Err(not_authorized("Invalid session for the user."))
    }
}

fn proof(
    world: &mut World,
    place: &Place,
    session: &str,
    challenge: &Challenge,
    responses: &Map<String, Value>,
) -> Result<(), Fault> {
    let moment = parameter(responses, "TIMESTAMP")?;
    let claim = parameter(responses, "PASSWORD_CLAIM_SIGNATURE")?;
    // The wording is AWS's, and Java's for the pattern.
    if jiff::fmt::strtime::parse("%a %b %d %H:%M:%S UTC %Y", moment).is_err() {
        return Err(invalid(
            "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.",
        ));
    }
    challenge::close(world, place, session)?;
    let right = challenge
        .proof
        .as_ref()
        .is_some_and(|proof| proof.proves(&place.id, &challenge.user, session.as_bytes(), moment, claim));
    first::judge(world, place, &challenge.user, right)
}

/// The attributes that come with a new password, as `userAttributes.<name>`.
fn attributes(responses: &Map<String, Value>) -> BTreeMap<String, String> {
    responses
        .iter()
        .filter_map(|(name, value)| {
            Some((
                name.strip_prefix("userAttributes.")?.to_owned(),
                value.as_str()?.to_owned(),
            ))
        })
        .collect()
}

/// Puts a password of the person's own in place of the temporary one, with the attributes that were lacking.
pub(crate) fn new_password(
    world: &mut World,
    place: &Place,
    challenge: &Challenge,
    new: &str,
    attributes: BTreeMap<String, String>,
) -> Result<(), Fault> {
    let salt = password::salt(world);
    let now = world.now();
    let pool = place.pool(world)?;
    first::may_sign_in(pool, &challenge.user, now)?;
    password::check(pool, new)?;
    schema::check_values(pool, &attributes)?;
    let client = pool.clients.get(&challenge.client);
    if let Some(client) = client {
        super::own::check_writable(client, &attributes)?;
    }
    let user = user::find(pool, &challenge.user)?;
    for name in challenge::missing(pool, user) {
        if attributes.get(&name).is_none_or(String::is_empty) {
            return Err(invalid(format!("Invalid attributes given, {name} is missing")));
        }
    }
    let hash = PasswordHash::new(salt, &place.id, &challenge.user, new);
    let user = user::find_mut(place.pool_mut(world)?, &challenge.user)?;
    user.password_hash = Some(hash);
    user.temporary_since = None;
    user.status = "CONFIRMED".to_owned();
    user.attributes
        .extend(attributes.into_iter().filter(|(_, value)| !value.is_empty()));
    user.modified = now;
    Ok(())
}

/// Checks the code of the user's authenticator app, which is good once.
pub(crate) fn code_of_app(world: &mut World, place: &Place, challenge: &Challenge, code: &str) -> Result<(), Fault> {
    let now = world.now();
    let pool = place.pool_mut(world)?;
    first::may_sign_in(pool, &challenge.user, now)?;
    let user = user::find_mut(pool, &challenge.user)?;
    user.attempts.check(now)?;
    let step = user
        .totp
        .as_ref()
        .and_then(|secret| totp::step(secret.reveal(), code, now));
    let Some(step) = step else {
        user.attempts.note(false, now);
        return Err(Fault::new(
            "CodeMismatchException",
            400,
            "Invalid code received for user",
        ));
    };
    if user.totp_step.is_some_and(|used| step <= used) {
        return Err(Fault::new(
            "ExpiredCodeException",
            400,
            "Your software token has already been used once.",
        ));
    }
    user.attempts.note(true, now);
    user.totp_step = Some(step);
    Ok(())
}

/// Ends the set-up of an authenticator app, which must have shown a code.
pub(crate) fn set_up(world: &mut World, place: &Place, challenge: &Challenge) -> Result<(), Fault> {
    let now = world.now();
    let pool = place.pool_mut(world)?;
    first::may_sign_in(pool, &challenge.user, now)?;
    let secret = challenge.totp.as_ref().filter(|_| challenge.set_up);
    let secret: &Hidden = secret.ok_or_else(|| invalid("User has not set up software token mfa"))?;
    let user = user::find_mut(pool, &challenge.user)?;
    user.totp = Some(secret.clone());
    user.mfa.insert("SOFTWARE_TOKEN_MFA".to_owned());
    user.preferred_mfa = Some("SOFTWARE_TOKEN_MFA".to_owned());
    user.modified = now;
    Ok(())
}
