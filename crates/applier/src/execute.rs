//! Carrying out a plan: a graph of steps, run side by side.
//!
//! A step begins when all that it needs is done. One that failed keeps back what needs it, directly or not, and nothing
//! else; since a removal needs the removals of what quotes it, a failed one also keeps what it quotes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt};
use planner::{Action, Effect, Found, Held, Live, Phase, Plan, Step, StepKey};
use spec_model::{Address, Kind, Reference, Value};

use crate::error::WorldError;
use crate::verbs::Made;
use crate::world::{Act, Deed, What};

/// How many steps of one AWS service are under way at most.
const WRITES: usize = 5;

/// What the executor says while it works.
#[derive(Debug)]
pub enum Event<'a> {
    /// A step began.
    Started(&'a Step),
    /// A step waits for AWS.
    Waiting(&'a Step, &'a str),
    /// A step ended.
    Ended(&'a Step, &'a Outcome, Duration),
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// There was nothing to do.
    Unneeded,
    /// It was left alone, because somebody tightened it by hand.
    Held(Vec<Held>),
    /// It was not begun, because of another step.
    Skipped {
        /// The step that failed, is blocked, or was itself skipped.
        because: StepKey,
    },
    /// It was not begun: the run was interrupted, or only what closes was to be done.
    NotStarted,
    /// It cannot be done.
    Blocked,
    /// AWS refused it.
    Failed(WorldError),
}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Every step of the plan and how it ended.
    pub results: Vec<(Step, Outcome)>,
    /// What is known of outputs at the end.
    pub outputs: BTreeMap<Address, BTreeMap<String, Value>>,
    /// Whether the run was interrupted.
    pub interrupted: bool,
}

impl Report {
    /// The steps that failed.
    pub fn failed(&self) -> impl Iterator<Item = (&Step, &WorldError)> {
        self.results.iter().filter_map(|(step, outcome)| match outcome {
            Outcome::Failed(error) => Some((step, error)),
            Outcome::Done
            | Outcome::Unneeded
            | Outcome::Held(_)
            | Outcome::Skipped { .. }
            | Outcome::NotStarted
            | Outcome::Blocked => None,
        })
    }
}

