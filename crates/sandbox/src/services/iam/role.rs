//! Roles: who may become somebody, and for how long.

use serde_json::{Map, Value, json};

use super::{Role, document, fault, fresh_id, holder, page, principal, tags};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// How long a trust document can be: the default quota `ACLSizePerRole`.
const TRUST_SIZE: usize = 2048;

/// How many roles an account can hold by default.
const MOST: usize = 1000;

/// The role that a call names.
pub(super) fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Role, Fault> {
    let name = call.required("RoleName");
    world
        .iam
        .get_mut(&call.account)
        .and_then(|state| state.roles.get_mut(name))
        .ok_or_else(|| not_found(name))
}

fn not_found(name: &str) -> Fault {
    fault::no_such_entity(format!("The role with name {name} cannot be found."))
}

/// `CreateRole`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("RoleName");
    let trust = call.required("AssumeRolePolicyDocument");
    let trusted_ids = checked_trust(world, trust)?;
    let tags = tags::sent(call)?;
    let boundary = holder::sent_boundary(world, call)?;
    let (id, created) = (fresh_id(world, "AROA"), world.now());
    let path = call.text("Path").unwrap_or("/");
    let state = world.iam.entry(call.account.clone()).or_default();
    // Names differ by more than case (CreateRole, `RoleName`).
    if state.roles.keys().any(|there| there.eq_ignore_ascii_case(name)) {
        return Err(fault::already_exists(format!("Role with name {name} already exists.")));
    }
    if state.roles.len() >= MOST {
        return Err(fault::limit_exceeded(format!(
            "Cannot exceed quota for RolesPerAccount: {MOST}"
        )));
    }
    let role = Role {
        name: name.to_owned(),
        id,
        arn: format!("arn:aws:iam::{}:role{path}{name}", call.account),
        path: path.to_owned(),
        trust: trust.to_owned(),
        trusted_ids,
        description: call.text("Description").map(str::to_owned),
        max_session: call.int("MaxSessionDuration").unwrap_or(3600),
        created,
        tags,
        inline: std::collections::BTreeMap::new(),
        attached: Vec::new(),
        boundary,
    };
    state.roles.insert(name.to_owned(), role.clone());
    // The creating call answers a subset: neither description nor session length.
    let mut shown = brief(world, &role);
    shown.remove("Description");
    shown.remove("MaxSessionDuration");
    add_tags_and_boundary(&mut shown, &role);
    Ok(json!({ "Role": shown }).into())
}

/// `GetRole`.
///
/// For some seconds after its creation a role may not be found (IAM User Guide, "Changes that I make are not always
/// immediately visible").
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let role = find(world, call)?.clone();
    if !world.settled(role.created) {
        return Err(not_found(&role.name));
    }
    Ok(json!({"Role": whole(world, &role)}).into())
}

/// `ListRoles`: what is shown is less than `GetRole`; neither tags nor boundary.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let items = world
        .iam
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.roles.values())
        .filter(|role| role.path.starts_with(prefix))
        .map(|role| (role.name.clone(), Value::Object(brief(world, role))))
        .collect();
    page::page(call, "Roles", items)
}

/// `UpdateRole`: merges. What is left out stays (measured: cdkd PR #1239); an empty description clears.
pub(super) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let role = find(world, call)?;
    set_description(role, call);
    if let Some(seconds) = call.int("MaxSessionDuration") {
        role.max_session = seconds;
    }
    Ok(Answer::empty())
}

/// `UpdateRoleDescription`, which `UpdateRole` replaced.
pub(super) fn update_description(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    set_description(find(world, call)?, call);
    get(world, call)
}

/// `UpdateAssumeRolePolicy`.
pub(super) fn update_trust(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    find(world, call)?;
    let trust = call.required("PolicyDocument");
    let trusted_ids = checked_trust(world, trust)?;
    let role = find(world, call)?;
    role.trust = trust.to_owned();
    role.trusted_ids = trusted_ids;
    Ok(Answer::empty())
}

/// `DeleteRole`: everything that hangs on the role goes first, by its own calls.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let role = find(world, call)?.clone();
    let state = world.iam.entry(call.account.clone()).or_default();
    let in_profile = state
        .instance_profiles
        .values()
        .any(|profile| profile.role.as_ref() == Some(&role.name));
    let conflict = if in_profile {
        Some("Cannot delete entity, must remove roles from instance profile first.")
    } else if !role.attached.is_empty() {
        Some("Cannot delete entity, must detach all policies first.")
    } else if !role.inline.is_empty() {
        Some("Cannot delete entity, must delete policies first.")
    } else if role.boundary.is_some() {
        // By the trap list; the one measured order of deletion (cdkd iam-role-provider.ts) had no boundary. Words ours.
        Some("Cannot delete entity, must delete the permissions boundary first.")
    } else {
        None
    };
    if let Some(message) = conflict {
        return Err(fault::delete_conflict(message));
    }
    state.roles.remove(&role.name);
    Ok(Answer::empty())
}

/// A role as lists and instance profiles show it.
pub(super) fn brief(world: &World, role: &Role) -> Map<String, Value> {
    let mut shown = Map::new();
    shown.insert("Path".to_owned(), json!(role.path));
    shown.insert("RoleName".to_owned(), json!(role.name));
    shown.insert("RoleId".to_owned(), json!(role.id));
    shown.insert("Arn".to_owned(), json!(role.arn));
    shown.insert("CreateDate".to_owned(), json!(role.created));
    let trust = principal::shown(world, &role.trust, &role.trusted_ids);
    shown.insert("AssumeRolePolicyDocument".to_owned(), json!(document::encoded(&trust)));
    if let Some(description) = &role.description {
        shown.insert("Description".to_owned(), json!(description));
    }
    shown.insert("MaxSessionDuration".to_owned(), json!(role.max_session));
    shown
}

/// A role as `GetRole` shows it.
fn whole(world: &World, role: &Role) -> Map<String, Value> {
    let mut shown = brief(world, role);
    add_tags_and_boundary(&mut shown, role);
    // Present and empty where the role was never used.
    shown.insert("RoleLastUsed".to_owned(), json!({}));
    shown
}

/// Adds what only some answers show.
fn add_tags_and_boundary(shown: &mut Map<String, Value>, role: &Role) {
    if !role.tags.is_empty() {
        shown.insert("Tags".to_owned(), json!(tags::shown(&role.tags)));
    }
    if let Some(arn) = &role.boundary {
        shown.insert("PermissionsBoundary".to_owned(), holder::shown_boundary(arn));
    }
}

/// Checks a trust document and its size, and returns the ids it names.
fn checked_trust(world: &World, trust: &str) -> Result<std::collections::BTreeMap<String, String>, Fault> {
    let ids = document::check_trust(world, trust)?;
    if document::weight(trust) > TRUST_SIZE {
        return Err(fault::limit_exceeded(format!(
            "Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}"
        )));
    }
    Ok(ids)
}

/// Takes over a description that was sent; an empty one clears.
fn set_description(role: &mut Role, call: &Call) {
    if let Some(description) = call.text("Description") {
        role.description = (!description.is_empty()).then(|| description.to_owned());
    }
}
