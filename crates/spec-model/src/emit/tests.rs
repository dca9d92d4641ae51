//! Any spec that is written reads back as itself.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::emit;
use crate::error::SpecErrors;
use crate::expand::expand;
use crate::read::Reader;
use crate::{Address, GrantedBucket, Kind, Resource, Secret, Shape, Spec, Stack, UsersMode, Value, yaml};

/// Reads a file without asking whether AWS would take it.
fn read(text: &str) -> (Spec, String) {
    let parsed = yaml::parse(text);
    let root = parsed.root.unwrap();
    let expanded = expand(&root, &parsed.masks, Reader::new(&|_| Some("hunter2".to_owned())));
    let errors = parsed.errors.into_iter().chain(expanded.errors).collect();
    (expanded.spec, SpecErrors::new(errors, &parsed.masks).render("x", text))
}

/// Names that are fine wherever a name may stand.
fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{3,10}"
}

/// Texts of all sorts, none of which looks like a reference.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        name(),
        "[ -~]{0,20}",
        "\\PC{0,10}",
        prop::sample::select(vec![
            "true",
            "no",
            "null",
            "~",
            "12",
            "1e3",
            "0x1f",
            "",
            " ",
            "- a",
            "a: b",
            "# x",
            "*",
            "&a",
            "!x",
            "a\nb\n",
            "\ttab",
            "'",
            "\"",
            "\\",
            "---",
            "yes",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "\u{7}",
            "é",
            "@",
            "`",
            "%",
            "[a]",
            "{a}",
            ".5",
            "-",
            "?",
            "|",
            ">",
            "2024-01-01",
            ":",
            "a:",
            "null ",
        ])
        .prop_map(str::to_owned),
    ]
    .prop_filter("no references", |text| !text.contains("{{"))
}

fn value(shape: &Shape) -> BoxedStrategy<Value> {
    match shape {
        Shape::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Shape::Int(low, high) => (*low..=*high).prop_map(Value::Int).boxed(),
        Shape::Duration => (0..400_000_u64).prop_map(Value::Duration).boxed(),
        Shape::Text => text().prop_map(Value::from).boxed(),
        Shape::Secret => Just(Value::Secret(Secret::new("hunter2"))).boxed(),
        Shape::Choice(words) => {
            prop::sample::select(words.iter().filter(|(word, _)| *word != "left").collect::<Vec<_>>())
                .prop_map(|(word, _)| Value::from(*word))
                .boxed()
        }
        Shape::Policy => policy().boxed(),
        Shape::Set(of) => prop::collection::btree_set(value(of), 0..4)
            .prop_map(Value::Set)
            .boxed(),
        Shape::List(of) => prop::collection::vec(value(of), 0..4).prop_map(Value::List).boxed(),
        Shape::Table(of) => prop::collection::btree_map(key(), value(of), 0..4)
            .prop_map(Value::Table)
            .boxed(),
        Shape::Entries(of) => prop::collection::btree_map(key(), value(of), 0..4)
            .prop_map(Value::Map)
            .boxed(),
        Shape::Record(fields) => fields
            .iter()
            .map(|field| {
                let inside = value(&field.shape);
                let inside = if field.optional {
                    prop_oneof![inside, Just(Value::Null)].boxed()
                } else {
                    inside
                };
                inside.prop_map(|value| (field.name.to_owned(), value)).boxed()
            })
            .collect::<Vec<_>>()
            .prop_map(|fields| Value::Map(fields.into_iter().collect()))
            .boxed(),
    }
}

fn key() -> impl Strategy<Value = String> {
    text().prop_filter("keys are not empty", |text| !text.is_empty() && text != "<<")
}

fn policy() -> impl Strategy<Value = Value> {
    (prop::sample::select(vec!["s3:GetObject", "sts:AssumeRole", "*"]), "[a-z*/]{1,8}", any::<bool>()).prop_map(|(action, path, allow)| {
        let effect = if allow { "Allow" } else { "Deny" };
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Principal":"*","Action":["{action}"],"Resource":"arn:aws:s3:::{path}","Condition":{{"StringLike":{{"s3:prefix":["","{path}"]}}}}}}]}}"#
        );
        Value::Policy(policy::Document::parse(&text).unwrap())
    })
}

