//! Who calls: the account, the region and the ARN behind a request's access key.
//!
//! Keys that the sandbox issued belong to users and sessions. Any other key is the root user of an account, so that
//! nobody has to set up anything: twelve digits are the account, everything else is the default account. Signatures of
//! sessions are always verified, as they are what a login proves; all others on request only
//! ([`crate::Trouble::authorize`]). The secret of a root user is `sandbox`, or `test`, which is in everybody's scripts.

mod presigned;

use crate::call::Fault;
use crate::protocol::Style;
use crate::protocol::route::{Scope, region_of_host};
use crate::protocol::wire::Wire;
use crate::services::iam;
use crate::signature::{self, Wrong};
use crate::world::World;

/// The secrets of root users.
const ROOT_SECRETS: [&str; 2] = ["sandbox", "test"];

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
    /// The access key id; empty without a signature.
    pub(crate) key: String,
}

/// Finds out who calls. `open` says that the operation is called without a signature.
pub(crate) fn identify(
    world: &World,
    wire: &Wire,
    scope: Option<&Scope>,
    style: Style,
    open: bool,
) -> Result<Caller, Fault> {
    presigned::check(world, wire, style)?;
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
    let Owner {
        account,
        arn,
        secrets,
        verified,
    } = owner(world, wire, &scope.key, style)?;
    if verified || world.manner.authorize {
        // A stopped clock says nothing about when a request was signed.
        let now = world.clock.is_none().then(|| world.now());
        signature::verify(wire, scope, &secrets, now).map_err(|wrong| unverified(style, &wrong))?;
    }
    Ok(Caller {
        account,
        region,
        arn,
        key: scope.key.clone(),
    })
}

/// What an access key stands for.
struct Owner {
    account: String,
    arn: String,
    /// The secrets that go with it.
    secrets: Vec<String>,
    /// Whether a signature is always verified.
    verified: bool,
}

fn owner(world: &World, wire: &Wire, key: &str, style: Style) -> Result<Owner, Fault> {
    if let Some(session) = world.sts.get(key) {
        let token = wire
            .header("x-amz-security-token")
            .or_else(|| wire.parameter("X-Amz-Security-Token"));
        match token {
            None => return Err(unknown_key(style, key)),
            Some(token) if token != session.token => return Err(wrong_token(style, key)),
            Some(_) => {}
        }
        if session.expires <= world.now() {
            return Err(expired(style));
        }
        return Ok(Owner {
            account: session.account.clone(),
            arn: session.arn.clone(),
            secrets: vec![session.secret.reveal().to_owned()],
            verified: true,
        });
    }
    if let Some((user, access_key)) = iam::access_key(world, key) {
        if !access_key.active {
            return Err(unknown_key(style, key));
        }
        let account = user.arn.split(':').nth(4).unwrap_or_default().to_owned();
        return Ok(Owner {
            account,
            arn: user.arn.clone(),
            secrets: vec![access_key.secret.reveal().to_owned()],
            verified: false,
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
    Ok(Owner {
        account: account.to_owned(),
        arn: format!("arn:aws:iam::{account}:root"),
        secrets: ROOT_SECRETS.map(str::to_owned).to_vec(),
        verified: false,
    })
}

fn unsigned(wire: &Wire, style: Style, open: bool) -> Result<Caller, Fault> {
    let region = region_of_host(&wire.host).unwrap_or("us-east-1").to_owned();
    match style {
        Style::S3 => Ok(Caller {
            account: ANONYMOUS.to_owned(),
            region,
            arn: ANONYMOUS.to_owned(),
            key: String::new(),
        }),
        Style::Json | Style::Query | Style::CloudFront if open => Ok(Caller {
            account: ACCOUNT.to_owned(),
            region,
            arn: ANONYMOUS.to_owned(),
            key: String::new(),
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

/// A session's token that is not the key's.
fn wrong_token(style: Style, key: &str) -> Fault {
    match style {
        Style::S3 => Fault::new(
            "InvalidToken",
            400,
            "The provided token is malformed or otherwise invalid.",
        ),
        Style::Json | Style::Query | Style::CloudFront => unknown_key(style, key),
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

/// The refusal of a signature.
fn unverified(style: Style, wrong: &Wrong) -> Fault {
    if let Wrong::Unsigned(headers) = wrong {
        return Fault::new(
            "AccessDenied",
            403,
            "There were headers present in the request which were not signed",
        )
        .with("HeadersNotSigned", headers.join(", "));
    }
    match (style, wrong) {
        (Style::S3, Wrong::Unsupported) => unreadable(style),
        (Style::S3, Wrong::Untimely(_)) => Fault::new(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
        ),
        (Style::S3, Wrong::NoDigest) => Fault::new(
            "InvalidRequest",
            400,
            "Missing required header for this request: x-amz-content-sha256",
        ),
        (Style::S3, Wrong::Malformed | Wrong::Mismatch | Wrong::Unsigned(_)) => Fault::new(
            "SignatureDoesNotMatch",
            403,
            "The request signature we calculated does not match the signature you provided. Check your key and signing \
             method.",
        ),
        (_, Wrong::Unsupported | Wrong::Malformed | Wrong::NoDigest) => unreadable(style),
        (_, Wrong::Untimely(words)) => mismatch(style, words),
        (_, Wrong::Mismatch | Wrong::Unsigned(_)) => mismatch(
            style,
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.",
        ),
    }
}

/// A signature that does not match, in the code of each protocol.
pub(crate) fn mismatch(style: Style, message: &str) -> Fault {
    match style {
        Style::Json => Fault::new("InvalidSignatureException", 400, message),
        Style::Query | Style::CloudFront | Style::S3 => Fault::new("SignatureDoesNotMatch", 403, message),
    }
}
