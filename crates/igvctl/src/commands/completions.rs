//! `igvctl completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::commands::Failure;
use crate::exit::Exit;
use crate::report;

/// Prints completions for a shell.
pub(crate) fn run(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "igvctl", &mut script);
    report::result(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
