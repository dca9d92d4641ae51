//! Cognito identity pools: who may ask for AWS credentials, and which roles they get.
//!
//! `UpdateIdentityPool` and `SetIdentityPoolRoles` replace the whole object: what is not sent is
//! gone, which is how a change of one flag cost whole fleets their logins
//! (hashicorp/terraform-provider-aws#26969). `AllowClassicFlow` has three values: true, an
//! explicit false that blocks, and absent, which lets the classic flow through
//! (aws/aws-cli#7652).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::Operation;
use crate::table::Table;
use crate::world::World;

mod credentials;
mod identity;
mod login;
mod pool;
mod roles;
mod tags;

#[cfg(test)]
mod tests;

/// The identity pools of one account in one region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The pools by id.
    pub(crate) pools: BTreeMap<String, Pool>,
}

/// An identity pool.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Pool {
    /// `<region>:<uuid>`.
    pub(crate) id: String,
    /// The pool's ARN.
    pub(crate) arn: String,
    /// What `DescribeIdentityPool` shows, under AWS's names.
    pub(crate) settings: Map<String, Value>,
    /// `IdentityPoolTags`.
    pub(crate) tags: BTreeMap<String, String>,
    /// `Roles`.
    pub(crate) roles: BTreeMap<String, String>,
    /// `RoleMappings`.
    pub(crate) mappings: Map<String, Value>,
    /// Attributes for access control, by provider.
    pub(crate) principal_tags: BTreeMap<String, Value>,
    /// The identities by id.
    pub(crate) identities: Table<Identity>,
}

impl Pool {
    /// Whether guests may come in.
    pub(crate) fn guests(&self) -> bool {
        self.settings.get("AllowUnauthenticatedIdentities") == Some(&Value::Bool(true))
    }

    /// Whether the classic flow is blocked: by an explicit false alone.
    pub(crate) fn blocks_classic_flow(&self) -> bool {
        self.settings.get("AllowClassicFlow") == Some(&Value::Bool(false))
    }

    /// The user pools and app clients whose tokens it takes.
    pub(crate) fn user_pool_clients(&self) -> impl Iterator<Item = &Value> {
        let listed = self.settings.get("CognitoIdentityProviders");
        listed.and_then(Value::as_array).into_iter().flatten()
    }

    /// Whether anybody but guests can come in.
    pub(crate) fn has_providers(&self) -> bool {
        [
            "CognitoIdentityProviders",
            "SupportedLoginProviders",
            "OpenIdConnectProviderARNs",
            "SamlProviderARNs",
            "DeveloperProviderName",
        ]
        .iter()
        .any(|member| self.settings.contains_key(*member))
    }
}

/// An identity.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Identity {
    /// The subject by login provider; none of a guest.
    pub(crate) logins: BTreeMap<String, String>,
    /// When it was made.
    pub(crate) created: f64,
    /// When it was last written.
    pub(crate) modified: f64,
}

/// The operation of this name, if it is served.
pub(crate) fn operation(name: &str) -> Option<Operation> {
    Some(match name {
        "CreateIdentityPool" => pool::create,
        "DescribeIdentityPool" => pool::describe,
        "UpdateIdentityPool" => pool::update,
        "DeleteIdentityPool" => pool::delete,
        "ListIdentityPools" => pool::list,
        "SetIdentityPoolRoles" => roles::set,
        "GetIdentityPoolRoles" => roles::get,
        "SetPrincipalTagAttributeMap" => roles::set_principal_tags,
        "GetPrincipalTagAttributeMap" => roles::get_principal_tags,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        "GetId" => identity::get_id,
        "GetOpenIdToken" => credentials::get_open_id_token,
        "GetCredentialsForIdentity" => credentials::get_credentials,
        "DescribeIdentity" => identity::describe,
        "ListIdentities" => identity::list,
        "DeleteIdentities" => identity::delete,
        _ => return None,
    })
}

/// The tagged resources of an account in a region, by ARN: what the tagging API finds here.
pub(crate) fn tagged(world: &World, account: &str, region: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let Some(state) = world.cognito_identity.get(account).and_then(|it| it.get(region)) else {
        return Vec::new();
    };
    state
        .pools
        .values()
        .filter(|pool| !pool.tags.is_empty())
        .map(|pool| (pool.arn.clone(), pool.tags.clone()))
        .collect()
}
