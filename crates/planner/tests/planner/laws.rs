//! Laws that hold for every stack, every world and every order in which a run can be cut short.

use std::collections::{BTreeMap, BTreeSet};

use planner::show::{to_json, to_markdown, to_text};
use planner::{
    Action, Effect, Finding, Found, Gap, Harm, Held, Live, Local, LocalFile, Options, Phase, Plan, Reason, Step, plan,
    unexpected,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value as Json;
use spec_model::{Address, Class, Cost, Kind, Replace, Spec, Value};

use crate::generate::{Dice, Parts, consents, edit_live, edit_spec, parts, spec, value};
use crate::world::{CANARY, Owner, Run, World, follows, local_after, seen, take_marks_off};

/// A stack, what became of it, and what it shall be.
#[derive(Debug, Clone)]
struct Scenario {
    before: Parts,
    after: Parts,
    live_edits: Vec<u64>,
    spec_edits: Vec<u64>,
    trouble: Vec<u64>,
    all_consent: bool,
    seed: u64,
}

prop_compose! {
    fn scenarios()(
        before in parts(), other in parts(), mix in 0u16..512,
        live_edits in prop::collection::vec(any::<u64>(), 0..5),
        spec_edits in prop::collection::vec(any::<u64>(), 0..4),
        trouble in prop::collection::vec(any::<u64>(), 0..4),
        all_consent in prop::bool::weighted(0.7), seed in any::<u64>(),
    ) -> Scenario {
        let after = Parts {
            users: if mix & 1 == 0 { before.users } else { other.users },
            disabled: if mix & 1 == 0 { before.disabled } else { other.disabled },
            buckets: if mix & 2 == 0 { before.buckets } else { other.buckets },
            objects: if mix & 4 == 0 { before.objects } else { other.objects },
            config: if mix & 24 != 24 { before.config } else { other.config },
            secret: if mix & 32 == 0 { before.secret } else { other.secret },
            prefix: if mix & 64 == 0 { before.prefix } else { other.prefix },
            extra: if mix & 128 == 0 { before.extra } else { other.extra },
            pool: if mix & 256 == 0 { before.pool } else { other.pool },
        };
        Scenario { before, after, live_edits, spec_edits, trouble, all_consent, seed }
    }
}

/// A file for every object of a spec, some of them changed.
fn files(spec: &Spec, dice: &mut Dice) -> Local {
    let mut local = Local::new();
    for (address, resource) in &spec.resources {
        if resource.source.is_some() {
            let size = 10 + u64::try_from(dice.below(20)).unwrap() / 19;
            local.insert(
                address.clone(),
                LocalFile {
                    size,
                    fingerprint: None,
                },
            );
        }
    }
    local
}

/// Builds the stack of `before`, lets the world go its way, and asks for `after`.
fn set_up(scenario: &Scenario) -> (World, Spec) {
    let mut dice = Dice::new(scenario.seed);
    let before = spec(&scenario.before);
    let mut world = World {
        local: files(&before, &mut dice),
        ..World::default()
    };
    let live = world.look(&before);
    let first = plan(&before, &live, &world.local, &Options::default());
    world.apply(&first, &live);

    for seed in &scenario.live_edits {
        let mut dice = Dice::new(*seed);
        let at = dice.below(world.things.len().max(1));
        let Some(thing) = world.things.get_mut(at) else {
            continue;
        };
        match dice.below(8) {
            // Deleted by hand, with what is part of it.
            0 => {
                let gone = thing.clone();
                let outputs: BTreeSet<String> = gone
                    .outputs
                    .values()
                    .filter_map(Value::as_text)
                    .map(str::to_owned)
                    .collect();
                world.things.retain(|it| {
                    let quotes = it
                        .address
                        .kind
                        .descriptor()
                        .parent
                        .and_then(|(field, _)| it.value.get(field)?.as_text());
                    it.id != gone.id && !quotes.is_some_and(|it| outputs.contains(it))
                });
            }
            1 => thing.held.push(Held {
                name: "AWSRevokeOlderSessions".to_owned(),
                what: "denies older sessions".to_owned(),
            }),
            2 => thing.propagating = Some("deploying".to_owned()),
            _ => {
                edit_live(thing.address.kind, &mut thing.value, &mut dice);
            }
        }
    }
    let mut after = spec(&scenario.after);
    for seed in &scenario.spec_edits {
        edit_spec(&mut after, &mut Dice::new(*seed));
    }
    world.local = files(&after, &mut dice);
    let there: BTreeSet<Address> = world.things.iter().map(|it| it.address.clone()).collect();
    after.may_destroy = consents(&after, &there, scenario.all_consent, &mut dice);
    for seed in &scenario.trouble {
        let mut dice = Dice::new(*seed);
        let at = dice.below(world.things.len().max(1));
        let Some(thing) = world.things.get_mut(at) else {
            continue;
        };
        let address = thing.address.clone();
        match dice.below(6) {
            0 => {
                let gap = Gap {
                    what: address.to_string(),
                    action: "service:Read".to_owned(),
                    error: "AccessDenied".to_owned(),
                    denied: true,
                };
                world.unknown.insert(address, gap);
            }
            1 => {
                world
                    .ambiguous
                    .insert(address, vec!["one".to_owned(), "two".to_owned()]);
            }
            // Somebody else's in its place.
            2 => {
                thing.owner = Owner::Other;
                take_marks_off(&mut thing.value);
            }
            // The same, but adopted.
            3 => {
                thing.owner = Owner::Other;
                take_marks_off(&mut thing.value);
                if after.resources.contains_key(&address) {
                    after.adopt.insert(address, thing.id.clone());
                }
            }
            4 => {
                after.release.insert(address);
            }
            _ => thing.keeps = Some("holds 3 objects of others".to_owned()),
        }
    }
    (world, after)
}

fn decide(world: &World, spec: &Spec) -> (Live, Plan) {
    decide_with(world, spec, &Options::default())
}

fn decide_with(world: &World, spec: &Spec, options: &Options) -> (Live, Plan) {
    let live = world.look(spec);
    let plan = plan(spec, &live, &local_after(world), options);
    (live, plan)
}

/// What must be true of any plan, whatever it is made from.
pub(crate) fn check_plan(plan: &Plan, live: &Live, spec: &Spec, options: &Options) {
    let mut seen = BTreeSet::new();
    let reversed: BTreeSet<_> = plan.reversed.iter().cloned().collect();
    let place: BTreeMap<_, _> = plan
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| (&step.key, at))
        .collect();
    assert_eq!(place.len(), plan.steps.len(), "every step has a name of its own");
    for step in &plan.steps {
        let key = &step.key;
        assert!(
            step.needs.is_subset(&seen),
            "`{key}` needs what comes later or is no step"
        );
        seen.insert(key.clone());
        let descriptor = key.address.kind.descriptor();
        // A replacement is because of a fixed field, and only of what may be replaced.
        if step.action == Action::Replace {
            let fixed = |path: &str| {
                let field = path.split('.').next().unwrap();
                descriptor
                    .fields
                    .iter()
                    .any(|it| it.name == field && it.class == Class::Fixed)
            };
            assert!(
                step.changes.iter().any(|it| fixed(&it.path)),
                "`{key}` is replaced for no fixed field"
            );
            assert_ne!(descriptor.replace, Replace::Never, "`{key}` is never replaced");
            assert!(
                !spec.adopt.contains_key(&key.address),
                "`{key}` is adopted and replaced"
            );
        }
        // What is not ours is not touched.
        let ours = step.key.phase == Phase::Main && !options.destroy;
        if step.action.acts() && ours {
            let found = live.found.get(&key.address);
            assert!(
                matches!(found, Some(Found::Absent | Found::Ours(_))),
                "`{key}` acts on what is not ours: {found:?}"
            );
            assert_eq!(
                matches!(found, Some(Found::Absent)),
                step.action == Action::Create,
                "`{key}` is made exactly where nothing is"
            );
        }
        // What costs something is consented to, the file of a lost data file included.
        let consented = options.destroy
            || spec.may_destroy.contains(&key.address.to_string())
            // What took its place was consented to, and is there.
            || step.reasons.contains(&Reason::Superseded)
                && matches!(live.found.get(&key.address), Some(Found::Ours(_)));
        let follows = step.action == Action::Replace
            && descriptor.parent.is_some_and(|(field, _)| {
                let parent = step.want.get(field).map(Value::references).unwrap_or_default();
                parent
                    .iter()
                    .any(|it| spec.may_destroy.contains(&it.address.to_string()))
            });
        if matches!(step.action, Action::Delete | Action::Replace | Action::Update) && step.cost != Cost::Nothing {
            assert!(consented || follows, "`{key}` costs {:?} without consent", step.cost);
        }
        if matches!(step.action, Action::Delete | Action::Replace) && step.cost == Cost::Nothing {
            let object = live
                .leftovers
                .iter()
                .map(|it| &it.object)
                .chain(live.found.values().filter_map(|it| match it {
                    Found::Ours(object) => Some(&**object),
                    Found::Absent
                    | Found::Provided { .. }
                    | Found::Foreign { .. }
                    | Found::Ambiguous { .. }
                    | Found::Unknown(_) => None,
                }))
                .find(|it| Some(&it.id) == step.id.as_ref())
                .unwrap();
            assert_eq!(
                object.cost.unwrap_or(descriptor.cost),
                Cost::Nothing,
                "`{key}` hides a cost"
            );
        }
        // The old one goes only for a new one, and where it goes first, not before all else is ready.
        if let (Action::Delete, [Reason::Superseded], Some(Found::Ours(object))) =
            (step.action, &*step.reasons, live.found.get(&key.address))
            && step.id.as_ref() == Some(&object.id)
        {
            let main = planner::StepKey {
                address: key.address.clone(),
                phase: Phase::Main,
            };
            let successor = plan.step(&main).unwrap();
            assert_eq!(successor.action, Action::Replace, "`{key}` goes for nothing");
            assert_eq!(successor.replaces, step.id);
            assert!(
                successor.stopped_by.is_none() || step.stopped_by.is_some(),
                "`{key}` goes and its successor does not come"
            );
            if successor.needs.contains(key) {
                let before = needs(plan, step);
                for need in successor.needs.iter().filter(|it| *it != key) {
                    assert!(before.contains(need), "`{key}` goes although `{need}` may still fail");
                }
            }
        }
        // A closing half only closes.
        if step.key.phase == Phase::Tighten {
            assert_eq!(step.effect, Effect::Closes);
            assert!(!step.changes.is_empty(), "`{key}` has nothing to do");
            never_widens(&step.live, &step.want, &key.to_string());
        }
        if step.action.acts() && matches!(step.action, Action::Create | Action::Update | Action::Replace) {
            for reference in step.want.references() {
                let main = planner::StepKey {
                    address: reference.address.clone(),
                    phase: Phase::Main,
                };
                assert!(
                    step.needs.contains(&main),
                    "`{key}` quotes {reference} and does not wait for it"
                );
            }
        }
        // Blocked says why; an acting step says why or what.
        if step.action == Action::Blocked {
            assert!(!step.reasons.is_empty(), "`{key}` is blocked for no reason");
            assert_eq!(step.stopped_by, None);
        } else if step.action.acts() {
            assert!(
                !step.reasons.is_empty() || !step.changes.is_empty(),
                "`{key}` acts for no reason"
            );
        }
        if let Some(by) = &step.stopped_by {
            assert!(
                plan.step(by).is_some_and(|it| it.action == Action::Blocked),
                "`{key}` is stopped by `{by}`"
            );
        }
        for need in &step.needs {
            let need = plan.step(need).unwrap();
            let halted = need.action == Action::Blocked || need.stopped_by.is_some();
            assert!(
                !halted || !step.action.acts() || step.stopped_by.is_some(),
                "`{key}` runs behind a halted step"
            );
        }
    }
    // Closing comes before opening, and what does not is named and needed.
    for (at, open) in plan.steps.iter().enumerate() {
        if open.effect != Effect::Opens || !open.action.acts() {
            continue;
        }
        assert!(
            plan.blocked().next().is_none() || open.stopped_by.is_some(),
            "`{}` opens although something is blocked",
            open.key
        );
        for close in plan.steps[at..]
            .iter()
            .filter(|it| it.effect == Effect::Closes && it.action.acts())
        {
            let pair = (open.key.clone(), close.key.clone());
            assert!(
                reversed.contains(&pair),
                "`{}` opens before `{}` closes",
                open.key,
                close.key
            );
            assert!(
                needs(plan, close).contains(&open.key),
                "nothing forces `{}` before `{}`",
                open.key,
                close.key
            );
        }
    }
    assert_eq!(plan.is_incomplete(), !plan.gaps.is_empty());
    same_order_in_json(plan);
}

