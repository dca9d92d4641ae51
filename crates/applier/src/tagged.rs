//! The tagging index: what carries our mark, wherever it is, even under another name.
//!
//! The index lags behind the services, so what it says is confirmed by a direct read. Roles are not in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use spec_model::Stack;
use tokio::sync::OnceCell;

use crate::clients::Clients;
use crate::error::WorldError;

/// An object with its tags, as `GetResources` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedObject {
    /// Its ARN.
    pub arn: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// One answer for all who ask.
pub(crate) type Shared = Arc<OnceCell<Result<Vec<TaggedObject>, WorldError>>>;

impl Clients {
    /// All objects that carry the stack's mark, of the region and of `us-east-1`; asked once a look.
    pub async fn tagged(&self, stack: &Stack) -> Result<Vec<TaggedObject>, WorldError> {
        let cell = Arc::clone(&self.tagged.lock().expect("no holder of the lock panics"));
        cell.get_or_init(|| async {
            let (here, global) = if stack.region == "us-east-1" {
                (list(&self.tagging, stack).await?, Vec::new())
            } else {
                tokio::try_join!(list(&self.tagging, stack), list(&self.tagging_global, stack))?
            };
            Ok(here.into_iter().chain(global).collect())
        })
        .await
        .clone()
    }

    /// Forgets what is asked once a look, for another look.
    pub fn forget(&self) {
        *self.tagged.lock().expect("no holder of the lock panics") = Arc::default();
        self.listings.lock().expect("no holder of the lock panics").clear();
    }
}

async fn list(client: &aws_sdk_resourcegroupstagging::Client, stack: &Stack) -> Result<Vec<TaggedObject>, WorldError> {
    let filter = aws_sdk_resourcegroupstagging::types::TagFilter::builder()
        .key("igvctl:stack")
        .values(stack.mark())
        .build();
    let mut pages = client.get_resources().tag_filters(filter).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| WorldError::of("tag:GetResources", error))?;
        for entry in page.resource_tag_mapping_list() {
            found.push(TaggedObject {
                arn: entry.resource_arn().unwrap_or_default().to_owned(),
                tags: entry
                    .tags()
                    .iter()
                    .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
                    .collect(),
            });
        }
    }
    Ok(found)
}
