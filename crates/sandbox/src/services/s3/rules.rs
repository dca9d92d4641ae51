//! Sub-resources that are kept as they were put: CORS, website, logging, notification, replication and the like.
//!
//! "Not configured" is an error with its own code for some (CORS, website, replication) and an
//! empty answer for others (logging, notification, acceleration). An empty list of rules is never
//! a removal: it is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::gate::{self, invalid_argument, invalid_request, malformed_xml};
use super::{Bucket, Versioning};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// Removes a setting.
fn remove(world: &mut World, call: &Call, action: &str, setting: &str) -> Result<Answer, Fault> {
    gate::bucket(world, call, action)?.settings.remove(setting);
    Ok(Answer::empty())
}

/// Reads a setting whose absence is an error.
fn read(bucket: &Bucket, setting: &str, code: &'static str, message: &str) -> Result<Value, Fault> {
    bucket
        .settings
        .get(setting)
        .cloned()
        .ok_or_else(|| Fault::new(code, 404, message).with("BucketName", &bucket.name))
}

/// Reads a setting whose absence is an empty answer.
fn read_or_empty(world: &mut World, call: &Call, action: &str, setting: &str) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, action)?;
    Ok(Answer::from(
        bucket.settings.get(setting).cloned().unwrap_or_else(|| json!({})),
    ))
}

/// `PutBucketCors`.
pub(super) fn put_cors(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutBucketCORS")?;
    let configuration = call.input.get("CORSConfiguration").unwrap_or(&Value::Null);
    let rules = configuration["CORSRules"].as_array().ok_or_else(malformed_xml)?;
    if rules.is_empty() || rules.len() > 100 {
        return Err(malformed_xml());
    }
    for rule in rules {
        check_cors(rule)?;
    }
    bucket
        .settings
        .insert("CORSConfiguration".to_owned(), json!({"CORSRules": rules}));
    Ok(Answer::empty())
}

