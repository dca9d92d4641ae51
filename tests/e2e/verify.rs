//! `igvctl verify` through the binary: its three forms, its exit codes, a login with and without a browser, and the
//! rights that it needs.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::support::{Run, Served, command, igvctl, igvctl_with, python, root, workplace};

const REGION: &str = "eu-west-1";
const PASSWORD: &str = "Correct-Horse-9-Battery";

fn spec(port: u16) -> String {
    format!(
        "version: 1\nstack: igv-prove\naccount: \"111122223333\"\nregion: {REGION}\n\
         user_pool: {{domain: igv-prove-example, client: {{callback_ports: [{port}]}}, users: {{anna: {{email: anna@example.org}}}}}}\n\
         identity_pool: {{}}\ndata: [{{bucket: igv-prove-data, objects: [data/example.bam]}}]\n\
         config: {{bucket: igv-prove-config}}\n"
    )
}

/// A stack on a served sandbox, and its user with a password.
fn applied(port: u16) -> (tempfile::TempDir, Served) {
    let folder = workplace(&spec(port));
    let served = Served::start(folder.path());
    igvctl(folder.path(), &["apply", &served.option(), "--yes", "igv.yaml"]).ends(0);
    served.boto3(
        REGION,
        &format!("cognito.admin_set_user_password(UserPoolId=pool_id(), Username='anna', Password='{PASSWORD}', Permanent=True)"),
    );
    (folder, served)
}

fn verify(folder: &Path, served: &Served, arguments: &[&str]) -> Run {
    let sandbox = served.option();
    let all = [&["verify", &sandbox, "igv.yaml"], arguments].concat();
    igvctl_with(folder, &all, &[("PASSWORD_OF_ANNA", PASSWORD)])
}

const LOGIN: [&str; 4] = ["--user", "anna", "--password-env", "PASSWORD_OF_ANNA"];

#[test]
fn a_login_works() {
    let (folder, served) = applied(61951);
    verify(folder.path(), &served, &LOGIN)
        .ends(0)
        .says("✓ the classic flow gives a token (GetOpenIdToken)")
        .says("✓ its BAM header can be read: sample EXAMPLE; reference chrM; read group example")
        .says("✓ nobody writes: AccessDenied")
        .says("\nA login works.\n")
        .never_says(PASSWORD);
    // Without a terminal nobody logs in, and nothing says that a login works.
    verify(folder.path(), &served, &[])
        .ends(0)
        .says("- somebody logs in, and the browser comes back with a code: not tried: there is no terminal")
        .says("a login was not tried.")
        .never_says("A login works");
    igvctl_with(
        folder.path(),
        &[
            "verify",
            &served.option(),
            "igv.yaml",
            "--user",
            "anna",
            "--password-env",
            "WRONG",
        ],
        &[("WRONG", "Wrong-Horse-9-Battery")],
    )
    .ends(5)
    .says("✗ somebody logs in, and the browser comes back with a code")
    .says("the login page says: Incorrect username or password.")
    .never_says("Wrong-Horse");
    igvctl(
        folder.path(),
        &[
            "verify",
            &served.option(),
            "igv.yaml",
            "--user",
            "anna",
            "--password-env",
            "NOBODY_SET_IT",
        ],
    )
    .ends(1)
    .says("error: --password-env NOBODY_SET_IT: this environment variable is not set");
    igvctl(
        folder.path(),
        &["verify", &served.option(), "igv.yaml", "--object", "data.bam"],
    )
    .ends(1)
    .says("error: --object data.bam: this names no object");
}

#[test]
fn what_is_broken_is_named_in_every_form() {
    let (folder, served) = applied(61952);
    served.boto3(REGION, "update_identity_pool(AllowClassicFlow=False)");
    verify(folder.path(), &served, &LOGIN)
        .ends(5)
        .says("✗ the classic flow is on")
        .says("Basic (classic) flow is not enabled, please use enhanced flow.")
        .says("help: write `classic_flow: true` under `identity_pool`, or leave it out, and apply")
        .says("\nNot as it should be:\n");
    let json = verify(folder.path(), &served, &["--format", "json"]).ends(5).stdout;
    let json: Json = serde_json::from_str(&json).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["login"], "fails");
    assert_eq!(json["exit"], 5);
    let checks = json["checks"].as_array().unwrap();
    let failed: Vec<&str> = checks
        .iter()
        .filter(|it| it["outcome"] == "failed")
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["empty", "classic_flow"]);
    assert!(
        checks
            .iter()
            .all(|it| it["seconds"].is_number() && it["topic"].is_string())
    );
    let junit = verify(folder.path(), &served, &["--format", "junit"]).ends(5).stdout;
    assert!(junit.starts_with("<?xml"), "{junit}");
    assert!(
        junit.contains("<testsuite name=\"From login to AWS credentials\""),
        "{junit}"
    );
    assert!(junit.contains("failures=\"2\""), "{junit}");
    igvctl(folder.path(), &["apply", &served.option(), "--yes", "igv.yaml"]).ends(0);
    verify(folder.path(), &served, &LOGIN).ends(0);
}

