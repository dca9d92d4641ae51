//! Amazon S3: buckets, their sub-resources, and objects.
//!
//! Bucket names are one space over all accounts, so a name may be somebody else's, or one's own
//! in another region: every operation passes [`gate`], which answers with the redirect, the
//! missing bucket or the refusal that AWS answers with. The bytes of objects are blobs of the
//! world; here are only their digests.

mod acl;
mod bucket;
mod checksum;
mod config;
mod copy;
mod cors;
mod encryption;
mod gate;
mod lifecycle;
mod list;
mod listing;
mod multipart;
mod object;
mod policy;
mod policy_text;
mod principals;
mod read;
mod rules;
mod tags;
mod versions;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::blobs::{Blobs, Slice};
use crate::call::Operation;
use crate::table::Table;
use crate::world::World;

pub(crate) use checksum::warm;
pub(crate) use object::names as etag_is_listed;
pub(crate) use policy::in_force;
pub(crate) use policy_text::glob;
pub(crate) use read::parse_range;

/// What this service knows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// All buckets of all accounts, by name.
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// Where names that were given up lived, and when that ended: AWS blocks them in other regions for a while.
    #[serde(default)]
    pub(crate) released: BTreeMap<String, Released>,
}

/// A bucket name that was given up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Released {
    /// The region the bucket lived in.
    pub(crate) region: String,
    /// The end of the bucket, in epoch seconds.
    pub(crate) at: f64,
}

/// A bucket and everything in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bucket {
    /// The name.
    pub(crate) name: String,
    /// The account that owns it.
    pub(crate) account: String,
    /// The region it lives in.
    pub(crate) region: String,
    /// When it was created, in epoch seconds.
    pub(crate) created: f64,
    /// The public access block; absent after it was deleted.
    pub(crate) public_access: Option<PublicAccess>,
    /// Object ownership; absent after it was deleted.
    pub(crate) ownership: Option<String>,
    /// The one default encryption rule, as `GetBucketEncryption` shows it.
    pub(crate) encryption: Value,
    /// Versioning; `Never` cannot be reached again once left.
    pub(crate) versioning: Versioning,
    /// The tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// The bucket policy, as AWS serialises it.
    pub(crate) policy: Option<String>,
    /// The unique ids that the principals of the policy had when it was put, by ARN.
    #[serde(default)]
    pub(crate) principals: BTreeMap<String, String>,
    /// Grants of the access control list beyond the owner's.
    #[serde(default)]
    pub(crate) grants: Vec<Value>,
    /// Sub-resources that are kept as they were put, by the model's name of the configuration.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, Value>,
    /// The versions of every key, newest first. A key without versions is not in the map.
    pub(crate) objects: Table<Vec<Version>>,
    /// Multipart uploads in progress, by upload id.
    #[serde(default)]
    pub(crate) uploads: BTreeMap<String, Upload>,
}

impl Bucket {
    /// The ARN.
    pub(crate) fn arn(&self) -> String {
        format!("arn:{}:s3:::{}", partition(&self.region), self.name)
    }

    /// The current version of a key, unless it is absent or deleted.
    pub(crate) fn current(&self, key: &str) -> Option<(&Version, &Content)> {
        let version = self.objects.get(key)?.first()?;
        Some((version, version.content.as_ref()?))
    }

    /// Whether version ids are shown: a bucket that never had versioning shows none.
    pub(crate) fn versioned(&self) -> bool {
        self.versioning != Versioning::Never
    }
}

/// The four switches of the public access block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "AWS's own four switches, which are independent of one another"
)]
pub(crate) struct PublicAccess {
    pub(crate) block_acls: bool,
    pub(crate) ignore_acls: bool,
    pub(crate) block_policy: bool,
    pub(crate) restrict_buckets: bool,
}

/// Versioning of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Versioning {
    /// Never switched on; `GetBucketVersioning` shows no status.
    Never,
    /// On.
    Enabled,
    /// Was on: old versions stay, new objects get the version `null`.
    Suspended,
}

/// A version of a key: an object or a delete marker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    /// The version id; `null` where versioning was not on.
    pub(crate) id: String,
    /// Last modification in whole epoch seconds, as S3 keeps it.
    pub(crate) modified: f64,
    /// The object; a delete marker has none.
    pub(crate) content: Option<Content>,
}

