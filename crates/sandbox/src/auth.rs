//! Who calls: the account, the region and the ARN behind a request's access key.
//!
//! Signatures are not verified; [`identify`] is the place for it, where scope, headers and body are at hand.

use crate::call::Fault;
use crate::protocol::Style;
use crate::protocol::route::{Scope, region_of_host};
use crate::protocol::wire::Wire;
use crate::world::World;

/// The account of a caller whose access key names none.
pub(crate) const ACCOUNT: &str = "111122223333";

/// The ARN, and for S3 the account, of a caller without a signature.
pub(crate) const ANONYMOUS: &str = "anonymous";

/// Who calls, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The account, twelve digits.
    pub(crate) account: String,
    /// The region.
    pub(crate) region: String,
    /// The ARN, or `anonymous`.
    pub(crate) arn: String,
}

/// Finds out who calls. `open` says that the operation is called without a signature.
pub(crate) fn identify(
    world: &World,
    wire: &Wire,
    scope: Option<&Scope>,
    style: Style,
    open: bool,
) -> Result<Caller, Fault> {
    let Some(scope) = scope else {
        return if wire.header("authorization").is_some() {
            Err(unreadable(style))
        } else {
            unsigned(wire, style, open)
        };
    };
    let region = match scope.region.as_str() {
        "" | "*" => region_of_host(&wire.host).unwrap_or("us-east-1").to_owned(),
        region => region.to_owned(),
    };
    if wire.header("authorization").is_none() && presigned_too_long_ago(world, wire) {
        return Err(Fault::new("AccessDenied", 403, "Request has expired"));
    }
    let key = scope.key.as_str();
    if let Some(session) = world.sts.get(key) {
        let token = wire
            .header("x-amz-security-token")
            .or_else(|| wire.parameter("X-Amz-Security-Token"));
        if token != Some(session.token.as_str()) {
            return Err(unknown_key(style, key));
        }
        if session.expires <= world.now() {
            return Err(expired(style));
        }
        return Ok(Caller {
            account: session.account.clone(),
            region,
            arn: session.arn.clone(),
        });
    }
    // Keys in AWS's own form were issued by nobody here. Real ones must not seem to work.
    let issued = |prefix: &str| key.len() == 20 && key.starts_with(prefix);
    if issued("AKIA") || issued("ASIA") {
        crate::say(format_args!(
            "the access key {key} is AWS's, not the sandbox's: use any other, such as \"test\""
        ));
        return Err(unknown_key(style, key));
    }
    let account = if key.len() == 12 && key.bytes().all(|digit| digit.is_ascii_digit()) {
        key
    } else {
        ACCOUNT
    };
    Ok(Caller {
        account: account.to_owned(),
        region,
        arn: format!("arn:aws:iam::{account}:root"),
    })
}

fn unsigned(wire: &Wire, style: Style, open: bool) -> Result<Caller, Fault> {
    let region = region_of_host(&wire.host).unwrap_or("us-east-1").to_owned();
    match style {
        Style::S3 => Ok(Caller {
            account: ANONYMOUS.to_owned(),
            region,
            arn: ANONYMOUS.to_owned(),
        }),
        Style::Json | Style::Query | Style::CloudFront if open => Ok(Caller {
            account: ACCOUNT.to_owned(),
            region,
            arn: ANONYMOUS.to_owned(),
        }),
        Style::Json => Err(Fault::new(
            "MissingAuthenticationTokenException",
            400,
            "Missing Authentication Token",
        )),
        Style::Query | Style::CloudFront => Err(Fault::new(
            "MissingAuthenticationToken",
            403,
            "Request is missing Authentication Token",
        )),
    }
}

/// Whether a presigned address has ended: its date and its seconds, or in the old form the moment itself.
fn presigned_too_long_ago(world: &World, wire: &Wire) -> bool {
    let number = |name: &str| wire.parameter(name).and_then(|text| text.parse::<f64>().ok());
    let signed = wire
        .parameter("X-Amz-Date")
        .and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let end = match (signed, number("X-Amz-Expires")) {
        (Some(signed), Some(seconds)) => {
            #[expect(clippy::cast_precision_loss, reason = "seconds of this era fit")]
            let signed = signed.as_second() as f64;
            Some(signed + seconds)
        }
        _ => number("Expires"),
    };
    end.is_some_and(|end| end < world.now())
}

fn unreadable(style: Style) -> Fault {
    match style {
        Style::Json => Fault::new(
            "IncompleteSignatureException",
            400,
            "Authorization header requires 'Credential' parameter.",
        ),
        Style::Query | Style::CloudFront => Fault::new(
            "IncompleteSignature",
            400,
            "Authorization header requires 'Credential' parameter.",
        ),
        Style::S3 => Fault::new(
            "InvalidRequest",
            400,
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        ),
    }
}

fn unknown_key(style: Style, key: &str) -> Fault {
    let message = "The security token included in the request is invalid.";
    match style {
        Style::Json => Fault::new("UnrecognizedClientException", 400, message),
        Style::Query | Style::CloudFront => Fault::new("InvalidClientTokenId", 403, message),
        Style::S3 => Fault::new(
            "InvalidAccessKeyId",
            403,
            "The AWS Access Key Id you provided does not exist in our records.",
        )
        .with("AWSAccessKeyId", key),
    }
}

fn expired(style: Style) -> Fault {
    match style {
        Style::Json => Fault::new(
            "ExpiredTokenException",
            400,
            "The security token included in the request is expired",
        ),
        Style::Query | Style::CloudFront => Fault::new(
            "ExpiredToken",
            403,
            "The security token included in the request is expired",
        ),
        Style::S3 => Fault::new("ExpiredToken", 400, "The provided token has expired."),
    }
}
