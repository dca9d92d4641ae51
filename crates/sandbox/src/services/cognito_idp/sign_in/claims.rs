//! What tokens say.
//!
//! Sources: developer guide, "Understanding the ID token", "Understanding the access token" and "Scopes, M2M, and
//! resource servers".

use serde_json::{Map, Value, json};

use super::grant::Origin;
use crate::services::cognito_idp::client::Client;
use crate::services::cognito_idp::user::User;
use crate::services::cognito_idp::{Pool, json};

/// Names that are drawn for a pair of tokens.
pub(super) struct Drawn {
    /// `event_id`.
    pub(super) event: String,
    /// `jti` of the access token.
    pub(super) access: String,
    /// `jti` of the id token.
    pub(super) id: String,
}

/// What every token of a sign-in says.
fn common(origin: &Origin, client: &Client, user: &User, drawn: &Drawn, now: f64) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    say("sub", json!(user.attributes.get("sub")));
    say("event_id", json!(drawn.event));
    say("auth_time", json!(origin.since as i64));
    say("iat", json!(now as i64));
    if !user.groups.is_empty() {
        say("cognito:groups", json!(user.groups));
    }
    if revocable(client) {
        say("origin_jti", json!(origin.jti));
    }
    claims
}

/// Whether the client's tokens can be revoked, which is what `origin_jti` is for.
fn revocable(client: &Client) -> bool {
    json::flag(&client.settings, "EnableTokenRevocation") != Some(false)
}

/// The access token.
pub(super) fn access(
    origin: &Origin,
    client: &Client,
    user: &User,
    drawn: &Drawn,
    now: f64,
    validity: i64,
) -> Map<String, Value> {
    let mut claims = common(origin, client, user, drawn, now);
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    say("token_use", json!("access"));
    say("client_id", json!(client.id));
    say("username", json!(user.username));
    say("scope", json!(origin.scopes.join(" ")));
    say("jti", json!(drawn.access));
    say("exp", json!(now as i64 + validity));
    if origin.hosted {
        say("version", json!(2));
    }
    claims
}

/// The id token.
pub(super) fn id(
    pool: &Pool,
    origin: &Origin,
    client: &Client,
    user: &User,
    drawn: &Drawn,
    now: f64,
    validity: i64,
) -> Map<String, Value> {
    let mut claims = readable(client, user, &origin.scopes);
    claims.extend(common(origin, client, user, drawn, now));
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    say("token_use", json!("id"));
    say("aud", json!(client.id));
    say("cognito:username", json!(user.username));
    say("jti", json!(drawn.id));
    say("exp", json!(now as i64 + validity));
    if let Some(nonce) = &origin.nonce {
        say("nonce", json!(nonce));
    }
    let roles = roles(pool, user);
    if let Some(preferred) = roles.first() {
        say("cognito:preferred_role", json!(preferred));
        say("cognito:roles", json!(roles));
    }
    claims
}

/// The roles of the user's groups, by precedence, the lowest number first.
fn roles<'p>(pool: &'p Pool, user: &User) -> Vec<&'p str> {
    let mut roles: Vec<(u64, &str)> = user
        .groups
        .iter()
        .filter_map(|group| pool.groups.get(group))
        .filter_map(|group| {
            let precedence = group.settings.get("Precedence").and_then(Value::as_u64);
            Some((precedence.unwrap_or(u64::MAX), json::text(&group.settings, "RoleArn")?))
        })
        .collect();
    roles.sort_unstable();
    roles.into_iter().map(|(_, role)| role).collect()
}

/// The attributes that a client may read.
///
/// A client that names none reads the standard ones (documentation of ReadAttributes). With one of the scopes
/// `profile`, `email` and `phone` only what those stand for is left, and `profile` stands for everything.
pub(super) fn readable(client: &Client, user: &User, scopes: &[String]) -> Map<String, Value> {
    let listed = json::texts(&client.settings, "ReadAttributes");
    let asked = |scope: &str| scopes.iter().any(|it| it == scope);
    let everything = asked("profile") || !(asked("email") || asked("phone"));
    user.attributes
        .iter()
        .filter(|(name, _)| {
            let name = name.as_str();
            if listed.is_empty() {
                !name.contains(':')
            } else {
                name == "sub" || listed.contains(&name)
            }
        })
        .filter(|(name, _)| {
            everything
                || match name.as_str() {
                    "sub" => true,
                    "email" | "email_verified" => asked("email"),
                    "phone_number" | "phone_number_verified" => asked("phone"),
                    _ => false,
                }
        })
        .map(|(name, value)| {
            let value = if name.ends_with("_verified") && !name.contains(':') {
                json!(value.eq_ignore_ascii_case("true"))
            } else {
                json!(value)
            };
            (name.clone(), value)
        })
        .collect()
}
