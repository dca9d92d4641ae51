//! What a user pool tells about itself: where its endpoints are, and which keys sign its tokens.

use serde_json::json;

use super::document;
use crate::faces::FaceAnswer;
use crate::services::cognito_idp::sign_in::place::Place;
use crate::tokens;
use crate::world::World;

/// A document of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// `jwks.json`.
    Keys,
    /// `openid-configuration`.
    Configuration,
}

/// The pool and the document that a path is of: `/<pool>/.well-known/<document>`.
pub(crate) fn of(path: &str) -> Option<(&str, Document)> {
    let (pool, name) = path.strip_prefix('/')?.split_once("/.well-known/")?;
    let document = match name {
        "jwks.json" => Document::Keys,
        "openid-configuration" => Document::Configuration,
        _ => return None,
    };
    // An underscore is in no bucket's name.
    (pool.contains('_') && !pool.contains('/')).then_some((pool, document))
}

/// The document. While serving at `base` the keys are where they can be fetched.
pub(crate) fn get(world: &mut World, pool: &str, which: Document, base: Option<&str>) -> FaceAnswer {
    let Some(place) = Place::of_pool(world, pool) else {
        let words = format!("User pool {pool} does not exist.");
        return document(404, &json!({"code": "ResourceNotFoundException", "message": words}));
    };
    let issuer = place.issuer();
    if which == Document::Keys {
        return document(200, &tokens::jwks(world, &issuer));
    }
    let domain = place.pool(world).ok().and_then(|pool| pool.domain.clone());
    let keys = base.map_or_else(|| issuer.clone(), |base| format!("{base}/{pool}"));
    let mut configuration = json!({
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": format!("{keys}/.well-known/jwks.json"),
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    });
    if let Some(domain) = domain {
        let host = format!("https://{}.auth.{}.amazoncognito.com", domain.name, place.region);
        for (name, path) in [
            ("authorization_endpoint", "/oauth2/authorize"),
            ("token_endpoint", "/oauth2/token"),
            ("userinfo_endpoint", "/oauth2/userInfo"),
            ("revocation_endpoint", "/oauth2/revoke"),
            ("end_session_endpoint", "/logout"),
        ] {
            configuration[name] = json!(format!("{host}{path}"));
        }
    }
    document(200, &configuration)
}
