//! The crates depend on each other as `docs/architecture.md` says, and the pure ones stay pure.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Which of our crates a crate may depend on.
const BORDERS: &[(&str, &[&str])] = &[
    ("policy", &[]),
    ("spec-model", &["policy"]),
    ("planner", &["policy", "spec-model"]),
    ("applier", &["planner", "policy", "spec-model"]),
    ("sandbox", &["policy"]),
    ("igvctl", &["applier", "planner", "policy", "sandbox", "spec-model"]),
];

/// Crates that know no AWS SDK, async runtime, file system, environment or clock.
const PURE: &[&str] = &["policy", "spec-model", "planner"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .parent()
        .unwrap()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The normal dependencies of each of our crates.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"])).unwrap();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let names = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|it| it["kind"].is_null())
                .map(|it| it["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), names)
        })
        .collect()
}

#[test]
fn crates_depend_one_way() {
    let found = dependencies();
    let ours: BTreeSet<&str> = BORDERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(found.keys().map(String::as_str).collect::<BTreeSet<_>>(), ours);
    for (name, allowed) in BORDERS {
        let inside: BTreeSet<&str> = found[*name]
            .iter()
            .map(String::as_str)
            .filter(|it| ours.contains(it))
            .collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        assert!(
            inside.is_subset(&allowed),
            "`{name}` depends on {inside:?}, allowed is {allowed:?}"
        );
    }
}

#[test]
fn only_the_applier_names_the_sdk() {
    for (name, dependencies) in dependencies() {
        let sdk: Vec<&String> = dependencies
            .iter()
            .filter(|it| it.starts_with("aws-sdk-") || *it == "aws-config")
            .collect();
        assert!(sdk.is_empty() || name == "applier", "`{name}` depends on {sdk:?}");
    }
}

#[test]
fn pure_crates_reach_neither_the_sdk_nor_a_runtime() {
    for name in PURE {
        let tree = cargo(&[
            "tree",
            "--package",
            name,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--locked",
        ]);
        for line in tree.lines() {
            let dependency = line.split(' ').next().unwrap();
            assert!(
                !(dependency.starts_with("aws-") || ["tokio", "hyper", "fs-err", "tempfile"].contains(&dependency)),
                "`{name}` reaches `{dependency}`"
            );
        }
    }
}

#[test]
fn pure_crates_touch_no_files_environment_or_clock() {
    let banned = [
        "std::fs",
        "std::env",
        "TcpStream",
        "std::process",
        "SystemTime",
        "Instant::now",
        "std::thread",
    ];
    for name in PURE {
        let mut folders = vec![root().join("crates").join(name).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|it| it == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    for word in banned {
                        assert!(!text.contains(word), "{} names `{word}`", path.display());
                    }
                }
            }
        }
    }
}

#[test]
fn nouns_are_never_taken_apart_or_built_with_dots() {
    let folder = root().join("crates/applier/src/kinds");
    macro_rules! nouns {
        ($($noun:ident = $word:literal),* $(,)?) => { [$((stringify!($noun), $word)),*] };
    }
    let nouns = spec_model::each_kind!(nouns);
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            // A kind's verbs are in the file, or the folder, of its word; elsewhere the name may be another type's.
            let place = path.with_extension("");
            for (noun, _) in nouns
                .iter()
                .filter(|(_, word)| place.components().any(|it| it.as_os_str() == *word))
            {
                for (at, _) in text.match_indices(&format!("{noun} {{")) {
                    // Another type's name may end the same way.
                    if text[..at].ends_with(|it: char| it.is_alphanumeric() || it == ':' || it == '_') {
                        continue;
                    }
                    let inside = &text[at..text[at..].find('}').map_or(text.len(), |end| at + end)];
                    assert!(
                        !inside.contains(".."),
                        "{}: `{noun}` with `..`:\n{inside}",
                        path.display()
                    );
                }
            }
        }
    }
}

#[test]
fn both_readme_commands_build_the_same_features() {
    // A second feature set would compile the AWS SDK twice.
    let features = |edges: &str| -> BTreeMap<String, BTreeSet<String>> {
        let tree = cargo(&[
            "tree",
            "--workspace",
            "--edges",
            edges,
            "--prefix",
            "none",
            "--locked",
            "--format",
            "{p}|{f}",
        ]);
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in tree
            .lines()
            .filter(|it| it.starts_with("aws-") || it.starts_with("tokio ") || it.starts_with("hyper "))
        {
            let (package, features) = line.trim_end_matches(" (*)").split_once('|').unwrap();
            found.entry(package.to_owned()).or_default().insert(features.to_owned());
        }
        found
    };
    assert_eq!(features("normal,build"), features("normal,build,dev"));
}
