//! REST with XML bodies: S3 and CloudFront.
//!
//! Members stand in the address, in headers and in the body. Output that has no payload member is a document whose
//! root AWS's model does not name; the SDK for Rust insists on it, so the names are listed here.

use base64::Engine as _;
use serde_json::{Map, Value};

use crate::call::{Answer, Fault};
use crate::model::{Kind, Member, Model, Operation, Shape};
use crate::protocol::chunked;
use crate::protocol::route::Target;
use crate::protocol::scalar::{self, Place};
use crate::protocol::wire::{Reply, Wire};
use crate::protocol::{Input, Style, xml};

/// The root elements of the outputs without a payload member.
const ROOTS: [(&str, &str); 26] = [
    ("CompleteMultipartUpload", "CompleteMultipartUploadResult"),
    ("CreateMultipartUpload", "InitiateMultipartUploadResult"),
    ("DeleteObjects", "DeleteResult"),
    ("GetBucketAccelerateConfiguration", "AccelerateConfiguration"),
    ("GetBucketAcl", "AccessControlPolicy"),
    ("GetBucketCors", "CORSConfiguration"),
    ("GetBucketLifecycleConfiguration", "LifecycleConfiguration"),
    ("GetBucketLogging", "BucketLoggingStatus"),
    ("GetBucketNotificationConfiguration", "NotificationConfiguration"),
    ("GetBucketRequestPayment", "RequestPaymentConfiguration"),
    ("GetBucketTagging", "Tagging"),
    ("GetBucketVersioning", "VersioningConfiguration"),
    ("GetBucketWebsite", "WebsiteConfiguration"),
    ("GetObjectAcl", "AccessControlPolicy"),
    ("GetObjectAttributes", "GetObjectAttributesResponse"),
    ("GetObjectTagging", "Tagging"),
    (
        "ListBucketAnalyticsConfigurations",
        "ListBucketAnalyticsConfigurationResult",
    ),
    ("ListBucketInventoryConfigurations", "ListInventoryConfigurationsResult"),
    ("ListBucketMetricsConfigurations", "ListMetricsConfigurationsResult"),
    ("ListBuckets", "ListAllMyBucketsResult"),
    ("ListMultipartUploads", "ListMultipartUploadsResult"),
    ("ListObjectVersions", "ListVersionsResult"),
    ("ListObjects", "ListBucketResult"),
    ("ListObjectsV2", "ListBucketResult"),
    ("ListParts", "ListPartsResult"),
    ("ListTagsForResource", "Tags"),
];

/// Reads a request.
pub(crate) fn read(target: &Target, operation: &Operation, wire: &mut Wire) -> Result<Input, Fault> {
    let model = target.model;
    let Some(shape) = model.input(operation) else {
        return Ok(Input::default());
    };
    if Style::of(model) == Style::S3 {
        take_chunks(wire)?;
    }
    let mut input = Input::default();
    for member in &shape.members {
        if let Some(value) = outside_the_body(target, member, wire)? {
            input.members.insert(member.member.clone(), value);
        }
    }
    match shape.payload.as_deref().and_then(|name| shape.member(name)) {
        Some(member) => payload(model, member, wire, &mut input)?,
        None if !wire.body.is_empty() && shape.members.iter().any(|member| member.held.location.is_none()) => {
            let root = xml::read(&wire.body).map_err(|why| malformed(model, why))?;
            if operation.root.as_ref().is_some_and(|wanted| *wanted != root.name) {
                return Err(malformed(model, "another root element is wanted"));
            }
            let members = xml::structure(model, shape, &root).map_err(|why| malformed(model, &why))?;
            input.members.extend(members);
        }
        None => {}
    }
    Ok(input)
}

/// Replaces an `aws-chunked` body by its bytes, and puts its trailers among the headers.
fn take_chunks(wire: &mut Wire) -> Result<(), Fault> {
    let streaming = wire
        .header("x-amz-content-sha256")
        .is_some_and(|digest| digest.starts_with("STREAMING-"));
    let encodings: Vec<String> = wire
        .header("content-encoding")
        .unwrap_or_default()
        .split(',')
        .map(|it| it.trim().to_owned())
        .collect();
    if !streaming && !encodings.iter().any(|it| it == "aws-chunked") {
        return Ok(());
    }
    let incomplete = || {
        Fault::new(
            "IncompleteBody",
            400,
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
        )
    };
    let dechunked = chunked::dechunk(&wire.body).ok_or_else(incomplete)?;
    let told = wire
        .header("x-amz-decoded-content-length")
        .and_then(|it| it.parse::<usize>().ok());
    if told.is_some_and(|told| told != dechunked.bytes.len()) {
        return Err(incomplete());
    }
    wire.body = dechunked.bytes;
    // What the object is encoded with remains.
    let rest: Vec<String> = encodings
        .into_iter()
        .filter(|it| it != "aws-chunked" && !it.is_empty())
        .collect();
    wire.headers.retain(|(name, _)| name != "content-encoding");
    if !rest.is_empty() {
        wire.headers.push(("content-encoding".into(), rest.join(",")));
    }
    wire.headers.extend(dechunked.trailers);
    Ok(())
}

