//! Further secrets of a client: at most two at a time, so that one can be rotated without a gap.

use serde_json::{Value, json};

use super::client::{self, Secret};
use super::fault::{invalid, limit, not_found};
use super::hidden::Hidden;
use super::pool;
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// AddUserPoolClientSecret: for confidential clients only. The value is answered once, and only when
/// Cognito made it (documentation).
pub(crate) fn add(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let generated = client::fresh_secret(world);
    let now = world.now();
    let client = client::find_mut(pool::find_mut(world, call)?, call)?;
    if client.secrets.is_empty() {
        return Err(invalid("Client secrets can be added to confidential app clients only."));
    }
    if client.secrets.len() >= 2 {
        return Err(limit("An app client can have at most 2 active secrets."));
    }
    let given = call.text("ClientSecret");
    let value = given.map_or(generated, Hidden::new);
    // Two of one second must not share an id.
    let mut second = now;
    let mut id = client::secret_id(&client.id, second);
    while client.secrets.iter().any(|it| it.id == id) {
        second += 1.0;
        id = client::secret_id(&client.id, second);
    }
    let mut descriptor = json!({"ClientSecretId": id, "ClientSecretCreateDate": now});
    if given.is_none() {
        descriptor["ClientSecretValue"] = json!(value.reveal());
    }
    client.secrets.push(Secret {
        id,
        value,
        created: now,
    });
    client.shows_secret = false;
    client.modified = now;
    Ok(json!({"ClientSecretDescriptor": descriptor}).into())
}

/// ListUserPoolClientSecrets: ids and dates, never the value; no pages (documentation).
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let client = client::find_mut(pool::find_mut(world, call)?, call)?;
    let secrets: Vec<Value> = client
        .secrets
        .iter()
        .map(|it| json!({"ClientSecretId": it.id, "ClientSecretCreateDate": it.created}))
        .collect();
    Ok(json!({"ClientSecrets": secrets}).into())
}

/// DeleteUserPoolClientSecret: the last one cannot go (documentation).
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let client = client::find_mut(pool::find_mut(world, call)?, call)?;
    let id = call.required("ClientSecretId");
    if !client.secrets.iter().any(|it| it.id == id) {
        return Err(not_found(format!("Client secret {id} does not exist.")));
    }
    if client.secrets.len() == 1 {
        return Err(invalid("You cannot delete the last remaining secret of an app client."));
    }
    client.secrets.retain(|it| it.id != id);
    client.modified = now;
    Ok(Answer::empty())
}
