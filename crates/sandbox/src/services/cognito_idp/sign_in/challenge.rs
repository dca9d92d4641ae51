//! What a sign-in waits for after its first step, and what comes after that.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::grant;
use super::place::Place;
use crate::call::Fault;
use crate::services::cognito_idp::fault::not_authorized;
use crate::services::cognito_idp::hidden::Hidden;
use crate::services::cognito_idp::srp::Handshake;
use crate::services::cognito_idp::user::User;
use crate::services::cognito_idp::{Pool, json, schema};
use crate::world::World;

/// What a sign-in waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Waits {
    /// The proof of the password (`PASSWORD_VERIFIER`).
    #[default]
    Proof,
    /// A password in place of a temporary one (`NEW_PASSWORD_REQUIRED`).
    NewPassword,
    /// The code of an authenticator app (`SOFTWARE_TOKEN_MFA`).
    Code,
    /// That an authenticator app is set up (`MFA_SETUP`).
    SetUp,
}

impl Waits {
    /// AWS's name of the challenge.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Proof => "PASSWORD_VERIFIER",
            Self::NewPassword => "NEW_PASSWORD_REQUIRED",
            Self::Code => "SOFTWARE_TOKEN_MFA",
            Self::SetUp => "MFA_SETUP",
        }
    }
}

/// A sign-in that waits.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Challenge {
    /// The client's id.
    pub(crate) client: String,
    /// The username; of somebody who does not exist, where the client hides that.
    pub(crate) user: String,
    /// What it waits for.
    pub(crate) waits: Waits,
    /// When it ends, in epoch seconds.
    pub(crate) until: f64,
    /// The proof under way.
    pub(crate) proof: Option<Handshake>,
    /// The secret of an authenticator app that is being set up.
    pub(crate) totp: Option<Hidden>,
    /// Whether a code showed that the app has it.
    pub(crate) set_up: bool,
}

/// What must come before a user whose password was right is signed in.
pub(crate) fn next(pool: &Pool, user: &User) -> Result<Option<Waits>, Fault> {
    if user.status == "FORCE_CHANGE_PASSWORD" {
        return Ok(Some(Waits::NewPassword));
    }
    let mode = json::text(&pool.settings, "MfaConfiguration").unwrap_or("OFF");
    let chosen = |factor: &str| user.mfa.contains(factor);
    let app = user.totp.is_some() && pool.mfa.software_token;
    match mode {
        "OFF" => Ok(None),
        _ if app && (mode == "ON" || chosen("SOFTWARE_TOKEN_MFA")) => Ok(Some(Waits::Code)),
        "OPTIONAL" if !chosen("SMS_MFA") && !chosen("EMAIL_OTP") => Ok(None),
        "ON" if pool.mfa.software_token => Ok(Some(Waits::SetUp)),
        // Codes by message as a second factor are not served, and nobody is let in without.
        _ => Err(Fault::new(
            "InvalidUserPoolConfigurationException",
            400,
            "The sandbox knows authenticator apps as a second factor, and no codes by message.",
        )),
    }
}

/// The parameters that come with a challenge, apart from those of a proof.
pub(crate) fn parameters(pool: &Pool, user: &User, waits: Waits) -> Value {
    let mut parameters = json!({"USER_ID_FOR_SRP": user.username});
    match waits {
        Waits::Proof => {}
        Waits::NewPassword => {
            let shown: Map<String, Value> = user
                .attributes
                .iter()
                .filter(|(name, _)| *name != "sub")
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect();
            let missing: Vec<String> = missing(pool, user)
                .into_iter()
                .map(|name| format!("userAttributes.{name}"))
                .collect();
            parameters["userAttributes"] = json!(Value::Object(shown).to_string());
            parameters["requiredAttributes"] = json!(json!(missing).to_string());
        }
        Waits::Code => parameters["FRIENDLY_DEVICE_NAME"] = json!(""),
        Waits::SetUp => parameters["MFAS_CAN_SETUP"] = json!("[\"SOFTWARE_TOKEN_MFA\"]"),
    }
    parameters
}

/// The required attributes that a user lacks, and gives with the first password.
pub(crate) fn missing(pool: &Pool, user: &User) -> Vec<String> {
    let mut names = schema::required(pool);
    names.retain(|name| !user.attributes.contains_key(name));
    names
}

/// Lets a sign-in wait, and answers its session.
pub(crate) fn open(world: &mut World, place: &Place, mut challenge: Challenge) -> Result<String, Fault> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let session = world.fresh(LETTERS, 128);
    let now = world.now();
    let pool = place.pool_mut(world)?;
    let minutes = pool
        .clients
        .get(&challenge.client)
        .and_then(|client| client.settings.get("AuthSessionValidity"))
        .and_then(Value::as_f64)
        .unwrap_or(3.0);
    challenge.until = now + 60.0 * minutes;
    pool.open.forget(now);
    pool.open.challenges.insert(grant::key(&session), challenge);
    Ok(session)
}

/// The sign-in behind a session.
pub(crate) fn find(world: &World, place: &Place, session: &str) -> Result<Challenge, Fault> {
    let challenge = place.pool(world)?.open.challenges.get(&grant::key(session));
    let challenge = challenge.ok_or_else(|| not_authorized("Invalid session for the user."))?;
    if challenge.until <= world.now() {
        return Err(not_authorized("Invalid session for the user, session is expired."));
    }
    Ok(challenge.clone())
}

/// Ends the waiting of a sign-in.
pub(crate) fn close(world: &mut World, place: &Place, session: &str) -> Result<(), Fault> {
    place.pool_mut(world)?.open.challenges.remove(&grant::key(session));
    Ok(())
}
