//! The fingerprint of a local file: `<size>-<CRC64NVME>`, the checksum in Base64 as S3 writes it.
//!
//! Of S3's checksums only the CRC family tells of a multipart upload what it tells of the whole object. Reading a
//! genome takes minutes, so a fingerprint is kept by device, inode, size and time of the last change.

use std::fs::Metadata;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crc_fast::{CrcAlgorithm, Digest};

/// The size in bytes; `None` where there is no such file.
pub fn size(path: &Path) -> io::Result<Option<u64>> {
    match fs_err::metadata(path) {
        Ok(it) if it.is_file() => Ok(Some(it.len())),
        Ok(_) => Err(io::Error::other(format!("{} is no file", path.display()))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The fingerprint of a file, from the folder `cache` if it is known there.
///
/// A file that changes while it is read is an error. A cache that cannot be written is none.
pub fn fingerprint(path: &Path, cache: Option<&Path>) -> io::Result<String> {
    let before = fs_err::metadata(path)?;
    let entry = cache.and_then(|folder| Entry::of(folder, &before));
    if let Some(known) = entry.as_ref().and_then(Entry::load) {
        return Ok(known);
    }
    let mut file = fs_err::File::open(path)?;
    let mut digest = Digest::new(CrcAlgorithm::Crc64Nvme);
    let mut buffer = vec![0; 1024 * 1024];
    let mut size: u64 = 0;
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        digest.update(&buffer[..length]);
        size += length as u64;
    }
    let after = fs_err::metadata(path)?;
    if after.len() != size || before.len() != size || before.modified().ok() != after.modified().ok() {
        return Err(io::Error::other(format!(
            "{} changed while it was read",
            path.display()
        )));
    }
    let fingerprint = join(size, digest.finalize());
    if let Some(entry) = entry {
        entry.store(&after, &fingerprint);
    }
    Ok(fingerprint)
}

/// Whether a text has the form of a fingerprint: a number, a dash, and eight bytes in Base64.
pub(crate) fn is_fingerprint(text: &str) -> bool {
    text.split_once('-').is_some_and(|(size, checksum)| {
        size.parse::<u64>().is_ok() && aws_smithy_types::base64::decode(checksum).is_ok_and(|it| it.len() == 8)
    })
}

/// A fingerprint of its two parts.
pub(crate) fn join(size: u64, checksum: u64) -> String {
    format!("{size}-{}", base64(checksum))
}

/// A checksum as S3 writes it.
pub(crate) fn base64(checksum: u64) -> String {
    aws_smithy_types::base64::encode(checksum.to_be_bytes())
}

/// A part of a file, read whole.
pub(crate) fn part(path: &Path, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut file = fs_err::File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(io::Error::other)?);
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(io::Error::other(format!(
            "{} became shorter while it was read",
            path.display()
        )))
    }
}

/// Where one file's fingerprint is kept, and what makes it valid.
struct Entry {
    path: PathBuf,
    key: String,
}

impl Entry {
    #[cfg(unix)]
    fn of(folder: &Path, file: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self {
            path: folder.join(format!("{:x}-{:x}", file.dev(), file.ino())),
            key: format!("{} {}.{:09}", file.size(), file.mtime(), file.mtime_nsec()),
        })
    }

    /// Without inodes two files cannot be told apart, so nothing is kept.
    #[cfg(not(unix))]
    fn of(_: &Path, _: &Metadata) -> Option<Self> {
        None
    }

    fn load(&self) -> Option<String> {
        let text = fs_err::read_to_string(&self.path).ok()?;
        let (key, fingerprint) = text.trim_end().rsplit_once(' ')?;
        (key == self.key).then(|| fingerprint.to_owned())
    }

    /// Keeps it, unless the file is so new that a second write could bear the same time.
    fn store(&self, file: &Metadata, fingerprint: &str) {
        let settled = file.modified().is_ok_and(|time| {
            SystemTime::now()
                .duration_since(time)
                .is_ok_and(|age| age > Duration::from_secs(2))
        });
        if !settled {
            return;
        }
        let write = || -> io::Result<()> {
            if let Some(folder) = self.path.parent() {
                fs_err::create_dir_all(folder)?;
            }
            let draft = self.path.with_extension(std::process::id().to_string());
            fs_err::write(&draft, format!("{} {fingerprint}\n", self.key))?;
            fs_err::rename(&draft, &self.path)
        };
        // The cache only saves time: next time it is computed again.
        let _ = write();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn it_is_size_and_checksum_as_s3_writes_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bam");
        fs_err::write(&path, "123456789").unwrap();
        // The check value of CRC-64/NVME is 0xae8b14860a799888.
        assert_eq!(fingerprint(&path, None).unwrap(), "9-rosUhgp5mIg=");
        assert_eq!(size(&path).unwrap(), Some(9));
        assert_eq!(size(&folder.path().join("b.bam")).unwrap(), None);
        assert!(is_fingerprint("9-rosUhgp5mIg="));
        assert!(!is_fingerprint("9-(another size)"));
        fs_err::write(&path, "").unwrap();
        assert_eq!(fingerprint(&path, None).unwrap(), "0-AAAAAAAAAAA=");
    }

    #[test]
    fn it_is_kept_until_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (path, cache) = (folder.path().join("a.bam"), folder.path().join("cache"));
        let age = |seconds| {
            let file = fs_err::OpenOptions::new().write(true).open(&path).unwrap();
            file.file()
                .set_modified(SystemTime::now() - Duration::from_secs(seconds))
                .unwrap();
        };
        fs_err::write(&path, "one").unwrap();
        assert!(fingerprint(&path, Some(&cache)).is_ok());
        assert!(!cache.exists(), "a file of this second may change unseen");
        age(100);
        let first = fingerprint(&path, Some(&cache)).unwrap();
        let kept = fs_err::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
        let text = fs_err::read_to_string(&kept).unwrap();
        fs_err::write(&kept, text.replace(&first, "3-known")).unwrap();
        assert_eq!(fingerprint(&path, Some(&cache)).unwrap(), "3-known");
        fs_err::write(&path, "two").unwrap();
        age(50);
        let second = fingerprint(&path, Some(&cache)).unwrap();
        assert_ne!(second, first);
        assert_ne!(second, "3-known");
    }
}
