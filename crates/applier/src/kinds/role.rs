//! How IAM spells a role.
//!
//! IAM answers documents URL-encoded, converges late, and refuses to delete a role that still has anything on it.
//! `UpdateRole` merges (measured: cdkd PR #1239), so each call carries only the field that changed. `ListRoles` gives
//! no tags, so what lies under our path is read role by role.

pub(crate) mod live;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_iam::types::Tag;
use futures_util::future::{join, join_all};
use planner::{Found, Gap, Leftover};
use policy::Document;
use spec_model::kinds::Role;
use spec_model::{Address, Kind, Shaped};

use crate::calls::{changed, not_yet_there, nothing_passes, outputs, present, principal_not_yet_there, reads, writes};
use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::owner::{MARKS, Owner, owner};
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs};

use live::{MANAGED, There, get_role, list, list_attached, list_inline, look, look_first, policy_names};

const WAIT: &str = "IAM to know the role";

impl Verbs for Role {
    const CALLS: &'static [Permission] = &[
        reads("iam:GetRole"),
        reads("iam:ListRolePolicies"),
        reads("iam:GetRolePolicy"),
        reads("iam:ListAttachedRolePolicies"),
        reads("iam:GetPolicy"),
        reads("iam:GetPolicyVersion"),
        reads("iam:ListRoles"),
        writes("iam:CreateRole"),
        writes("iam:TagRole"),
        writes("iam:UntagRole"),
        writes("iam:UpdateRole"),
        writes("iam:UpdateAssumeRolePolicy"),
        writes("iam:PutRolePolicy"),
        writes("iam:DeleteRolePolicy"),
        writes("iam:AttachRolePolicy"),
        writes("iam:DetachRolePolicy"),
        writes("iam:PutRolePermissionsBoundary"),
        writes("iam:DeleteRolePermissionsBoundary"),
        writes("iam:ListInstanceProfilesForRole"),
        writes("iam:RemoveRoleFromInstanceProfile"),
        writes("iam:DeleteRole"),
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        let mut sightings = Sightings::default();
        let looks: Vec<_> = search
            .wanted
            .iter()
            .map(|wanted| {
                let names = [wanted.adopt, wanted.text("name")].into_iter().flatten();
                look_first(
                    clients,
                    names.map(str::to_owned).collect(),
                    policy_names(&wanted.fields),
                )
            })
            .collect();
        let (looked, listed) = join(join_all(looks), list(clients, &search.stack.role_path())).await;
        let mut seen_names = BTreeSet::new();
        for (wanted, answer) in search.wanted.iter().zip(looked) {
            let found = match answer {
                Ok(None) => Found::Absent,
                Ok(Some(it)) => {
                    seen_names.insert(it.object.id.clone());
                    let ours = match owner(search.stack, &it.tags) {
                        Owner::Ours { .. } => Ok(()),
                        Owner::Other(None) if wanted.adopt == Some(it.object.id.as_str()) => Ok(()),
                        Owner::Other(claimed_by) => Err(claimed_by),
                    };
                    match ours {
                        Ok(()) => Found::Ours(Box::new(it.object)),
                        Err(claimed_by) => Found::Foreign {
                            id: it.object.id,
                            claimed_by,
                        },
                    }
                }
                Err(error) => Found::Unknown(error.gap(wanted.address.to_string())),
            };
            sightings.found.insert(wanted.address.clone(), found);
        }
        match listed {
            Ok(names) => {
                let others: Vec<_> = names
                    .into_iter()
                    .filter(|name| !seen_names.contains(name))
                    .map(|name| look_at_stray(clients, search, name))
                    .collect();
                for answer in join_all(others).await {
                    place(search, &mut sightings, answer);
                }
            }
            Err(error) => sightings
                .gaps
                .push(error.gap("roles that have left the file, under the stack's path")),
        }
        Ok(sightings)
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let answer = eventually(
            target,
            "IAM to know who may assume the role",
            principal_not_yet_there,
            || create_role(clients, &want),
        )
        .await;
        let (name, arn) = match answer {
            Ok(arn) => (want.name.clone(), arn),
            Err(error) if error.has_code("EntityAlreadyExists") => {
                // An answer that got lost, or a run that was killed: go on with it if the mark is ours.
                let names = policy_names(&want.to_value());
                let there = look(clients, &want.name, &names).await?.ok_or_else(|| error.clone())?;
                match owner(target.stack, &there.tags) {
                    Owner::Ours { .. } => {}
                    Owner::Other(_) => return Err(error),
                }
                let live = Role::from_value(&there.object.value)
                    .map_err(|misfit| WorldError::own("iam:GetRole", misfit.to_string()))?;
                let arn = there.arn;
                Self::update(clients, target, &want.name.clone(), &live, want.clone()).await?;
                return Ok(made(&want.name, arn));
            }
            Err(error) => return Err(error),
        };
        let Role {
            name: _,
            path: _,
            trust: _,
            policies,
            managed_policies,
            permissions_boundary: _,
            max_session: _,
            description: _,
            tags: _,
        } = want;
        for (policy, document) in &policies {
            put_policy(clients, target, &name, policy, document).await?;
        }
        for policy in &managed_policies {
            attach(clients, target, &name, policy).await?;
        }
        Ok(made(&name, arn))
    }

    /// Rights are taken before rights are given, so that no moment has more than both the old and the new role.
    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        id: &str,
        live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        let Role {
            name: _,
            path: _,
            trust,
            policies,
            managed_policies,
            permissions_boundary,
            max_session,
            description,
            tags,
        } = want;
        if let Some(boundary) = &permissions_boundary
            && live.permissions_boundary.as_ref() != Some(boundary)
        {
            eventually(target, WAIT, nothing_passes, || async {
                clients
                    .iam
                    .put_role_permissions_boundary()
                    .role_name(id)
                    .permissions_boundary(boundary)
                    .send()
                    .await
                    .map_err(|error| WorldError::of("iam:PutRolePermissionsBoundary", error))
            })
            .await?;
        }
        for policy in live.managed_policies.difference(&managed_policies) {
            present(detach(clients, target, id, policy).await)?;
        }
        for policy in live.policies.keys().filter(|name| !policies.contains_key(*name)) {
            present(delete_policy(clients, target, id, policy).await)?;
        }
        let rewritten: Vec<_> = policies
            .iter()
            .filter(|(name, document)| live.policies.get(*name) != Some(*document))
            .collect();
        let trust_changes = live.trust != trust;
        let trust_loosens = trust_changes && loosens(&live.trust, &trust);
        if trust_changes && !trust_loosens {
            put_trust(clients, target, id, &trust).await?;
        }
        let (loosening, tightening): (Vec<_>, Vec<_>) = rewritten
            .into_iter()
            .partition(|(name, document)| live.policies.get(*name).is_none_or(|before| loosens(before, document)));
        for (policy, document) in tightening.into_iter().chain(loosening) {
            put_policy(clients, target, id, policy, document).await?;
        }
        if trust_loosens {
            put_trust(clients, target, id, &trust).await?;
        }
        for policy in managed_policies.difference(&live.managed_policies) {
            attach(clients, target, id, policy).await?;
        }
        if live.max_session != max_session || live.description != description {
            eventually(target, WAIT, nothing_passes, || async {
                clients
                    .iam
                    .update_role()
                    .role_name(id)
                    .set_max_session_duration((live.max_session != max_session).then(|| seconds(max_session)))
                    .set_description((live.description != description).then(|| description.clone()))
                    .send()
                    .await
                    .map_err(|error| WorldError::of("iam:UpdateRole", error))
            })
            .await?;
        }
        let new_tags = changed(&live.tags.0, &tags.0);
        if !new_tags.is_empty() {
            eventually(target, WAIT, nothing_passes, || async {
                clients
                    .iam
                    .tag_role()
                    .role_name(id)
                    .set_tags(Some(to_tags(&new_tags)))
                    .send()
                    .await
                    .map_err(|error| WorldError::of("iam:TagRole", error))
            })
            .await?;
        }
        // What somebody forbade by hand is undone last, and only by name.
        for held in target.loosen.iter().filter(|name| !policies.contains_key(*name)) {
            if let Some(arn) = held.strip_prefix(MANAGED) {
                present(detach(clients, target, id, arn).await)?;
            } else {
                present(delete_policy(clients, target, id, held).await)?;
            }
        }
        Ok(())
    }

    /// Takes off whatever is on the role now, whoever put it there: IAM deletes a bare role only (`DeleteConflict`).
    async fn delete(clients: &Clients, target: &Target<'_>, id: &str, _live: &Self) -> Result<(), WorldError> {
        let Some(there) = present(get_role(clients, id).await)? else {
            return Ok(());
        };
        let (attached, inline) = join(list_attached(clients, id), list_inline(clients, id)).await;
        for policy in attached? {
            present(detach(clients, target, id, &policy).await)?;
        }
        for policy in inline? {
            present(delete_policy(clients, target, id, &policy).await)?;
        }
        let mut profiles = clients
            .iam
            .list_instance_profiles_for_role()
            .role_name(id)
            .into_paginator()
            .send();
        while let Some(page) = profiles.next().await {
            let page = page.map_err(|error| WorldError::of("iam:ListInstanceProfilesForRole", error))?;
            for profile in page.instance_profiles() {
                clients
                    .iam
                    .remove_role_from_instance_profile()
                    .role_name(id)
                    .instance_profile_name(profile.instance_profile_name())
                    .send()
                    .await
                    .map_err(|error| WorldError::of("iam:RemoveRoleFromInstanceProfile", error))?;
            }
        }
        if there.permissions_boundary.is_some() {
            let answer = clients
                .iam
                .delete_role_permissions_boundary()
                .role_name(id)
                .send()
                .await;
            present(answer.map_err(|error| WorldError::of("iam:DeleteRolePermissionsBoundary", error)))?;
        }
        let deleted = eventually(
            target,
            "IAM to know that nothing is on the role any more",
            |error| error.has_code("DeleteConflict"),
            || async {
                clients
                    .iam
                    .delete_role()
                    .role_name(id)
                    .send()
                    .await
                    .map_err(|error| WorldError::of("iam:DeleteRole", error))
            },
        )
        .await;
        present(deleted)?;
        Ok(())
    }

    async fn release(clients: &Clients, _target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        clients
            .iam
            .untag_role()
            .role_name(id)
            .set_tag_keys(Some(MARKS.map(str::to_owned).to_vec()))
            .send()
            .await
            .map_err(|error| WorldError::of("iam:UntagRole", error))?;
        Ok(())
    }
}

