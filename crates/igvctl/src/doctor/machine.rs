//! The IGV directory of a machine: which config IGV takes there, its port, and which release it is.
//!
//! How IGV reads `prefs.properties` is `igv/preferences.rs`; which releases are known for what, `igv/versions.rs`.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::doctor::finding::{Finding, Page, quote};
use crate::doctor::json::Span;
use crate::doctor::transport;
use crate::igv::folder::{LOCAL, MOST, PREFERENCES};
use crate::igv::preferences::{self, KEY};
use crate::igv::versions::{self, Verdict, Version};

/// IGV's port unless the preferences say otherwise.
pub(crate) const PORT: u16 = 60151;
/// The logs of IGV: the current ones, the one before, and that of old releases.
const LOGS: [&str; 3] = ["igv0.log", "igv1.log", "igv.log"];

/// What lies in an IGV directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folder {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// The preferences.
    pub(crate) prefs: Option<Vec<u8>>,
    /// A config of its own: its path and bytes.
    pub(crate) local: Option<(PathBuf, Vec<u8>)>,
    /// The logs, the newest first: name and text.
    pub(crate) logs: Vec<(String, String)>,
}

/// What IGV does on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Machine {
    /// The address that the preferences name.
    pub(crate) url: Option<String>,
    /// The port that IGV listens on.
    pub(crate) port: u16,
}

