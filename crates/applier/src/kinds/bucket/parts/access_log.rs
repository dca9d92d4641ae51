//! Where accesses are logged.

use aws_sdk_s3::types::{BucketLoggingStatus, LoggingEnabled};
use spec_model::kinds::AccessLog;

use super::Part;
use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;

/// Reads where accesses are logged.
pub(super) async fn logging(clients: &Clients, bucket: &str) -> Result<Option<LoggingEnabled>, WorldError> {
    let answer = ask!(clients, bucket, "s3:GetBucketLogging", get_bucket_logging)?;
    Ok(answer.logging_enabled)
}

impl Part<'_> {
    /// Grants and key format of an existing log stay as found.
    pub(in crate::kinds::bucket) async fn access_log(&self, want: &AccessLog) -> Result<(), WorldError> {
        let AccessLog { bucket, prefix } = want;
        let found = self.write(|| logging(self.clients, self.bucket)).await?;
        let log = match found {
            Some(mut log) => {
                log.target_bucket.clone_from(bucket);
                log.target_prefix.clone_from(prefix);
                log
            }
            None => LoggingEnabled::builder()
                .target_bucket(bucket)
                .target_prefix(prefix)
                .build()
                .expect("bucket and prefix are set"),
        };
        let status = BucketLoggingStatus::builder().logging_enabled(log).build();
        tell!(
            self,
            "s3:PutBucketLogging",
            put_bucket_logging,
            bucket_logging_status(status.clone())
        )
    }
}
