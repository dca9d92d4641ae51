//! The order of steps: who quotes whom, and closing before opening.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Effect, Step, StepKey};

/// Puts steps into an order in which each comes behind what it needs; ties by name.
///
/// Adds the needs by which every closing step comes before every opening one, where that makes no cycle, and
/// returns the pairs where it would.
pub(crate) fn arrange(steps: Vec<Step>) -> (Vec<Step>, Vec<(StepKey, StepKey)>) {
    let mut steps: BTreeMap<StepKey, Step> = steps.into_iter().map(|step| (step.key.clone(), step)).collect();
    let names: BTreeSet<StepKey> = steps.keys().cloned().collect();
    for step in steps.values_mut() {
        step.needs.retain(|need| names.contains(need));
    }
    let reversed = close_before_open(&mut steps);
    let mut ordered = Vec::with_capacity(steps.len());
    let mut done: BTreeSet<StepKey> = BTreeSet::new();
    while !steps.is_empty() {
        // The reader refuses cyclic specs; should one slip through, the first step by name goes next.
        let next = steps
            .iter()
            .find(|(_, step)| step.needs.iter().all(|need| done.contains(need)))
            .or_else(|| steps.iter().next())
            .map(|(key, _)| key.clone());
        let Some(step) = next.and_then(|key| steps.remove(&key)) else {
            break;
        };
        done.insert(step.key.clone());
        ordered.push(step);
    }
    (ordered, reversed)
}

fn close_before_open(steps: &mut BTreeMap<StepKey, Step>) -> Vec<(StepKey, StepKey)> {
    let of = |effect: Effect| -> Vec<StepKey> {
        steps
            .values()
            .filter(|step| step.effect == effect && step.action.acts())
            .map(|step| step.key.clone())
            .collect()
    };
    let (closing, opening) = (of(Effect::Closes), of(Effect::Opens));
    let mut reversed = Vec::new();
    for close in &closing {
        // What the closing step needs, directly and indirectly, cannot come after it.
        let needed = needed_by(steps, close);
        for open in &opening {
            if needed.contains(open) {
                reversed.push((open.clone(), close.clone()));
            } else if let Some(step) = steps.get_mut(open) {
                step.needs.insert(close.clone());
            }
        }
    }
    reversed
}

/// All steps that a step needs, directly and indirectly.
pub(crate) fn needed_by(steps: &BTreeMap<StepKey, Step>, key: &StepKey) -> BTreeSet<StepKey> {
    let mut found = BTreeSet::new();
    let mut rest = vec![key.clone()];
    while let Some(next) = rest.pop() {
        for need in steps.get(&next).into_iter().flat_map(|step| &step.needs) {
            if found.insert(need.clone()) {
                rest.push(need.clone());
            }
        }
    }
    found
}
