//! Other values for a field, made of its shape and of what the states write there.

use std::collections::{BTreeMap, BTreeSet};

use planner::{Found, Live};
use spec_model::{FieldShape, Kind, Reference, Secret, Shape, Value};

use crate::lists::State;

/// Fields of ours that an update does not write, with where they are tested.
pub(crate) const ELSEWHERE: &[(&str, &str)] = &[
    (
        "user_pool.mark_attribute",
        "AWS never takes it away: `what_no_verb_changes`",
    ),
    (
        "identity_pool_roles.role_mappings",
        "no verb writes any: `what_no_verb_changes`",
    ),
    (
        "config_file.unreadable",
        "`a_body_that_is_no_config_is_shown_as_length_and_digest`",
    ),
    ("welcome_page.other", "`a_page_of_others_is_shown_as_length_and_digest`"),
    (
        "object.fingerprint",
        "the content of a file: the states of the kind, and the tests of the binary",
    ),
    ("origin_access_control.signing_protocol", "AWS has one"),
];

/// What the states of a kind write at each path; what they quote is taken from what is there.
pub(crate) struct Seen(BTreeMap<String, BTreeSet<Value>>);

impl Seen {
    pub(crate) fn of(states: &[State], kind: Kind, live: &Live) -> Self {
        let mut seen = Self(BTreeMap::new());
        let outputs = |reference: &Reference| match live.found.get(&reference.address) {
            Some(Found::Ours(object)) => object.outputs.get(&reference.output).cloned(),
            _ => None,
        };
        for state in states {
            for (_, resource) in state.spec.resources.iter().filter(|(it, _)| it.kind == kind) {
                for field in &kind.descriptor().fields {
                    if let Some(value) = resource.fields.get(field.name) {
                        seen.note(field.name, &field.shape, &value.resolve(&outputs));
                    }
                }
            }
        }
        seen
    }

    fn note(&mut self, path: &str, shape: &Shape, value: &Value) {
        if let Shape::Record(fields) = shape {
            for field in fields {
                if let Some(value) = value.get(field.name) {
                    self.note(&format!("{path}.{}", field.name), &field.shape, value);
                }
            }
        }
        if *value != Value::Null && value.references().is_empty() {
            self.0.entry(path.to_owned()).or_default().insert(value.clone());
        }
    }

    fn at(&self, path: &str) -> impl Iterator<Item = Value> {
        self.0.get(path).into_iter().flatten().cloned()
    }
}

/// One other value of a whole noun, and where it differs.
pub(crate) struct Altered {
    pub(crate) path: String,
    pub(crate) value: Value,
}

/// The live noun with one field altered, in every way that is known; records field by field. What the file does not
/// want to be anything is left alone.
pub(crate) fn alterations(fields: &[FieldShape], noun: &Value, want: &Value, path: &str, seen: &Seen) -> Vec<Altered> {
    let mut all = Vec::new();
    for field in fields {
        let (Some(live), Some(want)) = (noun.get(field.name), want.get(field.name)) else {
            continue;
        };
        if *want == Value::Null {
            continue;
        }
        let path = if path.is_empty() {
            field.name.to_owned()
        } else {
            format!("{path}.{}", field.name)
        };
        let put = |value: Value| {
            let mut noun = noun.clone();
            if let Value::Map(fields) = &mut noun {
                fields.insert(field.name.to_owned(), value);
            }
            noun
        };
        if let (Shape::Record(inner), Value::Map(_)) = (&field.shape, live) {
            let inside = alterations(inner, live, want, &path, seen);
            all.extend(inside.into_iter().map(|it| Altered {
                value: put(it.value),
                path: it.path,
            }));
        } else {
            let mut others: BTreeSet<Value> = others(&field.shape, live)
                .into_iter()
                .filter(|it| it != live && same_keys_as(want, live, it))
                .collect();
            if !matches!(field.shape, Shape::Entries(_)) {
                others.extend(seen.at(&path).filter(|it| it != live));
            }
            all.extend(others.into_iter().map(|it| Altered {
                value: put(it),
                path: path.clone(),
            }));
        }
    }
    all
}

