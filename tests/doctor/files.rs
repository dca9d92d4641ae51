//! Files and IGV directories with mistakes, each with its whole diagnosis.
//!
//! The cases stand in `cases/*.txt`: `##### name`, then files, each behind `==> path`, and behind `##### says` what is
//! printed. The first file is the config unless its folder is `igv`: that is an IGV directory. A mark behind a path,
//! such as `(gzip)`, says how the file is written. `IGVCTL_BLESS=1` writes the diagnoses anew: read them.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::support::{self, Run, igvctl};

/// The secrets in the cases; none may ever be printed.
const SECRETS: [&str; 3] = ["1hunter2", "AIzaExample", "hidden/secret+of+aws"];

struct Case {
    name: String,
    files: Vec<File>,
    says: String,
}

struct File {
    path: String,
    mark: Option<String>,
    text: String,
}

fn folder() -> PathBuf {
    support::root().join("tests/doctor/cases")
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut parts = text.split("##### ").skip(1);
    while let (Some(head), Some(says)) = (parts.next(), parts.next()) {
        let (name, files) = head.split_once('\n').unwrap();
        let files = files
            .split("==> ")
            .skip(1)
            .map(|it| {
                let (path, text) = it.split_once('\n').unwrap();
                let (path, mark) = match path.split_once(" (") {
                    Some((path, mark)) => (path, Some(mark.trim_end_matches(')').to_owned())),
                    None => (path, None),
                };
                File {
                    path: path.to_owned(),
                    mark,
                    text: text.to_owned(),
                }
            })
            .collect();
        cases.push(Case {
            name: name.to_owned(),
            files,
            says: says.strip_prefix("says\n").unwrap().to_owned(),
        });
    }
    cases
}

