//! How Cognito spells an app client.
//!
//! `UpdateUserPoolClient` resets every field that it is not given, so an update starts from what
//! `DescribeUserPoolClient` just said. A client has no tags: the end of its name is its mark. Its secret is shown by
//! the describing call alone, and not even there once a second one exists (lesson L22).
//!
//! The id of the kind is `<user pool id>/<client id>`: a client id alone does not say where the client is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::builders::UpdateUserPoolClientFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    ExplicitAuthFlowsType, FeatureType, OAuthFlowType, PreventUserExistenceErrorTypes, RefreshTokenRotationType,
    TimeUnitsType, TokenValidityUnitsType, UserPoolClientType,
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
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs};

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
        let listed = list(clients, parent.id).await?;
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
            seen.found.insert(wanted.address.clone(), found);
            leave(&mut seen.leftovers, wanted.address, true, &older, &reads)?;
        }
        for (address, ids) in ours {
            // Known, and not wanted here: its place is in another pool.
            let replaced = search.known.contains(&&address);
            leave(&mut seen.leftovers, &address, replaced, &ids, &reads)?;
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
            || create(clients, &name, &want),
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
                send(ours(echo(clients, &now), &now, &name, &want)).await
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
            Some(mark) => send(echo(clients, &now).client_name(mark.before)).await,
            None => Ok(()),
        }
    }
}

/// A client's name that ends in the mark of this stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark<'a> {
    /// The name that the file gives.
    before: &'a str,
    /// What follows the stack: the address's name and, for a replacement, a dot and its number.
    rest: &'a str,
}

/// Reads the end of a client's name.
pub(super) fn marked<'a>(stack: &Stack, name: &'a str) -> Option<Mark<'a>> {
    let (before, mark) = name.rsplit_once(" @")?;
    let rest = mark.strip_prefix(&stack.name)?.strip_prefix('.')?;
    (!rest.is_empty()).then_some(Mark { before, rest })
}

impl<'a> Mark<'a> {
    /// Splits a replacement's number off; an address whose own name ends in a number wins.
    fn at(self, search: &Search<'_>) -> (&'a str, u32) {
        let known = |name: &str| search.known.iter().any(|it| it.name == name);
        match self.split() {
            Some(split) if !known(self.rest) => split,
            _ => (self.rest, 1),
        }
    }

    fn split(self) -> Option<(&'a str, u32)> {
        let (name, number) = self.rest.rsplit_once('.')?;
        let number = number.parse().ok().filter(|it| *it > 1)?;
        Some((name, number))
    }

    /// Its number, where the address's name is known.
    fn after(self, name: &str) -> u32 {
        self.split().filter(|it| it.0 == name).map_or(1, |it| it.1)
    }

    fn is(self, name: &str, number: u32) -> bool {
        if number == 1 {
            self.rest == name
        } else {
            self.split() == Some((name, number))
        }
    }
}

