//! IAM: roles, policies, and what little of users the rest needs.
//!
//! IAM is global: one state per account, whatever region a request was signed for. Documents are kept
//! as they were sent and leave URL-encoded (RFC 3986), which surprises everybody who compares them as text.

mod state;

pub(crate) use state::{InstanceProfile, Policy, Role, State, User, Version};

use crate::call::Operation;
use crate::world::World;

/// The role with this ARN, whichever account it belongs to.
pub(crate) fn role_by_arn<'a>(world: &'a World, arn: &str) -> Option<&'a Role> {
    let account = arn.split(':').nth(4)?;
    let name = arn.rsplit('/').next()?;
    world.iam.get(account)?.roles.get(name).filter(|role| role.arn == arn)
}

/// The operation of this name, if it is served.
pub(crate) fn operation(_name: &str) -> Option<Operation> {
    None
}
