//! Arithmetic modulo the prime of Cognito's password proof (RFC 3526, group 15), with numbers of 3072 bits.
//!
//! No big-number crate is in the program, and this is all that is needed of one: sums, products and powers of one
//! modulus, in Montgomery's form (Koç, Acar and Kaliski, "Analyzing and Comparing Montgomery Multiplication
//! Algorithms", method CIOS). It is not constant in time, which a sandbox need not be.

use std::sync::LazyLock;

/// Words of a number, the lowest first.
const WORDS: usize = 48;

/// The bytes of a number.
pub(super) const BYTES: usize = WORDS * 8;

/// The prime, in hexadecimal.
pub(super) const PRIME: &str = "\
FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F\
83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B\
E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510\
15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7\
ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C\
BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";

/// A number below the prime.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Number([u64; WORDS]);

/// The prime, and what Montgomery's form needs of it.
struct Modulus {
    prime: [u64; WORDS],
    /// The negative inverse of its lowest word, modulo a word.
    inverse: u64,
    /// The square of `2^3072`, modulo the prime.
    square: [u64; WORDS],
}

static MODULUS: LazyLock<Modulus> = LazyLock::new(|| {
    let prime = words(&super::bytes_of_hex(PRIME).expect("the prime is hexadecimal"));
    // Newton's iteration doubles the bits that are right.
    let mut inverse = 1_u64;
    for _ in 0..6 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(prime[0].wrapping_mul(inverse)));
    }
    let mut square = [0; WORDS];
    square[0] = 1;
    for _ in 0..2 * WORDS * 64 {
        square = add(&square, &square, &prime);
    }
    Modulus {
        prime,
        inverse: inverse.wrapping_neg(),
        square,
    }
});

impl Number {
    /// A small number.
    pub(super) fn small(number: u8) -> Self {
        let mut words = [0; WORDS];
        words[0] = u64::from(number);
        Self(words)
    }

    /// A number by its bytes, the highest first, if there are not too many of them. What is not below the prime is
    /// reduced.
    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        let bytes = &bytes[start..];
        (bytes.len() <= BYTES).then(|| {
            let number = words(bytes);
            let prime = &MODULUS.prime;
            Self(if less(&number, prime) {
                number
            } else {
                subtract(&number, prime)
            })
        })
    }

    /// Its bytes, the highest first, without leading zeros.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let bytes: Vec<u8> = self.0.iter().rev().flat_map(|word| word.to_be_bytes()).collect();
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        bytes[start..].to_vec()
    }

    /// Whether it is zero.
    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The sum with another.
    pub(super) fn plus(&self, other: &Self) -> Self {
        Self(add(&self.0, &other.0, &MODULUS.prime))
    }

    /// The product with another.
    pub(super) fn times(&self, other: &Self) -> Self {
        Self(multiply(&multiply(&self.0, &MODULUS.square), &other.0))
    }

    /// The power to an exponent, by its bytes, the highest first.
    pub(super) fn power(&self, exponent: &[u8]) -> Self {
        let base = multiply(&self.0, &MODULUS.square);
        let one = Self::small(1).0;
        let mut power = multiply(&one, &MODULUS.square);
        for bit in exponent
            .iter()
            .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        {
            power = multiply(&power, &power);
            if bit == 1 {
                power = multiply(&power, &base);
            }
        }
        Self(multiply(&power, &one))
    }
}

/// Words out of at most [`BYTES`] bytes.
fn words(bytes: &[u8]) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    for (word, chunk) in words.iter_mut().zip(bytes.rchunks(8)) {
        *word = chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    words
}

