//! What CloudFront makes of a configuration before it shows it again: defaults filled in, lists in its own order.
//!
//! Read back from live distributions (cdk-real-drift corpus HuntMinDist and Cdn9963B1AD, noise.ts).

use serde_json::{Map, Value, json};

use super::text;

/// The order CloudFront shows methods in, whatever was sent.
const METHODS: [&str; 7] = ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"];

/// A configuration as CloudFront keeps it.
pub(in crate::services::cloudfront) fn fill(mut config: Value) -> Value {
    defaults(
        &mut config,
        json!({
            "Aliases": {"Quantity": 0},
            "DefaultRootObject": "",
            "OriginGroups": {"Quantity": 0},
            "CacheBehaviors": {"Quantity": 0},
            "CustomErrorResponses": {"Quantity": 0},
            "Logging": {},
            "PriceClass": "PriceClass_All",
            "ViewerCertificate": {"CloudFrontDefaultCertificate": true},
            "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
            "WebACLId": "",
            "HttpVersion": "http2",
            // Open (aws-measured 1.6): AWS CLI's example shows true for a request without it.
            "IsIPV6Enabled": true,
            "ContinuousDeploymentPolicyId": "",
            "Staging": false,
        }),
    );
    fill_logging(&mut config["Logging"]);
    fill_certificate(&mut config["ViewerCertificate"]);
    each(&mut config["Origins"], fill_origin);
    fill_behaviour(&mut config["DefaultCacheBehavior"]);
    each(&mut config["CacheBehaviors"], fill_behaviour);
    each(&mut config["CustomErrorResponses"], |response| {
        let usual = json!({"ResponsePagePath": "", "ResponseCode": "", "ErrorCachingMinTTL": 10});
        defaults(response, usual);
    });
    sort(&mut config["CustomErrorResponses"], |one, other| {
        one["ErrorCode"].as_i64().cmp(&other["ErrorCode"].as_i64())
    });
    // Wildcards before the apex, which is the order of their letters.
    sort(&mut config["Aliases"], |one, other| one.as_str().cmp(&other.as_str()));
    sort(&mut config["Restrictions"]["GeoRestriction"], |one, other| {
        other.as_str().cmp(&one.as_str())
    });
    drop_empty_items(&mut config);
    config
}

/// Adds members that are missing.
fn defaults(value: &mut Value, usual: Value) {
    if let (Some(members), Value::Object(usual)) = (value.as_object_mut(), usual) {
        for (member, usual) in usual {
            members.entry(member).or_insert(usual);
        }
    }
}

/// Does something to every item of a list.
fn each(list: &mut Value, change: impl Fn(&mut Value)) {
    if let Some(items) = list.get_mut("Items").and_then(Value::as_array_mut) {
        items.iter_mut().for_each(change);
    }
}

/// Sorts the items of a list.
fn sort(list: &mut Value, order: impl Fn(&Value, &Value) -> std::cmp::Ordering) {
    if let Some(items) = list.get_mut("Items").and_then(Value::as_array_mut) {
        items.sort_by(order);
    }
}

/// Logging, off unless asked for; a bucket reads back as its host name.
fn fill_logging(logging: &mut Value) {
    defaults(
        logging,
        json!({"Enabled": false, "IncludeCookies": false, "Bucket": "", "Prefix": ""}),
    );
    let bucket = text(logging, "Bucket");
    if !bucket.is_empty() && !bucket.ends_with(".amazonaws.com") {
        logging["Bucket"] = json!(format!("{bucket}.s3.amazonaws.com"));
    }
}

/// The certificate. With CloudFront's own, `TLSv1` and `vip` whatever was asked.
fn fill_certificate(certificate: &mut Value) {
    if certificate["CloudFrontDefaultCertificate"] == true {
        *certificate = json!({
            "CloudFrontDefaultCertificate": true,
            "SSLSupportMethod": "vip",
            "MinimumProtocolVersion": "TLSv1",
            "CertificateSource": "cloudfront",
        });
        return;
    }
    let acm = text(certificate, "ACMCertificateArn").to_owned();
    let (source, name) = if acm.is_empty() {
        ("iam", text(certificate, "IAMCertificateId").to_owned())
    } else {
        ("acm", acm)
    };
    certificate["CloudFrontDefaultCertificate"] = json!(false);
    certificate["Certificate"] = json!(name);
    certificate["CertificateSource"] = json!(source);
    defaults(certificate, json!({"MinimumProtocolVersion": "TLSv1"}));
}

