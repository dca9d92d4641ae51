//! Origins: where content comes from, and by which right.

use serde_json::Value;

use super::{Setting, items, text};
use crate::call::Fault;
use crate::services::cloudfront::fault;

/// How many origins a distribution can have by default.
const MOST: usize = 25;

/// Checks every origin and origin group.
pub(super) fn check(setting: &Setting<'_>, config: &Value) -> Result<(), Fault> {
    let origins: Vec<&Value> = items(config, "Origins").collect();
    if origins.is_empty() {
        return Err(fault::invalid_argument("The parameter Origins is required."));
    }
    if origins.len() > MOST {
        return Err(Fault::new(
            "TooManyOrigins",
            400,
            "Your request contains more origins than are allowed per distribution.",
        ));
    }
    for (at, origin) in origins.iter().enumerate() {
        let id = text(origin, "Id");
        if id.is_empty() || origins[..at].iter().any(|other| text(other, "Id") == id) {
            return Err(fault::invalid_argument(
                "The parameter Origin Id is not unique or empty.",
            ));
        }
        check_one(setting, origin)?;
    }
    for group in items(config, "OriginGroups") {
        for member in items(group, "Members") {
            if !origins
                .iter()
                .any(|origin| text(origin, "Id") == text(member, "OriginId"))
            {
                return Err(no_such_origin());
            }
        }
    }
    Ok(())
}

/// An origin that a behaviour or group names and that is not there.
pub(super) fn no_such_origin() -> Fault {
    Fault::new(
        "NoSuchOrigin",
        404,
        "One or more of your origins or origin groups do not exist.",
    )
}

/// Whether a host name is that of an S3 bucket's REST endpoint; website endpoints are custom origins.
fn is_s3(domain: &str) -> bool {
    let Some(rest) = domain
        .strip_suffix(".amazonaws.com")
        .or_else(|| domain.strip_suffix(".amazonaws.com.cn"))
    else {
        return false;
    };
    rest.ends_with(".s3")
        || (rest.contains(".s3.") && !rest.contains(".s3-website."))
        || rest
            .rsplit_once(".s3-")
            .is_some_and(|(_, region)| !region.starts_with("website"))
}

/// Checks one origin.
fn check_one(setting: &Setting<'_>, origin: &Value) -> Result<(), Fault> {
    let domain = text(origin, "DomainName");
    if !domain.contains('.') || domain.contains(['/', ':', ' ']) || domain.len() > 253 {
        return Err(Fault::new(
            "InvalidOrigin",
            400,
            "The parameter Origin DomainName does not refer to a valid host name.",
        ));
    }
    let path = text(origin, "OriginPath");
    if !path.is_empty() && (!path.starts_with('/') || path.ends_with('/')) {
        return Err(Fault::new(
            "InvalidRelativePath",
            400,
            "The relative path is too big, is not URL-encoded, or does not begin with a slash (/).",
        ));
    }
    let kinds = ["S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig"];
    if kinds.iter().filter(|kind| origin[**kind].is_object()).count() != 1 {
        // With origin access control an S3 origin still needs its S3OriginConfig, with an empty identity.
        return Err(fault::invalid_argument(
            "Exactly one of CustomOriginConfig, VpcOriginConfig and S3OriginConfig must be specified",
        ));
    }
    if origin["S3OriginConfig"].is_object() && !is_s3(domain) {
        return Err(fault::invalid_argument(
            "The parameter Origin DomainName does not refer to a valid S3 bucket.",
        ));
    }
    check_numbers(origin)?;
    check_access(setting, origin, domain)
}

/// Attempts and seconds within their bounds.
fn check_numbers(origin: &Value) -> Result<(), Fault> {
    let within = |value: &Value, low: i64, high: i64| value.as_i64().is_none_or(|it| (low..=high).contains(&it));
    if !within(&origin["ConnectionAttempts"], 1, 3) {
        return Err(fault::invalid_argument(
            "The parameter ConnectionAttempts is not valid.",
        ));
    }
    if !within(&origin["ConnectionTimeout"], 1, 10) {
        return Err(fault::invalid_argument("The parameter ConnectionTimeout is not valid."));
    }
    for kind in ["S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig"] {
        if !within(&origin[kind]["OriginReadTimeout"], 1, 120) {
            return Err(Fault::new(
                "InvalidOriginReadTimeout",
                400,
                "The read timeout specified for the origin is not valid.",
            ));
        }
        if !within(&origin[kind]["OriginKeepaliveTimeout"], 1, 120) {
            return Err(Fault::new(
                "InvalidOriginKeepaliveTimeout",
                400,
                "The keep alive timeout specified for the origin is not valid.",
            ));
        }
    }
    if origin["OriginShield"]["Enabled"] == true && text(&origin["OriginShield"], "OriginShieldRegion").is_empty() {
        return Err(fault::invalid_argument("The parameter OriginShieldRegion is required."));
    }
    Ok(())
}

/// Access control and the legacy access identity: at most one of them, and it exists.
fn check_access(setting: &Setting<'_>, origin: &Value, domain: &str) -> Result<(), Fault> {
    let state = setting.world.cloudfront.get(setting.account);
    let identity = text(&origin["S3OriginConfig"], "OriginAccessIdentity");
    let control = text(origin, "OriginAccessControlId");
    if !identity.is_empty() && !control.is_empty() {
        return Err(Fault::new(
            "IllegalOriginAccessConfiguration",
            400,
            "An origin cannot contain both an origin access control (OAC) and an origin access identity (OAI).",
        ));
    }
    if !identity.is_empty() {
        let known = identity
            .strip_prefix("origin-access-identity/cloudfront/")
            .is_some_and(|id| state.is_some_and(|state| state.identities.contains_key(id)));
        if !known {
            return Err(Fault::new(
                "InvalidOriginAccessIdentity",
                400,
                "The specified origin access identity does not exist or is not valid.",
            ));
        }
    }
    if !control.is_empty() {
        let Some(control) = state.and_then(|state| state.access_controls.get(control)) else {
            return Err(Fault::new(
                "InvalidOriginAccessControl",
                400,
                "The origin access control is not valid.",
            ));
        };
        let of_s3 = text(&control.config, "OriginAccessControlOriginType") == "s3";
        if of_s3 && (!is_s3(domain) || !origin["S3OriginConfig"].is_object()) {
            return Err(Fault::new(
                "InvalidDomainNameForOriginAccessControl",
                400,
                "An origin access control is associated with an origin whose domain name is not supported.",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_s3;

    #[test]
    fn a_bucket_has_many_names_and_a_website_is_none_of_them() {
        for domain in [
            "b.s3.amazonaws.com",
            "b.s3.eu-west-1.amazonaws.com",
            "b.s3-eu-west-1.amazonaws.com",
            "b.c.s3.dualstack.us-east-1.amazonaws.com",
        ] {
            assert!(is_s3(domain), "{domain}");
        }
        for domain in [
            "b.s3-website-us-east-1.amazonaws.com",
            "example.org",
            "s3.example.org",
            "x.execute-api.eu-west-1.amazonaws.com",
        ] {
            assert!(!is_s3(domain), "{domain}");
        }
    }
}
