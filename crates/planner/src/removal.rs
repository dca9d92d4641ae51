//! What goes: leftovers, everything when a stack is taken down, and in which order.
//!
//! AWS refuses to delete much of what others still point at, so what quotes goes, or stops quoting, first.

use std::collections::{BTreeMap, BTreeSet};

use spec_model::{Address, Cost, Kind, Replace, Value};

use crate::live::{Found, Object};
use crate::plan::{Action, Effect, Phase, Reason, Step, StepKey};
use crate::planning::{Planning, main};

/// An object that may go.
struct Candidate<'a> {
    address: &'a Address,
    replaced: bool,
    object: &'a Object,
}

/// Who is whose parent, by what the parents put out.
struct Kin(BTreeMap<(Kind, String), Address>);

impl Kin {
    fn new<'a>(all: impl Iterator<Item = (&'a Address, &'a Object)>) -> Self {
        let mut kin = BTreeMap::new();
        for (address, object) in all {
            for text in object.outputs.values().filter_map(Value::as_text) {
                kin.insert((address.kind, text.to_owned()), address.clone());
            }
        }
        Self(kin)
    }

    fn parent(&self, kind: Kind, object: &Object) -> Option<&Address> {
        let (field, parent) = kind.descriptor().parent?;
        let quoted = object.value.get(field)?.as_text()?;
        self.0.get(&(parent, quoted.to_owned()))
    }
}

/// Whether objects of this kind go and stay with their parent: a user, a bucket policy.
fn follows(kind: Kind) -> bool {
    let descriptor = kind.descriptor();
    descriptor.replace == Replace::Never && descriptor.parent.is_some()
}

