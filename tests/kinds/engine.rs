//! The engine on a ground: looking, planning, carrying out, and what went wrong.

use std::sync::atomic::AtomicBool;

use applier::{Aws, Clients, Ground, Look, Outcome, Report, execute};
use planner::{Action, Live, Options, Plan};
use spec_model::Spec;

use crate::lists::root;

/// A plan as people read it.
pub(crate) fn text(plan: &Plan) -> String {
    planner::show::to_text(plan, false)
}

/// The engine of one stack. Local files are those of `specs/`.
pub(crate) struct Engine {
    pub(crate) aws: Aws,
}

impl Engine {
    pub(crate) async fn on(ground: &Ground, spec: &Spec) -> Self {
        let clients = Clients::connect(ground, &spec.stack).await;
        Self {
            aws: Aws::new(clients, root().join("specs")),
        }
    }

    /// Looks and plans.
    pub(crate) async fn plan(&self, spec: &Spec, options: &Options) -> (Live, Plan) {
        self.aws.clients().forget();
        let live = self.aws.look(spec).await;
        let local = self.aws.local_files(spec, &live).await;
        let plan = planner::plan(spec, &live, &local, options);
        (live, plan)
    }

    /// Carries a plan out.
    pub(crate) async fn execute(&self, plan: &Plan, live: &Live) -> Report {
        execute(&self.aws, plan, live, false, &AtomicBool::new(false), &|_| {}).await
    }

    /// Plans and carries out; the steps that were not done, each with the reason.
    pub(crate) async fn attempt(&self, spec: &Spec, options: &Options) -> (Plan, Vec<String>) {
        let (live, plan) = self.plan(spec, options).await;
        let report = self.execute(&plan, &live).await;
        let undone = report
            .results
            .iter()
            .filter_map(|(step, outcome)| match outcome {
                Outcome::Done | Outcome::Unneeded => None,
                Outcome::Failed(error) => Some(format!("{}: {error}", step.key.address)),
                Outcome::Skipped { because } => Some(format!("{}: skipped because of {because}", step.key)),
                Outcome::Held(_) | Outcome::NotStarted | Outcome::Blocked => {
                    Some(format!("{}: {outcome:?}", step.key.address))
                }
            })
            .collect();
        (plan, undone)
    }

    /// What a second look still finds to do, to hold, to accept or to read; nothing where the spec was brought about.
    pub(crate) async fn leftover(&self, spec: &Spec) -> (Plan, Vec<String>) {
        let (_, plan) = self.plan(spec, &Options::default()).await;
        let mut found: Vec<String> = plan
            .gaps
            .iter()
            .map(|it| format!("gap: {}: {}", it.action, it.error))
            .collect();
        found.extend(
            plan.findings
                .iter()
                .map(|it| format!("finding: {}: {}", it.address, it.name)),
        );
        for step in plan.steps.iter().filter(|it| it.action != Action::Keep) {
            let line = format!("again: {} {}", step.word(), step.key.address);
            if step.changes.is_empty() {
                found.push(line);
            } else {
                found.extend(step.changes.iter().map(|it| format!("{line}: {}", it.path)));
            }
        }
        assert_eq!(found.is_empty(), plan.is_in_sync(), "{found:?}\n{}", text(&plan));
        (plan, found)
    }
}
