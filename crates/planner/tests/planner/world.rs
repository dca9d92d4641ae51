//! A world without AWS: things that are there, a look at them, and a pure model of carrying out a step.
//!
//! The model is stricter than AWS where that shows a wrong order: nothing is removed that something still quotes,
//! nothing is made twice, and a step must find its object as the plan saw it.

use std::collections::{BTreeMap, BTreeSet};

use planner::{
    Action, Found, Gap, Held, Leftover, Live, Local, LocalFile, Object, Phase, Plan, Step, StepKey, UNKNOWN, UNREAD,
};
use spec_model::{Address, Class, Cost, Kind, Misfit, Reference, Replace, Secret, Shaped, Spec, Value, each_kind};

/// Stands in every secret, and must stand nowhere else.
pub(crate) const CANARY: &str = "CANARY-9f8e7d";

/// Whose a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Ours, with our mark.
    Ours,
    /// Somebody else's, at the place of an address of ours.
    Other,
}

/// An object of the world.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thing {
    pub(crate) address: Address,
    pub(crate) id: String,
    pub(crate) value: Value,
    pub(crate) outputs: BTreeMap<String, Value>,
    pub(crate) held: Vec<Held>,
    pub(crate) owner: Owner,
    pub(crate) claimed_by: Option<String>,
    pub(crate) serial: u32,
    pub(crate) replaces: Option<String>,
    pub(crate) keeps: Option<String>,
    pub(crate) cost: Option<Cost>,
    pub(crate) propagating: Option<String>,
}

impl Thing {
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.outputs.values().filter_map(Value::as_text)
    }
}

/// All that is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct World {
    pub(crate) things: Vec<Thing>,
    pub(crate) serial: u32,
    /// What cannot be read.
    pub(crate) unknown: BTreeMap<Address, Gap>,
    /// Addresses for which several candidates are found.
    pub(crate) ambiguous: BTreeMap<Address, Vec<String>>,
    pub(crate) local: Local,
}

/// Reads a whole noun of a kind from a value and writes it back: every field there, nothing open.
pub(crate) fn whole(kind: Kind, value: &Value) -> Result<Value, Misfit> {
    macro_rules! pick {
        ($($noun:ident = $word:literal),* $(,)?) => {
            match kind { $(Kind::$noun => <spec_model::kinds::$noun as Shaped>::from_value(value).map(|it| it.to_value())),* }
        };
    }
    each_kind!(pick)
}

/// Whether a kind goes and stays with its parent.
pub(crate) fn follows(kind: Kind) -> bool {
    kind.descriptor().replace == Replace::Never && kind.descriptor().parent.is_some()
}

/// Whether somebody left, and counts as absent.
fn left(thing: &Thing) -> bool {
    thing.value.get("standing").and_then(Value::as_text) == Some("left")
}

fn all_texts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Duration(_) | Value::Secret(_) => {}
        Value::Text(text) => out.push(text.to_string()),
        Value::Set(items) => items.iter().for_each(|it| all_texts(it, out)),
        Value::List(items) => items.iter().for_each(|it| all_texts(it, out)),
        Value::Map(fields) | Value::Table(fields) => fields.values().for_each(|it| all_texts(it, out)),
        Value::Policy(document) => out.extend(document.strings().into_iter().map(str::to_owned)),
    }
}

/// What a run knows.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    outputs: BTreeMap<Address, BTreeMap<String, Value>>,
    pub(crate) done: BTreeSet<StepKey>,
    /// The ids of what the plan knew of.
    seen: BTreeSet<String>,
}

impl Run {
    pub(crate) fn new(plan: &Plan, live: &Live) -> Self {
        let replaced: BTreeSet<&Address> = plan
            .steps
            .iter()
            .filter(|step| step.action == Action::Replace)
            .map(|step| &step.key.address)
            .collect();
        let outputs = live
            .found
            .iter()
            .filter_map(|(address, found)| match found {
                Found::Ours(object) if !replaced.contains(address) => Some((address.clone(), object.outputs.clone())),
                Found::Absent
                | Found::Ours(_)
                | Found::Provided { .. }
                | Found::Foreign { .. }
                | Found::Ambiguous { .. }
                | Found::Unknown(_) => None,
            })
            .collect();
        Self {
            outputs,
            done: BTreeSet::new(),
            seen: seen(live),
        }
    }

