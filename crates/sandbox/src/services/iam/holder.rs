//! What carries policies: a role or a user. Inline and attached policies and boundaries are the same for both.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{fault, managed, role, user};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// A role or a user with its policies.
pub(super) struct Holder<'a> {
    /// What it is.
    pub(super) sort: Sort,
    /// Its name.
    pub(super) name: &'a str,
    /// Inline policy documents by policy name.
    pub(super) inline: &'a mut BTreeMap<String, String>,
    /// ARNs of attached managed policies.
    pub(super) attached: &'a mut Vec<String>,
    /// The ARN of the permissions boundary.
    pub(super) boundary: &'a mut Option<String>,
}

/// What carries policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A role.
    Role,
    /// A user.
    User,
}

impl Sort {
    /// The word for it in messages.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
        }
    }

    /// The member that names it.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Role => "RoleName",
            Self::User => "UserName",
        }
    }

    /// How long all its inline policies can be together (IAM User Guide, "IAM and AWS STS quotas").
    pub(super) fn inline_size(self) -> usize {
        match self {
            Self::Role => 10_240,
            Self::User => 2048,
        }
    }
}

/// The role or user that a call names.
pub(super) fn find<'a>(world: &'a mut World, call: &Call) -> Result<Holder<'a>, Fault> {
    if call.input.contains_key("RoleName") {
        let role = role::find(world, call)?;
        return Ok(Holder {
            sort: Sort::Role,
            name: &role.name,
            inline: &mut role.inline,
            attached: &mut role.attached,
            boundary: &mut role.boundary,
        });
    }
    let user = user::find(world, call)?;
    Ok(Holder {
        sort: Sort::User,
        name: &user.name,
        inline: &mut user.inline,
        attached: &mut user.attached,
        boundary: &mut user.boundary,
    })
}

/// `PutRolePermissionsBoundary`, `PutUserPermissionsBoundary`.
pub(super) fn put_boundary(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    find(world, call)?;
    let boundary = sent_boundary(world, call)?;
    *find(world, call)?.boundary = boundary;
    Ok(Answer::empty())
}

/// `DeleteRolePermissionsBoundary`, `DeleteUserPermissionsBoundary`.
pub(super) fn delete_boundary(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let holder = find(world, call)?;
    match holder.boundary.take() {
        Some(_) => Ok(Answer::empty()),
        None => Err(fault::no_such_entity(format!(
            "{} {} does not have a permissions boundary.",
            match holder.sort {
                Sort::Role => "Role",
                Sort::User => "User",
            },
            holder.name
        ))),
    }
}

/// The permissions boundary that a call sends, which must exist.
pub(super) fn sent_boundary(world: &World, call: &Call) -> Result<Option<String>, Fault> {
    let Some(arn) = call.text("PermissionsBoundary") else {
        return Ok(None);
    };
    managed::check_arn(arn)?;
    if managed::exists(world, &call.account, arn) {
        Ok(Some(arn.to_owned()))
    } else {
        Err(fault::no_such_entity(format!(
            "Scope ARN: {arn} does not exist or is not attachable."
        )))
    }
}

/// A boundary as reads show it.
pub(super) fn shown_boundary(arn: &str) -> Value {
    json!({"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn})
}
