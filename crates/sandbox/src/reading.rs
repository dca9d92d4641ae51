//! Reading a request: everything that can be said of it without a world.

use serde_json::{Map, Value};
use sha2::Digest as _;

use crate::auth;
use crate::body::Body;
use crate::call::Fault;
use crate::check::{self, Constraint, Violation};
use crate::model::{Model, Operation};
use crate::protocol::route::Target;
use crate::protocol::wire::{Wire, hex};
use crate::protocol::{self, Style};
use crate::services::s3;

/// The most bytes of a body that is not an object.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// What a request says.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The members under their model names.
    pub(crate) members: Map<String, Value>,
    /// The bytes of a streaming member.
    pub(crate) body: Body,
    /// The headers, and the trailers of the body.
    pub(crate) headers: Vec<(String, String)>,
}

/// Reads a request of a known operation and holds it against the model. An object's bytes are taken out of the wire;
/// everything else stays as it was signed.
pub(crate) fn read(target: &Target, wire: &mut Wire) -> Result<Read, Fault> {
    let Some(operation) = target.operation else {
        return Ok(Read::default());
    };
    let model = target.model;
    let style = Style::of(model);
    let streams = model
        .input(operation)
        .is_some_and(|shape| shape.members.iter().any(|member| member.held.streaming));
    if !streams && wire.body.len() > MAX_BODY {
        return Err(too_large(style));
    }
    let digest = check_digest(wire, style)?;
    let mut work = if style == Style::S3 {
        let body = std::mem::take(&mut wire.body);
        Wire { body, ..wire.clone() }
    } else {
        wire.clone()
    };
    let length = work.body.len();
    let input = protocol::read(target, operation, &mut work)?;
    let violations = check::input(model, operation, &input.members);
    if !violations.is_empty() {
        return Err(refusal(model, operation, &violations));
    }
    let body = Body::from(input.body);
    if let Some(digest) = digest.filter(|_| body.len() == length) {
        body.digest("SHA256", |_| digest);
    }
    if body.is_large() {
        s3::warm(&body);
    }
    Ok(Read {
        members: input.members,
        body,
        headers: work.headers,
    })
}

/// The body is what its digest says, where one was sent; tells it then.
fn check_digest(wire: &Wire, style: Style) -> Result<Option<Vec<u8>>, Fault> {
    let Some(told) = wire.header("x-amz-content-sha256").filter(|told| told.len() == 64) else {
        return Ok(None);
    };
    let digest = sha2::Sha256::digest(&wire.body);
    if hex(&digest) == told.to_ascii_lowercase() {
        return Ok(Some(digest.to_vec()));
    }
    Err(match style {
        Style::S3 => Fault::new(
            "XAmzContentSHA256Mismatch",
            400,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        Style::Json | Style::Query | Style::CloudFront => auth::mismatch(
            style,
            "The request signature we calculated does not match the signature you provided.",
        ),
    })
}

fn too_large(style: Style) -> Fault {
    let code = match style {
        Style::Json => "SerializationException",
        Style::Query | Style::CloudFront => "RequestEntityTooLarge",
        Style::S3 => "MaxMessageLengthExceeded",
    };
    Fault::new(code, 400, "Your request was too big.")
}

/// What AWS answers to an input that its model forbids.
fn refusal(model: &Model, operation: &Operation, violations: &[Violation]) -> Fault {
    let message = check::message(violations);
    match (model.service.as_str(), Style::of(model)) {
        ("cognito-idp" | "resourcegroupstaggingapi", _) => Fault::new("InvalidParameterException", 400, message),
        // Reported live: getmoto/moto#1979.
        (_, Style::Json) => Fault::new("ValidationException", 400, message),
        (_, Style::Query) => Fault::new("ValidationError", 400, message),
        // Reported live: fog/fog-aws#48, aws/aws-sdk-php#1973.
        (_, Style::CloudFront) => Fault::new("MalformedXML", 400, message),
        (_, Style::S3) => s3_refusal(model, operation, violations, message),
    }
}

fn s3_refusal(model: &Model, operation: &Operation, violations: &[Violation], message: String) -> Fault {
    let first = &violations[0];
    let in_body = model
        .input(operation)
        .and_then(|shape| shape.member(&first.top))
        .is_some_and(|member| member.held.location.is_none());
    let is_payload = model.input(operation).and_then(|shape| shape.payload.as_ref()) == Some(&first.top);
    if is_payload && first.constraint == Constraint::Required && !first.path.contains('.') {
        return Fault::new("MissingRequestBodyError", 400, "Request Body is empty");
    }
    if first.shape.ends_with("StorageClass") && first.constraint == Constraint::Enum {
        return Fault::new(
            "InvalidStorageClass",
            400,
            "The storage class you specified is not valid",
        );
    }
    if in_body {
        crate::say(format_args!("s3: MalformedXML: {message}"));
        return Fault::new(
            "MalformedXML",
            400,
            "The XML you provided was not well-formed or did not validate against our published schema",
        );
    }
    Fault::new("InvalidArgument", 400, message)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use crate::blobs::{Blobs, Slice};
    use crate::front;
    use crate::protocol::wire::{Wire, hex};

    #[test]
    fn a_long_body_is_digested_and_stored_before_anybody_waits_for_it() {
        let bytes = vec![7; 1 << 20];
        let request = http::Request::put("/example-bucket/key").body(bytes.clone()).unwrap();
        let blobs = Blobs::default();
        let routed = front::route(Wire::from_http(request)).unwrap();
        routed.store(&blobs);
        let body = routed.body().unwrap();
        for name in ["MD5", "CRC64NVME", "SHA256"] {
            body.digest(name, |_| panic!("{name} is not known"));
        }
        let slice = Slice {
            blob: hex(&body.sha256()),
            from: 10,
            to: 12,
        };
        let mut out = Vec::new();
        blobs.read(&slice, &mut out).unwrap();
        assert_eq!(out, [7, 7]);
    }
}
