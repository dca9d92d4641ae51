//! Uploads a local file to S3, large ones in parts side by side.
//!
//! S3 takes at most 10,000 parts, so the parts of a very large file are larger. The checksum of the whole file goes
//! with the upload (`CRC64NVME` is one of the few with a full-object form), so S3 refuses what arrived damaged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};
use aws_smithy_types::timeout::TimeoutConfig;
use crc_fast::CrcAlgorithm;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::calls::writes;
use crate::clients::Clients;
use crate::error::WorldError;
use crate::fingerprint::{base64, join, part};
use crate::s3_objects::to_header;
use crate::verbs::{Permission, Target};

/// What S3 does with a bucket's `kms_key` in the name of who uploads: on the key, beside the calls of the kinds (S3 User
/// Guide, "Using server-side encryption with AWS KMS keys": an upload in parts reads its parts back).
pub const KMS_CALLS: &[Permission] = &[writes("kms:GenerateDataKey"), writes("kms:Decrypt")];

/// The least size of a part, and the size from which an upload has parts.
const PART: u64 = 16 * 1024 * 1024;
/// The most parts that S3 takes.
const MOST_PARTS: u64 = 10_000;
/// The most bytes in memory at once.
const IN_FLIGHT: u64 = 128 * 1024 * 1024;
/// The action of all uploads.
const ACTION: &str = "s3:PutObject";

/// What to upload where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Upload<'a> {
    /// The local file.
    pub(crate) path: &'a Path,
    /// The bucket.
    pub(crate) bucket: &'a str,
    /// The key.
    pub(crate) key: &'a str,
    /// The tags that the object is made with.
    pub(crate) tags: &'a BTreeMap<String, String>,
    /// What the file must still be: `<size>-<CRC64NVME>`.
    pub(crate) fingerprint: &'a str,
    /// Whether an object that is there is kept and the upload refused (412).
    pub(crate) only_new: bool,
}

/// Uploads a file; nothing is left behind when it fails.
pub(crate) async fn upload(clients: &Clients, target: &Target<'_>, upload: Upload<'_>) -> Result<(), WorldError> {
    let size = fs_err::metadata(upload.path)
        .map_err(|error| WorldError::own(ACTION, error.to_string()))?
        .len();
    if size < PART {
        return put(clients, upload, size).await;
    }
    let created = clients
        .s3
        .create_multipart_upload()
        .bucket(upload.bucket)
        .key(upload.key)
        .tagging(to_header(upload.tags))
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
        .checksum_type(ChecksumType::FullObject)
        .expected_bucket_owner(&clients.account)
        .send()
        .await
        .map_err(|error| WorldError::of(ACTION, error))?;
    let id = created
        .upload_id
        .ok_or_else(|| WorldError::own(ACTION, "the answer to CreateMultipartUpload holds no id"))?;
    let answer = parts_and_end(clients, target, upload, size, &id).await;
    if answer.is_err() {
        // What cannot be thrown away now is thrown away by the bucket's lifecycle rule; the first error counts.
        let _ = clients
            .s3
            .abort_multipart_upload()
            .bucket(upload.bucket)
            .key(upload.key)
            .upload_id(&id)
            .expected_bucket_owner(&clients.account)
            .send()
            .await;
    }
    answer
}

/// The bytes of one part.
pub(crate) fn part_size(size: u64) -> u64 {
    PART.max(size.div_ceil(MOST_PARTS))
}

async fn put(clients: &Clients, upload: Upload<'_>, size: u64) -> Result<(), WorldError> {
    let bytes = load(upload.path, 0, size).await?;
    let checksum = crc_fast::checksum(CrcAlgorithm::Crc64Nvme, &bytes);
    unchanged(upload, size, checksum)?;
    clients
        .s3
        .put_object()
        .bucket(upload.bucket)
        .key(upload.key)
        .tagging(to_header(upload.tags))
        .checksum_crc64_nvme(base64(checksum))
        .set_if_none_match(upload.only_new.then(|| "*".to_owned()))
        .expected_bucket_owner(&clients.account)
        .body(ByteStream::from(bytes))
        .customize()
        .config_override(patient())
        .send()
        .await
        .map_err(|error| WorldError::of(ACTION, error))?;
    Ok(())
}

