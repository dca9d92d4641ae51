//! AWS's published interface of a service: which operations there are, and what their values look like.
//!
//! The facts come from `models/<service>.json.gz`, which `extract-models.py` makes from the models that
//! botocore ships. They are unpacked when a service is first called, so that starting costs nothing.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

/// How a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Protocol {
    /// awsJson 1.1: a JSON object in, a JSON object out, the operation in `X-Amz-Target`.
    Json,
    /// Query: a form in, XML out, the operation in `Action`.
    Query,
    /// REST with XML bodies.
    RestXml,
}

/// The interface of one service.
#[derive(Debug, Deserialize)]
pub(crate) struct Model {
    /// The model's name, for example `cognito-idp`.
    pub(crate) service: String,
    /// How it speaks.
    pub(crate) protocol: Protocol,
    /// Its name in the credential scope of a signature.
    pub(crate) signing: String,
    /// The part of `X-Amz-Target` before the dot.
    pub(crate) target: Option<String>,
    /// The version of the interface, which Query requests name and CloudFront's paths begin with.
    pub(crate) version: String,
    /// The XML namespace of its documents.
    pub(crate) namespace: Option<String>,
    /// The operations by name.
    pub(crate) operations: BTreeMap<String, Operation>,
    /// The shapes of values by name.
    shapes: HashMap<String, Shape>,
}

/// One operation.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    /// The HTTP method.
    pub(crate) method: String,
    /// The template of its address, with a fixed query where it has one.
    pub(crate) uri: String,
    /// The HTTP status of success.
    pub(crate) status: u16,
    /// The shape of its input.
    pub(crate) input: Option<String>,
    /// The root element of its input, where the input as a whole is the XML document.
    pub(crate) root: Option<String>,
    /// The shape of its output.
    pub(crate) output: Option<String>,
    /// The element around the output (Query).
    pub(crate) wrapper: Option<String>,
    /// The errors it declares.
    #[serde(default)]
    pub(crate) errors: Vec<DeclaredError>,
    /// Whether it is called without a signature.
    #[serde(default)]
    pub(crate) anonymous: bool,
}

/// An error that an operation declares.
#[derive(Debug, Deserialize)]
pub(crate) struct DeclaredError {
    /// Its code.
    pub(crate) code: String,
    /// Its HTTP status, where the model says one.
    pub(crate) status: Option<u16>,
}

/// The kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Named members.
    Structure,
    /// A sequence.
    List,
    /// Text keys to values.
    Map,
    /// Text.
    String,
    /// Bytes; base64 text in our values.
    Blob,
    /// A 32 bit number.
    Integer,
    /// A 64 bit number.
    Long,
    /// A floating point number.
    Float,
    /// A floating point number.
    Double,
    /// True or false.
    Boolean,
    /// A moment; epoch seconds in our values.
    Timestamp,
}

/// What values of one shape look like.
#[derive(Debug, Deserialize)]
pub(crate) struct Shape {
    /// The kind of value.
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    /// The members of a structure, in the model's order.
    #[serde(default)]
    pub(crate) members: Vec<Member>,
    /// The members that must be there.
    #[serde(default)]
    pub(crate) required: Vec<String>,
    /// The elements of a list.
    pub(crate) element: Option<Use>,
    /// The keys of a map.
    pub(crate) key: Option<Use>,
    /// The values of a map.
    pub(crate) value: Option<Use>,
    /// The least length, size or value.
    pub(crate) min: Option<f64>,
    /// The greatest length, size or value.
    pub(crate) max: Option<f64>,
    /// The pattern that the whole text matches, in AWS's (Java's) spelling.
    pub(crate) pattern: Option<String>,
    /// The allowed texts.
    #[serde(rename = "enum", default)]
    pub(crate) allowed: Vec<String>,
    /// Whether the value must never be shown.
    #[serde(default)]
    pub(crate) sensitive: bool,
    /// How a moment is written.
    pub(crate) timestamp: Option<String>,
    /// The member that alone is the body.
    pub(crate) payload: Option<String>,
    /// Whether the elements of a list stand without an element around them.
    #[serde(default)]
    pub(crate) flattened: bool,
    /// Whether any JSON value is allowed.
    #[serde(default)]
    pub(crate) document: bool,
    /// Whether exactly one member is set.
    #[serde(default)]
    pub(crate) union: bool,
    #[serde(skip)]
    matcher: OnceLock<Option<Regex>>,
}

