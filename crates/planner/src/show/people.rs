//! The plan for people at a terminal.
//!
//! Colour is ANSI escapes that the printer strips where they do not belong; every mark also reads without it.

use std::collections::BTreeMap;
use std::fmt::Write;

use similar::{ChangeTag, TextDiff};
use spec_model::{Cost, FieldShape, Kind, Value};

use crate::live::Harm;
use crate::plan::{Action, Change, Effect, Phase, Plan, Reason, Step, StepKey};
use crate::show::words::{advice, cost, reason, value};

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
    let mut crowds = crowds(plan);
    for step in &plan.steps {
        if step.action == Action::Keep && !all && !step.reasons.contains(&Reason::KeepsData) {
            continue;
        }
        match crowd_of(step).map(|key| crowds.remove(&key)) {
            // The whole crowd stands where the first of it does.
            Some(Some(crowd)) if crowd.len() >= CROWD => write_step(step, &crowd, &mut out),
            Some(Some(crowd)) => crowd.into_iter().for_each(|it| write_step(it, &[], &mut out)),
            Some(None) => {}
            None => write_step(step, &[], &mut out),
        }
    }
    findings(plan, &mut out);
    gaps(plan, &mut out);
    reversed(plan, &mut out);
    for notice in &plan.notices {
        let mut lines = notice.lines();
        let _ = writeln!(out, "{CYAN}note{RESET}: {}", lines.next().unwrap_or_default());
        lines.for_each(|line| {
            let _ = writeln!(out, "    {line}");
        });
        out.push('\n');
    }
    blocked(plan, &mut out);
    let _ = writeln!(out, "{}", summary(plan));
    out
}

/// From how many on the members of a crowd are listed in one step.
const CROWD: usize = 4;

/// How wide lists of names are.
const WIDTH: usize = 100;

/// What steps of a kind with many members have in common: those of which nothing else is to be said are listed together.
type CrowdKey<'a> = (Kind, Action, Vec<String>, Option<&'a StepKey>);

fn crowd_of(step: &Step) -> Option<CrowdKey<'_>> {
    let kind = step.key.address.kind;
    let plain = step.changes.is_empty()
        && step.held.is_empty()
        && matches!(
            step.action,
            Action::Delete | Action::Release | Action::Blocked | Action::Keep
        )
        && !step.reasons.iter().any(|it| {
            matches!(
                it,
                Reason::NotOurs { .. } | Reason::SeveralCandidates { .. } | Reason::NeedsConsent { .. }
            )
        });
    (kind.descriptor().crowd.is_some() && plain).then(|| {
        (
            kind,
            step.action,
            step.reasons.iter().map(reason).collect(),
            step.stopped_by.as_ref(),
        )
    })
}

fn crowds(plan: &Plan) -> BTreeMap<CrowdKey<'_>, Vec<&Step>> {
    let mut crowds: BTreeMap<CrowdKey<'_>, Vec<&Step>> = BTreeMap::new();
    for step in &plan.steps {
        if let Some(key) = crowd_of(step) {
            crowds.entry(key).or_default().push(step);
        }
    }
    crowds
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
                    "{BOLD}{RED}attention{RESET}: the new `{}` of `{}` {alarm}.\n",
                    change.path, step.key.address
                );
            }
        }
    }
}

