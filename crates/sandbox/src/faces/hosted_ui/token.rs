//! `/oauth2/token`: codes, refresh tokens and clients of their own account.
//!
//! Every refusal has status 400 (developer guide, "The token issuer endpoint").

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Visit, client, document, refusal};
use crate::faces::FaceAnswer;
use crate::services::cognito_idp::client::Client;
use crate::services::cognito_idp::client_settings::validity;
use crate::services::cognito_idp::json;
use crate::services::cognito_idp::sign_in::grant::{self, Tokens};
use crate::services::cognito_idp::sign_in::{Code, first, initiate, refresh};
use crate::tokens;
use crate::world::World;

/// An OAuth error.
type Refused = &'static str;

/// `POST /oauth2/token`.
pub(super) fn post(world: &mut World, visit: &Visit<'_>) -> FaceAnswer {
    match run(world, visit) {
        Ok(answer) => document(200, &answer),
        Err(error) => refusal(400, error),
    }
}

fn run(world: &mut World, visit: &Visit<'_>) -> Result<Value, Refused> {
    let kind = needed(visit, "grant_type")?;
    let mut names: Vec<&str> = visit.form.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("invalid_request");
    }
    if !["authorization_code", "refresh_token", "client_credentials"].contains(&kind) {
        return Err("unsupported_grant_type");
    }
    let client = client::authenticated(world, visit).ok_or("invalid_client")?;
    match kind {
        "authorization_code" => Ok(by_code(world, visit, &client)?.answer()),
        "refresh_token" => {
            // With rotation the older name of the flow is off, and refreshing is not.
            if !initiate::allows(&client, "REFRESH_TOKEN_AUTH") && refresh::rotation(&client).is_none() {
                return Err("unauthorized_client");
            }
            let token = needed(visit, "refresh_token")?;
            let tokens = refresh::run(world, &visit.place, &client, token).map_err(|_| "invalid_grant")?;
            Ok(tokens.answer())
        }
        _ => for_itself(world, visit, &client),
    }
}

fn needed<'v>(visit: &'v Visit<'_>, name: &str) -> Result<&'v str, Refused> {
    visit
        .field(name)
        .filter(|value| !value.is_empty())
        .ok_or("invalid_request")
}

fn allows(client: &Client, flow: &str) -> bool {
    json::flag(&client.settings, "AllowedOAuthFlowsUserPoolClient") == Some(true)
        && json::texts(&client.settings, "AllowedOAuthFlows").contains(&flow)
}

/// Exchanges a code. It is used up by the try, whatever comes of it.
fn by_code(world: &mut World, visit: &Visit<'_>, client: &Client) -> Result<Tokens, Refused> {
    if !allows(client, "code") {
        return Err("unauthorized_client");
    }
    let redirect_uri = needed(visit, "redirect_uri")?;
    let key = grant::key(needed(visit, "code")?);
    let now = world.now();
    let pool = visit.place.pool_mut(world).map_err(|_| "invalid_client")?;
    let known = pool
        .open
        .codes
        .get(&key)
        .is_some_and(|code| code.origin.client == client.id);
    let code = known.then(|| pool.open.codes.remove(&key)).flatten();
    if !json::texts(&client.settings, "CallbackURLs").contains(&redirect_uri) {
        // Seen live: stackoverflow.com/questions/50264679.
        return Err("unauthorized_client");
    }
    let code = code.filter(|code| now < code.until).ok_or("invalid_grant")?;
    if code.redirect_uri != redirect_uri || !verifies(&code, visit.field("code_verifier")) {
        return Err("invalid_grant");
    }
    let pool = visit.place.pool(world).map_err(|_| "invalid_client")?;
    first::may_sign_in(pool, &code.origin.user, now).map_err(|_| "invalid_grant")?;
    grant::begin(world, &visit.place, code.origin).map_err(|_| "invalid_grant")
}

/// Whether the verifier is the one that was announced, or none was (RFC 7636).
fn verifies(code: &Code, verifier: Option<&str>) -> bool {
    match (&code.challenge, verifier.filter(|verifier| !verifier.is_empty())) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            (43..=128).contains(&verifier.len()) && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == *challenge
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// A token for the client itself, with scopes of resource servers.
fn for_itself(world: &mut World, visit: &Visit<'_>, client: &Client) -> Result<Value, Refused> {
    if !allows(client, "client_credentials") || client.secrets.is_empty() {
        return Err("unauthorized_client");
    }
    let allowed = json::texts(&client.settings, "AllowedOAuthScopes");
    let asked: Vec<&str> = visit
        .field("scope")
        .unwrap_or_default()
        .split(' ')
        .filter(|scope| !scope.is_empty())
        .collect();
    if asked.iter().any(|scope| !allowed.contains(scope)) {
        return Err("invalid_scope");
    }
    let scopes = if asked.is_empty() { allowed } else { asked };
    let seconds = validity(&client.settings).access;
    let now = world.now() as i64;
    let mut claims = Map::new();
    for (name, value) in [
        ("sub", json!(client.id)),
        ("token_use", json!("access")),
        ("scope", json!(scopes.join(" "))),
        ("auth_time", json!(now)),
        ("iat", json!(now)),
        ("exp", json!(now + seconds)),
        ("version", json!(2)),
        ("jti", json!(world.fresh_uuid())),
        ("client_id", json!(client.id)),
    ] {
        claims.insert(name.to_owned(), value);
    }
    let token = tokens::issue(world, &visit.place.issuer(), claims);
    Ok(json!({"access_token": token, "expires_in": seconds, "token_type": "Bearer"}))
}
