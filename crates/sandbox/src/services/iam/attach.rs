//! Managed policies on roles. The list shows every attachment, whoever made it (cdk-real-drift #698).

use serde_json::{Value, json};

use super::{fault, managed, page, role};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// How many managed policies a role can carry by default.
const MOST: usize = 10;

/// `AttachRolePolicy`: attaching again changes nothing.
pub(super) fn attach(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    role::find(world, call)?;
    let arn = call.required("PolicyArn");
    managed::check_arn(arn)?;
    if !managed::exists(world, &call.account, arn) {
        return Err(fault::no_such_entity(format!(
            "Policy {arn} does not exist or is not attachable."
        )));
    }
    let role = role::find(world, call)?;
    if !role.attached.iter().any(|there| there == arn) {
        if role.attached.len() >= MOST {
            return Err(fault::limit_exceeded(format!(
                "Cannot exceed quota for PoliciesPerRole: {MOST}"
            )));
        }
        role.attached.push(arn.to_owned());
    }
    Ok(Answer::empty())
}

/// `DetachRolePolicy`.
pub(super) fn detach(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let arn = call.required("PolicyArn");
    managed::check_arn(arn)?;
    let role = role::find(world, call)?;
    let before = role.attached.len();
    role.attached.retain(|there| there != arn);
    if role.attached.len() == before {
        return Err(fault::no_such_entity(format!("Policy {arn} was not found.")));
    }
    Ok(Answer::empty())
}

/// `ListAttachedRolePolicies`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let items = role::find(world, call)?
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

/// `ListEntitiesForPolicy`: only roles carry policies here.
pub(super) fn entities(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let arn = call.required("PolicyArn");
    managed::check_arn(arn)?;
    if !managed::exists(world, &call.account, arn) {
        return Err(fault::no_such_entity(format!("Policy {arn} was not found.")));
    }
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let wanted = call.text("EntityFilter").is_none_or(|filter| filter == "Role");
    let boundaries = call.text("PolicyUsageFilter") == Some("PermissionsBoundary");
    let items = world
        .iam
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.roles.values())
        .filter(|role| wanted && role.path.starts_with(prefix))
        .filter(|role| {
            if boundaries {
                role.boundary.as_deref() == Some(arn)
            } else {
                role.attached.iter().any(|there| there == arn)
            }
        })
        .map(|role| (role.name.clone(), json!({"RoleName": role.name, "RoleId": role.id})))
        .collect();
    let mut answer = page::page(call, "PolicyRoles", items)?;
    answer.output.insert("PolicyGroups".to_owned(), json!([]));
    answer.output.insert("PolicyUsers".to_owned(), json!([]));
    Ok(answer)
}
