//! Identities: who came to a pool.
//!
//! The calls that an application makes are not signed, so the pool's id alone says whose it is.
//! What they refuse is here; no login is accepted yet, and no token or credentials are handed out.

use serde_json::{Value, json};

use super::{Identity, Pool, pool};
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::fault::{invalid, not_authorized, not_found};
use crate::services::cognito_idp::page;
use crate::world::World;

/// The pool of any account with this id.
fn anywhere<'w>(world: &'w mut World, region: &str, id: &str) -> Result<&'w mut Pool, Fault> {
    world
        .cognito_identity
        .values_mut()
        .filter_map(|regions| regions.get_mut(region))
        .find_map(|state| state.pools.get_mut(id))
        .ok_or_else(|| pool::unknown(id))
}

/// The pool of any account that has this identity.
fn pool_of<'w>(world: &'w World, call: &Call) -> Result<&'w Pool, Fault> {
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

/// Refuses logins: those of providers that the pool does not know, and, until the sandbox can check tokens,
/// all others as tokens that do not verify.
fn check_logins(pool: &Pool, call: &Call) -> Result<bool, Fault> {
    let Some(logins) = call.input.get("Logins").and_then(Value::as_object) else {
        return Ok(false);
    };
    let Some(name) = logins.keys().next() else {
        return Ok(false);
    };
    let listed = |member: &str, key: &str| {
        pool.settings
            .get(member)
            .and_then(Value::as_array)
            .is_some_and(|it| it.iter().any(|provider| provider[key] == *name))
    };
    let public = pool
        .settings
        .get("SupportedLoginProviders")
        .is_some_and(|it| it.get(name).is_some());
    if !public && !listed("CognitoIdentityProviders", "ProviderName") {
        return Err(not_authorized(
            "Token is not from a supported provider of this identity pool.",
        ));
    }
    Err(not_authorized(
        "Invalid login token. Not a valid OpenId Connect identity token.",
    ))
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

/// GetId: a guest gets a new identity each time.
pub(super) fn get_id(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let uuid = world.fresh_uuid();
    let now = world.now();
    let pool = anywhere(world, &call.region, call.required("IdentityPoolId"))?;
    if !check_logins(pool, call)? {
        check_guest(pool)?;
    }
    let id = format!("{}:{uuid}", call.region);
    pool.identities.insert(
        id.clone(),
        Identity {
            created: now,
            modified: now,
            ..Identity::default()
        },
    );
    Ok(json!({"IdentityId": id}).into())
}

/// GetOpenIdToken, the classic flow (reported live: aws/aws-cli#7652).
pub(super) fn get_open_id_token(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool_of(world, call)?;
    if pool.blocks_classic_flow() {
        return Err(invalid(
            "Basic (classic) flow is not enabled, please use enhanced flow.",
        ));
    }
    if !check_logins(pool, call)? {
        check_guest(pool)?;
    }
    Err(not_served())
}

/// GetCredentialsForIdentity, the enhanced flow.
pub(super) fn get_credentials(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool_of(world, call)?;
    if !check_logins(pool, call)? {
        check_guest(pool)?;
    }
    if !pool.roles.contains_key("unauthenticated") {
        return Err(Fault::new(
            "InvalidIdentityPoolConfigurationException",
            400,
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        ));
    }
    Err(not_served())
}

fn not_served() -> Fault {
    Fault::new(
        "NotImplemented",
        501,
        "the sandbox hands out no tokens of identity pools yet",
    )
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
