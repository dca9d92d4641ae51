//! What a run says on the ground of real accounts: whose credentials, which endpoints, what it may not do.
//!
//! Nothing here leaves loopback, and each message is compared whole.

use std::path::Path;

use crate::canned::{Answer, Canned};
use crate::support::{Run, Served, igvctl, igvctl_with, workplace};

const SPEC: &str = include_str!("../specs/kill-first.yaml");
const TITLE: &str = "igvctl  igv-kill in eu-central-1, account 111122223333";
const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "111122223333"),
    ("AWS_SECRET_ACCESS_KEY", "canary"),
];

/// Writes `~/.aws/config`.
fn configure(folder: &Path, text: &str) {
    let home = folder.join("home/.aws");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("config"), text).unwrap();
}

/// Runs a command with settings, and expects how it ends and all it prints.
#[track_caller]
fn says(folder: &Path, arguments: &[&str], settings: &[(&str, &str)], code: i32, what: &str, rest: &str) -> Run {
    let run = igvctl_with(folder, arguments, settings).ends(code).never_says("canary");
    assert_eq!(run.stderr, format!("{TITLE} ({what})\n\n{rest}"));
    assert_eq!(run.stdout, "");
    run
}

/// The same for every command that asks AWS: none of them begins anything.
#[track_caller]
fn all_say(folder: &Path, settings: &[(&str, &str)], code: i32, what: &str, rest: &str) {
    for arguments in [
        &["plan", "igv.yaml"][..],
        &["drift", "igv.yaml"],
        &["config", "igv.yaml"],
        &["verify", "igv.yaml"],
        &["apply", "igv.yaml", "--yes"],
        &["destroy", "igv.yaml", "--consent", "igv-kill"],
    ] {
        says(folder, arguments, settings, code, what, rest);
    }
}

const LOG_IN: &str = "  help: log in (`aws sso login`, `aws configure`), or name a profile that exists with `--profile`; or try `--sandbox`, which needs none\n";

#[test]
fn without_credentials_the_remedy_is_named() {
    let folder = workplace(SPEC);
    all_say(
        folder.path(),
        &[],
        1,
        "AWS",
        &format!("error: cannot tell which AWS account this is\n  cause: no AWS credentials were found\n{LOG_IN}"),
    );
}

#[test]
fn a_profile_that_is_not_there_is_never_passed_over() {
    let folder = workplace(SPEC);
    let plan = ["plan", "igv.yaml", "--profile", "nix"];
    let none = "error: there is no AWS profile `nix`\n  help: no profile is in `~/.aws/config` and `~/.aws/credentials`: `aws configure sso` makes one\n";
    says(folder.path(), &plan, &KEYS, 1, "AWS, profile nix", none);
    configure(
        folder.path(),
        "[default]\nregion = eu-west-1\n[profile clinic]\nregion = eu-west-1\n",
    );
    let others = "error: there is no AWS profile `nix`\n  help: these are there: clinic, default\n";
    says(folder.path(), &plan, &KEYS, 1, "AWS, profile nix", others);
    let named = [("AWS_PROFILE", "nix")];
    all_say(folder.path(), &named, 1, "AWS, profile nix of AWS_PROFILE", others);
}

#[test]
fn a_config_file_that_cannot_be_parsed_is_named_with_its_line() {
    let folder = workplace(SPEC);
    let file = folder.path().join("home/.aws/config");
    for (text, wrong) in [
        (
            "[default\nregion = x\n",
            "on line 1: Profile definition must end with ']'",
        ),
        (
            "[default]\naws_secret_access_key canary\n",
            "on line 2: Expected an '=' sign defining a property",
        ),
    ] {
        configure(folder.path(), text);
        all_say(
            folder.path(),
            &KEYS,
            1,
            "AWS",
            &format!(
                "error: cannot use the AWS config files: error parsing {} {wrong}\n  help: correct the file; `aws configure list` reads it too\n",
                file.display()
            ),
        );
    }
}

#[test]
fn a_login_by_sso_that_is_missing_names_the_command() {
    let folder = workplace(SPEC);
    configure(
        folder.path(),
        "[profile clinic]\nsso_session = work\nsso_account_id = 111122223333\nsso_role_name = igv\n\
         [sso-session work]\nsso_region = eu-central-1\nsso_start_url = http://127.0.0.1:1/start\n",
    );
    all_say(
        folder.path(),
        &[("AWS_PROFILE", "clinic")],
        1,
        "AWS, profile clinic of AWS_PROFILE",
        "error: cannot tell which AWS account this is\n  cause: nobody is logged in by SSO, or no longer\n  help: log in: `aws sso login --profile clinic`\n",
    );
}

