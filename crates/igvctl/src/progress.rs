//! What is seen while steps are carried out.
//!
//! On a terminal, a line per step under way with its time and what it waits for; elsewhere, and in CI, a plain line
//! per step that ended.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use applier::{Event, Outcome};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use planner::{Action, Phase, Step, StepKey};

use crate::report;

/// The progress of one run.
pub(crate) struct Progress {
    bars: Option<(MultiProgress, Mutex<BTreeMap<StepKey, ProgressBar>>)>,
}

impl Progress {
    /// Progress on this terminal, or plain lines.
    pub(crate) fn new() -> Self {
        let lively = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        Self {
            bars: lively.then(|| (MultiProgress::new(), Mutex::default())),
        }
    }

    /// Shows an event.
    pub(crate) fn say(&self, event: &Event<'_>) {
        match event {
            Event::Started(step) => self.begin(step),
            Event::Waiting(step, what) => self.wait(step, what),
            Event::Ended(step, outcome, elapsed) => self.end(step, outcome, *elapsed),
        }
    }

    fn begin(&self, step: &Step) {
        let Some((all, bars)) = &self.bars else { return };
        let bar = all.add(ProgressBar::new_spinner());
        // The template is a constant of ours, so it parses; a plain spinner would do as well.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(format!("{} {}", doing(step), step.key.address));
        bar.enable_steady_tick(Duration::from_millis(120));
        bars.lock()
            .expect("no holder of the lock panics")
            .insert(step.key.clone(), bar);
    }

    fn wait(&self, step: &Step, what: &str) {
        match &self.bars {
            Some((_, bars)) => {
                if let Some(bar) = bars.lock().expect("no holder of the lock panics").get(&step.key) {
                    bar.set_message(format!("{} {}: waiting for {what}", doing(step), step.key.address));
                }
            }
            None => report::note(&format!("  {}: waiting for {what}", step.key.address)),
        }
    }

    fn end(&self, step: &Step, outcome: &Outcome, elapsed: Duration) {
        let line = match outcome {
            Outcome::Failed(error) => format!("\x1b[31m✗\x1b[0m {}: {error}", step.key),
            Outcome::Done
            | Outcome::Unneeded
            | Outcome::Held(_)
            | Outcome::Skipped { .. }
            | Outcome::NotStarted
            | Outcome::Blocked => {
                format!(
                    "\x1b[32m✓\x1b[0m {} {}  \x1b[2m{:.1} s\x1b[0m",
                    done(step),
                    step.key.address,
                    elapsed.as_secs_f64()
                )
            }
        };
        match &self.bars {
            Some((all, bars)) => {
                if let Some(bar) = bars.lock().expect("no holder of the lock panics").remove(&step.key) {
                    bar.finish_and_clear();
                }
                // Written through the bars, so that they are drawn again below it.
                all.suspend(|| report::note(&line));
            }
            None => report::note(&line),
        }
    }
}

fn doing(step: &Step) -> &'static str {
    match (step.action, step.key.phase) {
        (_, Phase::Tighten) => "tightening",
        _ if step.word() == "adopt" => "adopting",
        (Action::Create, _) => "creating",
        (Action::Replace, _) => "creating the new",
        (Action::Update, _) => "updating",
        (Action::Delete, _) if step.key.address.kind.descriptor().removed.is_some() => "removing",
        (Action::Delete, _) => "deleting",
        (Action::Release, _) => "releasing",
        (Action::Keep | Action::Held | Action::Blocked, _) => "leaving",
    }
}

fn done(step: &Step) -> &'static str {
    match (step.action, step.key.phase) {
        (_, Phase::Tighten) => "tightened",
        _ if step.word() == "adopt" => "adopted",
        (Action::Create, _) => "created",
        (Action::Replace, _) => "replaced",
        (Action::Update, _) => "updated",
        (Action::Delete, _) => step.key.address.kind.descriptor().removed.unwrap_or("deleted"),
        (Action::Release, _) => "released",
        (Action::Keep | Action::Held | Action::Blocked, _) => "left",
    }
}
