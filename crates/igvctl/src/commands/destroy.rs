//! `igvctl destroy`.

use std::io::IsTerminal;

use planner::{Action, Options};

use crate::args::{DestroyArgs, Format};
use crate::commands::{Failure, apply, exit_of, look_and_plan};
use crate::exit::Exit;
use crate::ground::{Choice, stand};
use crate::{report, source};

/// Shows what goes and what that costs, asks for the stack's name, and takes it down in order.
pub(crate) async fn run(args: &DestroyArgs, choice: &Choice) -> Result<Exit, Failure> {
    let source = source::read(&args.spec.spec)?;
    let spec = &source.spec;
    let standing = stand(choice, &spec.stack, &source.folder).await?;
    let options = Options {
        destroy: true,
        keep_data: args.keep_data,
        ..Options::default()
    };
    let (live, _, plan) = look_and_plan(&standing, spec, &options).await;
    report::plan(&plan, Format::Text, false);
    for step in plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Delete && step.cost != spec_model::Cost::Nothing)
    {
        report::note(&format!(
            "\x1b[31mcosts\x1b[0m {:<6} {}",
            step.cost.word(),
            step.key.address
        ));
    }
    let exit = exit_of(&plan, false);
    if exit == Exit::Incomplete {
        return Err(Failure::own("nothing was changed, because not everything could be read").with(exit));
    }
    if !plan.acts() {
        return Ok(exit);
    }
    consent(args, &spec.stack.name)?;
    let carried = apply::carry_out(&standing, &plan, &live, false).await;
    apply::closing(&carried);
    let ended = apply::exit_of_report(&carried);
    if ended != Exit::Done {
        return Ok(ended.worse(exit));
    }
    standing.aws.clients().forget();
    let (_, _, again) = look_and_plan(&standing, spec, &options).await;
    if again.acts() {
        report::note("\n\x1b[31mNot converged\x1b[0m: a second look still finds:\n");
        report::plan(&again, Format::Text, false);
        return Ok(Exit::Diverged);
    }
    let kept = |action: Action| {
        let steps = again.steps.iter().filter(move |step| step.action == action);
        steps
            .map(|step| step.key.address.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (data, blocked) = (kept(Action::Keep), kept(Action::Blocked));
    if !data.is_empty() {
        report::result(&format!("Kept, because it holds data: {data}."));
    }
    if !blocked.is_empty() {
        report::result(&format!("Left, for the reasons above: {blocked}."));
    }
    if data.is_empty() && blocked.is_empty() {
        report::result(&format!("Nothing of {} is left.", spec.stack.name));
    }
    Ok(exit)
}

/// The stack's name is the consent: typed on a terminal, given with `--consent` elsewhere.
fn consent(args: &DestroyArgs, name: &str) -> Result<(), Failure> {
    let given = match &args.consent {
        Some(given) => given.clone(),
        None if std::io::stdin().is_terminal() => {
            report::note(&format!(
                "\nThis cannot be undone. Type the stack's name, `{name}`, to go ahead."
            ));
            apply::answer().unwrap_or_default()
        }
        None => {
            return Err(Failure::own("nothing was changed: destroying needs consent")
                .help(&format!("add `--consent {name}` to go ahead without being asked"))
                .with(Exit::Blocked));
        }
    };
    if given == name {
        Ok(())
    } else {
        Err(Failure::own(format!(
            "nothing was changed: the stack's name is `{name}`, not `{given}`"
        ))
        .with(Exit::Blocked))
    }
}
