//! Logins: tokens of user pools that say who comes to an identity pool.
//!
//! A token is taken under the name of its own user pool, for the very client that the identity pool lists, and only the
//! ID token: an access token has no audience. Words: amazon-archives/amazon-cognito-identity-js#7 (an access token,
//! another client), #40 (another pool), #68 (a pool without providers), #91 (a token that does not verify).

use serde_json::Value;

use super::Pool;
use crate::call::{Call, Fault};
use crate::services::cognito_idp;
use crate::services::cognito_idp::fault::not_authorized;
use crate::services::cognito_idp::sign_in::access;
use crate::tokens::{self, Token, Why};
use crate::world::World;

/// A login that was verified.
pub(super) struct Login {
    /// The user pool's name as a provider, `cognito-idp.<region>.amazonaws.com/<pool>`.
    pub(super) provider: String,
    /// The app client that the token is for.
    pub(super) client: String,
    /// The token.
    pub(super) token: Token,
}

impl Login {
    /// Who it is, in his user pool.
    pub(super) fn subject(&self) -> &str {
        self.token.text("sub")
    }
}

/// The logins that a call brings, each verified; none of a guest.
pub(super) fn verified(world: &World, pool: &Pool, call: &Call) -> Result<Vec<Login>, Fault> {
    let logins = call.input.get("Logins").and_then(Value::as_object);
    logins
        .into_iter()
        .flatten()
        .map(|(provider, token)| verify(world, pool, provider, token.as_str().unwrap_or_default()))
        .collect()
}

fn unsupported() -> Fault {
    not_authorized("Token is not from a supported provider of this identity pool.")
}

fn invalid(why: &str) -> Fault {
    not_authorized(format!("Invalid login token. {why}"))
}

fn verify(world: &World, pool: &Pool, provider: &str, text: &str) -> Result<Login, Fault> {
    if !pool.has_providers() {
        return Err(not_authorized(
            "Logins don't match. Please include at least one valid login for this identity or identity pool.",
        ));
    }
    let clients: Vec<&Value> = pool
        .user_pool_clients()
        .filter(|entry| entry["ProviderName"] == provider)
        .collect();
    if clients.is_empty() {
        return Err(if is_other_provider(pool, provider) {
            // Nobody but user pools issues tokens here.
            invalid("Not a valid OpenId Connect identity token.")
        } else {
            unsupported()
        });
    }
    let now = world.now();
    let token = tokens::read(world, text, now).map_err(|why| match why {
        Why::Malformed => invalid("Not a valid OpenId Connect identity token."),
        Why::Algorithm | Why::Issuer | Why::Signature => invalid("Couldn't verify signed token."),
        Why::Expired(end) => invalid(&format!("Token expired: {end} >= {}", now as i64)),
    })?;
    if token.issuer != format!("https://{provider}") {
        return Err(invalid("Issuer doesn't match providerName"));
    }
    let client = token.text("aud").to_owned();
    if client.is_empty() {
        return Err(invalid("Missing a required claim: aud"));
    }
    if token.text("token_use") != "id" {
        return Err(invalid("Not a valid OpenId Connect identity token."));
    }
    let entry = clients
        .into_iter()
        .find(|entry| entry["ClientId"] == client.as_str())
        .ok_or_else(unsupported)?;
    let user_pool = user_pool(world, provider).ok_or_else(|| invalid("Couldn't verify signed token."))?;
    if entry["ServerSideTokenCheck"] == true {
        check_user(user_pool, &token)?;
    }
    Ok(Login {
        provider: provider.to_owned(),
        client,
        token,
    })
}

/// Whether a name is one of a pool's providers that are no user pools: a public one, or one of IAM.
fn is_other_provider(pool: &Pool, name: &str) -> bool {
    let listed = |member: &str| {
        pool.settings
            .get(member)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let public = pool
        .settings
        .get("SupportedLoginProviders")
        .is_some_and(|it| it.get(name).is_some());
    let open_id = listed("OpenIdConnectProviderARNs")
        .filter_map(Value::as_str)
        .any(|arn| arn.split_once(":oidc-provider/").is_some_and(|(_, host)| host == name));
    let saml = listed("SamlProviderARNs").any(|arn| arn == name);
    public || open_id || saml || pool.settings.get("DeveloperProviderName").is_some_and(|it| it == name)
}

/// The user pool behind a provider's name, whichever account it belongs to.
fn user_pool<'w>(world: &'w World, provider: &str) -> Option<&'w cognito_idp::Pool> {
    let (_, id) = provider.split_once('/')?;
    let (region, _) = id.split_once('_')?;
    world
        .cognito_idp
        .values()
        .filter_map(|regions| regions.get(region))
        .find_map(|state| state.pools.get(id))
}

/// Refuses who is gone, disabled, or was signed out after his token was issued (CognitoIdentityProvider,
/// `ServerSideTokenCheck`). Without this check a token is good until it ends.
fn check_user(pool: &cognito_idp::Pool, token: &Token) -> Result<(), Fault> {
    let subject = token.text("sub");
    let user = pool
        .users
        .values()
        .find(|user| user.attributes.get("sub").is_some_and(|sub| sub == subject));
    match user {
        None => Err(invalid("User does not exist.")),
        Some(user) if !user.enabled => Err(invalid("User is disabled.")),
        Some(user) if !access::is_live(user, token) => Err(invalid("Token has been revoked.")),
        Some(_) => Ok(()),
    }
}
