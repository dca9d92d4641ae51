//! The policy simulator: what documents decide, by the evaluator in `policy`.
//!
//! SimulatePrincipalPolicy looks at the policies and boundary of a role or user, never at the policy of the resource unless it
//! is sent along: that something is allowed here does not say that S3 lets it through.

use std::collections::BTreeSet;

use policy::{Access, By, Document, Name, Policies, PrincipalId, Request, access};
use serde_json::{Map, Value, json};

use super::document::many;
use super::{aws_managed, document, fault, managed, page, role_by_arn, user_by_arn};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// A document to simulate, and where it comes from.
struct Source {
    /// What `SourcePolicyId` says.
    label: String,
    /// What `SourcePolicyType` says.
    sort: &'static str,
    /// The document as text, for the condition keys it asks for.
    text: String,
    /// The document.
    document: Document,
}

/// Everything a simulation goes by.
struct Simulation {
    principal: PrincipalId,
    identity: Vec<Source>,
    boundary: Option<Source>,
    resource: Option<Source>,
    owner: Option<String>,
}

/// `SimulatePrincipalPolicy`.
pub(super) fn principal(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    if call.input.contains_key("PolicyExclusionList") {
        return Err(fault::invalid_input("The sandbox does not simulate without a policy."));
    }
    let arn = call.required("PolicySourceArn");
    let mut identity = Vec::new();
    let mut boundary = None;
    let mut principal = PrincipalId::User(arn.to_owned());
    let (sort, name, inline, attached, own_boundary) = match (role_by_arn(world, arn), user_by_arn(world, arn)) {
        (Some(it), _) => ("role", &it.name, &it.inline, &it.attached, &it.boundary),
        (None, Some(it)) => ("user", &it.name, &it.inline, &it.attached, &it.boundary),
        (None, None) => {
            return Err(fault::no_such_entity(format!(
                "The entity with ARN {arn} cannot be found."
            )));
        }
    };
    if sort == "role" {
        principal = PrincipalId::Role {
            role: arn.to_owned(),
            session: "simulation".to_owned(),
        };
    }
    for (policy, text) in inline {
        identity.push(source(format!("{sort}_{name}_{policy}"), sort, text)?);
    }
    for attached in attached {
        identity.extend(managed_source(world, &call.account, attached)?);
    }
    if let Some(arn) = own_boundary {
        boundary = managed_source(world, &call.account, arn)?;
    }
    identity.extend(sent(call, "PolicyInputList")?);
    // A boundary that is sent stands for the one that is there.
    if let Some(other) = sent(call, "PermissionsBoundaryPolicyInputList")?.into_iter().next() {
        boundary = Some(other);
    }
    simulate(call, principal, identity, boundary)
}

/// `SimulateCustomPolicy`.
pub(super) fn custom(_world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let identity = sent(call, "PolicyInputList")?;
    let boundary = sent(call, "PermissionsBoundaryPolicyInputList")?.into_iter().next();
    let somebody = format!("arn:aws:iam::{}:user/simulated", call.account);
    if call.input.contains_key("ResourcePolicy") && call.text("CallerArn").is_none() {
        return Err(fault::invalid_input("A resource policy needs a CallerArn."));
    }
    simulate(call, PrincipalId::User(somebody), identity, boundary)
}

/// Decides every action on every resource.
fn simulate(
    call: &Call,
    principal: PrincipalId,
    identity: Vec<Source>,
    boundary: Option<Source>,
) -> Result<Answer, Fault> {
    let principal = match call.text("CallerArn") {
        None => principal,
        Some(arn) if arn.contains(":user/") => PrincipalId::User(arn.to_owned()),
        Some(_) => return Err(fault::invalid_input("CallerArn must be the ARN of a user.")),
    };
    let simulation = Simulation {
        principal,
        identity,
        boundary,
        resource: match call.text("ResourcePolicy") {
            Some(text) => Some(read("ResourcePolicy".to_owned(), "resource", text)?),
            None => None,
        },
        owner: call
            .text("ResourceOwner")
            .map(|owner| owner.split(':').nth(4).unwrap_or(owner).to_owned()),
    };
    let mut items = Vec::new();
    let resources = texts(call, "ResourceArns");
    for action in texts(call, "ActionNames") {
        if action
            .split_once(':')
            .is_none_or(|(service, name)| service.is_empty() || name.is_empty())
        {
            return Err(fault::invalid_input(format!("Invalid Action in ActionNames: {action}")));
        }
        let everything = [String::from("*")];
        for resource in if resources.is_empty() {
            &everything[..]
        } else {
            &resources
        } {
            let request = request(call, simulation.principal.clone(), &action, resource);
            items.push((format!("{:06}", items.len()), simulation.result(&request)));
        }
    }
    page::page(call, "EvaluationResults", items)
}

