//! What a signed-in person sees and changes of their own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::access::{self, Holder};
use super::{claims, first};
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::client::Client;
use crate::services::cognito_idp::fault::not_authorized;
use crate::services::cognito_idp::srp::PasswordHash;
use crate::services::cognito_idp::{Pool, client, json, mfa, password, user, user_attributes};
use crate::world::World;

fn client_of<'p>(pool: &'p Pool, holder: &Holder) -> Result<&'p Client, Fault> {
    pool.clients
        .get(&holder.client)
        .ok_or_else(|| client::unknown(&holder.client))
}

/// GetUser: the attributes that the client may read.
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let holder = access::caller(world, call)?;
    let pool = holder.place.pool(world)?;
    let user = user::find(pool, &holder.user)?;
    let readable = claims::readable(client_of(pool, &holder)?, user, &[]);
    let mut shown: BTreeMap<String, String> = user.attributes.clone();
    shown.retain(|name, _| readable.contains_key(name));
    let mut answer = json!({"Username": user.username, "UserAttributes": user::attributes(&shown)});
    if !user.mfa.is_empty() {
        answer["UserMFASettingList"] = json!(user.mfa);
    }
    if let Some(preferred) = &user.preferred_mfa {
        answer["PreferredMfaSetting"] = json!(preferred);
    }
    Ok(answer.into())
}

/// ChangePassword: wrong previous ones count as tries to sign in.
pub(crate) fn change_password(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let holder = access::caller(world, call)?;
    let previous = call.text("PreviousPassword").unwrap_or_default();
    let proposed = call.required("ProposedPassword");
    first::check(world, &holder.place, &holder.client, &holder.user, previous)?;
    password::check(holder.place.pool(world)?, proposed)?;
    let salt = password::salt(world);
    let now = world.now();
    let hash = PasswordHash::new(salt, &holder.place.id, &holder.user, proposed);
    let user = user::find_mut(holder.place.pool_mut(world)?, &holder.user)?;
    user.password_hash = Some(hash);
    user.modified = now;
    Ok(Answer::empty())
}

/// SetUserMFAPreference.
pub(crate) fn set_preference(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let holder = access::caller(world, call)?;
    let now = world.now();
    mfa::prefer(holder.place.pool_mut(world)?, &holder.user, &call.input, now)?;
    Ok(Answer::empty())
}

/// UpdateUserAttributes: what the client may write.
pub(crate) fn update_attributes(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let holder = access::caller(world, call)?;
    let code = world.fresh("0123456789", 6);
    let now = world.now();
    let pool = holder.place.pool_mut(world)?;
    let sent = user::sent_attributes(&call.input);
    check_writable(client_of(pool, &holder)?, &sent)?;
    user_attributes::change(pool, &holder.user, sent, &code, now)?;
    Ok(json!({"CodeDeliveryDetailsList": []}).into())
}

/// Refuses attributes that a client may not write. One that names none may write the standard ones, but nobody says of
/// their own address that it is verified (documentation of WriteAttributes).
pub(super) fn check_writable(client: &Client, sent: &BTreeMap<String, String>) -> Result<(), Fault> {
    let listed = json::texts(&client.settings, "WriteAttributes");
    let may = |name: &str| {
        if listed.is_empty() {
            !name.contains(':') && !name.ends_with("_verified")
        } else {
            listed.contains(&name)
        }
    };
    if sent.keys().all(|name| may(name)) {
        Ok(())
    } else {
        Err(not_authorized("A client attempted to write unauthorized attribute"))
    }
}

/// The answer of `/oauth2/userInfo`: attributes as texts, flags too (developer guide, "userInfo endpoint").
pub(crate) fn user_info(pool: &Pool, holder: &Holder) -> Result<Value, Fault> {
    let user = user::find(pool, &holder.user)?;
    let readable = claims::readable(client_of(pool, holder)?, user, &holder.scopes);
    let mut shown: Map<String, Value> = readable
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Bool(flag) => json!(flag.to_string()),
                Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => value,
            };
            (name, value)
        })
        .collect();
    shown.insert("username".to_owned(), json!(user.username));
    Ok(Value::Object(shown))
}
