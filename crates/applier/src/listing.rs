//! The beginning of a bucket's listing, in which several kinds look for what is theirs: it is asked once a look.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_s3::types::{ChecksumAlgorithm, ObjectStorageClass};
use tokio::sync::OnceCell;

use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;

/// Pages of a whole bucket that are read; a bucket with more is asked folder by folder.
const PAGES: usize = 10;

/// What a listing tells of an object.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its storage class, where that must be restored before it can be read.
    pub(crate) archive: Option<String>,
    /// Whether we may have uploaded it: our uploads have a CRC64NVME.
    pub(crate) maybe_ours: bool,
    /// Its size in bytes.
    pub(crate) size: Option<u64>,
}

/// Objects of a bucket by key, and whether these are all.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The objects.
    pub(crate) entries: BTreeMap<String, Entry>,
    /// Whether there are no others.
    pub(crate) complete: bool,
}

/// One answer for all who ask.
pub(crate) type Shared = Arc<OnceCell<Result<Arc<Listing>, WorldError>>>;

impl Clients {
    /// The first pages of a bucket; asked once a look.
    pub(crate) async fn listing(&self, bucket: &str) -> Result<Arc<Listing>, WorldError> {
        let cell = Arc::clone(
            self.listings
                .lock()
                .expect("no holder of the lock panics")
                .entry(bucket.to_owned())
                .or_default(),
        );
        cell.get_or_init(|| async { list(self, bucket, "", PAGES).await.map(Arc::new) })
            .await
            .clone()
    }
}

/// Lists what begins with a prefix, at most so many pages.
pub(crate) async fn list(clients: &Clients, bucket: &str, prefix: &str, pages: usize) -> Result<Listing, WorldError> {
    let mut listing = Listing::default();
    let mut token = None;
    for _ in 0..pages {
        let call = clients
            .s3
            .list_objects_v2()
            .bucket(bucket)
            .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
            .set_continuation_token(token)
            .expected_bucket_owner(&clients.account)
            .send();
        let page = read(clients, call)
            .await
            .map_err(|error| WorldError::of("s3:ListBucket", error))?;
        for object in page.contents() {
            let algorithms = object.checksum_algorithm();
            let entry = Entry {
                archive: object
                    .storage_class()
                    .filter(|class| {
                        matches!(class, ObjectStorageClass::Glacier | ObjectStorageClass::DeepArchive)
                            && object.restore_status().is_none()
                    })
                    .map(|class| class.as_str().to_owned()),
                maybe_ours: algorithms.is_empty() || algorithms.contains(&ChecksumAlgorithm::Crc64Nvme),
                size: object.size().and_then(|it| u64::try_from(it).ok()),
            };
            listing
                .entries
                .insert(object.key().unwrap_or_default().to_owned(), entry);
        }
        if page.is_truncated() != Some(true) {
            listing.complete = true;
            return Ok(listing);
        }
        token = page.next_continuation_token;
    }
    Ok(listing)
}
