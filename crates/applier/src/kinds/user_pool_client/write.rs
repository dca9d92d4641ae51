//! The writes of a client: `UpdateUserPoolClient` resets every field that it is not given.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::builders::UpdateUserPoolClientFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    ExplicitAuthFlowsType, FeatureType, OAuthFlowType, PreventUserExistenceErrorTypes, RefreshTokenRotationType,
    TimeUnitsType, TokenValidityUnitsType, UserPoolClientType,
};
use spec_model::kinds::UserPoolClient;

use super::seconds;
use crate::clients::Clients;
use crate::error::WorldError;

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

/// Makes the client under its whole name.
pub(super) async fn create(
    clients: &Clients,
    full_name: &str,
    want: &UserPoolClient,
) -> Result<UserPoolClientType, WorldError> {
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

/// Sends a whole write.
pub(super) async fn send(call: UpdateUserPoolClientFluentBuilder) -> Result<(), WorldError> {
    call.send()
        .await
        .map(drop)
        .map_err(|error| WorldError::of("cognito-idp:UpdateUserPoolClient", error))
}

/// The client as AWS has it: every member, since what is left out is reset.
pub(super) fn echo(clients: &Clients, now: &UserPoolClientType) -> UpdateUserPoolClientFluentBuilder {
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
pub(super) fn ours(
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

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::UpdateUserPoolClientInput;
    use spec_model::Stack;

    use super::super::{DAY, MINUTE, Shown, seen};
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
