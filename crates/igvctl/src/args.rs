//! What can be typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

/// IGV desktop's AWS backend as one YAML file in git.
///
/// One file says who may sign in, which private BAM, CRAM and VCF files they may read, and where the config is
/// published that IGV loads. igvctl compares it with AWS, shows a plan and carries it out.
#[derive(Debug, Parser)]
#[command(name = "igvctl", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Work on an AWS inside the process instead of the real one; its state is kept in DIR. With `http://…`, on one
    /// that `igvctl sandbox serve` serves there.
    #[arg(long, global = true, value_name = "DIR|URL", num_args = 0..=1, require_equals = true, default_missing_value = ".igvctl/sandbox", env = "IGVCTL_SANDBOX")]
    pub(crate) sandbox: Option<String>,

    /// AWS profile to use; else the standard credential chain decides.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// Go ahead where endpoint overrides send some services elsewhere and leave others at AWS.
    #[arg(long, global = true)]
    pub(crate) allow_mixed_endpoints: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a first spec, to be read and changed.
    Init(InitArgs),
    /// Check a spec without AWS: all its errors in one run.
    Validate(SpecArg),
    /// Print every resource that a spec means, defaults filled in.
    Expand(SpecArg),
    /// Compare a spec with AWS and show what apply would do. Changes nothing.
    Plan(PlanArgs),
    /// Print a saved plan. Needs no AWS.
    Show(ShowArgs),
    /// Make AWS as the spec says.
    Apply(ApplyArgs),
    /// Tell whether AWS is still as the spec says; for CI. Exits 2 when it is not.
    Drift(DriftArgs),
    /// Print what IGV is to be told: the address to paste, the config behind it, and how.
    Config(ConfigArgs),
    /// Prove that a login works, with IGV's own calls. Changes nothing.
    Verify(VerifyArgs),
    /// Take the whole stack down, after showing what that costs.
    Destroy(DestroyArgs),
    /// Find out why IGV does not work with a config, anybody's.
    ///
    /// Without URL or FILE, the IGV directory of this machine is looked at, and the config that IGV takes there. Needs
    /// no credentials, and sends none and no secret; only hosts that the config names are asked, each announced on
    /// stderr.
    Doctor(DoctorArgs),
    /// An AWS of these services on this machine, to try things on.
    Sandbox(SandboxArgs),
    /// Print the JSON schema of specs, for editors.
    Schema,
    /// Print shell completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What a first spec is made of. On a terminal, what is not given is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// The file to write. One that is there is never overwritten.
    #[arg(value_name = "FILE", default_value = "igv.yaml")]
    pub(crate) file: PathBuf,
    /// The AWS account, twelve digits.
    #[arg(long, value_name = "DIGITS")]
    pub(crate) account: Option<String>,
    /// The AWS region of the data.
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// The stack's name, with which the names of everything begin.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
}

/// A spec.
#[derive(Debug, clap::Args)]
pub(crate) struct SpecArg {
    /// The spec file.
    #[arg(value_name = "SPEC")]
    pub(crate) spec: PathBuf,
}

/// How a plan is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
    /// For merge requests.
    Markdown,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArg,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// List what stays as it is too.
    #[arg(long)]
    pub(crate) all: bool,
    /// Save the plan for `apply --plan`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit 2 when there are differences.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The saved plan.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArg,
    /// Do not ask. Needed where there is no terminal.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Go ahead only if every step was in this saved plan.
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// Carry out only the steps that close something, whatever is blocked: offboarding is never held up.
    #[arg(long)]
    pub(crate) tightening: bool,
    /// Undo what somebody tightened by hand at this address. May be repeated.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) loosen: Vec<String>,
    /// Until when to wait for CloudFront: `accepted` ends when AWS has taken the change, `deployed` when it is served everywhere.
    #[arg(long, value_enum, default_value_t = Wait::Accepted)]
    pub(crate) wait: Wait,
    /// How to print the report.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Until when apply waits for CloudFront.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wait {
    /// AWS has taken the change.
    Accepted,
    /// It is served everywhere.
    Deployed,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DriftArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArg,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// What of the config is printed, and where it is written.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArg,
    /// Show the client secret. It is public by design, and no key to data.
    #[arg(long)]
    pub(crate) show_secret: bool,
    /// Put the address into the preferences of the IGV whose folder this is, such as `~/igv`. The former ones are kept.
    #[arg(long, value_name = "DIR")]
    pub(crate) write_igv_dir: Option<PathBuf>,
    /// Write there even if the folder does not look like one of IGV's, or is not there yet.
    #[arg(long, requires = "write_igv_dir")]
    pub(crate) any_dir: bool,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArg,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = ChecklistFormat::Text)]
    pub(crate) format: ChecklistFormat,
    /// Check only what needs no login. So it is where there is no terminal to log in at.
    #[arg(long)]
    pub(crate) no_login: bool,
    /// Print the address of the login page instead of opening a browser, and wait for the login.
    #[arg(long, conflicts_with = "no_login")]
    pub(crate) no_browser: bool,
    /// Log in as this user on the classic login page, without a browser.
    #[arg(long, value_name = "NAME", requires = "password_env", conflicts_with_all = ["no_login", "no_browser"])]
    pub(crate) user: Option<String>,
    /// The environment variable that holds the user's password.
    #[arg(long, value_name = "VAR", requires = "user")]
    pub(crate) password_env: Option<String>,
    /// The data file to open after a login; else one of the file's own.
    #[arg(long, value_name = "BUCKET/KEY", conflicts_with = "no_login")]
    pub(crate) object: Option<String>,
}

