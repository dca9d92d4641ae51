//! `igvctl show`.

use serde_json::Value as Json;

use crate::args::{Format, ShowArgs};
use crate::commands::Failure;
use crate::exit::Exit;
use crate::report;

/// Prints a saved plan.
pub(crate) fn run(args: &ShowArgs) -> Result<Exit, Failure> {
    let saved = read(&args.file)?;
    let form = |name: &str| {
        saved["shown"][name]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| Failure::own(format!("{} is no plan file of igvctl", args.file.display())))
    };
    match args.format {
        Format::Text => report::result(&form("text")?),
        Format::Markdown => report::result(&form("markdown")?),
        Format::Json => report::result(&report::pretty(&saved["plan"])),
    }
    Ok(Exit::Done)
}

/// Reads a plan file of this version.
pub(crate) fn read(path: &std::path::Path) -> Result<Json, Failure> {
    let text = fs_err::read_to_string(path).map_err(|error| Failure::of(&error))?;
    let saved: Json = serde_json::from_str(&text)
        .map_err(|error| Failure::own(format!("{} is no plan file of igvctl: {error}", path.display())))?;
    match saved["plan"]["format"].as_u64() {
        Some(format) if format == u64::from(planner::show::FORMAT) => Ok(saved),
        Some(format) => Err(Failure::own(format!(
            "{} has format {format}, this igvctl reads {}",
            path.display(),
            planner::show::FORMAT
        ))
        .help("plan again with this version")),
        None => Err(Failure::own(format!("{} is no plan file of igvctl", path.display()))),
    }
}

/// Reads a plan file that must speak of this stack.
pub(crate) fn of_stack(path: &std::path::Path, stack: &spec_model::Stack) -> Result<Json, Failure> {
    let saved = read(path)?;
    let of = |name: &str| saved["plan"]["stack"][name].as_str().unwrap_or("?").to_owned();
    if (of("name"), of("region"), of("account")) == (stack.name.clone(), stack.region.clone(), stack.account.clone()) {
        return Ok(saved);
    }
    Err(Failure::own(format!(
        "nothing was changed: {} is a plan of {} in {}, account {}, and the spec is {} in {}, account {}",
        path.display(),
        of("name"),
        of("region"),
        of("account"),
        stack.name,
        stack.region,
        stack.account
    ))
    .help("give the plan that `igvctl plan --out` saved for this spec")
    .with(Exit::Blocked))
}
