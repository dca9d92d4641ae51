//! `igvctl sandbox`.

use std::net::TcpListener;

use applier::web::Web;
use sandbox::{Mail, OpenError, Sandbox, Trouble};

use crate::args::{SandboxArgs, SandboxCommand, ServeArgs};
use crate::commands::Failure;
use crate::exit::Exit;
use crate::ground::{Choice, folder};
use crate::report;

/// Serves, empties, prints or fills an embedded sandbox.
pub(crate) async fn run(args: &SandboxArgs, choice: &Choice) -> Result<Exit, Failure> {
    let folder = folder(choice);
    if let SandboxCommand::Serve(how) = &args.command {
        check_refusals(&how.refuse)?;
    }
    if let (SandboxCommand::Mail, Some(url)) = (&args.command, &choice.sandbox)
        && crate::ground::is_address(url)
    {
        print_mail(&mail_at(url.trim_end_matches('/')).await?);
        return Ok(Exit::Done);
    }
    if choice.sandbox.as_deref().is_some_and(crate::ground::is_address) {
        return Err(
            Failure::own(format!("{} is an address, not a folder", folder.display()))
                .help("name the folder of the sandbox with `--sandbox=DIR`"),
        );
    }
    let needs_one = match &args.command {
        SandboxCommand::Dump | SandboxCommand::Mail => !folder.join("world.json").exists(),
        // Where nothing was written yet, there is only the lock.
        SandboxCommand::Reset => !folder.join("world.json").exists() && !folder.join("lock").exists(),
        SandboxCommand::Serve(_) | SandboxCommand::Load { .. } => false,
    };
    if needs_one {
        return Err(Failure::own(format!("there is no sandbox in {}", folder.display()))
            .help("any command makes one with `--sandbox=DIR`"));
    }
    let opened = Sandbox::open(&folder).map_err(|error| {
        let failure = Failure::of(&error);
        match (&args.command, &error) {
            (SandboxCommand::Mail, OpenError::Locked { .. }) => {
                failure.help("name the address where it is served: `igvctl sandbox mail --sandbox=http://…`")
            }
            (_, OpenError::Foreign { .. }) => {
                failure.help("name a folder that is empty or not there yet with `--sandbox=DIR`; nothing was written")
            }
            _ => failure,
        }
    })?;
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
        SandboxCommand::Mail => {
            print_mail(&opened.mail());
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

/// The messages of a served sandbox.
async fn mail_at(base: &str) -> Result<Vec<Mail>, Failure> {
    let url = format!("{base}/_mail.json");
    let answer = Web::over_the_network().get(&url, &[]).await.map_err(|error| {
        Failure::of(&error).help("serve the sandbox with `igvctl sandbox serve`, or name its folder")
    })?;
    serde_json::from_str(&answer.text()).map_err(|_| {
        Failure::own(format!("{url} is no mailbox (status {})", answer.status))
            .help("is a sandbox of this version of igvctl served there?")
    })
}

fn print_mail(mails: &[Mail]) {
    if mails.is_empty() {
        report::note("Nothing was sent to anybody.");
        return;
    }
    let printed: Vec<String> = mails.iter().map(laid_out).collect();
    report::result(&printed.join("\n"));
}

/// A message for people: when, to whom, about what, and its text indented.
fn laid_out(mail: &Mail) -> String {
    let about = if mail.subject.is_empty() {
        &mail.medium
    } else {
        &mail.subject
    };
    let mut text = plain(&format!("{}  {}  {}: {about}", mail.at, mail.to, mail.pool));
    text.push('\n');
    for line in mail.text.lines() {
        text.push_str(&format!("    {}\n", plain(line)));
    }
    text
}

/// A line without what a terminal would obey.
fn plain(line: &str) -> String {
    line.chars().filter(|letter| !letter.is_control()).collect()
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
        "\n  igvctl      --sandbox={url}\n  other tools AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=111122223333 AWS_SECRET_ACCESS_KEY=sandbox\n  mail        {url}/_mail\n\nCtrl-C stops it."
    ));
    tokio::select! {
        ended = opened.serve(listener, how.verbose) => {
            ended.map_err(|error| Failure::of(&error))?;
            Ok(Exit::Done)
        }
        _ = tokio::signal::ctrl_c() => Ok(Exit::Done),
    }
}

