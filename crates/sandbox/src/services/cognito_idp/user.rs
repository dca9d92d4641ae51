//! Users, as an administrator makes and unmakes them.
//!
//! In a pool with e-mail as username, the username that is read back is not the one that was
//! sent: it is the `sub` (hashicorp/terraform-provider-aws#38176). In a pool without case,
//! usernames are kept in lower case here; AWS was not measured, so nobody should rely on either form.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fault::invalid;
use super::hidden::Hidden;
use super::sign_in::first::Attempts;
use super::sign_in::grant::Grant;
use super::sign_in::refresh;
use super::srp::PasswordHash;
use super::{Pool, json, message, password, pool, schema};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// A user.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct User {
    /// The username as AWS reads it back.
    pub(crate) username: String,
    /// The address or number that was given as the username, where that is not the username.
    pub(crate) sign_in_name: Option<String>,
    /// The attributes, `sub` among them.
    pub(crate) attributes: BTreeMap<String, String>,
    /// When it was made.
    pub(crate) created: f64,
    /// When it was last written.
    pub(crate) modified: f64,
    /// Whether it can sign in.
    pub(crate) enabled: bool,
    /// `UserStatus`.
    pub(crate) status: String,
    /// The password, as its hash.
    pub(crate) password_hash: Option<PasswordHash>,
    /// Since when the password is a temporary one, which runs out.
    pub(crate) temporary_since: Option<f64>,
    /// The groups the user is in.
    pub(crate) groups: BTreeSet<String>,
    /// `UserMFASettingList`.
    pub(crate) mfa: BTreeSet<String>,
    /// `PreferredMfaSetting`.
    pub(crate) preferred_mfa: Option<String>,
    /// The verified secret of an authenticator app.
    pub(crate) totp: Option<Hidden>,
    /// The secret of an authenticator app that has not shown a code yet.
    pub(crate) totp_offered: Option<Hidden>,
    /// The last step of an authenticator app whose code was used.
    pub(crate) totp_step: Option<u64>,
    /// Wrong passwords in a row.
    pub(crate) attempts: Attempts,
    /// Refresh tokens, by their hashes.
    pub(crate) grants: BTreeMap<String, Grant>,
    /// The last code that was sent.
    pub(crate) code: Option<Hidden>,
    /// Values that wait for the verification of their address.
    pub(crate) unverified: BTreeMap<String, String>,
    /// Tokens issued before this moment are revoked.
    pub(crate) signed_out: Option<f64>,
}

impl User {
    /// The members that lists and AdminCreateUser show.
    pub(super) fn shown(&self) -> Value {
        json!({
            "Username": self.username,
            "Attributes": attributes(&self.attributes),
            "UserCreateDate": self.created,
            "UserLastModifiedDate": self.modified,
            "Enabled": self.enabled,
            "UserStatus": self.status,
        })
    }
}

/// Attributes as AWS lists them.
pub(super) fn attributes(attributes: &BTreeMap<String, String>) -> Value {
    attributes
        .iter()
        .map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect()
}

/// The attributes that a call sends.
pub(super) fn sent_attributes(input: &Map<String, Value>) -> BTreeMap<String, String> {
    input
        .get("UserAttributes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .filter_map(|it| {
            Some((
                json::text(it, "Name")?.to_owned(),
                json::text(it, "Value").unwrap_or_default().to_owned(),
            ))
        })
        .collect()
}

/// Makes two names comparable in a pool.
pub(super) fn folded(pool: &Pool, name: &str) -> String {
    if pool.case_sensitive() {
        name.to_owned()
    } else {
        name.to_lowercase()
    }
}

/// The key of the user whom a name means: a username, or where the pool allows it an e-mail address, a
/// number or another alias (documentation of AdminGetUser).
pub(crate) fn key(pool: &Pool, name: &str) -> Option<String> {
    let wanted = folded(pool, name);
    if pool.users.contains_key(&wanted) {
        return Some(wanted);
    }
    let aliases = json::texts(&pool.settings, "AliasAttributes");
    let names = json::texts(&pool.settings, "UsernameAttributes");
    let means = |user: &User, attribute: &str| {
        user.attributes
            .get(attribute)
            .is_some_and(|value| folded(pool, value) == wanted)
    };
    pool.users
        .values()
        .find(|user| {
            names.iter().any(|attribute| means(user, attribute))
                || aliases
                    .iter()
                    .any(|attribute| means(user, attribute) && alias_counts(user, attribute))
        })
        .map(|user| user.username.clone())
}

/// An address is an alias once it is verified; a preferred username always.
fn alias_counts(user: &User, attribute: &str) -> bool {
    attribute == "preferred_username"
        || user
            .attributes
            .get(&format!("{attribute}_verified"))
            .is_some_and(|it| it == "true")
}

