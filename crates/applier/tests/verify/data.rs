//! Where the data lies, what is beside it, and whether IGV can list it.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use crate::{SPEC, World, spec, why};

async fn put(world: &World, bucket: &str, key: &str) {
    let clients = world.clients().await;
    let body = ByteStream::from_static(b"x");
    clients
        .s3
        .put_object()
        .bucket(bucket)
        .key(key)
        .body(body)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_file_and_its_index() {
    let world = World::new().await;
    let clients = world.clients().await;
    let delete = |key: &'static str| clients.s3.delete_object().bucket("igv-verify-data").key(key).send();
    delete("data/example.bam.bai").await.unwrap();
    let checks = world
        .fails(&["empty", "objects: igv-verify-data", "indexes: igv-verify-data"])
        .await;
    assert!(why(&checks, "objects: igv-verify-data").contains("`data/example.bam.bai`"));
    assert!(why(&checks, "indexes: igv-verify-data").contains("without: `data/example.bam`;"));
    // IGV knows it by another name too.
    put(&world, "igv-verify-data", "data/example.bai").await;
    world.fails(&["empty", "objects: igv-verify-data"]).await;
}

#[tokio::test]
async fn a_level_of_more_than_a_thousand() {
    let world = World::new().await;
    let clients = world.clients().await;
    for number in 0..1001 {
        let key = format!("cohort/a/{number:04}.bed");
        let body = ByteStream::from_static(b"x");
        clients
            .s3
            .put_object()
            .bucket("igv-verify-part")
            .key(key)
            .body(body)
            .send()
            .await
            .unwrap();
    }
    let checks = world.fails(&["levels: igv-verify-part"]).await;
    assert!(why(&checks, "levels: igv-verify-part").contains("`cohort/a/` has 1001"));
}

#[tokio::test]
async fn a_level_above_the_readable_one() {
    let world = World::new().await;
    let clients = world.clients().await;
    for number in 0..1001 {
        let key = format!("cohort/{number:04}/x.bed");
        let body = ByteStream::from_static(b"x");
        clients
            .s3
            .put_object()
            .bucket("igv-verify-part")
            .key(key)
            .body(body)
            .send()
            .await
            .unwrap();
    }
    let checks = world.fails(&["levels: igv-verify-part"]).await;
    assert!(why(&checks, "levels: igv-verify-part").contains("on a level: `cohort/`;"));
}

/// The stack with a bucket of somebody else's beside its own.
async fn beside(region: &str) -> World {
    let mut world = World::new().await;
    let text = SPEC.replace("config:", "  - {bucket: igv-verify-old, existing: true}\nconfig:");
    let clients = world.clients().await;
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(region))
        .build();
    let other = spec_model::Stack {
        region: region.to_owned(),
        ..world.spec.stack.clone()
    };
    drop(clients);
    let there = applier::Clients::connect(&applier::Ground::Embedded(world.sandbox.http_client()), &other).await;
    there
        .s3
        .create_bucket()
        .bucket("igv-verify-old")
        .create_bucket_configuration(place)
        .send()
        .await
        .unwrap();
    world.spec = spec(&text);
    world.apply().await;
    world
}

#[tokio::test]
async fn an_existing_bucket() {
    let world = beside("eu-central-1").await;
    world.fails(&[]).await;
}

#[tokio::test]
async fn a_bucket_in_another_region() {
    let world = beside("eu-west-1").await;
    let checks = world.fails(&["region: igv-verify-old"]).await;
    assert!(why(&checks, "region: igv-verify-old").starts_with("it is in eu-west-1"));
}
