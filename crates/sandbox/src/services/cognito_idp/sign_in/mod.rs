//! People sign in: with a password, by proving it, with a refresh token, with an authenticator app.
//!
//! The calls of applications are not signed. The client's id, or the token, says which pool is meant, whoever owns it
//! and in whatever region it is. The login pages ([`crate::faces`]) take the same steps: what is refused here is
//! refused there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::challenge::Challenge;
use self::grant::Origin;

pub(crate) mod access;
pub(crate) mod challenge;
mod claims;
pub(crate) mod first;
pub(crate) mod grant;
pub(crate) mod initiate;
pub(crate) mod own;
pub(crate) mod place;
pub(crate) mod refresh;
pub(crate) mod respond;
pub(crate) mod secret;
pub(crate) mod software_token;
pub(crate) mod totp;

/// What is open between a pool and people who sign in. All of it ends by itself, and is kept under hashes: who reads the
/// world can use none of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Open {
    /// Sign-ins that wait for something, by the hash of their session.
    pub(crate) challenges: BTreeMap<String, Challenge>,
    /// Browsers in which somebody is signed in, by the hash of their cookie.
    pub(crate) browsers: BTreeMap<String, Browser>,
    /// Authorization codes, by their hashes.
    pub(crate) codes: BTreeMap<String, Code>,
}

impl Open {
    /// Forgets what has ended.
    pub(crate) fn forget(&mut self, now: f64) {
        self.challenges.retain(|_, challenge| now < challenge.until);
        self.browsers.retain(|_, browser| now < browser.until);
        self.codes.retain(|_, code| now < code.until);
    }
}

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Browser {
    /// The username.
    pub(crate) user: String,
    /// When the sign-in was, in epoch seconds.
    pub(crate) since: f64,
    /// When it ends, in epoch seconds.
    pub(crate) until: f64,
}

/// An authorization code.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Code {
    /// The sign-in that it stands for.
    pub(crate) origin: Origin,
    /// The callback that it was sent to.
    pub(crate) redirect_uri: String,
    /// The SHA-256 of the verifier that must come with it (PKCE), if one was announced.
    pub(crate) challenge: Option<String>,
    /// When it ends, in epoch seconds.
    pub(crate) until: f64,
}
