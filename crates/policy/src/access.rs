//! Access: what all policies around a request decide together.
//!
//! IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic". An explicit deny anywhere
//! wins. Within one account the identity's policies or the resource's policy must allow; between accounts both must. A
//! boundary and a session policy limit what identity policies allow. What a resource's policy allows is outside of these
//! limits if it names the user or the session, but inside of them if it names the role.

use std::fmt;

use crate::document::Document;
use crate::evaluate::{By, Decision, evaluate};
use crate::request::{Grant, PrincipalId, Request};

/// The policies around a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policies<'a> {
    /// The policies of the user or role, with labels.
    pub identity: &'a [(&'a str, &'a Document)],
    /// The permissions boundary, if there is one.
    pub boundary: Option<(&'a str, &'a Document)>,
    /// The policies a session was made with, if it was made with any.
    pub session: Option<&'a [(&'a str, &'a Document)]>,
    /// The policy of the resource, if it has one.
    pub resource: Option<(&'a str, &'a Document)>,
    /// The account that owns the resource; `None` if it is that of the one who asks.
    pub owner: Option<&'a str>,
    /// Whether the resource's policy alone gives access, so that an identity's policy is not enough even within the
    /// account: so it is with a role's trust policy.
    pub resource_decides: bool,
}

/// What policies decide together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Allowed, by these statements.
    Allowed(Vec<By>),
    /// Denied by a statement in a policy of this layer.
    Denied(Layer, By),
    /// Not allowed, as no statement of this layer allows.
    NotAllowed(Layer),
}

/// The policies that stand at one place around a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The policies of the user or role.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The policies of the session.
    Session,
    /// The policy of the resource.
    Resource,
}

impl Access {
    /// Whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Access::Allowed(_))
    }

    /// The end of AWS's `AccessDenied` message: why, in AWS's words. Empty if the request is allowed.
    ///
    /// IAM User Guide, "Troubleshoot access denied error messages".
    pub fn because(&self, action: &str) -> String {
        match self {
            Access::Allowed(_) => String::new(),
            Access::Denied(layer, _) => format!("with an explicit deny in {layer}"),
            Access::NotAllowed(layer) => {
                format!("because no {} allows the {action} action", layer.words())
            }
        }
    }
}

impl Layer {
    fn words(self) -> &'static str {
        match self {
            Layer::Identity => "identity-based policy",
            Layer::Boundary => "permissions boundary",
            Layer::Session => "session policy",
            Layer::Resource => "resource-based policy",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}",
            if *self == Layer::Identity { "an" } else { "a" },
            self.words()
        )
    }
}

/// Decides a request by all policies around it.
pub fn access(policies: &Policies<'_>, request: &Request) -> Access {
    let one = |layer: Layer, document: Option<(&str, &Document)>| match document {
        Some(document) => (layer, evaluate(&[document], request)),
        None => (layer, Decision::ImplicitDeny),
    };
    let identity = (Layer::Identity, evaluate(policies.identity, request));
    let boundary = one(Layer::Boundary, policies.boundary);
    let session = (Layer::Session, evaluate(policies.session.unwrap_or_default(), request));
    let resource = one(Layer::Resource, policies.resource);
    for (layer, decision) in [&identity, &boundary, &session, &resource] {
        if let Decision::ExplicitDeny(by) = decision {
            return Access::Denied(*layer, by.clone());
        }
    }
    let by = |(_, decision): &(Layer, Decision)| match decision {
        Decision::Allow(by) => Some(by.clone()),
        Decision::ExplicitDeny(_) | Decision::ImplicitDeny => None,
    };
    let granted = by(&resource);
    // Services, providers and strangers have no policies of their own: the resource's policy alone decides.
    let Some(account) = request.principal.account() else {
        return granted.map_or(Access::NotAllowed(Layer::Resource), |by| Access::Allowed(vec![by]));
    };
    // What limits an identity in its own account.
    let limits = [
        (policies.boundary.is_some(), &boundary),
        (policies.session.is_some(), &session),
    ];
    let limited = || {
        limits
            .iter()
            .find(|(set, layer)| *set && by(layer).is_none())
            .map(|(_, layer)| layer.0)
    };
    let same_account = policies.owner.is_none_or(|owner| owner == account);
    if same_account {
        match granted.as_ref().map(|by| by.grant) {
            Some(Grant::Direct) => return Access::Allowed(granted.into_iter().collect()),
            Some(Grant::Role) => {
                return match limited() {
                    Some(layer) => Access::NotAllowed(layer),
                    None => Access::Allowed(granted.into_iter().collect()),
                };
            }
            // The account is named, so its own policies decide.
            Some(Grant::Account | Grant::Attached) => {}
            None if policies.resource_decides => return Access::NotAllowed(Layer::Resource),
            None => {}
        }
    }
    // The root user may do everything in its account, and has neither policies nor a boundary.
    let root = matches!(request.principal, PrincipalId::Account(_));
    let own = by(&identity);
    if !root && own.is_none() {
        return Access::NotAllowed(Layer::Identity);
    }
    if let Some(layer) = limited().filter(|_| !root) {
        return Access::NotAllowed(layer);
    }
    if !same_account && granted.is_none() {
        return Access::NotAllowed(Layer::Resource);
    }
    Access::Allowed(own.into_iter().chain(granted).collect())
}
