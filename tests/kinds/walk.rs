//! A list of states gone through forwards, backwards and down, on any ground.

use std::fmt::{self, Display, Formatter};

use planner::{Options, Plan};
use spec_model::Spec;

use crate::engine::{Engine, text};
use crate::lists::State;

/// Something that did not go as it should.
#[derive(Debug)]
pub(crate) struct Complaint {
    /// The state.
    pub(crate) case: String,
    /// What went wrong, in one line.
    pub(crate) says: String,
    /// How it came about.
    pub(crate) details: String,
}

impl Display for Complaint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}\n{}", self.case, self.says, self.details)
    }
}

/// All of them, one after another.
pub(crate) fn shown<'a>(complaints: impl IntoIterator<Item = &'a Complaint>) -> String {
    complaints.into_iter().map(Complaint::to_string).collect()
}

impl Complaint {
    /// A complaint for each line.
    pub(crate) fn each(case: &str, lines: Vec<String>, details: &str, plan: &Plan) -> impl Iterator<Item = Self> {
        lines.into_iter().map(move |says| Self {
            case: case.to_owned(),
            says,
            details: format!("{details}\n{}", text(plan)),
        })
    }
}

/// Brings about each state from the one before, and looks a second time.
pub(crate) async fn through(engine: &Engine, states: &[State]) -> Vec<Complaint> {
    let backwards = states.iter().rev().skip(1);
    let mut complaints = Vec::new();
    let mut before = "nothing";
    for State { name, spec, loosen } in states.iter().chain(backwards) {
        let from = format!("from {before} to {name}");
        let options = Options {
            loosen: loosen.clone(),
            ..Options::default()
        };
        complaints.extend(brought_about(engine, name, &from, spec, &options).await);
        before = name;
    }
    complaints
}

/// Brings a spec about, which must change something; a second look must find nothing to do.
pub(crate) async fn brought_about(
    engine: &Engine,
    case: &str,
    from: &str,
    spec: &Spec,
    options: &Options,
) -> Vec<Complaint> {
    let (plan, mut undone) = engine.attempt(spec, options).await;
    if !plan.acts() {
        undone.push("nothing was done".to_owned());
    }
    let (second, leftover) = engine.leftover(spec).await;
    Complaint::each(case, undone, from, &plan)
        .chain(Complaint::each(case, leftover, from, &second))
        .collect()
}

/// Takes everything down; a second `destroy` must find nothing to do.
pub(crate) async fn down(engine: &Engine, case: &str, spec: &Spec) -> Vec<Complaint> {
    let down = Options {
        destroy: true,
        ..Options::default()
    };
    let (plan, undone) = engine.attempt(spec, &down).await;
    let (_, second) = engine.plan(spec, &down).await;
    let again = if second.acts() {
        vec!["a second destroy acts".to_owned()]
    } else {
        Vec::new()
    };
    Complaint::each(case, undone, "down", &plan)
        .chain(Complaint::each(case, again, "down", &second))
        .collect()
}
