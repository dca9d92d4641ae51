//! What the documentation says is true: generated parts are up to date, links lead somewhere, command lines parse, and
//! every spec in it is valid.
//!
//! `UPDATE_DOCS=1 cargo test -p igvctl --test docs` writes the generated parts anew.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};
use spec_model::Kind;

/// The workspace's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .parent()
        .unwrap()
}

/// All pages, as paths from the root.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("README.md"), PathBuf::from("CHANGELOG.md")];
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "md") {
            pages.push(path.strip_prefix(root()).unwrap().to_owned());
        }
    }
    pages.sort();
    pages
}

fn read(page: &Path) -> String {
    std::fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{}: {error}", page.display()))
}

/// Compares a file with what it should be, or writes it.
fn holds(page: &Path, wanted: &str) {
    let path = root().join(page);
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    if there == wanted {
        return;
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, wanted).unwrap();
        return;
    }
    let line = there
        .lines()
        .zip(wanted.lines())
        .take_while(|(there, wanted)| there == wanted)
        .count();
    panic!(
        "{}:{} is not what the program says now; `UPDATE_DOCS=1 cargo test -p igvctl --test docs` writes it\n  there:  {}\n  wanted: {}",
        page.display(),
        line + 1,
        there.lines().nth(line).unwrap_or_default(),
        wanted.lines().nth(line).unwrap_or_default(),
    );
}

/// The page with its generated parts made anew: those between `<!-- generated: NAME -->` and `<!-- end -->`.
fn regenerated(page: &Path, make: &dyn Fn(&str) -> String) -> String {
    let text = read(page);
    let mut whole = String::new();
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once("<!-- generated: ") {
        let (name, inside) = behind.split_once(" -->\n").unwrap();
        let (_, after) = inside
            .split_once("<!-- end -->")
            .unwrap_or_else(|| panic!("{}: `{name}` has no end", page.display()));
        write!(whole, "{before}<!-- generated: {name} -->\n{}<!-- end -->", make(name)).unwrap();
        rest = after;
    }
    whole + rest
}

/// Runs the program without the caller's settings.
fn igvctl(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_igvctl"));
    for (name, _) in std::env::vars() {
        if name.starts_with("AWS_") || name.starts_with("IGVCTL_") {
            command.env_remove(name);
        }
    }
    let output = command
        .args(arguments)
        .current_dir(folder)
        .env("COLUMNS", "100")
        .env("CI", "true")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

fn fenced(language: &str, text: &str) -> String {
    let trimmed: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    format!("```{language}\n{}\n```\n", trimmed.join("\n"))
}

#[test]
fn the_reference_of_the_file_is_true() {
    holds(
        Path::new("docs/spec.md"),
        &(spec_model::reference_page().trim_end().to_owned() + "\n"),
    );
    holds(
        Path::new("docs/spec.schema.json"),
        &format!("{:#}\n", spec_model::schema()),
    );
}

#[test]
fn the_help_of_each_command_is_true() {
    let page = Path::new("docs/commands.md");
    let wanted = regenerated(page, &|name| {
        let mut words: Vec<&str> = name.split(' ').skip(1).collect();
        words.push("--help");
        let (code, help, _) = igvctl(root(), &words);
        assert_eq!(code, 0, "{name} --help");
        fenced("text", &help)
    });
    holds(page, &wanted);
    // No command is forgotten.
    let (_, help, _) = igvctl(root(), &["--help"]);
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for command in commands.lines().filter_map(|line| line.split_whitespace().next()) {
        let part = format!("<!-- generated: igvctl {command} -->");
        assert!(
            command == "help" || wanted.contains(&part),
            "`{command}` is not in {}",
            page.display()
        );
    }
}

/// A kind's actions: those that a plan needs, and those that an apply needs besides.
fn actions(kind: Kind) -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let of = |reads: bool| {
        let calls = applier::permissions(kind).iter();
        calls
            .filter(|it| it.reads == reads)
            .map(|it| it.action)
            .collect::<BTreeSet<_>>()
    };
    let (plan, apply) = (of(true), of(false));
    let more = apply.difference(&plan).copied().collect();
    (plan, more)
}

