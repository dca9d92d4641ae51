//! Cognito user pools: pools, their clients, domains, users, groups and branding.
//!
//! Strict as AWS, and where nobody measured AWS, strict as its documentation. The surprise
//! that shapes this module: "update" means something else for every object. `UpdateUserPool`
//! resets some omitted members and keeps others (`settings`), `UpdateUserPoolClient` resets
//! all (`client_settings`), `SetUserPoolMfaConfig` switches MFA off when it is given the pool
//! alone (`mfa`).
//!
//! Errors of this service are awsJson: HTTP 400, and the code is the fact.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::Operation;
use crate::table::Table;
use crate::world::World;

pub(crate) mod branding;
pub(crate) mod client;
pub(crate) mod client_settings;
mod client_urls;
pub(crate) mod domain;
pub(crate) mod fault;
pub(crate) mod group;
pub(crate) mod hidden;
pub(crate) mod json;
pub(crate) mod message;
pub(crate) mod mfa;
pub(crate) mod page;
pub(crate) mod password;
mod pool;
pub(crate) mod provider;
mod resource_server;
pub(crate) mod schema;
mod secret;
mod security;
mod settings;
pub(crate) mod sign_in;
mod sign_up;
pub(crate) mod srp;
pub(crate) mod tags;
pub(crate) mod user;
mod user_attributes;
mod user_list;

pub(crate) use pool::partition;

#[cfg(test)]
mod tests;

/// The user pools of one account in one region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The pools by id.
    pub(crate) pools: BTreeMap<String, Pool>,
}

/// A user pool with everything that goes away with it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Pool {
    /// `<region>_<nine letters and digits>`.
    pub(crate) id: String,
    /// The pool's ARN.
    pub(crate) arn: String,
    /// When it was made, in epoch seconds.
    pub(crate) created: f64,
    /// When it was last written, in epoch seconds.
    pub(crate) modified: f64,
    /// What `DescribeUserPool` shows of its settings, under AWS's names, defaults filled in.
    pub(crate) settings: Map<String, Value>,
    /// `SchemaAttributes` as AWS shows them.
    pub(crate) schema: Vec<Value>,
    /// `UserPoolTags`.
    pub(crate) tags: BTreeMap<String, String>,
    /// The MFA factors; the mode is `MfaConfiguration` of the settings.
    pub(crate) mfa: mfa::Factors,
    /// The prefix domain.
    pub(crate) domain: Option<domain::Domain>,
    /// The domain under a name of the customer's.
    pub(crate) custom_domain: Option<domain::Domain>,
    /// App clients by id.
    pub(crate) clients: BTreeMap<String, client::Client>,
    /// Users by username as AWS reads it back.
    pub(crate) users: Table<user::User>,
    /// Groups by name.
    pub(crate) groups: BTreeMap<String, group::Group>,
    /// Identity providers by name.
    pub(crate) providers: BTreeMap<String, provider::Provider>,
    /// Resource servers by identifier, as AWS shows them.
    pub(crate) resource_servers: BTreeMap<String, Value>,
    /// Classic login page customisation by client id, or `ALL`.
    pub(crate) ui: BTreeMap<String, Value>,
    /// Managed login styles by id.
    pub(crate) brandings: BTreeMap<String, branding::Branding>,
    /// Log delivery, as AWS shows it.
    pub(crate) logs: Vec<Value>,
    /// Risk configurations by client id, or the empty text for the pool.
    pub(crate) risk: BTreeMap<String, Value>,
    /// What is open between the pool and people who sign in.
    pub(crate) open: sign_in::Open,
    /// The last messages that the pool sent or would have sent to people, oldest first.
    pub(crate) messages: Vec<message::Message>,
}

impl Pool {
    /// Keeps a message that was sent; the oldest go.
    pub(crate) fn sent(&mut self, message: message::Message) {
        const MOST: usize = 200;
        self.messages.push(message);
        let surplus = self.messages.len().saturating_sub(MOST);
        self.messages.drain(..surplus);
    }

    /// The pool's name.
    pub(crate) fn name(&self) -> &str {
        json::text(&self.settings, "Name").unwrap_or_default()
    }

    /// Whether usernames and aliases differ by case (CreateUserPool `UsernameConfiguration`: true is the default).
    pub(crate) fn case_sensitive(&self) -> bool {
        self.settings
            .get("UsernameConfiguration")
            .and_then(|it| it.get("CaseSensitive"))
            .and_then(Value::as_bool)
            .unwrap_or(true)
    }

    /// Whether the pool is of the cheapest tier, which lacks most newer features.
    pub(crate) fn is_lite(&self) -> bool {
        json::text(&self.settings, "UserPoolTier") == Some("LITE")
    }
}