/// Carries out a plan.
///
/// With `tightening` only what closes is done, whatever else is blocked. When `interrupted` turns true, the steps under
/// way are finished and nothing new is begun.
pub async fn execute<W: Act>(
    world: &W,
    plan: &Plan,
    live: &Live,
    tightening: bool,
    interrupted: &AtomicBool,
    say: &(dyn Fn(Event<'_>) + Send + Sync),
) -> Report {
    let mut run = Run::new(plan, live, tightening);
    let mut running = FuturesUnordered::new();
    loop {
        while let Some((begun, deed)) = run.begin() {
            running.push(async move {
                // Asked as late as can be: an interruption may come while it waits for its turn.
                let answer = if interrupted.load(Ordering::Relaxed) {
                    None
                } else {
                    Some(carry_out(world, plan, begun.step, deed, say).await)
                };
                (begun, answer)
            });
        }
        let Some((begun, answer)) = running.next().await else {
            break;
        };
        let Some((answer, elapsed)) = answer else {
            run.finish(begun, Outcome::NotStarted);
            continue;
        };
        let outcome = match answer {
            Ok(made) => {
                run.learn(begun.step, made);
                Outcome::Done
            }
            Err(error) => Outcome::Failed(error),
        };
        say(Event::Ended(begun.step, &outcome, elapsed));
        run.finish(begun, outcome);
    }
    let outcomes = run.outcomes.into_iter().map(|it| it.unwrap_or(Outcome::NotStarted));
    Report {
        results: plan.steps.iter().cloned().zip(outcomes).collect(),
        outputs: run.outputs,
        interrupted: interrupted.load(Ordering::Relaxed),
    }
}

/// A run of a plan: what is decided, and what may begin. Steps go by their place in the plan.
struct Run<'a> {
    plan: &'a Plan,
    tightening: bool,
    outcomes: Vec<Option<Outcome>>,
    needs: Vec<Vec<usize>>,
    /// How many needs of each step are undecided.
    open: Vec<usize>,
    needed_by: Vec<Vec<usize>>,
    /// What may begin, by the service that it writes to; the first in the plan first.
    ready: BTreeMap<&'static str, BTreeSet<usize>>,
    under_way: BTreeMap<&'static str, usize>,
    /// Buckets whose settings are being written: S3 refuses two such writes at once (`OperationAborted`).
    busy: BTreeSet<String>,
    outputs: BTreeMap<Address, BTreeMap<String, Value>>,
}

/// A step that begins.
struct Begun<'a> {
    at: usize,
    step: &'a Step,
    bucket: Option<String>,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, live: &Live, tightening: bool) -> Self {
        let places: BTreeMap<&StepKey, usize> = plan.steps.iter().enumerate().map(|(at, it)| (&it.key, at)).collect();
        let needs: Vec<Vec<usize>> = plan
            .steps
            .iter()
            .map(|step| step.needs.iter().filter_map(|it| places.get(it).copied()).collect())
            .collect();
        let mut needed_by = vec![Vec::new(); plan.steps.len()];
        for (at, needs) in needs.iter().enumerate() {
            for need in needs {
                needed_by[*need].push(at);
            }
        }
        let mut run = Self {
            plan,
            tightening,
            outcomes: vec![None; plan.steps.len()],
            open: needs.iter().map(Vec::len).collect(),
            needs,
            needed_by,
            ready: BTreeMap::new(),
            under_way: BTreeMap::new(),
            busy: BTreeSet::new(),
            outputs: known_outputs(plan, live),
        };
        // What is as wanted holds nobody up, whatever it needs itself.
        let (idle, active): (Vec<usize>, Vec<usize>) =
            (0..plan.steps.len()).partition(|at| idle(&plan.steps[*at]).is_some());
        for at in idle.into_iter().chain(active) {
            run.consider(at);
        }
        run
    }

    /// Decides a step if that can be done without AWS, or makes it ready; then those that waited for it.
    fn consider(&mut self, at: usize) {
        let mut rest = vec![at];
        while let Some(at) = rest.pop() {
            if self.outcomes[at].is_some() {
                continue;
            }
            let step = &self.plan.steps[at];
            let outcome = match idle(step) {
                Some(outcome) => outcome,
                None if self.open[at] > 0 => continue,
                None => match self.kept_back(at) {
                    Some(outcome) => outcome,
                    None => {
                        self.ready.entry(service(step.key.address.kind)).or_default().insert(at);
                        continue;
                    }
                },
            };
            self.decide(at, outcome, &mut rest);
        }
    }

    fn decide(&mut self, at: usize, outcome: Outcome, rest: &mut Vec<usize>) {
        self.outcomes[at] = Some(outcome);
        for &next in &self.needed_by[at] {
            self.open[next] -= 1;
        }
        rest.extend(&self.needed_by[at]);
    }

    /// Why a step whose needs are all decided is not begun.
    fn kept_back(&self, at: usize) -> Option<Outcome> {
        let step = &self.plan.steps[at];
        if self.tightening && step.effect != Effect::Closes {
            return Some(Outcome::NotStarted);
        }
        let mut not_started = false;
        for &need in &self.needs[at] {
            match self.outcomes[need].as_ref() {
                None | Some(Outcome::Done | Outcome::Unneeded | Outcome::Held(_)) => {}
                Some(Outcome::NotStarted) => not_started = true,
                Some(Outcome::Skipped { because }) => {
                    return Some(Outcome::Skipped {
                        because: because.clone(),
                    });
                }
                Some(Outcome::Blocked | Outcome::Failed(_)) => {
                    return Some(Outcome::Skipped {
                        because: self.plan.steps[need].key.clone(),
                    });
                }
            }
        }
        if let Some(because) = &step.stopped_by {
            return Some(Outcome::Skipped {
                because: because.clone(),
            });
        }
        not_started.then_some(Outcome::NotStarted)
    }

    /// The next step that may begin now.
    fn begin(&mut self) -> Option<(Begun<'a>, What)> {
        let plan = self.plan;
        let (service, at, bucket) = self.ready.iter().find_map(|(service, steps)| {
            if self.under_way.get(service).is_some_and(|it| *it >= WRITES) {
                return None;
            }
            let free = steps.iter().map(|at| (*at, bucket(&plan.steps[*at])));
            let mut free = free.filter(|(_, bucket)| bucket.as_ref().is_none_or(|it| !self.busy.contains(it)));
            free.next().map(|(at, bucket)| (*service, at, bucket))
        })?;
        self.ready.get_mut(service)?.remove(&at);
        *self.under_way.entry(service).or_default() += 1;
        self.busy.extend(bucket.clone());
        let step = &plan.steps[at];
        Some((Begun { at, step, bucket }, self.deed(step)))
    }

    fn deed(&self, step: &Step) -> What {
        let want = || {
            step.want
                .resolve(&|reference: &Reference| self.outputs.get(&reference.address)?.get(&reference.output).cloned())
        };
        let id = step.id.clone().unwrap_or_default();
        let live = step.live.clone();
        match step.action {
            Action::Create | Action::Replace => What::Create { want: want() },
            Action::Update => What::Update { id, live, want: want() },
            Action::Delete => What::Delete { id, live },
            Action::Release => What::Release { id },
            Action::Keep | Action::Held | Action::Blocked => unreachable!("a step that does nothing is never ready"),
        }
    }

    /// Keeps what an object lets others quote. An update changes none of it, so only a new object's count.
    fn learn(&mut self, step: &Step, made: Made) {
        match (step.action, step.key.phase) {
            (Action::Create | Action::Replace, _) => {
                self.outputs.insert(step.key.address.clone(), made.outputs);
            }
            (Action::Delete, Phase::Main) => {
                self.outputs.remove(&step.key.address);
            }
            (Action::Delete, _)
            | (Action::Update | Action::Release | Action::Keep | Action::Held | Action::Blocked, _) => {}
        }
    }

    fn finish(&mut self, begun: Begun<'_>, outcome: Outcome) {
        let Begun { at, step, bucket } = begun;
        if let Some(count) = self.under_way.get_mut(service(step.key.address.kind)) {
            *count -= 1;
        }
        if let Some(bucket) = bucket {
            self.busy.remove(&bucket);
        }
        let mut rest = Vec::new();
        self.decide(at, outcome, &mut rest);
        rest.into_iter().for_each(|it| self.consider(it));
    }
}

