//! The bytes of stored objects, by their SHA-256: in memory, or as files `blobs/<sha256>`.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

/// A store of bytes by digest. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Blobs {
    folder: Option<PathBuf>,
    memory: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl Blobs {
    /// A store in a folder, which must exist.
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
            memory: Arc::default(),
        }
    }

    /// Stores bytes and returns their digest in hexadecimal. The same bytes are stored once.
    pub(crate) fn put(&self, bytes: &[u8]) -> io::Result<String> {
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        match &self.folder {
            None => {
                self.memory
                    .lock()
                    .expect("no holder of the lock panics")
                    .insert(digest.clone(), bytes.to_vec());
            }
            Some(folder) if folder.join(&digest).exists() => {}
            Some(folder) => {
                let mut file = tempfile::Builder::new()
                    .prefix(crate::store::UNFINISHED)
                    .tempfile_in(folder)?;
                io::Write::write_all(&mut file, bytes)?;
                file.persist(folder.join(&digest))?;
            }
        }
        Ok(digest)
    }

    /// The bytes of a digest.
    pub(crate) fn get(&self, digest: &str) -> io::Result<Vec<u8>> {
        match &self.folder {
            None => self
                .memory
                .lock()
                .expect("no holder of the lock panics")
                .get(digest)
                .cloned()
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
            Some(folder) => fs_err::read(folder.join(digest)),
        }
    }
}
