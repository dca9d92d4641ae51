//! Deciding: spec, live and local in, plan out.

use std::collections::{BTreeMap, BTreeSet};

use spec_model::{Address, Class, Cost, Kind, Reference, Replace, Resource, Spec, Value};

use crate::differ::{cut, differences, field_of};
use crate::live::{Found, Held, Leftover, Live, Object};
use crate::local::Local;
use crate::order::{arrange, needed_by};
use crate::plan::{Action, Change, Effect, Phase, Plan, Reason, Step, StepKey};

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

/// More leaving at once than this, and more than this share of them, need consent of their own.
const CROWD: (usize, usize) = (5, 30);

/// Plans the steps from what is there to what is wanted. Total: every input gives a plan.
pub fn plan(spec: &Spec, live: &Live, local: &Local, options: &Options) -> Plan {
    let mut planning = Planning {
        spec,
        live,
        local,
        options,
        outputs: BTreeMap::new(),
        steps: Vec::new(),
        quotes: BTreeMap::new(),
    };
    if options.destroy {
        planning.take_down();
    } else {
        for address in in_order(spec) {
            planning.resource(&address);
        }
        planning.leftovers();
        planning.crowds();
    }
    planning.finish()
}

struct Planning<'a> {
    spec: &'a Spec,
    live: &'a Live,
    local: &'a Local,
    options: &'a Options,
    /// Outputs that are known and will stay.
    outputs: BTreeMap<Address, BTreeMap<String, Value>>,
    steps: Vec<Step>,
    /// Who quotes whom, in the spec.
    quotes: BTreeMap<Address, BTreeSet<Address>>,
}

/// The addresses that a resource needs: those it quotes and those it comes after.
fn needs(resource: &Resource) -> BTreeSet<Address> {
    resource
        .value()
        .references()
        .into_iter()
        .map(|it| it.address)
        .chain(resource.after.iter().cloned())
        .collect()
}

/// The spec's addresses, each behind what it needs; the reader has refused cycles.
fn in_order(spec: &Spec) -> Vec<Address> {
    let mut ordered = Vec::with_capacity(spec.resources.len());
    let mut seen = BTreeSet::new();
    fn visit(spec: &Spec, address: &Address, seen: &mut BTreeSet<Address>, ordered: &mut Vec<Address>) {
        let Some(resource) = spec.resources.get(address) else {
            return;
        };
        if !seen.insert(address.clone()) {
            return;
        }
        for need in needs(resource) {
            visit(spec, &need, seen, ordered);
        }
        ordered.push(address.clone());
    }
    for address in spec.resources.keys() {
        visit(spec, address, &mut seen, &mut ordered);
    }
    ordered
}