/// What the JSON says of the order is what the plan says.
fn same_order_in_json(plan: &Plan) {
    let json = to_json(plan);
    let keys = |list: &Json| -> BTreeSet<String> { list.as_array().unwrap().iter().map(Json::to_string).collect() };
    let closing = keys(&json["closing"]);
    for (step, shown) in plan.steps.iter().zip(json["steps"].as_array().unwrap()) {
        let mut needs = keys(&shown["needs"]);
        if shown["after_closing"] == true {
            assert!(
                needs.is_disjoint(&closing),
                "`{}` names twice what comes before",
                step.key
            );
            needs.extend(closing.iter().cloned());
        }
        let of_plan = plan.steps.iter().zip(json["steps"].as_array().unwrap());
        let expected: BTreeSet<String> = of_plan
            .filter(|(it, _)| step.needs.contains(&it.key))
            .map(|(_, it)| serde_json::json!({ "address": it["address"], "phase": it["phase"] }).to_string())
            .collect();
        assert_eq!(needs, expected, "`{}`", step.key);
    }
}

/// Many people who leave and many who come are a short file: each is said once, not once for each of the others.
#[test]
fn a_plan_for_a_thousand_people_is_a_short_file() {
    let stack = "version: 1\nid: crowd001\nstack: igv\naccount: \"111122223333\"\nregion: eu-west-1\n\
                 user_pool:\n  domain: igv-crowd-example\n  users:\n";
    let people = |prefix: &str| -> Spec {
        let people: String = (0..500)
            .map(|at| format!("    {prefix}{at}: {{email: {prefix}{at}@example.org}}\n"))
            .collect();
        spec_model::parse(&format!("{stack}{people}may_destroy: [users]\n"), &|_| None).unwrap()
    };
    let mut world = World::default();
    let before = people("a");
    let live = world.look(&before);
    let first = plan(&before, &live, &world.local, &Options::default());
    world.apply(&first, &live);
    let after = people("b");
    let plan = plan(&after, &world.look(&after), &world.local, &Options::default());
    assert_eq!(
        (plan.counts()[&Action::Delete], plan.counts()[&Action::Create]),
        (500, 500)
    );
    same_order_in_json(&plan);
    let size = serde_json::to_string_pretty(&to_json(&plan)).unwrap().len();
    assert!(size < 1_000_000, "{size} bytes");
}

