//! Distributions.
//!
//! A write is the whole configuration under the ETag of the last read. A caller reference is used for ever, also
//! after a deletion, and its distribution is named nowhere but in the error's message.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::config::{self, Setting};
use super::{Distribution, fault, fresh_etag, fresh_id, page, tags};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// How many distributions an account can have by default.
const MOST: usize = 200;

/// The distribution that a call names by `Id`.
pub(super) fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Distribution, Fault> {
    by_id(world, call, call.required("Id"))
}

/// A distribution of the caller's account by id.
pub(super) fn by_id<'a>(world: &'a mut World, call: &Call, id: &str) -> Result<&'a mut Distribution, Fault> {
    world
        .cloudfront
        .get_mut(&call.account)
        .and_then(|state| state.distributions.get_mut(id))
        .ok_or_else(|| Fault::new("NoSuchDistribution", 404, "The specified distribution does not exist."))
}

/// `CreateDistribution`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let config = call.input.get("DistributionConfig").cloned().unwrap_or_default();
    make(world, call, config, BTreeMap::new())
}

/// `CreateDistributionWithTags`: no moment without tags.
pub(super) fn create_with_tags(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let both = call
        .input
        .get("DistributionConfigWithTags")
        .cloned()
        .unwrap_or_default();
    let tags = tags::sent(&both["Tags"])?;
    make(world, call, both["DistributionConfig"].clone(), tags)
}

/// The distribution that a call names, as a read right after a write may still see it (`aws-cdk`, `terraform` and the
/// AWS CLI all read again until the status is right).
fn seen(world: &mut World, call: &Call) -> Result<Distribution, Fault> {
    let present = find(world, call)?.clone();
    Ok(world.stale.remove(&present.id).unwrap_or(present))
}

/// `GetDistribution`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let distribution = &seen(world, call)?;
    Ok(json!({"Distribution": shown(distribution, now), "ETag": distribution.etag}).into())
}

/// `GetDistributionConfig`.
pub(super) fn get_config(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let distribution = seen(world, call)?;
    Ok(json!({"DistributionConfig": distribution.config, "ETag": distribution.etag}).into())
}

/// `UpdateDistribution`: replaces everything, and wants everything.
pub(super) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let present = find(world, call)?.clone();
    fault::check_match(call.text("IfMatch"), &present.etag)?;
    let new = call.input.get("DistributionConfig").cloned().unwrap_or_default();
    config::check_quantities(&new)?;
    if config::text(&new, "CallerReference") != present.caller_reference {
        return Err(fault::illegal_update("The CallerReference cannot be changed."));
    }
    config::check_complete(&new)?;
    let setting = Setting {
        world,
        account: &call.account,
        id: Some(&present.id),
    };
    config::check(&setting, &new)?;
    let (etag, now) = (fresh_etag(world), world.now());
    let deployed_at = deployed_at(world, now);
    if world.manner.stale_reads {
        world.stale.insert(present.id.clone(), present);
    }
    let distribution = find(world, call)?;
    distribution.config = config::fill(new);
    distribution.etag = etag;
    distribution.last_modified = now;
    distribution.deployed_at = deployed_at;
    Ok(json!({"Distribution": shown(distribution, now), "ETag": distribution.etag}).into())
}

/// `DeleteDistribution`: disabled, and that deployed (measured: cdkd #1316).
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let distribution = find(world, call)?;
    fault::check_match(call.text("IfMatch"), &distribution.etag)?;
    if distribution.enabled() || distribution.status(now) != "Deployed" {
        return Err(Fault::new(
            "DistributionNotDisabled",
            409,
            "The distribution you are trying to delete has not been disabled.",
        ));
    }
    let id = distribution.id.clone();
    let state = world.cloudfront.entry(call.account.clone()).or_default();
    state.distributions.remove(&id);
    Ok(Answer::empty())
}

