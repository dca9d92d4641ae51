//! Inline policies of roles and users, listed by name.

use serde_json::{Value, json};

use super::holder::{self, Sort};
use super::{document, fault, page};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// `PutRolePolicy`, `PutUserPolicy`: creates or replaces.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let holder = holder::find(world, call)?;
    let (name, text) = (call.required("PolicyName"), call.required("PolicyDocument"));
    document::check_permission(text)?;
    let others: usize = holder
        .inline
        .iter()
        .filter(|(other, _)| *other != name)
        .map(|(_, document)| document::weight(document))
        .sum();
    let size = holder.sort.inline_size();
    if others + document::weight(text) > size {
        return Err(fault::limit_exceeded(format!(
            "Maximum policy size of {size} bytes exceeded for {} {}",
            holder.sort.word(),
            holder.name
        )));
    }
    holder.inline.insert(name.to_owned(), text.to_owned());
    Ok(Answer::empty())
}

/// `GetRolePolicy`, `GetUserPolicy`: the document as it was sent, URL-encoded.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let holder = holder::find(world, call)?;
    let name = call.required("PolicyName");
    let text = holder.inline.get(name).ok_or_else(|| missing(holder.sort, name))?;
    Ok(json!({
        holder.sort.member(): holder.name,
        "PolicyName": name,
        "PolicyDocument": document::encoded(text),
    })
    .into())
}

/// `ListRolePolicies`, `ListUserPolicies`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let items = holder::find(world, call)?
        .inline
        .keys()
        .map(|name| (name.clone(), Value::from(name.as_str())))
        .collect();
    page::page(call, "PolicyNames", items)
}

/// `DeleteRolePolicy`, `DeleteUserPolicy`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("PolicyName");
    let holder = holder::find(world, call)?;
    match holder.inline.remove(name) {
        Some(_) => Ok(Answer::empty()),
        None => Err(missing(holder.sort, name)),
    }
}

/// An inline policy that is not there.
fn missing(sort: Sort, name: &str) -> Fault {
    fault::no_such_entity(format!("The {} policy with name {name} cannot be found.", sort.word()))
}
