//! Field by field: what is changed behind igvctl's back is named, alone, and mended, alone.
//!
//! The changes are made of the nouns' shapes: the live object with one other value, written by the verbs themselves.

use std::collections::BTreeSet;

use applier::{Act, Deed, What};
use planner::{Action, Found, Options, Phase, Plan, Reason, Step, StepKey};
use serde_json::Value as Json;
use spec_model::{Address, Class, Cost, FieldShape, Kind, Replace, Shape, Spec, each_kind};

use crate::alter::{ELSEWHERE, Seen, alterations};
use crate::still::differences;
use crate::world::{World, states, text};

/// The steps that are not `Keep`.
fn steps(plan: &Plan) -> Vec<&Step> {
    plan.steps.iter().filter(|it| it.action != Action::Keep).collect()
}

fn leaves(fields: &[FieldShape], path: &str, all: &mut BTreeSet<String>) {
    for field in fields
        .iter()
        .filter(|it| matches!(it.class, Class::Ours | Class::IfWritten))
    {
        let path = format!("{path}.{}", field.name);
        if let Shape::Record(inner) = &field.shape {
            leaves(inner, &path, all);
        } else {
            all.insert(path);
        }
    }
}

/// Changes every field of every object of a kind in one state, and gives the paths that could be changed.
async fn behind_the_back(kind: Kind, name: &str, spec: &Spec, changed: &mut BTreeSet<String>) {
    let world = World::new(spec).await;
    world.apply(name, spec, &Options::default()).await;
    let (live, _) = world.plan(spec, &Options::default()).await;
    let seen = Seen::of(&states(kind), kind, &live);
    let before = world.sandbox.snapshot();
    for (address, resource) in spec.resources.iter().filter(|(it, _)| it.kind == kind) {
        let Some(Found::Ours(object)) = live.found.get(address) else {
            panic!("{name}: {address} is not there")
        };
        let descriptor = kind.descriptor();
        let ours: Vec<FieldShape> = descriptor
            .fields
            .iter()
            .filter(|it| matches!(it.class, Class::Ours | Class::IfWritten) && resource.fields.contains_key(it.name))
            .cloned()
            .collect();
        for altered in alterations(&ours, &object.value, &resource.value(), "", &seen) {
            let what = format!(
                "{name}: {address}: {} altered to {:?}",
                altered.path,
                altered.value.get(&altered.path)
            );
            world.sandbox.restore(before.clone()).unwrap();
            let deed = Deed {
                address,
                what: What::Update {
                    id: object.id.clone(),
                    live: object.value.clone(),
                    want: altered.value.clone(),
                },
                loosen: &[],
                replaces: None,
                source: None,
                waiting: &|_| {},
            };
            // AWS refuses some of what the shapes allow; every field has something that it takes.
            if world.aws.act(&spec.stack, deed).await.is_err() {
                continue;
            }
            if differences(&before, &world.sandbox.snapshot()).is_empty() {
                continue;
            }
            if ours.iter().any(|it| it.name == altered.path && it.refuses.is_some()) {
                let (_, plan) = world.plan(spec, &Options::default()).await;
                let blocked: Vec<_> = plan.blocked().flat_map(|it| &it.changes).map(|it| &it.path).collect();
                assert_eq!(blocked, [&altered.path], "{what}\n{}", text(&plan));
                changed.insert(format!("{kind}.{}", altered.path));
                continue;
            }
            named_and_mended(&world, &what, spec, address, &altered.path, &before).await;
            changed.insert(format!("{kind}.{}", altered.path));
        }
    }
}

/// The plan names this change and nothing else, and `apply` takes it back and nothing else.
async fn named_and_mended(world: &World, what: &str, spec: &Spec, address: &Address, path: &str, before: &Json) {
    let (live, plan) = world.plan(spec, &Options::default()).await;
    let acting = steps(&plan);
    assert!(!acting.is_empty(), "{what}: not seen\n{}", text(&plan));
    let mut held = false;
    for step in acting {
        assert_eq!(step.key.address, *address, "{what}\n{}", text(&plan));
        assert!(
            matches!(step.action, Action::Update | Action::Held),
            "{what}\n{}",
            text(&plan)
        );
        held |= !step.held.is_empty();
        for change in &step.changes {
            let inside = change
                .path
                .strip_prefix(path)
                .is_some_and(|it| it.is_empty() || it.starts_with('.'));
            assert!(inside, "{what}: `{}` is named\n{}", change.path, text(&plan));
        }
    }
    assert!(plan.gaps.is_empty(), "{what}\n{}", text(&plan));
    let options = Options {
        loosen: held.then(|| address.clone()).into_iter().collect(),
        ..Options::default()
    };
    let (live, plan) = if held {
        world.plan(spec, &options).await
    } else {
        (live, plan)
    };
    let report = world.execute(&plan, &live).await;
    assert_eq!(
        report.failed().count(),
        0,
        "{what}: {:#?}",
        report.failed().collect::<Vec<_>>()
    );
    let (_, second) = world.plan(spec, &Options::default()).await;
    assert!(
        second.is_in_sync(),
        "{what}: not mended\n{}\nafter\n{}",
        text(&second),
        text(&plan)
    );
    let found = differences(before, &world.sandbox.snapshot());
    assert!(found.is_empty(), "{what}: something else moved\n{}", found.join("\n"));
}

