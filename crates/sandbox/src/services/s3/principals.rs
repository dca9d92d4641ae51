//! The principals that a bucket policy names: they must exist when it is put, and age when they go.
//!
//! S3 stores the unique id behind a role's or user's ARN. Once the role is deleted, the policy
//! shows the bare id (`AROA…`), and a new role of the same name does not inherit the grant.

use std::collections::BTreeMap;

use serde_json::Value;

use super::access::{statements, texts};
use super::policy::malformed;
use crate::call::Fault;
use crate::services::iam;
use crate::world::World;

/// What is known of an IAM principal.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    /// It exists and has this unique id.
    Id(String),
    /// It exists, or belongs to an account that the sandbox does not hold, so nobody can say.
    Taken,
    /// It does not exist.
    Absent,
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
            let kinds = principal
                .as_object()
                .filter(|kinds| !kinds.is_empty())
                .ok_or_else(invalid)?;
            for (kind, names) in kinds {
                let names = texts(names);
                if names.is_empty() {
                    return Err(invalid());
                }
                for name in names {
                    match lookup(world, account, kind, &name) {
                        Known::Absent => return Err(invalid()),
                        Known::Taken => {}
                        Known::Id(id) => {
                            ids.insert(name, id);
                        }
                    }
                }
            }
        }
    }
    Ok(ids)
}

/// Replaces the ARNs of principals that are gone, or were made anew, by the unique ids they had.
pub(super) fn age(world: &World, document: &mut Value, ids: &BTreeMap<String, String>) {
    let gone: BTreeMap<&str, &str> = ids
        .iter()
        .filter(|(arn, id)| {
            let account = arn.split(':').nth(4).unwrap_or_default();
            lookup(world, account, "AWS", arn) != Known::Id((*id).clone())
        })
        .map(|(arn, id)| (arn.as_str(), id.as_str()))
        .collect();
    if gone.is_empty() {
        return;
    }
    let statements: Vec<&mut Value> = match &mut document["Statement"] {
        Value::Array(list) => list.iter_mut().collect(),
        one => vec![one],
    };
    for statement in statements {
        for member in ["Principal", "NotPrincipal"] {
            if let Some(names) = statement.pointer_mut(&format!("/{member}/AWS")) {
                replace(names, &gone);
            }
        }
    }
}

fn replace(names: &mut Value, gone: &BTreeMap<&str, &str>) {
    match names {
        Value::Array(list) => list.iter_mut().for_each(|name| replace(name, gone)),
        Value::String(name) => {
            if let Some(id) = gone.get(name.as_str()) {
                (*id).clone_into(name);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}

fn invalid() -> Fault {
    malformed("Invalid principal in policy")
}

fn lookup(world: &World, account: &str, kind: &str, name: &str) -> Known {
    let known = |holds: bool| if holds { Known::Taken } else { Known::Absent };
    match kind {
        "Service" => known(name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn")),
        "CanonicalUser" => known(name.len() == 64 && name.chars().all(|digit| digit.is_ascii_hexdigit())),
        "Federated" => known(!name.is_empty()),
        "AWS" if name == "*" || is_account(name) => Known::Taken,
        "AWS" if name.starts_with("arn:") => lookup_arn(world, account, name),
        "AWS" => known(has_id(world, name)),
        _ => Known::Absent,
    }
}

fn is_account(name: &str) -> bool {
    name.len() == 12 && name.chars().all(|digit| digit.is_ascii_digit())
}

/// Whether a bare unique id is that of something that still exists.
fn has_id(world: &World, id: &str) -> bool {
    world
        .iam
        .values()
        .any(|state| state.roles.values().any(|role| role.id == id) || state.users.values().any(|user| user.id == id))
}

/// Looks up `arn:aws:iam::111122223333:role/name` and its like.
fn lookup_arn(world: &World, account: &str, arn: &str) -> Known {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "iam" | "sts", "", owner, what] = parts.as_slice() else {
        return Known::Absent;
    };
    if *owner == "cloudfront" {
        let id = what.rsplit(' ').next().unwrap_or_default();
        let exists = world.cloudfront.values().any(|state| state.identities.contains_key(id));
        return if exists { Known::Taken } else { Known::Absent };
    }
    if !is_account(owner) {
        return Known::Absent;
    }
    if *what == "root" || (*owner != account && !world.iam.contains_key(*owner)) {
        return Known::Taken;
    }
    let (kind, name) = what.split_once('/').unwrap_or((what, ""));
    let state = world.iam.get(*owner);
    match kind {
        "role" => iam::role_by_arn(world, arn).map_or(Known::Absent, |role| Known::Id(role.id.clone())),
        "user" => state
            .and_then(|state| state.users.values().find(|user| user.arn == arn))
            .map_or(Known::Absent, |user| Known::Id(user.id.clone())),
        "assumed-role" => {
            let role = name.split('/').next().unwrap_or_default();
            if state.is_some_and(|state| state.roles.contains_key(role)) {
                Known::Taken
            } else {
                Known::Absent
            }
        }
        _ => Known::Absent,
    }
}
