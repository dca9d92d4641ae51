//! The same sequences of operations on the sandbox and on ministack; where the answers differ, `docs/testing.md` says
//! who is right.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::ministack::Ministack;

/// A served sandbox, ended with this.
struct Served(std::process::Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_sandbox_and_ministack_differ_only_where_the_table_says() {
    let ministack = Ministack::start();
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_igvctl"))
        .args(["sandbox", "serve", "--sandbox=sandbox", "--port", "0"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().next();
    let _served = Served(child);
    let said = said.unwrap().unwrap();
    let sandbox = said.rsplit(' ').next().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(ministack.python())
        .arg(root.join("tests/differential/differential.py"))
        .args(["--sandbox", sandbox, "--ministack", &ministack.url(), "--table"])
        .arg(root.join("docs/testing.md"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Written past the test harness, which keeps what a passing test prints.
    writeln!(std::io::stdout(), "{}", printed.lines().last().unwrap_or_default()).unwrap();
}
