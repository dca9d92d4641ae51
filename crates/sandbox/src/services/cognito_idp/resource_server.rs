//! Resource servers, whose scopes clients can ask for.

use serde_json::{Value, json};

use super::fault::{invalid, limit, not_found};
use super::{page, pool};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The most resource servers of a pool (quota, adjustable).
const MOST: usize = 25;
/// The most scopes of a resource server (CreateResourceServer `Scopes`).
const MOST_SCOPES: usize = 100;

/// What AWS shows; scopes come back sorted by name (seen live: cdk-real-drift #354).
fn shown(pool: &str, call: &Call) -> Result<Value, Fault> {
    let mut scopes: Vec<Value> = call
        .input
        .get("Scopes")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if scopes.len() > MOST_SCOPES {
        return Err(limit("Maximum number of scopes reached."));
    }
    let name = |it: &Value| it["ScopeName"].as_str().unwrap_or_default().to_owned();
    scopes.sort_by_key(name);
    if scopes.windows(2).any(|pair| name(&pair[0]) == name(&pair[1])) {
        return Err(invalid("A scope is given twice."));
    }
    Ok(json!({
        "UserPoolId": pool,
        "Identifier": call.required("Identifier"),
        "Name": call.required("Name"),
        "Scopes": scopes,
    }))
}

fn unknown(call: &Call) -> Fault {
    not_found(format!(
        "Resource server {} does not exist.",
        call.required("Identifier")
    ))
}

/// CreateResourceServer.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    let identifier = call.required("Identifier");
    if pool.resource_servers.contains_key(identifier) {
        return Err(invalid(format!(
            "{identifier} already exists in user pool {}.",
            pool.id
        )));
    }
    if pool.resource_servers.len() >= MOST {
        return Err(limit("Maximum number of resource servers reached."));
    }
    let server = shown(&pool.id, call)?;
    pool.resource_servers.insert(identifier.to_owned(), server.clone());
    Ok(json!({"ResourceServer": server}).into())
}

/// DescribeResourceServer.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let server = pool
        .resource_servers
        .get(call.required("Identifier"))
        .ok_or_else(|| unknown(call))?;
    Ok(json!({"ResourceServer": server}).into())
}

/// UpdateResourceServer: scopes that are omitted are gone (documentation: a request replaces the whole).
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    let server = shown(&pool.id, call)?;
    let slot = pool
        .resource_servers
        .get_mut(call.required("Identifier"))
        .ok_or_else(|| unknown(call))?;
    *slot = server.clone();
    Ok(json!({"ResourceServer": server}).into())
}

/// DeleteResourceServer.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    pool.resource_servers
        .remove(call.required("Identifier"))
        .ok_or_else(|| unknown(call))?;
    Ok(Answer::empty())
}

/// ListResourceServers: at most 50 a page.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let items = pool.resource_servers.iter().map(|(id, server)| (id.as_str(), server));
    let (taken, next) = page::page(items, page::size(call.int("MaxResults"), 50), call.text("NextToken"))?;
    let mut answer = json!({"ResourceServers": taken});
    if let Some(token) = next {
        answer["NextToken"] = json!(token);
    }
    Ok(answer.into())
}
