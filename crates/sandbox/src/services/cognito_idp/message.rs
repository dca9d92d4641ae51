//! What a pool tells people: invitations and codes.
//!
//! The sandbox sends nothing. It keeps what AWS would have sent, so that a test can read an
//! invitation, or see that nobody was written to.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fault::invalid;
use super::hidden::Hidden;
use super::user::User;
use super::{Pool, json};
use crate::call::Fault;

/// A message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    /// When it was sent.
    pub(crate) at: f64,
    /// The username of the recipient.
    pub(crate) user: String,
    /// Why: `invitation`, `reset`, `verification`.
    pub(crate) purpose: String,
    /// `EMAIL` or `SMS`.
    pub(crate) medium: String,
    /// The address or number.
    pub(crate) destination: String,
    /// The subject of an e-mail.
    pub(crate) subject: String,
    /// The text, with the temporary password or code in it.
    pub(crate) text: Hidden,
}

/// Where an invitation goes: by SMS unless `DesiredDeliveryMediums` says otherwise (documentation of
/// AdminCreateUser). Refuses a medium for which the user has no address.
pub(crate) fn media<'a>(pool: &Pool, user: &'a User, asked: &[&str]) -> Result<Vec<(&'static str, &'a str)>, Fault> {
    let asked = if asked.is_empty() { &["SMS"] } else { asked };
    let mut media = Vec::new();
    for medium in asked {
        let (medium, attribute) = if *medium == "EMAIL" {
            ("EMAIL", "email")
        } else {
            ("SMS", "phone_number")
        };
        let Some(address) = user.attributes.get(attribute) else {
            return Err(invalid(format!(
                "User must have {attribute} to be invited by {medium}."
            )));
        };
        if medium == "SMS" && !pool.settings.contains_key("SmsConfiguration") {
            return Err(invalid("User pool does not have SMS configuration to send messages."));
        }
        media.push((medium, address.as_str()));
    }
    Ok(media)
}

/// The invitation of a user; `None` where AWS delivers nothing, because the template lacks the password's
/// place (documentation of AdminCreateUser).
pub(crate) fn invitation(
    pool: &Pool,
    user: &User,
    (medium, destination): (&str, &str),
    password: &str,
    at: f64,
) -> Option<Message> {
    let template: Map<String, Value> = pool
        .settings
        .get("AdminCreateUserConfig")
        .and_then(|it| it.get("InviteMessageTemplate"))
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let member = if medium == "EMAIL" {
        "EmailMessage"
    } else {
        "SMSMessage"
    };
    let text = json::text(&template, member).unwrap_or("Your username is {username} and temporary password is {####}.");
    if !text.contains("{####}") {
        return None;
    }
    let subject = json::text(&template, "EmailSubject").unwrap_or("Your temporary password");
    // In a pool with e-mail as username the message names the address and not the generated name.
    let name = user.sign_in_name.as_deref().unwrap_or(&user.username);
    Some(Message {
        at,
        user: user.username.clone(),
        purpose: "invitation".to_owned(),
        medium: medium.to_owned(),
        destination: destination.to_owned(),
        subject: if medium == "EMAIL" {
            subject.to_owned()
        } else {
            String::new()
        },
        text: Hidden::new(text.replace("{username}", name).replace("{####}", password)),
    })
}

/// A message with a code.
pub(crate) fn code(
    pool: &Pool,
    user: &str,
    purpose: &str,
    (medium, destination): (&str, &str),
    code: &str,
    at: f64,
) -> Message {
    let (member, fallback) = if medium == "EMAIL" {
        ("EmailVerificationMessage", "Your verification code is {####}.")
    } else {
        ("SmsVerificationMessage", "Your verification code is {####}.")
    };
    let text = json::text(&pool.settings, member).unwrap_or(fallback);
    let subject = json::text(&pool.settings, "EmailVerificationSubject").unwrap_or("Your verification code");
    Message {
        at,
        user: user.to_owned(),
        purpose: purpose.to_owned(),
        medium: medium.to_owned(),
        destination: destination.to_owned(),
        subject: if medium == "EMAIL" {
            subject.to_owned()
        } else {
            String::new()
        },
        text: Hidden::new(text.replace("{####}", code)),
    }
}
