//! Tags of distributions: apart from their configuration, and written by calls of their own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Distribution;
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// How many tags a resource can carry.
const MOST: usize = 50;

/// `TagResource`.
pub(super) fn tag(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let new = sent(call.input.get("Tags").unwrap_or(&Value::Null))?;
    let distribution = find(world, call)?;
    let mut tags = distribution.tags.clone();
    tags.extend(new);
    check_count(&tags)?;
    distribution.tags = tags;
    Ok(Answer::empty())
}

/// `UntagResource`; keys that are not there are no error.
pub(super) fn untag(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let keys: Vec<String> = call
        .input
        .get("TagKeys")
        .and_then(|keys| keys["Items"].as_array())
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    find(world, call)?.tags.retain(|key, _| !keys.contains(key));
    Ok(Answer::empty())
}

/// `ListTagsForResource`: the one list here that is always there, empty or not, and has no `Quantity`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let tags: Vec<Value> = find(world, call)?
        .tags
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    Ok(json!({"Tags": {"Items": tags}}).into())
}

/// Tags that a call sends, checked.
pub(super) fn sent(tags: &Value) -> Result<BTreeMap<String, String>, Fault> {
    let mut checked = BTreeMap::new();
    for tag in tags["Items"].as_array().into_iter().flatten() {
        let key = tag["Key"].as_str().unwrap_or_default();
        // Measured: cdkd #1134, keys that begin with `aws:` are refused on write everywhere.
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid(
                "System tags cannot be added or changed: keys must not begin with aws:",
            ));
        }
        let value = tag["Value"].as_str().unwrap_or_default();
        if checked.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(invalid("The tags contain a key twice."));
        }
    }
    check_count(&checked)?;
    Ok(checked)
}

/// Refuses more tags than a resource can carry.
fn check_count(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() > MOST {
        return Err(invalid("A resource can have at most 50 tags."));
    }
    Ok(())
}

/// Tags that are not valid, and why.
fn invalid(message: &str) -> Fault {
    Fault::new("InvalidTagging", 400, message)
}

/// The distribution whose ARN a call names.
fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Distribution, Fault> {
    let arn = call.required("Resource");
    if arn.split(':').nth(4) != Some(call.account.as_str()) {
        return Err(Fault::new("AccessDenied", 403, "Access denied."));
    }
    world
        .cloudfront
        .get_mut(&call.account)
        .into_iter()
        .flat_map(|state| state.distributions.values_mut())
        .find(|distribution| distribution.arn == arn)
        .ok_or_else(|| Fault::new("NoSuchResource", 404, "A resource that was specified is not valid."))
}
