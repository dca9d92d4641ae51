//! What to do about an AWS error, keyed by operation and code, where that is known.

use crate::error::{ErrorClass, WorldError};

/// What would help, if that is known. One Cognito code covers a dozen causes, so the operation counts too.
pub fn remedy(error: &WorldError) -> Option<String> {
    let code = error.code.as_deref().unwrap_or_default();
    let known = match (error.action.as_str(), code) {
        ("cognito-idp:CreateUserPoolDomain", "InvalidParameterException")
            if error.message.contains("ool already has") =>
        {
            "a pool has one prefix domain, and this one has another already: write its prefix as `domain`, or delete it"
        }
        ("cognito-idp:CreateUserPoolDomain", "InvalidParameterException") if error.message.contains("already") => {
            "the prefix is taken in this region, by another pool or another AWS account: choose another `domain`"
        }
        ("s3:CreateBucket", "BucketAlreadyExists") => {
            "the name belongs to another AWS account: bucket names are one space over all of AWS; choose another"
        }
        ("s3:CreateBucket", "BucketAlreadyOwnedByYou") => {
            "the bucket is this account's, perhaps in another region: write it under `adopt`, or choose another name"
        }
        (_, "RequestTimeTooSkewed" | "RequestExpired") => "the clock of this machine is off: set it, then run again",
        (_, "OperationAborted") => {
            "S3 is still busy with this bucket's name; one that was deleted in another region stays blocked for more than ten minutes"
        }
        ("s3:DeleteBucket", "BucketNotEmpty") => {
            "something that is not ours is in it: remove it by hand, or write the bucket's address under `release`"
        }
        ("iam:DeleteRole", "DeleteConflict") => "something was attached meanwhile: run again",
        (_, "UserPoolTaggingException") => "tags of user pools have rules of their own: see `tags` in docs/spec.md",
        _ => {
            return match error.class {
                ErrorClass::Denied => Some(format!("grant `{}` to whoever runs this", error.action)),
                ErrorClass::Throttled => {
                    Some("AWS limits how often it is asked: run again in a minute, it continues".to_owned())
                }
                ErrorClass::Quota => Some(
                    "a limit of the account is reached: delete what is not needed, or ask AWS to raise it".to_owned(),
                ),
                ErrorClass::Ambiguous => Some("no clear answer came: run again, it finds what was made".to_owned()),
                ErrorClass::Credentials => {
                    Some("log in again (`aws sso login`), then run again: it continues".to_owned())
                }
                ErrorClass::Conflict => Some("somebody else wrote at the same time: run again".to_owned()),
                ErrorClass::Missing | ErrorClass::Refused => None,
            };
        }
    };
    Some(known.to_owned())
}
