//! What people should know beside the steps.

use std::collections::{BTreeMap, BTreeSet};

use spec_model::{GrantedBucket, Kind, Spec, Value};

use crate::plan::{Action, Effect, Reason, Step};

/// What must be done by others, and what the removals of a plan bring with them.
pub(crate) fn notices(spec: &Spec, destroys: bool, steps: &[Step], resolve: &dyn Fn(&Value) -> Value) -> Vec<String> {
    let mut notices = Vec::new();
    for step in steps.iter().filter(|step| goes(step)) {
        let Some(warning) = step.key.address.kind.descriptor().warning else {
            continue;
        };
        let id = step.id.as_ref().map_or_else(String::new, |id| format!(" ({id})"));
        let notice = format!("with `{}`{id}, {warning}", step.key.address);
        // A replacement and the removal that belongs to it speak of the same object.
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    }
    if !destroys {
        notices.extend(lingering(steps));
        notices.extend(spec.granted.iter().filter_map(|granted| statement(granted, resolve)));
    }
    notices
}

/// What still counts for a while after its owner was narrowed or removed: one notice for all of a kind.
fn lingering(steps: &[Step]) -> Vec<String> {
    let narrows = |step: &&Step| match step.action {
        Action::Delete => true,
        Action::Update => step.effect == Effect::Closes,
        Action::Create | Action::Replace | Action::Release | Action::Keep | Action::Held | Action::Blocked => false,
    };
    let mut by_kind: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    for step in steps.iter().filter(narrows).filter(|step| step.stopped_by.is_none()) {
        let address = &step.key.address;
        by_kind.entry(address.kind).or_default().insert(format!("`{address}`"));
    }
    let notice = |(kind, addresses): (Kind, BTreeSet<String>)| {
        let lingers = kind.descriptor().lingers?;
        let addresses: Vec<String> = addresses.into_iter().collect();
        Some(format!("after {}: {lingers}", addresses.join(", ")))
    };
    by_kind.into_iter().filter_map(notice).collect()
}

/// Whether a step removes an object, or would with consent.
fn goes(step: &Step) -> bool {
    let asks = |reason: &Reason| matches!(reason, Reason::NeedsConsent { .. } | Reason::ManyLeave { .. });
    step.action == Action::Delete || step.action == Action::Blocked && step.reasons.iter().any(asks)
}

/// What the owner of a bucket in another account must do. Whether it is done cannot be seen from here.
fn statement(granted: &GrantedBucket, resolve: &dyn Fn(&Value) -> Value) -> Option<String> {
    let GrantedBucket {
        bucket,
        owner,
        prefixes: _,
        kms_key,
        statement,
    } = granted;
    let value = resolve(&Value::Policy(statement.clone()?));
    let Value::Policy(document) = &value else { return None };
    let whose = owner.as_ref().map_or_else(
        || "its owner".to_owned(),
        |owner| format!("the owner of account {owner}"),
    );
    let later = if value.references().is_empty() {
        ""
    } else {
        " (what stands in double braces is known after apply)"
    };
    let key = kms_key.as_ref().map_or_else(String::new, |key| {
        format!("\nThe policy of the key `{key}` must let the same role `kms:Decrypt`.")
    });
    let statements = statements(document);
    Some(format!(
        "people can read `{bucket}` only when {whose} has added this to the bucket's policy{later}:\n{statements}{key}"
    ))
}

/// The list of statements alone, as it is pasted into a policy that exists.
fn statements(document: &policy::Document) -> String {
    let pretty = document.to_pretty();
    let lines = pretty
        .lines()
        .skip_while(|line| !line.ends_with("\"Statement\": ["))
        .skip(1);
    let inside = lines.take_while(|line| line.starts_with("   "));
    let lines: Vec<&str> = inside.map(|line| line.get(2..).unwrap_or(line)).collect();
    format!("[\n{}\n]", lines.join("\n"))
}
