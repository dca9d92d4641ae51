//! Holds values against the model: what callers send before a service sees it, what services answer before it leaves.
//!
//! The words of a refusal are those of AWS's framework: `1 validation error detected: Value 'x' at 'poolName'
//! failed to satisfy constraint: Member must have length less than or equal to 128`, with the path in lower camel
//! case and `.1.member` for elements (reported live: aws/aws-sdk-ruby#413, getmoto/moto#1979). A sensitive value
//! is left out: `Value at 'password' failed …`.

use serde_json::{Map, Value};

use crate::model::{Kind, Model, Operation, Shape};

/// One constraint that an input breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The path to the member, as AWS writes it.
    pub(crate) path: String,
    /// The shape of the member.
    pub(crate) shape: String,
    /// The first member of the input on the path.
    pub(crate) top: String,
    /// Which constraint it breaks.
    pub(crate) constraint: Constraint,
    words: String,
}

/// The kinds of constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Constraint {
    /// A required member is absent.
    Required,
    /// A length, size or value out of range.
    Range,
    /// A text that the pattern does not match.
    Pattern,
    /// A text that is not one of those allowed.
    Enum,
}

/// AWS's message for these violations.
pub(crate) fn message(violations: &[Violation]) -> String {
    let words: Vec<&str> = violations.iter().map(|violation| violation.words.as_str()).collect();
    let errors = if violations.len() == 1 { "error" } else { "errors" };
    format!(
        "{} validation {errors} detected: {}",
        violations.len(),
        words.join("; ")
    )
}

/// Everything that an input breaks.
pub(crate) fn input(model: &Model, operation: &Operation, input: &Map<String, Value>) -> Vec<Violation> {
    let mut walk = Walk {
        model,
        found: Vec::new(),
    };
    if let Some(shape) = model.input(operation) {
        walk.members(shape, input, "", "");
    }
    walk.found
}

struct Walk<'a> {
    model: &'a Model,
    found: Vec<Violation>,
}

