//! CloudFront's lists: `{Quantity, Items}` with `Items` absent when empty, and markers that are plain ids.

use serde_json::{Map, Value, json};

use super::fault;
use crate::call::{Answer, Call, Fault};

/// A list of values as CloudFront writes one.
pub(super) fn list(items: Vec<Value>) -> Value {
    if items.is_empty() {
        json!({"Quantity": 0})
    } else {
        json!({"Quantity": items.len(), "Items": items})
    }
}

/// The page of a list that a call asks for, as the answer's payload `member`.
///
/// `marked` says whether this list shows `Marker` and `IsTruncated`; those of policies and functions do not.
pub(super) fn page(call: &Call, member: &str, items: Vec<(String, Value)>, marked: bool) -> Result<Answer, Fault> {
    let limit = match call.text("MaxItems") {
        None | Some("") => 100,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|limit| *limit > 0)
            .ok_or_else(|| fault::invalid_argument("The parameter MaxItems is not valid."))?,
    };
    let marker = call.text("Marker").unwrap_or_default();
    let start = match items.iter().position(|(key, _)| key == marker) {
        _ if marker.is_empty() => 0,
        Some(at) => at + 1,
        None => return Err(fault::invalid_argument("The parameter Marker is not valid.")),
    };
    let rest = &items[start..];
    let shown = &rest[..rest.len().min(limit)];
    let truncated = shown.len() < rest.len();
    let mut page = list(shown.iter().map(|(_, item)| item.clone()).collect());
    page["MaxItems"] = json!(limit);
    if marked {
        page["Marker"] = json!(marker);
        page["IsTruncated"] = json!(truncated);
    }
    if let Some((last, _)) = shown.last().filter(|_| truncated) {
        page["NextMarker"] = json!(last);
    }
    let mut output = Map::new();
    output.insert(member.to_owned(), page);
    Ok(Answer {
        output,
        ..Answer::empty()
    })
}
