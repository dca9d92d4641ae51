//! `igvctl apply`.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use applier::{Report, execute};
use planner::{Action, Effect, Live, Options, Plan, Reason};
use spec_model::{Address, Kind, Spec};

use crate::args::{ApplyArgs, Format, ReportFormat, Wait};
use crate::commands::{Failure, exit_of, look_and_plan, published, show};
use crate::exit::Exit;
use crate::ground::{Choice, Standing, stand};
use crate::progress::Progress;
use crate::{report, source};

/// How long the second look waits for AWS to show what it took.
const SECOND_LOOK: Duration = Duration::from_secs(60);
/// How long `--wait deployed` waits for CloudFront.
const DEPLOYMENT: Duration = Duration::from_secs(20 * 60);

/// Plans, asks, carries out, looks again, and says how to go on.
pub(crate) async fn run(args: &ApplyArgs, choice: &Choice) -> Result<Exit, Failure> {
    let source = source::read(&args.spec.spec)?;
    let spec = &source.spec;
    let loosen = args
        .loosen
        .iter()
        .map(|it| {
            it.parse::<Address>()
                .map_err(|error| Failure::own(format!("--loosen {it}: {error}")))
        })
        .collect::<Result<BTreeSet<_>, _>>()?;
    if let Some(stranger) = loosen.iter().find(|it| !spec.resources.contains_key(it)) {
        return Err(
            Failure::own(format!("--loosen {stranger}: the spec has no resource at this address"))
                .help("`igvctl expand` lists all addresses of a spec"),
        );
    }
    let saved = match &args.plan {
        Some(path) => Some((path, show::of_stack(path, &spec.stack)?)),
        None => None,
    };
    let options = Options {
        loosen,
        ..Options::default()
    };
    let standing = stand(choice, &spec.stack, &source.folder).await?;
    let (live, _, plan) = look_and_plan(&standing, spec, &options).await;
    if args.format == ReportFormat::Text {
        report::plan(&plan, Format::Text, false);
    }
    if let Some((path, saved)) = &saved {
        let unexpected = planner::unexpected(&saved["plan"], &plan);
        if !unexpected.is_empty() {
            let names: Vec<String> = unexpected.iter().map(|it| format!("`{it}`")).collect();
            return Err(Failure::own(format!(
                "nothing was changed: not in the saved plan {}: {}",
                path.display(),
                names.join(", ")
            ))
            .help("something changed since; plan again, review, and apply that plan")
            .with(Exit::Blocked));
        }
    }
    let does = |step: &&planner::Step| step.action.acts() && (!args.tightening || step.effect == Effect::Closes);
    let blocked = exit_of(&plan, false);
    if blocked != Exit::Done && !args.tightening {
        return Err(
            Failure::own("nothing was changed, because the plan is blocked or incomplete")
                .help(
                    "mend what is marked `!` or `?` above; closing steps alone can be carried out with `--tightening`",
                )
                .with(blocked),
        );
    }
    let count = plan.steps.iter().filter(does).count();
    if count == 0 {
        // Under a block, where the config is is not what to read next.
        if blocked == Exit::Done {
            finish(args, &standing, spec, &live, None, false);
        }
        return Ok(if args.tightening { blocked } else { Exit::Done });
    }
    if !args.yes {
        confirm(count)?;
    }
    let carried = carry_out(&standing, &plan, &live, args.tightening).await;
    let mut exit = exit_of_report(&carried);
    let mut second = None;
    if exit == Exit::Done && !args.tightening {
        let (again, live) = settle(&standing, spec, args.wait).await;
        if !has_converged(&again) {
            exit = Exit::Diverged;
        }
        second = Some((again, live));
    }
    match args.format {
        ReportFormat::Json => report::result(&report::pretty(&as_json(&carried, exit))),
        ReportFormat::Text => closing(&carried),
    }
    if let Some((again, live)) = &second {
        if exit == Exit::Diverged {
            report::note("\n\x1b[31mNot converged\x1b[0m: a second look still finds:\n");
            report::plan(again, Format::Text, false);
        } else {
            finish(args, &standing, spec, live, Some(again), concerns_people(&carried));
        }
    }
    Ok(exit.worse(if args.tightening { blocked } else { Exit::Done }))
}

