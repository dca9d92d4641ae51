//! The IAM documents that `expand` writes: who may assume the role, what it may read, what a bucket refuses.
//!
//! They are what IGV needs and nothing else. Two facts hide here. IGV lists folder by folder from the root, so where
//! only some folders are granted, listing must be allowed for `""` and every parent of them: denied, the bucket
//! silently looks empty. And any token of the identity pool can ask for any role that trusts it, so the trust says
//! `authenticated` too: without it guests could assume the role.

use std::collections::BTreeSet;

use policy::Document;
use serde_json::{Value, json};

use crate::address::Reference;
use crate::partition::{CLOUDFRONT, COGNITO_IDENTITY, bucket_arn};

/// The language version of everything written here.
const VERSION: &str = "2012-10-17";

/// A bucket that may be read.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) bucket: String,
    pub(crate) prefixes: Vec<String>,
    pub(crate) kms_key: Option<String>,
}

/// Who may assume the role: people whom the identity pool knows as logged in.
pub(crate) fn trust(identity_pool: &Reference) -> Option<Document> {
    document(vec![json!({
        "Effect": "Allow",
        "Principal": {"Federated": COGNITO_IDENTITY},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {(format!("{COGNITO_IDENTITY}:aud")): identity_pool.to_string()},
            "ForAnyValue:StringLike": {(format!("{COGNITO_IDENTITY}:amr")): "authenticated"},
        },
    })])
}

/// What the role may read. Nothing where there is nothing to read.
pub(crate) fn read_rights(region: &str, grants: &[Grant], list_buckets: bool) -> Option<Document> {
    let mut statements = Vec::new();
    if list_buckets {
        statements.push(json!({
            "Sid": "SeeBucketNames", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*",
        }));
    }
    let whole: Vec<String> = grants
        .iter()
        .filter(|grant| grant.prefixes.is_empty())
        .map(|grant| bucket_arn(region, &grant.bucket))
        .collect();
    if !whole.is_empty() {
        statements.push(json!({
            "Sid": "ListBuckets", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": whole,
        }));
    }
    for (index, grant) in grants.iter().filter(|grant| !grant.prefixes.is_empty()).enumerate() {
        statements.push(json!({
            "Sid": format!("ListFolders{}", index + 1),
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": bucket_arn(region, &grant.bucket),
            "Condition": {"StringLike": {"s3:prefix": listable(&grant.prefixes)}},
        }));
    }
    let objects: Vec<String> = grants.iter().flat_map(|grant| objects(region, grant)).collect();
    if !objects.is_empty() {
        statements.push(json!({
            "Sid": "ReadObjects", "Effect": "Allow", "Action": "s3:GetObject", "Resource": objects,
        }));
    }
    let keys: BTreeSet<&str> = grants.iter().filter_map(|grant| grant.kms_key.as_deref()).collect();
    if !keys.is_empty() {
        statements.push(json!({
            "Sid": "Decrypt", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": keys,
        }));
    }
    document(statements)
}

/// What the owner of another account must add to a bucket's policy, so that the role may read it.
pub(crate) fn owners_statement(region: &str, grant: &Grant, role: &Reference) -> Option<Document> {
    let mut list = json!({
        "Sid": "IgvList",
        "Effect": "Allow",
        "Principal": {"AWS": role.to_string()},
        "Action": "s3:ListBucket",
        "Resource": bucket_arn(region, &grant.bucket),
    });
    if !grant.prefixes.is_empty() {
        list["Condition"] = json!({"StringLike": {"s3:prefix": listable(&grant.prefixes)}});
    }
    let read = json!({
        "Sid": "IgvRead",
        "Effect": "Allow",
        "Principal": {"AWS": role.to_string()},
        "Action": "s3:GetObject",
        "Resource": objects(region, grant),
    });
    document(vec![list, read])
}

/// The policy of a bucket of ours: no access without TLS.
pub(crate) fn tls_only(region: &str, bucket: &str) -> Option<Document> {
    document(vec![deny_plain(region, bucket)])
}

/// The policy of the config bucket: no access without TLS, and the one distribution may read what is published.
pub(crate) fn published(region: &str, bucket: &str, keys: &[&str], distribution: &Reference) -> Option<Document> {
    let arn = bucket_arn(region, bucket);
    let read = json!({
        "Sid": "PublishThroughCloudFront",
        "Effect": "Allow",
        "Principal": {"Service": CLOUDFRONT},
        "Action": "s3:GetObject",
        "Resource": keys.iter().map(|key| format!("{arn}/{key}")).collect::<Vec<_>>(),
        // S3 User Guide, "The meaning of 'public'": with a fixed source ARN this grant is not public.
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution.to_string()}},
    });
    document(vec![deny_plain(region, bucket), read])
}

fn deny_plain(region: &str, bucket: &str) -> Value {
    let arn = bucket_arn(region, bucket);
    json!({
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn.clone(), format!("{arn}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    })
}

/// What may be listed, so that somebody can walk from the root to the granted folders and see nothing else.
fn listable(prefixes: &[String]) -> BTreeSet<String> {
    let mut listable = BTreeSet::from([String::new()]);
    for prefix in prefixes {
        for (slash, _) in prefix.match_indices('/') {
            listable.insert(prefix[..=slash].to_owned());
        }
        listable.insert(format!("{prefix}*"));
    }
    listable
}

fn objects(region: &str, grant: &Grant) -> Vec<String> {
    let arn = bucket_arn(region, &grant.bucket);
    if grant.prefixes.is_empty() {
        vec![format!("{arn}/*")]
    } else {
        grant.prefixes.iter().map(|prefix| format!("{arn}/{prefix}*")).collect()
    }
}

fn document(statements: Vec<Value>) -> Option<Document> {
    if statements.is_empty() {
        return None;
    }
    // It can only fail on a text that the checks of names refuse, with their own words.
    Document::from_json(&json!({"Version": VERSION, "Statement": statements})).ok()
}