/// Writes a step, or the crowd that it stands for.
fn write_step(step: &Step, crowd: &[&Step], out: &mut String) {
    let (sign, colour) = sign(step.action);
    let _ = write!(out, "{colour}{sign} {:<7}{RESET} ", step.word());
    if crowd.is_empty() {
        let _ = write!(out, "{BOLD}{}{RESET}", step.key.address);
        let id = step
            .id
            .as_ref()
            .filter(|id| !step.key.address.name.ends_with(id.as_str()));
        if let Some(id) = id {
            let _ = write!(out, "  {DIM}{id}{RESET}");
        }
    } else {
        let kind = step.key.address.kind;
        let _ = write!(
            out,
            "{BOLD}{} {}{RESET}",
            crowd.len(),
            kind.descriptor().crowd.unwrap_or(kind.word())
        );
    }
    match (step.key.phase, step.effect, step.action) {
        (Phase::Tighten, _, _) => out.push_str("  (first half: closes)"),
        (_, Effect::Closes, action) if action.acts() => out.push_str("  (closes)"),
        (_, Effect::Opens, Action::Update | Action::Delete) => out.push_str("  (opens)"),
        _ => {}
    }
    out.push('\n');
    let said = [Reason::Missing, Reason::KeepsData];
    let quiet = |it: &&Reason| said.contains(it) && (**it == Reason::Missing || !crowd.is_empty());
    for line in step.reasons.iter().filter(|it| !quiet(it)).map(reason) {
        let _ = writeln!(out, "    {line}");
    }
    if step.action.acts() && step.cost != Cost::Nothing {
        let _ = writeln!(out, "    {RED}{}{RESET}", cost(step.cost));
    }
    if !crowd.is_empty() {
        names(crowd, out);
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

/// The names of a crowd, as many to a line as fit.
fn names(crowd: &[&Step], out: &mut String) {
    let mut line = String::new();
    for (at, step) in crowd.iter().enumerate() {
        let name = &step.key.address.name;
        let comma = if at + 1 < crowd.len() { "," } else { "" };
        if !line.is_empty() && 4 + line.len() + 1 + name.len() + comma.len() > WIDTH {
            let _ = writeln!(out, "    {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(name);
        line.push_str(comma);
    }
    let _ = writeln!(out, "    {line}");
}

/// Where a closing step has to wait for opening ones. That a replacement is made before the old one goes is no news.
fn reversed(plan: &Plan, out: &mut String) {
    let mut waits: BTreeMap<&StepKey, Vec<String>> = BTreeMap::new();
    for (open, close) in plan
        .reversed
        .iter()
        .filter(|(open, close)| open.address != close.address)
    {
        waits.entry(close).or_default().push(format!("`{open}`"));
    }
    for (close, opens) in waits {
        let _ = writeln!(
            out,
            "{YELLOW}note{RESET}: `{close}` closes only after {}, which it needs and which {}.\n",
            opens.join(", "),
            if opens.len() == 1 { "opens" } else { "open" }
        );
    }
}

/// What is blocked is named again at the end, where a long plan is read from.
fn blocked(plan: &Plan, out: &mut String) {
    let names: Vec<String> = plan.blocked().map(|step| format!("`{}`", step.key)).collect();
    if names.is_empty() || !plan.acts() {
        return;
    }
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let closing = plan
        .steps
        .iter()
        .filter(|step| step.action.acts() && step.effect == Effect::Closes && step.stopped_by.is_none())
        .count();
    let anyway = match closing {
        0 => String::new(),
        1 => ", but `apply --tightening` carries out the 1 step that closes".to_owned(),
        closing => format!(", but `apply --tightening` carries out the {closing} steps that close"),
    };
    let _ = writeln!(
        out,
        "{RED}Blocked{RESET}: {}{more}. Nothing is applied while something is blocked{anyway}.\n",
        names[..names.len().min(SHOWN)].join(", ")
    );
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
    let width = changes.iter().map(|it| it.path.len()).max().unwrap_or_default().min(48);
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
    let counts = plan.words();
    let of = |word: &str| counts.get(word).copied().unwrap_or_default();
    let mut parts: Vec<String> = [
        ("create", "to create"),
        ("adopt", "to adopt"),
        ("update", "to update"),
        ("replace", "to replace"),
        ("delete", "to delete"),
        ("release", "to release"),
        ("held", "held"),
        ("blocked", "blocked"),
    ]
    .into_iter()
    .filter(|(word, _)| of(word) > 0)
    .map(|(word, words)| format!("{} {words}", of(word)))
    .collect();
    if !plan.findings.is_empty() {
        parts.push(format!("{} to accept or mend", plan.findings.len()));
    }
    if !plan.gaps.is_empty() {
        parts.push(format!("{} unread: the plan is incomplete", plan.gaps.len()));
    }
    let kept = of("keep");
    let (kept, rest) = if plan.destroys {
        (format!("{kept} kept"), "nothing is left to delete")
    } else {
        (format!("{kept} as wanted"), "nothing to do")
    };
    if parts.is_empty() {
        format!("{GREEN}In sync{RESET}: {kept}, {rest}.")
    } else {
        format!("{BOLD}Plan{RESET}: {}; {kept}.", parts.join(", "))
    }
}
