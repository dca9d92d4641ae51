//! A run that dies after any call is finished by the next one: one of everything, nothing doubled, nothing orphaned.
//!
//! Each run meets a sandbox that takes `n` calls and then answers nothing more, for every `n`, once with the last
//! call taking effect and its answer lost, once without.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use applier::{Aws, Clients, Ground, Look, execute};
use planner::{Live, Options, Plan};
use sandbox::{Sandbox, Trouble};
use spec_model::Spec;

fn spec(text: &str) -> Spec {
    spec_model::parse(text, &|_| None).unwrap_or_else(|errors| panic!("{}", errors.render("spec.yaml", text)))
}

async fn world(sandbox: &Sandbox, spec: &Spec, folder: &Path) -> Aws {
    Aws::new(
        Clients::connect(&Ground::Embedded(sandbox.http_client()), &spec.stack).await,
        folder.to_owned(),
    )
}

async fn look(aws: &Aws, spec: &Spec, options: &Options) -> (Live, Plan) {
    aws.clients().forget();
    let live = aws.look(spec).await;
    let local = aws.local_files(spec, &live).await;
    let plan = planner::plan(spec, &live, &local, options);
    (live, plan)
}

/// Runs once, whatever happens.
async fn run(aws: &Aws, spec: &Spec, options: &Options) {
    let (live, plan) = look(aws, spec, options).await;
    execute(aws, &plan, &live, false, &AtomicBool::new(false), &|_| {}).await;
}

/// The names of everything in the sandbox, without what differs from run to run.
fn census(sandbox: &Sandbox) -> Vec<(String, usize)> {
    let world = sandbox.snapshot();
    let count = |path: &[&str], inner: &str| -> usize {
        let mut at = vec![&world];
        for name in path {
            at = at
                .into_iter()
                .flat_map(|it| match *name {
                    "*" => it.as_object().map(|it| it.values().collect()).unwrap_or_default(),
                    name => it.get(name).into_iter().collect::<Vec<_>>(),
                })
                .collect();
        }
        at.into_iter()
            .map(|it| {
                let it = it.get(inner).unwrap_or(&serde_json::Value::Null);
                it.as_object()
                    .map_or_else(|| it.as_array().map_or(0, Vec::len), serde_json::Map::len)
            })
            .sum()
    };
    vec![
        ("pools".to_owned(), count(&["cognito_idp", "*", "*"], "pools")),
        (
            "clients".to_owned(),
            count(&["cognito_idp", "*", "*", "pools", "*"], "clients"),
        ),
        (
            "users".to_owned(),
            count(&["cognito_idp", "*", "*", "pools", "*"], "users"),
        ),
        (
            "identity pools".to_owned(),
            count(&["cognito_identity", "*", "*"], "pools"),
        ),
        ("roles".to_owned(), count(&["iam", "*"], "roles")),
        ("distributions".to_owned(), count(&["cloudfront", "*"], "distributions")),
        (
            "access controls".to_owned(),
            count(&["cloudfront", "*"], "access_controls"),
        ),
        ("buckets".to_owned(), count(&["s3"], "buckets")),
    ]
}

const FIRST: &str = include_str!("specs/kill-first.yaml");
const CHANGED: &str = include_str!("specs/kill-changed.yaml");

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs"))
}

/// Kills a run after every call in turn, then runs again, and compares with a run that nobody killed.
async fn kill_everywhere(before: Option<&str>, after: &str, options: &Options) {
    let after = spec(after);
    let prepared = Sandbox::in_memory(7);
    if let Some(before) = before {
        let before = spec(before);
        let aws = world(&prepared, &before, folder()).await;
        run(&aws, &before, &Options::default()).await;
        let (_, plan) = look(&aws, &before, &Options::default()).await;
        assert!(plan.is_in_sync(), "{}", planner::show::to_text(&plan, false));
    }
    let whole = prepared.fork();
    whole.clear_calls();
    run(&world(&whole, &after, folder()).await, &after, options).await;
    let calls = whole.calls().iter().filter(|it| it.mutating).count() as u64;
    assert!(calls > 5, "only {calls} writing calls");
    let wanted = census(&whole);
    if !options.destroy {
        let of = |name: &str| wanted.iter().find(|(it, _)| it == name).map(|(_, count)| *count);
        for name in [
            "pools",
            "clients",
            "identity pools",
            "roles",
            "distributions",
            "access controls",
        ] {
            assert_eq!(of(name), Some(1), "{name} in {wanted:?}");
        }
        assert_eq!(of("buckets"), Some(2), "{wanted:?}");
    }
    let mut unfinished = 0;
    for lost in [false, true] {
        for n in 1..=calls {
            let sandbox = prepared.fork();
            sandbox.set_trouble(Trouble {
                fail_from: Some(if lost { n + 1 } else { n }),
                lose_answer_of: lost.then_some(n),
                mutating_only: true,
                ..Trouble::default()
            });
            run(&world(&sandbox, &after, folder()).await, &after, options).await;
            sandbox.set_trouble(Trouble::default());
            unfinished += usize::from(census(&sandbox) != wanted);
            let aws = world(&sandbox, &after, folder()).await;
            run(&aws, &after, options).await;
            let (_, plan) = look(&aws, &after, options).await;
            assert!(
                !plan.acts(),
                "killed at {n} (lost: {lost}):\n{}",
                planner::show::to_text(&plan, false)
            );
            assert_eq!(census(&sandbox), wanted, "killed at {n} (lost: {lost})");
        }
    }
    assert!(unfinished > 3, "only {unfinished} runs were really killed");
}

#[tokio::test(start_paused = true)]
async fn a_first_apply_converges_after_a_kill_at_any_call() {
    kill_everywhere(None, FIRST, &Options::default()).await;
}

#[tokio::test(start_paused = true)]
async fn an_update_of_everything_converges_after_a_kill_at_any_call() {
    kill_everywhere(Some(FIRST), CHANGED, &Options::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a_destroy_converges_after_a_kill_at_any_call() {
    kill_everywhere(
        Some(FIRST),
        FIRST,
        &Options {
            destroy: true,
            ..Options::default()
        },
    )
    .await;
}
