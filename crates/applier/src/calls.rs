//! What the verb files share: bounded reads, permissions as data, outputs.

use std::collections::BTreeMap;
use std::pin::Pin;

use policy::{Document, Effect};
use spec_model::Value;

use crate::clients::Clients;
use crate::error::WorldError;
use crate::verbs::Permission;

/// An action that a plan needs.
pub(crate) const fn reads(action: &'static str) -> Permission {
    Permission { action, reads: true }
}

/// An action that only an apply needs.
pub(crate) const fn writes(action: &'static str) -> Permission {
    Permission { action, reads: false }
}

/// One read, within the bound on reads in flight. Never nested, or the bound could starve itself.
///
/// On the heap, because a call of the SDK is a large future and a look at a bucket joins a dozen of them.
pub(crate) fn read<'a, T: 'a>(
    clients: &'a Clients,
    call: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(async move {
        let _permit = clients.reads.acquire().await;
        call.await
    })
}

/// `None` where AWS says that it is not there.
pub(crate) fn present<T>(answer: Result<T, WorldError>) -> Result<Option<T>, WorldError> {
    match answer {
        Ok(it) => Ok(Some(it)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// No error passes by itself but a concurrent write, which `eventually` knows.
pub(crate) fn nothing_passes(_: &WorldError) -> bool {
    false
}

/// Something that was made a moment ago and is not known everywhere yet.
pub(crate) fn not_yet_there(error: &WorldError) -> bool {
    error.is_missing()
}

/// A principal that was made a moment ago: IAM answers `MalformedPolicyDocument`, S3 `MalformedPolicy`, both with the
/// words `Invalid principal in policy` (measured: cdkd retryable-errors.ts).
pub(crate) fn principal_not_yet_there(error: &WorldError) -> bool {
    (error.has_code("MalformedPolicyDocument") || error.has_code("MalformedPolicy"))
        && error.message.to_ascii_lowercase().contains("principal")
}

/// Outputs by name.
pub(crate) fn outputs<const N: usize>(outputs: [(&str, String); N]) -> BTreeMap<String, Value> {
    outputs
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.into()))
        .collect()
}

/// The entries of `want` that `live` does not have so.
pub(crate) fn changed(live: &BTreeMap<String, String>, want: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    want.iter()
        .filter(|(key, value)| live.get(*key) != Some(*value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// What a document's Deny statements refuse, for people.
pub(crate) fn denials(document: &Document) -> String {
    let mut actions: Vec<String> = Vec::new();
    for statement in document.statements() {
        if statement.effect == Effect::Deny {
            let not = if statement.actions.negated() { "all but " } else { "" };
            actions.extend(
                statement
                    .actions
                    .set()
                    .iter()
                    .map(|action| format!("{not}{}", action.as_str())),
            );
        }
    }
    actions.sort();
    actions.dedup();
    let more = actions.len().saturating_sub(4);
    actions.truncate(4);
    let rest = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    format!("denies {}{rest}", actions.join(", "))
}
