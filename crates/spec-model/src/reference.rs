//! The reference page, `docs/spec.md`: every section and every kind, from the same data that reads a file.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::document::{RESOURCES, sections};
use crate::kinds::{Kind, Replace};
use crate::schema::written;
use crate::shape::{FieldShape, Shape};

const INTRODUCTION: &str = "\
# The spec

One YAML file says what the AWS backend of IGV desktop shall be. This page is generated from the program: it lists every
key that a file may have.

- A key that is not listed here, a key that stands twice, or a value of another type is an error. All errors of a file
  are reported in one run.
- Yes and no are `true` and `false` only. A text that looks like a number or like yes or no stands in quotes.
- A duration is a number and a unit: `60 minutes`, `1 hour`, `30 days`. Equal durations are equal, however they are written.
- `!env NAME` stands for the content of an environment variable, wherever a text or a secret may stand.
- `\"{{user_pool.main.id}}\"` in a text quotes an output of another resource.
- A file has at most 1 MiB, 20,000 values and 32 levels, and is one document. Aliases and merge keys are not read.
- A policy is written as a YAML map in the form of IAM's JSON, or as JSON in quotes.

";

/// The page as Markdown.
pub fn reference_page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("## Sections\n\n");
    sections_table(&mut page, sections());
    let row = "| `resources` | a map of addresses to fields | `{}` | Further resources of any kind, by address, for what the sections do not cover: see [kinds](#kinds). |\n\n";
    page.push_str(row);
    for field in sections() {
        nested(&mut page, field, field.name, 3);
    }
    // Writing to a `String` cannot fail.
    let _ = write!(
        page,
        "## Kinds\n\nThe sections become resources of these kinds; `igvctl expand` prints them. Under `{RESOURCES}` they are \
         written directly, by address: the kind, a dot and a name, like `user_pool.main`.\n\nThe class of a field says \
         whose it is: *ours* is always compared and written; *if written* is ours only where the file says it; *fixed* \
         cannot change after creation; *at creation* is sent once and never compared.\n\nBesides its fields a resource \
         may have `after`, the addresses of resources that must be there first; `defaults`, the names of fields that \
         count as not written; an `object` also `source`, its local file; a `user_pool` also `users_mode`.\n\n"
    );
    for kind in Kind::ALL {
        kind_section(&mut page, *kind);
    }
    while page.ends_with("\n\n") {
        page.pop();
    }
    page
}

fn sections_table(page: &mut String, fields: &[FieldShape]) {
    page.push_str("| key | type | default | meaning |\n|---|---|---|---|\n");
    for field in fields {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            field.name,
            kind_of_value(&field.shape),
            default(field),
            cell(&meaning(field))
        );
    }
}

/// The table of a section's own keys, and those inside of them.
fn nested(page: &mut String, field: &FieldShape, path: &str, level: usize) {
    let inner = if let Shape::List(of) | Shape::Table(of) | Shape::Set(of) = &field.shape {
        of
    } else {
        &field.shape
    };
    let Shape::Record(fields) = inner else { return };
    let each = match &field.shape {
        Shape::List(_) | Shape::Set(_) => ", each item",
        Shape::Table(_) => ", each entry",
        Shape::Bool
        | Shape::Int(..)
        | Shape::Duration
        | Shape::Text
        | Shape::Secret
        | Shape::Choice(_)
        | Shape::Policy
        | Shape::Entries(_)
        | Shape::Record(_) => "",
    };
    let _ = write!(page, "{} `{path}`{each}\n\n{}\n\n", "#".repeat(level), field.doc);
    sections_table(page, fields);
    page.push('\n');
    for field in fields {
        nested(page, field, &format!("{path}.{}", field.name), (level + 1).min(5));
    }
}

fn kind_section(page: &mut String, kind: Kind) {
    let descriptor = kind.descriptor();
    let replace = match descriptor.replace {
        Replace::CreateFirst => "the new one is made first",
        Replace::DeleteFirst => "the old one must go first",
        Replace::Never => "never",
    };
    let _ = write!(
        page,
        "### `{kind}`\n\n{}\n\nReplaced: {replace}. Losing it costs: {}. Mark: {}.\n\n",
        descriptor.doc,
        descriptor.cost.word(),
        descriptor.mark
    );
    if descriptor.outputs.is_empty() {
        page.push_str("It has no outputs.\n\n");
    } else {
        page.push_str("Outputs:\n\n");
        for output in descriptor.outputs {
            let secret = if output.secret { " (secret)" } else { "" };
            let _ = writeln!(page, "- `{}`: {}{secret}", output.name, output.doc);
        }
        page.push('\n');
    }
    kind_table(page, &descriptor.fields);
    for field in &descriptor.fields {
        kind_nested(page, field, field.name);
    }
}

fn kind_nested(page: &mut String, field: &FieldShape, path: &str) {
    let inner = if let Shape::List(of) | Shape::Table(of) | Shape::Set(of) = &field.shape {
        of
    } else {
        &field.shape
    };
    let Shape::Record(fields) = inner else { return };
    let _ = write!(page, "#### `{path}`\n\n");
    kind_table(page, fields);
    for field in fields {
        kind_nested(page, field, &format!("{path}.{}", field.name));
    }
}

fn kind_table(page: &mut String, fields: &[FieldShape]) {
    page.push_str("| field | type | default | class | AWS member | meaning |\n|---|---|---|---|---|---|\n");
    for field in fields {
        let aws = if field.aws.is_empty() {
            String::new()
        } else {
            format!("`{}`", field.aws)
        };
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {aws} | {} |",
            field.name,
            kind_of_value(&field.shape),
            default(field),
            field.class.word(),
            cell(&meaning(field))
        );
    }
    page.push('\n');
}

/// The meaning of a field, and of its words where it is one of a few.
fn meaning(field: &FieldShape) -> String {
    let inner = if let Shape::Set(of) | Shape::List(of) = &field.shape {
        of
    } else {
        &field.shape
    };
    let Shape::Choice(words) = inner else {
        return field.doc.clone();
    };
    let words: Vec<String> = words
        .iter()
        .map(|(word, doc)| format!("`{word}`: {}", doc.trim().trim_end_matches('.')))
        .collect();
    format!("{} {}.", field.doc, words.join("; "))
}

fn kind_of_value(shape: &Shape) -> String {
    match shape {
        Shape::Record(_) => "a map".to_owned(),
        Shape::Set(of) => format!("a set of: {}", kind_of_value(of)),
        Shape::List(of) => format!("a list of: {}", kind_of_value(of)),
        Shape::Table(of) | Shape::Entries(of) => format!("a map of names to: {}", kind_of_value(of)),
        Shape::Duration => "a duration".to_owned(),
        Shape::Bool | Shape::Int(..) | Shape::Text | Shape::Secret | Shape::Choice(_) | Shape::Policy => {
            cell(&shape.title())
        }
    }
}

fn default(field: &FieldShape) -> String {
    match &field.default {
        _ if matches!(field.shape, Shape::Record(_)) && field.default.is_some() => "as its fields".to_owned(),
        Some(value) => written(value).map_or_else(String::new, |json| format!("`{}`", cell(&flow(&json)))),
        None if field.optional => String::new(),
        None => "must be written".to_owned(),
    }
}

/// JSON on one line in the manner of YAML.
fn flow(json: &Json) -> String {
    match json {
        Json::String(text) if text.is_empty() => "\"\"".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}: {}", flow(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => json.to_string(),
    }
}

/// A text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
