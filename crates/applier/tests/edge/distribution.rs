//! Distributions.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use applier::Verbs;
use aws_sdk_cloudfront::types::{Tag, TagKeys, Tags};
use planner::{Found, Harm};
use sandbox::Trouble;
use spec_model::kinds::{Distribution, HttpVersion, OriginAccessControl, PriceClass, ViewerProtocol};
use spec_model::{Address, Kind, Shaped};

use crate::ground::{Look, Place, World, address, differences};

async fn ground() -> (World, Address, Distribution) {
    let (world, at) = (World::new().await, address(Kind::Distribution, "config"));
    let control = OriginAccessControl {
        description: String::new(),
        origin_type: "s3".to_owned(),
        signing_behavior: "always".to_owned(),
        signing_protocol: "sigv4".to_owned(),
    };
    let control = world
        .create(&Place::at(&address(Kind::OriginAccessControl, "config")), &control)
        .await;
    let want = Distribution {
        enabled: true,
        origin_domain: "igv-demo-config.s3.ap-southeast-2.amazonaws.com".to_owned(),
        access_control_id: control.id,
        origin_path: String::new(),
        viewer_protocol: ViewerProtocol::HttpsOnly,
        methods: BTreeSet::from(["GET".to_owned(), "HEAD".to_owned()]),
        cache_policy: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad".to_owned(),
        compress: false,
        price_class: PriceClass::All,
        ipv6: true,
        http_version: HttpVersion::Http2,
        root_object: String::new(),
        tags: world.tags(&at),
    };
    (world, at, want)
}

/// Lets everything that is under way be done.
fn settle(world: &World) {
    world.sandbox.set_clock(Some(4_000_000_000.0));
}

#[tokio::test(start_paused = true)]
async fn a_distribution_takes_on_each_state_and_goes() {
    let (world, at, first) = ground().await;
    let with = |change: fn(&mut Distribution)| {
        let mut it = first.clone();
        change(&mut it);
        it
    };
    let states = [
        first.clone(),
        with(|it| it.enabled = false),
        with(|it| it.origin_domain = "other.s3.ap-southeast-2.amazonaws.com".to_owned()),
        with(|it| it.origin_path = "/igv".to_owned()),
        with(|it| it.viewer_protocol = ViewerProtocol::RedirectToHttps),
        with(|it| {
            it.methods.insert("OPTIONS".to_owned());
        }),
        with(|it| it.cache_policy = "658327ea-f89d-4fab-a63d-7e88639e58f6".to_owned()),
        with(|it| it.compress = true),
        with(|it| it.price_class = PriceClass::Least),
        with(|it| it.ipv6 = false),
        with(|it| it.http_version = HttpVersion::Http2And3),
        with(|it| it.root_object = "index.html".to_owned()),
        with(|it| {
            it.tags.0.insert("project".to_owned(), "other".to_owned());
        }),
        first.clone(),
    ];
    world.life(&Place::at(&at), &states).await;
}

#[tokio::test(start_paused = true)]
async fn l76_a_change_of_tags_is_the_tag_call_alone() {
    let (world, at, mut want) = ground().await;
    let place = Place::at(&at);
    world.create(&place, &want).await;
    want.tags.0.insert("project".to_owned(), "other".to_owned());
    world.sandbox.clear_calls();
    world.update(&place, &want).await;
    assert_eq!(world.writes(), ["TagResource"]);
}

