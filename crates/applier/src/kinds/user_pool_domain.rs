//! How Cognito spells the domain of the login page.
//!
//! `DescribeUserPoolDomain` of an unknown prefix succeeds with an empty description, and shows only domains of the
//! caller's own account. That somebody else holds the prefix is learnt when it is made.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::{DomainDescriptionType, DomainStatusType};
use planner::{Finding, Found, Harm, Leftover, Object};
use spec_model::kinds::{LoginPage, UserPoolDomain};
use spec_model::{Address, Kind, Shaped, Value};

use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::kinds::user_pool_client;
use crate::verbs::{Made, Parent, Permission, Search, Sightings, Target, Verbs, Wanted};

/// Where AWS serves prefix domains; no answer of Cognito's holds the whole name.
const SUFFIX: &str = "amazoncognito.com";

impl Verbs for UserPoolDomain {
    const CALLS: &'static [Permission] = &[
        Permission {
            action: "cognito-idp:DescribeUserPoolDomain",
            reads: true,
        },
        // Only for managed login, which shows nothing without a style.
        Permission {
            action: "cognito-idp:ListUserPoolClients",
            reads: true,
        },
        Permission {
            action: "cognito-idp:DescribeManagedLoginBrandingByClient",
            reads: true,
        },
        Permission {
            action: "cognito-idp:CreateUserPoolDomain",
            reads: false,
        },
        Permission {
            action: "cognito-idp:UpdateUserPoolDomain",
            reads: false,
        },
        Permission {
            action: "cognito-idp:DeleteUserPoolDomain",
            reads: false,
        },
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        let mut seen = Sightings::default();
        for wanted in &search.wanted {
            let found = match look(clients, search, wanted).await {
                Ok((found, finding)) => {
                    seen.findings.extend(finding);
                    found
                }
                Err(error) => Found::Unknown(error.gap("the domain of the login page")),
            };
            seen.found.insert(wanted.address.clone(), found);
        }
        if search.wanted.is_empty()
            && let Some(parent) = &search.parent
            && let Some(prefix) = shown_by(parent)
            && let Some(live) = describe(clients, prefix).await?
        {
            // A domain belongs to its pool, so one that the file does not have is a leftover under the pool's name.
            let address = Address::new(Kind::UserPoolDomain, parent.address.name.clone());
            seen.leftovers.push(Leftover {
                replaced: search.known.contains(&&address),
                address,
                object: object(clients, &live),
            });
        }
        Ok(seen)
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let UserPoolDomain {
            prefix,
            user_pool_id,
            login_page,
        } = want;
        let create = || async {
            let call = clients
                .cognito
                .create_user_pool_domain()
                .domain(&prefix)
                .user_pool_id(&user_pool_id)
                .managed_login_version(version(login_page))
                .send()
                .await;
            let Err(error) = call else { return Ok(()) };
            let error = WorldError::of("cognito-idp:CreateUserPoolDomain", error);
            // After a lost answer, or a run that was killed, it may be ours already.
            match describe(clients, &prefix).await {
                Ok(Some(live)) if live.user_pool_id.as_deref() == Some(&*user_pool_id) => Ok(()),
                _ => Err(error),
            }
        };
        if target.replaces.is_some() {
            // One prefix domain per pool: the old one goes first, and Cognito may take a moment to see it.
            let passes =
                |error: &WorldError| error.has_code("InvalidParameterException") && error.message.contains("already");
            eventually(target, "the former domain to be gone", passes, create).await?;
        } else {
            create().await?;
        }
        Ok(Made {
            outputs: outputs(&clients.region, &prefix),
            id: prefix,
        })
    }

    async fn update(
        clients: &Clients,
        _target: &Target<'_>,
        id: &str,
        _live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        let UserPoolDomain {
            prefix: _,
            user_pool_id,
            login_page,
        } = want;
        let now = describe(clients, id).await?.ok_or_else(|| gone(id))?;
        clients
            .cognito
            .update_user_pool_domain()
            .domain(id)
            .user_pool_id(user_pool_id)
            .managed_login_version(version(login_page))
            // As found.
            .set_custom_domain_config(now.custom_domain_config)
            .set_routing(now.routing)
            .send()
            .await
            .map(drop)
            .map_err(|error| WorldError::of("cognito-idp:UpdateUserPoolDomain", error))
    }

    async fn delete(clients: &Clients, _target: &Target<'_>, id: &str, live: &Self) -> Result<(), WorldError> {
        let call = clients
            .cognito
            .delete_user_pool_domain()
            .domain(id)
            .user_pool_id(&live.user_pool_id);
        let Err(error) = call.send().await else { return Ok(()) };
        let error = WorldError::of("cognito-idp:DeleteUserPoolDomain", error);
        // A domain that is gone is refused like a wrong one: ask which it is.
        match describe(clients, id).await {
            Ok(None) => Ok(()),
            _ if error.is_missing() => Ok(()),
            _ => Err(error),
        }
    }

    async fn release(_clients: &Clients, _target: &Target<'_>, _id: &str) -> Result<(), WorldError> {
        // It carries no mark of its own.
        Ok(())
    }
}

