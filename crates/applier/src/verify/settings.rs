//! Whether AWS is as the file says, and what the checks of settings share.
//!
//! The plan compares AWS with the file; `sign_in` and `identity` compare both with what IGV needs, so a file that asks for
//! something that breaks IGV, or lets strangers in, is found too.

use planner::{Action, Found, Plan, Reason, Step};
use spec_model::Kind;

use super::checklist::{Checklist, Outcome, Topic};
use super::subject::{Subject, unread};

/// The most that is listed of anything.
const LISTED: usize = 4;

/// Whether AWS is as the file says, and whether anything beside it lets people in or locks them out.
pub(super) fn plan(list: &mut Checklist<'_>, plan: &Plan) {
    // What could not be read is blocked too; that is a gap and no difference.
    let unreadable = |step: &Step| step.reasons.iter().any(|it| matches!(it, Reason::Unreadable(_)));
    let changes: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| step.action.acts() || step.action == Action::Blocked && !unreadable(step))
        .map(|step| format!("{} {}", step.word(), step.key))
        .collect();
    let held = plan.steps.iter().filter(|it| it.action == Action::Held).count();
    let outcome = match (plan.gaps.first(), held) {
        _ if !changes.is_empty() => Outcome::failed(
            format!("there is something to change: {}", several(&changes)),
            "`igvctl plan` shows what, `igvctl apply` does it",
        ),
        (Some(gap), _) => Outcome::Unread {
            why: unread(gap),
            remedy: "`igvctl plan` lists everything that could not be read".to_owned(),
        },
        (None, 0) => Outcome::passed(),
        (None, held) => Outcome::seen(format!("{held} held, as somebody tightened it by hand")),
    };
    list.add(Topic::Plan, "empty", "AWS is as the file says", outcome);
    if plan.findings.is_empty() {
        list.add(
            Topic::Plan,
            "findings",
            "nothing beside the file lets people in or locks them out",
            Outcome::passed(),
        );
    }
    for finding in &plan.findings {
        list.add(
            Topic::Plan,
            format!("finding: {}", finding.line()),
            "nothing beside the file lets people in or locks them out",
            Outcome::failed(
                format!("{}: {}: {}", finding.address, finding.name, finding.what),
                format!(
                    "remove it, or accept it under `accept` with the line `{}`",
                    finding.line()
                ),
            ),
        );
    }
}

/// What is not there though the file wants it.
pub(super) fn missing(subject: &Subject<'_>) -> Vec<String> {
    subject
        .live
        .found
        .iter()
        .filter(|(address, found)| matches!(found, Found::Absent) && address.kind != Kind::Object)
        .map(|(address, _)| address.to_string())
        .collect()
}

/// The first few of several.
pub(super) fn several(all: &[String]) -> String {
    let mut text = all.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    if all.is_empty() {
        "none".clone_into(&mut text);
    }
    if all.len() > LISTED {
        text.push_str(&format!(" and {} more", all.len() - LISTED));
    }
    text
}

/// The first few of several, as they are typed.
pub(super) fn words<'s>(all: impl IntoIterator<Item = &'s String>) -> String {
    let all: Vec<String> = all.into_iter().map(|it| format!("`{it}`")).collect();
    several(&all)
}

#[cfg(test)]
mod tests {
    use super::several;

    #[test]
    fn long_lists_are_cut() {
        let all: Vec<String> = (1..=6).map(|it| it.to_string()).collect();
        assert_eq!(several(&all), "1, 2, 3, 4 and 2 more");
        assert_eq!(several(&[]), "none");
    }
}
