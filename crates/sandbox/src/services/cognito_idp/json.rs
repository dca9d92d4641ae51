//! Short ways to read members of JSON objects.

use serde_json::{Map, Value};

/// A text member.
pub(crate) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

/// A boolean member.
pub(crate) fn flag(members: &Map<String, Value>, name: &str) -> Option<bool> {
    members.get(name).and_then(Value::as_bool)
}

/// The texts of a list member; none where it is absent.
pub(crate) fn texts<'a>(members: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    members.get(name).map(texts_of).unwrap_or_default()
}

/// The texts of a list.
pub(crate) fn texts_of(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .map(|items| items.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

/// The members of an object member; none where it is absent.
pub(crate) fn members(members: &Map<String, Value>, name: &str) -> Map<String, Value> {
    members
        .get(name)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

/// A map member of texts.
pub(crate) fn text_map(members: &Map<String, Value>, name: &str) -> Option<std::collections::BTreeMap<String, String>> {
    members.get(name).and_then(Value::as_object).map(|entries| {
        entries
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect()
    })
}