fn needs(plan: &Plan, step: &Step) -> BTreeSet<planner::StepKey> {
    let mut found = BTreeSet::new();
    let mut rest: Vec<_> = step.needs.iter().cloned().collect();
    while let Some(next) = rest.pop() {
        if found.insert(next.clone()) {
            rest.extend(plan.step(&next).unwrap().needs.iter().cloned());
        }
    }
    found
}

/// No policy of `narrowed` allows what the same of `live` does not, and no set has more.
fn never_widens(live: &Value, narrowed: &Value, at: &str) {
    match (live, narrowed) {
        (Value::Policy(live), Value::Policy(narrowed)) => assert!(
            matches!(
                policy::compare(Some(live), Some(narrowed)),
                policy::Shift::Same | policy::Shift::Tightens
            ),
            "{at} widens:\n{}\n{}",
            live.to_pretty(),
            narrowed.to_pretty()
        ),
        (Value::Table(live), Value::Table(narrowed)) => {
            for name in live.keys().chain(narrowed.keys()) {
                match (live.get(name), narrowed.get(name)) {
                    (Some(live), Some(narrowed)) => never_widens(live, narrowed, at),
                    (Some(Value::Policy(live)), None) => assert!(matches!(
                        policy::compare(Some(live), None),
                        policy::Shift::Same | policy::Shift::Tightens
                    )),
                    (None, Some(Value::Policy(narrowed))) => assert!(matches!(
                        policy::compare(None, Some(narrowed)),
                        policy::Shift::Same | policy::Shift::Tightens
                    )),
                    (Some(_), None) => {}
                    (None, Some(more)) => panic!("{at} adds `{name}`: {more:?}"),
                    (None, None) => unreachable!(),
                }
            }
        }
        (Value::Map(live), Value::Map(narrowed)) => {
            for (name, narrowed) in narrowed {
                never_widens(&live[name], narrowed, at);
            }
        }
        _ => {}
    }
}

