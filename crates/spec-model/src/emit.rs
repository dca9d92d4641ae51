//! Writes a spec in the form of `resources:`, which reads back as the same spec.
//!
//! What the file wrote and what is a default is kept: a field that equals its noun's default is left out, and one that
//! `expand` derived is named under `defaults`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::address::Address;
use crate::kinds::Kind;
use crate::read::{duration_text, untextual};
use crate::spec::{GrantedBucket, Resource, Spec, UsersMode};
use crate::value::Value;

/// A spec as YAML text. A secret is written as `!env` with a name made of its place.
pub fn emit(spec: &Spec) -> String {
    let mut top = vec![("version".to_owned(), Yaml::Plain("1".to_owned()))];
    let mut add = |name: &str, value: Yaml| {
        if !value.is_empty() {
            top.push((name.to_owned(), value));
        }
    };
    if let Some(id) = &spec.stack.id {
        add("id", Yaml::text(id));
    }
    add("stack", Yaml::text(&spec.stack.name));
    add("account", Yaml::text(&spec.stack.account));
    add("region", Yaml::text(&spec.stack.region));
    add("data", Yaml::List(spec.granted.iter().map(granted).collect()));
    let keep = Yaml::texts(&spec.keep_deny);
    if !keep.is_empty() {
        add("access", Yaml::Map(vec![("keep_deny".to_owned(), keep)]));
    }
    let adopt = spec.adopt.iter();
    add(
        "adopt",
        Yaml::Map(
            adopt
                .map(|(address, id)| (address.to_string(), Yaml::text(id)))
                .collect(),
        ),
    );
    add(
        "release",
        Yaml::List(spec.release.iter().map(|it| Yaml::text(&it.to_string())).collect()),
    );
    add("may_destroy", Yaml::texts(&spec.may_destroy));
    add("accept", Yaml::texts(&spec.accept));
    let resources = spec.resources.iter();
    add(
        "resources",
        Yaml::Map(
            resources
                .map(|(address, it)| (address.to_string(), resource(spec, address, it)))
                .collect(),
        ),
    );
    let mut out = String::new();
    Yaml::Map(top).write(&mut out, 0);
    out
}

fn granted(bucket: &GrantedBucket) -> Yaml {
    let mut entry = vec![
        ("bucket".to_owned(), Yaml::text(&bucket.bucket)),
        ("existing".to_owned(), Yaml::Plain("true".to_owned())),
    ];
    if let Some(owner) = &bucket.owner {
        entry.push(("owner".to_owned(), Yaml::text(owner)));
    }
    if !bucket.prefixes.is_empty() {
        entry.push(("prefixes".to_owned(), Yaml::texts(&bucket.prefixes)));
    }
    if let Some(key) = &bucket.kms_key {
        entry.push(("kms_key".to_owned(), Yaml::text(key)));
    }
    Yaml::Map(entry)
}

fn resource(spec: &Spec, address: &Address, resource: &Resource) -> Yaml {
    let mut fields = Vec::new();
    let mut defaults = Vec::new();
    for field in &address.kind.descriptor().fields {
        let Some(value) = resource.fields.get(field.name) else {
            continue;
        };
        let mut value = value.clone();
        if let (true, Value::Map(tags)) = (field.name == "tags", &mut value) {
            tags.retain(|key, _| !key.starts_with("igvctl:"));
        }
        let written = resource.written.contains(field.name);
        if !written && field.default.as_ref() == Some(&value) {
            continue;
        }
        if !written {
            defaults.push(Yaml::text(field.name));
        }
        fields.push((
            field.name.to_owned(),
            Yaml::of(&value, &mut vec![address.to_string(), field.name.to_owned()]),
        ));
    }
    let mut add = |name: &str, value: Yaml| {
        if !value.is_empty() {
            fields.push((name.to_owned(), value));
        }
    };
    if address.kind == Kind::UserPool && spec.users_mode != UsersMode::default() {
        add("users_mode", Yaml::text(spec.users_mode.word()));
    }
    if let Some(source) = &resource.source
        && resource.fields.get("key").and_then(Value::as_text) != Some(source)
    {
        add("source", Yaml::text(source));
    }
    add(
        "after",
        Yaml::List(resource.after.iter().map(|it| Yaml::text(&it.to_string())).collect()),
    );
    add("defaults", Yaml::List(defaults));
    Yaml::Map(fields)
}