/// A member of a structure.
#[derive(Debug, Deserialize)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) member: String,
    /// What it holds and where it is on the wire.
    #[serde(flatten)]
    pub(crate) held: Use,
}

impl Member {
    /// Its name on the wire.
    pub(crate) fn wire_name(&self) -> &str {
        self.held.name.as_deref().unwrap_or(&self.member)
    }
}

/// A use of a shape, and where it is on the wire.
#[derive(Debug, Deserialize)]
pub(crate) struct Use {
    /// The shape's name.
    pub(crate) shape: String,
    /// The name on the wire, where it is another.
    pub(crate) name: Option<String>,
    /// Outside the body: `uri`, `querystring`, `header`, `headers` or `statusCode`.
    pub(crate) location: Option<String>,
    /// Whether the elements of a list stand without an element around them.
    #[serde(default)]
    pub(crate) flattened: bool,
    /// Whether it is an XML attribute.
    #[serde(default)]
    pub(crate) attribute: bool,
    /// Whether it is a stream of bytes.
    #[serde(default)]
    pub(crate) streaming: bool,
}

impl Shape {
    /// The member of this name.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.member == name)
    }

    /// Whether the whole text matches the pattern; true where there is none, or none that can be decided.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.matcher
            .get_or_init(|| {
                let pattern = self.pattern.as_deref()?;
                Regex::new(&from_java(pattern)).ok()
            })
            .as_ref()
            .is_none_or(|matcher| matcher.is_match(text))
    }
}

impl Model {
    /// The model of a service.
    pub(crate) fn of(service: &str) -> Option<&'static Self> {
        SERVICES.iter().find(|stored| stored.name == service).map(Stored::model)
    }

    /// The models of all services.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        SERVICES.iter().map(Stored::model)
    }

    /// The shape of this name, which the model holds if it mentions it.
    pub(crate) fn shape(&self, name: &str) -> &Shape {
        self.shapes
            .get(name)
            .expect("a model holds every shape that it mentions; a test reads all of them")
    }

    /// The shape of an operation's input.
    pub(crate) fn input(&self, operation: &Operation) -> Option<&Shape> {
        operation.input.as_deref().map(|name| self.shape(name))
    }

    /// The shape of an operation's output.
    pub(crate) fn output(&self, operation: &Operation) -> Option<&Shape> {
        operation.output.as_deref().map(|name| self.shape(name))
    }
}

/// A packed model, and the model once it was asked for.
struct Stored {
    name: &'static str,
    packed: &'static [u8],
    model: OnceLock<Model>,
}

impl Stored {
    const fn new(name: &'static str, packed: &'static [u8]) -> Self {
        Self {
            name,
            packed,
            model: OnceLock::new(),
        }
    }

    fn model(&self) -> &Model {
        self.model.get_or_init(|| {
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(self.packed)
                .read_to_end(&mut text)
                .expect("the models in the binary are whole");
            serde_json::from_slice(&text).expect("the models in the binary have the form their script writes")
        })
    }
}

static SERVICES: [Stored; 7] = [
    Stored::new("cognito-idp", include_bytes!("../models/cognito-idp.json.gz")),
    Stored::new("cognito-identity", include_bytes!("../models/cognito-identity.json.gz")),
    Stored::new("iam", include_bytes!("../models/iam.json.gz")),
    Stored::new("sts", include_bytes!("../models/sts.json.gz")),
    Stored::new("s3", include_bytes!("../models/s3.json.gz")),
    Stored::new("cloudfront", include_bytes!("../models/cloudfront.json.gz")),
    Stored::new(
        "resourcegroupstaggingapi",
        include_bytes!("../models/resourcegroupstaggingapi.json.gz"),
    ),
];

