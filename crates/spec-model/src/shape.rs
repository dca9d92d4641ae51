//! What values may look like, as data: the one source for reading YAML, for the
//! reference pages, for the JSON schema and for generated tests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::secret::Secret;
use crate::value::Value;

/// The shape of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// `true` or `false`.
    Bool,
    /// A whole number between two bounds, both included.
    Int(i64, i64),
    /// A length of time: a number and `minutes`, `hours` or `days`.
    Duration,
    /// Any text; references are allowed.
    Text,
    /// A text that is written `!env NAME` and never shown.
    Secret,
    /// One word of a closed list, each with its meaning.
    Choice(&'static [(&'static str, &'static str)]),
    /// An IAM policy document, as a YAML map or as JSON text.
    Policy,
    /// A collection without order or repetition.
    Set(Box<Shape>),
    /// An ordered collection.
    List(Box<Shape>),
    /// Named entries, ours as a whole.
    Table(Box<Shape>),
    /// Named entries of which only the written ones are ours.
    Entries(Box<Shape>),
    /// Named fields.
    Record(Vec<FieldShape>),
}

impl Shape {
    /// What stands in reference pages and messages: `text`, `set of text` …
    pub fn title(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Int(low, high) if *high == i64::from(u32::MAX) => format!("a whole number from {low}"),
            Self::Int(low, high) => format!("a whole number from {low} to {high}"),
            Self::Duration => "a duration such as `60 minutes`, `12 hours` or `30 days`".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Secret => "a secret, written `!env NAME`".to_owned(),
            Self::Choice(words) => words
                .iter()
                .map(|(word, _)| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(" or "),
            Self::Policy => "a policy document".to_owned(),
            Self::Set(of) => format!("a set of: {}", of.title()),
            Self::List(of) => format!("a list of: {}", of.title()),
            Self::Table(of) | Self::Entries(of) => format!("a map of names to: {}", of.title()),
            Self::Record(fields) => {
                format!(
                    "a map of {}",
                    fields.iter().map(|it| it.name).collect::<Vec<_>>().join(", ")
                )
            }
        }
    }
}

/// Whose a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Always compared and always written.
    Ours,
    /// Ours only where the file says it.
    IfWritten,
    /// Cannot change after creation.
    Fixed,
    /// Sent when the object is made, and never compared.
    AtCreation,
}

impl Class {
    /// The word of the reference pages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::IfWritten => "if written",
            Self::Fixed => "fixed",
            Self::AtCreation => "at creation",
        }
    }
}

/// Which way of changing a field lets more in, so that tightening can come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Neither way.
    Neutral,
    /// Changing to one of these values opens; away from them closes.
    To(Vec<Value>),
    /// Changing to this value closes; every other one opens.
    Unless(Value),
    /// More entries open, fewer close.
    Grows,
    /// A policy document: `policy::compare` says.
    Policy,
}

/// One field of a record or a noun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldShape {
    /// The key in YAML and in the tree.
    pub name: &'static str,
    /// Its meaning, from the doc comment.
    pub doc: String,
    /// The member of AWS's API that carries it; empty where there is none.
    pub aws: &'static str,
    /// Whose it is.
    pub class: Class,
    /// What its values look like.
    pub shape: Shape,
    /// The value where nothing is written; `None` for fields that must be written and for unwritten optional ones.
    pub default: Option<Value>,
    /// Whether it may be left out without having a default.
    pub optional: bool,
    /// Which way of changing it lets more in.
    pub opening: Opening,
    /// Whether AWS refuses it empty, or reads that as a default: then it is never emptied on the way to another value.
    pub never_empty: bool,
    /// Live values which, when the spec wants another, are somebody's tightening: `Held`.
    pub held_at: Vec<Value>,
    /// Whether a difference is refused rather than acted on, with the reason.
    pub refuses: Option<&'static str>,
    /// Whether the value is checked and compared but a difference is shown on top of the plan.
    pub alarming: Option<&'static str>,
}

impl FieldShape {
    /// A field as the macros declare it.
    pub fn new<T: Shaped>(name: &'static str, doc: &[&str], aws: &'static str, class: Class) -> Self {
        Self {
            name,
            doc: doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "),
            aws,
            class,
            shape: T::shape(),
            default: None,
            optional: T::OPTIONAL,
            opening: Opening::Neutral,
            never_empty: false,
            held_at: Vec::new(),
            refuses: None,
            alarming: None,
        }
    }

    /// Gives it a default.
    #[must_use]
    pub fn default_to<T: Shaped>(mut self, value: T) -> Self {
        self.default = Some(value.to_value());
        self
    }

