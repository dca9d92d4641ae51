//! Every list of states and the whole of `specs/full.yaml` come about there, but for what is known to be wrong there.

use std::collections::BTreeSet;
use std::io::Write;

use applier::Ground;
use planner::Options;
use spec_model::Kind;
use tokio::task::JoinSet;

use crate::behind::{by_hand, every_field};
use crate::defects::{DEFECTS, Excuse, FULL, excuses};
use crate::engine::Engine;
use crate::lists::{Place, State, root, spec, states_in};
use crate::ministack::Ministack;
use crate::remains::remains;
use crate::walk::{Complaint, brought_about, down, shown, through};

/// The list of a kind, in an account of its own; every field is changed behind the back in the first state.
async fn list(ground: Ground, place: Place, kind: Kind) -> Vec<Complaint> {
    let mut states = states_in(&place, kind);
    let is_left_out = |it: &State| excuses(&it.name).any(|it| it.excuse == Excuse::LeftOut);
    // What its file consents to is done on the way past it.
    let consent: Vec<String> = states
        .iter()
        .filter(|it| is_left_out(it))
        .flat_map(|it| it.spec.may_destroy.clone())
        .collect();
    states.retain(|it| !is_left_out(it));
    for state in &mut states {
        state.spec.may_destroy.extend(consent.iter().cloned());
    }
    let first = &states[0];
    let engine = Engine::on(&ground, &first.spec).await;
    let mut complaints = through(&engine, &states).await;
    complaints.extend(every_field(&engine, kind, &states).await);
    complaints.extend(down(&engine, &first.name, &first.spec).await);
    complaints.extend(left(&engine, &first.name).await);
    complaints
}

/// The spec with every section, in an account of its own.
async fn full(ground: Ground, place: Place) -> Vec<Complaint> {
    let mut text = place.rewrite(&std::fs::read_to_string(root().join("specs").join(FULL)).unwrap());
    for defect in excuses(FULL) {
        if let Excuse::Rewritten(instead, of) = defect.excuse {
            assert!(text.contains(of), "{of}");
            text = text.replace(of, instead);
        }
    }
    let spec = spec(FULL, &text);
    let engine = Engine::on(&ground, &spec).await;
    let mut complaints = brought_about(&engine, FULL, "from nothing", &spec, &Options::default()).await;
    complaints.extend(by_hand(&engine, FULL, &spec).await);
    complaints.extend(down(&engine, FULL, &spec).await);
    complaints.extend(left(&engine, FULL).await);
    complaints
}

/// A case by itself, as it stands.
async fn alone(ground: Ground, place: Place, case: &'static str) -> Vec<Complaint> {
    let folder = if case == FULL { "specs" } else { "tests/kinds" };
    let text = std::fs::read_to_string(root().join(folder).join(case)).unwrap();
    let spec = spec(case, &place.rewrite(&text));
    let engine = Engine::on(&ground, &spec).await;
    brought_about(&engine, case, "alone", &spec, &Options::default()).await
}

/// What a destroy left, asked of the services.
async fn left(engine: &Engine, case: &str) -> Vec<Complaint> {
    let complaint = |it| Complaint {
        case: case.to_owned(),
        says: format!("left: {it}"),
        details: String::new(),
    };
    remains(engine).await.into_iter().map(complaint).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_of_states_and_the_full_spec_converge() {
    let ministack = Ministack::start();
    let ground = Ground::Served(ministack.url());
    // Accounts do not see one another, but names of buckets and domains are everybody's.
    let place = |number: usize| Place {
        account: format!("1111222{number:05}"),
        stack: format!("igv-kinds-{number}"),
    };
    let kinds = Kind::ALL.len();
    let mut walks = JoinSet::new();
    for (number, kind) in Kind::ALL.iter().enumerate() {
        walks.spawn(list(ground.clone(), place(number), *kind));
    }
    walks.spawn(full(ground.clone(), place(kinds)));
    let mut apart = JoinSet::new();
    for (number, defect) in DEFECTS.iter().enumerate() {
        if defect.excuse != Excuse::Complaint {
            apart.spawn(alone(ground.clone(), place(kinds + 1 + number), defect.case));
        }
    }
    let complaints: Vec<Complaint> = walks.join_all().await.into_iter().flatten().collect();
    let expected: Vec<Complaint> = apart.join_all().await.into_iter().flatten().collect();
    drop(ministack);

    let is_excused = |it: &Complaint| {
        DEFECTS
            .iter()
            .any(|defect| defect.excuse == Excuse::Complaint && defect.excuses(it))
    };
    let unexcused: Vec<&Complaint> = complaints.iter().filter(|it| !is_excused(it)).collect();
    let mut stale = Vec::new();
    for defect in DEFECTS {
        let met = match defect.excuse {
            Excuse::Complaint => &complaints,
            Excuse::LeftOut | Excuse::Rewritten(..) => &expected,
        };
        if !met.iter().any(|it| defect.excuses(it)) {
            stale.push(format!(
                "{} excuses nothing any more in {}: {}",
                defect.number, defect.case, defect.says
            ));
        }
    }
    assert!(
        unexcused.is_empty() && stale.is_empty(),
        "{}{}",
        shown(unexcused),
        stale.join("\n")
    );

    let all: BTreeSet<String> = Kind::ALL
        .iter()
        .flat_map(|it| states_in(&Place::default(), *it))
        .map(|State { name, .. }| name)
        .collect();
    let excused = all.iter().filter(|it| excuses(it).next().is_some()).count();
    // Written past the test harness, which keeps what a passing test prints.
    writeln!(
        std::io::stdout(),
        "emulator: {} states of {kinds} kinds converged, and specs/{FULL}; {excused} states have an excuse",
        all.len() - excused
    )
    .unwrap();
}