/// Asks on a terminal; elsewhere `--yes` is needed.
fn confirm(count: usize) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::own("nothing was changed: there is no terminal to ask on")
            .help("add `--yes` to go ahead without being asked")
            .with(Exit::Blocked));
    }
    report::note(&format!(
        "Carry out {count} step{}? Only `yes` goes ahead.",
        if count == 1 { "" } else { "s" }
    ));
    if answer().is_some_and(|it| it == "yes") {
        Ok(())
    } else {
        Err(Failure::own("nothing was changed").with(Exit::Blocked))
    }
}

/// A line from the terminal.
pub(crate) fn answer() -> Option<String> {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .ok()
        .filter(|read| *read > 0)
        .map(|_| line.trim().to_owned())
}

/// Executes a plan, with progress on screen; Ctrl-C finishes the calls under way.
pub(crate) async fn carry_out(standing: &Standing, plan: &Plan, live: &Live, tightening: bool) -> Report {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    let listener = tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if flag.swap(true, Ordering::Relaxed) {
                // A wait for CloudFront can take twenty minutes; whatever a run is cut at, the next one continues.
                report::note("Interrupted again: stopping at once. Run the same command again to continue.");
                std::process::exit(i32::from(Exit::Interrupted.number()));
            }
            report::note("Interrupted: finishing the calls under way, beginning nothing new. Once more stops at once.");
        }
    });
    let progress = Progress::new();
    let carried = execute(&standing.aws, plan, live, tightening, &interrupted, &|event| {
        progress.say(&event)
    })
    .await;
    listener.abort();
    carried
}

/// Whether a second look is content. A blocked step is never an old one: with one in its plan, apply had not begun.
fn has_converged(again: &Plan) -> bool {
    !again.acts() && !again.is_incomplete() && again.blocked().next().is_none()
}

/// Looks again until there is nothing to do, AWS being slow to show what it took.
async fn settle(standing: &Standing, spec: &Spec, wait: Wait) -> (Plan, Live) {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(500);
    loop {
        standing.aws.clients().forget();
        let (live, _, plan) = look_and_plan(standing, spec, &Options::default()).await;
        let propagating = plan
            .steps
            .iter()
            .any(|step| step.reasons.iter().any(|it| matches!(it, Reason::Propagating { .. })));
        let unsettled = !has_converged(&plan);
        let patience = if !unsettled && propagating && wait == Wait::Deployed {
            DEPLOYMENT
        } else {
            SECOND_LOOK
        };
        if !(unsettled || propagating && wait == Wait::Deployed) || begun.elapsed() >= patience {
            return (plan, live);
        }
        report::note(if unsettled {
            "  waiting for AWS to show what it took"
        } else {
            "  waiting for CloudFront to deploy"
        });
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(15));
    }
}

pub(crate) fn exit_of_report(carried: &Report) -> Exit {
    if carried.interrupted {
        Exit::Interrupted
    } else if carried.failed().next().is_some() {
        Exit::Error
    } else {
        Exit::Done
    }
}

