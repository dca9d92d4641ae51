//! Tags of everything in IAM that can carry them.
//!
//! Keys keep their case and are told apart without it: `Env` replaces `env`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{fault, instance_profile, managed, page, provider, role, user};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// How many tags a resource can carry.
const MOST: usize = 50;

/// The tags that a creating call sends, checked.
pub(super) fn sent(call: &Call) -> Result<BTreeMap<String, String>, Fault> {
    let mut tags = BTreeMap::new();
    merge(&mut tags, &list(call)?)?;
    Ok(tags)
}

/// Tags as IAM answers them; an empty list is left out of descriptions.
pub(super) fn shown(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

/// `TagRole`, `TagPolicy` and their like.
pub(super) fn tag(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let new = list(call)?;
    let tags = of(world, call)?;
    let mut merged = tags.clone();
    merge(&mut merged, &new)?;
    *tags = merged;
    Ok(Answer::empty())
}

/// `UntagRole` and its like; keys that are not there are no error.
pub(super) fn untag(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let tags = of(world, call)?;
    for key in call
        .input
        .get("TagKeys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let key = key.as_str().unwrap_or_default();
        tags.retain(|there, _| !there.eq_ignore_ascii_case(key));
    }
    Ok(Answer::empty())
}

/// `ListRoleTags` and its like.
pub(super) fn list_tags(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let tags = of(world, call)?;
    let items = tags
        .iter()
        .map(|(key, value)| (key.clone(), json!({"Key": key, "Value": value})))
        .collect();
    page::page(call, "Tags", items)
}

/// The tags of what a call names, by whichever member it names it.
fn of<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut BTreeMap<String, String>, Fault> {
    if call.input.contains_key("RoleName") {
        Ok(&mut role::find(world, call)?.tags)
    } else if call.input.contains_key("PolicyArn") {
        Ok(&mut managed::find(world, call)?.tags)
    } else if call.input.contains_key("InstanceProfileName") {
        Ok(&mut instance_profile::find(world, call)?.tags)
    } else if call.input.contains_key("OpenIDConnectProviderArn") {
        Ok(&mut provider::find(world, call)?.tags)
    } else {
        Ok(&mut user::find(world, call)?.tags)
    }
}

/// The member `Tags` as pairs.
fn list(call: &Call) -> Result<Vec<(String, String)>, Fault> {
    let pairs: Vec<(String, String)> = call
        .input
        .get("Tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|tag| {
            (
                tag["Key"].as_str().unwrap_or_default().to_owned(),
                tag["Value"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    for (at, (key, _)) in pairs.iter().enumerate() {
        // Measured: cdkd #1134, keys that begin with `aws:` are refused on write everywhere.
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(fault::invalid_input(
                "Invalid tag key. The prefix aws: is reserved for system use.",
            ));
        }
        if pairs[..at].iter().any(|(other, _)| other.eq_ignore_ascii_case(key)) {
            return Err(fault::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    Ok(pairs)
}

/// Puts new tags over old ones.
fn merge(tags: &mut BTreeMap<String, String>, new: &[(String, String)]) -> Result<(), Fault> {
    for (key, value) in new {
        tags.retain(|there, _| !there.eq_ignore_ascii_case(key));
        tags.insert(key.clone(), value.clone());
    }
    if tags.len() > MOST {
        return Err(fault::limit_exceeded(
            "The number of tags has reached the maximum limit.",
        ));
    }
    Ok(())
}
