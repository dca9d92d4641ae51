//! Wrong specs, each with its whole message.
//!
//! The cases stand in `wrong/*.txt`: `##### name`, the file, `##### errors`, the messages. Unless a name begins with
//! `raw`, four lines with the facts of a stack come before the file. `IGVCTL_BLESS=1` writes the messages anew.
#![expect(clippy::disallowed_methods, reason = "a test reads its cases")]

use std::path::{Path, PathBuf};

const FACTS: &str = "version: 1\nstack: igv-demo\naccount: \"111122223333\"\nregion: ap-southeast-2\n";

struct Case {
    name: String,
    file: String,
    errors: String,
}

fn env(name: &str) -> Option<String> {
    match name {
        "MAIL" => Some("anna@example.org".to_owned()),
        "ODD" => Some("no mail at all".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the cases are there")
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    files.sort();
    files
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut parts = text.split("##### ").skip(1);
    while let (Some(file), Some(errors)) = (parts.next(), parts.next()) {
        let (name, file) = file.split_once('\n').expect("a case has lines");
        let errors = errors.strip_prefix("errors\n").expect("errors follow a file");
        cases.push(Case {
            name: name.to_owned(),
            file: file.to_owned(),
            errors: errors.to_owned(),
        });
    }
    cases
}

fn messages(case: &Case) -> String {
    let source = if case.name.starts_with("raw") {
        case.file.clone()
    } else {
        format!("{FACTS}{}", case.file)
    };
    match spec_model::parse(&source, &env) {
        Ok(_) => "no error\n".to_owned(),
        Err(errors) => errors.render("igv.yaml", &source),
    }
}

#[test]
fn every_wrong_spec_has_its_message() {
    let bless = std::env::var("IGVCTL_BLESS").is_ok();
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a case can be read");
        let mut written = String::new();
        for case in cases(&text) {
            count += 1;
            let found = messages(&case);
            let expected = case.errors.trim_end();
            if found.trim_end() != expected || !found.starts_with("error: ") {
                wrong.push(format!("{}\nexpected:\n{expected}\nfound:\n{found}", case.name));
            }
            written.push_str(&format!("##### {}\n{}##### errors\n{found}\n", case.name, case.file));
        }
        if bless {
            std::fs::write(&path, written.trim_end().to_owned() + "\n").expect("a case can be written");
        }
    }
    assert!(bless || wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(count >= 100, "there are only {count} wrong specs");
}

#[test]
fn no_two_cases_have_the_same_name() {
    let mut names: Vec<String> = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a case can be read");
        names.extend(cases(&text).into_iter().map(|case| case.name));
    }
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}