/// The operation of this name, if it is served.
pub(crate) fn operation(name: &str) -> Option<Operation> {
    Some(match name {
        "CreateUserPool" => pool::create,
        "DescribeUserPool" => pool::describe,
        "UpdateUserPool" => pool::update,
        "DeleteUserPool" => pool::delete,
        "ListUserPools" => pool::list,
        "AddCustomAttributes" => pool::add_custom_attributes,
        "GetUserPoolMfaConfig" => mfa::get,
        "SetUserPoolMfaConfig" => mfa::set,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        "CreateUserPoolClient" => client::create,
        "DescribeUserPoolClient" => client::describe,
        "UpdateUserPoolClient" => client::update,
        "DeleteUserPoolClient" => client::delete,
        "ListUserPoolClients" => client::list,
        "AddUserPoolClientSecret" => secret::add,
        "ListUserPoolClientSecrets" => secret::list,
        "DeleteUserPoolClientSecret" => secret::delete,
        "CreateUserPoolDomain" => domain::create,
        "DescribeUserPoolDomain" => domain::describe,
        "UpdateUserPoolDomain" => domain::update,
        "DeleteUserPoolDomain" => domain::delete,
        "AdminCreateUser" => user::create,
        "AdminGetUser" => user::get,
        "AdminDeleteUser" => user::delete,
        "AdminEnableUser" => user::enable,
        "AdminDisableUser" => user::disable,
        "AdminUserGlobalSignOut" => user::sign_out,
        "AdminUpdateUserAttributes" => user_attributes::update,
        "AdminDeleteUserAttributes" => user_attributes::delete,
        "AdminSetUserPassword" => password::set,
        "AdminResetUserPassword" => password::reset,
        "AdminSetUserMFAPreference" => mfa::set_preference,
        "ListUsers" => user_list::list,
        "SignUp" => sign_up::sign_up,
        "InitiateAuth" => sign_in::initiate::initiate,
        "AdminInitiateAuth" => sign_in::initiate::admin,
        "RespondToAuthChallenge" => sign_in::respond::respond,
        "AdminRespondToAuthChallenge" => sign_in::respond::admin,
        "AssociateSoftwareToken" => sign_in::software_token::associate,
        "VerifySoftwareToken" => sign_in::software_token::verify,
        "GetUser" => sign_in::own::get,
        "ChangePassword" => sign_in::own::change_password,
        "UpdateUserAttributes" => sign_in::own::update_attributes,
        "SetUserMFAPreference" => sign_in::own::set_preference,
        "GlobalSignOut" => sign_in::refresh::sign_out,
        "RevokeToken" => sign_in::refresh::revoke,
        "GetTokensFromRefreshToken" => sign_in::refresh::exchange,
        "CreateGroup" => group::create,
        "GetGroup" => group::get,
        "UpdateGroup" => group::update,
        "DeleteGroup" => group::delete,
        "ListGroups" => group::list,
        "AdminAddUserToGroup" => group::add_user,
        "AdminRemoveUserFromGroup" => group::remove_user,
        "AdminListGroupsForUser" => group::of_user,
        "ListUsersInGroup" => group::users,
        "CreateIdentityProvider" => provider::create,
        "DescribeIdentityProvider" => provider::describe,
        "GetIdentityProviderByIdentifier" => provider::by_identifier,
        "UpdateIdentityProvider" => provider::update,
        "DeleteIdentityProvider" => provider::delete,
        "ListIdentityProviders" => provider::list,
        "CreateResourceServer" => resource_server::create,
        "DescribeResourceServer" => resource_server::describe,
        "UpdateResourceServer" => resource_server::update,
        "DeleteResourceServer" => resource_server::delete,
        "ListResourceServers" => resource_server::list,
        "SetUICustomization" => branding::set_ui,
        "GetUICustomization" => branding::get_ui,
        "CreateManagedLoginBranding" => branding::create,
        "DescribeManagedLoginBranding" => branding::describe,
        "DescribeManagedLoginBrandingByClient" => branding::describe_by_client,
        "UpdateManagedLoginBranding" => branding::update,
        "DeleteManagedLoginBranding" => branding::delete,
        "SetLogDeliveryConfiguration" => security::set_logs,
        "GetLogDeliveryConfiguration" => security::get_logs,
        "SetRiskConfiguration" => security::set_risk,
        "DescribeRiskConfiguration" => security::describe_risk,
        _ => return None,
    })
}

/// The tagged resources of an account in a region, by ARN: what the tagging API finds here.
pub(crate) fn tagged(world: &World, account: &str, region: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let Some(state) = world.cognito_idp.get(account).and_then(|it| it.get(region)) else {
        return Vec::new();
    };
    state
        .pools
        .values()
        .filter(|pool| !pool.tags.is_empty())
        .map(|pool| (pool.arn.clone(), pool.tags.clone()))
        .collect()
}
