//! The noun `bucket`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::kinds::noun;
use crate::shape::{Entries, Tags, closed, record};

noun! {
    /// An S3 bucket of the stack: private, encrypted, TLS only.
    Bucket {
        title: "bucket", replace: Never, cost: Data, opens: false,
        parent: None, mark: "tags",
        outputs: [
            "name": "the bucket's name",
            "arn": "the bucket's ARN",
            "regional_domain": "`<bucket>.s3.<region>.amazonaws.com`, the only name that does not redirect",
        ],
    }
    /// Name of the bucket; unique over all AWS accounts.
    fixed name: String ["Bucket"],
    /// Region of the bucket.
    fixed region: String ["CreateBucketConfiguration.LocationConstraint"],
    /// What keeps the public out.
    ours public_access: PublicAccess ["PutPublicAccessBlock"] = PublicAccess::blocked(),
    /// Who owns what is uploaded; enforced ownership switches access control lists off.
    ours ownership: Ownership ["PutBucketOwnershipControls"] = Ownership::BucketOwnerEnforced,
    /// How objects are encrypted.
    ours encryption: Encryption ["PutBucketEncryption"] = Encryption { algorithm: EncryptionAlgorithm::SseS3, kms_key: String::new() },
    /// Whether old versions are kept. AWS cannot go back to never having had versions.
    if_written versioning: Option<Versioning> ["PutBucketVersioning"],
    /// After how long an unfinished upload is thrown away, in whole days.
    ours abort_incomplete_uploads: Duration ["PutBucketLifecycleConfiguration"] = Duration::from_secs(7 * 86_400),
    /// Which web pages may read it, for igv.js; IGV desktop needs none.
    if_written cors: Option<Vec<CorsRule>> ["PutBucketCors"],
    /// Where accesses are logged.
    if_written access_log: Option<AccessLog> ["PutBucketLogging"],
    /// Tags, key by key; foreign tags are kept.
    ours tags: Tags ["PutBucketTagging"] = Entries(BTreeMap::new()),
}

record! {
    /// What keeps the public out of a bucket.
    pub struct PublicAccess {
        /// Refuse new public access control lists.
        ours block_acls: bool ["BlockPublicAcls"] = true; opens_to(false),
        /// Ignore public access control lists.
        ours ignore_acls: bool ["IgnorePublicAcls"] = true; opens_to(false),
        /// Refuse public bucket policies.
        ours block_policy: bool ["BlockPublicPolicy"] = true; opens_to(false),
        /// Restrict a public bucket to its account.
        ours restrict: bool ["RestrictPublicBuckets"] = true; opens_to(false),
    }
}

impl PublicAccess {
    /// All four blocks on.
    pub fn blocked() -> Self {
        Self {
            block_acls: true,
            ignore_acls: true,
            block_policy: true,
            restrict: true,
        }
    }

    /// No block: what a bucket without the configuration has.
    pub fn open() -> Self {
        Self {
            block_acls: false,
            ignore_acls: false,
            block_policy: false,
            restrict: false,
        }
    }
}

closed! {
    /// Who owns what is uploaded.
    pub enum Ownership {
        /// The bucket's owner, always; access control lists are off.
        BucketOwnerEnforced = "bucket_owner_enforced",
        /// The bucket's owner if the uploader says so.
        BucketOwnerPreferred = "bucket_owner_preferred",
        /// The uploader.
        ObjectWriter = "object_writer",
        /// Nothing is configured, which is the uploader.
        Unset = "unset",
    }
}

record! {
    /// How objects are encrypted.
    pub struct Encryption {
        /// With whose keys.
        ours algorithm: EncryptionAlgorithm ["SSEAlgorithm"] = EncryptionAlgorithm::SseS3,
        /// ARN of the KMS key, with `sse_kms`.
        ours kms_key: String ["KMSMasterKeyID"] = String::new(),
    }
}

closed! {
    /// With whose keys objects are encrypted.
    pub enum EncryptionAlgorithm {
        /// S3's own keys.
        SseS3 = "sse_s3",
        /// A key of KMS.
        SseKms = "sse_kms",
        /// A key of KMS, twice.
        SseKmsDouble = "sse_kms_double",
    }
}

closed! {
    /// Whether old versions are kept.
    pub enum Versioning {
        /// Every version is kept.
        Enabled = "enabled",
        /// Existing versions are kept, new ones are not made.
        Suspended = "suspended",
    }
}

record! {
    /// A rule for web pages.
    pub struct CorsRule {
        /// Origins of the pages.
        ours origins: Vec<String> ["AllowedOrigins"],
        /// HTTP methods.
        ours methods: Vec<String> ["AllowedMethods"] = vec!["GET".to_owned(), "HEAD".to_owned()],
        /// Request headers.
        ours headers: Vec<String> ["AllowedHeaders"] = vec!["*".to_owned()],
        /// Answer headers that the page may read.
        ours expose_headers: Vec<String> ["ExposeHeaders"] = vec![],
        /// How long the browser may remember the rule.
        ours max_age: Duration ["MaxAgeSeconds"] = Duration::from_secs(0),
    }
}

record! {
    /// Where accesses are logged.
    pub struct AccessLog {
        /// The bucket that receives the log.
        ours bucket: String ["TargetBucket"],
        /// What its keys begin with.
        ours prefix: String ["TargetPrefix"] = String::new(),
    }
}
