//! How findings are printed: for people, and as JSON.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::doctor::Diagnosis;
use crate::doctor::finding::{COVER, Finding, Place, Severity};

/// The version of the JSON form.
const FORMAT: u32 = 1;

/// The findings for people, the worst first, in the look of a compiler's.
pub(crate) fn text(diagnosis: &Diagnosis) -> String {
    let mut out = String::new();
    for finding in &diagnosis.findings {
        one(finding, &mut out);
        out.push('\n');
    }
    // Writing to a `String` cannot fail.
    let _ = writeln!(out, "{}: {}", diagnosis.subject, summary(&diagnosis.findings));
    covered(&out, &diagnosis.secrets)
}

fn one(finding: &Finding, out: &mut String) {
    let colour = match finding.severity {
        Severity::Error => "\x1b[1;31m",
        Severity::Warning => "\x1b[1;33m",
        Severity::Note => "\x1b[1;34m",
    };
    let word = finding.severity.word();
    let _ = writeln!(
        out,
        "{colour}{word}\x1b[0m: {} \x1b[2m[{}]\x1b[0m",
        finding.what, finding.code
    );
    let gutter = finding.place.as_ref().map_or(0, |it| place(it, out));
    for (name, text) in [("why", &finding.why), ("change", &finding.change)] {
        if !text.is_empty() {
            let _ = writeln!(out, "{:gutter$} = {name}: {text}", "");
        }
    }
}

fn place(place: &Place, out: &mut String) -> usize {
    let gutter = place.line.to_string().len();
    let _ = writeln!(out, "{:gutter$}--> {}:{}:{}", "", place.file, place.line, place.column);
    if !place.text.is_empty() {
        let marks = "^".repeat(place.length);
        let _ = writeln!(out, "{:gutter$} |", "");
        let _ = writeln!(out, "{} | {}", place.line, place.text);
        let _ = writeln!(out, "{:gutter$} | {}{marks}", "", place.lead);
    }
    gutter
}

fn summary(findings: &[Finding]) -> String {
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .iter()
        .filter_map(|severity| {
            let count = findings.iter().filter(|it| it.severity == *severity).count();
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{count} {}{plural}", severity.word()))
        })
        .collect();
    if counts.is_empty() {
        "nothing is wrong".to_owned()
    } else {
        counts.join(", ")
    }
}

/// The findings for machines.
pub(crate) fn json(diagnosis: &Diagnosis) -> Json {
    let hide = |text: &str| covered(text, &diagnosis.secrets);
    let findings: Vec<Json> = diagnosis
        .findings
        .iter()
        .map(|it| {
            json!({
                "code": it.code,
                "severity": it.severity.word(),
                "file": it.place.as_ref().map(|it| hide(&it.file)),
                "line": it.place.as_ref().map(|it| it.line),
                "column": it.place.as_ref().map(|it| it.column),
                "what": hide(&it.what),
                "why": hide(&it.why),
                "change": hide(&it.change),
                "unseen": it.gap,
            })
        })
        .collect();
    let count = |severity| diagnosis.findings.iter().filter(|it| it.severity == severity).count();
    json!({
        "format": FORMAT,
        "subject": hide(&diagnosis.subject),
        "asked": diagnosis.asked,
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "findings": findings,
    })
}

/// A text without secrets, whichever way they came into it.
fn covered(text: &str, secrets: &[String]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), COVER);
        }
    }
    text
}
