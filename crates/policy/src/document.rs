//! A policy document as a value that is compared by its meaning.
//!
//! What has no meaning is kept for people but not compared: Sids, the document's `Id`, the order of statements, and
//! whether a set of one stood in a list. Everything else is brought to one form when it is made.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use crate::name::{Name, Remark};
use crate::operator::{Operator, Test};

/// A policy document. Two are equal if they mean the same.
///
/// A document without statements grants and refuses nothing. It can be computed (see [`crate::common`]) but AWS stores
/// none such: delete the policy instead.
#[derive(Clone, Debug)]
pub struct Document {
    version: Version,
    version_written: bool,
    id: Remark,
    statements: Vec<Statement>,
}

/// The version of the policy language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `2008-10-17`, also meant where `Version` is absent: `${…}` is plain text in it.
    V2008,
    /// `2012-10-17`, in which `${…}` is a variable.
    V2012,
}

/// One statement of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Statement {
    /// The name that people gave the statement.
    pub sid: Remark,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Whom it speaks of; `None` in an identity's policy.
    pub principals: Option<Scope<Principal>>,
    /// Of what actions.
    pub actions: Scope<Name>,
    /// On what; `None` in a trust policy.
    pub resources: Option<Scope<String>>,
    /// When.
    pub conditions: Conditions,
}

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

/// A set, or everything but a set (`NotAction`, `NotResource`, `NotPrincipal`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope<T: Ord> {
    /// These.
    Only(BTreeSet<T>),
    /// All but these.
    Except(BTreeSet<T>),
}

/// Conditions by operator and key, each with its set of values; all must hold.
pub type Conditions = BTreeMap<(Operator, Name), BTreeSet<String>>;

/// Somebody a statement speaks of, in one form: an account is its root's ARN, and `"*"` is [`Principal::Aws`] of `*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// An account (as its root's ARN), a user, a role, a session, a unique id, or `*` for everybody.
    Aws(String),
    /// A canonical user id.
    CanonicalUser(String),
    /// An identity provider.
    Federated(String),
    /// An AWS service.
    Service(String),
}

impl Document {
    /// Makes a document of statements.
    pub fn new(version: Version, statements: Vec<Statement>) -> Self {
        Document {
            version,
            version_written: true,
            id: Remark::none(),
            statements,
        }
    }

    pub(crate) fn from_parts(version: Option<Version>, id: Remark, statements: Vec<Statement>) -> Self {
        let version_written = version.is_some();
        // IAM User Guide, "Version": 2008-10-17 is the default where the element is absent.
        Document {
            version: version.unwrap_or(Version::V2008),
            version_written,
            id,
            statements,
        }
    }

    /// The language version; the old one where the document has none.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether `Version` is written down.
    pub fn version_written(&self) -> bool {
        self.version_written
    }

    /// The document's `Id`, a remark without meaning.
    pub fn id(&self) -> Option<&str> {
        self.id.text()
    }

    /// The statements in the order in which they were written.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Whether there is no statement.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// All texts of the document in which a reference may stand: id, principals, actions, resources, condition keys
    /// and values.
    pub fn strings(&self) -> Vec<&str> {
        let mut found: Vec<&str> = self.id.text().into_iter().collect();
        for statement in &self.statements {
            found.extend(
                statement
                    .principals
                    .iter()
                    .flat_map(|scope| scope.set())
                    .map(Principal::value),
            );
            found.extend(statement.actions.set().iter().map(Name::as_str));
            found.extend(
                statement
                    .resources
                    .iter()
                    .flat_map(|scope| scope.set())
                    .map(String::as_str),
            );
            for ((_, key), values) in &statement.conditions {
                found.push(key.as_str());
                found.extend(values.iter().map(String::as_str));
            }
        }
        found
    }

    /// The document with every text of [`Document::strings`] replaced, brought to its canonical form again.
    ///
    /// The new texts are not checked against the grammar; [`Document::check`] does that.
    pub fn map_strings(&self, f: &mut dyn FnMut(&str) -> String) -> Document {
        let id = self.id.text().map(&mut *f).map_or_else(Remark::none, Remark::new);
        let statements = self
            .statements
            .iter()
            .map(|statement| statement.map_strings(f))
            .collect();
        Document {
            version: self.version,
            version_written: self.version_written,
            id,
            statements,
        }
    }

    /// Whether the document allows nothing: all its statements deny. True of a document without statements.
    pub fn only_denies(&self) -> bool {
        self.statements.iter().all(|statement| statement.effect == Effect::Deny)
    }

