//! Origin access controls: no tags, a name that is unique in the account, every call at once (measured: cdkd
//! cloudfront-oac-provider.ts).

use serde_json::{Value, json};

use super::{AccessControl, config, fault, fresh_etag, fresh_id, page};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// How many an account can have.
const MOST: usize = 100;

/// `CreateOriginAccessControl`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let config = checked(world, call, None)?;
    if world
        .cloudfront
        .get(&call.account)
        .is_some_and(|state| state.access_controls.len() >= MOST)
    {
        return Err(Fault::new(
            "TooManyOriginAccessControls",
            400,
            "The number of origin access controls in your Amazon Web Services account exceeds the maximum allowed.",
        ));
    }
    let control = AccessControl {
        id: fresh_id(world, "E"),
        config,
        etag: fresh_etag(world),
    };
    let mut answer = whole(&control);
    answer["Location"] = json!(format!(
        "https://cloudfront.amazonaws.com/2020-05-31/origin-access-control/{}",
        control.id
    ));
    let state = world.cloudfront.entry(call.account.clone()).or_default();
    state.access_controls.insert(control.id.clone(), control);
    Ok(answer.into())
}

/// `GetOriginAccessControl`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    Ok(whole(find(world, call)?).into())
}

/// `GetOriginAccessControlConfig`.
pub(super) fn get_config(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let control = find(world, call)?;
    Ok(json!({"OriginAccessControlConfig": control.config, "ETag": control.etag}).into())
}

/// `UpdateOriginAccessControl`: replaces the whole configuration; every field can change.
pub(super) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let present = find(world, call)?.clone();
    fault::check_match(call.text("IfMatch"), &present.etag)?;
    let config = checked(world, call, Some(&present.id))?;
    let etag = fresh_etag(world);
    let control = find(world, call)?;
    control.config = config;
    control.etag = etag;
    Ok(whole(control).into())
}

/// `DeleteOriginAccessControl`: no distribution may name it any more.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let control = find(world, call)?.clone();
    fault::check_match(call.text("IfMatch"), &control.etag)?;
    let state = world.cloudfront.entry(call.account.clone()).or_default();
    let used = state
        .distributions
        .values()
        .flat_map(|distribution| config::items(&distribution.config, "Origins"))
        .any(|origin| config::text(origin, "OriginAccessControlId") == control.id);
    if used {
        return Err(Fault::new(
            "OriginAccessControlInUse",
            409,
            "Cannot delete the origin access control because it's in use by one or more distributions.",
        ));
    }
    state.access_controls.remove(&control.id);
    Ok(Answer::empty())
}

/// `ListOriginAccessControls`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let items = world
        .cloudfront
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.access_controls.values())
        .map(|control| {
            let mut item = control.config.clone();
            item["Id"] = json!(control.id);
            (control.id.clone(), item)
        })
        .collect();
    page::page(call, "OriginAccessControlList", items, true)
}

/// The access control that a call names.
fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut AccessControl, Fault> {
    world
        .cloudfront
        .get_mut(&call.account)
        .and_then(|state| state.access_controls.get_mut(call.required("Id")))
        .ok_or_else(|| {
            Fault::new(
                "NoSuchOriginAccessControl",
                404,
                "The specified origin access control does not exist.",
            )
        })
}

/// The configuration that a call sends, checked and filled in.
fn checked(world: &World, call: &Call, own: Option<&str>) -> Result<Value, Fault> {
    let mut sent = call.input.get("OriginAccessControlConfig").cloned().unwrap_or_default();
    for member in [
        "Name",
        "SigningProtocol",
        "SigningBehavior",
        "OriginAccessControlOriginType",
    ] {
        if config::text(&sent, member).is_empty() {
            return Err(fault::invalid_argument(format!("The parameter {member} is required.")));
        }
    }
    let name = config::text(&sent, "Name").to_owned();
    if name.chars().count() > 64 || config::text(&sent, "Description").chars().count() > 256 {
        return Err(fault::invalid_argument(
            "The parameter Name or Description is too long.",
        ));
    }
    let taken = world
        .cloudfront
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.access_controls.values())
        .any(|other| Some(other.id.as_str()) != own && config::text(&other.config, "Name") == name);
    if taken {
        return Err(Fault::new(
            "OriginAccessControlAlreadyExists",
            409,
            "An origin access control with the specified parameters already exists.",
        ));
    }
    if sent["Description"].is_null() {
        sent["Description"] = json!("");
    }
    Ok(sent)
}

/// An access control as reads show it.
fn whole(control: &AccessControl) -> Value {
    json!({
        "OriginAccessControl": {"Id": control.id, "OriginAccessControlConfig": control.config},
        "ETag": control.etag,
    })
}