/// Whether changing a document lets more in.
fn loosens(old: &Document, new: &Document) -> bool {
    match policy::compare(Some(old), Some(new)) {
        policy::Shift::Loosens | policy::Shift::Both => true,
        policy::Shift::Same | policy::Shift::Tightens => false,
    }
}

/// A role under our path that no wanted name led to. Without our mark it is not ours, whatever its path.
async fn look_at_stray(
    clients: &Clients,
    search: &Search<'_>,
    name: String,
) -> (String, Result<Option<(There, Address)>, WorldError>) {
    let ours = search.wanted.iter().flat_map(|it| policy_names(&it.fields)).collect();
    let looked = look(clients, &name, &ours).await.map(|there| {
        let there = there?;
        match owner(search.stack, &there.tags) {
            Owner::Ours {
                address: Some(address),
                replaces: _,
            } => Some((there, address)),
            Owner::Ours { .. } | Owner::Other(_) => None,
        }
    });
    (name, looked)
}

/// Puts a stray to its address: it was renamed, or it has left the file.
fn place(
    search: &Search<'_>,
    sightings: &mut Sightings,
    (name, answer): (String, Result<Option<(There, Address)>, WorldError>),
) {
    let (there, address) = match answer {
        Ok(Some(it)) => it,
        Ok(None) => return,
        Err(error) => {
            sightings
                .gaps
                .push(error.gap(format!("role `{name}` under the stack's path")));
            return;
        }
    };
    match sightings.found.get(&address) {
        Some(Found::Absent) => {
            sightings.found.insert(address, Found::Ours(Box::new(there.object)));
        }
        Some(Found::Ours(other)) if other.id != there.object.id => {
            let ids = vec![other.id.clone(), there.object.id];
            sightings.found.insert(address, Found::Ambiguous { ids });
        }
        Some(Found::Ambiguous { ids }) => {
            let ids = ids.iter().cloned().chain([there.object.id]).collect();
            sightings.found.insert(address, Found::Ambiguous { ids });
        }
        Some(Found::Ours(_) | Found::Foreign { .. } | Found::Provided { .. } | Found::Unknown(Gap { .. })) => {}
        None if address.kind == Kind::Role && !search.known.contains(&&address) => {
            sightings.leftovers.push(Leftover {
                address,
                replaced: false,
                object: there.object,
            });
        }
        None => {}
    }
}

