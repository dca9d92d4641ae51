//! Users, and the account's summary.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{User, fault, fresh_id, holder, page, tags};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The user that a call names; without a name, the caller where it is one.
pub(super) fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut User, Fault> {
    let name = match call.text("UserName") {
        Some(name) => name,
        None => call
            .caller
            .split_once(":user/")
            .and_then(|(_, path)| path.rsplit('/').next())
            .ok_or_else(|| fault::validation("Must specify userName when calling with non-User credentials"))?,
    };
    world
        .iam
        .get_mut(&call.account)
        .and_then(|state| state.users.get_mut(name))
        .ok_or_else(|| fault::no_such_entity(format!("The user with name {name} cannot be found.")))
}

/// `CreateUser`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("UserName");
    let path = call.text("Path").unwrap_or("/");
    let tags = tags::sent(call)?;
    let boundary = holder::sent_boundary(world, call)?;
    let (id, created) = (fresh_id(world, "AIDA"), world.now());
    let state = world.iam.entry(call.account.clone()).or_default();
    if state.users.keys().any(|there| there.eq_ignore_ascii_case(name)) {
        return Err(fault::already_exists(format!("User with name {name} already exists.")));
    }
    let user = User {
        name: name.to_owned(),
        id,
        arn: format!("arn:aws:iam::{}:user{path}{name}", call.account),
        path: path.to_owned(),
        created,
        tags,
        inline: BTreeMap::new(),
        attached: Vec::new(),
        boundary,
        keys: BTreeMap::new(),
    };
    state.users.insert(name.to_owned(), user.clone());
    Ok(json!({"User": shown(&user, true)}).into())
}

/// `GetUser`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    if call.text("UserName").is_none() && call.caller.ends_with(":root") {
        return Ok(json!({"User": {
            "Path": "/",
            "UserName": call.account,
            "UserId": call.account,
            "Arn": call.caller,
            "CreateDate": 1_420_070_400.0,
        }})
        .into());
    }
    Ok(json!({"User": shown(find(world, call)?, true)}).into())
}

/// `ListUsers`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let items = world
        .iam
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.users.values())
        .filter(|user| user.path.starts_with(prefix))
        .map(|user| (user.name.clone(), shown(user, false)))
        .collect();
    page::page(call, "Users", items)
}

/// `DeleteUser`: everything that hangs on the user goes first, by its own calls.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let user = find(world, call)?;
    let conflict = if !user.keys.is_empty() {
        Some("Cannot delete entity, must delete access keys first.")
    } else if !user.attached.is_empty() {
        Some("Cannot delete entity, must detach all policies first.")
    } else if !user.inline.is_empty() {
        Some("Cannot delete entity, must delete policies first.")
    } else {
        None
    };
    if let Some(message) = conflict {
        return Err(fault::delete_conflict(message));
    }
    let name = user.name.clone();
    world.iam.entry(call.account.clone()).or_default().users.remove(&name);
    Ok(Answer::empty())
}

/// `ListGroupsForUser`: the sandbox has no groups.
pub(super) fn groups(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    find(world, call)?;
    page::page(call, "Groups", Vec::new())
}

/// `ListAccountAliases`: the accounts here have none.
pub(super) fn aliases(_world: &mut World, call: &Call) -> Result<Answer, Fault> {
    page::page(call, "AccountAliases", Vec::new())
}

/// `GetAccountSummary`.
pub(super) fn summary(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let state = world.iam.entry(call.account.clone()).or_default();
    let versions: usize = state.policies.values().map(|policy| policy.versions.len()).sum();
    Ok(json!({"SummaryMap": {
        "Users": state.users.len(),
        "UsersQuota": 5000,
        "Groups": 0,
        "GroupsQuota": 300,
        "Roles": state.roles.len(),
        "RolesQuota": 1000,
        "Policies": state.policies.len(),
        "PoliciesQuota": 1500,
        "PolicySizeQuota": 6144,
        "PolicyVersionsInUse": versions,
        "PolicyVersionsInUseQuota": 10000,
        "VersionsPerPolicyQuota": 5,
        "AttachedPoliciesPerRoleQuota": 10,
        "AssumeRolePolicySizeQuota": 2048,
        "InstanceProfiles": state.instance_profiles.len(),
        "InstanceProfilesQuota": 1000,
        "Providers": state.oidc_providers.len(),
        "AccountMFAEnabled": 1,
        "AccountAccessKeysPresent": 0,
    }})
    .into())
}

/// A user as reads show it.
fn shown(user: &User, with_tags: bool) -> Value {
    let mut shown = json!({
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.created,
    });
    if let Some(arn) = user.boundary.as_ref().filter(|_| with_tags) {
        shown["PermissionsBoundary"] = holder::shown_boundary(arn);
    }
    if with_tags && !user.tags.is_empty() {
        shown["Tags"] = json!(tags::shown(&user.tags));
    }
    shown
}
