//! Pages of IAM's lists: `MaxItems` and `Marker` in, `IsTruncated` and `Marker` out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::fault;
use crate::call::{Answer, Call, Fault};

/// The page of a list that a call asks for, under the list's member name. Items carry the key they are sorted by.
///
/// A marker stands for the last key shown, so that what is deleted between two pages skips nothing.
pub(super) fn page(call: &Call, member: &str, mut items: Vec<(String, Value)>) -> Result<Answer, Fault> {
    items.sort_by(|one, other| one.0.cmp(&other.0));
    let after = match call.text("Marker") {
        None => None,
        Some(marker) => Some(
            STANDARD
                .decode(marker)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| fault::validation(format!("Invalid Marker: {marker}")))?,
        ),
    };
    let limit = call
        .int("MaxItems")
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(100);
    let mut rest = items
        .into_iter()
        .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
    let shown: Vec<(String, Value)> = rest.by_ref().take(limit).collect();
    let truncated = rest.next().is_some();

    let mut output = Map::new();
    output.insert("IsTruncated".to_owned(), Value::Bool(truncated));
    if let Some((last, _)) = shown.last().filter(|_| truncated) {
        output.insert("Marker".to_owned(), Value::String(STANDARD.encode(last)));
    }
    output.insert(
        member.to_owned(),
        Value::Array(shown.into_iter().map(|(_, item)| item).collect()),
    );
    Ok(Answer {
        output,
        ..Answer::empty()
    })
}