#[test]
fn a_token_file_that_is_missing_is_named() {
    let folder = workplace(SPEC);
    let settings = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "no/token"),
        ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/igv"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
    ];
    all_say(
        folder.path(),
        &settings,
        1,
        "AWS, every service at http://127.0.0.1:1",
        "error: cannot tell which AWS account this is\n  cause: the web identity token file no/token cannot be read: No such file or directory (os error 2)\n  help: let the job write its identity token there, or unset AWS_WEB_IDENTITY_TOKEN_FILE\n",
    );
}

const NO_ANSWER: &str = "error: cannot tell which AWS account this is\n  cause: sts:GetCallerIdentity: client error (Connect): tcp connect error: Connection refused (os error 111)\n  help: no answer came: check the network, proxy settings and the endpoint (`aws sts get-caller-identity`); or try `--sandbox`\n";

#[test]
fn without_a_network_it_ends_within_seconds() {
    let folder = workplace(SPEC);
    let settings = [&KEYS[..], &[("AWS_ENDPOINT_URL", "http://me:canary@127.0.0.1:1")]].concat();
    let what = "AWS, every service at http://127.0.0.1:1";
    all_say(folder.path(), &settings, 1, what, NO_ANSWER);
    // Behind a proxy that is not there, nothing reaches AWS itself.
    let settings = [&KEYS[..], &[("HTTPS_PROXY", "http://127.0.0.1:1")]].concat();
    let tunnel = NO_ANSWER.replace(
        "tcp connect",
        "tunnel error: failed to create underlying connection: tcp connect",
    );
    all_say(folder.path(), &settings, 1, "AWS", &tunnel);
}

#[test]
fn an_endpoint_that_is_no_address_is_shown() {
    let folder = workplace(SPEC);
    for url in ["nonsense", "http://", "ftp://127.0.0.1:1"] {
        let settings = [&KEYS[..], &[("AWS_ENDPOINT_URL", url)]].concat();
        all_say(
            folder.path(),
            &settings,
            1,
            &format!("AWS, every service at {url}"),
            &format!(
                "error: the endpoint override `{url}` is no HTTP address; nothing was looked at\n  help: write it like `http://127.0.0.1:4566`, in `AWS_ENDPOINT_URL`, its form for one service, or `endpoint_url` of the profile\n"
            ),
        );
    }
}

#[test]
fn a_profile_on_the_command_line_wins_over_keys_of_the_environment() {
    let folder = workplace(SPEC);
    let aws = Canned::start(Answer::Account("444455556666"));
    configure(
        folder.path(),
        &format!(
            "[profile clinic]\naws_access_key_id = OFTHEPROFILE\naws_secret_access_key = canary\nendpoint_url = {}\n",
            aws.url
        ),
    );
    let wrong = "error: these credentials belong to account 444455556666, the spec says 111122223333; nothing was looked at\n  help: log in to account 111122223333, or name its profile with `--profile`\n";
    let what = format!("AWS, profile clinic, every service at {}", aws.url);
    let plan = ["plan", "igv.yaml", "--profile", "clinic"];
    says(folder.path(), &plan, &KEYS, 3, &what, wrong);
    assert!(aws.requests()[0].contains("Credential=OFTHEPROFILE/"));
    // Where the environment names both, the SDK takes its keys.
    let both = [&KEYS[..], &[("AWS_PROFILE", "clinic")]].concat();
    let what = format!(
        "AWS, keys of the environment, not profile clinic of AWS_PROFILE, every service at {}",
        aws.url
    );
    says(folder.path(), &["plan", "igv.yaml"], &both, 3, &what, wrong);
    assert!(aws.requests()[1].contains("Credential=111122223333/"));
    assert_eq!(aws.requests().len(), 2);
}

