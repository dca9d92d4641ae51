//! Lists in pages.
//!
//! A token names the last key that was given out, so that a page does not shift when something
//! is made or deleted between two calls.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::fault::invalid;
use crate::call::Fault;

/// One page of items that are sorted by key, and the token of the next page if there is one.
pub(crate) fn page<'a, T>(
    items: impl IntoIterator<Item = (&'a str, T)>,
    size: usize,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let after = token.map(read).transpose()?;
    let mut rest = items
        .into_iter()
        .filter(|(key, _)| after.as_deref().is_none_or(|last| *key > last));
    let mut taken = Vec::new();
    let mut last = None;
    for (key, item) in rest.by_ref().take(size) {
        taken.push(item);
        last = Some(key);
    }
    let next = rest
        .next()
        .and(last)
        .map(|key| URL_SAFE_NO_PAD.encode(format!("after:{key}")));
    Ok((taken, next))
}

fn read(token: &str) -> Result<String, Fault> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("after:").map(str::to_owned))
        .ok_or_else(|| invalid("Invalid pagination token"))
}

/// The page size of a call: the sent one, or the service's largest. Zero counts as not sent.
pub(crate) fn size(sent: Option<i64>, largest: usize) -> usize {
    match sent.and_then(|it| usize::try_from(it).ok()) {
        None | Some(0) => largest,
        Some(size) => size.min(largest),
    }
}