    /// Whether a step's needs are met: the executor's rule.
    pub(crate) fn may(&self, plan: &Plan, step: &Step) -> bool {
        step.needs.iter().all(|need| {
            self.done.contains(need)
                || plan
                    .step(need)
                    .is_some_and(|it| matches!(it.action, Action::Keep | Action::Held))
        })
    }
}

/// The ids of all that a look found to be ours.
pub(crate) fn seen(live: &Live) -> BTreeSet<String> {
    let found = live.found.values().filter_map(|found| match found {
        Found::Ours(object) => Some(&**object),
        Found::Absent
        | Found::Provided { .. }
        | Found::Foreign { .. }
        | Found::Ambiguous { .. }
        | Found::Unknown(_) => None,
    });
    let left = live.leftovers.iter().map(|it| &it.object);
    found.chain(left).map(|it| it.id.clone()).collect()
}

impl World {
    /// Looks at everything that a spec speaks of.
    pub(crate) fn look(&self, spec: &Spec) -> Live {
        let mut live = Live::default();
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        // The kinds are in the order in which a stack is built up, so parents come before children.
        for (address, resource) in &spec.resources {
            let parent = address.kind.descriptor().parent.and_then(|(field, _)| {
                let quoted = resource.fields.get(field)?.references();
                live.found.get(&quoted.first()?.address)
            });
            let found = match parent {
                Some(Found::Unknown(gap)) => Found::Unknown(gap.clone()),
                Some(Found::Ours(parent)) => {
                    let outputs: BTreeSet<&str> = parent.outputs.values().filter_map(Value::as_text).collect();
                    self.find(spec, address, Some(&outputs), &mut taken)
                }
                Some(_) => Found::Absent,
                None => self.find(spec, address, None, &mut taken),
            };
            let mut found = found;
            if let Found::Ours(bucket) = &mut found {
                self.keep_for_others(address, bucket);
            }
            live.found.insert(address.clone(), found);
        }
        let mut things: Vec<&Thing> = self.things.iter().collect();
        things.sort_by_key(|it| it.address.kind);
        for thing in things {
            let unreadable =
                |it: &Address| matches!(live.found.get(it), Some(Found::Unknown(_) | Found::Ambiguous { .. }));
            if thing.owner != Owner::Ours
                || taken.contains(thing.id.as_str())
                || left(thing)
                || unreadable(&thing.address)
            {
                continue;
            }
            // Children are looked for under what was found.
            if let Some((field, kind)) = thing.address.kind.descriptor().parent {
                let quoted = thing.value.get(field).and_then(Value::as_text);
                let puts_out = |it: &Object| it.outputs.values().any(|it| it.as_text() == quoted);
                let found = live.found.iter().any(|(address, found)| {
                    address.kind == kind && matches!(found, Found::Ours(object) if puts_out(object))
                });
                let left = live
                    .leftovers
                    .iter()
                    .any(|it| it.address.kind == kind && puts_out(&it.object));
                if !found && !left {
                    continue;
                }
            }
            let newest = self
                .things
                .iter()
                .filter(|it| it.address == thing.address && it.owner == Owner::Ours)
                .map(|it| it.serial)
                .max();
            live.leftovers.push(Leftover {
                address: thing.address.clone(),
                replaced: spec.resources.contains_key(&thing.address) || newest != Some(thing.serial),
                object: object(thing),
            });
        }
        for leftover in &mut live.leftovers {
            self.keep_for_others(&leftover.address.clone(), &mut leftover.object);
        }
        live
    }

