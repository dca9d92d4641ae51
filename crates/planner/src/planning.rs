//! Deciding: spec, live and local in, plan out.

use std::collections::{BTreeMap, BTreeSet};

use spec_model::{Address, Cost, Kind, Reference, Resource, Secret, Spec, Value};

use crate::live::{Found, Gap, Live, Object};
use crate::local::{Local, UNKNOWN, UNREAD};
use crate::notices::notices;
use crate::order::{arrange, stop_behind_blocked};
use crate::plan::{Action, Effect, Phase, Plan, Reason, Step, StepKey};

/// What the command line adds to the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Everything is to be taken down; the stack's name was given as consent.
    pub destroy: bool,
    /// With `destroy`: what holds data stays.
    pub keep_data: bool,
    /// Addresses of which held things are undone.
    pub loosen: BTreeSet<Address>,
}

/// What the names of tags begin with that are our marks.
pub(crate) const MARKS: &str = "igvctl:";

/// Plans the steps from what is there to what is wanted. Total: every input gives a plan.
pub fn plan(spec: &Spec, live: &Live, local: &Local, options: &Options) -> Plan {
    let mut planning = Planning {
        spec,
        live,
        local,
        options,
        outputs: BTreeMap::new(),
        former: former(live),
        unsettled: BTreeSet::new(),
        steps: Vec::new(),
        keys: BTreeSet::new(),
        going: Vec::new(),
    };
    if options.destroy {
        planning.take_down();
    } else {
        for address in in_order(spec) {
            planning.resource(&address);
        }
        planning.leftovers();
        planning.crowds();
        planning.unresolvable();
    }
    planning.finish()
}

/// A plan in the making.
pub(crate) struct Planning<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) live: &'a Live,
    pub(crate) local: &'a Local,
    pub(crate) options: &'a Options,
    /// Outputs that are known and will stay.
    pub(crate) outputs: BTreeMap<Address, BTreeMap<String, Value>>,
    /// Outputs of objects that are to be replaced, or were and are still there.
    pub(crate) former: BTreeMap<Address, Vec<BTreeMap<String, Value>>>,
    /// Addresses of which it is not known what is there, and what would be made from them: nothing can be compared
    /// with what they put out.
    unsettled: BTreeSet<Address>,
    pub(crate) steps: Vec<Step>,
    /// The names of the steps.
    keys: BTreeSet<StepKey>,
    /// The objects that are removed or let go, by the step that does it.
    pub(crate) going: Vec<(StepKey, &'a Object)>,
}

/// The outputs of what an interrupted run has replaced and not yet removed.
fn former(live: &Live) -> BTreeMap<Address, Vec<BTreeMap<String, Value>>> {
    let mut former: BTreeMap<Address, Vec<BTreeMap<String, Value>>> = BTreeMap::new();
    for leftover in live.leftovers.iter().filter(|it| it.replaced) {
        let known = outputs(leftover.address.kind, &leftover.object);
        former.entry(leftover.address.clone()).or_default().push(known);
    }
    former
}

/// The addresses that a resource needs: those it quotes and those it comes after.
fn needs(resource: &Resource) -> BTreeSet<Address> {
    resource
        .fields
        .values()
        .flat_map(Value::references)
        .map(|it| it.address)
        .chain(resource.after.iter().cloned())
        .collect()
}

/// The spec's addresses, each behind what it needs; the reader has refused cycles.
fn in_order(spec: &Spec) -> Vec<Address> {
    let mut ordered = Vec::with_capacity(spec.resources.len());
    let mut seen = BTreeSet::new();
    for start in spec.resources.keys() {
        // Depth first without recursion: each with what it still waits for.
        let mut path: Vec<(&Address, Vec<Address>)> = Vec::new();
        let enter = |address: &Address, seen: &mut BTreeSet<Address>| {
            let (address, resource) = spec.resources.get_key_value(address)?;
            seen.insert(address.clone())
                .then(|| (address, needs(resource).into_iter().rev().collect::<Vec<_>>()))
        };
        path.extend(enter(start, &mut seen));
        while let Some((address, waits)) = path.last_mut() {
            match waits.pop() {
                Some(next) => {
                    if let Some(next) = enter(&next, &mut seen) {
                        path.push(next);
                    }
                }
                None => {
                    ordered.push((*address).clone());
                    path.pop();
                }
            }
        }
    }
    ordered
}

