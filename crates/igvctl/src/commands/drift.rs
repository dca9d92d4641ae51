//! `igvctl drift`.

use planner::Options;

use crate::args::DriftArgs;
use crate::commands::{Failure, exit_of, look_and_plan};
use crate::exit::Exit;
use crate::ground::{Choice, stand};
use crate::{report, source};

/// Tells whether AWS is as the spec says; whatever is not ends with 2.
pub(crate) async fn run(args: &DriftArgs, choice: &Choice) -> Result<Exit, Failure> {
    let source = source::read(&args.spec.spec)?;
    let standing = stand(choice, &source.spec.stack, &source.folder).await?;
    let (_, _, plan) = look_and_plan(&standing, &source.spec, &Options::default()).await;
    report::plan(&plan, args.format, false);
    Ok(exit_of(&plan, true))
}
