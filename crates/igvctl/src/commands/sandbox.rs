//! `igvctl sandbox`.

use std::net::TcpListener;

use sandbox::{Sandbox, Trouble};

use crate::args::{SandboxArgs, SandboxCommand, ServeArgs};
use crate::commands::Failure;
use crate::exit::Exit;
use crate::ground::{Choice, folder};
use crate::report;

/// Serves, empties, prints or fills an embedded sandbox.
pub(crate) async fn run(args: &SandboxArgs, choice: &Choice) -> Result<Exit, Failure> {
    let folder = folder(choice);
    if choice.sandbox.as_deref().is_some_and(crate::ground::is_address) {
        return Err(
            Failure::own(format!("{} is an address, not a folder", folder.display()))
                .help("name the folder of the sandbox with `--sandbox=DIR`"),
        );
    }
    if matches!(args.command, SandboxCommand::Dump) && !folder.join("world.json").exists() {
        return Err(Failure::own(format!("there is no sandbox in {}", folder.display()))
            .help("any command makes one with `--sandbox=DIR`"));
    }
    let opened = Sandbox::open(&folder).map_err(|error| Failure::of(&error))?;
    match &args.command {
        SandboxCommand::Serve(how) => serve(&opened, how, &folder.display().to_string()).await,
        SandboxCommand::Reset => {
            opened.reset();
            report::result(&format!("The sandbox in {} is empty.", folder.display()));
            Ok(Exit::Done)
        }
        SandboxCommand::Dump => {
            report::result(&report::pretty(&opened.snapshot()));
            Ok(Exit::Done)
        }
        SandboxCommand::Load { file } => {
            let text = fs_err::read_to_string(file).map_err(|error| Failure::of(&error))?;
            let loaded = serde_json::from_str(&text).and_then(|json| opened.restore(json));
            loaded.map_err(|error| Failure::own(format!("{} is not a sandbox's world: {error}", file.display())))?;
            report::result(&format!(
                "Loaded {} into the sandbox in {}.",
                file.display(),
                folder.display()
            ));
            Ok(Exit::Done)
        }
    }
}

async fn serve(opened: &Sandbox, how: &ServeArgs, folder: &str) -> Result<Exit, Failure> {
    let port = how.port;
    opened.set_trouble(trouble(how));
    opened.set_clock(how.clock.map(|clock| clock.as_duration().as_secs_f64()));
    let listener = TcpListener::bind(("127.0.0.1", port)).map_err(|error| {
        Failure::own(format!("cannot serve on port {port}: {error}"))
            .help("name another port with `--port`, 0 for any free one")
    })?;
    let url = match listener.local_addr() {
        Ok(address) => format!("http://{address}"),
        Err(error) => return Err(Failure::of(&error)),
    };
    report::result(&format!("Serving the sandbox in {folder} at {url}"));
    report::note(&format!(
        "\n  igvctl      --sandbox={url}\n  other tools AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=111122223333 AWS_SECRET_ACCESS_KEY=sandbox\n\nCtrl-C stops it."
    ));
    tokio::select! {
        ended = opened.serve(listener, how.verbose) => {
            ended.map_err(|error| Failure::of(&error))?;
            Ok(Exit::Done)
        }
        _ = tokio::signal::ctrl_c() => Ok(Exit::Done),
    }
}

fn trouble(how: &ServeArgs) -> Trouble {
    Trouble {
        seed: how.seed,
        latency: how.latency,
        deploy_delay: how.deploy_delay,
        iam_delay: how.iam_delay,
        list_delay: how.list_delay,
        stale_reads: how.stale_reads,
        throttle: how.throttle,
        lose_answers: how.lose_answers,
        refuse: how.refuse.clone(),
        page_size: how.page_size,
        authorize: how.authorize,
        ..Trouble::default()
    }
}