impl<'a> Planning<'a> {
    pub(crate) fn push(&mut self, step: Step) {
        self.keys.insert(step.key.clone());
        self.steps.push(step);
    }

    /// The name of an object's removal: the first of an address is `Remove`, what else an interrupted run left follows.
    pub(crate) fn removal_key(&self, address: &Address, first: Phase) -> StepKey {
        [first, Phase::Remove]
            .into_iter()
            .chain((2..).map(Phase::RemoveFurther))
            .map(|phase| StepKey {
                address: address.clone(),
                phase,
            })
            .find(|key| !self.keys.contains(key))
            .expect("there are more numbers than steps")
    }

    pub(crate) fn resolve(&self, value: &Value) -> Value {
        value.resolve(&|reference: &Reference| self.outputs.get(&reference.address)?.get(&reference.output).cloned())
    }

    /// Plans one resource of the file.
    fn resource(&mut self, address: &Address) {
        let resource = &self.spec.resources[address];
        let found = self.live.found.get(address).unwrap_or(&Found::Absent);
        let mut step = Step {
            needs: needs(resource).iter().map(main).collect(),
            source: resource.source.clone(),
            want: self.resolve(&resource.value()),
            ..Step::new(main(address))
        };
        let absent_or_let_go = match found {
            Found::Ours(object) if self.spec.release.contains(address) => return self.release(step, object),
            Found::Absent | Found::Provided { .. } | Found::Foreign { .. } => true,
            Found::Ours(_) | Found::Ambiguous { .. } | Found::Unknown(_) => false,
        };
        if absent_or_let_go && self.spec.release.contains(address) {
            return;
        }
        let file = self.local.get(address).filter(|_| resource.source.is_some());
        if let (Some(file), Value::Map(fields)) = (file, &mut step.want) {
            let fingerprint = match (&file.fingerprint, found) {
                (Some(known), _) => Some(known.clone()),
                (None, Found::Ours(object)) => {
                    let unknown = format!("{}-{UNKNOWN}", file.size);
                    let same_size = object.value.get("fingerprint") == Some(&unknown.as_str().into());
                    Some(if same_size {
                        unknown
                    } else {
                        format!("{}-{UNREAD}", file.size)
                    })
                }
                // It is computed when it is uploaded.
                (None, _) => None,
            };
            fields.extend(fingerprint.map(|it| ("fingerprint".to_owned(), it.into())));
        }
        match found {
            Found::Absent => self.create(step, resource, file.is_some()),
            Found::Provided { id } => {
                step.id = Some(id.clone());
                self.push(step);
            }
            Found::Foreign { id, claimed_by } => {
                step.id = Some(id.clone());
                step.block(Reason::NotOurs {
                    id: id.clone(),
                    claimed_by: claimed_by.clone(),
                });
                self.unsettled.insert(address.clone());
                self.push(step);
            }
            Found::Ambiguous { ids } => {
                step.block(Reason::SeveralCandidates { ids: ids.clone() });
                self.unsettled.insert(address.clone());
                self.push(step);
            }
            Found::Unknown(gap) => {
                step.block(Reason::Unreadable(gap.clone()));
                self.unsettled.insert(address.clone());
                self.push(step);
            }
            Found::Ours(object) => self.compare(step, resource, object),
        }
    }

    fn create(&mut self, mut step: Step, resource: &Resource, has_file: bool) {
        let address = &step.key.address;
        step.action = Action::Create;
        step.reasons.push(Reason::Missing);
        if address.kind.descriptor().opens {
            step.effect = Effect::Opens;
        }
        let adopted = self.spec.adopt.get(address).map(|id| Gap {
            what: format!("{address}, adopted as `{id}`"),
            action: String::new(),
            error: "there is no such object".to_owned(),
            denied: false,
        });
        if let (Some(path), false) = (&resource.source, has_file) {
            step.block(Reason::NothingToUpload { path: path.clone() });
        }
        if let Some(gap) = adopted {
            step.block(Reason::Unreadable(gap));
        }
        let from_unsettled = resource.fields.values().any(|it| self.quotes_unsettled(it));
        if step.action == Action::Blocked || from_unsettled {
            self.unsettled.insert(step.key.address.clone());
        }
        self.push(step);
    }

