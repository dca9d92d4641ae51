//! The one rule of comparing: recurse into maps, compare everything else whole.

use std::collections::{BTreeMap, BTreeSet};

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
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cut {
    /// What is there, with only the closing changes made.
    pub(crate) narrowed: Value,
    /// Whether anything closes, be it in `narrowed` or only with the whole change.
    pub(crate) closes: bool,
    /// Whether anything opens.
    pub(crate) opens: bool,
}

/// Cuts a change: `narrowed` is no wider than the live value.
///
/// `former` is what is wanted as it would read if nothing were replaced. Who quotes an object that is replaced moves
/// to the new one, and keeps the old one until then: to move is to open, not to close.
pub(crate) fn cut(fields: &[FieldShape], want: &Value, former: &Value, live: &Value) -> Cut {
    let mut cut = narrow(fields, former, live);
    if want != former {
        cut.opens |= narrow(fields, want, live).opens;
    }
    cut
}

fn narrow(fields: &[FieldShape], want: &Value, live: &Value) -> Cut {
    let mut cut = Cut {
        narrowed: live.clone(),
        closes: false,
        opens: false,
    };
    if let (Value::Map(wanted), Value::Map(lives)) = (want, live) {
        cut.narrowed = Value::Map(narrow_fields(fields, wanted, lives, &mut cut));
    }
    cut
}

fn narrow_fields(
    fields: &[FieldShape],
    want: &BTreeMap<String, Value>,
    live: &BTreeMap<String, Value>,
    cut: &mut Cut,
) -> BTreeMap<String, Value> {
    let mut narrowed = live.clone();
    for field in fields {
        let Some(want) = want.get(field.name) else { continue };
        let before = live.get(field.name).unwrap_or(&Value::Null);
        let mut value = narrow_field(field, want, before, cut);
        if !value.references().is_empty() {
            // The closing half is done at once, so it cannot quote what is yet to be made.
            value = before.clone();
        }
        if live.contains_key(field.name) || value != Value::Null {
            narrowed.insert(field.name.to_owned(), value);
        }
    }
    narrowed
}

/// A field's narrowed value: nested records are cut field by field.
fn narrow_field(field: &FieldShape, want: &Value, live: &Value, cut: &mut Cut) -> Value {
    if let (Shape::Record(inner), Value::Map(wanted), Value::Map(lives)) = (&field.shape, want, live) {
        return Value::Map(narrow_fields(inner, wanted, lives, cut));
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
        Opening::Unless(closed) => {
            cut.closes |= live != closed;
            cut.opens |= want != closed;
            closed.clone()
        }
        Opening::Grows => {
            let narrowed = narrow_collection(&field.shape, want, live, cut);
            if field.never_empty && is_nothing(&narrowed) && !is_nothing(want) && !is_nothing(live) {
                // What cannot be written empty is changed in one go.
                cut.opens = true;
                return live.clone();
            }
            narrowed
        }
        Opening::Policy => narrow_policy(want, live, cut),
    }
}

