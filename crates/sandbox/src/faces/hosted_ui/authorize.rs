//! `/oauth2/authorize`, and what of its parameters is right.
//!
//! A wrong client or callback ends at the domain's own error page, since nobody can be trusted with the answer;
//! anything else is told to the callback (developer guide, "The redirect and authorization endpoint").

use super::{Visit, pair, redirect, session, with_parameters};
use crate::faces::FaceAnswer;
use crate::services::cognito_idp::client::Client;
use crate::services::cognito_idp::json;
use crate::world::World;

/// What an application asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The client's id.
    pub(super) client: String,
    /// The callback.
    pub(super) redirect_uri: String,
    /// What the callback gets back.
    pub(super) state: Option<String>,
    /// The scopes.
    pub(super) scopes: Vec<String>,
    /// The SHA-256 of the verifier that will come with the code.
    pub(super) challenge: Option<String>,
    /// What the id token shall repeat.
    pub(super) nonce: Option<String>,
}

impl Wanted {
    /// The address of the callback with these parameters and the state.
    pub(super) fn callback(&self, mut parameters: Vec<(String, String)>) -> String {
        parameters.extend(self.state.iter().map(|state| pair("state", state)));
        with_parameters(&self.redirect_uri, &parameters)
    }
}

/// `GET /oauth2/authorize`: to the login page with the same parameters, or to the callback with a code where somebody
/// is signed in.
pub(super) fn get(world: &mut World, visit: &Visit<'_>) -> FaceAnswer {
    let wanted = match read(world, visit) {
        Ok(wanted) => wanted,
        Err(answer) => return answer,
    };
    let asks_again = visit.query("prompt") == Some("login");
    if !asks_again && let Some((user, since)) = session::signed_in(world, visit) {
        return session::send_code(world, visit, &wanted, &user, since);
    }
    if visit.query("prompt") == Some("none") {
        return redirect(wanted.callback(vec![pair("error", "login_required")]));
    }
    redirect(visit.address("/login", &visit.wire.query))
}

/// Reads what is asked for, or answers what is wrong with it.
pub(super) fn read(world: &World, visit: &Visit<'_>) -> Result<Wanted, FaceAnswer> {
    let fail = |parameters: &[(String, String)]| Err(redirect(visit.address("/error", parameters)));
    let (Some(id), Some(redirect_uri)) = (visit.query("client_id"), visit.query("redirect_uri")) else {
        // Seen live: NASA-IMPACT/veda-data-airflow#170.
        return fail(&[pair("error", "Required parameters missing")]);
    };
    let pool = visit.place.pool(world).map_err(|_| refused_page(visit, id))?;
    let Some(client) = pool.clients.get(id) else {
        return Err(refused_page(visit, id));
    };
    if !json::texts(&client.settings, "CallbackURLs").contains(&redirect_uri) {
        // Seen live: aws/aws-aspnet-cognito-identity-provider#167.
        return fail(&[pair("error", "redirect_mismatch"), pair("client_id", id)]);
    }
    let text = |name: &str| visit.query(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let mut wanted = Wanted {
        client: id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        state: text("state"),
        scopes: Vec::new(),
        challenge: text("code_challenge"),
        nonce: text("nonce"),
    };
    let told = |error: &str| Err(redirect(wanted.callback(vec![pair("error", error)])));
    match visit.query("response_type") {
        Some("code") => {}
        // The implicit flow is not served.
        Some("token") => return told("unauthorized_client"),
        _ => return told("invalid_request"),
    }
    let on = json::flag(&client.settings, "AllowedOAuthFlowsUserPoolClient") == Some(true);
    if !on || !json::texts(&client.settings, "AllowedOAuthFlows").contains(&"code") {
        return told("unauthorized_client");
    }
    match (&wanted.challenge, visit.query("code_challenge_method")) {
        (None, None) => {}
        (Some(challenge), Some("S256")) if is_digest(challenge) => {}
        // S256 is all that Cognito supports (developer guide, "PKCE").
        _ => return told("invalid_request"),
    }
    match scopes(client, visit.query("scope")) {
        Some(scopes) => wanted.scopes = scopes,
        None => return told("invalid_scope"),
    }
    Ok(wanted)
}

/// The refusal of a client that is not there. No report shows AWS's words for it.
fn refused_page(visit: &Visit<'_>, client: &str) -> FaceAnswer {
    redirect(visit.address("/error", &[pair("error", "invalid_request"), pair("client_id", client)]))
}

/// The scopes that are asked for, all of the client's where none are; none where one is not the client's.
fn scopes(client: &Client, asked: Option<&str>) -> Option<Vec<String>> {
    let allowed = json::texts(&client.settings, "AllowedOAuthScopes");
    let asked: Vec<&str> = asked
        .unwrap_or_default()
        .split(' ')
        .filter(|it| !it.is_empty())
        .collect();
    if asked.is_empty() {
        return Some(allowed.into_iter().map(str::to_owned).collect());
    }
    let mut scopes: Vec<String> = Vec::new();
    for scope in asked {
        if !allowed.contains(&scope) {
            return None;
        }
        if !scopes.iter().any(|it| it == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Some(scopes)
}

/// Whether a text is a SHA-256 in base64url, as RFC 7636 wants it.
fn is_digest(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == b'-' || letter == b'_')
}