#[test]
fn a_browser_comes_back_to_the_callback() {
    let (folder, served) = applied(61953);
    let mut child = command(folder.path())
        .args(["verify", &served.option(), "igv.yaml", "--no-browser"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = lines
        .by_ref()
        .map(|it| it.unwrap())
        .find(|it| it.trim_start().starts_with("http://"))
        .unwrap();
    let mut browser = Command::new(python())
        .arg("-c")
        .arg(include_str!("python/browser.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = format!("{}\nanna\n{PASSWORD}\n", url.trim());
    browser.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let shown = browser.wait_with_output().unwrap();
    assert!(shown.status.success());
    assert!(String::from_utf8(shown.stdout).unwrap().contains("You are logged in."));
    let ended = child.wait_with_output().unwrap();
    let text = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{text}");
    assert!(text.ends_with("A login works.\n"), "{text}");
}

/// Without a server there is no address for a browser, but the form can be filled in all the same.
#[test]
fn a_sandbox_in_the_process() {
    let folder = workplace(&spec(61954));
    igvctl(folder.path(), &["verify", "--sandbox=sandbox", "igv.yaml"])
        .ends(5)
        .says("✗ everything that IGV needs is there");
    igvctl(folder.path(), &["apply", "--sandbox=sandbox", "--yes", "igv.yaml"]).ends(0);
    igvctl(
        folder.path(),
        &["verify", "--sandbox=sandbox", "igv.yaml", "--no-browser"],
    )
    .ends(0)
    .says("no browser reaches a sandbox that nobody serves; serve it with `igvctl sandbox serve --sandbox=sandbox`");
}

/// The policy that the documentation gives for plans, and the actions that it names for verify, are enough; without
/// them nothing is taken for good.
#[test]
fn the_rights_in_the_documentation_are_enough() {
    let spec = std::fs::read_to_string(root().join("specs/minimal.yaml")).unwrap();
    let folder = workplace(&spec);
    let served = Served::start_with(folder.path(), &["--authorize"]);
    igvctl(folder.path(), &["apply", &served.option(), "--yes", "igv.yaml"]).ends(0);
    let page = std::fs::read_to_string(root().join("docs/permissions.md")).unwrap();
    let block = |name: &str| {
        let (_, rest) = page.split_once(&format!("<!-- generated: {name} -->")).unwrap();
        rest.split("<!-- end -->").next().unwrap().to_owned()
    };
    let plan = block("policy plan").replace("```json", "").replace("```", "");
    let actions: Vec<String> = block("verify")
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|it| format!("\"{it}\""))
        .collect();
    let more = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": [{}], "Resource": "*"}}]}}"#,
        actions.join(", ")
    );
    let caller = |policies: &[&str]| {
        let puts: String = policies
            .iter()
            .enumerate()
            .map(|(at, it)| {
                format!("iam.put_user_policy(UserName=name, PolicyName='p{at}', PolicyDocument='''{it}''')\n")
            })
            .collect();
        let made = served.boto3(
            "ap-southeast-2",
            &format!(
                "name = 'ci-{}'\niam.create_user(UserName=name)\n{puts}\
                 key = iam.create_access_key(UserName=name)['AccessKey']\nprint(key['AccessKeyId'], key['SecretAccessKey'])",
                policies.len()
            ),
        );
        let (id, secret) = made.trim().split_once(' ').unwrap();
        igvctl_with(
            folder.path(),
            &["verify", "igv.yaml", "--no-login"],
            &[
                ("AWS_ENDPOINT_URL", served.url.as_str()),
                ("AWS_ACCESS_KEY_ID", id),
                ("AWS_SECRET_ACCESS_KEY", secret),
            ],
        )
    };
    caller(&[&plan])
        .ends(4)
        .says("? IAM's policy simulator says the same")
        .says("iam:SimulatePrincipalPolicy");
    caller(&[&plan, &more])
        .ends(0)
        .says("✓ IAM's policy simulator says the same");
}
