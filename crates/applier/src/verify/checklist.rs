//! What a verification says: checks, each with its outcome and the time it took.

use std::time::{Duration, Instant};

use crate::error::WorldError;
use crate::remedy::remedy;
use crate::web::WebError;

/// All checks of one run, in order.
pub struct Checklist<'a> {
    checks: Vec<Check>,
    told: &'a (dyn Fn(&Check) + Send + Sync),
    since: Instant,
}

impl std::fmt::Debug for Checklist<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.checks.fmt(f)
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is about.
    pub topic: Topic,
    /// Its name for machines, the same in every run.
    pub name: String,
    /// What holds if it passed.
    pub title: String,
    /// How it went.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Passed {
        /// What was seen; may be empty.
        detail: String,
    },
    /// It does not hold.
    Failed {
        /// What was seen instead, and what comes of it.
        why: String,
        /// What would help.
        remedy: String,
    },
    /// It could not be told: something could not be read, which is never "it holds".
    Unread {
        /// What went wrong.
        why: String,
        /// What would help; may be empty.
        remedy: String,
    },
    /// It was not tried.
    Skipped {
        /// Why not.
        why: String,
    },
}

/// What checks are about, in the order in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Who asks, and where.
    Account,
    /// Whether AWS is as the file says.
    Plan,
    /// What people log in with.
    SignIn,
    /// What turns a login into AWS credentials.
    Identity,
    /// What the credentials may do, as the policies say.
    Rights,
    /// The data and its layout.
    Data,
    /// The published config.
    Config,
    /// The login page.
    LoginPage,
    /// A login as IGV does it, and what it reads.
    Login,
    /// What must be refused.
    Refusals,
}

impl Topic {
    /// All topics.
    pub const ALL: &'static [Self] = &[
        Self::Account,
        Self::Plan,
        Self::SignIn,
        Self::Identity,
        Self::Rights,
        Self::Data,
        Self::Config,
        Self::LoginPage,
        Self::Login,
        Self::Refusals,
    ];

    /// The word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Plan => "plan",
            Self::SignIn => "sign_in",
            Self::Identity => "identity",
            Self::Rights => "rights",
            Self::Data => "data",
            Self::Config => "config",
            Self::LoginPage => "login_page",
            Self::Login => "login",
            Self::Refusals => "refusals",
        }
    }

    /// The heading for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::Plan => "Plan",
            Self::SignIn => "Signing in",
            Self::Identity => "From login to AWS credentials",
            Self::Rights => "Rights of people who logged in",
            Self::Data => "Data",
            Self::Config => "Published config",
            Self::LoginPage => "Login page",
            Self::Login => "A login as IGV does it",
            Self::Refusals => "What must be refused",
        }
    }
}

impl Outcome {
    /// It holds, and there is nothing more to say.
    pub fn passed() -> Self {
        Self::Passed { detail: String::new() }
    }

    /// It holds, with what was seen.
    pub fn seen(detail: impl Into<String>) -> Self {
        Self::Passed { detail: detail.into() }
    }

    /// It does not hold.
    pub fn failed(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Failed {
            why: why.into(),
            remedy: remedy.into(),
        }
    }

    /// It was not tried.
    pub fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped { why: why.into() }
    }

    /// It holds, or else this.
    pub fn holds(holds: bool, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        if holds {
            Self::passed()
        } else {
            Self::failed(why, remedy)
        }
    }

    /// A call of AWS that says nothing about the check: the caller may not ask, or no answer came.
    pub fn unread(error: &WorldError) -> Self {
        Self::Unread {
            why: error.to_string(),
            remedy: remedy(error).unwrap_or_default(),
        }
    }

    /// A request of the web without an answer.
    pub fn unanswered(error: &WebError) -> Self {
        Self::Unread {
            why: error.to_string(),
            remedy: "check the network and proxy settings of this machine, and try again".to_owned(),
        }
    }

    /// The word for machines.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed { .. } => "passed",
            Self::Failed { .. } => "failed",
            Self::Unread { .. } => "unread",
            Self::Skipped { .. } => "skipped",
        }
    }
}

impl<'a> Checklist<'a> {
    /// An empty list; `told` hears of each check as it is made.
    pub fn new(told: &'a (dyn Fn(&Check) + Send + Sync)) -> Self {
        Self {
            checks: Vec::new(),
            told,
            since: Instant::now(),
        }
    }

    /// Adds a check. It took the time since the one before it.
    pub fn add(&mut self, topic: Topic, name: impl Into<String>, title: impl Into<String>, outcome: Outcome) {
        let check = Check {
            topic,
            name: name.into(),
            title: title.into(),
            outcome,
            took: self.since.elapsed(),
        };
        (self.told)(&check);
        self.checks.push(check);
        self.since = Instant::now();
    }

    /// The time until now belongs to no check, as that in which a person types.
    pub fn restart_clock(&mut self) {
        self.since = Instant::now();
    }

    /// The checks.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Those that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(|it| matches!(it.outcome, Outcome::Failed { .. }))
    }

    /// Those that could not be told.
    pub fn unread(&self) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(|it| matches!(it.outcome, Outcome::Unread { .. }))
    }

    /// Whether any check of a topic passed.
    pub fn any_passed(&self, topic: Topic) -> bool {
        self.checks
            .iter()
            .any(|it| it.topic == topic && matches!(it.outcome, Outcome::Passed { .. }))
    }
}