async fn every_field(kind: Kind) {
    let mut changed = BTreeSet::new();
    for state in states(kind).into_iter().take(3) {
        behind_the_back(kind, &state.name, &state.spec, &mut changed).await;
    }
    let mut all = BTreeSet::new();
    leaves(&kind.descriptor().fields, kind.word(), &mut all);
    let elsewhere: BTreeSet<String> = ELSEWHERE
        .iter()
        .map(|(path, _)| (*path).to_owned())
        .filter(|it| it.starts_with(&format!("{kind}.")))
        .collect();
    let missing: BTreeSet<String> = all.difference(&changed).cloned().collect();
    assert_eq!(
        missing, elsewhere,
        "{kind}: fields that were not changed, and those that are known not to be"
    );
}

/// A fixed field that the file changes: the plan names it, and replaces the object as its kind is replaced, if the file
/// consents to what that costs. What counts at creation only changes nothing.
async fn fixed_fields(kind: Kind) {
    let descriptor = kind.descriptor();
    let state = states(kind).swap_remove(0);
    let mut spec = state.spec;
    let world = World::new(&spec).await;
    world.apply(&state.name, &spec, &Options::default()).await;
    spec.may_destroy.clear();
    let (live, _) = world.plan(&spec, &Options::default()).await;
    let seen = Seen::of(&states(kind), kind, &live);
    for (address, resource) in spec.resources.iter().filter(|(it, _)| it.kind == kind) {
        let Some(Found::Ours(object)) = live.found.get(address) else {
            panic!("{}: {address} is not there", state.name)
        };
        // Under another parent it is another object; the states move each kind to another parent.
        let is_parent = |field: &FieldShape| descriptor.parent.is_some_and(|(name, _)| name == field.name);
        for field in descriptor.fields.iter().filter(|it| !is_parent(it)) {
            let others = alterations(std::slice::from_ref(field), &object.value, &resource.value(), "", &seen);
            for altered in others {
                let value = altered.value.get(field.name).unwrap();
                let mut spec = spec.clone();
                let fields = &mut spec.resources.get_mut(address).unwrap().fields;
                fields.insert(field.name.to_owned(), value.clone());
                let (_, plan) = world.plan(&spec, &Options::default()).await;
                let what = format!("{address}: {} is to be {value:?}\n{}", field.name, text(&plan));
                let main = StepKey {
                    address: address.clone(),
                    phase: Phase::Main,
                };
                let step = plan.step(&main).unwrap();
                match field.class {
                    Class::AtCreation => assert!(plan.is_in_sync(), "{what}"),
                    Class::Fixed if descriptor.replace == Replace::Never => {
                        let path = field.name.to_owned();
                        assert!(step.reasons.contains(&Reason::NeverReplaced { path }), "{what}");
                        assert!(!plan.acts(), "{what}");
                    }
                    Class::Fixed => {
                        assert!(step.changes.iter().any(|it| it.path == field.name), "{what}");
                        assert_eq!(plan.acts(), descriptor.cost == Cost::Nothing, "{what}");
                        spec.may_destroy.insert(address.to_string());
                        let (_, plan) = world.plan(&spec, &Options::default()).await;
                        let what = format!("{what}with consent\n{}", text(&plan));
                        assert_eq!(plan.step(&main).unwrap().action, Action::Replace, "{what}");
                    }
                    Class::Ours | Class::IfWritten => {}
                }
            }
        }
    }
}

/// A change that no verb makes, made in the world itself or by a call of AWS's: named and mended all the same.
async fn made_otherwise(kind: Kind, path: &str, change: impl FnOnce(&mut Json)) {
    let state = states(kind).swap_remove(0);
    let world = World::new(&state.spec).await;
    world.apply(&state.name, &state.spec, &Options::default()).await;
    let before = world.sandbox.snapshot();
    let mut after = before.clone();
    change(&mut after);
    world.sandbox.restore(after).unwrap();
    let address = state.spec.resources.keys().find(|it| it.kind == kind).unwrap();
    named_and_mended(&world, path, &state.spec, address, path, &before).await;
}

