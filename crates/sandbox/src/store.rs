//! A folder that keeps a world: `world.json`, a log of entries, `blobs/<sha256>` and a lock.
//!
//! After every call that changes something `world.json` is replaced by a rename. What may become large is not in it:
//! users, objects and identities are lines of `entries-<n>.jsonl`, where the last line about an entry counts. What a
//! call changed of them is appended first; `world.json` says how much of the log belongs to it, so what follows was
//! written by a call that never ended. An object's bytes are written before anything names them. So a process which is
//! killed leaves either the world before a call or the world after it. Nothing is forced to the disk, so a machine that
//! loses its power may lose the last calls.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::blobs::Blobs;
use crate::table::Kept;
use crate::world::World;

/// Why a folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else has it open.
    #[error("the sandbox in {} is in use by {by}", folder.display())]
    Locked {
        /// The folder.
        folder: PathBuf,
        /// Who: the process, and the address where it serves.
        by: String,
    },
    /// The folder holds other things than a sandbox.
    #[error("{} holds `{entry}` and is no sandbox", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// Something in it that is not a sandbox's.
        entry: String,
    },
    /// A file could not be read or written.
    #[error("cannot open the sandbox in {}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// `world.json` is not a world.
    #[error("{} is not a sandbox's world", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// How the names of unfinished files begin. It is a name of our own, as nobody else's file may be swept away.
pub(crate) const UNFINISHED: &str = ".sandbox-unfinished-";

/// `world.json`, to write it.
#[derive(Serialize)]
struct Written<'a> {
    log: &'a Log,
    world: &'a World,
}

/// `world.json`, to read it.
#[derive(Deserialize)]
struct Found {
    log: Log,
    world: World,
}

/// The log that belongs to a world.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Log {
    /// The number in its name.
    number: u64,
    /// How many bytes of it count.
    length: u64,
    /// How many bytes it had when it was last written anew.
    compact: u64,
}

impl Log {
    fn name(self) -> String {
        format!("{ENTRIES}{}.jsonl", self.number)
    }

    /// Whether so much of it is out of date that it is worth to write it anew.
    fn is_stale(self) -> bool {
        self.length > (1 << 20) + 4 * self.compact
    }
}

/// A line of the log: an entry of a table, or that it is gone.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    table: Vec<Cow<'a, str>>,
    key: String,
    entry: Option<Value>,
}

/// How the names of logs begin.
const ENTRIES: &str = "entries-";

/// Refuses a folder of somebody else before anything is written into it.
fn check_ours(path: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::Io {
        folder: path.to_owned(),
        source,
    };
    let file = path.join("world.json");
    if path.join("lock").exists() && file.exists() {
        return Ok(());
    }
    match fs_err::read(&file) {
        // A copy may lack the lock, but a file of that name may be anybody's.
        Ok(text) => {
            return serde_json::from_slice::<Found>(&text)
                .map(drop)
                .map_err(|source| OpenError::Unreadable { path: file, source });
        }
        Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => {}
        // Not even a folder: what makes one says it better.
        Err(_) if !path.is_dir() => return Ok(()),
        Err(wrong) => return Err(failed(wrong)),
    }
    let entries = match fs_err::read_dir(path) {
        Ok(entries) => entries,
        Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(wrong) => return Err(failed(wrong)),
    };
    for entry in entries {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        let ours = name == "lock" || name == "blobs" || name.starts_with(ENTRIES) || name.starts_with(UNFINISHED);
        if !ours {
            return Err(OpenError::Foreign {
                folder: path.to_owned(),
                entry: name,
            });
        }
    }
    Ok(())
}

/// An open folder.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    log: Mutex<Log>,
    /// Whether a write failed, so that the log lacks what changed.
    behind: AtomicBool,
    /// Held as long as the folder is open; the system lets it go when the process ends, however it ends.
    lock: Mutex<File>,
}

