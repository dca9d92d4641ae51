//! A login that is about to be made: the address for the browser, and what only this program knows of it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use aws_smithy_types::base64;
use sha2::{Digest as _, Sha256};
use spec_model::Secret;
use spec_model::kinds::ConfigBody;

use super::login_page::authorize_url;
use crate::web::Web;

/// A login that is about to be made, as IGV from 2.17.0 begins one.
#[derive(Debug, Clone)]
pub struct LoginRequest {
    /// The address that the browser opens.
    pub url: String,
    /// Where the browser is sent back to.
    pub callback: String,
    /// What must come back with the code: else it is the answer to another login.
    pub state: String,
    /// Proves that whoever brings the code asked for it (RFC 7636).
    pub(super) verifier: Secret,
}

impl LoginRequest {
    pub(super) fn new(web: &Web, body: &ConfigBody, callback: &str) -> Self {
        let (state, verifier) = (unguessable(), unguessable());
        let challenge = url_safe(&Sha256::digest(verifier.as_bytes()));
        let rest = [
            ("state", state.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        Self {
            url: web.address(&authorize_url(body, callback, &rest)),
            callback: callback.to_owned(),
            verifier: Secret::new(verifier.clone()),
            state: state.clone(),
        }
    }
}

/// A text of 43 characters that nobody can guess: the standard library's hash keys come from the system's randomness.
pub(super) fn unguessable() -> String {
    let mut digest = Sha256::new();
    // Each thread draws its keys once and then counts, so another thread's keys are asked for too.
    let other = std::thread::spawn(|| RandomState::new().build_hasher().finish());
    for _ in 0..4 {
        digest.update(RandomState::new().build_hasher().finish().to_le_bytes());
    }
    digest.update(other.join().unwrap_or_default().to_le_bytes());
    url_safe(&digest.finalize())
}

/// Bytes in the alphabet of addresses, without padding.
pub(super) fn url_safe(bytes: &[u8]) -> String {
    let text = base64::encode(bytes);
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let challenge = url_safe(&Sha256::digest(b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn no_two_texts_are_the_same() {
        let (one, other) = (unguessable(), unguessable());
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
    }
}
