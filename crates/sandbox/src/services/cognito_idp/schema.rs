//! The attributes of a pool's users.
//!
//! A pool always has 21 attributes, whatever was asked for: twenty standard claims and
//! `identities` (seen live: cdk-real-drift tests/corpus/AWS__Cognito__UserPool.PlainPool09E8D5A8).
//! Their constraints come back as text. Attributes can be added, never changed or removed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::fault::invalid;
use super::{Pool, json};
use crate::call::Fault;

/// The most custom attributes a pool can have (quota "custom attributes per user pool").
const MOST_CUSTOM: usize = 50;

/// What a standard claim's values look like.
#[derive(Clone, Copy)]
enum Form {
    Text(&'static str, &'static str),
    Bare,
    Boolean,
    Number,
}

/// The standard claims in the order in which AWS lists them.
const STANDARD: [(&str, Form); 21] = [
    ("profile", Form::Text("0", "2048")),
    ("address", Form::Text("0", "2048")),
    ("birthdate", Form::Text("10", "10")),
    ("gender", Form::Text("0", "2048")),
    ("preferred_username", Form::Text("0", "2048")),
    ("updated_at", Form::Number),
    ("website", Form::Text("0", "2048")),
    ("picture", Form::Text("0", "2048")),
    ("identities", Form::Bare),
    ("sub", Form::Text("1", "2048")),
    ("phone_number", Form::Text("0", "2048")),
    ("phone_number_verified", Form::Boolean),
    ("zoneinfo", Form::Text("0", "2048")),
    ("locale", Form::Text("0", "2048")),
    ("email", Form::Text("0", "2048")),
    ("email_verified", Form::Boolean),
    ("given_name", Form::Text("0", "2048")),
    ("family_name", Form::Text("0", "2048")),
    ("middle_name", Form::Text("0", "2048")),
    ("name", Form::Text("0", "2048")),
    ("nickname", Form::Text("0", "2048")),
];

/// The schema that AWS makes of the `Schema` of CreateUserPool.
pub(crate) fn complete(asked: Option<&Value>) -> Result<Vec<Value>, Fault> {
    let mut schema: Vec<Value> = STANDARD.iter().map(|(name, form)| standard(name, *form)).collect();
    let mut seen = Vec::new();
    let mut custom = Vec::new();
    for attribute in asked
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
    {
        let name = json::text(attribute, "Name").unwrap_or_default();
        if seen.contains(&name) {
            return Err(invalid(format!("{name}: Existing attribute already has name {name}.")));
        }
        seen.push(name);
        match schema.iter_mut().find(|it| it["Name"] == name) {
            Some(known) => ask_standard(known, attribute)?,
            None => custom.push(attribute.clone()),
        }
    }
    add(&mut schema, &custom)?;
    Ok(schema)
}

/// Adds custom attributes (AddCustomAttributes, and the custom part of CreateUserPool).
pub(crate) fn add(schema: &mut Vec<Value>, attributes: &[Map<String, Value>]) -> Result<(), Fault> {
    let mut next = schema.clone();
    for attribute in attributes {
        let made = custom(attribute)?;
        let name = made["Name"].as_str().unwrap_or_default();
        if next.iter().any(|it| it["Name"] == name) {
            return Err(invalid(format!("{name}: Existing attribute already has name {name}.")));
        }
        next.push(made);
    }
    if next.len() - STANDARD.len() > MOST_CUSTOM {
        return Err(invalid(format!(
            "A user pool can have at most {MOST_CUSTOM} custom attributes."
        )));
    }
    *schema = next;
    Ok(())
}

fn standard(name: &str, form: Form) -> Value {
    let mut attribute = json!({
        "Name": name,
        "DeveloperOnlyAttribute": false,
        "Mutable": name != "sub",
        "Required": name == "sub",
    });
    match form {
        Form::Text(least, most) => {
            attribute["AttributeDataType"] = json!("String");
            attribute["StringAttributeConstraints"] = json!({"MinLength": least, "MaxLength": most});
        }
        Form::Bare => {
            attribute["AttributeDataType"] = json!("String");
            attribute["StringAttributeConstraints"] = json!({});
        }
        Form::Boolean => attribute["AttributeDataType"] = json!("Boolean"),
        Form::Number => {
            attribute["AttributeDataType"] = json!("Number");
            attribute["NumberAttributeConstraints"] = json!({"MinValue": "0"});
        }
    }
    attribute
}

/// Applies what CreateUserPool asks of a standard claim. The type may be left out, and cannot differ
/// (seen live: cdk-real-drift corpus userpool_rich).
fn ask_standard(known: &mut Value, asked: &Map<String, Value>) -> Result<(), Fault> {
    let name = known["Name"].as_str().unwrap_or_default().to_owned();
    if let Some(kind) = json::text(asked, "AttributeDataType")
        && known["AttributeDataType"] != kind
    {
        return Err(invalid(format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {name}"
        )));
    }
    if json::flag(asked, "DeveloperOnlyAttribute") == Some(true) {
        return Err(invalid(format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {name}"
        )));
    }
    if name == "sub" {
        return Ok(());
    }
    for member in ["Mutable", "Required"] {
        if let Some(value) = asked.get(member) {
            known[member] = value.clone();
        }
    }
    for member in ["StringAttributeConstraints", "NumberAttributeConstraints"] {
        let sent = json::members(asked, member);
        if sent.is_empty() {
            continue;
        }
        check_constraints(&name, &sent)?;
        if let Some(constraints) = known.get_mut(member).and_then(Value::as_object_mut) {
            constraints.extend(sent);
        }
    }
    Ok(())
}