fn permissions_table() -> String {
    let list = |actions: &BTreeSet<&str>| {
        actions
            .iter()
            .map(|it| format!("`{it}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut table = "| kind | plan | apply |\n|---|---|---|\n".to_owned();
    for kind in Kind::ALL {
        let (plan, apply) = actions(*kind);
        writeln!(table, "| `{kind}` | {} | {} |", list(&plan), list(&apply)).unwrap();
    }
    table
}

/// Actions that AWS does not bind to a resource (Service Authorization Reference).
const UNBOUND: &[&str] = &[
    "cognito-identity:CreateIdentityPool",
    "cognito-identity:ListIdentityPools",
    "cognito-idp:CreateUserPool",
    "cognito-idp:DescribeUserPoolDomain",
    "cognito-idp:ListUserPools",
    "iam:ListRoles",
    "iam:RemoveRoleFromInstanceProfile",
    "tag:GetResources",
];

/// What an action of a kind is allowed on, for `specs/minimal.yaml`.
fn resources(kind: Kind, action: &str) -> Vec<&'static str> {
    const CONFIG: [&str; 2] = ["arn:aws:s3:::igv-demo-config", "arn:aws:s3:::igv-demo-config/*"];
    const DATA: [&str; 2] = ["arn:aws:s3:::igv-demo-data", "arn:aws:s3:::igv-demo-data/*"];
    if UNBOUND.contains(&action) {
        return vec!["*"];
    }
    match (action.split(':').next().unwrap(), kind) {
        ("cognito-idp", _) => vec!["arn:aws:cognito-idp:ap-southeast-2:111122223333:userpool/*"],
        ("cognito-identity", _) => vec!["arn:aws:cognito-identity:ap-southeast-2:111122223333:identitypool/*"],
        ("iam", _) => vec!["arn:aws:iam::111122223333:role/igvctl/ap-southeast-2/igv-demo/*"],
        ("s3", Kind::ConfigFile | Kind::WelcomePage) => CONFIG.to_vec(),
        ("s3", Kind::Object) => DATA.to_vec(),
        ("s3", _) => [CONFIG, DATA].concat(),
        // Distributions and access controls have ids that are not known before.
        ("cloudfront", _) => vec!["*"],
        (service, kind) => panic!("on what is {service} of {kind} allowed?"),
    }
}

/// The further IAM policy for a data bucket that a key encrypts.
fn policy_of_key() -> Json {
    let key = "arn:aws:kms:ap-southeast-2:111122223333:key/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";
    let actions: BTreeSet<&str> = applier::KMS_CALLS.iter().map(|it| it.action).collect();
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": key });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

/// The IAM policy for `specs/minimal.yaml`, with what a plan needs or what an apply needs besides.
fn policy(reads: bool) -> Json {
    let mut grants: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for kind in Kind::ALL {
        let (plan, apply) = actions(*kind);
        for action in if reads { plan } else { apply } {
            grants.entry(action).or_default().extend(resources(*kind, action));
        }
    }
    let mut statements: BTreeMap<BTreeSet<&str>, Vec<&str>> = BTreeMap::new();
    for (action, on) in grants {
        statements.entry(on).or_default().push(action);
    }
    let statements: Vec<Json> = statements
        .into_iter()
        .map(|(on, actions)| json!({ "Effect": "Allow", "Action": actions, "Resource": on }))
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[test]
fn the_permissions_are_true() {
    let page = Path::new("docs/permissions.md");
    let wanted = regenerated(page, &|name| match name {
        "permissions" => permissions_table(),
        "verify" => {
            let actions: BTreeSet<&str> = applier::verify::VERIFY_CALLS.iter().map(|it| it.action).collect();
            actions
                .iter()
                .fold(String::new(), |text, it| text + &format!("- `{it}`\n"))
        }
        "policy plan" => fenced("json", &pretty(&policy(true))),
        "policy apply" => fenced("json", &pretty(&policy(false))),
        "policy key" => fenced("json", &pretty(&policy_of_key())),
        other => panic!("nothing is known of `{other}`"),
    });
    holds(page, &wanted);
    for reads in [true, false] {
        let text = policy(reads).to_string();
        // IAM User Guide, "IAM and AWS STS quotas": a managed policy has at most 6,144 characters.
        assert!(
            text.len() <= 6144,
            "a policy of {} characters must be cut in two",
            text.len()
        );
    }
    // Looking needs no right to read data.
    let on_data = policy(true);
    let statements = on_data["Statement"].as_array().unwrap();
    for statement in statements
        .iter()
        .filter(|it| it["Resource"].to_string().contains("igv-demo-data"))
    {
        assert!(
            !statement["Action"].to_string().contains("\"s3:GetObject\""),
            "{statement}"
        );
    }
}

/// What `help:` says below errors of AWS, as a table.
fn remedies_table() -> String {
    let mut table = "| action | code | cause | remedy |\n|---|---|---|---|\n".to_owned();
    for it in applier::remedies() {
        let action = it
            .action
            .map_or_else(|| "any".to_owned(), |action| format!("`{action}`"));
        let codes: Vec<String> = it.codes.iter().map(|code| format!("`{code}`")).collect();
        let codes = if codes.is_empty() {
            "none, or 5xx".to_owned()
        } else {
            codes.join(", ")
        };
        let says = if it.says.is_empty() {
            String::new()
        } else {
            format!(" with `{}` in the message", it.says)
        };
        writeln!(table, "| {action} | {codes}{says} | {} | {} |", it.cause, it.remedy).unwrap();
    }
    table
}

#[test]
fn the_remedies_are_true() {
    let page = Path::new("docs/troubleshooting.md");
    let wanted = regenerated(page, &|name| match name {
        "remedies" => remedies_table(),
        other => panic!("nothing is known of `{other}`"),
    });
    holds(page, &wanted);
}

/// A policy in the order in which people write one.
fn pretty(policy: &Json) -> String {
    policy::Document::parse(&policy.to_string()).unwrap().to_pretty()
}

/// The names of all tests, those of property tests too.
fn names_of_tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![root().join("crates"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let mut marked = false;
                for line in text.lines().map(str::trim) {
                    // Property tests take their arguments from strategies.
                    let is_test = marked || line.contains(" in ") || line.ends_with("(");
                    if let Some((_, name)) = line.split_once("fn ").filter(|_| is_test) {
                        names.extend(name.split(['(', '<']).next().map(str::to_owned));
                        marked = false;
                    } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                        marked = true;
                    }
                }
            }
        }
    }
    names
}

/// The number with which a test's name begins.
fn lesson_of(test: &str) -> Option<u32> {
    test.strip_prefix('l')?.split_once('_')?.0.parse().ok()
}

/// The names in backticks that are those of tests: words bound by underscores.
fn named_tests(cell: &str) -> BTreeSet<String> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted.filter(|it| it.contains('_')).map(str::to_owned).collect()
}

