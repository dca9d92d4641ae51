//! The plan for people at a terminal.
//!
//! Colour is ANSI escapes that the printer strips where they do not belong; every mark also reads without it.

use std::collections::BTreeMap;
use std::fmt::Write;

use similar::{ChangeTag, TextDiff};
use spec_model::{FieldShape, Value};

use crate::live::Harm;
use crate::plan::{Action, Change, Effect, Phase, Plan, Reason, Step};
use crate::show::words::{advice, reason, value};

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const MAGENTA: &str = "\x1b[35m";
const CYAN: &str = "\x1b[36m";

/// The sign and colour of an action.
fn sign(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Keep => ("=", DIM),
        Action::Create => ("+", GREEN),
        Action::Update => ("~", YELLOW),
        Action::Replace => ("±", MAGENTA),
        Action::Delete => ("-", RED),
        Action::Release => (">", CYAN),
        Action::Held => ("h", CYAN),
        Action::Blocked => ("!", RED),
    }
}

/// The plan as text. What is kept is counted; with `all` it is listed too.
pub fn to_text(plan: &Plan, all: bool) -> String {
    let mut out = String::new();
    alarms(plan, &mut out);
    for step in &plan.steps {
        if step.action == Action::Keep && !all && !step.reasons.contains(&Reason::KeepsData) {
            continue;
        }
        write_step(step, &mut out);
    }
    findings(plan, &mut out);
    gaps(plan, &mut out);
    for (open, close) in &plan.reversed {
        let _ = writeln!(
            out,
            "{YELLOW}note{RESET}: `{open}` opens something before `{close}` closes, which needs it.\n"
        );
    }
    for notice in &plan.notices {
        let _ = writeln!(out, "{CYAN}note{RESET}: {notice}\n");
    }
    let _ = writeln!(out, "{}", summary(plan));
    out
}

/// What must not be overlooked stands on top.
fn alarms(plan: &Plan, out: &mut String) {
    for step in plan
        .steps
        .iter()
        .filter(|step| step.action.acts() && step.key.phase != Phase::Tighten)
    {
        for change in &step.changes {
            // Only a value that takes another's place is alarming, not the first one.
            if let (Some(alarm), Some(_)) = (change.alarm, &change.before) {
                let _ = writeln!(
                    out,
                    "{BOLD}{RED}attention{RESET}: `{}` of `{}` {alarm}.\n",
                    change.path, step.key.address
                );
            }
        }
    }
}

fn write_step(step: &Step, out: &mut String) {
    let (sign, colour) = sign(step.action);
    let id = step
        .id
        .as_ref()
        .filter(|id| !step.key.address.name.ends_with(id.as_str()));
    let _ = write!(
        out,
        "{colour}{sign} {:<7}{RESET} {BOLD}{}{RESET}",
        step.action.word(),
        step.key.address
    );
    if let Some(id) = id {
        let _ = write!(out, "  {DIM}{id}{RESET}");
    }
    match (step.key.phase, step.effect) {
        (Phase::Tighten, _) => out.push_str("  (first: what closes)"),
        (_, Effect::Closes) if step.action.acts() => out.push_str("  (closes)"),
        _ => {}
    }
    out.push('\n');
    for line in step.reasons.iter().filter(|it| **it != Reason::Missing).map(reason) {
        let _ = writeln!(out, "    {line}");
    }
    match step.action {
        Action::Create => creation(step, out),
        Action::Update | Action::Replace | Action::Blocked => changes(&step.changes, out),
        Action::Keep | Action::Delete | Action::Release | Action::Held => {}
    }
    for held in &step.held {
        let _ = writeln!(out, "    held: `{}` {}", held.name, held.what);
    }
    if !step.held.is_empty() {
        let _ = writeln!(
            out,
            "    {CYAN}help{RESET}: somebody tightened this by hand, so it stays; `apply --loosen {}` undoes it",
            step.key.address
        );
    }
    if let (Action::Blocked, Some(advice)) = (step.action, advice(step)) {
        let _ = writeln!(out, "    {CYAN}help{RESET}: {advice}");
    }
    if let Some(by) = &step.stopped_by {
        let _ = writeln!(out, "    {YELLOW}stopped{RESET} by `{by}`");
    }
    out.push('\n');
}

/// A new object's fields, without those that are at their default.
fn creation(step: &Step, out: &mut String) {
    let fields = &step.key.address.kind.descriptor().fields;
    let shown: Vec<(&FieldShape, &Value)> = fields
        .iter()
        .filter_map(|field| Some((field, step.want.get(field.name)?)))
        .filter(|(field, it)| **it != Value::Null && field.default.as_ref() != Some(it))
        .collect();
    let width = shown
        .iter()
        .map(|(field, _)| field.name.len())
        .max()
        .unwrap_or_default();
    for (field, it) in shown {
        write_value(field.name, width, it, out);
    }
}

fn write_value(name: &str, width: usize, it: &Value, out: &mut String) {
    match it {
        Value::Policy(document) => {
            let _ = writeln!(out, "    {name}:");
            for line in document.to_pretty().lines() {
                let _ = writeln!(out, "      {line}");
            }
        }
        Value::Map(entries) | Value::Table(entries) if !entries.is_empty() => {
            let _ = writeln!(out, "    {name}:");
            let width = entries.keys().map(String::len).max().unwrap_or_default();
            for (name, it) in entries.iter().filter(|(_, it)| **it != Value::Null) {
                let mut inner = String::new();
                write_value(name, width, it, &mut inner);
                for line in inner.lines() {
                    let _ = writeln!(out, "  {line}");
                }
            }
        }
        it => {
            let _ = writeln!(
                out,
                "    {:<width$}  {}",
                format!("{name}:"),
                value(it),
                width = width + 1
            );
        }
    }
}

