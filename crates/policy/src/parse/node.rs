//! JSON as it was written: keys in order, and twice if they stand twice, which `serde_json::Value` would hide.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Fault, quoted};

/// A JSON value with the keys of its objects in order.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    /// A number as text.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Takes over a value, unless it is deeper than `depth`.
    pub(crate) fn from_value(value: &Value, depth: usize) -> Option<Node> {
        let inner = depth.checked_sub(1);
        Some(match value {
            Value::Null => Node::Null,
            Value::Bool(flag) => Node::Bool(*flag),
            Value::Number(number) => Node::Number(number.to_string()),
            Value::String(text) => Node::Text(text.clone()),
            Value::Array(items) => Node::List(
                items
                    .iter()
                    .map(|item| Node::from_value(item, inner?))
                    .collect::<Option<_>>()?,
            ),
            Value::Object(pairs) => Node::Map(
                pairs
                    .iter()
                    .map(|(key, item)| Some((key.clone(), Node::from_value(item, inner?)?)))
                    .collect::<Option<_>>()?,
            ),
        })
    }

    pub(crate) fn depth(&self) -> usize {
        match self {
            Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => 0,
            Node::List(items) => 1 + items.iter().map(Node::depth).max().unwrap_or(0),
            Node::Map(pairs) => 1 + pairs.iter().map(|(_, item)| item.depth()).max().unwrap_or(0),
        }
    }
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        if let Node::Text(text) = self { Some(text) } else { None }
    }
}

/// Shows a node in a message: a short text in backticks, else only what it is.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Null => f.write_str("`null`"),
            Node::Bool(flag) => write!(f, "`{flag}`"),
            Node::Number(text) => write!(f, "`{text}`"),
            Node::Text(text) => f.write_str(&quoted(text)),
            Node::List(_) => f.write_str("a list"),
            Node::Map(_) => f.write_str("an object"),
        }
    }
}

/// Takes an object apart, reporting keys that are unknown or stand twice. `None` if it is no object.
pub(super) fn map<'a>(
    node: &'a Node,
    path: &str,
    known: &[&str],
    faults: &mut Vec<Fault>,
) -> Option<BTreeMap<&'a str, &'a Node>> {
    let pairs = pairs(node, path, faults)?;
    let mut found = BTreeMap::new();
    for (key, item) in pairs {
        if !known.contains(&key.as_str()) {
            let valid = match known.iter().find(|name| name.eq_ignore_ascii_case(key)) {
                Some(name) => format!("`{name}`"),
                None => known
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            faults.push(Fault::new(path, format!("there is no element {}", quoted(key)), valid));
            continue;
        }
        found.insert(key.as_str(), item);
    }
    Some(found)
}

/// The pairs of an object, reporting keys that stand twice.
pub(super) fn pairs<'a>(node: &'a Node, path: &str, faults: &mut Vec<Fault>) -> Option<&'a [(String, Node)]> {
    let Node::Map(pairs) = node else {
        faults.push(Fault::new(
            path,
            format!("{node} stands where an object should"),
            "an object",
        ));
        return None;
    };
    for (index, (key, _)) in pairs.iter().enumerate() {
        if pairs[..index].iter().any(|(earlier, _)| earlier == key) {
            faults.push(Fault::new(
                path,
                format!("{} stands twice", quoted(key)),
                "every key once",
            ));
        }
    }
    Some(pairs)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = entries.next_entry()? {
            pairs.push(pair);
        }
        Ok(Node::Map(pairs))
    }
}
