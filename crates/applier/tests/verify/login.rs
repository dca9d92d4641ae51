//! A login as IGV does it, what it reads, and what must be refused.

use std::io::Write as _;

use applier::verify::{Check, FormError, Outcome, Topic, Verified, log_in};
use applier::web::Web;
use aws_sdk_s3::primitives::ByteStream;
use spec_model::Secret;

use crate::{World, shown, why};

const PASSWORD: &str = "Correct-Horse-9-Battery";
/// With a login.
const LOGIN: Option<&str> = Some(PASSWORD);

/// A stack whose user has chosen a password.
async fn world() -> World {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    clients
        .cognito
        .admin_set_user_password()
        .user_pool_id(&ids["pool"])
        .username("anna")
        .password(PASSWORD)
        .permanent(true)
        .send()
        .await
        .unwrap();
    world
}

/// What a check saw.
fn detail(checks: &[Check], name: &str) -> String {
    checks
        .iter()
        .find_map(|it| {
            let Outcome::Passed { detail } = &it.outcome else {
                return None;
            };
            (it.name == name).then(|| detail.clone())
        })
        .unwrap()
}

#[tokio::test]
async fn a_login_works() {
    let world = world().await;
    let checks = world.fails_with(LOGIN, &[]).await;
    assert!(
        checks.iter().all(|it| matches!(it.outcome, Outcome::Passed { .. })),
        "{}",
        shown(&checks)
    );
    assert_eq!(detail(&checks, "id_token"), "anna@example.org");
    assert_eq!(
        detail(&checks, "header"),
        "sample EXAMPLE; reference chrM; read group example"
    );
    assert_eq!(
        detail(&checks, "index"),
        "data/example.bam.bai, 1 reference sequence, as in the file"
    );
    let refusals: Vec<&str> = checks
        .iter()
        .filter(|it| it.topic == Topic::Refusals)
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(
        refusals,
        [
            "foreign_token",
            "write",
            "delete",
            "other_bucket_read",
            "other_bucket_list",
            "other_prefix_list",
            "other_prefix_read",
            "iam",
            "cognito"
        ]
    );
    // No password, code, token or key is in what is shown.
    let all = format!("{checks:?}");
    for secret in [PASSWORD, "eyJ", "ASIA"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

/// Why somebody cannot log in.
async fn refused(world: &World, user: &str, password: &str) -> FormError {
    let aws = world.aws().await;
    let (live, plan) = world.plan(&aws).await;
    let web = Web::inside(world.sandbox.http_connector());
    let verified = Verified {
        aws: &aws,
        web: &web,
        spec: &world.spec,
        live: &live,
        plan: &plan,
    };
    let request = verified.request("http://localhost:60151/oauthCallback").unwrap();
    log_in(&web, &request, user, &Secret::new(password)).await.unwrap_err()
}

#[tokio::test]
async fn who_cannot_log_in_is_told_why() {
    let world = world().await;
    assert_eq!(
        refused(&world, "anna", "Wrong-Horse-9-Battery").await.to_string(),
        "the login page says: Incorrect username or password."
    );
    let ids = world.ids().await;
    let clients = world.clients().await;
    clients
        .cognito
        .admin_set_user_password()
        .user_pool_id(&ids["pool"])
        .username("anna")
        .password("Temporary-9-Word")
        .send()
        .await
        .unwrap();
    assert_eq!(
        refused(&world, "anna", "Temporary-9-Word").await.to_string(),
        "the user has to choose a password of their own first: log in once in a browser"
    );
}

#[tokio::test]
async fn the_classic_flow_is_closed() {
    let world = world().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let pool = clients
        .identity
        .describe_identity_pool()
        .identity_pool_id(&ids["identity"]);
    let pool = pool.send().await.unwrap();
    clients
        .identity
        .update_identity_pool()
        .identity_pool_id(&ids["identity"])
        .identity_pool_name(pool.identity_pool_name())
        .allow_classic_flow(false)
        .allow_unauthenticated_identities(false)
        .set_cognito_identity_providers(pool.cognito_identity_providers)
        .send()
        .await
        .unwrap();
    let checks = world
        .fails_with(LOGIN, &["empty", "classic_flow", "get_open_id_token"])
        .await;
    assert_eq!(
        why(&checks, "get_open_id_token"),
        "cognito-identity:GetOpenIdToken: InvalidParameterException: Basic (classic) flow is not enabled, please use enhanced flow."
            .to_owned()
            + &request_id(&why(&checks, "get_open_id_token"))
    );
}

/// The end of a message that names the request.
fn request_id(text: &str) -> String {
    text.find(" (request ")
        .map(|at| text[at..].to_owned())
        .unwrap_or_default()
}

#[tokio::test]
async fn the_role_trusts_another_pool() {
    let world = world().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let document = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-central-1:00000000-0000-0000-0000-000000000000"},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}}]}"#;
    let call = clients.iam.update_assume_role_policy().role_name(&ids["role"]);
    call.policy_document(document).send().await.unwrap();
    let checks = world
        .fails_with(LOGIN, &["empty", "trust", "trust_others", "assume_role"])
        .await;
    assert!(why(&checks, "assume_role").contains("Not authorized to perform sts:AssumeRoleWithWebIdentity"));
}

#[tokio::test]
async fn a_role_that_may_more() {
    let world = world().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let document = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": ["s3:*", "iam:ListRoles", "cognito-idp:ListUserPools"], "Resource": "*"}]}"#;
    let call = clients
        .iam
        .put_role_policy()
        .role_name(&ids["role"])
        .policy_name("more");
    call.policy_document(document).send().await.unwrap();
    let data = || async {
        let call = clients.s3.list_object_versions().bucket("igv-verify-data").send();
        format!("{:?}", call.await.unwrap().versions())
    };
    let before = data().await;
    world
        .fails_with(
            LOGIN,
            &[
                "empty",
                "nothing_else",
                "write",
                "delete",
                "other_bucket_read",
                "other_bucket_list",
                "other_prefix_list",
                "other_prefix_read",
                "iam",
                "cognito",
            ],
        )
        .await;
    // What was allowed did no harm.
    assert_eq!(data().await, before);
}

#[tokio::test]
async fn a_deny_that_only_a_login_meets() {
    let world = world().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let document = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::igv-verify-data/data/example.bam"}]}"#;
    let call = clients
        .iam
        .put_role_policy()
        .role_name(&ids["role"])
        .policy_name("Shut");
    call.policy_document(document).send().await.unwrap();
    let checks = world.fails_with(LOGIN, &["granted", "head"]).await;
    assert!(why(&checks, "granted").contains("data/example.bam with an explicit deny"));
}

/// Puts other bytes in the place of a file.
async fn becomes(world: &World, key: &str, bytes: Vec<u8>) {
    let clients = world.clients().await;
    let call = clients.s3.put_object().bucket("igv-verify-data").key(key);
    call.body(ByteStream::from(bytes)).send().await.unwrap();
}

async fn bytes(world: &World, key: &str) -> Vec<u8> {
    let clients = world.clients().await;
    let answer = clients
        .s3
        .get_object()
        .bucket("igv-verify-data")
        .key(key)
        .send()
        .await
        .unwrap();
    answer.body.collect().await.unwrap().to_vec()
}

/// The names of the checks of reading that fail.
async fn unreadable(world: &World) -> Vec<String> {
    let checks = world.verify_with(LOGIN).await;
    let failed = checks.into_iter().filter(|it| it.topic == Topic::Login);
    failed
        .filter(|it| matches!(it.outcome, Outcome::Failed { .. }))
        .map(|it| it.name)
        .collect()
}

#[tokio::test]
async fn a_file_that_is_cut_off() {
    let world = world().await;
    let whole = bytes(&world, "data/example.bam").await;
    becomes(&world, "data/example.bam", whole[..whole.len() - 28].to_vec()).await;
    assert_eq!(unreadable(&world).await, ["end"]);
    becomes(&world, "data/example.bam", whole[..60].to_vec()).await;
    assert_eq!(unreadable(&world).await, ["header", "end"]);
}

#[tokio::test]
async fn a_file_that_is_something_else() {
    let world = world().await;
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer
        .write_all(b"not a BAM at all, but long enough to look like one")
        .unwrap();
    becomes(&world, "data/example.bam", writer.finish().unwrap()).await;
    assert_eq!(unreadable(&world).await, ["header", "end"]);
}

#[tokio::test]
async fn an_index_of_another_file() {
    let world = world().await;
    let mut index = b"BAI\x01\x02\0\0\0".to_vec();
    index.extend([0; 16]);
    becomes(&world, "data/example.bam.bai", index).await;
    let checks = world.verify_with(LOGIN).await;
    assert_eq!(
        why(&checks, "index"),
        "data/example.bam.bai: it has 2 reference sequences, the file 1: it is the index of another file"
    );
}
