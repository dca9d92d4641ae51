//! How Cognito spells an app client.
//!
//! `UpdateUserPoolClient` resets every field that it is not given, so an update starts from what
//! `DescribeUserPoolClient` just said. A client has no tags: the end of its name is its mark. Its secret is shown by
//! the describing call alone, and not even there once a second one exists (lesson L22).
//!
//! The id of the kind is `<user pool id>/<client id>`: a client id alone does not say where the client is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::types::{
    FeatureType, PreventUserExistenceErrorTypes, TimeUnitsType, UserPoolClientType,
};
use futures_util::future::join_all;
use planner::{Finding, Found, Gap, Harm, Leftover, Object};
use spec_model::kinds::UserPoolClient;
use spec_model::{Address, Kind, Secret, Shaped, Stack, Value};

use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::kinds::in_pool::InPool;
use crate::kinds::once::once;
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs, Wanted};

mod mark;
mod write;

use mark::full_name;
pub(super) use mark::marked;

impl Verbs for UserPoolClient {
    const CALLS: &'static [Permission] = &[
        Permission {
            action: "cognito-idp:ListUserPoolClients",
            reads: true,
        },
        Permission {
            action: "cognito-idp:DescribeUserPoolClient",
            reads: true,
        },
        Permission {
            action: "cognito-idp:ListUserPoolClientSecrets",
            reads: true,
        },
        Permission {
            action: "cognito-idp:CreateUserPoolClient",
            reads: false,
        },
        Permission {
            action: "cognito-idp:UpdateUserPoolClient",
            reads: false,
        },
        Permission {
            action: "cognito-idp:DeleteUserPoolClient",
            reads: false,
        },
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        let Some(parent) = &search.parent else {
            return Ok(Sightings::default());
        };
        let listed = match list(clients, parent.id).await {
            Ok(listed) => listed,
            Err(error) if search.wanted.is_empty() => return Err(error),
            Err(error) => {
                let gap = error.gap(format!("the clients of the user pool `{}`", parent.id));
                let unknown = |it: &Wanted<'_>| (it.address.clone(), Found::Unknown(gap.clone()));
                return Ok(Sightings {
                    found: search.wanted.iter().map(unknown).collect(),
                    leftovers: Vec::new(),
                    findings: Vec::new(),
                    gaps: Vec::new(),
                });
            }
        };
        let adopted: BTreeMap<&str, &Address> = search
            .wanted
            .iter()
            .filter_map(|it| Some((InPool::read(it.adopt?, parent.id).id, it.address)))
            .collect();

        // Which clients are whose, by their names alone.
        let mut ours: BTreeMap<Address, Vec<(u32, &str)>> = BTreeMap::new();
        let mut findings = Vec::new();
        for (id, name) in &listed {
            if let Some(address) = adopted.get(id.as_str()) {
                ours.entry((*address).clone()).or_default().push((0, id));
            } else if let Some((name, number)) = marked(search.stack, name).map(|it| it.at(search)) {
                let address = Address::new(Kind::UserPoolClient, name);
                ours.entry(address).or_default().push((number, id));
            } else {
                findings.push(Finding {
                    address: parent.address.clone(),
                    name: format!("client {id}"),
                    what: format!("`{name}` lets people of this pool log in on terms that the file does not set"),
                    harm: Harm::LetsIn,
                });
            }
        }
        let read_ids: BTreeSet<&str> = ours.values().flatten().map(|(_, id)| *id).collect();
        let reads = join_all(read_ids.iter().map(|id| look(clients, search.stack, parent.id, id))).await;
        let reads: BTreeMap<&str, Result<Option<Object>, WorldError>> = read_ids.into_iter().zip(reads).collect();

