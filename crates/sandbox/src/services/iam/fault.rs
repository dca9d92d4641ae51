//! IAM's errors, by code, with the messages AWS is known to use.

use crate::call::Fault;

/// 404: the named thing is not there.
pub(super) fn no_such_entity(message: impl Into<String>) -> Fault {
    Fault::new("NoSuchEntity", 404, message)
}

/// 409: the name is taken.
pub(super) fn already_exists(message: impl Into<String>) -> Fault {
    Fault::new("EntityAlreadyExists", 409, message)
}

/// 409: something else must go first.
pub(super) fn delete_conflict(message: impl Into<String>) -> Fault {
    Fault::new("DeleteConflict", 409, message)
}

/// 409: a quota; not a rate, so trying again never helps.
pub(super) fn limit_exceeded(message: impl Into<String>) -> Fault {
    Fault::new("LimitExceeded", 409, message)
}

/// 400: a policy document that IAM does not take.
pub(super) fn malformed(message: impl Into<String>) -> Fault {
    Fault::new("MalformedPolicyDocument", 400, message)
}

/// 400: an argument that passes the model and is wrong all the same.
pub(super) fn invalid_input(message: impl Into<String>) -> Fault {
    Fault::new("InvalidInput", 400, message)
}

/// 400: the general validation error of IAM's front.
pub(super) fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", 400, message)
}
