//! What is there of a role: itself, its documents and what is attached to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::{join, try_join_all};
use planner::{Held, Object};
use policy::Document;
use spec_model::kinds::Role;
use spec_model::{Entries, Shaped, Value};

use crate::calls::{denials, outputs, present, read};
use crate::clients::Clients;
use crate::error::WorldError;

/// How a managed policy is named among what is held; an inline policy's name never holds a colon.
pub(super) const MANAGED: &str = "managed:";

/// Whether AWS made this managed policy to deny everything; attaching it is how people shut a role.
pub(super) fn denies_all(arn: &str) -> bool {
    arn.ends_with(":iam::aws:policy/AWSDenyAll")
}

/// A role as it was read.
pub(super) struct There {
    pub(super) arn: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) object: Object,
}

/// The inline policies that the file names: those are compared, even where they only deny.
pub(super) fn policy_names(fields: &Value) -> BTreeSet<String> {
    match fields.get("policies") {
        Some(Value::Table(entries)) => entries.keys().cloned().collect(),
        _ => BTreeSet::new(),
    }
}

/// Looks at these names, one after the other, until one is there.
pub(super) async fn look_first(
    clients: &Clients,
    names: Vec<String>,
    ours: BTreeSet<String>,
) -> Result<Option<There>, WorldError> {
    for name in names {
        if let Some(there) = look(clients, &name, &ours).await? {
            return Ok(Some(there));
        }
    }
    Ok(None)
}

/// Reads a role, its documents and what is attached, side by side.
pub(super) async fn look(clients: &Clients, name: &str, ours: &BTreeSet<String>) -> Result<Option<There>, WorldError> {
    let inline = async {
        let names = read(clients, list_inline(clients, name)).await?;
        let documents: Vec<_> = names
            .into_iter()
            .map(|policy| read_policy(clients, name, policy))
            .collect();
        try_join_all(documents).await
    };
    let attached = read(clients, list_attached(clients, name));
    let (role, (inline, attached)) = join(read(clients, get_role(clients, name)), join(inline, attached)).await;
    let Some(role) = present(role)? else {
        return Ok(None);
    };
    // Deleted between the reads: the next look says so.
    let Some(inline) = present(inline)? else {
        return Ok(None);
    };
    let Some(attached) = present(attached)? else {
        return Ok(None);
    };
    seen(role, inline.into_iter().flatten().collect(), attached, ours).map(Some)
}

pub(super) fn seen(
    role: aws_sdk_iam::types::Role,
    inline: BTreeMap<String, Document>,
    attached: BTreeSet<String>,
    ours: &BTreeSet<String>,
) -> Result<There, WorldError> {
    let trust = document(
        role.assume_role_policy_document().unwrap_or_default(),
        "iam:GetRole",
        "the trust policy",
    )?;
    let tags: BTreeMap<String, String> = role
        .tags()
        .iter()
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect();
    let (held, policies): (BTreeMap<_, _>, BTreeMap<_, _>) = inline
        .into_iter()
        .partition(|(name, document)| !ours.contains(name) && document.only_denies());
    let (shut, managed_policies): (BTreeSet<_>, BTreeSet<_>) = attached.into_iter().partition(|arn| denies_all(arn));
    let held = held
        .into_iter()
        .map(|(name, document)| Held {
            name,
            what: denials(&document),
        })
        .chain(shut.into_iter().map(|arn| Held {
            name: format!("{MANAGED}{arn}"),
            what: "denies everything".to_owned(),
        }))
        .collect();
    let noun = Role {
        name: role.role_name().to_owned(),
        path: role.path().to_owned(),
        trust,
        policies,
        managed_policies,
        permissions_boundary: role
            .permissions_boundary()
            .and_then(|it| it.permissions_boundary_arn())
            .map(str::to_owned),
        // IAM shows the default, one hour, like any other value.
        max_session: Duration::from_secs(u64::try_from(role.max_session_duration().unwrap_or(3600)).unwrap_or(0)),
        description: role.description().unwrap_or_default().to_owned(),
        tags: Entries(tags.clone()),
    };
    Ok(There {
        arn: role.arn().to_owned(),
        tags,
        object: Object {
            id: noun.name.clone(),
            value: noun.to_value(),
            outputs: outputs([("arn", role.arn().to_owned()), ("name", noun.name.clone())]),
            held,
            marked: true,
            cost: None,
            keeps: None,
            propagating: None,
        },
    })
}

pub(crate) fn document(encoded: &str, action: &str, what: &str) -> Result<Document, WorldError> {
    Document::parse_encoded(encoded).map_err(|error| WorldError::own(action, format!("{what} cannot be read: {error}")))
}

pub(crate) async fn get_role(clients: &Clients, name: &str) -> Result<aws_sdk_iam::types::Role, WorldError> {
    clients
        .iam
        .get_role()
        .role_name(name)
        .send()
        .await
        .map_err(|error| WorldError::of("iam:GetRole", error))?
        .role
        .ok_or_else(|| WorldError::own("iam:GetRole", "the answer holds no role"))
}

pub(crate) async fn list_inline(clients: &Clients, name: &str) -> Result<Vec<String>, WorldError> {
    let mut pages = clients.iam.list_role_policies().role_name(name).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| WorldError::of("iam:ListRolePolicies", error))?;
        names.extend(page.policy_names);
    }
    Ok(names)
}

pub(crate) async fn list_attached(clients: &Clients, name: &str) -> Result<BTreeSet<String>, WorldError> {
    let mut pages = clients
        .iam
        .list_attached_role_policies()
        .role_name(name)
        .into_paginator()
        .send();
    let mut arns = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| WorldError::of("iam:ListAttachedRolePolicies", error))?;
        arns.extend(
            page.attached_policies()
                .iter()
                .filter_map(|it| it.policy_arn())
                .map(str::to_owned),
        );
    }
    Ok(arns)
}

/// One inline policy; `None` if it went away since it was listed.
pub(crate) async fn read_policy(
    clients: &Clients,
    role: &str,
    policy: String,
) -> Result<Option<(String, Document)>, WorldError> {
    let call = clients
        .iam
        .get_role_policy()
        .role_name(role)
        .policy_name(&policy)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of("iam:GetRolePolicy", error));
    let Some(answer) = present(answer)? else {
        return Ok(None);
    };
    let document = document(
        answer.policy_document(),
        "iam:GetRolePolicy",
        &format!("the inline policy `{policy}`"),
    )?;
    Ok(Some((policy, document)))
}

/// Names of the roles under the stack's path.
pub(super) async fn list(clients: &Clients, path: &str) -> Result<Vec<String>, WorldError> {
    let mut pages = clients.iam.list_roles().path_prefix(path).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = read(clients, pages.next()).await {
        let page = page.map_err(|error| WorldError::of("iam:ListRoles", error))?;
        names.extend(page.roles().iter().map(|role| role.role_name().to_owned()));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_managed_policies_only_the_one_of_aws_is_known_to_deny_everything() {
        assert!(denies_all("arn:aws:iam::aws:policy/AWSDenyAll"));
        assert!(!denies_all("arn:aws:iam::111122223333:policy/AWSDenyAll"));
        assert!(!denies_all("arn:aws:iam::aws:policy/AdministratorAccess"));
    }
}