        let mut seen = Sightings {
            found: BTreeMap::new(),
            leftovers: Vec::new(),
            findings,
            gaps: Vec::new(),
        };
        for wanted in &search.wanted {
            let ids = ours.remove(wanted.address).unwrap_or_default();
            // The highest number is the newest: a replacement is named after the one whose place it takes. Beside an
            // adopted client a marked one is no predecessor.
            let top = ids.iter().map(|(number, _)| *number).max();
            let (newest, older): (Vec<_>, Vec<_>) = ids
                .into_iter()
                .partition(|(number, _)| wanted.adopt.is_some() || Some(*number) == top);
            let found = match (newest.as_slice(), wanted.adopt) {
                ([(_, id)], _) => match &reads[id] {
                    Ok(Some(object)) => Found::Ours(Box::new(object.clone())),
                    Ok(None) => Found::Absent,
                    Err(error) => Found::Unknown(error.gap(format!("the client `{id}`"))),
                },
                ([], Some(id)) => Found::Unknown(Gap {
                    what: format!("the client `{id}`"),
                    action: "cognito-idp:ListUserPoolClients".to_owned(),
                    error: format!(
                        "the file adopts the client `{id}`, which does not exist in user pool {}",
                        parent.id
                    ),
                    denied: false,
                }),
                ([], None) => Found::Absent,
                (many, _) => Found::Ambiguous {
                    ids: many.iter().map(|(_, id)| InPool::write(parent.id, id)).collect(),
                },
            };
            if let Found::Ours(object) = &found
                && !object.outputs.contains_key("secret")
            {
                seen.findings.push(Finding {
                    address: wanted.address.clone(),
                    name: "second client secret".to_owned(),
                    what: "AWS shows none of a client's secrets once it has two, so it cannot be told whether the \
                           published one is right; to end this, delete the one that is not published \
                           (`DeleteUserPoolClientSecret`)"
                        .to_owned(),
                    harm: Harm::LocksOut,
                });
            }
            seen.found.insert(wanted.address.clone(), found);
            leave(&mut seen, wanted.address, true, &older, &reads);
        }
        for (address, ids) in ours {
            // Known, and not wanted here: its place is in another pool.
            let replaced = search.known.contains(&&address);
            leave(&mut seen, &address, replaced, &ids, &reads);
        }
        Ok(seen)
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let replaced = target
            .replaces
            .map(|it| InPool::read(it, &want.user_pool_id).id.to_owned());
        // The number follows that of the replaced client, so a second try after a kill finds the first one's work.
        let number = match &replaced {
            None => 1,
            Some(old) => {
                let clients = list(clients, &want.user_pool_id).await?;
                let name = clients.iter().find(|(id, _)| id == old).map(|(_, name)| name.as_str());
                let mark = name.and_then(|it| marked(target.stack, it));
                mark.map_or(1, |it| it.after(&target.address.name)) + 1
            }
        };
        let name = full_name(target.stack, target.address, &want.name, number);
        let client = once(
            target,
            "whether the client was made",
            || async {
                let listed = list(clients, &want.user_pool_id).await?;
                let there = listed.iter().find(|(id, its_name)| {
                    let mark = marked(target.stack, its_name);
                    Some(id) != replaced.as_ref() && mark.is_some_and(|it| it.is(&target.address.name, number))
                });
                match there {
                    Some((id, _)) => describe(clients, &want.user_pool_id, id).await,
                    None => Ok(None),
                }
            },
            || write::create(clients, &name, &want),
        )
        .await?;
        Ok(Made {
            id: InPool::write(&want.user_pool_id, client.client_id.as_deref().unwrap_or_default()),
            outputs: outputs(&client, shown_secret(&client)),
        })
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        id: &str,
        _live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        let InPool { pool, id } = InPool::read(id, &want.user_pool_id);
        eventually(
            target,
            "another change of the client",
            |_| false,
            || async {
                let now = describe(clients, pool, id).await?.ok_or_else(|| gone(id))?;
                let mark = now.client_name.as_deref().and_then(|it| marked(target.stack, it));
                let number = mark.map_or(1, |it| it.after(&target.address.name));
                let name = full_name(target.stack, target.address, &want.name, number);
                write::send(write::ours(write::echo(clients, &now), &now, &name, &want)).await
            },
        )
        .await
    }

    async fn delete(clients: &Clients, _target: &Target<'_>, id: &str, live: &Self) -> Result<(), WorldError> {
        let InPool { pool, id } = InPool::read(id, &live.user_pool_id);
        let call = clients
            .cognito
            .delete_user_pool_client()
            .user_pool_id(pool)
            .client_id(id);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => match WorldError::of("cognito-idp:DeleteUserPoolClient", error) {
                error if error.is_missing() => Ok(()),
                error => Err(error),
            },
        }
    }

    async fn release(clients: &Clients, target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        let InPool { pool, id } = InPool::read(id, "");
        let Some(now) = describe(clients, pool, id).await? else {
            return Ok(());
        };
        let name = now.client_name.clone().unwrap_or_default();
        match marked(target.stack, &name) {
            Some(mark) => write::send(write::echo(clients, &now).client_name(mark.before)).await,
            None => Ok(()),
        }
    }
}

