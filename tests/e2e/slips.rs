//! Slips of the hand on the command line, none of which may write or show something wrong.

use std::path::Path;

use crate::support::{Served, igvctl, igvctl_with, workplace};

const SPEC: &str = include_str!("../specs/kill-first.yaml");

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_plan_is_never_saved_over_something_else() {
    let folder = workplace(SPEC);
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("notes.txt"), "mine").unwrap();
    std::fs::write(at("other.json"), "{\"plan\": 3}").unwrap();
    std::fs::hard_link(at("igv.yaml"), at("hard")).unwrap();
    std::os::unix::fs::symlink("igv.yaml", at("soft")).unwrap();
    std::os::unix::fs::symlink("nowhere", at("dangling")).unwrap();
    let before = names(folder.path());
    let absolute = at("igv.yaml");
    for (out, why) in [
        ("igv.yaml", "it is the spec"),
        ("./data/../igv.yaml", "it is the spec"),
        (absolute.to_str().unwrap(), "it is the spec"),
        ("hard", "it is the spec"),
        ("soft", "it is the spec"),
        ("dangling", "it is a link that leads nowhere"),
        ("notes.txt", "it is there already, and is no plan file of igvctl"),
        ("other.json", "it is there already, and is no plan file of igvctl"),
        ("data", "it is no ordinary file"),
        ("/dev/null", "it is no ordinary file"),
        ("nope/x", "there is no folder nope"),
    ] {
        let run = igvctl(folder.path(), &["plan", "igv.yaml", "--sandbox", "--out", out]).ends(1);
        assert_eq!(
            run.stderr,
            format!(
                "error: cannot save the plan in {out}: {why}\n  help: name a new file, or a former plan file, with `--out`; nothing was written\n"
            )
        );
    }
    assert_eq!(names(folder.path()), before, "not even a sandbox was made");
    assert_eq!(std::fs::read_to_string(at("igv.yaml")).unwrap(), SPEC);
    assert_eq!(std::fs::read_to_string(at("notes.txt")).unwrap(), "mine");

    // A former plan and an empty file may be replaced, also behind a link, which stays one.
    std::fs::write(at("empty"), "").unwrap();
    std::os::unix::fs::symlink("empty", at("link")).unwrap();
    for out in ["empty", "empty", "link", "new"] {
        igvctl(folder.path(), &["plan", "igv.yaml", "--sandbox", "--out", out]).ends(0);
    }
    assert!(at("link").is_symlink());
    igvctl(folder.path(), &["show", "link"]).ends(0);
}

#[test]
fn a_plan_file_that_was_changed_is_not_shown() {
    let folder = workplace(SPEC);
    let file = folder.path().join("plan.json");
    let plan = igvctl(folder.path(), &["plan", "igv.yaml", "--sandbox", "--out", "plan.json"]).ends(0);
    assert_eq!(
        igvctl(folder.path(), &["show", "plan.json"]).ends(0).stdout,
        plan.stdout
    );
    let saved = std::fs::read_to_string(&file).unwrap();
    let json: serde_json::Value = serde_json::from_str(&saved).unwrap();
    // How it is laid out does not matter.
    std::fs::write(&file, json.to_string()).unwrap();
    igvctl(folder.path(), &["show", "plan.json"]).ends(0);
    let edited = |edit: &dyn Fn(&mut serde_json::Value)| {
        let mut json = json.clone();
        edit(&mut json);
        json.to_string().into_bytes()
    };
    let changed = "plan.json was changed since it was saved";
    let no_plan = "plan.json is no plan file of igvctl";
    for (bytes, said) in [
        (edited(&|it| it["shown"]["text"] = "Nothing to do.".into()), changed),
        (edited(&|it| it["shown"]["markdown"] = "Nothing to do.".into()), changed),
        (
            edited(&|it| it["plan"]["steps"][0]["action"] = "delete".into()),
            changed,
        ),
        (edited(&|it| it["checksum"] = serde_json::Value::Null), changed),
        (edited(&|it| it["plan"]["steps"] = "x".into()), no_plan),
        (
            edited(&|it| it["plan"]["steps"][0] = serde_json::Value::Null),
            "`steps[0]` is no step",
        ),
        (vec![0xff, 0xfe, 0, 1], no_plan),
        (b"\"\xff\"".to_vec(), no_plan),
    ] {
        std::fs::write(&file, bytes).unwrap();
        for format in ["text", "json", "markdown"] {
            let run = igvctl(folder.path(), &["show", "plan.json", "--format", format])
                .ends(1)
                .says(said);
            assert_eq!(run.stdout, "");
        }
        igvctl(
            folder.path(),
            &["apply", "igv.yaml", "--sandbox", "--yes", "--plan", "plan.json"],
        )
        .ends(1)
        .says(said);
    }
}

