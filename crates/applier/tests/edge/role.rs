//! Roles.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use applier::Verbs;
use planner::Found;
use sandbox::Trouble;
use spec_model::kinds::Role;
use spec_model::{Address, Kind, Shaped};

use crate::ground::{Look, Place, World, address, differences, document};

const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

fn trust(pool: &str) -> policy::Document {
    document(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"cognito-identity.amazonaws.com"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"cognito-identity.amazonaws.com:aud":"{pool}"}},"ForAnyValue:StringLike":{{"cognito-identity.amazonaws.com:amr":"authenticated"}}}}}}]}}"#
    ))
}

fn reads(bucket: &str) -> policy::Document {
    document(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}}]}}"#
    ))
}

fn role(world: &World, at: &Address) -> Role {
    Role {
        name: world.stack.role_name("signed-in"),
        path: world.stack.role_path(),
        trust: trust("ap-southeast-2:11111111-2222-3333-4444-555555555555"),
        policies: BTreeMap::from([("read".to_owned(), reads("igv-demo"))]),
        managed_policies: BTreeSet::new(),
        permissions_boundary: None,
        max_session: Duration::from_secs(3600),
        description: "Read rights of people who logged in to IGV.".to_owned(),
        tags: world.tags(at),
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_takes_on_each_state_and_goes() {
    let (world, at) = (World::new().await, address(Kind::Role, "signed-in"));
    let first = role(&world, &at);
    let with = |change: fn(&mut Role)| {
        let mut it = first.clone();
        change(&mut it);
        it
    };
    let states = [
        first.clone(),
        with(|it| it.trust = trust("ap-southeast-2:99999999-2222-3333-4444-555555555555")),
        with(|it| it.policies = BTreeMap::from([("read".to_owned(), reads("other"))])),
        with(|it| it.policies = BTreeMap::from([("read-too".to_owned(), reads("other"))])),
        with(|it| it.policies = BTreeMap::new()),
        with(|it| it.managed_policies = BTreeSet::from(["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".to_owned()])),
        with(|it| it.permissions_boundary = Some("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".to_owned())),
        with(|it| it.max_session = Duration::from_secs(7200)),
        with(|it| it.description = String::new()),
        with(|it| {
            it.tags.0.insert("project".to_owned(), "other".to_owned());
        }),
        // A policy of the file may deny, and then it is compared.
        with(|it| {
            it.policies.insert("deny".to_owned(), document(DENY));
        }),
    ];
    world.life(&Place::at(&at), &states).await;
}

#[tokio::test(start_paused = true)]
async fn each_change_is_the_call_of_its_field_alone() {
    let (world, at) = (World::new().await, address(Kind::Role, "signed-in"));
    let (place, first) = (Place::at(&at), role(&world, &at));
    world.create(&place, &first).await;
    type Change = fn(&mut Role);
    let changes: [(Change, &str); 5] = [
        (|it| it.trust = trust("ap-southeast-2:9"), "UpdateAssumeRolePolicy"),
        (
            |it| it.policies = BTreeMap::from([("read".to_owned(), reads("other"))]),
            "PutRolePolicy",
        ),
        (|it| it.description = "x".to_owned(), "UpdateRole"),
        (|it| it.max_session = Duration::from_secs(7200), "UpdateRole"),
        (
            |it| {
                // L76: tags change by the tag call.
                it.tags.0.insert("project".to_owned(), "x".to_owned());
            },
            "TagRole",
        ),
    ];
    for (change, call) in changes {
        let mut want = Role::from_value(&world.ours(&place, &first).await.value).unwrap();
        change(&mut want);
        world.sandbox.clear_calls();
        world.update(&place, &want).await;
        assert_eq!(world.writes(), [call]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_forbids_is_held_and_what_allows_is_a_difference() {
    let (world, at) = (World::new().await, address(Kind::Role, "signed-in"));
    let (place, want) = (Place::at(&at), role(&world, &at));
    world.create(&place, &want).await;
    let iam = &world.clients.iam;
    iam.put_role_policy()
        .role_name(&want.name)
        .policy_name("AWSRevokeOlderSessions")
        .policy_document(DENY)
        .send()
        .await
        .unwrap();
    let object = world.ours(&place, &want).await;
    assert_eq!(differences(&want.to_value(), &object.value), Vec::<String>::new());
    let held: Vec<&str> = object.held.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(held, ["AWSRevokeOlderSessions"]);

    // L37: an extra grant is a difference, and goes with the next update; what is held stays.
    iam.attach_role_policy()
        .role_name(&want.name)
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .unwrap();
    iam.put_role_policy()
        .role_name(&want.name)
        .policy_name("more")
        .policy_document(reads("everything").to_compact())
        .send()
        .await
        .unwrap();
    let object = world.ours(&place, &want).await;
    assert_eq!(differences(&want.to_value(), &object.value).len(), 2);
    world.update(&place, &want).await;
    let object = world.ours(&place, &want).await;
    assert_eq!(differences(&want.to_value(), &object.value), Vec::<String>::new());
    assert_eq!(object.held.len(), 1);

    let loosen: Vec<String> = object.held.into_iter().map(|it| it.name).collect();
    let place = Place {
        loosen: &loosen,
        ..place
    };
    world.update(&place, &want).await;
    assert_eq!(world.ours(&place, &want).await.held, []);
}

#[tokio::test(start_paused = true)]
async fn l38_a_role_goes_with_whatever_was_put_on_it() {
    let (world, at) = (World::new().await, address(Kind::Role, "signed-in"));
    let (place, want) = (Place::at(&at), role(&world, &at));
    let made = world.create(&place, &want).await;
    let iam = &world.clients.iam;
    iam.attach_role_policy()
        .role_name(&want.name)
        .policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .unwrap();
    iam.put_role_permissions_boundary()
        .role_name(&want.name)
        .permissions_boundary("arn:aws:iam::aws:policy/AdministratorAccess")
        .send()
        .await
        .unwrap();
    iam.create_instance_profile()
        .instance_profile_name("profile")
        .send()
        .await
        .unwrap();
    iam.add_role_to_instance_profile()
        .instance_profile_name("profile")
        .role_name(&want.name)
        .send()
        .await
        .unwrap();
    Role::delete(&world.clients, &place.target(&world.stack), &made.id, &want)
        .await
        .unwrap();
    assert_eq!(world.found(&place, &want).await, Found::Absent);
}

#[tokio::test(start_paused = true)]
async fn a_role_without_our_mark_is_not_ours_and_adoption_marks_it() {
    let (world, at) = (World::new().await, address(Kind::Role, "signed-in"));
    let want = role(&world, &at);
    world
        .clients
        .iam
        .create_role()
        .role_name(&want.name)
        .path(&want.path)
        .assume_role_policy_document(want.trust.to_compact())
        .tags(
            aws_sdk_iam::types::Tag::builder()
                .key("ManagedBy")
                .value("terraform")
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    let place = Place::at(&at);
    let expected = Found::Foreign {
        id: want.name.clone(),
        claimed_by: Some("Terraform (tag ManagedBy=terraform)".to_owned()),
    };
    assert_eq!(world.found(&place, &want).await, expected);
    let error = Role::create(&world.clients, &place.target(&world.stack), want.clone())
        .await
        .unwrap_err();
    assert!(error.has_code("EntityAlreadyExists"));

    // What another tool manages is not taken over, whatever the file says.
    let adopting = Place {
        adopt: Some(&want.name),
        ..place.clone()
    };
    assert_eq!(world.found(&adopting, &want).await, expected);
    let untagging = world.clients.iam.untag_role().role_name(&want.name);
    untagging.tag_keys("ManagedBy").send().await.unwrap();
    let expected = Found::Foreign {
        id: want.name.clone(),
        claimed_by: None,
    };
    assert_eq!(world.found(&place, &want).await, expected);
    world.update(&adopting, &want).await;
    let object = world.ours(&place, &want).await;
    assert_eq!(differences(&want.to_value(), &object.value), Vec::<String>::new());
    Role::release(&world.clients, &place.target(&world.stack), &object.id)
        .await
        .unwrap();
    assert_eq!(world.found(&place, &want).await, expected);
}

#[tokio::test(start_paused = true)]
async fn a_role_that_left_the_file_is_found_by_its_path() {
    let (world, at) = (World::new().await, address(Kind::Role, "signed-in"));
    let want = role(&world, &at);
    world.create(&Place::at(&at), &want).await;
    let sightings = world.look::<Role>(&Look::default()).await;
    assert_eq!(sightings.leftovers.len(), 1);
    assert_eq!(sightings.leftovers[0].address, at);
    assert_eq!(
        differences(&want.to_value(), &sightings.leftovers[0].object.value),
        Vec::<String>::new()
    );

    // Renamed in the file: the same address leads to it.
    let renamed = Role {
        name: world.stack.role_name("other"),
        ..want.clone()
    };
    let object = world.ours(&Place::at(&at), &renamed).await;
    assert_eq!(object.id, want.name);
}

#[tokio::test(start_paused = true)]
async fn l52_a_lost_answer_makes_no_second_role_and_a_killed_run_goes_on() {
    let (world, at) = (World::new().await, address(Kind::Role, "signed-in"));
    let (place, want) = (Place::at(&at), role(&world, &at));
    for call in 1..=2 {
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

#[tokio::test(start_paused = true)]
async fn l52_whatever_call_a_run_is_killed_at_the_next_goes_on() {
    let (world, at) = (World::new().await, address(Kind::Role, "signed-in"));
    let from = Role {
        managed_policies: BTreeSet::from(["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".to_owned()]),
        ..role(&world, &at)
    };
    let to = Role {
        trust: trust("ap-southeast-2:9"),
        policies: BTreeMap::from([("other".to_owned(), reads("b")), ("read".to_owned(), reads("c"))]),
        managed_policies: BTreeSet::new(),
        description: "x".to_owned(),
        ..from.clone()
    };
    world.survives(&Place::at(&at), &from, &to).await;
}
