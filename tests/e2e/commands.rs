//! What commands say and how they end when something around them is wrong.

use std::process::{Command, Stdio};

use crate::support::{Served, command, igvctl, workplace};

const SPEC: &str = include_str!("../specs/kill-first.yaml");

#[test]
fn a_plan_of_another_stack_is_refused() {
    let folder = workplace(SPEC);
    std::fs::write(folder.path().join("other.yaml"), SPEC.replace("igv-kill", "igv-other")).unwrap();
    igvctl(
        folder.path(),
        &["plan", "other.yaml", "--sandbox", "--out", "plan.json"],
    )
    .ends(0);
    let run = igvctl(
        folder.path(),
        &["apply", "igv.yaml", "--sandbox", "--yes", "--plan", "plan.json"],
    )
    .ends(3);
    assert_eq!(
        run.stderr,
        "error: nothing was changed: plan.json is a plan of igv-other in eu-central-1, account 111122223333, and the spec is igv-kill in eu-central-1, account 111122223333\n  help: give the plan that `igvctl plan --out` saved for this spec\n"
    );
    for text in ["", "[]", "{\"plan\": 3}"] {
        std::fs::write(folder.path().join("plan.json"), text).unwrap();
        igvctl(
            folder.path(),
            &["apply", "igv.yaml", "--sandbox", "--yes", "--plan", "plan.json"],
        )
        .ends(1)
        .says("plan.json is no plan file of igvctl");
    }
}

#[test]
fn an_address_that_the_spec_lacks_cannot_be_loosened() {
    let folder = workplace(SPEC);
    let run = igvctl(
        folder.path(),
        &["apply", "igv.yaml", "--sandbox", "--yes", "--loosen", "user.zoe"],
    )
    .ends(1);
    assert_eq!(
        run.stderr,
        "error: --loosen user.zoe: the spec has no resource at this address\n  help: `igvctl expand` lists all addresses of a spec\n"
    );
}

#[test]
fn the_sandbox_commands_say_what_they_cannot_do() {
    let folder = workplace(SPEC);
    let run = igvctl(folder.path(), &["sandbox", "dump", "--sandbox=nowhere"]).ends(1);
    assert_eq!(
        run.stderr,
        "error: there is no sandbox in nowhere\n  help: any command makes one with `--sandbox=DIR`\n"
    );
    assert!(!folder.path().join("nowhere").exists());
    let run = igvctl(folder.path(), &["sandbox", "serve", "--sandbox=http://127.0.0.1:1"]).ends(1);
    assert_eq!(
        run.stderr,
        "error: http://127.0.0.1:1 is an address, not a folder\n  help: name the folder of the sandbox with `--sandbox=DIR`\n"
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    igvctl(
        folder.path(),
        &["sandbox", "serve", "--sandbox=sandbox", "--port", &port],
    )
    .ends(1)
    .says(&format!("cannot serve on port {port}: Address already in use"))
    .says("help: name another port with `--port`, 0 for any free one");
    let _served = Served::start(folder.path());
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--sandbox=sandbox"])
        .ends(1)
        .says("help: if it is served, work on it with `--sandbox=http://127.0.0.1:<port>`");
}

#[test]
fn a_full_disk_or_a_reader_who_left_does_not_stop_a_run() {
    let folder = workplace(SPEC);
    let full = || Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let output = command(folder.path())
        .args(["apply", "igv.yaml", "--yes", "--sandbox"])
        .stdout(full())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("Report: 17 done."), "{stderr}");
    assert!(
        stderr.ends_with("error: the result could not be printed: No space left on device (os error 28)\n  help: what was asked for is done all the same; only its output is missing\n"),
        "{stderr}"
    );
    let status = command(folder.path())
        .args(["drift", "igv.yaml", "--sandbox"])
        .stderr(full())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    // A reader who takes nothing at all.
    let mut child = command(folder.path())
        .args(["destroy", "igv.yaml", "--sandbox", "--consent", "igv-kill"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    igvctl(folder.path(), &["drift", "igv.yaml", "--sandbox"])
        .ends(2)
        .says("17 to create");
    let help = Command::new(env!("CARGO_BIN_EXE_igvctl"))
        .arg("--help")
        .stdout(full())
        .status()
        .unwrap();
    assert_eq!(help.code(), Some(1));
}

#[test]
fn a_name_with_a_capital_letter_holds_nothing_up() {
    let spec = |users: &str| {
        format!(
            "version: 1\nstack: igv-capital\naccount: \"111122223333\"\nregion: eu-west-1\n\
             user_pool: {{users: {{Anna: {{email: Anna@Example.org}}{users}}}}}\n"
        )
    };
    let folder = workplace(&spec(""));
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", &sandbox, "--yes", "igv.yaml"]).ends(0);
    igvctl(folder.path(), &["plan", &sandbox, "--detailed-exitcode", "igv.yaml"]).ends(0);
    std::fs::write(
        folder.path().join("igv.yaml"),
        spec(", Bert: {email: bert@example.org}"),
    )
    .unwrap();
    igvctl(folder.path(), &["apply", &sandbox, "--yes", "igv.yaml"])
        .ends(0)
        .says("create user.Bert")
        .never_says("user.Anna");
    std::fs::write(
        folder.path().join("igv.yaml"),
        spec(", Bert: {email: bert@example.org, enabled: false}"),
    )
    .unwrap();
    igvctl(folder.path(), &["apply", &sandbox, "--yes", "igv.yaml"]).ends(0);
    igvctl(folder.path(), &["plan", &sandbox, "--detailed-exitcode", "igv.yaml"]).ends(0);
}
