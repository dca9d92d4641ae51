//! Who quotes whom: dangling references, secrets quoted where they would be seen, and cycles with their path.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, Reference};
use crate::error::{SpecError, nearest};
use crate::expand::Draft;
use crate::shape::{FieldShape, Shape};
use crate::value::Value;

/// Checks all references and all `after`.
pub(crate) fn check(drafts: &BTreeMap<Address, Draft<'_>>, errors: &mut Vec<SpecError>) {
    let mut edges: BTreeMap<&Address, BTreeSet<Address>> = BTreeMap::new();
    for (address, draft) in drafts {
        let mut to = BTreeSet::new();
        for field in &address.kind.descriptor().fields {
            let Some(value) = draft.fields.get(field.name) else {
                continue;
            };
            for reference in value.references() {
                if !drafts.contains_key(&reference.address) {
                    errors.push(missing(drafts, draft, field.name, &reference));
                }
                to.insert(reference.address);
            }
            secrets(value, field, draft, errors);
        }
        for after in &draft.after {
            if !drafts.contains_key(after) {
                let at = draft.spot_of("after", &after.to_string());
                let error = SpecError::new(at, format!("`{after}` is to come first and is not in this file"))
                    .meant(similar(drafts, after));
                errors.push(error);
            }
            to.insert(after.clone());
        }
        edges.insert(address, to);
    }
    cycles(drafts, &edges, errors);
}

fn missing(drafts: &BTreeMap<Address, Draft<'_>>, draft: &Draft<'_>, field: &str, reference: &Reference) -> SpecError {
    let message = format!(
        "`{reference}` quotes `{}`, which is not in this file",
        reference.address
    );
    SpecError::new(draft.spot(field), message)
        .meant(similar(drafts, &reference.address))
        .valid("addresses of this file: `igvctl expand` shows them")
}

fn similar(drafts: &BTreeMap<Address, Draft<'_>>, address: &Address) -> Option<String> {
    let known: Vec<String> = drafts
        .keys()
        .filter(|it| it.kind == address.kind)
        .map(Address::to_string)
        .collect();
    nearest(&address.to_string(), known.iter().map(String::as_str))
}

/// A secret may be quoted only where it stays one: a policy or a description is shown in plans and at AWS.
fn secrets(value: &Value, field: &FieldShape, draft: &Draft<'_>, errors: &mut Vec<SpecError>) {
    for reference in outside_secrets(value, &field.shape) {
        let outputs = reference.address.kind.descriptor().outputs;
        if outputs.iter().any(|it| it.name == reference.output && it.secret) {
            let message = format!("`{reference}` is a secret, and `{}` is shown", field.name);
            errors.push(SpecError::new(draft.spot(field.name), message).valid("a field that holds a secret"));
        }
    }
}

fn outside_secrets(value: &Value, shape: &Shape) -> Vec<Reference> {
    match (shape, value) {
        (Shape::Secret, _) => Vec::new(),
        (Shape::Record(fields), Value::Map(values)) => fields
            .iter()
            .filter_map(|field| Some(outside_secrets(values.get(field.name)?, &field.shape)))
            .flatten()
            .collect(),
        _ => value.references(),
    }
}

/// Reports each cycle once, at the first of its resources.
fn cycles(
    drafts: &BTreeMap<Address, Draft<'_>>,
    edges: &BTreeMap<&Address, BTreeSet<Address>>,
    errors: &mut Vec<SpecError>,
) {
    let mut done: BTreeSet<&Address> = BTreeSet::new();
    for start in edges.keys() {
        if done.contains(*start) {
            continue;
        }
        // Depth first without recursion: the path, and of each of its members what is still to be followed.
        let mut path: Vec<(&Address, Vec<&Address>)> = vec![(start, follow(edges, start))];
        while let Some((here, rest)) = path.last_mut() {
            let here = *here;
            let Some(next) = rest.pop() else {
                done.insert(here);
                path.pop();
                continue;
            };
            if let Some(from) = path.iter().position(|(address, _)| *address == next) {
                let mut ring: Vec<String> = path[from..].iter().map(|(address, _)| format!("`{address}`")).collect();
                ring.push(format!("`{next}`"));
                let at = drafts.get(next).map_or_else(Default::default, |draft| draft.at);
                let error = SpecError::new(at, format!("resources wait for each other: {}", ring.join(" -> ")))
                    .hint("one of them must not quote the next, nor name it in `after`");
                errors.push(error);
            } else if !done.contains(next) {
                path.push((next, follow(edges, next)));
            }
        }
    }
}

fn follow<'a>(edges: &'a BTreeMap<&'a Address, BTreeSet<Address>>, address: &Address) -> Vec<&'a Address> {
    edges
        .get(address)
        .into_iter()
        .flatten()
        .filter(|to| edges.contains_key(*to))
        .rev()
        .collect()
}
