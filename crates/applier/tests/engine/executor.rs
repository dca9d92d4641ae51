//! The executor on the fake world: faults, interruptions, order, bounds.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use applier::{Event, Look, Outcome, Report, execute};
use planner::{Action, Effect, Local, LocalFile, Options, Plan, Step, StepKey};
use spec_model::{Spec, Value};

use crate::fake::{CANARY, Fake, Fault};
use crate::ground::{acting, committed, spec};

/// A stack with every kind in it.
const FIRST: &str = r#"
version: 1
id: fake0001
stack: igv-fake
account: "111122223333"
region: ap-southeast-2
user_pool:
  domain: igv-fake-one
  users:
    anna: {email: anna@example.org}
    bert: {email: bert@example.org}
identity_pool: {}
data: [{bucket: igv-fake-data, objects: [data/example.bam]}]
config: {bucket: igv-fake-config, distribution: {}}
may_destroy: [user_pool_client.igv, user_pool_domain.main, bucket.igv-fake-more]
"#;

/// The same, changed: one user goes and one comes, the client and the domain are replaced, rights are taken and given.
fn changed() -> String {
    FIRST
        .replace("igv-fake-one", "igv-fake-two")
        .replace(
            "    bert: {email: bert@example.org}",
            "    carla: {email: carla@example.org}",
        )
        .replace("  users:", "  client: {secret: false}\n  users:")
        .replace(
            "identity_pool: {}",
            "identity_pool: {name: Renamed}\naccess: {list_buckets: false}",
        )
        .replace("data: [", "data: [{bucket: igv-fake-more, objects: []}, ")
}

/// The local files: every one is there.
fn local(spec: &Spec) -> Local {
    spec.resources
        .iter()
        .filter(|(_, resource)| resource.source.is_some())
        .map(|(address, _)| {
            let file = LocalFile {
                size: 1,
                fingerprint: Some("1-AAAAAAAAAAA=".to_owned()),
            };
            (address.clone(), file)
        })
        .collect()
}

async fn plan(fake: &Fake, spec: &Spec, options: &Options) -> (planner::Live, Plan) {
    let live = fake.look(spec).await;
    let plan = planner::plan(spec, &live, &local(spec), options);
    (live, plan)
}

async fn run(fake: &Fake, spec: &Spec, options: &Options) -> Report {
    let (live, plan) = plan(fake, spec, options).await;
    execute(fake, &plan, &live, false, &fake.interrupted, &|_| {}).await
}

fn outcomes(report: &Report) -> BTreeMap<StepKey, Outcome> {
    report
        .results
        .iter()
        .map(|(step, outcome)| (step.key.clone(), outcome.clone()))
        .collect()
}

/// A way from one state of the world to another.
struct Way {
    before: Option<String>,
    after: String,
    options: Options,
}

fn ways() -> Vec<Way> {
    let destroy = Options {
        destroy: true,
        ..Options::default()
    };
    vec![
        Way {
            before: None,
            after: FIRST.to_owned(),
            options: Options::default(),
        },
        Way {
            before: Some(FIRST.to_owned()),
            after: changed(),
            options: Options::default(),
        },
        Way {
            before: Some(changed()),
            after: FIRST.to_owned(),
            options: Options::default(),
        },
        Way {
            before: Some(committed("full.yaml")),
            after: committed("full.yaml"),
            options: destroy,
        },
    ]
}

impl Way {
    async fn begin(&self) -> Fake {
        let fake = Fake::default();
        if let Some(before) = &self.before {
            let report = run(&fake, &spec(before), &Options::default()).await;
            assert_eq!(report.failed().next(), None);
        }
        fake.fails(None);
        fake
    }

    /// Expects that nothing is left to do and nothing is there twice or without a place.
    async fn ended(&self, fake: &Fake, what: &str) {
        let spec = spec(&self.after);
        let (_, plan) = plan(fake, &spec, &self.options).await;
        assert_eq!(acting(&plan), Vec::<String>::new(), "{what}");
        let there = fake.count();
        let doubled: Vec<_> = there.iter().filter(|(_, count)| **count != 1).collect();
        assert_eq!(doubled, vec![], "{what}");
        let expected: BTreeSet<_> = match self.options.destroy {
            true => BTreeSet::new(),
            false => spec.resources.keys().cloned().collect(),
        };
        assert_eq!(there.into_keys().collect::<BTreeSet<_>>(), expected, "{what}");
    }
}