/// The user whom a name means.
pub(crate) fn find<'p>(pool: &'p Pool, name: &str) -> Result<&'p User, Fault> {
    key(pool, name).and_then(|key| pool.users.get(&key)).ok_or_else(unknown)
}

/// The user whom a name means, to write to it.
pub(crate) fn find_mut<'p>(pool: &'p mut Pool, name: &str) -> Result<&'p mut User, Fault> {
    key(pool, name)
        .and_then(|key| pool.users.get_mut(&key))
        .ok_or_else(unknown)
}

/// The refusal of a name that nobody has.
pub(crate) fn unknown() -> Fault {
    Fault::new("UserNotFoundException", 400, "User does not exist.")
}

/// What a new user is called, and the attribute that its username fills.
pub(super) struct Naming {
    /// The username that is read back.
    pub(super) username: String,
    /// The sign-in name, where that differs.
    pub(super) sign_in_name: Option<String>,
}

/// Names a new user, and fills the attribute that its username is.
pub(super) fn name_new(
    pool: &Pool,
    sent: &str,
    sub: &str,
    attributes: &mut BTreeMap<String, String>,
) -> Result<Naming, Fault> {
    let names = json::texts(&pool.settings, "UsernameAttributes");
    if names.is_empty() {
        let aliases = json::texts(&pool.settings, "AliasAttributes");
        if aliases.contains(&"email") && schema::is_email(sent) {
            return Err(invalid(
                "Username cannot be of email format, since user pool is configured for email alias.",
            ));
        }
        if aliases.contains(&"phone_number") && schema::is_phone(sent) {
            return Err(invalid(
                "Username cannot be of phone number format, since user pool is configured for phone number alias.",
            ));
        }
        let username = folded(pool, sent);
        if pool.users.contains_key(&username) {
            return Err(exists("User account already exists"));
        }
        return Ok(Naming {
            username,
            sign_in_name: None,
        });
    }
    let attribute = if names.contains(&"email") && schema::is_email(sent) {
        "email"
    } else if names.contains(&"phone_number") && schema::is_phone(sent) {
        "phone_number"
    } else {
        return Err(invalid(match names.as_slice() {
            ["email"] => "Username should be an email.",
            ["phone_number"] => "Username should be a phone number.",
            _ => "Username should be either an email or a phone number.",
        }));
    };
    if attributes
        .get(attribute)
        .is_some_and(|value| folded(pool, value) != folded(pool, sent))
    {
        return Err(invalid(format!("The username and the attribute {attribute} differ.")));
    }
    attributes
        .entry(attribute.to_owned())
        .or_insert_with(|| sent.to_owned());
    for attribute in names {
        if attributes
            .get(attribute)
            .is_some_and(|value| key(pool, value).is_some())
        {
            return Err(exists(&format!(
                "An account with the given {attribute} already exists."
            )));
        }
    }
    Ok(Naming {
        username: sub.to_owned(),
        sign_in_name: Some(sent.to_owned()),
    })
}

fn exists(message: &str) -> Fault {
    Fault::new("UsernameExistsException", 400, message)
}

/// AdminCreateUser.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    match call.text("MessageAction") {
        Some("RESEND") => resend(world, call),
        action => invite(world, call, action == Some("SUPPRESS")),
    }
}

fn invite(world: &mut World, call: &Call, silent: bool) -> Result<Answer, Fault> {
    let least = password::least(pool::find(world, call)?);
    let generated = password::fresh(world, least);
    let salt = password::salt(world);
    let sub = world.fresh_uuid();
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    // A required attribute can be given at the first sign-in instead (documentation of UserAttributes).
    let mut attributes = sent_attributes(&call.input);
    attributes.retain(|_, value| !value.is_empty());
    schema::check_values(pool, &attributes)?;
    check_verified_flags(&attributes, &attributes)?;
    let naming = name_new(pool, call.required("Username"), &sub, &mut attributes)?;
    let password = match call.text("TemporaryPassword").filter(|it| !it.is_empty()) {
        Some(text) => {
            password::check(pool, text)?;
            Hidden::new(text)
        }
        None => generated,
    };
    let loser = alias_loser(pool, &attributes, call.flag("ForceAliasCreation") == Some(true))?;
    attributes.insert("sub".to_owned(), sub);
    let hash = PasswordHash::new(salt, &pool.id, &naming.username, password.reveal());
    let user = User {
        username: naming.username,
        sign_in_name: naming.sign_in_name,
        attributes,
        created: now,
        modified: now,
        enabled: true,
        status: "FORCE_CHANGE_PASSWORD".to_owned(),
        password_hash: Some(hash),
        temporary_since: Some(now),
        ..User::default()
    };
    if !silent {
        send_invitation(pool, call, &user, password.reveal(), now)?;
    }
    for (name, attribute) in loser {
        if let Some(user) = pool.users.get_mut(&name) {
            user.attributes
                .insert(format!("{attribute}_verified"), "false".to_owned());
        }
    }
    let answer = json!({"User": user.shown()});
    pool.users.insert(user.username.clone(), user);
    Ok(answer.into())
}

