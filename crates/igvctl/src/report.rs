//! Printing: results on stdout, everything else on stderr.

use planner::Plan;

use crate::args::Format;
use crate::commands::Failure;
use crate::exit::Exit;

/// Prints a result.
pub(crate) fn result(text: &str) {
    anstream::print!("{text}");
    if !text.ends_with('\n') {
        anstream::println!();
    }
}

/// Prints something beside the result.
pub(crate) fn note(text: &str) {
    anstream::eprintln!("{text}");
}

/// Prints a plan.
pub(crate) fn plan(plan: &Plan, title: &str, format: Format, all: bool) {
    match format {
        Format::Text => {
            note(&format!("\x1b[1migvctl\x1b[0m  {title}\n"));
            result(&planner::show::to_text(plan, all));
        }
        Format::Json => result(&pretty(&planner::show::to_json(plan))),
        Format::Markdown => result(&planner::show::to_markdown(plan)),
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
        anstream::eprint!("{text}");
    }
    for (at, line) in lines.iter().enumerate() {
        if at == 0 {
            anstream::eprintln!("\x1b[1;31merror\x1b[0m: {line}");
        } else {
            anstream::eprintln!("  cause: {line}");
        }
    }
    for help in helps {
        anstream::eprintln!("  \x1b[36mhelp\x1b[0m: {help}");
    }
    *exit
}
