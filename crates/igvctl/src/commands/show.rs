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