/// Every form in which a plan can be seen.
fn faces(plan: &Plan) -> Vec<String> {
    vec![
        to_text(plan, true),
        to_text(plan, false),
        to_json(plan).to_string(),
        to_markdown(plan),
        format!("{plan:?}"),
    ]
}

/// Whether a plan leaves nothing to do but what people decided by hand.
fn rests(plan: &Plan) -> bool {
    !plan.acts()
}

// One seed, so that a change is judged and not chance; PROPTEST_CASES and another seed explore.
proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, rng_seed: RngSeed::Fixed(20), ..ProptestConfig::default() })]

    #[test]
    fn a_plan_keeps_its_promises(scenario in scenarios()) {
        let (world, spec) = set_up(&scenario);
        let (live, plan) = decide(&world, &spec);
        check_plan(&plan, &live, &spec, &Options::default());
        let (_, again) = decide(&world, &spec);
        prop_assert_eq!(to_json(&plan).to_string(), to_json(&again).to_string());
        for face in faces(&plan) {
            prop_assert!(!face.contains(CANARY), "a secret is seen:\n{}", face);
        }
        prop_assert_eq!(unexpected(&to_json(&plan), &plan), vec![]);
    }

    #[test]
    fn after_a_run_nothing_is_left_to_do(scenario in scenarios()) {
        let (mut world, spec) = set_up(&scenario);
        let (live, plan) = decide(&world, &spec);
        if plan.blocked().next().is_none() {
            world.apply(&plan, &live);
            let (_, again) = decide(&world, &spec);
            prop_assert!(rests(&again), "{}\nthen:\n{}", to_text(&plan, false), to_text(&again, false));
        }
    }

    #[test]
    fn what_closes_is_done_whatever_is_blocked(scenario in scenarios()) {
        let (mut world, spec) = set_up(&scenario);
        let (live, plan) = decide(&world, &spec);
        if plan.blocked().next().is_some() {
            tighten(&mut world, &plan, &live);
            let (live, again) = decide(&world, &spec);
            check_plan(&again, &live, &spec, &Options::default());
            let left: Vec<_> = again.steps.iter().filter(|it| it.effect == Effect::Closes && runs_alone(&again, it)).map(|it| it.key.to_string()).collect();
            prop_assert!(left.is_empty(), "{:?}\n{}\nthen:\n{}", left, to_text(&plan, false), to_text(&again, false));
        }
    }

    #[test]
    fn a_run_that_was_cut_short_is_continued(scenario in scenarios(), cut in any::<u64>()) {
        continued(&scenario, cut)?;
    }

    #[test]
    fn destroying_leaves_nothing_but_what_is_kept(scenario in scenarios(), keep_data in any::<bool>()) {
        let (mut world, spec) = set_up(&scenario);
        let options = Options { destroy: true, keep_data, ..Options::default() };
        let (live, plan) = decide_with(&world, &spec, &options);
        check_plan(&plan, &live, &spec, &options);
        for face in faces(&plan) {
            prop_assert!(!face.contains(CANARY), "a secret is seen:\n{}", face);
        }
        if plan.blocked().next().is_none() {
            world.apply(&plan, &live);
            let (_, again) = decide_with(&world, &spec, &options);
            prop_assert!(rests(&again), "{}\nthen:\n{}", to_text(&plan, false), to_text(&again, false));
            let seen = seen(&world.look(&spec));
            for thing in world.things.iter().filter(|it| it.owner == Owner::Ours && seen.contains(&it.id)) {
                // Who goes with a parent stays with one that is not ours to delete.
                let kind = thing.address.kind;
                prop_assert!(keep_data || follows(kind), "{} is left", thing.address);
                prop_assert!(matches!(kind, Kind::UserPool | Kind::User | Kind::Bucket | Kind::BucketPolicy | Kind::Object));
            }
        }
    }

    #[test]
    fn any_input_gives_a_plan(scenario in scenarios(), seed in any::<u64>()) {
        let (world, mut spec) = set_up(&scenario);
        let mut dice = Dice::new(seed);
        let mut live = world.look(&spec);
        let addresses: Vec<Address> = spec.resources.keys().cloned().collect();
        // Shapes that no reader and no look would give.
        for _ in 0..dice.below(6) {
            let Some(address) = dice.pick(&addresses).cloned() else { break };
            let other = dice.pick(&addresses).cloned().unwrap();
            let kind = *dice.pick(Kind::ALL).unwrap();
            let field = dice.pick(&kind.descriptor().fields).unwrap();
            let odd = value(&field.shape, &mut dice);
            match dice.below(5) {
                0 => {
                    if let Some(resource) = spec.resources.get_mut(&address) {
                        let names: Vec<String> = resource.fields.keys().cloned().collect();
                        resource.fields.extend(dice.pick(&names).map(|name| (name.clone(), odd)));
                    }
                }
                1 => {
                    if let Some(resource) = spec.resources.get_mut(&address) {
                        resource.after.insert(other);
                    }
                }
                2 => { spec.resources.remove(&address); }
                3 => {
                    if let Some(Found::Ours(object)) = live.found.get_mut(&address) {
                        if dice.below(2) == 0 { object.value = odd } else { object.outputs.clear() }
                    }
                }
                _ => {
                    if let Some(Found::Ours(object)) = live.found.get(&address) {
                        let object = (**object).clone();
                        live.leftovers.push(planner::Leftover { address, replaced: dice.below(2) == 0, object });
                    }
                }
            }
        }
        // A look that forgets what is a secret.
        for found in live.found.values_mut() {
            if let Found::Ours(object) = found {
                for output in object.outputs.values_mut().filter(|it| matches!(it, Value::Secret(_))) {
                    *output = CANARY.into();
                }
            }
        }
        live.findings.push(Finding { address: Address::new(Kind::UserPool, "main"), name: "client x".to_owned(), what: "may log in".to_owned(), harm: Harm::LetsIn });
        for destroy in [false, true] {
            let options = Options { destroy, keep_data: dice.below(2) == 0, loosen: spec.resources.keys().cloned().collect() };
            let plan = plan(&spec, &live, &local_after(&world), &options);
            for face in faces(&plan) {
                prop_assert!(!face.contains(CANARY), "a secret is seen:\n{}", face);
            }
            prop_assert_eq!(unexpected(&to_json(&plan), &plan), vec![]);
            let keys: BTreeSet<_> = plan.steps.iter().map(|it| &it.key).collect();
            prop_assert_eq!(keys.len(), plan.steps.len());
        }
    }
}

