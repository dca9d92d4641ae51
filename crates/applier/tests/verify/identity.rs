//! The identity pool, its roles, and whom the role trusts.

use std::collections::HashMap;

use aws_sdk_cognitoidentity::types::{
    AmbiguousRoleResolutionType, CognitoIdentityProvider, RoleMapping, RoleMappingType,
};

use crate::{World, why};

/// The pool as it is, with this classic flow, guests and provider.
struct Pool {
    classic: bool,
    guests: bool,
    client: Option<String>,
    check: bool,
    social: Option<(&'static str, &'static str)>,
    developer: Option<&'static str>,
    openid: Option<&'static str>,
    saml: Option<&'static str>,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            classic: true,
            guests: false,
            client: None,
            check: true,
            social: None,
            developer: None,
            openid: None,
            saml: None,
        }
    }
}

async fn becomes(world: &World, pool: Pool) {
    let ids = world.ids().await;
    let clients = world.clients().await;
    let Pool {
        classic,
        guests,
        client,
        check,
        social,
        developer,
        openid,
        saml,
    } = pool;
    let provider = CognitoIdentityProvider::builder()
        .provider_name(format!("cognito-idp.eu-central-1.amazonaws.com/{}", ids["pool"]))
        .client_id(client.unwrap_or_else(|| ids["client"].clone()))
        .server_side_token_check(check)
        .build();
    clients
        .identity
        .update_identity_pool()
        .identity_pool_id(&ids["identity"])
        .identity_pool_name("igv-verify")
        .allow_classic_flow(classic)
        .allow_unauthenticated_identities(guests)
        .cognito_identity_providers(provider)
        .set_supported_login_providers(social.map(|(name, id)| HashMap::from([(name.to_owned(), id.to_owned())])))
        .set_developer_provider_name(developer.map(str::to_owned))
        .set_open_id_connect_provider_arns(openid.map(|it| vec![it.to_owned()]))
        .set_saml_provider_arns(saml.map(|it| vec![it.to_owned()]))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn the_classic_flow() {
    let world = World::new().await;
    becomes(
        &world,
        Pool {
            classic: false,
            ..Pool::default()
        },
    )
    .await;
    let checks = world.fails(&["empty", "classic_flow"]).await;
    assert!(why(&checks, "classic_flow").contains("Basic (classic) flow is not enabled"));
    world.apply().await;
    world.fails(&[]).await;
}

#[tokio::test]
async fn guests() {
    let world = World::new().await;
    let pool = Pool {
        guests: true,
        ..Pool::default()
    };
    becomes(&world, pool).await;
    world.fails(&["empty", "guests", "guests_refused"]).await;
}

#[tokio::test]
async fn another_client_of_the_user_pool() {
    let world = World::new().await;
    let pool = Pool {
        client: Some("0".repeat(26)),
        ..Pool::default()
    };
    becomes(&world, pool).await;
    let checks = world.fails(&["empty", "provider", "other_providers"]).await;
    assert!(why(&checks, "provider").contains("Token is not from a supported provider"));
}

#[tokio::test]
async fn the_server_side_check_of_tokens() {
    let world = World::new().await;
    let pool = Pool {
        check: false,
        ..Pool::default()
    };
    becomes(&world, pool).await;
    world.fails(&["empty", "token_check"]).await;
}

#[tokio::test]
async fn a_social_provider() {
    let world = World::new().await;
    let pool = Pool {
        social: Some(("graph.facebook.com", "123456789012")),
        ..Pool::default()
    };
    becomes(&world, pool).await;
    let checks = world.fails(&["empty", "other_providers"]).await;
    assert!(why(&checks, "other_providers").contains("graph.facebook.com"));
}

#[tokio::test]
async fn a_developer_provider() {
    let world = World::new().await;
    let pool = Pool {
        developer: Some("login.example"),
        ..Pool::default()
    };
    becomes(&world, pool).await;
    world.fails(&["empty", "other_providers"]).await;
}

#[tokio::test]
async fn providers_of_the_account() {
    let world = World::new().await;
    let pool = Pool {
        openid: Some("arn:aws:iam::111122223333:oidc-provider/login.example.org"),
        saml: Some("arn:aws:iam::111122223333:saml-provider/example"),
        ..Pool::default()
    };
    becomes(&world, pool).await;
    let checks = world.fails(&["empty", "other_providers"]).await;
    let why = why(&checks, "other_providers");
    assert!(
        why.contains("oidc-provider/") && why.contains("saml-provider/"),
        "{why}"
    );
}

#[tokio::test]
async fn l33_role_mappings() {
    let world = World::new().await;
    let ids = world.ids().await;
    let provider = format!(
        "cognito-idp.eu-central-1.amazonaws.com/{}:{}",
        ids["pool"], ids["client"]
    );
    let mapping = RoleMapping::builder()
        .r#type(RoleMappingType::Token)
        .ambiguous_role_resolution(AmbiguousRoleResolutionType::Deny)
        .build()
        .unwrap();
    let clients = world.clients().await;
    clients
        .identity
        .set_identity_pool_roles()
        .identity_pool_id(&ids["identity"])
        .roles("authenticated", &ids["arn"])
        .role_mappings(provider, mapping)
        .send()
        .await
        .unwrap();
    let checks = world.fails(&["empty", "role_mappings"]).await;
    assert!(why(&checks, "role_mappings").contains("not supported with RoleMappings"));
}

#[tokio::test]
async fn a_role_of_guests() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    clients
        .identity
        .set_identity_pool_roles()
        .identity_pool_id(&ids["identity"])
        .roles("authenticated", &ids["arn"])
        .roles("unauthenticated", &ids["arn"])
        .send()
        .await
        .unwrap();
    world.fails(&["empty", "guest_role"]).await;
}

