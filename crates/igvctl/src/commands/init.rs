//! `igvctl init`.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{ErrorKind, IsTerminal, Write};

use crate::args::InitArgs;
use crate::commands::{Failure, apply};
use crate::exit::Exit;
use crate::report;

const TEMPLATE: &str = include_str!("init.yaml");

/// Writes a first spec.
pub(crate) fn run(args: &InitArgs) -> Result<Exit, Failure> {
    let path = &args.file;
    // Before anything is asked. Writing refuses too, whatever comes in between.
    if std::fs::symlink_metadata(path).is_ok() {
        return Err(taken(args));
    }
    let stack = value(
        "--stack",
        "A short name for this backend, such as igv-lab",
        args.stack.as_deref(),
    )?;
    let account = value("--account", "The AWS account, twelve digits", args.account.as_deref())?;
    let region = value(
        "--region",
        "The AWS region of the data, such as eu-central-1",
        args.region.as_deref(),
    )?;
    let text = filled(&stack, &account, &region, &fresh_id());
    if let Err(errors) = spec_model::parse(&text, &|_| None) {
        let mut failure = Failure::spec(errors.render(&path.display().to_string(), &text));
        failure.lines.push(format!("{} was not written", path.display()));
        return Err(failure);
    }
    let file = fs_err::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| {
        if error.kind() == ErrorKind::AlreadyExists {
            taken(args)
        } else {
            Failure::of(&error)
        }
    })?;
    file.write_all(text.as_bytes()).map_err(|error| {
        // Half a file would be in the way of the next try.
        let _ = fs_err::remove_file(path);
        Failure::of(&error)
    })?;
    let shown = path.display();
    report::result(&format!("Wrote {shown}. Read it, put people and data in, and then:"));
    report::result(&format!(
        "  igvctl validate {shown}\n  igvctl plan --sandbox {shown}    (on an AWS inside the program)\n  igvctl plan {shown}              (on AWS)"
    ));
    Ok(Exit::Done)
}

fn taken(args: &InitArgs) -> Failure {
    Failure::own(format!(
        "{} is there already; it was left as it is",
        args.file.display()
    ))
    .help("name another file: `igvctl init other.yaml`")
    .with(Exit::Blocked)
}

/// What is given, else what is answered.
fn value(option: &str, question: &str, given: Option<&str>) -> Result<String, Failure> {
    let text = match given {
        Some(text) => text.to_owned(),
        None if std::io::stdin().is_terminal() => {
            report::note(&format!("{question}:"));
            apply::answer().unwrap_or_default()
        }
        None => {
            return Err(Failure::own(format!("nothing was written: `{option}` is not given"))
                .help("there is no terminal to ask on; give `--account`, `--region` and `--stack`"));
        }
    };
    // Whether it is a good name is for the file's own checks to say. It must only not become more than a name in it.
    if text.is_empty() || !text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-') {
        return Err(
            Failure::own(format!("nothing was written: {text:?} is nothing for `{option}`"))
                .help("letters, digits and `-`"),
        );
    }
    Ok(text)
}

/// The spec with its places filled in.
fn filled(stack: &str, account: &str, region: &str, id: &str) -> String {
    // Names that are unique over all of AWS get the id, so that nobody has them. Cognito takes no prefix with its own
    // or Amazon's name in it.
    let domain = format!("{stack}-{id}");
    let domain = if ["aws", "amazon", "cognito"].iter().any(|it| domain.contains(it)) {
        format!("igv-{id}")
    } else {
        domain
    };
    [
        ("{id}", id),
        ("{stack}", stack),
        ("{account}", account),
        ("{region}", region),
        ("{domain}", &domain),
        ("{data}", &format!("{stack}-data-{id}")),
        ("{config}", &format!("{stack}-config-{id}")),
    ]
    .iter()
    .fold(TEMPLATE.to_owned(), |text, (place, with)| text.replace(place, with))
}

/// Eight of `a-z` and `0-9`, another each time; it only has to differ from those of other files.
fn fresh_id() -> String {
    const SIGNS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    loop {
        // The standard library seeds these from the system's randomness.
        let mut rest = RandomState::new().build_hasher().finish();
        let id: String = (0..8)
            .map(|_| {
                let sign = SIGNS[usize::try_from(rest % 36).unwrap_or_default()];
                rest /= 36;
                char::from(sign)
            })
            .collect();
        // Not a word that the login page's address may not have, and nothing that YAML would read as a number.
        if !id.contains("aws") && id.starts_with(|it: char| it.is_ascii_lowercase()) {
            return id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_a_spec_whatever_the_id() {
        let mut ids = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let id = fresh_id();
            for stack in ["igv-lab", "aws-igv", "abcdefghijklmnopqrst-"] {
                let text = filled(stack, "012345678901", "eu-central-1", &id);
                spec_model::parse(&text, &|_| None)
                    .unwrap_or_else(|errors| panic!("{}", errors.render("igv.yaml", &text)));
            }
            ids.insert(id);
        }
        assert_eq!(ids.len(), 200);
    }

    #[test]
    fn what_is_commented_out_may_be_written() {
        let text = filled("igv-lab", "111122223333", "eu-central-1", "abcd1234")
            .replace("  users: {} #", "  users: #")
            .replace("  #  anna", "    anna")
            .replace("  #  bert", "    bert")
            .replace("    # objects:\n    #   - data", "    objects:\n      - data")
            .replace("  # - bucket", "  - bucket")
            .replace("  #   existing", "    existing")
            .replace("  #   prefixes", "    prefixes")
            .replace("# adopt:\n#   user", "adopt:\n  user");
        let spec =
            spec_model::parse(&text, &|_| None).unwrap_or_else(|errors| panic!("{}", errors.render("igv.yaml", &text)));
        let addresses: Vec<String> = spec.resources.keys().map(ToString::to_string).collect();
        for wanted in [
            "user.anna",
            "user.bert",
            "object.igv-lab-data-abcd1234/data/NA12878.bam",
            "welcome_page.main",
        ] {
            assert!(addresses.iter().any(|it| it == wanted), "{wanted}: {addresses:?}");
        }
        assert_eq!((spec.granted.len(), spec.adopt.len()), (1, 1));
    }
}
