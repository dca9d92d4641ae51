//! Access control lists, which new buckets have switched off.
//!
//! Under `BucketOwnerEnforced` every write of an ACL is refused, except the two canned ones that
//! say what holds anyway; reads show the owner alone.

use serde_json::{Value, json};

use super::gate;
use super::versions;
use super::{Bucket, canonical_id};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

/// `PutBucketAcl`.
pub(super) fn put_bucket(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutBucketAcl")?;
    let grants = wanted(bucket, call)?;
    bucket.grants = grants;
    Ok(Answer::empty())
}

/// `GetBucketAcl`.
pub(super) fn get_bucket(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketAcl")?;
    let grants = bucket.grants.clone();
    Ok(show(bucket, grants))
}

/// `PutObjectAcl`: the sandbox keeps no grants on objects, so only what changes nothing is served.
pub(super) fn put_object(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::object(world, call, "s3:PutObjectAcl")?;
    versions::find_mut(bucket, call)?;
    if wanted(bucket, call)?.is_empty() {
        Ok(Answer::empty())
    } else {
        Err(gate::not_implemented())
    }
}

/// `GetObjectAcl`.
pub(super) fn get_object(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::object(world, call, "s3:GetObjectAcl")?;
    versions::find_mut(bucket, call)?;
    Ok(show(bucket, Vec::new()))
}

/// Refuses an ACL on an object that is written.
pub(super) fn check_write(bucket: &Bucket, call: &Call) -> Result<(), Fault> {
    let asked = call.text("ACL").is_some() || call.input.keys().any(|member| member.starts_with("Grant"));
    if asked && !wanted(bucket, call)?.is_empty() {
        return Err(gate::not_implemented());
    }
    Ok(())
}

fn show(bucket: &Bucket, grants: Vec<Value>) -> Answer {
    let id = canonical_id(&bucket.account);
    let own = json!({"Grantee": {"ID": id, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"});
    let all: Vec<Value> = std::iter::once(own).chain(grants).collect();
    Answer::from(json!({"Owner": {"ID": id}, "Grants": all}))
}

/// The grants beyond the owner's that a call asks for.
fn wanted(bucket: &Bucket, call: &Call) -> Result<Vec<Value>, Fault> {
    let canned = call.text("ACL");
    let enforced = bucket.ownership.as_deref() == Some("BucketOwnerEnforced");
    // An ACL that names the owner alone says what holds anyway.
    let harmless = matches!(canned, Some("private") if call.operation.ends_with("BucketAcl"))
        || matches!(canned, Some("bucket-owner-full-control"));
    if enforced && !harmless {
        return Err(Fault::new(
            "AccessControlListNotSupported",
            400,
            "The bucket does not allow ACLs",
        ));
    }
    let group =
        |uri: &str, permission: &str| json!({"Grantee": {"URI": uri, "Type": "Group"}, "Permission": permission});
    let grants = match canned {
        Some("public-read") => vec![group(ALL_USERS, "READ")],
        Some("public-read-write") => vec![group(ALL_USERS, "READ"), group(ALL_USERS, "WRITE")],
        Some("authenticated-read") => vec![group(AUTHENTICATED, "READ")],
        Some("private" | "bucket-owner-full-control" | "bucket-owner-read") => Vec::new(),
        Some(_) => return Err(gate::not_implemented()),
        None => {
            let policy = call.input.get("AccessControlPolicy").unwrap_or(&Value::Null);
            if policy.is_null() {
                return Err(gate::not_implemented());
            }
            let owner = canonical_id(&bucket.account);
            let others = policy["Grants"].as_array().into_iter().flatten();
            others
                .filter(|grant| grant["Grantee"]["ID"] != owner)
                .cloned()
                .collect()
        }
    };
    let public = grants
        .iter()
        .any(|grant| grant["Grantee"]["URI"] == ALL_USERS || grant["Grantee"]["URI"] == AUTHENTICATED);
    if public && bucket.public_access.is_some_and(|block| block.block_acls) {
        return Err(gate::denied());
    }
    Ok(grants)
}
