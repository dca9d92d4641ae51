//! What a kind must be able to do, and what it is told.
//!
//! A verb never decides: it is handed complete nouns and translates them into calls.

use std::collections::BTreeMap;

use planner::{Finding, Found, Gap, Leftover};
use spec_model::{Address, Noun, Stack, Value};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::clients::Clients;
use crate::error::WorldError;

/// How AWS spells one kind.
pub trait Verbs: Noun {
    /// Every call that the verbs make, as IAM actions with what they are for; `permissions` prints them.
    const CALLS: &'static [Permission];

    /// Finds all wanted addresses of this kind under one parent at once, and what else carries our mark there.
    ///
    /// A refused or failed read is `Found::Unknown` for the addresses it concerns, never `Absent`; an error is for
    /// what concerns the whole search.
    fn find(clients: &Clients, search: &Search<'_>) -> impl Future<Output = Result<Sightings, WorldError>> + Send;

    /// Says of an object that is to go what losing it costs and what keeps it, where only a closer look tells: what is in
    /// a bucket. What cannot be read stays as it was.
    fn weigh(_clients: &Clients, _stack: &Stack, _object: &mut planner::Object) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Makes the object, its mark in the creating call, and returns its id and outputs.
    fn create(
        clients: &Clients,
        target: &Target<'_>,
        want: Self,
    ) -> impl Future<Output = Result<Made, WorldError>> + Send;

    /// Changes the object into `want`, starting from what AWS says now; `live` is what the plan saw.
    fn update(
        clients: &Clients,
        target: &Target<'_>,
        id: &str,
        live: &Self,
        want: Self,
    ) -> impl Future<Output = Result<(), WorldError>> + Send;

    /// Deletes the object (a user: disables and signs out).
    fn delete(
        clients: &Clients,
        target: &Target<'_>,
        id: &str,
        live: &Self,
    ) -> impl Future<Output = Result<(), WorldError>> + Send;

    /// Takes our marks off and leaves the object.
    fn release(clients: &Clients, target: &Target<'_>, id: &str)
    -> impl Future<Output = Result<(), WorldError>> + Send;
}

/// An IAM action that a verb needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// The action, `cognito-idp:DescribeUserPool`.
    pub action: &'static str,
    /// Whether a plan needs it too.
    pub reads: bool,
}

/// What a find is told.
#[derive(Debug)]
pub struct Search<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// The wanted addresses of this kind under this parent; may be empty, then only leftovers are sought.
    pub wanted: Vec<Wanted<'a>>,
    /// The parent that was found: its address, id and outputs. Kinds without a parent have none.
    pub parent: Option<Parent<'a>>,
    /// Addresses of this kind that the spec holds, with whatever parent: what is none of them is a leftover.
    pub known: Vec<&'a Address>,
    /// Whether every user that the file does not list is to be found as a leftover (`users_mode: all`).
    pub all_users: bool,
    /// Where it can be said what an address most likely is before that is certain.
    pub early: Early,
}

/// Tells the engine which object an address most likely is, so that what belongs to it is looked for at the same time.
///
/// A guess costs reads and nothing else: what was found under an object that is not the one in the end is forgotten.
#[derive(Debug, Clone, Default)]
pub struct Early(Option<UnboundedSender<Likely>>);

/// An object that an address most likely is.
#[derive(Debug)]
pub(crate) struct Likely {
    pub(crate) address: Address,
    pub(crate) id: String,
    /// Those of its outputs that are known.
    pub(crate) outputs: BTreeMap<String, Value>,
}

impl Early {
    /// Somebody who is told, and where it arrives.
    pub(crate) fn channel() -> (Self, UnboundedReceiver<Likely>) {
        let (tell, told) = unbounded_channel();
        (Self(Some(tell)), told)
    }

    /// Says it.
    pub(crate) fn say(&self, address: &Address, id: &str, outputs: BTreeMap<String, Value>) {
        if let Some(tell) = &self.0 {
            let likely = Likely {
                address: address.clone(),
                id: id.to_owned(),
                outputs,
            };
            // Nobody listens any more when the look was given up.
            let _ = tell.send(likely);
        }
    }
}

/// One wanted address.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The address.
    pub address: &'a Address,
    /// Its fields with the outputs of what was already found put in; other references are still open.
    pub fields: Value,
    /// The id under `adopt`.
    pub adopt: Option<&'a str>,
}

impl Wanted<'_> {
    /// A field's text, where it is known.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_text)
    }
}

/// The parent under which is searched.
#[derive(Debug)]
pub struct Parent<'a> {
    /// Its address.
    pub address: &'a Address,
    /// Its id.
    pub id: &'a str,
    /// Its outputs.
    pub outputs: &'a BTreeMap<String, Value>,
}

/// What a find saw.
#[derive(Debug, Default)]
pub struct Sightings {
    /// By wanted address; one that is missing counts as absent.
    pub found: BTreeMap<Address, Found>,
    /// What carries our mark and is not among the known addresses, or was replaced.
    pub leftovers: Vec<Leftover>,
    /// What is not ours and matters.
    pub findings: Vec<Finding>,
    /// What could not be read beyond single addresses: where leftovers were not looked for, and why.
    pub gaps: Vec<Gap>,
}

/// What an acting verb is told beside nouns.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// The address.
    pub address: &'a Address,
    /// Names under `held` that are to be undone.
    pub loosen: &'a [String],
    /// The id of the object that this one replaces.
    pub replaces: Option<&'a str>,
    /// The local file, for kinds that are made from one.
    pub source: Option<&'a std::path::Path>,
    /// Says on screen what is being waited for.
    pub waiting: &'a (dyn Fn(&str) + Send + Sync),
}

/// What a create made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The object's id.
    pub id: String,
    /// Its outputs.
    pub outputs: BTreeMap<String, Value>,
}

/// The marks of an object as tags: stack, address and, where the file has one, its id.
pub fn marks(stack: &Stack, address: &Address) -> BTreeMap<String, String> {
    let mut marks = BTreeMap::from([
        ("igvctl:stack".to_owned(), stack.mark()),
        ("igvctl:address".to_owned(), address.to_string()),
    ]);
    if let Some(id) = &stack.id {
        marks.insert("igvctl:spec".to_owned(), id.clone());
    }
    marks
}
