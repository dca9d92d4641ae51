//! A folder that keeps a world: `world.json`, `blobs/<sha256>` and a lock.
//!
//! An object's bytes are written before the world that names them, and the world is replaced by a rename, so that
//! a process which is killed leaves either the world before a call or the world after it. Nothing is forced to the
//! disk, so a machine that loses its power may lose the last calls.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::blobs::Blobs;
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

/// An open folder.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
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
            lock: Mutex::new(lock),
        };
        folder.sign("").map_err(failed)?;
        folder.sweep().map_err(failed)?;
        let file = path.join("world.json");
        let world = match fs_err::read(&file) {
            Ok(text) => {
                Some(serde_json::from_slice(&text).map_err(|source| OpenError::Unreadable { path: file, source })?)
            }
            Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => None,
            Err(wrong) => return Err(failed(wrong)),
        };
        Ok((folder, world))
    }

    /// The store of objects in it.
    pub(crate) fn blobs(&self) -> Blobs {
        Blobs::in_folder(self.path.join("blobs"))
    }

    /// Writes into the lock who holds it, and where it serves if it does.
    pub(crate) fn sign(&self, serving: &str) -> io::Result<()> {
        let mut lock = self.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        lock.set_len(0)?;
        lock.rewind()?;
        write!(lock, "process {}", std::process::id())?;
        if !serving.is_empty() {
            write!(lock, ", serving at {serving}")?;
        }
        lock.flush()
    }

    /// Writes the world.
    pub(crate) fn save(&self, world: &World) -> io::Result<()> {
        // A temporary file is made with mode 0600, which the rename keeps: a world holds secrets.
        let file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.path)?;
        let mut out = io::BufWriter::new(file);
        serde_json::to_writer_pretty(&mut out, world)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(self.path.join("world.json"))?;
        Ok(())
    }

    /// Takes away the unfinished files of a process that was killed.
    fn sweep(&self) -> io::Result<()> {
        for folder in [self.path.clone(), self.path.join("blobs")] {
            for entry in fs_err::read_dir(folder)? {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with(UNFINISHED) && entry.file_type()?.is_file() {
                    fs_err::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }
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
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    use super::*;
    use crate::Sandbox;
    use crate::tests::{create_role, form, roles};

    #[test]
    fn a_folder_keeps_its_world_and_its_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/aws");
        let sandbox = Sandbox::open(&path).unwrap();
        assert_eq!(create_role(&sandbox, "a"), 200);
        let before = sandbox.snapshot();
        drop(sandbox);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs_err::metadata(path.join("world.json")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let sandbox = Sandbox::open(&path).unwrap();
        assert_eq!(sandbox.snapshot(), before);
        assert_eq!(roles(&sandbox), ["a"]);
    }

    #[test]
    fn reading_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::open(folder.path()).unwrap();
        sandbox.call(form("iam", "Action=ListRoles&Version=2010-05-08"));
        assert!(!folder.path().join("world.json").exists());
    }

    #[test]
    fn the_second_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Sandbox::open(folder.path()).unwrap();
        first.serving_at("http://127.0.0.1:4566").unwrap();
        let Err(OpenError::Locked { by, .. }) = Sandbox::open(folder.path()) else {
            panic!("the folder is locked");
        };
        assert_eq!(
            by,
            format!("process {}, serving at http://127.0.0.1:4566", std::process::id())
        );
        drop(first);
        Sandbox::open(folder.path()).unwrap();
    }

    #[test]
    fn unfinished_files_are_swept_away_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let unfinished = folder.path().join(format!("{UNFINISHED}a"));
        let other = folder.path().join(".tmpa");
        for file in [&unfinished, &other] {
            fs_err::write(file, "").unwrap();
        }
        Sandbox::open(folder.path()).unwrap();
        assert!(!unfinished.exists() && other.exists());
    }

    #[test]
    fn what_is_not_a_world_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("world.json");
        fs_err::write(&file, "{\"seed\": \"x\"}").unwrap();
        assert!(matches!(
            Sandbox::open(folder.path()),
            Err(OpenError::Unreadable { .. })
        ));
        assert_eq!(fs_err::read_to_string(&file).unwrap(), "{\"seed\": \"x\"}");
    }

    /// The environment variable that makes the test below the process that is killed.
    const VICTIM: &str = "SANDBOX_TEST_VICTIM";

    #[test]
    fn a_killed_process_leaves_all_that_it_answered() {
        if let Ok(folder) = std::env::var(VICTIM) {
            let sandbox = Sandbox::open(Path::new(&folder)).unwrap();
            for count in 0.. {
                assert_eq!(create_role(&sandbox, &format!("r{count}")), 200);
                let _ = writeln!(io::stderr(), "answered r{count}.");
            }
        }
        for wanted in [1, 7, 40] {
            let folder = tempfile::tempdir().unwrap();
            let mut victim = Command::new(std::env::current_exe().unwrap())
                .args([
                    "store::tests::a_killed_process_leaves_all_that_it_answered",
                    "--exact",
                    "--nocapture",
                ])
                .env(VICTIM, folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let said = BufReader::new(victim.stderr.take().unwrap())
                .lines()
                .map_while(Result::ok);
            let mut answered: Vec<String> = said
                .filter_map(|line| Some(line.strip_prefix("answered ")?.strip_suffix('.')?.to_owned()))
                .take(wanted)
                .collect();
            victim.kill().unwrap();
            victim.wait().unwrap();
            let sandbox = Sandbox::open(folder.path()).unwrap();
            let mut kept = roles(&sandbox);
            kept.sort();
            answered.sort();
            assert!(answered.len() == wanted && answered.iter().all(|role| kept.contains(role)));
            for folder in [folder.path().to_owned(), folder.path().join("blobs")] {
                let left = fs_err::read_dir(folder).unwrap();
                assert!(
                    left.flatten()
                        .all(|entry| !entry.file_name().to_string_lossy().starts_with(UNFINISHED))
                );
            }
        }
    }
}
