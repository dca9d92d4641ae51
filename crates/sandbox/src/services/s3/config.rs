//! The switches of a bucket: public access block, object ownership, versioning.
//!
//! A deleted public access block or ownership is *absent*, which is an error code of its own on
//! reading and not the default that a new bucket has. Versioning has no way back to "never".

use serde_json::{Value, json};

use super::gate;
use super::{PublicAccess, Versioning};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// `PutPublicAccessBlock`: a whole replacement, what is left out is false.
pub(super) fn put_public_access(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutBucketPublicAccessBlock")?;
    let wanted = call.input.get("PublicAccessBlockConfiguration").unwrap_or(&Value::Null);
    let flag = |member: &str| wanted[member].as_bool().unwrap_or_default();
    bucket.public_access = Some(PublicAccess {
        block_acls: flag("BlockPublicAcls"),
        ignore_acls: flag("IgnorePublicAcls"),
        block_policy: flag("BlockPublicPolicy"),
        restrict_buckets: flag("RestrictPublicBuckets"),
    });
    Ok(Answer::empty())
}

/// `GetPublicAccessBlock`.
pub(super) fn get_public_access(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketPublicAccessBlock")?;
    let Some(block) = bucket.public_access else {
        return Err(Fault::new(
            "NoSuchPublicAccessBlockConfiguration",
            404,
            "The public access block configuration was not found",
        )
        .with("BucketName", &bucket.name));
    };
    let PublicAccess {
        block_acls,
        ignore_acls,
        block_policy,
        restrict_buckets,
    } = block;
    Ok(Answer::from(json!({"PublicAccessBlockConfiguration": {
        "BlockPublicAcls": block_acls,
        "IgnorePublicAcls": ignore_acls,
        "BlockPublicPolicy": block_policy,
        "RestrictPublicBuckets": restrict_buckets,
    }})))
}

/// `DeletePublicAccessBlock`.
pub(super) fn delete_public_access(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::bucket(world, call, "s3:PutBucketPublicAccessBlock")?.public_access = None;
    Ok(Answer::empty())
}

/// `PutBucketOwnershipControls`: exactly one rule.
pub(super) fn put_ownership(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutBucketOwnershipControls")?;
    let rules = call.input.get("OwnershipControls").unwrap_or(&Value::Null)["Rules"].as_array();
    let Some([rule]) = rules.map(Vec::as_slice) else {
        return Err(gate::malformed_xml());
    };
    let ownership = rule["ObjectOwnership"].as_str().ok_or_else(gate::malformed_xml)?;
    if ownership == "BucketOwnerEnforced" && !bucket.grants.is_empty() {
        return Err(Fault::new(
            "InvalidBucketAclWithObjectOwnership",
            400,
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        )
        .with("BucketName", &bucket.name));
    }
    bucket.ownership = Some(ownership.to_owned());
    Ok(Answer::empty())
}

/// `GetBucketOwnershipControls`.
pub(super) fn get_ownership(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketOwnershipControls")?;
    match &bucket.ownership {
        Some(ownership) => Ok(Answer::from(
            json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}),
        )),
        None => Err(Fault::new(
            "OwnershipControlsNotFoundError",
            404,
            "The bucket ownership controls were not found",
        )
        .with("BucketName", &bucket.name)),
    }
}

/// `DeleteBucketOwnershipControls`: gone, not back to the default of a new bucket (measured: cdkd s3-subconfig-removal).
pub(super) fn delete_ownership(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::bucket(world, call, "s3:PutBucketOwnershipControls")?.ownership = None;
    Ok(Answer::empty())
}

/// `PutBucketVersioning`.
pub(super) fn put_versioning(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutBucketVersioning")?;
    let wanted = call.input.get("VersioningConfiguration").unwrap_or(&Value::Null);
    if wanted["MFADelete"] == "Enabled" {
        // Only root with a hardware token can switch it on, and the sandbox has no tokens.
        return Err(gate::denied());
    }
    match wanted["Status"].as_str() {
        Some("Enabled") => bucket.versioning = Versioning::Enabled,
        Some("Suspended") => {
            if bucket.settings.contains_key("ObjectLockConfiguration") {
                return Err(Fault::new(
                    "InvalidBucketState",
                    409,
                    "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
                ));
            }
            if bucket.settings.contains_key("ReplicationConfiguration") {
                return Err(Fault::new(
                    "InvalidBucketState",
                    409,
                    "A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.",
                ));
            }
            bucket.versioning = Versioning::Suspended;
        }
        _ => {
            return Err(Fault::new(
                "IllegalVersioningConfigurationException",
                400,
                "The Versioning element must be specified",
            ));
        }
    }
    Ok(Answer::empty())
}

/// `GetBucketVersioning`: no status where versioning was never on.
pub(super) fn get_versioning(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketVersioning")?;
    Ok(match bucket.versioning {
        Versioning::Never => Answer::empty(),
        Versioning::Enabled => Answer::from(json!({"Status": "Enabled"})),
        Versioning::Suspended => Answer::from(json!({"Status": "Suspended"})),
    })
}

/// `GetBucketAbac`: off, as for every bucket that nobody switched (measured: cdk-real-drift noise.ts).
pub(super) fn get_abac(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::bucket(world, call, "s3:GetBucketABAC")?;
    Ok(Answer::from(json!({"AbacStatus": {"Status": "Disabled"}})))
}

/// `GetObjectLockConfiguration`.
pub(super) fn get_object_lock(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetBucketObjectLockConfiguration")?;
    match bucket.settings.get("ObjectLockConfiguration") {
        Some(configuration) => Ok(Answer::from(json!({"ObjectLockConfiguration": configuration}))),
        None => Err(Fault::new(
            "ObjectLockConfigurationNotFoundError",
            404,
            "Object Lock configuration does not exist for this bucket",
        )
        .with("BucketName", &bucket.name)),
    }
}
