//! The tree in which specs and live objects meet.
//!
//! What a value means is its variant, so that comparing needs one rule: recurse into
//! maps, compare everything else whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{AddressError, Reference};
use crate::secret::Secret;

/// One value of a spec or of a live object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Nothing: in a spec, "not ours".
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A length of time in seconds: 60 minutes and 1 hour are the same.
    Duration(u64),
    /// A text, with references where it quotes other resources.
    Text(Text),
    /// A text that is never shown.
    Secret(Secret),
    /// A collection whose order does not matter.
    Set(BTreeSet<Value>),
    /// A collection whose order matters.
    List(Vec<Value>),
    /// Named fields. Compared field by field; a field that the spec does not name is not ours.
    Map(BTreeMap<String, Value>),
    /// Named entries that are ours as a whole: an entry that the spec does not name shall not be there.
    Table(BTreeMap<String, Value>),
    /// A policy document, compared by meaning. Its strings may hold references in double braces.
    Policy(policy::Document),
}

/// A text in pieces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Text(Vec<Piece>);

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// Characters as they stand.
    Literal(String),
    /// What another resource puts out.
    Reference(Reference),
}

impl Text {
    /// A text without references.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::default()
        } else {
            Self(vec![Piece::Literal(text)])
        }
    }

    /// A reference with a text behind it.
    pub(crate) fn behind(reference: Reference, text: impl Into<String>) -> Self {
        let mut whole = Self::literal(text);
        whole.0.insert(0, Piece::Reference(reference));
        whole
    }

    /// Reads `{{kind.name.output}}` as references.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            let (inside, after) = behind
                .split_once("}}")
                .ok_or_else(|| AddressError::Form(format!("{{{{{behind}")))?;
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            pieces.push(Piece::Reference(inside.trim().parse()?));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The pieces, neighbouring literals merged, none empty.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The characters, when nothing is quoted.
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Literal(text) => f.write_str(text),
            Piece::Reference(reference) => reference.fmt(f),
        })
    }
}

impl From<Reference> for Value {
    fn from(reference: Reference) -> Self {
        Self::Text(Text(vec![Piece::Reference(reference)]))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Text::literal(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Text::literal(text))
    }
}

impl Value {
    /// A map of named fields.
    pub fn map<const N: usize>(fields: [(&str, Value); N]) -> Self {
        Self::Map(
            fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// A field of a map or an entry of a table.
    pub fn get(&self, name: &str) -> Option<&Value> {
        if let Self::Map(fields) | Self::Table(fields) = self {
            fields.get(name)
        } else {
            None
        }
    }

    /// The characters of a text without references.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            text.as_literal()
        } else {
            None
        }
    }

    /// The document of a policy.
    pub fn as_policy(&self) -> Option<&policy::Document> {
        if let Self::Policy(document) = self {
            Some(document)
        } else {
            None
        }
    }

    /// All references in this value, in reading order, repeated where they are.
    pub fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut Vec<Reference>) {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Duration(_) | Self::Secret(_) => {}
            Self::Text(text) => text.0.iter().for_each(|piece| {
                if let Piece::Reference(reference) = piece {
                    found.push(reference.clone());
                }
            }),
            Self::Set(items) => items.iter().for_each(|item| item.collect(found)),
            Self::List(items) => items.iter().for_each(|item| item.collect(found)),
            Self::Map(fields) | Self::Table(fields) => fields.values().for_each(|value| value.collect(found)),
            Self::Policy(document) => {
                for text in document.strings() {
                    // A text that is no reference stays a literal: the reader has refused wrong ones.
                    if let Ok(text) = Text::parse(text) {
                        Self::Text(text).collect(found);
                    }
                }
            }
        }
    }

    /// The value with references replaced by what `outputs` knows; unknown ones stay.
    ///
    /// A text into which a secret was put becomes a secret.
    #[must_use]
    pub fn resolve(&self, outputs: &dyn Fn(&Reference) -> Option<Value>) -> Value {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Duration(_) | Self::Secret(_) => self.clone(),
            Self::Text(text) => resolve_text(text, outputs),
            Self::Set(items) => Self::Set(items.iter().map(|item| item.resolve(outputs)).collect()),
            Self::List(items) => Self::List(items.iter().map(|item| item.resolve(outputs)).collect()),
            Self::Map(fields) => Self::Map(resolve_fields(fields, outputs)),
            Self::Table(fields) => Self::Table(resolve_fields(fields, outputs)),
            Self::Policy(document) => Self::Policy(document.map_strings(&mut |text| match Text::parse(text) {
                Ok(parsed) => {
                    if let Self::Text(text) = resolve_text(&parsed, outputs) {
                        text.to_string()
                    } else {
                        // A policy is shown, so a secret is never put into one.
                        text.to_owned()
                    }
                }
                Err(_) => text.to_owned(),
            })),
        }
    }
}

fn resolve_fields(
    fields: &BTreeMap<String, Value>,
    outputs: &dyn Fn(&Reference) -> Option<Value>,
) -> BTreeMap<String, Value> {
    fields
        .iter()
        .map(|(name, value)| (name.clone(), value.resolve(outputs)))
        .collect()
}

fn resolve_text(text: &Text, outputs: &dyn Fn(&Reference) -> Option<Value>) -> Value {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut secret = false;
    let mut unknown = false;
    for piece in &text.0 {
        let known = match piece {
            Piece::Literal(text) => Some(text.clone()),
            Piece::Reference(reference) => match outputs(reference) {
                Some(Value::Secret(text)) => {
                    secret = true;
                    Some(text.expose().to_owned())
                }
                Some(Value::Text(text)) => text.as_literal().map(str::to_owned),
                _ => None,
            },
        };
        match (known, pieces.last_mut()) {
            (Some(known), Some(Piece::Literal(last))) => last.push_str(&known),
            (Some(known), _) if known.is_empty() => {}
            (Some(known), _) => pieces.push(Piece::Literal(known)),
            (None, _) => {
                unknown = true;
                pieces.push(piece.clone());
            }
        }
    }
    if !secret {
        Value::Text(Text(pieces))
    } else if unknown {
        // Part of it is unknown, so all of it is: a secret is never kept in a text.
        Value::Text(text.clone())
    } else {
        Value::Secret(Secret::new(Text(pieces).to_string()))
    }
}
