//! How Cognito spells an identity pool.
//!
//! `UpdateIdentityPool` takes the whole pool: what is left out is reset, so a change of one flag once took everybody's
//! login away (lesson L30). Only tags have calls of their own, and a change of tags must not be an update (lesson L76).
//! `AllowClassicFlow` that was never written lets the classic flow through and reads as if it did not: it is always
//! written.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_cognitoidentity::operation::describe_identity_pool::DescribeIdentityPoolOutput;
use aws_sdk_cognitoidentity::operation::update_identity_pool::builders::UpdateIdentityPoolFluentBuilder;
use aws_sdk_cognitoidentity::types::CognitoIdentityProvider;
use planner::Object;
use spec_model::kinds::{CognitoProvider, IdentityPool};
use spec_model::{Address, Entries, Kind, Shaped, Stack, Value};

use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::kinds::once::once;
use crate::kinds::tags::{self, Candidate, Claim, Place, REPLACES};
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs};

const PLACE: Place = Place {
    kind: Kind::IdentityPool,
    what: "identity pool",
    service: ":cognito-identity:",
    resource: ":identitypool/",
    read_action: "cognito-identity:DescribeIdentityPool",
};

impl Verbs for IdentityPool {
    const CALLS: &'static [Permission] = &[
        Permission {
            action: "cognito-identity:ListIdentityPools",
            reads: true,
        },
        Permission {
            action: "cognito-identity:DescribeIdentityPool",
            reads: true,
        },
        Permission {
            action: "tag:GetResources",
            reads: true,
        },
        Permission {
            action: "cognito-identity:CreateIdentityPool",
            reads: false,
        },
        Permission {
            action: "cognito-identity:UpdateIdentityPool",
            reads: false,
        },
        Permission {
            action: "cognito-identity:DeleteIdentityPool",
            reads: false,
        },
        Permission {
            action: "cognito-identity:TagResource",
            reads: false,
        },
        Permission {
            action: "cognito-identity:UntagResource",
            reads: false,
        },
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        tags::find(clients, search, PLACE, list(clients), async |id: String| {
            look(clients, &id).await
        })
        .await
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let id = once(
            target,
            "whether the identity pool was made",
            || marked(clients, target, &want.name),
            || create(clients, target, &want),
        )
        .await?;
        Ok(Made {
            outputs: outputs(clients, &id),
            id,
        })
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        id: &str,
        live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        let is = seen(&describe(clients, id).await?);
        if differs(&is, &want) {
            eventually(
                target,
                "another change of the identity pool",
                |_| false,
                || async {
                    let now = describe(clients, id).await?;
                    let call = whole(clients, &now, &want).send().await;
                    call.map_err(|error| WorldError::of("cognito-identity:UpdateIdentityPool", error))
                },
            )
            .await?;
        }
        let missing = tags::to_write(&want.tags.0, &live.tags.0, &is.tags.0);
        if !missing.is_empty() {
            let call = clients
                .identity
                .tag_resource()
                .resource_arn(arn(clients, id))
                .set_tags(Some(missing));
            call.send()
                .await
                .map_err(|error| WorldError::of("cognito-identity:TagResource", error))?;
        }
        Ok(())
    }

    async fn delete(clients: &Clients, _target: &Target<'_>, id: &str, _live: &Self) -> Result<(), WorldError> {
        match clients
            .identity
            .delete_identity_pool()
            .identity_pool_id(id)
            .send()
            .await
        {
            Ok(_) => Ok(()),
            Err(error) => match WorldError::of("cognito-identity:DeleteIdentityPool", error) {
                error if error.is_missing() => Ok(()),
                error => Err(error),
            },
        }
    }

    async fn release(clients: &Clients, _target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        let now = match describe(clients, id).await {
            Err(error) if error.is_missing() => return Ok(()),
            answer => answer?,
        };
        let marks = tags::our_marks(now.identity_pool_tags.iter().flat_map(HashMap::keys));
        if marks.is_empty() {
            return Ok(());
        }
        let call = clients
            .identity
            .untag_resource()
            .resource_arn(arn(clients, id))
            .set_tag_keys(Some(marks));
        call.send()
            .await
            .map(drop)
            .map_err(|error| WorldError::of("cognito-identity:UntagResource", error))
    }
}

async fn list(clients: &Clients) -> Result<Vec<(String, String)>, WorldError> {
    let mut pages = clients
        .identity
        .list_identity_pools()
        .max_results(60)
        .into_paginator()
        .send();
    let mut pools = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| WorldError::of("cognito-identity:ListIdentityPools", error))?;
        let page = page.identity_pools.unwrap_or_default();
        pools.extend(
            page.into_iter()
                .filter_map(|it| Some((it.identity_pool_id?, it.identity_pool_name.unwrap_or_default()))),
        );
    }
    Ok(pools)
}

