//! The plan for a merge request: a summary, a table, and the details folded away.

use std::fmt::Write;

use crate::plan::{Action, Plan};
use crate::show::people;
use crate::show::words::{advice, reason};

/// The plan as GitHub-flavoured Markdown.
pub fn to_markdown(plan: &Plan) -> String {
    let mut out = String::new();
    let stack = &plan.stack;
    let _ = writeln!(
        out,
        "### igvctl: `{}` in {} (account {})\n",
        stack.name, stack.region, stack.account
    );
    let _ = writeln!(out, "{}\n", strip(&people::summary(plan)));
    let steps: Vec<_> = plan.steps.iter().filter(|step| step.action != Action::Keep).collect();
    if !steps.is_empty() {
        let _ = writeln!(out, "| step | resource | why |\n|---|---|---|");
        for step in &steps {
            let paths = step.changes.iter().map(|it| format!("`{}`", it.path));
            let held = step.held.iter().map(|it| format!("held: `{}`", it.name));
            let why: Vec<String> = step
                .reasons
                .iter()
                .map(reason)
                .chain(paths)
                .chain(held)
                .chain(advice(step))
                .map(|it| cell(&it))
                .collect();
            let _ = writeln!(
                out,
                "| {} | `{}` | {} |",
                step.word(),
                cell(&step.key.to_string()),
                why.join("; ")
            );
        }
        out.push('\n');
    }
    for finding in &plan.findings {
        let _ = writeln!(
            out,
            "- **finding** `{}`: {}",
            cell(&finding.line()),
            cell(&finding.what)
        );
    }
    for gap in &plan.gaps {
        let _ = writeln!(
            out,
            "- **unread** {}: `{}`: {}",
            cell(&gap.what),
            gap.action,
            cell(&gap.error)
        );
    }
    if !steps.is_empty() || !plan.notices.is_empty() {
        let details = strip(&people::to_text(plan, false));
        let fence = "`".repeat(
            details
                .split(|c| c != '`')
                .map(str::len)
                .max()
                .unwrap_or_default()
                .max(2)
                + 1,
        );
        let _ = writeln!(
            out,
            "\n<details><summary>Details</summary>\n\n{fence}text\n{details}{fence}\n\n</details>"
        );
    }
    out
}

/// A pipe or a line break would end a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}

/// The text without its colours.
fn strip(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        rest = behind.split_once('m').map_or("", |(_, after)| after);
    }
    plain + rest
}