/// How a checklist is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChecklistFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
    /// For CI, which shows it as tests.
    Junit,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DestroyArgs {
    #[command(flatten)]
    pub(crate) spec: SpecArg,
    /// The stack's name, as consent; on a terminal it is asked for.
    #[arg(long, value_name = "NAME")]
    pub(crate) consent: Option<String>,
    /// Leave what holds data: the user pool with its users, and buckets that hold anything.
    #[arg(long)]
    pub(crate) keep_data: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// The address of a config (IGV's OAuth provisioning URL), or a file.
    #[arg(value_name = "URL|FILE")]
    pub(crate) config: Option<String>,
    /// Look at this IGV directory too [default without URL or FILE: `igv` in the home folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) igv_dir: Option<PathBuf>,
    /// Ask none of the hosts that the config names, and try no port; only its own address is asked.
    #[arg(long)]
    pub(crate) offline: bool,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SandboxArgs {
    #[command(subcommand)]
    pub(crate) command: SandboxCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Serve it over HTTP on loopback, for the AWS CLI and other SDKs (`AWS_ENDPOINT_URL`).
    Serve(ServeArgs),
    /// Forget everything in it.
    Reset,
    /// Print all it knows as JSON.
    Dump,
    /// Print the messages to people, such as invitations with their temporary passwords.
    Mail,
    /// Put into it what `dump` printed.
    Load {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// How a sandbox is served. Everything after `verbose` is time and trouble, which the sandbox has only on request.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 4566)]
    pub(crate) port: u16,
    /// Print a line per request.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Let each call take this long, such as `80ms`.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "0s", help_heading = TIME)]
    pub(crate) latency: Duration,
    /// How long a distribution is in progress after a change, such as `3m`.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "0s", help_heading = TIME)]
    pub(crate) deploy_delay: Duration,
    /// How long a new role is unknown to reads, other services and policies, such as `10s`.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "0s", help_heading = TIME)]
    pub(crate) iam_delay: Duration,
    /// How long lists show what was there before a change, such as `5s`.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "0s", help_heading = TIME)]
    pub(crate) list_delay: Duration,
    /// Stop the clock at this moment, such as `2026-11-24T12:00:00Z`. With a stopped clock no delay ends.
    #[arg(long, value_name = "MOMENT", help_heading = TIME)]
    pub(crate) clock: Option<jiff::Timestamp>,
    /// Show a distribution as it was on the first read after an update.
    #[arg(long, help_heading = TROUBLE)]
    pub(crate) stale_reads: bool,
    /// Throttle: about one call in N begins a burst of one to three that are refused.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = TROUBLE)]
    pub(crate) throttle: Option<u32>,
    /// Lose the answer of about one call in N after it took effect.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = TROUBLE)]
    pub(crate) lose_answers: Option<u32>,
    /// Deny an action to everybody, such as `iam:CreateRole` or `s3:Put*`. May be repeated.
    #[arg(long, value_name = "ACTION", help_heading = TROUBLE)]
    pub(crate) refuse: Vec<String>,
    /// Answer lists in pages of at most N.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = TROUBLE)]
    pub(crate) page_size: Option<u32>,
    /// What the trouble is drawn from: the same seed and calls, the same trouble.
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = TROUBLE)]
    pub(crate) seed: u64,
    /// Verify signatures, and accept only access keys that the sandbox knows.
    #[arg(long, help_heading = TROUBLE)]
    pub(crate) authorize: bool,
}

const TIME: &str = "Time";
const TROUBLE: &str = "Trouble";

/// A length of time as people write it.
fn time(text: &str) -> Result<Duration, String> {
    let time: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "this is no length of time; write `80ms`, `5s` or `3m`".to_owned())?;
    Duration::try_from(time).map_err(|_| "time does not run backwards".to_owned())
}
