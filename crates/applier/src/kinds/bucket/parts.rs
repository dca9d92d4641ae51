//! A bucket's sub-resources: how each is read, what it is when nothing is configured, and how it is written.
//!
//! An empty list of rules is `MalformedXML` and not a removal: that has a call of its own (measured: cdkd #1671). What
//! our noun does not model stays as S3 gave it.

use std::time::Duration;

use futures_util::future::try_join4;
use planner::Gap;
use spec_model::Value;
use spec_model::kinds::{AccessLog, CorsRule, Encryption, Ownership, PublicAccess, Versioning};

use crate::calls::present;
use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::verbs::Target;

/// Reads one sub-resource of a bucket that must be the account's.
macro_rules! ask {
    ($clients:ident, $bucket:ident, $action:expr, $operation:ident) => {{
        let call = $clients
            .s3
            .$operation()
            .bucket($bucket)
            .expected_bucket_owner(&$clients.account)
            .send();
        read($clients, call)
            .await
            .map_err(|error| WorldError::of($action, error))
    }};
}

/// Writes one sub-resource of a bucket that must be the account's, again where an error passes by itself.
macro_rules! tell {
    ($part:ident, $action:expr, $operation:ident $(, $set:ident($value:expr))*) => {
        $part
            .write(|| async {
                $part
                    .clients
                    .s3
                    .$operation()
                    .bucket($part.bucket)
                    $(.$set($value))*
                    .expected_bucket_owner(&$part.clients.account)
                    .send()
                    .await
                    .map_err(|error| WorldError::of($action, error))
            })
            .await
            .map(drop)
    };
}

mod access_log;
mod cors;
mod elsewhere;
mod encryption;
mod lifecycle;
mod ownership;
mod public_access;
mod versioning;

use access_log::logging;
use cors::cors;
use elsewhere::{replication, website};
use encryption::{encryption_rule, seen_encryption};
use lifecycle::{lifecycle, seen_abort};
use ownership::ownership;
use public_access::public_access;
use versioning::versioning;

/// Which of the parts that are ours only where written are written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Which {
    versioning: bool,
    cors: bool,
    access_log: bool,
}

impl Which {
    pub(super) fn of(fields: &Value) -> Self {
        let written = |name| fields.get(name).is_some_and(|it| *it != Value::Null);
        Self {
            versioning: written("versioning"),
            cors: written("cors"),
            access_log: written("access_log"),
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            versioning: self.versioning || other.versioning,
            cors: self.cors || other.cors,
            access_log: self.access_log || other.access_log,
        }
    }
}

/// The sub-resources as they were read.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) public_access: PublicAccess,
    pub(super) ownership: Ownership,
    pub(super) encryption: Encryption,
    pub(super) versioning: Option<Versioning>,
    pub(super) abort_incomplete_uploads: Duration,
    pub(super) cors: Option<Vec<CorsRule>>,
    pub(super) access_log: Option<AccessLog>,
    pub(super) website: bool,
    pub(super) replicates_to: Vec<String>,
    pub(super) gaps: Vec<Gap>,
}

impl Parts {
    /// Reads all of them side by side; a bucket that is not there is the error `NoSuchBucket`.
    pub(super) async fn read(clients: &Clients, bucket: &str, which: Which) -> Result<Self, WorldError> {
        let always = try_join4(
            public_access(clients, bucket),
            ownership(clients, bucket),
            encryption_rule(clients, bucket),
            lifecycle(clients, bucket),
        );
        let written = try_join4(
            when(which.versioning, versioning(clients, bucket)),
            when(which.cors, cors(clients, bucket)),
            when(which.access_log, logging(clients, bucket)),
            async { Ok(replication(clients, bucket).await) },
        );
        let ((public_access, ownership, rule, (rules, _)), (versioning, cors, log, replication)) =
            futures_util::future::try_join(always, written).await?;
        let mut gaps = Vec::new();
        let replicates_to = replication.unwrap_or_else(|error| {
            gaps.push(error.gap(format!("where bucket `{bucket}` is copied to")));
            Vec::new()
        });
        // Behind all four blocks a website answers nobody, so it is only looked for where one is missing.
        let website = if public_access == PublicAccess::blocked() {
            false
        } else {
            website(clients, bucket).await.unwrap_or_else(|error| {
                gaps.push(error.gap(format!("whether bucket `{bucket}` is a website")));
                false
            })
        };
        Ok(Self {
            public_access,
            ownership,
            encryption: seen_encryption(rule.as_ref())?,
            versioning: versioning.flatten(),
            abort_incomplete_uploads: seen_abort(&rules),
            cors,
            access_log: log.flatten().map(|it| AccessLog {
                bucket: it.target_bucket,
                prefix: it.target_prefix,
            }),
            website,
            replicates_to,
            gaps,
        })
    }
}

async fn when<T>(asked: bool, call: impl Future<Output = Result<T, WorldError>>) -> Result<Option<T>, WorldError> {
    if asked { call.await.map(Some) } else { Ok(None) }
}

/// `None` where the part is not configured; a missing bucket stays an error.
fn configured<T>(answer: Result<T, WorldError>) -> Result<Option<T>, WorldError> {
    match answer {
        Err(error) if error.has_code("NoSuchBucket") => Err(error),
        answer => present(answer),
    }
}

fn unknown(action: &str, value: &str) -> WorldError {
    WorldError::own(action, format!("`{value}` is not known to this version of igvctl"))
}

/// Writes to one bucket, one after the other.
pub(super) struct Part<'a> {
    pub(super) clients: &'a Clients,
    pub(super) target: &'a Target<'a>,
    pub(super) bucket: &'a str,
    /// Errors that pass by themselves: just after its creation a bucket may not be known everywhere.
    pub(super) passes: fn(&WorldError) -> bool,
}

impl Part<'_> {
    async fn write<T, F>(&self, call: impl FnMut() -> F) -> Result<T, WorldError>
    where
        F: Future<Output = Result<T, WorldError>>,
    {
        eventually(self.target, super::WAIT, self.passes, call).await
    }
}
