//! From a code to tokens, and what the id token says.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value as Json;
use spec_model::Secret;
use spec_model::kinds::ConfigBody;

use super::request::LoginRequest;
use super::sign_in::is_session_name;
use crate::web::{Web, WebError};

/// What a login gives.
pub(super) struct Tokens {
    /// Says who logged in.
    pub(super) id: Secret,
    /// How long it is good, in seconds.
    pub(super) expires_in: u64,
}

/// Why there are no tokens, or no good ones.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    #[error(transparent)]
    Web(#[from] WebError),
    #[error("{0}")]
    Refused(String),
}

/// Trades a code for tokens, in IGV's form: its values are not encoded (contract, seen with 2.19.7).
pub(super) async fn exchange(
    web: &Web,
    body: &ConfigBody,
    request: &LoginRequest,
    code: &Secret,
) -> Result<Tokens, TokenError> {
    let mut form = format!(
        "grant_type=authorization_code&code={}&client_id={}",
        code.expose(),
        body.client_id
    );
    if !body.client_secret.expose().is_empty() {
        form.push_str(&format!("&client_secret={}", body.client_secret.expose()));
    }
    form.push_str(&format!(
        "&redirect_uri={}&code_verifier={}",
        request.callback,
        request.verifier.expose()
    ));
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = web
        .send(http::Method::POST, &body.token_endpoint, &headers, form.into_bytes())
        .await?;
    let said: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.status != 200 {
        let error = said.get("error").and_then(Json::as_str).unwrap_or("no reason");
        return Err(TokenError::Refused(format!(
            "the token endpoint answers {}: {error}",
            answer.status
        )));
    }
    let text = |name: &str| said.get(name).and_then(Json::as_str).filter(|it| !it.is_empty());
    let expires_in = said.get("expires_in").and_then(Json::as_u64);
    let missing: Vec<&str> = ["access_token", "refresh_token", "id_token"]
        .into_iter()
        .filter(|it| text(it).is_none())
        .chain(expires_in.is_none().then_some("expires_in"))
        .collect();
    match (text("id_token"), expires_in) {
        (Some(id), Some(expires_in)) if missing.is_empty() => Ok(Tokens {
            id: Secret::new(id),
            expires_in,
        }),
        _ => Err(TokenError::Refused(format!(
            "the answer has no {}, which IGV reads",
            missing.join(", no ")
        ))),
    }
}

/// What the id token says: its signature, issuer, audience and life verified.
pub(super) async fn claims(web: &Web, provider: &str, client_id: &str, token: &Secret) -> Result<Json, TokenError> {
    let keys = web
        .get(&format!("https://{provider}/.well-known/jwks.json"), &[])
        .await?;
    let wrong = |what: &str, error: &dyn std::fmt::Display| TokenError::Refused(format!("{what}: {error}"));
    let keys: JwkSet =
        serde_json::from_slice(&keys.body).map_err(|it| wrong("the user pool's keys cannot be read", &it))?;
    let header = decode_header(token.expose()).map_err(|it| wrong("the id token cannot be read", &it))?;
    let key = header.kid.as_deref().and_then(|it| keys.find(it)).ok_or_else(|| {
        TokenError::Refused("the id token is signed with a key that the user pool does not list".into())
    })?;
    let key = DecodingKey::from_jwk(key).map_err(|it| wrong("the user pool's key cannot be read", &it))?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[client_id]);
    validation.set_issuer(&[format!("https://{provider}")]);
    let read = decode::<Json>(token.expose(), &key, &validation);
    Ok(read.map_err(|it| wrong("the id token is not good", &it))?.claims)
}

/// The name of the AWS session, which IGV takes from the id token.
pub(super) fn session_name(claims: &Json) -> Result<&str, String> {
    if claims.get("token_use").and_then(Json::as_str) != Some("id") {
        return Err("it is no id token: `token_use` is not `id`".to_owned());
    }
    match claims.get("email").and_then(Json::as_str) {
        Some(email) if is_session_name(email) => Ok(email),
        Some(_) => Err("its e-mail address is no name for an AWS session".to_owned()),
        None => Err("it holds no `email`, so IGV has no name for the AWS session".to_owned()),
    }
}

/// Whether IGV can read the token: it decodes it with the plain alphabet of Base64, which has no `-` and `_`.
pub(super) fn igv_reads(token: &Secret) -> bool {
    let payload = token.expose().split('.').nth(1).unwrap_or_default();
    !payload.contains(['-', '_'])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::json;

    use super::*;

    #[test]
    fn the_session_is_named_by_the_address() {
        let good = json!({"token_use": "id", "email": "anna@example.org"});
        assert_eq!(session_name(&good).unwrap(), "anna@example.org");
        for bad in [
            json!({"token_use": "access", "email": "anna@example.org"}),
            json!({"token_use": "id"}),
            json!({"token_use": "id", "email": "zoë@example.org"}),
        ] {
            session_name(&bad).unwrap_err();
        }
    }

    #[test]
    fn igv_reads_plain_base64_alone() {
        assert!(igv_reads(&Secret::new("a-_.YWJj.x-_")));
        assert!(!igv_reads(&Secret::new("a.YW-j.x")));
    }
}
