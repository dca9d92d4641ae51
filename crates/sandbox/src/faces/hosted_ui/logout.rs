//! `/logout`: forgets who is signed in, and sends the browser on (developer guide, "The managed login sign-out
//! endpoint").

use super::{Visit, page, pair, redirect, session};
use crate::faces::FaceAnswer;
use crate::services::cognito_idp::json;
use crate::world::World;

/// `GET /logout`: to one of the client's sign-out URLs, or to the login page for one of its callbacks.
pub(super) fn get(world: &mut World, visit: &Visit<'_>) -> FaceAnswer {
    let Some(id) = visit.query("client_id") else {
        return page::error("Required parameters missing");
    };
    let client = visit.place.pool(world).ok().and_then(|pool| pool.clients.get(id));
    let Some(client) = client else {
        return redirect(visit.address("/error", &[pair("error", "invalid_request"), pair("client_id", id)]));
    };
    let is_in = |list: &str, url: &str| json::texts(&client.settings, list).contains(&url);
    let to = match (visit.query("logout_uri"), visit.query("redirect_uri")) {
        (Some(url), _) if is_in("LogoutURLs", url) => url.to_owned(),
        (None, Some(url)) if is_in("CallbackURLs", url) => visit.address("/login", &visit.wire.query),
        (None, None) => return page::error("Required parameters missing"),
        (Some(_), _) | (None, Some(_)) => {
            return redirect(visit.address("/error", &[pair("error", "redirect_mismatch"), pair("client_id", id)]));
        }
    };
    let forget = session::sign_out(world, visit);
    let mut answer = redirect(to);
    answer.headers.push(forget);
    answer
}
