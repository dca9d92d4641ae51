//! Two worlds compared, without what moves although nobody changed anything.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// What moves in a world although nothing of anybody's moves.
const RESTLESS: &[(&str, &str)] = &[
    ("drawn", "counts the ids that the sandbox has made"),
    ("modified", "when it was written"),
    ("last_modified", "when it was written"),
    ("etag", "changes with every write"),
    ("signed_out", "when a user was last signed out"),
];

/// A world without what is restless, each thing in one form.
pub(crate) fn still(world: &Json) -> Json {
    match world {
        Json::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !RESTLESS.iter().any(|(it, _)| it == name))
            .map(|(name, value)| (name.clone(), in_one_form(name, value)))
            .collect(),
        Json::Array(items) => items.iter().map(still).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => world.clone(),
    }
}

fn in_one_form(name: &str, value: &Json) -> Json {
    let sorted = |items: &[Json]| {
        let mut items: Vec<Json> = items.iter().map(still).collect();
        items.sort_by_key(Json::to_string);
        Json::Array(items)
    };
    match (name, value) {
        // A written object is a new version where versions are kept: the newest counts, which stands first.
        ("objects", Json::Object(keys)) => {
            let newest = |versions: &Json| {
                let mut newest = still(&versions[0]);
                newest.as_object_mut().unwrap().remove("id");
                newest
            };
            keys.iter()
                .map(|(key, versions)| (key.clone(), newest(versions)))
                .collect()
        }
        // IAM shows an empty description as none.
        ("description", Json::String(text)) if text.is_empty() => Json::Null,
        // Managed policies of a role are a set.
        ("attached", Json::Array(items)) => sorted(items),
        // The form in which AWS shows a passkey setting that nobody made.
        ("web_authn", Json::Object(_)) if value["FactorConfiguration"] == "SINGLE_FACTOR" => Json::Null,
        // Statements of a policy are a set.
        (_, Json::String(text)) if text.contains("\"Statement\"") => {
            let mut document: Json = serde_json::from_str(text).unwrap();
            if let Json::Array(statements) = &document["Statement"] {
                document["Statement"] = sorted(statements);
            }
            document
        }
        (_, value) => still(value),
    }
}

/// Where two worlds differ.
pub(crate) fn differences(before: &Json, after: &Json) -> Vec<String> {
    let mut found = Vec::new();
    moved(&still(before), &still(after), "", &mut found);
    found
}

fn moved(before: &Json, after: &Json, path: &str, found: &mut Vec<String>) {
    match (before, after) {
        (Json::Object(a), Json::Object(b)) => {
            for name in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                let (a, b) = (a.get(name).unwrap_or(&Json::Null), b.get(name).unwrap_or(&Json::Null));
                moved(a, b, &format!("{path}/{name}"), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{path}: {a} -> {b}")),
    }
}
