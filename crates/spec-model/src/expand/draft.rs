//! A section as it was read, and a resource in the making, both with the places of what they hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::address::Address;
use crate::error::{SpecError, Spot};
use crate::kinds::Kind;
use crate::mask::Masks;
use crate::names::{self, Wrong};
use crate::read::Reader;
use crate::spec::Resource;
use crate::value::Value;
use crate::yaml::{Form, Node, Pair};

/// A part of the file: what was read of it, and where it stands.
pub(crate) struct Section<'n> {
    pub(crate) node: &'n Node,
    /// The key before it.
    pub(crate) at: Spot,
    values: BTreeMap<String, Value>,
}

impl<'n> Section<'n> {
    pub(crate) fn new(node: &'n Node, at: Spot, values: BTreeMap<String, Value>) -> Self {
        Self { node, at, values }
    }

    /// A value, written or by default; nothing where it is not ours.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| **value != Value::Null)
    }

    /// Whether the file writes it.
    pub(crate) fn writes(&self, name: &str) -> bool {
        self.node.get(name).is_some_and(|pair| !pair.value.is_null())
    }

    /// Where a value stands, else where the section does.
    pub(crate) fn spot(&self, name: &str) -> Spot {
        self.node.get(name).map_or(self.at, pointed)
    }

    /// Where a key stands, else where the section does.
    pub(crate) fn key(&self, name: &str) -> Spot {
        self.node.get(name).map_or(self.at, |pair| pair.at)
    }

    /// The section inside of it.
    pub(crate) fn sub(&self, name: &str) -> Option<Section<'n>> {
        let Some(Value::Map(values) | Value::Table(values)) = self.get(name) else {
            return None;
        };
        let (node, at) = match self.node.get(name) {
            Some(pair) => (&pair.value, pair.at),
            // By default; it has no place of its own.
            None => (&EMPTY, self.at),
        };
        Some(Section::new(node, at, values.clone()))
    }

    /// The sections of a list.
    pub(crate) fn list(&self, name: &str) -> Vec<Section<'n>> {
        let (Some(Value::List(items)), Some(pair)) = (self.get(name), self.node.get(name)) else {
            return Vec::new();
        };
        let nodes = pair
            .value
            .items()
            .iter()
            .filter(|item| matches!(item.form, Form::Map(_)));
        items
            .iter()
            .zip(nodes)
            .filter_map(|(value, node)| {
                let Value::Map(values) = value else { return None };
                Some(Section::new(node, node.spot(), values.clone()))
            })
            .collect()
    }

    /// A text in which nothing may be quoted.
    pub(crate) fn literal(&self, name: &str, reader: &mut Reader<'_>) -> Option<String> {
        let value = self.get(name)?;
        if let Some(text) = value.as_text() {
            return Some(text.to_owned());
        }
        let error = SpecError::new(self.spot(name), format!("no reference can stand in `{name}`"))
            .hint("write it under `resources`, where fields may quote each other");
        reader.errors.push(error);
        None
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name) == Some(&Value::Bool(true))
    }

    /// The texts of a list or set, each with its place.
    pub(crate) fn texts(&self, name: &str, reader: &mut Reader<'_>) -> Vec<(String, Spot)> {
        let values: Vec<&Value> = match self.get(name) {
            Some(Value::List(items)) => items.iter().collect(),
            Some(Value::Set(items)) => items.iter().collect(),
            _ => return Vec::new(),
        };
        let nodes = self.node.get(name).map_or(&[] as &[Node], |pair| pair.value.items());
        // Sets are in their own order, so the place is found by the text.
        let mut places: HashMap<&str, Spot> = HashMap::new();
        for node in nodes {
            if let Form::Scalar { text, .. } = &node.form {
                places.entry(text).or_insert_with(|| node.spot());
            }
        }
        let mut found = Vec::new();
        for value in values {
            let Some(text) = value.as_text() else {
                let error = SpecError::new(self.spot(name), format!("no reference can stand in `{name}`"));
                reader.errors.push(error);
                continue;
            };
            let at = places.get(text).copied().unwrap_or_else(|| self.spot(name));
            found.push((text.to_owned(), at));
        }
        found
    }

    /// The error that a check's answer makes, at a value.
    pub(crate) fn wrong(&self, name: &str, wrong: Wrong, masks: &Masks) -> SpecError {
        let node = self.node.get(name).map(|pair| &pair.value);
        refused(self.spot(name), node, wrong, masks)
    }
}

static EMPTY: Node = Node {
    span: crate::yaml::Span {
        start: (1, 1),
        end: (1, 1),
    },
    form: Form::Map(Vec::new()),
};

fn pointed(pair: &Pair) -> Spot {
    match &pair.value.form {
        Form::Scalar { .. } | Form::Env(_) if !pair.value.is_null() => pair.value.spot(),
        Form::Scalar { .. } | Form::Env(_) | Form::List(_) | Form::Map(_) | Form::Broken => pair.at,
    }
}

