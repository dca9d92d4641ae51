//! What IAM takes as a policy document, and what it refuses.
//!
//! A trust document and a permission document are two languages: what one requires (`Principal`, `Resource`)
//! the other prohibits, and they fail with different words.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{fault, principal};
use crate::call::Fault;
use crate::world::World;

/// Which of the two languages a document is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    /// Who may assume a role.
    Trust,
    /// What somebody may do.
    Permission,
}

/// The condition operators, without their set prefixes and `IfExists`.
const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Null",
];

/// Checks a trust document, and returns the unique ids of the roles and users it names, by ARN.
pub(super) fn check_trust(world: &World, text: &str) -> Result<BTreeMap<String, String>, Fault> {
    let mut ids = BTreeMap::new();
    for statement in statements(text, Language::Trust)? {
        check_statement(&statement, Language::Trust)?;
        principal::check(world, &statement, &mut ids)?;
        check_trust_actions(&statement)?;
        check_cognito_audience(&statement)?;
    }
    check_grammar(text)?;
    Ok(ids)
}

/// Checks a permission document: an inline policy, a managed one, or one to simulate.
pub(super) fn check_permission(text: &str) -> Result<(), Fault> {
    for statement in statements(text, Language::Permission)? {
        check_statement(&statement, Language::Permission)?;
        check_resources(&statement)?;
    }
    check_grammar(text)
}

/// What is stored can be evaluated; and a key that stands twice, which JSON forgives, IAM does not.
fn check_grammar(text: &str) -> Result<(), Fault> {
    match policy::Document::parse(text) {
        Ok(_) => Ok(()),
        Err(_) => Err(fault::malformed("Syntax errors in policy.")),
    }
}

/// The size that quotas count: characters other than white space.
pub(super) fn weight(text: &str) -> usize {
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

/// A document as IAM answers it: URL-encoded by RFC 3986.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// One value or a list of them, as a list.
pub(super) fn many(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |values| values.iter().collect())
}

/// The statements of a document.
fn statements(text: &str, language: Language) -> Result<Vec<Map<String, Value>>, Fault> {
    let document: Value = serde_json::from_str(text).map_err(|_| {
        fault::malformed(match language {
            Language::Trust => "This policy contains invalid Json",
            Language::Permission => "The policy is not in the valid JSON format.",
        })
    })?;
    let syntax = || fault::malformed("Syntax errors in policy.");
    let document = document.as_object().ok_or_else(syntax)?;
    if document
        .keys()
        .any(|key| !["Version", "Id", "Statement"].contains(&key.as_str()))
    {
        return Err(syntax());
    }
    if let Some(version) = document.get("Version")
        && !["2012-10-17", "2008-10-17"].contains(&version.as_str().unwrap_or_default())
    {
        return Err(syntax());
    }
    let list = many(document.get("Statement").ok_or_else(|| match language {
        Language::Trust => fault::malformed("Missing required field Statement"),
        Language::Permission => syntax(),
    })?);
    if list.is_empty() {
        return Err(fault::malformed(match language {
            Language::Trust => "Could not parse the policy: Statement is empty!",
            Language::Permission => "Syntax errors in policy.",
        }));
    }
    let list: Vec<Map<String, Value>> = list
        .into_iter()
        .map(|statement| statement.as_object().cloned().ok_or_else(syntax))
        .collect::<Result<_, _>>()?;
    check_sids(&list)?;
    Ok(list)
}

/// Sids are letters and digits, and unique in a document.
fn check_sids(statements: &[Map<String, Value>]) -> Result<(), Fault> {
    let mut seen: Vec<&str> = Vec::new();
    for sid in statements.iter().filter_map(|statement| statement.get("Sid")) {
        let sid = sid
            .as_str()
            .ok_or_else(|| fault::malformed("Syntax errors in policy."))?;
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(fault::malformed(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression \
                 [0-9A-Za-z]*",
            ));
        }
        if !sid.is_empty() && seen.contains(&sid) {
            return Err(fault::malformed(
                "Statement IDs (SID) in a single policy must be unique.",
            ));
        }
        seen.push(sid);
    }
    Ok(())
}

/// What both languages want of a statement: its fields, its effect, its actions, its conditions.
fn check_statement(statement: &Map<String, Value>, language: Language) -> Result<(), Fault> {
    let fields: &[&str] = match language {
        Language::Trust => &["Sid", "Effect", "Principal", "Action", "Condition"],
        Language::Permission => &[
            "Sid",
            "Effect",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ],
    };
    if let Some(field) = statement.keys().find(|field| !fields.contains(&field.as_str())) {
        return Err(fault::malformed(match (language, field.as_str()) {
            (Language::Permission, "Principal" | "NotPrincipal") => {
                "Policy document should not specify a principal.".to_owned()
            }
            (Language::Permission, _) => "Syntax errors in policy.".to_owned(),
            (Language::Trust, "Resource" | "NotResource" | "NotPrincipal" | "NotAction") => {
                format!("Has prohibited field {field}")
            }
            (Language::Trust, _) => format!("Unknown field {field}"),
        }));
    }
    match (statement.get("Effect").map(Value::as_str), language) {
        (Some(Some("Allow" | "Deny")), _) => {}
        (None, Language::Trust) => return Err(fault::malformed("Missing required field Effect")),
        (Some(effect), Language::Trust) => {
            return Err(fault::malformed(format!(
                "Invalid effect: {}",
                effect.unwrap_or_default()
            )));
        }
        (_, Language::Permission) => return Err(fault::malformed("Syntax errors in policy.")),
    }
    check_actions(statement, language)?;
    if let Some(condition) = statement.get("Condition") {
        check_condition(condition)?;
    }
    Ok(())
}