impl Planning<'_> {
    fn resolve(&self, value: &Value) -> Value {
        value.resolve(&|reference: &Reference| self.outputs.get(&reference.address)?.get(&reference.output).cloned())
    }

    /// Plans one resource of the file.
    fn resource(&mut self, address: &Address) {
        let resource = &self.spec.resources[address];
        let needs = needs(resource);
        let absent = Found::Absent;
        let found = self.live.found.get(address).unwrap_or(&absent);
        let mut step = Step {
            needs: needs.iter().map(|need| main(need)).collect(),
            source: resource.source.clone(),
            want: self.resolve(&resource.value()),
            ..Step::new(main(address))
        };
        self.quotes.insert(address.clone(), needs);
        if self.spec.release.contains(address) {
            if let Found::Ours(object) = found {
                step.id = Some(object.id.clone());
                step.action = Action::Release;
                step.reasons.push(Reason::LetGo);
                self.outputs.insert(address.clone(), object.outputs.clone());
                self.steps.push(step);
            }
            return;
        }
        if let Some(file) = resource.source.as_ref().and_then(|_| self.local.get(address)) {
            let fingerprint = match (&file.fingerprint, found) {
                (Some(fingerprint), _) => Some(fingerprint.clone()),
                // Another size is another content, so nobody read it.
                (None, Found::Ours(_)) => Some(format!("{}-(not read)", file.size)),
                (None, _) => None,
            };
            if let (Value::Map(fields), Some(fingerprint)) = (&mut step.want, fingerprint) {
                fields.insert("fingerprint".to_owned(), fingerprint.into());
            }
        }
        match found {
            Found::Absent => {
                step.action = Action::Create;
                step.reasons.push(Reason::Missing);
                step.effect = if address.kind.descriptor().opens {
                    Effect::Opens
                } else {
                    Effect::Neutral
                };
                if let (Some(path), None) = (&resource.source, self.local.get(address)) {
                    step.block(Reason::NothingToUpload { path: path.clone() });
                }
                if let Some(id) = self.spec.adopt.get(address) {
                    step.block(Reason::Unreadable(crate::live::Gap {
                        what: format!("{address}, adopted as `{id}`"),
                        action: String::new(),
                        error: "there is no such object".to_owned(),
                        denied: false,
                    }));
                }
                self.steps.push(step);
            }
            Found::Provided { id } => {
                step.id = Some(id.clone());
                self.steps.push(step);
            }
            Found::Foreign { id, claimed_by } => {
                step.id = Some(id.clone());
                step.block(Reason::NotOurs {
                    id: id.clone(),
                    claimed_by: claimed_by.clone(),
                });
                self.steps.push(step);
            }
            Found::Ambiguous { ids } => {
                step.block(Reason::SeveralCandidates { ids: ids.clone() });
                self.steps.push(step);
            }
            Found::Unknown(gap) => {
                step.block(Reason::Unreadable(gap.clone()));
                self.steps.push(step);
            }
            Found::Ours(object) => self.compare(step, resource, object),
        }
    }

    /// Plans a resource that is there and ours.
    fn compare(&mut self, mut step: Step, resource: &Resource, object: &Object) {
        let address = step.key.address.clone();
        let descriptor = address.kind.descriptor();
        let adopted = self.spec.adopt.contains_key(&address);
        let loosen = self.options.loosen.contains(&address);
        step.id = Some(object.id.clone());
        step.live = object.value.clone();
        step.cost = object.cost.unwrap_or(descriptor.cost);
        if let Some(what) = &object.propagating {
            step.reasons.push(Reason::Propagating { what: what.clone() });
        }
        for held in &object.held {
            if self.spec.keep_deny.contains(&held.name) {
                continue;
            } else if loosen {
                step.loosen.push(held.name.clone());
                step.changes.push(Change {
                    path: held.name.clone(),
                    before: Some(held.what.as_str().into()),
                    after: None,
                    alarm: None,
                });
            } else {
                step.held.push(held.clone());
            }
        }
        let mut replaced = None;
        let mut want = step.want.clone();
        for change in differences(&descriptor.fields, &step.want, &object.value) {
            let field = field_of(&change.path);
            let Some(shape) = descriptor.fields.iter().find(|it| it.name == field) else {
                continue;
            };
            let written = resource.written.contains(field);
            if shape.class == Class::AtCreation {
                keep_live(&mut want, &object.value, field);
            } else if let Some(reason) = shape.refuses {
                step.block(Reason::Refused {
                    path: change.path.clone(),
                    reason: reason.to_owned(),
                });
                step.changes.push(change);
            } else if shape.class == Class::Fixed && adopted {
                if written {
                    step.block(Reason::AdoptedDiffers {
                        path: change.path.clone(),
                    });
                    step.changes.push(change);
                } else {
                    keep_live(&mut want, &object.value, field);
                }
            } else if shape.class == Class::Fixed {
                replaced = Some(change.path.clone());
                step.changes.push(change);
            } else if !loosen && change.before.as_ref().is_some_and(|live| shape.held_at.contains(live)) {
                keep_live(&mut want, &object.value, field);
                step.held.push(Held {
                    name: change.path.clone(),
                    what: format!(
                        "is `{}`",
                        change.before.as_ref().and_then(Value::as_text).unwrap_or("tightened")
                    ),
                });
            } else {
                step.changes.push(change);
            }
        }
        if !object.marked {
            step.reasons.push(Reason::Unmarked);
        }
        step.want = want;
        if let Some(path) = replaced.filter(|_| step.action != Action::Blocked) {
            return self.replace(step, object, path);
        }
        self.outputs.insert(address.clone(), object.outputs.clone());
        if step.action == Action::Blocked {
            self.steps.push(step);
        } else if step.changes.is_empty() && object.marked {
            step.action = if step.held.is_empty() {
                Action::Keep
            } else {
                Action::Held
            };
            self.steps.push(step);
        } else {
            self.update(step, resource, object);
        }
    }

    fn update(&mut self, mut step: Step, resource: &Resource, object: &Object) {
        let descriptor = step.key.address.kind.descriptor();
        step.action = Action::Update;
        step.want = complete(&step.want, &object.value);
        if resource.source.is_some() && step.cost != Cost::Nothing {
            self.ask_consent(&mut step);
        }
        let cut = cut(&descriptor.fields, &step.want, &object.value);
        step.effect = match (cut.closes, cut.opens) {
            (_, true) => Effect::Opens,
            (true, false) => Effect::Closes,
            (false, false) if step.loosen.is_empty() => Effect::Neutral,
            (false, false) => Effect::Opens,
        };
        if cut.closes && cut.opens && cut.writable && step.action == Action::Update {
            let first = Step {
                key: StepKey {
                    phase: Phase::Tighten,
                    ..step.key.clone()
                },
                want: cut.narrowed.clone(),
                changes: differences(&descriptor.fields, &cut.narrowed, &object.value),
                effect: Effect::Closes,
                // What is held stays in both halves; undoing it opens.
                loosen: Vec::new(),
                reasons: Vec::new(),
                // It removes rights only, so it needs nothing that is yet to come.
                needs: BTreeSet::new(),
                ..step.clone()
            };
            step.needs.insert(first.key.clone());
            step.live = cut.narrowed;
            self.steps.push(first);
        }
        self.steps.push(step);
    }

    fn replace(&mut self, mut step: Step, object: &Object, path: String) {
        let address = step.key.address.clone();
        step.action = Action::Replace;
        step.reasons.push(Reason::FixedField { path: path.clone() });
        step.replaces = Some(object.id.clone());
        step.effect = if address.kind.descriptor().opens {
            Effect::Opens
        } else {
            Effect::Neutral
        };
        let mut removal = Step {
            action: Action::Delete,
            id: Some(object.id.clone()),
            live: object.value.clone(),
            reasons: vec![Reason::Superseded],
            effect: if address.kind.descriptor().opens {
                Effect::Closes
            } else {
                Effect::Neutral
            },
            cost: step.cost,
            ..Step::new(StepKey {
                address: address.clone(),
                phase: Phase::Remove,
            })
        };
        match address.kind.descriptor().replace {
            Replace::Never => {
                step.block(Reason::NeverReplaced { path });
                self.outputs.insert(address, object.outputs.clone());
                self.steps.push(step);
                return;
            }
            Replace::CreateFirst => {
                removal.needs.insert(step.key.clone());
            }
            Replace::DeleteFirst => {
                step.needs.insert(removal.key.clone());
            }
        }
        self.ask_consent(&mut step);
        if step.action != Action::Blocked {
            self.steps.push(removal);
        }
        self.steps.push(step);
    }

    /// Blocks a step that costs something to which the file does not consent.
    fn ask_consent(&self, step: &mut Step) {
        let line = step.key.address.to_string();
        if step.cost != Cost::Nothing && !self.options.destroy && !self.spec.may_destroy.contains(&line) {
            step.block(Reason::NeedsConsent { cost: step.cost, line });
        }
    }

    /// Plans the removal of what carries our mark and left the file.
    fn leftovers(&mut self) {
        for leftover in &self.live.leftovers {
            let Leftover {
                address,
                replaced,
                object,
            } = leftover;
            let mut step = removal(leftover);
            if self.spec.release.contains(address) && !replaced {
                step.action = Action::Release;
                step.reasons = vec![Reason::LetGo];
                step.effect = Effect::Neutral;
            } else if !replaced {
                self.ask_consent(&mut step);
            }
            if let (Some(what), Action::Delete) = (&object.keeps, step.action) {
                step.block(Reason::Kept { what: what.clone() });
            }
            self.steps.push(step);
        }
    }

    /// Many users leaving at once is more often a mistake than a wish (L75).
    fn crowds(&mut self) {
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

    /// Plans that everything of ours goes.
    fn take_down(&mut self) {
        let ours: Vec<Leftover> = self
            .live
            .found
            .iter()
            .filter_map(|(address, found)| match found {
                Found::Ours(object) => Some(Leftover {
                    address: address.clone(),
                    replaced: false,
                    object: (**object).clone(),
                }),
                Found::Absent
                | Found::Provided { .. }
                | Found::Foreign { .. }
                | Found::Ambiguous { .. }
                | Found::Unknown(_) => None,
            })
            .chain(self.live.leftovers.iter().cloned())
            .collect();
        for (address, found) in &self.live.found {
            if let Found::Unknown(gap) = found {
                let mut step = Step::new(main(address));
                step.block(Reason::Unreadable(gap.clone()));
                self.steps.push(step);
            }
        }
        let kept: BTreeSet<Address> = ours
            .iter()
            .filter(|it| self.options.keep_data && holds_data(it, &ours))
            .map(|it| it.address.clone())
            .collect();
        for leftover in &ours {
            let descriptor = leftover.address.kind.descriptor();
            let parent = parent_of(&leftover.address, &leftover.object, &ours);
            // A user, a bucket policy: it goes, or stays, with its parent.
            let follows = descriptor.replace == Replace::Never && descriptor.parent.is_some();
            if follows && parent.as_ref().is_some_and(|it| !kept.contains(it)) {
                continue;
            }
            let mut step = removal(leftover);
            step.key.phase = if leftover.replaced { Phase::Remove } else { Phase::Main };
            step.reasons = vec![Reason::Destroyed];
            if self.spec.release.contains(&leftover.address) {
                step.action = Action::Release;
                step.reasons = vec![Reason::LetGo];
            } else if kept.contains(&leftover.address) || (follows && self.options.keep_data) {
                step.action = Action::Keep;
                step.effect = Effect::Neutral;
                step.reasons = vec![Reason::KeepsData];
            } else if let Some(what) = &leftover.object.keeps {
                step.block(Reason::Kept { what: what.clone() });
            }
            self.steps.push(step);
        }
    }

    fn finish(mut self) -> Plan {
        self.order_removals();
        let (mut steps, reversed) = arrange(self.steps);
        stop_behind_blocked(&mut steps);
        let mut gaps = self.live.gaps.clone();
        gaps.extend(self.live.found.values().filter_map(|found| match found {
            Found::Unknown(gap) => Some(gap.clone()),
            Found::Absent
            | Found::Ours(_)
            | Found::Provided { .. }
            | Found::Foreign { .. }
            | Found::Ambiguous { .. } => None,
        }));
        gaps.dedup();
        let mut findings: Vec<_> = self
            .live
            .findings
            .iter()
            .filter(|finding| !self.spec.accept.contains(&finding.line()) && !self.options.destroy)
            .cloned()
            .collect();
        findings.sort();
        findings.dedup();
        Plan {
            stack: self.spec.stack.clone(),
            destroys: self.options.destroy,
            steps,
            findings,
            gaps,
            reversed,
            notices: Vec::new(),
        }
    }

    /// Removals come after everything that stops quoting, and what quotes goes before what is quoted.
    fn order_removals(&mut self) {
        let outputs: BTreeMap<(Address, bool), BTreeSet<String>> = self
            .live
            .leftovers
            .iter()
            .map(|it| ((it.address.clone(), it.replaced), &it.object))
            .chain(self.live.found.iter().filter_map(|(address, found)| match found {
                Found::Ours(object) => Some(((address.clone(), false), &**object)),
                Found::Absent
                | Found::Provided { .. }
                | Found::Foreign { .. }
                | Found::Ambiguous { .. }
                | Found::Unknown(_) => None,
            }))
            .map(|(key, object)| (key, texts_of_outputs(object)))
            .collect();
        let quoted: Vec<(StepKey, BTreeSet<String>)> = self
            .steps
            .iter()
            .map(|step| (step.key.clone(), texts(&step.live)))
            .collect();
        let dependents: BTreeMap<Address, BTreeSet<Address>> = self.quotes.clone();
        for step in &mut self.steps {
            if step.action != Action::Delete {
                continue;
            }
            let replaced = step.key.phase == Phase::Remove && step.reasons.contains(&Reason::Superseded);
            let own = [(step.key.address.clone(), replaced), (step.key.address.clone(), false)]
                .iter()
                .find_map(|key| outputs.get(key))
                .cloned()
                .unwrap_or_default();
            let before_creation = step.key.address.kind.descriptor().replace == Replace::DeleteFirst;
            for (key, live) in &quoted {
                if *key != step.key && key.address != step.key.address && live.intersection(&own).next().is_some() {
                    // DeleteFirst: who quotes the old one can only be moved when the new one is there.
                    if !(before_creation && key.phase == Phase::Main && dependents.contains_key(&key.address)) {
                        step.needs.insert(key.clone());
                    }
                }
            }
        }
    }
}

