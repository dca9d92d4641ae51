//! Strangers get no identity.

use super::checklist::{Checklist, Outcome, Topic};
use super::subject::Subject;
use crate::error::WorldError;

/// Asks for an identity without a login, as any stranger can.
pub(super) async fn guests(list: &mut Checklist<'_>, subject: &Subject<'_>, identity_pool: &str) {
    let answer = subject
        .clients
        .as_nobody()
        .identity
        .get_id()
        .identity_pool_id(identity_pool)
        .send()
        .await;
    let outcome = match answer {
        Ok(_) => Outcome::failed(
            "GetId without a login gives an identity: strangers get tokens of the identity pool",
            "write `guests: false` under `identity_pool`, or leave it out, and apply",
        ),
        Err(error) => match WorldError::of("cognito-identity:GetId", error) {
            error if error.has_code("NotAuthorizedException") => {
                Outcome::seen(format!("NotAuthorizedException: {}", error.message))
            }
            error => Outcome::unread(&error),
        },
    };
    list.add(Topic::Identity, "guests_refused", "guests get no identity", outcome);
}
