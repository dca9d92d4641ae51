//! Who owns what is uploaded.

use aws_sdk_s3::types::{BucketCannedAcl, ObjectOwnership, OwnershipControls, OwnershipControlsRule};
use spec_model::kinds::Ownership;

use super::{Part, configured, unknown};
use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;

/// Reads who owns uploads; a bucket without controls is `Unset`.
pub(super) async fn ownership(clients: &Clients, bucket: &str) -> Result<Ownership, WorldError> {
    const ACTION: &str = "s3:GetBucketOwnershipControls";
    let answer = ask!(clients, bucket, ACTION, get_bucket_ownership_controls);
    let Some(controls) = configured(answer)?.and_then(|it| it.ownership_controls) else {
        return Ok(Ownership::Unset);
    };
    let Some(rule) = controls.rules.first() else {
        return Ok(Ownership::Unset);
    };
    Ok(match rule.object_ownership.as_str() {
        "BucketOwnerEnforced" => Ownership::BucketOwnerEnforced,
        "BucketOwnerPreferred" => Ownership::BucketOwnerPreferred,
        "ObjectWriter" => Ownership::ObjectWriter,
        other => return Err(unknown(ACTION, other)),
    })
}

impl Part<'_> {
    /// Writes who owns uploads.
    ///
    /// Enforcing switches ACLs off, and S3 refuses that while one grants anything to others
    /// (`InvalidBucketAclWithObjectOwnership`): such a grant goes first, because it would not count afterwards anyway.
    pub(in crate::kinds::bucket) async fn ownership(&self, want: Ownership) -> Result<(), WorldError> {
        const ACTION: &str = "s3:PutBucketOwnershipControls";
        let ownership = match want {
            Ownership::BucketOwnerEnforced => ObjectOwnership::BucketOwnerEnforced,
            Ownership::BucketOwnerPreferred => ObjectOwnership::BucketOwnerPreferred,
            Ownership::ObjectWriter => ObjectOwnership::ObjectWriter,
            Ownership::Unset => {
                return tell!(self, ACTION, delete_bucket_ownership_controls);
            }
        };
        let rule = OwnershipControlsRule::builder()
            .object_ownership(ownership)
            .build()
            .expect("the ownership is set");
        let controls = OwnershipControls::builder()
            .rules(rule)
            .build()
            .expect("the rules are set");
        let first = tell!(
            self,
            ACTION,
            put_bucket_ownership_controls,
            ownership_controls(controls.clone())
        );
        match first {
            Err(error) if error.has_code("InvalidBucketAclWithObjectOwnership") => {}
            answer => return answer,
        }
        tell!(self, "s3:PutBucketAcl", put_bucket_acl, acl(BucketCannedAcl::Private))?;
        tell!(
            self,
            ACTION,
            put_bucket_ownership_controls,
            ownership_controls(controls.clone())
        )
    }
}