fn full_name(stack: &Stack, address: &Address, name: &str, number: u32) -> String {
    let mark = stack.client_mark(&address.name);
    match number {
        1 => format!("{name}{mark}"),
        _ => format!("{name}{mark}.{number}"),
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
    let secret = match shown_secret(&client) {
        Shown::None if has_secrets(clients, pool, id).await? => Shown::Hidden,
        shown => shown,
    };
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
    leftovers: &mut Vec<Leftover>,
    address: &Address,
    replaced: bool,
    ids: &[(u32, &str)],
    reads: &BTreeMap<&str, Result<Option<Object>, WorldError>>,
) -> Result<(), WorldError> {
    for (_, id) in ids {
        if let Some(object) = reads[id].clone()? {
            leftovers.push(Leftover {
                address: address.clone(),
                replaced,
                object,
            });
        }
    }
    Ok(())
}

fn outputs(client: &UserPoolClientType, secret: Shown) -> BTreeMap<String, Value> {
    let id = client.client_id.as_deref().unwrap_or_default();
    let mut outputs = BTreeMap::from([("id".to_owned(), id.into())]);
    match secret {
        Shown::None => outputs.insert("secret".to_owned(), Value::Null),
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

/// A length of time as a number and a unit, which are always sent together (lesson L18).
fn quantity(length: Duration, preferred: TimeUnitsType) -> (i32, TimeUnitsType) {
    let length = length.as_secs();
    let units = [preferred, TimeUnitsType::Minutes];
    let unit = units
        .into_iter()
        .find(|unit| length.is_multiple_of(seconds(Some(unit), 1)))
        .unwrap_or(TimeUnitsType::Seconds);
    (
        i32::try_from(length / seconds(Some(&unit), 1)).unwrap_or(i32::MAX),
        unit,
    )
}

/// The three lengths of time, as the calls take them.
struct Validity {
    access: i32,
    id: i32,
    refresh: i32,
    units: TokenValidityUnitsType,
}

fn validity(access: Duration, id: Duration, refresh: Duration) -> Validity {
    let (access, access_unit) = quantity(access, TimeUnitsType::Minutes);
    let (id, id_unit) = quantity(id, TimeUnitsType::Minutes);
    let (refresh, refresh_unit) = quantity(refresh, TimeUnitsType::Days);
    Validity {
        access,
        id,
        refresh,
        units: TokenValidityUnitsType::builder()
            .access_token(access_unit)
            .id_token(id_unit)
            .refresh_token(refresh_unit)
            .build(),
    }
}

fn rotation(on: bool, as_found: Option<&RefreshTokenRotationType>) -> RefreshTokenRotationType {
    let grace = as_found.and_then(|it| it.retry_grace_period_seconds);
    RefreshTokenRotationType::builder()
        .feature(if on {
            FeatureType::Enabled
        } else {
            FeatureType::Disabled
        })
        .set_retry_grace_period_seconds(grace.filter(|_| on))
        .build()
        .expect("the one required member is set")
}

fn existence_errors(hide: bool) -> PreventUserExistenceErrorTypes {
    if hide {
        PreventUserExistenceErrorTypes::Enabled
    } else {
        PreventUserExistenceErrorTypes::Legacy
    }
}

/// A set of words as a list of AWS's type.
fn words<T: for<'a> From<&'a str>>(words: &BTreeSet<String>) -> Option<Vec<T>> {
    Some(words.iter().map(|it| T::from(it.as_str())).collect())
}

async fn create(clients: &Clients, full_name: &str, want: &UserPoolClient) -> Result<UserPoolClientType, WorldError> {
    let UserPoolClient {
        user_pool_id,
        // It is in the full name.
        name: _,
        secret,
        oauth,
        grants,
        scopes,
        callback_urls,
        identity_providers,
        auth_flows,
        hide_unknown_users,
        revocation,
        access_token_validity,
        id_token_validity,
        refresh_token_validity,
        refresh_token_rotation,
        read_attributes,
        write_attributes,
    } = want;
    let validity = validity(*access_token_validity, *id_token_validity, *refresh_token_validity);
    clients
        .cognito_once
        .create_user_pool_client()
        .user_pool_id(user_pool_id)
        .client_name(full_name)
        // Cognito's own secrets have letters and digits only, which is what IGV needs: it posts them unencoded.
        .generate_secret(*secret)
        .allowed_o_auth_flows_user_pool_client(*oauth)
        .set_allowed_o_auth_flows(words::<OAuthFlowType>(grants))
        .set_allowed_o_auth_scopes(words(scopes))
        .set_callback_urls(words(callback_urls))
        .set_supported_identity_providers(words(identity_providers))
        .set_explicit_auth_flows(words::<ExplicitAuthFlowsType>(auth_flows))
        .prevent_user_existence_errors(existence_errors(*hide_unknown_users))
        .enable_token_revocation(*revocation)
        .access_token_validity(validity.access)
        .id_token_validity(validity.id)
        .refresh_token_validity(validity.refresh)
        .token_validity_units(validity.units)
        .refresh_token_rotation(rotation(*refresh_token_rotation, None))
        .set_read_attributes(words(read_attributes))
        .set_write_attributes(words(write_attributes))
        .send()
        .await
        .map_err(|error| WorldError::of("cognito-idp:CreateUserPoolClient", error))?
        .user_pool_client
        .ok_or_else(|| WorldError::own("cognito-idp:CreateUserPoolClient", "the answer holds no client"))
}

async fn send(call: UpdateUserPoolClientFluentBuilder) -> Result<(), WorldError> {
    call.send()
        .await
        .map(drop)
        .map_err(|error| WorldError::of("cognito-idp:UpdateUserPoolClient", error))
}

/// The client as AWS has it: every member, since what is left out is reset.
fn echo(clients: &Clients, now: &UserPoolClientType) -> UpdateUserPoolClientFluentBuilder {
    let now = now.clone();
    clients
        .cognito
        .update_user_pool_client()
        .set_user_pool_id(now.user_pool_id)
        .set_client_id(now.client_id)
        .set_client_name(now.client_name)
        .set_refresh_token_validity(Some(now.refresh_token_validity).filter(|it| *it != 0))
        .set_access_token_validity(now.access_token_validity)
        .set_id_token_validity(now.id_token_validity)
        .set_token_validity_units(now.token_validity_units)
        .set_read_attributes(now.read_attributes)
        .set_write_attributes(now.write_attributes)
        .set_explicit_auth_flows(now.explicit_auth_flows)
        .set_supported_identity_providers(now.supported_identity_providers)
        .set_callback_urls(now.callback_urls)
        .set_logout_urls(now.logout_urls)
        .set_default_redirect_uri(now.default_redirect_uri)
        .set_allowed_o_auth_flows(now.allowed_o_auth_flows)
        .set_allowed_o_auth_scopes(now.allowed_o_auth_scopes)
        .set_allowed_o_auth_flows_user_pool_client(now.allowed_o_auth_flows_user_pool_client)
        .set_analytics_configuration(now.analytics_configuration)
        .set_prevent_user_existence_errors(now.prevent_user_existence_errors)
        .set_enable_token_revocation(now.enable_token_revocation)
        .set_enable_propagate_additional_user_context_data(now.enable_propagate_additional_user_context_data)
        .set_auth_session_validity(now.auth_session_validity)
        .set_refresh_token_rotation(now.refresh_token_rotation)
}

/// Our fields, on top of the echo.
fn ours(
    call: UpdateUserPoolClientFluentBuilder,
    now: &UserPoolClientType,
    full_name: &str,
    want: &UserPoolClient,
) -> UpdateUserPoolClientFluentBuilder {
    let UserPoolClient {
        user_pool_id: _,
        name: _,
        // Fixed at creation.
        secret: _,
        oauth,
        grants,
        scopes,
        callback_urls,
        identity_providers,
        auth_flows,
        hide_unknown_users,
        revocation,
        access_token_validity,
        id_token_validity,
        refresh_token_validity,
        refresh_token_rotation,
        read_attributes,
        write_attributes,
    } = want;
    let validity = validity(*access_token_validity, *id_token_validity, *refresh_token_validity);
    // AWS refuses a default that is not among the callbacks, so one that goes away takes the default along.
    let default = now.default_redirect_uri.clone().filter(|it| callback_urls.contains(it));
    call.client_name(full_name)
        .allowed_o_auth_flows_user_pool_client(*oauth)
        .set_allowed_o_auth_flows(words::<OAuthFlowType>(grants))
        .set_allowed_o_auth_scopes(words(scopes))
        .set_callback_urls(words(callback_urls))
        .set_default_redirect_uri(default)
        .set_supported_identity_providers(words(identity_providers))
        .set_explicit_auth_flows(words::<ExplicitAuthFlowsType>(auth_flows))
        .prevent_user_existence_errors(existence_errors(*hide_unknown_users))
        .enable_token_revocation(*revocation)
        .access_token_validity(validity.access)
        .id_token_validity(validity.id)
        .refresh_token_validity(validity.refresh)
        .token_validity_units(validity.units)
        .refresh_token_rotation(rotation(*refresh_token_rotation, now.refresh_token_rotation.as_ref()))
        .set_read_attributes(words(read_attributes))
        .set_write_attributes(words(write_attributes))
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
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::UpdateUserPoolClientInput;

    use super::*;
    use crate::kinds::decided;

    #[test]
    fn every_member_is_decided() {
        let input = UpdateUserPoolClientInput::builder()
            .build()
            .expect("nothing is required");
        let ours = [
            "user_pool_id",
            "client_id",
            "client_name",
            "refresh_token_validity",
            "access_token_validity",
            "id_token_validity",
            "token_validity_units",
            "read_attributes",
            "write_attributes",
            "explicit_auth_flows",
            "supported_identity_providers",
            "callback_urls",
            "allowed_o_auth_flows",
            "allowed_o_auth_scopes",
            "allowed_o_auth_flows_user_pool_client",
            "prevent_user_existence_errors",
            "enable_token_revocation",
            "refresh_token_rotation",
        ];
        let as_found = [
            "logout_urls",
            "default_redirect_uri",
            "analytics_configuration",
            "enable_propagate_additional_user_context_data",
            "auth_session_validity",
        ];
        decided::assert_members(&input, &[&ours[..], &as_found[..]].concat());
    }

    fn stack() -> Stack {
        Stack {
            name: "igv-demo".to_owned(),
            id: None,
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        }
    }

    #[test]
    fn the_end_of_the_name_is_the_mark() {
        let stack = stack();
        let address = Address::new(Kind::UserPoolClient, "igv");
        let name = full_name(&stack, &address, "igv demo @ home", 1);
        assert_eq!(name, "igv demo @ home @igv-demo.igv");
        let mark = marked(&stack, &name).expect("it is marked");
        assert_eq!((mark.before, mark.rest), ("igv demo @ home", "igv"));
        let name = full_name(&stack, &address, "igv", 3);
        assert_eq!(name, "igv @igv-demo.igv.3");
        let mark = marked(&stack, &name).expect("it is marked");
        assert_eq!(
            (mark.before, mark.after("igv"), mark.is("igv", 3), mark.is("igv", 1)),
            ("igv", 3, true, false)
        );
        for foreign in [
            "igv",
            "igv @igv-demo2.igv",
            "igv @igv.igv",
            "igv @igv-demo.",
            "igv@igv-demo.igv",
        ] {
            assert_eq!(marked(&stack, foreign), None, "{foreign}");
        }
    }

    #[test]
    fn an_address_that_ends_in_a_number_is_no_replacement() {
        let stack = stack();
        let known = Address::new(Kind::UserPoolClient, "igv.2");
        let mut search = Search {
            stack: &stack,
            wanted: Vec::new(),
            parent: None,
            known: Vec::new(),
            all_users: false,
        };
        let mark = marked(&stack, "igv @igv-demo.igv.2").expect("it is marked");
        assert_eq!(mark.at(&search), ("igv", 2));
        search.known.push(&known);
        assert_eq!(mark.at(&search), ("igv.2", 1));
    }

    #[test]
    fn l18_number_and_unit_are_one_quantity() {
        let seconds = Duration::from_secs;
        assert_eq!(
            quantity(seconds(3600), TimeUnitsType::Minutes),
            (60, TimeUnitsType::Minutes)
        );
        assert_eq!(
            quantity(seconds(30 * DAY), TimeUnitsType::Days),
            (30, TimeUnitsType::Days)
        );
        assert_eq!(
            quantity(seconds(90 * MINUTE), TimeUnitsType::Days),
            (90, TimeUnitsType::Minutes)
        );
        assert_eq!(
            quantity(seconds(301), TimeUnitsType::Minutes),
            (301, TimeUnitsType::Seconds)
        );
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

    #[tokio::test]
    async fn l17_what_is_not_ours_is_sent_as_found() {
        let clients = decided::clients().await;
        let now = UserPoolClientType::builder()
            .logout_urls("https://example.org/bye")
            .default_redirect_uri("https://example.org/gone")
            .auth_session_validity(5)
            .callback_urls("https://example.org/gone")
            .build();
        let as_found = echo(&clients, &now);
        assert_eq!(
            as_found.get_default_redirect_uri().as_deref(),
            Some("https://example.org/gone")
        );
        let call = ours(
            as_found,
            &now,
            "igv @igv-demo.igv",
            &seen(&UserPoolClientType::builder().build(), &stack(), &Shown::None),
        );
        assert_eq!(
            *call.get_logout_urls(),
            Some(vec!["https://example.org/bye".to_owned()])
        );
        assert_eq!(*call.get_auth_session_validity(), Some(5));
        // A default redirect that is no callback any more would be refused.
        assert_eq!(*call.get_default_redirect_uri(), None);
        assert_eq!(*call.get_callback_urls(), Some(Vec::new()));
    }
}
