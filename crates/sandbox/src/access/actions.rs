//! The names of actions, as policies and `--refuse` say them.

use crate::services::s3::glob;

/// The actions of S3, most of which are not called like the operation. Source: Service Authorization Reference.
const OF_S3: &[&str] = &[
    "s3:AbortMultipartUpload",
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteBucketWebsite",
    "s3:DeleteObject",
    "s3:DeleteObjectTagging",
    "s3:DeleteObjectVersion",
    "s3:GetAccelerateConfiguration",
    "s3:GetAnalyticsConfiguration",
    "s3:GetBucketABAC",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketNotification",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetIntelligentTieringConfiguration",
    "s3:GetInventoryConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetMetricsConfiguration",
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:GetObjectAttributes",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionAttributes",
    "s3:GetObjectVersionTagging",
    "s3:GetReplicationConfiguration",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutAccelerateConfiguration",
    "s3:PutBucketAcl",
    "s3:PutBucketCORS",
    "s3:PutBucketLogging",
    "s3:PutBucketNotification",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketRequestPayment",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutBucketWebsite",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:PutObjectTagging",
    "s3:PutReplicationConfiguration",
    "s3:TagResource",
];

/// Actions of no operation.
const BESIDE: &[&str] = &["iam:PassRole", "kms:Decrypt"];

/// The operation that needs two actions, neither of its own name.
const WITHOUT: &str = "cloudfront:CreateDistributionWithTags";

/// Every action that a call to the sandbox can need.
pub fn actions() -> Vec<String> {
    let mut all: Vec<String> = crate::operations()
        .into_iter()
        .filter(|(service, _)| *service != "s3")
        .flat_map(|(service, names)| {
            let prefix = if service == "resourcegroupstaggingapi" {
                "tag"
            } else {
                service
            };
            names.into_iter().map(move |name| format!("{prefix}:{name}"))
        })
        .filter(|it| it != WITHOUT)
        .collect();
    all.extend(OF_S3.iter().chain(BESIDE).map(|&it| it.to_owned()));
    all.sort();
    all
}

/// Whether a pattern, wildcards as in a policy, is about any of these actions.
pub fn is_action(pattern: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    actions().iter().any(|it| glob(&pattern, &it.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn patterns_are_about_actions_or_about_nothing() {
        for pattern in [
            "iam:CreateRole",
            "iam:createrole",
            "s3:Put*",
            "*",
            "tag:GetResources",
            "s3:ListBucket",
        ] {
            assert!(is_action(pattern), "{pattern}");
        }
        for pattern in [
            "",
            "x",
            "iam",
            "iam:CreateRoles",
            "s3:ListObjectsV2",
            "iam: CreateRole",
            WITHOUT,
        ] {
            assert!(!is_action(pattern), "{pattern}");
        }
    }

    /// What the code of S3 names is in the list.
    #[test]
    fn every_action_of_s3_is_listed() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/services/s3");
        // Condition keys have a prefix too.
        let others = [
            "s3:TlsVersion",
            "s3:VersionId",
            "s3:DataAccessPointAccount",
            "s3:DataAccessPointArn",
        ];
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|it| it != "rs") || path.ends_with("tests.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for word in text.split('"').filter(|it| {
                it.strip_prefix("s3:")
                    .is_some_and(|it| it.starts_with(char::is_uppercase) && it.chars().all(char::is_alphanumeric))
            }) {
                assert!(
                    others.contains(&word) || OF_S3.contains(&word),
                    "{word} in {}",
                    path.display()
                );
                seen += 1;
            }
        }
        assert!(seen > 50, "{seen}");
    }
}
