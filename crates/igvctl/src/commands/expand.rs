//! `igvctl expand`.

use crate::args::SpecArg;
use crate::commands::Failure;
use crate::exit::Exit;
use crate::{report, source};

/// Prints every resource that a spec means, in the form of `resources:`.
pub(crate) fn run(args: &SpecArg) -> Result<Exit, Failure> {
    let source = source::read(&args.spec)?;
    report::result(&spec_model::emit(&source.spec));
    Ok(Exit::Done)
}