/// What is written: a tree whose maps keep their order.
enum Yaml {
    /// A word that is written as it is.
    Plain(String),
    /// A text, quoted where it must be.
    Text(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::text(text)).collect())
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Plain(_) | Self::Text(_) => false,
            Self::List(items) => items.is_empty(),
            Self::Map(fields) => fields.is_empty(),
        }
    }

    fn of(value: &Value, path: &mut Vec<String>) -> Self {
        let mut inside = |name: &str, value: &Value| {
            path.push(name.to_owned());
            let yaml = Self::of(value, path);
            path.pop();
            yaml
        };
        match value {
            Value::Null => Self::Plain("null".to_owned()),
            Value::Bool(it) => Self::Plain(it.to_string()),
            Value::Int(it) => Self::Plain(it.to_string()),
            Value::Duration(seconds) => Self::Plain(duration_text(*seconds)),
            Value::Text(text) => Self::Text(text.to_string()),
            Value::Secret(it) if it.expose().is_empty() => Self::Plain("\"\"".to_owned()),
            Value::Secret(_) => {
                let name: String = path
                    .join("_")
                    .chars()
                    .map(|c| {
                        if c.is_ascii_alphanumeric() {
                            c.to_ascii_uppercase()
                        } else {
                            '_'
                        }
                    })
                    .collect();
                Self::Plain(format!("!env {name}"))
            }
            Value::Set(items) => Self::List(items.iter().map(|item| inside("item", item)).collect()),
            Value::List(items) => Self::List(items.iter().map(|item| inside("item", item)).collect()),
            Value::Map(fields) => Self::Map(
                fields
                    .iter()
                    // Inside of a record null says "not written".
                    .filter(|(_, value)| **value != Value::Null)
                    .map(|(name, value)| (name.clone(), inside(name, value)))
                    .collect(),
            ),
            Value::Table(entries) => Self::Map(
                entries
                    .iter()
                    .map(|(name, value)| (name.clone(), inside(name, value)))
                    .collect(),
            ),
            Value::Policy(document) => Self::json(&document.to_json()),
        }
    }

    fn json(value: &Json) -> Self {
        match value {
            Json::Null => Self::Plain("null".to_owned()),
            Json::Bool(it) => Self::Plain(it.to_string()),
            Json::Number(it) => Self::Plain(it.to_string()),
            Json::String(text) => Self::text(text),
            Json::Array(items) => Self::List(items.iter().map(Self::json).collect()),
            Json::Object(map) => {
                let sorted: BTreeMap<(usize, &str), &Json> = map
                    .iter()
                    .map(|(key, value)| {
                        let rank = POLICY_KEYS.iter().position(|it| it == key);
                        ((rank.unwrap_or(POLICY_KEYS.len()), key.as_str()), value)
                    })
                    .collect();
                let pairs = sorted.into_iter();
                Self::Map(
                    pairs
                        .map(|((_, key), value)| (key.to_owned(), Self::json(value)))
                        .collect(),
                )
            }
        }
    }

    /// The value on the rest of a line, where it fits there.
    fn inline(&self) -> Option<String> {
        match self {
            Self::Plain(text) => Some(text.clone()),
            Self::Text(text) => Some(scalar(text)),
            Self::List(items) if items.is_empty() => Some("[]".to_owned()),
            Self::Map(fields) if fields.is_empty() => Some("{}".to_owned()),
            Self::List(items) => {
                let items: Vec<String> = items
                    .iter()
                    .filter(|item| !matches!(item, Self::List(_) | Self::Map(_)))
                    .filter_map(Self::inline)
                    .collect();
                let line = format!("[{}]", items.join(", "));
                (items.len() == self.len() && line.chars().count() <= 80).then_some(line)
            }
            Self::Map(_) => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Plain(_) | Self::Text(_) => 1,
            Self::List(items) => items.len(),
            Self::Map(fields) => fields.len(),
        }
    }

    /// Writes a block at an indentation. Writing to a `String` cannot fail.
    fn write(&self, out: &mut String, indent: usize) {
        match self {
            Self::Plain(_) | Self::Text(_) => {
                let _ = writeln!(out, "{:indent$}{}", "", self.inline().unwrap_or_default());
            }
            Self::Map(fields) => {
                for (name, value) in fields {
                    let _ = write!(out, "{:indent$}{}:", "", scalar(name));
                    value.behind(out, indent + 2);
                }
            }
            Self::List(items) => {
                for item in items {
                    let _ = write!(out, "{:indent$}-", "");
                    match item {
                        Self::Map(fields) if !fields.is_empty() => {
                            let mut block = String::new();
                            item.write(&mut block, indent + 2);
                            let _ = write!(out, " {}", block.trim_start());
                        }
                        Self::Plain(_) | Self::Text(_) | Self::List(_) | Self::Map(_) => item.behind(out, indent + 2),
                    }
                }
            }
        }
    }

    /// Writes what stands behind a colon or a dash.
    fn behind(&self, out: &mut String, indent: usize) {
        match self.inline() {
            Some(line) => {
                let _ = writeln!(out, " {line}");
            }
            None => {
                out.push('\n');
                self.write(out, indent);
            }
        }
    }
}

/// The order in which people write a policy.
const POLICY_KEYS: &[&str] = &[
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// A text as a YAML scalar: plain where no reader takes it for anything else.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/' || c == '_')
        && text.ends_with(|c: char| c.is_ascii_alphanumeric() || "/_.)*".contains(c))
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/_.-+=@*() ".contains(c) || c == ':')
        && !text.contains(": ")
        && !untextual(text)
        && !text.starts_with("---")
        && !matches!(text.to_lowercase().as_str(), "null" | "y" | "n");
    if plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            // What YAML does not take as it is, or takes for a line's end.
            c if c.is_control()
                || matches!(
                    c,
                    '\u{85}' | '\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
                ) =>
            {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
