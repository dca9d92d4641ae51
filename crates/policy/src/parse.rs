//! Reading a document strictly by IAM's grammar.
//!
//! Every fault is found, not only the first, each with its path and with what would be valid. Strings that hold a
//! reference (`{{…}}`) are not checked for form: what they will be is not known yet.

mod node;
mod statement;

use std::fmt;

use serde_json::Value;

use crate::document::{Document, Version};
use crate::name::Remark;

pub(crate) use node::Node;

/// The longest text that is read. AWS takes no policy above 20 KB (S3 User Guide, bucket policies).
pub const MAX_BYTES: usize = 64 * 1024;

/// How deep JSON may nest: a condition's value list is at 7.
const MAX_DEPTH: usize = 8;

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, like `Statement[0].Condition.StringEquals`; empty for the whole document.
    pub path: String,
    /// What is wrong, without the path.
    pub problem: String,
    /// What would be valid there.
    pub valid: String,
}

/// Why a text is no policy document: all faults that were found, at least one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a policy document: {}", list(.faults))]
pub struct ParseError {
    /// The faults in the order of the document.
    pub faults: Vec<Fault>,
}

impl Document {
    /// Reads a document from JSON text.
    pub fn parse(text: &str) -> Result<Document, ParseError> {
        if text.len() > MAX_BYTES {
            let problem = format!("the text has {} bytes", text.len());
            return Err(ParseError::one("", problem, format!("at most {MAX_BYTES} bytes")));
        }
        let node: Node = serde_json::from_str(text)
            .map_err(|error| ParseError::one("", format!("this is not JSON: {error}"), "a JSON object"))?;
        read(&node)
    }

    /// Reads a document from a JSON value. (Duplicate keys were lost before; only [`Document::parse`] sees them.)
    pub fn from_json(value: &Value) -> Result<Document, ParseError> {
        match Node::from_value(value, MAX_DEPTH) {
            Some(node) => read(&node),
            None => Err(too_deep()),
        }
    }

    /// Reads a URL-encoded document, the form in which IAM answers (RFC 3986: a plus is a plus).
    pub fn parse_encoded(text: &str) -> Result<Document, ParseError> {
        // A byte takes up to three characters.
        if text.len() > 3 * MAX_BYTES {
            let problem = format!("the encoded text has {} bytes", text.len());
            return Err(ParseError::one("", problem, format!("at most {} bytes", 3 * MAX_BYTES)));
        }
        Document::parse(&decode(text)?)
    }
}

impl Fault {
    pub(crate) fn new(path: impl Into<String>, problem: impl Into<String>, valid: impl Into<String>) -> Self {
        Fault {
            path: path.into(),
            problem: problem.into(),
            valid: valid.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{} (valid: {})", self.problem, self.valid)
    }
}

impl ParseError {
    fn one(path: &str, problem: impl Into<String>, valid: impl Into<String>) -> Self {
        ParseError {
            faults: vec![Fault::new(path, problem, valid)],
        }
    }
}

/// Shows a text in a message: in backticks, shortened, and without characters that would move the terminal's cursor.
fn quoted(text: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String = text
        .chars()
        .take(MOST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn list(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ")
}

fn too_deep() -> ParseError {
    ParseError::one(
        "",
        "the JSON is nested too deeply",
        format!("at most {MAX_DEPTH} levels"),
    )
}

fn read(node: &Node) -> Result<Document, ParseError> {
    if node.depth() > MAX_DEPTH {
        return Err(too_deep());
    }
    let mut faults = Vec::new();
    let document = read_document(node, &mut faults);
    match document {
        Some(document) if faults.is_empty() => Ok(document),
        _ if faults.is_empty() => Err(ParseError::one("", "the document cannot be read", "a policy document")),
        _ => Err(ParseError { faults }),
    }
}

fn read_document(node: &Node, faults: &mut Vec<Fault>) -> Option<Document> {
    const KEYS: &[&str] = &["Version", "Id", "Statement"];
    let map = node::map(node, "", KEYS, faults)?;
    let version = match map.get("Version") {
        None => None,
        Some(Node::Text(text)) if text == Version::V2012.name() => Some(Version::V2012),
        Some(Node::Text(text)) if text == Version::V2008.name() => Some(Version::V2008),
        Some(other) => {
            let valid = format!(
                "`{}`, or `{}`, the old language",
                Version::V2012.name(),
                Version::V2008.name()
            );
            faults.push(Fault::new(
                "Version",
                format!("{other} is no version of the policy language"),
                valid,
            ));
            None
        }
    };
    let id = match map.get("Id") {
        None => Remark::none(),
        Some(Node::Text(text)) => Remark::new(text.as_str()),
        Some(other) => {
            faults.push(Fault::new("Id", format!("{other} is no text"), "a text"));
            Remark::none()
        }
    };
    let statements = match map.get("Statement") {
        Some(Node::List(items)) if !items.is_empty() => items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| statement::read(item, &format!("Statement[{index}]"), faults))
            .collect(),
        Some(item @ Node::Map(_)) => statement::read(item, "Statement", faults).into_iter().collect(),
        Some(Node::List(_)) => {
            faults.push(Fault::new(
                "Statement",
                "there is no statement",
                "one statement or more",
            ));
            Vec::new()
        }
        Some(other) => {
            faults.push(Fault::new(
                "Statement",
                format!("{other} is no statement"),
                "an object or a list of objects",
            ));
            Vec::new()
        }
        None => {
            faults.push(Fault::new(
                "",
                "`Statement` is missing",
                "an object or a list of objects",
            ));
            Vec::new()
        }
    };
    Some(Document::from_parts(version, id, statements))
}

fn decode(text: &str) -> Result<String, ParseError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let digits = rest.get(..2).and_then(|pair| Some((hex(pair[0])?, hex(pair[1])?)));
        let Some((high, low)) = digits else {
            let at = text.len() - rest.len() - 1;
            return Err(ParseError::one(
                "",
                format!("the URL-encoding is broken at byte {at}"),
                "`%` and two hex digits",
            ));
        };
        bytes.push(high * 16 + low);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).map_err(|_| ParseError::one("", "the URL-encoding does not hold UTF-8", "UTF-8 text"))
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
