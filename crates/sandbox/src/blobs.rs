//! The bytes of stored objects, by their SHA-256: in memory, or as files `blobs/<sha256>`.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use sha2::{Digest, Sha256};

use crate::protocol::wire::hex;

/// A store of bytes by digest. Cloning shares it.
#[derive(Clone, Default)]
pub(crate) struct Blobs {
    /// Where bytes are read that are not in memory.
    folder: Option<PathBuf>,
    /// Whether bytes are written into memory although there is a folder.
    apart: bool,
    memory: Arc<Mutex<HashMap<String, Arc<Vec<u8>>>>>,
}

impl fmt::Debug for Blobs {
    /// Objects may be private, so nothing of them is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blobs")
    }
}

impl Blobs {
    /// A store in a folder, which must exist.
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
            ..Self::default()
        }
    }

    /// A store that has all that this one has, and keeps what is new in memory.
    pub(crate) fn fork(&self) -> Self {
        Self {
            folder: self.folder.clone(),
            apart: true,
            memory: Arc::new(Mutex::new(self.memory().clone())),
        }
    }

    fn memory(&self) -> MutexGuard<'_, HashMap<String, Arc<Vec<u8>>>> {
        self.memory.lock().expect("no holder of the lock panics")
    }

    /// Stores bytes and returns their digest in hexadecimal. The same bytes are stored once.
    pub(crate) fn put(&self, bytes: &[u8]) -> io::Result<String> {
        let digest = hex(&Sha256::digest(bytes));
        match &self.folder {
            Some(folder) if folder.join(&digest).exists() => {}
            Some(folder) if !self.apart => {
                let mut file = tempfile::Builder::new()
                    .prefix(crate::store::UNFINISHED)
                    .tempfile_in(folder)?;
                io::Write::write_all(&mut file, bytes)?;
                file.persist(folder.join(&digest))?;
            }
            None | Some(_) => {
                self.memory()
                    .entry(digest.clone())
                    .or_insert_with(|| Arc::new(bytes.to_vec()));
            }
        }
        Ok(digest)
    }

    /// The bytes of a digest.
    pub(crate) fn get(&self, digest: &str) -> io::Result<Vec<u8>> {
        let kept = self.memory().get(digest).cloned();
        match (kept, &self.folder) {
            (Some(bytes), _) => Ok(bytes.to_vec()),
            (None, Some(folder)) => fs_err::read(folder.join(digest)),
            (None, None) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}
