//! ListUsers: pages of at most 60, with a filter of one condition.

use serde_json::{Value, json};

use super::fault::invalid;
use super::user::{self, User};
use super::{Pool, json, page, pool, schema};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// What can be searched for; custom attributes cannot (documentation of ListUsers `Filter`).
const SEARCHABLE: [&str; 10] = [
    "cognito:user_status",
    "email",
    "family_name",
    "given_name",
    "name",
    "phone_number",
    "preferred_username",
    "status",
    "sub",
    "username",
];

/// ListUsers.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let filter = call.text("Filter").filter(|it| !it.is_empty()).map(parse).transpose()?;
    let wanted = call.input.get("AttributesToGet").map(json::texts_of);
    for name in wanted.iter().flatten() {
        if schema::find(pool, name).is_none() {
            return Err(invalid("One or more requested attributes do not exist."));
        }
    }
    let items = pool
        .users
        .iter()
        .filter(|(_, user)| filter.as_ref().is_none_or(|it| it.matches(user)))
        .map(|(name, user)| (name.as_str(), user));
    let (taken, next) = page::page(items, page::size(call.int("Limit"), 60), call.text("PaginationToken"))?;
    let mut users = Vec::new();
    for user in taken {
        users.push(shown(pool, user, wanted.as_deref())?);
    }
    let mut answer = json!({"Users": users});
    if let Some(token) = next {
        answer["PaginationToken"] = json!(token);
    }
    Ok(answer.into())
}

/// A user with the attributes that were asked for. AWS answers with an error where a user of the page lacks
/// one of them (documentation of `AttributesToGet`), so a list must not ask for what a stranger may lack.
fn shown(pool: &Pool, user: &User, wanted: Option<&[&str]>) -> Result<Value, Fault> {
    let mut shown = user.shown();
    let Some(wanted) = wanted else { return Ok(shown) };
    let mut kept = user.attributes.clone();
    for name in wanted {
        if !kept.contains_key(*name) {
            return Err(invalid(format!(
                "The attribute {name} has no value for every user of {}.",
                pool.id
            )));
        }
    }
    kept.retain(|name, _| wanted.contains(&name.as_str()));
    shown["Attributes"] = user::attributes(&kept);
    Ok(shown)
}

/// One condition: equal to, or beginning with.
struct Filter {
    attribute: String,
    prefix: bool,
    value: String,
}

impl Filter {
    fn matches(&self, user: &User) -> bool {
        let actual = match self.attribute.as_str() {
            "username" => Some(user.username.clone()),
            "cognito:user_status" => Some(user.status.to_lowercase()),
            "status" => Some(if user.enabled { "Enabled" } else { "Disabled" }.to_owned()),
            name => user.attributes.get(name).cloned(),
        };
        let wanted = if self.attribute == "cognito:user_status" {
            self.value.to_lowercase()
        } else {
            self.value.clone()
        };
        actual.is_some_and(|it| {
            if self.prefix {
                it.starts_with(&wanted)
            } else {
                it == wanted
            }
        })
    }
}

/// Reads `attribute = "value"` or `attribute ^= "value"`, quotes inside escaped with a backslash.
fn parse(text: &str) -> Result<Filter, Fault> {
    let unreadable = || invalid("Error while parsing filter string.");
    let (attribute, rest) = text.split_once('=').ok_or_else(unreadable)?;
    let prefix = attribute.trim_end().ends_with('^');
    let attribute = attribute.trim_end().trim_end_matches('^').trim();
    let attribute = attribute.trim_matches('"');
    let quoted = rest.trim();
    let inner = quoted
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .ok_or_else(unreadable)?;
    let mut value = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => value.push(letters.next().ok_or_else(unreadable)?),
            '"' => return Err(unreadable()),
            _ => value.push(letter),
        }
    }
    if attribute.is_empty() || attribute.contains(char::is_whitespace) {
        return Err(unreadable());
    }
    if !SEARCHABLE.contains(&attribute) {
        return Err(invalid(format!("The attribute {attribute} cannot be searched for.")));
    }
    Ok(Filter {
        attribute: attribute.to_owned(),
        prefix,
        value,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::parse;

    #[test]
    fn filters() {
        let filter = parse(r#"given_name ^= "Jo\"n""#).unwrap();
        assert!(filter.prefix);
        assert_eq!(
            (filter.attribute.as_str(), filter.value.as_str()),
            ("given_name", "Jo\"n")
        );
        assert!(!parse(r#"email="a@example.org""#).unwrap().prefix);
        for text in [
            "email",
            "email = a",
            r#"custom:igvctl = "x""#,
            r#"a b = "x""#,
            r#"email = "a" and name = "b""#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
