//! What must be right about a presigned address before anybody looks at whose it is.
//!
//! Source: "Authenticating Requests: Using Query Parameters" (Amazon S3 API Reference); the words are those that S3 is
//! known to say.

use crate::call::Fault;
use crate::protocol::Style;
use crate::protocol::wire::Wire;
use crate::world::World;

/// The parameters of a presigned address.
const PARAMETERS: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
];

/// The longest that an address can be good, in seconds: a week.
const LONGEST: i64 = 604_800;

/// How far ahead of its time an address may come, in seconds.
const AHEAD: f64 = 900.0;

/// Refuses an address that lacks something, is not good yet or any more. Others than S3 ask for its end alone.
pub(super) fn check(world: &World, wire: &Wire, style: Style) -> Result<(), Fault> {
    let signed = PARAMETERS[..3].iter().any(|name| wire.parameter(name).is_some());
    if wire.header("authorization").is_some() {
        return if signed && style == Style::S3 {
            Err(Fault::new(
                "InvalidArgument",
                400,
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
                 parameter or the Authorization header should be specified",
            ))
        } else {
            Ok(())
        };
    }
    let ahead = if signed && style == Style::S3 {
        well_formed(wire)?;
        // A stopped clock says nothing about when a request was signed.
        world.clock.is_none().then_some(AHEAD)
    } else {
        None
    };
    let (begin, end) = span(wire);
    let now = world.now();
    if ahead.is_some_and(|ahead| begin.is_some_and(|begin| begin > now + ahead)) {
        return Err(Fault::new("AccessDenied", 403, "Request is not yet valid"));
    }
    match end {
        Some(end) if end < now => Err(Fault::new("AccessDenied", 403, "Request has expired")),
        Some(_) | None => Ok(()),
    }
}

fn malformed(words: &str) -> Fault {
    Fault::new("AuthorizationQueryParametersError", 400, words)
}

fn well_formed(wire: &Wire) -> Result<(), Fault> {
    if PARAMETERS.iter().any(|name| wire.parameter(name).is_none()) {
        return Err(malformed(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, \
             X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ));
    }
    let seconds: i64 = wire
        .parameter("X-Amz-Expires")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| malformed("X-Amz-Expires should be a number"))?;
    if seconds < 0 {
        return Err(malformed("X-Amz-Expires must be non-negative"));
    }
    if seconds > LONGEST {
        return Err(malformed(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than \
             604800 seconds",
        ));
    }
    if moment(wire).is_none() {
        return Err(malformed(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
        ));
    }
    Ok(())
}

/// When it was signed, in epoch seconds.
fn moment(wire: &Wire) -> Option<f64> {
    let signed: jiff::Timestamp = wire.parameter("X-Amz-Date")?.parse().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "seconds of this era fit")]
    let seconds = signed.as_second() as f64;
    Some(seconds)
}

/// From when to when it is good: its date and its seconds, or in the old form the end itself.
fn span(wire: &Wire) -> (Option<f64>, Option<f64>) {
    let number = |name: &str| wire.parameter(name).and_then(|text| text.parse::<f64>().ok());
    let begin = moment(wire);
    let end = match (begin, number("X-Amz-Expires")) {
        (Some(begin), Some(seconds)) => Some(begin + seconds),
        _ => number("Expires"),
    };
    (begin, end)
}