/// The fields of a resource with what is written of them.
fn fields(kind: Kind) -> BoxedStrategy<(BTreeMap<String, Value>, BTreeSet<String>)> {
    kind.descriptor()
        .fields
        .iter()
        .map(|field| {
            let field_name = field.name.to_owned();
            let given = if field.name == "tags" {
                // Tags are checked where they are expanded, so they are plain here.
                let tags = prop::collection::btree_map(name(), name().prop_map(Value::from), 0..3);
                tags.prop_map(Value::Map).boxed()
            } else {
                value(&field.shape)
            };
            let given = given.prop_map(Some);
            let choice = match &field.default {
                Some(default) => prop_oneof![given, Just(Some(default.clone()))].boxed(),
                None if field.optional => prop_oneof![given, Just(None)].boxed(),
                None => given.boxed(),
            };
            (choice, any::<bool>())
                .prop_map(move |(value, written)| (field_name.clone(), value, written))
                .boxed()
        })
        .collect::<Vec<_>>()
        .prop_map(|fields| {
            let mut values = BTreeMap::new();
            let mut names = BTreeSet::new();
            for (name, value, written) in fields {
                if let Some(value) = value {
                    if written {
                        names.insert(name.clone());
                    }
                    values.insert(name, value);
                }
            }
            (values, names)
        })
        .boxed()
}

fn resource() -> impl Strategy<Value = (Address, Resource)> {
    (prop::sample::select(Kind::ALL), name()).prop_flat_map(|(kind, name)| {
        (fields(kind), prop::option::of("[a-z]{1,5}")).prop_map(move |((fields, written), source)| {
            let source = source.filter(|_| kind == Kind::Object);
            let key = fields.get("key").and_then(Value::as_text).map(str::to_owned);
            let source = if kind == Kind::Object { source.or(key) } else { None };
            let resource = Resource {
                fields,
                written,
                after: BTreeSet::new(),
                source,
                line: (0, 0),
            };
            (Address::new(kind, name.clone()), resource)
        })
    })
}

fn spec() -> impl Strategy<Value = Spec> {
    (
        prop::collection::btree_map(name(), resource(), 0..5),
        prop::collection::btree_set(text(), 0..3),
        prop::collection::btree_set(name(), 0..3),
        prop::collection::btree_map(name(), prop::collection::btree_set("[a-z]{2,5}/", 0..2), 0..3),
    )
        .prop_map(|(resources, accept, names, granted)| Spec {
            stack: Stack {
                name: "igv-demo".to_owned(),
                id: Some("abcd1234".to_owned()),
                account: "111122223333".to_owned(),
                region: "ap-southeast-2".to_owned(),
            },
            adopt: BTreeMap::new(),
            release: names
                .iter()
                .map(|name| Address::new(Kind::Bucket, format!("old-{name}")))
                .collect(),
            may_destroy: names.iter().map(|name| format!("user.{name}")).collect(),
            accept,
            // Names of policies that stay need a role to stay on.
            keep_deny: if resources.values().any(|(address, _)| address.kind == Kind::Role) {
                names
            } else {
                BTreeSet::new()
            },
            resources: resources.into_values().collect(),
            users_mode: UsersMode::Listed,
            granted: granted
                .into_iter()
                .map(|(bucket, prefixes)| GrantedBucket {
                    bucket: format!("archive-{bucket}"),
                    owner: Some("444455556666".to_owned()),
                    prefixes: prefixes.into_iter().collect(),
                    kms_key: None,
                    statement: None,
                })
                .collect(),
        })
}

/// What `emit` and `parse` leave to each other: lines, and the marks that expanding puts on.
fn plain(mut spec: Spec) -> Spec {
    for resource in spec.resources.values_mut() {
        resource.line = (0, 0);
        if let Some(Value::Map(tags)) = resource.fields.get_mut("tags") {
            tags.retain(|key, _| !key.starts_with("igvctl:"));
        }
    }
    for bucket in &mut spec.granted {
        bucket.statement = None;
    }
    spec
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_emit_writes_is_read_back(spec in spec()) {
        let text = emit(&spec);
        // Most of these values AWS would refuse; here only writing and reading count.
        let (read, errors) = read(&text);
        prop_assert!(errors.is_empty(), "{errors}\n{text}");
        prop_assert!(!text.contains("hunter2"));
        prop_assert_eq!(plain(read), plain(spec), "{}", text);
    }
}
