//! What people may do.

use crate::{SPEC, World, spec, why};

async fn may(world: &World, policy: &str, document: &str) {
    let ids = world.ids().await;
    let clients = world.clients().await;
    clients
        .iam
        .put_role_policy()
        .role_name(&ids["role"])
        .policy_name(policy)
        .policy_document(document)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn writing() {
    let world = World::new().await;
    let document = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::igv-verify-data/*"}]}"#;
    may(&world, "more", document).await;
    let checks = world.fails(&["empty", "nothing_else"]).await;
    let why = why(&checks, "nothing_else");
    assert!(
        why.ends_with("s3:PutObject on arn:aws:s3:::igv-verify-data/igvctl-probe.bam"),
        "{why}"
    );
}

#[tokio::test]
async fn what_the_old_procedure_granted() {
    let world = World::new().await;
    let document = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": ["mobileanalytics:PutEvents", "cognito-sync:*", "cognito-identity:*"], "Resource": "*"}]}"#;
    may(&world, "more", document).await;
    let checks = world.fails(&["empty", "nothing_else"]).await;
    assert!(why(&checks, "nothing_else").contains("cognito-sync:ListDatasets on *"));
}

#[tokio::test]
async fn a_managed_policy() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    clients
        .iam
        .attach_role_policy()
        .role_name(&ids["role"])
        .policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        .send()
        .await
        .unwrap();
    let checks = world.fails(&["empty", "nothing_else"]).await;
    assert!(why(&checks, "nothing_else").contains("s3:GetBucketPolicy"));
}

#[tokio::test]
async fn a_deny() {
    let world = World::new().await;
    let document = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}"#;
    may(&world, "Shut", document).await;
    // Somebody tightened it by hand, so there is nothing to change.
    let checks = world.fails(&["granted"]).await;
    assert!(why(&checks, "granted").contains("with an explicit deny in an identity-based policy"));
}

#[tokio::test]
async fn listing_the_root_and_the_folders_above() {
    let world = World::new().await;
    let document = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::igv-verify-data"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::igv-verify-part",
         "Condition": {"StringLike": {"s3:prefix": ["cohort/a/*"]}}},
        {"Effect": "Allow", "Action": "s3:GetObject",
         "Resource": ["arn:aws:s3:::igv-verify-data/*", "arn:aws:s3:::igv-verify-part/cohort/a/*"]}]}"#;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let names = clients
        .iam
        .list_role_policies()
        .role_name(&ids["role"])
        .send()
        .await
        .unwrap();
    may(&world, &names.policy_names()[0], document).await;
    let checks = world.fails(&["empty", "granted"]).await;
    let why = why(&checks, "granted");
    assert!(why.contains("igv-verify-part at its root"), "{why}");
    assert!(why.contains("igv-verify-part under `cohort/`"), "{why}");
}

#[tokio::test]
async fn the_bucket_says_no() {
    let world = World::new().await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let document = format!(
        r#"{{"Version": "2012-10-17", "Statement": [
            {{"Sid": "OnlyTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
              "Resource": ["arn:aws:s3:::igv-verify-data", "arn:aws:s3:::igv-verify-data/*"],
              "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}}},
            {{"Sid": "NotNow", "Effect": "Deny", "Principal": {{"AWS": "{}"}}, "Action": "s3:GetObject",
              "Resource": "arn:aws:s3:::igv-verify-data/*"}}]}}"#,
        ids["arn"]
    );
    clients
        .s3
        .put_bucket_policy()
        .bucket("igv-verify-data")
        .policy(document)
        .send()
        .await
        .unwrap();
    let checks = world.fails(&["granted"]).await;
    assert!(why(&checks, "granted").contains("in a resource-based policy"));
}

#[tokio::test]
async fn decrypting() {
    let key = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666";
    let mut world = World::new().await;
    let with_key = format!("  - {{bucket: igv-verify-kms, kms_key: \"{key}\"}}\nconfig:");
    world.spec = spec(&SPEC.replace("config:", &with_key));
    world.apply().await;
    world.fails(&[]).await;
    let ids = world.ids().await;
    let clients = world.clients().await;
    let names = clients.iam.list_role_policies().role_name(&ids["role"]);
    let names = names.send().await.unwrap();
    let policy = clients
        .iam
        .get_role_policy()
        .role_name(&ids["role"])
        .policy_name(&names.policy_names()[0]);
    let document = policy.send().await.unwrap().policy_document;
    let other = document.replace("0a1b2c3d", "00000000");
    assert_ne!(document, other);
    let document = percent_encoding::percent_decode_str(&other).decode_utf8_lossy();
    may(&world, &names.policy_names()[0], &document).await;
    let checks = world.fails(&["empty", "granted"]).await;
    assert!(why(&checks, "granted").contains(&format!("kms:Decrypt on {key}")));
}
