//! Putting together what is wanted and what is there.

use spec_model::{Reference, Value};

/// Whether a text stands somewhere in a value.
pub(crate) fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Duration(_) | Value::Secret(_) => false,
        Value::Text(it) => it.as_literal().is_some_and(|it| it.contains(text)),
        Value::Set(items) => items.iter().any(|it| holds(it, text)),
        Value::List(items) => items.iter().any(|it| holds(it, text)),
        Value::Map(fields) | Value::Table(fields) => fields.values().any(|it| holds(it, text)),
        Value::Policy(document) => document.strings().iter().any(|it| it.contains(text)),
    }
}

/// Puts the live value in the place of a wanted field that is not acted on.
pub(crate) fn keep_live(want: &mut Value, live: &Value, field: &str) {
    if let (Value::Map(want), Some(live)) = (want, live.get(field)) {
        want.insert(field.to_owned(), live.clone());
    }
}

/// Puts what is there in the place of a wanted secret that its owner does not show: a copy is all that tells of it.
pub(crate) fn keep_hidden(want: &mut Value, live: &Value, hidden: &dyn Fn(&Reference) -> bool) {
    if let (Value::Map(want), Value::Map(live)) = (&mut *want, live) {
        for (name, want) in want {
            if let Some(live) = live.get(name) {
                keep_hidden(want, live, hidden);
            }
        }
        return;
    }
    let quoted = want.references();
    if let Value::Secret(copy) = live
        && !copy.expose().is_empty()
        && !quoted.is_empty()
        && quoted.iter().all(hidden)
    {
        *want = live.clone();
    }
}

/// The wanted fields, and for those that are not ours what is there: a whole noun.
pub(crate) fn complete(want: &Value, live: &Value) -> Value {
    match (want, live) {
        (Value::Map(want), Value::Map(live)) => {
            let mut whole = live.clone();
            for (name, value) in want {
                if *value == Value::Null {
                    continue;
                }
                let value = live
                    .get(name)
                    .map_or_else(|| value.clone(), |live| complete(value, live));
                whole.insert(name.clone(), value);
            }
            Value::Map(whole)
        }
        (want, _) => want.clone(),
    }
}