/// The step of an address itself.
fn main(address: &Address) -> StepKey {
    StepKey {
        address: address.clone(),
        phase: Phase::Main,
    }
}

/// The removal of an object that has no place in the file.
fn removal(leftover: &Leftover) -> Step {
    let Leftover {
        address,
        replaced,
        object,
    } = leftover;
    let descriptor = address.kind.descriptor();
    Step {
        action: Action::Delete,
        id: Some(object.id.clone()),
        live: object.value.clone(),
        reasons: vec![if *replaced {
            Reason::Superseded
        } else {
            Reason::LeftTheFile
        }],
        effect: if descriptor.opens {
            Effect::Closes
        } else {
            Effect::Neutral
        },
        cost: object.cost.unwrap_or(descriptor.cost),
        ..Step::new(StepKey {
            address: address.clone(),
            phase: Phase::Remove,
        })
    }
}

/// Whether `--keep-data` keeps an object: it is worth data, and either has no children that are, or has such children.
fn holds_data(leftover: &Leftover, all: &[Leftover]) -> bool {
    let kind = leftover.address.kind;
    if leftover.object.cost.unwrap_or(kind.descriptor().cost) != Cost::Data {
        return false;
    }
    let child_kinds: Vec<_> = Kind::ALL
        .iter()
        .filter(|it| {
            it.descriptor().parent.is_some_and(|(_, parent)| parent == kind) && it.descriptor().cost == Cost::Data
        })
        .collect();
    child_kinds.is_empty()
        || leftover.object.keeps.is_some()
        || all.iter().any(|it| {
            child_kinds.contains(&&it.address.kind)
                && parent_of(&it.address, &it.object, all).as_ref() == Some(&leftover.address)
        })
}

