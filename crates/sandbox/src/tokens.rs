//! Signed tokens (JSON Web Tokens, RS256): what user pools and identity pools hand out, and what STS takes.
//!
//! Each issuer has one RSA key, made when it is first asked for. Keys are random, unlike all else in a world of a given
//! seed, and kept in it: a folder that is opened again still knows the tokens it gave.

use std::collections::BTreeMap;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::services::cognito_idp::hidden::Hidden;
use crate::world::World;

/// The issuer of the tokens of identity pools, of every region.
pub(crate) const IDENTITY_ISSUER: &str = "https://cognito-identity.amazonaws.com";

/// The bytes of PKCS #8 before the RSA key itself (RFC 8017, A.1.2) where that key has 2048 bits.
const WRAPPING: usize = 26;

/// The keys by issuer.
pub(crate) type Keys = BTreeMap<String, Key>;

/// What an issuer signs with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Key {
    /// The name of the key in the header of a token.
    id: String,
    /// `RSAPrivateKey` in DER, as base64.
    secret: Hidden,
}

impl Key {
    fn private(&self) -> EncodingKey {
        // A world that somebody edited signs nothing.
        EncodingKey::from_rsa_der(&STANDARD.decode(self.secret.reveal()).unwrap_or_default())
    }

    /// The public half, as a key set lists it.
    fn public(&self) -> Option<Jwk> {
        let mut key = Jwk::from_encoding_key(&self.private(), Algorithm::RS256).ok()?;
        key.common.key_id = Some(self.id.clone());
        key.common.public_key_use = Some(PublicKeyUse::Signature);
        Some(key)
    }
}

/// A token that was verified.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// Who issued it, as in `iss`.
    pub(crate) issuer: String,
    /// Its claims.
    pub(crate) claims: Map<String, Value>,
}

impl Token {
    /// A claim that is a text; empty where it is not there.
    pub(crate) fn text(&self, claim: &str) -> &str {
        self.claims.get(claim).and_then(Value::as_str).unwrap_or_default()
    }

    /// A claim that is a number, such as a moment in epoch seconds.
    pub(crate) fn number(&self, claim: &str) -> Option<f64> {
        self.claims.get(claim).and_then(Value::as_f64)
    }
}

/// Why a token is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// It is no signed token.
    Malformed,
    /// It is signed by another algorithm than RS256, or by none.
    Algorithm,
    /// Nobody here has the key that it names, or not for the issuer that it names.
    Issuer,
    /// The signature is not that of the key.
    Signature,
    /// It ended at this moment, in epoch seconds.
    Expired(i64),
}

/// The issuer of a user pool's tokens.
pub(crate) fn user_pool_issuer(region: &str, pool: &str) -> String {
    format!("https://cognito-idp.{region}.amazonaws.com/{pool}")
}

/// Signs claims as an issuer. `iss` is set; all else, such as `exp`, is the caller's to say.
pub(crate) fn issue(world: &mut World, issuer: &str, mut claims: Map<String, Value>) -> String {
    claims.insert("iss".to_owned(), json!(issuer));
    let key = key(world, issuer);
    let mut header = Header::new(Algorithm::RS256);
    // Cognito's headers name the key and the algorithm alone.
    header.typ = None;
    header.kid = Some(key.id.clone());
    encode(&header, &claims, &key.private()).unwrap_or_else(|wrong| {
        crate::say(format_args!("the key of {issuer} does not sign: {wrong}"));
        String::new()
    })
}

/// Reads a token at a moment: it must be signed by the key of its issuer and not have ended.
pub(crate) fn read(world: &World, token: &str, now: f64) -> Result<Token, Why> {
    use jsonwebtoken::errors::ErrorKind;
    let header = decode_header(token).map_err(|_| {
        if names_algorithm(token) {
            Why::Algorithm
        } else {
            Why::Malformed
        }
    })?;
    if header.alg != Algorithm::RS256 {
        return Err(Why::Algorithm);
    }
    let id = header.kid.ok_or(Why::Issuer)?;
    let (issuer, key) = world.tokens.iter().find(|(_, key)| key.id == id).ok_or(Why::Issuer)?;
    let public = key
        .public()
        .and_then(|key| DecodingKey::from_jwk(&key).ok())
        .ok_or(Why::Signature)?;
    // The clock is the world's, and whom a token is for is the reader's to judge.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims = decode::<Map<String, Value>>(token, &public, &validation)
        .map_err(|wrong| {
            if matches!(wrong.kind(), ErrorKind::InvalidSignature) {
                Why::Signature
            } else {
                Why::Malformed
            }
        })?
        .claims;
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(Why::Issuer);
    }
    let end = claims.get("exp").and_then(Value::as_f64).ok_or(Why::Malformed)?;
    if end <= now {
        return Err(Why::Expired(end as i64));
    }
    Ok(Token {
        issuer: issuer.clone(),
        claims,
    })
}

/// The public keys of an issuer, as a key set (RFC 7517).
pub(crate) fn jwks(world: &mut World, issuer: &str) -> Value {
    json!({"keys": [key(world, issuer).public()]})
}

/// Whether a token has three parts and names an algorithm, were it one that signs nothing, such as `none`.
fn names_algorithm(token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, _, _] = parts.as_slice() else {
        return false;
    };
    URL_SAFE_NO_PAD
        .decode(header)
        .ok()
        .and_then(|text| serde_json::from_slice::<Value>(&text).ok())
        .is_some_and(|header| header["alg"].is_string())
}