impl<'a> Planning<'a> {
    /// Plans the removal of what carries our mark and left the file.
    pub(crate) fn leftovers(&mut self) {
        let candidates: Vec<Candidate<'a>> = self
            .live
            .leftovers
            .iter()
            .map(|it| Candidate {
                address: &it.address,
                replaced: it.replaced,
                object: &it.object,
            })
            .collect();
        let kin = Kin::new(candidates.iter().map(|it| (it.address, it.object)));
        let mut steps: Vec<(Step, &Candidate<'a>)> = Vec::new();
        for candidate in &candidates {
            let Candidate {
                address,
                replaced,
                object,
            } = candidate;
            let reason = if *replaced {
                Reason::Superseded
            } else {
                Reason::LeftTheFile
            };
            let mut step = removal(self.removal_key(address, Phase::Remove), object, reason);
            if *replaced {
                // Its successor must be in order.
                step.needs.insert(main(address));
                // It was consented to when it was replaced, unless nothing took its place yet: a file at a former
                // key, a client in a former pool.
                if !matches!(self.live.found.get(*address), Some(Found::Ours(_))) {
                    self.ask_consent(&mut step);
                }
            } else if self.spec.release.contains(address) {
                let_go(&mut step);
            } else {
                self.ask_consent(&mut step);
            }
            self.refuse_kept(&mut step, object);
            // Reserves the name.
            self.push(step.clone());
            steps.push((step, candidate));
        }
        self.steps.truncate(self.steps.len() - steps.len());
        spare_for_released(&mut steps, &kin);
        let gone: BTreeSet<&Address> = steps
            .iter()
            .filter(|(step, candidate)| step.action == Action::Delete && !candidate.replaced)
            .map(|(_, candidate)| candidate.address)
            .collect();
        for (step, candidate) in &steps {
            let parent = kin.parent(candidate.address.kind, candidate.object);
            if follows(candidate.address.kind) && parent.is_some_and(|it| gone.contains(it)) {
                continue;
            }
            self.going.push((step.key.clone(), candidate.object));
            self.push(step.clone());
        }
    }

    /// Plans that everything of ours goes.
    pub(crate) fn take_down(&mut self) {
        let mut candidates: Vec<Candidate<'a>> = Vec::new();
        for (address, found) in &self.live.found {
            let mut step = Step::new(main(address));
            match found {
                // Adopted and not yet marked: it is not ours to delete.
                Found::Ours(object)
                    if self.spec.adopt.contains_key(address)
                        && !self
                            .spec
                            .resources
                            .get(address)
                            .is_some_and(|resource| self.bears_mark(resource, object)) =>
                {
                    continue;
                }
                Found::Ours(object) => {
                    candidates.push(Candidate {
                        address,
                        replaced: false,
                        object,
                    });
                    continue;
                }
                Found::Unknown(gap) => step.block(Reason::Unreadable(gap.clone())),
                Found::Ambiguous { ids } => step.block(Reason::SeveralCandidates { ids: ids.clone() }),
                Found::Absent | Found::Provided { .. } | Found::Foreign { .. } => continue,
            }
            self.push(step);
        }
        candidates.extend(self.live.leftovers.iter().map(|it| Candidate {
            address: &it.address,
            replaced: it.replaced,
            object: &it.object,
        }));
        let kin = Kin::new(candidates.iter().map(|it| (it.address, it.object)));
        let released = |it: &Candidate<'_>| self.spec.release.contains(it.address) && !it.replaced;
        let let_go_too: BTreeSet<&Address> = candidates
            .iter()
            .filter(|it| released(it))
            .map(|it| it.address)
            .collect();
        let kept = self.kept(&candidates, &kin);
        let mut steps: Vec<(Step, &Candidate<'a>)> = Vec::new();
        for candidate in &candidates {
            let Candidate {
                address,
                replaced,
                object,
            } = candidate;
            let parent = kin.parent(address.kind, object);
            let follows = follows(address.kind);
            let released = released(candidate) || follows && parent.is_some_and(|it| let_go_too.contains(it));
            let kept = kept.contains(*address) || follows && parent.is_some_and(|it| kept.contains(it));
            // It goes with its parent, or stays where the parent is not ours to delete.
            if follows && !released && !kept {
                continue;
            }
            let first = if *replaced { Phase::Remove } else { Phase::Main };
            let mut step = removal(self.removal_key(address, first), object, Reason::Destroyed);
            if released {
                let_go(&mut step);
            } else if kept {
                step.action = Action::Keep;
                step.effect = Effect::Neutral;
                step.cost = Cost::Nothing;
                step.reasons = vec![Reason::KeepsData];
            }
            self.refuse_kept(&mut step, object);
            self.push(step.clone());
            steps.push((step, candidate));
        }
        self.steps.truncate(self.steps.len() - steps.len());
        spare_for_released(&mut steps, &kin);
        for (step, candidate) in steps {
            if step.action != Action::Keep {
                self.going.push((step.key.clone(), candidate.object));
            }
            self.push(step);
        }
    }

    /// What keeps an object from being deleted blocks its removal.
    fn refuse_kept(&self, step: &mut Step, object: &Object) {
        if let (Some(what), Action::Delete) = (&object.keeps, step.action) {
            step.block(Reason::Kept { what: what.clone() });
        }
    }

    /// What `--keep-data` keeps: what is worth data, and of kinds whose data is their children only those that have
    /// such children or hold something of others.
    fn kept(&self, candidates: &[Candidate<'a>], kin: &Kin) -> BTreeSet<Address> {
        if !self.options.keep_data {
            return BTreeSet::new();
        }
        let parents: BTreeSet<&Address> = candidates
            .iter()
            .filter(|it| it.address.kind.descriptor().cost == Cost::Data)
            .filter_map(|it| kin.parent(it.address.kind, it.object))
            .collect();
        let holds = |it: &&Candidate<'a>| {
            let kind = it.address.kind;
            let has_children = Kind::ALL.iter().any(|child| {
                let child = child.descriptor();
                child.cost == Cost::Data && child.parent.is_some_and(|(_, parent)| parent == kind)
            });
            it.object.cost.unwrap_or(kind.descriptor().cost) == Cost::Data
                && (!has_children || it.object.keeps.is_some() || parents.contains(it.address))
        };
        candidates.iter().filter(holds).map(|it| it.address.clone()).collect()
    }

    /// Removals come after everything that stops quoting, and what quotes goes before what is quoted.
    pub(crate) fn order_removals(&mut self) {
        // Outputs by which an object can be told wherever they stand, and those that only a child quotes.
        let mut ids: BTreeMap<&str, BTreeSet<&StepKey>> = BTreeMap::new();
        let mut parents: BTreeMap<(Kind, &str), BTreeSet<&StepKey>> = BTreeMap::new();
        for (key, object) in &self.going {
            for text in object
                .outputs
                .values()
                .filter_map(Value::as_text)
                .filter(|it| !it.is_empty())
            {
                parents.entry((key.address.kind, text)).or_default().insert(key);
                if !is_chosen(object, text) {
                    ids.entry(text).or_default().insert(key);
                }
            }
        }
        let actions: BTreeMap<&StepKey, Action> = self.steps.iter().map(|step| (&step.key, step.action)).collect();
        // What must go before its successor can be made.
        let first_halves: BTreeSet<&StepKey> = self
            .steps
            .iter()
            .filter(|step| step.action == Action::Replace)
            .flat_map(|step| step.needs.iter().filter(|need| need.address == step.key.address))
            .collect();
        let mut needs: Vec<(StepKey, StepKey)> = Vec::new();
        for step in &self.steps {
            let mut quoted: BTreeSet<(&StepKey, bool)> = BTreeSet::new();
            if let Some((field, kind)) = step.key.address.kind.descriptor().parent
                && let Some(text) = step.live.get(field).and_then(Value::as_text)
            {
                quoted.extend(parents.get(&(kind, text)).into_iter().flatten().map(|key| (*key, true)));
            }
            if !ids.is_empty() {
                quotations(&step.live, &ids, &mut quoted);
            }
            let goes = matches!(step.action, Action::Delete | Action::Release);
            for (key, as_child) in quoted {
                // Who quotes what must go first can only be moved when the new one is there.
                let moves_later = !as_child
                    && (first_halves.contains(key)
                        || key.address.kind.descriptor().replace == Replace::DeleteFirst
                            && step.key.phase == Phase::Main
                            && !goes);
                // What is let go stays, so only its children must be dealt with before: they are found through it.
                let matters = as_child || actions.get(key) != Some(&Action::Release);
                if key.address != step.key.address && matters && !moves_later {
                    needs.push((key.clone(), step.key.clone()));
                }
            }
        }
        let at: BTreeMap<StepKey, usize> = self
            .steps
            .iter()
            .enumerate()
            .map(|(at, step)| (step.key.clone(), at))
            .collect();
        for (of, need) in needs {
            if let Some(at) = at.get(&of) {
                self.steps[*at].needs.insert(need);
            }
        }
    }
}

/// The removal of an object.
pub(crate) fn removal(key: StepKey, object: &Object, reason: Reason) -> Step {
    let descriptor = key.address.kind.descriptor();
    Step {
        action: Action::Delete,
        id: Some(object.id.clone()),
        live: object.value.clone(),
        reasons: vec![reason],
        effect: if descriptor.opens {
            effect_of_removal(key.address.kind, object)
        } else {
            Effect::Neutral
        },
        cost: object.cost.unwrap_or(descriptor.cost),
        ..Step::new(key)
    }
}

/// To remove an object is to close, but for a policy by which its parent was guarded.
fn effect_of_removal(kind: Kind, object: &Object) -> Effect {
    let descriptor = kind.descriptor();
    if descriptor.parent.is_none() {
        return Effect::Closes;
    }
    let guards = descriptor
        .fields
        .iter()
        .any(|field| match object.value.get(field.name) {
            Some(Value::Policy(document)) => matches!(
                policy::compare(Some(document), None),
                policy::Shift::Loosens | policy::Shift::Both
            ),
            _ => false,
        });
    if guards { Effect::Opens } else { Effect::Closes }
}

fn let_go(step: &mut Step) {
    step.action = Action::Release;
    step.effect = Effect::Neutral;
    step.cost = Cost::Nothing;
    step.reasons = vec![Reason::LetGo];
}

/// An object in which something lives on that is let go cannot be removed, nor one that it quotes.
fn spare_for_released(steps: &mut [(Step, &Candidate<'_>)], kin: &Kin) {
    let spared: BTreeMap<Address, Address> = steps
        .iter()
        .filter(|(step, _)| step.action == Action::Release)
        .filter_map(|(_, it)| Some((kin.parent(it.address.kind, it.object)?.clone(), it.address.clone())))
        .collect();
    let released: Vec<(Address, Value)> = steps
        .iter()
        .filter(|(step, _)| step.action == Action::Release)
        .map(|(step, _)| (step.key.address.clone(), step.live.clone()))
        .collect();
    for (step, candidate) in steps.iter_mut().filter(|(step, _)| step.action == Action::Delete) {
        if let Some(child) = spared.get(&step.key.address) {
            step.block(Reason::Kept {
                what: format!("`release` lets `{child}`, which is part of it, live on"),
            });
            continue;
        }
        let quoted = |live: &Value| {
            let mut outputs = candidate.object.outputs.values().filter_map(Value::as_text);
            outputs.any(|it| !it.is_empty() && !is_chosen(candidate.object, it) && names(live, it))
        };
        let user = released
            .iter()
            .find(|(_, live)| quoted(live))
            .map(|(address, _)| address.clone());
        if let Some(user) = user {
            step.block(Reason::Kept {
                what: format!("`release` lets `{user}`, which uses it, live on; release both, or neither"),
            });
        }
    }
}

/// Whether an output is a name that people chose: it can stand in any field by chance.
fn is_chosen(object: &Object, text: &str) -> bool {
    matches!(&object.value, Value::Map(fields) if fields.values().any(|it| it.as_text() == Some(text)))
}

/// Whether a text stands in a value by itself: what names something so needs it. Policies may speak of what is gone.
fn names(value: &Value, text: &str) -> bool {
    match value {
        Value::Text(it) => it.as_literal() == Some(text),
        Value::Set(items) => items.iter().any(|it| names(it, text)),
        Value::List(items) => items.iter().any(|it| names(it, text)),
        Value::Map(fields) | Value::Table(fields) => fields.values().any(|it| names(it, text)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Duration(_) | Value::Secret(_) | Value::Policy(_) => {
            false
        }
    }
}

/// Finds what a live value quotes: texts as a whole, and the strings of policies in part (`<arn>/*`).
fn quotations<'k>(
    value: &Value,
    ids: &BTreeMap<&str, BTreeSet<&'k StepKey>>,
    found: &mut BTreeSet<(&'k StepKey, bool)>,
) {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Duration(_) | Value::Secret(_) => {}
        Value::Text(text) => {
            let keys = text.as_literal().and_then(|it| ids.get(it));
            found.extend(keys.into_iter().flatten().map(|key| (*key, false)));
        }
        Value::Set(items) => items.iter().for_each(|it| quotations(it, ids, found)),
        Value::List(items) => items.iter().for_each(|it| quotations(it, ids, found)),
        Value::Map(fields) | Value::Table(fields) => fields.values().for_each(|it| quotations(it, ids, found)),
        Value::Policy(document) => {
            for text in document.strings() {
                for (id, keys) in ids.iter().filter(|(id, _)| speaks_of(text, id)) {
                    debug_assert!(!id.is_empty(), "an empty text stands everywhere");
                    found.extend(keys.iter().map(|key| (*key, false)));
                }
            }
        }
    }
}

/// Whether an id stands in a text, not as a part of a longer name.
fn speaks_of(text: &str, id: &str) -> bool {
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.match_indices(id)
        .any(|(at, _)| !text[..at].ends_with(of_a_name) && !text[at + id.len()..].starts_with(of_a_name))
}

#[cfg(test)]
mod tests {
    use super::speaks_of;

    #[test]
    fn an_id_is_found_where_it_stands_for_itself() {
        assert!(speaks_of("arn:aws:s3:::data", "arn:aws:s3:::data"));
        assert!(speaks_of("arn:aws:s3:::data/*", "arn:aws:s3:::data"));
        assert!(!speaks_of("arn:aws:s3:::data2/*", "arn:aws:s3:::data"));
        assert!(!speaks_of("arn:aws:s3:::data.org", "arn:aws:s3:::data"));
        assert!(!speaks_of("other", "arn:aws:s3:::data"));
    }
}
