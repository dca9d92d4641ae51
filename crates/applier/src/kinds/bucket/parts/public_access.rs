//! What keeps the public out. An absent block is an open one.

use aws_sdk_s3::types::PublicAccessBlockConfiguration;
use spec_model::kinds::PublicAccess;

use super::{Part, configured};
use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;

/// Reads the block; one that is absent is open.
pub(super) async fn public_access(clients: &Clients, bucket: &str) -> Result<PublicAccess, WorldError> {
    let answer = ask!(
        clients,
        bucket,
        "s3:GetBucketPublicAccessBlock",
        get_public_access_block
    );
    let found = configured(answer)?.and_then(|it| it.public_access_block_configuration);
    Ok(found.map_or_else(PublicAccess::open, |it| PublicAccess {
        block_acls: it.block_public_acls.unwrap_or(false),
        ignore_acls: it.ignore_public_acls.unwrap_or(false),
        block_policy: it.block_public_policy.unwrap_or(false),
        restrict: it.restrict_public_buckets.unwrap_or(false),
    }))
}

impl Part<'_> {
    /// Writes the whole block.
    pub(in crate::kinds::bucket) async fn public_access(&self, want: &PublicAccess) -> Result<(), WorldError> {
        let configuration = to_public_access(want);
        tell!(
            self,
            "s3:PutBucketPublicAccessBlock",
            put_public_access_block,
            public_access_block_configuration(configuration.clone())
        )
    }
}

fn to_public_access(want: &PublicAccess) -> PublicAccessBlockConfiguration {
    let PublicAccess {
        block_acls,
        ignore_acls,
        block_policy,
        restrict,
    } = want;
    PublicAccessBlockConfiguration::builder()
        .block_public_acls(*block_acls)
        .ignore_public_acls(*ignore_acls)
        .block_public_policy(*block_policy)
        .restrict_public_buckets(*restrict)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A member that the SDK gains must be decided on: this call replaces the whole block.
    #[test]
    fn the_public_access_block_has_the_members_that_we_write() {
        let written = format!("{:?}", to_public_access(&PublicAccess::blocked()));
        assert_eq!(
            written,
            "PublicAccessBlockConfiguration { block_public_acls: Some(true), ignore_public_acls: Some(true), \
             block_public_policy: Some(true), restrict_public_buckets: Some(true) }"
        );
    }
}
