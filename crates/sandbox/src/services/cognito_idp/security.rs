//! Log delivery and threat protection of a pool.

use serde_json::{Value, json};

use super::fault::{invalid, not_in_tier};
use super::{Pool, client, json, pool};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// SetLogDeliveryConfiguration: a full list, one entry an event source. Sign-in events need the Plus tier and go
/// out as INFO, delivery events go to CloudWatch as ERROR (documentation of LogConfigurationType).
pub(crate) fn set_logs(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    let logs: Vec<Value> = call
        .input
        .get("LogConfigurations")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let plus = json::text(&pool.settings, "UserPoolTier") == Some("PLUS");
    let mut sources = Vec::new();
    for log in logs.iter().filter_map(Value::as_object) {
        let source = json::text(log, "EventSource").unwrap_or_default();
        if sources.contains(&source) {
            return Err(invalid(format!("The event source {source} is given twice.")));
        }
        sources.push(source);
        let destinations = [
            "CloudWatchLogsConfiguration",
            "S3Configuration",
            "FirehoseConfiguration",
        ]
        .iter()
        .filter(|member| log.contains_key(**member))
        .count();
        if destinations != 1 {
            return Err(invalid("A log configuration has exactly one destination."));
        }
        let sign_in = source == "userAuthEvents";
        if sign_in && !plus {
            return Err(not_in_tier("userAuthEvents"));
        }
        let level = if sign_in { "INFO" } else { "ERROR" };
        if json::text(log, "LogLevel") != Some(level) {
            return Err(invalid(format!("The log level of {source} must be {level}.")));
        }
        if !sign_in && !log.contains_key("CloudWatchLogsConfiguration") {
            return Err(invalid(format!("{source} can be delivered to CloudWatch Logs only.")));
        }
    }
    pool.logs = logs;
    Ok(logs_of(pool))
}

/// GetLogDeliveryConfiguration.
pub(crate) fn get_logs(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    Ok(logs_of(pool::find(world, call)?))
}

fn logs_of(pool: &Pool) -> Answer {
    json!({"LogDeliveryConfiguration": {"UserPoolId": pool.id, "LogConfigurations": pool.logs}}).into()
}

/// SetRiskConfiguration: needs threat protection to be on. Each of the three blocks is replaced whole, and
/// one that is omitted goes back to nothing (documentation).
pub(crate) fn set_risk(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let key = risk_key(pool, call)?;
    let blocks = [
        "CompromisedCredentialsRiskConfiguration",
        "AccountTakeoverRiskConfiguration",
        "RiskExceptionConfiguration",
    ];
    let mut shown = json!({"UserPoolId": pool.id, "LastModifiedDate": now});
    if !key.is_empty() {
        shown["ClientId"] = json!(key);
    }
    for block in blocks {
        if let Some(value) = call.input.get(block) {
            shown[block] = value.clone();
        }
    }
    pool.risk.insert(key, shown.clone());
    Ok(json!({"RiskConfiguration": shown}).into())
}

/// DescribeRiskConfiguration.
pub(crate) fn describe_risk(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let key = risk_key(pool, call)?;
    let shown = pool
        .risk
        .get(&key)
        .cloned()
        .unwrap_or_else(|| json!({"UserPoolId": pool.id}));
    Ok(json!({"RiskConfiguration": shown}).into())
}

fn risk_key(pool: &Pool, call: &Call) -> Result<String, Fault> {
    let mode = pool
        .settings
        .get("UserPoolAddOns")
        .and_then(|it| it["AdvancedSecurityMode"].as_str());
    if mode.is_none_or(|it| it == "OFF") {
        return Err(Fault::new(
            "UserPoolAddOnNotEnabledException",
            400,
            "User pool add-on advanced security is not enabled.",
        ));
    }
    match call.text("ClientId") {
        None => Ok(String::new()),
        Some(id) if pool.clients.contains_key(id) => Ok(id.to_owned()),
        Some(id) => Err(client::unknown(id)),
    }
}