    /// Changing to this value lets more in.
    #[must_use]
    pub fn opens_to(mut self, value: impl Shaped) -> Self {
        match &mut self.opening {
            Opening::To(values) => values.push(value.to_value()),
            Opening::Neutral | Opening::Unless(_) | Opening::Grows | Opening::Policy => {
                self.opening = Opening::To(vec![value.to_value()])
            }
        }
        self
    }

    /// More of it lets more in.
    #[must_use]
    pub fn opens_by(mut self, opening: Opening) -> Self {
        self.opening = opening;
        self
    }

    /// It is never emptied on the way to another value.
    #[must_use]
    pub fn never_empty(mut self) -> Self {
        self.never_empty = true;
        self
    }

    /// This live value is somebody's tightening.
    #[must_use]
    pub fn held_at(mut self, value: impl Shaped) -> Self {
        self.held_at.push(value.to_value());
        self
    }

    /// A difference is refused, for this reason.
    #[must_use]
    pub fn refuses(mut self, reason: &'static str) -> Self {
        self.refuses = Some(reason);
        self
    }

    /// A difference is shown on top of the plan, with this remark.
    #[must_use]
    pub fn alarming(mut self, remark: &'static str) -> Self {
        self.alarming = Some(remark);
        self
    }
}

/// A value that does not have the shape of its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}expected {expected}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct Misfit {
    /// Where, in dots.
    pub path: String,
    /// What would fit.
    pub expected: String,
}

impl Misfit {
    /// A value that should have been something else.
    pub fn new(expected: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            expected: expected.into(),
        }
    }

    /// The same, one level further out.
    #[must_use]
    pub fn inside(self, name: &str) -> Self {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{name}.{}", self.path)
        };
        Self { path, ..self }
    }
}

/// A Rust type that has a shape and goes to and from the tree without loss.
pub trait Shaped: Sized {
    /// Whether the field may be absent.
    const OPTIONAL: bool = false;

    /// What its values look like.
    fn shape() -> Shape;

    /// The value in the tree.
    fn to_value(&self) -> Value;

    /// Reads it back; a reference that is still open does not fit.
    fn from_value(value: &Value) -> Result<Self, Misfit>;
}

impl Shaped for bool {
    fn shape() -> Shape {
        Shape::Bool
    }

    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        if let Value::Bool(it) = value {
            Ok(*it)
        } else {
            Err(Misfit::new("true or false"))
        }
    }
}

impl Shaped for u32 {
    fn shape() -> Shape {
        Shape::Int(0, i64::from(u32::MAX))
    }

    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        let Value::Int(it) = value else {
            return Err(Misfit::new("a whole number"));
        };
        (*it).try_into().map_err(|_| Misfit::new("a whole number from 0"))
    }
}

impl Shaped for String {
    fn shape() -> Shape {
        Shape::Text
    }

    fn to_value(&self) -> Value {
        self.as_str().into()
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        value.as_text().map(str::to_owned).ok_or_else(|| Misfit::new("text"))
    }
}

impl Shaped for Secret {
    fn shape() -> Shape {
        Shape::Secret
    }

    fn to_value(&self) -> Value {
        Value::Secret(self.clone())
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        if let Value::Secret(it) = value {
            Ok(it.clone())
        } else {
            Err(Misfit::new("a secret"))
        }
    }
}

impl Shaped for Duration {
    fn shape() -> Shape {
        Shape::Duration
    }

    fn to_value(&self) -> Value {
        Value::Duration(self.as_secs())
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        if let Value::Duration(it) = value {
            Ok(Self::from_secs(*it))
        } else {
            Err(Misfit::new("a duration"))
        }
    }
}

impl Shaped for policy::Document {
    fn shape() -> Shape {
        Shape::Policy
    }

    fn to_value(&self) -> Value {
        Value::Policy(self.clone())
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        if let Value::Policy(it) = value {
            Ok(it.clone())
        } else {
            Err(Misfit::new("a policy document"))
        }
    }
}

impl<T: Shaped> Shaped for Option<T> {
    const OPTIONAL: bool = true;

    fn shape() -> Shape {
        T::shape()
    }

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        if *value == Value::Null {
            Ok(None)
        } else {
            T::from_value(value).map(Some)
        }
    }
}

impl<T: Shaped + Ord> Shaped for BTreeSet<T> {
    fn shape() -> Shape {
        Shape::Set(Box::new(T::shape()))
    }

    fn to_value(&self) -> Value {
        Value::Set(self.iter().map(T::to_value).collect())
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        if let Value::Set(items) = value {
            items.iter().map(T::from_value).collect()
        } else {
            Err(Misfit::new(Self::shape().title()))
        }
    }
}

impl<T: Shaped> Shaped for Vec<T> {
    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }

    fn to_value(&self) -> Value {
        Value::List(self.iter().map(T::to_value).collect())
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        if let Value::List(items) = value {
            items.iter().map(T::from_value).collect()
        } else {
            Err(Misfit::new(Self::shape().title()))
        }
    }
}