#[test]
fn every_lesson_has_its_answer() {
    let page = Path::new("docs/lessons.md");
    let tests = names_of_tests();
    let mut rows: BTreeSet<u32> = BTreeSet::new();
    let mut wanted = String::new();
    let mut stale = Vec::new();
    for line in read(page).lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number = cells
            .get(1)
            .and_then(|it| it.strip_prefix('L'))
            .and_then(|it| it.parse().ok());
        let Some(number) = number else {
            writeln!(wanted, "{line}").unwrap();
            continue;
        };
        let [_, _, rule, own, otherwise, _] = cells[..] else {
            panic!("L{number} has {} cells", cells.len());
        };
        assert!(rows.insert(number), "L{number} stands twice");
        let found: BTreeSet<String> = tests
            .iter()
            .filter(|it| lesson_of(it) == Some(number))
            .cloned()
            .collect();
        // A test more may be missing from the page; a test that is gone may not stand on it.
        if !named_tests(own).is_subset(&found) {
            stale.push(number);
        }
        let others = named_tests(otherwise);
        assert!(
            others.is_subset(&tests),
            "L{number} names tests that are not there: {:?}",
            others.difference(&tests)
        );
        let waits = ["not built yet: ", "cannot apply: "]
            .iter()
            .any(|it| otherwise.contains(it));
        assert!(
            !found.is_empty() || !others.is_empty() || waits,
            "L{number} has no answer"
        );
        let names: Vec<String> = found.iter().map(|it| format!("`{it}`")).collect();
        let row = format!("| L{number} | {rule} | {} | {otherwise} |", names.join(", "));
        writeln!(wanted, "{}", row.replace("|  |", "| |").replace("|  |", "| |")).unwrap();
    }
    assert_eq!(rows, (1..=82).collect());
    if !stale.is_empty() || std::env::var_os("UPDATE_DOCS").is_some() {
        holds(page, &wanted);
    }
}

