//! Who may do what: the policies around a request, put together for the evaluator in the crate `policy`.
//!
//! Root users may do everything in their account. Users and sessions of roles are held to their policies, always: a
//! fake that lets everybody in proves nothing about a policy. S3 asks from within its own door, because only it knows
//! which bucket's policy counts; all other services are asked here before an operation sees its call.

mod needs;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use policy::{Access, By, Document, Grant, Layer, Policies, PrincipalId, Request};
use serde_json::Value;

use crate::auth::ANONYMOUS;
use crate::call::{Call, Fault};
use crate::protocol::Style;
use crate::services::{self, iam, sts};
use crate::world::World;

/// Something that a caller must be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// The action, as `iam:CreateRole`.
    pub(crate) action: String,
    /// The ARN of the resource, or `*`.
    pub(crate) resource: String,
    /// Condition keys of this action alone.
    pub(crate) keys: Vec<(String, String)>,
}

impl Need {
    /// An action on a resource.
    pub(crate) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            keys: Vec::new(),
        }
    }

    /// Adds a condition key.
    pub(crate) fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.keys.push((key.into(), value.into()));
        self
    }
}

/// A document with its label.
type Labelled = (String, Document);

/// A caller and all the policies that are his own.
pub(crate) struct Who {
    /// The caller, as policies name him.
    pub(crate) principal: PrincipalId,
    own: Vec<Labelled>,
    boundary: Option<Labelled>,
    session: Option<Vec<Labelled>>,
    keys: Vec<(String, String)>,
}

impl Who {
    /// Somebody whom an identity provider vouches for: he has no policies of his own.
    pub(crate) fn federated(provider: &str, keys: &BTreeMap<String, Vec<String>>) -> Self {
        Self {
            principal: PrincipalId::Federated(provider.to_owned()),
            own: Vec::new(),
            boundary: None,
            session: None,
            keys: spread(keys).collect(),
        }
    }
}

/// Keys of several values as pairs.
fn spread(keys: &BTreeMap<String, Vec<String>>) -> impl Iterator<Item = (String, String)> {
    keys.iter()
        .flat_map(|(name, values)| values.iter().map(|value| key(name, value)))
}

/// A principal, and whose policies are his.
struct Identity {
    principal: PrincipalId,
    /// The ARN of the user or role; absent for root, and for a session whose role is gone.
    arn: Option<String>,
    session: Option<Vec<Labelled>>,
    keys: Vec<(String, String)>,
}

/// Finds out who calls, and what his policies are. A session whose role is gone has none.
pub(crate) fn who(world: &World, call: &Call) -> Who {
    let caller = call.caller.as_str();
    let Identity {
        principal,
        arn,
        session,
        mut keys,
    } = identity(world, call);
    if caller != ANONYMOUS {
        keys.push(key("aws:PrincipalAccount", &call.account));
        keys.push(key("aws:PrincipalArn", arn.as_deref().unwrap_or(caller)));
    }
    let rights = arn.as_deref().and_then(|arn| iam::rights_of(world, arn));
    let (own, boundary) = rights.unwrap_or_default();
    for (name, value) in arn.iter().flat_map(|arn| iam::tags_of(world, arn)) {
        keys.push((format!("aws:PrincipalTag/{name}"), value));
    }
    Who {
        principal,
        own: read(own),
        boundary: read(boundary).pop(),
        session,
        keys,
    }
}

fn identity(world: &World, call: &Call) -> Identity {
    let caller = call.caller.as_str();
    if caller == ANONYMOUS {
        return Identity {
            principal: PrincipalId::Anonymous,
            arn: None,
            session: None,
            keys: vec![key("aws:PrincipalType", "Anonymous")],
        };
    }
    if let Some((_, rest)) = caller.split_once(":assumed-role/") {
        return of_session(world, call, rest);
    }
    if caller.contains(":user/") {
        let mut keys = vec![
            key("aws:PrincipalType", "User"),
            key("aws:username", caller.rsplit('/').next().unwrap_or_default()),
        ];
        keys.extend(iam::unique_id(world, caller).map(|id| key("aws:userid", &id)));
        return Identity {
            principal: PrincipalId::User(caller.to_owned()),
            arn: Some(caller.to_owned()),
            session: None,
            keys,
        };
    }
    Identity {
        principal: PrincipalId::Account(call.account.clone()),
        arn: None,
        session: None,
        keys: vec![key("aws:PrincipalType", "Account"), key("aws:userid", &call.account)],
    }
}

/// The identity behind `<role>/<session>`.
fn of_session(world: &World, call: &Call, rest: &str) -> Identity {
    let (name, session_name) = rest.split_once('/').unwrap_or((rest, ""));
    let mut keys = vec![key("aws:PrincipalType", "AssumedRole")];
    let Some(session) = sts::session(world, &call.key, &call.caller) else {
        let role = iam::role_arn(world, &call.account, name);
        return Identity {
            principal: PrincipalId::Role {
                role: role.clone(),
                session: session_name.to_owned(),
            },
            arn: Some(role),
            session: None,
            keys,
        };
    };
    keys.push(key("aws:userid", &session.user_id));
    keys.extend(spread(&session.keys));
    // A new role of the same name is another.
    let there = iam::role_by_arn(world, &session.role)
        .is_some_and(|role| session.user_id.split(':').next() == Some(role.id.as_str()));
    let texts = session
        .policies
        .iter()
        .map(|text| ("session policy".to_owned(), text.clone()));
    Identity {
        principal: PrincipalId::Role {
            role: session.role.clone(),
            session: session_name.to_owned(),
        },
        arn: there.then(|| session.role.clone()),
        session: (!session.policies.is_empty()).then(|| read(texts)),
        keys,
    }
}

