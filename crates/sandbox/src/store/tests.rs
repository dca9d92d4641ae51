//! Tests of the folder, with processes that are killed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::*;
use crate::Sandbox;
use crate::services;
use crate::tests::{create_role, form, json, roles};

#[test]
fn a_folder_keeps_its_world_and_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/aws");
    let sandbox = Sandbox::open(&path).unwrap();
    assert_eq!(create_role(&sandbox, "a"), 200);
    let before = sandbox.snapshot();
    drop(sandbox);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs_err::metadata(path.join("world.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let sandbox = Sandbox::open(&path).unwrap();
    assert_eq!(sandbox.snapshot(), before);
    assert_eq!(roles(&sandbox), ["a"]);
}

#[test]
fn reading_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(folder.path()).unwrap();
    sandbox.call(form("iam", "Action=ListRoles&Version=2010-05-08"));
    assert!(!folder.path().join("world.json").exists());
}

#[test]
fn the_second_is_told_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = Sandbox::open(folder.path()).unwrap();
    first.serving_at("http://127.0.0.1:4566").unwrap();
    let Err(OpenError::Locked { by, .. }) = Sandbox::open(folder.path()) else {
        panic!("the folder is locked");
    };
    assert_eq!(
        by,
        format!("process {}, serving at http://127.0.0.1:4566", std::process::id())
    );
    drop(first);
    Sandbox::open(folder.path()).unwrap();
}

#[test]
fn unfinished_files_are_swept_away_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    Sandbox::open(folder.path()).unwrap().reset();
    let unfinished = folder.path().join(format!("{UNFINISHED}a"));
    let other = folder.path().join(".tmpa");
    for file in [&unfinished, &other] {
        fs_err::write(file, "").unwrap();
    }
    Sandbox::open(folder.path()).unwrap();
    assert!(!unfinished.exists() && other.exists());
}

#[test]
fn a_folder_of_other_things_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("notes.txt"), "").unwrap();
    let Err(OpenError::Foreign { entry, .. }) = Sandbox::open(folder.path()) else {
        panic!("it is no sandbox");
    };
    assert_eq!(entry, "notes.txt");
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
    // A sandbox that was copied without its lock is one.
    let copied = tempfile::tempdir().unwrap();
    Sandbox::open(copied.path()).unwrap().reset();
    fs_err::remove_file(copied.path().join("lock")).unwrap();
    Sandbox::open(copied.path()).unwrap();
}

#[test]
fn what_is_not_a_world_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    fs_err::write(&file, "{\"seed\": \"x\"}").unwrap();
    assert!(matches!(
        Sandbox::open(folder.path()),
        Err(OpenError::Unreadable { .. })
    ));
    assert_eq!(fs_err::read_to_string(&file).unwrap(), "{\"seed\": \"x\"}");
    assert!(!folder.path().join("lock").exists());
}

fn user_pool(sandbox: &Sandbox) -> String {
    sandbox.with_world(|world| {
        let input = serde_json::json!({"PoolName": "p"});
        let made = services::ask(
            world,
            "cognito-idp",
            "CreateUserPool",
            "111122223333",
            "eu-central-1",
            input,
        );
        made.unwrap()["UserPool"]["Id"].as_str().unwrap().to_owned()
    })
}

fn cognito(sandbox: &Sandbox, operation: &str, input: &Value) -> Value {
    let request = json(&format!("AWSCognitoIdentityProviderService.{operation}"), "")
        .header("authorization", crate::tests::signed("test", "cognito-idp"))
        .body(input.to_string().into_bytes())
        .unwrap();
    let answer = sandbox.call(request);
    assert_eq!(answer.status(), 200, "{:?}", String::from_utf8_lossy(answer.body()));
    serde_json::from_slice(answer.body()).unwrap_or_default()
}

fn create_user(sandbox: &Sandbox, pool: &str, name: &str) {
    let input = serde_json::json!({"UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS"});
    cognito(sandbox, "AdminCreateUser", &input);
}

fn users(sandbox: &Sandbox, pool: &str) -> Vec<String> {
    let listed = cognito(sandbox, "ListUsers", &serde_json::json!({"UserPoolId": pool}));
    let users = listed["Users"].as_array().unwrap();
    users
        .iter()
        .map(|user| user["Username"].as_str().unwrap().to_owned())
        .collect()
}

/// The bytes of the one log in a folder.
fn log_of(folder: &Path) -> (PathBuf, Vec<u8>) {
    let mut logs: Vec<PathBuf> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(ENTRIES))
        .collect();
    assert_eq!(logs.len(), 1, "{logs:?}");
    let log = logs.remove(0);
    let bytes = fs_err::read(&log).unwrap();
    (log, bytes)
}

