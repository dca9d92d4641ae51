//! What viewers meet: names, certificates, error pages, places, logs.

use serde_json::Value;

use super::{Setting, items, text};
use crate::call::Fault;
use crate::services::cloudfront::fault;

/// The statuses that an error page can be made for.
const ERROR_CODES: [i64; 11] = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/// Checks all of it.
pub(super) fn check(setting: &Setting<'_>, config: &Value) -> Result<(), Fault> {
    check_certificate(&config["ViewerCertificate"])?;
    check_aliases(setting, config)?;
    check_error_pages(config)?;
    check_places(&config["Restrictions"]["GeoRestriction"])?;
    let logging = &config["Logging"];
    if logging["Enabled"] == true && text(logging, "Bucket").is_empty() {
        return Err(fault::invalid_argument(
            "The parameter Logging Bucket does not refer to a valid S3 bucket.",
        ));
    }
    check_web_acl(text(config, "WebACLId"))?;
    if !text(config, "ContinuousDeploymentPolicyId").is_empty() {
        return Err(Fault::new(
            "NoSuchContinuousDeploymentPolicy",
            404,
            "The continuous deployment policy doesn't exist.",
        ));
    }
    Ok(())
}

/// A certificate that is not valid, and why.
fn invalid(message: &str) -> Fault {
    Fault::new("InvalidViewerCertificate", 400, message)
}

/// One of three certificates, and a way to serve it.
fn check_certificate(certificate: &Value) -> Result<(), Fault> {
    if !certificate.is_object() {
        return Ok(());
    }
    let own = certificate["CloudFrontDefaultCertificate"] == true;
    let acm = text(certificate, "ACMCertificateArn");
    let uploaded = text(certificate, "IAMCertificateId");
    if !own && acm.is_empty() && uploaded.is_empty() {
        return Err(invalid(
            "Your ViewerCertificate is missing one of ACMCertificateArn, IAMCertificateId, or \
             CloudFrontDefaultCertificate",
        ));
    }
    if own {
        return Ok(());
    }
    if text(certificate, "SSLSupportMethod").is_empty() {
        return Err(invalid(
            "IamCertificateId or AcmCertificateArn can be specified only if SslSupportMethod must also be specified \
             and vice-versa",
        ));
    }
    if !acm.is_empty() && !acm.starts_with("arn:aws:acm:us-east-1:") {
        return Err(invalid(
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include \
             a valid certificate chain.",
        ));
    }
    Ok(())
}

/// Alternate names need a certificate, and belong to one distribution in all of AWS.
fn check_aliases(setting: &Setting<'_>, config: &Value) -> Result<(), Fault> {
    let aliases: Vec<String> = items(config, "Aliases")
        .filter_map(Value::as_str)
        .map(str::to_ascii_lowercase)
        .collect();
    if aliases.is_empty() {
        return Ok(());
    }
    let certificate = &config["ViewerCertificate"];
    if !certificate.is_object() || certificate["CloudFrontDefaultCertificate"] == true {
        return Err(invalid(
            "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted \
             certificate that validates your authorization to use the domain name. For more details, see: \
             https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html\
             #alternate-domain-names-requirements",
        ));
    }
    let taken = setting
        .world
        .cloudfront
        .values()
        .flat_map(|state| state.distributions.values())
        .filter(|other| Some(other.id.as_str()) != setting.id)
        .flat_map(|other| items(&other.config, "Aliases"))
        .filter_map(Value::as_str)
        .any(|alias| aliases.contains(&alias.to_ascii_lowercase()));
    if taken {
        return Err(Fault::new(
            "CNAMEAlreadyExists",
            409,
            "One or more of the CNAMEs you provided are already associated with a different resource.",
        ));
    }
    Ok(())
}

/// Error pages: known statuses, and a page with a status or neither.
fn check_error_pages(config: &Value) -> Result<(), Fault> {
    for response in items(config, "CustomErrorResponses") {
        if !response["ErrorCode"]
            .as_i64()
            .is_some_and(|it| ERROR_CODES.contains(&it))
        {
            return Err(Fault::new(
                "InvalidErrorCode",
                400,
                "An invalid error code was specified.",
            ));
        }
        let (page, code) = (text(response, "ResponsePagePath"), text(response, "ResponseCode"));
        if page.is_empty() != code.is_empty() {
            return Err(fault::invalid_argument(
                "Your request must specify both ResponsePagePath and ResponseCode together or none of them.",
            ));
        }
        if !page.is_empty() && !page.starts_with('/') {
            return Err(fault::invalid_argument(
                "The parameter ResponsePagePath must begin with a slash (/).",
            ));
        }
        let status = code.parse::<u16>();
        if !code.is_empty() && !status.is_ok_and(|it| it == 200 || (400..600).contains(&it)) {
            return Err(Fault::new("InvalidResponseCode", 400, "A response code is not valid."));
        }
    }
    Ok(())
}

/// Places by country code.
fn check_places(geo: &Value) -> Result<(), Fault> {
    let places: Vec<&str> = geo["Items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if geo.is_object() && (text(geo, "RestrictionType") == "none") != places.is_empty() {
        return Err(Fault::new(
            "InvalidGeoRestrictionParameter",
            400,
            "The specified geo restriction parameter is not valid.",
        ));
    }
    let valid = |place: &&str| place.len() == 2 && place.bytes().all(|byte| byte.is_ascii_uppercase());
    if !places.iter().all(valid) {
        return Err(Fault::new(
            "InvalidLocationCode",
            400,
            "The location code specified is not valid.",
        ));
    }
    Ok(())
}

/// A web ACL by ARN (in `us-east-1`), or by the id of a classic one.
fn check_web_acl(id: &str) -> Result<(), Fault> {
    let classic = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if id.is_empty() || classic || (id.starts_with("arn:aws:wafv2:us-east-1:") && id.contains(":global/webacl/")) {
        Ok(())
    } else {
        Err(Fault::new(
            "InvalidWebACLId",
            400,
            format!("Invalid webACL identifier provided {id}"),
        ))
    }
}
