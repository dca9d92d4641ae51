//! What a client's settings become.
//!
//! UpdateUserPoolClient resets what it is not given ("If you don't provide a value for an
//! attribute, Amazon Cognito sets it to its default value"), so creating and updating build
//! the settings in the same way. Lists are sets and come back sorted (seen live:
//! cdk-real-drift #303, #875).

use serde_json::{Map, Value, json};

use super::fault::{invalid, not_in_tier};
use super::{Pool, client_urls, json, schema};
use crate::call::Fault;

/// The members that an update resets when it omits them.
pub(crate) const MEMBERS: [&str; 20] = [
    "AccessTokenValidity",
    "AllowedOAuthFlows",
    "AllowedOAuthFlowsUserPoolClient",
    "AllowedOAuthScopes",
    "AnalyticsConfiguration",
    "AuthSessionValidity",
    "CallbackURLs",
    "DefaultRedirectURI",
    "EnablePropagateAdditionalUserContextData",
    "EnableTokenRevocation",
    "ExplicitAuthFlows",
    "IdTokenValidity",
    "LogoutURLs",
    "PreventUserExistenceErrors",
    "ReadAttributes",
    "RefreshTokenRotation",
    "RefreshTokenValidity",
    "SupportedIdentityProviders",
    "TokenValidityUnits",
    "WriteAttributes",
];

/// The scopes that need no resource server.
const SCOPES: [&str; 5] = ["aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"];

const DAY: i64 = 24 * 60 * 60;

/// The settings of a client as AWS shows them, from what a call sends.
pub(crate) fn build(pool: &Pool, input: &Map<String, Value>, has_secret: bool) -> Result<Map<String, Value>, Fault> {
    let mut next = Map::new();
    for member in MEMBERS {
        let Some(value) = input.get(member) else { continue };
        let value = sorted(value);
        if !value.as_array().is_some_and(Vec::is_empty) {
            next.insert(member.to_owned(), value);
        }
    }
    // Defaults seen live: cdk-real-drift corpus UserPoolClient.*, Conv3PoolClient.
    for (member, value) in [
        ("RefreshTokenValidity", json!(30)),
        ("AuthSessionValidity", json!(3)),
        ("EnableTokenRevocation", json!(true)),
        ("EnablePropagateAdditionalUserContextData", json!(false)),
        ("AllowedOAuthFlowsUserPoolClient", json!(false)),
    ] {
        next.entry(member).or_insert(value);
    }
    // Zero is overridden by the default (documentation of RefreshTokenValidity).
    if next["RefreshTokenValidity"] == 0 {
        next.insert("RefreshTokenValidity".to_owned(), json!(30));
    }
    check_validity(&next)?;
    check_urls(&next)?;
    check_oauth(pool, &next, has_secret)?;
    check_flows(pool, &next)?;
    check_attributes(pool, &next)?;
    if json::flag(&next, "EnablePropagateAdditionalUserContextData") == Some(true) && !has_secret {
        // Documentation: only in a client that has a secret.
        return Err(invalid(
            "EnablePropagateAdditionalUserContextData can be activated only in a client with a secret.",
        ));
    }
    Ok(next)
}

/// A list as the set it is; anything else as it is.
fn sorted(value: &Value) -> Value {
    let Some(items) = value.as_array() else {
        return value.clone();
    };
    let set: std::collections::BTreeSet<&str> = items.iter().filter_map(Value::as_str).collect();
    json!(set)
}

/// A validity and its unit are one quantity; an update that changes one alone can leave the range
/// (hashicorp/terraform-provider-aws#30433).
fn check_validity(next: &Map<String, Value>) -> Result<(), Fault> {
    let Validity { access, id, refresh } = validity(next);
    // Five minutes to one day; sixty minutes to ten years (documentation; the model gives the upper ends in seconds).
    for short in [access, id] {
        if !(5 * 60..=DAY).contains(&short) {
            return Err(invalid("Invalid range for token validity."));
        }
    }
    if !(60 * 60..=3650 * DAY).contains(&refresh) {
        return Err(invalid("Invalid range for token validity."));
    }
    if access > refresh || id > refresh {
        return Err(invalid(
            "Access and id tokens cannot be valid for longer than the refresh token.",
        ));
    }
    Ok(())
}

/// How long the tokens of a client are valid, in seconds.
pub(crate) struct Validity {
    /// Access tokens.
    pub(crate) access: i64,
    /// Id tokens.
    pub(crate) id: i64,
    /// Refresh tokens.
    pub(crate) refresh: i64,
}

/// How long the tokens of a client with these settings are valid.
pub(crate) fn validity(settings: &Map<String, Value>) -> Validity {
    let units = json::members(settings, "TokenValidityUnits");
    // Without a unit: hours for access and id tokens, days for refresh tokens (documentation of TokenValidityUnits).
    let seconds = |member: &str, unit: &str, default: &str, absent: i64| {
        let Some(value) = settings.get(member).and_then(Value::as_i64) else {
            return absent;
        };
        let factor = match json::text(&units, unit).unwrap_or(default) {
            "seconds" => 1,
            "minutes" => 60,
            "hours" => 60 * 60,
            _ => DAY,
        };
        value.saturating_mul(factor)
    };
    Validity {
        access: seconds("AccessTokenValidity", "AccessToken", "hours", 60 * 60),
        id: seconds("IdTokenValidity", "IdToken", "hours", 60 * 60),
        refresh: seconds("RefreshTokenValidity", "RefreshToken", "days", 30 * DAY),
    }
}