impl Simulation {
    /// The result for one action on one resource.
    fn result(&self, request: &Request) -> Value {
        let identity: Vec<(&str, &Document)> = self
            .identity
            .iter()
            .map(|it| (it.label.as_str(), &it.document))
            .collect();
        let one = |source: &'_ Option<Source>| source.as_ref().map(|it| (it.label.clone(), it.document.clone()));
        let (boundary, resource) = (one(&self.boundary), one(&self.resource));
        let policies = Policies {
            identity: &identity,
            boundary: boundary.as_ref().map(|(label, document)| (label.as_str(), document)),
            session: None,
            resource: resource.as_ref().map(|(label, document)| (label.as_str(), document)),
            owner: self.owner.as_deref(),
            resource_decides: false,
        };
        let (decision, by) = match access(&policies, request) {
            Access::Allowed(by) => ("allowed", by),
            Access::Denied(_, by) => ("explicitDeny", vec![by]),
            Access::NotAllowed(_) => ("implicitDeny", Vec::new()),
        };
        let matched: Vec<Value> = by.iter().map(|by| self.matched(by)).collect();
        let mut result = json!({
            "EvalActionName": request.action,
            "EvalResourceName": request.resource,
            "EvalDecision": decision,
            "MatchedStatements": matched,
            "MissingContextValues": self.missing_keys(request),
        });
        if let Some(boundary) = &self.boundary {
            let allowed = policy::evaluate(&[(&boundary.label, &boundary.document)], request).is_allowed();
            result["PermissionsBoundaryDecisionDetail"] = json!({"AllowedByPermissionsBoundary": allowed});
        }
        result
    }

    /// All documents.
    fn sources(&self) -> impl Iterator<Item = &Source> {
        self.identity.iter().chain(&self.boundary).chain(&self.resource)
    }

    /// The statement that decided, as the simulator names it.
    fn matched(&self, by: &By) -> Value {
        let sort = self
            .sources()
            .find(|source| source.label == by.label)
            .map_or("none", |source| source.sort);
        json!({"SourcePolicyId": by.label, "SourcePolicyType": sort})
    }

    /// The condition keys that the documents ask for and nobody gave.
    fn missing_keys(&self, request: &Request) -> BTreeSet<String> {
        self.sources()
            .flat_map(|source| condition_keys(&source.text))
            .filter(|key| request.values(&Name::new(key.as_str())).is_none())
            .collect()
    }
}

/// The keys in the conditions of a document.
fn condition_keys(text: &str) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    many(&document["Statement"])
        .into_iter()
        .filter_map(|statement| statement["Condition"].as_object())
        .flat_map(Map::values)
        .filter_map(Value::as_object)
        .flat_map(|keys| keys.keys().cloned())
        .collect()
}

/// A request with the condition keys that a call sends.
fn request(call: &Call, principal: PrincipalId, action: &str, resource: &str) -> Request {
    let mut request = Request::new(principal, action, resource);
    for entry in call
        .input
        .get("ContextEntries")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let key = entry["ContextKeyName"].as_str().unwrap_or_default();
        for value in entry["ContextKeyValues"].as_array().into_iter().flatten() {
            request = request.with(key, value.as_str().unwrap_or_default());
        }
    }
    request
}

/// A managed policy as a source.
fn managed_source(world: &World, account: &str, arn: &str) -> Result<Option<Source>, Fault> {
    let sort = if aws_managed::find(arn).is_some() {
        "aws-managed"
    } else {
        "user-managed"
    };
    let label = arn.rsplit('/').next().unwrap_or_default().to_owned();
    managed::document_of(world, account, arn)
        .map(|text| source(label, sort, &text))
        .transpose()
}

/// Documents that a call sends.
fn sent(call: &Call, member: &str) -> Result<Vec<Source>, Fault> {
    texts(call, member)
        .iter()
        .enumerate()
        .map(|(at, text)| source(format!("{member}.{}", at + 1), "none", text))
        .collect()
}

/// A permission document as a source.
fn source(label: String, sort: &'static str, text: &str) -> Result<Source, Fault> {
    document::check_permission(text).map_err(|fault| fault::invalid_input(fault.message))?;
    read(label, sort, text)
}

/// A document as a source.
fn read(label: String, sort: &'static str, text: &str) -> Result<Source, Fault> {
    let document = Document::parse(text).map_err(|error| fault::invalid_input(error.to_string()))?;
    Ok(Source {
        label,
        sort,
        text: text.to_owned(),
        document,
    })
}

/// A list of texts.
fn texts(call: &Call, member: &str) -> Vec<String> {
    call.input
        .get(member)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
