//! A request, as policies see it.

use std::collections::BTreeMap;

use crate::cover::account;
use crate::document::Principal;
use crate::name::Name;

/// A request that policies decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: PrincipalId,
    /// What for, as `service:Action`.
    pub action: String,
    /// On what, as an ARN, or `*` where the action knows no resource (`s3:ListAllMyBuckets`).
    pub resource: String,
    /// The condition keys of the request; letter case of a key does not matter.
    pub keys: BTreeMap<Name, Vec<String>>,
}

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalId {
    /// The root user of an account, by the account's id.
    Account(String),
    /// An IAM user, by ARN.
    User(String),
    /// A session of a role.
    Role {
        /// The role's ARN (`arn:aws:iam::…:role/…`).
        role: String,
        /// The session's name.
        session: String,
    },
    /// A web or SAML identity that is about to become a session, by its identity provider.
    Federated(String),
    /// An AWS service, such as `cloudfront.amazonaws.com`.
    Service(String),
    /// Somebody who did not sign the request.
    Anonymous,
}

impl Request {
    /// Makes a request without condition keys.
    pub fn new(principal: PrincipalId, action: impl Into<String>, resource: impl Into<String>) -> Self {
        Request {
            principal,
            action: action.into(),
            resource: resource.into(),
            keys: BTreeMap::new(),
        }
    }

    /// Adds a condition key with one value, or another value to a key that is there.
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.keys.entry(Name::new(key)).or_default().push(value.into());
        self
    }

    /// The values of a key; `None` if it is not there or empty, which IAM treats alike.
    pub fn values(&self, key: &Name) -> Option<&[String]> {
        self.keys
            .get(key)
            .map(Vec::as_slice)
            .filter(|values| !values.is_empty())
    }
}

/// How closely a principal of a statement names who makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// The statement stands in a policy of the identity itself and names nobody.
    Attached,
    /// It names the whole account, which leaves the allowing to the account's own policies.
    Account,
    /// It names the role of a session; a permissions boundary still limits the session.
    Role,
    /// It names the user, session, service or provider, or everybody.
    Direct,
}

impl PrincipalId {
    /// The account that the principal belongs to; services, providers and strangers belong to none.
    pub fn account(&self) -> Option<&str> {
        match self {
            PrincipalId::Account(id) => Some(id),
            PrincipalId::User(arn) => account(arn),
            PrincipalId::Role { role, session: _ } => account(role),
            PrincipalId::Federated(_) | PrincipalId::Service(_) | PrincipalId::Anonymous => None,
        }
    }

    /// The ARN that AWS shows in its messages; services, providers and strangers have none.
    pub fn arn(&self) -> Option<String> {
        match self {
            PrincipalId::Account(id) => Some(format!("arn:aws:iam::{id}:root")),
            PrincipalId::User(arn) => Some(arn.clone()),
            PrincipalId::Role { role, session } => Some(session_arn(role, session)),
            PrincipalId::Federated(_) | PrincipalId::Service(_) | PrincipalId::Anonymous => None,
        }
    }

    /// All names the principal has, each with how closely it names it.
    pub(crate) fn names(&self) -> Vec<(Principal, Grant)> {
        let root = |grant| self.account().map(|id| (Principal::aws(id), grant));
        match self {
            PrincipalId::Account(_) => root(Grant::Direct).into_iter().collect(),
            PrincipalId::User(arn) => {
                let mut names = vec![(Principal::Aws(arn.clone()), Grant::Direct)];
                names.extend(root(Grant::Account));
                names
            }
            PrincipalId::Role { role, session } => {
                let mut names = vec![
                    (Principal::Aws(session_arn(role, session)), Grant::Direct),
                    (Principal::Aws(role.clone()), Grant::Role),
                ];
                names.extend(root(Grant::Account));
                names
            }
            PrincipalId::Federated(provider) => vec![(Principal::Federated(provider.clone()), Grant::Direct)],
            PrincipalId::Service(service) => vec![(Principal::Service(service.clone()), Grant::Direct)],
            PrincipalId::Anonymous => Vec::new(),
        }
    }
}

/// IAM User Guide, "IAM identifiers": a session's ARN has the role's name without its path.
fn session_arn(role: &str, session: &str) -> String {
    let account = account(role).unwrap_or_default();
    let partition = role.split(':').nth(1).unwrap_or("aws");
    let name = role.rsplit('/').next().unwrap_or_default();
    format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
}
