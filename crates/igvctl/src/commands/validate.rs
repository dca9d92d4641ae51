//! `igvctl validate`.

use crate::args::SpecArg;
use crate::commands::Failure;
use crate::exit::Exit;
use crate::{report, source};

/// Checks a spec and says how many resources it means.
pub(crate) fn run(args: &SpecArg) -> Result<Exit, Failure> {
    let source = source::read(&args.spec)?;
    report::result(&format!(
        "{}: valid, {} resources.",
        args.spec.display(),
        source.spec.resources.len()
    ));
    Ok(Exit::Done)
}
