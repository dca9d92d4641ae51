//! Attributes of a user, as an administrator changes them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fault::invalid;
use super::{Pool, json, message, pool, schema, user};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The attributes that are addresses, with the medium that reaches them.
const ADDRESSES: [(&str, &str); 2] = [("email", "EMAIL"), ("phone_number", "SMS")];

/// AdminUpdateUserAttributes. An empty value deletes. A new address that is not verified in the same call
/// loses its verification, and where the pool asks for it does not even change before its owner confirms
/// (documentation of UserAttributeUpdateSettings).
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let code = world.fresh("0123456789", 6);
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let sent = user::sent_attributes(&call.input);
    change(pool, call.required("Username"), sent, &code, now)?;
    Ok(Answer::empty())
}

/// Changes attributes of a user; `code` goes to an address that must be confirmed first.
pub(super) fn change(
    pool: &mut Pool,
    username: &str,
    mut sent: BTreeMap<String, String>,
    code: &str,
    now: f64,
) -> Result<(), Fault> {
    let live = user::find(pool, username)?.clone();
    schema::check_values(pool, &sent)?;
    for (name, value) in &sent {
        check_mutable(pool, name)?;
        if value.is_empty() {
            check_deletable(pool, name)?;
        }
    }
    check_taken(pool, &live, &sent)?;
    let held = held_back(pool, &live, &sent);
    let mut after = live.attributes.clone();
    for (attribute, _) in ADDRESSES {
        let flag = format!("{attribute}_verified");
        let changes = sent
            .get(attribute)
            .is_some_and(|value| live.attributes.get(attribute) != Some(value));
        if changes && !held.contains_key(attribute) && !sent.contains_key(&flag) && after.contains_key(&flag) {
            after.insert(flag, "false".to_owned());
        }
    }
    for name in held.keys() {
        sent.remove(name);
    }
    for (name, value) in &sent {
        if value.is_empty() {
            after.remove(name);
            after.remove(&format!("{name}_verified"));
        } else {
            after.insert(name.clone(), value.clone());
        }
    }
    user::check_verified_flags(&sent, &after)?;
    let mut messages = Vec::new();
    for (attribute, medium) in ADDRESSES {
        if let Some(value) = held.get(attribute) {
            messages.push(message::code(
                pool,
                &live.username,
                "verification",
                (medium, value),
                code,
                now,
            ));
        }
    }
    messages.into_iter().for_each(|message| pool.sent(message));
    let user = user::find_mut(pool, username)?;
    user.attributes = after;
    if !held.is_empty() {
        user.code = Some(super::hidden::Hidden::new(code));
    }
    user.unverified.extend(held);
    user.modified = now;
    Ok(())
}

/// The new addresses that wait for their owner's confirmation.
fn held_back(pool: &Pool, live: &user::User, sent: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let before = pool
        .settings
        .get("UserAttributeUpdateSettings")
        .and_then(|it| it.get("AttributesRequireVerificationBeforeUpdate"))
        .map(json::texts_of)
        .unwrap_or_default();
    ADDRESSES
        .iter()
        .filter(|(attribute, _)| before.contains(attribute))
        .filter_map(|(attribute, _)| {
            let value = sent.get(*attribute)?;
            let verified = sent
                .get(&format!("{attribute}_verified"))
                .is_some_and(|it| it.eq_ignore_ascii_case("true"));
            let changes = live.attributes.get(*attribute) != Some(value);
            (changes && !verified && !value.is_empty()).then(|| ((*attribute).to_owned(), value.clone()))
        })
        .collect()
}

/// An address that is a username, or a verified alias, belongs to one user.
fn check_taken(pool: &Pool, live: &user::User, sent: &BTreeMap<String, String>) -> Result<(), Fault> {
    let names = json::texts(&pool.settings, "UsernameAttributes");
    let aliases = json::texts(&pool.settings, "AliasAttributes");
    for attribute in ["email", "phone_number", "preferred_username"] {
        let Some(value) = sent.get(attribute).filter(|it| !it.is_empty()) else {
            continue;
        };
        let verified = attribute == "preferred_username"
            || sent
                .get(&format!("{attribute}_verified"))
                .is_some_and(|it| it == "true");
        let unique = names.contains(&attribute) || (aliases.contains(&attribute) && verified);
        if unique && user::key(pool, value).is_some_and(|key| key != live.username) {
            return Err(Fault::new(
                "AliasExistsException",
                400,
                format!("An account with the given {attribute} already exists."),
            ));
        }
    }
    Ok(())
}

fn check_mutable(pool: &Pool, name: &str) -> Result<(), Fault> {
    let mutable = schema::find(pool, name).and_then(|it| json::flag(it, "Mutable"));
    if mutable == Some(false) {
        return Err(invalid(format!("user.{name}: Attribute cannot be updated.\n")));
    }
    Ok(())
}

fn check_deletable(pool: &Pool, name: &str) -> Result<(), Fault> {
    let names_user = json::texts(&pool.settings, "UsernameAttributes").contains(&name);
    if names_user || schema::required(pool).iter().any(|it| it == name) {
        return Err(invalid(format!(
            "Attributes did not conform to the schema: {name}: The attribute is required\n"
        )));
    }
    Ok(())
}

/// AdminDeleteUserAttributes: required, immutable and unknown ones are refused, absent ones are no error.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    user::find(pool, call.required("Username"))?;
    let names: Vec<String> = call
        .input
        .get("UserAttributeNames")
        .map(|it: &Value| json::texts_of(it).into_iter().map(str::to_owned).collect())
        .unwrap_or_default();
    let nothing: BTreeMap<String, String> = names.iter().map(|name| (name.clone(), String::new())).collect();
    schema::check_values(pool, &nothing)?;
    for name in &names {
        check_mutable(pool, name)?;
        check_deletable(pool, name)?;
    }
    let user = user::find_mut(pool, call.required("Username"))?;
    for name in &names {
        user.attributes.remove(name);
        user.attributes.remove(&format!("{name}_verified"));
    }
    user.modified = now;
    Ok(Answer::empty())
}