/// The clients of a pool: ids and names.
pub(super) async fn list(clients: &Clients, pool: &str) -> Result<Vec<(String, String)>, WorldError> {
    let call = clients
        .cognito
        .list_user_pool_clients()
        .user_pool_id(pool)
        .max_results(60);
    let mut pages = call.into_paginator().send();
    let mut listed = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| WorldError::of("cognito-idp:ListUserPoolClients", error))?;
        let page = page.user_pool_clients.unwrap_or_default();
        listed.extend(
            page.into_iter()
                .filter_map(|it| Some((it.client_id?, it.client_name.unwrap_or_default()))),
        );
    }
    Ok(listed)
}

async fn describe(clients: &Clients, pool: &str, id: &str) -> Result<Option<UserPoolClientType>, WorldError> {
    let call = clients
        .cognito
        .describe_user_pool_client()
        .user_pool_id(pool)
        .client_id(id);
    match call.send().await {
        Ok(answer) => Ok(answer.user_pool_client),
        Err(error) => match WorldError::of("cognito-idp:DescribeUserPoolClient", error) {
            error if error.is_missing() => Ok(None),
            error => Err(error),
        },
    }
}

fn gone(id: &str) -> WorldError {
    let message = format!("the client `{id}` is not there any more");
    WorldError::own("cognito-idp:DescribeUserPoolClient", message)
}

/// What is known of a client's secret.
enum Shown {
    /// It has none.
    None,
    /// The one that AWS shows.
    Secret(Secret),
    /// It has two, and AWS shows neither.
    Hidden,
}

fn shown_secret(client: &UserPoolClientType) -> Shown {
    match &client.client_secret {
        Some(secret) => Shown::Secret(Secret::new(secret.clone())),
        None => Shown::None,
    }
}

async fn look(clients: &Clients, stack: &Stack, pool: &str, id: &str) -> Result<Option<Object>, WorldError> {
    let Some(client) = describe(clients, pool, id).await? else {
        return Ok(None);
    };
    let mut secret = shown_secret(&client);
    if matches!(secret, Shown::None) && has_secrets(clients, pool, id).await? {
        secret = Shown::Hidden;
    }
    let name = client.client_name.as_deref().unwrap_or_default();
    Ok(Some(Object {
        id: InPool::write(pool, id),
        value: seen(&client, stack, &secret).to_value(),
        marked: marked(stack, name).is_some(),
        outputs: outputs(&client, secret),
        held: Vec::new(),
        cost: None,
        keeps: None,
        propagating: None,
    }))
}

/// Whether a client that shows no secret has some all the same.
async fn has_secrets(clients: &Clients, pool: &str, id: &str) -> Result<bool, WorldError> {
    let call = clients
        .cognito
        .list_user_pool_client_secrets()
        .user_pool_id(pool)
        .client_id(id);
    match call.send().await {
        Ok(answer) => Ok(!answer.client_secrets.unwrap_or_default().is_empty()),
        Err(error) => match WorldError::of("cognito-idp:ListUserPoolClientSecrets", error) {
            // Where the call does not exist there are no second secrets.
            error if error.has_code("UnknownOperationException") => Ok(false),
            error => Err(error),
        },
    }
}

fn leave(
    seen: &mut Sightings,
    address: &Address,
    replaced: bool,
    ids: &[(u32, &str)],
    reads: &BTreeMap<&str, Result<Option<Object>, WorldError>>,
) {
    for (_, id) in ids {
        match &reads[id] {
            Ok(Some(object)) => seen.leftovers.push(Leftover {
                address: address.clone(),
                replaced,
                object: object.clone(),
            }),
            Ok(None) => {}
            Err(error) => seen.gaps.push(error.gap(format!("the client `{id}`"))),
        }
    }
}