#[test]
fn another_account_is_refused_before_the_first_look_and_the_region_is_the_specs() {
    let folder = workplace(SPEC);
    let aws = Canned::start(Answer::Account("444455556666"));
    let settings = [
        &KEYS[..],
        &[
            ("AWS_ENDPOINT_URL", aws.url.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-west-2"),
        ],
    ]
    .concat();
    all_say(
        folder.path(),
        &settings,
        3,
        &format!("AWS, every service at {}", aws.url),
        "error: these credentials belong to account 444455556666, the spec says 111122223333; nothing was looked at\n  help: log in to account 111122223333, or name its profile with `--profile`\n",
    );
    let requests = aws.requests();
    assert_eq!(requests.len(), 6, "one of each command");
    for request in requests {
        assert!(request.contains("Action=GetCallerIdentity"), "{request}");
        assert!(request.contains("/eu-central-1/sts/aws4_request"), "{request}");
    }
}

#[test]
fn an_expired_token_is_said_at_the_start_and_on_the_way() {
    let folder = workplace(SPEC);
    let expired = Canned::start(Answer::Expired);
    let settings = [&KEYS[..], &[("AWS_ENDPOINT_URL", expired.url.as_str())]].concat();
    all_say(
        folder.path(),
        &settings,
        1,
        &format!("AWS, every service at {}", expired.url),
        "error: cannot tell which AWS account this is\n  cause: sts:GetCallerIdentity: ExpiredToken: The security token included in the request is expired (request r-1)\n  help: log in again (`aws sso login`), or set new keys\n",
    );
    let later = Canned::start(Answer::Account("111122223333"));
    let settings = [&KEYS[..], &[("AWS_ENDPOINT_URL", later.url.as_str())]].concat();
    let title = format!("{TITLE} (AWS, every service at {})\n\n", later.url);
    let help = "help: the credentials ran out on the way, or do not count: log in again, then run again\n";
    let refused = "error: nothing was changed, because the plan is blocked or incomplete\n  help: mend what is marked `!` or `?` above; closing steps alone can be carried out with `--tightening`\n";
    let plan = igvctl_with(folder.path(), &["plan", "igv.yaml"], &settings).ends(4);
    assert_eq!(plan.stderr, format!("{title}{help}"));
    let apply = igvctl_with(folder.path(), &["apply", "igv.yaml", "--yes"], &settings).ends(4);
    assert_eq!(apply.stderr, format!("{title}{help}{refused}"));
    let writes = ["Create", "Put", "Delete", "Update", "Set", "Tag"];
    for request in later.requests() {
        let line = request.lines().next().unwrap_or_default();
        let target = request
            .lines()
            .find_map(|it| it.strip_prefix("x-amz-target: "))
            .unwrap_or_default();
        assert!(!line.starts_with("PUT") && !line.starts_with("DELETE"), "{request}");
        assert!(!writes.iter().any(|it| target.contains(&format!(".{it}"))), "{request}");
        assert!(
            !writes.iter().any(|it| request.contains(&format!("Action={it}"))),
            "{request}"
        );
    }
}

#[test]
fn overrides_of_some_services_only_are_refused_unless_allowed() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let url = served.url.as_str();
    let all = [&KEYS[..], &[("AWS_ENDPOINT_URL", url)]].concat();
    let run = igvctl_with(folder.path(), &["apply", "igv.yaml", "--yes"], &all).ends(0);
    assert_eq!(
        run.stderr.lines().next(),
        Some(format!("{TITLE} (AWS, every service at {url})").as_str())
    );
    let mixed = |others: &str| {
        format!(
            "error: endpoint overrides send some services elsewhere, while {others} would be asked at AWS; nothing was looked at\n  help: set `AWS_ENDPOINT_URL` for all of them, or none; if it is meant so, add `--allow-mixed-endpoints`\n"
        )
    };
    let some = [
        &KEYS[..],
        &[("AWS_ENDPOINT_URL_IAM", url), ("AWS_ENDPOINT_URL_STS", url)],
    ]
    .concat();
    let others = "Cognito Identity Provider, Cognito Identity, S3, CloudFront, Resource Groups Tagging API";
    all_say(
        folder.path(),
        &some,
        3,
        &format!("AWS, IAM, STS at {url}"),
        &mixed(others),
    );
    let alone = [&KEYS[..], &[("AWS_ENDPOINT_URL_S3", url)]].concat();
    let others = "Cognito Identity Provider, Cognito Identity, IAM, CloudFront, STS, Resource Groups Tagging API";
    all_say(folder.path(), &alone, 3, &format!("AWS, S3 at {url}"), &mixed(others));
    // Allowed, the others are asked at AWS: here they are behind a proxy that is not there.
    let allowed = [&alone[..], &[("HTTPS_PROXY", "http://127.0.0.1:1")]].concat();
    let plan = ["plan", "igv.yaml", "--allow-mixed-endpoints"];
    let tunnel = NO_ANSWER.replace(
        "tcp connect",
        "tunnel error: failed to create underlying connection: tcp connect",
    );
    says(folder.path(), &plan, &allowed, 1, &format!("AWS, S3 at {url}"), &tunnel);
    let ignored = [&allowed[..], &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]].concat();
    says(folder.path(), &["plan", "igv.yaml"], &ignored, 1, "AWS", &tunnel);
    // Two addresses, and none left to AWS, are no mixture.
    let named = url.replace("127.0.0.1", "localhost");
    let two = [&all[..], &[("AWS_ENDPOINT_URL_IAM", named.as_str())]].concat();
    igvctl_with(folder.path(), &["drift", "igv.yaml"], &two)
        .ends(0)
        .says("IAM at http://localhost:");
}

