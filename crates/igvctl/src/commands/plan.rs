//! `igvctl plan`.

use std::io::Write;
use std::path::{Path, PathBuf};

use planner::Options;

use crate::args::PlanArgs;
use crate::commands::{Failure, exit_of, look_and_plan, show};
use crate::exit::Exit;
use crate::ground::{Choice, stand};
use crate::{report, source};

/// Looks, plans, prints, and saves the plan where asked.
pub(crate) async fn run(args: &PlanArgs, choice: &Choice) -> Result<Exit, Failure> {
    let source = source::read(&args.spec.spec)?;
    let target = args
        .out
        .as_deref()
        .map(|out| target(out, &args.spec.spec))
        .transpose()?;
    let standing = stand(choice, &source.spec.stack, &source.folder).await?;
    let (_, _, plan) = look_and_plan(&standing, &source.spec, &Options::default()).await;
    report::plan(&plan, args.format, args.all);
    if let (Some(target), Some(out)) = (&target, &args.out) {
        save(&report::pretty(&show::plan_file(&plan, args.all)), target)
            .map_err(|cause| Failure::own(format!("cannot save the plan in {}: {cause}", out.display())))?;
        report::note(&format!(
            "Saved. Carry it out with `igvctl apply {} --plan {}`.",
            args.spec.spec.display(),
            out.display()
        ));
    }
    Ok(exit_of(&plan, args.detailed_exitcode))
}

/// Where the plan is written, links followed. Only a plan file, or an empty one, is ever replaced.
fn target(out: &Path, spec: &Path) -> Result<PathBuf, Failure> {
    let refuse = |what: &str| {
        Failure::own(format!("cannot save the plan in {}: {what}", out.display()))
            .help("name a new file, or a former plan file, with `--out`; nothing was written")
    };
    if out.symlink_metadata().is_err() {
        let folder = folder_of(out);
        return if folder.is_dir() {
            Ok(out.to_owned())
        } else {
            Err(refuse(&format!("there is no folder {}", folder.display())))
        };
    }
    let Ok(target) = fs_err::canonicalize(out) else {
        return Err(refuse("it is a link that leads nowhere"));
    };
    if is_same(&target, spec) {
        return Err(refuse("it is the spec"));
    }
    if !target.is_file() {
        return Err(refuse("it is no ordinary file"));
    }
    let is_empty = target.metadata().is_ok_and(|it| it.len() == 0);
    if is_empty || show::is_plan_file(&target) {
        Ok(target)
    } else {
        Err(refuse("it is there already, and is no plan file of igvctl"))
    }
}

/// Whether two paths are one file, whatever its names.
fn is_same(one: &Path, other: &Path) -> bool {
    let canonical = |path: &Path| fs_err::canonicalize(path).ok();
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let number = |path: &Path| path.metadata().ok().map(|it| (it.dev(), it.ino()));
        if number(one).is_some() && number(one) == number(other) {
            return true;
        }
    }
    canonical(one).is_some() && canonical(one) == canonical(other)
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|it| !it.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Writes a file whole or not at all; what goes wrong does not name the file on the way.
fn save(text: &str, target: &Path) -> Result<(), String> {
    let mut file = tempfile::NamedTempFile::new_in(folder_of(target)).map_err(|error| error.kind().to_string())?;
    file.write_all(text.as_bytes())
        .map_err(|error| error.kind().to_string())?;
    file.persist(target).map_err(|error| error.error.to_string())?;
    Ok(())
}
