//! A fake world: plain maps of values, with faults at any call.
//!
//! It is as strict as the strictest of AWS: nothing is made twice, nothing is deleted that something else still
//! quotes, and a deed with an open reference is refused.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use applier::{Act, Deed, ErrorClass, Look, Made, What, WorldError};
use planner::{Found, Gap, Leftover, Live, Object};
use spec_model::{Address, Kind, Replace, Secret, Spec, Stack, Value};

/// What goes wrong, at which call; calls are counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// This call is refused.
    Refused(usize),
    /// This call takes effect, and its answer is lost.
    AnswerLost(usize),
    /// This call and all later ones are refused, as when the caller was killed.
    Killed(usize),
}

/// An object.
#[derive(Debug, Clone, PartialEq)]
struct Thing {
    address: Address,
    /// The object whose place it took.
    replaces: Option<String>,
    value: Value,
    outputs: BTreeMap<String, Value>,
}

#[derive(Debug, Default)]
struct State {
    things: BTreeMap<String, Thing>,
    made: usize,
    calls: Vec<String>,
    fault: Option<Fault>,
    /// Addresses whose deeds always fail, by the deed's word.
    refused: BTreeSet<String>,
    under_way: BTreeMap<String, usize>,
    most: BTreeMap<String, usize>,
    unreadable: BTreeSet<Address>,
    interrupts: Option<usize>,
}

/// The world.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    state: Mutex<State>,
    pub(crate) interrupted: std::sync::atomic::AtomicBool,
}

impl Fake {
    /// Lets a call fail, and counts anew.
    pub(crate) fn fails(&self, fault: Option<Fault>) {
        let mut state = self.state.lock().unwrap();
        state.calls.clear();
        state.fault = fault;
    }

    /// Refuses a deed for good: `delete role.signed-in`.
    pub(crate) fn refuses(&self, deed: &str) {
        self.state.lock().unwrap().refused.insert(deed.to_owned());
    }

    /// Hides an address from every look.
    pub(crate) fn hides(&self, address: &str) {
        let address = address.parse().unwrap();
        self.state.lock().unwrap().unreadable.insert(address);
    }

    /// Interrupts the run during a call.
    pub(crate) fn interrupts(&self, at: usize) {
        self.state.lock().unwrap().interrupts = Some(at);
    }

    /// The deeds so far: `create role.signed-in`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.state.lock().unwrap().calls.clone()
    }

    /// The most deeds that were under way at once, by service and by bucket whose settings they write.
    pub(crate) fn most(&self) -> BTreeMap<String, usize> {
        self.state.lock().unwrap().most.clone()
    }

    /// How many objects carry the mark of each address.
    pub(crate) fn count(&self) -> BTreeMap<Address, usize> {
        let state = self.state.lock().unwrap();
        state.things.values().fold(BTreeMap::new(), |mut counts, thing| {
            *counts.entry(thing.address.clone()).or_default() += 1;
            counts
        })
    }

    /// Whether an object holds a text where only secrets are.
    pub(crate) fn holds_in_secret(&self, address: &str, text: &str) -> bool {
        let address: Address = address.parse().unwrap();
        let state = self.state.lock().unwrap();
        state
            .things
            .values()
            .any(|it| it.address == address && secret_holds(&it.value, text))
    }

    /// A field as it is.
    pub(crate) fn field(&self, address: &str, field: &str) -> Value {
        let address: Address = address.parse().unwrap();
        let state = self.state.lock().unwrap();
        let thing = state.things.values().find(|it| it.address == address).unwrap();
        thing.value.get(field).unwrap().clone()
    }

    /// Changes a field behind the back.
    pub(crate) fn change(&self, address: &str, field: &str, value: Value) {
        let mut state = self.state.lock().unwrap();
        let address: Address = address.parse().unwrap();
        let thing = state.things.values_mut().find(|it| it.address == address).unwrap();
        let Value::Map(fields) = &mut thing.value else { panic!() };
        fields.insert(field.to_owned(), value);
    }
}

/// The texts that stand for an object in others.
fn names(thing: &Thing) -> impl Iterator<Item = &str> {
    thing.outputs.values().filter_map(Value::as_text)
}

