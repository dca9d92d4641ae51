//! Values and reasons in words.

use spec_model::{Cost, Value};

use crate::plan::{Reason, Step};

/// A value on one line; a secret is `(secret)`, a reference says that it is not known yet.
pub fn value(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(it) => it.to_string(),
        Value::Int(it) => it.to_string(),
        Value::Duration(seconds) => duration(*seconds),
        Value::Text(text) => match text.as_literal() {
            Some("") => "\"\"".to_owned(),
            Some(text) => one_line(text),
            None => format!("{text} (known after apply)"),
        },
        Value::Secret(_) => "(secret)".to_owned(),
        Value::Set(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::List(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Map(fields) | Value::Table(fields) => format!(
            "{{{}}}",
            fields
                .iter()
                .map(|(name, it)| format!("{name}: {}", plain(it)))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Value::Policy(document) => document.to_compact(),
    }
}

/// Control characters could move the reader's cursor or forge a line: they are shown as escapes.
fn one_line(text: &str) -> String {
    if text.chars().any(char::is_control) {
        format!("{text:?}")
    } else {
        text.to_owned()
    }
}

/// A value inside a collection: references are shown bare.
fn plain(it: &Value) -> String {
    if let Value::Text(text) = it {
        one_line(&text.to_string())
    } else {
        value(it)
    }
}

/// The largest unit that fits whole.
fn duration(seconds: u64) -> String {
    let (amount, unit) = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")]
        .into_iter()
        .find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length))
        .map_or((seconds, "second"), |(length, unit)| (seconds / length, unit));
    if amount == 1 {
        format!("1 {unit}")
    } else {
        format!("{amount} {unit}s")
    }
}

/// What it costs, as the end of a sentence.
pub(crate) fn cost(cost: Cost) -> &'static str {
    match cost {
        Cost::Data => "costs data",
        Cost::Login => "costs people their login",
        Cost::Url => "costs the URL in people's preferences",
        Cost::Nothing => "costs nothing",
    }
}

/// A reason as a sentence without its full stop.
pub fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Missing => "is in the file and not in AWS".to_owned(),
        Reason::LeftTheFile => "carries this stack's mark and is not in the file".to_owned(),
        Reason::Superseded => "was replaced".to_owned(),
        Reason::Destroyed => "everything is taken down".to_owned(),
        Reason::LetGo => "the file lets it go; the object lives on".to_owned(),
        Reason::Unmarked => "is adopted and does not carry our mark yet".to_owned(),
        Reason::FixedField { path } => format!("`{path}` cannot change on an existing object"),
        Reason::NotOurs {
            id,
            claimed_by: Some(claimed_by),
        } => format!("`{id}` exists and belongs to {claimed_by}"),
        Reason::NotOurs { id, claimed_by: None } => format!("`{id}` exists and is not ours"),
        Reason::SeveralCandidates { ids } => {
            format!(
                "several objects could be it: {}",
                ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
            )
        }
        Reason::Unreadable(gap) if gap.action.is_empty() => format!("{}: {}", gap.what, gap.error),
        Reason::Unreadable(gap) => format!("could not be read ({}: {})", gap.action, gap.error),
        Reason::NeverReplaced { path } => {
            format!("`{path}` cannot change on an existing object, and this kind is never replaced")
        }
        Reason::AdoptedDiffers { path } => format!("`{path}` of the adopted object differs and cannot change"),
        Reason::Refused { path, reason } => format!("`{path}`: {reason}"),
        Reason::NeedsConsent { cost: it, .. } => cost(*it).to_owned(),
        Reason::ManyLeave { leaving, of, .. } => format!("{leaving} of {of} would leave at once"),
        Reason::NothingToUpload { path } => format!("is not in the bucket, and there is no local file `{path}`"),
        Reason::Kept { what } => what.clone(),
        Reason::KeepsData => "holds data and is kept".to_owned(),
        Reason::Propagating { what } => format!("AWS is still {what}"),
    }
}

/// What would help a blocked step, if anything in the file or on the command line would.
pub fn advice(step: &Step) -> Option<String> {
    let address = &step.key.address;
    step.reasons.iter().rev().find_map(|reason| match reason {
        Reason::NotOurs { id, claimed_by: None } => Some(format!(
            "to make it this stack's, write `{address}: {id}` under `adopt`; else choose another name"
        )),
        Reason::NotOurs {
            claimed_by: Some(_), ..
        } => Some("choose another name, or let its owner go of it first".to_owned()),
        Reason::SeveralCandidates { .. } => Some(format!("write the right one under `adopt`, as `{address}: <id>`")),
        Reason::Unreadable(gap) if gap.action.is_empty() => {
            Some("correct the id under `adopt`, or take it out to make a new one".to_owned())
        }
        Reason::Unreadable(gap) if gap.denied => Some(format!("grant `{}` to whoever runs this", gap.action)),
        Reason::Unreadable(_) => None,
        Reason::NeverReplaced { path } => {
            let there = step.changes.iter().find(|it| it.path == *path)?.before.as_ref();
            let keep = there.map_or_else(
                || "undo the change in the file".to_owned(),
                |there| format!("write `{path}: {}` to keep it as it is", value(there)),
            );
            Some(format!("{keep}, or write a resource of another name"))
        }
        Reason::AdoptedDiffers { path } => Some(format!("leave `{path}` out of the file: what is there is taken")),
        Reason::NeedsConsent { line, .. } => {
            let left = step.reasons.contains(&Reason::LeftTheFile);
            let otherwise = if left {
                "to keep the object and let it go, under `release`"
            } else if step.source.is_some() {
                "to keep what is there, put the former file back"
            } else {
                "else undo the change in the file"
            };
            Some(format!("to consent, write `{line}` under `may_destroy`; {otherwise}"))
        }
        Reason::ManyLeave { line, .. } => Some(format!("if that is meant, write `{line}` under `may_destroy`")),
        Reason::NothingToUpload { .. } => {
            Some("run where the file is, upload it by other means, or take it out of `objects`".to_owned())
        }
        Reason::Kept { .. } => {
            Some("remove those by hand if they may go, or write the address under `release`".to_owned())
        }
        Reason::Missing
        | Reason::LeftTheFile
        | Reason::Superseded
        | Reason::Destroyed
        | Reason::LetGo
        | Reason::Unmarked
        | Reason::FixedField { .. }
        | Reason::Refused { .. }
        | Reason::KeepsData
        | Reason::Propagating { .. } => None,
    })
}
