//! The codes of authenticator apps (RFC 6238: SHA-1, six digits, half a minute each).

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::services::cognito_idp::hidden::Hidden;
use crate::world::World;

/// How long a code is shown, in seconds.
const STEP: f64 = 30.0;

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new secret in base32: 52 characters, as Cognito's, of which the last has but one bit.
pub(crate) fn fresh(world: &mut World) -> Hidden {
    Hidden::new(world.fresh(ALPHABET, 51) + "A")
}

/// The step whose code this is: the one of now, or a neighbour, since clocks differ.
pub(crate) fn step(secret: &str, code: &str, now: f64) -> Option<u64> {
    let current = (now / STEP) as u64;
    [current, current.saturating_sub(1), current + 1]
        .into_iter()
        .find(|step| self::code(secret, *step) == code)
}

/// The code of a step.
fn code(secret: &str, step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(&bytes(secret)).expect("HMAC takes keys of any length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[digest.len() - 1] & 15);
    let number = digest[at..at + 4]
        .iter()
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// The code of a moment; for tests.
#[cfg(test)]
pub(crate) fn code_at(secret: &str, now: f64) -> String {
    code(secret, (now / STEP) as u64)
}

/// The bytes of a text in base32; what is in no alphabet counts for nothing.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for value in text.chars().filter_map(|letter| ALPHABET.find(letter)) {
        bits = (bits << 5 | value as u32) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of its eight digits; the secret is "12345678901234567890".
    #[test]
    fn the_published_codes() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (now, wanted) in [
            (59.0, "287082"),
            (1_111_111_109.0, "081804"),
            (1_234_567_890.0, "005924"),
            (20_000_000_000.0, "353130"),
        ] {
            assert_eq!(code_at(secret, now), wanted);
            assert_eq!(step(secret, wanted, now), Some((now / STEP) as u64));
            assert_eq!(step(secret, wanted, now + STEP), Some((now / STEP) as u64));
            assert_eq!(step(secret, wanted, now + 3.0 * STEP), None);
        }
    }

    #[test]
    fn a_secret_has_32_bytes() {
        let secret = fresh(&mut World::default());
        assert_eq!((secret.reveal().len(), bytes(secret.reveal()).len()), (52, 32));
    }
}
