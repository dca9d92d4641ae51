//! `igvctl verify`.

mod browser;
mod show;

use std::io::IsTerminal as _;

use applier::verify::{
    Check, Checklist, LoginRequest, Outcome, Topic, Verified, account, log_in, with_login, without_login,
};
use planner::Options;
use spec_model::Secret;

use crate::args::{ChecklistFormat, VerifyArgs};
use crate::commands::{Failure, look_and_plan};
use crate::exit::Exit;
use crate::ground::{Choice, Faces, stand};
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

/// How somebody logs in.
enum Way {
    /// Nobody does, for this reason.
    Not(String),
    /// In a browser, which is opened or not.
    Browser { opens: bool },
    /// On the form of the classic page.
    Form { user: String, password: Secret },
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
    if let Some(object) = args.object.as_deref().filter(|it| !is_object(it)) {
        return Err(Failure::own(format!("--object {object}: this names no object"))
            .help("write it as `<bucket>/<key>`, for example `igv-demo-data/data/example.bam`"));
    }
    let way = way(args)?;
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
    let way = match (way, &standing.faces) {
        (Way::Browser { .. }, Faces::Folder(folder)) => Way::Not(format!(
            "no browser reaches a sandbox that nobody serves; serve it with `igvctl sandbox serve --sandbox={}`",
            folder.display()
        )),
        (way, Faces::Aws | Faces::Served(_) | Faces::Folder(_)) => way,
    };
    let mut exit = Exit::Done;
    match code(&mut list, &verified, way).await {
        Got::Code(request, code) => {
            with_login(&mut list, &verified, &request, &code, args.object.as_deref()).await;
        }
        Got::Nothing => {}
        Got::Interrupted => exit = Exit::Interrupted,
    }
    let verdict = Verdict::of(&list);
    match args.format {
        ChecklistFormat::Text => report::result(&show::closing(&list, verdict)),
        ChecklistFormat::Json => report::result(&report::pretty(&show::to_json(&list, verdict))),
        ChecklistFormat::Junit => report::result(&show::to_junit(&list, &spec.stack)?),
    }
    Ok(exit.worse(verdict.exit()))
}

fn is_object(text: &str) -> bool {
    let path = text.trim_start_matches("s3://").split_once('/');
    path.is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
}

fn way(args: &VerifyArgs) -> Result<Way, Failure> {
    if let (Some(user), Some(variable)) = (&args.user, &args.password_env) {
        let password = std::env::var(variable)
            .ok()
            .filter(|it| !it.is_empty())
            .ok_or_else(|| {
                Failure::own(format!(
                    "--password-env {variable}: this environment variable is not set"
                ))
                .help("set it to the user's password; a password is never given on the command line")
            })?;
        return Ok(Way::Form {
            user: user.clone(),
            password: Secret::new(password),
        });
    }
    let terminal = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
    Ok(if args.no_login {
        Way::Not("`--no-login` says so".to_owned())
    } else if args.no_browser {
        Way::Browser { opens: false }
    } else if terminal {
        Way::Browser { opens: true }
    } else {
        Way::Not(
            "there is no terminal; log in with `--user NAME --password-env VAR`, or with `--no-browser`".to_owned(),
        )
    })
}

/// What came of an attempt to get a code.
enum Got {
    Code(LoginRequest, Secret),
    Nothing,
    Interrupted,
}

/// Gets a code, and notes the check of it.
async fn code(list: &mut Checklist<'_>, verified: &Verified<'_>, way: Way) -> Got {
    let title = "somebody logs in, and the browser comes back with a code";
    let mut add = |outcome: Outcome| list.add(Topic::Login, "code", title, outcome);
    let callbacks = verified.callbacks();
    let Some((_, first)) = callbacks.first() else {
        add(Outcome::skipped(
            "there is no app client yet, or none that returns to IGV",
        ));
        return Got::Nothing;
    };
    let failed = |error: &dyn std::error::Error| {
        let cause = error.source().map(|it| format!(": {it}")).unwrap_or_default();
        Outcome::failed(
            format!("{error}{cause}"),
            "try the login page in a browser: `igvctl verify --no-browser` prints its address",
        )
    };
    match way {
        Way::Not(why) => {
            add(Outcome::skipped(why));
            Got::Nothing
        }
        Way::Form { user, password } => {
            let Some(request) = verified.request(first) else {
                add(Outcome::skipped("nothing is there yet"));
                return Got::Nothing;
            };
            match log_in(verified.web, &request, &user, &password).await {
                Ok(code) => {
                    add(Outcome::seen(format!("as {user}")));
                    Got::Code(request, code)
                }
                Err(error) => {
                    add(failed(&error));
                    Got::Nothing
                }
            }
        }
        Way::Browser { opens } => {
            let Some((listener, callback)) = browser::listen(&callbacks).await else {
                add(Outcome::failed(
                    "every port of the callbacks is taken, perhaps by IGV itself",
                    "close IGV, or register another port under `callback_ports`",
                ));
                return Got::Nothing;
            };
            let Some(request) = verified.request(&callback) else {
                add(Outcome::skipped("nothing is there yet"));
                return Got::Nothing;
            };
            let answer = browser::wait(&listener, &request, opens).await;
            // How long a person types says nothing about AWS.
            list.restart_clock();
            let mut add = |outcome: Outcome| list.add(Topic::Login, "code", title, outcome);
            match answer {
                Ok(browser::Came::Code(code)) => {
                    add(Outcome::passed());
                    Got::Code(request, code)
                }
                Ok(browser::Came::Nobody) => {
                    add(Outcome::Unread {
                        why: format!("nobody logged in within {} minutes", browser::PATIENCE.as_secs() / 60),
                        remedy: "run it again, or check without a login with `--no-login`".to_owned(),
                    });
                    Got::Nothing
                }
                Ok(browser::Came::Interrupt) => {
                    add(Outcome::skipped("interrupted"));
                    Got::Interrupted
                }
                Err(error) => {
                    add(failed(&error));
                    Got::Nothing
                }
            }
        }
    }
}
