//! What a look costs: how many calls, and how many of them one after the other.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use planner::Options;
use sandbox::{Sandbox, Trouble};

use crate::ground::{acting, apply, committed, counts, plan, spec};

#[tokio::test(start_paused = true)]
async fn full() {
    let sandbox = Sandbox::in_memory(1);
    let spec = spec(&committed("full.yaml"));
    let report = apply(&sandbox, &spec, &Options::default()).await;
    let failed: Vec<_> = report
        .failed()
        .map(|(step, error)| format!("{}: {error}", step.key))
        .collect();
    assert_eq!(failed, Vec::<String>::new());
    sandbox.clear_calls();
    let latency = Duration::from_millis(80);
    sandbox.set_trouble(Trouble {
        latency,
        ..Trouble::default()
    });
    let begun = tokio::time::Instant::now();
    let (_, _, plan) = plan(&sandbox, &spec, &Options::default()).await;
    let elapsed = begun.elapsed();
    println!("{:?} {}", elapsed, elapsed.as_secs_f64() / latency.as_secs_f64());
    let counts = counts(&sandbox);
    println!("{} {counts:#?}", counts.values().sum::<usize>());
    assert_eq!(acting(&plan), Vec::<String>::new());
    panic!();
}