impl Walk<'_> {
    fn members(&mut self, shape: &Shape, members: &Map<String, Value>, path: &str, top: &str) {
        for member in &shape.members {
            let here = if path.is_empty() {
                lower_first(&member.member)
            } else {
                format!("{path}.{}", lower_first(&member.member))
            };
            let top = if top.is_empty() { &member.member } else { top };
            match members.get(&member.member) {
                Some(value) => self.value(&member.held.shape, value, &here, top),
                // The bytes of a stream are not among the members.
                None if member.held.streaming => {}
                None if shape.required.contains(&member.member) => {
                    self.found.push(Violation {
                        words: format!("Value null at '{here}' failed to satisfy constraint: Member must not be null"),
                        path: here,
                        shape: member.held.shape.clone(),
                        top: top.to_owned(),
                        constraint: Constraint::Required,
                    });
                }
                None => {}
            }
        }
    }

    fn value(&mut self, name: &str, value: &Value, path: &str, top: &str) {
        let shape = self.model.shape(name);
        for (constraint, words) in broken(name, shape, value) {
            self.found.push(Violation {
                words: format!(
                    "Value {}at '{path}' failed to satisfy constraint: {words}",
                    shown(shape, value)
                ),
                path: path.to_owned(),
                shape: name.to_owned(),
                top: top.to_owned(),
                constraint,
            });
        }
        match value {
            Value::Object(members) if shape.kind == Kind::Structure => {
                if !shape.document {
                    self.members(shape, members, path, top);
                }
            }
            Value::Object(entries) => {
                if let (Some(key), Some(held)) = (&shape.key, &shape.value) {
                    for (entry, value) in entries {
                        for (constraint, words) in
                            broken(&key.shape, self.model.shape(&key.shape), &Value::from(entry.as_str()))
                        {
                            self.found.push(Violation {
                                words: format!(
                                    "Value at '{path}' failed to satisfy constraint: Map keys must satisfy \
                                     constraint: [{words}]"
                                ),
                                path: path.to_owned(),
                                shape: key.shape.clone(),
                                top: top.to_owned(),
                                constraint,
                            });
                        }
                        self.value(&held.shape, value, &format!("{path}.{entry}.member"), top);
                    }
                }
            }
            Value::Array(elements) => {
                if let Some(element) = &shape.element {
                    for (index, value) in elements.iter().enumerate() {
                        self.value(&element.shape, value, &format!("{path}.{}.member", index + 1), top);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// The constraints of its own shape that a value breaks, in AWS's words.
fn broken(name: &str, shape: &Shape, value: &Value) -> Vec<(Constraint, String)> {
    let mut found = Vec::new();
    let noun = if matches!(value, Value::Number(_)) {
        "value"
    } else {
        "length"
    };
    if let Some(size) = size(shape, value) {
        if shape.max.is_some_and(|max| size > max) {
            let max = shape.max.unwrap_or_default();
            found.push((
                Constraint::Range,
                format!("Member must have {noun} less than or equal to {max}"),
            ));
        }
        if shape.min.is_some_and(|min| size < min) {
            let min = shape.min.unwrap_or_default();
            found.push((
                Constraint::Range,
                format!("Member must have {noun} greater than or equal to {min}"),
            ));
        }
    }
    if let Value::String(text) = value {
        if !shape.allowed.is_empty() && !shape.allowed.contains(text) && !open_enum(name) {
            let allowed = shape.allowed.join(", ");
            found.push((
                Constraint::Enum,
                format!("Member must satisfy enum value set: [{allowed}]"),
            ));
        }
        if !shape.matches(text) {
            let pattern = shape.pattern.as_deref().unwrap_or_default();
            found.push((
                Constraint::Pattern,
                format!("Member must satisfy regular expression pattern: {pattern}"),
            ));
        }
    }
    found
}

/// What the range of a shape is about.
fn size(shape: &Shape, value: &Value) -> Option<f64> {
    let count = match value {
        // Java counts UTF-16 units.
        Value::String(text) if shape.kind == Kind::String => text.encode_utf16().count(),
        Value::String(text) if shape.kind == Kind::Blob => {
            text.trim_end_matches('=').len() / 4 * 3 + text.trim_end_matches('=').len() % 4 * 3 / 4
        }
        Value::Array(elements) => elements.len(),
        Value::Object(entries) if shape.kind == Kind::Map => entries.len(),
        Value::Number(number) if shape.kind != Kind::Timestamp => return number.as_f64(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => return None,
    };
    u32::try_from(count).ok().map(f64::from)
}

/// A value as a message shows it, with a blank behind it; nothing for what must not be shown.
fn shown(shape: &Shape, value: &Value) -> String {
    if shape.sensitive {
        return String::new();
    }
    match value {
        Value::String(text) => format!("'{text}' "),
        Value::Number(number) => format!("'{number}' "),
        Value::Bool(flag) => format!("'{flag}' "),
        // AWS shows its Java objects here, whose elements may be sensitive.
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(letters)
        .collect()
}

/// Takes out what is null: services may write an absent member so.
pub(crate) fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What is wrong with an answer of ours: unknown members, other types, absent required members, unknown enum values.
pub(crate) fn output(model: &Model, operation: &Operation, output: &Map<String, Value>) -> Vec<String> {
    let mut defects = Vec::new();
    match &operation.output {
        Some(shape) => structure(model, model.shape(shape), output, "", &mut defects),
        None => defects.extend(output.keys().map(|name| format!("{name}: the operation has no output"))),
    }
    defects
}

fn structure(model: &Model, shape: &Shape, members: &Map<String, Value>, path: &str, defects: &mut Vec<String>) {
    for (name, value) in members {
        match shape.member(name) {
            Some(member) => answer_value(model, &member.held.shape, value, &format!("{path}{name}"), defects),
            None => defects.push(format!("{path}{name}: no such member in the model")),
        }
    }
    for name in &shape.required {
        let streaming = shape.member(name).is_some_and(|member| member.held.streaming);
        if !members.contains_key(name) && !streaming && !LEFT_OUT.contains(&format!("{path}{name}").as_str()) {
            defects.push(format!("{path}{name}: required and absent"));
        }
    }
    if shape.union && members.len() != 1 {
        defects.push(format!("{path}: a union has exactly one member"));
    }
}

fn answer_value(model: &Model, name: &str, value: &Value, path: &str, defects: &mut Vec<String>) {
    let shape = model.shape(name);
    match (shape.kind, value) {
        (Kind::Structure, _) if shape.document => {}
        (Kind::Structure, Value::Object(members)) => structure(model, shape, members, &format!("{path}."), defects),
        (Kind::List, Value::Array(elements)) => {
            if let Some(element) = &shape.element {
                for (index, value) in elements.iter().enumerate() {
                    answer_value(model, &element.shape, value, &format!("{path}[{index}]"), defects);
                }
            }
        }
        (Kind::Map, Value::Object(entries)) => {
            if let Some(held) = &shape.value {
                for (key, value) in entries {
                    answer_value(model, &held.shape, value, &format!("{path}.{key}"), defects);
                }
            }
        }
        (Kind::String, Value::String(text)) => {
            let said = shape.allowed.contains(text) || SAID.contains(&(name, text));
            if !shape.allowed.is_empty() && !said && !open_enum(name) {
                defects.push(format!("{path}: not a value of the enum {name}"));
            }
        }
        (Kind::Integer | Kind::Long, Value::Number(number)) => {
            if number.as_i64().is_none() {
                defects.push(format!("{path}: a whole number is wanted"));
            }
        }
        (Kind::Blob, Value::String(_))
        | (Kind::Float | Kind::Double | Kind::Timestamp, Value::Number(_))
        | (Kind::Boolean, Value::Bool(_)) => {}
        (wanted, _) => defects.push(format!("{path}: {wanted:?} is wanted")),
    }
}

/// Required members that AWS leaves out of its own answers: a pool's prefix domain has an empty configuration of
/// custom domains (AWS CLI reference, `describe-user-pool-domain`).
const LEFT_OUT: [&str; 1] = ["DomainDescription.CustomDomainConfig.CertificateArn"];

/// Values that AWS answers and its model does not have (awsdocs/iam-user-guide#82).
const SAID: [(&str, &str); 1] = [("PermissionsBoundaryAttachmentType", "Policy")];

/// Enums that AWS extends faster than its models, and refuses in words of its own: regions.
fn open_enum(shape: &str) -> bool {
    shape == "BucketLocationConstraint"
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::json;

    use super::*;

    fn broken_by(service: &str, operation: &str, value: Value) -> Vec<Violation> {
        let model = Model::of(service).unwrap();
        let Value::Object(members) = value else {
            panic!("an input is an object");
        };
        input(model, &model.operations[operation], &members)
    }

    fn refusal(service: &str, operation: &str, value: Value) -> String {
        let found = broken_by(service, operation, value);
        assert!(!found.is_empty());
        message(&found)
    }

    #[test]
    fn the_words_are_those_of_aws() {
        // Reported live: getmoto/moto#1979, with the pattern of that time.
        assert_eq!(
            refusal(
                "cognito-identity",
                "CreateIdentityPool",
                json!({"IdentityPoolName": "a/b", "AllowUnauthenticatedIdentities": false})
            ),
            "1 validation error detected: Value 'a/b' at 'identityPoolName' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: [\\w\\s+=,.@-]+"
        );
        assert_eq!(
            refusal("cognito-idp", "ListUserPools", json!({"MaxResults": 61})),
            "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: Member must have \
             value less than or equal to 60"
        );
        assert_eq!(
            refusal("cognito-idp", "CreateUserPool", json!({"PoolName": "x".repeat(129)}))
                .split_once(" at ")
                .unwrap()
                .1,
            "'poolName' failed to satisfy constraint: Member must have length less than or equal to 128"
        );
        assert_eq!(
            refusal("cognito-idp", "DescribeUserPool", json!({})),
            "1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be \
             null"
        );
    }

    #[test]
    fn several_violations_and_paths_into_lists() {
        let text = refusal(
            "iam",
            "CreateRole",
            json!({"RoleName": "a b", "AssumeRolePolicyDocument": "{}", "Tags": [{"Key": "", "Value": "v"}]}),
        );
        assert!(
            text.starts_with("3 validation errors detected: Value 'a b' at 'roleName'"),
            "{text}"
        );
        assert!(text.contains("Value '' at 'tags.1.member.key' failed"), "{text}");
    }

    #[test]
    fn sensitive_values_are_never_shown() {
        let text = refusal(
            "cognito-idp",
            "AdminSetUserPassword",
            json!({"UserPoolId": "us-east-1_a", "Username": "u", "Password": " hunter2 "}),
        );
        assert!(text.contains("Value at 'password' failed"), "{text}");
        assert!(!text.contains("hunter2"));
    }

    #[test]
    fn enums_hold() {
        let found = broken_by(
            "cognito-idp",
            "CreateUserPool",
            json!({"PoolName": "p", "DeletionProtection": "YES"}),
        );
        assert_eq!(found[0].constraint, Constraint::Enum);
        assert_eq!(found[0].path, "deletionProtection");
    }

    #[test]
    fn regions_are_the_services_to_judge() {
        let new = json!({"Bucket": "b-1", "CreateBucketConfiguration": {"LocationConstraint": "xx-new-1"}});
        assert_eq!(broken_by("s3", "CreateBucket", new), []);
    }

    #[test]
    fn an_answer_with_an_unknown_member_or_a_wrong_type_is_a_defect() {
        let model = Model::of("cognito-idp").unwrap();
        let operation = &model.operations["DescribeUserPool"];
        let Value::Object(answer) = json!({"UserPool": {"Id": 5, "Nmae": "x", "CreationDate": 1.5}}) else {
            panic!("an answer is an object");
        };
        assert_eq!(
            output(model, operation, &answer),
            [
                "UserPool.Id: String is wanted",
                "UserPool.Nmae: no such member in the model"
            ]
        );
    }
}
