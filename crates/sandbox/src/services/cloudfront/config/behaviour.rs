//! Cache behaviours: which origin, which methods, how long.

use serde_json::Value;

use super::{Setting, items, origin, text};
use crate::call::Fault;
use crate::services::cloudfront::{fault, managed_policy};

/// The sets of methods that a behaviour can allow.
const ALLOWED: [&[&str]; 3] = [
    &["GET", "HEAD"],
    &["GET", "HEAD", "OPTIONS"],
    &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
];

/// How many behaviours a distribution can have besides the default one.
const MOST: usize = 25;

/// Checks the default behaviour and all others.
pub(super) fn check_all(setting: &Setting<'_>, config: &Value) -> Result<(), Fault> {
    check(setting, config, &config["DefaultCacheBehavior"])?;
    let others: Vec<&Value> = items(config, "CacheBehaviors").collect();
    if others.len() > MOST {
        return Err(Fault::new(
            "TooManyCacheBehaviors",
            400,
            "You cannot create more cache behaviors for the distribution.",
        ));
    }
    for (at, behaviour) in others.iter().enumerate() {
        let pattern = text(behaviour, "PathPattern");
        if pattern.is_empty() || others[..at].iter().any(|other| text(other, "PathPattern") == pattern) {
            return Err(fault::invalid_argument(
                "The parameter PathPattern is empty or contains duplicates.",
            ));
        }
        check(setting, config, behaviour)?;
    }
    Ok(())
}

/// Checks one behaviour.
fn check(setting: &Setting<'_>, config: &Value, behaviour: &Value) -> Result<(), Fault> {
    let target = text(behaviour, "TargetOriginId");
    if !items(config, "Origins")
        .chain(items(config, "OriginGroups"))
        .any(|origin| text(origin, "Id") == target)
    {
        return Err(origin::no_such_origin());
    }
    check_methods(behaviour)?;
    check_caching(behaviour)?;
    check_policies(behaviour)?;
    check_what_it_names(setting, behaviour)
}

/// Methods come in sets.
fn check_methods(behaviour: &Value) -> Result<(), Fault> {
    let set = |value: &Value| {
        let mut methods: Vec<String> = value["Items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        methods.sort_unstable();
        methods
    };
    let allowed = &behaviour["AllowedMethods"];
    if !allowed.is_object() {
        return Ok(());
    }
    let methods = set(allowed);
    if !ALLOWED.iter().any(|known| methods == *known) {
        return Err(fault::invalid_argument(
            "The parameter AllowedMethods does not contain a valid set of methods.",
        ));
    }
    if !allowed["CachedMethods"].is_object() {
        return Ok(());
    }
    let cached = set(&allowed["CachedMethods"]);
    let within = cached.iter().all(|method| methods.contains(method));
    if !within || !ALLOWED[..2].iter().any(|known| cached == *known) {
        return Err(fault::invalid_argument(
            "The parameter CachedMethods does not contain a valid set of methods.",
        ));
    }
    Ok(())
}

/// A cache policy, or forwarded values with lifetimes: one of the two.
fn check_caching(behaviour: &Value) -> Result<(), Fault> {
    if !text(behaviour, "CachePolicyId").is_empty() {
        for member in ["ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL"] {
            if !behaviour[member].is_null() {
                return Err(fault::invalid_argument(format!(
                    "The parameter {member} cannot be used when a cache policy is associated to the cache behavior."
                )));
            }
        }
        return Ok(());
    }
    if !text(behaviour, "OriginRequestPolicyId").is_empty() {
        return Err(fault::invalid_argument(
            "The parameter OriginRequestPolicyId cannot be used without a cache policy.",
        ));
    }
    if !behaviour["ForwardedValues"].is_object() {
        return Err(fault::invalid_argument("The parameter ForwardedValues is required."));
    }
    // Seen: aws-controllers-k8s/community#2335.
    let least = behaviour["MinTTL"]
        .as_i64()
        .ok_or_else(|| fault::invalid_argument("The parameter MinTTL is required."))?;
    let most = behaviour["MaxTTL"].as_i64().unwrap_or(31_536_000.max(least));
    let usual = behaviour["DefaultTTL"].as_i64().unwrap_or(86_400.min(most).max(least));
    if !(0 <= least && least <= usual && usual <= most) {
        return Err(Fault::new(
            "InvalidTTLOrder",
            400,
            "The TTL order specified is not valid: MinTTL <= DefaultTTL <= MaxTTL.",
        ));
    }
    let cookies = &behaviour["ForwardedValues"]["Cookies"];
    if (text(cookies, "Forward") == "whitelist") != cookies["WhitelistedNames"].is_object() {
        return Err(Fault::new(
            "InvalidForwardCookies",
            400,
            "Your request contains forward cookies option which doesn't match with the expectation for the \
             whitelisted list of cookie names. Either list of cookie names has been specified when not allowed or \
             list of cookie names is missing when expected.",
        ));
    }
    Ok(())
}

/// Policies by id. Only AWS's own exist here.
fn check_policies(behaviour: &Value) -> Result<(), Fault> {
    for sort in managed_policy::SORTS {
        let id = text(behaviour, sort.member);
        if !id.is_empty() && !managed_policy::exists(sort, id) {
            return Err(managed_policy::missing(sort));
        }
    }
    Ok(())
}

/// Functions, keys and the like, most of which cannot exist here.
fn check_what_it_names(setting: &Setting<'_>, behaviour: &Value) -> Result<(), Fault> {
    for association in items(behaviour, "FunctionAssociations") {
        let event = text(association, "EventType");
        let arn = text(association, "FunctionARN");
        let live = setting
            .world
            .cloudfront
            .get(setting.account)
            .into_iter()
            .flat_map(|state| state.functions.values())
            .any(|function| function.arn == arn && function.live.is_some());
        if !live || !event.starts_with("viewer-") {
            return Err(Fault::new(
                "InvalidFunctionAssociation",
                400,
                "A CloudFront function association is invalid.",
            ));
        }
    }
    if items(behaviour, "TrustedKeyGroups").next().is_some() {
        return Err(Fault::new(
            "TrustedKeyGroupDoesNotExist",
            400,
            "The specified key group does not exist.",
        ));
    }
    if !text(behaviour, "FieldLevelEncryptionId").is_empty() {
        return Err(Fault::new(
            "NoSuchFieldLevelEncryptionConfig",
            404,
            "The specified configuration for field-level encryption doesn't exist.",
        ));
    }
    if !text(behaviour, "RealtimeLogConfigArn").is_empty() {
        return Err(Fault::new(
            "NoSuchRealtimeLogConfig",
            404,
            "The real-time log configuration does not exist.",
        ));
    }
    Ok(())
}