fn check_urls(next: &Map<String, Value>) -> Result<(), Fault> {
    let callbacks = json::texts(next, "CallbackURLs");
    for url in callbacks.iter().chain(&json::texts(next, "LogoutURLs")) {
        client_urls::check(url)?;
    }
    if let Some(url) = json::text(next, "DefaultRedirectURI")
        && !callbacks.contains(&url)
    {
        return Err(invalid("DefaultRedirectURI must be in the CallbackURLs list."));
    }
    Ok(())
}

fn check_oauth(pool: &Pool, next: &Map<String, Value>, has_secret: bool) -> Result<(), Fault> {
    let refuse = |message: String| Err(Fault::new("InvalidOAuthFlowException", 400, message));
    let flows = json::texts(next, "AllowedOAuthFlows");
    let scopes = json::texts(next, "AllowedOAuthScopes");
    let on = json::flag(next, "AllowedOAuthFlowsUserPoolClient") == Some(true);
    if on && (flows.is_empty() || scopes.is_empty()) {
        return refuse(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
                .to_owned(),
        );
    }
    if flows.contains(&"client_credentials") {
        if flows.len() > 1 {
            return refuse(
                "client_credentials flow can not be selected along with code flow or implicit flow.".to_owned(),
            );
        }
        if !has_secret {
            return refuse(
                "client_credentials flow can not be selected if client does not have a client secret.".to_owned(),
            );
        }
        // hashicorp/terraform-provider-aws#4984.
        if let Some(scope) = scopes.iter().find(|scope| SCOPES.contains(scope)) {
            return refuse(format!("{scope} is not supported with client_credentials flow."));
        }
    }
    for scope in scopes {
        if !SCOPES.contains(&scope) && !has_scope(pool, scope) {
            // awsdocs/aws-cloudformation-user-guide#564.
            return Err(Fault::new(
                "ScopeDoesNotExistException",
                400,
                format!("Invalid scope requested: {scope}"),
            ));
        }
    }
    for provider in json::texts(next, "SupportedIdentityProviders") {
        if provider != "COGNITO" && !pool.providers.contains_key(provider) {
            return Err(invalid(format!(
                "The provider {provider} does not exist for User Pool {}.",
                pool.id
            )));
        }
    }
    Ok(())
}

fn has_scope(pool: &Pool, scope: &str) -> bool {
    let Some((server, name)) = scope.rsplit_once('/') else {
        return false;
    };
    pool.resource_servers
        .get(server)
        .and_then(|it| it["Scopes"].as_array())
        .is_some_and(|scopes| scopes.iter().any(|it| it["ScopeName"] == name))
}

fn check_flows(pool: &Pool, next: &Map<String, Value>) -> Result<(), Fault> {
    let flows = json::texts(next, "ExplicitAuthFlows");
    let (new, old): (Vec<&str>, Vec<&str>) = flows.into_iter().partition(|it| it.starts_with("ALLOW_"));
    if !new.is_empty() && !old.is_empty() {
        return Err(invalid(format!(
            "Invalid ExplicitAuthFlows: {} cannot be used together with values that begin with ALLOW_.",
            old.join(", ")
        )));
    }
    if new.contains(&"ALLOW_USER_AUTH") && pool.is_lite() {
        return Err(not_in_tier("ALLOW_USER_AUTH"));
    }
    // With rotation, tokens are refreshed by GetTokensFromRefreshToken and not by the old flow (documentation).
    let rotates = next
        .get("RefreshTokenRotation")
        .is_some_and(|it| it["Feature"] == "ENABLED");
    if rotates && new.contains(&"ALLOW_REFRESH_TOKEN_AUTH") {
        return Err(invalid(
            "ALLOW_REFRESH_TOKEN_AUTH cannot be used together with refresh token rotation.",
        ));
    }
    Ok(())
}

fn check_attributes(pool: &Pool, next: &Map<String, Value>) -> Result<(), Fault> {
    if json::texts(next, "ReadAttributes")
        .iter()
        .any(|name| schema::find(pool, name).is_none())
    {
        return Err(invalid("Invalid read attributes specified while creating a client"));
    }
    // Nobody writes these for themselves, and an immutable attribute only at sign-up.
    const NEVER: [&str; 4] = ["sub", "identities", "email_verified", "phone_number_verified"];
    if json::texts(next, "WriteAttributes")
        .iter()
        .any(|name| NEVER.contains(name) || schema::find(pool, name).is_none())
    {
        return Err(invalid("Invalid write attributes specified while creating a client"));
    }
    Ok(())
}
