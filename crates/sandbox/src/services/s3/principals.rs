//! The principals that a bucket policy names: they must exist when it is put, and age when they go.
//!
//! S3 stores the unique id behind a role's or user's ARN. Once the role is deleted, the policy
//! shows the bare id (`AROA…`), and a new role of the same name does not inherit the grant.

use std::collections::BTreeMap;

use serde_json::Value;

use super::policy::malformed;
use super::policy_text::{statements, texts};
use crate::call::Fault;
use crate::services::iam;
use crate::world::World;

/// What is known of an IAM principal.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    /// It exists and has this unique id.
    Id(String),
    /// It exists and is not known by an id.
    Taken,
    /// It does not exist.
    Absent,
}

/// Checks all principals of a policy and tells the unique ids of those that have one.
pub(super) fn resolve(world: &World, document: &Value) -> Result<BTreeMap<String, String>, Fault> {
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
                    match lookup(world, kind, &name) {
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
        .filter(|(arn, id)| iam::unique_id(world, arn).as_ref() != Some(*id))
        .map(|(arn, id)| (arn.as_str(), id.as_str()))
        .collect();
    if !gone.is_empty() {
        rename(document, &|name| gone.get(name).map(|id| (*id).to_owned()));
    }
}

/// Gives the `AWS` principals of a document the names that a function has for them.
fn rename(document: &mut Value, name: &dyn Fn(&str) -> Option<String>) {
    for statement in statements_mut(document) {
        for member in ["Principal", "NotPrincipal"] {
            if let Some(names) = statement.pointer_mut(&format!("/{member}/AWS")) {
                replace(names, name);
            }
        }
    }
}

fn statements_mut(document: &mut Value) -> Vec<&mut Value> {
    let member = &mut document["Statement"];
    if member.is_array() {
        member.as_array_mut().into_iter().flatten().collect()
    } else {
        vec![member]
    }
}

fn replace(names: &mut Value, name: &dyn Fn(&str) -> Option<String>) {
    match names {
        Value::Array(list) => list.iter_mut().for_each(|entry| replace(entry, name)),
        Value::String(old) => {
            if let Some(new) = name(old) {
                *old = new;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}

fn invalid() -> Fault {
    malformed("Invalid principal in policy")
}

fn lookup(world: &World, kind: &str, name: &str) -> Known {
    let known = |holds: bool| if holds { Known::Taken } else { Known::Absent };
    match kind {
        "Service" => known(name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn")),
        "CanonicalUser" => known(
            name.len() == 64 && name.chars().all(|digit| digit.is_ascii_hexdigit())
                || identity_arn(world, name).is_some(),
        ),
        "Federated" => known(!name.is_empty()),
        "AWS" => match (identity_of(name), iam::unique_id(world, name)) {
            (Some(identity), _) => known(
                world
                    .cloudfront
                    .values()
                    .any(|state| state.identities.contains_key(identity)),
            ),
            (None, Some(id)) => Known::Id(id),
            (None, None) => known(iam::principal_exists(world, name)),
        },
        _ => Known::Absent,
    }
}

/// The origin access identity in `arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E…`.
fn identity_of(arn: &str) -> Option<&str> {
    arn.split_once(":iam::cloudfront:user/CloudFront Origin Access Identity ")
        .map(|(_, id)| id)
}

/// The ARN of the origin access identity that has this canonical user id, of 96 digits where an account's has 64.
fn identity_arn(world: &World, canonical_user: &str) -> Option<String> {
    let mut identities = world.cloudfront.values().flat_map(|state| state.identities.values());
    let identity = identities.find(|it| it.canonical_user == canonical_user)?;
    Some(format!(
        "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {}",
        identity.id
    ))
}

/// Writes origin access identities that are named by their canonical user ids as ARNs, as S3 keeps them
/// (Terraform AWS provider, documentation of `aws_cloudfront_origin_access_identity`; hashicorp/terraform#6642).
pub(super) fn name_identities(world: &World, document: &mut Value) {
    for statement in statements_mut(document) {
        for member in ["Principal", "NotPrincipal"] {
            let Some(kinds) = statement.get_mut(member).and_then(Value::as_object_mut) else {
                continue;
            };
            let users = kinds.get("CanonicalUser").map(texts).unwrap_or_default();
            let (identities, others): (Vec<_>, Vec<_>) = users
                .into_iter()
                .map(|user| identity_arn(world, &user).ok_or(user))
                .partition(Result::is_ok);
            if identities.is_empty() {
                continue;
            }
            let mut named = kinds.get("AWS").map(texts).unwrap_or_default();
            named.extend(identities.into_iter().flatten());
            kinds.insert("AWS".to_owned(), one_or_list(named));
            let others: Vec<String> = others.into_iter().filter_map(Result::err).collect();
            if others.is_empty() {
                kinds.remove("CanonicalUser");
            } else {
                kinds.insert("CanonicalUser".to_owned(), one_or_list(others));
            }
        }
    }
}

fn one_or_list(mut names: Vec<String>) -> Value {
    if names.len() == 1 {
        names.remove(0).into()
    } else {
        names.into()
    }
}

/// The one principal of a whole account in both spellings: a bare number is kept as the ARN of its root.
pub(super) fn spell_out(document: &mut Value) {
    let whole = |name: &str| {
        (name.len() == 12 && name.bytes().all(|digit| digit.is_ascii_digit()))
            .then(|| format!("arn:aws:iam::{name}:root"))
    };
    rename(document, &whole);
}
