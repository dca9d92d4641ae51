//! Reading one statement.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{self, Node};
use super::{Fault, quoted};
use crate::document::{Conditions, Effect, Principal, Scope, Statement, condition_value, is_account_id, is_unique_id};
use crate::name::{Name, Remark};
use crate::operator::{Operator, Test};

const KEYS: &[&str] = &[
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

/// Reads a statement; faults are added, and `None` means that there were some.
pub(super) fn read(node: &Node, path: &str, faults: &mut Vec<Fault>) -> Option<Statement> {
    let before = faults.len();
    let map = node::map(node, path, KEYS, faults)?;
    let sid = sid(&map, path, faults);
    let effect = effect(&map, path, faults);
    let principals = pick(&map, "Principal", "NotPrincipal", path, faults)
        .map(|(item, path, negated)| scope(principals(item, &path, faults), negated));
    let actions = pick(&map, "Action", "NotAction", path, faults)
        .map(|(item, path, negated)| scope(strings(item, &path, faults, action), negated));
    if actions.is_none() {
        faults.push(Fault::new(
            path,
            "the statement names no action",
            "`Action` or `NotAction`",
        ));
    }
    let resources = pick(&map, "Resource", "NotResource", path, faults)
        .map(|(item, path, negated)| scope(strings(item, &path, faults, resource), negated));
    let conditions = map
        .get("Condition")
        .map(|item| conditions(item, &format!("{path}.Condition"), faults));
    if faults.len() > before {
        return None;
    }
    let conditions = conditions.unwrap_or_default();
    Some(Statement {
        sid,
        effect: effect?,
        principals,
        actions: actions?,
        resources,
        conditions,
    })
}

fn sid(map: &BTreeMap<&str, &Node>, path: &str, faults: &mut Vec<Fault>) -> Remark {
    match map.get("Sid") {
        None => Remark::none(),
        // S3 may number statements that have no Sid (measured: cdk-real-drift policy-canonical.ts), so a number is none.
        Some(Node::Text(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => Remark::none(),
        Some(Node::Text(text)) => Remark::new(text.as_str()),
        Some(other) => {
            faults.push(Fault::new(
                format!("{path}.Sid"),
                format!("{other} is no text"),
                "a text",
            ));
            Remark::none()
        }
    }
}

fn effect(map: &BTreeMap<&str, &Node>, path: &str, faults: &mut Vec<Fault>) -> Option<Effect> {
    match map.get("Effect") {
        Some(Node::Text(text)) if text == "Allow" => return Some(Effect::Allow),
        Some(Node::Text(text)) if text == "Deny" => return Some(Effect::Deny),
        Some(other) => {
            let valid = "`Allow` or `Deny`, in just these letters";
            faults.push(Fault::new(
                format!("{path}.Effect"),
                format!("{other} is no effect"),
                valid,
            ));
        }
        None => faults.push(Fault::new(path, "`Effect` is missing", "`Allow` or `Deny`")),
    }
    None
}

/// Finds the one of two elements that exclude each other, with its path and whether it is the negated one.
fn pick<'a>(
    map: &BTreeMap<&str, &'a Node>,
    only: &str,
    except: &str,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Option<(&'a Node, String, bool)> {
    if map.contains_key(only) && map.contains_key(except) {
        faults.push(Fault::new(
            path,
            format!("`{only}` and `{except}` exclude each other"),
            "one of them",
        ));
    }
    let find = |key: &str, negated| map.get(key).map(|item| (*item, format!("{path}.{key}"), negated));
    find(only, false).or_else(|| find(except, true))
}

fn scope<T: Ord>(set: BTreeSet<T>, negated: bool) -> Scope<T> {
    if negated { Scope::Except(set) } else { Scope::Only(set) }
}

/// Reads a text or a list of texts, each by a function that says what is wrong with it.
fn strings<T: Ord>(
    node: &Node,
    path: &str,
    faults: &mut Vec<Fault>,
    read: fn(&str) -> Result<T, (String, &'static str)>,
) -> BTreeSet<T> {
    let mut found = BTreeSet::new();
    for (path, item) in items(node, path) {
        match item.text().map(read) {
            Some(Ok(value)) => {
                found.insert(value);
            }
            Some(Err((problem, valid))) => faults.push(Fault::new(path, problem, valid)),
            None => faults.push(Fault::new(path, format!("{item} is no text"), "a text")),
        }
    }
    if matches!(node, Node::List(items) if items.is_empty()) {
        faults.push(Fault::new(path, "the list is empty", "one text or more"));
    }
    found
}

/// The items of a list, or the one value that stands in its place, each with its path.
fn items<'a>(node: &'a Node, path: &str) -> Vec<(String, &'a Node)> {
    if let Node::List(items) = node {
        return items
            .iter()
            .enumerate()
            .map(|(index, item)| (format!("{path}[{index}]"), item))
            .collect();
    }
    vec![(path.to_owned(), node)]
}

fn principals(node: &Node, path: &str, faults: &mut Vec<Fault>) -> BTreeSet<Principal> {
    if matches!(node, Node::Text(text) if text == "*") {
        return BTreeSet::from([Principal::anyone()]);
    }
    let mut found = BTreeSet::new();
    let Node::Map(pairs) = node else {
        let valid = "`\"*\"` or an object with `AWS`, `CanonicalUser`, `Federated`, `Service`";
        faults.push(Fault::new(path, format!("{node} is no principal"), valid));
        return found;
    };
    if pairs.is_empty() {
        faults.push(Fault::new(path, "the object is empty", "one principal or more"));
    }
    let Some(map) = node::map(node, path, &["AWS", "CanonicalUser", "Federated", "Service"], faults) else {
        return found;
    };
    for (kind, item) in map {
        let path = format!("{path}.{kind}");
        found.append(&mut match kind {
            "AWS" => strings(item, &path, faults, aws),
            "CanonicalUser" => strings(item, &path, faults, |text| word(text).map(Principal::CanonicalUser)),
            "Federated" => strings(item, &path, faults, |text| word(text).map(Principal::Federated)),
            _ => strings(item, &path, faults, |text| word(text).map(Principal::Service)),
        });
    }
    found
}

fn word(text: &str) -> Result<String, (String, &'static str)> {
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err((format!("{} is no principal", quoted(text)), "a text without spaces"));
    }
    Ok(text.to_owned())
}

/// Reads an AWS principal.
///
/// IAM User Guide, "Principal": `*`, an account id or an ARN; no wildcard inside of an ARN. AWS itself shows the unique
/// id of a principal that is gone.
fn aws(text: &str) -> Result<Principal, (String, &'static str)> {
    const VALID: &str = "`*`, an account id of 12 digits, or the ARN of an account, user, role or session";
    let arn = text.starts_with("arn:") && text.splitn(6, ':').count() == 6 && !text.contains(['*', '?']);
    if text == "*" || is_account_id(text) || is_unique_id(text) || arn || is_open(text) {
        return Ok(Principal::aws(text));
    }
    Err((format!("{} is no AWS principal", quoted(text)), VALID))
}

/// Reads an action: `*`, or a service and a name in which `*` and `?` are wildcards.
fn action(text: &str) -> Result<Name, (String, &'static str)> {
    const VALID: &str = "`*` or `service:Name`, wildcards `*` and `?` only after the colon";
    let well = text == "*"
        || is_open(text)
        || text.split_once(':').is_some_and(|(service, name)| {
            let service_well = service == "*" && name == "*"
                || !service.is_empty() && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"*?-_".contains(&byte);
            service_well && !name.is_empty() && name.bytes().all(name_byte)
        });
    if well {
        Ok(Name::new(text))
    } else {
        Err((format!("{} is no action", quoted(text)), VALID))
    }
}

/// Reads a resource: `*` or an ARN. IAM once took ARNs of fewer than six parts and filled them up with wildcards, and
/// such documents are still stored, so they are read.
fn resource(text: &str) -> Result<String, (String, &'static str)> {
    let well = text == "*" || text.strip_prefix("arn:").is_some_and(|rest| !rest.is_empty()) || is_open(text);
    if well {
        return Ok(text.to_owned());
    }
    Err((format!("{} is no resource", quoted(text)), "`*` or an ARN"))
}

fn conditions(node: &Node, path: &str, faults: &mut Vec<Fault>) -> Conditions {
    let mut found = Conditions::new();
    for (name, block) in node::pairs(node, path, faults).unwrap_or_default() {
        let path = format!("{path}.{name}");
        let Some(operator) = Operator::read(name) else {
            let valid = match Operator::suggest(name) {
                Some(meant) => format!("`{meant}`"),
                None => Test::ALL
                    .iter()
                    .map(|test| format!("`{}`", test.name()))
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            let problem = format!("there is no condition operator {}", quoted(name));
            faults.push(Fault::new(path, problem, valid));
            continue;
        };
        for (key, item) in node::pairs(block, &path, faults).unwrap_or_default() {
            let path = format!("{path}.{key}");
            if key.is_empty() || key.contains(char::is_whitespace) && !key.contains('/') {
                faults.push(Fault::new(
                    &path,
                    "this is no condition key",
                    "a name such as `aws:SourceArn`",
                ));
            }
            let mut values = BTreeSet::new();
            for (path, item) in items(item, &path) {
                match item {
                    Node::Text(text) | Node::Number(text) => {
                        values.insert(condition_value(operator.test, text.clone()));
                    }
                    Node::Bool(flag) => {
                        values.insert(flag.to_string());
                    }
                    Node::Null | Node::List(_) | Node::Map(_) => {
                        let problem = format!("{item} is no condition value");
                        faults.push(Fault::new(path, problem, "a text, a number, `true` or `false`"));
                    }
                }
            }
            // The second of two spellings of one key would hide the first.
            if block_has_twin(&found, operator, key) {
                faults.push(Fault::new(
                    &path,
                    "the key stands twice, in other letters",
                    "every key once",
                ));
            }
            found.insert((operator, Name::new(key.as_str())), values);
        }
    }
    found
}

fn block_has_twin(found: &Conditions, operator: Operator, key: &str) -> bool {
    found
        .get_key_value(&(operator, Name::new(key)))
        .is_some_and(|((_, earlier), _)| earlier.as_str() != key)
}

/// Whether a text holds a reference whose value is not known yet.
fn is_open(text: &str) -> bool {
    text.contains("{{")
}
