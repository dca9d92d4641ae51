//! Installs, starts and stops ministack.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::python::python;

/// What is installed. `cryptography` is not among ministack's own needs, and without it its tokens cannot be verified
/// (M0).
const PACKAGES: &[&str] = &["ministack==1.5.33", "cryptography==50.0.2", "boto3==1.43.11"];

/// The Python that has ministack and boto3.
pub(crate) fn python_of_ministack() -> PathBuf {
    python("python-ministack-1.5.33", PACKAGES)
}

/// A ministack that listens on loopback as long as this lives.
pub(crate) struct Ministack {
    child: Child,
    address: SocketAddrV4,
}

impl Ministack {
    /// Starts one that checks signatures and policies, on a free port.
    pub(crate) fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port.unwrap().port());
        let mut child = Command::new(python_of_ministack())
            .args(["-m", "ministack"])
            .env("AUTH", "true")
            .env("BIND_HOST", address.ip().to_string())
            .env("GATEWAY_PORT", address.port().to_string())
            // Its MQTT and SFTP listeners do not heed BIND_HOST (M0b).
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("DOCKER_HOST", "unix:///nonexistent")
            .env("NO_PROXY", "*")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let listening = format!("Running on http://{address}");
        let said: Vec<String> = log.by_ref().take_while(|it| !it.contains(&listening)).collect();
        let ready = get(address, "/_ministack/ready");
        assert!(ready.contains(" 200 "), "{ready}\n{}", said.join("\n"));
        // A full pipe would stop it.
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The head of an answer.
fn get(address: SocketAddrV4, path: &str) -> String {
    let mut answer = String::new();
    let asked = TcpStream::connect(address).and_then(|mut stream| {
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        stream.read_to_string(&mut answer)
    });
    match asked {
        Ok(_) => answer,
        Err(error) => format!("{path}: {error}"),
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        // It ends in order when it is told to, and is waited for.
        let told = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        if !told.is_ok_and(|it| it.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
