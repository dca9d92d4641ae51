//! How a client shows itself at the token endpoint: in the header, or in the form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Visit;
use crate::services::cognito_idp::client::Client;
use crate::services::cognito_idp::sign_in::secret;
use crate::world::World;

/// A client's id and secret, as they were sent.
pub(super) struct Shown {
    /// The client's id.
    pub(super) id: String,
    /// The secret.
    pub(super) secret: Option<String>,
}

/// What a request shows of its client; nothing where it names none, or two.
///
/// A form's values are as decoding leaves them: IGV does not encode what it sends, so its plus sign is a space.
pub(super) fn shown(visit: &Visit<'_>) -> Option<Shown> {
    let in_form = visit.field("client_id").filter(|id| !id.is_empty());
    let Some(header) = visit.wire.header("authorization") else {
        return Some(Shown {
            id: in_form?.to_owned(),
            secret: visit.field("client_secret").map(str::to_owned),
        });
    };
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    in_form.is_none_or(|named| named == id).then(|| Shown {
        id: id.to_owned(),
        secret: (!secret.is_empty()).then(|| secret.to_owned()),
    })
}

/// The client that a request is of, if it shows that it is.
pub(super) fn authenticated(world: &World, visit: &Visit<'_>) -> Option<Client> {
    let shown = shown(visit)?;
    let client = visit.place.pool(world).ok()?.clients.get(&shown.id)?;
    secret::is_secret(client, shown.secret.as_deref()).then(|| client.clone())
}
