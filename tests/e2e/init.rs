//! `igvctl init`: a first spec, and that it does what it says.

use crate::support::{Run, igvctl};

const FACTS: [&str; 6] = [
    "--stack",
    "igv-lab",
    "--account",
    "111122223333",
    "--region",
    "eu-central-1",
];

fn init(folder: &std::path::Path, more: &[&str]) -> Run {
    igvctl(folder, &[&["init"], &FACTS[..], more].concat())
}

#[test]
fn a_first_spec_is_written_and_can_be_applied_at_once() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &[]).ends(0).says("Wrote igv.yaml.");
    let first = std::fs::read_to_string(folder.path().join("igv.yaml")).unwrap();
    igvctl(folder.path(), &["validate", "igv.yaml"]).ends(0);
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--sandbox"]).ends(0);
    igvctl(folder.path(), &["drift", "igv.yaml", "--sandbox"]).ends(0);
    // It is never written over, and another one has another id.
    init(folder.path(), &[])
        .ends(3)
        .says("igv.yaml is there already; it was left as it is");
    assert_eq!(std::fs::read_to_string(folder.path().join("igv.yaml")).unwrap(), first);
    init(folder.path(), &["other.yaml"]).ends(0);
    let other = std::fs::read_to_string(folder.path().join("other.yaml")).unwrap();
    let id = |text: &str| text.lines().find(|it| it.starts_with("id: ")).unwrap().to_owned();
    assert_ne!(id(&first), id(&other));
    assert_eq!(id(&first).len(), 12);
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    igvctl(folder.path(), &["init"])
        .ends(1)
        .says("`--stack` is not given")
        .says("there is no terminal to ask on");
    for (option, value, words) in [
        ("--account", "1234", "account: \"1234\""),
        ("--account", "", "\"\" is nothing for `--account`"),
        ("--region", "mars-1", "region: mars-1"),
        ("--region", "cn-north-1", "region: cn-north-1"),
        ("--stack", "IGV", "stack: IGV"),
        ("--stack", "x\nresources: {}", "is nothing for `--stack`"),
        ("--stack", "a-name-of-more-than-the-letters", "stack: a-name"),
    ] {
        let mut facts = FACTS.to_vec();
        let at = facts.iter().position(|it| *it == option).unwrap();
        facts[at + 1] = value;
        igvctl(folder.path(), &[&["init"], &facts[..]].concat())
            .ends(1)
            .says(words);
    }
    init(folder.path(), &["no/such/folder.yaml"]).ends(1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_there_already() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("elsewhere.yaml", folder.path().join("igv.yaml")).unwrap();
    init(folder.path(), &[]).ends(3).says("is there already");
    assert!(!folder.path().join("elsewhere.yaml").exists());
}