fn less(a: &[u64; WORDS], b: &[u64; WORDS]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// The difference, modulo `2^3072`.
fn subtract(a: &[u64; WORDS], b: &[u64; WORDS]) -> [u64; WORDS] {
    let mut difference = [0; WORDS];
    let mut borrow = false;
    for ((word, a), b) in difference.iter_mut().zip(a).zip(b) {
        let (first, one) = a.overflowing_sub(*b);
        let (second, two) = first.overflowing_sub(u64::from(borrow));
        *word = second;
        borrow = one || two;
    }
    difference
}

/// The sum of two numbers below the prime.
fn add(a: &[u64; WORDS], b: &[u64; WORDS], prime: &[u64; WORDS]) -> [u64; WORDS] {
    let mut sum = [0; WORDS];
    let mut carry = false;
    for ((word, a), b) in sum.iter_mut().zip(a).zip(b) {
        let (first, one) = a.overflowing_add(*b);
        let (second, two) = first.overflowing_add(u64::from(carry));
        *word = second;
        carry = one || two;
    }
    if carry || !less(&sum, prime) {
        subtract(&sum, prime)
    } else {
        sum
    }
}

/// The product of two numbers below the prime, divided by `2^3072`.
fn multiply(a: &[u64; WORDS], b: &[u64; WORDS]) -> [u64; WORDS] {
    let Modulus { prime, inverse, .. } = &*MODULUS;
    let mut sum = [0_u64; WORDS];
    let mut top = 0_u64;
    for factor in b {
        let mut carry = 0_u64;
        for (word, a) in sum.iter_mut().zip(a) {
            (*word, carry) = step(*word, *a, *factor, carry);
        }
        let (high, over) = top.overflowing_add(carry);
        let factor = sum[0].wrapping_mul(*inverse);
        let (_, mut carry) = step(sum[0], prime[0], factor, 0);
        for at in 1..WORDS {
            (sum[at - 1], carry) = step(sum[at], prime[at], factor, carry);
        }
        let (last, more) = high.overflowing_add(carry);
        sum[WORDS - 1] = last;
        top = u64::from(over) + u64::from(more);
    }
    if top != 0 || !less(&sum, prime) {
        subtract(&sum, prime)
    } else {
        sum
    }
}

/// `word + a * b + carry`, as its low and its high word.
fn step(word: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let all = u128::from(word) + u128::from(a) * u128::from(b) + u128::from(carry);
    (all as u64, (all >> 64) as u64)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use sha2::{Digest as _, Sha256};

    use super::super::bytes_of_hex;
    use super::*;
    use crate::protocol::wire::hex;

    /// Checked against Python: `pow(a, b, p)`, `a * b % p` and `(a + b) % p` with a = 2^3071 + 12345 and b = p - 6789.
    #[test]
    fn large_numbers_are_those_of_python() {
        let mut a = vec![0; BYTES];
        a[0] = 0x80;
        a[BYTES - 2..].copy_from_slice(&12345_u16.to_be_bytes());
        let a = Number::of_bytes(&a).unwrap();
        let b = Number(subtract(&MODULUS.prime, &words(&6789_u16.to_be_bytes())));
        let digest = |number: Number| hex(&Sha256::digest(number.bytes()))[..16].to_owned();
        assert_eq!(digest(a.plus(&b)), "2583df97b0a8982b");
        assert_eq!(digest(a.times(&b)), "151ff186e7fd6bfc");
        assert_eq!(digest(a.power(&b.bytes())), "b04619484b75430d");
    }

    #[test]
    fn the_prime_is_zero_and_fermat_holds() {
        let prime = bytes_of_hex(PRIME).unwrap();
        assert!(Number::of_bytes(&prime).unwrap().is_zero());
        assert!(Number::of_bytes(&[0; BYTES + 9]).unwrap().is_zero());
        assert!(Number::of_bytes(&[1; BYTES + 1]).is_none());
        let mut exponent = prime;
        *exponent.last_mut().unwrap() -= 1;
        let two = Number::small(2);
        assert!(two.power(&exponent) == Number::small(1));
        assert_eq!(two.power(&[10]).bytes(), [4, 0]);
        assert!(two.power(&[]) == Number::small(1));
    }
}
