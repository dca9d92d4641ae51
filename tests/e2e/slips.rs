//! Slips of the hand on the command line, none of which may write or show something wrong.

use std::path::Path;

use crate::support::{igvctl, workplace};

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
