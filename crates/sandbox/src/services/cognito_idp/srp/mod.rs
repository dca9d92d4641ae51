//! The proof of a password without sending it: Secure Remote Password as Cognito's clients speak it.
//!
//! It is SRP-6a with SHA-256 and two habits of Cognito: numbers are hashed as Java writes them (a zero byte before a
//! first byte of 128 or more), and the key is drawn from the shared secret with the words "Caldera Derived Key". The
//! steps are those of the client libraries that AWS publishes (amazon-cognito-identity-js, AuthenticationHelper.js).

mod modular;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use self::modular::{Number, PRIME};
use super::hidden::Hidden;
use crate::protocol::wire::hex;

/// The group's generator.
const GENERATOR: u8 = 2;

/// A password as it is kept: the salted hash of which the proof makes its verifier.
///
/// The verifier itself is made when a client asks for the proof: it takes a power of a large number, which ten thousand
/// new users need not wait for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PasswordHash {
    /// Sixteen bytes in hexadecimal.
    salt: String,
    /// The hash in hexadecimal.
    hash: Hidden,
}

impl PasswordHash {
    /// Hashes a password of a user of a pool.
    pub(crate) fn new(salt: String, pool: &str, username: &str, password: &str) -> Self {
        let inner = Sha256::digest(format!("{}{username}:{password}", short(pool)));
        let padded = padded(&bytes_of_hex(&salt).unwrap_or_default());
        let hash = Sha256::new().chain_update(padded).chain_update(inner).finalize();
        Self {
            salt,
            hash: Hidden::new(hex(&hash)),
        }
    }

    /// Whether it is the hash of this password.
    pub(crate) fn matches(&self, pool: &str, username: &str, password: &str) -> bool {
        *self == Self::new(self.salt.clone(), pool, username, password)
    }

    /// The salt, in hexadecimal.
    pub(crate) fn salt(&self) -> &str {
        &self.salt
    }

    fn exponent(&self) -> Vec<u8> {
        bytes_of_hex(self.hash.reveal()).unwrap_or_default()
    }

    /// The number that a client must hold to prove the password, and not the password.
    fn verifier(&self) -> Number {
        Number::small(GENERATOR).power(&self.exponent())
    }
}

/// A proof under way.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Handshake {
    /// The client's public number, in hexadecimal.
    client: String,
    /// The server's public number, in hexadecimal.
    server: String,
    /// The server's secret number, in hexadecimal.
    secret: Hidden,
    /// What is to be proven.
    password: PasswordHash,
}

impl Handshake {
    /// Begins a proof with the client's public number and a secret one of 32 bytes, both in hexadecimal. There is none
    /// where the client's number is no number, or a multiple of the prime, which would prove any password.
    pub(crate) fn begin(client: &str, secret: String, password: PasswordHash) -> Option<Self> {
        let number = Number::of_bytes(&bytes_of_hex(client)?)?;
        if number.is_zero() {
            return None;
        }
        let public = Number::small(GENERATOR).power(&bytes_of_hex(&secret)?);
        let server = multiplier().times(&password.verifier()).plus(&public);
        Some(Self {
            client: client.to_owned(),
            server: hex(&server.bytes()),
            secret: Hidden::new(secret),
            password,
        })
    }

    /// The server's public number, in hexadecimal.
    pub(crate) fn public(&self) -> &str {
        &self.server
    }

    /// The salt of the password, in hexadecimal.
    pub(crate) fn salt(&self) -> &str {
        self.password.salt()
    }

    /// Whether a client's claim, in base64, proves the password for a secret block and a moment.
    pub(crate) fn proves(&self, pool: &str, username: &str, block: &[u8], moment: &str, claim: &str) -> bool {
        let Some(key) = self.key() else { return false };
        let Ok(claim) = STANDARD.decode(claim) else {
            return false;
        };
        mac(&key)
            .chain_update(short(pool))
            .chain_update(username)
            .chain_update(block)
            .chain_update(moment)
            .verify_slice(&claim)
            .is_ok()
    }

    fn key(&self) -> Option<Vec<u8>> {
        let client = bytes_of_hex(&self.client)?;
        let secret = bytes_of_hex(self.secret.reveal())?;
        let scramble = Sha256::new()
            .chain_update(padded(&client))
            .chain_update(padded(&bytes_of_hex(&self.server)?))
            .finalize();
        let shared = Number::of_bytes(&client)?
            .times(&self.password.verifier().power(&scramble))
            .power(&secret);
        let extracted = mac(&padded(&scramble)).chain_update(padded(&shared.bytes())).finalize();
        let key = mac(&extracted.into_bytes())
            .chain_update(b"Caldera Derived Key\x01")
            .finalize();
        Some(key.into_bytes()[..16].to_vec())
    }
}

