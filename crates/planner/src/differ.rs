//! The one rule of comparing: recurse into maps, compare everything else whole.

use std::collections::BTreeMap;

use spec_model::{FieldShape, Opening, Shape, Value};

use crate::plan::Change;

/// The differences between what is wanted and what is there.
///
/// Both are maps of the noun's fields. A field that `want` does not name is not ours.
pub(crate) fn differences(fields: &[FieldShape], want: &Value, live: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    for field in fields {
        let Some(want) = want.get(field.name) else { continue };
        let before = changes.len();
        compare(field.name, want, live.get(field.name), &mut changes);
        for change in &mut changes[before..] {
            change.alarm = field.alarming;
        }
    }
    changes
}

fn compare(path: &str, want: &Value, live: Option<&Value>, changes: &mut Vec<Change>) {
    match (want, live) {
        (Value::Null, _) => {}
        (Value::Map(want), Some(Value::Map(live))) => {
            for (name, want) in want {
                compare(&format!("{path}.{name}"), want, live.get(name), changes);
            }
        }
        (Value::Table(want), Some(Value::Table(live))) => {
            for (name, want) in want {
                compare(&format!("{path}.{name}"), want, live.get(name), changes);
            }
            for (name, live) in live {
                if !want.contains_key(name) {
                    changes.push(change(format!("{path}.{name}"), Some(live), None));
                }
            }
        }
        (want, Some(live)) if want == live => {}
        (want, None | Some(Value::Null)) if is_nothing(want) => {}
        (want, live) => changes.push(change(
            path.to_owned(),
            live.filter(|it| **it != Value::Null),
            Some(want),
        )),
    }
}

/// Absent and empty are the same for collections (L8).
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Set(items) => items.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(fields) | Value::Table(fields) => fields.is_empty(),
        Value::Null => true,
        Value::Bool(_) | Value::Int(_) | Value::Duration(_) | Value::Text(_) | Value::Secret(_) | Value::Policy(_) => {
            false
        }
    }
}

fn change(path: String, before: Option<&Value>, after: Option<&Value>) -> Change {
    Change {
        path,
        before: before.cloned(),
        after: after.cloned(),
        alarm: None,
    }
}

/// The first name of a path: the noun's field.
pub(crate) fn field_of(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// How a change of some fields can be cut into what closes and what opens.
#[derive(Debug, PartialEq)]
pub(crate) struct Cut {
    /// What is there, with only the closing changes made.
    pub(crate) narrowed: Value,
    /// Whether anything closes.
    pub(crate) closes: bool,
    /// Whether anything opens.
    pub(crate) opens: bool,
    /// Whether the narrowed value can be written: a policy without statements cannot.
    pub(crate) writable: bool,
}

/// Cuts a change: `narrowed` is no wider than the live value and no wider than the wanted one.
pub(crate) fn cut(fields: &[FieldShape], want: &Value, live: &Value) -> Cut {
    let mut cut = Cut {
        narrowed: live.clone(),
        closes: false,
        opens: false,
        writable: true,
    };
    let (Value::Map(wanted), Value::Map(narrowed)) = (want, live.clone()) else {
        return cut;
    };
    let mut narrowed = narrowed;
    for field in fields {
        let (Some(want), Some(live)) = (wanted.get(field.name), narrowed.get(field.name).cloned()) else {
            continue;
        };
        let value = narrow_field(field, want, &live, &mut cut);
        narrowed.insert(field.name.to_owned(), value);
    }
    cut.narrowed = Value::Map(narrowed);
    cut
}

/// A field's narrowed value: nested records are cut field by field.
fn narrow_field(field: &FieldShape, want: &Value, live: &Value, cut: &mut Cut) -> Value {
    if let (Shape::Record(inner), Value::Map(wanted), Value::Map(lives)) = (&field.shape, want, live) {
        let mut narrowed: BTreeMap<String, Value> = lives.clone();
        for field in inner {
            if let (Some(want), Some(live)) = (wanted.get(field.name), lives.get(field.name)) {
                narrowed.insert(field.name.to_owned(), narrow_field(field, want, live, cut));
            }
        }
        return Value::Map(narrowed);
    }
    if want == live || *want == Value::Null {
        return live.clone();
    }
    match &field.opening {
        Opening::Neutral => live.clone(),
        Opening::To(open) => {
            // Among several open values the earlier ones are wider (`off` before `optional`).
            let rank = |value: &Value| open.iter().position(|it| it == value);
            let opens = match (rank(want), rank(live)) {
                (Some(want), Some(live)) => want < live,
                (Some(_), None) => true,
                (None, _) => false,
            };
            if opens {
                cut.opens = true;
                live.clone()
            } else if rank(live).is_some() {
                cut.closes = true;
                want.clone()
            } else {
                live.clone()
            }
        }
        Opening::Grows => narrow_collection(want, live, cut),
        Opening::Policy => narrow_policy(want, live, cut),
    }
}

fn narrow_collection(want: &Value, live: &Value, cut: &mut Cut) -> Value {
    match (want, live) {
        (Value::Set(want), Value::Set(live)) => {
            cut.closes |= live.difference(want).next().is_some();
            cut.opens |= want.difference(live).next().is_some();
            Value::Set(live.intersection(want).cloned().collect())
        }
        (Value::Table(want), Value::Table(live)) => {
            cut.closes |= live.iter().any(|(name, value)| want.get(name) != Some(value));
            cut.opens |= want.iter().any(|(name, value)| live.get(name) != Some(value));
            let both = live.iter().filter(|(name, value)| want.get(*name) == Some(value));
            Value::Table(both.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        _ => live.clone(),
    }
}

fn narrow_policy(want: &Value, live: &Value, cut: &mut Cut) -> Value {
    match (want, live) {
        (Value::Policy(want), Value::Policy(live)) => {
            let narrowed = narrow_document(want, live, cut);
            if let Some(document) = narrowed {
                Value::Policy(document)
            } else {
                // A document that must exist cannot be written without statements: it is changed in one go.
                cut.writable = false;
                Value::Policy(live.clone())
            }
        }
        (Value::Table(want), Value::Table(live)) => {
            let mut narrowed = BTreeMap::new();
            for (name, value) in live {
                match (value, want.get(name)) {
                    (_, None) => cut.closes = true,
                    (Value::Policy(live), Some(Value::Policy(want))) => {
                        if let Some(document) = narrow_document(want, live, cut) {
                            narrowed.insert(name.clone(), Value::Policy(document));
                        }
                    }
                    (value, Some(_)) => {
                        narrowed.insert(name.clone(), value.clone());
                    }
                }
            }
            cut.opens |= want.keys().any(|name| !live.contains_key(name));
            Value::Table(narrowed)
        }
        _ => live.clone(),
    }
}

/// What two documents have in common, or nothing where that has no statements.
fn narrow_document(want: &policy::Document, live: &policy::Document, cut: &mut Cut) -> Option<policy::Document> {
    match policy::compare(Some(live), Some(want)) {
        policy::Shift::Same => Some(live.clone()),
        policy::Shift::Tightens => {
            cut.closes = true;
            Some(want.clone())
        }
        policy::Shift::Loosens => {
            cut.opens = true;
            Some(live.clone())
        }
        policy::Shift::Both => {
            cut.closes = true;
            cut.opens = true;
            let common = policy::common(live, want);
            (!common.statements().is_empty()).then_some(common)
        }
    }
}