fn key(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Documents that IAM took and that can be read; what cannot allows nothing.
fn read(texts: impl IntoIterator<Item = (String, String)>) -> Vec<Labelled> {
    texts
        .into_iter()
        .filter_map(|(label, text)| Some((label, Document::parse(&text).ok()?)))
        .collect()
}

/// The policy of a resource.
#[derive(Clone, Copy)]
pub(crate) struct OfResource<'a> {
    /// The policy, if it has one.
    pub(crate) policy: Option<&'a Document>,
    /// The account that owns it.
    pub(crate) owner: &'a str,
    /// Whether it alone gives access, as a role's trust does.
    pub(crate) alone: bool,
}

/// Decides whether a caller is allowed something.
pub(crate) fn decide(world: &World, call: &Call, who: &Who, need: &Need, of: Option<OfResource<'_>>) -> Access {
    if let Some(by) = refused(world, &need.action) {
        return Access::Denied(Layer::Identity, by);
    }
    let mut request = Request::new(who.principal.clone(), need.action.as_str(), need.resource.as_str());
    for (name, value) in circumstances(world, call).iter().chain(&who.keys).chain(&need.keys) {
        request = request.with(name, value.as_str());
    }
    let own = refs(&who.own);
    let session = who.session.as_deref().map(refs);
    let policies = Policies {
        identity: &own,
        boundary: who
            .boundary
            .as_ref()
            .map(|(label, document)| (label.as_str(), document)),
        session: session.as_deref(),
        resource: of
            .and_then(|of| of.policy)
            .map(|document| ("resource policy", document)),
        owner: of.map(|of| of.owner),
        resource_decides: of.is_some_and(|of| of.alone),
    };
    policy::access(&policies, &request)
}

fn refs(documents: &[Labelled]) -> Vec<(&str, &Document)> {
    documents
        .iter()
        .map(|(label, document)| (label.as_str(), document))
        .collect()
}

/// What every request brings along. The sandbox stands for an AWS reached over TLS, whatever carries its bytes.
fn circumstances(world: &World, call: &Call) -> Vec<(String, String)> {
    let mut keys = vec![
        key("aws:SecureTransport", "true"),
        key("aws:SourceIp", "127.0.0.1"),
        key("aws:RequestedRegion", &call.region),
        key("aws:ViaAWSService", "false"),
    ];
    let now = world.now();
    if let Ok(moment) = jiff::Timestamp::from_millisecond((now * 1000.0) as i64) {
        keys.push(("aws:CurrentTime".to_owned(), moment.to_string()));
        keys.push(("aws:EpochTime".to_owned(), moment.as_second().to_string()));
    }
    let agent = call.headers.iter().find(|(name, _)| name == "user-agent");
    keys.extend(agent.map(|(_, agent)| key("aws:UserAgent", agent)));
    keys
}

/// Whether somebody asked that this action be denied to everybody.
fn refused(world: &World, action: &str) -> Option<By> {
    let action = action.to_ascii_lowercase();
    let pattern = world
        .manner
        .refused
        .iter()
        .find(|pattern| services::s3::glob(&pattern.to_ascii_lowercase(), &action))?;
    Some(By {
        label: format!("--refuse {pattern}"),
        statement: 0,
        sid: None,
        grant: Grant::Attached,
    })
}

/// Refuses a call of another service than S3 that the caller's policies do not allow.
pub(crate) fn authorize(world: &World, service: &str, style: Style, call: &Call) -> Result<(), Fault> {
    let root = call.caller.ends_with(":root");
    if (root && world.manner.refused.is_empty()) || call.caller == ANONYMOUS || style == Style::S3 {
        return Ok(());
    }
    let who = who(world, call);
    for need in needs::of(world, service, call) {
        let access = decide(world, call, &who, &need, None);
        if !access.is_allowed() {
            return Err(denied(style, call, &need, &access));
        }
    }
    Ok(())
}

/// AWS's refusal: who, what, on which resource, and why.
pub(crate) fn denied(style: Style, call: &Call, need: &Need, access: &Access) -> Fault {
    let Need { action, resource, .. } = need;
    // S3 quotes resources, and leaves out the one that is everything.
    let on = match (style, resource.as_str()) {
        (Style::S3, "*") => String::new(),
        (Style::S3, resource) => format!(" on resource: \"{resource}\""),
        (Style::Json | Style::Query | Style::CloudFront, resource) => format!(" on resource: {resource}"),
    };
    let words = format!(
        "User: {} is not authorized to perform: {action}{on} {}",
        call.caller,
        access.because(action)
    );
    match style {
        Style::Json => Fault::new("AccessDeniedException", 400, words),
        Style::Query | Style::CloudFront | Style::S3 => Fault::new("AccessDenied", 403, words),
    }
}

/// The tags that a call sends, whatever its service calls them.
fn sent_tags(call: &Call) -> Vec<(String, String)> {
    let mut tags = Vec::new();
    let members = [
        "Tags",
        "UserPoolTags",
        "IdentityPoolTags",
        "DistributionConfigWithTags",
        "CreateBucketConfiguration",
    ];
    for value in members.iter().filter_map(|member| call.input.get(*member)) {
        let value = value.get("Tags").unwrap_or(value);
        let list = value.get("Items").unwrap_or(value);
        match list {
            Value::Array(pairs) => tags.extend(pairs.iter().filter_map(|pair| {
                Some((
                    pair["Key"].as_str()?.to_owned(),
                    pair["Value"].as_str().unwrap_or_default().to_owned(),
                ))
            })),
            Value::Object(map) => tags.extend(
                map.iter()
                    .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))),
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    tags
}
