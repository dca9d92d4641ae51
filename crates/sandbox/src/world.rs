//! All that the sandbox knows, as one plain value.
//!
//! Services are pure functions over it. What is written here is what a folder keeps ([`crate::store`]);
//! the bytes of objects live in blobs beside it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::blobs::Blobs;
use crate::faces::cloudfront::Edge;
use crate::services::{cloudfront, cognito_identity, cognito_idp, iam, s3, sts};
use crate::table::Kept;
use crate::tokens;
use crate::trouble::Manner;

/// The state of every service of every account.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct World {
    /// Seed of everything that looks random (ids, secrets, trouble).
    pub(crate) seed: u64,
    /// How many fresh names were handed out.
    pub(crate) drawn: u64,
    /// A fixed clock in epoch seconds; the machine's clock where absent.
    pub(crate) clock: Option<f64>,
    /// User pools, by account and region.
    pub(crate) cognito_idp: BTreeMap<String, BTreeMap<String, cognito_idp::State>>,
    /// Identity pools, by account and region.
    pub(crate) cognito_identity: BTreeMap<String, BTreeMap<String, cognito_identity::State>>,
    /// Roles and policies, by account.
    pub(crate) iam: BTreeMap<String, iam::State>,
    /// Distributions and access controls, by account.
    pub(crate) cloudfront: BTreeMap<String, cloudfront::State>,
    /// Sessions of assumed roles, by access key id.
    #[serde(default)]
    pub(crate) sts: BTreeMap<String, sts::Session>,
    /// What signs tokens, by issuer.
    #[serde(default)]
    pub(crate) tokens: tokens::Keys,
    /// Buckets of all accounts: their names are one space.
    pub(crate) s3: s3::State,
    /// The bytes of objects, by SHA-256.
    #[serde(skip)]
    pub(crate) blobs: Blobs,
    /// How the world behaves besides what it holds.
    #[serde(skip)]
    pub(crate) manner: Manner,
    /// Distributions as the next read of them is to show them, by id.
    #[serde(skip)]
    pub(crate) stale: BTreeMap<String, cloudfront::Distribution>,
    /// What CloudFront's edge keeps.
    #[serde(skip)]
    pub(crate) edge: Edge,
}

impl std::fmt::Debug for World {
    /// A world holds secrets, so nothing of it is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

impl World {
    /// The time now, in epoch seconds.
    pub(crate) fn now(&self) -> f64 {
        self.clock
            .unwrap_or_else(|| jiff::Timestamp::now().as_millisecond() as f64 / 1000.0)
    }

    /// Whether an identity that was made at this time is known everywhere by now.
    pub(crate) fn settled(&self, created: f64) -> bool {
        self.manner.iam_delay == 0.0 || created + self.manner.iam_delay <= self.now()
    }

    /// The tables in it, each with where it is.
    pub(crate) fn tables(&mut self) -> Vec<(Vec<&str>, &mut dyn Kept)> {
        let mut tables: Vec<(Vec<&str>, &mut dyn Kept)> = Vec::new();
        for (account, regions) in &mut self.cognito_idp {
            for (region, state) in regions {
                for (id, pool) in &mut state.pools {
                    tables.push((vec!["cognito-idp", account, region, id], &mut pool.users));
                }
            }
        }
        for (account, regions) in &mut self.cognito_identity {
            for (region, state) in regions {
                for (id, pool) in &mut state.pools {
                    tables.push((vec!["cognito-identity", account, region, id], &mut pool.identities));
                }
            }
        }
        for (name, bucket) in &mut self.s3.buckets {
            tables.push((vec!["s3", name], &mut bucket.objects));
        }
        tables
    }

    /// A fresh name of `length` characters out of `alphabet`, decided by the seed and the count so far.
    pub(crate) fn fresh(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let mut name = String::with_capacity(length);
        while name.len() < length {
            self.drawn += 1;
            let digest = Sha256::digest(format!("{}/{}", self.seed, self.drawn));
            name.extend(
                digest
                    .iter()
                    .take(length - name.len())
                    .map(|byte| letters[usize::from(*byte) % letters.len()]),
            );
        }
        name
    }

    /// A fresh UUID in AWS's spelling.
    pub(crate) fn fresh_uuid(&mut self) -> String {
        let hex = self.fresh("0123456789abcdef", 30);
        format!(
            "{}-{}-4{}-a{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..15],
            &hex[15..18],
            &hex[18..30]
        )
    }
}