/// Reads an IGV directory.
pub(crate) fn read(path: &Path) -> io::Result<Folder> {
    if !fs_err::metadata(path)?.is_dir() {
        return Err(io::Error::other(format!("{} is no directory", path.display())));
    }
    let mut folder = Folder {
        path: path.to_owned(),
        prefs: file(&path.join(PREFERENCES))?,
        ..Folder::default()
    };
    for name in LOCAL {
        let at = path.join(name);
        if let Some(bytes) = file(&at)? {
            folder.local = Some((at, bytes));
            break;
        }
    }
    let mut logs = Vec::new();
    for name in LOGS {
        let at = path.join(name);
        if let Some(bytes) = file(&at)? {
            let changed = fs_err::metadata(&at)?.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            logs.push((changed, name.to_owned(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    logs.sort_by_key(|it| std::cmp::Reverse(it.0));
    folder.logs = logs.into_iter().map(|(_, name, text)| (name, text)).collect();
    Ok(folder)
}

/// A file's bytes; nothing where there is none.
fn file(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let opened = match fs_err::File::open(path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !opened.metadata()?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    opened.take(MOST).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Checks an IGV directory; `wanted` is the address that people are to use.
pub(crate) fn check(folder: &Folder, wanted: Option<&str>, findings: &mut Vec<Finding>) -> Machine {
    let prefs = folder
        .prefs
        .as_deref()
        .map(|it| String::from_utf8_lossy(it).into_owned());
    let text = prefs.unwrap_or_default();
    let name = folder.path.join(PREFERENCES).display().to_string();
    let lines = lines(&text);
    let url = url(folder, &name, &text, &lines, wanted, findings);
    let port = port(&name, &text, &lines, findings);
    if let Some((path, _)) = &folder.local {
        local_wins(path, url.as_deref(), wanted, findings);
    }
    log(folder, findings);
    Machine { url, port }
}

/// One line of the preferences, as text.
struct Line<'a> {
    section: Option<&'a str>,
    key: &'a str,
    value: Option<&'a str>,
    /// In characters.
    span: Span,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    // What IGV goes by are signs of one byte, so the pieces between them are whole characters.
    let piece = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
    let (mut at, mut characters) = (0, 0);
    let read = preferences::read(text.as_bytes()).into_iter();
    read.map(|line| {
        let whole = &text[line.place.clone()];
        characters += text[at..line.place.start].chars().count();
        let span = characters..characters + whole.chars().count();
        (at, characters) = (line.place.end, span.end);
        // A line without a name sets nothing.
        let value = line.value.filter(|_| !line.key.is_empty());
        Line {
            section: line.part.map(piece),
            key: value.map_or(whole, |_| piece(line.key)),
            value: value.map(piece),
            span,
        }
    })
    .collect()
}

/// A page of the preferences on which one line is shown, up to what may be secret.
fn page(name: &str, text: &str, line: &Line<'_>) -> Page {
    let mut page = Page::new(name, text);
    let shown = text
        .chars()
        .skip(line.span.start)
        .take(line.span.len())
        .enumerate()
        // A line that is commented out begins with what ends others.
        .take_while(|(at, it)| *at == 0 || !matches!(it, '?' | '@' | '#'))
        .count();
    page.show(&(line.span.start..line.span.start + shown));
    page
}

fn url(
    folder: &Folder,
    name: &str,
    text: &str,
    lines: &[Line<'_>],
    wanted: Option<&str>,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let set: Vec<&Line<'_>> = lines
        .iter()
        .filter(|it| it.key == KEY && it.value.is_some() && it.section.is_none())
        .collect();
    let Some(line) = set.last() else {
        nearly(folder, name, text, lines, findings);
        return None;
    };
    let place = page(name, text, line).place(&line.span);
    let value = line.value.unwrap_or_default();
    if value.trim().is_empty() {
        if folder.local.is_none() {
            findings.push(
                Finding::error("prefs-missing", format!("`{KEY}` is empty"))
                    .at(place)
                    .why("IGV loads no config and shows no Amazon menu")
                    .change("write the address behind the `=`, or enter it in *View > Preferences > Advanced*"),
            );
        }
        return None;
    }
    if let [.., before, _] = set.as_slice()
        && before.value != line.value
    {
        findings.push(
            Finding::warning("prefs-twice", format!("`{KEY}` stands in {PREFERENCES} more than once"))
                .at(place.clone())
                .why("IGV takes the last one; the others say something else")
                .change("remove all but the right one"),
        );
    }
    let quoted = value.trim().starts_with(['"', '\'']);
    if quoted {
        findings.push(
            Finding::error("prefs-quotes", "the address stands in quotes")
                .at(place)
                .why("IGV takes the quotes for a part of the address and loads nothing: it shows no Amazon menu")
                .change("write it without quotes"),
        );
        return Some(value.trim().trim_matches(['"', '\'']).to_owned());
    }
    let mut of_address = Vec::new();
    let usable = transport::address(value, &mut of_address).is_some();
    findings.extend(of_address.into_iter().map(|it| it.at(place.clone())));
    let repaired = value.replace('\\', "");
    let repaired = repaired.trim();
    if let Some(wanted) = wanted.map(str::trim).filter(|it| *it != repaired) {
        findings.push(
            Finding::error(
                "prefs-elsewhere",
                format!("the preferences lead to {}", quote(&transport::bare(repaired))),
            )
            .at(place)
            .why("IGV loads that config, not the one that was asked about, and people log in to another environment")
            .change(format!("write `{KEY}={}`", transport::bare(wanted))),
        );
    }
    (usable || !repaired.contains(char::is_whitespace)).then(|| repaired.to_owned())
}

/// A line that was meant to name the address, and does not.
fn nearly(folder: &Folder, name: &str, text: &str, lines: &[Line<'_>], findings: &mut Vec<Finding>) {
    let bare = |key: &str| -> String {
        key.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|it| it.to_ascii_uppercase())
            .collect()
    };
    let near = lines.iter().find(|it| {
        let key = bare(it.key);
        key == "PROVISIONINGURL" || (it.value.is_none() || it.key.contains(':')) && key.starts_with("PROVISIONINGURL")
    });
    let local = folder.local.is_some();
    let why = if local {
        "IGV never looks at that address, only at the config in its directory"
    } else {
        "IGV loads no config and shows no Amazon menu"
    };
    let Some(line) = near else {
        if !local {
            findings.push(
                Finding::error("prefs-missing", format!("IGV on this machine is not told of any config: {name} has no `{KEY}`"))
                    .why(why)
                    .change(format!("enter the address in *View > Preferences > Advanced > OAuth provisioning URL*, or add the line `{KEY}=https://…`")),
            );
        }
        return;
    };
    let place = page(name, text, line).place(&line.span);
    let (what, because, change) = if line.key.starts_with(['#', '!']) {
        (
            format!("`{KEY}` is commented out"),
            String::new(),
            "remove the sign at the beginning of the line".to_owned(),
        )
    } else if let (KEY, Some(section)) = (line.key, line.section) {
        (
            format!("`{KEY}` stands in the section `##{section}`"),
            "IGV looks for it before the first section: ".to_owned(),
            format!("move the line `{KEY}=…` before the first line that begins with `##`"),
        )
    } else {
        let written = line.key.split_inclusive(':').next().unwrap_or_default();
        (
            format!("{} is not `{KEY}=`", quote(written)),
            "IGV compares the name letter by letter, spaces too: ".to_owned(),
            format!("write `{KEY}=https://…`, without any space around the `=`"),
        )
    };
    let finding = if local {
        Finding::warning("prefs-name", what)
    } else {
        Finding::error("prefs-name", what)
    };
    findings.push(finding.at(place).why(format!("{because}{why}")).change(change));
}

fn port(name: &str, text: &str, lines: &[Line<'_>], findings: &mut Vec<Finding>) -> u16 {
    let set = lines
        .iter()
        .rev()
        .find(|it| it.key == "PORT_NUMBER" && it.value.is_some() && it.section.is_none());
    let Some(line) = set else { return PORT };
    let place = page(name, text, line).place(&line.span);
    match line.value.unwrap_or_default().parse::<u16>() {
        Ok(PORT) => PORT,
        Ok(port) if port > 0 => {
            findings.push(
                Finding::warning("port-other", format!("IGV on this machine listens on port {port}"))
                    .at(place)
                    .why(format!("the login comes back to `http://localhost:{port}/oauthCallback`: unless that is a callback of the app client, the login page says `redirect_mismatch`"))
                    .change(format!("register that callback, or set `PORT_NUMBER={PORT}`")),
            );
            port
        }
        Ok(_) | Err(_) => {
            findings.push(
                Finding::error("port-other", "`PORT_NUMBER` is no port")
                    .at(place)
                    .why("IGV cannot listen for the login and asks for a token in a window instead")
                    .change(format!("set `PORT_NUMBER={PORT}`, or remove the line")),
            );
            PORT
        }
    }
}

fn local_wins(path: &Path, url: Option<&str>, wanted: Option<&str>, findings: &mut Vec<Finding>) {
    let what = format!("IGV on this machine has a config of its own: {}", path.display());
    let why = "IGV takes it in the place of the published one, without saying so: what is published never arrives here";
    let change = "remove or rename it, and restart IGV";
    if wanted.is_some() {
        findings.push(Finding::error("local-wins", what).why(why).change(change));
    } else if url.is_some() {
        findings.push(Finding::warning("local-wins", what).why(why).change(change));
    }
}

/// The release, and what the last run of IGV says of its config. Lines of the log are never shown: they may hold tokens.
fn log(folder: &Folder, findings: &mut Vec<Finding>) {
    let found = folder.logs.iter().find_map(|(name, text)| {
        let start = text.rfind("IGV Version ")?;
        Some((name, &text[start..]))
    });
    let Some((name, run)) = found else { return };
    let version = run.lines().next().and_then(Version::of_log_line);
    findings.extend(version.as_ref().and_then(release));
    let path = folder.path.join(name);
    if run.contains("Error fetching oAuth properties") {
        findings.push(
            Finding::warning(
                "log-not-loaded",
                format!(
                    "IGV could not load its config when it last started ({})",
                    path.display()
                ),
            )
            .why("then it shows no Amazon menu until it is started anew")
            .change("mend what stands above, then restart IGV"),
        );
    }
    if run.contains("Address already in use") {
        findings.push(
            Finding::warning(
                "log-port-taken",
                format!(
                    "IGV could not listen on its port when it last started ({})",
                    path.display()
                ),
            )
            .why("then a login never comes back to it")
            .change("close the other program, or the other IGV, and restart"),
        );
    }
}

/// What is known of the installed release; nothing where it is good.
fn release(version: &Version) -> Option<Finding> {
    let text = &version.text;
    let Some(known) = versions::of(version) else {
        return Some(
            Finding::note("igv-version", format!("this igvctl knows nothing of IGV {text}"))
                .why("it is none of those that were tried")
                .change("if something does not work, try IGV 2.19.1"),
        );
    };
    let finding = match known.verdict {
        Verdict::Good => return None,
        Verdict::Works => Finding::warning("igv-version", format!("IGV {text} works with limits")),
        Verdict::Poor => Finding::warning("igv-version", format!("IGV {text} works poorly with AWS")),
        Verdict::No => Finding::error("igv-version", format!("IGV {text} does not work with AWS")),
    };
    let why = format!("{}: {}", known.names, known.why);
    Some(
        finding
            .why(why)
            .change("take IGV 2.17.0 to 2.18.1, or 2.19.0 or 2.19.1"),
    )
}

/// What it means that a port is taken.
pub(crate) fn port_taken(port: u16) -> Finding {
    Finding::warning("port-taken", format!("something on this machine listens on port {port} already"))
        .why("if that is no IGV, a login never comes back to IGV: it waits for ever; if it is one, a second IGV cannot log in")
        .change("close the other program, or set another port in IGV's preferences and register its callback")
}