    pub(crate) fn quotes_unsettled(&self, value: &Value) -> bool {
        let quoted = value.references();
        quoted.iter().any(|it| self.unsettled.contains(&it.address))
    }

    /// Whether an object that is there and stays does not show one of its secrets.
    pub(crate) fn is_hidden(&self, reference: &Reference) -> bool {
        let known = self.outputs.get(&reference.address);
        is_secret(reference) && known.is_some_and(|it| !it.contains_key(&reference.output))
    }

    /// Lets go of an object that is in the file; the reader refuses that.
    fn release(&mut self, mut step: Step, object: &'a Object) {
        let address = step.key.address.clone();
        step.id = Some(object.id.clone());
        step.live = object.value.clone();
        let quoting = self
            .spec
            .resources
            .iter()
            .find(|(it, resource)| !self.spec.release.contains(*it) && needs(resource).contains(&address))
            .map(|(it, _)| format!("`{it}` needs it"));
        let adopted = || {
            self.spec
                .adopt
                .contains_key(&address)
                .then(|| "`adopt` names it too".to_owned())
        };
        if let Some(why) = quoting.or_else(adopted) {
            step.block(Reason::Refused {
                path: "release".to_owned(),
                reason: format!("{why}; take the address out of `release`"),
            });
        } else {
            step.action = Action::Release;
            step.reasons.push(Reason::LetGo);
            self.going.push((step.key.clone(), object));
        }
        self.outputs.insert(address.clone(), outputs(address.kind, object));
        self.push(step);
    }

    /// Blocks a step that costs something to which the file does not consent.
    pub(crate) fn ask_consent(&self, step: &mut Step) {
        let line = step.key.address.to_string();
        if step.cost != Cost::Nothing && !self.options.destroy && !self.spec.may_destroy.contains(&line) {
            step.block(Reason::NeedsConsent { cost: step.cost, line });
        }
    }

    /// Blocks steps that quote what no step of this plan will make known.
    fn unresolvable(&mut self) {
        let actions: BTreeMap<Address, Action> = self
            .steps
            .iter()
            .filter(|step| step.key.phase == Phase::Main)
            .map(|step| (step.key.address.clone(), step.action))
            .collect();
        let mut unmade = BTreeSet::new();
        for step in &mut self.steps {
            let Value::Map(fields) = &step.want else { continue };
            if !matches!(step.action, Action::Create | Action::Update | Action::Replace) {
                continue;
            }
            let mut reasons = Vec::new();
            for (path, value) in fields {
                for reference in value.references() {
                    match actions.get(&reference.address) {
                        Some(Action::Create | Action::Replace | Action::Blocked) => {
                            step.needs.insert(main(&reference.address));
                        }
                        Some(Action::Keep | Action::Update | Action::Delete | Action::Release | Action::Held)
                        | None => {
                            reasons.push(Reason::Refused {
                                path: path.clone(),
                                reason: if is_secret(&reference) {
                                    format!(
                                        "`{reference}` is not shown by AWS any more, and nothing that is there holds it"
                                    )
                                } else {
                                    format!("`{reference}` is not known, and no step would make it known")
                                },
                            });
                        }
                    }
                }
            }
            reasons.dedup();
            if !reasons.is_empty() {
                unmade.extend(step.replaces.clone().map(|id| (step.key.address.clone(), id)));
            }
            reasons.into_iter().for_each(|reason| step.block(reason));
        }
        // What is not replaced is not removed.
        self.steps.retain(|step| {
            !(step.reasons.contains(&Reason::Superseded)
                && step
                    .id
                    .as_ref()
                    .is_some_and(|id| unmade.contains(&(step.key.address.clone(), id.clone()))))
        });
    }

