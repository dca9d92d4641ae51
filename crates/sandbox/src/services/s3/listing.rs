//! What all lists of keys share: prefixes, groups, limits and the spelling of keys.

use serde_json::{Map, Value, json};

use super::Content;
use super::checksum::Kind;
use super::gate;
use crate::call::{Call, Fault};

/// A page of a list.
pub(super) struct Page<T> {
    /// The entries.
    pub(super) items: Vec<T>,
    /// The groups that keys with the delimiter fell into.
    pub(super) prefixes: Vec<String>,
    /// Whether there is more.
    pub(super) truncated: bool,
}

/// Takes a page out of ordered entries.
///
/// A group counts as one entry. When the marker is itself a group, the page before ended with it
/// and its keys are skipped.
pub(super) fn page<'k, T>(
    entries: impl Iterator<Item = (&'k str, T)>,
    prefix: &str,
    delimiter: Option<&str>,
    marker: &str,
    max: u64,
) -> Page<T> {
    let mut page = Page {
        items: Vec::new(),
        prefixes: Vec::new(),
        truncated: false,
    };
    for (key, item) in entries {
        let Some(rest) = key.strip_prefix(prefix) else {
            continue;
        };
        let group = delimiter
            .and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len()))
            .map(|end| key[..prefix.len() + end].to_owned());
        if group
            .as_ref()
            .is_some_and(|group| group == marker || page.prefixes.last() == Some(group))
        {
            continue;
        }
        if (page.items.len() + page.prefixes.len()) as u64 >= max {
            // A page of none is never truncated: there would be nothing to go on from.
            page.truncated = max > 0;
            break;
        }
        match group {
            Some(group) => page.prefixes.push(group),
            None => page.items.push(item),
        }
    }
    page
}

/// The size of a page that a call asks for; more than the most is the most.
pub(super) fn limit(call: &Call, member: &str, most: u64) -> Result<u64, Fault> {
    match call.int(member) {
        None => Ok(most),
        Some(wanted) => u64::try_from(wanted).map(|wanted| wanted.min(most)).map_err(|_| {
            let name = match member {
                "MaxKeys" => "maxKeys",
                "MaxParts" => "max-parts",
                _ => "max-uploads",
            };
            gate::invalid_argument(format!("Argument {name} must be an integer between 0 and 2147483647"))
                .with("ArgumentName", name)
                .with("ArgumentValue", wanted.to_string())
        }),
    }
}

/// A key as it is written into a list: bare, or percent-encoded with `+` for a space.
pub(super) fn spelt(text: &str, url: bool) -> String {
    if !url {
        return text.to_owned();
    }
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => char::from(byte).to_string(),
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Adds what lists tell of an object.
pub(super) fn describe(entry: &mut Value, content: &Content) {
    entry["ETag"] = json!(format!("\"{}\"", content.etag));
    entry["Size"] = json!(content.size);
    entry["StorageClass"] = json!(content.storage_class);
    entry["ChecksumAlgorithm"] = json!([content.checksum.algorithm.name()]);
    let kind: Kind = content.checksum.kind;
    entry["ChecksumType"] = json!(kind.name());
}

/// Writes the groups into an answer.
pub(super) fn show_prefixes(output: &mut Map<String, Value>, prefixes: &[String], url: bool) {
    if !prefixes.is_empty() {
        let list: Vec<Value> = prefixes
            .iter()
            .map(|prefix| json!({"Prefix": spelt(prefix, url)}))
            .collect();
        output.insert("CommonPrefixes".to_owned(), Value::Array(list));
    }
}
