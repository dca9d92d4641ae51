//! Tags of identity pools.

use serde_json::json;

use super::{Pool, pool};
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::tags;
use crate::world::World;

/// TagResource: adds to the tags, replacing values of keys that are there.
pub(super) fn tag(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let more = tags::sent(&call.input, "Tags")?;
    tags::add(&mut by_arn(world, call)?.tags, more)?;
    Ok(Answer::empty())
}

/// UntagResource: keys that are not there are no error.
pub(super) fn untag(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    tags::remove(&mut by_arn(world, call)?.tags, call.input.get("TagKeys"))?;
    Ok(Answer::empty())
}

/// ListTagsForResource.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    Ok(json!({"Tags": by_arn(world, call)?.tags}).into())
}

fn by_arn<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Pool, Fault> {
    let arn = call.required("ResourceArn");
    world
        .cognito_identity
        .get_mut(&call.account)
        .and_then(|it| it.get_mut(&call.region))
        .and_then(|state| state.pools.values_mut().find(|pool| pool.arn == arn))
        .ok_or_else(|| pool::unknown(arn.rsplit('/').next().unwrap_or_default()))
}