/// The key of an issuer, which is made if there is none.
fn key<'w>(world: &'w mut World, issuer: &str) -> &'w Key {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if !world.tokens.contains_key(issuer) {
        // Drawn, so that a folder is written: many calls that need a key only read otherwise.
        let id = format!("{}=", world.fresh(LETTERS, 43));
        let key = Key { id, secret: fresh() };
        world.tokens.insert(issuer.to_owned(), key);
    }
    &world.tokens[issuer]
}

/// A fresh private key.
fn fresh() -> Hidden {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key of this size can be made");
    let wrapped = pair.as_der().expect("a key that was made can be written");
    Hidden::new(STANDARD.encode(&wrapped.as_ref()[WRAPPING..]))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const POOL: &str = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab3";

    fn claims(claims: &Value) -> Map<String, Value> {
        claims.as_object().unwrap().clone()
    }

    fn with_header(token: &str, header: &Value) -> String {
        let rest = token.split_once('.').unwrap().1;
        format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
    }

    #[test]
    fn a_token_is_read_until_it_ends() {
        let mut world = World::default();
        let token = issue(&mut world, POOL, claims(&json!({"sub": "s1", "exp": 1000})));
        let read_back = read(&world, &token, 999.5).unwrap();
        assert_eq!(read_back.issuer, user_pool_issuer("eu-central-1", "eu-central-1_Ab3"));
        assert_eq!(read_back.text("sub"), "s1");
        assert_eq!(read_back.number("exp"), Some(1000.0));
        assert_eq!(read(&world, &token, 1000.0), Err(Why::Expired(1000)));
        let endless = issue(&mut world, POOL, claims(&json!({"sub": "s1"})));
        assert_eq!(read(&world, &endless, 0.0), Err(Why::Malformed));
        let header = decode_header(&token).unwrap();
        assert_eq!((header.alg, header.typ), (Algorithm::RS256, None));
    }

    #[test]
    fn the_key_set_verifies_a_token_and_holds_no_secret() {
        let mut world = World::default();
        let token = issue(&mut world, POOL, claims(&json!({"exp": 1000})));
        let keys = jwks(&mut world, POOL);
        let mut members: Vec<&str> = keys["keys"][0]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        members.sort_unstable();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
        let key: Jwk = serde_json::from_value(keys["keys"][0].clone()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        let key = DecodingKey::from_jwk(&key).unwrap();
        decode::<Map<String, Value>>(&token, &key, &validation).unwrap();
        assert_ne!(jwks(&mut world, IDENTITY_ISSUER), keys);
        assert!(!format!("{:?}", world.tokens).contains("MII"));
    }

    #[test]
    fn forged_tokens_are_refused() {
        let mut world = World::default();
        let token = issue(&mut world, POOL, claims(&json!({"sub": "s1", "exp": 1000})));
        let other = issue(&mut world, IDENTITY_ISSUER, claims(&json!({"sub": "s2", "exp": 1000})));
        let kid = |token: &str| decode_header(token).unwrap().kid.unwrap();
        let (own, foreign) = (kid(&token), kid(&other));
        let head = |end: usize| token.splitn(3, '.').take(end).collect::<Vec<_>>().join(".");

        // Another payload, another key's signature, and none.
        let signature = other.rsplit_once('.').unwrap().1;
        let forged = format!("{}.{signature}", head(2));
        assert_eq!(read(&world, &forged, 0.0), Err(Why::Signature));
        assert_eq!(read(&world, &format!("{}.", head(2)), 0.0), Err(Why::Signature));
        let renamed = with_header(&token, &json!({"alg": "RS256", "kid": foreign}));
        assert_eq!(read(&world, &renamed, 0.0), Err(Why::Signature));
        let unknown = with_header(&token, &json!({"alg": "RS256", "kid": "x"}));
        assert_eq!(read(&world, &unknown, 0.0), Err(Why::Issuer));
        assert_eq!(
            read(&world, &with_header(&token, &json!({"alg": "RS256"})), 0.0),
            Err(Why::Issuer)
        );

        // An issuer's key cannot speak for another issuer.
        let key = world.tokens[IDENTITY_ISSUER].private();
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(foreign);
        let lie = encode(&header, &json!({"iss": POOL, "exp": 1000}), &key).unwrap();
        assert_eq!(read(&world, &lie, 0.0), Err(Why::Issuer));

        // The public key as the secret of another algorithm, and no algorithm at all.
        let public = serde_json::to_vec(&world.tokens[POOL].public()).unwrap();
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(own.clone());
        let confused = encode(
            &header,
            &json!({"iss": POOL, "exp": 1000}),
            &EncodingKey::from_secret(&public),
        );
        assert_eq!(read(&world, &confused.unwrap(), 0.0), Err(Why::Algorithm));
        let none = with_header(&format!("{}.", head(2)), &json!({"alg": "none", "kid": own}));
        assert_eq!(read(&world, &none, 0.0), Err(Why::Algorithm));

        for nonsense in ["", ".", "..", "a.b.c", "....", "eyJ9.e30.", &head(2)] {
            assert_eq!(read(&world, nonsense, 0.0), Err(Why::Malformed), "{nonsense:?}");
        }
    }

    #[test]
    fn a_world_that_is_read_again_knows_its_tokens() {
        let mut world = World::default();
        let token = issue(&mut world, POOL, claims(&json!({"exp": 1000})));
        let again: World = serde_json::from_str(&serde_json::to_string(&world).unwrap()).unwrap();
        assert!(read(&again, &token, 0.0).is_ok());
        // One without keys, or with a spoilt one, refuses.
        assert_eq!(read(&World::default(), &token, 0.0), Err(Why::Issuer));
        world.tokens.values_mut().for_each(|key| key.secret = Hidden::new("%"));
        assert_eq!(read(&world, &token, 0.0), Err(Why::Signature));
        assert_eq!(issue(&mut world, POOL, Map::new()), "");
    }
}
