//! Buckets.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use applier::Verbs;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CreateBucketConfiguration, Tag, Tagging};
use planner::Found;
use sandbox::{Sandbox, Trouble};
use spec_model::kinds::{
    AccessLog, Bucket, CorsRule, Encryption, EncryptionAlgorithm, Ownership, PublicAccess, Versioning,
};
use spec_model::{Address, Cost, Kind, Shaped, Stack};

use crate::ground::{Look, Place, World, address, differences, stack};

const DAY: u64 = 86_400;

pub(crate) fn bucket(world: &World, at: &Address, name: &str) -> Bucket {
    Bucket {
        name: name.to_owned(),
        region: world.stack.region.clone(),
        public_access: PublicAccess::blocked(),
        ownership: Ownership::BucketOwnerEnforced,
        encryption: Encryption {
            algorithm: EncryptionAlgorithm::SseS3,
            kms_key: String::new(),
        },
        versioning: None,
        abort_incomplete_uploads: Duration::from_secs(7 * DAY),
        cors: None,
        access_log: None,
        tags: world.tags(at),
    }
}

async fn put(world: &World, bucket: &str, key: &str, tagging: Option<&str>) {
    world
        .clients
        .s3
        .put_object()
        .bucket(bucket)
        .key(key)
        .set_tagging(tagging.map(str::to_owned))
        .body(ByteStream::from_static(b"content"))
        .send()
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_bucket_takes_on_each_state_and_goes() {
    for region in ["ap-southeast-2", "us-east-1"] {
        let world = World::of(Sandbox::in_memory(7), stack(region)).await;
        let at = address(Kind::Bucket, "igv-demo-bucket");
        let logs = address(Kind::Bucket, "igv-demo-logs");
        let mut target = bucket(&world, &logs, "igv-demo-logs");
        target.ownership = Ownership::BucketOwnerPreferred;
        world.create(&Place::at(&logs), &target).await;
        world
            .clients
            .s3
            .put_bucket_policy()
            .bucket("igv-demo-logs")
            .policy(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::igv-demo-logs/*"}]}"#)
            .send()
            .await
            .unwrap();
        let first = bucket(&world, &at, "igv-demo-bucket");
        let with = |change: fn(&mut Bucket)| {
            let mut it = first.clone();
            change(&mut it);
            it
        };
        let rule = CorsRule {
            origins: vec!["https://igv.org".to_owned()],
            methods: vec!["GET".to_owned(), "HEAD".to_owned()],
            headers: vec!["*".to_owned()],
            expose_headers: vec!["ETag".to_owned()],
            max_age: Duration::from_secs(600),
        };
        let plain = CorsRule {
            headers: Vec::new(),
            expose_headers: Vec::new(),
            max_age: Duration::ZERO,
            ..rule.clone()
        };
        let mut states = vec![
            first.clone(),
            with(|it| it.public_access.block_policy = false),
            with(|it| it.public_access = PublicAccess::open()),
            with(|it| it.ownership = Ownership::ObjectWriter),
            with(|it| it.ownership = Ownership::Unset),
            with(|it| {
                it.encryption = Encryption {
                    algorithm: EncryptionAlgorithm::SseKms,
                    kms_key: "arn:aws:kms:ap-southeast-2:111122223333:key/11111111-2222-3333-4444-555555555555"
                        .to_owned(),
                };
            }),
            with(|it| it.encryption.algorithm = EncryptionAlgorithm::SseKmsDouble),
            with(|it| it.versioning = Some(Versioning::Enabled)),
            with(|it| it.versioning = Some(Versioning::Suspended)),
            with(|it| it.abort_incomplete_uploads = Duration::from_secs(DAY)),
            with(|it| it.abort_incomplete_uploads = Duration::ZERO),
            with(|it| it.cors = Some(Vec::new())),
            with(|it| {
                it.access_log = Some(AccessLog {
                    bucket: "igv-demo-logs".to_owned(),
                    prefix: "log/".to_owned(),
                });
            }),
            with(|it| {
                it.tags.0.insert("project".to_owned(), "other".to_owned());
            }),
        ];
        for cors in [vec![rule.clone(), plain.clone()], vec![plain], Vec::new()] {
            states.push(Bucket {
                cors: Some(cors),
                ..first.clone()
            });
        }
        world.life(&Place::at(&at), &states).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_is_made_with_all_that_the_file_says() {
    let (world, at) = (World::new().await, address(Kind::Bucket, "config"));
    let want = Bucket {
        versioning: Some(Versioning::Enabled),
        cors: Some(vec![CorsRule {
            origins: vec!["*".to_owned()],
            methods: vec!["GET".to_owned()],
            headers: Vec::new(),
            expose_headers: Vec::new(),
            max_age: Duration::ZERO,
        }]),
        ..bucket(&world, &at, "igv-demo-config")
    };
    let made = world.create(&Place::at(&at), &want).await;
    assert_eq!(
        made.outputs["regional_domain"],
        "igv-demo-config.s3.ap-southeast-2.amazonaws.com".into()
    );
    assert_eq!(made.outputs["arn"], "arn:aws:s3:::igv-demo-config".into());
    let object = world.ours(&Place::at(&at), &want).await;
    assert_eq!(differences(&want.to_value(), &object.value), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_others_configured_stays() {
    use aws_sdk_s3::types as t;
    let (world, at) = (World::new().await, address(Kind::Bucket, "b"));
    let (place, want) = (Place::at(&at), bucket(&world, &at, "igv-demo-bucket"));
    world.create(&place, &want).await;
    let s3 = &world.clients.s3;
    let rules = s3
        .get_bucket_lifecycle_configuration()
        .bucket("igv-demo-bucket")
        .send()
        .await
        .unwrap()
        .rules
        .unwrap();
    let theirs = t::LifecycleRule::builder()
        .id("theirs")
        .status(t::ExpirationStatus::Enabled)
        .filter(t::LifecycleRuleFilter::builder().prefix("log/").build())
        .expiration(t::LifecycleExpiration::builder().days(30).build())
        .build()
        .unwrap();
    s3.put_bucket_lifecycle_configuration()
        .bucket("igv-demo-bucket")
        .lifecycle_configuration(
            t::BucketLifecycleConfiguration::builder()
                .set_rules(Some([rules, vec![theirs.clone()]].concat()))
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    let mut tags = want.tags.0.clone();
    tags.insert("owner".to_owned(), "somebody".to_owned());
    let tag = |(key, value)| t::Tag::builder().key(key).value(value).build().unwrap();
    s3.put_bucket_tagging()
        .bucket("igv-demo-bucket")
        .tagging(
            t::Tagging::builder()
                .set_tag_set(Some(tags.into_iter().map(tag).collect()))
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();

    let mut other = want.clone();
    other.abort_incomplete_uploads = Duration::from_secs(DAY);
    other.tags.0.insert("project".to_owned(), "other".to_owned());
    world.update(&place, &other).await;
    let object = world.ours(&place, &other).await;
    assert_eq!(differences(&other.to_value(), &object.value), Vec::<String>::new());
    assert_eq!(
        object.value.get("tags").and_then(|it| it.get("owner")),
        Some(&"somebody".into())
    );
    let rules = s3
        .get_bucket_lifecycle_configuration()
        .bucket("igv-demo-bucket")
        .send()
        .await
        .unwrap();
    assert!(rules.rules().contains(&theirs));

    // L76: a change of tags is the tag call alone, and a release leaves what is not ours.
    world.sandbox.clear_calls();
    world.update(&place, &want).await;
    assert_eq!(world.writes(), ["PutBucketLifecycleConfiguration", "PutBucketTagging"]);
    Bucket::release(&world.clients, &place.target(&world.stack), &object.id)
        .await
        .unwrap();
    let tags = s3.get_bucket_tagging().bucket("igv-demo-bucket").send().await.unwrap();
    let keys: Vec<&str> = tags.tag_set().iter().map(|it| it.key()).collect();
    assert_eq!(keys, ["owner", "project"]);
}

#[tokio::test(start_paused = true)]
async fn l40_a_bucket_of_the_account_is_not_ours_for_its_name() {
    for region in ["ap-southeast-2", "us-east-1"] {
        let world = World::of(Sandbox::in_memory(7), stack(region)).await;
        let at = address(Kind::Bucket, "b");
        let (place, want) = (Place::at(&at), bucket(&world, &at, "igv-demo-bucket"));
        let other = World::of(
            world.sandbox.clone(),
            Stack {
                name: "other".to_owned(),
                ..world.stack.clone()
            },
        )
        .await;
        other
            .create(&Place::at(&at), &bucket(&other, &at, "igv-demo-bucket"))
            .await;
        assert_eq!(
            world.found(&place, &want).await,
            Found::Foreign {
                id: "igv-demo-bucket".to_owned(),
                claimed_by: Some(format!("igvctl stack {region}/other")),
            }
        );
        let error = Bucket::create(&world.clients, &place.target(&world.stack), want)
            .await
            .unwrap_err();
        assert!(error.message.contains("that is not ours"), "{error}");
        let tags = world
            .clients
            .s3
            .get_bucket_tagging()
            .bucket("igv-demo-bucket")
            .send()
            .await
            .unwrap();
        assert!(tags.tag_set().iter().any(|it| it.value() == format!("{region}/other")));
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_tool_manages_is_not_adopted() {
    let (world, at) = (World::new().await, address(Kind::Bucket, "b"));
    let want = bucket(&world, &at, "igv-demo-bucket");
    let adopting = Place {
        adopt: Some("igv-demo-bucket"),
        ..Place::at(&at)
    };
    let creating = world.clients.s3.create_bucket().bucket("igv-demo-bucket");
    let here = CreateBucketConfiguration::builder().location_constraint("ap-southeast-2".into());
    creating.create_bucket_configuration(here.build()).send().await.unwrap();
    assert!(matches!(world.found(&adopting, &want).await, Found::Ours(_)));
    let tag = Tag::builder().key("Terraform").value("true").build().unwrap();
    let tagging = Tagging::builder().tag_set(tag).build().unwrap();
    let put = world.clients.s3.put_bucket_tagging().bucket("igv-demo-bucket");
    put.tagging(tagging).send().await.unwrap();
    assert_eq!(
        world.found(&adopting, &want).await,
        Found::Foreign {
            id: "igv-demo-bucket".to_owned(),
            claimed_by: Some("Terraform (tag Terraform=true)".to_owned()),
        }
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_elsewhere_is_said_to_be_there() {
    let sandbox = Sandbox::in_memory(7);
    let there = World::of(sandbox.clone(), stack("eu-west-1")).await;
    let at = address(Kind::Bucket, "b");
    there
        .create(&Place::at(&at), &bucket(&there, &at, "igv-demo-bucket"))
        .await;
    for region in ["ap-southeast-2", "us-east-1"] {
        let here = World::of(sandbox.clone(), stack(region)).await;
        let (place, want) = (Place::at(&at), bucket(&here, &at, "igv-demo-bucket"));
        assert_eq!(
            here.found(&place, &want).await,
            Found::Foreign {
                id: "igv-demo-bucket".to_owned(),
                claimed_by: Some("a bucket in region eu-west-1".to_owned()),
            }
        );
        let error = Bucket::create(&here.clients, &place.target(&here.stack), want)
            .await
            .unwrap_err();
        assert!(error.message.contains("in region eu-west-1"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn l78_somebody_elses_bucket_is_unknown_and_not_absent() {
    let sandbox = Sandbox::in_memory(7);
    let theirs = World::of(
        sandbox.clone(),
        Stack {
            account: "444455556666".to_owned(),
            ..stack("ap-southeast-2")
        },
    )
    .await;
    let at = address(Kind::Bucket, "b");
    theirs
        .create(&Place::at(&at), &bucket(&theirs, &at, "igv-demo-bucket"))
        .await;
    let world = World::of(sandbox, stack("ap-southeast-2")).await;
    let want = bucket(&world, &at, "igv-demo-bucket");
    let Found::Unknown(gap) = world.found(&Place::at(&at), &want).await else {
        panic!("expected a gap");
    };
    assert!(gap.denied);
    assert_eq!(gap.action, "s3:GetBucketTagging");
    assert_eq!(gap.what, "bucket `igv-demo-bucket` (somebody else's, or no permission)");
}

#[tokio::test(start_paused = true)]
async fn l41_only_what_carries_our_mark_goes_with_a_bucket() {
    let (world, at) = (World::new().await, address(Kind::Bucket, "b"));
    let want = Bucket {
        versioning: Some(Versioning::Enabled),
        ..bucket(&world, &at, "igv-demo-bucket")
    };
    let place = Place::at(&at);
    world.create(&place, &want).await;
    let mark = "igvctl%3Astack=ap-southeast-2%2Figv-demo";
    for _ in 0..3 {
        put(&world, "igv-demo-bucket", "ours", Some(mark)).await;
    }
    put(&world, "igv-demo-bucket", "theirs", None).await;
    let s3 = &world.clients.s3;
    s3.delete_object()
        .bucket("igv-demo-bucket")
        .key("ours")
        .send()
        .await
        .unwrap();
    let upload = s3
        .create_multipart_upload()
        .bucket("igv-demo-bucket")
        .key("unfinished")
        .send()
        .await
        .unwrap();
    assert!(upload.upload_id().is_some());

    let sightings = world.look::<Bucket>(&Look::default()).await;
    let leftover = &sightings.leftovers[0];
    assert_eq!(leftover.address, at);
    assert_eq!(
        leftover.object.keeps.as_deref(),
        Some("1 object that is not ours: `theirs`")
    );
    assert_eq!(leftover.object.cost, None);
    world.sandbox.clear_calls();
    let target = place.target(&world.stack);
    let error = Bucket::delete(&world.clients, &target, "igv-demo-bucket", &want)
        .await
        .unwrap_err();
    assert!(error.message.contains("1 object that is not ours: `theirs`"), "{error}");
    assert_eq!(world.writes(), Vec::<String>::new());

    let versions = s3
        .list_object_versions()
        .bucket("igv-demo-bucket")
        .prefix("theirs")
        .send()
        .await
        .unwrap();
    s3.delete_object()
        .bucket("igv-demo-bucket")
        .key("theirs")
        .version_id(versions.versions()[0].version_id().unwrap())
        .send()
        .await
        .unwrap();
    Bucket::delete(&world.clients, &target, "igv-demo-bucket", &want)
        .await
        .unwrap();
    assert_eq!(world.found(&place, &want).await, Found::Absent);
}

#[tokio::test(start_paused = true)]
async fn an_empty_bucket_that_left_the_file_costs_nothing() {
    let (world, at) = (World::new().await, address(Kind::Bucket, "b"));
    let want = bucket(&world, &at, "igv-demo-bucket");
    world.create(&Place::at(&at), &want).await;
    let sightings = world.look::<Bucket>(&Look::default()).await;
    assert_eq!(sightings.leftovers.len(), 1);
    assert_eq!(sightings.leftovers[0].object.cost, Some(Cost::Nothing));
    assert_eq!(sightings.leftovers[0].object.keeps, None);

    // Renamed in the file, the mark still leads to it.
    let renamed = bucket(&world, &at, "another-name");
    assert_eq!(world.ours(&Place::at(&at), &renamed).await.id, "igv-demo-bucket");
}

#[tokio::test(start_paused = true)]
async fn l52_a_lost_answer_or_a_killed_run_ends_in_the_wanted_bucket() {
    for region in ["ap-southeast-2", "us-east-1"] {
        let world = World::of(Sandbox::in_memory(7), stack(region)).await;
        let at = address(Kind::Bucket, "b");
        let (place, want) = (Place::at(&at), bucket(&world, &at, "igv-demo-bucket"));
        for call in 1..=5 {
            world.sandbox.reset();
            world.sandbox.set_trouble(Trouble {
                lose_answer_of: Some(call),
                mutating_only: true,
                ..Trouble::default()
            });
            world.create(&place, &want).await;
            let object = world.ours(&place, &want).await;
            assert_eq!(differences(&want.to_value(), &object.value), Vec::<String>::new());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_complete_look_at_a_bucket_is_one_round_of_reads() {
    let (world, at) = (World::new().await, address(Kind::Bucket, "b"));
    let want = bucket(&world, &at, "igv-demo-bucket");
    world.create(&Place::at(&at), &want).await;
    world.sandbox.clear_calls();
    world.ours(&Place::at(&at), &want).await;
    let mut calls: Vec<String> = world.sandbox.calls().into_iter().map(|it| it.operation).collect();
    calls.sort();
    assert_eq!(
        calls,
        [
            "GetBucketEncryption",
            "GetBucketLifecycleConfiguration",
            "GetBucketOwnershipControls",
            "GetBucketReplication",
            "GetBucketTagging",
            "GetPublicAccessBlock",
            "GetResources",
            "GetResources"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_acl_that_stands_in_the_way_of_enforced_ownership_goes() {
    use aws_sdk_s3::types::BucketCannedAcl;
    let (world, at) = (World::new().await, address(Kind::Bucket, "b"));
    let open = Bucket {
        ownership: Ownership::ObjectWriter,
        public_access: PublicAccess::open(),
        ..bucket(&world, &at, "igv-demo-bucket")
    };
    let place = Place::at(&at);
    world.create(&place, &open).await;
    let acl = world.clients.s3.put_bucket_acl().bucket("igv-demo-bucket");
    acl.acl(BucketCannedAcl::PublicRead).send().await.unwrap();
    let want = bucket(&world, &at, "igv-demo-bucket");
    world.update(&place, &want).await;
    let look = Look {
        wanted: vec![(at.clone(), want.to_value())],
        ..Look::default()
    };
    let Found::Ours(object) = &world.look::<Bucket>(&look).await.found[&at] else {
        panic!("it is there")
    };
    assert_eq!(differences(&want.to_value(), &object.value), Vec::<String>::new());
    let acl = world.clients.s3.get_bucket_acl().bucket("igv-demo-bucket");
    assert_eq!(acl.send().await.unwrap().grants().len(), 1, "the owner's alone");
}

#[tokio::test(start_paused = true)]
async fn a_website_and_copies_elsewhere_are_reported() {
    use aws_sdk_s3::types as t;
    let (world, at) = (World::new().await, address(Kind::Bucket, "b"));
    let want = Bucket {
        versioning: Some(Versioning::Enabled),
        public_access: PublicAccess::open(),
        ..bucket(&world, &at, "igv-demo-bucket")
    };
    world.create(&Place::at(&at), &want).await;
    let s3 = &world.clients.s3;
    let index = t::IndexDocument::builder().suffix("index.html").build().unwrap();
    s3.put_bucket_website()
        .bucket("igv-demo-bucket")
        .website_configuration(t::WebsiteConfiguration::builder().index_document(index).build())
        .send()
        .await
        .unwrap();
    let look = Look {
        wanted: vec![(at.clone(), want.to_value())],
        ..Look::default()
    };
    let names: Vec<String> = world
        .look::<Bucket>(&look)
        .await
        .findings
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["website"]);
}

#[tokio::test(start_paused = true)]
async fn l52_whatever_call_a_run_is_killed_at_the_next_goes_on() {
    for region in ["ap-southeast-2", "us-east-1"] {
        let world = World::of(Sandbox::in_memory(7), stack(region)).await;
        let at = address(Kind::Bucket, "b");
        let from = Bucket {
            versioning: Some(Versioning::Enabled),
            ..bucket(&world, &at, "igv-demo-bucket")
        };
        let to = Bucket {
            ownership: Ownership::ObjectWriter,
            public_access: PublicAccess::open(),
            abort_incomplete_uploads: Duration::from_secs(DAY),
            ..from.clone()
        };
        world.survives(&Place::at(&at), &from, &to).await;
    }
}