fn changes(changes: &[Change], out: &mut String) {
    let width = changes.iter().map(|it| it.path.len()).max().unwrap_or_default().min(40);
    for change in changes {
        let Change {
            path,
            before,
            after,
            alarm: _,
        } = change;
        match (before, after) {
            (Some(Value::Policy(before)), Some(Value::Policy(after))) => {
                let _ = writeln!(out, "    {path}:");
                line_diff(&before.to_pretty(), &after.to_pretty(), out);
            }
            (Some(Value::Policy(before)), None) => {
                let _ = writeln!(out, "    {path}: shall not be there");
                line_diff(&before.to_pretty(), "", out);
            }
            (None, Some(Value::Policy(after))) => {
                let _ = writeln!(out, "    {path}:");
                line_diff("", &after.to_pretty(), out);
            }
            (Some(Value::Set(before)), Some(Value::Set(after))) => {
                let _ = writeln!(out, "    {path}:");
                for gone in before.difference(after) {
                    let _ = writeln!(out, "      {RED}- {}{RESET}", value(gone));
                }
                for new in after.difference(before) {
                    let _ = writeln!(out, "      {GREEN}+ {}{RESET}", value(new));
                }
            }
            (Some(Value::Secret(_)), Some(Value::Secret(_))) => {
                let _ = writeln!(
                    out,
                    "    {:<width$}  (secret, changes)",
                    format!("{path}:"),
                    width = width + 1
                );
            }
            (before, after) => {
                let before = before.as_ref().map_or_else(|| "absent".to_owned(), value);
                let after = after.as_ref().map_or_else(|| "absent".to_owned(), value);
                let _ = writeln!(
                    out,
                    "    {:<width$}  {RED}{before}{RESET} -> {GREEN}{after}{RESET}",
                    format!("{path}:"),
                    width = width + 1
                );
            }
        }
    }
}

/// A line diff with the changed words of a line marked.
fn line_diff(before: &str, after: &str, out: &mut String) {
    let diff = TextDiff::from_lines(before, after);
    for group in diff.grouped_ops(2) {
        for op in group {
            for change in diff.iter_inline_changes(&op) {
                let (sign, colour) = match change.tag() {
                    ChangeTag::Delete => ("-", RED),
                    ChangeTag::Insert => ("+", GREEN),
                    ChangeTag::Equal => (" ", ""),
                };
                let _ = write!(out, "      {colour}{sign} ");
                for (changed, text) in change.iter_strings_lossy() {
                    let text = text.trim_end_matches('\n');
                    if changed {
                        let _ = write!(out, "\x1b[4m{text}\x1b[24m");
                    } else {
                        out.push_str(text);
                    }
                }
                let _ = writeln!(out, "{RESET}");
            }
        }
    }
}

fn findings(plan: &Plan, out: &mut String) {
    for finding in &plan.findings {
        let harm = match finding.harm {
            Harm::LetsIn => "can let people in or data out",
            Harm::LocksOut => "can lock people out",
        };
        let _ = writeln!(
            out,
            "{MAGENTA}? finding{RESET} {BOLD}{}{RESET}: {} ({harm})",
            finding.address, finding.name
        );
        let _ = writeln!(out, "    {}", finding.what);
        let _ = writeln!(
            out,
            "    {CYAN}help{RESET}: if it is wanted, write under `accept`:  - \"{}\"\n",
            finding.line()
        );
    }
}

fn gaps(plan: &Plan, out: &mut String) {
    for gap in &plan.gaps {
        let _ = writeln!(out, "{RED}? unread{RESET}  {}", gap.what);
        let _ = writeln!(out, "    {}: {}", gap.action, gap.error);
        if gap.denied {
            let _ = writeln!(
                out,
                "    {CYAN}help{RESET}: grant `{}` to whoever runs this",
                gap.action
            );
        }
        out.push('\n');
    }
}

/// One line that counts what would be done.
pub(crate) fn summary(plan: &Plan) -> String {
    let counts: BTreeMap<Action, usize> = plan.counts();
    let of = |action: Action| counts.get(&action).copied().unwrap_or_default();
    let mut parts: Vec<String> = [
        (Action::Create, "to create"),
        (Action::Update, "to update"),
        (Action::Replace, "to replace"),
        (Action::Delete, "to delete"),
        (Action::Release, "to release"),
        (Action::Held, "held"),
        (Action::Blocked, "blocked"),
    ]
    .into_iter()
    .filter(|(action, _)| of(*action) > 0)
    .map(|(action, words)| format!("{} {words}", of(action)))
    .collect();
    if !plan.findings.is_empty() {
        parts.push(format!("{} to accept or mend", plan.findings.len()));
    }
    if !plan.gaps.is_empty() {
        parts.push(format!("{} unread: the plan is incomplete", plan.gaps.len()));
    }
    let kept = of(Action::Keep);
    if parts.is_empty() {
        format!("{GREEN}In sync{RESET}: {kept} as wanted, nothing to do.")
    } else {
        format!("{BOLD}Plan{RESET}: {}; {kept} as wanted.", parts.join(", "))
    }
}
