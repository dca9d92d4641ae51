//! Every kind through a list of states, forwards, backwards and down: `tests/kinds/<kind>/01.yaml` and so on.
//!
//! Each state is brought about from the one before, and a second look must find nothing to do. After the last
//! `destroy` nothing that carries the stack's name is left.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use spec_model::{Class, FieldShape, Kind, Shape, Value, each_kind};

use crate::walk::{down, shown, through};
use crate::world::{State, World, states};

async fn migrate(kind: Kind) {
    let states = states(kind);
    assert!(states.len() >= 3, "{kind} has {} states", states.len());
    let first = &states[0];
    let world = World::new(&first.spec).await;
    let mut complaints = through(&world, &states).await;
    complaints.extend(down(&world, &first.name, &first.spec).await);
    assert!(complaints.is_empty(), "{}", shown(&complaints));
    let mut left = Vec::new();
    ours(&world.sandbox.snapshot(), "", &mut left);
    assert!(left.is_empty(), "{kind}: left in the sandbox:\n{}", left.join("\n"));
}

/// What AWS keeps of objects that are gone.
const REMEMBERED: &[(&str, &str)] = &[
    ("/s3/released", "names of buckets, which are not free at once"),
    (
        "/references",
        "caller references of distributions, which it never takes twice",
    ),
];

/// Where in a world the stack's name or its mark stands.
fn ours(at: &Json, path: &str, found: &mut Vec<String>) {
    let is_ours = |text: &str| text.contains("igv-kinds") || text.contains("igvctl");
    match at {
        Json::Object(fields) => {
            for (name, value) in fields {
                let path = format!("{path}/{name}");
                if REMEMBERED.iter().any(|(it, _)| path.ends_with(it)) {
                    continue;
                }
                if is_ours(name) {
                    found.push(path.clone());
                }
                ours(value, &path, found);
            }
        }
        Json::Array(items) => items.iter().for_each(|it| ours(it, path, found)),
        Json::String(text) if is_ours(text) => found.push(format!("{path}: {text}")),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

macro_rules! one_test_per_kind {
    ($($variant:ident = $word:literal),* $(,)?) => {
        mod every_state_of {
            $(
                #[tokio::test(start_paused = true)]
                async fn $variant() {
                    crate::states::migrate(spec_model::Kind::$variant).await;
                }
            )*
        }
    };
}

each_kind!(one_test_per_kind);

/// Fields that the states of a kind cannot change, with the reason.
const CONSTANT: &[(&str, &str)] = &[
    (
        "user_pool.mark_attribute",
        "AWS can add the attribute and never takes it away",
    ),
    ("role.path", "the path is the stack's"),
    ("bucket.region", "a bucket lives in the stack's region"),
    ("origin_access_control.signing_protocol", "AWS has one"),
    (
        "identity_pool.developer_provider",
        "AWS never takes it away, so a change is refused",
    ),
    (
        "identity_pool_roles.role_mappings",
        "any rule breaks the login of IGV, and none can be written",
    ),
    ("config_file.unreadable", "it says what was found"),
    ("config_file.body.auth_provider", "IGV knows one"),
    ("welcome_page.other", "it says what was found"),
    ("object.fingerprint", "made of the local file, which the states change"),
];

/// All values of a field over all states, by path.
fn gather(
    fields: &[FieldShape],
    values: &BTreeMap<String, Value>,
    path: &str,
    seen: &mut BTreeMap<String, BTreeSet<Value>>,
) {
    for field in fields {
        let path = format!("{path}.{}", field.name);
        let value = values.get(field.name).cloned().unwrap_or(Value::Null);
        if let Shape::Record(inner) = &field.shape {
            if let Value::Map(values) = &value {
                gather(inner, values, &path, seen);
            }
            if field.optional {
                seen.entry(path).or_default().insert(value);
            }
        } else {
            seen.entry(path).or_default().insert(value);
        }
    }
}

#[test]
fn the_states_change_every_field() {
    let mut constant = BTreeSet::new();
    for kind in Kind::ALL {
        let mut seen = BTreeMap::new();
        for State { spec, .. } in states(*kind) {
            for (_, resource) in spec.resources.iter().filter(|(it, _)| it.kind == *kind) {
                gather(&kind.descriptor().fields, &resource.fields, kind.word(), &mut seen);
            }
        }
        constant.extend(
            seen.into_iter()
                .filter(|(_, values)| values.len() < 2)
                .map(|(path, _)| path),
        );
    }
    let known: BTreeSet<String> = CONSTANT.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(constant, known);
}

/// Every optional setting is written in one state and left out in a later one.
#[test]
fn the_states_leave_out_what_is_ours_if_written() {
    for kind in Kind::ALL {
        for field in kind
            .descriptor()
            .fields
            .iter()
            .filter(|it| it.class == Class::IfWritten && *kind != Kind::Object)
        {
            let written: Vec<bool> = states(*kind)
                .iter()
                .flat_map(|it| it.spec.resources.iter())
                .filter(|(it, _)| it.kind == *kind)
                .map(|(_, resource)| resource.fields.contains_key(field.name))
                .collect();
            assert!(
                written.windows(2).any(|it| it == [true, false]),
                "{kind}.{} is never left out after it was written",
                field.name
            );
        }
    }
}
