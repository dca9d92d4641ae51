//! The plan: what would be done, in order, each step with its reasons, as data.

use std::collections::{BTreeMap, BTreeSet};

use spec_model::{Address, Cost, Stack, Value};

use crate::live::{Finding, Gap, Held};

/// Ordered steps from what is there to what is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The stack.
    pub stack: Stack,
    /// Whether everything is to be taken down.
    pub destroys: bool,
    /// The steps in an order that can be carried out; steps that do not depend on each other are ordered by address.
    pub steps: Vec<Step>,
    /// What is not ours and matters, without what the file accepts.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Pairs where an opening step comes before a closing one, because the closing one needs it.
    pub reversed: Vec<(StepKey, StepKey)>,
    /// What people should know beside the steps.
    pub notices: Vec<String>,
}

/// Names a step: an address and which of its steps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepKey {
    /// The address.
    pub address: Address,
    /// Which of the address's steps.
    pub phase: Phase,
}

/// Which of an address's steps this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Only what closes: what old and new have in common.
    Tighten,
    /// The step itself.
    Main,
    /// The removal of an object that was replaced, or has left the file.
    Remove,
    /// The removal of a further object of the same address, as interrupted runs leave them; counted from 2.
    RemoveFurther(u32),
}

impl std::fmt::Display for StepKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.phase {
            Phase::Main => self.address.fmt(f),
            Phase::Tighten => write!(f, "{} (tightening)", self.address),
            Phase::Remove => write!(f, "{} (removal)", self.address),
            Phase::RemoveFurther(number) => write!(f, "{} (removal {number})", self.address),
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name.
    pub key: StepKey,
    /// What is done.
    pub action: Action,
    /// The live object's id, where there is one.
    pub id: Option<String>,
    /// What is wanted, references that are not known yet still open; for a removal nothing.
    pub want: Value,
    /// What is there.
    pub live: Value,
    /// The differences that made the step necessary.
    pub changes: Vec<Change>,
    /// Why, beside the changes.
    pub reasons: Vec<Reason>,
    /// What somebody tightened by hand and stays.
    pub held: Vec<Held>,
    /// Names under held that are undone.
    pub loosen: Vec<String>,
    /// Whether it lets more in or less.
    pub effect: Effect,
    /// What it costs: losing an object, or its content.
    pub cost: Cost,
    /// Steps that must be done before.
    pub needs: BTreeSet<StepKey>,
    /// The blocked step that keeps this one from being done.
    pub stopped_by: Option<StepKey>,
    /// The local file it is made from.
    pub source: Option<String>,
    /// The id of the object that this one takes the place of.
    pub replaces: Option<String>,
}

impl Step {
    /// The word in plans: the action's, or `adopt` where an existing object gets our mark.
    pub fn word(&self) -> &'static str {
        if self.action == Action::Update && self.reasons.contains(&Reason::Unmarked) {
            "adopt"
        } else {
            self.action.word()
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing: it is as wanted.
    Keep,
    /// Makes it.
    Create,
    /// Changes it in place.
    Update,
    /// Makes another one in its place.
    Replace,
    /// Removes it.
    Delete,
    /// Takes our marks off and leaves it.
    Release,
    /// Nothing: somebody tightened it by hand.
    Held,
    /// Cannot be done; the reasons say why and what would help.
    Blocked,
}

impl Action {
    /// The word in JSON and in people's plans.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Release => "release",
            Self::Held => "held",
            Self::Blocked => "blocked",
        }
    }

    /// Whether AWS is changed by it.
    pub fn acts(self) -> bool {
        match self {
            Self::Create | Self::Update | Self::Replace | Self::Delete | Self::Release => true,
            Self::Keep | Self::Held | Self::Blocked => false,
        }
    }
}

/// Whether a step lets more in or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Neither.
    Neutral,
    /// Less.
    Closes,
    /// More.
    Opens,
}

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The field, in dots.
    pub path: String,
    /// What is there; nothing where it is absent.
    pub before: Option<Value>,
    /// What is wanted; nothing where it shall not be there.
    pub after: Option<Value>,
    /// A remark that belongs on top of the plan.
    pub alarm: Option<&'static str>,
}

