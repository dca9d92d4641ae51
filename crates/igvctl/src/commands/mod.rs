//! One file per command, and what they share.

pub(crate) mod apply;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod destroy;
pub(crate) mod doctor;
pub(crate) mod drift;
pub(crate) mod expand;
pub(crate) mod init;
pub(crate) mod plan;
pub(crate) mod published;
pub(crate) mod sandbox;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod validate;
pub(crate) mod verify;

use applier::{Local, Look};
use planner::{Live, Options, Plan};
use spec_model::Spec;

use crate::exit::Exit;
use crate::ground::Standing;

/// Why a command could not do its work: what to print, and how to end.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The error and its causes.
    pub(crate) lines: Vec<String>,
    /// What would help.
    pub(crate) helps: Vec<String>,
    /// A text that is already laid out, printed as it is.
    pub(crate) laid_out: Option<String>,
    /// How to end.
    pub(crate) exit: Exit,
}

impl Failure {
    /// A failure of our own wording.
    pub(crate) fn own(message: impl Into<String>) -> Self {
        Self {
            lines: vec![message.into()],
            helps: Vec::new(),
            laid_out: None,
            exit: Exit::Error,
        }
    }

    /// An error with its chain of causes.
    pub(crate) fn of(error: &dyn std::error::Error) -> Self {
        let mut lines = vec![error.to_string()];
        let mut source = error.source();
        while let Some(cause) = source {
            lines.push(cause.to_string());
            source = cause.source();
        }
        Self {
            lines,
            helps: Vec::new(),
            laid_out: None,
            exit: Exit::Error,
        }
    }

    /// The errors of a spec, as the reader lays them out.
    pub(crate) fn spec(laid_out: String) -> Self {
        Self {
            lines: Vec::new(),
            helps: Vec::new(),
            laid_out: Some(laid_out),
            exit: Exit::Error,
        }
    }

    /// Adds what would help.
    pub(crate) fn help(mut self, help: &str) -> Self {
        self.helps.push(help.to_owned());
        self
    }

    /// Ends otherwise.
    pub(crate) fn with(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

/// Looks and plans.
pub(crate) async fn look_and_plan(standing: &Standing, spec: &Spec, options: &Options) -> (Live, Local, Plan) {
    let mut live = standing.aws.look(spec).await;
    if options.destroy {
        standing.aws.weigh(&spec.stack, &mut live).await;
    }
    let local = standing.aws.local_files(spec, &live).await;
    let plan = planner::plan(spec, &live, &local, options);
    (live, local, plan)
}

/// How a look at a plan ends: differences count where `detailed` says so.
pub(crate) fn exit_of(plan: &Plan, detailed: bool) -> Exit {
    let mut exit = Exit::Done;
    if plan.is_incomplete() {
        exit = exit.worse(Exit::Incomplete);
    }
    // An address that could not be read is blocked too; that is no refusal.
    if plan.blocked().any(|step| {
        !step
            .reasons
            .iter()
            .any(|it| matches!(it, planner::Reason::Unreadable(_)))
    }) {
        exit = exit.worse(Exit::Blocked);
    }
    if detailed && !plan.is_in_sync() {
        exit = exit.worse(Exit::Differences);
    }
    exit
}
