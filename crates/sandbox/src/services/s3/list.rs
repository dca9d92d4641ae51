//! Listing the current objects of a bucket, in the two forms of the API.
//!
//! The newer one pages with opaque tokens, the older with keys, and tells the next key only when
//! a delimiter was given.

use std::collections::BTreeMap;
use std::ops::Bound;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::gate::{self, set};
use super::listing::{self, Page};
use super::{Bucket, Content, Version, canonical_id};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

type Current<'b> = (&'b String, &'b Version, &'b Content);

/// `ListObjectsV2`.
pub(super) fn objects_v2(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:ListBucket")?;
    let token = call.text("ContinuationToken");
    let after = match token {
        // The token wins over `StartAfter`, which a caller repeats on every page.
        Some(token) => STANDARD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|key| !key.is_empty())
            .ok_or_else(|| {
                gate::invalid_argument("The continuation token provided is incorrect")
                    .with("ArgumentName", "continuation-token")
            })?,
        None => call.text("StartAfter").unwrap_or_default().to_owned(),
    };
    let owner = call.flag("FetchOwner").unwrap_or_default();
    let (mut output, page) = common(bucket, call, &after, owner)?;
    let count = page.items.len() + page.prefixes.len();
    set(&mut output, "KeyCount", Some(count));
    set(&mut output, "ContinuationToken", token);
    let url = call.text("EncodingType") == Some("url");
    set(
        &mut output,
        "StartAfter",
        call.text("StartAfter").map(|key| listing::spelt(key, url)),
    );
    if page.truncated {
        set(
            &mut output,
            "NextContinuationToken",
            last(&page).map(|key| STANDARD.encode(key)),
        );
    }
    Ok(Answer::from(Value::Object(output)))
}

/// `ListObjects`.
pub(super) fn objects(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::bucket(world, call, "s3:ListBucket")?;
    let marker = call.text("Marker").unwrap_or_default();
    let (mut output, page) = common(bucket, call, marker, true)?;
    let url = call.text("EncodingType") == Some("url");
    set(&mut output, "Marker", Some(listing::spelt(marker, url)));
    if page.truncated && call.text("Delimiter").is_some_and(|delimiter| !delimiter.is_empty()) {
        set(
            &mut output,
            "NextMarker",
            last(&page).map(|key| listing::spelt(&key, url)),
        );
    }
    Ok(Answer::from(Value::Object(output)))
}

fn common<'b>(
    bucket: &'b Bucket,
    call: &Call,
    after: &str,
    owner: bool,
) -> Result<(Map<String, Value>, Page<Current<'b>>), Fault> {
    let max = listing::limit(call, "MaxKeys", 1000)?;
    let prefix = call.text("Prefix").unwrap_or_default();
    let delimiter = call.text("Delimiter").filter(|delimiter| !delimiter.is_empty());
    let page = listing::page(current(&bucket.objects, prefix, after), prefix, delimiter, after, max);
    let url = call.text("EncodingType") == Some("url");
    let text = |text: &str| listing::spelt(text, url);
    let contents: Vec<Value> = page
        .items
        .iter()
        .map(|(key, version, content)| {
            let mut entry = json!({"Key": text(key), "LastModified": version.modified});
            listing::describe(&mut entry, content);
            if owner {
                entry["Owner"] = json!({"ID": canonical_id(&bucket.account)});
            }
            entry
        })
        .collect();
    let mut output = Map::new();
    set(&mut output, "Name", Some(bucket.name.as_str()));
    set(&mut output, "Prefix", Some(text(prefix)));
    set(&mut output, "MaxKeys", Some(max));
    set(&mut output, "Delimiter", delimiter.map(text));
    set(&mut output, "EncodingType", url.then_some("url"));
    set(&mut output, "IsTruncated", Some(page.truncated));
    set(&mut output, "Contents", (!contents.is_empty()).then_some(contents));
    listing::show_prefixes(&mut output, &page.prefixes, url);
    Ok((output, page))
}

/// The current objects with a prefix, after a key.
fn current<'b>(
    objects: &'b BTreeMap<String, Vec<Version>>,
    prefix: &str,
    after: &str,
) -> impl Iterator<Item = (&'b str, Current<'b>)> {
    let prefix = prefix.to_owned();
    let start = if after >= prefix.as_str() && !after.is_empty() {
        Bound::Excluded(after.to_owned())
    } else {
        Bound::Included(prefix.clone())
    };
    objects
        .range((start, Bound::Unbounded))
        .take_while(move |(key, _)| key.starts_with(&prefix))
        .filter_map(|(key, versions)| {
            let version = versions.first()?;
            Some((key.as_str(), (key, version, version.content.as_ref()?)))
        })
}

/// The last entry of a page: a key or a group, whichever is later.
fn last(page: &Page<Current<'_>>) -> Option<String> {
    let key = page.items.last().map(|(key, ..)| (*key).clone());
    key.max(page.prefixes.last().cloned())
}
