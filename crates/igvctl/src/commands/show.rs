//! `igvctl show`.

use std::path::Path;

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

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

/// A plan as it is saved: for machines and as it was shown, with a checksum over both.
pub(crate) fn plan_file(plan: &planner::Plan, all: bool) -> Json {
    let mut saved = serde_json::json!({
        "plan": planner::show::to_json(plan),
        "shown": { "text": planner::show::to_text(plan, all), "markdown": planner::show::to_markdown(plan) },
    });
    saved["checksum"] = checksum(&saved).into();
    saved
}

/// The digest of what a plan file says, however it is laid out. It finds a slip of the editor, not an attacker, who can
/// compute it too.
fn checksum(saved: &Json) -> String {
    let digest = Sha256::digest(format!("{}\n{}", saved["plan"], saved["shown"]));
    digest.iter().fold("sha256:".to_owned(), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

/// Whether a file is a plan file of any version, whole or not.
pub(crate) fn is_plan_file(path: &Path) -> bool {
    let saved: Option<Json> = fs_err::read(path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    saved.is_some_and(|it| it["plan"]["format"].is_u64())
}

/// Reads a plan file of this version, of which each part belongs to the others.
pub(crate) fn read(path: &Path) -> Result<Json, Failure> {
    let bytes = fs_err::read(path).map_err(|error| Failure::of(&error))?;
    let no_plan = || Failure::own(format!("{} is no plan file of igvctl", path.display()));
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Err(no_plan());
    };
    let saved: Json = serde_json::from_str(text)
        .map_err(|error| Failure::own(format!("{} is no plan file of igvctl: {error}", path.display())))?;
    match saved["plan"]["format"].as_u64() {
        Some(format) if format == u64::from(planner::show::FORMAT) => {}
        Some(format) => {
            return Err(Failure::own(format!(
                "{} has format {format}, this igvctl reads {}",
                path.display(),
                planner::show::FORMAT
            ))
            .help("plan again with this version"));
        }
        None => return Err(no_plan()),
    }
    let is_step = |it: &Json| it["address"].is_string() && it["action"].is_string();
    match saved["plan"]["steps"].as_array() {
        None => return Err(no_plan().help("its `steps` are no list; plan again")),
        Some(steps) => {
            if let Some(at) = steps.iter().position(|it| !is_step(it)) {
                return Err(no_plan().help(&format!("its `steps[{at}]` is no step; plan again")));
            }
        }
    }
    if saved["checksum"].as_str() != Some(&checksum(&saved)) {
        return Err(Failure::own(format!(
            "{} was changed since it was saved: what it shows may not be what it says",
            path.display()
        ))
        .help("plan again, and leave the file as it is saved"));
    }
    Ok(saved)
}

/// Reads a plan file that must speak of this stack.
pub(crate) fn of_stack(path: &Path, stack: &spec_model::Stack) -> Result<Json, Failure> {
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
