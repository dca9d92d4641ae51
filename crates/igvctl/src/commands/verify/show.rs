//! How a checklist is shown: line by line to people, whole to machines.

use std::fmt::Write as _;
use std::sync::Mutex;

use applier::verify::{Check, Checklist, Outcome, Topic};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value as Json, json};
use spec_model::Stack;

use super::Verdict;
use crate::commands::Failure;

/// The version of the JSON.
const FORMAT: u32 = 1;

/// Lines for people, under a heading for each topic.
#[derive(Debug, Default)]
pub(super) struct Lines(Mutex<Option<Topic>>);

impl Lines {
    /// The lines of a check, with the heading of its topic where that begins.
    pub(super) fn of(&self, check: &Check) -> String {
        let mut text = String::new();
        let before = self
            .0
            .lock()
            .expect("no holder of the lock panics")
            .replace(check.topic);
        if before != Some(check.topic) {
            let gap = if before.is_some() { "\n" } else { "" };
            let _ = writeln!(text, "{gap}\x1b[1m{}\x1b[0m", check.topic.title());
        }
        let time = format!("\x1b[2m{:.1} s\x1b[0m", check.took.as_secs_f64());
        let title = &check.title;
        let _ = match &check.outcome {
            Outcome::Passed { detail } if detail.is_empty() => writeln!(text, "  \x1b[32m✓\x1b[0m {title}  {time}"),
            Outcome::Passed { detail } => {
                writeln!(text, "  \x1b[32m✓\x1b[0m {title}: {}  {time}", folded(detail))
            }
            Outcome::Failed { why, remedy } => {
                writeln!(text, "  \x1b[31m✗\x1b[0m {title}  {time}{}", reasons(why, remedy))
            }
            Outcome::Unread { why, remedy } => {
                writeln!(text, "  \x1b[33m?\x1b[0m {title}  {time}{}", reasons(why, remedy))
            }
            Outcome::Skipped { why } => writeln!(text, "  \x1b[2m-\x1b[0m {title}: not tried: {}", folded(why)),
        };
        text
    }
}

/// Further lines of a detail, under the first.
fn folded(text: &str) -> String {
    text.replace('\n', "\n      ")
}

fn reasons(why: &str, remedy: &str) -> String {
    let help = match remedy {
        "" => String::new(),
        remedy => format!("\n      \x1b[36mhelp\x1b[0m: {remedy}"),
    };
    format!("\n      {}{help}", folded(why))
}

/// What it comes to.
pub(super) fn closing(list: &Checklist<'_>, verdict: Verdict) -> String {
    let count = |word: &str| list.checks().iter().filter(|it| it.outcome.word() == word).count();
    let parts: Vec<String> = [
        ("passed", "passed"),
        ("failed", "failed"),
        ("unread", "could not be told"),
        ("skipped", "not tried"),
    ]
    .into_iter()
    .map(|(word, words)| (count(word), words))
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    let mut text = format!("\n\x1b[1mChecks\x1b[0m: {}.\n", parts.join(", "));
    let _ = match verdict {
        Verdict::Works => writeln!(text, "\x1b[32mA login works.\x1b[0m"),
        Verdict::NotTried => writeln!(
            text,
            "All is right that can be checked without a login; a login was not tried."
        ),
        Verdict::Unread => writeln!(text, "\x1b[33mNot everything could be told:\x1b[0m"),
        Verdict::Fails => writeln!(text, "\x1b[31mNot as it should be:\x1b[0m"),
    };
    for check in list.failed().chain(list.unread()) {
        let (Outcome::Failed { why, .. } | Outcome::Unread { why, .. }) = &check.outcome else {
            continue;
        };
        let mark = if matches!(check.outcome, Outcome::Failed { .. }) {
            "✗"
        } else {
            "?"
        };
        let _ = writeln!(
            text,
            "  {mark} {}: {}",
            check.title,
            why.lines().next().unwrap_or_default()
        );
    }
    text
}

/// For machines.
pub(super) fn to_json(list: &Checklist<'_>, verdict: Verdict) -> Json {
    let checks: Vec<Json> = list
        .checks()
        .iter()
        .map(|check| {
            let (detail, help) = match &check.outcome {
                Outcome::Passed { detail } => (detail, ""),
                Outcome::Failed { why, remedy } | Outcome::Unread { why, remedy } => (why, remedy.as_str()),
                Outcome::Skipped { why } => (why, ""),
            };
            json!({
                "topic": check.topic.word(),
                "name": check.name,
                "title": check.title,
                "outcome": check.outcome.word(),
                "detail": detail,
                "help": help,
                "seconds": (check.took.as_secs_f64() * 1000.0).round() / 1000.0,
            })
        })
        .collect();
    json!({
        "format": FORMAT,
        "login": match verdict {
            Verdict::Works => "works",
            Verdict::Fails => "fails",
            Verdict::Unread => "unread",
            Verdict::NotTried => "not_tried",
        },
        "exit": verdict.exit().number(),
        "checks": checks,
    })
}

/// For CI: a suite for each topic, a test for each check.
pub(super) fn to_junit(list: &Checklist<'_>, stack: &Stack) -> Result<String, Failure> {
    let mut whole = Report::new(format!("igvctl verify {}", stack.name));
    for topic in Topic::ALL {
        let mut suite = TestSuite::new(topic.title());
        for check in list.checks().iter().filter(|it| it.topic == *topic) {
            let status = match &check.outcome {
                Outcome::Passed { .. } => TestCaseStatus::success(),
                Outcome::Failed { why, remedy } => unsuccessful(NonSuccessKind::Failure, why, remedy),
                Outcome::Unread { why, remedy } => unsuccessful(NonSuccessKind::Error, why, remedy),
                Outcome::Skipped { why } => {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(why.as_str());
                    status
                }
            };
            let mut case = TestCase::new(check.title.as_str(), status);
            case.set_classname(format!("{}.{}", topic.word(), check.name));
            case.set_time(check.took);
            if let Outcome::Passed { detail } = &check.outcome
                && !detail.is_empty()
            {
                case.set_system_out(detail.as_str());
            }
            suite.add_test_case(case);
        }
        if !suite.test_cases.is_empty() {
            whole.add_test_suite(suite);
        }
    }
    whole
        .to_string()
        .map_err(|error| Failure::own(format!("the checklist cannot be written as JUnit: {error}")))
}

fn unsuccessful(kind: NonSuccessKind, why: &str, remedy: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(why.lines().next().unwrap_or_default());
    status.set_description(match remedy {
        "" => why.to_owned(),
        remedy => format!("{why}\nhelp: {remedy}"),
    });
    status
}