impl Folder {
    /// Opens a folder, which is made if it is not there, and reads its world if it has one.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<World>), OpenError> {
        let failed = |source| OpenError::Io {
            folder: path.to_owned(),
            source,
        };
        check_ours(path)?;
        fs_err::create_dir_all(path.join("blobs")).map_err(failed)?;
        let mut lock = private()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("lock"))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                lock.read_to_string(&mut by).map_err(failed)?;
                let by = if by.trim().is_empty() {
                    "another process"
                } else {
                    by.trim()
                };
                return Err(OpenError::Locked {
                    folder: path.to_owned(),
                    by: by.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let folder = Self {
            path: path.to_owned(),
            log: Mutex::default(),
            behind: AtomicBool::new(false),
            lock: Mutex::new(lock),
        };
        folder.sign("").map_err(failed)?;
        let file = path.join("world.json");
        let world = match fs_err::read(&file) {
            Ok(text) => {
                let unreadable = |path: PathBuf| move |source| OpenError::Unreadable { path, source };
                let Found { log, mut world } = serde_json::from_slice(&text).map_err(unreadable(file))?;
                let lines = folder.lines(log).map_err(failed)?;
                fill(&mut world, &lines).map_err(unreadable(path.join(log.name())))?;
                *folder.log() = log;
                Some(world)
            }
            Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => None,
            Err(wrong) => return Err(failed(wrong)),
        };
        folder.sweep().map_err(failed)?;
        Ok((folder, world))
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The part of a log that counts.
    fn lines(&self, log: Log) -> io::Result<Vec<u8>> {
        if log.length == 0 {
            return Ok(Vec::new());
        }
        let mut lines = Vec::new();
        let file = fs_err::File::open(self.path.join(log.name()))?;
        file.take(log.length).read_to_end(&mut lines)?;
        if lines.len() as u64 == log.length {
            Ok(lines)
        } else {
            Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("{} is cut off", log.name()),
            ))
        }
    }

    /// The store of objects in it.
    pub(crate) fn blobs(&self) -> Blobs {
        Blobs::in_folder(self.path.join("blobs"))
    }

    /// Writes into the lock who holds it, and where it serves if it does.
    pub(crate) fn sign(&self, serving: &str) -> io::Result<()> {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        lock.set_len(0)?;
        lock.rewind()?;
        write!(lock, "process {}", std::process::id())?;
        if !serving.is_empty() {
            write!(lock, ", serving at {serving}")?;
        }
        lock.flush()
    }

    /// Writes what a call changed.
    pub(crate) fn save(&self, world: &mut World) -> io::Result<()> {
        let mut log = *self.log();
        if log.is_stale() || self.behind.swap(true, Ordering::Relaxed) {
            return self.save_all(world);
        }
        let mut lines = Vec::new();
        for (table, kept) in world.tables() {
            write_lines(&mut lines, &table, kept.changes())?;
        }
        if !lines.is_empty() {
            let mut file = private()
                .write(true)
                .create(true)
                .truncate(false)
                .open(self.path.join(log.name()))?;
            // What a call left that never ended is written over.
            file.set_len(log.length)?;
            file.seek(io::SeekFrom::Start(log.length))?;
            file.write_all(&lines)?;
            log.length += lines.len() as u64;
        }
        self.commit(world, log)
    }

    /// Writes all of a world, with a log of its own.
    pub(crate) fn save_all(&self, world: &mut World) -> io::Result<()> {
        let before = *self.log();
        let mut lines = Vec::new();
        for (table, kept) in world.tables() {
            write_lines(&mut lines, &table, kept.all())?;
        }
        let length = lines.len() as u64;
        let log = Log {
            number: before.number + 1,
            length,
            compact: length,
        };
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.path)?;
        file.write_all(&lines)?;
        file.persist(self.path.join(log.name()))?;
        self.commit(world, log)?;
        match fs_err::remove_file(self.path.join(before.name())) {
            Err(wrong) if wrong.kind() != io::ErrorKind::NotFound => Err(wrong),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Replaces `world.json`, which makes everything written before count.
    fn commit(&self, world: &mut World, log: Log) -> io::Result<()> {
        // A temporary file is made with mode 0600, which the rename keeps: a world holds secrets.
        let file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.path)?;
        let mut out = io::BufWriter::new(file);
        let hide = |world: &mut World, hidden| {
            for (_, kept) in world.tables() {
                kept.hide(hidden);
            }
        };
        hide(world, true);
        let written = serde_json::to_writer(&mut out, &Written { log: &log, world });
        hide(world, false);
        written?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(self.path.join("world.json"))?;
        *self.log() = log;
        self.behind.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Takes away what a process that was killed left: unfinished files, and logs that belong to no world.
    fn sweep(&self) -> io::Result<()> {
        let log = *self.log();
        for folder in [self.path.clone(), self.path.join("blobs")] {
            for entry in fs_err::read_dir(folder)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let other = name.starts_with(ENTRIES) && name.ends_with(".jsonl") && name != log.name();
                if (name.starts_with(UNFINISHED) || other) && entry.file_type()?.is_file() {
                    fs_err::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }
}

fn write_lines(out: &mut Vec<u8>, table: &[&str], entries: Vec<(String, Option<Value>)>) -> io::Result<()> {
    let table: Vec<Cow<'_, str>> = table.iter().map(|part| Cow::Borrowed(*part)).collect();
    for (key, entry) in entries {
        let line = Line {
            table: table.clone(),
            key,
            entry,
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.push(b'\n');
    }
    Ok(())
}

/// Puts the entries of a log into a world. Those of tables that are gone are passed over.
fn fill(world: &mut World, lines: &[u8]) -> Result<(), serde_json::Error> {
    let mut tables: HashMap<Vec<String>, &mut dyn Kept> = world
        .tables()
        .into_iter()
        .map(|(table, kept)| (table.into_iter().map(str::to_owned).collect(), kept))
        .collect();
    for line in serde_json::Deserializer::from_slice(lines).into_iter::<Line<'_>>() {
        let Line { table, key, entry } = line?;
        let table: Vec<String> = table.into_iter().map(Cow::into_owned).collect();
        if let Some(kept) = tables.get_mut(&table) {
            kept.restore(key, entry)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn private() -> std::fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> std::fs::OpenOptions {
    std::fs::OpenOptions::new()
}

#[cfg(test)]
mod tests;