async fn parts_and_end(
    clients: &Clients,
    target: &Target<'_>,
    upload: Upload<'_>,
    size: u64,
    id: &str,
) -> Result<(), WorldError> {
    let length = part_size(size);
    let count = size.div_ceil(length);
    let at_once = usize::try_from((IN_FLIGHT / length).clamp(1, 8)).unwrap_or(1);
    let mut done: Vec<Part> = Vec::new();
    let mut running = FuturesUnordered::new();
    let mut next = 0;
    loop {
        while next < count && running.len() < at_once {
            let offset = next * length;
            running.push(send_part(clients, upload, id, next, offset, length.min(size - offset)));
            next += 1;
        }
        let Some(part) = running.next().await else { break };
        done.push(part?);
        (target.waiting)(&format!(
            "the upload of {}: {} of {count} parts",
            upload.key,
            done.len()
        ));
    }
    done.sort_by_key(|part| part.number);
    let checksum = done.iter().skip(1).fold(done[0].checksum, |whole, part| {
        crc_fast::checksum_combine(CrcAlgorithm::Crc64Nvme, whole, part.checksum, part.length)
    });
    unchanged(upload, size, checksum)?;
    let parts = done
        .into_iter()
        .map(|part| {
            CompletedPart::builder()
                .part_number(part.number)
                .set_e_tag(part.tag)
                .checksum_crc64_nvme(base64(part.checksum))
                .build()
        })
        .collect();
    clients
        .s3
        .complete_multipart_upload()
        .bucket(upload.bucket)
        .key(upload.key)
        .upload_id(id)
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
        .checksum_type(ChecksumType::FullObject)
        .checksum_crc64_nvme(base64(checksum))
        .mpu_object_size(i64::try_from(size).map_err(|error| WorldError::own(ACTION, error.to_string()))?)
        .set_if_none_match(upload.only_new.then(|| "*".to_owned()))
        .expected_bucket_owner(&clients.account)
        .customize()
        .config_override(patient())
        .send()
        .await
        .map_err(|error| WorldError::of(ACTION, error))?;
    Ok(())
}

/// A part that S3 has.
struct Part {
    number: i32,
    tag: Option<String>,
    checksum: u64,
    length: u64,
}

async fn send_part(
    clients: &Clients,
    upload: Upload<'_>,
    id: &str,
    index: u64,
    offset: u64,
    length: u64,
) -> Result<Part, WorldError> {
    let bytes = load(upload.path, offset, length).await?;
    let checksum = crc_fast::checksum(CrcAlgorithm::Crc64Nvme, &bytes);
    let number = i32::try_from(index + 1).map_err(|error| WorldError::own(ACTION, error.to_string()))?;
    let answer = clients
        .s3
        .upload_part()
        .bucket(upload.bucket)
        .key(upload.key)
        .upload_id(id)
        .part_number(number)
        .checksum_crc64_nvme(base64(checksum))
        .expected_bucket_owner(&clients.account)
        .body(ByteStream::from(bytes))
        .customize()
        .config_override(patient())
        .send()
        .await
        .map_err(|error| WorldError::of(ACTION, error))?;
    Ok(Part {
        number,
        tag: answer.e_tag,
        checksum,
        length,
    })
}

/// The mark says what the file was when it was planned: a file that changed since is not uploaded under it.
fn unchanged(upload: Upload<'_>, size: u64, checksum: u64) -> Result<(), WorldError> {
    if join(size, checksum) == upload.fingerprint {
        Ok(())
    } else {
        Err(WorldError::own(
            ACTION,
            format!("{} changed since it was looked at", upload.path.display()),
        ))
    }
}

async fn load(path: &Path, offset: u64, length: u64) -> Result<Vec<u8>, WorldError> {
    let path: PathBuf = path.to_owned();
    tokio::task::spawn_blocking(move || part(&path, offset, length))
        .await
        .map_err(|error| WorldError::own(ACTION, error.to_string()))?
        .map_err(|error| WorldError::own(ACTION, error.to_string()))
}

/// Time for 16 MiB and more on a slow line; the SDK still gives up on an upload that stalls.
fn patient() -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::config::Builder::new().timeout_config(
        TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(30 * 60))
            .operation_timeout(Duration::from_secs(2 * 60 * 60))
            .build(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_upload_needs_more_parts_than_s3_takes() {
        const TIB: u64 = 1 << 40;
        for size in [PART, PART + 1, 160_000_000_000, 10_000 * PART + 1, 5 * TIB] {
            let length = part_size(size);
            assert!(size.div_ceil(length) <= MOST_PARTS, "{size}");
            assert!(length >= PART);
        }
        assert_eq!(part_size(3 * PART), PART);
    }
}