/// RESEND: for users who never signed in; it starts the temporary password's time anew (documentation).
fn resend(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let least = password::least(pool::find(world, call)?);
    let generated = password::fresh(world, least);
    let salt = password::salt(world);
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let mut user = find(pool, call.required("Username"))?.clone();
    if user.status != "FORCE_CHANGE_PASSWORD" {
        return Err(Fault::new(
            "UnsupportedUserStateException",
            400,
            format!(
                "Resend not possible. {} status is not FORCE_CHANGE_PASSWORD",
                user.username
            ),
        ));
    }
    let password = match call.text("TemporaryPassword").filter(|it| !it.is_empty()) {
        Some(text) => {
            password::check(pool, text)?;
            Hidden::new(text)
        }
        None => generated,
    };
    user.password_hash = Some(PasswordHash::new(salt, &pool.id, &user.username, password.reveal()));
    user.temporary_since = Some(now);
    user.modified = now;
    send_invitation(pool, call, &user, password.reveal(), now)?;
    let answer = json!({"User": user.shown()});
    pool.users.insert(user.username.clone(), user);
    Ok(answer.into())
}

fn send_invitation(pool: &mut Pool, call: &Call, user: &User, password: &str, now: f64) -> Result<(), Fault> {
    let asked = json::texts(&call.input, "DesiredDeliveryMediums");
    let messages: Vec<message::Message> = message::media(pool, user, &asked)?
        .into_iter()
        .filter_map(|target| message::invitation(pool, user, target, password, now))
        .collect();
    messages.into_iter().for_each(|message| pool.sent(message));
    Ok(())
}

/// A verified flag needs the address that it speaks of.
pub(super) fn check_verified_flags(
    sent: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Result<(), Fault> {
    if sent.contains_key("email_verified") && !after.contains_key("email") {
        return Err(invalid("Email is required to verify/un-verify an email"));
    }
    if sent.contains_key("phone_number_verified") && !after.contains_key("phone_number") {
        return Err(invalid("Phone Number is required to verify/un-verify a phone number"));
    }
    Ok(())
}

/// Who loses a verified alias to a new user: nobody, unless ForceAliasCreation says so (documentation).
fn alias_loser(
    pool: &Pool,
    attributes: &BTreeMap<String, String>,
    force: bool,
) -> Result<Vec<(String, &'static str)>, Fault> {
    let aliases = json::texts(&pool.settings, "AliasAttributes");
    let mut losers = Vec::new();
    for attribute in ["email", "phone_number"] {
        let verified = attributes
            .get(&format!("{attribute}_verified"))
            .is_some_and(|it| it == "true");
        let Some(value) = attributes.get(attribute) else {
            continue;
        };
        if !aliases.contains(&attribute) || !verified {
            continue;
        }
        if let Some(holder) = key(pool, value) {
            if !force {
                return Err(Fault::new(
                    "AliasExistsException",
                    400,
                    format!("An account with the {attribute} already exists."),
                ));
            }
            losers.push((holder, attribute));
        }
    }
    Ok(losers)
}

/// AdminGetUser.
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let user = find(pool::find(world, call)?, call.required("Username"))?;
    let mut answer = json!({
        "Username": user.username,
        "UserAttributes": attributes(&user.attributes),
        "UserCreateDate": user.created,
        "UserLastModifiedDate": user.modified,
        "Enabled": user.enabled,
        "UserStatus": user.status,
    });
    if !user.mfa.is_empty() {
        answer["UserMFASettingList"] = json!(user.mfa);
    }
    if let Some(preferred) = &user.preferred_mfa {
        answer["PreferredMfaSetting"] = json!(preferred);
    }
    Ok(answer.into())
}

/// AdminDeleteUser.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let key = key(pool, call.required("Username")).ok_or_else(unknown)?;
    refresh::everywhere(pool, &key, now);
    pool.users.remove(&key);
    Ok(Answer::empty())
}

/// AdminEnableUser.
pub(crate) fn enable(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    set_enabled(world, call, true)
}

/// AdminDisableUser: stops new tokens and revokes access tokens; AWS credentials live on.
pub(crate) fn disable(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    set_enabled(world, call, false)
}

fn set_enabled(world: &mut World, call: &Call, enabled: bool) -> Result<Answer, Fault> {
    let now = world.now();
    let user = find_mut(pool::find_mut(world, call)?, call.required("Username"))?;
    user.enabled = enabled;
    if !enabled {
        user.signed_out = Some(now);
    }
    user.modified = now;
    Ok(Answer::empty())
}

/// AdminUserGlobalSignOut.
pub(crate) fn sign_out(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let key = key(pool, call.required("Username")).ok_or_else(unknown)?;
    refresh::everywhere(pool, &key, now);
    Ok(Answer::empty())
}
