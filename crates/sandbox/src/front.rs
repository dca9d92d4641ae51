//! From a request to a reply: route, identify, read, check, call the service, check its answer, write.

use serde_json::Value;

use crate::access;
use crate::auth::{self, Caller};
use crate::call::{Answer, Call, Fault};
use crate::check::{self, Constraint, Violation};
use crate::model::{Kind, Model, Operation};
use crate::protocol::route::{self, PREFLIGHT, Scope, Target};
use crate::protocol::wire::{Reply, Wire};
use crate::protocol::{self, Style, errors};
use crate::services;
use crate::world::World;

/// The most bytes of a body that is not an object.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// A request whose operation is known.
#[derive(Debug)]
pub(crate) struct Routed {
    target: Target,
    scope: Option<Scope>,
    wire: Wire,
}

/// Finds what a request asks for.
pub(crate) fn route(wire: Wire) -> Result<Routed, Reply> {
    let scope = route::scope(&wire);
    match route::find(&wire, scope.as_ref()) {
        Some(target) => Ok(Routed { target, scope, wire }),
        None => {
            crate::say(format_args!("no service for {} {}", wire.method, wire.path));
            let fault = errors::unknown_operation(Style::Json, "", "");
            Err(errors::write(Style::Json, None, &fault, "none"))
        }
    }
}

