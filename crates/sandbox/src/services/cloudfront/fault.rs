//! CloudFront's errors that more than one call makes.

use crate::call::Fault;

/// 400: an argument that passes the model and is wrong all the same.
pub(super) fn invalid_argument(message: impl Into<String>) -> Fault {
    Fault::new("InvalidArgument", 400, message)
}

/// 400: an update that leaves out what it must carry, or changes what it must not.
pub(super) fn illegal_update(message: impl Into<String>) -> Fault {
    Fault::new("IllegalUpdate", 400, message)
}

/// Checks the ETag that a write carries against the present one.
///
/// What is missing, or could never have been an ETag of CloudFront, is one error; what was one once is another.
pub(super) fn check_match(sent: Option<&str>, etag: &str) -> Result<(), Fault> {
    let plausible = |sent: &&str| {
        sent.starts_with('E')
            && sent
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    match sent.filter(plausible) {
        None => Err(Fault::new(
            "InvalidIfMatchVersion",
            400,
            "The If-Match version is missing or not valid for the resource.",
        )),
        Some(sent) if sent != etag => Err(Fault::new(
            "PreconditionFailed",
            412,
            "The request failed because it didn't meet the preconditions in one or more request-header fields.",
        )),
        Some(_) => Ok(()),
    }
}