    /// Many users leaving at once is more often a mistake than a wish (L75).
    fn crowds(&mut self) {
        /// More leaving at once than this, and more than this share of them in percent, need consent of their own.
        const CROWD: (usize, usize) = (5, 30);
        for (kind, word) in Kind::ALL
            .iter()
            .filter_map(|kind| Some((*kind, kind.descriptor().crowd?)))
        {
            let present = self
                .live
                .found
                .iter()
                .filter(|(it, found)| it.kind == kind && matches!(found, Found::Ours(_)))
                .count();
            let leaves = |step: &Step| step.action == Action::Delete && step.key.address.kind == kind;
            let leaving = self.steps.iter().filter(|step| leaves(step)).count();
            let of = present + leaving;
            if leaving > CROWD.0 && leaving * 100 > of * CROWD.1 && !self.spec.may_destroy.contains(word) {
                for step in self.steps.iter_mut().filter(|step| leaves(step)) {
                    step.block(Reason::ManyLeave {
                        leaving,
                        of,
                        line: word.to_owned(),
                    });
                }
            }
        }
    }

    fn finish(mut self) -> Plan {
        self.order_removals();
        let steps = std::mem::take(&mut self.steps);
        let (mut steps, reversed) = arrange(steps);
        stop_behind_blocked(&mut steps);
        let unknown = self.live.found.values().filter_map(|found| match found {
            Found::Unknown(gap) => Some(gap),
            Found::Absent
            | Found::Ours(_)
            | Found::Provided { .. }
            | Found::Foreign { .. }
            | Found::Ambiguous { .. } => None,
        });
        let mut gaps: Vec<Gap> = Vec::new();
        let mut seen = BTreeSet::new();
        for gap in self.live.gaps.iter().chain(unknown) {
            // One refusal can concern many addresses.
            if seen.insert((&gap.what, &gap.action, &gap.error)) {
                gaps.push(gap.clone());
            }
        }
        let mut findings: Vec<_> = self
            .live
            .findings
            .iter()
            .filter(|finding| !self.spec.accept.contains(&finding.line()) && !self.options.destroy)
            .cloned()
            .collect();
        findings.sort();
        findings.dedup();
        let notices = notices(self.spec, self.options.destroy, &steps, &|value| self.resolve(value));
        Plan {
            stack: self.spec.stack.clone(),
            destroys: self.options.destroy,
            steps,
            findings,
            gaps,
            reversed,
            notices,
        }
    }
}

/// The step of an address itself.
pub(crate) fn main(address: &Address) -> StepKey {
    StepKey {
        address: address.clone(),
        phase: Phase::Main,
    }
}

/// Whether what is quoted is a secret.
fn is_secret(reference: &Reference) -> bool {
    let outputs = reference.address.kind.descriptor().outputs;
    outputs.iter().any(|it| it.secret && it.name == reference.output)
}

/// The steps that make known what a value still quotes.
pub(crate) fn open_needs(value: &Value) -> BTreeSet<StepKey> {
    value.references().iter().map(|it| main(&it.address)).collect()
}

/// An object's outputs. What the kind calls a secret is one, whatever the look says.
pub(crate) fn outputs(kind: Kind, object: &Object) -> BTreeMap<String, Value> {
    let secret = |name: &str| kind.descriptor().outputs.iter().any(|it| it.secret && it.name == name);
    object
        .outputs
        .iter()
        .map(|(name, value)| {
            let value = match value.as_text() {
                Some(text) if secret(name) => Value::Secret(Secret::new(text)),
                _ => value.clone(),
            };
            (name.clone(), value)
        })
        .collect()
}

impl Step {
    /// A step that does nothing yet.
    pub(crate) fn new(key: StepKey) -> Self {
        Self {
            key,
            action: Action::Keep,
            id: None,
            want: Value::Null,
            live: Value::Null,
            changes: Vec::new(),
            reasons: Vec::new(),
            held: Vec::new(),
            loosen: Vec::new(),
            effect: Effect::Neutral,
            cost: Cost::Nothing,
            needs: BTreeSet::new(),
            stopped_by: None,
            source: None,
            replaces: None,
        }
    }

    /// Makes it one that cannot be done.
    pub(crate) fn block(&mut self, reason: Reason) {
        self.action = Action::Blocked;
        self.reasons.push(reason);
    }
}
