//! What the engine needs of a world: looking, and acting.
//!
//! `plan` and `drift` are handed a [`Look`], so they cannot write. The engine's tests run on a
//! fake world; the real one is [`crate::Aws`].

use planner::Live;
use spec_model::{Address, Spec, Stack, Value};

use crate::error::WorldError;
use crate::verbs::Made;

/// A world that can be looked at.
pub trait Look: Sync {
    /// Finds everything that the spec speaks of, and what carries the stack's mark beside it.
    fn look(&self, spec: &Spec) -> impl Future<Output = Live> + Send;
}

/// A world that can be changed.
pub trait Act: Look {
    /// Does one deed.
    fn act(&self, stack: &Stack, deed: Deed<'_>) -> impl Future<Output = Result<Made, WorldError>> + Send;
}

/// One deed, complete: no reference is left in it.
#[derive(Clone)]
pub struct Deed<'a> {
    /// The address.
    pub address: &'a Address,
    /// What is done.
    pub what: What,
    /// Names under `held` that are undone.
    pub loosen: &'a [String],
    /// The id of the object whose place is taken.
    pub replaces: Option<&'a str>,
    /// The local file, seen from the spec's folder.
    pub source: Option<&'a str>,
    /// Says what is being waited for.
    pub waiting: &'a (dyn Fn(&str) + Send + Sync),
}

/// What a deed does.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Makes an object.
    Create {
        /// The whole noun.
        want: Value,
    },
    /// Changes an object.
    Update {
        /// Its id.
        id: String,
        /// What the plan saw.
        live: Value,
        /// The whole noun.
        want: Value,
    },
    /// Removes an object.
    Delete {
        /// Its id.
        id: String,
        /// What the plan saw.
        live: Value,
    },
    /// Takes the marks off an object.
    Release {
        /// Its id.
        id: String,
    },
}
