//! `igvctl doctor`.

use std::io::Read as _;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::{Path, PathBuf};

use applier::web::{Answer, MAX_ANSWER};
use url::Url;

use crate::args::{DoctorArgs, ReportFormat};
use crate::commands::Failure;
use crate::doctor::keys::Values;
use crate::doctor::live::{self, Asking};
use crate::doctor::{self, Diagnosis, machine, transport};
use crate::exit::Exit;
use crate::ground::{self, Choice};
use crate::report;

/// IGV's own name for itself, as Java completes it: rules that keep programs out must let this one in.
const AGENT: &str = "IGV Version 2.19.1 Java/21";

/// Looks at a published config, a file, or the IGV directory of this machine.
pub(crate) async fn run(args: &DoctorArgs, choice: &Choice) -> Result<Exit, Failure> {
    let mut diagnosis = Diagnosis::default();
    let outside = ground::outside(choice)?;
    let given = args.config.as_deref().map(Subject::of);
    let mut port = machine::PORT;
    let mut subject = given;
    if args.igv_dir.is_some() || subject.is_none() {
        let folder = folder(args.igv_dir.as_deref())?;
        let wanted = match &subject {
            Some(Subject::Url(url)) => Some(url.as_str()),
            Some(Subject::File(_)) | None => None,
        };
        let found = machine::check(&folder, wanted, &mut diagnosis.findings);
        port = found.port;
        if !args.offline && is_taken(port) {
            diagnosis.findings.push(machine::port_taken(port));
        }
        diagnosis.subject = folder.path.display().to_string();
        subject = subject.or_else(|| match (folder.local, found.url) {
            // IGV takes its own before the published one.
            (Some((path, _)), _) => Some(Subject::File(path)),
            (None, Some(url)) => Some(Subject::of(&url)),
            (None, None) => None,
        });
    }
    let mut asking = Asking {
        web: &outside.web,
        real: &|url| outside.real(url),
        announce: &|line| report::note(line),
        asked: Vec::new(),
    };
    if let Some(subject) = subject {
        let values = look(&subject, &mut asking, &mut diagnosis).await?;
        if !args.offline {
            live::check(&mut asking, &values, port, &mut diagnosis.findings).await;
        }
    }
    diagnosis.asked = asking.asked;
    diagnosis.sort();
    match args.format {
        ReportFormat::Text => {
            if !diagnosis.asked.is_empty() {
                report::note("");
            }
            report::result(&doctor::show::text(&diagnosis));
        }
        ReportFormat::Json => report::result(&report::pretty(&doctor::show::json(&diagnosis))),
    }
    Ok(diagnosis.exit())
}

/// What is looked at.
enum Subject {
    Url(String),
    File(PathBuf),
}

impl Subject {
    /// As IGV tells them apart, but for an address without its beginning, which is hardly a file.
    fn of(text: &str) -> Self {
        let lower = text.trim_start().to_ascii_lowercase();
        if let Some(path) = lower.strip_prefix("file://") {
            let path = &text.trim_start()[text.trim_start().len() - path.len()..];
            return Self::File(PathBuf::from(path));
        }
        let is_host = || {
            let host = lower.split('/').next().unwrap_or_default();
            host != lower && host.contains('.') && !host.starts_with('.') && !Path::new(text).exists()
        };
        if lower.contains("://") || lower.starts_with("https:") || lower.starts_with("http:") || is_host() {
            Self::Url(text.to_owned())
        } else {
            Self::File(PathBuf::from(text))
        }
    }
}

/// Reads the config and checks what can be seen in it.
async fn look(subject: &Subject, asking: &mut Asking<'_>, diagnosis: &mut Diagnosis) -> Result<Values, Failure> {
    let real = asking.real;
    match subject {
        Subject::File(path) => {
            let bytes = read(path).map_err(|error| {
                Failure::of(&error).help("give the address of a config, a file, or an IGV directory with `--igv-dir`")
            })?;
            let name = path.display().to_string();
            diagnosis.subject.clone_from(&name);
            Ok(doctor::document(&name, &name, &bytes, real, diagnosis))
        }
        Subject::Url(text) => {
            diagnosis.subject = transport::bare(text.trim());
            let Some(url) = transport::address(text, &mut diagnosis.findings) else {
                return Ok(Values::default());
            };
            let name = transport::bare(url.as_str());
            diagnosis.subject.clone_from(&name);
            let Some(answer) = fetch(&url, asking, diagnosis).await else {
                return Ok(Values::default());
            };
            Ok(doctor::document(&name, url.path(), &answer.body, real, diagnosis))
        }
    }
}

/// Reads a file, but not more of it than any config has.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let opened = fs_err::File::open(path)?;
    opened.take(MAX_ANSWER as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Fetches a config as IGV does; nothing where there is none.
async fn fetch(url: &Url, asking: &mut Asking<'_>, diagnosis: &mut Diagnosis) -> Option<Answer> {
    let host = url.host_str().unwrap_or_default().to_owned();
    asking.announce(&host, "for the config");
    let answer = match asking.web.get(url.as_str(), &[("user-agent", AGENT)]).await {
        Ok(answer) => answer,
        Err(error) => {
            diagnosis.findings.push(transport::unreachable(&error));
            return None;
        }
    };
    if matches!(answer.status, 403 | 406 | 429) {
        asking.announce(&host, "for the config under another program's name");
        let browser = [("user-agent", "Mozilla/5.0")];
        if let Ok(other) = asking.web.get(url.as_str(), &browser).await
            && other.status == 200
        {
            diagnosis.findings.push(transport::agent_refused(answer.status));
            return Some(other);
        }
    }
    transport::answer(url, &answer, &mut diagnosis.findings).then_some(answer)
}

/// The IGV directory that is meant.
fn folder(given: Option<&Path>) -> Result<machine::Folder, Failure> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => match std::env::home_dir() {
            Some(home) => home.join("igv"),
            None => {
                return Err(
                    Failure::own("this machine has no home folder to look for IGV's directory in")
                        .help("name it with `--igv-dir DIR`, or give the address of a config"),
                );
            }
        },
    };
    machine::read(&path).map_err(|error| {
        Failure::of(&error)
            .help("IGV's directory is `igv` in the home folder unless it was moved, or IGV is started with `--igvDirectory`; name it with `--igv-dir DIR`, or give the address of a config")
    })
}

/// Whether somebody listens on a port of this machine. Nobody is spoken to.
fn is_taken(port: u16) -> bool {
    let taken =
        |bound: std::io::Result<TcpListener>| bound.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse);
    taken(TcpListener::bind((Ipv4Addr::LOCALHOST, port))) || taken(TcpListener::bind((Ipv6Addr::LOCALHOST, port)))
}