/// A member in the address or in a header.
fn outside_the_body(target: &Target, member: &Member, wire: &Wire) -> Result<Option<Value>, Fault> {
    let shape = target.model.shape(&member.held.shape);
    let name = member.wire_name();
    let texts: Vec<&str> = match member.held.location.as_deref() {
        Some("uri") => target
            .labels
            .iter()
            .filter(|(label, _)| *label == name)
            .map(|(_, value)| value.as_str())
            .collect(),
        Some("querystring") => wire
            .query
            .iter()
            .filter(|(parameter, _)| parameter == name)
            .map(|(_, value)| value.as_str())
            .collect(),
        Some("header") => {
            let name = name.to_ascii_lowercase();
            let values = wire
                .headers
                .iter()
                .filter(|(header, _)| *header == name)
                .map(|(_, value)| value.as_str());
            if shape.kind == Kind::List {
                values.flat_map(|value| value.split(',')).map(str::trim).collect()
            } else {
                values.collect()
            }
        }
        Some("headers") => {
            let prefix = name.to_ascii_lowercase();
            let entries: Map<String, Value> = wire
                .headers
                .iter()
                .filter_map(|(header, value)| {
                    Some((header.strip_prefix(&prefix)?.to_owned(), Value::from(value.as_str())))
                })
                .collect();
            return Ok((!entries.is_empty()).then_some(Value::Object(entries)));
        }
        Some(_) | None => return Ok(None),
    };
    let wrong = || {
        Fault::new(
            "InvalidArgument",
            400,
            format!("Provided {name} not a valid {:?}", shape.kind),
        )
        .with("ArgumentName", name_of(name))
    };
    if shape.kind == Kind::List {
        let held = shape.element.as_ref().expect("a list has elements");
        let held = target.model.shape(&held.shape);
        let elements: Option<Vec<Value>> = texts.iter().map(|text| scalar::parse(held, text)).collect();
        let elements = elements.ok_or_else(wrong)?;
        return Ok((!elements.is_empty()).then_some(Value::Array(elements)));
    }
    match texts.first() {
        // An empty header or parameter says nothing, unless the member is text.
        Some(&"") if shape.kind != Kind::String => Ok(None),
        Some(text) => scalar::parse(shape, text).map(Some).ok_or_else(wrong),
        None => Ok(None),
    }
}

