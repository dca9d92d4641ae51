//! Whether old versions are kept.

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use spec_model::kinds::Versioning;

use super::{Part, unknown};
use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;

/// Reads whether versions are kept.
pub(super) async fn versioning(clients: &Clients, bucket: &str) -> Result<Option<Versioning>, WorldError> {
    const ACTION: &str = "s3:GetBucketVersioning";
    let answer = ask!(clients, bucket, ACTION, get_bucket_versioning)?;
    // A bucket that never had versions has no status.
    Ok(match answer.status() {
        None => None,
        Some(BucketVersioningStatus::Enabled) => Some(Versioning::Enabled),
        Some(BucketVersioningStatus::Suspended) => Some(Versioning::Suspended),
        Some(other) => return Err(unknown(ACTION, other.as_str())),
    })
}

impl Part<'_> {
    /// Switches versions on, or suspends them.
    pub(in crate::kinds::bucket) async fn versioning(&self, want: Versioning) -> Result<(), WorldError> {
        let status = match want {
            Versioning::Enabled => BucketVersioningStatus::Enabled,
            Versioning::Suspended => BucketVersioningStatus::Suspended,
        };
        let configuration = VersioningConfiguration::builder().status(status).build();
        tell!(
            self,
            "s3:PutBucketVersioning",
            put_bucket_versioning,
            versioning_configuration(configuration.clone())
        )
    }
}
