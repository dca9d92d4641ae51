//! The errors of this service that more than one file raises.

use crate::call::Fault;

/// `InvalidParameterException`, this service's answer to nearly everything that is wrong.
pub(crate) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", 400, message)
}

/// `ResourceNotFoundException`.
pub(crate) fn not_found(message: impl Into<String>) -> Fault {
    Fault::new("ResourceNotFoundException", 400, message)
}

/// `NotAuthorizedException`.
pub(crate) fn not_authorized(message: impl Into<String>) -> Fault {
    Fault::new("NotAuthorizedException", 400, message)
}

/// `LimitExceededException`: a quota, which no waiting lifts.
pub(crate) fn limit(message: impl Into<String>) -> Fault {
    Fault::new("LimitExceededException", 400, message)
}

/// `FeatureUnavailableInTierException` of a feature that the pool's tier lacks.
pub(crate) fn not_in_tier(feature: &str) -> Fault {
    Fault::new(
        "FeatureUnavailableInTierException",
        400,
        format!("{feature} is not available in the user pool's current feature plan."),
    )
}
