//! A stack on a sandbox in the process: apply it, look at it, count its calls.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use applier::{Aws, Clients, Ground, Look, Outcome, Report, execute};
use planner::{Live, Options, Plan};
use sandbox::Sandbox;
use spec_model::Spec;

/// The folder of the committed specs.
pub(crate) fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

/// A committed spec's text.
pub(crate) fn committed(name: &str) -> String {
    std::fs::read_to_string(specs().join(name)).unwrap()
}

/// Reads a spec.
pub(crate) fn spec(text: &str) -> Spec {
    spec_model::parse(text, &|_| None).unwrap_or_else(|errors| panic!("{}", errors.render("test.yaml", text)))
}

/// The stack of a spec on a sandbox.
pub(crate) async fn aws(sandbox: &Sandbox, spec: &Spec) -> Aws {
    let ground = Ground::Embedded(sandbox.http_client());
    Aws::new(Clients::connect(&ground, &spec.stack).await, specs())
}

/// Looks and plans, as a process of its own would.
pub(crate) async fn plan(sandbox: &Sandbox, spec: &Spec, options: &Options) -> (Aws, Live, Plan) {
    let aws = aws(sandbox, spec).await;
    aws.check_account(&spec.stack).await.unwrap();
    let live = aws.look(spec).await;
    let local = aws.local_files(spec, &live).await;
    let plan = planner::plan(spec, &live, &local, options);
    (aws, live, plan)
}

/// Plans and carries out.
pub(crate) async fn apply(sandbox: &Sandbox, spec: &Spec, options: &Options) -> Report {
    let (aws, live, plan) = plan(sandbox, spec, options).await;
    execute(&aws, &plan, &live, false, &AtomicBool::new(false), &|_| {}).await
}

/// Applies and expects that nothing fails.
pub(crate) async fn settled(sandbox: &Sandbox, spec: &Spec) -> Report {
    let report = apply(sandbox, spec, &Options::default()).await;
    let unsettled: Vec<String> = report
        .results
        .iter()
        .filter(|(_, outcome)| !matches!(outcome, Outcome::Done | Outcome::Unneeded))
        .map(|(step, outcome)| format!("{}: {outcome:?}", step.key))
        .collect();
    assert_eq!(unsettled, Vec::<String>::new());
    report
}

/// How often each operation was called.
pub(crate) fn counts(sandbox: &Sandbox) -> BTreeMap<String, usize> {
    sandbox.calls().iter().fold(BTreeMap::new(), |mut counts, call| {
        *counts
            .entry(format!("{}:{}", call.service, call.operation))
            .or_default() += 1;
        counts
    })
}

/// A plan's steps that act, with why, for messages.
pub(crate) fn acting(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .filter(|step| step.action.acts() || step.action == planner::Action::Blocked)
        .map(|step| {
            format!(
                "{} {}: {:?} {:?}",
                step.action.word(),
                step.key,
                step.changes,
                step.reasons
            )
        })
        .collect()
}
