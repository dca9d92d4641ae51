//! Refresh tokens: used, replaced, revoked.

use serde_json::json;

use super::access;
use super::first::may_sign_in;
use super::grant::{self, Grant, Tokens};
use super::initiate::the_client;
use super::place::Place;
use super::secret;
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::client::Client;
use crate::services::cognito_idp::fault::{invalid, not_authorized};
use crate::services::cognito_idp::user::User;
use crate::services::cognito_idp::{Pool, json};
use crate::world::World;

/// The refusal of a token that is unknown, revoked or another client's.
fn unknown() -> Fault {
    not_authorized("Invalid Refresh Token")
}

/// The refresh token that a client holds.
fn find<'p>(pool: &'p Pool, client: &Client, token: &str) -> Option<(&'p User, &'p Grant)> {
    let key = grant::key(token);
    pool.users
        .values()
        .find_map(|user| Some((user, user.grants.get(&key)?)))
        .filter(|(_, grant)| grant.origin.client == client.id)
}

/// Whether refreshing hands out a new refresh token, and for how many seconds the old one still works.
pub(crate) fn rotation(client: &Client) -> Option<f64> {
    let rotation = client.settings.get("RefreshTokenRotation")?;
    (rotation["Feature"] == "ENABLED").then(|| rotation["RetryGracePeriodSeconds"].as_f64().unwrap_or_default())
}

/// Hands out new tokens for a refresh token, and with rotation a new one of its kind.
pub(crate) fn run(world: &mut World, place: &Place, client: &Client, token: &str) -> Result<Tokens, Fault> {
    let now = world.now();
    let pool = place.pool(world)?;
    let (user, grant) = find(pool, client, token).ok_or_else(unknown)?;
    if grant.until <= now {
        return Err(not_authorized("Refresh Token has expired"));
    }
    if grant.replaced.is_some_and(|until| until <= now) {
        return Err(Fault::new(
            "RefreshTokenReuseException",
            400,
            "Refresh Token has been reused.",
        ));
    }
    may_sign_in(pool, &user.username, now)?;
    let grant = grant.clone();
    let mut tokens = grant::again(world, place, &grant.origin)?;
    if let Some(grace) = rotation(client) {
        // The new one ends when the old one would have (documentation of RefreshTokenRotation).
        let new = Grant {
            replaced: None,
            ..grant.clone()
        };
        tokens.refresh = Some(grant::keep(world, place, new)?);
        let user = place.pool_mut(world)?.users.get_mut(&grant.origin.user);
        if let Some(old) = user.and_then(|user| user.grants.get_mut(&grant::key(token))) {
            old.replaced.get_or_insert(now + grace);
        }
    }
    Ok(tokens)
}

/// Refreshes for InitiateAuth, where a confidential client shows a hash over the username.
pub(super) fn by_hash(
    world: &mut World,
    place: &Place,
    client: &Client,
    token: &str,
    hash: Option<&str>,
) -> Result<Tokens, Fault> {
    let (user, _) = find(place.pool(world)?, client, token).ok_or_else(unknown)?;
    secret::check_hash(client, hash, &user.username)?;
    run(world, place, client, token)
}

/// GetTokensFromRefreshToken.
pub(crate) fn exchange(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let place = Place::of_client(world, call.required("ClientId"))?;
    let client = the_client(world, &place, call.required("ClientId"))?.clone();
    if !secret::is_secret(&client, call.text("ClientSecret")) {
        return Err(not_authorized(format!(
            "Unable to verify secret for client {}",
            client.id
        )));
    }
    let tokens = run(world, &place, &client, call.required("RefreshToken"))?;
    Ok(json!({"AuthenticationResult": tokens.result()}).into())
}

/// Why a token is not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotRevoked {
    /// The client did not show that it is the client, or the token is another client's.
    Unauthorized,
    /// The client's tokens cannot be revoked.
    Unsupported,
    /// It is an access token or an id token.
    NoRefreshToken,
}

/// Revokes a refresh token and all tokens of its sign-in. One that is unknown needs no revoking (RFC 7009).
pub(crate) fn revoke_token(
    world: &mut World,
    place: &Place,
    client: &Client,
    secret: Option<&str>,
    token: &str,
) -> Result<(), NotRevoked> {
    if !secret::is_secret(client, secret) {
        return Err(NotRevoked::Unauthorized);
    }
    if json::flag(&client.settings, "EnableTokenRevocation") == Some(false) {
        return Err(NotRevoked::Unsupported);
    }
    if token.split('.').count() == 3 {
        return Err(NotRevoked::NoRefreshToken);
    }
    let key = grant::key(token);
    let Ok(pool) = place.pool_mut(world) else {
        return Err(NotRevoked::Unauthorized);
    };
    let holder = pool
        .users
        .values()
        .find(|user| user.grants.contains_key(&key))
        .map(|user| user.username.clone());
    let Some(user) = holder.and_then(|name| pool.users.get_mut(&name)) else {
        return Ok(());
    };
    let Some(origin) = user.grants.get(&key).map(|grant| grant.origin.clone()) else {
        return Ok(());
    };
    if origin.client != client.id {
        return Err(NotRevoked::Unauthorized);
    }
    user.grants.retain(|_, grant| grant.origin.jti != origin.jti);
    Ok(())
}

/// RevokeToken.
pub(crate) fn revoke(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let id = call.required("ClientId");
    // This operation declares no ResourceNotFoundException.
    let place = Place::of_client(world, id).map_err(|fault| invalid(fault.message))?;
    let client = the_client(world, &place, id)?.clone();
    revoke_token(
        world,
        &place,
        &client,
        call.text("ClientSecret"),
        call.required("Token"),
    )
    .map_err(|why| match why {
        NotRevoked::Unauthorized => Fault::new(
            "UnauthorizedException",
            400,
            "The token was not issued to this client, or the client's secret is wrong.",
        ),
        NotRevoked::Unsupported => Fault::new(
            "UnsupportedOperationException",
            400,
            "Token revocation is not enabled for this client.",
        ),
        NotRevoked::NoRefreshToken => Fault::new("UnsupportedTokenTypeException", 400, "Unsupported token type"),
    })?;
    Ok(Answer::empty())
}

/// GlobalSignOut.
pub(crate) fn sign_out(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let holder = access::caller(world, call).map_err(|fault| {
        // This operation declares no UserNotFoundException.
        not_authorized(fault.message)
    })?;
    let now = world.now();
    everywhere(holder.place.pool_mut(world)?, &holder.user, now);
    Ok(Answer::empty())
}

/// Ends all that a user has: tokens, and browsers in which somebody is signed in.
pub(crate) fn everywhere(pool: &mut Pool, username: &str, now: f64) {
    if let Some(user) = pool.users.get_mut(username) {
        user.signed_out = Some(now);
        user.grants.clear();
    }
    pool.open.browsers.retain(|_, browser| browser.user != username);
    pool.open.codes.retain(|_, code| code.origin.user != username);
}
