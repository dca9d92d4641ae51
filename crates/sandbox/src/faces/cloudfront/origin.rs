//! Asking the origin, as CloudFront would be let in.

use policy::{Document, PrincipalId, Request, evaluate};
use serde_json::Value;

use super::{Viewer, reply};
use crate::faces::FaceAnswer;
use crate::protocol::wire::decode;
use crate::services::cloudfront::Distribution;
use crate::services::s3::{self, Bucket, Content};
use crate::world::World;

/// An object that the origin gave.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The id of its version, where its bucket has versions.
    pub(super) version: Option<String>,
    /// When it was last written, in epoch seconds.
    pub(super) modified: f64,
    /// The object.
    pub(super) content: Content,
}

/// The object behind a path, or the answer in its place.
pub(super) fn ask(
    world: &World,
    account: &str,
    distribution: &Distribution,
    behaviour: &Value,
    path: &str,
    viewer: &Viewer<'_>,
) -> Result<Found, FaceAnswer> {
    let origin = distribution.config["Origins"]["Items"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|origin| origin["Id"] == behaviour["TargetOriginId"])
        .unwrap_or(&Value::Null);
    let host = origin["DomainName"].as_str().unwrap_or_default();
    let unreachable = || reply::page(502, "CloudFront wasn't able to connect to the origin.");
    let (name, region) = bucket_of(host).ok_or_else(unreachable)?;
    if origin["S3OriginConfig"].is_null() {
        // A website endpoint or a server of one's own: the sandbox has neither.
        return Err(unreachable());
    }
    let bucket = world
        .s3
        .buckets
        .get(name)
        .ok_or_else(|| reply::error(404, "NoSuchBucket", "The specified bucket does not exist"))?;
    let full = format!("{}{path}", origin["OriginPath"].as_str().unwrap_or_default());
    let key = decode(full.strip_prefix('/').unwrap_or(&full));
    if region.unwrap_or("us-east-1") != bucket.region {
        return Err(elsewhere(bucket, region, &full));
    }
    let principal = principal(world, account, origin, viewer);
    let nobody = principal == PrincipalId::Anonymous;
    let restricted = nobody && bucket.public_access.is_some_and(|block| block.restrict_buckets);
    let policy = s3::in_force(world, bucket)
        .and_then(|text| Document::parse(&text).ok())
        .filter(|_| !restricted);
    let allowed = |action: &str, resource: String| {
        let mut request = Request::new(principal.clone(), action, resource).with("aws:SecureTransport", "true");
        if matches!(principal, PrincipalId::Service(_)) {
            request = request
                .with("aws:SourceArn", distribution.arn.as_str())
                .with("aws:SourceAccount", account);
        }
        policy
            .as_ref()
            .is_some_and(|policy| evaluate(&[("bucket policy", policy)], &request).is_allowed())
    };
    let denied = || reply::error(403, "AccessDenied", "Access Denied");
    if key.is_empty() {
        // The bucket itself is a list of its keys.
        return Err(denied());
    }
    let open = allowed("s3:GetObject", format!("{}/{key}", bucket.arn()));
    match bucket.current(&key) {
        Some((version, content)) if open => {
            if content.encryption.by_kms() {
                // Nothing here can say that a key's policy names the distribution, and the key of AWS never does.
                return Err(denied());
            }
            Ok(Found {
                version: bucket.versioned().then(|| version.id.clone()),
                modified: version.modified,
                content: content.clone(),
            })
        }
        None if open && allowed("s3:ListBucket", bucket.arn()) => {
            Err(reply::error(404, "NoSuchKey", "The specified key does not exist."))
        }
        _ => Err(denied()),
    }
}

/// As whom CloudFront asks: as a service where an access control signs, as an identity of the older kind, or as nobody.
fn principal(world: &World, account: &str, origin: &Value, viewer: &Viewer<'_>) -> PrincipalId {
    let control = origin["OriginAccessControlId"]
        .as_str()
        .and_then(|id| world.cloudfront.get(account)?.access_controls.get(id));
    let behaviour = control.and_then(|control| control.config["SigningBehavior"].as_str());
    match behaviour {
        Some("always") => return PrincipalId::Service("cloudfront.amazonaws.com".to_owned()),
        Some("no-override") if viewer.header("authorization").is_none() => {
            return PrincipalId::Service("cloudfront.amazonaws.com".to_owned());
        }
        _ => {}
    }
    let identity = origin["S3OriginConfig"]["OriginAccessIdentity"]
        .as_str()
        .and_then(|path| path.strip_prefix("origin-access-identity/cloudfront/"));
    match identity {
        Some(id) => PrincipalId::User(format!(
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {id}"
        )),
        None => PrincipalId::Anonymous,
    }
}

/// The bucket and region in the host name of an S3 origin; the global name has no region.
fn bucket_of(host: &str) -> Option<(&str, Option<&str>)> {
    let rest = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    if let Some(name) = rest.strip_suffix(".s3") {
        return Some((name, None));
    }
    let (head, region) = rest.rsplit_once('.')?;
    match head.strip_suffix(".s3") {
        Some(name) => Some((name, Some(region))),
        None => region.strip_prefix("s3-").map(|region| (head, Some(region))),
    }
}

/// What S3 answers at the wrong address: the global name redirects, a wrong region is final.
fn elsewhere(bucket: &Bucket, region: Option<&str>, path: &str) -> FaceAnswer {
    let host = format!("{}.s3.{}.amazonaws.com", bucket.name, bucket.region);
    let (status, code) = match region {
        None => (307, "TemporaryRedirect"),
        Some(_) => (301, "PermanentRedirect"),
    };
    let message = "Please re-send this request to the specified temporary endpoint. Continue to use the original request endpoint for future requests.";
    let mut answer = reply::error(status, code, message);
    if region.is_none() {
        answer
            .headers
            .push(("Location".to_owned(), format!("https://{host}{path}")));
    }
    answer
        .headers
        .push(("x-amz-bucket-region".to_owned(), bucket.region.clone()));
    answer
}
