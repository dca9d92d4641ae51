//! Writing a document: one pleasant, stable order of keys, sets of one as a plain text.
//!
//! The order is the one in which S3 hands documents back (measured: cdk-real-drift corpus `S3__BucketPolicy.*`):
//! Version, Id, Statement; inside Sid, Effect, Principal, Action, Resource, Condition.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::document::{Document, Principal, Scope, Statement};
use crate::parse::Node;

impl Document {
    /// The document as a JSON value. The order of its keys is serde_json's; the texts below keep ours.
    pub fn to_json(&self) -> Value {
        value(&self.node())
    }

    /// The document as lines for people, indented by two.
    pub fn to_pretty(&self) -> String {
        let mut text = String::new();
        write(&self.node(), Some(0), &mut text);
        text
    }

    /// The document as one line without spaces, to be sent.
    pub fn to_compact(&self) -> String {
        let mut text = String::new();
        write(&self.node(), None, &mut text);
        text
    }

    /// The compact text URL-encoded as RFC 3986 has it, in which IAM answers documents.
    pub fn to_encoded(&self) -> String {
        encode(&self.to_compact())
    }

    /// The size IAM counts against its quotas: characters without white space.
    ///
    /// IAM User Guide, "IAM and AWS STS quotas": white space is not counted.
    pub fn size(&self) -> usize {
        self.to_compact().chars().filter(|c| !c.is_whitespace()).count()
    }

    fn node(&self) -> Node {
        let mut map = Vec::new();
        if self.version_written() {
            map.push(pair("Version", text(self.version().name())));
        }
        if let Some(id) = self.id() {
            map.push(pair("Id", text(id)));
        }
        map.push(pair(
            "Statement",
            Node::List(self.statements().iter().map(statement).collect()),
        ));
        Node::Map(map)
    }
}

fn statement(statement: &Statement) -> Node {
    let Statement {
        sid,
        effect,
        principals,
        actions,
        resources,
        conditions,
    } = statement;
    let mut map = Vec::new();
    if let Some(sid) = sid.text() {
        map.push(pair("Sid", text(sid)));
    }
    map.push(pair("Effect", text(effect.name())));
    if let Some(scope) = principals {
        map.push(pair(scoped(scope, "Principal", "NotPrincipal"), people(scope.set())));
    }
    map.push(pair(
        scoped(actions, "Action", "NotAction"),
        set(actions.set().iter().map(|name| name.as_str())),
    ));
    if let Some(scope) = resources {
        map.push(pair(
            scoped(scope, "Resource", "NotResource"),
            set(scope.set().iter().map(String::as_str)),
        ));
    }
    if !conditions.is_empty() {
        let mut blocks: BTreeMap<String, Vec<(String, Node)>> = BTreeMap::new();
        for ((operator, key), values) in conditions {
            let values = set(values.iter().map(String::as_str));
            blocks
                .entry(operator.to_string())
                .or_default()
                .push((key.as_str().to_owned(), values));
        }
        let blocks = blocks
            .into_iter()
            .map(|(operator, keys)| (operator, Node::Map(keys)))
            .collect();
        map.push(pair("Condition", Node::Map(blocks)));
    }
    Node::Map(map)
}

fn scoped<T: Ord>(scope: &Scope<T>, only: &'static str, except: &'static str) -> &'static str {
    if scope.negated() { except } else { only }
}

fn people(principals: &BTreeSet<Principal>) -> Node {
    if principals.len() == 1 && principals.contains(&Principal::anyone()) {
        return text("*");
    }
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for principal in principals {
        kinds.entry(principal.kind()).or_default().push(principal.value());
    }
    Node::Map(
        kinds
            .into_iter()
            .map(|(kind, values)| pair(kind, set(values.into_iter())))
            .collect(),
    )
}

fn set<'a>(values: impl Iterator<Item = &'a str>) -> Node {
    let mut values: Vec<Node> = values.map(text).collect();
    match values.pop() {
        Some(only) if values.is_empty() => only,
        Some(last) => {
            values.push(last);
            Node::List(values)
        }
        None => Node::List(values),
    }
}

fn pair(key: &str, node: Node) -> (String, Node) {
    (key.to_owned(), node)
}

fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

fn value(node: &Node) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(flag) => Value::Bool(*flag),
        Node::Number(text) | Node::Text(text) => Value::String(text.clone()),
        Node::List(items) => Value::Array(items.iter().map(value).collect()),
        Node::Map(pairs) => Value::Object(pairs.iter().map(|(key, node)| (key.clone(), value(node))).collect()),
    }
}

/// Writes a node; with a depth on lines of its own, without on one line.
fn write(node: &Node, depth: Option<usize>, out: &mut String) {
    match node {
        Node::Null => out.push_str("null"),
        Node::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Node::Number(number) => out.push_str(number),
        Node::Text(text) => out.push_str(&Value::String(text.clone()).to_string()),
        Node::List(items) => write_block(items.iter().map(|item| (None, item)), ['[', ']'], depth, out),
        Node::Map(pairs) => {
            write_block(
                pairs.iter().map(|(key, item)| (Some(key.as_str()), item)),
                ['{', '}'],
                depth,
                out,
            );
        }
    }
}

fn write_block<'a>(
    items: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Node)>,
    [open, close]: [char; 2],
    depth: Option<usize>,
    out: &mut String,
) {
    let empty = items.len() == 0;
    let inner = depth.map(|depth| depth + 1);
    out.push(open);
    for (index, (key, item)) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        new_line(inner, out);
        if let Some(key) = key {
            out.push_str(&Value::String(key.to_owned()).to_string());
            out.push_str(if depth.is_some() { ": " } else { ":" });
        }
        write(item, inner, out);
    }
    if !empty {
        new_line(depth, out);
    }
    out.push(close);
}

fn new_line(depth: Option<usize>, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a String takes every write");
        }
    }
    out
}
