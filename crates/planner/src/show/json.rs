//! The plan for machines: versioned, documented in `docs/commands.md`, the form of plan files.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};
use spec_model::Value;

use crate::live::{Gap, Harm};
use crate::plan::{Change, Effect, Phase, Plan, Step, StepKey};
use crate::show::words::{advice, reason, value};

/// The version of the JSON form. It grows when a member changes its meaning or goes.
pub const FORMAT: u32 = 1;

/// The plan as JSON. Equal plans give equal bytes; secrets are `{"secret": true}`.
pub fn to_json(plan: &Plan) -> Json {
    let Plan {
        stack,
        destroys,
        steps,
        findings,
        gaps,
        reversed,
        notices,
    } = plan;
    let closing = closing(steps);
    json!({
        "format": FORMAT,
        "stack": { "name": stack.name, "id": stack.id, "account": stack.account, "region": stack.region },
        "destroys": destroys,
        "in_sync": plan.is_in_sync(),
        "counts": plan.words().into_iter().map(|(word, count)| (word.to_owned(), count.into())).collect::<Map<_, Json>>(),
        "closing": closing.iter().map(|it| key(it)).collect::<Vec<_>>(),
        "steps": steps.iter().map(|it| step_json(it, &closing)).collect::<Vec<_>>(),
        "findings": findings.iter().map(|it| json!({
            "address": it.address.to_string(),
            "name": it.name,
            "what": it.what,
            "harm": match it.harm { Harm::LetsIn => "lets_in", Harm::LocksOut => "locks_out" },
            "accept": it.line(),
        })).collect::<Vec<_>>(),
        "unread": gaps.iter().map(gap_json).collect::<Vec<_>>(),
        "reversed": reversed.iter().map(|(open, close)| json!({ "opens": key(open), "closes": key(close) })).collect::<Vec<_>>(),
        "notices": notices,
    })
}

fn key(key: &StepKey) -> Json {
    json!({ "address": key.address.to_string(), "phase": phase(key.phase) })
}

fn phase(phase: Phase) -> String {
    match phase {
        Phase::Tighten => "tighten".to_owned(),
        Phase::Main => "main".to_owned(),
        Phase::Remove => "remove".to_owned(),
        Phase::RemoveFurther(number) => format!("remove-{number}"),
    }
}

/// The steps that close something. Nearly every step that opens something comes after all of them: where many people
/// leave and many come, listing them at each step would make a long file of a short plan.
fn closing(steps: &[Step]) -> BTreeSet<&StepKey> {
    steps
        .iter()
        .filter(|it| it.effect == Effect::Closes && it.action.acts())
        .map(|it| &it.key)
        .collect()
}

fn step_json(step: &Step, closing: &BTreeSet<&StepKey>) -> Json {
    let after_closing = !closing.is_empty() && closing.iter().all(|it| step.needs.contains(*it));
    let needs = step.needs.iter().filter(|it| !after_closing || !closing.contains(it));
    json!({
        "address": step.key.address.to_string(),
        "phase": phase(step.key.phase),
        "action": step.word(),
        "id": step.id,
        "replaces": step.replaces,
        "effect": match step.effect { Effect::Neutral => "neutral", Effect::Closes => "closes", Effect::Opens => "opens" },
        "cost": step.cost.word(),
        "changes": step.changes.iter().map(change_json).collect::<Vec<_>>(),
        "want": if step.action.acts() { tree(&step.want) } else { Json::Null },
        "reasons": step.reasons.iter().map(reason).collect::<Vec<_>>(),
        "help": advice(step),
        "held": step.held.iter().map(|it| json!({ "name": it.name, "what": it.what })).collect::<Vec<_>>(),
        "loosens": step.loosen,
        "after_closing": after_closing,
        "needs": needs.map(key).collect::<Vec<_>>(),
        "stopped_by": step.stopped_by.as_ref().map(key),
    })
}

fn change_json(change: &Change) -> Json {
    let Change {
        path,
        before,
        after,
        alarm,
    } = change;
    json!({
        "path": path,
        "before": before.as_ref().map(tree),
        "after": after.as_ref().map(tree),
        "alarm": alarm,
    })
}

fn gap_json(gap: &Gap) -> Json {
    let Gap {
        what,
        action,
        error,
        denied,
    } = gap;
    json!({ "what": what, "action": action, "error": error, "denied": denied })
}

/// A value as JSON: durations as words, sets as sorted lists, references in their braces.
fn tree(it: &Value) -> Json {
    match it {
        Value::Null => Json::Null,
        Value::Bool(it) => (*it).into(),
        Value::Int(it) => (*it).into(),
        Value::Duration(_) => value(it).into(),
        Value::Text(text) => text.to_string().into(),
        Value::Secret(_) => json!({ "secret": true }),
        Value::Set(items) => items.iter().map(tree).collect(),
        Value::List(items) => items.iter().map(tree).collect(),
        Value::Map(fields) | Value::Table(fields) => fields
            .iter()
            .map(|(name, it)| (name.clone(), tree(it)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Policy(document) => document.to_json(),
    }
}