#[tokio::test]
async fn after_a_fault_at_any_call_the_next_run_converges() {
    for (number, way) in ways().iter().enumerate() {
        let fake = way.begin().await;
        let spec = spec(&way.after);
        run(&fake, &spec, &way.options).await;
        way.ended(&fake, &format!("way {number} without a fault")).await;
        let calls = fake.calls().len();
        assert!(calls > 10, "way {number} takes {calls} calls");
        for at in 1..=calls {
            for fault in [Fault::Refused(at), Fault::AnswerLost(at), Fault::Killed(at)] {
                let fake = way.begin().await;
                fake.fails(Some(fault));
                let report = run(&fake, &spec, &way.options).await;
                let failed = report.failed().count();
                match fault {
                    Fault::Refused(_) | Fault::AnswerLost(_) => assert_eq!(failed, 1, "way {number}, {fault:?}"),
                    Fault::Killed(_) => assert!(failed > 0, "way {number}, {fault:?}"),
                }
                fake.fails(None);
                let report = run(&fake, &spec, &way.options).await;
                assert_eq!(report.failed().next(), None, "way {number}, {fault:?}");
                way.ended(&fake, &format!("way {number}, {fault:?}")).await;
            }
        }
    }
}

/// Everything that needs a step, directly or not.
fn behind(plan: &Plan, key: &StepKey) -> BTreeSet<StepKey> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for step in &plan.steps {
            if step.needs.iter().any(|need| need == key || found.contains(need)) && step.action.acts() {
                found.insert(step.key.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

#[tokio::test]
async fn a_failed_step_skips_what_needs_it_and_nothing_else() {
    for way in ways() {
        let spec = spec(&way.after);
        let (_, whole) = plan(&way.begin().await, &spec, &way.options).await;
        for step in whole.steps.iter().filter(|step| step.action.acts()) {
            let fake = way.begin().await;
            let word = match step.action {
                Action::Replace => "create",
                other @ (Action::Keep
                | Action::Create
                | Action::Update
                | Action::Delete
                | Action::Release
                | Action::Held
                | Action::Blocked) => other.word(),
            };
            fake.refuses(&format!("{word} {}", step.key.address));
            let report = run(&fake, &spec, &way.options).await;
            let failed: Vec<StepKey> = report.failed().map(|(step, _)| step.key.clone()).collect();
            // Where a step has a tightening half, that fails first.
            let address = &step.key.address;
            assert!(
                failed.iter().any(|it| it.address == *address),
                "{} did not fail",
                step.key
            );
            let skipped: BTreeSet<StepKey> = failed.iter().flat_map(|key| behind(&whole, key)).collect();
            for (key, outcome) in outcomes(&report) {
                let expected = if failed.contains(&key) {
                    matches!(outcome, Outcome::Failed(_))
                } else if skipped.contains(&key) {
                    matches!(&outcome, Outcome::Skipped { because } if failed.contains(because))
                } else {
                    matches!(outcome, Outcome::Done | Outcome::Unneeded)
                };
                assert!(expected, "{} failed, {key}: {outcome:?}", step.key);
            }
        }
    }
}

#[tokio::test]
async fn a_failed_delete_keeps_what_it_quotes() {
    let way = ways().pop().unwrap();
    let fake = way.begin().await;
    fake.refuses("delete distribution.config");
    let report = run(&fake, &spec(&way.after), &way.options).await;
    let named = |wanted: fn(&Outcome) -> bool| -> Vec<String> {
        let results = report.results.iter().filter(|(_, outcome)| wanted(outcome));
        results.map(|(step, _)| step.key.address.to_string()).collect()
    };
    assert_eq!(named(|it| matches!(it, Outcome::Failed(_))), ["distribution.config"]);
    let mut skipped = named(|it| matches!(it, Outcome::Skipped { .. }));
    skipped.sort();
    assert_eq!(skipped, ["bucket.config", "origin_access_control.config"]);
    let left: BTreeSet<String> = fake.count().keys().map(ToString::to_string).collect();
    assert!(left.contains("bucket.config") && left.contains("origin_access_control.config"));
    assert!(!left.contains("user_pool.main") && !left.contains("role.signed-in"));
}

#[tokio::test]
async fn an_interrupted_run_finishes_what_is_under_way_and_begins_nothing() {
    for way in ways() {
        let spec = spec(&way.after);
        let fake = way.begin().await;
        run(&fake, &spec, &way.options).await;
        let calls = fake.calls().len();
        for at in 1..calls {
            let fake = way.begin().await;
            fake.interrupts(at);
            let begun_after = Mutex::new(0);
            let (live, plan) = plan(&fake, &spec, &way.options).await;
            let say = |event: Event<'_>| {
                if matches!(event, Event::Started(_)) && fake.interrupted.load(Ordering::Relaxed) {
                    *begun_after.lock().unwrap() += 1;
                }
            };
            let report = execute(&fake, &plan, &live, false, &fake.interrupted, &say).await;
            assert_eq!(*begun_after.lock().unwrap(), 0);
            assert!(report.interrupted);
            let done = report.results.iter().filter(|(_, it)| *it == Outcome::Done).count();
            assert_eq!(done, fake.calls().len(), "every call that began was finished");
            let others = report
                .results
                .iter()
                .filter(|(_, it)| !matches!(it, Outcome::Done | Outcome::Unneeded | Outcome::NotStarted));
            assert_eq!(others.count(), 0);
            fake.interrupted.store(false, Ordering::Relaxed);
            run(&fake, &spec, &way.options).await;
            way.ended(&fake, &format!("interrupted at {at}")).await;
        }
    }
}

#[tokio::test]
async fn tightening_does_what_closes_whatever_is_blocked() {
    let fake = Fake::default();
    run(&fake, &spec(FIRST), &Options::default()).await;
    fake.change("user_pool.main", "sign_up", "anyone".into());
    fake.fails(None);
    fake.hides("config_file.main");
    let spec = spec(&changed());
    let (live, plan) = plan(&fake, &spec, &Options::default()).await;
    assert_eq!(plan.blocked().count(), 1);
    let report = execute(&fake, &plan, &live, true, &AtomicBool::new(false), &|_| {}).await;
    let mut closing: Vec<String> = Vec::new();
    for (step, outcome) in &report.results {
        let expected = match (step.action.acts(), step.effect) {
            (true, Effect::Closes) if step.stopped_by.is_none() => {
                closing.push(format!("{} {}", step.action.word(), step.key.address));
                *outcome == Outcome::Done
            }
            // The removal of what was to be replaced: its successor is not made.
            (true, Effect::Closes) => matches!(outcome, Outcome::Skipped { .. }),
            (true, Effect::Neutral | Effect::Opens) => *outcome == Outcome::NotStarted,
            (false, _) => matches!(outcome, Outcome::Unneeded | Outcome::Blocked),
        };
        assert!(expected, "{}: {outcome:?}", step.key);
    }
    let mut calls = fake.calls();
    calls.sort();
    closing.sort();
    assert_eq!(calls, closing);
    // The user who left, the pool that let anybody in, and the right that was taken.
    for deed in ["delete user.bert", "update user_pool.main", "update role.signed-in"] {
        assert!(calls.iter().any(|it| it == deed), "{deed} is not among {calls:?}");
    }
}

#[tokio::test]
async fn without_tightening_a_stopped_step_names_what_stops_it() {
    let fake = Fake::default();
    fake.hides("role.signed-in");
    let spec = spec(FIRST);
    let report = run(&fake, &spec, &Options::default()).await;
    for (step, outcome) in &report.results {
        let expected = match &step.stopped_by {
            Some(by) => *outcome == Outcome::Skipped { because: by.clone() },
            None if step.action == Action::Blocked => *outcome == Outcome::Blocked,
            None => *outcome == Outcome::Done,
        };
        assert!(expected, "{}: {outcome:?}", step.key);
    }
}

/// What was said of a step, in order.
fn story(events: &[(StepKey, &'static str)], key: &StepKey) -> Vec<&'static str> {
    let mut words: Vec<&str> = events
        .iter()
        .filter(|(it, _)| it == key)
        .map(|(_, word)| *word)
        .collect();
    words.dedup();
    words
}

#[tokio::test]
async fn events_tell_of_each_step_in_order() {
    for way in ways() {
        let fake = way.begin().await;
        let spec = spec(&way.after);
        let (live, plan) = plan(&fake, &spec, &way.options).await;
        let events: Mutex<Vec<(StepKey, &'static str)>> = Mutex::default();
        let say = |event: Event<'_>| {
            let (step, word): (&Step, _) = match event {
                Event::Started(step) => (step, "started"),
                Event::Waiting(step, _) => (step, "waiting"),
                Event::Ended(step, _, _) => (step, "ended"),
            };
            events.lock().unwrap().push((step.key.clone(), word));
        };
        execute(&fake, &plan, &live, false, &AtomicBool::new(false), &say).await;
        let events = events.into_inner().unwrap();
        let place = |key: &StepKey, word: &str| events.iter().position(|it| it.0 == *key && it.1 == word);
        for step in &plan.steps {
            let expected: &[&str] = if step.action.acts() {
                &["started", "waiting", "ended"]
            } else {
                &[]
            };
            assert_eq!(story(&events, &step.key), expected, "{}", step.key);
            for need in step.needs.iter().filter(|_| step.action.acts()) {
                let ended = place(need, "ended");
                assert!(
                    ended < place(&step.key, "started"),
                    "{} began before {need} ended",
                    step.key
                );
            }
        }
    }
}

#[tokio::test]
async fn at_most_five_of_a_service_are_under_way_and_one_of_a_buckets_settings() {
    let mut text = FIRST.to_owned();
    let mut users = String::new();
    for number in 0..1000 {
        writeln!(
            users,
            "    user{number}: {{email: user{number}@example.org, invite: none}}"
        )
        .unwrap();
    }
    text.insert_str(text.find("identity_pool:").unwrap(), &users);
    let spec = spec(&text);
    let fake = Fake::default();
    let report = run(&fake, &spec, &Options::default()).await;
    assert_eq!(report.failed().next(), None);
    for (service, most) in fake.most() {
        let bound = if service.starts_with("bucket ") { 1 } else { 5 };
        assert!(most <= bound, "{most} under way in {service}");
    }
    assert_eq!(fake.most()["cognito-idp"], 5);

    // Both are closed at once, and neither needs the other.
    let open = Value::map([
        ("block_acls", Value::Bool(false)),
        ("ignore_acls", Value::Bool(false)),
        ("block_policy", Value::Bool(false)),
        ("restrict", Value::Bool(false)),
    ]);
    fake.change("bucket.igv-fake-data", "public_access", open);
    let anybody = policy::Document::parse(
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::igv-fake-data/*"}]}"#,
    );
    let Value::Policy(document) = fake.field("bucket_policy.igv-fake-data", "document") else {
        panic!("a document is a policy");
    };
    let statements = [document.statements(), anybody.unwrap().statements()].concat();
    let wider = policy::Document::new(document.version(), statements);
    fake.change("bucket_policy.igv-fake-data", "document", Value::Policy(wider));
    fake.fails(None);
    let report = run(&fake, &spec, &Options::default()).await;
    assert_eq!(report.failed().next(), None);
    let deeds = ["update bucket.igv-fake-data", "update bucket_policy.igv-fake-data"];
    assert_eq!(fake.calls(), deeds);
    assert_eq!(fake.most()["bucket igv-fake-data"], 1);
}

#[tokio::test]
async fn a_secret_is_sent_and_never_shown() {
    let fake = Fake::default();
    let spec = spec(FIRST);
    let (live, plan) = plan(&fake, &spec, &Options::default()).await;
    let shown = Mutex::new(String::new());
    let say = |event: Event<'_>| write!(shown.lock().unwrap(), "{event:?}").unwrap();
    let report = execute(&fake, &plan, &live, false, &AtomicBool::new(false), &say).await;
    assert!(fake.holds_in_secret("config_file.main", CANARY));
    let (live, again) = self::plan(&fake, &spec, &Options::default()).await;
    let mut shown = shown.into_inner().unwrap();
    write!(shown, "{report:?} {live:?} {again:?} {fake:?}").unwrap();
    write!(
        shown,
        "{} {}",
        planner::show::to_json(&again),
        planner::show::to_text(&again, true)
    )
    .unwrap();
    assert!(!shown.contains(CANARY));
}

#[tokio::test]
async fn an_open_reference_fails_before_anything_is_sent() {
    let fake = Fake::default();
    let spec = spec(FIRST);
    let (live, mut plan) = plan(&fake, &spec, &Options::default()).await;
    // As if the planner had forgotten a need.
    plan.steps
        .retain(|step| step.key.address.to_string() == "user_pool_client.igv");
    plan.steps[0].needs.clear();
    let report = execute(&fake, &plan, &live, false, &AtomicBool::new(false), &|_| {}).await;
    let (_, error) = report.failed().next().unwrap();
    assert!(error.message.contains("{{user_pool.main.id}}"), "{error}");
    assert_eq!(fake.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn what_an_object_that_is_replaced_put_out_is_never_written_again() {
    let fake = Fake::default();
    run(&fake, &spec(FIRST), &Options::default()).await;
    fake.fails(None);
    let (live, mut plan) = plan(&fake, &spec(&changed()), &Options::default()).await;
    // As if the planner had forgotten what the config file needs.
    for step in &mut plan.steps {
        if step.key.address.to_string() == "config_file.main" {
            step.needs.clear();
        }
    }
    let report = execute(&fake, &plan, &live, false, &AtomicBool::new(false), &|_| {}).await;
    let (step, error) = report.failed().next().unwrap();
    assert_eq!(step.key.address.to_string(), "config_file.main");
    assert!(error.message.contains("which nothing put out"), "{error}");
}
