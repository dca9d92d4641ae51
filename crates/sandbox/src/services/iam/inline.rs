//! Inline policies of roles, listed by name.

use serde_json::{Value, json};

use super::{document, fault, page, role};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// How long all inline policies of a role can be together.
const SIZE: usize = 10_240;

/// `PutRolePolicy`: creates or replaces.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let role = role::find(world, call)?;
    let (name, text) = (call.required("PolicyName"), call.required("PolicyDocument"));
    document::check_permission(text)?;
    let others: usize = role
        .inline
        .iter()
        .filter(|(other, _)| *other != name)
        .map(|(_, document)| document::weight(document))
        .sum();
    if others + document::weight(text) > SIZE {
        return Err(fault::limit_exceeded(format!(
            "Maximum policy size of {SIZE} bytes exceeded for role {}",
            role.name
        )));
    }
    role.inline.insert(name.to_owned(), text.to_owned());
    Ok(Answer::empty())
}

/// `GetRolePolicy`: the document as it was sent, URL-encoded.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let role = role::find(world, call)?;
    let name = call.required("PolicyName");
    let text = role.inline.get(name).ok_or_else(|| missing(name))?;
    Ok(json!({
        "RoleName": role.name,
        "PolicyName": name,
        "PolicyDocument": document::encoded(text),
    })
    .into())
}

/// `ListRolePolicies`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let items = role::find(world, call)?
        .inline
        .keys()
        .map(|name| (name.clone(), Value::from(name.as_str())))
        .collect();
    page::page(call, "PolicyNames", items)
}

/// `DeleteRolePolicy`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("PolicyName");
    match role::find(world, call)?.inline.remove(name) {
        Some(_) => Ok(Answer::empty()),
        None => Err(missing(name)),
    }
}

/// An inline policy that is not there.
fn missing(name: &str) -> Fault {
    fault::no_such_entity(format!("The role policy with name {name} cannot be found."))
}
