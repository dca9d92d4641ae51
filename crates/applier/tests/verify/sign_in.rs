//! The user pool, its people and the app client.

use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::builders::UpdateUserPoolClientFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    AdminCreateUserConfigType, AttributeType, ExplicitAuthFlowsType, FeatureType, OAuthFlowType,
    PreventUserExistenceErrorTypes, RefreshTokenRotationType, TimeUnitsType, TokenValidityUnitsType,
};

use crate::{World, why};

/// The client with all that it has, and then a change.
async fn client_becomes(
    world: &World,
    change: impl FnOnce(UpdateUserPoolClientFluentBuilder) -> UpdateUserPoolClientFluentBuilder,
) {
    let ids = world.ids().await;
    let clients = world.clients().await;
    let now = clients
        .cognito
        .describe_user_pool_client()
        .user_pool_id(&ids["pool"])
        .client_id(&ids["client"])
        .send()
        .await
        .unwrap()
        .user_pool_client
        .unwrap();
    let whole = clients
        .cognito
        .update_user_pool_client()
        .user_pool_id(&ids["pool"])
        .client_id(&ids["client"])
        .set_client_name(now.client_name)
        .set_allowed_o_auth_flows_user_pool_client(now.allowed_o_auth_flows_user_pool_client)
        .set_allowed_o_auth_flows(now.allowed_o_auth_flows)
        .set_allowed_o_auth_scopes(now.allowed_o_auth_scopes)
        .set_callback_urls(now.callback_urls)
        .set_supported_identity_providers(now.supported_identity_providers)
        .set_explicit_auth_flows(now.explicit_auth_flows)
        .set_prevent_user_existence_errors(now.prevent_user_existence_errors)
        .set_enable_token_revocation(now.enable_token_revocation)
        .set_access_token_validity(now.access_token_validity)
        .set_id_token_validity(now.id_token_validity)
        .refresh_token_validity(now.refresh_token_validity)
        .set_token_validity_units(now.token_validity_units)
        .set_refresh_token_rotation(now.refresh_token_rotation)
        .set_read_attributes(now.read_attributes)
        .set_write_attributes(now.write_attributes);
    change(whole).send().await.unwrap();
}

#[tokio::test]
async fn strangers_who_sign_up() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    clients
        .cognito
        .update_user_pool()
        .user_pool_id(&ids["pool"])
        .auto_verified_attributes("email".into())
        .admin_create_user_config(
            AdminCreateUserConfigType::builder()
                .allow_admin_create_user_only(false)
                .unused_account_validity_days(7)
                .build(),
        )
        .send()
        .await
        .unwrap();
    world.fails(&["empty", "sign_up"]).await;
}

#[tokio::test]
async fn an_address_that_is_no_session_name() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let long = format!("{}@example.org", "a".repeat(60));
    let attribute = |name: &str, value: &str| AttributeType::builder().name(name).value(value).build().unwrap();
    clients
        .cognito
        .admin_update_user_attributes()
        .user_pool_id(&ids["pool"])
        .username("anna")
        .user_attributes(attribute("email", &long))
        .user_attributes(attribute("email_verified", "true"))
        .send()
        .await
        .unwrap();
    let checks = world.fails(&["empty", "emails"]).await;
    assert!(why(&checks, "emails").starts_with("`anna` has `aaa"));
}

#[tokio::test]
async fn the_implicit_grant() {
    let world = World::new().await;
    client_becomes(&world, |it| it.allowed_o_auth_flows(OAuthFlowType::Implicit)).await;
    world.fails(&["empty", "client_grants"]).await;
}

#[tokio::test]
async fn other_scopes() {
    let world = World::new().await;
    client_becomes(&world, |it| it.allowed_o_auth_scopes("profile")).await;
    let checks = world.fails(&["empty", "client_scopes"]).await;
    assert!(why(&checks, "client_scopes").contains("`profile`"));
}

#[tokio::test]
async fn a_callback_elsewhere() {
    let world = World::new().await;
    client_becomes(&world, |it| it.callback_urls("https://example.org/oauthCallback")).await;
    let checks = world.fails(&["empty", "client_callbacks"]).await;
    assert!(why(&checks, "client_callbacks").starts_with("`https://example.org/oauthCallback`"));
}

#[tokio::test]
async fn an_unreadable_address() {
    let world = World::new().await;
    client_becomes(&world, |it| it.set_read_attributes(Some(vec!["name".to_owned()]))).await;
    world.fails(&["empty", "client_email"]).await;
}

#[tokio::test]
async fn tokens_of_another_length() {
    let world = World::new().await;
    let units = TokenValidityUnitsType::builder()
        .access_token(TimeUnitsType::Hours)
        .id_token(TimeUnitsType::Minutes)
        .refresh_token(TimeUnitsType::Days)
        .build();
    client_becomes(&world, |it| it.access_token_validity(2).token_validity_units(units)).await;
    let checks = world.fails(&["empty", "client_validity"]).await;
    assert!(why(&checks, "client_validity").starts_with("they are good for 120 minutes and 60 minutes"));
}

#[tokio::test]
async fn refresh_tokens_that_rotate() {
    let world = World::new().await;
    let rotation = RefreshTokenRotationType::builder()
        .feature(FeatureType::Enabled)
        .build()
        .unwrap();
    // Cognito refuses the flow beside a rotation.
    client_becomes(&world, |it| {
        it.refresh_token_rotation(rotation).set_explicit_auth_flows(None)
    })
    .await;
    world.fails(&["empty", "client_rotation", "client_flows"]).await;
}

#[tokio::test]
async fn another_way_to_log_in() {
    let world = World::new().await;
    client_becomes(&world, |it| {
        it.explicit_auth_flows(ExplicitAuthFlowsType::AllowUserPasswordAuth)
    })
    .await;
    world.fails(&["empty", "client_flows"]).await;
}

#[tokio::test]
async fn users_that_can_be_guessed() {
    let world = World::new().await;
    client_becomes(&world, |it| {
        it.prevent_user_existence_errors(PreventUserExistenceErrorTypes::Legacy)
    })
    .await;
    world.fails(&["empty", "client_unknown_users"]).await;
}

#[tokio::test]
async fn tokens_that_cannot_be_revoked() {
    let world = World::new().await;
    client_becomes(&world, |it| it.enable_token_revocation(false)).await;
    world.fails(&["empty", "client_revocation"]).await;
}
