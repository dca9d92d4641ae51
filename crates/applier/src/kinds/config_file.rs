//! How S3 spells the config file.
//!
//! What is compared is the decoded content: two gzips of one text differ.

use spec_model::kinds::ConfigFile;

use crate::calls::{reads, writes};
use crate::clients::Clients;
use crate::config_body::{self, MAX_BYTES};
use crate::error::WorldError;
use crate::kinds::published::{self, File, Published};
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs};

impl Verbs for ConfigFile {
    const CALLS: &'static [Permission] = &[
        reads("s3:GetObject"),
        reads("s3:ListBucket"),
        reads("s3:GetObjectTagging"),
        writes("s3:PutObject"),
        writes("s3:PutObjectTagging"),
        writes("s3:ListBucketVersions"),
        writes("s3:GetObjectVersionTagging"),
        writes("s3:DeleteObject"),
        writes("s3:DeleteObjectVersion"),
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        published::find::<Self>(clients, search).await
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        published::create(clients, target, want).await
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        _id: &str,
        _live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        published::put(clients, target, want.file()).await
    }

    /// Former versions hold a client secret.
    async fn delete(clients: &Clients, _target: &Target<'_>, _id: &str, live: &Self) -> Result<(), WorldError> {
        published::delete(clients, &live.bucket, &live.key).await
    }

    async fn release(clients: &Clients, _target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        published::release(clients, id).await
    }
}

impl Published for ConfigFile {
    const ENDING: &'static str = ".json.gz";
    const FORMER: &'static str = "former config files";

    fn seen(file: File<Option<Vec<u8>>>) -> Self {
        let File {
            bucket,
            key,
            content,
            content_type,
            content_encoding,
            cache_control,
        } = file;
        let (body, unreadable) = match content {
            Some(bytes) => config_body::read(&bytes),
            None => (config_body::empty(), format!("more than {MAX_BYTES} bytes")),
        };
        Self {
            bucket,
            key,
            body,
            unreadable,
            content_type,
            content_encoding,
            cache_control,
        }
    }

    fn file(self) -> File<Vec<u8>> {
        let Self {
            bucket,
            key,
            body,
            unreadable: _,
            content_type,
            content_encoding,
            cache_control,
        } = self;
        File {
            bucket,
            key,
            content: config_body::to_gzip(&body),
            content_type,
            content_encoding,
            cache_control,
        }
    }
}
