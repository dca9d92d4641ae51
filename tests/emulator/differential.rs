//! The same operations on the sandbox and on ministack: they answer alike, but where `docs/testing.md` says why not.

use std::io::Write;
use std::net::TcpListener;
use std::process::Command;

use sandbox::Sandbox;

use crate::lists::root;
use crate::ministack::{Ministack, python_of_ministack};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_and_ministack_differ_only_in_what_is_known() {
    let ministack = Ministack::start();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let sandbox = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { Sandbox::in_memory(7).serve(listener, false).await });
    let mut command = Command::new(python_of_ministack());
    command
        .arg(root().join("tests/differential/differential.py"))
        .args(["--sandbox", &sandbox, "--ministack", &ministack.url(), "--table"])
        .arg(root().join("docs/testing.md"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("NO_PROXY", "*")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    serving.abort();
    drop(ministack);
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{wrong}");
    // Written past the test harness, which keeps what a passing test prints.
    std::io::stdout().write_all(said.as_bytes()).unwrap();
}
