//! Tokens that are handed out, and the refresh tokens that are kept: as hashes, with the user whose they are.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::claims::{self, Drawn};
use super::first::incorrect;
use super::place::Place;
use crate::call::Fault;
use crate::protocol::wire::hex;
use crate::services::cognito_idp::client;
use crate::services::cognito_idp::client_settings::{Validity, validity};
use crate::tokens;
use crate::world::World;

/// The scope of tokens that no login page was asked for.
pub(crate) const SELF_SERVICE: &str = "aws.cognito.signin.user.admin";

/// A sign-in, from which tokens come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Origin {
    /// The client's id.
    pub(crate) client: String,
    /// The username.
    pub(crate) user: String,
    /// The scopes that were granted.
    pub(crate) scopes: Vec<String>,
    /// When the person signed in, in epoch seconds.
    pub(crate) since: f64,
    /// The name that all tokens of this sign-in carry.
    pub(crate) jti: String,
    /// Whether it was at the login pages.
    pub(crate) hosted: bool,
    /// What the application wants to find in the id token.
    pub(crate) nonce: Option<String>,
}

/// A refresh token; its hash is the key that it is kept under.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Grant {
    /// The sign-in.
    pub(crate) origin: Origin,
    /// When it ends, in epoch seconds.
    pub(crate) until: f64,
    /// Until when it still works after another took its place.
    pub(crate) replaced: Option<f64>,
}

/// Tokens for a client.
pub(crate) struct Tokens {
    /// The access token.
    pub(crate) access: String,
    /// The id token; absent where the scope `openid` was not granted.
    pub(crate) id: Option<String>,
    /// The refresh token, where there is a new one.
    pub(crate) refresh: Option<String>,
    /// How long the access token is valid, in seconds.
    pub(crate) seconds: i64,
}

impl Tokens {
    /// `AuthenticationResult` of the API.
    pub(crate) fn result(&self) -> Value {
        json!({
            "AccessToken": self.access,
            "IdToken": self.id,
            "RefreshToken": self.refresh,
            "ExpiresIn": self.seconds,
            "TokenType": "Bearer",
        })
    }

    /// The answer of the token endpoint.
    pub(crate) fn answer(&self) -> Value {
        let mut answer = json!({
            "access_token": self.access,
            "expires_in": self.seconds,
            "token_type": "Bearer",
        });
        for (name, token) in [("id_token", &self.id), ("refresh_token", &self.refresh)] {
            if let Some(token) = token {
                answer[name] = json!(token);
            }
        }
        answer
    }
}

/// The key that a refresh token is kept under.
pub(crate) fn key(token: &str) -> String {
    hex(&Sha256::digest(token))
}

/// Hands out all tokens of a sign-in.
pub(crate) fn begin(world: &mut World, place: &Place, mut origin: Origin) -> Result<Tokens, Fault> {
    origin.jti = world.fresh_uuid();
    let now = world.now();
    let until = now + valid(world, place, &origin)?.refresh as f64;
    let refresh = keep(
        world,
        place,
        Grant {
            origin: origin.clone(),
            until,
            replaced: None,
        },
    )?;
    let mut tokens = again(world, place, &origin)?;
    tokens.refresh = Some(refresh);
    Ok(tokens)
}

/// Keeps a new refresh token.
pub(crate) fn keep(world: &mut World, place: &Place, grant: Grant) -> Result<String, Fault> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // An access token may outlive the refresh token, and is good as long as that is known.
    const LONGER: f64 = 24.0 * 60.0 * 60.0;
    let token = world.fresh(LETTERS, 160);
    let now = world.now();
    let user = place
        .pool_mut(world)?
        .users
        .get_mut(&grant.origin.user)
        .ok_or_else(incorrect)?;
    user.grants.retain(|_, grant| now < grant.until + LONGER);
    user.grants.insert(key(&token), grant);
    Ok(token)
}

/// Hands out an access token and an id token.
pub(crate) fn again(world: &mut World, place: &Place, origin: &Origin) -> Result<Tokens, Fault> {
    let drawn = Drawn {
        event: world.fresh_uuid(),
        access: world.fresh_uuid(),
        id: world.fresh_uuid(),
    };
    let now = world.now();
    let Validity { access, id, .. } = valid(world, place, origin)?;
    let pool = place.pool(world)?;
    let client = pool
        .clients
        .get(&origin.client)
        .ok_or_else(|| client::unknown(&origin.client))?;
    let user = pool.users.get(&origin.user).ok_or_else(incorrect)?;
    let openid = !origin.hosted || origin.scopes.iter().any(|scope| scope == "openid");
    let for_access = claims::access(origin, client, user, &drawn, now, access);
    let for_id = openid.then(|| claims::id(pool, origin, client, user, &drawn, now, id));
    let issuer = place.issuer();
    let access_token = tokens::issue(world, &issuer, for_access);
    let id_token = for_id.map(|mut claims| {
        if origin.hosted {
            // OpenID Connect Core, 3.1.3.6.
            let half = &Sha256::digest(&access_token)[..16];
            claims.insert("at_hash".to_owned(), json!(URL_SAFE_NO_PAD.encode(half)));
        }
        tokens::issue(world, &issuer, claims)
    });
    Ok(Tokens {
        access: access_token,
        id: id_token,
        refresh: None,
        seconds: access,
    })
}

fn valid(world: &World, place: &Place, origin: &Origin) -> Result<Validity, Fault> {
    let client = place.pool(world)?.clients.get(&origin.client);
    Ok(validity(
        &client.ok_or_else(|| client::unknown(&origin.client))?.settings,
    ))
}