fn gone(prefix: &str) -> WorldError {
    let message = format!("the domain `{prefix}` is not there any more");
    WorldError::own("cognito-idp:DescribeUserPoolDomain", message)
}

/// The prefix domain that the pool itself shows.
fn shown_by<'a>(parent: &'a Parent<'_>) -> Option<&'a str> {
    parent.outputs.get("domain").and_then(Value::as_text)
}

/// The description of a domain of the caller's account; none where there is no such domain.
async fn describe(clients: &Clients, prefix: &str) -> Result<Option<DomainDescriptionType>, WorldError> {
    let action = "cognito-idp:DescribeUserPoolDomain";
    let answer = clients.cognito.describe_user_pool_domain().domain(prefix).send().await;
    match answer.map_err(|error| WorldError::of(action, error)) {
        Ok(answer) => Ok(answer
            .domain_description
            .filter(|it| it.user_pool_id.is_some() && it.status != Some(DomainStatusType::Deleting))),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn look(
    clients: &Clients,
    search: &Search<'_>,
    wanted: &Wanted<'_>,
) -> Result<(Found, Option<Finding>), WorldError> {
    let Some(prefix) = wanted.adopt.or_else(|| wanted.text("prefix")) else {
        return Ok((Found::Absent, None));
    };
    let parent = search.parent.as_ref();
    let pool = parent.map(|it| it.id).or_else(|| wanted.text("user_pool_id"));
    // A pool has one prefix domain: where it shows another, that one is the live one.
    let other = parent.and_then(shown_by).filter(|it| *it != prefix);
    let (named, other) = tokio::join!(describe(clients, prefix), async {
        match other {
            Some(prefix) => describe(clients, prefix).await,
            None => Ok(None),
        }
    });
    let live = match named? {
        Some(named) if pool != named.user_pool_id.as_deref() => {
            let found = Found::Foreign {
                id: prefix.to_owned(),
                claimed_by: named.user_pool_id.map(|it| format!("user pool {it}")),
            };
            return Ok((found, None));
        }
        Some(named) => named,
        None => match other? {
            Some(other) => other,
            None => return Ok((Found::Absent, None)),
        },
    };
    let finding = match page(&live) {
        LoginPage::Classic => None,
        LoginPage::Managed => without_style(clients, search, wanted.address, &live).await?,
    };
    Ok((Found::Ours(Box::new(object(clients, &live))), finding))
}

/// Managed login serves no page until it has a style for the client (lesson L77).
async fn without_style(
    clients: &Clients,
    search: &Search<'_>,
    address: &Address,
    live: &DomainDescriptionType,
) -> Result<Option<Finding>, WorldError> {
    let pool = live.user_pool_id.as_deref().unwrap_or_default();
    for (client, name) in user_pool_client::list(clients, pool).await? {
        if user_pool_client::marked(search.stack, &name).is_none() {
            continue;
        }
        let call = clients
            .cognito
            .describe_managed_login_branding_by_client()
            .user_pool_id(pool)
            .client_id(&client);
        let answer = call.send().await;
        match answer.map_err(|error| WorldError::of("cognito-idp:DescribeManagedLoginBrandingByClient", error)) {
            Ok(_) => {}
            Err(error) if error.is_missing() => {
                return Ok(Some(Finding {
                    address: address.clone(),
                    name: "managed login without a style".to_owned(),
                    what: format!(
                        "nobody can log in: the login page of the client `{name}` shows nothing until it has a style"
                    ),
                    harm: Harm::LocksOut,
                }));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn page(live: &DomainDescriptionType) -> LoginPage {
    if live.managed_login_version.unwrap_or(1) == 1 {
        LoginPage::Classic
    } else {
        LoginPage::Managed
    }
}

fn version(page: LoginPage) -> i32 {
    match page {
        LoginPage::Classic => 1,
        LoginPage::Managed => 2,
    }
}

fn seen(live: &DomainDescriptionType) -> UserPoolDomain {
    UserPoolDomain {
        prefix: live.domain.clone().unwrap_or_default(),
        user_pool_id: live.user_pool_id.clone().unwrap_or_default(),
        login_page: page(live),
    }
}

fn object(clients: &Clients, live: &DomainDescriptionType) -> Object {
    let noun = seen(live);
    Object {
        outputs: outputs(&clients.region, &noun.prefix),
        value: noun.to_value(),
        id: noun.prefix,
        held: Vec::new(),
        marked: true,
        cost: None,
        keeps: None,
        propagating: live
            .status
            .as_ref()
            .filter(|it| matches!(it, DomainStatusType::Creating | DomainStatusType::Updating))
            .map(|it| it.as_str().to_ascii_lowercase()),
    }
}

fn outputs(region: &str, prefix: &str) -> BTreeMap<String, Value> {
    let host = format!("{prefix}.auth.{region}.{SUFFIX}");
    BTreeMap::from([
        (
            "authorization_endpoint".to_owned(),
            format!("https://{host}/oauth2/authorize").into(),
        ),
        (
            "token_endpoint".to_owned(),
            format!("https://{host}/oauth2/token").into(),
        ),
    ])
}
