//! awsJson 1.1: Cognito and the Resource Groups Tagging API.

use serde_json::{Map, Value};

use crate::call::{Answer, Fault};
use crate::model::{Kind, Model, Operation, Shape};
use crate::protocol::Input;
use crate::protocol::wire::Reply;

/// The type of the bodies.
pub(crate) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Reads a body.
pub(crate) fn read(model: &Model, operation: &Operation, body: &[u8]) -> Result<Input, Fault> {
    let members = if body.is_empty() {
        Map::new()
    } else {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => members,
            Ok(_) | Err(_) => return Err(malformed("the body is not a JSON object")),
        }
    };
    let members = match model.input(operation) {
        Some(shape) => structure(model, shape, members)?,
        None => Map::new(),
    };
    Ok(Input {
        members,
        body: Vec::new(),
    })
}

fn malformed(message: impl Into<String>) -> Fault {
    Fault::new("SerializationException", 400, message)
}

/// Keeps the members of the model; AWS passes over what it does not know, and over what is null.
fn structure(model: &Model, shape: &Shape, members: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let mut kept = Map::new();
    for (name, sent) in members {
        match shape.member(&name) {
            Some(_) if sent.is_null() => {}
            Some(member) => {
                kept.insert(name, value(model, &member.held.shape, sent)?);
            }
            None => crate::say(format_args!("{}: passed over the unknown member {name}", model.service)),
        }
    }
    Ok(kept)
}

fn value(model: &Model, name: &str, sent: Value) -> Result<Value, Fault> {
    let shape = model.shape(name);
    let fits = match (shape.kind, &sent) {
        (Kind::Structure, _) if shape.document => true,
        (Kind::Structure | Kind::Map, Value::Object(_))
        | (Kind::List, Value::Array(_))
        | (Kind::String | Kind::Blob, Value::String(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Float | Kind::Double | Kind::Timestamp, Value::Number(_)) => true,
        (Kind::Integer, Value::Number(number)) => number.as_i64().is_some_and(|it| i32::try_from(it).is_ok()),
        (Kind::Long, Value::Number(number)) => number.as_i64().is_some(),
        _ => false,
    };
    if !fits {
        let sent = match sent {
            Value::Null => "NULL_VALUE",
            Value::Bool(_) => "BOOLEAN_VALUE",
            Value::Number(_) => "NUMBER_VALUE",
            Value::String(_) => "STRING_VALUE",
            Value::Array(_) => "LIST_VALUE",
            Value::Object(_) => "STRUCTURE_VALUE",
        };
        return Err(malformed(format!("{sent} can not be converted to a {:?}", shape.kind)));
    }
    match sent {
        Value::Object(members) if shape.kind == Kind::Structure && !shape.document => {
            structure(model, shape, members).map(Value::Object)
        }
        Value::Object(entries) if shape.kind == Kind::Map => {
            let held = shape.value.as_ref().expect("a map has values");
            let mut kept = Map::new();
            for (key, entry) in entries.into_iter().filter(|(_, entry)| !entry.is_null()) {
                kept.insert(key, value(model, &held.shape, entry)?);
            }
            Ok(Value::Object(kept))
        }
        Value::Array(elements) if shape.kind == Kind::List => {
            let held = shape.element.as_ref().expect("a list has elements");
            let elements: Result<Vec<Value>, Fault> = elements
                .into_iter()
                .map(|element| value(model, &held.shape, element))
                .collect();
            elements.map(Value::Array)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Ok(sent)
        }
    }
}

/// Writes an answer. An operation without an output answers with an empty body.
pub(crate) fn write(operation: &Operation, answer: &Answer, request_id: &str) -> Reply {
    let body = match operation.output {
        Some(_) => serde_json::to_vec(&answer.output).expect("text keys and plain values"),
        None => Vec::new(),
    };
    Reply::new(answer.status.unwrap_or(operation.status), CONTENT_TYPE, body).header("x-amzn-requestid", request_id)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_checked_and_unknown_members_passed_over() {
        let model = Model::of("cognito-idp").unwrap();
        let operation = &model.operations["CreateUserPool"];
        let input = read(
            model,
            operation,
            br#"{"PoolName":"p","Nope":1,"UserPoolTags":{"a":"b"},"Policies":null}"#,
        )
        .unwrap();
        assert_eq!(
            Value::Object(input.members),
            json!({"PoolName": "p", "UserPoolTags": {"a": "b"}})
        );
        for body in [r#"{"PoolName":5}"#, r#"{"PoolName":"p","UserPoolTags":[]}"#, "[]", "{"] {
            assert_eq!(
                read(model, operation, body.as_bytes()).unwrap_err().code,
                "SerializationException",
                "{body}"
            );
        }
    }
}
