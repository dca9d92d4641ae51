//! `/oauth2/userInfo` and `/oauth2/revoke`.

use serde_json::json;

use super::{Visit, client, document, pair, refusal};
use crate::faces::FaceAnswer;
use crate::services::cognito_idp::sign_in::refresh::NotRevoked;
use crate::services::cognito_idp::sign_in::{access, own, refresh};
use crate::world::World;

/// `/oauth2/userInfo`: what the access token's scopes let the client read (developer guide, "userInfo endpoint").
pub(super) fn user(world: &World, visit: &Visit<'_>) -> FaceAnswer {
    let token = visit
        .wire
        .header("authorization")
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let Some(token) = token else {
        return challenged(400, "invalid_request", "Missing access token");
    };
    let holder = access::holder(world, token)
        .ok()
        .filter(|holder| holder.place == visit.place);
    let Some(holder) = holder else {
        return challenged(
            401,
            "invalid_token",
            "Access token is expired, disabled, or deleted, or the user has globally signed out.",
        );
    };
    if !holder.scopes.iter().any(|scope| scope == "openid") {
        return challenged(401, "invalid_token", "Access token does not contain openid scope");
    }
    let shown = visit.place.pool(world).and_then(|pool| own::user_info(pool, &holder));
    match shown {
        Ok(shown) => document(200, &shown),
        Err(fault) => challenged(401, "invalid_token", &fault.message),
    }
}

/// A refusal that says so in the header as well (RFC 6750).
fn challenged(status: u16, error: &str, words: &str) -> FaceAnswer {
    let mut answer = document(status, &json!({"error": error, "error_description": words}));
    answer.headers.push(pair(
        "WWW-Authenticate",
        format!("Bearer error=\"{error}\", error_description=\"{words}\""),
    ));
    answer
}

/// `/oauth2/revoke` (developer guide, "The token revocation endpoint").
pub(super) fn revoke(world: &mut World, visit: &Visit<'_>) -> FaceAnswer {
    let Some(token) = visit.field("token").filter(|token| !token.is_empty()) else {
        return refusal(400, "invalid_request");
    };
    let client = client::shown(visit).and_then(|shown| {
        let client = visit.place.pool(world).ok()?.clients.get(&shown.id)?.clone();
        Some((client, shown.secret))
    });
    let Some((client, secret)) = client else {
        return refusal(401, "invalid_client");
    };
    let done = refresh::revoke_token(world, &visit.place, &client, secret.as_deref(), token);
    match done {
        Ok(()) => FaceAnswer {
            status: 200,
            ..FaceAnswer::default()
        },
        Err(NotRevoked::Unauthorized) => refusal(401, "invalid_client"),
        Err(NotRevoked::Unsupported) => refusal(400, "invalid_request"),
        Err(NotRevoked::NoRefreshToken) => refusal(400, "unsupported_token_type"),
    }
}
