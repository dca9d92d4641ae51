//! The bucket policy: what S3 accepts as one, and how it gives it back.
//!
//! S3 checks more than the grammar: every action must fit one of the statement's resources, every
//! resource must lie in the bucket, and principals must exist *now* (a role that was made a second
//! ago is refused with the same words as one that never was). It keeps the meaning and writes
//! the keys in an order of its own.

use policy::Document;
use serde_json::{Value, json};

use super::gate;
use super::policy_text::{self, statements, texts};
use super::{Bucket, principals};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The longest policy (Amazon S3 User Guide: 20 KB).
const LONGEST: usize = 20_480;

/// `PutBucketPolicy`.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::check(world, call, "s3:PutBucketPolicy", None)?;
    let text = call.required("Policy");
    let mut document = parse(text)?;
    let name = call.required("Bucket");
    check_document(&document, name)?;
    let known = principals::resolve(world, &document)?;
    principals::spell_out(&mut document);
    principals::name_identities(world, &mut document);
    let written = write(&document);
    let parsed = Document::parse(&written).map_err(|error| malformed(error.to_string()))?;
    let bucket = gate::bucket(world, call, "s3:PutBucketPolicy")?;
    if bucket.public_access.is_some_and(|block| block.block_policy) && parsed.is_public() {
        return Err(gate::denied_because(
            call,
            "s3:PutBucketPolicy",
            &bucket.arn(),
            "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
        ));
    }
    bucket.policy = Some(written);
    bucket.principals = known;
    Ok(Answer::empty())
}

/// `GetBucketPolicy`. The ARN of a principal that is gone shows as its unique id.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::check(world, call, "s3:GetBucketPolicy", None)?;
    let bucket = gate::find(&world.s3, call.required("Bucket"))?;
    let policy = in_force(world, bucket).ok_or_else(|| none(&bucket.name))?;
    Ok(Answer::from(json!({"Policy": policy})))
}

/// The policy of a bucket, as it stands now that some of its principals may be gone.
pub(crate) fn in_force(world: &World, bucket: &Bucket) -> Option<String> {
    let policy = bucket.policy.clone()?;
    if bucket.principals.is_empty() {
        return Some(policy);
    }
    let mut document = serde_json::from_str(&policy).unwrap_or_default();
    principals::age(world, &mut document, &bucket.principals);
    Some(write(&document))
}

/// `DeleteBucketPolicy`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:DeleteBucketPolicy")?;
    bucket.policy = None;
    bucket.principals.clear();
    Ok(Answer::empty())
}

/// `GetBucketPolicyStatus`.
pub(super) fn status(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketPolicyStatus")?;
    match &bucket.policy {
        None => Err(none(&bucket.name)),
        Some(policy) => Ok(Answer::from(
            json!({"PolicyStatus": {"IsPublic": Document::parse(policy).is_ok_and(|policy| policy.is_public())}}),
        )),
    }
}

fn none(bucket: &str) -> Fault {
    Fault::new("NoSuchBucketPolicy", 404, "The bucket policy does not exist").with("BucketName", bucket)
}

/// The refusal of a policy.
pub(super) fn malformed(message: impl Into<String>) -> Fault {
    Fault::new("MalformedPolicy", 400, message)
}

fn parse(text: &str) -> Result<Value, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new("MissingRequestBodyError", 400, "Request Body is empty"));
    }
    if !text.starts_with('{') {
        return Err(malformed("Policies must be valid JSON and the first byte must be '{'"));
    }
    if text.len() > LONGEST {
        return Err(malformed("Policy exceeds the maximum allowed document size."));
    }
    serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))
}

fn check_document(document: &Value, bucket: &str) -> Result<(), Fault> {
    known_members(document, &["Version", "Id", "Statement"])?;
    let version = &document["Version"];
    if !version.is_null() && version != "2012-10-17" && version != "2008-10-17" {
        return Err(malformed("The policy must contain a valid version string"));
    }
    let statements = statements(document);
    if statements.is_empty() {
        return Err(malformed("Missing required field Statement"));
    }
    statements
        .into_iter()
        .try_for_each(|statement| check_statement(statement, bucket))
}

