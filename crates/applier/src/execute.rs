//! Carrying out a plan: a graph of steps, run side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt};
use planner::{Action, Effect, Found, Held, Live, Phase, Plan, Step, StepKey};
use spec_model::{Address, Reference, Value};

use crate::error::WorldError;
use crate::verbs::Made;
use crate::world::{Act, Deed, What};

/// How many writes are in flight at most.
const WRITES: usize = 10;

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
    /// It was not begun, because the run was interrupted.
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
/// With `tightening` only what closes is done, whatever is blocked. When `interrupted` turns true, the calls under
/// way are finished and nothing new is begun.
pub async fn execute<W: Act>(
    world: &W,
    plan: &Plan,
    live: &Live,
    tightening: bool,
    interrupted: &AtomicBool,
    say: &(dyn Fn(Event<'_>) + Send + Sync),
) -> Report {
    let replaced: BTreeSet<&Address> = plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Replace)
        .map(|step| &step.key.address)
        .collect();
    let mut outputs: BTreeMap<Address, BTreeMap<String, Value>> = live
        .found
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
        .collect();
    let mut outcomes: BTreeMap<StepKey, Outcome> = BTreeMap::new();
    let mut waiting: Vec<&Step> = plan.steps.iter().collect();
    let mut running = FuturesUnordered::new();
    loop {
        // Whatever can be decided without AWS is decided until nothing changes.
        let mut progress = true;
        while progress {
            progress = false;
            let mut rest = Vec::with_capacity(waiting.len());
            for step in waiting {
                match verdict(step, &outcomes, tightening, interrupted.load(Ordering::Relaxed)) {
                    Verdict::Wait => rest.push(step),
                    Verdict::Ends(outcome) => {
                        outcomes.insert(step.key.clone(), outcome);
                        progress = true;
                    }
                    Verdict::Runs if running.len() >= WRITES => rest.push(step),
                    Verdict::Runs => {
                        let want = step.want.resolve(&|reference: &Reference| {
                            outputs.get(&reference.address)?.get(&reference.output).cloned()
                        });
                        running.push(run(world, plan, step, want, say));
                    }
                }
            }
            waiting = rest;
        }
        let Some((step, answer, elapsed)) = running.next().await else {
            break;
        };
        let outcome = match answer {
            Ok(made) => {
                if matches!(step.action, Action::Create | Action::Replace) && step.key.phase == Phase::Main {
                    outputs.insert(step.key.address.clone(), made.outputs);
                }
                Outcome::Done
            }
            Err(error) => Outcome::Failed(error),
        };
        say(Event::Ended(step, &outcome, elapsed));
        outcomes.insert(step.key.clone(), outcome);
    }
    let results = plan
        .steps
        .iter()
        .map(|step| (step.clone(), outcomes.remove(&step.key).unwrap_or(Outcome::NotStarted)))
        .collect();
    Report {
        results,
        outputs,
        interrupted: interrupted.load(Ordering::Relaxed),
    }
}

enum Verdict {
    Wait,
    Runs,
    Ends(Outcome),
}

fn verdict(step: &Step, outcomes: &BTreeMap<StepKey, Outcome>, tightening: bool, interrupted: bool) -> Verdict {
    match step.action {
        Action::Keep => return Verdict::Ends(Outcome::Unneeded),
        Action::Held => return Verdict::Ends(Outcome::Held(step.held.clone())),
        Action::Blocked => return Verdict::Ends(Outcome::Blocked),
        Action::Create | Action::Update | Action::Replace | Action::Delete | Action::Release => {}
    }
    if tightening && step.effect != Effect::Closes {
        return Verdict::Ends(Outcome::Skipped {
            because: step.stopped_by.clone().unwrap_or_else(|| step.key.clone()),
        });
    }
    for need in &step.needs {
        match outcomes.get(need) {
            None if interrupted => return Verdict::Ends(Outcome::NotStarted),
            None => return Verdict::Wait,
            Some(Outcome::Done | Outcome::Unneeded | Outcome::Held(_)) => {}
            Some(Outcome::NotStarted) => return Verdict::Ends(Outcome::NotStarted),
            Some(Outcome::Skipped { because }) => {
                return Verdict::Ends(Outcome::Skipped {
                    because: because.clone(),
                });
            }
            Some(Outcome::Blocked | Outcome::Failed(_)) => {
                return Verdict::Ends(Outcome::Skipped { because: need.clone() });
            }
        }
    }
    if let (Some(because), false) = (&step.stopped_by, tightening) {
        return Verdict::Ends(Outcome::Skipped {
            because: because.clone(),
        });
    }
    if interrupted {
        Verdict::Ends(Outcome::NotStarted)
    } else {
        Verdict::Runs
    }
}

async fn run<'a, W: Act>(
    world: &W,
    plan: &Plan,
    step: &'a Step,
    want: Value,
    say: &(dyn Fn(Event<'_>) + Send + Sync),
) -> (&'a Step, Result<Made, WorldError>, Duration) {
    say(Event::Started(step));
    let begun = Instant::now();
    let id = step.id.clone().unwrap_or_default();
    let what = match step.action {
        Action::Create | Action::Replace => What::Create { want },
        Action::Update => What::Update {
            id,
            live: step.live.clone(),
            want,
        },
        Action::Delete => What::Delete {
            id,
            live: step.live.clone(),
        },
        Action::Release | Action::Keep | Action::Held | Action::Blocked => What::Release { id },
    };
    let waiting = |text: &str| say(Event::Waiting(step, text));
    let deed = Deed {
        address: &step.key.address,
        what,
        loosen: &step.loosen,
        replaces: step.replaces.as_deref(),
        source: step.source.as_deref(),
        waiting: &waiting,
    };
    let answer = world.act(&plan.stack, deed).await;
    (step, answer, begun.elapsed())
}
