//! CloudFront: distributions, origin access controls, and the policies AWS manages.
//!
//! CloudFront is global: one state per account. It is the one service here whose writes need the ETag of
//! the last read (`IfMatch`), and whose update refuses what its create fills in.

mod state;

mod distribution;

mod config;

mod access_control;

mod identity;

mod managed_policy;

mod invalidation;

mod function;

mod tags;

mod page;

mod fault;

#[cfg(test)]
mod tests;

pub(crate) use managed_policy::cache_times;
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
pub(crate) fn operation(name: &str) -> Option<Operation> {
    Some(match name {
        "CreateDistribution" => distribution::create,
        "CreateDistributionWithTags" => distribution::create_with_tags,
        "GetDistribution" => distribution::get,
        "GetDistributionConfig" => distribution::get_config,
        "UpdateDistribution" => distribution::update,
        "DeleteDistribution" => distribution::delete,
        "ListDistributions" => distribution::list,
        "TagResource" => tags::tag,
        "UntagResource" => tags::untag,
        "ListTagsForResource" => tags::list,
        "CreateOriginAccessControl" => access_control::create,
        "GetOriginAccessControl" => access_control::get,
        "GetOriginAccessControlConfig" => access_control::get_config,
        "UpdateOriginAccessControl" => access_control::update,
        "DeleteOriginAccessControl" => access_control::delete,
        "ListOriginAccessControls" => access_control::list,
        "CreateCloudFrontOriginAccessIdentity" => identity::create,
        "GetCloudFrontOriginAccessIdentity" => identity::get,
        "ListCloudFrontOriginAccessIdentities" => identity::list,
        "DeleteCloudFrontOriginAccessIdentity" => identity::delete,
        "GetCachePolicy"
        | "GetCachePolicyConfig"
        | "GetOriginRequestPolicy"
        | "GetOriginRequestPolicyConfig"
        | "GetResponseHeadersPolicy"
        | "GetResponseHeadersPolicyConfig" => managed_policy::get,
        "ListCachePolicies" | "ListOriginRequestPolicies" | "ListResponseHeadersPolicies" => managed_policy::list,
        "CreateInvalidation" => invalidation::create,
        "GetInvalidation" => invalidation::get,
        "ListInvalidations" => invalidation::list,
        "CreateFunction" => function::create,
        "DescribeFunction" => function::describe,
        "GetFunction" => function::get,
        "UpdateFunction" => function::update,
        "PublishFunction" => function::publish,
        "DeleteFunction" => function::delete,
        "ListFunctions" => function::list,
        _ => return None,
    })
}

/// An id of CloudFront: a letter that says little, and thirteen more.
fn fresh_id(world: &mut World, prefix: &str) -> String {
    format!("{prefix}{}", world.fresh("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 13))
}

/// The ETag of a new version.
fn fresh_etag(world: &mut World) -> String {
    fresh_id(world, "E")
}
