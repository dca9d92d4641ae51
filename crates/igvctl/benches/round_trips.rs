//! How many round trips a plan with nothing to do waits for, one after the other.
//!
//! A sandbox is served on loopback behind a proxy that delays: a byte takes half a round trip each way, and a new
//! connection takes one round trip before anything goes through it. The real binary plans through it at 80 ms and at
//! 1 ms; what both cost alike (starting, computing) falls out of the difference.
//!
//! `cargo bench -p igvctl --bench round_trips --profile dev` prints it; the exit code is 1 when it is more than
//! [`MOST`].

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement may panic, and prints"
)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use sandbox::Sandbox;

/// The most round trips that the longest path may have.
const MOST: f64 = 7.0;
/// How often each delay is measured; the fastest run counts, because everything else only adds.
const RUNS: usize = 7;
const SLOW: u64 = 80;
const FAST: u64 = 1;

/// One pool, two users, a role, two buckets and a distribution.
const SPEC: &str = r#"
version: 1
id: bench001
stack: igv-bench
account: "111122223333"
region: ap-southeast-2
user_pool:
  domain: igv-bench-example
  users:
    anna: {email: anna@example.org}
    bert: {email: bert@example.org}
identity_pool: {}
data: [{bucket: igv-bench-data, objects: [example.bam]}]
config: {bucket: igv-bench-config, distribution: {}}
"#;

fn main() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("spec.yaml");
    std::fs::write(&spec, SPEC).unwrap();
    for name in ["example.bam", "example.bam.bai"] {
        std::fs::write(folder.path().join(name), b"not much of a BAM file").unwrap();
    }

    let sandbox = Sandbox::in_memory(1);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let serving = sandbox.clone();
    runtime.spawn(async move { serving.serve(listener, false).await });
    let delay = Arc::new(AtomicU64::new(FAST));
    let far = proxy(address, Arc::clone(&delay));

    let applied = igvctl(&["apply", "--yes"], address, &spec);
    assert!(applied.success(), "apply: {applied}");
    sandbox.clear_calls();
    let mut best: BTreeMap<u64, Duration> = BTreeMap::new();
    for round in 0..RUNS {
        for milliseconds in [FAST, SLOW] {
            delay.store(milliseconds, Ordering::Relaxed);
            let begun = Instant::now();
            let planned = igvctl(&["plan", "--detailed-exitcode"], far, &spec);
            let took = begun.elapsed();
            assert!(planned.success(), "there was something to do: {planned}");
            let least = best.entry(milliseconds).or_insert(took);
            *least = took.min(*least);
        }
        if round == 0 {
            print_calls(&sandbox);
        }
    }
    let trips = (best[&SLOW].as_secs_f64() - best[&FAST].as_secs_f64()) * 1000.0 / (SLOW - FAST) as f64;
    println!(
        "plan at {FAST} ms: {:.0?}, at {SLOW} ms: {:.0?}",
        best[&FAST], best[&SLOW]
    );
    println!("round trips on the longest path: {trips:.2} (at most {MOST})");
    runtime.shutdown_background();
    if trips <= MOST {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs the real binary against an address.
fn igvctl(words: &[&str], address: SocketAddr, spec: &Path) -> std::process::ExitStatus {
    let output = Command::new(env!("CARGO_BIN_EXE_igvctl"))
        .arg(format!("--sandbox=http://{address}"))
        .args(words)
        .arg(spec)
        .output()
        .unwrap();
    if !output.status.success() {
        println!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    output.status
}

/// The calls of one plan; the second half of the first round made as many again.
fn print_calls(sandbox: &Sandbox) {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for call in sandbox.calls() {
        *counts.entry((call.service.to_owned(), call.operation)).or_default() += 1;
    }
    for ((service, operation), count) in &counts {
        println!("{:>4}  {service} {operation}", count / 2);
    }
    println!("{:>4}  calls", counts.values().sum::<usize>() / 2);
}

/// Listens in front of an address and delays what goes through.
fn proxy(to: SocketAddr, delay: Arc<AtomicU64>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for near in listener.incoming() {
            let (near, far) = (near.unwrap(), TcpStream::connect(to).unwrap());
            near.set_nodelay(true).unwrap();
            far.set_nodelay(true).unwrap();
            let trip = Duration::from_millis(delay.load(Ordering::Relaxed));
            // SYN and SYN-ACK: only then could the caller have begun to send.
            let connected = Instant::now() + trip;
            delayed(near.try_clone().unwrap(), far.try_clone().unwrap(), connected, trip / 2);
            delayed(far, near, connected, trip / 2);
        }
    });
    address
}

/// Passes bytes on, each half a round trip later, none before the connection stands.
fn delayed(mut from: TcpStream, to: TcpStream, connected: Instant, half: Duration) {
    let (send, receive) = channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || pass_on(to, receive));
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Some(count) = from.read(&mut buffer).ok().filter(|count| *count > 0) {
            if !arrive(&send, Instant::now().max(connected) + half, &buffer[..count]) {
                return;
            }
        }
    });
}

fn arrive(send: &Sender<(Instant, Vec<u8>)>, due: Instant, bytes: &[u8]) -> bool {
    send.send((due, bytes.to_vec())).is_ok()
}

fn pass_on(mut to: TcpStream, receive: Receiver<(Instant, Vec<u8>)>) {
    for (due, bytes) in receive {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            return;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
