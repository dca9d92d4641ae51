//! What is not the file's own and matters all the same: each is a check that fails, until the file accepts it.

use aws_sdk_cloudfront::types::{GeoRestriction, GeoRestrictionType, Restrictions};
use aws_sdk_cognitoidentityprovider::types::{AuthFactorType, LambdaConfigType, SignInPolicyType, UserPoolPolicyType};
use aws_sdk_s3::types::{IndexDocument, WebsiteConfiguration};

use crate::{SPEC, World, failed, shown, spec, why};

#[tokio::test]
async fn a_client_that_is_not_ours() {
    let mut world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let client = clients
        .cognito
        .create_user_pool_client()
        .user_pool_id(&ids["pool"])
        .client_name("another")
        .send()
        .await
        .unwrap();
    let id = client.user_pool_client.unwrap().client_id.unwrap();
    let line = format!("user_pool.main: client {id}");
    world.fails(&[&format!("finding: {line}")]).await;
    world.spec = spec(&format!("{SPEC}accept: [\"{line}\"]\n"));
    world.fails(&[]).await;
}

#[tokio::test]
async fn a_user_that_is_not_listed() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let call = clients
        .cognito
        .admin_create_user()
        .user_pool_id(&ids["pool"])
        .username("mallory");
    call.message_action("SUPPRESS".into()).send().await.unwrap();
    world.fails(&["finding: user_pool.main: user mallory"]).await;
}

#[tokio::test]
async fn a_lambda_trigger() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let trigger = LambdaConfigType::builder()
        .pre_sign_up("arn:aws:lambda:eu-central-1:111122223333:function:any")
        .build();
    clients
        .cognito
        .update_user_pool()
        .user_pool_id(&ids["pool"])
        .auto_verified_attributes("email".into())
        .lambda_config(trigger)
        .send()
        .await
        .unwrap();
    let checks = world.verify().await;
    let found: Vec<String> = failed(&checks)
        .into_iter()
        .filter(|it| it.starts_with("finding: "))
        .collect();
    assert_eq!(
        found,
        ["finding: user_pool.main: lambda trigger PreSignUp"],
        "{}",
        shown(&checks)
    );
}

#[tokio::test]
async fn a_geo_restriction() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let now = clients
        .cloudfront
        .get_distribution_config()
        .id(&ids["distribution"])
        .send()
        .await
        .unwrap();
    let mut config = now.distribution_config.unwrap();
    config.restrictions = Some(
        Restrictions::builder()
            .geo_restriction(
                GeoRestriction::builder()
                    .restriction_type(GeoRestrictionType::Whitelist)
                    .quantity(1)
                    .items("AU")
                    .build()
                    .unwrap(),
            )
            .build(),
    );
    let call = clients.cloudfront.update_distribution().id(&ids["distribution"]);
    call.set_if_match(now.e_tag)
        .distribution_config(config)
        .send()
        .await
        .unwrap();
    let checks = world.verify().await;
    assert!(
        failed(&checks)
            .iter()
            .any(|it| it.starts_with("finding: distribution.config: geo")),
        "{}",
        shown(&checks)
    );
}

#[tokio::test]
async fn a_first_factor_other_than_the_password() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let pool = clients.cognito.describe_user_pool().user_pool_id(&ids["pool"]);
    let pool = pool.send().await.unwrap().user_pool.unwrap();
    let sign_in = SignInPolicyType::builder()
        .allowed_first_auth_factors(AuthFactorType::Password)
        .allowed_first_auth_factors(AuthFactorType::WebAuthn)
        .build();
    let policies = UserPoolPolicyType::builder()
        .set_password_policy(pool.policies.and_then(|it| it.password_policy))
        .sign_in_policy(sign_in)
        .build();
    // It cannot stand beside a second factor.
    let off = clients.cognito.set_user_pool_mfa_config().user_pool_id(&ids["pool"]);
    off.mfa_configuration("OFF".into()).send().await.unwrap();
    clients
        .cognito
        .update_user_pool()
        .user_pool_id(&ids["pool"])
        .auto_verified_attributes("email".into())
        .policies(policies)
        .send()
        .await
        .unwrap();
    let checks = world.verify().await;
    assert!(
        failed(&checks).contains("finding: user_pool.main: first factor WEB_AUTHN"),
        "{}",
        shown(&checks)
    );
}

#[tokio::test]
async fn a_firewall() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let now = clients.cloudfront.get_distribution_config().id(&ids["distribution"]);
    let now = now.send().await.unwrap();
    let mut config = now.distribution_config.unwrap();
    let acl = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/igv/0a1b2c3d-1111-2222-3333-444455556666";
    config.web_acl_id = Some(acl.to_owned());
    let call = clients.cloudfront.update_distribution().id(&ids["distribution"]);
    let call = call.set_if_match(now.e_tag).distribution_config(config);
    call.send().await.unwrap();
    world
        .fails(&[&format!("finding: distribution.config: web ACL {acl}")])
        .await;
}

#[tokio::test]
async fn a_website() {
    let world = World::new().await;
    let clients = world.clients().await;
    clients
        .s3
        .delete_public_access_block()
        .bucket("igv-verify-data")
        .send()
        .await
        .unwrap();
    let website = WebsiteConfiguration::builder()
        .index_document(IndexDocument::builder().suffix("index.html").build().unwrap())
        .build();
    let call = clients.s3.put_bucket_website().bucket("igv-verify-data");
    call.website_configuration(website).send().await.unwrap();
    world
        .fails(&["empty", "finding: bucket.igv-verify-data: website"])
        .await;
}

#[tokio::test]
async fn managed_login_without_a_style() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let call = clients.cognito.update_user_pool_domain().user_pool_id(&ids["pool"]);
    call.domain("igv-verify").managed_login_version(2).send().await.unwrap();
    let checks = world
        .fails(&[
            "empty",
            "finding: user_pool_domain.main: managed login without a style",
            "page",
        ])
        .await;
    assert!(why(&checks, "page").starts_with("it answers 403"));
}
