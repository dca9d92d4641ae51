//! How Cognito spells which role a login gets.
//!
//! `SetIdentityPoolRoles` overwrites the roles and the rules that choose among them, so the whole map is one call. It
//! refuses a role that IAM does not show everywhere yet.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_cognitoidentity::operation::get_identity_pool_roles::GetIdentityPoolRolesOutput;
use aws_sdk_cognitoidentity::types::RoleMapping;
use planner::{Found, Leftover, Object};
use serde_json::json;
use spec_model::kinds::IdentityPoolRoles;
use spec_model::{Address, Kind, Shaped};

use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs};

impl Verbs for IdentityPoolRoles {
    const CALLS: &'static [Permission] = &[
        Permission {
            action: "cognito-identity:GetIdentityPoolRoles",
            reads: true,
        },
        Permission {
            action: "cognito-identity:SetIdentityPoolRoles",
            reads: false,
        },
        Permission {
            action: "iam:PassRole",
            reads: false,
        },
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        let mut sightings = Sightings::default();
        let Some(parent) = &search.parent else {
            return Ok(sightings);
        };
        let object = match get(clients, parent.id).await {
            Ok(roles) => object(parent.id, &roles),
            Err(error) if error.is_missing() => None,
            Err(error) => {
                for wanted in &search.wanted {
                    let gap = error.gap(format!("the roles of the identity pool `{}`", parent.id));
                    sightings.found.insert(wanted.address.clone(), Found::Unknown(gap));
                }
                return if search.wanted.is_empty() {
                    Err(error)
                } else {
                    Ok(sightings)
                };
            }
        };
        for wanted in &search.wanted {
            let found = object.clone().map_or(Found::Absent, |it| Found::Ours(Box::new(it)));
            sightings.found.insert(wanted.address.clone(), found);
        }
        if search.wanted.is_empty()
            && let Some(object) = object
        {
            // The map belongs to its pool, so one that the file does not have is a leftover under the pool's name.
            let address = Address::new(Kind::IdentityPoolRoles, parent.address.name.clone());
            sightings.leftovers.push(Leftover {
                replaced: search.known.contains(&&address),
                address,
                object,
            });
        }
        Ok(sightings)
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let id = want.identity_pool_id.clone();
        set(clients, target, want).await?;
        Ok(Made {
            id,
            outputs: BTreeMap::new(),
        })
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        _id: &str,
        _live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        set(clients, target, want).await
    }

    async fn delete(clients: &Clients, _target: &Target<'_>, id: &str, _live: &Self) -> Result<(), WorldError> {
        let call = clients
            .identity
            .set_identity_pool_roles()
            .identity_pool_id(id)
            .set_roles(Some(HashMap::new()));
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match WorldError::of("cognito-identity:SetIdentityPoolRoles", error) {
                error if error.is_missing() => Ok(()),
                error => Err(error),
            },
        }
    }

    async fn release(_clients: &Clients, _target: &Target<'_>, _id: &str) -> Result<(), WorldError> {
        // It carries no mark of its own.
        Ok(())
    }
}

async fn get(clients: &Clients, id: &str) -> Result<GetIdentityPoolRolesOutput, WorldError> {
    let call = clients.identity.get_identity_pool_roles().identity_pool_id(id);
    call.send()
        .await
        .map_err(|error| WorldError::of("cognito-identity:GetIdentityPoolRoles", error))
}

/// Writes the whole map, as soon as the role is known everywhere.
async fn set(clients: &Clients, target: &Target<'_>, want: IdentityPoolRoles) -> Result<(), WorldError> {
    let IdentityPoolRoles {
        identity_pool_id,
        authenticated,
        unauthenticated,
        role_mappings,
    } = want;
    if !role_mappings.is_empty() {
        let message =
            "rules that choose roles break the classic flow, which IGV uses: only an empty map can be written";
        return Err(WorldError::own("cognito-identity:SetIdentityPoolRoles", message));
    }
    let roles: HashMap<String, String> = [("authenticated", authenticated), ("unauthenticated", unauthenticated)]
        .into_iter()
        .filter(|(_, role)| !role.is_empty())
        .map(|(name, role)| (name.to_owned(), role))
        .collect();
    eventually(target, "IAM to show the role to Cognito", too_new, || async {
        let call = clients
            .identity
            .set_identity_pool_roles()
            .identity_pool_id(&identity_pool_id)
            .set_roles(Some(roles.clone()));
        let answer = call.send().await;
        answer
            .map(drop)
            .map_err(|error| WorldError::of("cognito-identity:SetIdentityPoolRoles", error))
    })
    .await
}

/// Whether a refusal may be one of a role that was made a moment ago (lesson L35).
fn too_new(error: &WorldError) -> bool {
    let message = error.message.to_ascii_lowercase();
    error.has_code("InvalidParameterException") && (message.contains("role") || message.contains("trust"))
}

/// What is there, unless nothing is.
fn object(id: &str, roles: &GetIdentityPoolRolesOutput) -> Option<Object> {
    let noun = seen(id, roles);
    let IdentityPoolRoles {
        identity_pool_id: _,
        authenticated,
        unauthenticated,
        role_mappings,
    } = &noun;
    if authenticated.is_empty() && unauthenticated.is_empty() && role_mappings.is_empty() {
        return None;
    }
    Some(Object {
        id: id.to_owned(),
        value: noun.to_value(),
        outputs: BTreeMap::new(),
        held: Vec::new(),
        marked: true,
        cost: None,
        keeps: None,
        propagating: None,
    })
}

fn seen(id: &str, roles: &GetIdentityPoolRolesOutput) -> IdentityPoolRoles {
    let role = |name: &str| {
        let role = roles.roles.as_ref().and_then(|it| it.get(name));
        role.cloned().unwrap_or_default()
    };
    IdentityPoolRoles {
        identity_pool_id: id.to_owned(),
        authenticated: role("authenticated"),
        unauthenticated: role("unauthenticated"),
        role_mappings: roles
            .role_mappings
            .iter()
            .flatten()
            .map(|(provider, mapping)| (provider.clone(), text(mapping)))
            .collect(),
    }
}

/// A mapping as one line, for people.
fn text(mapping: &RoleMapping) -> String {
    let rules = mapping.rules_configuration.iter().flat_map(|it| &it.rules);
    let rules: Vec<String> = rules
        .map(|it| format!("{} {} {}: {}", it.claim, it.match_type.as_str(), it.value, it.role_arn))
        .collect();
    json!({
        "type": mapping.r#type.as_str(),
        "ambiguous": mapping.ambiguous_role_resolution.as_ref().map(|it| it.as_str()),
        "rules": rules,
    })
    .to_string()
}
