//! The bytes of an object on their way in, and their digests.
//!
//! Digests of a large object take seconds. They are computed before the world is locked, so that nobody else waits, and
//! each of them once.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// What is worth to be digested in advance, and on two processors.
const LARGE: usize = 1 << 20;

/// Bytes and what is known of them. Cloning shares both.
#[derive(Clone, Default)]
pub(crate) struct Body {
    bytes: Arc<Vec<u8>>,
    known: Arc<Mutex<BTreeMap<&'static str, Vec<u8>>>>,
}

impl fmt::Debug for Body {
    /// Objects may be private, so only the length is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body of {} bytes", self.bytes.len())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes: Arc::new(bytes),
            known: Arc::default(),
        }
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Body {
    /// The bytes, shared.
    pub(crate) fn share(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.bytes)
    }

    /// Whether there are so many bytes that others should not wait for what is done with them.
    pub(crate) fn is_large(&self) -> bool {
        self.bytes.len() >= LARGE
    }

    /// The digest of this name, computed if it is not known.
    pub(crate) fn digest(&self, name: &'static str, compute: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(digest) = known().get(name) {
            return digest.clone();
        }
        let digest = compute(&self.bytes);
        known().insert(name, digest.clone());
        digest
    }

    /// The SHA-256.
    pub(crate) fn sha256(&self) -> Vec<u8> {
        self.digest("SHA256", |bytes| <sha2::Sha256 as sha2::Digest>::digest(bytes).to_vec())
    }

    /// The MD5.
    pub(crate) fn md5(&self) -> Vec<u8> {
        self.digest("MD5", |bytes| <md5::Md5 as md5::Digest>::digest(bytes).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::wire::hex;

    #[test]
    fn digests_are_computed_once() {
        let body = Body::from(b"abc".to_vec());
        let (first, second) = (body.md5(), body.sha256());
        assert_eq!((first.len(), second.len()), (16, 32));
        let never = |_: &[u8]| -> Vec<u8> { panic!("it is known") };
        assert_eq!(hex(&body.digest("MD5", never)), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            hex(&body.clone().digest("SHA256", never)),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(body.digest("CRC32", |_| vec![1]), [1]);
        assert_eq!(format!("{body:?}"), "Body of 3 bytes");
    }
}