/// What was done, left and refused.
pub(crate) fn closing(carried: &Report) {
    use applier::Outcome;
    let count = |wanted: fn(&Outcome) -> bool| carried.results.iter().filter(|(_, outcome)| wanted(outcome)).count();
    let parts: Vec<String> = [
        (count(|it| matches!(it, Outcome::Done)), "done"),
        (count(|it| matches!(it, Outcome::Held(_))), "held"),
        (count(|it| matches!(it, Outcome::Skipped { .. })), "skipped"),
        (count(|it| matches!(it, Outcome::NotStarted)), "not started"),
        (count(|it| matches!(it, Outcome::Blocked)), "blocked"),
        (count(|it| matches!(it, Outcome::Failed(_))), "failed"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    report::note(&format!("\n\x1b[1mReport\x1b[0m: {}.", parts.join(", ")));
    for (step, outcome) in &carried.results {
        match outcome {
            Outcome::Failed(error) => {
                report::note(&format!("  \x1b[31mfailed\x1b[0m  {}: {error}", step.key));
                if let Some(remedy) = applier::remedy(error) {
                    report::note(&format!("          \x1b[36mhelp\x1b[0m: {remedy}"));
                }
            }
            Outcome::Skipped { because } => report::note(&format!("  skipped  {}, because of {because}", step.key)),
            Outcome::NotStarted => report::note(&format!("  not started  {}", step.key)),
            Outcome::Held(held) => {
                for it in held {
                    report::note(&format!("  held  {}: `{}` {}", step.key, it.name, it.what));
                }
            }
            Outcome::Done | Outcome::Unneeded | Outcome::Blocked => {}
        }
    }
    if carried.interrupted {
        report::note("Run the same command again to continue.");
    }
}

/// A report for machines.
pub(crate) fn as_json(carried: &Report, exit: Exit) -> serde_json::Value {
    use applier::Outcome;
    let results: Vec<_> = carried
        .results
        .iter()
        .map(|(step, outcome)| {
            let (word, because, error) = match outcome {
                Outcome::Done => ("done", None, None),
                Outcome::Unneeded => ("unneeded", None, None),
                Outcome::Held(_) => ("held", None, None),
                Outcome::Skipped { because } => ("skipped", Some(because.to_string()), None),
                Outcome::NotStarted => ("not_started", None, None),
                Outcome::Blocked => ("blocked", None, None),
                Outcome::Failed(error) => ("failed", None, Some(error)),
            };
            serde_json::json!({
                "step": step.key.to_string(),
                "address": step.key.address.to_string(),
                "action": step.action.word(),
                "outcome": word,
                "because": because,
                "error": error.map(|it| serde_json::json!({
                    "action": it.action, "code": it.code, "message": it.message, "request_id": it.request_id,
                    "help": applier::remedy(it),
                })),
            })
        })
        .collect();
    serde_json::json!({ "format": planner::show::FORMAT, "exit": exit.number(), "interrupted": carried.interrupted, "results": results })
}

/// Whether people have something to do in IGV after this: load another config, or log in for the first time.
fn concerns_people(carried: &Report) -> bool {
    carried.results.iter().any(|(step, outcome)| {
        matches!(outcome, applier::Outcome::Done)
            && match step.action {
                Action::Create => {
                    matches!(
                        step.key.address.kind,
                        Kind::ConfigFile | Kind::Distribution | Kind::WelcomePage | Kind::User
                    )
                }
                Action::Update | Action::Replace => {
                    matches!(step.key.address.kind, Kind::ConfigFile | Kind::Distribution)
                }
                Action::Keep | Action::Delete | Action::Release | Action::Held | Action::Blocked => false,
            }
    })
}

/// Where the config is; with `all`, also what to paste where, and how the first user logs in.
fn finish(args: &ApplyArgs, standing: &Standing, spec: &Spec, live: &Live, again: Option<&Plan>, all: bool) {
    if args.format == ReportFormat::Json {
        return;
    }
    if again.is_some_and(|plan| {
        plan.steps
            .iter()
            .any(|step| step.reasons.iter().any(|it| matches!(it, Reason::Propagating { .. })))
    }) {
        report::note(
            "Accepted; CloudFront is still propagating it, which takes some minutes. `--wait deployed` waits.",
        );
    }
    let Some(url) = published::url(spec, live) else {
        return;
    };
    report::note("");
    report::result(&format!("Provisioning URL: {}", standing.faces.url(&url)));
    if !all {
        return;
    }
    if let Some(page) = published::page_url(spec, live) {
        report::result(&format!("Welcome page: {}", standing.faces.url(&page)));
    }
    if let Some(remark) = standing.faces.remark() {
        report::note(&remark);
    }
    report::note("In IGV: View > Preferences > Advanced > \"OAuth provisioning URL\", paste it, and restart IGV.");
    report::note(
        "Then Amazon > Login. A new user finds the temporary password in the invitation mail and is asked for one of their own.",
    );
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use planner::{Found, Gap, Live, Local, Options};

    use super::has_converged;

    #[test]
    fn a_second_look_is_not_content_with_what_is_blocked() {
        let spec = "version: 1\nstack: igv-demo\naccount: \"111122223333\"\nregion: eu-west-1\nuser_pool: {}\n";
        let spec = spec_model::parse(spec, &|_| None).unwrap();
        let plan = |found: &Found| {
            let live = Live {
                found: spec.resources.keys().map(|it| (it.clone(), found.clone())).collect(),
                ..Live::default()
            };
            planner::plan(&spec, &live, &Local::default(), &Options::default())
        };
        let foreign = plan(&Found::Foreign {
            id: "eu-west-1_example".to_owned(),
            claimed_by: None,
        });
        assert!(!foreign.acts() && !foreign.is_incomplete());
        assert!(!has_converged(&foreign));
        assert!(!has_converged(&plan(&Found::Absent)));
        assert!(!has_converged(&plan(&Found::Unknown(Gap {
            what: "it".to_owned(),
            action: "cognito-idp:ListUserPools".to_owned(),
            error: "refused".to_owned(),
            denied: true,
        }))));
        let provided = plan(&Found::Provided {
            id: "eu-west-1_example".to_owned(),
        });
        assert!(has_converged(&provided), "{provided:?}");
    }
}
