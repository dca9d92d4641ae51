//! Bucket policies.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use applier::Verbs;
use planner::Found;
use spec_model::kinds::BucketPolicy;
use spec_model::{Kind, Shaped};

use crate::bucket::bucket;
use crate::ground::{Place, World, address, differences, document};

const TLS: &str = r#"{"Sid":"OnlyTls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::igv-demo-config","arn:aws:s3:::igv-demo-config/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;
const DENY: &str = r#"{"Sid":"Incident","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::igv-demo-config/secret"}"#;

fn publish(id: &str) -> String {
    format!(
        r#"{{"Sid":"Publish","Effect":"Allow","Principal":{{"Service":"cloudfront.amazonaws.com"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::igv-demo-config/*","Condition":{{"StringEquals":{{"AWS:SourceArn":"arn:aws:cloudfront::111122223333:distribution/{id}"}}}}}}"#
    )
}

fn of(statements: &[&str]) -> BucketPolicy {
    BucketPolicy {
        bucket: "igv-demo-config".to_owned(),
        document: document(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
            statements.join(",")
        )),
    }
}

async fn put(world: &World, policy: &BucketPolicy) {
    world
        .clients
        .s3
        .put_bucket_policy()
        .bucket("igv-demo-config")
        .policy(policy.document.to_compact())
        .send()
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_policy_takes_on_each_state_and_goes() {
    let (world, parent) = (World::new().await, address(Kind::Bucket, "config"));
    let at = address(Kind::BucketPolicy, "config");
    let place = Place::under(&at, &parent, "igv-demo-config");
    let states = [
        of(&[TLS]),
        of(&[TLS, &publish("E1")]),
        of(&[TLS, &publish("E2")]),
        of(&[TLS]),
    ];
    assert_eq!(world.found(&place, &states[0]).await, Found::Absent);
    world
        .create(&Place::at(&parent), &bucket(&world, &parent, "igv-demo-config"))
        .await;
    world.life(&place, &states).await;
}

#[tokio::test(start_paused = true)]
async fn what_others_forbid_stays_until_it_is_undone_by_name() {
    let (world, parent) = (World::new().await, address(Kind::Bucket, "config"));
    let at = address(Kind::BucketPolicy, "config");
    let place = Place::under(&at, &parent, "igv-demo-config");
    world
        .create(&Place::at(&parent), &bucket(&world, &parent, "igv-demo-config"))
        .await;
    let want = of(&[TLS, &publish("E1")]);
    world.create(&place, &want).await;
    put(&world, &of(&[TLS, &publish("E1"), &publish("EFOREIGN"), DENY])).await;

    let object = world.ours(&place, &want).await;
    assert_eq!(differences(&want.to_value(), &object.value).len(), 1);
    let held: Vec<&str> = object.held.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(held, ["Incident"]);
    assert_eq!(object.held[0].what, "denies s3:GetObject");

    world.update(&place, &want).await;
    let object = world.ours(&place, &want).await;
    assert_eq!(differences(&want.to_value(), &object.value), Vec::<String>::new());
    assert_eq!(object.held.len(), 1);

    // It stays when ours goes, too.
    let live = BucketPolicy::from_value(&object.value).unwrap();
    BucketPolicy::delete(&world.clients, &place.target(&world.stack), &object.id, &live)
        .await
        .unwrap();
    assert_eq!(world.ours(&place, &want).await.held.len(), 1);

    let loosen = ["Incident".to_owned()];
    let place = Place {
        loosen: &loosen,
        ..place
    };
    world.update(&place, &want).await;
    assert_eq!(world.ours(&place, &want).await.held, []);
}

#[tokio::test(start_paused = true)]
async fn l52_whatever_call_a_run_is_killed_at_the_next_goes_on() {
    let (world, parent) = (World::new().await, address(Kind::Bucket, "config"));
    let at = address(Kind::BucketPolicy, "config");
    world
        .create(&Place::at(&parent), &bucket(&world, &parent, "igv-demo-config"))
        .await;
    let place = Place::under(&at, &parent, "igv-demo-config");
    world.survives(&place, &of(&[TLS]), &of(&[TLS, &publish("E1")])).await;
}
