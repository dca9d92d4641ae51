//! The JSON schema of a file, so that editors complete keys and show their meaning.

use serde_json::{Map, Value as Json, json};

use crate::document::{RESOURCES, resource_fields, sections};
use crate::kinds::Kind;
use crate::read::duration_text;
use crate::shape::{FieldShape, Shape};
use crate::value::Value;

/// The schema, in the 2020-12 draft.
pub fn schema() -> Json {
    let mut root = record(sections());
    let definitions: Map<String, Json> = Kind::ALL
        .iter()
        .map(|kind| {
            let mut definition = record(&resource_fields(*kind));
            definition["description"] = Json::from(kind.descriptor().doc.as_str());
            (kind.word().to_owned(), definition)
        })
        .collect();
    let by_address: Map<String, Json> = Kind::ALL
        .iter()
        .map(|kind| (format!("^{kind}\\."), json!({"$ref": format!("#/$defs/{kind}")})))
        .collect();
    root["properties"][RESOURCES] = json!({
        "description": "Further resources of any kind, by address, for what the sections do not cover.",
        "type": "object",
        "patternProperties": by_address,
        "additionalProperties": false,
    });
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "igvctl spec",
        "$defs": definitions,
    });
    if let (Json::Object(schema), Json::Object(root)) = (&mut schema, root) {
        schema.extend(root);
    }
    schema
}

fn record(fields: &[FieldShape]) -> Json {
    let properties: Map<String, Json> = fields
        .iter()
        .map(|field| (field.name.to_owned(), property(field)))
        .collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.default.is_none() && !field.optional)
        .map(|field| field.name)
        .collect();
    let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(field: &FieldShape) -> Json {
    let mut schema = of(&field.shape);
    schema["description"] = Json::from(field.doc.as_str());
    let default = field
        .default
        .as_ref()
        .filter(|_| !matches!(field.shape, Shape::Record(_)));
    if let Some(default) = default.and_then(written) {
        schema["default"] = default;
    }
    // An optional field may be left empty: "not ours".
    if field.optional
        && let Some(Json::String(word)) = schema.get("type").cloned()
    {
        schema["type"] = json!([word, "null"]);
    }
    schema
}

fn of(shape: &Shape) -> Json {
    match shape {
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Int(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
        Shape::Duration => json!({
            "type": "string",
            "pattern": "^[0-9]+ *(second|minute|hour|day)s?$",
        }),
        Shape::Text | Shape::Secret => json!({"type": "string"}),
        Shape::Choice(words) => {
            let words = words.iter();
            json!({"oneOf": words.map(|(word, doc)| choice(word, doc)).collect::<Vec<_>>()})
        }
        Shape::Policy => json!({"type": ["object", "string"]}),
        Shape::Set(item) => json!({"type": "array", "items": of(item), "uniqueItems": true}),
        Shape::List(item) => json!({"type": "array", "items": of(item)}),
        Shape::Table(item) | Shape::Entries(item) => json!({"type": "object", "additionalProperties": of(item)}),
        Shape::Record(fields) => record(fields),
    }
}

fn choice(word: &str, doc: &str) -> Json {
    // A word of digits may stand without quotes, where an editor sees a number.
    match word.parse::<i64>() {
        Ok(number) => json!({"enum": [word, number], "description": doc.trim()}),
        Err(_) => json!({"const": word, "description": doc.trim()}),
    }
}

/// A default as the file would write it; nothing for what has no short form.
pub(crate) fn written(value: &Value) -> Option<Json> {
    match value {
        Value::Bool(it) => Some(json!(it)),
        Value::Int(it) => Some(json!(it)),
        Value::Duration(seconds) => Some(Json::from(duration_text(*seconds))),
        Value::Text(text) => Some(Json::from(text.to_string())),
        Value::Set(items) => items.iter().map(written).collect::<Option<Vec<_>>>().map(Json::from),
        Value::List(items) => items.iter().map(written).collect::<Option<Vec<_>>>().map(Json::from),
        Value::Map(fields) | Value::Table(fields) => Some(Json::Object(
            fields
                .iter()
                .filter(|(_, value)| **value != Value::Null)
                .map(|(name, value)| Some((name.clone(), written(value)?)))
                .collect::<Option<_>>()?,
        )),
        Value::Null | Value::Secret(_) | Value::Policy(_) => None,
    }
}
