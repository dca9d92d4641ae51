//! What anybody can ask of AWS without credentials: whether an identity pool is there and lets guests in, and which
//! login page a user pool has.
//!
//! Asked in plain HTTP: a client of the SDK would look for credentials, and whoever asks here needs none.

use http::Method;
use serde_json::{Value as Json, json};

use crate::clients::DNS_SUFFIX;
use crate::web::{Web, WebError};

/// What an identity pool says to somebody without a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guests {
    /// It is there and lets no guests in.
    Refused,
    /// It gave an identity to a guest.
    Welcome,
    /// There is no such pool in this region.
    NoPool,
    /// Anything else: the code and message of AWS, or the status alone.
    Other(String),
}

/// What is known of a user pool in public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicPool {
    /// It is there; its login page is at this address, if it has one.
    There(Option<String>),
    /// There is no such pool in this region.
    Absent,
    /// Anything else.
    Other(String),
}

/// The host of Cognito's identity pools in a region.
pub fn identity_host(region: &str) -> String {
    format!("cognito-identity.{region}.{DNS_SUFFIX}")
}

/// The host of Cognito's user pools in a region.
pub fn user_pool_host(region: &str) -> String {
    format!("cognito-idp.{region}.{DNS_SUFFIX}")
}

/// Asks an identity pool for an identity without a login (`GetId` without `Logins`).
///
/// Where guests are let in this makes an identity without a name and without rights of its own.
///
/// # Errors
///
/// When no answer comes.
pub async fn guests(web: &Web, region: &str, pool: &str) -> Result<Guests, WebError> {
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AWSCognitoIdentityService.GetId"),
    ];
    let url = format!("https://{}/", identity_host(region));
    let body = json!({"IdentityPoolId": pool}).to_string();
    let answer = web.send(Method::POST, &url, &headers, body.into_bytes()).await?;
    let said: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.status == 200 && said["IdentityId"].is_string() {
        return Ok(Guests::Welcome);
    }
    let code = said["__type"].as_str().unwrap_or_default();
    let code = code
        .rsplit('#')
        .next()
        .unwrap_or_default()
        .split(':')
        .next()
        .unwrap_or_default();
    let message = said["message"]
        .as_str()
        .or(said["Message"].as_str())
        .unwrap_or_default();
    Ok(match code {
        "NotAuthorizedException" => Guests::Refused,
        "ResourceNotFoundException" => Guests::NoPool,
        "" => Guests::Other(format!("status {}", answer.status)),
        _ => Guests::Other(format!("{code}: {message}")),
    })
}

/// Asks for the public description of a user pool (its OpenID configuration).
///
/// # Errors
///
/// When no answer comes.
pub async fn public_pool(web: &Web, region: &str, pool: &str) -> Result<PublicPool, WebError> {
    let url = format!(
        "https://{}/{pool}/.well-known/openid-configuration",
        user_pool_host(region)
    );
    let answer = web.get(&url, &[]).await?;
    Ok(match answer.status {
        200 => {
            let said: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
            PublicPool::There(said["authorization_endpoint"].as_str().map(str::to_owned))
        }
        400 | 404 => PublicPool::Absent,
        status => PublicPool::Other(format!("status {status}")),
    })
}
