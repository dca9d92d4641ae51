//! What IAM knows of one account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::services::cognito_idp::hidden::Hidden;

/// What this service knows of one account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// Roles by name. IAM also refuses a second name that differs in case only.
    #[serde(default)]
    pub(crate) roles: BTreeMap<String, Role>,
    /// Customer-managed policies by ARN.
    #[serde(default)]
    pub(crate) policies: BTreeMap<String, Policy>,
    /// Instance profiles by name.
    #[serde(default)]
    pub(crate) instance_profiles: BTreeMap<String, InstanceProfile>,
    /// Users by name.
    #[serde(default)]
    pub(crate) users: BTreeMap<String, User>,
    /// OpenID Connect providers by ARN.
    #[serde(default)]
    pub(crate) oidc_providers: BTreeMap<String, OidcProvider>,
}

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    /// Its name.
    pub(crate) name: String,
    /// Its unique id (`AROA…`), which policies show once the role is gone.
    pub(crate) id: String,
    /// Its ARN, with the path.
    pub(crate) arn: String,
    /// Its path, `/` unless one was given.
    pub(crate) path: String,
    /// The trust document, as sent.
    pub(crate) trust: String,
    /// The unique ids of the roles and users that the trust names, by ARN: IAM resolves them when it is written.
    #[serde(default)]
    pub(crate) trusted_ids: BTreeMap<String, String>,
    /// Its description, absent unless one was given.
    pub(crate) description: Option<String>,
    /// The longest session in seconds.
    pub(crate) max_session: i64,
    /// When it was created, in epoch seconds.
    pub(crate) created: f64,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// Inline policy documents by policy name.
    pub(crate) inline: BTreeMap<String, String>,
    /// ARNs of attached managed policies, in the order they were attached.
    pub(crate) attached: Vec<String>,
    /// The ARN of the permissions boundary.
    pub(crate) boundary: Option<String>,
}

/// A customer-managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Policy {
    /// Its name.
    pub(crate) name: String,
    /// Its unique id (`ANPA…`).
    pub(crate) id: String,
    /// Its ARN.
    pub(crate) arn: String,
    /// Its path.
    pub(crate) path: String,
    /// Its description, fixed at creation.
    pub(crate) description: Option<String>,
    /// When it was created, in epoch seconds.
    pub(crate) created: f64,
    /// When its versions last changed, in epoch seconds.
    pub(crate) updated: f64,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// Its versions by number; numbers are never used twice.
    pub(crate) versions: BTreeMap<u32, Version>,
    /// The number of the version in force.
    pub(crate) default_version: u32,
    /// The number the next version gets.
    pub(crate) next_version: u32,
}

/// A version of a managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    /// The document, as sent.
    pub(crate) document: String,
    /// When it was created, in epoch seconds.
    pub(crate) created: f64,
}

/// An instance profile: a container for at most one role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InstanceProfile {
    /// Its name.
    pub(crate) name: String,
    /// Its unique id (`AIPA…`).
    pub(crate) id: String,
    /// Its ARN.
    pub(crate) arn: String,
    /// Its path.
    pub(crate) path: String,
    /// When it was created, in epoch seconds.
    pub(crate) created: f64,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// The name of the role in it.
    pub(crate) role: Option<String>,
}

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    /// Its name.
    pub(crate) name: String,
    /// Its unique id (`AIDA…`).
    pub(crate) id: String,
    /// Its ARN.
    pub(crate) arn: String,
    /// Its path.
    pub(crate) path: String,
    /// When it was created, in epoch seconds.
    pub(crate) created: f64,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// Inline policy documents by policy name.
    #[serde(default)]
    pub(crate) inline: BTreeMap<String, String>,
    /// ARNs of attached managed policies, in the order they were attached.
    #[serde(default)]
    pub(crate) attached: Vec<String>,
    /// The ARN of the permissions boundary.
    #[serde(default)]
    pub(crate) boundary: Option<String>,
    /// Its access keys by id (`AKIA…`).
    #[serde(default)]
    pub(crate) keys: BTreeMap<String, AccessKey>,
}

/// An access key of a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccessKey {
    /// The secret, which only the creating call shows.
    pub(crate) secret: Hidden,
    /// Whether it can be used.
    pub(crate) active: bool,
    /// When it was created, in epoch seconds.
    pub(crate) created: f64,
}

/// An OpenID Connect provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OidcProvider {
    /// Its URL without the scheme, as IAM shows it.
    pub(crate) url: String,
    /// Client ids, in the order given.
    pub(crate) client_ids: Vec<String>,
    /// Certificate thumbprints.
    pub(crate) thumbprints: Vec<String>,
    /// When it was created, in epoch seconds.
    pub(crate) created: f64,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
}
