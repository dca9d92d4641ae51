//! The published config.

use std::io::Write as _;

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;

use crate::{World, why};

const KEY: &str = "oauth-config.json.gz";

/// The bytes that are published.
async fn bytes(world: &World) -> Vec<u8> {
    let clients = world.clients().await;
    let answer = clients
        .s3
        .get_object()
        .bucket("igv-verify-config")
        .key(KEY)
        .send()
        .await
        .unwrap();
    answer.body.collect().await.unwrap().to_vec()
}

/// Publishes these bytes with the right headers, and then a change.
async fn publish(world: &World, bytes: Vec<u8>, change: impl FnOnce(PutObjectFluentBuilder) -> PutObjectFluentBuilder) {
    let clients = world.clients().await;
    let call = clients
        .s3
        .put_object()
        .bucket("igv-verify-config")
        .key(KEY)
        .content_type("application/gzip")
        .cache_control("no-cache")
        .body(ByteStream::from(bytes));
    change(call).send().await.unwrap();
}

fn packed(text: &str) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

fn unpacked(bytes: &[u8]) -> String {
    std::io::read_to_string(flate2::read::GzDecoder::new(bytes)).unwrap()
}

#[tokio::test]
async fn headers() {
    let world = World::new().await;
    let bytes = bytes(&world).await;
    publish(&world, bytes.clone(), |it| it.content_encoding("gzip")).await;
    world.fails(&["empty", "content_encoding"]).await;
    publish(&world, bytes.clone(), |it| it.content_type("application/json")).await;
    world.fails(&["empty", "content_type"]).await;
    publish(&world, bytes, |it| it.cache_control("max-age=3600")).await;
    world.fails(&["empty", "cache_control"]).await;
}

#[tokio::test]
async fn bytes_that_are_no_gzip() {
    let world = World::new().await;
    let text = unpacked(&bytes(&world).await);
    publish(&world, text.into_bytes(), |it| it).await;
    let checks = world.fails(&["empty", "gzip", "equal"]).await;
    assert!(why(&checks, "gzip").starts_with("its bytes are not gzip"));
}

#[tokio::test]
async fn a_role_without_its_path_and_a_secret_that_is_not_shown() {
    let world = World::new().await;
    let ids = world.ids().await;
    let text = unpacked(&bytes(&world).await);
    let secret = text
        .split("\"client_secret\": \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let bare = format!("arn:aws:iam::111122223333:role/{}", ids["role"]);
    let text = text.replace(&ids["arn"], &bare).replace(&secret, "Canary0secret");
    publish(&world, packed(&text), |it| it).await;
    let checks = world.fails(&["empty", "equal"]).await;
    assert_eq!(
        why(&checks, "equal"),
        "it says something else as client_secret, aws_cognito_role_arn"
    );
    let all = format!("{checks:?}");
    assert!(!all.contains("Canary0secret") && !all.contains(&secret));
}

#[tokio::test]
async fn an_array_or_nothing() {
    let world = World::new().await;
    let text = unpacked(&bytes(&world).await);
    publish(&world, packed(&format!("[{text}]")), |it| it).await;
    world.fails(&["empty", "gzip", "equal"]).await;
    let clients = world.clients().await;
    clients
        .s3
        .delete_object()
        .bucket("igv-verify-config")
        .key(KEY)
        .send()
        .await
        .unwrap();
    let checks = world.fails(&["empty", "status"]).await;
    assert!(
        why(&checks, "status").contains(" answers 403"),
        "{}",
        why(&checks, "status")
    );
}

#[tokio::test]
async fn a_bucket_that_is_open_to_the_public() {
    let world = World::new().await;
    let clients = world.clients().await;
    clients
        .s3
        .delete_public_access_block()
        .bucket("igv-verify-config")
        .send()
        .await
        .unwrap();
    let document = clients
        .s3
        .get_bucket_policy()
        .bucket("igv-verify-config")
        .send()
        .await
        .unwrap();
    let open = document.policy.unwrap().replacen(
        "\"Statement\":[",
        r#""Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::igv-verify-config/*"},"#,
        1,
    );
    clients
        .s3
        .put_bucket_policy()
        .bucket("igv-verify-config")
        .policy(open)
        .send()
        .await
        .unwrap();
    world.fails(&["empty", "private"]).await;
}