fn name_of(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The member that alone is the body.
fn payload(model: &Model, member: &Member, wire: &mut Wire, input: &mut Input) -> Result<(), Fault> {
    let shape = model.shape(&member.held.shape);
    if member.held.streaming {
        input.body = std::mem::take(&mut wire.body);
        return Ok(());
    }
    if wire.body.is_empty() {
        return Ok(());
    }
    let value = match shape.kind {
        Kind::String => {
            let text = std::str::from_utf8(&wire.body).map_err(|_| malformed(model, "not UTF-8"))?;
            Value::from(text)
        }
        Kind::Blob => Value::from(base64::engine::general_purpose::STANDARD.encode(&wire.body)),
        Kind::Structure
        | Kind::List
        | Kind::Map
        | Kind::Integer
        | Kind::Long
        | Kind::Float
        | Kind::Double
        | Kind::Boolean
        | Kind::Timestamp => {
            let root = xml::read(&wire.body).map_err(|why| malformed(model, why))?;
            if root.name != member.held.name.as_deref().unwrap_or(&member.held.shape) {
                return Err(malformed(model, "another root element is wanted"));
            }
            xml::value(model, &member.held.shape, &root).map_err(|why| malformed(model, &why))?
        }
    };
    input.members.insert(member.member.clone(), value);
    Ok(())
}

/// A body that is not the document the model wants. The reason is not in S3's answer, so it is said on stderr.
fn malformed(model: &Model, why: &str) -> Fault {
    match Style::of(model) {
        Style::S3 => {
            crate::say(format_args!("s3: MalformedXML: {why}"));
            Fault::new(
                "MalformedXML",
                400,
                "The XML you provided was not well-formed or did not validate against our published schema",
            )
        }
        Style::CloudFront | Style::Json | Style::Query => Fault::new("MalformedInput", 400, why),
    }
}

/// Writes an answer.
pub(crate) fn write(model: &Model, name: &str, operation: &Operation, answer: Answer, request_id: &str) -> Reply {
    let style = Style::of(model);
    let mut reply = Reply {
        status: answer.status.unwrap_or(operation.status),
        ..Reply::default()
    };
    if let Some(shape) = model.output(operation) {
        for member in &shape.members {
            if let Some(value) = answer.output.get(&member.member) {
                head(model, member, value, &mut reply);
            }
        }
        body(model, name, shape, answer, &mut reply);
    }
    if style == Style::S3 {
        reply
            .header("x-amz-request-id", request_id)
            .header("x-amz-id-2", "sandbox")
            .header("server", "AmazonS3")
    } else {
        reply.header("x-amzn-requestid", request_id)
    }
}

fn head(model: &Model, member: &Member, value: &Value, reply: &mut Reply) {
    let shape = model.shape(&member.held.shape);
    match (member.held.location.as_deref(), value) {
        (Some("header"), Value::Array(elements)) => {
            let texts: Vec<&str> = elements.iter().filter_map(Value::as_str).collect();
            reply
                .headers
                .push((member.wire_name().to_ascii_lowercase(), texts.join(",")));
        }
        (Some("header"), _) => {
            let text = scalar::format(shape, value, Place::Header);
            reply.headers.push((member.wire_name().to_ascii_lowercase(), text));
        }
        (Some("headers"), Value::Object(entries)) => {
            for (key, value) in entries {
                let name = format!("{}{key}", member.wire_name()).to_ascii_lowercase();
                reply
                    .headers
                    .push((name, value.as_str().unwrap_or_default().to_owned()));
            }
        }
        (Some("statusCode"), Value::Number(number)) => {
            if let Some(status) = number.as_u64().and_then(|it| u16::try_from(it).ok()) {
                reply.status = status;
            }
        }
        _ => {}
    }
}

fn body(model: &Model, name: &str, shape: &Shape, answer: Answer, reply: &mut Reply) {
    const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let namespace = model.namespace.as_deref().unwrap_or_default();
    let is_xml = |reply: &mut Reply, text: String| {
        reply.headers.retain(|(header, _)| header != "content-type");
        let kind = if model.service == "s3" {
            "application/xml"
        } else {
            "text/xml"
        };
        reply.headers.push(("content-type".into(), kind.into()));
        reply.body = text.into_bytes();
    };
    let Some(member) = shape.payload.as_deref().and_then(|payload| shape.member(payload)) else {
        if name == "GetBucketLocation" {
            // The document is the constraint itself, empty for us-east-1.
            let region = answer
                .output
                .get("LocationConstraint")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let region = xml::escape(region);
            is_xml(
                reply,
                format!("{DECLARATION}<LocationConstraint xmlns=\"{namespace}\">{region}</LocationConstraint>"),
            );
        } else if shape.members.iter().any(|member| member.held.location.is_none()) {
            let root = ROOTS
                .iter()
                .find(|(operation, _)| *operation == name)
                .map_or_else(|| format!("{name}Result"), |(_, root)| (*root).to_owned());
            let mut out = format!("{DECLARATION}<{root} xmlns=\"{namespace}\">");
            xml::write_members(&mut out, model, shape, &answer.output, Place::BodyMillis);
            out.push_str(&format!("</{root}>"));
            is_xml(reply, out);
        }
        return;
    };
    let value = answer.output.get(&member.member);
    let held = model.shape(&member.held.shape);
    match (held.kind, value) {
        (Kind::Blob, _) if member.held.streaming => {
            reply.body = answer.body;
            reply.stored = answer.stored;
        }
        (Kind::Blob, Some(Value::String(text))) => {
            let decoded = base64::engine::general_purpose::STANDARD.decode(text);
            reply.body = decoded.unwrap_or_default();
        }
        (Kind::Blob, _) => reply.body = answer.body,
        (Kind::String, Some(Value::String(text))) => {
            reply.headers.push(("content-type".into(), "application/json".into()));
            reply.body = text.clone().into_bytes();
        }
        (Kind::Structure, Some(Value::Object(members))) => {
            let root = member.held.name.as_deref().unwrap_or(&member.held.shape);
            let mut out = format!("{DECLARATION}<{root} xmlns=\"{namespace}\">");
            xml::write_members(&mut out, model, held, members, Place::BodyMillis);
            out.push_str(&format!("</{root}>"));
            is_xml(reply, out);
        }
        _ => {}
    }
}
