//! CloudFront: distributions, origin access controls, and the policies AWS manages.
//!
//! CloudFront is global: one state per account. It is the one service here whose writes need the ETag of
//! the last read (`IfMatch`), and whose update refuses what its create fills in.

mod state;

pub(crate) use state::{AccessControl, Distribution, Function, Identity, Invalidation, State};

use std::collections::BTreeMap;

use crate::call::Operation;
use crate::world::World;

/// Tagged resources as the Resource Groups Tagging API lists them: ARN and tags. CloudFront's are in `us-east-1` only.
pub(crate) fn tagged(world: &World, account: &str, region: &str) -> Vec<(String, BTreeMap<String, String>)> {
    if region != "us-east-1" {
        return Vec::new();
    }
    world.cloudfront.get(account).map_or_else(Vec::new, |state| {
        state
            .distributions
            .values()
            .filter(|distribution| !distribution.tags.is_empty())
            .map(|distribution| (distribution.arn.clone(), distribution.tags.clone()))
            .collect()
    })
}

/// The distribution that answers under a host name, of whichever account: its own domain or an alias.
pub(crate) fn by_host<'a>(world: &'a World, host: &str) -> Option<(&'a str, &'a Distribution)> {
    world
        .cloudfront
        .iter()
        .flat_map(|(account, state)| state.distributions.values().map(move |it| (account.as_str(), it)))
        .find(|(_, it)| it.answers(host))
}

/// The operation of this name, if it is served.
pub(crate) fn operation(_name: &str) -> Option<Operation> {
    None
}