fn check_statement(statement: &Value, bucket: &str) -> Result<(), Fault> {
    known_members(
        statement,
        &[
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ],
    )?;
    match statement["Effect"].as_str() {
        Some("Allow" | "Deny") => {}
        Some(other) => return Err(malformed(format!("Invalid effect : {other}"))),
        None => return Err(malformed("Missing required field Effect")),
    }
    for member in ["Principal", "Action", "Resource"] {
        let not = format!("Not{member}");
        match (statement[member].is_null(), statement[not.as_str()].is_null()) {
            (true, true) => return Err(malformed(format!("Missing required field {member}"))),
            (false, false) => return Err(malformed(format!("Statement cannot have both {member} and {not}"))),
            _ => {}
        }
    }
    let actions = [texts(&statement["Action"]), texts(&statement["NotAction"])].concat();
    if actions.is_empty() || !actions.iter().all(|action| fits(action, ALL)) {
        return Err(malformed("Policy has invalid action"));
    }
    let resources = [texts(&statement["Resource"]), texts(&statement["NotResource"])].concat();
    if resources.is_empty() || !resources.iter().all(|resource| lies_in(resource, bucket)) {
        return Err(malformed("Policy has invalid resource"));
    }
    let on_bucket = resources.iter().any(|resource| !resource.contains('/'));
    let on_objects = resources
        .iter()
        .any(|resource| resource.contains('/') || resource.contains(['*', '?']));
    let applies = |action: &String| (on_bucket && fits(action, &[BUCKET])) || (on_objects && fits(action, &[OBJECT]));
    if statement["NotAction"].is_null() && !actions.iter().all(applies) {
        return Err(malformed("Action does not apply to any resource(s) in statement"));
    }
    check_condition(&statement["Condition"])
}

fn known_members(object: &Value, known: &[&str]) -> Result<(), Fault> {
    let members = object
        .as_object()
        .ok_or_else(|| malformed("Policy is not in the valid JSON format"))?;
    match members.keys().find(|member| !known.contains(&member.as_str())) {
        Some(member) => Err(malformed(format!("Unknown field {member}"))),
        None => Ok(()),
    }
}

/// Whether an action, which may have wildcards, is one of the listed ones.
fn fits(action: &str, lists: &[&[&str]]) -> bool {
    if action == "*" {
        return true;
    }
    let Some((service, pattern)) = action.split_once(':') else {
        return false;
    };
    let pattern = pattern.to_ascii_lowercase();
    service.eq_ignore_ascii_case("s3")
        && lists
            .iter()
            .flat_map(|list| list.iter())
            .any(|name| policy_text::glob(&pattern, &name.to_ascii_lowercase()))
}

fn lies_in(resource: &str, bucket: &str) -> bool {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let [arn, partition, service, region, account, path] = parts.as_slice() else {
        return false;
    };
    let name = path.split('/').next().unwrap_or_default();
    *arn == "arn"
        && partition.starts_with("aws")
        && *service == "s3"
        && region.is_empty()
        && account.is_empty()
        && !name.starts_with('*')
        && policy_text::glob(name, bucket)
}

fn check_condition(condition: &Value) -> Result<(), Fault> {
    if condition.is_null() {
        return Ok(());
    }
    let operators = condition
        .as_object()
        .ok_or_else(|| malformed("Policy has invalid condition"))?;
    for (operator, tests) in operators {
        let bare = operator
            .strip_prefix("ForAnyValue:")
            .or_else(|| operator.strip_prefix("ForAllValues:"))
            .unwrap_or(operator);
        let bare = bare.strip_suffix("IfExists").unwrap_or(bare);
        if !OPERATORS.contains(&bare) {
            return Err(malformed(format!("Invalid Condition type : {operator}")));
        }
        let tests = tests
            .as_object()
            .ok_or_else(|| malformed("Policy has invalid condition"))?;
        if !tests.keys().all(|key| valid_key(key)) {
            return Err(malformed("Policy has an invalid condition key"));
        }
    }
    Ok(())
}