/// Exactly one of `Action` and `NotAction`, each action with its service.
fn check_actions(statement: &Map<String, Value>, language: Language) -> Result<(), Fault> {
    let actions = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(actions), None) | (None, Some(actions)) => many(actions),
        (Some(_), Some(_)) => return Err(fault::malformed("Syntax errors in policy.")),
        (None, None) => {
            return Err(fault::malformed(match language {
                Language::Trust => "Missing required field Action",
                Language::Permission => "Policy statement must contain actions.",
            }));
        }
    };
    if actions.is_empty() {
        return Err(fault::malformed("Policy statement must contain actions."));
    }
    for action in actions {
        let action = action
            .as_str()
            .ok_or_else(|| fault::malformed("Syntax errors in policy."))?;
        let Some((vendor, name)) = action.split_once(':') else {
            if action == "*" {
                continue;
            }
            return Err(fault::malformed(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ));
        };
        let plain = |text: &str, more: &[u8]| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        if !plain(vendor, b"-") {
            return Err(fault::malformed(format!("Vendor {vendor} is not valid")));
        }
        if !plain(name, b"*?") {
            return Err(fault::malformed("Actions/Condition can contain only one colon."));
        }
    }
    Ok(())
}

/// Exactly one of `Resource` and `NotResource`, each `*` or an ARN.
fn check_resources(statement: &Map<String, Value>) -> Result<(), Fault> {
    let resources = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(resources), None) | (None, Some(resources)) => many(resources),
        (Some(_), Some(_)) => return Err(fault::malformed("Syntax errors in policy.")),
        (None, None) => return Err(fault::malformed("Policy statement must contain resources.")),
    };
    if resources.is_empty() {
        return Err(fault::malformed("Policy statement must contain resources."));
    }
    for resource in resources {
        let resource = resource
            .as_str()
            .ok_or_else(|| fault::malformed("Syntax errors in policy."))?;
        if resource == "*" {
            continue;
        }
        let parts: Vec<&str> = resource.splitn(6, ':').collect();
        let [scheme, partition, service, region, ..] = parts.as_slice() else {
            return Err(not_an_arn(resource));
        };
        if *scheme != "arn" {
            return Err(not_an_arn(resource));
        }
        if !["aws", "aws-cn", "aws-us-gov", "*"].contains(partition) {
            return Err(fault::malformed(format!(
                "Partition \"{partition}\" is not valid for resource \"{resource}\"."
            )));
        }
        if parts.len() < 6 {
            return Err(fault::malformed("The policy failed legacy parsing"));
        }
        if ["s3", "iam"].contains(service) && !region.is_empty() && *region != "*" {
            return Err(fault::malformed(format!(
                "Resource {resource} can not contain region information."
            )));
        }
    }
    Ok(())
}

/// A resource that is no ARN.
fn not_an_arn(resource: &str) -> Fault {
    fault::malformed(format!("Resource {resource} must be in ARN format or \"*\"."))
}

/// Known operators, each with keys, each with values.
fn check_condition(condition: &Value) -> Result<(), Fault> {
    let syntax = || fault::malformed("Syntax errors in policy.");
    for (operator, keys) in condition.as_object().ok_or_else(syntax)? {
        let bare = operator
            .strip_prefix("ForAnyValue:")
            .or_else(|| operator.strip_prefix("ForAllValues:"))
            .unwrap_or(operator);
        let bare = bare.strip_suffix("IfExists").unwrap_or(bare);
        if !OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(bare)) {
            return Err(fault::malformed(format!("Invalid Condition type : {operator}.")));
        }
        for (key, values) in keys.as_object().ok_or_else(syntax)? {
            if !key.contains(':') {
                return Err(fault::malformed(
                    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                ));
            }
            let scalar = |value: &&Value| value.is_string() || value.is_boolean() || value.is_number();
            if !many(values).iter().all(scalar) {
                return Err(syntax());
            }
        }
    }
    Ok(())
}

/// A trust speaks of assuming roles, and of what goes with it.
fn check_trust_actions(statement: &Map<String, Value>) -> Result<(), Fault> {
    for action in many(&statement["Action"]) {
        let action = action.as_str().unwrap_or_default().to_ascii_lowercase();
        let known = [
            "sts:assumerole",
            "sts:assumerolewithsaml",
            "sts:assumerolewithwebidentity",
            "sts:tagsession",
            "sts:setsourceidentity",
            "sts:setcontext",
        ];
        let pattern = action.starts_with("sts:") && action.ends_with('*');
        if !pattern && !known.contains(&action.as_str()) {
            return Err(fault::malformed(
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ));
        }
    }
    Ok(())
}

/// The Cognito guide says that a trust in identity pools cannot be written so that any pool may assume the role.
///
/// The code is AWS's; the message is ours, nobody quotes it.
fn check_cognito_audience(statement: &Map<String, Value>) -> Result<(), Fault> {
    let cognito = statement["Principal"]["Federated"] == "cognito-identity.amazonaws.com"
        || many(&statement["Principal"]["Federated"]).contains(&&Value::from("cognito-identity.amazonaws.com"));
    let audience = statement
        .get("Condition")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::values)
        .filter_map(Value::as_object)
        .flat_map(Map::keys)
        .any(|key| key.eq_ignore_ascii_case("cognito-identity.amazonaws.com:aud"));
    if cognito && statement["Effect"] == "Allow" && !audience {
        return Err(fault::malformed(
            "Trust policies for cognito-identity.amazonaws.com must contain the condition key \
             cognito-identity.amazonaws.com:aud",
        ));
    }
    Ok(())
}
