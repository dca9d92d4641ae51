//! Principals: who a trust or a resource policy can name, and what is left of them.
//!
//! IAM and S3 resolve the ARN of a role or user to its unique id when a policy is written. An ARN that does
//! not resolve is refused, and one whose role was deleted since, even if a new role has the name, reads back
//! as the bare id (`AROA…`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::many;
use super::fault;
use crate::call::Fault;
use crate::world::World;

/// Identity providers that need no ARN.
const FEDERATED: [&str; 4] = [
    "cognito-identity.amazonaws.com",
    "accounts.google.com",
    "graph.facebook.com",
    "www.amazon.com",
];

/// The unique id of the role or user with this ARN, in whichever account; an assumed role counts as its role.
pub(crate) fn unique_id(world: &World, arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, service, "", account, resource] = parts.as_slice() else {
        return None;
    };
    let state = world.iam.get(*account)?;
    let (sort, rest) = resource.split_once('/')?;
    let name = rest.rsplit('/').next()?;
    let role = |name: &str| state.roles.get(name).filter(|it| world.settled(it.created));
    let user = state.users.get(name).filter(|it| world.settled(it.created));
    match (*service, sort) {
        ("iam", "role") => role(name).filter(|it| it.arn == arn).map(|it| it.id.clone()),
        ("iam", "user") => user.filter(|it| it.arn == arn).map(|it| it.id.clone()),
        ("sts", "assumed-role") => role(rest.split('/').next()?).map(|it| it.id.clone()),
        _ => None,
    }
}

/// Whether an `AWS` principal of a policy resolves: an account, everybody, a role or user, or the id of one.
pub(crate) fn exists(world: &World, principal: &str) -> bool {
    let account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if principal == "*" || account(principal) {
        return true;
    }
    let parts: Vec<&str> = principal.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", "aws", "iam", "", id, "root"] => account(id),
        ["arn", "aws", "sts", "", id, resource] if resource.starts_with("federated-user/") => account(id),
        ["arn", ..] => unique_id(world, principal).is_some(),
        _ => world.iam.values().any(|state| {
            state.roles.values().any(|role| role.id == principal)
                || state.users.values().any(|user| user.id == principal)
        }),
    }
}

/// Checks the principal of a trust statement, and notes the ids of the roles and users it names.
pub(super) fn check(
    world: &World,
    statement: &Map<String, Value>,
    ids: &mut BTreeMap<String, String>,
) -> Result<(), Fault> {
    let principal = statement
        .get("Principal")
        .ok_or_else(|| fault::malformed("Missing required field Principal"))?;
    if principal == "*" {
        return Ok(());
    }
    let principal = principal
        .as_object()
        .ok_or_else(|| fault::malformed("Invalid principal in policy."))?;
    if principal.is_empty() || principal.values().any(|value| many(value).is_empty()) {
        return Err(fault::malformed("Missing required field Principal cannot be empty!"));
    }
    for (sort, values) in principal {
        for value in many(values) {
            let value = value
                .as_str()
                .ok_or_else(|| fault::malformed("Invalid principal in policy."))?;
            let valid = match sort.as_str() {
                "AWS" => exists(world, value),
                "Service" => service(value),
                "Federated" => federated(value)?,
                _ => false,
            };
            if !valid {
                return Err(fault::malformed(format!(
                    "Invalid principal in policy: \"{}\":\"{value}\"",
                    sort.to_ascii_uppercase()
                )));
            }
            if let Some(id) = unique_id(world, value) {
                ids.insert(value.to_owned(), id);
            }
        }
    }
    Ok(())
}

/// A trust document as IAM shows it: its own order of keys, accounts as ARNs, and ids where a principal is gone.
pub(super) fn shown(world: &World, trust: &str, ids: &BTreeMap<String, String>) -> String {
    let Ok(Value::Object(document)) = serde_json::from_str(trust) else {
        return trust.to_owned();
    };
    let statements = document.get("Statement").map(|statements| {
        let one = |statement: &Value| {
            let Some(statement) = statement.as_object() else {
                return statement.to_string();
            };
            let mut statement = statement.clone();
            if let Some(principals) = statement.get_mut("Principal").and_then(|it| it.get_mut("AWS")) {
                rename(world, principals, ids);
            }
            ordered(&statement, &["Sid", "Effect", "Principal", "Action", "Condition"])
        };
        match statements.as_array() {
            Some(list) => format!("[{}]", list.iter().map(one).collect::<Vec<_>>().join(",")),
            None => one(statements),
        }
    });
    let mut parts: Vec<String> = ["Version", "Id"]
        .iter()
        .filter_map(|key| Some(format!("\"{key}\":{}", document.get(*key)?)))
        .collect();
    parts.extend(statements.map(|statements| format!("\"Statement\":{statements}")));
    format!("{{{}}}", parts.join(","))
}

/// Puts what IAM shows in the place of the principals that were sent.
fn rename(world: &World, principals: &mut Value, ids: &BTreeMap<String, String>) {
    match principals {
        Value::Array(list) => list.iter_mut().for_each(|it| rename(world, it, ids)),
        Value::String(principal) => {
            if principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit()) {
                *principal = format!("arn:aws:iam::{principal}:root");
            } else if let Some(id) = ids.get(principal)
                && unique_id(world, principal).as_ref() != Some(id)
            {
                principal.clone_from(id);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}

/// An object as JSON text with its keys in the given order.
fn ordered(object: &Map<String, Value>, order: &[&str]) -> String {
    let parts: Vec<String> = order
        .iter()
        .filter_map(|key| Some(format!("\"{key}\":{}", object.get(*key)?)))
        .collect();
    format!("{{{}}}", parts.join(","))
}

/// Whether a text has the form of a service principal. AWS knows the names; the sandbox knows the form.
fn service(name: &str) -> bool {
    [".amazonaws.com", ".amazonaws.com.cn", ".aws.internal", ".amazon.com"]
        .iter()
        .any(|suffix| name.strip_suffix(suffix).is_some_and(|rest| !rest.is_empty()))
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte))
}

/// Whether a text names an identity provider. Whether an ARN's provider exists, AWS does not ask.
fn federated(name: &str) -> Result<bool, Fault> {
    if FEDERATED.contains(&name) {
        return Ok(true);
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let provider = match parts.as_slice() {
        ["arn", "aws", "iam", "", account, resource] => {
            account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && (resource.starts_with("oidc-provider/") || resource.starts_with("saml-provider/"))
        }
        _ => false,
    };
    if provider {
        Ok(true)
    } else if name.contains('.') && !name.contains(':') {
        Ok(false)
    } else {
        Err(fault::malformed(
            "Federated principals must be valid domain names or SAML metadata ARNs",
        ))
    }
}
