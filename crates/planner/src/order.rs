//! The order of steps: who needs whom, closing before opening, and what a blocked step stops.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::plan::{Action, Effect, Reason, Step, StepKey};

/// Puts steps into an order in which each comes behind what it needs; ties by name.
///
/// Adds the needs by which every closing step comes before every opening one, where that makes no cycle, and
/// returns the pairs where it would. Names in a step's needs that are no steps are dropped, and so are needs that
/// make a cycle: the needs of the answer always lead backwards.
pub(crate) fn arrange(mut steps: Vec<Step>) -> (Vec<Step>, Vec<(StepKey, StepKey)>) {
    steps.sort_by(|one, other| one.key.cmp(&other.key));
    let at: BTreeMap<StepKey, usize> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| (step.key.clone(), at))
        .collect();
    let mut needs: Vec<Vec<usize>> = steps
        .iter()
        .map(|step| step.needs.iter().filter_map(|need| at.get(need).copied()).collect())
        .collect();
    let reversed = close_before_open(&steps, &mut needs);
    remove_last(&steps, &mut needs);
    let order = sort(&needs);
    let mut place = vec![0; steps.len()];
    for (to, from) in order.iter().enumerate() {
        place[*from] = to;
    }
    let keys: Vec<StepKey> = steps.iter().map(|step| step.key.clone()).collect();
    for (at, step) in steps.iter_mut().enumerate() {
        step.needs = needs[at]
            .iter()
            .filter(|need| place[**need] < place[at])
            .map(|need| keys[*need].clone())
            .collect();
    }
    let reversed = reversed
        .into_iter()
        .map(|(open, close)| (keys[open].clone(), keys[close].clone()))
        .collect();
    let mut placed: Vec<(usize, Step)> = place.into_iter().zip(steps).collect();
    placed.sort_by_key(|(to, _)| *to);
    (placed.into_iter().map(|(_, step)| step).collect(), reversed)
}

