//! Who the caller is: any account but the spec's is refused before anything is looked at.

use spec_model::Stack;

use crate::aws::Aws;
use crate::calls::reads;
use crate::error::WorldError;
use crate::verbs::Permission;

/// What is asked before anything else. AWS answers it to everybody, whatever policies say (STS `GetCallerIdentity`:
/// "No permissions are required").
pub const ACCOUNT_CALLS: &[Permission] = &[reads("sts:GetCallerIdentity")];

/// Why the account is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The credentials belong to another account.
    #[error("these credentials belong to account {found}, the spec says {wanted}; nothing was looked at")]
    Other {
        /// The spec's account.
        wanted: String,
        /// The caller's account.
        found: String,
    },
    /// It could not be learnt.
    #[error("cannot tell which AWS account this is")]
    Unknown(#[source] WorldError),
}

impl Aws {
    /// Asks STS `GetCallerIdentity` and compares the account with the spec's.
    pub async fn check_account(&self, stack: &Stack) -> Result<(), AccountError> {
        let identity = self
            .clients()
            .sts
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| AccountError::Unknown(WorldError::of("sts:GetCallerIdentity", error)))?;
        let found = identity.account().unwrap_or_default();
        if found == stack.account {
            Ok(())
        } else {
            Err(AccountError::Other {
                wanted: stack.account.clone(),
                found: found.to_owned(),
            })
        }
    }
}
