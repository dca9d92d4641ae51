//! The Query protocol: IAM and STS. A form in, XML out.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::call::{Answer, Fault};
use crate::model::{Kind, Model, Operation, Shape, Use};
use crate::protocol::Input;
use crate::protocol::scalar::{self, Place};
use crate::protocol::wire::Reply;
use crate::protocol::xml;

const MAX_PARAMETERS: usize = 10_000;
const MAX_DEPTH: usize = 16;

/// The parameters of a form by their dotted names.
#[derive(Debug, Default)]
struct Node {
    value: Option<String>,
    children: BTreeMap<String, Node>,
}

impl Node {
    fn from_form(form: &[(String, String)]) -> Result<Self, Fault> {
        let mut root = Self::default();
        if form.len() > MAX_PARAMETERS {
            return Err(malformed("too many parameters"));
        }
        for (name, value) in form {
            if name.split('.').count() > MAX_DEPTH {
                return Err(malformed("too deep"));
            }
            let node = name.split('.').fold(&mut root, |node, part| {
                node.children.entry(part.to_owned()).or_default()
            });
            node.value = Some(value.clone());
        }
        Ok(root)
    }

    /// The children under numbers, in the order of the numbers.
    fn numbered(&self) -> impl Iterator<Item = &Self> {
        let mut numbered: Vec<(u32, &Self)> = self
            .children
            .iter()
            .filter_map(|(name, node)| name.parse().ok().map(|number| (number, node)))
            .collect();
        numbered.sort_by_key(|(number, _)| *number);
        numbered.into_iter().map(|(_, node)| node)
    }
}

fn malformed(message: &str) -> Fault {
    Fault::new("MalformedInput", 400, message)
}

/// Reads a form.
pub(crate) fn read(model: &Model, operation: &Operation, form: &[(String, String)]) -> Result<Input, Fault> {
    let root = Node::from_form(form)?;
    let members = match model.input(operation) {
        Some(shape) => structure(model, shape, &root)?,
        None => Map::new(),
    };
    Ok(Input {
        members,
        body: Vec::new(),
    })
}

fn structure(model: &Model, shape: &Shape, node: &Node) -> Result<Map<String, Value>, Fault> {
    let mut members = Map::new();
    for member in &shape.members {
        if let Some(child) = node.children.get(member.wire_name()) {
            members.insert(member.member.clone(), value(model, &member.held, child)?);
        }
    }
    Ok(members)
}

fn value(model: &Model, held: &Use, node: &Node) -> Result<Value, Fault> {
    let shape = model.shape(&held.shape);
    match shape.kind {
        Kind::Structure => structure(model, shape, node).map(Value::Object),
        Kind::List => {
            let one = shape.element.as_ref().expect("a list has elements");
            let list = if shape.flattened || held.flattened {
                Some(node)
            } else {
                node.children.get(one.name.as_deref().unwrap_or("member"))
            };
            // An empty list is sent as the bare name with an empty value.
            let elements: Result<Vec<Value>, Fault> = list
                .into_iter()
                .flat_map(Node::numbered)
                .map(|element| value(model, one, element))
                .collect();
            elements.map(Value::Array)
        }
        Kind::Map => {
            let one = shape.value.as_ref().expect("a map has values");
            let mut entries = Map::new();
            for entry in node.children.get("entry").into_iter().flat_map(Node::numbered) {
                let key = entry.children.get("key").and_then(|key| key.value.clone());
                if let (Some(key), Some(child)) = (key, entry.children.get("value")) {
                    entries.insert(key, value(model, one, child)?);
                }
            }
            Ok(Value::Object(entries))
        }
        Kind::String
        | Kind::Blob
        | Kind::Integer
        | Kind::Long
        | Kind::Float
        | Kind::Double
        | Kind::Boolean
        | Kind::Timestamp => node
            .value
            .as_deref()
            .and_then(|text| scalar::parse(shape, text))
            .ok_or_else(|| malformed(&format!("wrong type: {:?} is wanted", shape.kind))),
    }
}

/// Writes an answer.
pub(crate) fn write(model: &Model, name: &str, operation: &Operation, answer: &Answer, request_id: &str) -> Reply {
    let namespace = model.namespace.as_deref().unwrap_or_default();
    let mut out = format!("<{name}Response xmlns=\"{namespace}\">");
    if let Some(shape) = model.output(operation) {
        let wrapper = operation.wrapper.as_deref().unwrap_or(name);
        out.push_str(&format!("<{wrapper}>"));
        xml::write_members(&mut out, model, shape, &answer.output, Place::Body);
        out.push_str(&format!("</{wrapper}>"));
    }
    out.push_str(&format!(
        "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
    ));
    Reply::new(answer.status.unwrap_or(operation.status), "text/xml", out).header("x-amzn-requestid", request_id)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::json;

    use super::*;
    use crate::protocol::wire::form;

    fn parse(operation: &str, text: &str) -> Value {
        let model = Model::of("iam").unwrap();
        Value::Object(read(model, &model.operations[operation], &form(text)).unwrap().members)
    }

    #[test]
    fn forms_as_boto3_sends_them() {
        assert_eq!(
            parse(
                "CreateRole",
                "Action=CreateRole&Version=2010-05-08&Path=%2Figv%2F&RoleName=r&AssumeRolePolicyDocument=%7B%7D\
                 &MaxSessionDuration=3600&Tags.member.1.Key=a&Tags.member.1.Value=b+c&Tags.member.2.Key=d&Tags.member.2.Value="
            ),
            json!({"Path": "/igv/", "RoleName": "r", "AssumeRolePolicyDocument": "{}", "MaxSessionDuration": 3600,
                   "Tags": [{"Key": "a", "Value": "b c"}, {"Key": "d", "Value": ""}]})
        );
        // Eleven elements: the tenth is after the second.
        let many: String = (1..=11)
            .map(|index| format!("&ActionNames.member.{index}=s3%3AA{index}"))
            .collect();
        let value = parse("SimulateCustomPolicy", &format!("Action=SimulateCustomPolicy{many}"));
        assert_eq!(value["ActionNames"][9], "s3:A10");
        assert_eq!(
            parse("TagRole", "RoleName=r&Tags="),
            json!({"RoleName": "r", "Tags": []})
        );
    }

    #[test]
    fn a_wrong_number_is_refused() {
        let model = Model::of("iam").unwrap();
        let wrong = read(model, &model.operations["ListRoles"], &form("MaxItems=ten")).unwrap_err();
        assert_eq!((wrong.code, wrong.status), ("MalformedInput", 400));
    }

    #[test]
    fn answers_have_a_result_only_where_there_is_an_output() {
        let model = Model::of("iam").unwrap();
        let mut answer = Answer::from(json!({"Role": {"Path": "/", "RoleName": "a&b", "CreateDate": 1_795_538_580}}));
        let reply = write(model, "GetRole", &model.operations["GetRole"], &answer, "r1");
        assert_eq!(
            String::from_utf8(reply.body).unwrap(),
            "<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult><Role><Path>/</Path>\
             <RoleName>a&amp;b</RoleName><CreateDate>2026-11-24T16:43:00Z</CreateDate></Role></GetRoleResult>\
             <ResponseMetadata><RequestId>r1</RequestId></ResponseMetadata></GetRoleResponse>"
        );
        answer = Answer::empty();
        let reply = write(model, "DeleteRole", &model.operations["DeleteRole"], &answer, "r1");
        assert!(!String::from_utf8(reply.body).unwrap().contains("Result"));
    }
}