fn outputs(client: &UserPoolClientType, secret: Shown) -> BTreeMap<String, Value> {
    let id = client.client_id.as_deref().unwrap_or_default();
    let mut outputs = BTreeMap::from([("id".to_owned(), id.into())]);
    match secret {
        Shown::None => outputs.insert("secret".to_owned(), Value::Secret(Secret::new(""))),
        Shown::Secret(secret) => outputs.insert("secret".to_owned(), Value::Secret(secret)),
        Shown::Hidden => None,
    };
    outputs
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The seconds in a unit; a unit that AWS does not name is the token's own default.
fn seconds(unit: Option<&TimeUnitsType>, default: u64) -> u64 {
    match unit.map(TimeUnitsType::as_str) {
        Some("seconds") => 1,
        Some("minutes") => MINUTE,
        Some("hours") => HOUR,
        Some("days") => DAY,
        _ => default,
    }
}

fn seen(client: &UserPoolClientType, stack: &Stack, secret: &Shown) -> UserPoolClient {
    let name = client.client_name.as_deref().unwrap_or_default();
    let units = client.token_validity_units.as_ref();
    let length = |value: Option<i32>, unit, default: u64, default_unit| match value.filter(|it| *it != 0) {
        Some(value) => Duration::from_secs(u64::try_from(value).unwrap_or_default() * seconds(unit, default_unit)),
        None => Duration::from_secs(default),
    };
    let texts = |list: &[String]| list.iter().cloned().collect();
    UserPoolClient {
        user_pool_id: client.user_pool_id.clone().unwrap_or_default(),
        name: marked(stack, name).map_or(name, |it| it.before).to_owned(),
        secret: !matches!(secret, Shown::None),
        oauth: client.allowed_o_auth_flows_user_pool_client == Some(true),
        grants: client
            .allowed_o_auth_flows()
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
        scopes: texts(client.allowed_o_auth_scopes()),
        callback_urls: texts(client.callback_urls()),
        identity_providers: texts(client.supported_identity_providers()),
        auth_flows: client
            .explicit_auth_flows()
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
        hide_unknown_users: client.prevent_user_existence_errors == Some(PreventUserExistenceErrorTypes::Enabled),
        revocation: client.enable_token_revocation == Some(true),
        // Hours for access and id tokens and days for refresh tokens, where a unit is missing (aws-traps).
        access_token_validity: length(
            client.access_token_validity,
            units.and_then(|it| it.access_token()),
            HOUR,
            HOUR,
        ),
        id_token_validity: length(client.id_token_validity, units.and_then(|it| it.id_token()), HOUR, HOUR),
        refresh_token_validity: length(
            Some(client.refresh_token_validity),
            units.and_then(|it| it.refresh_token()),
            30 * DAY,
            DAY,
        ),
        refresh_token_rotation: client
            .refresh_token_rotation
            .as_ref()
            .is_some_and(|it| it.feature == FeatureType::Enabled),
        read_attributes: texts(client.read_attributes()),
        write_attributes: texts(client.write_attributes()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::types::TokenValidityUnitsType;

    use super::*;

    fn stack() -> Stack {
        Stack {
            name: "igv-demo".to_owned(),
            id: None,
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        }
    }

    #[test]
    fn l16_a_unit_that_is_missing_is_the_token_s_own() {
        let units = TokenValidityUnitsType::builder()
            .id_token(TimeUnitsType::Minutes)
            .build();
        let client = UserPoolClientType::builder()
            .access_token_validity(2)
            .id_token_validity(90)
            .refresh_token_validity(7)
            .token_validity_units(units)
            .build();
        let noun = seen(&client, &stack(), &Shown::None);
        assert_eq!(noun.access_token_validity, Duration::from_secs(2 * HOUR));
        assert_eq!(noun.id_token_validity, Duration::from_secs(90 * MINUTE));
        assert_eq!(noun.refresh_token_validity, Duration::from_secs(7 * DAY));
        let fresh = seen(&UserPoolClientType::builder().build(), &stack(), &Shown::None);
        assert_eq!(fresh.refresh_token_validity, Duration::from_secs(30 * DAY));
        assert_eq!(fresh.access_token_validity, Duration::from_secs(HOUR));
    }
}