/// Copies the example specs into a folder.
fn with_specs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("specs/data")).unwrap();
    for name in ["minimal.yaml", "data/example.bam", "data/example.bam.bai"] {
        std::fs::copy(root().join("specs").join(name), folder.path().join("specs").join(name)).unwrap();
    }
    folder
}

/// What the README's first command shows, and what a removed user looks like.
fn screen() -> String {
    let folder = with_specs();
    let (code, plan, progress) = igvctl(folder.path(), &["apply", "--sandbox", "--yes", "specs/minimal.yaml"]);
    assert_eq!(code, 0, "{plan}{progress}");
    let mut text = "$ cargo run -- apply --sandbox --yes specs/minimal.yaml\n".to_owned();
    let (heading, progress) = progress.split_once('\n').unwrap();
    writeln!(text, "{heading}\n").unwrap();
    let steps: Vec<&str> = plan.split("\n\n").collect();
    for (at, step) in steps.iter().enumerate() {
        if at < 3 {
            writeln!(text, "{step}\n").unwrap();
        } else if at == 3 {
            text.push_str("…\n\n");
        } else if step.starts_with("Plan: ") {
            for line in step.lines().filter(|it| it.starts_with("Plan: ")) {
                writeln!(text, "{line}").unwrap();
            }
        }
    }
    // Times and, where steps do not depend on each other, their order are another each time.
    for line in progress.lines().filter(|it| it.starts_with('✓')) {
        writeln!(text, "{}", line.rsplit_once("  ").map_or(line, |(line, _)| line)).unwrap();
    }
    let url = plan.lines().find(|it| it.starts_with("Provisioning URL")).unwrap();
    writeln!(
        text,
        "\nReport: {}\n\n{url}",
        progress.split("Report: ").nth(1).unwrap().lines().next().unwrap()
    )
    .unwrap();
    for line in progress
        .lines()
        .filter(|it| it.starts_with("In IGV") || it.starts_with("Then "))
    {
        writeln!(text, "{line}").unwrap();
    }
    let spec = folder.path().join("specs/minimal.yaml");
    let without = std::fs::read_to_string(&spec)
        .unwrap()
        .replace("igvuser: {email: igvuser@example.org}", "");
    std::fs::write(&spec, without).unwrap();
    let (code, plan, _) = igvctl(folder.path(), &["plan", "--sandbox", "specs/minimal.yaml"]);
    assert_eq!(code, 0, "{plan}");
    writeln!(
        text,
        "\n$ # take `igvuser` out of the file\n$ cargo run -- plan --sandbox specs/minimal.yaml\n{plan}"
    )
    .unwrap();
    fenced("text", &text)
}

/// A screen in the form in which two runs are equal.
fn settled(screen: &str) -> BTreeSet<String> {
    let id = |word: &str| word.contains(".cloudfront.net/") || word.starts_with("ap-southeast-2_");
    let line = |line: &str| {
        line.split(' ')
            .map(|it| if id(it) { "ID" } else { it })
            .collect::<Vec<_>>()
            .join(" ")
    };
    screen.lines().map(line).collect()
}

#[test]
fn the_screen_of_the_readme_is_real() {
    let page = Path::new("README.md");
    let there = read(page);
    let wanted = regenerated(page, &|_| screen());
    if settled(&there) != settled(&wanted) {
        holds(page, &wanted);
    }
}

