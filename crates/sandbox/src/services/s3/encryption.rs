//! Default encryption of buckets and encryption of objects.
//!
//! Every bucket has a default: deleting it falls back to AES256, never to nothing. Since 2026
//! it shows `BlockedEncryptionTypes: [SSE-C]` unless it was told otherwise (measured:
//! cdk-real-drift noise.ts), so keys that customers bring are refused.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::gate::{self, set};
use super::{Bucket, Content, partition};
use crate::access::{self, Need, OfResource};
use crate::auth::ANONYMOUS;
use crate::call::{Answer, Call, Fault};
use crate::protocol::Style;
use crate::world::World;

/// How an object is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub(crate) algorithm: String,
    /// The ARN of the KMS key.
    pub(crate) key: Option<String>,
    /// Whether the bucket's key stands between the object and KMS.
    pub(crate) bucket_key: bool,
}

impl Encryption {
    /// Whether KMS is involved: then an ETag is no MD5.
    pub(crate) fn by_kms(&self) -> bool {
        self.algorithm != "AES256"
    }

    /// Writes the members that tell of it into an answer.
    pub(super) fn show(&self, output: &mut Map<String, Value>) {
        set(output, "ServerSideEncryption", Some(self.algorithm.as_str()));
        set(output, "SSEKMSKeyId", self.key.as_deref());
        set(output, "BucketKeyEnabled", self.bucket_key.then_some(true));
    }
}

/// The rule of a bucket that nobody configured.
pub(super) fn default_rule() -> Value {
    json!({
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": false,
        "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
    })
}

/// `PutBucketEncryption`: one rule; what it leaves out gets the defaults of a new bucket.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:PutEncryptionConfiguration")?;
    let configuration = call
        .input
        .get("ServerSideEncryptionConfiguration")
        .unwrap_or(&Value::Null);
    let Some([rule]) = configuration["Rules"].as_array().map(Vec::as_slice) else {
        return Err(gate::malformed_xml());
    };
    let mut kept = default_rule();
    let by_default = &rule["ApplyServerSideEncryptionByDefault"];
    if by_default.is_object() {
        let algorithm = by_default["SSEAlgorithm"].as_str().ok_or_else(gate::malformed_xml)?;
        if algorithm == "AES256" && by_default["KMSMasterKeyID"].is_string() {
            return Err(gate::invalid_argument(
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            ));
        }
        if algorithm == "aws:kms:dsse" && rule["BucketKeyEnabled"] == true {
            return Err(gate::invalid_argument(
                "BucketKeyEnabled is not applicable if the default sse algorithm is aws:kms:dsse",
            ));
        }
        kept["ApplyServerSideEncryptionByDefault"] = by_default.clone();
    }
    for member in ["BucketKeyEnabled", "BlockedEncryptionTypes"] {
        if !rule[member].is_null() {
            kept[member] = rule[member].clone();
        }
    }
    bucket.encryption = kept;
    Ok(Answer::empty())
}

/// `GetBucketEncryption`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:GetEncryptionConfiguration")?;
    Ok(Answer::from(
        json!({"ServerSideEncryptionConfiguration": {"Rules": [bucket.encryption]}}),
    ))
}

/// `DeleteBucketEncryption`: back to AES256.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    gate::bucket(world, call, "s3:PutEncryptionConfiguration")?.encryption = default_rule();
    Ok(Answer::empty())
}

/// The encryption of an object that is written: what the call asks for, else the bucket's default.
pub(super) fn of_write(bucket: &Bucket, call: &Call) -> Result<Encryption, Fault> {
    refuse_customer_keys(bucket, call)?;
    let by_default = &bucket.encryption["ApplyServerSideEncryptionByDefault"];
    let default_algorithm = by_default["SSEAlgorithm"].as_str().unwrap_or("AES256");
    let asked = call.text("ServerSideEncryption");
    let algorithm = asked.unwrap_or(default_algorithm);
    let key = call.text("SSEKMSKeyId");
    if key.is_some() && !asked.is_some_and(|algorithm| algorithm.starts_with("aws:kms")) {
        return Err(gate::invalid_argument(
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        ));
    }
    let by_kms = algorithm != "AES256";
    let default_key = by_default["KMSMasterKeyID"]
        .as_str()
        .filter(|_| default_algorithm == algorithm);
    let bucket_key = call
        .flag("BucketKeyEnabled")
        .unwrap_or_else(|| bucket.encryption["BucketKeyEnabled"] == true);
    Ok(Encryption {
        algorithm: algorithm.to_owned(),
        key: by_kms.then(|| key_arn(bucket, key.or(default_key).unwrap_or("alias/aws/s3"))),
        bucket_key: by_kms && bucket_key,
    })
}

/// Refuses keys that the customer brings, which new buckets block.
pub(super) fn refuse_customer_keys(bucket: &Bucket, call: &Call) -> Result<(), Fault> {
    if call.text("SSECustomerAlgorithm").is_none() {
        return Ok(());
    }
    let blocked = bucket.encryption["BlockedEncryptionTypes"]["EncryptionType"]
        .as_array()
        .is_some_and(|kinds| kinds.iter().any(|kind| kind == "SSE-C"));
    Err(if blocked {
        gate::denied()
    } else {
        gate::not_implemented()
    })
}

/// Refuses bytes to who may not use the key that they are encrypted with.
///
/// The key itself is not here. Its policy counts as the one that KMS gives: the account decides by its own policies,
/// and the key of AWS for S3 lets in everybody whom S3 lets in, within the account (KMS Developer Guide, "Default key
/// policy", "AWS managed keys").
pub(super) fn check_key(world: &World, call: &Call, content: &Content) -> Result<(), Fault> {
    let Some(key) = content
        .encryption
        .key
        .as_deref()
        .filter(|_| content.encryption.by_kms())
    else {
        return Ok(());
    };
    if call.caller == ANONYMOUS {
        return Err(gate::invalid_argument(
            "Requests specifying Server Side Encryption with AWS KMS managed keys must be made over a secure \
             connection and be signed with AWS Signature Version 4.",
        ));
    }
    let owner = key.split(':').nth(4).unwrap_or_default();
    if key.ends_with(":alias/aws/s3") && owner == call.account {
        return Ok(());
    }
    let need = Need::new("kms:Decrypt", key).with("kms:ViaService", format!("s3.{}.amazonaws.com", call.region));
    let of = OfResource {
        policy: None,
        owner,
        alone: false,
    };
    let access = access::decide(world, call, &access::who(world, call), &need, Some(of));
    if access.is_allowed() {
        Ok(())
    } else {
        // KMS says it, and S3 passes it on.
        Err(access::denied(Style::Query, call, &need, &access))
    }
}

fn key_arn(bucket: &Bucket, key: &str) -> String {
    if key.starts_with("arn:") {
        return key.to_owned();
    }
    let kind = if key.starts_with("alias/") { "" } else { "key/" };
    format!(
        "arn:{}:kms:{}:{}:{kind}{key}",
        partition(&bucket.region),
        bucket.region,
        bucket.account
    )
}