/// AWS's pattern in the spelling of the `regex` crate, matching the whole text.
///
/// Java writes a character as `\uXXXX`, and its `\w`, `\d` and `\s` are ASCII only.
fn from_java(pattern: &str) -> String {
    const BLANKS: &str = r" \t\n\x0B\x0C\r";
    let mut out = String::from(r"\A(?:");
    let mut in_class = false;
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match (letters.next(), in_class) {
                (Some('u'), _) => {
                    let digits: String = letters.by_ref().take(4).collect();
                    out.push_str(&format!(r"\x{{{digits}}}"));
                }
                (Some('w'), true) => out.push_str("0-9A-Za-z_"),
                (Some('w'), false) => out.push_str("[0-9A-Za-z_]"),
                (Some('d'), true) => out.push_str("0-9"),
                (Some('d'), false) => out.push_str("[0-9]"),
                (Some('s'), true) => out.push_str(BLANKS),
                (Some('s'), false) => out.push_str(&format!("[{BLANKS}]")),
                (Some('S'), _) => out.push_str(&format!("[^{BLANKS}]")),
                (Some('/'), _) => out.push('/'),
                (Some(other), _) => {
                    out.push('\\');
                    out.push(other);
                }
                (None, _) => out.push('\\'),
            },
            '[' => {
                in_class = true;
                out.push('[');
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            other => out.push(other),
        }
    }
    out.push_str(r")\z");
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn every_model_is_closed_and_unpacks() {
        for model in Model::all() {
            for operation in model.operations.values() {
                let _ = (model.input(operation), model.output(operation));
            }
            for shape in model.shapes.values() {
                for held in shape.members.iter().map(|member| &member.held) {
                    model.shape(&held.shape);
                }
                for held in [&shape.element, &shape.key, &shape.value].into_iter().flatten() {
                    model.shape(&held.shape);
                }
                for name in shape.required.iter().chain(&shape.payload) {
                    assert!(shape.member(name).is_some(), "{}: {name}", model.service);
                }
                assert_eq!(shape.kind == Kind::List, shape.element.is_some());
                assert_eq!(shape.kind == Kind::Map, shape.key.is_some() && shape.value.is_some());
            }
        }
    }

    #[test]
    fn patterns_that_cannot_be_decided_are_known() {
        let mut undecided: Vec<&str> = Model::all()
            .flat_map(|model| model.shapes.values())
            .filter_map(|shape| shape.pattern.as_deref())
            .filter(|pattern| Regex::new(&from_java(pattern)).is_err())
            .collect();
        undecided.sort_unstable();
        // Both look around, which the regex crate does not do.
        assert_eq!(
            undecided,
            [
                r"^[0-9A-Za-z\.\-_]*(?<!\.)$",
                r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"
            ]
        );
    }

    #[test]
    fn patterns_are_javas() {
        let whole = |pattern: &str, text: &str| Regex::new(&from_java(pattern)).unwrap().is_match(text);
        assert!(whole(r"[\w-]+_[0-9a-zA-Z]+", "us-east-1_abc"));
        assert!(!whole(r"[\w-]+_[0-9a-zA-Z]+", "us-east-1_abc "));
        assert!(!whole(r"[\w]+", "gr\u{fc}n"), "\\w is ASCII");
        assert!(whole(r"[\S]+", "gr\u{fc}n"));
        assert!(!whole(r"[\S]+", "a b"));
        assert!(whole(r"[\s\S]*", "a b\n"));
        assert!(whole(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/a/b/"));
        assert!(!whole(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/a"));
        assert!(whole(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", "M\u{fc}ller+1"));
    }
}
