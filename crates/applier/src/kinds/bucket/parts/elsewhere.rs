//! Ways on which data leaves a bucket that our noun does not model: copies, and a website.

use aws_sdk_s3::types::ReplicationRuleStatus;

use crate::calls::{present, read};
use crate::clients::Clients;
use crate::error::WorldError;

/// The buckets to which an enabled rule copies.
pub(super) async fn replication(clients: &Clients, bucket: &str) -> Result<Vec<String>, WorldError> {
    let answer = ask!(
        clients,
        bucket,
        "s3:GetReplicationConfiguration",
        get_bucket_replication
    );
    let rules = present(answer)?
        .and_then(|it| it.replication_configuration)
        .map(|it| it.rules)
        .unwrap_or_default();
    let mut buckets: Vec<String> = rules
        .into_iter()
        .filter(|rule| rule.status == ReplicationRuleStatus::Enabled)
        .filter_map(|rule| rule.destination)
        .map(|it| it.bucket)
        .collect();
    buckets.sort();
    buckets.dedup();
    Ok(buckets)
}

/// Whether the bucket answers as a website.
pub(super) async fn website(clients: &Clients, bucket: &str) -> Result<bool, WorldError> {
    let answer = ask!(clients, bucket, "s3:GetBucketWebsite", get_bucket_website);
    Ok(present(answer)?.is_some())
}