/// A refusal of no action would never come, and nobody would notice.
fn check_refusals(patterns: &[String]) -> Result<(), Failure> {
    let Some(unknown) = patterns.iter().find(|it| !sandbox::is_action(it)) else {
        return Ok(());
    };
    let failure = Failure::own(format!("--refuse {unknown}: the sandbox knows no such action"));
    let wanted = unknown.to_ascii_lowercase();
    let nearest = sandbox::actions()
        .into_iter()
        .map(|it| (distance(&wanted, &it.to_ascii_lowercase()), it))
        .min();
    Err(match nearest {
        Some((far, nearest)) if far <= 1 + wanted.len() / 3 => failure.help(&format!("did you mean `{nearest}`?")),
        Some(_) | None => {
            failure.help("write `service:Action` as in an IAM policy, such as `iam:CreateRole` or `s3:Put*`")
        }
    })
}

/// How far a name is from an action, or from its part behind the service.
fn distance(wanted: &str, action: &str) -> usize {
    let bare = action.split_once(':').map_or(action, |(_, name)| name);
    let whole = strsim::damerau_levenshtein(wanted, action);
    if wanted.contains(':') {
        whole
    } else {
        whole.min(strsim::damerau_levenshtein(wanted, bare))
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::time::Duration;

    use clap::Parser as _;

    use super::*;
    use crate::args::{Args, Command};

    fn serve(options: &[&str]) -> Result<ServeArgs, String> {
        let words = ["igvctl", "sandbox", "serve"].iter().chain(options);
        let args = Args::try_parse_from(words).map_err(|error| error.to_string())?;
        let Command::Sandbox(SandboxArgs {
            command: SandboxCommand::Serve(how),
        }) = args.command
        else {
            panic!("{options:?} is for another command");
        };
        Ok(how)
    }

    #[test]
    fn every_option_reaches_the_sandbox() {
        assert_eq!(trouble(&serve(&[]).unwrap()), Trouble::default());
        let options = "--latency 80ms --deploy-delay 3m --iam-delay 10s --list-delay 1.5s --stale-reads --throttle 20 \
                       --lose-answers 30 --refuse iam:CreateRole --refuse s3:Put* --page-size 2 --seed 7 --authorize";
        let options: Vec<&str> = options.split(' ').filter(|word| !word.is_empty()).collect();
        let wanted = Trouble {
            seed: 7,
            latency: Duration::from_millis(80),
            deploy_delay: Duration::from_secs(180),
            iam_delay: Duration::from_secs(10),
            list_delay: Duration::from_millis(1500),
            stale_reads: true,
            throttle: Some(20),
            lose_answers: Some(30),
            refuse: vec!["iam:CreateRole".to_owned(), "s3:Put*".to_owned()],
            page_size: Some(2),
            authorize: true,
            fail_from: None,
            lose_answer_of: None,
            mutating_only: false,
        };
        assert_eq!(trouble(&serve(&options).unwrap()), wanted);
    }

    #[test]
    fn nonsense_is_refused() {
        for (options, words) in [
            (["--latency", "soon"], "write `80ms`, `5s` or `3m`"),
            (["--latency", "-5s"], "time does not run backwards"),
            (["--throttle", "0"], "0 is not in 1.."),
            (["--clock", "noon"], "failed to parse"),
        ] {
            let options = [&format!("{}={}", options[0], options[1])[..]];
            let said = serve(&options).err().unwrap();
            assert!(said.contains(words), "{said}");
        }
    }
}