#[test]
fn entries_are_in_the_log_and_not_in_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(folder.path()).unwrap();
    let pool = user_pool(&sandbox);
    for name in ["ann", "ben", "cem"] {
        create_user(&sandbox, &pool, name);
    }
    let gone = serde_json::json!({"UserPoolId": pool, "Username": "ben"});
    cognito(&sandbox, "AdminDeleteUser", &gone);
    let (before, kept) = (sandbox.snapshot(), users(&sandbox, &pool));
    assert_eq!(kept, ["ann", "cem"]);
    drop(sandbox);
    let world = fs_err::read_to_string(folder.path().join("world.json")).unwrap();
    assert!(!world.contains("\"ann\"") && world.contains(&pool));
    let (log, lines) = log_of(folder.path());
    assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count(), 4);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs_err::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // A call that never ended left half a line, and another process a log of its own.
    let half = [lines.as_slice(), &lines[..20]].concat();
    fs_err::write(&log, half).unwrap();
    fs_err::write(folder.path().join("entries-7.jsonl"), "x").unwrap();
    let sandbox = Sandbox::open(folder.path()).unwrap();
    assert_eq!(sandbox.snapshot(), before);
    create_user(&sandbox, &pool, "dan");
    let before = sandbox.snapshot();
    drop(sandbox);
    let sandbox = Sandbox::open(folder.path()).unwrap();
    assert_eq!(sandbox.snapshot(), before);
    assert_eq!(log_of(folder.path()).1.iter().filter(|byte| **byte == b'\n').count(), 5);
    // What is put back has a log of its own.
    sandbox.restore(before.clone()).unwrap();
    drop(sandbox);
    assert_eq!(log_of(folder.path()).1.iter().filter(|byte| **byte == b'\n').count(), 3);
    let sandbox = Sandbox::open(folder.path()).unwrap();
    assert_eq!(sandbox.snapshot(), before);
    sandbox.reset();
    drop(sandbox);
    assert_eq!(log_of(folder.path()).1, b"");
}

#[test]
fn a_log_that_is_mostly_out_of_date_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(folder.path()).unwrap();
    let pool = user_pool(&sandbox);
    create_user(&sandbox, &pool, "ann");
    let mut longest = 0;
    for count in 0..2000 {
        let attributes = serde_json::json!([{"Name": "nickname", "Value": "n".repeat(1000)},
            {"Name": "name", "Value": count.to_string()}]);
        let input = serde_json::json!({"UserPoolId": pool, "Username": "ann", "UserAttributes": attributes});
        cognito(&sandbox, "AdminUpdateUserAttributes", &input);
        longest = longest.max(sandbox_log(&sandbox));
    }
    assert!((1 << 20..2 << 20).contains(&longest), "{longest}");
    let before = sandbox.snapshot();
    drop(sandbox);
    assert!(log_of(folder.path()).1.len() < 1 << 20);
    assert_eq!(Sandbox::open(folder.path()).unwrap().snapshot(), before);
}

fn sandbox_log(sandbox: &Sandbox) -> u64 {
    sandbox.folder_for_tests().unwrap().log().length
}

/// The environment variable that makes the test below the process that is killed.
const VICTIM: &str = "SANDBOX_TEST_VICTIM";

#[test]
fn a_killed_process_leaves_all_that_it_answered() {
    if let Ok(folder) = std::env::var(VICTIM) {
        let sandbox = Sandbox::open(Path::new(&folder)).unwrap();
        let pool = user_pool(&sandbox);
        for count in 0.. {
            create_user(&sandbox, &pool, &format!("r{count}"));
            assert_eq!(create_role(&sandbox, &format!("r{count}")), 200);
            let _ = writeln!(io::stderr(), "answered r{count}.");
        }
    }
    for wanted in [1, 7, 40] {
        let folder = tempfile::tempdir().unwrap();
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args([
                "store::tests::a_killed_process_leaves_all_that_it_answered",
                "--exact",
                "--nocapture",
            ])
            .env(VICTIM, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(victim.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let mut answered: Vec<String> = said
            .filter_map(|line| Some(line.strip_prefix("answered ")?.strip_suffix('.')?.to_owned()))
            .take(wanted)
            .collect();
        victim.kill().unwrap();
        victim.wait().unwrap();
        let sandbox = Sandbox::open(folder.path()).unwrap();
        let mut kept = roles(&sandbox);
        kept.sort();
        answered.sort();
        assert!(answered.len() == wanted && answered.iter().all(|role| kept.contains(role)));
        let snapshot = sandbox.snapshot();
        let pools = snapshot["cognito_idp"]["111122223333"]["eu-central-1"]["pools"]
            .as_object()
            .unwrap();
        let users = pools.values().next().unwrap()["users"].as_object().unwrap();
        let made = kept.iter().all(|role| users.contains_key(role));
        assert!(made, "a user comes before its role");
        for folder in [folder.path().to_owned(), folder.path().join("blobs")] {
            let left = fs_err::read_dir(folder).unwrap();
            assert!(
                left.flatten()
                    .all(|entry| !entry.file_name().to_string_lossy().starts_with(UNFINISHED))
            );
        }
    }
}
/// Ten thousand users must not make every call slow: what is written after each is the world without them.
#[test]
fn the_world_does_not_grow_with_what_is_in_its_tables() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(folder.path()).unwrap();
    let pool = user_pool(&sandbox);
    create_user(&sandbox, &pool, "ann");
    let length = || fs_err::metadata(folder.path().join("world.json")).unwrap().len();
    let before = length();
    for count in 0..200 {
        create_user(&sandbox, &pool, &format!("u{count}"));
    }
    assert!(length() < before + 20, "{before} {}", length());
}