/// Whether `--tightening` would carry a step out: the executor's rule.
fn runs_alone(plan: &Plan, step: &Step) -> bool {
    step.action.acts()
        && step.effect == Effect::Closes
        && step.needs.iter().all(|need| {
            let need = plan.step(need).unwrap();
            matches!(need.action, Action::Keep | Action::Held) || runs_alone(plan, need)
        })
}

fn tighten(world: &mut World, plan: &Plan, live: &Live) {
    let mut run = Run::new(plan, live);
    for step in plan.steps.iter().filter(|it| runs_alone(plan, it)) {
        assert_eq!(step.stopped_by, None, "`{}` runs and is said to be stopped", step.key);
        world.carry_out(plan, step, &mut run);
    }
}

/// Carries out some of the steps, in any order that the graph allows.
pub(crate) fn cut_short(world: &mut World, plan: &Plan, live: &Live, dice: &mut Dice) {
    let mut run = Run::new(plan, live);
    let mut rest: Vec<&Step> = plan.steps.iter().filter(|it| it.action.acts()).collect();
    for _ in 0..dice.below(rest.len() + 1) {
        let ready: Vec<usize> = (0..rest.len()).filter(|at| run.may(plan, rest[*at])).collect();
        let Some(at) = dice.pick(&ready) else { break };
        let step = rest.remove(*at);
        world.carry_out(plan, step, &mut run);
    }
}