/// The explanation with which IAM refuses, and which the sandbox gives for a refused action.
fn denied(action: &str, on: &str) -> String {
    format!(
        "User: arn:aws:iam::111122223333:root is not authorized to perform: {action} on resource: {on} with an explicit deny in an identity-based policy"
    )
}

/// Runs a command on a served sandbox as if that were AWS.
fn on(served: &Served, folder: &Path, arguments: &[&str]) -> Run {
    let settings = [&KEYS[..], &[("AWS_ENDPOINT_URL", served.url.as_str())]].concat();
    igvctl_with(folder, arguments, &settings)
}

fn world(folder: &Path) -> String {
    igvctl(folder, &["sandbox", "dump", "--sandbox=sandbox"]).ends(0).stdout
}

const ROLE: &str = "igvctl-eu-central-1-igv-kill-signed-in";
const PATH: &str = "role/igvctl/eu-central-1/igv-kill/";

#[test]
fn a_refused_read_is_exit_4_and_names_the_right() {
    let folder = workplace(SPEC);
    let folder = folder.path();
    on(&Served::start(folder), folder, &["apply", "igv.yaml", "--yes"]).ends(0);
    let before = world(folder);
    let served = Served::start_with(folder, &["--refuse", "iam:GetRole"]);
    let role = format!("arn:aws:iam::111122223333:{PATH}{ROLE}");
    let expected = format!(
        "! blocked role.signed-in\n    could not be read (iam:GetRole: AccessDenied: {})\n    help: grant `iam:GetRole` to whoever runs this\n\n",
        denied("iam:GetRole", &role)
    );
    for arguments in [
        &["plan", "igv.yaml"][..],
        &["drift", "igv.yaml"],
        &["apply", "igv.yaml", "--yes"],
    ] {
        let run = on(&served, folder, arguments).ends(4);
        assert!(run.stdout.starts_with(&expected), "{}", run.stdout);
    }
    on(&served, folder, &["destroy", "igv.yaml", "--consent", "igv-kill"]).ends(4);
    drop(served);
    assert_eq!(world(folder), before);
}

#[test]
fn a_refused_write_names_the_right_and_the_next_run_goes_on() {
    let folder = workplace(SPEC);
    let folder = folder.path();
    let role = format!("arn:aws:iam::111122223333:{PATH}{ROLE}");
    let changed = SPEC.replace("identity_pool: {}", "identity_pool: {}\naccess: {max_session: 2 hours}");
    assert_ne!(changed, SPEC);
    for (spec, action, command) in [
        (SPEC, "iam:CreateRole", &["apply", "igv.yaml", "--yes"][..]),
        (&changed, "iam:UpdateRole", &["apply", "igv.yaml", "--yes"]),
        (
            &changed,
            "iam:DeleteRole",
            &["destroy", "igv.yaml", "--consent", "igv-kill"],
        ),
    ] {
        std::fs::write(folder.join("igv.yaml"), spec).unwrap();
        let refusing = Served::start_with(folder, &["--refuse", action]);
        let run = on(&refusing, folder, command).ends(1);
        drop(refusing);
        let (_, failed) = run.stderr.split_once("  failed  ").unwrap();
        let (failed, rest) = failed.split_once(" (request ").unwrap();
        let why = denied(action, &role);
        assert_eq!(failed, format!("role.signed-in: {action}: AccessDenied: {why}"));
        let help = rest.lines().nth(1).unwrap();
        assert_eq!(help.trim(), format!("help: grant `{action}` to whoever runs this"));
        on(&Served::start(folder), folder, command).ends(0);
    }
}

#[test]
fn l47_apply_ends_when_aws_has_accepted() {
    let folder = workplace(SPEC);
    let folder = folder.path();
    let served = Served::start_with(folder, &["--deploy-delay", "3h"]);
    let begun = std::time::Instant::now();
    on(&served, folder, &["apply", "igv.yaml", "--yes"])
        .ends(0)
        .says("distribution.config");
    assert!(begun.elapsed().as_secs() < 50, "it waited");
    on(&served, folder, &["apply", "igv.yaml", "--yes"]).ends(0);
}
