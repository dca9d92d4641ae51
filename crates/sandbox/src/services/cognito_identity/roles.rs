//! The roles of an identity pool, and the tags that its sessions carry.

use serde_json::{Map, Value, json};

use super::{Pool, pool};
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::fault::{invalid, not_found};
use crate::services::iam;
use crate::world::World;

/// The most rules of a mapping (quota; the model's 400 is the adjustable maximum).
const MOST_RULES: usize = 25;

/// SetIdentityPoolRoles: one call holds the whole map, so a second owner overwrites the first
/// (aws/aws-cdk#23449). Roles and mappings that are not sent are gone.
pub(super) fn set(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let empty = Map::new();
    let roles = call.input.get("Roles").and_then(Value::as_object).unwrap_or(&empty);
    let mappings = call
        .input
        .get("RoleMappings")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    for arn in roles.values() {
        check_role(arn, &call.account)?;
        check_known(world, arn)?;
    }
    for (provider, mapping) in mappings {
        check_mapping(pool, provider, mapping, &call.account)?;
    }
    let pool = pool::find_mut(world, call)?;
    pool.roles = roles
        .iter()
        .filter_map(|(name, arn)| Some((name.clone(), arn.as_str()?.to_owned())))
        .collect();
    pool.mappings = mappings.clone();
    Ok(Answer::empty())
}

/// A role must have a role's ARN, and handing one over crosses no account (IAM: "Cross-account pass role is not
/// allowed").
fn check_role(arn: &Value, account: &str) -> Result<(), Fault> {
    let arn = arn.as_str().unwrap_or_default();
    if !pool::is_iam_arn(arn, "role") {
        return Err(invalid(format!("Invalid role ARN: {arn}")));
    }
    if arn.split(':').nth(4) != Some(account) {
        return Err(Fault::new(
            "AccessDeniedException",
            400,
            "Cross-account pass role is not allowed.",
        ));
    }
    Ok(())
}

/// A role that IAM has just made is not known here yet (IAM User Guide, "Changes that I make are not always
/// immediately visible"). Whether one was ever there is not asked.
fn check_known(world: &World, arn: &Value) -> Result<(), Fault> {
    let arn = arn.as_str().unwrap_or_default();
    match iam::role_by_arn(world, arn) {
        Some(role) if !world.settled(role.created) => Err(invalid(format!("Invalid role ARN: {arn}"))),
        Some(_) | None => Ok(()),
    }
}

fn check_mapping(pool: &Pool, provider: &str, mapping: &Value, account: &str) -> Result<(), Fault> {
    if !is_provider(pool, provider) {
        return Err(invalid(format!(
            "{provider} is not a valid RoleMapping ProviderName or is not a configured provider."
        )));
    }
    // Required for both types (documentation of RoleMapping).
    if mapping.get("AmbiguousRoleResolution").is_none() {
        return Err(invalid("AmbiguousRoleResolution is required."));
    }
    let rules = mapping.pointer("/RulesConfiguration/Rules").and_then(Value::as_array);
    if (mapping["Type"] == "Rules") != rules.is_some() {
        return Err(invalid(
            "RulesConfiguration goes with the type Rules, and only with it.",
        ));
    }
    let rules = rules.map(Vec::as_slice).unwrap_or_default();
    if rules.len() > MOST_RULES {
        return Err(invalid(format!(
            "At most {MOST_RULES} rules are allowed for a provider."
        )));
    }
    rules.iter().try_for_each(|rule| check_role(&rule["RoleARN"], account))
}

/// A mapping names `<user pool>:<client>`, a public provider, or the ARN of an IAM provider.
fn is_provider(pool: &Pool, name: &str) -> bool {
    let list = |member: &str| {
        pool.settings
            .get(member)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let of_user_pool = list("CognitoIdentityProviders").iter().any(|it| {
        let (Some(provider), Some(client)) = (it["ProviderName"].as_str(), it["ClientId"].as_str()) else {
            return false;
        };
        name.strip_prefix(provider).and_then(|rest| rest.strip_prefix(':')) == Some(client)
    });
    of_user_pool
        || pool
            .settings
            .get("SupportedLoginProviders")
            .is_some_and(|it| it.get(name).is_some())
        || ["OpenIdConnectProviderARNs", "SamlProviderARNs"]
            .iter()
            .any(|member| list(member).iter().any(|arn| arn == name))
}

/// GetIdentityPoolRoles: what is empty is absent.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let mut answer = json!({"IdentityPoolId": pool.id});
    if !pool.roles.is_empty() {
        answer["Roles"] = json!(pool.roles);
    }
    if !pool.mappings.is_empty() {
        answer["RoleMappings"] = json!(pool.mappings);
    }
    Ok(answer.into())
}

/// SetPrincipalTagAttributeMap.
pub(super) fn set_principal_tags(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    let provider = provider(pool, call)?;
    let defaults = call.flag("UseDefaults") == Some(true);
    let mut shown = json!({
        "IdentityPoolId": pool.id,
        "IdentityProviderName": provider,
        "UseDefaults": defaults,
    });
    if defaults {
        shown["PrincipalTags"] = json!({"client": "aud", "username": "sub"});
    } else if let Some(tags) = call.input.get("PrincipalTags") {
        shown["PrincipalTags"] = tags.clone();
    }
    pool.principal_tags.insert(provider, shown.clone());
    Ok(shown.into())
}

/// GetPrincipalTagAttributeMap.
pub(super) fn get_principal_tags(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let provider = provider(pool, call)?;
    let fresh = json!({"IdentityPoolId": pool.id, "IdentityProviderName": provider, "UseDefaults": false});
    Ok(pool.principal_tags.get(&provider).cloned().unwrap_or(fresh).into())
}

fn provider(pool: &Pool, call: &Call) -> Result<String, Fault> {
    let name = call.required("IdentityProviderName");
    let of_user_pool = pool
        .settings
        .get("CognitoIdentityProviders")
        .and_then(Value::as_array)
        .is_some_and(|it| it.iter().any(|provider| provider["ProviderName"] == name));
    if of_user_pool || is_provider(pool, name) {
        Ok(name.to_owned())
    } else {
        Err(not_found(format!("Provider '{name}' not found.")))
    }
}
