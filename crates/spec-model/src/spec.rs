//! What is wanted: a stack's facts and its resources by address.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::shape::closed;
use crate::value::Value;

/// A whole file, expanded: every resource by its address, references still open.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Which stack this is.
    pub stack: Stack,
    /// The resources.
    pub resources: BTreeMap<Address, Resource>,
    /// Existing objects that are ours: address to id, in the kind's form.
    pub adopt: BTreeMap<Address, String>,
    /// Addresses to let go: our marks come off, the object lives on.
    pub release: BTreeSet<Address>,
    /// Consent, address by address, to what costs data, a login or a URL; `users` stands for many users leaving.
    pub may_destroy: BTreeSet<String>,
    /// Findings of drift that are known and wanted, as their lines print them.
    pub accept: BTreeSet<String>,
    /// Names of Deny-only policies that shall stay on the role.
    pub keep_deny: BTreeSet<String>,
    /// Whether users that the file does not list are disabled too.
    pub users_mode: UsersMode,
    /// Existing buckets to which only read rights are granted; nothing of them is touched.
    pub granted: Vec<GrantedBucket>,
}

/// Which stack a file describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The stack's name, prefix of names.
    pub name: String,
    /// The file's id: eight characters that no other file has.
    pub id: Option<String>,
    /// The AWS account, twelve digits.
    pub account: String,
    /// The AWS region.
    pub region: String,
}

impl Stack {
    /// What the tag `igvctl:stack` says: `<region>/<stack>`.
    pub fn mark(&self) -> String {
        format!("{}/{}", self.region, self.name)
    }

    /// The path of the stack's roles: `/igvctl/<region>/<stack>/`.
    pub fn role_path(&self) -> String {
        format!("/igvctl/{}/{}/", self.region, self.name)
    }

    /// A role's name: `igvctl-<region>-<stack>-<name>`.
    pub fn role_name(&self, name: &str) -> String {
        format!("igvctl-{}-{}-{name}", self.region, self.name)
    }

    /// The end of an app client's name, ` @<stack>.<name>`; a replacement adds `.2`, `.3` ….
    pub fn client_mark(&self, name: &str) -> String {
        format!(" @{}.{name}", self.name)
    }

    /// What a user's attribute `custom:igvctl` says: `<stack>.<name>`.
    pub fn user_mark(&self, name: &str) -> String {
        format!("{}.{name}", self.name)
    }

    /// An origin access control's name: `igvctl.<region>.<stack>.<name>`.
    pub fn access_control_name(&self, name: &str) -> String {
        format!("igvctl.{}.{}.{name}", self.region, self.name)
    }

    /// A distribution's comment: `igvctl <region>/<stack> <address>`.
    pub fn comment(&self, address: &Address) -> String {
        format!("igvctl {} {address}", self.mark())
    }
}

/// One wanted resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its fields, defaults filled in; a field that is not ours is absent.
    pub fields: BTreeMap<String, Value>,
    /// The fields that the file writes itself; the others are defaults.
    pub written: BTreeSet<String>,
    /// Resources that must be there first, besides those that are quoted.
    pub after: BTreeSet<Address>,
    /// The local file it is made from, seen from the spec's folder.
    pub source: Option<String>,
    /// Line and column in the file, from 1.
    pub line: (usize, usize),
}

impl Resource {
    /// The fields as one value.
    pub fn value(&self) -> Value {
        Value::Map(self.fields.clone())
    }
}

closed! {
    /// Which users are ours to disable.
    pub enum UsersMode {
        /// Only those that carry our mark.
        Listed = "listed",
        /// Every user that the file does not list.
        All = "all",
    }
}

impl Default for UsersMode {
    fn default() -> Self {
        Self::Listed
    }
}

/// An existing bucket to which the file grants read rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedBucket {
    /// Its name.
    pub bucket: String,
    /// The account that owns it, where it is another one.
    pub owner: Option<String>,
    /// The prefixes that may be read; none is all.
    pub prefixes: Vec<String>,
    /// ARN of the KMS key of its objects.
    pub kms_key: Option<String>,
    /// The statement that the owner of another account must add to the bucket's policy, with references to the role.
    pub statement: Option<policy::Document>,
}
