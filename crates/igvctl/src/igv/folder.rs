//! IGV's folder on this computer, `igv` in somebody's home folder, and what is written there.

use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::commands::Failure;
use crate::exit::Exit;
use crate::igv::preferences;

/// IGV's preferences.
pub(crate) const PREFERENCES: &str = "prefs.properties";

/// Files by which IGV's login is set on this computer, before any address counts: the first in all releases, the second
/// from 2.15.0 (`OAuthUtils.fetchOauthConfigs`).
pub(crate) const LOCAL: [&str; 2] = ["oauth-config.json", "oauth-config-custom.json"];

/// What IGV makes in its folder; any of it shows that a folder is one.
const SIGNS: [&str; 6] = [
    PREFERENCES,
    "genomes",
    "igv.log",
    "igv0.log",
    "autosave",
    "oauth-config.json",
];

/// Preferences longer than this are not IGV's.
pub(crate) const MOST: u64 = 4 * 1024 * 1024;

/// What was done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The preferences.
    pub(crate) file: PathBuf,
    /// The address that was there before.
    pub(crate) before: Option<String>,
    /// Where the former preferences are kept; nothing where nothing was written or there were none.
    pub(crate) backup: Option<PathBuf>,
    /// Whether anything was written.
    pub(crate) changed: bool,
    /// Files on this computer that come before the address.
    pub(crate) winning: Vec<PathBuf>,
}

/// Sets the address in the preferences of an IGV folder.
pub(crate) fn set_url(folder: &Path, url: &str, any: bool) -> Result<Written, Failure> {
    let cannot = |what: &str, error: &io::Error| Failure::own(format!("cannot {what}: {error}; nothing was written"));
    if url.chars().any(char::is_control) {
        return Err(Failure::own(
            "the address has control characters in it; nothing was written",
        ));
    }
    make_sure(folder, any)?;
    let named = folder.join(PREFERENCES);
    // Preferences that are a link stay one: what it leads to is written.
    let file = match fs::canonicalize(&named) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(&named).is_err() => named.clone(),
        Err(error) => return Err(cannot(&format!("follow {}", named.display()), &error)),
    };
    let there = match fs::metadata(&file) {
        Ok(it) => Some(it),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(cannot(&format!("look at {}", file.display()), &error)),
    };
    if let Some(it) = &there {
        check(it, &file)?;
    }
    let old = match &there {
        Some(_) => fs::read(&file).map_err(|error| cannot(&format!("read {}", file.display()), &error))?,
        None => Vec::new(),
    };
    let new = preferences::with_url(&old, url);
    let mut written = Written {
        before: preferences::url(&old),
        changed: there.is_none() || new != old,
        backup: None,
        winning: winning(folder),
        file: named,
    };
    if written.changed {
        if let Some(there) = &there {
            let backup = keep(&file, there, &old).map_err(|error| cannot("keep the former preferences", &error))?;
            written.backup = Some(backup);
        }
        replace(&file, there.as_ref(), &new)
            .map_err(|error| cannot(&format!("write {}", written.file.display()), &error))?;
    }
    Ok(written)
}

/// Files on this computer that come before the address.
fn winning(folder: &Path) -> Vec<PathBuf> {
    LOCAL
        .iter()
        .map(|name| folder.join(name))
        .filter(|it| it.exists())
        .collect()
}

/// Refuses what is no folder of IGV's, unless that is meant.
fn make_sure(folder: &Path, any: bool) -> Result<(), Failure> {
    let help = "name the folder `igv` of your home folder, after IGV has run once; or add `--any-dir`";
    match fs::metadata(folder) {
        Ok(it) if !it.is_dir() => Err(Failure::own(format!(
            "{} is no folder; nothing was written",
            folder.display()
        ))),
        Ok(_) if any || SIGNS.iter().any(|name| folder.join(name).exists()) => Ok(()),
        Ok(_) => Err(Failure::own(format!(
            "{} does not look like a folder of IGV's; nothing was written",
            folder.display()
        ))
        .help(help)
        .with(Exit::Blocked)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && any => fs::create_dir(folder)
            .map_err(|error| Failure::own(format!("cannot make the folder: {error}; nothing was written"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::own(format!(
            "there is no folder {}; nothing was written",
            folder.display()
        ))
        .help(help)
        .with(Exit::Blocked)),
        Err(error) => Err(Failure::own(format!(
            "cannot look at the folder: {error}; nothing was written"
        ))),
    }
}

/// Refuses what cannot be preferences, before it is opened: reading a pipe would never end.
fn check(there: &Metadata, file: &Path) -> Result<(), Failure> {
    let problem = if !there.is_file() {
        "is no file"
    } else if there.len() > MOST {
        "is too long for preferences of IGV"
    } else if there.permissions().readonly() {
        "may only be read"
    } else {
        return Ok(());
    };
    Err(Failure::own(format!("{} {problem}; nothing was written", file.display())).with(Exit::Blocked))
}

/// Copies the former preferences beside them, under a name that is free.
fn keep(file: &Path, there: &Metadata, old: &[u8]) -> io::Result<PathBuf> {
    let mut copy = staged(file, Some(there), old)?;
    for number in 1..1000 {
        let mut name = file.file_name().map_or_else(OsString::new, OsString::from);
        name.push(".before-igvctl");
        if number > 1 {
            name.push(format!(".{number}"));
        }
        let backup = file.with_file_name(name);
        match copy.persist_noclobber(&backup) {
            Ok(_) => return Ok(backup),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => copy = refused.file,
            Err(refused) => return Err(refused.error),
        }
    }
    Err(io::Error::other("there are a thousand copies already"))
}

/// Writes beside the file and renames, so that IGV finds the old preferences or the new ones and never half of them.
fn replace(file: &Path, there: Option<&Metadata>, new: &[u8]) -> io::Result<()> {
    staged(file, there, new)?.persist(file).map_err(|error| error.error)?;
    Ok(())
}

/// A whole file under a passing name, with the rights of what is there; preferences may hold a proxy's password, so
/// nobody else can read it meanwhile.
fn staged(file: &Path, there: Option<&Metadata>, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    if there.is_none() {
        use std::os::unix::fs::PermissionsExt;
        // Those that any new file has.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut staged = builder.prefix(".prefs.properties").tempfile_in(folder)?;
    staged.write_all(bytes)?;
    if let Some(there) = there {
        keep_owner(staged.path(), there)?;
        staged.as_file().set_permissions(there.permissions())?;
    }
    staged.as_file().sync_all()?;
    Ok(staged)
}

/// Preferences of somebody else stay theirs, or IGV could not write them any more.
#[cfg(unix)]
fn keep_owner(path: &Path, there: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let new = fs::metadata(path)?;
    if (new.uid(), new.gid()) == (there.uid(), there.gid()) {
        return Ok(());
    }
    std::os::unix::fs::chown(path, Some(there.uid()), Some(there.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}
