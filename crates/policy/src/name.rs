//! Words of a document that are shown as written but compared in another way.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// An action or a condition key: compared without regard to letter case, shown as it was written.
///
/// IAM User Guide, "Action": prefix and name are case-insensitive; "Condition": key names are not case-sensitive.
#[derive(Clone)]
pub struct Name(String);

impl Name {
    /// Makes a name of a text.
    pub fn new(text: impl Into<String>) -> Self {
        Name(text.into())
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|byte| state.write_u8(byte));
        state.write_u8(0xff);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text for people, such as a Sid: shown, but without meaning, so any two remarks are equal.
#[derive(Clone, Default)]
pub struct Remark(Option<String>);

impl Remark {
    /// Keeps a remark. An empty text is none (the console writes `"Sid": ""`).
    pub fn new(text: impl Into<String>) -> Self {
        Remark(Some(text.into()).filter(|text| !text.is_empty()))
    }

    /// A remark that is not there.
    pub fn none() -> Self {
        Remark(None)
    }

    /// The text, if there is one.
    pub fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl PartialEq for Remark {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Remark {}

impl PartialOrd for Remark {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Remark {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl Hash for Remark {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl fmt::Debug for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
