//! What is in a bucket that is to go.
//!
//! Only what carries our mark is ever deleted. A single object of somebody else keeps the bucket and all that is in
//! it, and is named: half an emptied bucket would serve nobody.

use std::collections::BTreeSet;

use spec_model::Stack;

use crate::calls::present;
use crate::clients::Clients;
use crate::error::WorldError;
use crate::s3_objects::{Version, delete_versions, ours, versions};
use crate::verbs::Target;

/// How many versions are looked at in one go; a bucket with so many of others is not looked through to its end.
const LIMIT: usize = 1000;

/// What is in a bucket.
#[derive(Debug, Default)]
pub(super) struct Contents {
    ours: Vec<Version>,
    markers: Vec<Version>,
    others: BTreeSet<String>,
    complete: bool,
}

impl Contents {
    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.complete && self.ours.is_empty() && self.markers.is_empty() && self.others.is_empty()
    }

    /// What of others keeps it from being deleted, in words.
    pub(super) fn keeps(&self) -> Option<String> {
        let first: Vec<String> = self.others.iter().take(3).map(|key| format!("`{key}`")).collect();
        let least = if self.complete { "" } else { "at least " };
        match self.others.len() {
            0 => None,
            1 => Some(format!("{least}1 object that is not ours: {}", first.join(", "))),
            count => Some(format!(
                "{least}{count} objects that are not ours: {}{}",
                first.join(", "),
                if count > first.len() { ", …" } else { "" }
            )),
        }
    }
}

/// Looks at the first versions of a bucket.
pub(super) async fn look(clients: &Clients, stack: &Stack, bucket: &str) -> Result<Contents, WorldError> {
    let (all, complete) = versions(clients, bucket, "", LIMIT).await?;
    let (markers, contents): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.marker);
    let (ours, others) = ours(clients, stack, bucket, contents).await?;
    Ok(Contents {
        ours,
        markers,
        others: others.into_iter().map(|it| it.key).collect(),
        complete,
    })
}

/// Deletes what carries our mark, with its markers and unfinished uploads; refuses if anything else is there.
pub(super) async fn remove_ours(clients: &Clients, target: &Target<'_>, bucket: &str) -> Result<(), WorldError> {
    loop {
        let Some(contents) = present(look(clients, target.stack, bucket).await)? else {
            return Ok(());
        };
        if let Some(keeps) = contents.keeps() {
            return Err(WorldError::own(
                "s3:DeleteBucket",
                format!("the bucket `{bucket}` is kept: it holds {keeps}"),
            ));
        }
        let gone: Vec<Version> = contents.ours.into_iter().chain(contents.markers).collect();
        if !gone.is_empty() {
            (target.waiting)(&format!("{} versions of objects in {bucket} to be deleted", gone.len()));
            delete_versions(clients, bucket, &gone).await?;
        }
        if contents.complete || gone.is_empty() {
            break;
        }
    }
    abort_uploads(clients, bucket).await
}

/// Unfinished uploads are no data yet, and keep a bucket from being deleted.
async fn abort_uploads(clients: &Clients, bucket: &str) -> Result<(), WorldError> {
    let (mut key_marker, mut id_marker) = (None, None);
    loop {
        let page = clients
            .s3
            .list_multipart_uploads()
            .bucket(bucket)
            .set_key_marker(key_marker)
            .set_upload_id_marker(id_marker)
            .expected_bucket_owner(&clients.account)
            .send()
            .await
            .map_err(|error| WorldError::of("s3:ListBucketMultipartUploads", error))?;
        for upload in page.uploads() {
            let answer = clients
                .s3
                .abort_multipart_upload()
                .bucket(bucket)
                .key(upload.key().unwrap_or_default())
                .upload_id(upload.upload_id().unwrap_or_default())
                .expected_bucket_owner(&clients.account)
                .send()
                .await;
            present(answer.map_err(|error| WorldError::of("s3:AbortMultipartUpload", error)))?;
        }
        if page.is_truncated() != Some(true) {
            return Ok(());
        }
        key_marker = page.next_key_marker;
        id_marker = page.next_upload_id_marker;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(others: &[&str], complete: bool) -> Contents {
        Contents {
            ours: Vec::new(),
            markers: Vec::new(),
            others: others.iter().map(|key| (*key).to_owned()).collect(),
            complete,
        }
    }

    #[test]
    fn l41_what_keeps_a_bucket_is_counted_and_named() {
        assert_eq!(contents(&[], true).keeps(), None);
        assert!(contents(&[], true).is_empty());
        assert!(!contents(&[], false).is_empty());
        assert_eq!(
            contents(&["a"], true).keeps().as_deref(),
            Some("1 object that is not ours: `a`")
        );
        assert_eq!(
            contents(&["a", "b", "c", "d"], false).keeps().as_deref(),
            Some("at least 4 objects that are not ours: `a`, `b`, `c`, …")
        );
    }
}
