//! Addresses (`user_pool.main`) and references (`{{user_pool.main.id}}`).

use std::fmt;
use std::str::FromStr;

use crate::kinds::Kind;

/// Names one resource of a stack: its kind up to the first dot, then its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The kind.
    pub kind: Kind,
    /// The name: everything behind the first dot; it may hold dots and slashes (`object.bucket/data/a.bam`).
    pub name: String,
}

impl Address {
    /// An address of a kind and a name.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }

    /// A reference to one of this resource's outputs.
    pub fn output(&self, output: impl Into<String>) -> Reference {
        Reference {
            address: self.clone(),
            output: output.into(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.name)
    }
}

/// Why a text is no address or reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no dot, or nothing before or behind it.
    #[error("`{0}` is no address; an address is a kind, a dot and a name, like `user_pool.main`")]
    Form(String),
    /// The part up to the first dot is no kind.
    #[error("`{kind}` is no kind; the kinds are {}", Kind::names().join(", "))]
    Kind {
        /// What stood there.
        kind: String,
    },
    /// The reference names no output of its kind.
    #[error("`{kind}` has no output `{output}`; it has {}", .kind.descriptor().outputs.iter().map(|it| it.name).collect::<Vec<_>>().join(", "))]
    Output {
        /// The kind referred to.
        kind: Kind,
        /// The output that it does not have.
        output: String,
    },
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (kind, name) = text
            .split_once('.')
            .ok_or_else(|| AddressError::Form(text.to_owned()))?;
        if kind.is_empty() || name.is_empty() {
            return Err(AddressError::Form(text.to_owned()));
        }
        let kind = Kind::parse(kind).ok_or_else(|| AddressError::Kind { kind: kind.to_owned() })?;
        Ok(Self::new(kind, name))
    }
}

/// Quotes an output of another resource; written `{{address.output}}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The resource that is quoted.
    pub address: Address,
    /// The output: what stands behind the last dot.
    pub output: String,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{{}.{}}}}}", self.address, self.output)
    }
}

impl FromStr for Reference {
    type Err = AddressError;

    /// Reads the part between the double braces: `user_pool.main.id`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (address, output) = text
            .rsplit_once('.')
            .ok_or_else(|| AddressError::Form(text.to_owned()))?;
        let address: Address = address.parse()?;
        if !address.kind.descriptor().outputs.iter().any(|it| it.name == output) {
            return Err(AddressError::Output {
                kind: address.kind,
                output: output.to_owned(),
            });
        }
        Ok(Self {
            address,
            output: output.to_owned(),
        })
    }
}
