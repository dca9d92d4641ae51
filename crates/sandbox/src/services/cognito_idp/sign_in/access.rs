//! Who holds a token: what was handed out is good until it ends, is revoked, or its user is gone.

use serde_json::Value;

use super::place::Place;
use crate::call::{Call, Fault};
use crate::services::cognito_idp::fault::not_authorized;
use crate::services::cognito_idp::user::{self, User};
use crate::tokens::{self, Token, Why};
use crate::world::World;

/// Who holds an access token.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    /// The user's pool.
    pub(crate) place: Place,
    /// The username.
    pub(crate) user: String,
    /// The client's id.
    pub(crate) client: String,
    /// The scopes.
    pub(crate) scopes: Vec<String>,
}

/// Why an access token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no access token of a user pool.
    Invalid,
    /// It has ended.
    Expired,
    /// It was revoked: by its refresh token, or because its user signed out everywhere or was disabled.
    Revoked,
    /// Its user is gone.
    Gone,
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Invalid => not_authorized("Invalid Access Token"),
            Refused::Expired => not_authorized("Access Token has expired"),
            Refused::Revoked => not_authorized("Access Token has been revoked"),
            Refused::Gone => user::unknown(),
        }
    }
}

/// Reads an access token.
pub(crate) fn holder(world: &World, token: &str) -> Result<Holder, Refused> {
    let token = tokens::read(world, token, world.now()).map_err(|why| match why {
        Why::Expired(_) => Refused::Expired,
        Why::Malformed | Why::Algorithm | Why::Issuer | Why::Signature => Refused::Invalid,
    })?;
    if token.text("token_use") != "access" {
        return Err(Refused::Invalid);
    }
    let place = place(world, &token).ok_or(Refused::Invalid)?;
    let pool = place.pool(world).map_err(|_| Refused::Invalid)?;
    let username = token.text("username");
    let user = pool
        .users
        .get(username)
        .filter(|user| is_same(user, &token))
        .ok_or(Refused::Gone)?;
    if !is_live(user, &token) {
        return Err(Refused::Revoked);
    }
    Ok(Holder {
        user: username.to_owned(),
        client: token.text("client_id").to_owned(),
        scopes: token.text("scope").split(' ').map(str::to_owned).collect(),
        place,
    })
}

/// The user who calls with an access token of the API's own scope.
pub(crate) fn caller(world: &World, call: &Call) -> Result<Holder, Fault> {
    let holder = holder(world, call.required("AccessToken"))?;
    if !holder.scopes.iter().any(|scope| scope == super::grant::SELF_SERVICE) {
        return Err(not_authorized("Access Token does not have required scopes"));
    }
    Ok(holder)
}

/// The pool whose token it is.
fn place(world: &World, token: &Token) -> Option<Place> {
    let (_, pool) = token.issuer.rsplit_once('/')?;
    Place::of_pool(world, pool)
}

/// Whether the user is still the one of the token: another may have the name by now.
fn is_same(user: &User, token: &Token) -> bool {
    user.attributes.get("sub").is_some_and(|sub| sub == token.text("sub"))
}

/// Whether a token of a user still counts: its sign-in was not revoked, and the user is not disabled.
pub(crate) fn is_live(user: &User, token: &Token) -> bool {
    if !user.enabled {
        return false;
    }
    let issued = token.number("iat").unwrap_or_default();
    match token.claims.get("origin_jti").and_then(Value::as_str) {
        Some(origin) => user.grants.values().any(|grant| grant.origin.jti == origin),
        // Tokens that cannot be revoked one by one end with the rest, those of the very second too.
        None => user.signed_out.is_none_or(|moment| issued > moment),
    }
}
