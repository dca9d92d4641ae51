//! IAM: roles, users, their policies and access keys.
//!
//! IAM is global: one state per account, whatever region a request was signed for. Documents are kept
//! as they were sent and leave URL-encoded (RFC 3986), which surprises everybody who compares them as text.

mod state;

mod role;

mod holder;

mod inline;

mod attach;

mod managed;

mod aws_managed;

mod document;

mod simulate;

mod principal;

mod instance_profile;

mod user;

mod access_key;

mod provider;

mod tags;

mod page;

mod fault;

#[cfg(test)]
mod tests;

pub(crate) use access_key::by_id as access_key;
pub(crate) use managed::document_of as managed_document;
pub(crate) use principal::{exists as principal_exists, unique_id};
pub(crate) use state::{InstanceProfile, Policy, Role, State, User, Version};

use crate::call::Operation;
use crate::world::World;

/// The role with this ARN, whichever account it belongs to.
pub(crate) fn role_by_arn<'a>(world: &'a World, arn: &str) -> Option<&'a Role> {
    let account = arn.split(':').nth(4)?;
    let name = arn.rsplit('/').next()?;
    world.iam.get(account)?.roles.get(name).filter(|role| role.arn == arn)
}

/// The ARN of the role of this name; the one it would have if there is none.
pub(crate) fn role_arn(world: &World, account: &str, name: &str) -> String {
    let role = world.iam.get(account).and_then(|state| state.roles.get(name));
    role.map_or_else(
        || format!("arn:aws:iam::{account}:role/{name}"),
        |role| role.arn.clone(),
    )
}

/// The user with this ARN.
pub(crate) fn user_by_arn<'a>(world: &'a World, arn: &str) -> Option<&'a User> {
    let account = arn.split(':').nth(4)?;
    let name = arn.rsplit('/').next()?;
    world.iam.get(account)?.users.get(name).filter(|user| user.arn == arn)
}

/// The tags of a role, user or policy.
pub(crate) fn tags_of(world: &World, arn: &str) -> Vec<(String, String)> {
    let account = arn.split(':').nth(4).unwrap_or_default();
    let policy = world.iam.get(account).and_then(|state| state.policies.get(arn));
    let tags = role_by_arn(world, arn)
        .map(|role| &role.tags)
        .or_else(|| user_by_arn(world, arn).map(|user| &user.tags))
        .or_else(|| policy.map(|policy| &policy.tags));
    tags.into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Documents with labels.
pub(crate) type Documents = Vec<(String, String)>;

/// The documents that say what a role or user may do, and the one of its permissions boundary.
pub(crate) fn rights_of(world: &World, arn: &str) -> Option<(Documents, Option<(String, String)>)> {
    let account = arn.split(':').nth(4)?;
    let (inline, attached, boundary) = match (role_by_arn(world, arn), user_by_arn(world, arn)) {
        (Some(role), _) => (&role.inline, &role.attached, &role.boundary),
        (None, Some(user)) => (&user.inline, &user.attached, &user.boundary),
        (None, None) => return None,
    };
    let managed = |arn: &String| Some((arn.clone(), managed::document_of(world, account, arn)?));
    let inline = inline.iter().map(|(name, text)| (name.clone(), text.clone()));
    let documents = inline.chain(attached.iter().filter_map(managed)).collect();
    Some((documents, boundary.as_ref().and_then(managed)))
}

/// The operation of this name, if it is served.
pub(crate) fn operation(name: &str) -> Option<Operation> {
    Some(match name {
        "CreateRole" => role::create,
        "GetRole" => role::get,
        "ListRoles" => role::list,
        "UpdateRole" => role::update,
        "UpdateRoleDescription" => role::update_description,
        "UpdateAssumeRolePolicy" => role::update_trust,
        "DeleteRole" => role::delete,
        "PutRolePermissionsBoundary" | "PutUserPermissionsBoundary" => holder::put_boundary,
        "DeleteRolePermissionsBoundary" | "DeleteUserPermissionsBoundary" => holder::delete_boundary,
        "PutRolePolicy" | "PutUserPolicy" => inline::put,
        "GetRolePolicy" | "GetUserPolicy" => inline::get,
        "ListRolePolicies" | "ListUserPolicies" => inline::list,
        "DeleteRolePolicy" | "DeleteUserPolicy" => inline::delete,
        "AttachRolePolicy" | "AttachUserPolicy" => attach::attach,
        "DetachRolePolicy" | "DetachUserPolicy" => attach::detach,
        "ListAttachedRolePolicies" | "ListAttachedUserPolicies" => attach::list,
        "ListEntitiesForPolicy" => attach::entities,
        "CreatePolicy" => managed::create,
        "GetPolicy" => managed::get,
        "ListPolicies" => managed::list,
        "DeletePolicy" => managed::delete,
        "CreatePolicyVersion" => managed::create_version,
        "GetPolicyVersion" => managed::get_version,
        "ListPolicyVersions" => managed::list_versions,
        "DeletePolicyVersion" => managed::delete_version,
        "SetDefaultPolicyVersion" => managed::set_default_version,
        "SimulatePrincipalPolicy" => simulate::principal,
        "SimulateCustomPolicy" => simulate::custom,
        "CreateInstanceProfile" => instance_profile::create,
        "GetInstanceProfile" => instance_profile::get,
        "DeleteInstanceProfile" => instance_profile::delete,
        "AddRoleToInstanceProfile" => instance_profile::add_role,
        "RemoveRoleFromInstanceProfile" => instance_profile::remove_role,
        "ListInstanceProfiles" | "ListInstanceProfilesForRole" => instance_profile::list,
        "CreateUser" => user::create,
        "GetUser" => user::get,
        "ListUsers" => user::list,
        "DeleteUser" => user::delete,
        "ListGroupsForUser" => user::groups,
        "CreateAccessKey" => access_key::create,
        "ListAccessKeys" => access_key::list,
        "UpdateAccessKey" => access_key::update,
        "DeleteAccessKey" => access_key::delete,
        "GetAccessKeyLastUsed" => access_key::last_used,
        "ListAccountAliases" => user::aliases,
        "GetAccountSummary" => user::summary,
        "CreateOpenIDConnectProvider" => provider::create,
        "GetOpenIDConnectProvider" => provider::get,
        "ListOpenIDConnectProviders" => provider::list,
        "DeleteOpenIDConnectProvider" => provider::delete,
        "TagRole" | "TagPolicy" | "TagInstanceProfile" | "TagUser" | "TagOpenIDConnectProvider" => tags::tag,
        "UntagRole" | "UntagPolicy" | "UntagInstanceProfile" | "UntagUser" | "UntagOpenIDConnectProvider" => {
            tags::untag
        }
        "ListRoleTags"
        | "ListPolicyTags"
        | "ListInstanceProfileTags"
        | "ListUserTags"
        | "ListOpenIDConnectProviderTags" => tags::list_tags,
        _ => return None,
    })
}

/// A unique id of IAM: four letters that say what it is, and seventeen more.
fn fresh_id(world: &mut World, prefix: &str) -> String {
    format!("{prefix}{}", world.fresh("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17))
}
