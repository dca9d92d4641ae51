//! Access keys of users. The secret is shown once, by the creating call.

use serde_json::{Value, json};

use super::state::AccessKey;
use super::{User, fault, page, user};
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::hidden::Hidden;
use crate::world::World;

/// How many access keys a user can have.
const MOST: usize = 2;

/// The user that an access key belongs to, and the key.
pub(crate) fn by_id<'a>(world: &'a World, id: &str) -> Option<(&'a User, &'a AccessKey)> {
    world
        .iam
        .values()
        .flat_map(|state| state.users.values())
        .find_map(|user| Some((user, user.keys.get(id)?)))
}

/// `CreateAccessKey`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    const KEY: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const SECRET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let user = user::find(world, call)?;
    if user.keys.len() >= MOST {
        return Err(fault::limit_exceeded(format!(
            "Cannot exceed quota for AccessKeysPerUser: {MOST}"
        )));
    }
    let id = format!("AKIA{}", world.fresh(KEY, 16));
    let secret = world.fresh(SECRET, 40);
    let key = AccessKey {
        secret: Hidden::new(secret.clone()),
        active: true,
        created: world.now(),
    };
    let user = user::find(world, call)?;
    let mut shown = shown(&user.name, &id, &key);
    shown["SecretAccessKey"] = json!(secret);
    user.keys.insert(id, key);
    Ok(json!({"AccessKey": shown}).into())
}

/// `ListAccessKeys`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let user = user::find(world, call)?;
    let items = user
        .keys
        .iter()
        .map(|(id, key)| (id.clone(), shown(&user.name, id, key)))
        .collect();
    page::page(call, "AccessKeyMetadata", items)
}

/// `UpdateAccessKey`.
pub(super) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let active = call.text("Status") == Some("Active");
    find(world, call)?.active = active;
    Ok(Answer::empty())
}

/// `DeleteAccessKey`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    find(world, call)?;
    user::find(world, call)?.keys.remove(call.required("AccessKeyId"));
    Ok(Answer::empty())
}

/// `GetAccessKeyLastUsed`: the sandbox does not keep when keys are used.
pub(super) fn last_used(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let id = call.required("AccessKeyId");
    let (user, _) = by_id(world, id).ok_or_else(|| {
        Fault::new(
            "AccessDenied",
            403,
            format!(
                "User: {} is not authorized to perform: iam:GetAccessKeyLastUsed",
                call.caller
            ),
        )
    })?;
    Ok(json!({"UserName": user.name, "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}).into())
}

fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut AccessKey, Fault> {
    let id = call.required("AccessKeyId");
    user::find(world, call)?
        .keys
        .get_mut(id)
        .ok_or_else(|| fault::no_such_entity(format!("The Access Key with id {id} cannot be found.")))
}

fn shown(user: &str, id: &str, key: &AccessKey) -> Value {
    json!({
        "UserName": user,
        "AccessKeyId": id,
        "Status": if key.active { "Active" } else { "Inactive" },
        "CreateDate": key.created,
    })
}
