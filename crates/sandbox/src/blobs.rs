//! The bytes of stored objects, by their SHA-256: in memory, or as files `blobs/<sha256>`.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Read as _, Seek as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::body::Body;
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
    pub(crate) fn put(&self, body: &Body) -> io::Result<String> {
        let digest = hex(&body.sha256());
        match &self.folder {
            Some(folder) if folder.join(&digest).exists() => {}
            Some(folder) if !self.apart => {
                let mut file = tempfile::Builder::new()
                    .prefix(crate::store::UNFINISHED)
                    .tempfile_in(folder)?;
                io::Write::write_all(&mut file, body)?;
                file.persist(folder.join(&digest))?;
            }
            None | Some(_) => {
                self.memory().entry(digest.clone()).or_insert_with(|| body.share());
            }
        }
        Ok(digest)
    }

    /// Puts the bytes of a slice behind others.
    pub(crate) fn read(&self, slice: &Slice, out: &mut Vec<u8>) -> io::Result<()> {
        let kept = self.memory().get(&slice.blob).cloned();
        let (first, last) = (index(slice.from), index(slice.to));
        match (kept, &self.folder) {
            (Some(bytes), _) => {
                let bytes = bytes.get(first..last).ok_or(io::ErrorKind::UnexpectedEof)?;
                out.extend_from_slice(bytes);
                Ok(())
            }
            (None, Some(folder)) => {
                let mut file = fs_err::File::open(folder.join(&slice.blob))?;
                file.seek(io::SeekFrom::Start(slice.from))?;
                let start = out.len();
                out.resize(start + (last - first), 0);
                file.read_exact(&mut out[start..])
            }
            (None, None) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// The bytes `from..to` of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slice {
    /// The blob.
    pub(crate) blob: String,
    /// The first byte.
    pub(crate) from: u64,
    /// The byte after the last.
    pub(crate) to: u64,
}