/// An object: where its bytes are and what was said about them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Content {
    /// The ETag without quotes.
    pub(crate) etag: String,
    /// The length in bytes.
    pub(crate) size: u64,
    /// The bytes, in order; an uploaded-in-parts object has one piece for each part.
    pub(crate) pieces: Vec<Piece>,
    /// Whether it was uploaded in parts.
    pub(crate) in_parts: bool,
    /// System metadata by member name (`ContentType`, `CacheControl`, …).
    pub(crate) headers: BTreeMap<String, Value>,
    /// The user's metadata.
    pub(crate) metadata: BTreeMap<String, String>,
    /// The object's tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// The checksum.
    pub(crate) checksum: checksum::Checksum,
    /// The storage class.
    pub(crate) storage_class: String,
    /// How it is encrypted.
    pub(crate) encryption: encryption::Encryption,
}

/// A run of bytes of an object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Piece {
    /// The blob.
    pub(crate) blob: String,
    /// Its length.
    pub(crate) size: u64,
    /// The part's number.
    pub(crate) number: i64,
    /// The part's own checksum, where the upload declared an algorithm.
    pub(crate) checksum: Option<String>,
}

/// A multipart upload in progress.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Upload {
    /// The key.
    pub(crate) key: String,
    /// When it began, in epoch seconds.
    pub(crate) started: f64,
    /// The ARN of who began it.
    pub(crate) initiator: String,
    /// The object to be, without bytes.
    pub(crate) draft: Content,
    /// The declared checksum algorithm; without one S3 computes CRC64NVME.
    pub(crate) algorithm: Option<checksum::Algorithm>,
    /// The kind of checksum that the whole object gets.
    pub(crate) kind: checksum::Kind,
    /// The parts so far, by number.
    pub(crate) parts: BTreeMap<i64, Part>,
}

/// An uploaded part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The ETag without quotes.
    pub(crate) etag: String,
    /// The MD5 of the bytes, of which the ETag of the whole is made.
    pub(crate) md5: String,
    /// The blob.
    pub(crate) blob: String,
    /// The length.
    pub(crate) size: u64,
    /// When it came, in epoch seconds.
    pub(crate) modified: f64,
    /// The checksum by the upload's algorithm, or CRC64NVME.
    pub(crate) checksum: String,
}

/// Where the bytes `from..to` of an object are.
pub(crate) fn slices(content: &Content, from: u64, to: u64) -> Vec<Slice> {
    let mut slices = Vec::new();
    let mut start = 0;
    for piece in &content.pieces {
        let end = start + piece.size;
        if end > from && start < to {
            slices.push(Slice {
                blob: piece.blob.clone(),
                from: from.saturating_sub(start),
                to: to.min(end) - start,
            });
        }
        start = end;
    }
    slices
}

/// The bytes `from..to` of an object.
pub(crate) fn bytes(blobs: &Blobs, content: &Content, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(usize::try_from(to.saturating_sub(from)).unwrap_or_default());
    for slice in slices(content, from, to) {
        blobs.read(&slice, &mut out)?;
    }
    Ok(out)
}

/// The tagged buckets of an account that live in a region, by bucket ARN, for the tagging index.
pub(crate) fn tagged(world: &World, account: &str, region: &str) -> Vec<(String, BTreeMap<String, String>)> {
    world
        .s3
        .buckets
        .values()
        .filter(|bucket| bucket.account == account && bucket.region == region && !bucket.tags.is_empty())
        .map(|bucket| (bucket.arn(), bucket.tags.clone()))
        .collect()
}