fn quotes(value: &Value, of: &Thing) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Duration(_) | Value::Secret(_) => false,
        Value::Text(text) => names(of).any(|name| text.to_string() == name),
        Value::Set(items) => items.iter().any(|it| quotes(it, of)),
        Value::List(items) => items.iter().any(|it| quotes(it, of)),
        Value::Map(fields) | Value::Table(fields) => fields.values().any(|it| quotes(it, of)),
        Value::Policy(document) => document
            .strings()
            .iter()
            .any(|text| names(of).any(|name| *text == name)),
    }
}

fn secret_holds(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Secret(secret) => secret.expose().contains(wanted),
        Value::Set(items) => items.iter().any(|it| secret_holds(it, wanted)),
        Value::List(items) => items.iter().any(|it| secret_holds(it, wanted)),
        Value::Map(fields) | Value::Table(fields) => fields.values().any(|it| secret_holds(it, wanted)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Duration(_) | Value::Text(_) | Value::Policy(_) => false,
    }
}

/// A user or a bucket policy goes with its pool or bucket.
fn goes_along(kind: Kind) -> bool {
    kind.descriptor().parent.is_some() && kind.descriptor().replace == Replace::Never
}

/// What a deed counts to: its service, and the bucket whose settings it writes.
fn groups(deed: &Deed<'_>) -> Vec<String> {
    let word = deed.address.kind.word();
    let value = match &deed.what {
        What::Create { want } | What::Update { want, .. } => Some(want),
        What::Delete { live, .. } => Some(live),
        What::Release { .. } => None,
    };
    let bucket = match word {
        "bucket" => value.and_then(|it| it.get("name")),
        "bucket_policy" => value.and_then(|it| it.get("bucket")),
        _ => None,
    };
    let settings = bucket.and_then(Value::as_text).map(|name| format!("bucket {name}"));
    std::iter::once(service(word).to_owned()).chain(settings).collect()
}

fn service(word: &str) -> &'static str {
    if word.starts_with("user") {
        "cognito-idp"
    } else if word.starts_with("identity") {
        "cognito-identity"
    } else if word == "role" {
        "iam"
    } else if word == "distribution" || word == "origin_access_control" {
        "cloudfront"
    } else {
        "s3"
    }
}

fn refused(message: String) -> WorldError {
    WorldError::own("fake:Call", message)
}

fn object(id: &str, thing: &Thing) -> Object {
    Object {
        id: id.to_owned(),
        value: thing.value.clone(),
        outputs: thing.outputs.clone(),
        held: Vec::new(),
        marked: true,
        cost: None,
        keeps: None,
        propagating: None,
    }
}

impl Look for Fake {
    async fn look(&self, spec: &Spec) -> Live {
        let state = self.state.lock().unwrap();
        let mut live = Live::default();
        let replaced: BTreeSet<&String> = state.things.values().filter_map(|it| it.replaces.as_ref()).collect();
        for (id, thing) in &state.things {
            let known = spec.resources.contains_key(&thing.address);
            if known && !replaced.contains(id) {
                let before = live
                    .found
                    .insert(thing.address.clone(), Found::Ours(Box::new(object(id, thing))));
                assert_eq!(before, None, "two objects stand at {}", thing.address);
            } else {
                live.leftovers.push(Leftover {
                    address: thing.address.clone(),
                    replaced: known,
                    object: object(id, thing),
                });
            }
        }
        for address in &state.unreadable {
            let gap = Gap {
                what: address.to_string(),
                action: "fake:Read".to_owned(),
                error: "AccessDenied".to_owned(),
                denied: true,
            };
            live.found.insert(address.clone(), Found::Unknown(gap));
        }
        live
    }
}

