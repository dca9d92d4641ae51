//! From a request to a reply: route, identify, read, check, call the service, check its answer, write.

use serde_json::Value;

use crate::access;
use crate::auth::{self, Caller};
use crate::blobs::Blobs;
use crate::body::Body;
use crate::call::{Answer, Call, Fault};
use crate::check;
use crate::model::{Kind, Model, Operation};
use crate::protocol::route::{self, PREFLIGHT, Scope, Target};
use crate::protocol::wire::{Reply, Wire};
use crate::protocol::{self, Style, errors};
use crate::reading::{self, Read};
use crate::services;
use crate::world::World;

/// A request whose operation is known.
#[derive(Debug)]
pub(crate) struct Routed {
    target: Target,
    scope: Option<Scope>,
    /// The request as it was signed; an object's bytes are with what was read.
    wire: Wire,
    /// What the request says, or why it says nothing.
    read: Result<Read, Fault>,
}

/// Finds what a request asks for, and reads it. All that needs no world is done here: long bodies take their time.
pub(crate) fn route(mut wire: Wire) -> Result<Routed, Reply> {
    let scope = route::scope(&wire);
    match route::find(&wire, scope.as_ref()) {
        Some(target) => {
            let read = reading::read(&target, &mut wire);
            Ok(Routed {
                target,
                scope,
                wire,
                read,
            })
        }
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
        let name = self.target.name.as_str();
        let name = name.strip_prefix("Admin").unwrap_or(name);
        self.target.operation.is_some() && !READING.iter().any(|verb| name.starts_with(verb))
    }

    /// Whether the request may change something, whatever its name: `GetOpenIdToken` links a guest to a login.
    pub(crate) fn writes(&self) -> bool {
        self.mutating() || self.target.name == "GetOpenIdToken"
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
        let Read {
            mut members,
            body,
            headers,
        } = std::mem::replace(&mut self.read, Ok(Read::default()))?;
        if let Some(page) = page {
            shorten(model, operation, &mut members, page);
        }
        let call = self.call(caller, members, body, headers);
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

    /// The object that was sent; for tests.
    #[cfg(test)]
    pub(crate) fn body(&self) -> Option<&Body> {
        self.read.as_ref().ok().map(|read| &read.body)
    }

    /// Stores a long body in advance, so that nobody waits for it.
    pub(crate) fn store(&self, blobs: &Blobs) {
        if let Ok(Read { body, .. }) = &self.read
            && body.is_large()
            && let Err(wrong) = blobs.put(body)
        {
            crate::say(format_args!("cannot store an object: {wrong}"));
        }
    }

    fn call(
        &self,
        caller: Caller,
        input: serde_json::Map<String, Value>,
        body: Body,
        headers: Vec<(String, String)>,
    ) -> Call {
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
            headers,
        }
    }

    /// A browser's question whether it may ask: no model has it, and nobody signs it.
    fn preflight(&mut self, world: &mut World, served: crate::call::Operation, id: &str) -> Result<Reply, Fault> {
        let caller = auth::identify(world, &self.wire, None, Style::S3, true)?;
        let labels = self.target.labels.iter();
        let input = labels
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
            .collect();
        let call = self.call(caller, input, Body::default(), self.wire.headers.clone());
        let Answer {
            body, status, headers, ..
        } = served(world, &call)?;
        Ok(Reply {
            status: status.unwrap_or(200),
            headers,
            body,
            ..Reply::default()
        }
        .header("x-amz-request-id", id))
    }

    fn unknown(&self, style: Style) -> Fault {
        let Target { model, name, .. } = &self.target;
        crate::say(format_args!("{}.{name} is not served", model.service));
        errors::unknown_operation(style, name, &model.version)
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
