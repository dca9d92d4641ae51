//! A real browser logs in to a sandbox that `igvctl apply` furnished, as people do before IGV opens their data.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

/// A served sandbox with a stack in it.
struct Stack {
    folder: tempfile::TempDir,
    child: Child,
    /// Where it is served.
    url: String,
    /// The published config file.
    config: String,
    /// The callback's port.
    port: u16,
}

impl Stack {
    /// Applies a spec whose user pool has these settings, and whose callback is at a free port.
    fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let spec = format!(
            "version: 1\nid: l0g1nl0g\nstack: igv-demo\naccount: \"111122223333\"\nregion: eu-central-1\n\
             user_pool:\n  domain: igv-demo\n  client: {{callback_ports: [{port}]}}\n  {settings}\n  \
             users: {{igvuser: {{email: igvuser@example.org}}}}\n\
             identity_pool: {{}}\ndata: [{{bucket: igv-demo-data}}]\nconfig: {{bucket: igv-demo-config}}\n"
        );
        std::fs::write(folder.path().join("igv.yaml"), spec).unwrap();
        let mut child = igvctl(folder.path())
            .args(["sandbox", "serve", "--sandbox=sandbox", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let first = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .next()
            .unwrap()
            .unwrap();
        let mut stack = Self {
            folder,
            child,
            url: first.rsplit(' ').next().unwrap().to_owned(),
            config: String::new(),
            port,
        };
        let option = format!("--sandbox={}", stack.url);
        let applied = said(igvctl(stack.folder.path()).args(["apply", "--yes", &option, "igv.yaml"]));
        let mut words = applied.split_whitespace();
        stack.config = words
            .rfind(|word| word.starts_with("http://") && word.ends_with(".json.gz"))
            .unwrap_or_else(|| panic!("no address of the config file in\n{applied}"))
            .to_owned();
        stack
    }

    /// Goes through a scenario of `browser.py`.
    fn browse(&self, scenario: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/login/browser.py");
        let profile = self.folder.path().join(format!("profile-{scenario}"));
        said(
            Command::new(python())
                .arg(script)
                .args([scenario, &self.config, &self.url, &self.port.to_string()])
                .arg(profile)
                .env("NO_PROXY", "*"),
        );
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary in a folder, without the caller's AWS settings.
fn igvctl(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_igvctl"));
    command
        .current_dir(folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("CI", "true");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("IGVCTL_")) {
        command.env_remove(name);
    }
    command
}

/// What a run that must succeed printed.
#[track_caller]
fn said(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(
        status.success(),
        "{command:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
    );
    stdout.into_owned()
}

/// A Python with Selenium, installed into the build folder once, and a browser for it to drive.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        // Does nothing where the browser and its driver are there.
        said(Command::new("bash").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.ci/chromium")));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-selenium-4.33");
        let lock = std::fs::File::create(folder.with_extension("lock")).unwrap();
        lock.lock().unwrap();
        let python = folder.join("bin/python");
        let done = folder.join("installed");
        if !done.exists() {
            said(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
            let install = [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "selenium==4.33.0",
            ];
            said(Command::new(&python).args(install));
            std::fs::write(done, "").unwrap();
        }
        python
    })
}

#[test]
fn a_first_password_is_changed_and_a_code_gives_what_igv_needs() {
    let stack = Stack::new("mfa: off");
    stack.browse("first_password");
    // The mailbox says in words what the browser read.
    let option = format!("--sandbox={}", stack.url);
    let mail = said(igvctl(stack.folder.path()).args(["sandbox", "mail", &option]));
    assert!(mail.contains("igvuser@example.org"), "{mail}");
}

#[test]
fn an_authenticator_app_is_set_up_and_asked_for() {
    Stack::new("mfa: required").browse("authenticator_app");
}

#[test]
fn a_wrong_callback_shows_no_login_page() {
    Stack::new("mfa: off").browse("wrong_callback");
}