impl<T: Shaped> Shaped for BTreeMap<String, T> {
    fn shape() -> Shape {
        Shape::Table(Box::new(T::shape()))
    }

    fn to_value(&self) -> Value {
        Value::Table(self.iter().map(|(name, it)| (name.clone(), it.to_value())).collect())
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        if let Value::Table(entries) = value {
            read_entries(entries)
        } else {
            Err(Misfit::new(Self::shape().title()))
        }
    }
}

/// Named entries of which only those that the spec names are ours: tags, user attributes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entries<T>(pub BTreeMap<String, T>);

impl<T: Shaped> Shaped for Entries<T> {
    fn shape() -> Shape {
        Shape::Entries(Box::new(T::shape()))
    }

    fn to_value(&self) -> Value {
        Value::Map(self.0.iter().map(|(name, it)| (name.clone(), it.to_value())).collect())
    }

    fn from_value(value: &Value) -> Result<Self, Misfit> {
        if let Value::Map(entries) = value {
            read_entries(entries).map(Self)
        } else {
            Err(Misfit::new(Self::shape().title()))
        }
    }
}

/// Tags of an AWS object: ours key by key, foreign keys are never touched.
pub type Tags = Entries<String>;

fn read_entries<T: Shaped>(entries: &BTreeMap<String, Value>) -> Result<BTreeMap<String, T>, Misfit> {
    entries
        .iter()
        .map(|(name, value)| Ok((name.clone(), T::from_value(value).map_err(|it| it.inside(name))?)))
        .collect()
}

/// Declares a closed list of words.
///
/// ```text
/// closed! {
///     /// Who may make an account.
///     pub enum SignUp {
///         /// Only an administrator.
///         AdminOnly = "admin_only",
///     }
/// }
/// ```
macro_rules! closed {
    ($(#[doc = $doc:literal])* pub enum $name:ident { $($(#[doc = $word_doc:literal])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[doc = $word_doc])* $variant),+ }

        impl $name {
            /// The word in the file.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl $crate::shape::Shaped for $name {
            fn shape() -> $crate::shape::Shape {
                $crate::shape::Shape::Choice(&[$(($word, concat!($($word_doc),*))),+])
            }

            fn to_value(&self) -> $crate::value::Value {
                self.word().into()
            }

            fn from_value(value: &$crate::value::Value) -> Result<Self, $crate::shape::Misfit> {
                match value.as_text() {
                    $(Some($word) => Ok(Self::$variant),)+
                    _ => Err($crate::shape::Misfit::new(Self::shape().title())),
                }
            }
        }
    };
}

/// Declares a struct whose fields have shapes.
///
/// A field is `class name: type ["AWS member"] = default; attribute(value); …`; classes are
/// `ours`, `if_written`, `fixed` and `at_creation`.
macro_rules! record {
    (@class ours) => { $crate::shape::Class::Ours };
    (@class if_written) => { $crate::shape::Class::IfWritten };
    (@class fixed) => { $crate::shape::Class::Fixed };
    (@class at_creation) => { $crate::shape::Class::AtCreation };
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])*
                $class:ident $field:ident : $type:ty [$aws:literal] $(= $default:expr)? $(; $attribute:ident($($value:expr)?))*
            ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $($(#[doc = $field_doc])* pub $field: $type),* }

        impl $name {
            /// The fields, in the order of the reference page.
            pub fn fields() -> Vec<$crate::shape::FieldShape> {
                vec![$(
                    $crate::shape::FieldShape::new::<$type>(
                        stringify!($field), &[$($field_doc),*], $aws, $crate::shape::record!(@class $class),
                    )
                    $(.default_to::<$type>($default))?
                    $(.$attribute($($value)?))*
                ),*]
            }
        }

        impl $crate::shape::Shaped for $name {
            fn shape() -> $crate::shape::Shape {
                $crate::shape::Shape::Record(Self::fields())
            }

            fn to_value(&self) -> $crate::value::Value {
                let Self { $($field),* } = self;
                $crate::value::Value::Map(std::collections::BTreeMap::from([
                    $((stringify!($field).to_owned(), $crate::shape::Shaped::to_value($field))),*
                ]))
            }

            fn from_value(value: &$crate::value::Value) -> Result<Self, $crate::shape::Misfit> {
                let $crate::value::Value::Map(fields) = value else {
                    return Err($crate::shape::Misfit::new(concat!("the fields of ", stringify!($name))));
                };
                Ok(Self {
                    $($field: <$type as $crate::shape::Shaped>::from_value(
                        fields.get(stringify!($field)).unwrap_or(&$crate::value::Value::Null),
                    ).map_err(|it| it.inside(stringify!($field)))?),*
                })
            }
        }
    };
}

pub(crate) use {closed, record};