/// `ListDistributions`: nearly the whole configuration, without the caller reference.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let items = world
        .cloudfront
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.distributions.values())
        .map(|distribution| {
            let mut item = config::summary_members(&distribution.config);
            describe(&mut item, distribution, now);
            item.insert("ETag".to_owned(), json!(distribution.etag));
            (distribution.id.clone(), Value::Object(item))
        })
        .collect();
    page::page(call, "DistributionList", items, true)
}

/// Makes a distribution.
fn make(world: &mut World, call: &Call, config: Value, tags: BTreeMap<String, String>) -> Result<Answer, Fault> {
    let setting = Setting {
        world,
        account: &call.account,
        id: None,
    };
    config::check(&setting, &config)?;
    let reference = config::text(&config, "CallerReference").to_owned();
    if let Some(state) = world.cloudfront.get(&call.account) {
        // The same for identical content (aws/aws-sdk-go#2213): a reference makes nothing idempotent by itself.
        if let Some(id) = state.references.get(&reference) {
            return Err(Fault::new(
                "DistributionAlreadyExists",
                409,
                format!(
                    "The caller reference that you are using to create a distribution is associated with another \
                     distribution. Already exists: {id}"
                ),
            ));
        }
        if state.distributions.len() >= MOST {
            return Err(Fault::new(
                "TooManyDistributions",
                400,
                "Processing your request would cause you to exceed the maximum number of distributions allowed.",
            ));
        }
    }
    let id = fresh_id(world, "E");
    let host = world.fresh("abcdefghijklmnopqrstuvwxyz0123456789", 13);
    let (etag, now) = (fresh_etag(world), world.now());
    let distribution = Distribution {
        arn: format!("arn:aws:cloudfront::{}:distribution/{id}", call.account),
        domain_name: format!("d{host}.cloudfront.net"),
        config: config::fill(config),
        etag,
        tags,
        caller_reference: reference.clone(),
        last_modified: now,
        deployed_at: deployed_at(world, now),
        invalidations: BTreeMap::new(),
        id: id.clone(),
    };
    let answer = json!({
        "Distribution": shown(&distribution, now),
        "ETag": distribution.etag,
        "Location": format!("https://cloudfront.amazonaws.com/2020-05-31/distribution/{id}"),
    });
    let state = world.cloudfront.entry(call.account.clone()).or_default();
    state.references.insert(reference, id.clone());
    state.distributions.insert(id, distribution);
    Ok(answer.into())
}

/// When a write made now is deployed; absent: it is.
pub(super) fn deployed_at(world: &World, now: f64) -> Option<f64> {
    let delay = world.manner.deploy_delay;
    (delay > 0.0).then_some(now + delay)
}

/// A distribution as reads show it.
fn shown(distribution: &Distribution, now: f64) -> Value {
    let mut shown = Map::new();
    describe(&mut shown, distribution, now);
    let in_progress = distribution
        .invalidations
        .values()
        .filter(|it| it.status(now) != "Completed")
        .count();
    shown.insert("InProgressInvalidationBatches".to_owned(), json!(in_progress));
    let nobody = json!({"Enabled": false, "Quantity": 0});
    shown.insert("ActiveTrustedSigners".to_owned(), nobody.clone());
    shown.insert("ActiveTrustedKeyGroups".to_owned(), nobody);
    shown.insert("DistributionConfig".to_owned(), distribution.config.clone());
    Value::Object(shown)
}

/// What all reads show of a distribution besides its configuration.
fn describe(shown: &mut Map<String, Value>, distribution: &Distribution, now: f64) {
    shown.insert("Id".to_owned(), json!(distribution.id));
    shown.insert("ARN".to_owned(), json!(distribution.arn));
    shown.insert("Status".to_owned(), json!(distribution.status(now)));
    shown.insert("LastModifiedTime".to_owned(), json!(distribution.last_modified));
    shown.insert("DomainName".to_owned(), json!(distribution.domain_name));
    let aliases: Vec<Value> = config::items(&distribution.config, "Aliases")
        .map(|alias| json!({"CNAME": alias, "ICPRecordalStatus": "APPROVED"}))
        .collect();
    if !aliases.is_empty() {
        shown.insert("AliasICPRecordals".to_owned(), Value::Array(aliases));
    }
}