fn check_cors(rule: &Value) -> Result<(), Fault> {
    let list = |member: &str| rule[member].as_array().cloned().unwrap_or_default();
    let (methods, origins) = (list("AllowedMethods"), list("AllowedOrigins"));
    if methods.is_empty() || origins.is_empty() {
        return Err(malformed_xml());
    }
    for method in methods.iter().filter_map(Value::as_str) {
        if !["GET", "PUT", "POST", "DELETE", "HEAD"].contains(&method) {
            return Err(invalid_request(format!(
                "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            )));
        }
    }
    for (member, values) in [("AllowedOrigin", origins), ("AllowedHeader", list("AllowedHeaders"))] {
        for value in values.iter().filter_map(Value::as_str) {
            if value.matches('*').count() > 1 {
                return Err(invalid_request(format!(
                    "{member} \"{value}\" can not have more than one wildcard."
                )));
            }
        }
    }
    for value in list("ExposeHeaders").iter().filter_map(Value::as_str) {
        if value.contains('*') {
            return Err(invalid_request(format!(
                "ExposeHeader \"{value}\" contains wildcard. We currently do not support wildcard for ExposeHeader."
            )));
        }
    }
    if rule["ID"].as_str().is_some_and(|id| id.chars().count() > 255) {
        return Err(malformed_xml());
    }
    Ok(())
}

/// `GetBucketCors`.
pub(super) fn get_cors(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketCORS")?;
    let missing = "The CORS configuration does not exist";
    Ok(Answer::from(read(
        bucket,
        "CORSConfiguration",
        "NoSuchCORSConfiguration",
        missing,
    )?))
}

/// `DeleteBucketCors`.
pub(super) fn delete_cors(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    remove(world, call, "s3:PutBucketCORS", "CORSConfiguration")
}

/// `PutBucketWebsite`.
pub(super) fn put_website(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutBucketWebsite")?;
    let configuration = call.input.get("WebsiteConfiguration").unwrap_or(&Value::Null);
    let redirect = &configuration["RedirectAllRequestsTo"];
    let suffix = &configuration["IndexDocument"]["Suffix"];
    if redirect.is_object() {
        let others = ["IndexDocument", "ErrorDocument", "RoutingRules"];
        if others.iter().any(|member| !configuration[*member].is_null()) {
            return Err(invalid_request(
                "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
            ));
        }
    } else {
        let suffix = suffix.as_str().ok_or_else(|| {
            invalid_argument("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty")
        })?;
        if suffix.is_empty() || suffix.contains('/') {
            return Err(invalid_argument("The IndexDocument Suffix is not well formed"));
        }
    }
    bucket
        .settings
        .insert("WebsiteConfiguration".to_owned(), configuration.clone());
    Ok(Answer::empty())
}

/// `GetBucketWebsite`.
pub(super) fn get_website(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketWebsite")?;
    let missing = "The specified bucket does not have a website configuration";
    Ok(Answer::from(read(
        bucket,
        "WebsiteConfiguration",
        "NoSuchWebsiteConfiguration",
        missing,
    )?))
}

/// `DeleteBucketWebsite`.
pub(super) fn delete_website(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    remove(world, call, "s3:DeleteBucketWebsite", "WebsiteConfiguration")
}

/// `PutBucketLogging`: the target must be a bucket of the same account and region; an empty status clears.
pub(super) fn put_logging(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::check(world, call, "s3:PutBucketLogging", None)?;
    let status = call.input.get("BucketLoggingStatus").cloned().unwrap_or_default();
    let target = status["LoggingEnabled"]["TargetBucket"].as_str();
    let refused = |message: &str| Fault::new("InvalidTargetBucketForLogging", 400, message);
    if let Some(name) = target {
        let own = gate::find(&world.s3, call.required("Bucket"))?;
        let target = world
            .s3
            .buckets
            .get(name)
            .ok_or_else(|| refused("The target bucket for logging does not exist").with("TargetBucket", name))?;
        if target.account != own.account {
            return Err(refused(
                "The owner for the bucket to be logged and the target bucket must be the same.",
            ));
        }
        if target.region != own.region {
            return Err(Fault::new(
                "CrossLocationLoggingProhibitted",
                403,
                "Cross S3 location logging not allowed. ",
            ));
        }
    }
    let bucket = gate::bucket(world, call, "s3:PutBucketLogging")?;
    if target.is_some() {
        bucket.settings.insert("BucketLoggingStatus".to_owned(), status);
    } else {
        bucket.settings.remove("BucketLoggingStatus");
    }
    Ok(Answer::empty())
}

/// `GetBucketLogging`.
pub(super) fn get_logging(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    read_or_empty(world, call, "s3:GetBucketLogging", "BucketLoggingStatus")
}

/// `PutBucketNotificationConfiguration`: a whole replacement, so an empty one clears.
///
/// EventBridge is switched on by the presence of its empty element (measured: cdkd #1430).
pub(super) fn put_notification(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::check(world, call, "s3:PutBucketNotification", None)?;
    let wanted = call.input.get("NotificationConfiguration").cloned().unwrap_or_default();
    let unchecked = call.flag("SkipDestinationValidation").unwrap_or_default();
    let mut kept = json!({});
    for member in [
        "TopicConfigurations",
        "QueueConfigurations",
        "LambdaFunctionConfigurations",
    ] {
        let Some(list) = wanted[member].as_array().filter(|list| !list.is_empty()) else {
            continue;
        };
        if !unchecked {
            // The sandbox has no queues, topics or functions, so none of them can be one's own.
            return Err(invalid_argument(
                "Unable to validate the following destination configurations",
            ));
        }
        let mut list = list.clone();
        for entry in &mut list {
            if entry["Id"].is_null() {
                entry["Id"] = json!(STANDARD.encode(world.fresh_uuid()));
            }
        }
        kept[member] = Value::Array(list);
    }
    if wanted["EventBridgeConfiguration"].is_object() {
        kept["EventBridgeConfiguration"] = json!({});
    }
    let bucket = gate::bucket(world, call, "s3:PutBucketNotification")?;
    bucket.settings.insert("NotificationConfiguration".to_owned(), kept);
    Ok(Answer::empty())
}

/// `GetBucketNotificationConfiguration`.
pub(super) fn get_notification(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    read_or_empty(world, call, "s3:GetBucketNotification", "NotificationConfiguration")
}

/// `PutBucketReplication`.
pub(super) fn put_replication(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutReplicationConfiguration")?;
    let configuration = call.input.get("ReplicationConfiguration").unwrap_or(&Value::Null);
    if configuration["Rules"].as_array().is_none_or(Vec::is_empty) {
        return Err(malformed_xml());
    }
    if bucket.versioning != Versioning::Enabled {
        return Err(invalid_request(
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
        ));
    }
    bucket
        .settings
        .insert("ReplicationConfiguration".to_owned(), configuration.clone());
    Ok(Answer::empty())
}

/// `GetBucketReplication`.
pub(super) fn get_replication(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetReplicationConfiguration")?;
    let configuration = read(
        bucket,
        "ReplicationConfiguration",
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    )?;
    Ok(Answer::from(json!({"ReplicationConfiguration": configuration})))
}

/// `DeleteBucketReplication`.
pub(super) fn delete_replication(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    remove(
        world,
        call,
        "s3:PutReplicationConfiguration",
        "ReplicationConfiguration",
    )
}

/// `PutBucketRequestPayment`.
pub(super) fn put_payment(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutBucketRequestPayment")?;
    let configuration = call
        .input
        .get("RequestPaymentConfiguration")
        .cloned()
        .unwrap_or_default();
    bucket
        .settings
        .insert("RequestPaymentConfiguration".to_owned(), configuration);
    Ok(Answer::empty())
}

/// `GetBucketRequestPayment`: the owner pays unless somebody changed it.
pub(super) fn get_payment(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketRequestPayment")?;
    let configuration = bucket.settings.get("RequestPaymentConfiguration").cloned();
    Ok(Answer::from(
        configuration.unwrap_or_else(|| json!({"Payer": "BucketOwner"})),
    ))
}

/// `PutBucketAccelerateConfiguration`: once touched, it is `Suspended` for ever at best.
pub(super) fn put_accelerate(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutAccelerateConfiguration")?;
    if bucket.name.contains('.') {
        return Err(invalid_request(
            "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names",
        ));
    }
    let configuration = call.input.get("AccelerateConfiguration").cloned().unwrap_or_default();
    if configuration["Status"].is_null() {
        return Err(malformed_xml());
    }
    bucket
        .settings
        .insert("AccelerateConfiguration".to_owned(), configuration);
    Ok(Answer::empty())
}

/// `GetBucketAccelerateConfiguration`.
pub(super) fn get_accelerate(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    read_or_empty(world, call, "s3:GetAccelerateConfiguration", "AccelerateConfiguration")
}

/// `ListBucketAnalyticsConfigurations`: none, since the sandbox lets nobody make one.
pub(super) fn no_analytics(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    none(world, call, "s3:GetAnalyticsConfiguration")
}

/// `ListBucketInventoryConfigurations`: none.
pub(super) fn no_inventory(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    none(world, call, "s3:GetInventoryConfiguration")
}

/// `ListBucketMetricsConfigurations`: none.
pub(super) fn no_metrics(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    none(world, call, "s3:GetMetricsConfiguration")
}

/// `ListBucketIntelligentTieringConfigurations`: none.
pub(super) fn no_tiering(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    none(world, call, "s3:GetIntelligentTieringConfiguration")
}

fn none(world: &mut World, call: &Call, action: &str) -> Result<Answer, Fault> {
    gate::bucket(world, call, action)?;
    Ok(Answer::from(json!({"IsTruncated": false})))
}
