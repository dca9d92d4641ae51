//! What to do about an AWS error, keyed by operation and code, where that is known.
//!
//! It is data, so that `docs/troubleshooting.md` says the same: a test writes its table from here.

use crate::error::{CONFLICT, CREDENTIALS, DENIED, ErrorClass, QUOTA, THROTTLED, WorldError};

/// An AWS error, why it comes, and what would help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// The action of the call; nothing where any call may meet it.
    pub action: Option<&'static str>,
    /// AWS's codes for it; none where no code came.
    pub codes: &'static [&'static str],
    /// What AWS's message must hold: one code of Cognito covers a dozen causes.
    pub says: &'static str,
    /// Why it comes.
    pub cause: &'static str,
    /// What would help.
    pub remedy: &'static str,
}

const fn on(action: &'static str, codes: &'static [&'static str], cause: &'static str, remedy: &'static str) -> Remedy {
    Remedy {
        action: Some(action),
        codes,
        says: "",
        cause,
        remedy,
    }
}

const fn any(codes: &'static [&'static str], cause: &'static str, remedy: &'static str) -> Remedy {
    Remedy {
        action: None,
        codes,
        says: "",
        cause,
        remedy,
    }
}

const fn saying(says: &'static str, remedy: Remedy) -> Remedy {
    Remedy { says, ..remedy }
}

/// The first that fits counts.
const KNOWN: &[Remedy] = &[
    saying(
        "ool already has",
        on(
            "cognito-idp:CreateUserPoolDomain",
            &["InvalidParameterException"],
            "a pool has one prefix domain, and this one has another already",
            "write its prefix as `domain`, or delete it",
        ),
    ),
    saying(
        "already",
        on(
            "cognito-idp:CreateUserPoolDomain",
            &["InvalidParameterException"],
            "the prefix is taken in this region, by another pool or another AWS account",
            "choose another `domain`",
        ),
    ),
    on(
        "cognito-idp:AdminCreateUser",
        &["UsernameExistsException"],
        "somebody of this name, or with this e-mail address, is in the pool and is not ours",
        "write the user's address under `adopt`, or choose another name",
    ),
    on(
        "cognito-idp:AdminCreateUser",
        &["CodeDeliveryFailureException"],
        "the invitation could not be sent",
        "check the address, and the limits of the pool's mail sender; then run again",
    ),
    any(
        &["UserPoolTaggingException"],
        "tags of user pools have rules of their own",
        "see `tags` in docs/spec.md",
    ),
    on(
        "iam:CreateRole",
        &["EntityAlreadyExists"],
        "a role of this name is in the account, and role names are one space over all paths",
        "write the role's address under `adopt`, or choose another name",
    ),
    on(
        "iam:DeleteRole",
        &["DeleteConflict"],
        "something was attached meanwhile",
        "run again",
    ),
    on(
        "s3:CreateBucket",
        &["BucketAlreadyExists"],
        "the name belongs to another AWS account: bucket names are one space over all of AWS",
        "choose another",
    ),
    on(
        "s3:CreateBucket",
        &["BucketAlreadyOwnedByYou"],
        "the bucket is this account's, perhaps in another region",
        "write it under `adopt`, or choose another name",
    ),
    any(
        &["OperationAborted"],
        "S3 is still busy with this bucket's name; one that was deleted in another region stays blocked for more than ten minutes",
        "run again after that",
    ),
    on(
        "s3:DeleteBucket",
        &["BucketNotEmpty"],
        "something that is not ours is in it",
        "remove it by hand, or write the bucket's address under `release`",
    ),
    on(
        "s3:PutBucketLogging",
        &["InvalidTargetBucketForLogging"],
        "the log bucket is not there, or belongs to another account or region",
        "correct `access_log`",
    ),
    saying(
        "rincipal",
        on(
            "s3:PutBucketPolicy",
            &["MalformedPolicy"],
            "somebody whom the policy names is not there",
            "correct the policy's principals",
        ),
    ),
    any(
        &["RequestTimeTooSkewed", "RequestExpired"],
        "the clock of this machine is off",
        "set it, then run again",
    ),
    saying(
        "service control policy",
        any(
            DENIED,
            "a policy of the organisation denies it",
            "ask whoever looks after the organisation: no grant in this account lifts it",
        ),
    ),
    saying(
        "permissions boundary",
        any(
            DENIED,
            "the caller's permissions boundary does not allow it",
            "let the boundary allow it too",
        ),
    ),
];

/// What a whole class of errors means, with the codes by which it is known.
const CLASSES: &[(ErrorClass, Remedy)] = &[
    (
        ErrorClass::Denied,
        any(
            DENIED,
            "the caller may not",
            "grant the action that it names to whoever runs this",
        ),
    ),
    (
        ErrorClass::Throttled,
        any(
            THROTTLED,
            "AWS limits how often it is asked",
            "run again in a minute, it continues",
        ),
    ),
    (
        ErrorClass::Quota,
        any(
            QUOTA,
            "a limit of the account is reached",
            "delete what is not needed, or ask AWS to raise it",
        ),
    ),
    (
        ErrorClass::Conflict,
        any(CONFLICT, "somebody else wrote at the same time", "run again"),
    ),
    (
        ErrorClass::Credentials,
        any(
            CREDENTIALS,
            "the credentials ran out, or do not count",
            "log in again (`aws sso login`), then run again: it continues",
        ),
    ),
    (
        ErrorClass::Ambiguous,
        any(&[], "no clear answer came", "run again, it finds what was made"),
    ),
];

/// All that is known, in the order in which it counts.
pub fn remedies() -> impl Iterator<Item = &'static Remedy> {
    KNOWN.iter().chain(CLASSES.iter().map(|(_, remedy)| remedy))
}

/// What would help, if that is known.
pub fn remedy(error: &WorldError) -> Option<String> {
    let code = error.code.as_deref().unwrap_or_default();
    let fits = |it: &&Remedy| {
        it.action.is_none_or(|action| action == error.action)
            && it.codes.contains(&code)
            && error.message.contains(it.says)
    };
    let of_class = || CLASSES.iter().find(|(class, _)| *class == error.class);
    match (KNOWN.iter().find(fits), of_class()) {
        (Some(known), _) => Some(format!("{}: {}", known.cause, known.remedy)),
        (None, Some((ErrorClass::Denied, _))) => Some(format!("grant `{}` to whoever runs this", denied_action(error))),
        (None, Some((_, known))) => Some(format!("{}: {}", known.cause, known.remedy)),
        (None, None) => None,
    }
}

/// The action that AWS denies, which may be another than the one that was called: `iam:PassRole`, or
/// `kms:GenerateDataKey` of an upload.
fn denied_action(error: &WorldError) -> &str {
    let named = error
        .message
        .split_once("not authorized to perform: ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .filter(|it| it.contains(':'));
    named.unwrap_or(&error.action)
}
