//! Who calls AWS: what to say where that is not known, or is not who the spec means.

use std::path::Path;

use applier::{AccountError, ErrorClass, ProfileError, WorldError};
use spec_model::Stack;

use crate::commands::Failure;
use crate::exit::Exit;

/// Which credentials are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Those of the profile on the command line, and no others.
    Profile(String),
    /// Those of the profile that `AWS_PROFILE` names.
    OfTheEnvironment(String),
    /// Keys of the environment, which the SDK prefers to `AWS_PROFILE`.
    Keys {
        /// The profile that is passed over.
        instead_of: String,
    },
    /// Whatever the standard credential chain finds.
    Chain,
}

impl Caller {
    /// Tells it from the command line and the environment.
    pub(crate) fn of(profile: Option<&str>) -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
        match (profile, set("AWS_PROFILE"), set("AWS_ACCESS_KEY_ID")) {
            (Some(name), _, _) => Self::Profile(name.to_owned()),
            (None, Some(name), Some(_)) => Self::Keys { instead_of: name },
            (None, Some(name), None) => Self::OfTheEnvironment(name),
            (None, None, _) => Self::Chain,
        }
    }

    /// The profile whose settings count.
    pub(crate) fn profile(&self) -> Option<&str> {
        match self {
            Self::Profile(name) | Self::OfTheEnvironment(name) | Self::Keys { instead_of: name } => Some(name),
            Self::Chain => None,
        }
    }

    /// What the first line says.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::Profile(name) => format!("AWS, profile {name}"),
            Self::OfTheEnvironment(name) => format!("AWS, profile {name} of AWS_PROFILE"),
            Self::Keys { instead_of } => {
                format!("AWS, keys of the environment, not profile {instead_of} of AWS_PROFILE")
            }
            Self::Chain => "AWS".to_owned(),
        }
    }

    /// How to log in by SSO.
    fn login(&self) -> String {
        match self {
            Self::Profile(name) | Self::OfTheEnvironment(name) => format!("`aws sso login --profile {name}`"),
            Self::Keys { .. } | Self::Chain => "`aws sso login`".to_owned(),
        }
    }
}

/// A profile that cannot be used.
pub(crate) fn no_profile(error: &ProfileError) -> Failure {
    let failure = Failure::of(error);
    match error {
        ProfileError::Unreadable(_) => failure.help("correct the file; `aws configure list` reads it too"),
        ProfileError::Missing { known, .. } if known.is_empty() => {
            failure.help("no profile is in `~/.aws/config` and `~/.aws/credentials`: `aws configure sso` makes one")
        }
        ProfileError::Missing { known, .. } => failure.help(&format!("these are there: {}", known.join(", "))),
    }
}

/// An account that is not the spec's, or credentials that do not count.
pub(crate) fn wrong(error: &AccountError, caller: &Caller, stack: &Stack) -> Failure {
    match error {
        AccountError::Other { .. } => Failure::of(error)
            .help(&format!(
                "log in to account {}, or name its profile with `--profile`",
                stack.account
            ))
            .with(Exit::Blocked),
        AccountError::Unknown(cause) => unknown(error, cause, caller),
    }
}

fn unknown(error: &AccountError, cause: &WorldError, caller: &Caller) -> Failure {
    let mut failure = Failure::of(error);
    let mut say = |text: String| {
        failure.lines.truncate(1);
        failure.lines.push(text);
    };
    let login = format!(
        "log in ({}, `aws configure`), or name a profile that exists with `--profile`; or try `--sandbox`, which needs none",
        caller.login()
    );
    let help = match cause.class {
        ErrorClass::Credentials if cause.code.is_some() => {
            format!("log in again ({}), or set new keys", caller.login())
        }
        ErrorClass::Credentials => {
            // The SDK names no file, and lists in six lines where it looked.
            if let Some(text) = unreadable_token() {
                say(text);
                "let the job write its identity token there, or unset AWS_WEB_IDENTITY_TOKEN_FILE".to_owned()
            } else if cause.message.contains("SSO token") {
                say("nobody is logged in by SSO, or no longer".to_owned());
                format!("log in: {}", caller.login())
            } else {
                if cause.message.contains("no credentials found") {
                    say("no AWS credentials were found".to_owned());
                }
                login
            }
        }
        ErrorClass::Ambiguous => {
            "no answer came: check the network, proxy settings and the endpoint (`aws sts get-caller-identity`); or try `--sandbox`"
                .to_owned()
        }
        ErrorClass::Denied
        | ErrorClass::Missing
        | ErrorClass::Throttled
        | ErrorClass::Quota
        | ErrorClass::Conflict
        | ErrorClass::Refused => {
            "check credentials with `aws sts get-caller-identity`; or try `--sandbox`".to_owned()
        }
    };
    failure.help(&help)
}

/// Why the token file of the environment cannot be read, where it is to be used.
fn unreadable_token() -> Option<String> {
    let path = std::env::var_os("AWS_WEB_IDENTITY_TOKEN_FILE").filter(|it| !it.is_empty())?;
    let error = std::fs::File::open(&path).err()?;
    Some(format!(
        "the web identity token file {} cannot be read: {error}",
        Path::new(&path).display()
    ))
}