fn bytes(file: &File) -> Vec<u8> {
    match file.mark.as_deref() {
        None => file.text.clone().into_bytes(),
        Some("gzip") => packed(file.text.as_bytes()),
        Some("gzip twice") => packed(&packed(file.text.as_bytes())),
        Some("gzip cut off") => {
            let whole = packed(file.text.as_bytes());
            whole[..whole.len() / 2].to_vec()
        }
        Some("bom") => [&[0xef, 0xbb, 0xbf], file.text.as_bytes()].concat(),
        Some("utf-16") => [0xfeff]
            .into_iter()
            .chain(file.text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect(),
        Some("latin-1") => file
            .text
            .chars()
            .map(|it| u8::try_from(u32::from(it)).unwrap())
            .collect(),
        Some("no end of line") => file.text.trim_end().as_bytes().to_vec(),
        Some(mark) => panic!("{mark} is no way to write a file"),
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn diagnosis(case: &Case, format: &str) -> (Run, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    for file in &case.files {
        let path = here.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes(file)).unwrap();
    }
    let first = &case.files[0].path;
    let mut arguments = vec!["doctor", "--offline", "--format", format];
    if first.starts_with("igv/") {
        arguments.extend(["--igv-dir", "igv"]);
    } else {
        arguments.push(first);
    }
    (igvctl(here, &arguments), here.to_owned())
}

#[test]
fn every_mistake_has_its_diagnosis() {
    let bless = std::env::var("IGVCTL_BLESS").is_ok();
    let mut wrong = Vec::new();
    let mut count = 0;
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    names.sort();
    for path in names {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut written = String::new();
        for case in cases(&text) {
            count += 1;
            let (run, _) = diagnosis(&case, "text");
            for secret in SECRETS {
                assert!(
                    !run.stdout.contains(secret) && !run.stderr.contains(secret),
                    "{}",
                    case.name
                );
            }
            let found = format!("{}{}exit {}\n", run.stdout, run.stderr, run.code);
            if found.trim_end() != case.says.trim_end() {
                wrong.push(format!(
                    "{}\nexpected:\n{}\nfound:\n{found}",
                    case.name,
                    case.says.trim_end()
                ));
            }
            let head: String = case
                .files
                .iter()
                .map(|it| {
                    let mark = it.mark.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
                    format!("==> {}{mark}\n{}", it.path, it.text)
                })
                .collect();
            written.push_str(&format!("##### {}\n{head}##### says\n{found}\n", case.name));
        }
        if bless {
            std::fs::write(&path, written).unwrap();
        }
    }
    assert!(count >= 40, "only {count} cases were found");
    assert!(bless || wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn machines_are_told_the_same() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        for case in cases(&std::fs::read_to_string(entry.unwrap().path()).unwrap()) {
            let (text, _) = diagnosis(&case, "text");
            let (json, _) = diagnosis(&case, "json");
            assert_eq!(json.code, text.code, "{}", case.name);
            for secret in SECRETS {
                assert!(!json.stdout.contains(secret), "{}", case.name);
            }
            let told: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
            assert_eq!(told["format"], 1);
            let findings = told["findings"].as_array().unwrap();
            let headlines = text
                .stdout
                .lines()
                .filter(|it| {
                    it.ends_with(']')
                        && ["error: ", "warning: ", "note: "]
                            .iter()
                            .any(|word| it.starts_with(word))
                })
                .count();
            assert_eq!(findings.len(), headlines, "{}\n{}", case.name, text.stdout);
            for it in findings {
                let what = it["what"].as_str().unwrap();
                assert!(text.stdout.contains(what), "{}: {what}", case.name);
                for member in ["code", "severity", "why", "change"] {
                    assert!(
                        !it[member].as_str().unwrap().is_empty(),
                        "{}: {what}: {member}",
                        case.name
                    );
                }
            }
            assert_eq!(told["asked"], serde_json::json!([]));
        }
    }
}

#[test]
fn no_file_is_an_error_of_the_call() {
    let place = tempfile::tempdir().unwrap();
    for arguments in [&["doctor", "missing.json"][..], &["doctor", "--igv-dir", "missing"]] {
        igvctl(place.path(), arguments).ends(1).says("missing").says("help:");
    }
}

#[test]
fn without_a_word_the_home_folder_is_looked_at() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path();
    std::fs::create_dir(home.join("igv")).unwrap();
    std::fs::write(home.join("igv/prefs.properties"), "LAST_CHROMOSOME_VIEWED_KEY=chr1\n").unwrap();
    let home_setting = [("HOME", home.to_str().unwrap())];
    let run = support::igvctl_with(Path::new("/"), &["doctor"], &home_setting);
    run.ends(5).says("[prefs-missing]");
}

#[test]
fn the_log_that_was_written_last_counts() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("igv");
    std::fs::create_dir(&directory).unwrap();
    let now = std::time::SystemTime::now();
    let write = |name: &str, release: &str, age: u64| {
        let path = directory.join(name);
        std::fs::write(
            &path,
            format!("INFO Startup  IGV Version {release} 08/26/2024 10:15 AM\n"),
        )
        .unwrap();
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(now - std::time::Duration::from_secs(age)).unwrap();
    };
    write("igv0.log", "2.18.3", 100);
    write("igv.log", "2.8.0", 10);
    write("igv1.log", "2.6.3", 1000);
    igvctl(place.path(), &["doctor", "--offline", "--igv-dir", "igv"])
        .ends(5)
        .says("IGV 2.8.0")
        .never_says("2.18.3")
        .never_says("2.6.3");
}

/// The names of findings in a text of ours: what stands behind a word that makes one.
fn names(text: &str, found: &mut BTreeSet<String>) {
    for maker in [
        "Finding::error(",
        "Finding::warning(",
        "Finding::note(",
        "Finding::gap(",
        "wrong(",
    ] {
        for behind in text.split(maker).skip(1) {
            let name = behind
                .trim_start()
                .strip_prefix('"')
                .and_then(|it| it.split('"').next());
            found.extend(
                name.filter(|it| it.chars().all(|it| it.is_ascii_lowercase() || it == '-'))
                    .map(str::to_owned),
            );
        }
    }
}

fn sources(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            names(&std::fs::read_to_string(path).unwrap(), found);
        }
    }
}

#[test]
fn every_finding_is_documented() {
    let mut made = BTreeSet::new();
    sources(&support::root().join("crates/igvctl/src/doctor"), &mut made);
    let page = std::fs::read_to_string(support::root().join("docs/doctor.md")).unwrap();
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|it| it.strip_prefix("| `")?.split(" | ").next())
        .flat_map(|it| it.split(", ").map(|it| it.trim_matches('`').to_owned()))
        .collect();
    assert!(made.len() > 100);
    assert_eq!(made, listed);
}
