//! Functions at the edge: kept, published, associated, and not run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Function, config, fault, fresh_etag, page};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// `CreateFunction`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("Name").to_owned();
    let (etag, now) = (fresh_etag(world), world.now());
    let state = world.cloudfront.entry(call.account.clone()).or_default();
    if state.functions.contains_key(&name) {
        return Err(Fault::new(
            "FunctionAlreadyExists",
            409,
            "A function with the same name already exists in this Amazon Web Services account.",
        ));
    }
    let function = Function {
        arn: format!("arn:aws:cloudfront::{}:function/{name}", call.account),
        config: call.input.get("FunctionConfig").cloned().unwrap_or_default(),
        code: call.required("FunctionCode").to_owned(),
        etag,
        live: None,
        created: now,
        modified: now,
        name: name.clone(),
    };
    let answer = json!({
        "FunctionSummary": summary(&function, false),
        "ETag": function.etag,
        "Location": format!("https://cloudfront.amazonaws.com/2020-05-31/function/{name}"),
    });
    state.functions.insert(name, function);
    Ok(answer.into())
}

/// `DescribeFunction`.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let function = find(world, call)?;
    let live = call.text("Stage") == Some("LIVE");
    let etag = match (&function.live, live) {
        (_, false) => &function.etag,
        (Some((_, _, etag)), true) => etag,
        (None, true) => return Err(missing()),
    };
    Ok(json!({"FunctionSummary": summary(function, live), "ETag": etag}).into())
}

/// `GetFunction`: the code itself.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let function = find(world, call)?;
    let (code, etag) = match (&function.live, call.text("Stage") == Some("LIVE")) {
        (_, false) => (&function.code, &function.etag),
        (Some((_, code, etag)), true) => (code, etag),
        (None, true) => return Err(missing()),
    };
    let mut answer = Answer::from(json!({
        "FunctionCode": code,
        "ETag": etag,
        "ContentType": "application/octet-stream",
    }));
    answer.body = STANDARD.decode(code).unwrap_or_default();
    Ok(answer)
}

/// `UpdateFunction`: the version in development.
pub(super) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let (etag, now) = (fresh_etag(world), world.now());
    let function = find(world, call)?;
    fault::check_match(call.text("IfMatch"), &function.etag)?;
    function.config = call.input.get("FunctionConfig").cloned().unwrap_or_default();
    function.code = call.required("FunctionCode").to_owned();
    function.etag = etag;
    function.modified = now;
    Ok(json!({"FunctionSummary": summary(function, false), "ETag": function.etag}).into())
}

/// `PublishFunction`.
pub(super) fn publish(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let (etag, now) = (fresh_etag(world), world.now());
    let function = find(world, call)?;
    fault::check_match(call.text("IfMatch"), &function.etag)?;
    function.live = Some((function.config.clone(), function.code.clone(), etag));
    function.modified = now;
    Ok(json!({"FunctionSummary": summary(function, true)}).into())
}

/// `DeleteFunction`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let function = find(world, call)?.clone();
    fault::check_match(call.text("IfMatch"), &function.etag)?;
    let state = world.cloudfront.entry(call.account.clone()).or_default();
    let used = state.distributions.values().any(|distribution| {
        std::iter::once(&distribution.config["DefaultCacheBehavior"])
            .chain(config::items(&distribution.config, "CacheBehaviors"))
            .flat_map(|behaviour| config::items(behaviour, "FunctionAssociations"))
            .any(|association| config::text(association, "FunctionARN") == function.arn)
    });
    if used {
        return Err(Fault::new(
            "FunctionInUse",
            409,
            "Cannot delete the function because it's attached to one or more cache behaviors.",
        ));
    }
    state.functions.remove(&function.name);
    Ok(Answer::empty())
}

/// `ListFunctions`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let live = call.text("Stage") == Some("LIVE");
    let items = world
        .cloudfront
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.functions.values())
        .filter(|function| !live || function.live.is_some())
        .map(|function| (function.name.clone(), summary(function, live)))
        .collect();
    page::page(call, "FunctionList", items, false)
}

/// The function that a call names.
fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Function, Fault> {
    world
        .cloudfront
        .get_mut(&call.account)
        .and_then(|state| state.functions.get_mut(call.required("Name")))
        .ok_or_else(missing)
}

/// A function that is not there.
fn missing() -> Fault {
    Fault::new("NoSuchFunctionExists", 404, "The function does not exist.")
}

/// A function as reads show it, in one of its stages.
fn summary(function: &Function, live: bool) -> Value {
    let (config, stage) = match (&function.live, live) {
        (Some((config, ..)), true) => (config, "LIVE"),
        (_, _) => (&function.config, "DEVELOPMENT"),
    };
    let status = if live { "UNASSOCIATED" } else { "UNPUBLISHED" };
    json!({
        "Name": function.name,
        "Status": status,
        "FunctionConfig": config,
        "FunctionMetadata": {
            "FunctionARN": function.arn,
            "Stage": stage,
            "CreatedTime": function.created,
            "LastModifiedTime": function.modified,
        },
    })
}