async fn create_role(clients: &Clients, want: &Role) -> Result<String, WorldError> {
    let Role {
        name,
        path,
        trust,
        policies: _,
        managed_policies: _,
        permissions_boundary,
        max_session,
        description,
        tags,
    } = want;
    let answer = clients
        .iam
        .create_role()
        .role_name(name)
        .path(path)
        .assume_role_policy_document(trust.to_compact())
        .set_permissions_boundary(permissions_boundary.clone())
        .max_session_duration(seconds(*max_session))
        .description(description)
        .set_tags(Some(to_tags(&tags.0)))
        .send()
        .await
        .map_err(|error| WorldError::of("iam:CreateRole", error))?;
    let role = answer
        .role
        .ok_or_else(|| WorldError::own("iam:CreateRole", "the answer holds no role"))?;
    Ok(role.arn)
}

fn made(name: &str, arn: String) -> Made {
    Made {
        id: name.to_owned(),
        outputs: outputs([("arn", arn), ("name", name.to_owned())]),
    }
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

fn to_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder()
                .key(key)
                .value(value)
                .build()
                .expect("both parts are set")
        })
        .collect()
}

async fn put_trust(clients: &Clients, target: &Target<'_>, role: &str, trust: &Document) -> Result<(), WorldError> {
    eventually(
        target,
        "IAM to know who may assume the role",
        principal_not_yet_there,
        || async {
            clients
                .iam
                .update_assume_role_policy()
                .role_name(role)
                .policy_document(trust.to_compact())
                .send()
                .await
                .map_err(|error| WorldError::of("iam:UpdateAssumeRolePolicy", error))
        },
    )
    .await?;
    Ok(())
}