/// Cuts a run short, continues it, and compares with a run that was not.
fn continued(scenario: &Scenario, cut: u64) -> Result<(), TestCaseError> {
    let (world, spec) = set_up(scenario);
    let (live, plan) = decide(&world, &spec);
    if plan.blocked().next().is_none() {
        let mut whole = world.clone();
        whole.apply(&plan, &live);
        let mut part = world.clone();
        cut_short(&mut part, &plan, &live, &mut Dice::new(cut));
        let (live, rest) = decide(&part, &spec);
        check_plan(&rest, &live, &spec, &Options::default());
        let both = || format!("{}\nthen:\n{}", to_text(&plan, false), to_text(&rest, false));
        prop_assert!(rest.blocked().next().is_none(), "{}", both());
        prop_assert_eq!(unexpected(&to_json(&plan), &rest), vec![], "{}", both());
        part.apply(&rest, &live);
        let (_, again) = decide(&part, &spec);
        prop_assert!(
            rests(&again),
            "{}\nthen:\n{}",
            to_text(&rest, false),
            to_text(&again, false)
        );
        prop_assert_eq!(part.essence(), whole.essence());
    }
    Ok(())
}

/// A config file that quotes the secret of a client which has none any more kept the former client's: what quotes
/// nothing counted as not ours.
#[test]
fn a_cut_run_takes_a_former_secret_out_of_the_file() {
    let parts = |users, buckets, prefix| Parts {
        users,
        disabled: 0,
        buckets,
        objects: 1,
        config: true,
        secret: true,
        prefix,
        extra: 10,
        pool: true,
    };
    let scenario = Scenario {
        before: parts(1925, 1, 0),
        after: parts(1751, 0, 1),
        live_edits: vec![9733440230102888419],
        spec_edits: vec![2862471176555839297, 14347019359725587548],
        trouble: vec![],
        all_consent: true,
        seed: 0,
    };
    continued(&scenario, 5316838710781126399).unwrap();
}
