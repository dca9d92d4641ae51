//! Identities: who came to a pool.
//!
//! The calls that an application makes are not signed, so the pool's id alone says whose it is. An identity belongs to
//! the logins that it was made or linked with; a guest's to nobody but who knows its id.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::login::{self, Login};
use super::{Identity, Pool, pool};
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::fault::{not_authorized, not_found};
use crate::services::cognito_idp::page;
use crate::world::World;

/// The pool of any account with this id.
fn anywhere<'w>(world: &'w World, region: &str, id: &str) -> Result<&'w Pool, Fault> {
    world
        .cognito_identity
        .values()
        .filter_map(|regions| regions.get(region))
        .find_map(|state| state.pools.get(id))
        .ok_or_else(|| pool::unknown(id))
}

/// The same, to write to it.
fn anywhere_mut<'w>(world: &'w mut World, region: &str, id: &str) -> Result<&'w mut Pool, Fault> {
    world
        .cognito_identity
        .values_mut()
        .filter_map(|regions| regions.get_mut(region))
        .find_map(|state| state.pools.get_mut(id))
        .ok_or_else(|| pool::unknown(id))
}

/// The pool of any account that has the identity which a call names.
pub(super) fn pool_of<'w>(world: &'w World, call: &Call) -> Result<&'w Pool, Fault> {
    let id = call.required("IdentityId");
    world
        .cognito_identity
        .values()
        .filter_map(|regions| regions.get(&call.region))
        .flat_map(|state| state.pools.values())
        .find(|pool| pool.identities.contains_key(id))
        .ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Fault {
    not_found(format!("Identity '{id}' not found."))
}

fn check_guest(pool: &Pool) -> Result<(), Fault> {
    if pool.guests() {
        Ok(())
    } else {
        Err(not_authorized(
            "Unauthenticated access is not supported for this identity pool.",
        ))
    }
}

/// The identity that one of these logins belongs to.
fn of_logins<'p>(pool: &'p Pool, logins: &[Login]) -> Option<&'p str> {
    let same = |identity: &Identity| {
        logins.iter().any(|login| {
            identity
                .logins
                .get(&login.provider)
                .is_some_and(|it| it == login.subject())
        })
    };
    let mut identities = pool.identities.iter();
    identities
        .find(|(_, identity)| same(identity))
        .map(|(id, _)| id.as_str())
}

/// The subjects by provider.
fn subjects(logins: &[Login]) -> impl Iterator<Item = (String, String)> {
    logins
        .iter()
        .map(|login| (login.provider.clone(), login.subject().to_owned()))
}

/// GetId: who signs in gets the same identity each time, a guest a new one.
pub(super) fn get_id(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool_id = call.required("IdentityPoolId");
    let pool = anywhere(world, &call.region, pool_id)?;
    let logins = login::verified(world, pool, call)?;
    if logins.is_empty() {
        check_guest(pool)?;
    }
    if let Some(id) = of_logins(pool, &logins) {
        return Ok(json!({"IdentityId": id}).into());
    }
    let now = world.now();
    let id = format!("{}:{}", call.region, world.fresh_uuid());
    let identity = Identity {
        logins: subjects(&logins).collect(),
        created: now,
        modified: now,
    };
    anywhere_mut(world, &call.region, pool_id)?
        .identities
        .insert(id.clone(), identity);
    Ok(json!({"IdentityId": id}).into())
}

/// Lets the logins of a call in as the identity that it names, and returns them; none of a guest. A guest who signs in
/// keeps his identity, which is his from now on.
pub(super) fn enter(world: &mut World, call: &Call) -> Result<Vec<Login>, Fault> {
    let id = call.required("IdentityId");
    let pool = pool_of(world, call)?;
    let logins = login::verified(world, pool, call)?;
    let known: BTreeMap<String, String> = pool.identities.get(id).map(|it| it.logins.clone()).unwrap_or_default();
    if logins.is_empty() {
        if !known.is_empty() {
            return Err(not_authorized(format!("Access to Identity '{id}' is forbidden.")));
        }
        check_guest(pool)?;
        return Ok(logins);
    }
    let other = of_logins(pool, &logins).filter(|other| *other != id);
    let own = logins
        .iter()
        .any(|login| known.get(&login.provider).is_some_and(|it| it == login.subject()));
    if !own && !known.is_empty() {
        return Err(not_authorized(
            "Logins don't match. Please include at least one valid login for this identity or identity pool.",
        ));
    }
    if other.is_some() {
        return Err(Fault::new(
            "ResourceConflictException",
            400,
            "A login is already linked to another identity.",
        ));
    }
    if logins.iter().any(|login| !known.contains_key(&login.provider)) {
        let (now, pool_id) = (world.now(), pool.id.clone());
        let pool = anywhere_mut(world, &call.region, &pool_id)?;
        let identity = pool.identities.get_mut(id).ok_or_else(|| unknown(id))?;
        identity.logins.extend(subjects(&logins));
        identity.modified = now;
    }
    Ok(logins)
}

fn shown(id: &str, identity: &Identity) -> Value {
    json!({
        "IdentityId": id,
        "Logins": identity.logins.keys().collect::<Vec<_>>(),
        "CreationDate": identity.created,
        "LastModifiedDate": identity.modified,
    })
}

/// DescribeIdentity.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let id = call.required("IdentityId");
    let identity = world
        .cognito_identity
        .get(&call.account)
        .and_then(|it| it.get(&call.region))
        .into_iter()
        .flat_map(|state| state.pools.values())
        .find_map(|pool| pool.identities.get(id))
        .ok_or_else(|| unknown(id))?;
    Ok(shown(id, identity).into())
}

/// ListIdentities: at most 60 a page.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let items = pool
        .identities
        .iter()
        .map(|(id, identity)| (id.as_str(), shown(id, identity)));
    let (taken, next) = page::page(items, page::size(call.int("MaxResults"), 60), call.text("NextToken"))?;
    let mut answer = json!({"IdentityPoolId": pool.id, "Identities": taken});
    if let Some(token) = next {
        answer["NextToken"] = json!(token);
    }
    Ok(answer.into())
}

/// DeleteIdentities: ids that are not there count as deleted.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let ids = call.input.get("IdentityIdsToDelete").and_then(Value::as_array);
    let state = world
        .cognito_identity
        .get_mut(&call.account)
        .and_then(|it| it.get_mut(&call.region));
    for pool in state.into_iter().flat_map(|state| state.pools.values_mut()) {
        for id in ids.into_iter().flatten().filter_map(Value::as_str) {
            pool.identities.remove(id);
        }
    }
    Ok(json!({"UnprocessedIdentityIds": []}).into())
}
