//! `igvctl plan`.

use std::io::Write;

use planner::Options;

use crate::args::PlanArgs;
use crate::commands::{Failure, exit_of, look_and_plan};
use crate::exit::Exit;
use crate::ground::{Choice, stand};
use crate::{report, source};

/// Looks, plans, prints, and saves the plan where asked.
pub(crate) async fn run(args: &PlanArgs, choice: &Choice) -> Result<Exit, Failure> {
    let source = source::read(&args.spec.spec)?;
    let standing = stand(choice, &source.spec.stack, &source.folder).await?;
    let (_, _, plan) = look_and_plan(&standing, &source.spec, &Options::default()).await;
    report::plan(&plan, args.format, args.all);
    if let Some(path) = &args.out {
        let folder = path
            .parent()
            .filter(|it| !it.as_os_str().is_empty())
            .unwrap_or(std::path::Path::new("."));
        let save = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            let saved = serde_json::json!({
                "plan": planner::show::to_json(&plan),
                "shown": { "text": planner::show::to_text(&plan, args.all), "markdown": planner::show::to_markdown(&plan) },
            });
            file.write_all(report::pretty(&saved).as_bytes())?;
            file.persist(path)?;
            Ok(())
        };
        save().map_err(|error| Failure::own(format!("cannot save the plan in {}: {error}", path.display())))?;
        report::note(&format!(
            "Saved. Carry it out with `igvctl apply {} --plan {}`.",
            args.spec.spec.display(),
            path.display()
        ));
    }
    Ok(exit_of(&plan, args.detailed_exitcode))
}