/// The only entry of a table.
fn only(table: &mut Json) -> &mut Json {
    let entries = table.as_object_mut().unwrap();
    assert_eq!(entries.len(), 1);
    entries.values_mut().next().unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_no_verb_changes() {
    let region = |world: &mut Json, service: &str| world[service]["111122223333"]["eu-central-1"]["pools"].take();
    made_otherwise(Kind::UserPool, "mark_attribute", |world| {
        let mut pools = region(world, "cognito_idp");
        let schema = only(&mut pools)["schema"].as_array_mut().unwrap();
        schema.retain(|it| it["Name"] != "custom:igvctl");
        world["cognito_idp"]["111122223333"]["eu-central-1"]["pools"] = pools;
    })
    .await;
    made_otherwise(Kind::IdentityPoolRoles, "role_mappings", |world| {
        let mut pools = region(world, "cognito_identity");
        only(&mut pools)["mappings"] = serde_json::json!({
            "accounts.google.com": {"Type": "Token", "AmbiguousRoleResolution": "Deny"},
        });
        world["cognito_identity"]["111122223333"]["eu-central-1"]["pools"] = pools;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_config_is_shown_as_length_and_digest() {
    let state = states(Kind::ConfigFile).swap_remove(0);
    let world = World::new(&state.spec).await;
    world.apply(&state.name, &state.spec, &Options::default()).await;
    let before = world.sandbox.snapshot();
    let put = world
        .aws
        .clients()
        .s3
        .put_object()
        .bucket("igv-kinds-config")
        .key("oauth-config.json.gz");
    put.body(b"a secret of somebody".to_vec().into()).send().await.unwrap();
    let (_, plan) = world.plan(&state.spec, &Options::default()).await;
    let seen = text(&plan);
    assert!(seen.contains("unreadable:") && seen.contains("20 bytes"), "{seen}");
    assert!(!seen.contains("somebody"), "{seen}");
    world.apply("mended", &state.spec, &Options::default()).await;
    let moved = differences(&before, &world.sandbox.snapshot());
    assert!(moved.is_empty(), "{moved:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_page_of_others_is_shown_as_length_and_digest() {
    let state = states(Kind::WelcomePage).swap_remove(0);
    let world = World::new(&state.spec).await;
    world.apply(&state.name, &state.spec, &Options::default()).await;
    let before = world.sandbox.snapshot();
    let page = || {
        let s3 = &world.aws.clients().s3;
        s3.get_object().bucket("igv-kinds-config").key("index.html")
    };
    let ours = page().send().await.unwrap().body.collect().await.unwrap().to_vec();
    let ours = String::from_utf8(ours).unwrap();
    for theirs in [
        "<p>a word of somebody</p>".to_owned(),
        ours.replace("oauth-config.json.gz</code>", "somebody.json.gz</code>"),
    ] {
        let bytes = theirs.len();
        let put = world.aws.clients().s3.put_object();
        let put = put
            .bucket("igv-kinds-config")
            .key("index.html")
            .content_type("text/html; charset=utf-8");
        put.cache_control("no-cache")
            .body(theirs.into_bytes().into())
            .send()
            .await
            .unwrap();
        let (_, plan) = world.plan(&state.spec, &Options::default()).await;
        let seen = text(&plan);
        let changed: Vec<_> = steps(&plan)
            .iter()
            .flat_map(|it| &it.changes)
            .map(|it| &it.path)
            .collect();
        assert!(changed.contains(&&"other".to_owned()), "{changed:?}");
        assert!(seen.contains(&format!("{bytes} bytes")), "{seen}");
        assert!(!seen.contains("somebody"), "{seen}");
        world.apply("mended", &state.spec, &Options::default()).await;
        let moved = differences(&before, &world.sandbox.snapshot());
        assert!(moved.is_empty(), "{moved:#?}");
    }
}

macro_rules! one_test_per_kind {
    ($($variant:ident = $word:literal),* $(,)?) => {
        mod every_field_of {
            $(
                #[tokio::test(start_paused = true)]
                async fn $variant() {
                    crate::fields::every_field(spec_model::Kind::$variant).await;
                }
            )*
        }

        mod every_fixed_field_of {
            $(
                #[tokio::test(start_paused = true)]
                async fn $variant() {
                    crate::fields::fixed_fields(spec_model::Kind::$variant).await;
                }
            )*
        }
    };
}

each_kind!(one_test_per_kind);
