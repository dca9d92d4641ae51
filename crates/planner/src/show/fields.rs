//! The fields of new objects and the differences of those that are there, as people read them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use similar::{ChangeTag, TextDiff};
use spec_model::{FieldShape, Value};

use crate::plan::{Change, Reason, Step};
use crate::show::colours::{GREEN, RED, RESET};
use crate::show::words::value;

/// What our marks among the tags begin with: every object has them, so they are no news.
const MARKS: &str = "igvctl:";

/// A new object's fields, without those that are at their default or that its address says.
pub(super) fn creation(step: &Step, out: &mut String) {
    let address = &step.key.address;
    let descriptor = address.kind.descriptor();
    let parent = descriptor.parent.map(|(field, _)| field);
    let values: Vec<(&FieldShape, Value)> = descriptor
        .fields
        .iter()
        .filter(|field| Some(field.name) != parent)
        .filter_map(|field| Some((field, step.want.get(field.name)?)))
        .filter(|(field, it)| **it != Value::Null && field.default.as_ref() != Some(it))
        .filter(|(_, it)| it.as_text().is_none_or(|it| it.is_empty() || !says(&address.name, it)))
        .map(|(field, it)| (field, without_marks(it)))
        .collect();
    let shown: Vec<(&FieldShape, &Value)> = values
        .iter()
        .filter(|(field, it)| *it != Value::Map(BTreeMap::new()) && field.default.as_ref() != Some(it))
        .map(|(field, it)| (*field, it))
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

/// Whether the name in an address ends in a text, as a whole or behind a slash.
fn says(name: &str, text: &str) -> bool {
    name.strip_suffix(text)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

fn without_marks(value: &Value) -> Value {
    let Value::Map(entries) = value else {
        return value.clone();
    };
    let others = entries.iter().filter(|(name, _)| !name.starts_with(MARKS));
    Value::Map(others.map(|(name, it)| (name.clone(), it.clone())).collect())
}

/// Whether a value is not worth a line in what is made.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(items) => items.is_empty(),
        Value::Set(items) => items.is_empty(),
        Value::Bool(_)
        | Value::Int(_)
        | Value::Duration(_)
        | Value::Text(_)
        | Value::Secret(_)
        | Value::Map(_)
        | Value::Table(_)
        | Value::Policy(_) => false,
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
            for (name, it) in entries.iter().filter(|(_, it)| !says_nothing(it)) {
                let mut inner = String::new();
                write_value(name, width, it, &mut inner);
                for line in inner.lines() {
                    let _ = writeln!(out, "  {line}");
                }
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Duration(_)
        | Value::Text(_)
        | Value::Secret(_)
        | Value::Set(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Table(_) => {
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

/// The differences of a step; the marks that an adoption adds are no news.
pub(super) fn changes(step: &Step, out: &mut String) {
    let adopts = step.reasons.contains(&Reason::Unmarked);
    let is_mark = |it: &Change| {
        it.path
            .strip_prefix("tags.")
            .is_some_and(|name| name.starts_with(MARKS))
    };
    let changes: Vec<&Change> = step
        .changes
        .iter()
        .filter(|it| !(adopts && it.before.is_none() && is_mark(it)))
        .collect();
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
                set_diff(before, after, out);
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

/// The items that go and come; of two records that share a field only what differs is shown.
fn set_diff(before: &BTreeSet<Value>, after: &BTreeSet<Value>, out: &mut String) {
    let mut come: Vec<&Value> = after.difference(before).collect();
    let mut line = |colour: &str, sign: char, text: &str| {
        let _ = writeln!(out, "      {colour}{sign} {text}{RESET}");
    };
    for gone in before.difference(after) {
        if let Some(at) = come.iter().position(|new| shares(gone, new)) {
            let new = come.remove(at);
            line(RED, '-', &what_differs(gone, new));
            line(GREEN, '+', &what_differs(new, gone));
        } else {
            line(RED, '-', &value(gone));
        }
    }
    for new in come {
        line(GREEN, '+', &value(new));
    }
}

fn shares(one: &Value, other: &Value) -> bool {
    if let (Value::Map(one), Value::Map(other)) = (one, other) {
        one.iter().any(|(name, it)| other.get(name) == Some(it))
    } else {
        false
    }
}

/// The fields of a record that another one does not have, and a sign that there are more.
fn what_differs(one: &Value, other: &Value) -> String {
    let Value::Map(fields) = one else { return value(one) };
    let differing: Vec<String> = fields
        .iter()
        .filter(|(name, it)| other.get(name) != Some(it))
        .map(|(name, it)| format!("{name}: {}", value(it)))
        .collect();
    format!("{{{}, …}}", differing.join(", "))
}

/// A line diff with the changed words of a line marked.
fn line_diff(before: &str, after: &str, out: &mut String) {
    let diff = TextDiff::from_lines(before, after);
    for (at, group) in diff.grouped_ops(2).into_iter().enumerate() {
        if at > 0 {
            out.push_str("        …\n");
        }
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