/// The error that a check's answer makes. A value that must not be shown is not shown here either.
pub(crate) fn refused(at: Spot, node: Option<&Node>, wrong: Wrong, masks: &Masks) -> SpecError {
    if let Some(Form::Env(name)) = node.map(|node| &node.form) {
        return SpecError::new(
            at,
            format!("what the environment variable `{name}` says is not valid here"),
        )
        .valid(wrong.valid);
    }
    if masks.covers(at.line, at.column) {
        return SpecError::new(at, "this value (not shown) is not valid here").valid(wrong.valid);
    }
    let error = SpecError::new(at, wrong.problem).valid(wrong.valid);
    match wrong.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// A resource in the making.
pub(crate) struct Draft<'n> {
    /// Where the file speaks of it.
    pub(crate) at: Spot,
    pub(crate) fields: BTreeMap<String, Value>,
    pub(crate) written: BTreeSet<String>,
    pub(crate) after: BTreeSet<Address>,
    pub(crate) source: Option<String>,
    /// Whether a section makes it, rather than `resources`.
    pub(crate) sectioned: bool,
    places: BTreeMap<String, (Spot, Option<&'n Node>)>,
}

impl<'n> Draft<'n> {
    pub(crate) fn new(at: Spot) -> Self {
        Self {
            at,
            fields: BTreeMap::new(),
            written: BTreeSet::new(),
            after: BTreeSet::new(),
            source: None,
            sectioned: true,
            places: BTreeMap::new(),
        }
    }

    /// Takes the fields of a kind from a section.
    pub(crate) fn take(&mut self, kind: Kind, section: &Section<'n>) {
        for field in &kind.descriptor().fields {
            let Some(value) = section.get(field.name) else {
                continue;
            };
            self.fields.insert(field.name.to_owned(), value.clone());
            if let Some(pair) = section.node.get(field.name) {
                if section.writes(field.name) {
                    self.written.insert(field.name.to_owned());
                }
                self.places
                    .insert(field.name.to_owned(), (pointed(pair), Some(&pair.value)));
            }
        }
    }

    /// Sets a field that the file does not write.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// Sets a field that the file writes under another key.
    pub(crate) fn write(&mut self, name: &str, value: impl Into<Value>, at: Spot, node: Option<&'n Node>) {
        self.set(name, value);
        self.written.insert(name.to_owned());
        self.places.insert(name.to_owned(), (at, node));
    }

    /// Says where a field stands that is made of what the file writes.
    pub(crate) fn place(&mut self, name: &str, at: Spot, node: &'n Node) {
        self.places.insert(name.to_owned(), (at, Some(node)));
    }

    /// Fills in the defaults of the fields that are not there.
    pub(crate) fn fill(&mut self, kind: Kind) {
        for field in &kind.descriptor().fields {
            if let Some(default) = &field.default
                && !self.fields.contains_key(field.name)
            {
                self.fields.insert(field.name.to_owned(), default.clone());
            }
        }
    }

    /// A field as text without references.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_text)
    }

    /// Where a field stands, else where the resource does.
    pub(crate) fn spot(&self, name: &str) -> Spot {
        self.places.get(name).map_or(self.at, |(spot, _)| *spot)
    }

    /// Where something inside of a field stands, followed key by key; `#3` is the fourth item.
    pub(crate) fn spot_in(&self, name: &str, path: &[&str]) -> Spot {
        let Some((mut spot, Some(mut node))) = self.places.get(name).copied() else {
            return self.spot(name);
        };
        for key in path {
            if let Some(index) = key.strip_prefix('#') {
                let Some(item) = index.parse::<usize>().ok().and_then(|index| node.items().get(index)) else {
                    return spot;
                };
                (spot, node) = (item.spot(), item);
            } else {
                let Some(pair) = node.get(key) else { return spot };
                (spot, node) = (pointed(pair), &pair.value);
            }
        }
        spot
    }

    /// Where an item of a set or list of texts stands.
    pub(crate) fn spot_of(&self, name: &str, text: &str) -> Spot {
        let node = self.places.get(name).and_then(|(_, node)| *node);
        node.into_iter()
            .flat_map(Node::items)
            .find(|item| matches!(&item.form, Form::Scalar { text: it, .. } if it == text))
            .map_or_else(|| self.spot(name), Node::spot)
    }

    /// The error that a check's answer makes, at a field.
    pub(crate) fn wrong(&self, name: &str, at: Spot, wrong: Wrong, masks: &Masks) -> SpecError {
        let node = self.places.get(name).and_then(|(_, node)| *node);
        refused(at, node, wrong, masks)
    }

    pub(crate) fn check_tags(&self, masks: &Masks, errors: &mut Vec<SpecError>) {
        if let (Some(Value::Map(tags)), Some((_, Some(node)))) = (self.fields.get("tags"), self.places.get("tags")) {
            tags_of(tags, node, masks, errors);
        }
    }

    pub(crate) fn resource(&self) -> Resource {
        Resource {
            fields: self.fields.clone(),
            written: self.written.clone(),
            after: self.after.clone(),
            source: self.source.clone(),
            line: (self.at.line, self.at.column),
        }
    }
}

/// Checks the tags of a section.
pub(crate) fn check_tags(
    tags: &BTreeMap<String, Value>,
    section: &Section<'_>,
    name: &str,
    masks: &Masks,
    errors: &mut Vec<SpecError>,
) {
    if let Some(pair) = section.node.get(name) {
        tags_of(tags, &pair.value, masks, errors);
    }
}

fn tags_of(tags: &BTreeMap<String, Value>, node: &Node, masks: &Masks, errors: &mut Vec<SpecError>) {
    for pair in node.pairs() {
        if let Err(wrong) = names::tag_key(&pair.key) {
            errors.push(refused(pair.at, None, wrong, masks));
        }
        if let Some(text) = tags.get(&pair.key).and_then(Value::as_text)
            && let Err(wrong) = names::tag_value(text)
        {
            errors.push(refused(pair.value.spot(), Some(&pair.value), wrong, masks));
        }
    }
}