    /// A bucket that holds objects of others cannot be deleted.
    fn keep_for_others(&self, address: &Address, bucket: &mut Object) {
        let name = bucket.value.get("name");
        let foreign = |it: &&Thing| it.owner == Owner::Other && it.value.get("bucket") == name;
        let count = self
            .things
            .iter()
            .filter(|it| it.address.kind == Kind::Object)
            .filter(foreign)
            .count();
        if address.kind == Kind::Bucket && count > 0 && bucket.keeps.is_none() {
            bucket.keeps = Some(format!("holds {count} object(s) of others"));
        }
    }

    fn find<'w>(
        &'w self,
        spec: &Spec,
        address: &Address,
        parent: Option<&BTreeSet<&str>>,
        taken: &mut BTreeSet<&'w str>,
    ) -> Found {
        if let Some(gap) = self.unknown.get(address) {
            return Found::Unknown(gap.clone());
        }
        if let Some(ids) = self.ambiguous.get(address) {
            return Found::Ambiguous { ids: ids.clone() };
        }
        let here = |thing: &&Thing| {
            thing.address == *address
                && match (address.kind.descriptor().parent, parent) {
                    (Some((field, _)), Some(outputs)) => thing
                        .value
                        .get(field)
                        .and_then(Value::as_text)
                        .is_some_and(|it| outputs.contains(it)),
                    _ => true,
                }
        };
        let all: Vec<&Thing> = self.things.iter().filter(here).collect();
        let adopted = spec.adopt.get(address);
        let ours = |thing: &&&Thing| thing.owner == Owner::Ours || adopted == Some(&thing.id);
        let Some(newest) = all.iter().filter(ours).max_by_key(|it| it.serial) else {
            return match all.first() {
                Some(other) if address.kind == Kind::Object => Found::Provided { id: other.id.clone() },
                Some(other) => Found::Foreign {
                    id: other.id.clone(),
                    claimed_by: other.claimed_by.clone(),
                },
                None => Found::Absent,
            };
        };
        let mut chain = newest.replaces.clone();
        let mut older: Vec<&&Thing> = all.iter().filter(ours).filter(|it| it.id != newest.id).collect();
        older.sort_by_key(|it| std::cmp::Reverse(it.serial));
        for thing in older {
            if chain.as_deref() != Some(&*thing.id) {
                return Found::Ambiguous {
                    ids: vec![newest.id.clone(), thing.id.clone()],
                };
            }
            chain = thing.replaces.clone();
        }
        taken.insert(&newest.id);
        Found::Ours(Box::new(object(newest)))
    }

    /// Carries out a step. Panics where AWS would refuse, or the plan's promises are broken.
    pub(crate) fn carry_out(&mut self, plan: &Plan, step: &Step, run: &mut Run) {
        let key = &step.key;
        assert!(
            run.may(plan, step),
            "`{key}` comes before what it needs: {:?}",
            step.needs
        );
        assert!(!run.done.contains(key), "`{key}` is there twice");
        let outputs = run.outputs.clone();
        let want = step
            .want
            .resolve(&|reference: &Reference| outputs.get(&reference.address)?.get(&reference.output).cloned());
        match step.action {
            Action::Create | Action::Replace => {
                let made = self.make(step, &want);
                run.outputs.insert(key.address.clone(), made);
            }
            Action::Update => self.change(step, &want),
            Action::Delete => self.remove(step, run),
            Action::Release => {
                let thing = self.by_id(step);
                thing.owner = Owner::Other;
                take_marks_off(&mut thing.value);
            }
            Action::Keep | Action::Held | Action::Blocked => panic!("`{key}` does not act"),
        }
        run.done.insert(key.clone());
    }

    fn complete(&self, step: &Step, want: &Value) -> Value {
        let key = &step.key;
        assert_eq!(want.references(), [], "`{key}` quotes what is not known");
        let mut value = whole(key.address.kind, want).unwrap_or_else(|misfit| panic!("`{key}`: {misfit}"));
        if let (Some(_), Value::Map(fields)) = (&step.source, &mut value) {
            let known = fields.get("fingerprint").and_then(Value::as_text);
            if known.is_none_or(|it| it.ends_with(UNREAD)) {
                // Whoever uploads computes it.
                if let Some(file) = self.local.get(&key.address) {
                    fields.insert("fingerprint".to_owned(), fingerprint(file).into());
                }
            }
        }
        value
    }

    fn make(&mut self, step: &Step, want: &Value) -> BTreeMap<String, Value> {
        let address = &step.key.address;
        let kind = address.kind;
        let value = self.complete(step, want);
        let parent = kind.descriptor().parent.map(|(field, _)| value.get(field).cloned());
        for other in self.things.iter().filter(|it| it.address == *address) {
            let same_parent = parent
                == kind
                    .descriptor()
                    .parent
                    .map(|(field, _)| other.value.get(field).cloned());
            let superseded = kind.descriptor().replace == Replace::CreateFirst
                && step.replaces.as_ref() == Some(&other.id)
                || self.things.iter().any(|it| it.replaces.as_ref() == Some(&other.id));
            assert!(
                !same_parent || superseded,
                "`{address}` is made while `{}` is there",
                other.id
            );
        }
        self.serial += 1;
        let id = format!("{kind}-id-{}", self.serial);
        let outputs = kind
            .descriptor()
            .outputs
            .iter()
            .map(|output| {
                let value = match (output.name, output.secret) {
                    (_, true) if value.get("secret") == Some(&Value::Bool(false)) => Value::Secret(Secret::new("")),
                    (_, true) => Value::Secret(Secret::new(CANARY)),
                    ("name" | "username", _) => value.get("name").cloned().expect("the kind has a name"),
                    (name, _) => format!("{id}:{name}").into(),
                };
                (output.name.to_owned(), value)
            })
            .collect::<BTreeMap<_, _>>();
        self.things.push(Thing {
            address: address.clone(),
            id,
            value,
            outputs: outputs.clone(),
            held: Vec::new(),
            owner: Owner::Ours,
            claimed_by: None,
            serial: self.serial,
            replaces: step.replaces.clone(),
            keeps: None,
            cost: None,
            propagating: None,
        });
        outputs
    }

    fn by_id(&mut self, step: &Step) -> &mut Thing {
        let id = step.id.as_ref().expect("a step on an object has its id");
        self.things
            .iter_mut()
            .find(|it| it.id == *id)
            .unwrap_or_else(|| panic!("`{}`: there is no `{id}`", step.key))
    }

    fn change(&mut self, step: &Step, want: &Value) {
        let value = self.complete(step, want);
        let thing = self.by_id(step);
        assert_eq!(thing.value, step.live, "`{}` is not as the plan saw it", step.key);
        for field in &step.key.address.kind.descriptor().fields {
            if field.class == Class::Fixed {
                assert_eq!(
                    thing.value.get(field.name),
                    value.get(field.name),
                    "`{}` cannot change `{}`",
                    step.key,
                    field.name
                );
            }
        }
        thing.value = value;
        // A tightening half may precede the half that writes the mark.
        if step.key.phase == Phase::Main {
            thing.owner = Owner::Ours;
        }
        thing.held.retain(|held| !step.loosen.contains(&held.name));
    }

    fn remove(&mut self, step: &Step, run: &Run) {
        let thing = self.by_id(step).clone();
        assert_eq!(thing.owner, Owner::Ours, "`{}` is not ours", step.key);
        assert_eq!(thing.keeps, None, "`{}` cannot go", step.key);
        if thing.address.kind.descriptor().crowd.is_some() {
            // People are disabled, not deleted.
            if let Value::Map(fields) = &mut self.by_id(step).value {
                fields.insert("standing".to_owned(), "left".into());
            }
            return;
        }
        self.things.retain(|it| it.id != thing.id);
        let child_of = |it: &Thing| {
            it.address.kind.descriptor().parent.is_some_and(|(field, kind)| {
                kind == thing.address.kind
                    && it
                        .value
                        .get(field)
                        .and_then(Value::as_text)
                        .is_some_and(|quoted| thing.texts().any(|text| text == quoted))
            })
        };
        self.things.retain(|it| !(follows(it.address.kind) && child_of(it)));
        for other in self
            .things
            .iter()
            .filter(|it| it.owner == Owner::Ours && run.seen.contains(&it.id))
        {
            assert!(
                !child_of(other),
                "`{}` goes before its child `{}`",
                step.key,
                other.address
            );
            if thing.address.kind.descriptor().replace == Replace::DeleteFirst {
                continue;
            }
            // Who goes with a parent has no step of its own, and AWS does not mind.
            if follows(other.address.kind) {
                continue;
            }
            let mut texts = Vec::new();
            all_texts(&other.value, &mut texts);
            for text in thing.texts().filter(|it| it.contains("-id-")) {
                assert!(
                    !texts.iter().any(|it| it.contains(text)),
                    "`{}` goes while `{}` quotes it",
                    step.key,
                    other.address
                );
            }
        }
    }

    /// Carries out all steps of a plan in order; those that are stopped are left out.
    pub(crate) fn apply(&mut self, plan: &Plan, live: &Live) {
        let mut run = Run::new(plan, live);
        for step in plan
            .steps
            .iter()
            .filter(|it| it.action.acts() && it.stopped_by.is_none())
        {
            self.carry_out(plan, step, &mut run);
        }
    }

    /// The thing of an address that is ours and newest.
    pub(crate) fn get(&mut self, address: &Address) -> Option<&mut Thing> {
        self.things
            .iter_mut()
            .filter(|it| it.address == *address)
            .max_by_key(|it| it.serial)
    }

    /// What is there, with the ids that are made up by the world put back to who has them: worlds that were built in
    /// another order compare equal.
    pub(crate) fn essence(&self) -> Vec<String> {
        let mut names: Vec<(String, String)> = self
            .things
            .iter()
            .map(|it| (it.id.clone(), format!("<{}>", it.address)))
            .collect();
        // The longest first, so that none is cut by a shorter one.
        names.sort_by_key(|(id, _)| std::cmp::Reverse(id.len()));
        let mut lines: Vec<String> = self
            .things
            .iter()
            .map(|it| {
                let mut line = format!("{} {:?} {:?} {:?}", it.address, it.owner, it.value, it.held);
                for (id, name) in &names {
                    line = line.replace(id, name);
                }
                line
            })
            .collect();
        lines.sort();
        lines
    }
}

