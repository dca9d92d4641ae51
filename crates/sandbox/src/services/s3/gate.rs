//! The door of every bucket operation: does the bucket exist, is it here, is it whose you think, may you.
//!
//! The order of the refusals is AWS's: a missing bucket before a redirect, a redirect before an
//! owner mismatch, and all of them before access is judged.

use std::io;

use ::policy::{Access, Document, Layer};
use serde_json::Value;

use super::policy_text::texts;
use super::{Bucket, State, policy};
use crate::access::{self, Need, OfResource};
use crate::call::{Call, Fault};
use crate::protocol::Style;
use crate::protocol::route::region_of_host;
use crate::world::World;

/// The caller of a request that nobody signed.
const ANONYMOUS: &str = "anonymous";

/// The bucket of a bucket-level operation.
pub(super) fn bucket<'w>(world: &'w mut World, call: &Call, action: &str) -> Result<&'w mut Bucket, Fault> {
    check(world, call, action, None)?;
    find_mut(&mut world.s3, call.required("Bucket"))
}

/// The bucket of an operation on the key that the call names.
pub(super) fn object<'w>(world: &'w mut World, call: &Call, action: &str) -> Result<&'w mut Bucket, Fault> {
    let key = call.required("Key");
    if key.len() > 1024 {
        return Err(Fault::new("KeyTooLongError", 400, "Your key is too long")
            .with("Size", key.len().to_string())
            .with("MaxSizeAllowed", "1024"));
    }
    check(world, call, action, Some(key))?;
    find_mut(&mut world.s3, call.required("Bucket"))
}

/// Whether the caller may list the bucket, which decides between "no such key" and "denied".
pub(super) fn may_list(world: &World, call: &Call, bucket: &Bucket) -> bool {
    decide(world, bucket, call, "s3:ListBucket", None).is_ok()
}

/// Judges access to a bucket or key for a call that names it.
pub(super) fn check(world: &World, call: &Call, action: &str, key: Option<&str>) -> Result<(), Fault> {
    let bucket = find(&world.s3, call.required("Bucket"))?;
    located(bucket, call)?;
    owned(bucket, call.text("ExpectedBucketOwner"))?;
    decide(world, bucket, call, action, key)
}

/// The bucket that a copy reads from. It may live in another region, but must be whose the caller thinks.
pub(super) fn source<'w>(world: &'w World, call: &Call, name: &str, key: &str) -> Result<&'w Bucket, Fault> {
    let bucket = find(&world.s3, name)?;
    owned(bucket, call.text("ExpectedSourceBucketOwner"))?;
    decide(world, bucket, call, "s3:GetObject", Some(key))?;
    Ok(bucket)
}

/// The bucket of this name.
pub(super) fn find<'w>(state: &'w State, name: &str) -> Result<&'w Bucket, Fault> {
    state.buckets.get(name).ok_or_else(|| no_such_bucket(name))
}

/// The bucket of this name, to change it.
pub(super) fn find_mut<'w>(state: &'w mut State, name: &str) -> Result<&'w mut Bucket, Fault> {
    state.buckets.get_mut(name).ok_or_else(|| no_such_bucket(name))
}

fn no_such_bucket(name: &str) -> Fault {
    Fault::new("NoSuchBucket", 404, "The specified bucket does not exist").with("BucketName", name)
}

/// Refuses what was signed for another region than the bucket's, naming the bucket's.
pub(super) fn located(bucket: &Bucket, call: &Call) -> Result<(), Fault> {
    // An unsigned request says where it goes by its host alone, and the loopback address is in no region.
    let host = call.headers.iter().find(|(name, _)| name == "host");
    let host = host.map(|(_, host)| host.as_str());
    if call.caller == ANONYMOUS && !host.is_some_and(|host| host.contains(".amazonaws.com")) {
        return Ok(());
    }
    // `GetBucketLocation` of any bucket is answered in us-east-1: it is how its region is learnt.
    if bucket.region == call.region || (call.operation == "GetBucketLocation" && call.region == "us-east-1") {
        return Ok(());
    }
    if host.and_then(region_of_host) == Some(&bucket.region) {
        return Err(misscoped(bucket, call));
    }
    let host = format!("{}.s3.{}.amazonaws.com", bucket.name, bucket.region);
    Err(Fault::new(
        "PermanentRedirect",
        301,
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
    )
    .with("Endpoint", host)
    .with("Bucket", &bucket.name)
    .with("x-amz-bucket-region", &bucket.region))
}

/// The refusal of a request that came to the right place, and was signed for another.
fn misscoped(bucket: &Bucket, call: &Call) -> Fault {
    let presigned = !call.headers.iter().any(|(name, _)| name == "authorization");
    let (code, what) = if presigned {
        (
            "AuthorizationQueryParametersError",
            "Error parsing the X-Amz-Credential parameter",
        )
    } else {
        ("AuthorizationHeaderMalformed", "The authorization header is malformed")
    };
    let words = format!(
        "{what}; the region '{}' is wrong; expecting '{}'",
        call.region, bucket.region
    );
    Fault::new(code, 400, words)
        .with("Region", &bucket.region)
        .with("x-amz-bucket-region", &bucket.region)
}

