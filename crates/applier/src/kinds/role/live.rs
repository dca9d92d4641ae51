//! What is there of a role: itself, its documents and what is attached to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::{join, join_all, try_join_all};
use planner::{Held, Object};
use policy::Document;
use spec_model::kinds::Role;
use spec_model::{Entries, Shaped, Value};

use crate::calls::{denials, outputs, present, read};
use crate::clients::Clients;
use crate::error::WorldError;

/// How a managed policy is named among what is held; an inline policy's name never holds a colon.
pub(super) const MANAGED: &str = "managed:";

/// Whether attaching this managed policy may be how people shut a role. AWS's own ones grant, but for these; some of
/// them are longer than any document of an account may be.
fn may_shut(arn: &str) -> bool {
    match arn.split_once(":iam::aws:policy/") {
        Some((_, name)) => name == "AWSDenyAll" || name.starts_with("AWSCompromisedKeyQuarantine"),
        None => true,
    }
}

/// A role as it was read.
pub(super) struct There {
    pub(super) arn: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) object: Object,
}

/// The policies that the file names, inline ones by name and managed ones by ARN: those are compared, even where they
/// only deny.
pub(super) fn policy_names(fields: &Value) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = match fields.get("policies") {
        Some(Value::Table(entries)) => entries.keys().cloned().collect(),
        _ => BTreeSet::new(),
    };
    if let Some(Value::Set(arns)) = fields.get("managed_policies") {
        names.extend(arns.iter().filter_map(Value::as_text).map(str::to_owned));
    }
    names
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
    let attached = async {
        let arns = read(clients, list_attached(clients, name)).await?;
        // What somebody attached by hand may be how they shut the role, which only its document tells.
        let foreign: Vec<&String> = arns
            .iter()
            .filter(|arn| !ours.contains(*arn) && may_shut(arn))
            .collect();
        let documents = join_all(foreign.iter().map(|arn| read_managed(clients, arn))).await;
        let mut denying = BTreeMap::new();
        for (arn, document) in foreign.into_iter().zip(documents) {
            // Deleted between the reads: it denies nothing any more.
            let document = present(document)?.filter(Document::only_denies);
            denying.extend(document.map(|it| (arn.clone(), it)));
        }
        Ok((arns.clone(), denying))
    };
    let (role, (inline, attached)) = join(read(clients, get_role(clients, name)), join(inline, attached)).await;
    let Some(role) = present(role)? else {
        return Ok(None);
    };
    // Deleted between the reads: the next look says so.
    let Some(inline) = present(inline)? else {
        return Ok(None);
    };
    let Some((attached, denying)) = present(attached)? else {
        return Ok(None);
    };
    seen(role, inline.into_iter().flatten().collect(), attached, &denying, ours).map(Some)
}

pub(super) fn seen(
    role: aws_sdk_iam::types::Role,
    inline: BTreeMap<String, Document>,
    attached: BTreeSet<String>,
    denying: &BTreeMap<String, Document>,
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
    let managed_policies = attached.into_iter().filter(|arn| !denying.contains_key(arn)).collect();
    let held = held
        .into_iter()
        .map(|(name, document)| Held {
            name,
            what: denials(&document),
        })
        .chain(denying.iter().map(|(arn, document)| Held {
            name: format!("{MANAGED}{arn}"),
            what: denials(document),
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

/// The document of a managed policy, in its version that counts.
pub(crate) async fn read_managed(clients: &Clients, arn: &str) -> Result<Document, WorldError> {
    let answer = read(clients, clients.iam.get_policy().policy_arn(arn).send())
        .await
        .map_err(|error| WorldError::of("iam:GetPolicy", error))?;
    let version = answer.policy.and_then(|it| it.default_version_id).unwrap_or_default();
    let call = clients.iam.get_policy_version().policy_arn(arn).version_id(version);
    let answer = read(clients, call.send())
        .await
        .map_err(|error| WorldError::of("iam:GetPolicyVersion", error))?;
    let text = answer.policy_version.and_then(|it| it.document).unwrap_or_default();
    document(&text, "iam:GetPolicyVersion", &format!("the managed policy `{arn}`"))
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
    use super::may_shut;

    #[test]
    fn of_the_policies_of_aws_only_few_shut_a_role() {
        assert!(may_shut("arn:aws:iam::aws:policy/AWSDenyAll"));
        assert!(may_shut("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"));
        assert!(may_shut("arn:aws:iam::111122223333:policy/Incident"));
        assert!(!may_shut("arn:aws:iam::aws:policy/ReadOnlyAccess"));
    }
}
