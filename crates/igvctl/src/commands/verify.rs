//! `igvctl verify`.

mod show;

use applier::verify::{Check, Checklist, Topic, Verified, account, without_login};
use planner::Options;

use crate::args::{ChecklistFormat, VerifyArgs};
use crate::commands::{Failure, look_and_plan};
use crate::exit::Exit;
use crate::ground::{Choice, stand};
use crate::{report, source};

/// What is known of a login in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It works, and nothing else does.
    Works,
    /// Something is not as it should be.
    Fails,
    /// Something could not be told.
    Unread,
    /// All is right that can be checked without a login.
    NotTried,
}

impl Verdict {
    fn of(list: &Checklist<'_>) -> Self {
        if list.failed().next().is_some() {
            Self::Fails
        } else if list.unread().next().is_some() {
            Self::Unread
        } else if list.any_passed(Topic::Login) {
            Self::Works
        } else {
            Self::NotTried
        }
    }

    fn exit(self) -> Exit {
        match self {
            Self::Works | Self::NotTried => Exit::Done,
            Self::Fails => Exit::Diverged,
            Self::Unread => Exit::Incomplete,
        }
    }
}

/// Checks everything, and says it.
pub(crate) async fn run(args: &VerifyArgs, choice: &Choice) -> Result<Exit, Failure> {
    let source = source::read(&args.spec.spec)?;
    let spec = &source.spec;
    let lines = show::Lines::default();
    let told = |check: &Check| {
        if args.format == ChecklistFormat::Text {
            report::result(&lines.of(check));
        }
    };
    let mut list = Checklist::new(&told);
    let standing = stand(choice, &spec.stack, &source.folder).await?;
    account(&mut list, &spec.stack);
    let (live, _, plan) = look_and_plan(&standing, spec, &Options::default()).await;
    let verified = Verified {
        aws: &standing.aws,
        web: &standing.web,
        spec,
        live: &live,
        plan: &plan,
    };
    without_login(&mut list, &verified).await;
    let verdict = Verdict::of(&list);
    match args.format {
        ChecklistFormat::Text => report::result(&show::closing(&list, verdict)),
        ChecklistFormat::Json => report::result(&report::pretty(&show::to_json(&list, verdict))),
        ChecklistFormat::Junit => report::result(&show::to_junit(&list, &spec.stack)?),
    }
    Ok(verdict.exit())
}
