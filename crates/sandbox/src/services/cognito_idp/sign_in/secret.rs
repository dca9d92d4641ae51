//! How a client shows that it is the client: by its secret, or by a hash that only the secret makes.

use crate::call::Fault;
use crate::services::cognito_idp::client::Client;
use crate::services::cognito_idp::fault::not_authorized;
use crate::services::cognito_idp::sign_up::secret_hash;

/// Checks a `SECRET_HASH` over a username. Each secret that works is good for it; a public client has none to hash.
pub(crate) fn check_hash(client: &Client, sent: Option<&str>, username: &str) -> Result<(), Fault> {
    let unverified = || not_authorized(format!("Unable to verify secret hash for client {}", client.id));
    match sent {
        None if client.secrets.is_empty() => Ok(()),
        None => Err(not_authorized(format!(
            "Client {} is configured with secret but SECRET_HASH was not received",
            client.id
        ))),
        Some(sent) => client
            .secrets
            .iter()
            .any(|secret| secret_hash(secret.value.reveal(), username, &client.id) == sent)
            .then_some(())
            .ok_or_else(unverified),
    }
}

/// Whether this is how the client shows its secret: one of its secrets, or nothing where it has none.
pub(crate) fn is_secret(client: &Client, sent: Option<&str>) -> bool {
    match sent {
        None => client.secrets.is_empty(),
        Some(sent) => client.secrets.iter().any(|secret| secret.value.reveal() == sent),
    }
}
