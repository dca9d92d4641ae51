//! Instance profiles, which hold at most one role and keep it from being deleted.

use serde_json::{Value, json};

use super::{InstanceProfile, fault, fresh_id, page, role, tags};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The instance profile that a call names.
pub(super) fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut InstanceProfile, Fault> {
    let name = call.required("InstanceProfileName");
    world
        .iam
        .get_mut(&call.account)
        .and_then(|state| state.instance_profiles.get_mut(name))
        .ok_or_else(|| fault::no_such_entity(format!("Instance Profile {name} cannot be found.")))
}

/// `CreateInstanceProfile`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("InstanceProfileName");
    let path = call.text("Path").unwrap_or("/");
    let tags = tags::sent(call)?;
    let (id, created) = (fresh_id(world, "AIPA"), world.now());
    let state = world.iam.entry(call.account.clone()).or_default();
    if state
        .instance_profiles
        .keys()
        .any(|there| there.eq_ignore_ascii_case(name))
    {
        return Err(fault::already_exists(format!(
            "Instance Profile {name} already exists."
        )));
    }
    let profile = InstanceProfile {
        name: name.to_owned(),
        id,
        arn: format!("arn:aws:iam::{}:instance-profile{path}{name}", call.account),
        path: path.to_owned(),
        created,
        tags,
        role: None,
    };
    state.instance_profiles.insert(name.to_owned(), profile.clone());
    Ok(json!({"InstanceProfile": shown(world, &call.account, &profile)}).into())
}

/// `GetInstanceProfile`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let profile = find(world, call)?.clone();
    Ok(json!({"InstanceProfile": shown(world, &call.account, &profile)}).into())
}

/// `DeleteInstanceProfile`: empty it first.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    if find(world, call)?.role.is_some() {
        return Err(fault::delete_conflict(
            "Cannot delete entity, must remove roles from instance profile first.",
        ));
    }
    let state = world.iam.entry(call.account.clone()).or_default();
    state.instance_profiles.remove(call.required("InstanceProfileName"));
    Ok(Answer::empty())
}

/// `AddRoleToInstanceProfile`.
pub(super) fn add_role(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = role::find(world, call)?.name.clone();
    let profile = find(world, call)?;
    if profile.role.is_some() {
        return Err(fault::limit_exceeded(
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
        ));
    }
    profile.role = Some(name);
    Ok(Answer::empty())
}

/// `RemoveRoleFromInstanceProfile`.
pub(super) fn remove_role(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("RoleName");
    let profile = find(world, call)?;
    if profile.role.as_deref() != Some(name) {
        return Err(fault::no_such_entity(format!(
            "The role with name {name} cannot be found."
        )));
    }
    profile.role = None;
    Ok(Answer::empty())
}

/// `ListInstanceProfiles` and, where a role is named, `ListInstanceProfilesForRole`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let role = match call.text("RoleName") {
        Some(_) => Some(role::find(world, call)?.name.clone()),
        None => None,
    };
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let items = world
        .iam
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.instance_profiles.values())
        .filter(|profile| role.is_none() || profile.role == role)
        .filter(|profile| profile.path.starts_with(prefix))
        .map(|profile| {
            let mut item = shown(world, &call.account, profile);
            if let Some(item) = item.as_object_mut() {
                item.remove("Tags");
            }
            (profile.name.clone(), item)
        })
        .collect();
    page::page(call, "InstanceProfiles", items)
}

/// An instance profile as reads show it, with its role.
fn shown(world: &World, account: &str, profile: &InstanceProfile) -> Value {
    let roles: Vec<Value> = profile
        .role
        .iter()
        .filter_map(|name| world.iam.get(account)?.roles.get(name))
        .map(|role| Value::Object(role::brief(world, role)))
        .collect();
    let mut shown = json!({
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": profile.arn,
        "CreateDate": profile.created,
        "Roles": roles,
    });
    if !profile.tags.is_empty() {
        shown["Tags"] = json!(tags::shown(&profile.tags));
    }
    shown
}