impl Routed {
    /// The service's name in the models.
    pub(crate) fn service(&self) -> &'static str {
        &self.target.model.service
    }

    /// The operation's name, or what was asked for where there is none.
    pub(crate) fn operation(&self) -> &str {
        &self.target.name
    }

    /// Whether the request changes something, by its name.
    pub(crate) fn mutating(&self) -> bool {
        const READING: [&str; 7] = ["Get", "List", "Describe", "Head", "Filter", "Search", "Simulate"];
        self.target.operation.is_some() && !READING.iter().any(|verb| self.target.name.starts_with(verb))
    }

    /// Whether the request reads a list that may be behind. S3's lists of objects never are (Amazon S3 User Guide,
    /// "data consistency model"), its list of buckets is.
    pub(crate) fn lags(&self) -> bool {
        let name = self.target.name.as_str();
        match self.service() {
            "s3" => name == "ListBuckets",
            "resourcegroupstaggingapi" => name.starts_with("Get"),
            _ => name.starts_with("List") && !name.starts_with("ListTags"),
        }
    }

    /// Refuses, before anything is looked at.
    pub(crate) fn refuse(&self, fault: &Fault, request_id: &str) -> Reply {
        errors::write(Style::of(self.target.model), self.namespace(), fault, request_id)
    }

    /// Answers; where there is a world of the past, as that would.
    pub(crate) fn answer(
        mut self,
        world: &mut World,
        past: Option<World>,
        request_id: &str,
        page: Option<u32>,
    ) -> Reply {
        let style = Style::of(self.target.model);
        let done = self.act(world, past, style, request_id, page);
        match done {
            Ok(reply) => reply,
            Err(fault) => {
                let defects = self.target.operation.map(|it| of_fault(it, &fault)).unwrap_or_default();
                if defects.is_empty() {
                    errors::write(style, self.namespace(), &fault, request_id)
                } else {
                    self.broken(style, &defects, request_id)
                }
            }
        }
    }

    fn namespace(&self) -> Option<&'static str> {
        self.target.model.namespace.as_deref()
    }

    fn act(
        &mut self,
        world: &mut World,
        past: Option<World>,
        style: Style,
        request_id: &str,
        page: Option<u32>,
    ) -> Result<Reply, Fault> {
        let model = self.target.model;
        let served = services::operation(&model.service, &self.target.name);
        let Some(operation) = self.target.operation else {
            if self.target.name == PREFLIGHT
                && let Some(served) = served
            {
                return self.preflight(world, served, request_id);
            }
            return Err(self.unknown(style));
        };
        let caller = auth::identify(world, &self.wire, self.scope.as_ref(), style, operation.anonymous)?;
        let Some(served) = served else {
            return Err(self.unknown(style));
        };
        let streams = model
            .input(operation)
            .is_some_and(|shape| shape.members.iter().any(|member| member.held.streaming));
        if !streams && self.wire.body.len() > MAX_BODY {
            return Err(too_large(style));
        }
        self.check_digest(style)?;
        let input = protocol::read(&self.target, operation, &mut self.wire)?;
        let violations = check::input(model, operation, &input.members);
        if !violations.is_empty() {
            return Err(refusal(model, operation, &violations));
        }
        let mut members = input.members;
        if let Some(page) = page {
            shorten(model, operation, &mut members, page);
        }
        let call = self.call(caller, members, input.body);
        if !operation.anonymous {
            access::authorize(world, &model.service, style, &call)?;
        }
        // What the past does not know of is asked of the present.
        let mut answer = match past.map(|mut past| served(&mut past, &call)) {
            Some(Ok(answer)) => answer,
            Some(Err(_)) | None => served(world, &call)?,
        };
        let mut output = Value::Object(std::mem::take(&mut answer.output));
        check::without_nulls(&mut output);
        if let Value::Object(output) = output {
            answer.output = output;
        }
        let defects = check::output(model, operation, &answer.output);
        if !defects.is_empty() {
            return Ok(self.broken(style, &defects, request_id));
        }
        let headers = std::mem::take(&mut answer.headers);
        let mut reply = protocol::write(&self.target, operation, answer, request_id);
        reply.headers.extend(headers);
        Ok(reply)
    }

    fn call(&mut self, caller: Caller, input: serde_json::Map<String, Value>, body: Vec<u8>) -> Call {
        let region = match caller.arn.as_str() {
            auth::ANONYMOUS => region_of_ids(&input).unwrap_or(caller.region),
            _ => caller.region,
        };
        Call {
            operation: self.target.name.clone(),
            account: caller.account,
            region,
            caller: caller.arn,
            key: caller.key,
            input,
            body,
            headers: std::mem::take(&mut self.wire.headers),
        }
    }

    /// A browser's question whether it may ask: no model has it, and nobody signs it.
    fn preflight(&mut self, world: &mut World, served: crate::call::Operation, id: &str) -> Result<Reply, Fault> {
        let caller = auth::identify(world, &self.wire, None, Style::S3, true)?;
        let labels = self.target.labels.iter();
        let input = labels
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
            .collect();
        let call = self.call(caller, input, Vec::new());
        let Answer {
            body, status, headers, ..
        } = served(world, &call)?;
        Ok(Reply {
            status: status.unwrap_or(200),
            headers,
            body,
        }
        .header("x-amz-request-id", id))
    }

    fn unknown(&self, style: Style) -> Fault {
        let Target { model, name, .. } = &self.target;
        crate::say(format_args!("{}.{name} is not served", model.service));
        errors::unknown_operation(style, name, &model.version)
    }

    /// The body is what its digest says, where one was sent.
    fn check_digest(&self, style: Style) -> Result<(), Fault> {
        use sha2::Digest as _;
        let Some(told) = self.wire.header("x-amz-content-sha256").filter(|told| told.len() == 64) else {
            return Ok(());
        };
        if protocol::wire::hex(&sha2::Sha256::digest(&self.wire.body)) == told.to_ascii_lowercase() {
            return Ok(());
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

    /// A mistake of the sandbox, told in a way that no test passes over.
    fn broken(&self, style: Style, defects: &[String], request_id: &str) -> Reply {
        let what = format!("{}.{}: {}", self.service(), self.target.name, defects.join("; "));
        crate::say(format_args!("mistake of the sandbox: {what}"));
        let fault = Fault::new("InternalFailure", 500, format!("mistake of the sandbox: {what}"));
        errors::write(style, self.namespace(), &fault, request_id).header("x-sandbox-error", what)
    }
}

/// A declared error must have the status that the model declares.
fn of_fault(operation: &Operation, fault: &Fault) -> Vec<String> {
    operation
        .errors
        .iter()
        .filter(|declared| declared.code == fault.code)
        .filter_map(|declared| declared.status)
        .filter(|status| *status != fault.status)
        .map(|status| format!("{} has status {}, the model says {status}", fault.code, fault.status))
        .collect()
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

/// The region in the ids of Cognito, for calls that nobody signed: `us-east-1_abc`, `us-east-1:uuid`.
fn region_of_ids(input: &serde_json::Map<String, Value>) -> Option<String> {
    ["UserPoolId", "IdentityPoolId", "IdentityId"]
        .iter()
        .find_map(|name| input.get(*name)?.as_str()?.split_once(['_', ':']))
        .map(|(region, _)| region.to_owned())
}

/// Asks for small pages, so that every list is paged. AWS may always answer with fewer than were asked for.
fn shorten(model: &Model, operation: &Operation, members: &mut serde_json::Map<String, Value>, page: u32) {
    const NAMES: [&str; 7] = [
        "MaxResults",
        "MaxItems",
        "Limit",
        "MaxKeys",
        "ResourcesPerPage",
        "MaxParts",
        "MaxUploads",
    ];
    let Some(shape) = model.input(operation) else { return };
    for member in shape.members.iter().filter(|it| NAMES.contains(&it.member.as_str())) {
        let asked = members.get(&member.member);
        let asked = asked.and_then(|it| it.as_u64().or_else(|| it.as_str().and_then(|text| text.parse().ok())));
        let size = asked.map_or(u64::from(page), |asked| asked.min(u64::from(page)));
        let size = if model.shape(&member.held.shape).kind == Kind::String {
            Value::from(size.to_string())
        } else {
            Value::from(size)
        };
        members.insert(member.member.clone(), size);
    }
}