/// Why a step is as it is, beside its changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It is in the file and not in AWS.
    Missing,
    /// It carries our mark and is not in the file.
    LeftTheFile,
    /// It was replaced.
    Superseded,
    /// Everything is taken down.
    Destroyed,
    /// The file lets it go.
    LetGo,
    /// It is adopted and does not carry our mark yet.
    Unmarked,
    /// A field that cannot change must change.
    FixedField {
        /// The field.
        path: String,
    },
    /// An object of that name exists and is not ours.
    NotOurs {
        /// Its id.
        id: String,
        /// Whose it is, as far as its tags tell.
        claimed_by: Option<String>,
    },
    /// Several objects could be it.
    SeveralCandidates {
        /// Their ids.
        ids: Vec<String>,
    },
    /// It could not be read.
    Unreadable(Gap),
    /// It must be replaced, which this kind is not.
    NeverReplaced {
        /// The field.
        path: String,
    },
    /// An adopted object differs in a fixed field that the file writes.
    AdoptedDiffers {
        /// The field.
        path: String,
    },
    /// A difference that is refused.
    Refused {
        /// The field.
        path: String,
        /// Why, and what would help.
        reason: String,
    },
    /// It costs something, and the file does not consent.
    NeedsConsent {
        /// What it costs.
        cost: Cost,
        /// The line under `may_destroy` that would consent.
        line: String,
    },
    /// Too many would leave at once.
    ManyLeave {
        /// How many leave.
        leaving: usize,
        /// Out of how many.
        of: usize,
        /// The word under `may_destroy` that would consent.
        line: String,
    },
    /// There is no local file to make it from.
    NothingToUpload {
        /// The path, seen from the spec's folder.
        path: String,
    },
    /// Something keeps it from being removed.
    Kept {
        /// What, in words.
        what: String,
    },
    /// `--keep-data` keeps it.
    KeepsData,
    /// AWS is still carrying something out.
    Propagating {
        /// What, in AWS's word.
        what: String,
    },
}

impl Plan {
    /// Whether there is nothing to do, to hold, to accept or left unread.
    pub fn is_in_sync(&self) -> bool {
        self.gaps.is_empty() && self.findings.is_empty() && self.steps.iter().all(|step| step.action == Action::Keep)
    }

    /// Whether a step acts.
    pub fn acts(&self) -> bool {
        self.steps.iter().any(|step| step.action.acts())
    }

    /// The steps that cannot be done.
    pub fn blocked(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action == Action::Blocked)
    }

    /// Whether something could not be read.
    pub fn is_incomplete(&self) -> bool {
        !self.gaps.is_empty()
    }

    /// How many steps there are of each action; a change in two halves counts once, a replacement too.
    pub fn counts(&self) -> BTreeMap<Action, usize> {
        self.count(|step| step.action)
    }

    /// How many steps there are of each word.
    pub fn words(&self) -> BTreeMap<&'static str, usize> {
        self.count(Step::word)
    }

    fn count<T: Ord>(&self, of: fn(&Step) -> T) -> BTreeMap<T, usize> {
        let whole: BTreeMap<&Address, &Step> = self
            .steps
            .iter()
            .filter(|step| step.key.phase == Phase::Main && step.action.acts())
            .map(|step| (&step.key.address, step))
            .collect();
        let is_part = |step: &Step| {
            whole.get(&step.key.address).is_some_and(|whole| {
                step.key.phase == Phase::Tighten
                    || step.key.phase != Phase::Main && step.id.is_some() && step.id == whole.replaces
            })
        };
        self.steps
            .iter()
            .filter(|step| !is_part(step))
            .fold(BTreeMap::new(), |mut counts, step| {
                *counts.entry(of(step)).or_default() += 1;
                counts
            })
    }

    /// The step of this name.
    pub fn step(&self, key: &StepKey) -> Option<&Step> {
        self.steps.iter().find(|step| step.key == *key)
    }
}