fn valid_key(key: &str) -> bool {
    key.split_once(':')
        .is_some_and(|(space, name)| matches!(space.to_ascii_lowercase().as_str(), "aws" | "s3") && !name.is_empty())
}

/// Writes a document as S3 gives it back: members in its order, values as they came.
fn write(document: &Value) -> String {
    let statement = |statement: &Value| {
        object(
            statement,
            &[
                "Sid",
                "Effect",
                "Principal",
                "NotPrincipal",
                "Action",
                "NotAction",
                "Resource",
                "NotResource",
                "Condition",
            ],
        )
    };
    let statements: Vec<String> = statements(document).into_iter().map(statement).collect();
    let head: Vec<String> = ["Version", "Id"]
        .iter()
        .filter(|member| !document[**member].is_null())
        .map(|member| format!("\"{member}\":{}", document[*member]))
        .collect();
    let body = if document["Statement"].is_array() {
        format!("\"Statement\":[{}]", statements.join(","))
    } else {
        format!("\"Statement\":{}", statements.concat())
    };
    format!("{{{}}}", [head, vec![body]].concat().join(","))
}

fn object(value: &Value, members: &[&str]) -> String {
    let written: Vec<String> = members
        .iter()
        .filter(|member| !value[**member].is_null())
        .map(|member| format!("\"{member}\":{}", value[*member]))
        .collect();
    format!("{{{}}}", written.join(","))
}

const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

const ALL: &[&[&str]] = &[BUCKET, OBJECT];

/// Actions on objects (Service Authorization Reference, Amazon S3).
const OBJECT: &[&str] = &[
    "AbortMultipartUpload",
    "BypassGovernanceRetention",
    "DeleteObject",
    "DeleteObjectTagging",
    "DeleteObjectVersion",
    "DeleteObjectVersionTagging",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectRetention",
    "GetObjectTagging",
    "GetObjectTorrent",
    "GetObjectVersion",
    "GetObjectVersionAcl",
    "GetObjectVersionAttributes",
    "GetObjectVersionForReplication",
    "GetObjectVersionTagging",
    "GetObjectVersionTorrent",
    "InitiateReplication",
    "ListMultipartUploadParts",
    "ObjectOwnerOverrideToBucketOwner",
    "PutObject",
    "PutObjectAcl",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "PutObjectVersionAcl",
    "PutObjectVersionTagging",
    "ReplicateDelete",
    "ReplicateObject",
    "ReplicateTags",
    "RestoreObject",
    "UpdateObjectEncryption",
];

/// Actions on buckets (Service Authorization Reference, Amazon S3).
const BUCKET: &[&str] = &[
    "CreateBucket",
    "DeleteBucket",
    "DeleteBucketPolicy",
    "DeleteBucketWebsite",
    "GetAccelerateConfiguration",
    "GetAnalyticsConfiguration",
    "GetBucketABAC",
    "GetBucketAcl",
    "GetBucketCORS",
    "GetBucketLocation",
    "GetBucketLogging",
    "GetBucketMetadataTableConfiguration",
    "GetBucketNotification",
    "GetBucketObjectLockConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketPublicAccessBlock",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetEncryptionConfiguration",
    "GetIntelligentTieringConfiguration",
    "GetInventoryConfiguration",
    "GetLifecycleConfiguration",
    "GetMetricsConfiguration",
    "GetReplicationConfiguration",
    "ListBucket",
    "ListBucketMultipartUploads",
    "ListBucketVersions",
    "ListTagsForResource",
    "PutAccelerateConfiguration",
    "PutAnalyticsConfiguration",
    "PutBucketABAC",
    "PutBucketAcl",
    "PutBucketCORS",
    "PutBucketLogging",
    "PutBucketNotification",
    "PutBucketObjectLockConfiguration",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketRequestPayment",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutBucketWebsite",
    "PutEncryptionConfiguration",
    "PutIntelligentTieringConfiguration",
    "PutInventoryConfiguration",
    "PutLifecycleConfiguration",
    "PutMetricsConfiguration",
    "PutReplicationConfiguration",
    "TagResource",
    "UntagResource",
];
