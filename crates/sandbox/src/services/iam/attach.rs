//! Managed policies on roles and users. The list shows every attachment, whoever made it (cdk-real-drift #698).

use serde_json::{Value, json};

use super::holder::{self, Sort};
use super::{State, fault, managed, page};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// How many managed policies a role or user can carry by default.
const MOST: usize = 10;

/// `AttachRolePolicy`, `AttachUserPolicy`: attaching again changes nothing.
pub(super) fn attach(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    holder::find(world, call)?;
    let arn = call.required("PolicyArn");
    managed::check_arn(arn)?;
    if !managed::exists(world, &call.account, arn) {
        return Err(fault::no_such_entity(format!(
            "Policy {arn} does not exist or is not attachable."
        )));
    }
    let holder = holder::find(world, call)?;
    if !holder.attached.iter().any(|there| there == arn) {
        if holder.attached.len() >= MOST {
            return Err(fault::limit_exceeded(format!(
                "Cannot exceed quota for {}: {MOST}",
                match holder.sort {
                    Sort::Role => "PoliciesPerRole",
                    Sort::User => "PoliciesPerUser",
                }
            )));
        }
        holder.attached.push(arn.to_owned());
    }
    Ok(Answer::empty())
}

/// `DetachRolePolicy`, `DetachUserPolicy`.
pub(super) fn detach(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let arn = call.required("PolicyArn");
    managed::check_arn(arn)?;
    let holder = holder::find(world, call)?;
    let before = holder.attached.len();
    holder.attached.retain(|there| there != arn);
    if holder.attached.len() == before {
        return Err(fault::no_such_entity(format!("Policy {arn} was not found.")));
    }
    Ok(Answer::empty())
}

/// `ListAttachedRolePolicies`, `ListAttachedUserPolicies`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let items = holder::find(world, call)?
        .attached
        .iter()
        .filter(|arn| managed::path_of(arn).starts_with(prefix))
        .map(|arn| {
            let name = arn.rsplit('/').next().unwrap_or_default();
            let shown: Value = json!({"PolicyName": name, "PolicyArn": arn});
            (format!("{name} {arn}"), shown)
        })
        .collect();
    page::page(call, "AttachedPolicies", items)
}

/// `ListEntitiesForPolicy`: roles and users; the sandbox has no groups. The three lists are one for paging.
pub(super) fn entities(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let arn = call.required("PolicyArn");
    managed::check_arn(arn)?;
    if !managed::exists(world, &call.account, arn) {
        return Err(fault::no_such_entity(format!("Policy {arn} was not found.")));
    }
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let wanted = |sort: &str| call.text("EntityFilter").is_none_or(|filter| filter == sort);
    let boundaries = call.text("PolicyUsageFilter") == Some("PermissionsBoundary");
    let carries = |attached: &[String], boundary: &Option<String>| {
        if boundaries {
            boundary.as_deref() == Some(arn)
        } else {
            attached.iter().any(|there| there == arn)
        }
    };
    let empty = State::default();
    let state = world.iam.get(&call.account).unwrap_or(&empty);
    let roles = state
        .roles
        .values()
        .filter(|it| wanted("Role") && it.path.starts_with(prefix) && carries(&it.attached, &it.boundary))
        .map(|it| {
            (
                format!("role {}", it.name),
                json!({"RoleName": it.name, "RoleId": it.id}),
            )
        });
    let users = state
        .users
        .values()
        .filter(|it| wanted("User") && it.path.starts_with(prefix) && carries(&it.attached, &it.boundary))
        .map(|it| {
            (
                format!("user {}", it.name),
                json!({"UserName": it.name, "UserId": it.id}),
            )
        });
    let mut answer = page::page(call, "PolicyRoles", roles.chain(users).collect())?;
    let both = answer.output.remove("PolicyRoles").unwrap_or_default();
    let of = |member: &str| -> Vec<Value> {
        let entries = both.as_array().into_iter().flatten();
        entries.filter(|entry| !entry[member].is_null()).cloned().collect()
    };
    answer.output.insert("PolicyRoles".to_owned(), json!(of("RoleName")));
    answer.output.insert("PolicyUsers".to_owned(), json!(of("UserName")));
    answer.output.insert("PolicyGroups".to_owned(), json!([]));
    Ok(answer)
}
