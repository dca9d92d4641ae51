//! What AWS refused, with what was attempted.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use planner::Gap;

/// An AWS call that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{action}: {}{message}{}", .code.as_ref().map(|it| format!("{it}: ")).unwrap_or_default(), .request_id.as_ref().map(|it| format!(" (request {it})")).unwrap_or_default())]
pub struct WorldError {
    /// The IAM action of the call, `cognito-idp:CreateUserPool`.
    pub action: String,
    /// AWS's error code; none where no answer came.
    pub code: Option<String>,
    /// AWS's message, or what went wrong on the way.
    pub message: String,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// What kind of failure it is.
    pub class: ErrorClass,
}

/// What kind of failure an AWS error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The caller may not.
    Denied,
    /// It is not there.
    Missing,
    /// Too many calls at once.
    Throttled,
    /// A limit of the account is reached; waiting does not help.
    Quota,
    /// Somebody else wrote at the same time.
    Conflict,
    /// No answer came, or a 5xx: whether the call took effect is not known.
    Ambiguous,
    /// No credentials, or expired ones.
    Credentials,
    /// AWS refused it.
    Refused,
}

/// Codes with which these services say that the caller may not.
pub(crate) const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "NotAuthorizedException",
    "UnauthorizedOperation",
    "AllAccessDisabled",
];
/// Codes for something that is not there.
const MISSING: &[&str] = &[
    "ResourceNotFoundException",
    "UserNotFoundException",
    "NoSuchEntity",
    "NoSuchBucket",
    "NoSuchKey",
    "NotFound",
    "NoSuchDistribution",
    "NoSuchOriginAccessControl",
    "NoSuchTagSet",
    "NoSuchBucketPolicy",
    "NoSuchCORSConfiguration",
    "NoSuchLifecycleConfiguration",
    "OwnershipControlsNotFoundError",
    "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchWebsiteConfiguration",
    "NoSuchVersion",
    "NoSuchUpload",
    "ReplicationConfigurationNotFoundError",
    "ObjectLockConfigurationNotFoundError",
];
/// Codes for too many calls (aws-traps: they differ from service to service).
pub(crate) const THROTTLED: &[&str] = &[
    "TooManyRequestsException",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "SlowDown",
    "RequestThrottled",
];
/// Codes for a limit of the account.
pub(crate) const QUOTA: &[&str] = &[
    "LimitExceededException",
    "LimitExceeded",
    "TooManyDistributions",
    "TooManyBuckets",
    "TooManyOriginAccessControls",
];
/// Codes for a concurrent write.
pub(crate) const CONFLICT: &[&str] = &[
    "ConcurrentModificationException",
    "ConcurrentModification",
    "OperationAborted",
    "PreconditionFailed",
    "InvalidIfMatchVersion",
    "ConditionalRequestConflict",
];
/// Codes for credentials that do not count.
pub(crate) const CREDENTIALS: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "RequestTimeTooSkewed",
    "RequestExpired",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "TokenRefreshRequired",
    "InvalidToken",
];

impl WorldError {
    /// Takes an SDK error apart; `action` is the call's IAM action.
    pub fn of<E>(action: &str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|it| it.status().as_u16());
        let code = error.code().map(str::to_owned);
        let request_id = error
            .raw_response()
            .and_then(|it| {
                ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"]
                    .iter()
                    .find_map(|name| it.headers().get(*name))
            })
            .map(str::to_owned);
        let is = |codes: &[&str]| code.as_deref().is_some_and(|it| codes.contains(&it));
        let class = if is(CREDENTIALS) {
            ErrorClass::Credentials
        } else if is(DENIED) {
            ErrorClass::Denied
        } else if is(MISSING) {
            ErrorClass::Missing
        } else if is(THROTTLED) {
            ErrorClass::Throttled
        } else if is(QUOTA) {
            ErrorClass::Quota
        } else if is(CONFLICT) {
            ErrorClass::Conflict
        } else {
            // A HEAD answer has no body, so no code: the status speaks.
            match (&code, status) {
                (_, Some(500..)) => ErrorClass::Ambiguous,
                (None, Some(403)) => ErrorClass::Denied,
                (None, Some(404)) => ErrorClass::Missing,
                (None, Some(412)) => ErrorClass::Conflict,
                (_, Some(_)) => ErrorClass::Refused,
                (_, None) if matches!(error, SdkError::ConstructionFailure(_)) => ErrorClass::Refused,
                // Without credentials nothing was sent.
                (_, None) if is_of_credentials(&error) => ErrorClass::Credentials,
                (_, None) => ErrorClass::Ambiguous,
            }
        };
        let message = match error.message() {
            Some(message) => message.to_owned(),
            None => match status {
                Some(status) if code.is_none() => format!("HTTP {status} without an error code"),
                _ => chain(&error),
            },
        };
        Self {
            action: action.to_owned(),
            code,
            message,
            request_id,
            class,
        }
    }

    /// A failure of our own before or after a call.
    pub fn own(action: &str, message: impl Into<String>) -> Self {
        Self {
            action: action.to_owned(),
            code: None,
            message: message.into(),
            request_id: None,
            class: ErrorClass::Refused,
        }
    }

    /// Whether AWS says that it is not there.
    pub fn is_missing(&self) -> bool {
        self.class == ErrorClass::Missing
    }

    /// Whether the error has this AWS code.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// The same as something that could not be read.
    pub fn gap(&self, what: impl Into<String>) -> Gap {
        Gap {
            what: what.into(),
            action: self.action.clone(),
            error: match &self.code {
                Some(code) => format!("{code}: {}", self.message),
                None => self.message.clone(),
            },
            denied: self.class == ErrorClass::Denied,
        }
    }
}

/// Whether something could not be read because the credentials ran out, or do not count.
pub fn lacks_credentials(gap: &Gap) -> bool {
    let code = gap.error.split_once(": ").map(|(code, _)| code);
    code.is_some_and(|it| CREDENTIALS.contains(&it))
}

/// Whether the SDK speaks of credentials anywhere in an error.
fn is_of_credentials(error: &dyn std::error::Error) -> bool {
    let errors = std::iter::successors(Some(error), |it| it.source());
    errors
        .into_iter()
        .any(|it| it.to_string().to_lowercase().contains("credential"))
}

/// Layers of the SDK that say nothing to people.
const LAYERS: &[&str] = &[
    "dispatch failure",
    "other",
    "io error",
    "an error occurred while loading credentials",
    "an error occurred while loading an access token",
    "the credentials provider was not properly configured",
];

/// An error and its sources in one line, without the layers in between.
fn chain(error: &dyn std::error::Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(inner) = source {
        parts.push(inner.to_string());
        source = inner.source();
    }
    let telling: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|it| !LAYERS.contains(it))
        .collect();
    if telling.is_empty() {
        parts.join(": ")
    } else {
        telling.join(": ")
    }
}
