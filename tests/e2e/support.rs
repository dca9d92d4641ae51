//! Runs the real binary, serves sandboxes, and lets boto3 look at them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The workspace's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .parent()
        .unwrap()
}

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Run {
    /// Expects an exit code, and shows everything where it is another.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Expects a text in what was printed.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        assert!(
            columns(&all).contains(&columns(text)),
            "`{text}` is not in\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Expects that a text was not printed.
    #[track_caller]
    pub(crate) fn never_says(self, text: &str) -> Self {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        assert!(
            !all.contains(text),
            "`{text}` is in\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}

/// A text without the widths of its columns, which follow the longest entry.
fn columns(text: &str) -> String {
    text.lines()
        .map(|line| {
            line.split(' ')
                .filter(|it| !it.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Runs `igvctl` in a folder, without the caller's AWS settings.
pub(crate) fn igvctl(folder: &Path, arguments: &[&str]) -> Run {
    igvctl_with(folder, arguments, &[])
}

/// Runs `igvctl` with settings of the environment.
pub(crate) fn igvctl_with(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Run {
    let output = command(folder)
        .args(arguments)
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Run {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

/// The binary in a folder, without the caller's AWS settings.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_igvctl"));
    command
        .current_dir(folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        // No AWS config files, unless a test writes some.
        .env("HOME", folder.join("home"))
        .env("CI", "true");
    for (name, _) in std::env::vars().filter(|(name, _)| {
        name.starts_with("AWS_") && name != "AWS_EC2_METADATA_DISABLED"
            || name.starts_with("IGVCTL_")
            || name.to_ascii_uppercase().ends_with("_PROXY")
    }) {
        command.env_remove(name);
    }
    command
}

/// A sandbox that is served as long as this lives.
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
}

impl Served {
    /// Serves the sandbox of a folder on a free port of loopback.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// The same with further options of `sandbox serve`.
    pub(crate) fn start_with(folder: &Path, options: &[&str]) -> Self {
        let mut child = command(folder)
            .args(["sandbox", "serve", "--sandbox=sandbox", "--port", "0"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let url = first.rsplit(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{first}");
        Self { child, url }
    }

    /// The option with which commands work on it.
    pub(crate) fn option(&self) -> String {
        format!("--sandbox={}", self.url)
    }

    /// Runs a Python script with boto3 against it, for the documentation's account and a region.
    #[track_caller]
    pub(crate) fn boto3(&self, region: &str, script: &str) -> String {
        let prelude = include_str!("python/prelude.py");
        let output = Command::new(python())
            .arg("-c")
            .arg(format!("{prelude}\n{script}"))
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", "111122223333")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox")
            .env("AWS_DEFAULT_REGION", region)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("NO_PROXY", "*")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "--- script\n{script}\n--- stdout\n{}\n--- stderr\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // The sandbox writes before it answers, so a kill loses nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A Python with boto3.
pub(crate) fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| crate::python::python("python-boto3-1.43", &["boto3==1.43.11"]))
}

/// A folder with a spec and its data file.
pub(crate) fn workplace(spec: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("igv.yaml"), spec).unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    for name in ["example.bam", "example.bam.bai"] {
        std::fs::copy(
            root().join("specs/data").join(name),
            folder.path().join("data").join(name),
        )
        .unwrap();
    }
    folder
}
