//! `igvctl`: IGV desktop's AWS backend as one YAML file in git.
//!
//! Arguments, printing, exit codes. Everything that decides lives in `planner`, everything that talks to AWS in
//! `applier`.

mod args;
mod caller;
mod commands;
mod doctor;
mod exit;
mod ground;
mod igv;
mod progress;
mod report;
mod source;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are results, everything else is a mistake of the caller.
            let lost = error
                .print()
                .is_err_and(|it| it.kind() != std::io::ErrorKind::BrokenPipe);
            return if error.use_stderr() || lost {
                Exit::Error.code()
            } else {
                Exit::Done.code()
            };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return report::fail(&commands::Failure::own(format!("cannot start: {error}"))).code(),
    };
    let ended = runtime.block_on(run(args));
    // A resolver thread of a call that was given up must not keep the process.
    runtime.shutdown_background();
    let exit = match ended {
        Ok(exit) => exit,
        Err(failure) => report::fail(&failure),
    };
    report::last_word(exit).code()
}

async fn run(args: Args) -> Result<Exit, commands::Failure> {
    let Args {
        sandbox,
        profile,
        allow_mixed_endpoints,
        command,
    } = args;
    let choice = ground::Choice {
        sandbox,
        profile,
        allow_mixed_endpoints,
    };
    match command {
        Command::Init(it) => commands::init::run(&it),
        Command::Validate(it) => commands::validate::run(&it),
        Command::Expand(it) => commands::expand::run(&it),
        Command::Plan(it) => commands::plan::run(&it, &choice).await,
        Command::Show(it) => commands::show::run(&it),
        Command::Apply(it) => commands::apply::run(&it, &choice).await,
        Command::Drift(it) => commands::drift::run(&it, &choice).await,
        Command::Config(it) => commands::config::run(&it, &choice).await,
        Command::Verify(it) => commands::verify::run(&it, &choice).await,
        Command::Destroy(it) => commands::destroy::run(&it, &choice).await,
        Command::Doctor(it) => commands::doctor::run(&it, &choice).await,
        Command::Sandbox(it) => commands::sandbox::run(&it, &choice).await,
        Command::Schema => commands::schema::run(),
        Command::Completions { shell } => commands::completions::run(shell),
    }
}