fn narrow_collection(shape: &Shape, want: &Value, live: &Value, cut: &mut Cut) -> Value {
    match (want, live) {
        (Value::Set(want), Value::Set(live)) => Value::Set(narrow_set(shape, want, live, cut)),
        (Value::Table(want), Value::Table(live)) => {
            cut.closes |= live.iter().any(|(name, value)| want.get(name) != Some(value));
            cut.opens |= want.iter().any(|(name, value)| live.get(name) != Some(value));
            let both = live.iter().filter(|(name, value)| want.get(*name) == Some(value));
            Value::Table(both.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        (want, Value::Null) => {
            cut.opens |= !is_nothing(want);
            Value::Null
        }
        _ => live.clone(),
    }
}

/// What both sets hold. An item that differs only in how far it opens is narrowed in its place: taking it out would
/// lock out everybody to whom it belongs.
fn narrow_set(shape: &Shape, want: &BTreeSet<Value>, live: &BTreeSet<Value>, cut: &mut Cut) -> BTreeSet<Value> {
    let mut narrowed: BTreeSet<Value> = live.intersection(want).cloned().collect();
    let mut new: Vec<&Value> = want.difference(live).collect();
    for item in live.difference(want) {
        if let Shape::Set(of) = shape
            && let Shape::Record(fields) = &**of
            && let Some(at) = new.iter().position(|it| same_but_for_opening(fields, it, item))
            && let (Value::Map(wanted), Value::Map(lives)) = (new.remove(at), item)
        {
            narrowed.insert(Value::Map(narrow_fields(fields, wanted, lives, cut)));
        } else {
            cut.closes = true;
        }
    }
    cut.opens |= !new.is_empty();
    narrowed
}

fn same_but_for_opening(fields: &[FieldShape], one: &Value, other: &Value) -> bool {
    fields
        .iter()
        .filter(|field| field.opening == Opening::Neutral)
        .all(|field| one.get(field.name) == other.get(field.name))
}

fn narrow_policy(want: &Value, live: &Value, cut: &mut Cut) -> Value {
    match (want, live) {
        (Value::Policy(want), Value::Policy(live)) => match narrow_document(Some(want), Some(live), cut) {
            Some(document) => Value::Policy(document),
            None => {
                // A document that must exist cannot be written without statements: it is changed in one go.
                cut.opens = true;
                Value::Policy(live.clone())
            }
        },
        (Value::Table(want), Value::Table(lives)) => match (documents(want), documents(lives)) {
            (Some(want), Some(lives)) => Value::Table(narrow_policies(&want, &lives, cut)),
            _ => live.clone(),
        },
        (want, Value::Null) => {
            cut.opens |= !is_nothing(want);
            Value::Null
        }
        _ => live.clone(),
    }
}

/// The documents of a table; nothing where something else is among them.
fn documents(table: &BTreeMap<String, Value>) -> Option<BTreeMap<&str, &policy::Document>> {
    table
        .iter()
        .map(|(name, value)| Some((name.as_str(), value.as_policy()?)))
        .collect()
}

/// Narrows policies that count together, under whatever names: a right that moves from one to another is not taken
/// away in between.
fn narrow_policies(
    want: &BTreeMap<&str, &policy::Document>,
    live: &BTreeMap<&str, &policy::Document>,
    cut: &mut Cut,
) -> BTreeMap<String, Value> {
    let table = |documents: &BTreeMap<&str, &policy::Document>| -> BTreeMap<String, Value> {
        let entries = documents.iter();
        entries
            .map(|(name, document)| ((*name).to_owned(), Value::Policy((*document).clone())))
            .collect()
    };
    let all = |documents: &BTreeMap<&str, &policy::Document>| policy::together(documents.values().copied());
    let (all_wanted, all_live) = (all(want), all(live));
    match policy::compare(Some(&all_live), Some(&all_wanted)) {
        policy::Shift::Same => return table(live),
        policy::Shift::Tightens => {
            cut.closes = true;
            return table(want);
        }
        policy::Shift::Loosens => {
            cut.opens = true;
            return table(live);
        }
        policy::Shift::Both => cut.opens = true,
    }
    let mut ignored = cut.clone();
    let names: BTreeSet<&str> = want.keys().chain(live.keys()).copied().collect();
    let mut narrowed = BTreeMap::new();
    for name in names {
        let document = match (want.get(name), live.get(name)) {
            (want, Some(live)) => shared(live, want.copied(), &all_wanted),
            (want, None) => narrow_document(want.copied(), None, &mut ignored),
        };
        narrowed.extend(document.map(|it| (name, it)));
    }
    let narrowed: BTreeMap<&str, &policy::Document> = narrowed.iter().map(|(name, it)| (*name, it)).collect();
    match policy::compare(Some(&all_live), Some(&all(&narrowed))) {
        policy::Shift::Tightens => {
            cut.closes = true;
            table(&narrowed)
        }
        // Nothing closes, or it cannot be told that it only closes.
        policy::Shift::Same | policy::Shift::Loosens | policy::Shift::Both => table(live),
    }
}

/// What of a live document any of the wanted ones allows, with what its successor denies; nothing where that has no
/// statements.
fn shared(
    live: &policy::Document,
    successor: Option<&policy::Document>,
    all_wanted: &policy::Document,
) -> Option<policy::Document> {
    let denied = successor.into_iter().flat_map(policy::Document::statements);
    let allowed = all_wanted.statements().iter();
    let goal = policy::Document::new(
        policy::Version::V2012,
        denied
            .filter(|it| it.effect == policy::Effect::Deny)
            .chain(allowed.filter(|it| it.effect == policy::Effect::Allow))
            .cloned()
            .collect(),
    );
    let common = policy::common(live, &goal);
    let mut known = [Some(live), successor].into_iter().flatten();
    let same = known.find(|it| policy::compare(Some(it), Some(&common)) == policy::Shift::Same);
    same.cloned().or(Some(common)).filter(|it| !it.is_empty())
}

/// What two documents have in common, or nothing where that has no statements.
fn narrow_document(
    want: Option<&policy::Document>,
    live: Option<&policy::Document>,
    cut: &mut Cut,
) -> Option<policy::Document> {
    match policy::compare(live, want) {
        policy::Shift::Same => live.cloned(),
        policy::Shift::Tightens => {
            cut.closes = true;
            want.cloned()
        }
        policy::Shift::Loosens => {
            cut.opens = true;
            live.cloned()
        }
        policy::Shift::Both => {
            cut.opens = true;
            let nothing = policy::Document::new(policy::Version::V2012, Vec::new());
            let common = policy::common(live.unwrap_or(&nothing), want.unwrap_or(&nothing));
            if common.is_empty() {
                return None;
            }
            match policy::compare(live, Some(&common)) {
                policy::Shift::Tightens => {
                    cut.closes = true;
                    Some(common)
                }
                // Nothing closes, or it cannot be told that it only closes.
                policy::Shift::Same | policy::Shift::Loosens | policy::Shift::Both => live.cloned(),
            }
        }
    }
}