/// Whether the entries that differ are among those that the file writes: the others are not ours.
fn same_keys_as(want: &Value, live: &Value, other: &Value) -> bool {
    match (want, live, other) {
        (Value::Map(want), Value::Map(live), Value::Map(other)) => other
            .iter()
            .all(|(name, it)| live.get(name) == Some(it) || want.contains_key(name)),
        _ => true,
    }
}

/// Other values of a shape.
fn others(shape: &Shape, live: &Value) -> Vec<Value> {
    const DAY: u64 = 86_400;
    match (shape, live) {
        (Shape::Bool, Value::Bool(it)) => vec![Value::Bool(!it)],
        (Shape::Int(low, high), Value::Int(it)) => [it - 1, it + 1]
            .into_iter()
            .filter(|it| (low..=high).contains(&it))
            .map(Value::Int)
            .collect(),
        (Shape::Duration, Value::Duration(it)) => {
            vec![Value::Duration(it + DAY), Value::Duration(it + 60)]
        }
        (Shape::Choice(words), _) => words.iter().map(|(word, _)| Value::from(*word)).collect(),
        (Shape::Text, Value::Text(_)) => {
            let text = live.as_text().unwrap_or_default();
            vec![Value::from(format!("x{text}")), Value::from(format!("{text}x"))]
        }
        (Shape::Secret, _) => vec![Value::Secret(Secret::new("another".to_owned()))],
        (Shape::Set(of), Value::Set(items)) => {
            let mut sets = Vec::new();
            for item in items {
                let mut fewer = items.clone();
                fewer.remove(item);
                for other in inside(of, item) {
                    let mut others = fewer.clone();
                    others.insert(other.clone());
                    sets.push(Value::Set(others));
                }
                sets.push(Value::Set(fewer));
            }
            sets
        }
        (Shape::List(of), Value::List(items)) => {
            let mut lists = vec![Value::List(items.iter().rev().cloned().collect())];
            for (at, item) in items.iter().enumerate() {
                let mut fewer = items.clone();
                fewer.remove(at);
                lists.push(Value::List(fewer));
                for other in inside(of, item) {
                    let mut others = items.clone();
                    others[at] = other;
                    lists.push(Value::List(others));
                }
            }
            lists
        }
        (Shape::Table(of), Value::Table(entries)) => entries
            .iter()
            .flat_map(|(name, value)| {
                let mut fewer = entries.clone();
                fewer.remove(name);
                let mut more = entries.clone();
                more.insert(format!("{name}x"), value.clone());
                let other = inside(of, value).into_iter().map(|it| {
                    let mut others = entries.clone();
                    others.insert(name.clone(), it);
                    Value::Table(others)
                });
                [Value::Table(fewer), Value::Table(more)]
                    .into_iter()
                    .chain(other)
                    .collect::<Vec<_>>()
            })
            .collect(),
        (Shape::Entries(of), Value::Map(entries)) => entries
            .iter()
            // Another mark is another stack's object.
            .filter(|(name, _)| !name.starts_with("igvctl:"))
            .flat_map(|(name, value)| {
                inside(of, value).into_iter().map(|it| {
                    let mut others = entries.clone();
                    others.insert(name.clone(), it);
                    Value::Map(others)
                })
            })
            .collect(),
        (Shape::Policy, Value::Policy(document)) => {
            let statements = document.statements();
            // A document without a statement is none.
            (0..statements.len())
                .filter(|_| statements.len() > 1)
                .map(|at| {
                    let mut fewer = statements.to_vec();
                    fewer.remove(at);
                    Value::Policy(policy::Document::new(document.version(), fewer))
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Other values of something inside of a collection; records field by field.
fn inside(shape: &Shape, live: &Value) -> Vec<Value> {
    if let Shape::Record(fields) = shape {
        let none = Seen(BTreeMap::new());
        alterations(fields, live, live, "", &none)
            .into_iter()
            .map(|it| it.value)
            .collect()
    } else {
        others(shape, live)
    }
}