impl Act for Fake {
    async fn act(&self, _stack: &Stack, deed: Deed<'_>) -> Result<Made, WorldError> {
        let word = match &deed.what {
            What::Create { .. } => "create",
            What::Update { .. } => "update",
            What::Delete { .. } => "delete",
            What::Release { .. } => "release",
        };
        let name = format!("{word} {}", deed.address);
        let groups = groups(&deed);
        let number = {
            let mut state = self.state.lock().unwrap();
            state.calls.push(name.clone());
            for group in &groups {
                let now = state.under_way.entry(group.clone()).or_default();
                *now += 1;
                let now = *now;
                let most = state.most.entry(group.clone()).or_default();
                *most = now.max(*most);
            }
            state.calls.len()
        };
        // Some calls take longer than others, so that steps end in another order than they began.
        for _ in 0..=(number * 7) % 5 {
            (deed.waiting)("the fake world");
            tokio::task::yield_now().await;
        }
        let mut state = self.state.lock().unwrap();
        for group in &groups {
            *state.under_way.get_mut(group).unwrap() -= 1;
        }
        if state.interrupts == Some(number) {
            self.interrupted.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        let fails = match state.fault {
            Some(Fault::Refused(at)) => number == at,
            Some(Fault::Killed(at)) => number >= at,
            Some(Fault::AnswerLost(_)) | None => false,
        };
        if fails || state.refused.contains(&name) {
            return Err(refused(format!("{name} is refused")));
        }
        let answer = state.carry_out(&deed)?;
        if state.fault == Some(Fault::AnswerLost(number)) {
            let mut error = refused(format!("the answer to {name} is lost"));
            error.class = ErrorClass::Ambiguous;
            return Err(error);
        }
        Ok(answer)
    }
}

impl State {
    fn carry_out(&mut self, deed: &Deed<'_>) -> Result<Made, WorldError> {
        let address = deed.address;
        let done = |id: &str| Made {
            id: id.to_owned(),
            outputs: BTreeMap::new(),
        };
        match &deed.what {
            What::Create { want } => {
                assert_eq!(want.references(), vec![], "{address} is made with an open reference");
                let there = self.things.iter().find(|(id, it)| {
                    it.address == *address
                        && deed.replaces != Some(id.as_str())
                        && it.replaces.as_deref() == deed.replaces
                });
                assert_eq!(there, None, "{address} is made twice");
                self.made += 1;
                let id = format!("{}-{}", address.kind.word(), self.made);
                let outputs = outputs(address.kind, &id, want);
                let replaces = deed.replaces.map(str::to_owned);
                let thing = Thing {
                    address: address.clone(),
                    replaces,
                    value: want.clone(),
                    outputs: outputs.clone(),
                };
                self.things.insert(id.clone(), thing);
                Ok(Made { id, outputs })
            }
            What::Update { id, live, want } => {
                assert_eq!(want.references(), vec![], "{address} is written with an open reference");
                let thing = self
                    .things
                    .get_mut(id)
                    .ok_or_else(|| refused(format!("{id} is gone")))?;
                assert_eq!(
                    &thing.value, live,
                    "{address} changed since the plan, or a step before is not counted in"
                );
                thing.value = want.clone();
                Ok(done(id))
            }
            What::Delete { id, live: _ } => {
                let Some(thing) = self.things.get(id).cloned() else {
                    return Ok(done(id));
                };
                let along: Vec<String> = self
                    .things
                    .iter()
                    .filter(|(other, it)| *other != id && quotes(&it.value, &thing))
                    .filter(|(_, it)| {
                        let parent = it.address.kind.descriptor().parent;
                        goes_along(it.address.kind) && parent.is_some_and(|(_, of)| of == address.kind)
                    })
                    .map(|(other, _)| other.clone())
                    .collect();
                let quoting = self
                    .things
                    .iter()
                    .find(|(other, it)| *other != id && !goes_along(it.address.kind) && quotes(&it.value, &thing));
                // A kind that goes before its successor is made goes while others still quote it.
                let early = address.kind.descriptor().replace == Replace::DeleteFirst;
                if let (Some((_, quoting)), false) = (quoting, early) {
                    return Err(refused(format!("{address} is still quoted by {}", quoting.address)));
                }
                self.things.remove(id);
                for other in along {
                    self.things.remove(&other);
                }
                Ok(done(id))
            }
            What::Release { id } => {
                self.things.remove(id);
                Ok(done(id))
            }
        }
    }
}

/// What stands in every secret, so that a test can look for it where it must not be.
pub(crate) const CANARY: &str = "canary0secret0canary";

/// What an object puts out: a field of that name, else something made of its id.
fn outputs(kind: Kind, id: &str, value: &Value) -> BTreeMap<String, Value> {
    kind.descriptor()
        .outputs
        .iter()
        .map(|output| {
            let value = if let Some(field) = value.get(output.name).filter(|it| it.as_text().is_some()) {
                field.clone()
            } else if output.secret {
                Value::Secret(Secret::new(format!("{CANARY}{id}")))
            } else {
                format!("{id}/{}", output.name).into()
            };
            (output.name.to_owned(), value)
        })
        .collect()
}