/// The address of an object's parent, by what its parent field says.
fn parent_of(address: &Address, object: &Object, all: &[Leftover]) -> Option<Address> {
    let (field, kind) = address.kind.descriptor().parent?;
    let quoted = object.value.get(field)?.as_text()?;
    all.iter()
        .find(|it| it.address.kind == kind && texts_of_outputs(&it.object).contains(quoted))
        .map(|it| it.address.clone())
}

fn texts_of_outputs(object: &Object) -> BTreeSet<String> {
    object
        .outputs
        .values()
        .filter_map(Value::as_text)
        .filter(|it| it.len() > 3)
        .map(str::to_owned)
        .collect()
}

/// Every text that a value holds, whole, and the strings of its policies.
fn texts(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    fn visit(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Duration(_) | Value::Secret(_) => {}
            Value::Text(text) => {
                if let Some(text) = text.as_literal() {
                    found.insert(text.to_owned());
                }
            }
            Value::Set(items) => items.iter().for_each(|it| visit(it, found)),
            Value::List(items) => items.iter().for_each(|it| visit(it, found)),
            Value::Map(fields) | Value::Table(fields) => fields.values().for_each(|it| visit(it, found)),
            Value::Policy(document) => found.extend(document.strings().into_iter().map(str::to_owned)),
        }
    }
    visit(value, &mut found);
    found
}

