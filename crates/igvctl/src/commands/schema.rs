//! `igvctl schema`.

use crate::commands::Failure;
use crate::exit::Exit;
use crate::report;

/// Prints the JSON schema of specs.
pub(crate) fn run() -> Result<Exit, Failure> {
    report::result(&report::pretty(&spec_model::schema()));
    Ok(Exit::Done)
}
