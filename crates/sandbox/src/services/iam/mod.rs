//! IAM: roles, policies, and what little of users the rest needs.
//!
//! IAM is global: one state per account, whatever region a request was signed for. Documents are kept
//! as they were sent and leave URL-encoded (RFC 3986), which surprises everybody who compares them as text.

mod state;

mod role;

mod inline;

mod attach;

mod managed;

mod aws_managed;

mod document;

mod simulate;

mod principal;

mod instance_profile;

mod user;

mod provider;

mod tags;

mod page;

mod fault;

#[cfg(test)]
mod tests;

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

/// Every document that says what a role may do: inline and attached ones.
pub(crate) fn permissions_of(world: &World, role: &Role) -> Vec<String> {
    let account = role.arn.split(':').nth(4).unwrap_or_default();
    let attached = role
        .attached
        .iter()
        .filter_map(|arn| managed::document_of(world, account, arn));
    role.inline.values().cloned().chain(attached).collect()
}

/// The document of a role's permissions boundary, if it has one.
pub(crate) fn boundary_of(world: &World, role: &Role) -> Option<String> {
    let account = role.arn.split(':').nth(4)?;
    managed::document_of(world, account, role.boundary.as_ref()?)
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
        "PutRolePermissionsBoundary" => role::put_boundary,
        "DeleteRolePermissionsBoundary" => role::delete_boundary,
        "PutRolePolicy" => inline::put,
        "GetRolePolicy" => inline::get,
        "ListRolePolicies" => inline::list,
        "DeleteRolePolicy" => inline::delete,
        "AttachRolePolicy" => attach::attach,
        "DetachRolePolicy" => attach::detach,
        "ListAttachedRolePolicies" => attach::list,
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