/// The smallest of those that need nothing more goes next.
fn sort(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    let mut open: Vec<usize> = vec![0; needs.len()];
    for (at, needs) in needs.iter().enumerate() {
        let distinct: BTreeSet<usize> = needs.iter().copied().collect();
        open[at] = distinct.len();
        for need in distinct {
            needed_by[need].push(at);
        }
    }
    let mut done = vec![false; needs.len()];
    let mut ready: BinaryHeap<Reverse<usize>> = (0..needs.len()).filter(|at| open[*at] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(needs.len());
    let mut first_open = 0;
    while order.len() < needs.len() {
        let next = match ready.pop() {
            Some(Reverse(next)) => next,
            None => {
                // The reader refuses cyclic specs; should one slip through, the first step by name goes next.
                while done[first_open] {
                    first_open += 1;
                }
                first_open
            }
        };
        if done[next] {
            continue;
        }
        done[next] = true;
        order.push(next);
        for &at in &needed_by[next] {
            open[at] = open[at].saturating_sub(1);
            if open[at] == 0 && !done[at] {
                ready.push(Reverse(at));
            }
        }
    }
    order
}

fn close_before_open(steps: &[Step], needs: &mut [Vec<usize>]) -> Vec<(usize, usize)> {
    let of = |effect: Effect| -> Vec<usize> {
        (0..steps.len())
            .filter(|at| steps[*at].effect == effect && steps[*at].action.acts())
            .collect()
    };
    let (closing, opening) = (of(Effect::Closes), of(Effect::Opens));
    let mut reversed = Vec::new();
    for close in closing {
        // What the closing step needs, directly and indirectly, cannot come after it.
        let needed = reach(needs, close);
        for &open in &opening {
            if needed.contains(&open) {
                reversed.push((open, close));
            } else {
                needs[open].push(close);
            }
        }
    }
    reversed
}

/// An object that must go before its successor can be made goes as late as it can: only when nothing but its removal
/// keeps the successor waiting.
fn remove_last(steps: &[Step], needs: &mut [Vec<usize>]) {
    for successor in 0..steps.len() {
        if steps[successor].action != Action::Replace {
            continue;
        }
        let all = needs[successor].clone();
        for &removal in all.iter().filter(|at| is_first_half(&steps[**at], &steps[successor])) {
            for &need in all.iter().filter(|need| **need != removal) {
                if !reach(needs, need).contains(&removal) {
                    needs[removal].push(need);
                }
            }
        }
    }
}

/// Whether a step removes the object whose place the other one takes.
fn is_first_half(removal: &Step, replace: &Step) -> bool {
    removal.key.address == replace.key.address
        && removal.action == Action::Delete
        && removal.reasons.contains(&Reason::Superseded)
        && removal.id.is_some()
        && removal.id == replace.replaces
}

/// All that something needs, directly and indirectly.
fn reach(needs: &[Vec<usize>], from: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut rest = vec![from];
    while let Some(next) = rest.pop() {
        for &need in &needs[next] {
            if found.insert(need) {
                rest.push(need);
            }
        }
    }
    found
}

/// What depends on a blocked step is stopped, and so is everything that opens something, with all that depends on it.
///
/// The steps are in order. An object is not removed either where its successor will not be made.
pub(crate) fn stop_behind_blocked(steps: &mut [Step]) {
    let Some(first) = steps
        .iter()
        .find(|step| step.action == Action::Blocked)
        .map(|step| step.key.clone())
    else {
        return;
    };
    let mut stops: BTreeMap<StepKey, StepKey> = BTreeMap::new();
    for step in steps.iter_mut() {
        if step.action == Action::Blocked {
            stops.insert(step.key.clone(), step.key.clone());
            continue;
        }
        if !step.action.acts() {
            continue;
        }
        let by = step
            .needs
            .iter()
            .find_map(|need| stops.get(need))
            .or_else(|| (step.effect == Effect::Opens).then_some(&first))
            .cloned();
        if let Some(by) = &by {
            stops.insert(step.key.clone(), by.clone());
        }
        step.stopped_by = by;
    }
    let unmade: Vec<(Step, StepKey)> = steps
        .iter()
        .filter(|step| step.action == Action::Replace)
        .filter_map(|step| Some((step.clone(), step.stopped_by.clone()?)))
        .collect();
    for (successor, by) in unmade {
        for step in steps.iter_mut().filter(|step| is_first_half(step, &successor)) {
            step.stopped_by.get_or_insert_with(|| by.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use spec_model::{Address, Kind};

    use super::arrange;
    use crate::plan::{Action, Effect, Phase, Step, StepKey};

    fn key(name: &str) -> StepKey {
        StepKey {
            address: Address::new(Kind::Bucket, name),
            phase: Phase::Main,
        }
    }

    fn step(name: &str, effect: Effect, needs: &[&str]) -> Step {
        Step {
            action: Action::Update,
            effect,
            needs: needs.iter().map(|it| key(it)).collect(),
            ..Step::new(key(name))
        }
    }

    fn names(steps: &[Step]) -> Vec<&str> {
        steps.iter().map(|it| it.key.address.name.as_str()).collect()
    }

    #[test]
    fn ties_go_by_name_and_needs_go_first() {
        let (steps, _) = arrange(vec![
            step("c", Effect::Neutral, &[]),
            step("a", Effect::Neutral, &["d"]),
            step("d", Effect::Neutral, &[]),
            step("b", Effect::Neutral, &[]),
        ]);
        assert_eq!(names(&steps), ["b", "c", "d", "a"]);
    }

    #[test]
    fn what_closes_comes_before_what_opens_unless_it_needs_it() {
        let (steps, reversed) = arrange(vec![
            step("a", Effect::Opens, &[]),
            step("b", Effect::Closes, &["c"]),
            step("c", Effect::Opens, &[]),
            step("d", Effect::Closes, &[]),
        ]);
        assert_eq!(names(&steps), ["d", "c", "b", "a"]);
        assert_eq!(reversed, [(key("c"), key("b"))]);
        assert_eq!(steps[3].needs, BTreeSet::from([key("b"), key("d")]));
    }

    #[test]
    fn a_cycle_and_a_need_that_is_no_step_are_cut() {
        let (steps, _) = arrange(vec![
            step("a", Effect::Neutral, &["b", "elsewhere"]),
            step("b", Effect::Neutral, &["a"]),
        ]);
        assert_eq!(names(&steps), ["a", "b"]);
        assert_eq!(steps[0].needs, BTreeSet::new());
        assert_eq!(steps[1].needs, BTreeSet::from([key("a")]));
    }
}
