//! How S3 spells the welcome page.
//!
//! The page is made of a few facts, and those are what is compared. Bytes that are not exactly what these facts make
//! are told by length and digest.

use spec_model::kinds::WelcomePage;

use crate::calls::{reads, writes};
use crate::clients::Clients;
use crate::config_body::MAX_BYTES;
use crate::error::WorldError;
use crate::kinds::published::{self, File, Published};
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs};
use crate::welcome::{self, Facts};

impl Verbs for WelcomePage {
    const CALLS: &'static [Permission] = &[
        reads("s3:GetObject"),
        reads("s3:ListBucket"),
        reads("s3:GetObjectTagging"),
        writes("s3:PutObject"),
        writes("s3:PutObjectTagging"),
        writes("s3:ListBucketVersions"),
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

    async fn delete(clients: &Clients, _target: &Target<'_>, _id: &str, live: &Self) -> Result<(), WorldError> {
        published::delete(clients, &live.bucket, &live.key).await
    }

    async fn release(clients: &Clients, _target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        published::release(clients, id).await
    }
}

impl Published for WelcomePage {
    const ENDING: &'static str = "index.html";
    const FORMER: &'static str = "former welcome pages";

    fn seen(file: File<Option<Vec<u8>>>) -> Self {
        let File {
            bucket,
            key,
            content,
            content_type,
            content_encoding,
            cache_control,
        } = file;
        let (facts, other) = match content {
            Some(bytes) => welcome::read(&bytes),
            None => (Facts::default(), format!("more than {MAX_BYTES} bytes")),
        };
        let Facts {
            url,
            sign_in,
            authenticator,
        } = facts;
        Self {
            bucket,
            key,
            url,
            sign_in,
            authenticator,
            other,
            content_type,
            content_encoding,
            cache_control,
        }
    }

    fn file(self) -> File<Vec<u8>> {
        let Self {
            bucket,
            key,
            url,
            sign_in,
            authenticator,
            other: _,
            content_type,
            content_encoding,
            cache_control,
        } = self;
        let facts = Facts {
            url,
            sign_in,
            authenticator,
        };
        File {
            bucket,
            key,
            content: welcome::page(&facts).into_bytes(),
            content_type,
            content_encoding,
            cache_control,
        }
    }
}