/// The partition of a region.
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// A moment as HTTP headers spell it.
pub(crate) fn http_date(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "seconds of this era fit")]
    let moment = jiff::Timestamp::from_second(seconds as i64).unwrap_or_default();
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The canonical user id of an account: 64 hexadecimal digits that AWS derives in its own way.
pub(crate) fn canonical_id(account: &str) -> String {
    Sha256::digest(format!("canonical user id of {account}"))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The operation of this name, if it is served.
pub(crate) fn operation(name: &str) -> Option<Operation> {
    let operation: Operation = match name {
        "CreateBucket" => bucket::create,
        "HeadBucket" => bucket::head,
        "DeleteBucket" => bucket::delete,
        "ListBuckets" => bucket::list,
        "GetBucketLocation" => bucket::location,
        "PutPublicAccessBlock" => config::put_public_access,
        "GetPublicAccessBlock" => config::get_public_access,
        "DeletePublicAccessBlock" => config::delete_public_access,
        "PutBucketOwnershipControls" => config::put_ownership,
        "GetBucketOwnershipControls" => config::get_ownership,
        "DeleteBucketOwnershipControls" => config::delete_ownership,
        "PutBucketVersioning" => config::put_versioning,
        "GetBucketVersioning" => config::get_versioning,
        "GetBucketAbac" => config::get_abac,
        "GetObjectLockConfiguration" => config::get_object_lock,
        "PutBucketEncryption" => encryption::put,
        "GetBucketEncryption" => encryption::get,
        "DeleteBucketEncryption" => encryption::delete,
        "PutBucketTagging" => tags::put_bucket,
        "GetBucketTagging" => tags::get_bucket,
        "DeleteBucketTagging" => tags::delete_bucket,
        "PutObjectTagging" => tags::put_object,
        "GetObjectTagging" => tags::get_object,
        "DeleteObjectTagging" => tags::delete_object,
        "PutBucketPolicy" => policy::put,
        "GetBucketPolicy" => policy::get,
        "DeleteBucketPolicy" => policy::delete,
        "GetBucketPolicyStatus" => policy::status,
        "PutBucketAcl" => acl::put_bucket,
        "GetBucketAcl" => acl::get_bucket,
        "PutObjectAcl" => acl::put_object,
        "GetObjectAcl" => acl::get_object,
        "PutBucketLifecycleConfiguration" => lifecycle::put,
        "GetBucketLifecycleConfiguration" => lifecycle::get,
        "DeleteBucketLifecycle" => lifecycle::delete,
        "PutBucketCors" => rules::put_cors,
        "GetBucketCors" => rules::get_cors,
        "DeleteBucketCors" => rules::delete_cors,
        "Preflight" => cors::preflight,
        "PutBucketWebsite" => rules::put_website,
        "GetBucketWebsite" => rules::get_website,
        "DeleteBucketWebsite" => rules::delete_website,
        "PutBucketLogging" => rules::put_logging,
        "GetBucketLogging" => rules::get_logging,
        "PutBucketNotificationConfiguration" => rules::put_notification,
        "GetBucketNotificationConfiguration" => rules::get_notification,
        "PutBucketReplication" => rules::put_replication,
        "GetBucketReplication" => rules::get_replication,
        "DeleteBucketReplication" => rules::delete_replication,
        "PutBucketRequestPayment" => rules::put_payment,
        "GetBucketRequestPayment" => rules::get_payment,
        "PutBucketAccelerateConfiguration" => rules::put_accelerate,
        "GetBucketAccelerateConfiguration" => rules::get_accelerate,
        "ListBucketAnalyticsConfigurations" => rules::no_analytics,
        "ListBucketInventoryConfigurations" => rules::no_inventory,
        "ListBucketMetricsConfigurations" => rules::no_metrics,
        "ListBucketIntelligentTieringConfigurations" => rules::no_tiering,
        "PutObject" => object::put,
        "DeleteObject" => object::delete,
        "DeleteObjects" => object::delete_many,
        "GetObject" => read::get,
        "HeadObject" => read::head,
        "GetObjectAttributes" => read::attributes,
        "CopyObject" => copy::copy,
        "ListObjects" => list::objects,
        "ListObjectsV2" => list::objects_v2,
        "ListObjectVersions" => versions::list,
        "CreateMultipartUpload" => multipart::create,
        "UploadPart" => multipart::upload,
        "UploadPartCopy" => copy::part,
        "CompleteMultipartUpload" => multipart::complete,
        "AbortMultipartUpload" => multipart::abort,
        "ListParts" => multipart::list_parts,
        "ListMultipartUploads" => multipart::list_uploads,
        _ => return None,
    };
    Some(operation)
}
