//! Values of the model as requests on the wire: what an SDK would send for them.

use serde_json::{Map, Value};

use crate::model::{Kind, Model, Operation, Protocol, Shape, Use};
use crate::protocol::scalar::{self, Place};
use crate::protocol::xml;

/// The request for these members.
pub(in crate::tests) fn request(
    model: &Model,
    name: &str,
    operation: &Operation,
    members: &Map<String, Value>,
) -> http::Request<Vec<u8>> {
    let authorization = super::super::signed("111122223333", &model.signing).replace("eu-central-1", "us-east-1");
    let builder = http::Request::builder().header("authorization", authorization);
    match model.protocol {
        Protocol::Json => {
            let target = model.target.as_deref().unwrap();
            builder
                .method("POST")
                .uri("/")
                .header("x-amz-target", format!("{target}.{name}"))
                .header("content-type", "application/x-amz-json-1.1")
                .body(Value::Object(members.clone()).to_string().into_bytes())
                .unwrap()
        }
        Protocol::Query => {
            let mut form = format!("Action={name}&Version={}", model.version);
            if let Some(shape) = model.input(operation) {
                flatten(model, shape, members, "", &mut form);
            }
            builder
                .method("POST")
                .uri("/")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.into_bytes())
                .unwrap()
        }
        Protocol::RestXml => rest(model, operation, members, builder),
    }
}

fn flatten(model: &Model, shape: &Shape, members: &Map<String, Value>, prefix: &str, form: &mut String) {
    for member in &shape.members {
        if let Some(value) = members.get(&member.member) {
            parameter(
                model,
                &member.held,
                value,
                &format!("{prefix}{}", member.wire_name()),
                form,
            );
        }
    }
}

fn parameter(model: &Model, held: &Use, value: &Value, name: &str, form: &mut String) {
    let shape = model.shape(&held.shape);
    match value {
        Value::Object(members) if shape.kind == Kind::Structure => {
            flatten(model, shape, members, &format!("{name}."), form);
        }
        Value::Object(entries) => {
            for (index, (key, value)) in entries.iter().enumerate() {
                let entry = format!("{name}.entry.{}", index + 1);
                form.push_str(&format!("&{entry}.key={}", encode(key)));
                parameter(
                    model,
                    shape.value.as_ref().unwrap(),
                    value,
                    &format!("{entry}.value"),
                    form,
                );
            }
        }
        Value::Array(elements) => {
            let one = shape.element.as_ref().unwrap();
            if elements.is_empty() {
                form.push_str(&format!("&{name}="));
            }
            for (index, element) in elements.iter().enumerate() {
                let middle = if shape.flattened || held.flattened {
                    String::new()
                } else {
                    format!(".{}", one.name.as_deref().unwrap_or("member"))
                };
                parameter(model, one, element, &format!("{name}{middle}.{}", index + 1), form);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let text = scalar::format(shape, value, Place::Body);
            form.push_str(&format!("&{name}={}", encode(&text)));
        }
    }
}

fn rest(
    model: &Model,
    operation: &Operation,
    members: &Map<String, Value>,
    mut builder: http::request::Builder,
) -> http::Request<Vec<u8>> {
    let (path, fixed) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
    let (mut path, mut query, mut body) = (path.to_owned(), fixed.to_owned(), Vec::new());
    let shape = model.input(operation);
    for member in shape.into_iter().flat_map(|shape| &shape.members) {
        let Some(value) = members.get(&member.member) else {
            continue;
        };
        let held = model.shape(&member.held.shape);
        let name = member.wire_name();
        let text = |held: &Shape, value: &Value| scalar::format(held, value, Place::Header);
        let texts: Vec<String> = match (value.as_array(), &held.element) {
            (Some(elements), Some(one)) => elements.iter().map(|it| text(model.shape(&one.shape), it)).collect(),
            _ => vec![text(held, value)],
        };
        match member.held.location.as_deref() {
            Some("uri") => {
                path = path.replace(&format!("{{{name}}}"), &encode(&texts[0]));
                path = path.replace(&format!("{{{name}+}}"), &encode(&texts[0]));
            }
            Some("querystring") => {
                for text in texts {
                    query.push_str(&format!("&{name}={}", encode(&text)));
                }
            }
            Some("header") => {
                // A header has no control characters; such a text cannot be sent at all.
                let value = http::HeaderValue::from_bytes(texts.join(",").as_bytes()).unwrap();
                builder = builder.header(name, value);
            }
            Some("headers") => {
                for (entry, text) in value.as_object().unwrap() {
                    builder = builder.header(format!("{name}{entry}"), text.as_str().unwrap());
                }
            }
            Some(_) | None => {}
        }
    }
    if let Some(shape) = shape {
        body = document(model, operation, shape, members);
    }
    let query = query.trim_start_matches('&');
    let uri = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    builder.method(operation.method.as_str()).uri(uri).body(body).unwrap()
}

fn document(model: &Model, operation: &Operation, shape: &Shape, members: &Map<String, Value>) -> Vec<u8> {
    let mut out = String::new();
    let payload = shape.payload.as_deref().map(|name| (name, shape.member(name).unwrap()));
    match payload {
        Some((_, member)) if member.held.streaming => return b"bytes".to_vec(),
        Some((name, member)) => match members.get(name) {
            Some(Value::String(text)) => return text.clone().into_bytes(),
            Some(value) => {
                let root = member.held.name.as_deref().unwrap_or(&member.held.shape);
                xml::write(&mut out, model, root, &member.held, value, Place::BodyMillis);
            }
            None => {}
        },
        None => {
            let held: Vec<&str> = shape
                .members
                .iter()
                .filter(|member| member.held.location.is_none() && members.contains_key(&member.member))
                .map(|member| member.member.as_str())
                .collect();
            if let Some(root) = operation.root.as_ref().filter(|_| !held.is_empty()) {
                out.push_str(&format!("<{root}>"));
                xml::write_members(&mut out, model, shape, members, Place::BodyMillis);
                out.push_str(&format!("</{root}>"));
            }
        }
    }
    out.into_bytes()
}

fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