/// The names in the first column of the tables of a part of a page.
fn members(text: &str, heading: &str) -> BTreeSet<String> {
    let part = text
        .split(heading)
        .nth(1)
        .unwrap_or_else(|| panic!("`{heading}` is not there"));
    let part = part.split("\n##").next().unwrap();
    let cell = |line: &str| line.strip_prefix("| `")?.split('`').next().map(str::to_owned);
    part.lines().filter_map(cell).collect()
}

fn keys(json: &Json) -> BTreeSet<String> {
    json.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_json_forms_are_described_member_by_member() {
    let folder = with_specs();
    let page = read(Path::new("docs/commands.md"));
    let json = |arguments: &[&str]| {
        let (code, text, error) = igvctl(folder.path(), arguments);
        assert_eq!(code, 0, "{error}");
        serde_json::from_str::<Json>(&text).unwrap()
    };
    let plan = json(&[
        "plan",
        "--sandbox",
        "--format",
        "json",
        "--out",
        "saved.plan.json",
        "specs/minimal.yaml",
    ]);
    let described = members(&page, "### The plan, format 1");
    assert_eq!(described, &keys(&plan) | &keys(&plan["steps"][0]));
    let saved = std::fs::read_to_string(folder.path().join("saved.plan.json")).unwrap();
    let saved: Json = serde_json::from_str(&saved).unwrap();
    assert_eq!(members(&page, "## Plan files"), keys(&saved));
    let report = json(&["apply", "--sandbox", "--yes", "--format", "json", "specs/minimal.yaml"]);
    let described = members(&page, "### The report, format 1");
    assert_eq!(described, &keys(&report) | &keys(&report["results"][0]));
    for (form, json) in [("plan", &plan), ("report", &report)] {
        assert!(page.contains(&format!("### The {form}, format {}\n", json["format"])));
    }
}

/// The blocks between fences, with their language and the line of their first line.
fn blocks(text: &str) -> Vec<(String, usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (at, line) in text.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), at + 2, String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, _, block)), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    blocks
}

/// The text without its fenced blocks, line by line.
fn prose(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.lines()
        .map(|line| {
            let fence = line.trim_start().starts_with("```");
            let hidden = inside || fence;
            inside ^= fence;
            if hidden { "" } else { line }
        })
        .collect()
}

/// A heading's anchor, as forges make it.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'))
        .map(|it| if it == ' ' { '-' } else { it })
        .collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).into_iter().filter(|it| it.starts_with('#'));
    headings.map(|it| anchor(it.trim_start_matches('#'))).collect()
}

/// The targets of a line's links.
fn links(line: &str) -> Vec<&str> {
    line.split("](").skip(1).filter_map(|it| it.split(')').next()).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut linked = BTreeSet::new();
    for page in pages() {
        let text = read(&page);
        for (at, line) in prose(&text).into_iter().enumerate() {
            for target in links(line).into_iter().filter(|it| !it.starts_with("https://")) {
                let here = format!("{}:{}: `{target}`", page.display(), at + 1);
                let (file, part) = target
                    .split_once('#')
                    .map_or((target, None), |(file, part)| (file, Some(part)));
                let file = if file.is_empty() {
                    page.clone()
                } else {
                    page.parent().unwrap().join(file)
                };
                assert!(root().join(&file).exists(), "{here} is not there");
                if let Some(part) = part {
                    assert!(anchors(&read(&file)).contains(part), "{here} has no such heading");
                }
                linked.insert(file);
            }
        }
    }
    for page in pages() {
        assert!(
            page == Path::new("README.md") || linked.contains(&page),
            "nothing leads to {}",
            page.display()
        );
    }
}