fn custom(asked: &Map<String, Value>) -> Result<Value, Fault> {
    let name = json::text(asked, "Name").unwrap_or_default();
    let Some(kind) = json::text(asked, "AttributeDataType") else {
        return Err(invalid(
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        ));
    };
    if json::flag(asked, "Required") == Some(true) {
        return Err(invalid("Required custom attributes are not supported currently."));
    }
    // A developer-only attribute shows by its prefix; the flag reads back false (seen live: corpus MinimalPool).
    let prefix = if json::flag(asked, "DeveloperOnlyAttribute") == Some(true) {
        "dev"
    } else {
        "custom"
    };
    let mut attribute = json!({
        "Name": format!("{prefix}:{name}"),
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": false,
        "Mutable": json::flag(asked, "Mutable").unwrap_or(true),
        "Required": false,
    });
    let member = match kind {
        "String" => "StringAttributeConstraints",
        "Number" => "NumberAttributeConstraints",
        _ => return Ok(attribute),
    };
    let constraints = json::members(asked, member);
    check_constraints(name, &constraints)?;
    attribute[member] = Value::Object(constraints);
    Ok(attribute)
}

fn check_constraints(name: &str, constraints: &Map<String, Value>) -> Result<(), Fault> {
    let mut bounds = Vec::new();
    for (member, value) in constraints {
        let number: Option<f64> = value.as_str().and_then(|it| it.parse().ok());
        let Some(number) = number else {
            return Err(invalid(format!("Invalid {member} for attribute {name}.")));
        };
        if member.ends_with("Length") && !(0.0..=2048.0).contains(&number) {
            return Err(invalid(format!(
                "{member} of attribute {name} must be between 0 and 2048."
            )));
        }
        bounds.push((member.starts_with("Min"), number));
    }
    let least = bounds.iter().find(|(is_min, _)| *is_min);
    let most = bounds.iter().find(|(is_min, _)| !*is_min);
    if let (Some((_, least)), Some((_, most))) = (least, most)
        && least > most
    {
        return Err(invalid(format!(
            "The minimum of attribute {name} is above its maximum."
        )));
    }
    Ok(())
}

/// The attribute of this full name.
pub(crate) fn find<'p>(pool: &'p Pool, name: &str) -> Option<&'p Map<String, Value>> {
    pool.schema
        .iter()
        .filter_map(Value::as_object)
        .find(|it| json::text(it, "Name") == Some(name))
}

/// The names of the attributes that every user must have, `sub` apart.
pub(crate) fn required(pool: &Pool) -> Vec<String> {
    pool.schema
        .iter()
        .filter_map(Value::as_object)
        .filter(|it| json::flag(it, "Required") == Some(true))
        .filter_map(|it| json::text(it, "Name"))
        .filter(|name| *name != "sub")
        .map(str::to_owned)
        .collect()
}

/// Checks the attributes that a call wants to give to a user.
pub(crate) fn check_values(pool: &Pool, values: &BTreeMap<String, String>) -> Result<(), Fault> {
    for (name, value) in values {
        let Some(attribute) = find(pool, name) else {
            return Err(invalid(format!(
                "Attributes did not conform to the schema: Type for attribute {{{name}}} could not be determined"
            )));
        };
        if name == "sub" || name == "identities" {
            return Err(invalid(format!("user.{name}: Attribute cannot be updated.\n")));
        }
        // An empty value deletes (AdminUpdateUserAttributes); the caller sees to it.
        if !value.is_empty() {
            check_value(name, attribute, value)?;
        }
    }
    Ok(())
}

fn check_value(name: &str, attribute: &Map<String, Value>, value: &str) -> Result<(), Fault> {
    let refuse = |why: String| {
        Err(invalid(format!(
            "Attributes did not conform to the schema: {name}: {why}\n"
        )))
    };
    match name {
        "email" if !is_email(value) => return Err(invalid("Invalid email address format.")),
        "phone_number" if !is_phone(value) => return Err(invalid("Invalid phone number format.")),
        _ => {}
    }
    match json::text(attribute, "AttributeDataType").unwrap_or_default() {
        "String" => {
            let constraints = json::members(attribute, "StringAttributeConstraints");
            let length = value.chars().count();
            let bound = |member| json::text(&constraints, member).and_then(|it| it.parse::<usize>().ok());
            if bound("MinLength").is_some_and(|least| length < least) {
                return refuse(format!(
                    "String must be at least {} characters long",
                    bound("MinLength").unwrap_or_default()
                ));
            }
            if bound("MaxLength").is_some_and(|most| length > most) {
                return refuse(format!(
                    "String must be no longer than {} characters",
                    bound("MaxLength").unwrap_or_default()
                ));
            }
        }
        "Number" => {
            let Ok(number) = value.parse::<i64>() else {
                return refuse("Number could not be parsed".to_owned());
            };
            let constraints = json::members(attribute, "NumberAttributeConstraints");
            let bound = |member| json::text(&constraints, member).and_then(|it| it.parse::<i64>().ok());
            if bound("MinValue").is_some_and(|least| number < least) {
                return refuse("Number is below its minimum".to_owned());
            }
            if bound("MaxValue").is_some_and(|most| number > most) {
                return refuse("Number is above its maximum".to_owned());
            }
        }
        "Boolean" if !matches!(value.to_ascii_lowercase().as_str(), "true" | "false") => {
            return refuse("Boolean could not be parsed".to_owned());
        }
        _ => {}
    }
    Ok(())
}

/// Whether a text has the form of an e-mail address.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && !local.contains('@')
        && !text.chars().any(char::is_whitespace)
        && domain.split('.').count() > 1
        && domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

/// Whether a text is a phone number in E.164 form.
pub(crate) fn is_phone(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| (1..=15).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit()))
}
