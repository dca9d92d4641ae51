//! What is there: the planner's second input, made by the applier's look at AWS.

use std::collections::BTreeMap;

use spec_model::{Address, Cost, Value};

/// All that a look at AWS found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Live {
    /// What was found for each address of the spec.
    pub found: BTreeMap<Address, Found>,
    /// What carries our mark and is not in the spec, and replaced objects that were left over.
    pub leftovers: Vec<Leftover>,
    /// What is not ours and can let people in or lock them out.
    pub findings: Vec<Finding>,
    /// What could not be read beyond single addresses, such as the tagging index.
    pub gaps: Vec<Gap>,
}

/// What was found for one address.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Nothing.
    Absent,
    /// An object of ours: it carries our mark, belongs to an object of ours, or is adopted.
    Ours(Box<Object>),
    /// An object that is not ours but is all that the spec asks for: a data file that somebody else uploaded.
    Provided {
        /// Its id.
        id: String,
    },
    /// An object under our name without our mark.
    Foreign {
        /// Its id, in the form that `adopt` takes.
        id: String,
        /// Whose it is, where a tag tells: `CloudFormation stack x`, `another igvctl file (id x)`.
        claimed_by: Option<String>,
    },
    /// Several objects that could be it: an error, never a choice.
    Ambiguous {
        /// Their ids.
        ids: Vec<String>,
    },
    /// It could not be read: never the same as absent.
    Unknown(Gap),
}

/// A live object of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its id in the kind's form.
    pub id: String,
    /// Its fields, every one written out: the noun's tree.
    pub value: Value,
    /// What it lets others quote.
    pub outputs: BTreeMap<String, Value>,
    /// What somebody tightened by hand beside our fields.
    pub held: Vec<Held>,
    /// Whether it carries our mark; an adopted one may not yet. Tags are compared as tags, so kinds marked by tags say `true`.
    pub marked: bool,
    /// What losing this very object costs, where it is less than its kind's cost (an empty bucket: nothing).
    pub cost: Option<Cost>,
    /// What keeps it from being deleted, in words (objects of others in a bucket).
    pub keeps: Option<String>,
    /// What AWS is still carrying out (`deploying`): no difference.
    pub propagating: Option<String>,
}

/// Something that somebody tightened by hand: named, kept, and no obstacle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its name: a policy's, a statement's.
    pub name: String,
    /// What it does, in words.
    pub what: String,
}

/// An object that carries our mark and has no place in the spec.
#[derive(Debug, Clone, PartialEq)]
pub struct Leftover {
    /// The address in its mark.
    pub address: Address,
    /// Whether it was replaced by the object at the same address.
    pub replaced: bool,
    /// The object.
    pub object: Object,
}

/// Something not ours that matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The resource at which it was seen.
    pub address: Address,
    /// What it is, stable over runs: `lambda trigger PreSignUp`, `client 1abc…`. The line under `accept` is `<address>: <name>`.
    pub name: String,
    /// What it does.
    pub what: String,
    /// Whether it lets people in, locks them out, or lets data out.
    pub harm: Harm,
}

/// What a finding can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// It can let people in or data out.
    LetsIn,
    /// It can lock people out.
    LocksOut,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What was to be read, for people.
    pub what: String,
    /// The IAM action that is missing, or the operation that failed: `cognito-idp:DescribeUserPool`.
    pub action: String,
    /// AWS's answer.
    pub error: String,
    /// Whether AWS said that the caller may not.
    pub denied: bool,
}

impl Finding {
    /// The line under `accept` that accepts it.
    pub fn line(&self) -> String {
        format!("{}: {}", self.address, self.name)
    }
}