async fn put_policy(
    clients: &Clients,
    target: &Target<'_>,
    role: &str,
    policy: &str,
    document: &Document,
) -> Result<(), WorldError> {
    eventually(target, WAIT, not_yet_there, || async {
        clients
            .iam
            .put_role_policy()
            .role_name(role)
            .policy_name(policy)
            .policy_document(document.to_compact())
            .send()
            .await
            .map_err(|error| WorldError::of("iam:PutRolePolicy", error))
    })
    .await?;
    Ok(())
}

async fn delete_policy(clients: &Clients, target: &Target<'_>, role: &str, policy: &str) -> Result<(), WorldError> {
    eventually(target, WAIT, nothing_passes, || async {
        clients
            .iam
            .delete_role_policy()
            .role_name(role)
            .policy_name(policy)
            .send()
            .await
            .map_err(|error| WorldError::of("iam:DeleteRolePolicy", error))
    })
    .await?;
    Ok(())
}

async fn attach(clients: &Clients, target: &Target<'_>, role: &str, policy: &str) -> Result<(), WorldError> {
    eventually(target, WAIT, nothing_passes, || async {
        clients
            .iam
            .attach_role_policy()
            .role_name(role)
            .policy_arn(policy)
            .send()
            .await
            .map_err(|error| WorldError::of("iam:AttachRolePolicy", error))
    })
    .await?;
    Ok(())
}

async fn detach(clients: &Clients, target: &Target<'_>, role: &str, policy: &str) -> Result<(), WorldError> {
    eventually(target, WAIT, nothing_passes, || async {
        clients
            .iam
            .detach_role_policy()
            .role_name(role)
            .policy_arn(policy)
            .send()
            .await
            .map_err(|error| WorldError::of("iam:DetachRolePolicy", error))
    })
    .await?;
    Ok(())
}