/// Outputs of what is there and stays: those of an object that is replaced are not known before the new one is made.
fn known_outputs(plan: &Plan, live: &Live) -> BTreeMap<Address, BTreeMap<String, Value>> {
    let replaced: BTreeSet<&Address> = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Replace)
        .map(|step| &step.key.address)
        .collect();
    live.found
        .iter()
        .filter_map(|(address, found)| match found {
            Found::Ours(object) if !replaced.contains(address) => Some((address.clone(), object.outputs.clone())),
            Found::Ours(_)
            | Found::Absent
            | Found::Provided { .. }
            | Found::Foreign { .. }
            | Found::Ambiguous { .. }
            | Found::Unknown(_) => None,
        })
        .collect()
}

/// How a step ends that does nothing.
fn idle(step: &Step) -> Option<Outcome> {
    match step.action {
        Action::Keep => Some(Outcome::Unneeded),
        Action::Held => Some(Outcome::Held(step.held.clone())),
        Action::Blocked => Some(Outcome::Blocked),
        Action::Create | Action::Update | Action::Replace | Action::Delete | Action::Release => None,
    }
}

/// The service that a kind is written to: each limits how often it is asked.
fn service(kind: Kind) -> &'static str {
    match kind {
        Kind::UserPool | Kind::UserPoolDomain | Kind::UserPoolClient | Kind::User => "cognito-idp",
        Kind::IdentityPool | Kind::IdentityPoolRoles => "cognito-identity",
        Kind::Role => "iam",
        Kind::Bucket | Kind::BucketPolicy | Kind::ConfigFile | Kind::WelcomePage | Kind::Object => "s3",
        Kind::OriginAccessControl | Kind::Distribution => "cloudfront",
    }
}

/// The bucket whose settings a step writes; objects go into a bucket side by side.
fn bucket(step: &Step) -> Option<String> {
    let field = match step.key.address.kind {
        Kind::Bucket => "name",
        Kind::BucketPolicy => "bucket",
        Kind::UserPool
        | Kind::UserPoolDomain
        | Kind::UserPoolClient
        | Kind::User
        | Kind::IdentityPool
        | Kind::IdentityPoolRoles
        | Kind::Role
        | Kind::OriginAccessControl
        | Kind::Distribution
        | Kind::ConfigFile
        | Kind::WelcomePage
        | Kind::Object => return None,
    };
    let name = |value: &Value| value.get(field).and_then(Value::as_text).map(str::to_owned);
    name(&step.live).or_else(|| name(&step.want))
}

async fn carry_out<W: Act>(
    world: &W,
    plan: &Plan,
    step: &Step,
    deed: What,
    say: &(dyn Fn(Event<'_>) + Send + Sync),
) -> (Result<Made, WorldError>, Duration) {
    say(Event::Started(step));
    let since = Instant::now();
    let answer = match open_reference(&deed) {
        Some(reference) => Err(WorldError::own(
            "igvctl",
            format!("`{}` quotes `{reference}`, which nothing put out", step.key),
        )),
        None => {
            let waiting = |text: &str| say(Event::Waiting(step, text));
            let deed = Deed {
                address: &step.key.address,
                what: deed,
                loosen: &step.loosen,
                replaces: step.replaces.as_deref(),
                source: step.source.as_deref(),
                waiting: &waiting,
            };
            world.act(&plan.stack, deed).await
        }
    };
    (answer, since.elapsed())
}

/// What a deed still quotes: a mistake of ours, which must not reach AWS half done.
fn open_reference(deed: &What) -> Option<Reference> {
    match deed {
        What::Create { want } | What::Update { want, .. } => want.references().into_iter().next(),
        What::Delete { .. } | What::Release { .. } => None,
    }
}
