//! Printing: results on stdout, everything else on stderr.

use std::io::{ErrorKind, Write};
use std::sync::Mutex;

use planner::Plan;

use crate::args::Format;
use crate::commands::Failure;
use crate::exit::Exit;

/// Why a result could not be printed.
static LOST: Mutex<Option<String>> = Mutex::new(None);

/// Prints a result.
///
/// A full disk must not stop a run half-way, so it is remembered for the end. A reader who went away (`| head`) has
/// what it wanted.
pub(crate) fn result(text: &str) {
    let mut out = anstream::stdout().lock();
    let mut print = || {
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()
    };
    if let Err(error) = print()
        && error.kind() != ErrorKind::BrokenPipe
    {
        *LOST.lock().expect("no holder of the lock panics") = Some(error.to_string());
    }
}

/// Prints something beside the result; where nobody can read it, nothing is lost.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Says at the end what could not be printed, and ends accordingly.
pub(crate) fn last_word(exit: Exit) -> Exit {
    match LOST.lock().expect("no holder of the lock panics").take() {
        Some(error) => exit.worse(fail(
            &Failure::own(format!("the result could not be printed: {error}"))
                .help("what was asked for is done all the same; only its output is missing"),
        )),
        None => exit,
    }
}

/// Prints a plan.
pub(crate) fn plan(plan: &Plan, format: Format, all: bool) {
    match format {
        Format::Text => result(&planner::show::to_text(plan, all)),
        Format::Json => result(&pretty(&planner::show::to_json(plan))),
        Format::Markdown => result(&planner::show::to_markdown(plan)),
    }
    if plan.gaps.iter().any(applier::lacks_credentials) {
        note("\x1b[36mhelp\x1b[0m: the credentials ran out on the way, or do not count: log in again, then run again");
    }
}

/// JSON as it is printed and saved.
pub(crate) fn pretty(json: &serde_json::Value) -> String {
    format!("{json:#}\n")
}

/// Prints why a command could not do its work.
pub(crate) fn fail(failure: &Failure) -> Exit {
    let Failure {
        lines,
        helps,
        laid_out,
        exit,
    } = failure;
    if let Some(text) = laid_out {
        note(text.trim_end_matches('\n'));
    }
    for (at, line) in lines.iter().enumerate() {
        if at == 0 {
            note(&format!("\x1b[1;31merror\x1b[0m: {line}"));
        } else {
            note(&format!("  cause: {line}"));
        }
    }
    for help in helps {
        note(&format!("  \x1b[36mhelp\x1b[0m: {help}"));
    }
    *exit
}