/// Writes another trust policy: this condition, and these principals.
async fn trusts(world: &World, condition: &str, principal: &str) {
    let ids = world.ids().await;
    let document = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {principal},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {condition}}}]}}"#
    )
    .replace("POOL", &ids["identity"]);
    let clients = world.clients().await;
    clients
        .iam
        .update_assume_role_policy()
        .role_name(&ids["role"])
        .policy_document(document)
        .send()
        .await
        .unwrap();
}

const COGNITO: &str = r#"{"Federated": "cognito-identity.amazonaws.com"}"#;

#[tokio::test]
async fn a_trust_without_amr() {
    let world = World::new().await;
    let condition = r#"{"StringEquals": {"cognito-identity.amazonaws.com:aud": "POOL"}}"#;
    trusts(&world, condition, COGNITO).await;
    world.fails(&["empty", "trust_guests"]).await;
}

#[tokio::test]
async fn a_trust_in_another_pool() {
    let world = World::new().await;
    let condition = r#"{"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-central-1:00000000-0000-0000-0000-000000000000"},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}"#;
    trusts(&world, condition, COGNITO).await;
    world.fails(&["empty", "trust", "trust_others"]).await;
}

#[tokio::test]
async fn a_trust_in_any_pool() {
    let world = World::new().await;
    let condition = r#"{"StringLike": {"cognito-identity.amazonaws.com:aud": "eu-central-1:*"},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}"#;
    trusts(&world, condition, COGNITO).await;
    world.fails(&["empty", "trust_others"]).await;
}

#[tokio::test]
async fn a_trust_in_another_provider() {
    let world = World::new().await;
    let condition = r#"{"StringEquals": {"cognito-identity.amazonaws.com:aud": "POOL"},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}"#;
    let principal = r#"{"Federated": ["cognito-identity.amazonaws.com", "accounts.google.com"]}"#;
    trusts(&world, condition, principal).await;
    let checks = world.fails(&["empty", "trust_nobody_else"]).await;
    assert!(why(&checks, "trust_nobody_else").contains("accounts.google.com"));
}

#[tokio::test]
async fn another_role_that_trusts_the_pool() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    for (name, pool) in [
        ("left-behind", ids["identity"].as_str()),
        ("elsewhere", "eu-central-1:00000000-0000-0000-0000-000000000000"),
    ] {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {COGNITO},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {{"StringEquals": {{"cognito-identity.amazonaws.com:aud": "{pool}"}}}}}}]}}"#
        );
        let role = clients.iam.create_role().role_name(name);
        role.assume_role_policy_document(document).send().await.unwrap();
    }
    let checks = world.fails(&["other_roles"]).await;
    let said = why(&checks, "other_roles");
    assert!(
        said.contains("role/left-behind") && !said.contains("elsewhere"),
        "{said}"
    );
}