/// An origin.
fn fill_origin(origin: &mut Value) {
    defaults(
        origin,
        json!({
            "OriginPath": "",
            "CustomHeaders": {"Quantity": 0},
            "ConnectionAttempts": 3,
            "ConnectionTimeout": 10,
            "OriginShield": {"Enabled": false},
            "OriginAccessControlId": "",
        }),
    );
    if let Some(of_s3) = origin.get_mut("S3OriginConfig") {
        defaults(of_s3, json!({"OriginAccessIdentity": "", "OriginReadTimeout": 30}));
    }
    if let Some(custom) = origin.get_mut("CustomOriginConfig") {
        defaults(
            custom,
            json!({
                "OriginSslProtocols": {"Quantity": 2, "Items": ["SSLv3", "TLSv1"]},
                "OriginReadTimeout": 30,
                "OriginKeepaliveTimeout": 5,
            }),
        );
    }
}

/// A behaviour.
fn fill_behaviour(behaviour: &mut Value) {
    let methods = || json!({"Quantity": 2, "Items": ["HEAD", "GET"]});
    defaults(
        behaviour,
        json!({
            "TrustedSigners": {"Enabled": false, "Quantity": 0},
            "TrustedKeyGroups": {"Enabled": false, "Quantity": 0},
            "AllowedMethods": methods(),
            "SmoothStreaming": false,
            "Compress": false,
            "LambdaFunctionAssociations": {"Quantity": 0},
            "FunctionAssociations": {"Quantity": 0},
            "FieldLevelEncryptionId": "",
            "GrpcConfig": {"Enabled": false},
        }),
    );
    let allowed = &mut behaviour["AllowedMethods"];
    defaults(allowed, json!({"CachedMethods": methods()}));
    let rank = |method: &Value| METHODS.iter().position(|known| method == known);
    sort(allowed, |one, other| rank(one).cmp(&rank(other)));
    sort(&mut allowed["CachedMethods"], |one, other| rank(one).cmp(&rank(other)));
    if behaviour["ForwardedValues"].is_object() {
        defaults(
            &mut behaviour["ForwardedValues"],
            json!({"Headers": {"Quantity": 0}, "QueryStringCacheKeys": {"Quantity": 0}}),
        );
        let least = behaviour["MinTTL"].as_i64().unwrap_or_default();
        let most = behaviour["MaxTTL"].as_i64().unwrap_or(31_536_000.max(least));
        let usual = 86_400.clamp(least, most.max(least));
        defaults(behaviour, json!({"MinTTL": 0, "DefaultTTL": usual, "MaxTTL": most}));
    } else if let Some(members) = behaviour.as_object_mut() {
        // An id that is sent empty is no id.
        for member in [
            "OriginRequestPolicyId",
            "ResponseHeadersPolicyId",
            "RealtimeLogConfigArn",
        ] {
            if members.get(member).is_some_and(|id| id == "") {
                members.remove(member);
            }
        }
    }
}

/// `Items` is absent when empty.
fn drop_empty_items(value: &mut Value) {
    if let Some(list) = value.as_array_mut() {
        list.iter_mut().for_each(drop_empty_items);
    } else if let Some(members) = value.as_object_mut() {
        if members.get("Quantity").is_some_and(|quantity| quantity == 0) {
            members.remove("Items");
        }
        members.values_mut().for_each(drop_empty_items);
    }
}

/// The members of a configuration that `ListDistributions` shows.
pub(in crate::services::cloudfront) fn summary_members(config: &Value) -> Map<String, Value> {
    let hidden = [
        "CallerReference",
        "DefaultRootObject",
        "Logging",
        "ContinuousDeploymentPolicyId",
    ];
    let mut members = config.as_object().cloned().unwrap_or_default();
    members.retain(|member, _| !hidden.contains(&member.as_str()));
    members
}
