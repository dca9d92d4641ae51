//! Lifecycle rules: what S3 accepts, and what it adds when it gives them back.
//!
//! Nothing here acts on objects: the sandbox's time does not pass by itself. A rule without an
//! id gets one of forty-eight characters, and the answer carries the minimum size for
//! transitions that nobody set (measured: cdk-real-drift noise.ts).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::gate::{self, invalid_argument, invalid_request, malformed_xml};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

const SETTING: &str = "LifecycleConfiguration";
const DEFAULT_SIZE: &str = "all_storage_classes_128K";
const ACTIONS: [&str; 5] = [
    "Expiration",
    "Transitions",
    "NoncurrentVersionTransitions",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
];

/// `PutBucketLifecycleConfiguration`.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::check(world, call, "s3:PutLifecycleConfiguration", None)?;
    let configuration = call.input.get(SETTING).unwrap_or(&Value::Null);
    let rules = configuration["Rules"].as_array().filter(|rules| !rules.is_empty());
    let mut rules = rules.ok_or_else(malformed_xml)?.clone();
    if rules.len() > 1000 {
        return Err(malformed_xml());
    }
    let filtered = rules.iter().filter(|rule| !rule["Filter"].is_null()).count();
    if filtered != 0 && filtered != rules.len() {
        // Quoted in cdkd tests/integration/s3-lifecycle; the code is not.
        return Err(invalid_request("Filter element can only be used in Lifecycle V2."));
    }
    for rule in &rules {
        check_rule(rule)?;
    }
    for rule in &mut rules {
        if rule["ID"].as_str().unwrap_or_default().is_empty() {
            rule["ID"] = json!(STANDARD.encode(world.fresh_uuid()));
        }
    }
    let ids: BTreeSet<&str> = rules.iter().filter_map(|rule| rule["ID"].as_str()).collect();
    if ids.len() != rules.len() {
        return Err(invalid_argument(
            "Rule ID must be unique. Found same ID for one or more rules",
        ));
    }
    let size = call.text("TransitionDefaultMinimumObjectSize").unwrap_or(DEFAULT_SIZE);
    let bucket = gate::bucket(world, call, "s3:PutLifecycleConfiguration")?;
    bucket.settings.insert(
        SETTING.to_owned(),
        json!({"Rules": rules, "TransitionDefaultMinimumObjectSize": size}),
    );
    Ok(Answer::from(json!({"TransitionDefaultMinimumObjectSize": size})))
}

/// `GetBucketLifecycleConfiguration`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetLifecycleConfiguration")?;
    match bucket.settings.get(SETTING) {
        Some(configuration) => Ok(Answer::from(configuration.clone())),
        None => Err(Fault::new(
            "NoSuchLifecycleConfiguration",
            404,
            "The lifecycle configuration does not exist",
        )
        .with("BucketName", &bucket.name)),
    }
}

/// `DeleteBucketLifecycle`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::bucket(world, call, "s3:PutLifecycleConfiguration")?
        .settings
        .remove(SETTING);
    Ok(Answer::empty())
}

fn check_rule(rule: &Value) -> Result<(), Fault> {
    if !matches!(rule["Status"].as_str(), Some("Enabled" | "Disabled")) {
        return Err(malformed_xml());
    }
    if rule["Filter"].is_null() == rule["Prefix"].is_null() {
        return Err(malformed_xml());
    }
    if rule["ID"].as_str().is_some_and(|id| id.chars().count() > 255) {
        return Err(invalid_argument("ID length should not exceed allowed limit of 255"));
    }
    check_filter(rule)?;
    let given = |action: &str| {
        let value = &rule[action];
        value.as_array().map_or(!value.is_null(), |list| !list.is_empty())
    };
    if !ACTIONS.iter().any(|action| given(action)) {
        return Err(invalid_request("At least one action needs to be specified in a rule"));
    }
    let positive = |action: &str, member: &str, value: &Value| match value.as_i64() {
        Some(days) if days < 1 => Err(invalid_argument(format!(
            "'{member}' for {action} action must be a positive integer"
        ))),
        _ => Ok(()),
    };
    let expiration = &rule["Expiration"];
    positive("Expiration", "Days", &expiration["Days"])?;
    let ways = ["Days", "Date", "ExpiredObjectDeleteMarker"];
    let chosen = ways.iter().filter(|way| !expiration[**way].is_null()).count();
    if !expiration.is_null() && chosen != 1 {
        return Err(malformed_xml());
    }
    positive(
        "NoncurrentVersionExpiration",
        "NoncurrentDays",
        &rule["NoncurrentVersionExpiration"]["NoncurrentDays"],
    )?;
    let abort = &rule["AbortIncompleteMultipartUpload"];
    positive(
        "AbortIncompleteMultipartUpload",
        "DaysAfterInitiation",
        &abort["DaysAfterInitiation"],
    )?;
    if !abort.is_null() && filters_tags(rule) {
        return Err(invalid_request(
            "AbortIncompleteMultipartUpload cannot be specified with Tags",
        ));
    }
    for transition in rule["Transitions"].as_array().into_iter().flatten() {
        let class = transition["StorageClass"].as_str().ok_or_else(malformed_xml)?;
        let days = transition["Days"].as_i64();
        if matches!(class, "STANDARD_IA" | "ONEZONE_IA") && days.is_some_and(|days| days < 30) {
            return Err(invalid_argument(format!(
                "'Days' in Transition action must be greater than or equal to 30 for storageClass '{class}'"
            )));
        }
    }
    Ok(())
}

/// A filter holds one predicate; more of them belong under `And`.
fn check_filter(rule: &Value) -> Result<(), Fault> {
    let Some(filter) = rule["Filter"].as_object() else {
        return Ok(());
    };
    if filter.len() > 1 {
        return Err(malformed_xml());
    }
    let Some(all) = filter.get("And").and_then(Value::as_object) else {
        return Ok(());
    };
    let predicates: usize = all
        .iter()
        .map(|(member, value)| match value.as_array() {
            Some(tags) if member == "Tags" => tags.len(),
            _ => 1,
        })
        .sum();
    if predicates < 2 { Err(malformed_xml()) } else { Ok(()) }
}

fn filters_tags(rule: &Value) -> bool {
    let filter = &rule["Filter"];
    !filter["Tag"].is_null() || filter["And"]["Tags"].as_array().is_some_and(|tags| !tags.is_empty())
}