/// The multiplier of SRP-6a: the hash of the prime and the generator.
fn multiplier() -> Number {
    let prime = bytes_of_hex(PRIME).unwrap_or_default();
    let hash = Sha256::new()
        .chain_update(padded(&prime))
        .chain_update([GENERATOR])
        .finalize();
    Number::of_bytes(&hash).expect("a hash is shorter than the prime")
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// The part of a pool's id that its users' proofs name.
fn short(pool: &str) -> &str {
    pool.split_once('_').map_or(pool, |(_, short)| short)
}

/// A number's bytes as Java writes them: without leading zeros, but one before a first byte of 128 or more.
fn padded(bytes: &[u8]) -> Vec<u8> {
    let start = bytes
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(bytes.len().saturating_sub(1));
    let bytes = &bytes[start..];
    let sign = bytes.first().is_none_or(|byte| *byte >= 128);
    std::iter::repeat_n(0, usize::from(sign))
        .chain(bytes.iter().copied())
        .collect()
}

/// The bytes of a number in hexadecimal, which may have an odd number of digits.
fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    const MOST: usize = 2 * modular::BYTES + 2;
    if text.is_empty() || text.len() > MOST || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let even = if text.len().is_multiple_of(2) {
        text.to_owned()
    } else {
        format!("0{text}")
    };
    (0..even.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&even[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const POOL: &str = "eu-central-1_Ab3dEf6hI";
    const MOMENT: &str = "Tue Nov 24 20:38:58 UTC 2026";

    fn kept() -> PasswordHash {
        PasswordHash::new("8f".repeat(16), POOL, "igvuser", "Correct-Horse-42")
    }

    /// The client's public number for the secret `11` thirty-two times over.
    fn client() -> String {
        hex(&Number::small(GENERATOR).power(&[0x11; 32]).bytes())
    }

    #[test]
    fn a_password_is_known_by_its_hash() {
        let kept = kept();
        // Computed with Python's hashlib.
        assert_eq!(
            kept.hash.reveal(),
            "6f14ed552ec9878eb767c6a4ee085031c9c17bfdbc7a57c63b4dc8a9317199b1"
        );
        assert!(kept.matches(POOL, "igvuser", "Correct-Horse-42"));
        assert!(!kept.matches(POOL, "igvuser", "correct-horse-42"));
        assert!(!kept.matches(POOL, "other", "Correct-Horse-42"));
        assert!(!PasswordHash::default().matches(POOL, "igvuser", ""));
        assert!(!format!("{kept:?}").contains("6f14"));
    }

    /// The numbers were computed with Python, by the client's side of the protocol.
    #[test]
    fn the_proof_is_that_of_awss_clients() {
        let claim = "GZWh8aDkP5X33xuz1o7NzmQzeg0or8jXeUNpy8kLCU4=";
        let handshake = Handshake::begin(&client(), "22".repeat(32), kept()).unwrap();
        assert!(handshake.proves(POOL, "igvuser", b"block", MOMENT, claim));
        assert!(!handshake.proves(POOL, "igvuser", b"block", "Tue Nov 24 20:38:59 UTC 2026", claim));
        assert!(!handshake.proves(POOL, "igvuser", b"other", MOMENT, claim));
        assert!(!handshake.proves(POOL, "other", b"block", MOMENT, claim));
        assert!(!handshake.proves(POOL, "igvuser", b"block", MOMENT, "AAAA"));
        let wrong = PasswordHash::new("8f".repeat(16), POOL, "igvuser", "correct-horse-42");
        let handshake = Handshake::begin(&client(), "22".repeat(32), wrong).unwrap();
        assert!(!handshake.proves(POOL, "igvuser", b"block", MOMENT, claim));
    }

    #[test]
    fn a_number_that_proves_anything_is_refused() {
        for number in ["0", "", "xyz", &"f".repeat(1000), PRIME, &"0".repeat(768)] {
            assert!(Handshake::begin(number, "22".repeat(32), kept()).is_none(), "{number}");
        }
        assert!(Handshake::begin("2", "22".repeat(32), kept()).is_some());
    }

    #[test]
    fn numbers_are_written_as_java_does() {
        for (bytes, written) in [
            (&[0x7f][..], &[0x7f][..]),
            (&[0x80], &[0, 0x80]),
            (&[0, 0, 1], &[1]),
            (&[0], &[0]),
            (&[], &[0]),
        ] {
            assert_eq!(padded(bytes), written, "{bytes:?}");
        }
    }
}
