//! What CloudFront knows of one account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What this service knows of one account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// Distributions by id.
    #[serde(default)]
    pub(crate) distributions: BTreeMap<String, Distribution>,
    /// Origin access controls by id.
    #[serde(default)]
    pub(crate) access_controls: BTreeMap<String, AccessControl>,
    /// Origin access identities (the legacy form) by id.
    #[serde(default)]
    pub(crate) identities: BTreeMap<String, Identity>,
    /// Functions by name.
    #[serde(default)]
    pub(crate) functions: BTreeMap<String, Function>,
    /// Every caller reference a distribution was ever created with, and its id: it stays used after a deletion.
    #[serde(default)]
    pub(crate) references: BTreeMap<String, String>,
}

/// A distribution.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Distribution {
    /// Its id, `E` and thirteen capitals or digits.
    pub(crate) id: String,
    /// Its ARN; CloudFront's have no region.
    pub(crate) arn: String,
    /// Its own host name, `d….cloudfront.net`.
    pub(crate) domain_name: String,
    /// Its `DistributionConfig` under the model's names, with everything CloudFront fills in.
    pub(crate) config: Value,
    /// The ETag of this version.
    pub(crate) etag: String,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// The reference it was created with, also in `config`.
    pub(crate) caller_reference: String,
    /// When it was last written, in epoch seconds.
    pub(crate) last_modified: f64,
    /// When the last write is deployed, in epoch seconds; absent: it is.
    pub(crate) deployed_at: Option<f64>,
    /// Invalidations by id.
    #[serde(default)]
    pub(crate) invalidations: BTreeMap<String, Invalidation>,
}

impl Distribution {
    /// `Deployed`, or `InProgress` until the clock says so.
    pub(crate) fn status(&self, now: f64) -> &'static str {
        match self.deployed_at {
            Some(at) if now < at => "InProgress",
            _ => "Deployed",
        }
    }

    /// Whether the configuration switches it on.
    pub(crate) fn enabled(&self) -> bool {
        self.config["Enabled"].as_bool().unwrap_or_default()
    }

    /// Whether it answers under this host name: its own, or an alias (`*` stands for one label).
    pub(crate) fn answers(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        host == self.domain_name
            || self.config["Aliases"]["Items"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .any(|alias| {
                    let alias = alias.to_ascii_lowercase();
                    match alias.strip_prefix('*') {
                        Some(rest) => host
                            .strip_suffix(rest)
                            .is_some_and(|label| !label.is_empty() && !label.contains('.')),
                        None => host == alias,
                    }
                })
    }
}

/// An origin access control.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccessControl {
    /// Its id.
    pub(crate) id: String,
    /// Its `OriginAccessControlConfig`.
    pub(crate) config: Value,
    /// The ETag of this version.
    pub(crate) etag: String,
}

/// An origin access identity, the legacy form of access control.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Its id.
    pub(crate) id: String,
    /// The canonical user id that S3 policies may name.
    pub(crate) canonical_user: String,
    /// Its `CloudFrontOriginAccessIdentityConfig`.
    pub(crate) config: Value,
    /// The ETag of this version.
    pub(crate) etag: String,
}

/// A function at the edge; the sandbox keeps its code and does not run it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// Its ARN.
    pub(crate) arn: String,
    /// Its `FunctionConfig` in development.
    pub(crate) config: Value,
    /// Its code in development, in base64.
    pub(crate) code: String,
    /// The ETag of the version in development.
    pub(crate) etag: String,
    /// Configuration, code and ETag that were published, if any.
    pub(crate) live: Option<(Value, String, String)>,
    /// When it was created, in epoch seconds.
    pub(crate) created: f64,
    /// When it was last written, in epoch seconds.
    pub(crate) modified: f64,
}

/// An invalidation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Invalidation {
    /// Its id.
    pub(crate) id: String,
    /// When it was asked for, in epoch seconds.
    pub(crate) created: f64,
    /// When it is done, in epoch seconds; absent: it is.
    #[serde(default)]
    pub(crate) completed_at: Option<f64>,
    /// Its `InvalidationBatch`.
    pub(crate) batch: Value,
}

impl Invalidation {
    /// `Completed`, or `InProgress` until the clock says so.
    pub(crate) fn status(&self, now: f64) -> &'static str {
        match self.completed_at {
            Some(at) if now < at => "InProgress",
            _ => "Completed",
        }
    }
}