#[tokio::test(start_paused = true)]
async fn l45_what_others_set_survives_an_update_and_is_reported() {
    let (world, at, mut want) = ground().await;
    let place = Place::at(&at);
    let id = world.create(&place, &want).await.id;
    let cloudfront = &world.clients.cloudfront;
    let answer = cloudfront.get_distribution_config().id(&id).send().await.unwrap();
    let mut config = answer.distribution_config.unwrap();
    config.web_acl_id =
        Some("arn:aws:wafv2:us-east-1:111122223333:global/webacl/igv/11111111-2222-3333-4444-555555555555".to_owned());
    cloudfront
        .update_distribution()
        .id(&id)
        .set_if_match(answer.e_tag)
        .distribution_config(config.clone())
        .send()
        .await
        .unwrap();
    want.price_class = PriceClass::Least;
    world.update(&place, &want).await;
    let now = cloudfront.get_distribution_config().id(&id).send().await.unwrap();
    let mut now = now.distribution_config.unwrap();
    assert_eq!(now.web_acl_id, config.web_acl_id);
    now.price_class.clone_from(&config.price_class);
    assert_eq!(now, config, "nothing else changed");

    let look = Look {
        wanted: vec![(at.clone(), want.to_value())],
        ..Look::default()
    };
    let findings = world.look::<Distribution>(&look).await.findings;
    assert_eq!(findings.len(), 1);
    assert!(findings[0].name.starts_with("web ACL arn:aws:wafv2"));
    assert_eq!(findings[0].harm, Harm::LocksOut);
}

#[tokio::test(start_paused = true)]
async fn l67_a_lost_answer_makes_no_second_distribution() {
    let (world, at, want) = ground().await;
    world.sandbox.set_trouble(Trouble {
        lose_answer_of: Some(1),
        mutating_only: true,
        ..Trouble::default()
    });
    let made = world.create(&Place::at(&at), &want).await;
    let object = world.ours(&Place::at(&at), &want).await;
    assert_eq!(object.id, made.id);
    assert_eq!(differences(&want.to_value(), &object.value), Vec::<String>::new());
    let all = world.clients.cloudfront.list_distributions().send().await.unwrap();
    assert_eq!(all.distribution_list.unwrap().quantity, 1);
}

#[tokio::test(start_paused = true)]
async fn l67_a_reference_that_was_used_before_is_followed_by_the_next() {
    let (world, at, want) = ground().await;
    let place = Place::at(&at);
    for _ in 0..3 {
        let id = world.create(&place, &want).await.id;
        Distribution::delete(&world.clients, &place.target(&world.stack), &id, &want)
            .await
            .unwrap();
        assert_eq!(world.found(&place, &want).await, Found::Absent);
    }
    let made = world.create(&place, &want).await;
    let answer = world.clients.cloudfront.get_distribution_config().id(&made.id).send();
    let config = answer.await.unwrap().distribution_config.unwrap();
    assert_eq!(config.caller_reference, "ap-southeast-2/igv-demo/distribution.config/4");
    assert_eq!(config.comment, "igvctl ap-southeast-2/igv-demo distribution.config");
}

#[tokio::test(start_paused = true)]
async fn a_replacement_stands_at_the_address_and_the_old_one_is_left_over() {
    let (world, at, want) = ground().await;
    let old = world.create(&Place::at(&at), &want).await.id;
    let place = Place {
        replaces: Some(&old),
        ..Place::at(&at)
    };
    let new = world.create(&place, &want).await.id;
    assert_ne!(new, old);
    assert_eq!(world.ours(&place, &want).await.id, new);
    let look = Look {
        wanted: vec![(at.clone(), want.to_value())],
        ..Look::default()
    };
    let leftovers = world.look::<Distribution>(&look).await.leftovers;
    assert_eq!(leftovers.len(), 1);
    assert_eq!(
        (leftovers[0].object.id.as_str(), leftovers[0].replaced),
        (old.as_str(), true)
    );

    // Without the tag that names the old one, two candidates are an error.
    let keys = aws_sdk_cloudfront::types::TagKeys::builder()
        .items("igvctl:replaces")
        .build();
    let arn = format!("arn:aws:cloudfront::111122223333:distribution/{new}");
    let untag = world.clients.cloudfront.untag_resource().resource(arn).tag_keys(keys);
    untag.send().await.unwrap();
    let mut both = vec![old, new];
    both.sort();
    assert_eq!(
        world.found(&Place::at(&at), &want).await,
        Found::Ambiguous { ids: both }
    );
}