/// Puts the live value in the place of a wanted field that is not acted on.
fn keep_live(want: &mut Value, live: &Value, field: &str) {
    if let (Value::Map(want), Some(live)) = (want, live.get(field)) {
        want.insert(field.to_owned(), live.clone());
    }
}

/// The wanted fields, and for those that are not ours what is there: a whole noun.
fn complete(want: &Value, live: &Value) -> Value {
    match (want, live) {
        (Value::Map(want), Value::Map(live)) => {
            let mut whole = live.clone();
            for (name, value) in want {
                if *value == Value::Null {
                    continue;
                }
                let value = live
                    .get(name)
                    .map_or_else(|| value.clone(), |live| complete(value, live));
                whole.insert(name.clone(), value);
            }
            Value::Map(whole)
        }
        (want, _) => want.clone(),
    }
}

/// What depends on a blocked step is stopped, and so is everything that opens something.
fn stop_behind_blocked(steps: &mut [Step]) {
    let Some(first) = steps
        .iter()
        .find(|step| step.action == Action::Blocked)
        .map(|step| step.key.clone())
    else {
        return;
    };
    let by_key: BTreeMap<StepKey, Step> = steps.iter().map(|step| (step.key.clone(), step.clone())).collect();
    let blocked: BTreeSet<&StepKey> = by_key
        .values()
        .filter(|step| step.action == Action::Blocked)
        .map(|step| &step.key)
        .collect();
    for step in steps.iter_mut().filter(|step| step.action.acts()) {
        step.stopped_by = needed_by(&by_key, &step.key)
            .into_iter()
            .find(|need| blocked.contains(need))
            .or_else(|| (step.effect == Effect::Opens).then(|| first.clone()));
    }
}

impl Step {
    /// A step that does nothing yet.
    pub(crate) fn new(key: StepKey) -> Self {
        let cost = key.address.kind.descriptor().cost;
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
            cost,
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

impl crate::live::Finding {
    /// The line under `accept` that accepts it.
    pub fn line(&self) -> String {
        format!("{}: {}", self.address, self.name)
    }
}
