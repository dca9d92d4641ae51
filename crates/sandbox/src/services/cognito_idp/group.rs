//! Groups and who is in them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fault::{limit, not_found};
use super::{Pool, page, pool, user};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The most groups of a pool (quota "groups per user pool").
const MOST: usize = 10_000;

/// A group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Group {
    /// `Description`, `RoleArn` and `Precedence`, where they were sent.
    pub(crate) settings: Map<String, Value>,
    /// When it was made.
    pub(crate) created: f64,
    /// When it was last written.
    pub(crate) modified: f64,
}

impl Group {
    fn shown(&self, pool: &str, name: &str) -> Value {
        let mut members = self.settings.clone();
        members.insert("GroupName".to_owned(), json!(name));
        members.insert("UserPoolId".to_owned(), json!(pool));
        members.insert("CreationDate".to_owned(), json!(self.created));
        members.insert("LastModifiedDate".to_owned(), json!(self.modified));
        Value::Object(members)
    }
}

fn sent(input: &Map<String, Value>) -> Map<String, Value> {
    ["Description", "RoleArn", "Precedence"]
        .into_iter()
        .filter_map(|member| Some((member.to_owned(), input.get(member)?.clone())))
        .collect()
}

fn unknown() -> Fault {
    not_found("Group not found.")
}

fn named<'p>(pool: &'p Pool, call: &Call) -> Result<(&'p String, &'p Group), Fault> {
    pool.groups
        .get_key_value(call.required("GroupName"))
        .ok_or_else(unknown)
}

/// CreateGroup. A member that is not sent is absent, never empty (hashicorp/terraform-provider-aws#4236).
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let name = call.required("GroupName");
    if pool.groups.contains_key(name) {
        return Err(Fault::new(
            "GroupExistsException",
            400,
            "A group with the name already exists.",
        ));
    }
    if pool.groups.len() >= MOST {
        // hashicorp/terraform-provider-aws#49836: a quota, not a rate.
        return Err(limit("Maximum number of groups in this user pool has been reached."));
    }
    let group = Group {
        settings: sent(&call.input),
        created: now,
        modified: now,
    };
    let answer = json!({"Group": group.shown(&pool.id, name)});
    pool.groups.insert(name.to_owned(), group);
    Ok(answer.into())
}

/// GetGroup.
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let (name, group) = named(pool, call)?;
    Ok(json!({"Group": group.shown(&pool.id, name)}).into())
}

/// UpdateGroup. The documentation names no default for what is omitted, and nobody measured it: it stays.
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let id = pool.id.clone();
    let name = call.required("GroupName");
    let group = pool.groups.get_mut(name).ok_or_else(unknown)?;
    group.settings.extend(sent(&call.input));
    group.modified = now;
    Ok(json!({"Group": group.shown(&id, name)}).into())
}

/// DeleteGroup: its members stay users.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    let name = call.required("GroupName");
    pool.groups.remove(name).ok_or_else(unknown)?;
    let members: Vec<String> = pool
        .users
        .iter()
        .filter(|(_, user)| user.groups.contains(name))
        .map(|(username, _)| username.clone())
        .collect();
    for username in members {
        if let Some(user) = pool.users.get_mut(&username) {
            user.groups.remove(name);
        }
    }
    Ok(Answer::empty())
}

fn paged<'a, T>(
    call: &Call,
    member: &str,
    items: impl IntoIterator<Item = (&'a str, T)>,
    show: impl Fn(&'a str, T) -> Value,
) -> Result<Answer, Fault> {
    let items = items.into_iter().map(|(key, item)| (key, (key, item)));
    let (taken, next) = page::page(items, page::size(call.int("Limit"), 60), call.text("NextToken"))?;
    let shown: Vec<Value> = taken.into_iter().map(|(key, item)| show(key, item)).collect();
    let mut answer = json!({member: shown});
    if let Some(token) = next {
        answer["NextToken"] = json!(token);
    }
    Ok(answer.into())
}

/// ListGroups: at most 60 a page.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let items = pool.groups.iter().map(|(name, group)| (name.as_str(), group));
    paged(call, "Groups", items, |name, group| group.shown(&pool.id, name))
}

/// AdminAddUserToGroup: twice is once.
pub(crate) fn add_user(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    let name = named(pool, call)?.0.clone();
    user::find_mut(pool, call.required("Username"))?.groups.insert(name);
    Ok(Answer::empty())
}

/// AdminRemoveUserFromGroup: a user who is not in it is no error.
pub(crate) fn remove_user(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    let name = named(pool, call)?.0.clone();
    user::find_mut(pool, call.required("Username"))?.groups.remove(&name);
    Ok(Answer::empty())
}

/// AdminListGroupsForUser.
pub(crate) fn of_user(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let user = user::find(pool, call.required("Username"))?;
    let items = pool
        .groups
        .iter()
        .filter(|(name, _)| user.groups.contains(*name))
        .map(|(name, group)| (name.as_str(), group));
    paged(call, "Groups", items, |name, group| group.shown(&pool.id, name))
}

/// ListUsersInGroup.
pub(crate) fn users(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let group = named(pool, call)?.0;
    let items = pool
        .users
        .iter()
        .filter(|(_, user)| user.groups.contains(group))
        .map(|(name, user)| (name.as_str(), user));
    paged(call, "Users", items, |_, user| user.shown())
}