async fn describe(clients: &Clients, id: &str) -> Result<DescribeIdentityPoolOutput, WorldError> {
    let call = clients.identity.describe_identity_pool().identity_pool_id(id);
    call.send()
        .await
        .map_err(|error| WorldError::of("cognito-identity:DescribeIdentityPool", error))
}

async fn look(clients: &Clients, id: &str) -> Result<Candidate, WorldError> {
    let noun = seen(&describe(clients, id).await?);
    Ok(Candidate {
        tags: noun.tags.0.clone(),
        remarks: Vec::new(),
        object: Object {
            id: id.to_owned(),
            value: noun.to_value(),
            outputs: outputs(clients, id),
            held: Vec::new(),
            marked: true,
            cost: None,
            keeps: None,
            propagating: None,
        },
    })
}

/// The id of a pool of this name that carries the mark of this address, and is not the one to be replaced.
async fn marked(clients: &Clients, target: &Target<'_>, name: &str) -> Result<Option<String>, WorldError> {
    let Target {
        stack,
        address,
        loosen: _,
        replaces,
        source: _,
        waiting: _,
    } = *target;
    for (id, its_name) in list(clients).await? {
        if its_name != name || replaces == Some(&*id) {
            continue;
        }
        let noun = match describe(clients, &id).await {
            Err(error) if error.is_missing() => continue,
            answer => seen(&answer?),
        };
        if carries(&noun, stack, address) && noun.tags.0.get(REPLACES).map(String::as_str) == replaces {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

fn carries(noun: &IdentityPool, stack: &Stack, address: &Address) -> bool {
    tags::claim(stack, Kind::IdentityPool, &noun.tags.0) == Claim::Ours(address.clone())
}

async fn create(clients: &Clients, target: &Target<'_>, want: &IdentityPool) -> Result<String, WorldError> {
    let IdentityPool {
        name,
        guests,
        classic_flow,
        login_providers,
        social_providers,
        openid_providers,
        saml_providers,
        developer_provider,
        tags: Entries(tags),
    } = want;
    let mut tags: HashMap<String, String> = tags.clone().into_iter().collect();
    tags.extend(target.replaces.map(|old| (REPLACES.to_owned(), old.to_owned())));
    let call = clients
        .identity_once
        .create_identity_pool()
        .identity_pool_name(name)
        .allow_unauthenticated_identities(*guests)
        .allow_classic_flow(*classic_flow)
        .set_cognito_identity_providers(Some(login_providers.iter().map(provider).collect()))
        .set_supported_login_providers(Some(social_providers.clone().into_iter().collect()))
        .set_open_id_connect_provider_arns(Some(openid_providers.iter().cloned().collect()))
        .set_saml_provider_arns(Some(saml_providers.iter().cloned().collect()))
        .set_developer_provider_name(Some(developer_provider.clone()).filter(|it| !it.is_empty()))
        .set_identity_pool_tags(Some(tags));
    let made = call.send().await;
    let made = made.map_err(|error| WorldError::of("cognito-identity:CreateIdentityPool", error))?;
    Ok(made.identity_pool_id)
}

/// Whether a field of `UpdateIdentityPool` differs; tags have calls of their own.
fn differs(is: &IdentityPool, want: &IdentityPool) -> bool {
    let IdentityPool {
        name,
        guests,
        classic_flow,
        login_providers,
        social_providers,
        openid_providers,
        saml_providers,
        developer_provider,
        tags: _,
    } = want;
    *name != is.name
        || *guests != is.guests
        || *classic_flow != is.classic_flow
        || *login_providers != is.login_providers
        || *social_providers != is.social_providers
        || *openid_providers != is.openid_providers
        || *saml_providers != is.saml_providers
        || *developer_provider != is.developer_provider
}

/// The whole pool: every member is ours but the name of a developer provider, which AWS never takes away.
fn whole(clients: &Clients, now: &DescribeIdentityPoolOutput, want: &IdentityPool) -> UpdateIdentityPoolFluentBuilder {
    let IdentityPool {
        name,
        guests,
        classic_flow,
        login_providers,
        social_providers,
        openid_providers,
        saml_providers,
        developer_provider,
        tags: _,
    } = want;
    let developer_provider = Some(developer_provider.clone()).filter(|it| !it.is_empty());
    clients
        .identity
        .update_identity_pool()
        .identity_pool_id(&now.identity_pool_id)
        .identity_pool_name(name)
        .allow_unauthenticated_identities(*guests)
        .allow_classic_flow(*classic_flow)
        .set_cognito_identity_providers(Some(login_providers.iter().map(provider).collect()))
        .set_supported_login_providers(Some(social_providers.clone().into_iter().collect()))
        .set_open_id_connect_provider_arns(Some(openid_providers.iter().cloned().collect()))
        .set_saml_provider_arns(Some(saml_providers.iter().cloned().collect()))
        .set_developer_provider_name(developer_provider.or_else(|| now.developer_provider_name.clone()))
}

fn provider(want: &CognitoProvider) -> CognitoIdentityProvider {
    let CognitoProvider {
        provider,
        client_id,
        server_side_token_check,
    } = want;
    CognitoIdentityProvider::builder()
        .provider_name(provider)
        .client_id(client_id)
        .server_side_token_check(*server_side_token_check)
        .build()
}

fn seen(pool: &DescribeIdentityPoolOutput) -> IdentityPool {
    let sorted = |map: &Option<HashMap<String, String>>| map.clone().unwrap_or_default().into_iter().collect();
    IdentityPool {
        name: pool.identity_pool_name.clone(),
        guests: pool.allow_unauthenticated_identities,
        // Absent lets the flow through today, but is no promise: it counts as false, so that true gets written.
        classic_flow: pool.allow_classic_flow == Some(true),
        login_providers: pool
            .cognito_identity_providers()
            .iter()
            .map(|it| CognitoProvider {
                provider: it.provider_name.clone().unwrap_or_default(),
                client_id: it.client_id.clone().unwrap_or_default(),
                server_side_token_check: it.server_side_token_check == Some(true),
            })
            .collect(),
        social_providers: sorted(&pool.supported_login_providers),
        openid_providers: pool.open_id_connect_provider_arns().iter().cloned().collect(),
        saml_providers: pool.saml_provider_arns().iter().cloned().collect(),
        developer_provider: pool.developer_provider_name.clone().unwrap_or_default(),
        tags: Entries(sorted(&pool.identity_pool_tags)),
    }
}

/// A pool's ARN, which no call gives. Partitions other than `aws` are refused before anything is asked.
fn arn(clients: &Clients, id: &str) -> String {
    let region = id.split_once(':').map_or(clients.region.as_str(), |(region, _)| region);
    format!(
        "arn:aws:cognito-identity:{region}:{}:identitypool/{id}",
        clients.account
    )
}

fn outputs(clients: &Clients, id: &str) -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("id".to_owned(), id.into()),
        ("arn".to_owned(), arn(clients, id).into()),
    ])
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentity::operation::update_identity_pool::UpdateIdentityPoolInput;

    use super::*;
    use crate::kinds::decided;

    #[test]
    fn every_member_is_decided() {
        let input = UpdateIdentityPoolInput::builder().build().expect("nothing is required");
        let ours = [
            "identity_pool_id",
            "identity_pool_name",
            "allow_unauthenticated_identities",
            "allow_classic_flow",
            "supported_login_providers",
            "developer_provider_name",
            "open_id_connect_provider_arns",
            "cognito_identity_providers",
            "saml_provider_arns",
        ];
        // Tags change by the tag calls only (lesson L76).
        let left_out = ["identity_pool_tags"];
        decided::assert_members(&input, &[&ours[..], &left_out[..]].concat());
    }

    fn pool() -> DescribeIdentityPoolOutput {
        DescribeIdentityPoolOutput::builder()
            .identity_pool_id("eu-west-1:0")
            .identity_pool_name("igv")
            .allow_unauthenticated_identities(false)
            .cognito_identity_providers(
                CognitoIdentityProvider::builder()
                    .provider_name("cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a")
                    .client_id("c1")
                    .build(),
            )
            .build()
            .expect("what is required is set")
    }

    #[test]
    fn l31_a_classic_flow_that_was_never_written_is_a_difference() {
        assert!(!seen(&pool()).classic_flow);
    }

    #[tokio::test]
    async fn l30_flipping_one_flag_keeps_the_providers() {
        let clients = decided::clients().await;
        let mut want = seen(&pool());
        want.classic_flow = true;
        let call = whole(&clients, &pool(), &want);
        assert_eq!(*call.get_allow_classic_flow(), Some(true));
        assert_eq!(call.get_cognito_identity_providers().as_ref().map(Vec::len), Some(1));
        assert_eq!(*call.get_saml_provider_arns(), Some(Vec::new()));
        assert_eq!(*call.get_identity_pool_tags(), None);
    }
}
