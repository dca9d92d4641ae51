//! Tags of user pools, and the rules that both Cognito services have for tags.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::fault::{invalid, not_found};
use super::{Pool, json};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The most tags a resource can have (quota of the tagging chapter of both services).
const MOST: usize = 50;

/// The tags of a map member; refuses keys that AWS keeps for itself (measured: cdkd #1134).
pub(crate) fn sent(input: &Map<String, Value>, member: &str) -> Result<BTreeMap<String, String>, Fault> {
    let tags = json::text_map(input, member).unwrap_or_default();
    for key in tags.keys() {
        refuse_reserved(key)?;
    }
    fits(&tags)?;
    Ok(tags)
}

/// Refuses a key of AWS's own.
pub(crate) fn refuse_reserved(key: &str) -> Result<(), Fault> {
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(invalid("aws: prefixed tag key names are not allowed for external use."));
    }
    Ok(())
}

/// Adds tags to those of a resource.
pub(crate) fn add(tags: &mut BTreeMap<String, String>, more: BTreeMap<String, String>) -> Result<(), Fault> {
    let mut next = tags.clone();
    next.extend(more);
    fits(&next)?;
    *tags = next;
    Ok(())
}

/// Removes the keys of a list member from the tags of a resource.
pub(crate) fn remove(tags: &mut BTreeMap<String, String>, keys: Option<&Value>) -> Result<(), Fault> {
    let keys = keys.map(json::texts_of).unwrap_or_default();
    for key in &keys {
        refuse_reserved(key)?;
    }
    for key in keys {
        tags.remove(key);
    }
    Ok(())
}

fn fits(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() > MOST {
        return Err(invalid(format!("A resource can have at most {MOST} tags.")));
    }
    Ok(())
}

/// TagResource: adds to the tags, replacing values of keys that are there.
pub(crate) fn tag(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let more = sent(&call.input, "Tags")?;
    add(&mut by_arn(world, call)?.tags, more)?;
    Ok(Answer::empty())
}

/// UntagResource: keys that are not there are no error.
pub(crate) fn untag(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    remove(&mut by_arn(world, call)?.tags, call.input.get("TagKeys"))?;
    Ok(Answer::empty())
}

/// ListTagsForResource.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    Ok(json!({"Tags": by_arn(world, call)?.tags}).into())
}

fn by_arn<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Pool, Fault> {
    let arn = call.required("ResourceArn");
    world
        .cognito_idp
        .get_mut(&call.account)
        .and_then(|it| it.get_mut(&call.region))
        .and_then(|state| state.pools.values_mut().find(|pool| pool.arn == arn))
        .ok_or_else(|| not_found(format!("Resource {arn} does not exist.")))
}