#[tokio::test(start_paused = true)]
async fn ownership_is_the_tags_and_the_comment_only_leads_there() {
    let (world, at, want) = ground().await;
    let place = Place::at(&at);
    let id = world.create(&place, &want).await.id;
    let leftovers = world.look::<Distribution>(&Look::default()).await.leftovers;
    assert_eq!((leftovers.len(), &leftovers[0].address), (1, &at));

    Distribution::release(&world.clients, &place.target(&world.stack), &id)
        .await
        .unwrap();
    assert_eq!(
        world.found(&place, &want).await,
        Found::Foreign {
            id: id.clone(),
            claimed_by: None
        }
    );
    assert_eq!(world.look::<Distribution>(&Look::default()).await.leftovers, []);
    let adopting = Place {
        adopt: Some(&id),
        ..place.clone()
    };
    // What another tool manages is not taken over, whatever the file says.
    let arn = format!("arn:aws:cloudfront::111122223333:distribution/{id}");
    let tag = Tag::builder().key("iac").value("terraform").build().unwrap();
    let tagging = world.clients.cloudfront.tag_resource().resource(&arn);
    let tagging = tagging.tags(Tags::builder().items(tag).build()).send();
    tagging.await.unwrap();
    assert_eq!(
        world.found(&adopting, &want).await,
        Found::Foreign {
            id: id.clone(),
            claimed_by: Some("Terraform (tag iac=terraform)".to_owned())
        }
    );
    let untagging = world.clients.cloudfront.untag_resource().resource(arn);
    let untagging = untagging.tag_keys(TagKeys::builder().items("iac").build()).send();
    untagging.await.unwrap();
    world.update(&adopting, &want).await;
    assert_eq!(world.ours(&place, &want).await.id, id);
}

#[tokio::test(start_paused = true)]
async fn l59_without_the_index_a_comment_of_others_makes_no_second_one() {
    let (world, at, mut want) = ground().await;
    let place = Place::at(&at);
    let id = world.create(&place, &want).await.id;
    let getting = world.clients.cloudfront.get_distribution_config().id(&id);
    let answer = getting.send().await.unwrap();
    let mut config = answer.distribution_config.unwrap();
    "the config of IGV".clone_into(&mut config.comment);
    let put = world.clients.cloudfront.update_distribution().id(&id);
    let put = put.set_if_match(answer.e_tag).distribution_config(config);
    put.send().await.unwrap();
    want.price_class = PriceClass::Least;
    world.update(&place, &want).await;
    let getting = world.clients.cloudfront.get_distribution_config().id(&id);
    let config = getting.send().await.unwrap().distribution_config.unwrap();
    assert_eq!(config.comment(), "the config of IGV");
    world.sandbox.set_trouble(Trouble {
        refuse: vec!["tag:GetResources".to_owned()],
        ..Trouble::default()
    });
    let seen = world.look::<Distribution>(&place.look(&want)).await;
    assert!(matches!(&seen.found[&at], Found::Ours(it) if it.id == id), "{seen:?}");
    assert_eq!(seen.gaps.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn l46_deleting_goes_on_where_it_stood() {
    let (world, at, want) = ground().await;
    let place = Place::at(&at);
    let target = place.target(&world.stack);
    for _ in 0..2 {
        let id = world.create(&place, &want).await.id;
        settle(&world);
        let disabled = Distribution {
            enabled: false,
            ..want.clone()
        };
        world.update(&place, &disabled).await;
        world.sandbox.clear_calls();
        Distribution::delete(&world.clients, &target, &id, &disabled)
            .await
            .unwrap();
        assert_eq!(world.writes(), ["DeleteDistribution"]);
        world.sandbox.set_clock(None);
        assert_eq!(world.found(&place, &want).await, Found::Absent);
    }
}

#[tokio::test(start_paused = true)]
async fn l52_whatever_call_a_run_is_killed_at_the_next_goes_on() {
    let (world, at, from) = ground().await;
    let mut to = from.clone();
    to.price_class = PriceClass::Least;
    to.tags.0.insert("project".to_owned(), "other".to_owned());
    world.survives(&Place::at(&at), &from, &to).await;
}