    /// The statements as a set, which is what is compared: IAM reads them in no order, and twice the same is once.
    fn meaning(&self) -> (Version, BTreeSet<&Statement>) {
        (self.version, self.statements.iter().collect())
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Eq for Document {}

impl PartialOrd for Document {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Document {
    fn cmp(&self, other: &Self) -> Ordering {
        self.meaning().cmp(&other.meaning())
    }
}

impl Hash for Document {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.meaning().hash(state);
    }
}

impl Version {
    /// The version as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Version::V2008 => "2008-10-17",
            Version::V2012 => "2012-10-17",
        }
    }
}

impl Statement {
    fn map_strings(&self, f: &mut dyn FnMut(&str) -> String) -> Statement {
        let principals = self
            .principals
            .as_ref()
            .map(|scope| scope.map(|principal| principal.map(f)));
        let actions = self.actions.map(|name| Name::new(f(name.as_str())));
        let resources = self.resources.as_ref().map(|scope| scope.map(|resource| f(resource)));
        let mut conditions = Conditions::new();
        for ((operator, key), values) in &self.conditions {
            let mapped: Vec<String> = values
                .iter()
                .map(|value| condition_value(operator.test, f(value)))
                .collect();
            conditions
                .entry((*operator, Name::new(f(key.as_str()))))
                .or_default()
                .extend(mapped);
        }
        Statement {
            sid: self.sid.clone(),
            effect: self.effect,
            principals,
            actions,
            resources,
            conditions,
        }
    }
}

impl Effect {
    /// The effect as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }
    }
}

impl<T: Ord> Scope<T> {
    /// The set that is written down.
    pub fn set(&self) -> &BTreeSet<T> {
        match self {
            Scope::Only(set) | Scope::Except(set) => set,
        }
    }

    /// Whether the set is what is left out.
    pub fn negated(&self) -> bool {
        matches!(self, Scope::Except(_))
    }

    pub(crate) fn map<U: Ord>(&self, f: impl FnMut(&T) -> U) -> Scope<U> {
        let set = self.set().iter().map(f).collect();
        if self.negated() {
            Scope::Except(set)
        } else {
            Scope::Only(set)
        }
    }
}

impl Principal {
    /// Everybody, signed or not.
    pub fn anyone() -> Self {
        Principal::Aws("*".to_owned())
    }

    /// An AWS principal; an account id becomes its root's ARN, which IAM documents to be the same.
    pub fn aws(text: impl Into<String>) -> Self {
        let text = text.into();
        if is_account_id(&text) {
            return Principal::Aws(format!("arn:aws:iam::{text}:root"));
        }
        Principal::Aws(text)
    }

    /// The kind's name in a document: `AWS`, `CanonicalUser`, `Federated` or `Service`.
    pub fn kind(&self) -> &'static str {
        match self {
            Principal::Aws(_) => "AWS",
            Principal::CanonicalUser(_) => "CanonicalUser",
            Principal::Federated(_) => "Federated",
            Principal::Service(_) => "Service",
        }
    }

    /// The value without its kind.
    pub fn value(&self) -> &str {
        match self {
            Principal::Aws(text)
            | Principal::CanonicalUser(text)
            | Principal::Federated(text)
            | Principal::Service(text) => text,
        }
    }

    /// Whether this is the unique id that AWS shows in place of the ARN of a principal that was deleted.
    pub fn is_unique_id(&self) -> bool {
        let Principal::Aws(text) = self else { return false };
        is_unique_id(text)
    }

    fn map(&self, f: &mut dyn FnMut(&str) -> String) -> Principal {
        match self {
            Principal::Aws(text) => Principal::aws(f(text)),
            Principal::CanonicalUser(text) => Principal::CanonicalUser(f(text)),
            Principal::Federated(text) => Principal::Federated(f(text)),
            Principal::Service(text) => Principal::Service(f(text)),
        }
    }
}

/// Brings a condition's value to its one form: `Bool` and `Null` take `True` for `true`.
pub(crate) fn condition_value(test: Test, value: String) -> String {
    if matches!(test, Test::Bool | Test::Null)
        && (value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"))
    {
        return value.to_ascii_lowercase();
    }
    value
}

pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// IAM User Guide, "IAM identifiers": `AIDA` users, `AROA` roles, `AGPA` groups, and so on, then capitals and digits.
pub(crate) fn is_unique_id(text: &str) -> bool {
    const PREFIXES: [&str; 6] = ["AIDA", "AROA", "AGPA", "ANPA", "AIPA", "ASCA"];
    text.len() >= 16
        && PREFIXES.iter().any(|prefix| text.starts_with(prefix))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