/// The command lines of `igvctl` in a text: those in blocks, and those in backticks.
fn command_lines(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (language, _, block) in blocks(text) {
        if language == "text" || language == "rust" {
            continue;
        }
        for line in block.replace("\\\n", " ").lines() {
            found.push(line.to_owned());
        }
    }
    for line in prose(text) {
        found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    found.iter().flat_map(|it| commands_of(it)).collect()
}

/// The parts of a shell line that run `igvctl`, itself or by Cargo, without what the shell does around them.
fn commands_of(line: &str) -> Vec<String> {
    let line = line.split(" # ").next().unwrap();
    line.split(['|', '>', ';', '&'])
        .filter_map(|part| {
            let part = part.trim().trim_start_matches(['-', '$', ' ']);
            let part = part.strip_prefix("run: ").unwrap_or(part);
            part.strip_prefix("igvctl ")
                .or_else(|| part.strip_prefix("cargo run -- "))
        })
        .map(|it| it.trim().trim_end_matches(" 2").to_owned())
        .collect()
}

#[test]
fn every_command_line_parses() {
    let mut checked = 0;
    for page in pages() {
        for line in command_lines(&read(&page)) {
            let mut words: Vec<&str> = line.split_whitespace().collect();
            // What cannot be parsed is refused before help is printed.
            words.push("--help");
            let (code, _, error) = igvctl(root(), &words);
            assert_eq!(code, 0, "{}: `igvctl {line}`\n{error}", page.display());
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} command lines were found");
}

#[test]
fn what_the_program_says_to_type_is_known() {
    let (_, help, _) = igvctl(root(), &["--help"]);
    let exists = |command: &str| help.contains(&format!("  {command} "));
    for page in [read(Path::new("docs/spec.md")), spec_model::schema().to_string()] {
        for part in page.split("`igvctl ").skip(1) {
            let command: String = part
                .chars()
                .take_while(|it| it.is_alphanumeric() || *it == '-')
                .collect();
            assert!(exists(&command), "there is no `igvctl {command}`");
        }
    }
}

/// The sections that fragments are put into.
const BASE: &[(&str, &str)] = &[
    ("version", "version: 1\n"),
    ("stack", "stack: igv-demo\n"),
    ("account", "account: \"111122223333\"\n"),
    ("region", "region: ap-southeast-2\n"),
    ("user_pool", "user_pool: {domain: igv-demo-example}\n"),
    ("identity_pool", "identity_pool: {}\n"),
    ("data", "data: [{bucket: igv-demo-data}]\n"),
    ("config", "config: {bucket: igv-demo-config}\n"),
];

/// A fragment's sections in the place of the base's; a file that is whole stays as it is.
fn completed(fragment: &str) -> String {
    if fragment.contains("version: 1\n") {
        return fragment.to_owned();
    }
    let written: BTreeSet<&str> = fragment
        .lines()
        .filter(|it| !it.starts_with([' ', '#', '-']))
        .filter_map(|it| it.split(':').next())
        .collect();
    let base = BASE.iter().filter(|(name, _)| !written.contains(name));
    base.map(|(_, text)| *text).collect::<String>() + fragment
}

#[test]
fn every_spec_is_valid() {
    let mut checked = 0;
    for page in pages() {
        for (language, line, block) in blocks(&read(&page)) {
            // Files of CI systems say so in their first line.
            if language != "yaml" || block.starts_with("# .git") {
                continue;
            }
            let text = completed(&block);
            if let Err(errors) = spec_model::parse(&text, &|_| Some("secret".to_owned())) {
                panic!("{}:{line}\n{}", page.display(), errors.render("spec.yaml", &text));
            }
            checked += 1;
        }
    }
    assert!(checked >= 4, "only {checked} specs were found");
    for name in ["minimal.yaml", "full.yaml"] {
        let text = read(&Path::new("specs").join(name));
        if let Err(errors) = spec_model::parse(&text, &|_| None) {
            panic!("{}", errors.render(name, &text));
        }
    }
}

#[test]
fn every_json_block_is_json() {
    for page in pages() {
        for (language, line, block) in blocks(&read(&page)) {
            if language == "json" {
                let parsed: Result<Json, _> = serde_json::from_str(&block);
                assert!(parsed.is_ok(), "{}:{line}: {}", page.display(), parsed.unwrap_err());
            }
        }
    }
}

#[test]
fn documentation_names_documentation_values_only() {
    for page in pages() {
        for (at, line) in read(&page).lines().enumerate() {
            let digits = line.split(|it: char| !it.is_ascii_digit()).filter(|it| it.len() == 12);
            for account in digits {
                assert!(
                    ["111122223333", "444455556666"].contains(&account),
                    "{}:{}: {account} may be somebody's account",
                    page.display(),
                    at + 1
                );
            }
        }
    }
}
