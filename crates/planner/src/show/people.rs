//! The plan for people at a terminal.
//!
//! Colour is ANSI escapes that the printer strips where they do not belong; every mark also reads without it.

use std::collections::BTreeMap;
use std::fmt::Write;

use spec_model::{Cost, Kind};

use crate::live::{Gap, Harm};
use crate::plan::{Action, Effect, Phase, Plan, Reason, Step, StepKey};
use crate::show::colours::{BOLD, CYAN, DIM, GREEN, MAGENTA, RED, RESET, YELLOW};
use crate::show::fields::{changes, creation};
use crate::show::words::{advice, cost, reason};

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
    if plan.destroys {
        let stack = &plan.stack;
        let _ = writeln!(
            out,
            "Everything of {BOLD}{}{RESET} in {} is taken down.\n",
            stack.name, stack.region
        );
    }
    alarms(plan, &mut out);
    let mut crowds = crowds(plan);
    for step in &plan.steps {
        if step.action == Action::Keep && !all && !step.reasons.contains(&Reason::KeepsData) {
            continue;
        }
        match crowd_of(step).map(|key| crowds.remove(&key)) {
            // The whole crowd stands where the first of it does.
            Some(Some(crowd)) if crowd.len() >= CROWD => write_step(plan, step, &crowd, &mut out),
            Some(Some(crowd)) => crowd.into_iter().for_each(|it| write_step(plan, it, &[], &mut out)),
            Some(None) => {}
            None => write_step(plan, step, &[], &mut out),
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

/// From how many on steps of which the same is to be said are listed together.
const CROWD: usize = 4;

/// How wide lists of names are.
const WIDTH: usize = 100;

/// What the steps of a crowd have in common; of several kinds only what could not be read.
type CrowdKey<'a> = (Option<Kind>, Action, Vec<String>, Option<&'a StepKey>);

fn crowd_of(step: &Step) -> Option<CrowdKey<'_>> {
    let kind = step.key.address.kind;
    let unread = matches!(&*step.reasons, [Reason::Unreadable(gap)] if !gap.action.is_empty());
    let asks_for_one = |it: &Reason| {
        matches!(
            it,
            Reason::NotOurs { .. } | Reason::SeveralCandidates { .. } | Reason::NeedsConsent { .. }
        )
    };
    let plain = step.changes.is_empty()
        && step.held.is_empty()
        && matches!(
            step.action,
            Action::Delete | Action::Release | Action::Blocked | Action::Keep
        )
        && !step.reasons.iter().any(asks_for_one);
    (unread || plain && kind.descriptor().crowd.is_some()).then(|| {
        (
            Some(kind).filter(|_| !unread),
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
fn write_step(plan: &Plan, step: &Step, crowd: &[&Step], out: &mut String) {
    let descriptor = step.key.address.kind.descriptor();
    let (sign, colour) = sign(step.action);
    let _ = write!(out, "{colour}{sign} {:<7}{RESET} ", step.word());
    let mixed = crowd.iter().any(|it| it.key.address.kind != step.key.address.kind);
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
        let what = descriptor.crowd.filter(|_| !mixed).unwrap_or("resources");
        let _ = write!(out, "{BOLD}{} {what}{RESET}", crowd.len());
    }
    let remarks = remarks(plan, step);
    if !remarks.is_empty() {
        let _ = write!(out, "  ({})", remarks.join("; "));
    }
    out.push('\n');
    for line in step.reasons.iter().filter(|it| !goes_without_saying(it)).map(reason) {
        let _ = writeln!(out, "    {line}");
    }
    if let (Action::Delete, Some(removal)) = (step.action, descriptor.removal) {
        let _ = writeln!(out, "    {removal}");
    }
    if !crowd.is_empty() {
        names(crowd, mixed, out);
    }
    match step.action {
        Action::Create => creation(step, out),
        Action::Update | Action::Replace | Action::Blocked => changes(step, out),
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

/// What is said of a step behind its name.
fn remarks(plan: &Plan, step: &Step) -> Vec<String> {
    let mut remarks = Vec::new();
    match (step.key.phase, step.effect, step.action) {
        _ if plan.destroys => {}
        (Phase::Tighten, _, _) => remarks.push("first half: closes".to_owned()),
        (_, Effect::Closes, action) if action.acts() => remarks.push("closes".to_owned()),
        (_, Effect::Opens, Action::Update | Action::Delete) => remarks.push("opens".to_owned()),
        _ => {}
    }
    let told = step.reasons.contains(&Reason::Superseded) && plan.steps.iter().any(|it| it.replaces == step.id);
    if step.action.acts() && step.cost != Cost::Nothing && !told {
        remarks.push(format!("{RED}{}{RESET}", cost(step.cost)));
    }
    remarks
}

/// Whether the sign of the step, or the head of the plan, says it already.
fn goes_without_saying(reason: &Reason) -> bool {
    matches!(reason, Reason::Missing | Reason::Destroyed)
}

/// The names of a crowd, as many to a line as fit.
fn names(crowd: &[&Step], whole: bool, out: &mut String) {
    let mut line = String::new();
    for (at, step) in crowd.iter().enumerate() {
        let address = &step.key.address;
        let name = if whole {
            address.to_string()
        } else {
            address.name.clone()
        };
        let comma = if at + 1 < crowd.len() { "," } else { "" };
        if !line.is_empty() && 4 + line.len() + 1 + name.len() + comma.len() > WIDTH {
            let _ = writeln!(out, "    {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&name);
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

/// What is blocked is named again at the end, where a long plan is read from, with what happens then.
fn blocked(plan: &Plan, out: &mut String) {
    let mut names: Vec<String> = Vec::new();
    for step in plan.blocked() {
        let name = format!("`{}`", step.key.address);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() || !plan.acts() {
        return;
    }
    const SHOWN: usize = 4;
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
    let then = match closing {
        _ if plan.destroys && plan.is_incomplete() => "Nothing is deleted before everything can be read.".to_owned(),
        _ if plan.destroys => "The rest is deleted all the same.".to_owned(),
        0 => "Nothing is applied before that is settled.".to_owned(),
        closing => format!(
            "Nothing is applied before that is settled; `apply --tightening` carries out what closes ({closing} {}).",
            if closing == 1 { "step" } else { "steps" }
        ),
    };
    let _ = writeln!(
        out,
        "{RED}Blocked{RESET}: {}{more}. {then}\n",
        names[..names.len().min(SHOWN)].join(", ")
    );
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
    let told = |gap: &Gap| {
        let steps = plan.steps.iter().flat_map(|step| &step.reasons);
        steps.into_iter().any(|it| *it == Reason::Unreadable(gap.clone()))
    };
    for gap in plan.gaps.iter().filter(|gap| !told(gap)) {
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
    let kept_words = if plan.destroys { "kept" } else { "as wanted" };
    if parts.is_empty() && plan.destroys {
        return format!("{GREEN}Taken down{RESET}: nothing is left to delete, {kept} {kept_words}.");
    }
    if parts.is_empty() {
        return format!("{GREEN}In sync{RESET}: {kept} {kept_words}, nothing to do.");
    }
    let kept = if kept > 0 {
        format!("; {kept} {kept_words}")
    } else {
        String::new()
    };
    format!("{BOLD}Plan{RESET}: {}{kept}.", parts.join(", "))
}