/// Removes our marks from an object's tags.
pub(crate) fn take_marks_off(value: &mut Value) {
    if let Value::Map(fields) = value
        && let Some(Value::Map(tags)) = fields.get_mut("tags")
    {
        tags.retain(|name, _| !name.starts_with("igvctl:"));
    }
}

/// The fingerprint that an upload gives a file.
pub(crate) fn fingerprint(file: &LocalFile) -> String {
    file.fingerprint
        .clone()
        .unwrap_or_else(|| format!("{}-computed", file.size))
}

fn object(thing: &Thing) -> Object {
    let tagged = thing
        .address
        .kind
        .descriptor()
        .fields
        .iter()
        .any(|it| it.name == "tags");
    Object {
        id: thing.id.clone(),
        value: thing.value.clone(),
        outputs: thing.outputs.clone(),
        held: thing.held.clone(),
        // Tags are compared as tags.
        marked: tagged || thing.owner == Owner::Ours,
        cost: thing.cost,
        keeps: thing.keeps.clone(),
        propagating: thing.propagating.clone(),
    }
}

/// Local files as a second look sees them: computed where the size is the same as what was uploaded.
pub(crate) fn local_after(world: &World) -> Local {
    world
        .local
        .iter()
        .map(|(address, file)| {
            let uploaded = world
                .things
                .iter()
                .find(|it| it.address == *address)
                .and_then(|it| it.value.get("fingerprint"))
                .and_then(Value::as_text)
                .filter(|it| !it.ends_with(UNKNOWN))
                .map(str::to_owned);
            let same_size = uploaded.is_some_and(|it| it.split('-').next() == Some(&*file.size.to_string()));
            let seen = LocalFile {
                size: file.size,
                fingerprint: same_size.then(|| fingerprint(file)),
            };
            (address.clone(), seen)
        })
        .collect()
}