#[test]
fn an_address_never_becomes_a_folder() {
    let folder = workplace(SPEC);
    let before = names(folder.path());
    for (sandbox, said) in [
        ("--sandbox=localhost:4566", "write `--sandbox=http://localhost:4566`"),
        ("--sandbox=ftp://x", "--sandbox=ftp://x is no address of HTTP"),
        ("--sandbox=http://", "--sandbox=http:// is no address: empty host"),
        ("--sandbox=http://example.org", "is not on this machine"),
        ("--sandbox=", "--sandbox (or IGVCTL_SANDBOX) is empty"),
    ] {
        for command in [&["plan", "igv.yaml"][..], &["sandbox", "reset"], &["doctor", "x.json"]] {
            igvctl(folder.path(), &[command, &[sandbox]].concat())
                .ends(1)
                .says(said);
        }
        assert_eq!(names(folder.path()), before, "{sandbox}");
    }
    let empty = [("IGVCTL_SANDBOX", "")];
    igvctl_with(folder.path(), &["plan", "igv.yaml"], &empty)
        .ends(1)
        .says("--sandbox (or IGVCTL_SANDBOX) is empty");
    igvctl_with(folder.path(), &["validate", "igv.yaml"], &empty).ends(0);
}

#[test]
fn somebody_elses_folder_does_not_become_a_sandbox() {
    let folder = workplace(SPEC);
    let before = names(&folder.path().join("data"));
    for command in [
        &["plan", "igv.yaml"][..],
        &["apply", "igv.yaml", "--yes"],
        &["sandbox", "serve", "--port", "0"],
        &["sandbox", "load", "igv.yaml"],
    ] {
        igvctl(folder.path(), &[command, &["--sandbox=data"]].concat())
            .ends(1)
            .says("error: data holds `example.bam")
            .says("help: name a folder that is empty or not there yet with `--sandbox=DIR`; nothing was written");
        assert_eq!(names(&folder.path().join("data")), before, "{command:?}");
    }
    for nothing in ["data", "nowhere"] {
        igvctl(folder.path(), &["sandbox", "reset", &format!("--sandbox={nothing}")])
            .ends(1)
            .says(&format!("there is no sandbox in {nothing}"));
    }
    assert_eq!(names(&folder.path().join("data")), before);
    assert!(!folder.path().join("nowhere").exists());

    std::fs::create_dir(folder.path().join("game")).unwrap();
    std::fs::write(folder.path().join("game/world.json"), "{\"blocks\": []}").unwrap();
    igvctl(folder.path(), &["sandbox", "reset", "--sandbox=game"])
        .ends(1)
        .says("is not a sandbox's world");
    assert_eq!(names(&folder.path().join("game")), ["world.json"]);

    std::fs::create_dir(folder.path().join("fresh")).unwrap();
    igvctl(folder.path(), &["plan", "igv.yaml", "--sandbox=fresh"]).ends(0);
    igvctl(folder.path(), &["sandbox", "reset", "--sandbox=fresh"]).ends(0);
}

#[test]
fn a_refusal_of_no_action_is_refused_at_the_start() {
    let folder = workplace(SPEC);
    for (refuse, help) in [
        ("iam:CreateRoles", "did you mean `iam:CreateRole`?"),
        ("s3:ListBuckt", "did you mean `s3:ListBucket`?"),
        ("CreateRole", "did you mean `iam:CreateRole`?"),
        ("x", "write `service:Action` as in an IAM policy"),
    ] {
        igvctl(
            folder.path(),
            &[
                "sandbox",
                "serve",
                "--sandbox=sandbox",
                "--port",
                "0",
                "--refuse",
                refuse,
            ],
        )
        .ends(1)
        .says(&format!("error: --refuse {refuse}: the sandbox knows no such action"))
        .says(help);
    }
    assert!(!folder.path().join("sandbox").exists());
}

#[test]
fn nobody_at_an_address_is_told_how_to_serve_there() {
    let folder = workplace(SPEC);
    igvctl(folder.path(), &["plan", "igv.yaml", "--sandbox=http://127.0.0.1:1"])
        .ends(1)
        .says("error: nobody answers at http://127.0.0.1:1")
        .says("igvctl sandbox serve")
        .never_says("aws sts");
    igvctl(folder.path(), &["sandbox", "mail", "--sandbox=http://127.0.0.1:1"])
        .ends(1)
        .says("help: serve the sandbox with `igvctl sandbox serve`");
}

#[test]
fn what_to_paste_is_said_when_it_is_news() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let apply = |more: &[&str]| {
        let sandbox = served.option();
        igvctl(
            folder.path(),
            &[&["apply", "igv.yaml", "--yes", &sandbox], more].concat(),
        )
    };
    let instructions = "In IGV: View";
    let url = "Provisioning URL: http://127.0.0.1";
    apply(&[]).ends(0).says(url).says(instructions);
    let again = apply(&[]).ends(0).says(url).never_says(instructions);
    assert!(!again.stderr.contains("Login"), "{}", again.stderr);

    let without = SPEC
        .lines()
        .map(|line| format!("{line}\n"))
        .filter(|line| !line.contains("ben:"))
        .collect::<String>();
    assert_ne!(without, SPEC);
    std::fs::write(folder.path().join("igv.yaml"), without).unwrap();
    apply(&[])
        .ends(0)
        .says("✓ disabled user.")
        .never_says("deleted user")
        .says(url)
        .never_says(instructions);

    // Another domain costs people their login and is blocked; where the config is does not help there.
    let spec = std::fs::read_to_string(folder.path().join("igv.yaml")).unwrap();
    std::fs::write(
        folder.path().join("igv.yaml"),
        spec.replace("domain: igv-kill", "domain: igv-other"),
    )
    .unwrap();
    apply(&["--tightening"]).ends(3).never_says("Provisioning URL");
}
