//! How long planning takes for a thousand users: nothing to do, all new, and half of them leaving.
//!
//! `cargo run --release -p planner --example thousand`

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::collections::BTreeMap;
use std::time::Instant;

use planner::show::{to_json, to_text};
use planner::{Found, Leftover, Live, Local, Object, Options, plan};
use spec_model::{Address, Kind, Spec, Value};

fn main() {
    let before = spec(0..1000);
    let after = spec(500..1500);
    measure("all new", &before, &Live::default());
    measure("in sync", &before, &live(&before, &before));
    measure("half leave, half come", &after, &live(&before, &after));
}

fn measure(what: &str, spec: &Spec, live: &Live) {
    let begun = Instant::now();
    let plan = plan(spec, live, &Local::new(), &Options::default());
    let planned = begun.elapsed();
    let begun = Instant::now();
    let (text, json) = (to_text(&plan, false).len(), to_json(&plan).to_string().len());
    println!(
        "{what}: planned in {planned:?}, shown in {:?}; {} steps, {text} bytes of text, {json} of JSON",
        begun.elapsed(),
        plan.steps.len()
    );
}

fn spec(users: std::ops::Range<usize>) -> Spec {
    let users: String = users
        .map(|at| format!("    user{at}: {{email: user{at}@example.org}}\n"))
        .collect();
    let text = format!(
        "version: 1\nstack: igv\naccount: \"111122223333\"\nregion: eu-west-1\nmay_destroy: [users]\nuser_pool:\n  domain: igv-many\n  users:\n{users}identity_pool: {{}}\ndata: [{{bucket: igv-data}}]\nconfig: {{bucket: igv-config}}\n"
    );
    spec_model::parse(&text, &|_| None).expect("the text is right")
}

/// Everything of a spec as it would be found by another one.
fn live(there: &Spec, wanted: &Spec) -> Live {
    let outputs = |address: &Address| -> BTreeMap<String, Value> {
        let outputs = address.kind.descriptor().outputs.iter();
        outputs
            .map(|output| (output.name.to_owned(), format!("{address}:{}", output.name).into()))
            .collect()
    };
    let mut live = Live::default();
    for (address, resource) in &there.resources {
        let value = resource
            .value()
            .resolve(&|reference| outputs(&reference.address).get(&reference.output).cloned());
        let object = Object {
            id: address.to_string(),
            value,
            outputs: outputs(address),
            held: Vec::new(),
            marked: true,
            cost: None,
            keeps: None,
            propagating: None,
        };
        if wanted.resources.contains_key(address) || address.kind != Kind::User {
            live.found.insert(address.clone(), Found::Ours(Box::new(object)));
        } else {
            live.leftovers.push(Leftover {
                address: address.clone(),
                replaced: false,
                object,
            });
        }
    }
    live
}