/// Refuses a bucket that is not whose the caller thinks.
pub(super) fn owned(bucket: &Bucket, expected: Option<&str>) -> Result<(), Fault> {
    match expected {
        Some(account) if account != bucket.account => Err(denied()),
        _ => Ok(()),
    }
}

/// The bare refusal.
pub(super) fn denied() -> Fault {
    Fault::new("AccessDenied", 403, "Access Denied")
}

/// The refusal with a reason, as S3 gives it to callers that it knows.
pub(super) fn denied_because(call: &Call, action: &str, resource: &str, reason: &str) -> Fault {
    Fault::new(
        "AccessDenied",
        403,
        format!(
            "User: {} is not authorized to perform: {action} on resource: \"{resource}\" {reason}",
            call.caller
        ),
    )
}

fn decide(world: &World, bucket: &Bucket, call: &Call, action: &str, key: Option<&str>) -> Result<(), Fault> {
    let resource = match key {
        None => bucket.arn(),
        Some(key) => format!("{}/{key}", bucket.arn()),
    };
    let same_account = call.account == bucket.account;
    let restricted = bucket.public_access.is_some_and(|block| block.restrict_buckets);
    let policy = policy::in_force(world, bucket).and_then(|text| Document::parse(&text).ok());
    // A bucket with a public policy is closed to everybody outside the account while the block restricts it.
    let policy = policy.filter(|policy| same_account || !restricted || !policy.is_public());
    let of = OfResource {
        policy: policy.as_ref(),
        owner: &bucket.account,
        alone: false,
    };
    let need = need(call, action, &resource);
    match access::decide(world, call, &access::who(world, call), &need, Some(of)) {
        Access::Allowed(_) => Ok(()),
        // Root of the owning account cannot lock itself out of the policy (Amazon S3 API, PutBucketPolicy).
        Access::Denied(Layer::Resource, _)
            if same_account && call.caller.ends_with(":root") && action.ends_with("BucketPolicy") =>
        {
            Ok(())
        }
        refused @ (Access::Denied(..) | Access::NotAllowed(_)) if same_account => {
            Err(access::denied(Style::S3, call, &need, &refused))
        }
        Access::Denied(..) | Access::NotAllowed(_) => Err(denied()),
    }
}

/// Judges what no bucket has a say in: its creation, and the list of all.
pub(super) fn account(world: &World, call: &Call, action: &str, resource: &str) -> Result<(), Fault> {
    if call.caller == ANONYMOUS {
        return Err(denied());
    }
    let need = need(call, action, resource);
    let verdict = access::decide(world, call, &access::who(world, call), &need, None);
    if verdict.is_allowed() {
        Ok(())
    } else {
        Err(access::denied(Style::S3, call, &need, &verdict))
    }
}

/// An action with the condition keys of S3.
fn need(call: &Call, action: &str, resource: &str) -> Need {
    let mut need = Need::new(action, resource)
        .with("s3:TlsVersion", "1.3")
        .with("s3:signatureversion", "AWS4-HMAC-SHA256");
    let members = [
        ("Prefix", "s3:prefix"),
        ("Delimiter", "s3:delimiter"),
        ("MaxKeys", "s3:max-keys"),
        ("VersionId", "s3:VersionId"),
        ("ACL", "s3:x-amz-acl"),
        ("StorageClass", "s3:x-amz-storage-class"),
        ("ServerSideEncryption", "s3:x-amz-server-side-encryption"),
        ("SSEKMSKeyId", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
    ];
    for (member, key) in members {
        for value in call.input.get(member).map(texts).unwrap_or_default() {
            need = need.with(key, value);
        }
    }
    need
}

/// A failure of the blob store, which AWS would answer as its own.
pub(super) fn broken(_error: io::Error) -> Fault {
    Fault::new(
        "InternalError",
        500,
        "We encountered an internal error. Please try again.",
    )
}

/// The refusal of a body that its schema does not allow.
pub(super) fn malformed_xml() -> Fault {
    Fault::new(
        "MalformedXML",
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

/// The refusal of a value.
pub(super) fn invalid_argument(message: impl Into<String>) -> Fault {
    Fault::new("InvalidArgument", 400, message)
}

/// The refusal of a combination.
pub(super) fn invalid_request(message: impl Into<String>) -> Fault {
    Fault::new("InvalidRequest", 400, message)
}

/// A header or feature that the sandbox leaves out, said in AWS's words for the same.
pub(super) fn not_implemented() -> Fault {
    Fault::new(
        "NotImplemented",
        501,
        "A header you provided implies functionality that is not implemented",
    )
}

/// Sets a member of an answer if there is a value.
pub(super) fn set(output: &mut serde_json::Map<String, Value>, member: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        output.insert(member.to_owned(), value.into());
    }
}
