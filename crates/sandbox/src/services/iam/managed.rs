//! Managed policies: ours with up to five versions, AWS's to read.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Policy, State, Version, aws_managed, document, fault, fresh_id, page, tags};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// How long a managed policy can be.
const SIZE: usize = 6144;

/// How many versions a policy can have at a time.
const VERSIONS: usize = 5;

/// Whether this ARN is a managed policy that this account can attach.
pub(super) fn exists(world: &World, account: &str, arn: &str) -> bool {
    aws_managed::find(arn).is_some()
        || world
            .iam
            .get(account)
            .is_some_and(|state| state.policies.contains_key(arn))
}

/// The document in force of a managed policy, ours or AWS's.
pub(crate) fn document_of(world: &World, account: &str, arn: &str) -> Option<String> {
    if let Some(policy) = aws_managed::find(arn) {
        return Some(policy.document());
    }
    let policy = world.iam.get(account)?.policies.get(arn)?;
    Some(policy.versions.get(&policy.default_version)?.document.clone())
}

/// Refuses what has not the form of a policy's ARN.
pub(super) fn check_arn(arn: &str) -> Result<(), Fault> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, resource] if !account.is_empty() && resource.starts_with("policy/") => Ok(()),
        _ => Err(fault::invalid_input(format!("ARN {arn} is not valid."))),
    }
}

/// The path within a policy's ARN.
pub(super) fn path_of(arn: &str) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let path = resource.strip_prefix("policy").unwrap_or_default();
    path.rsplit_once('/')
        .map_or_else(|| "/".to_owned(), |(path, _)| format!("{path}/"))
}

/// Our policy that a call names; AWS's cannot be changed.
pub(super) fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Policy, Fault> {
    let arn = call.required("PolicyArn");
    check_arn(arn)?;
    if aws_managed::find(arn).is_some() {
        return Err(Fault::new("AccessDenied", 403, "Policy is outside your own account."));
    }
    world
        .iam
        .get_mut(&call.account)
        .and_then(|state| state.policies.get_mut(arn))
        .ok_or_else(|| missing(arn))
}

/// `CreatePolicy`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let (name, text) = (call.required("PolicyName"), call.required("PolicyDocument"));
    checked(text)?;
    let tags = tags::sent(call)?;
    let path = call.text("Path").unwrap_or("/");
    let arn = format!("arn:aws:iam::{}:policy{path}{name}", call.account);
    let (id, now) = (fresh_id(world, "ANPA"), world.now());
    let state = world.iam.entry(call.account.clone()).or_default();
    if state
        .policies
        .values()
        .any(|policy| policy.name.eq_ignore_ascii_case(name))
    {
        return Err(fault::already_exists(format!(
            "A policy called {name} already exists. Duplicate names are not allowed."
        )));
    }
    let first = Version {
        document: text.to_owned(),
        created: now,
    };
    let policy = Policy {
        name: name.to_owned(),
        id,
        arn: arn.clone(),
        path: path.to_owned(),
        description: call.text("Description").map(str::to_owned),
        created: now,
        updated: now,
        tags,
        versions: BTreeMap::from([(1, first)]),
        default_version: 1,
        next_version: 2,
    };
    state.policies.insert(arn, policy.clone());
    // The creating call and lists leave the description out (CreatePolicy, ListPolicies).
    let mut shown = ours(world, &call.account, &policy);
    shown.remove("Description");
    Ok(json!({ "Policy": shown }).into())
}

/// `GetPolicy`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let arn = call.required("PolicyArn");
    check_arn(arn)?;
    let shown = match aws_managed::find(arn) {
        Some(policy) => of_aws(world, &call.account, policy),
        None => {
            let policy = find(world, call)?.clone();
            ours(world, &call.account, &policy)
        }
    };
    Ok(json!({ "Policy": shown }).into())
}

/// `ListPolicies`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let scope = call.text("Scope").unwrap_or("All");
    let prefix = call.text("PathPrefix").unwrap_or("/");
    let only_attached = call.flag("OnlyAttached").unwrap_or_default();
    let mut items: Vec<Map<String, Value>> = Vec::new();
    if scope != "AWS" {
        for policy in world
            .iam
            .get(&call.account)
            .into_iter()
            .flat_map(|it| it.policies.values())
        {
            let mut shown = ours(world, &call.account, policy);
            shown.remove("Description");
            shown.remove("Tags");
            items.push(shown);
        }
    }
    if scope != "Local" {
        items.extend(
            aws_managed::ALL
                .iter()
                .map(|policy| of_aws(world, &call.account, policy)),
        );
    }
    let used = match call.text("PolicyUsageFilter") {
        Some("PermissionsBoundary") => Some("PermissionsBoundaryUsageCount"),
        Some(_) => Some("AttachmentCount"),
        None => only_attached.then_some("AttachmentCount"),
    };
    let items = items
        .into_iter()
        .filter(|it| it["Path"].as_str().is_some_and(|path| path.starts_with(prefix)))
        .filter(|it| used.is_none_or(|count| it[count] != 0))
        .map(|it| (it["Arn"].as_str().unwrap_or_default().to_owned(), Value::Object(it)))
        .collect();
    page::page(call, "Policies", items)
}

/// `DeletePolicy`: detached first, and its other versions gone.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let policy = find(world, call)?.clone();
    let (attached, boundaries) = uses(world, &call.account, &policy.arn);
    if attached + boundaries > 0 {
        return Err(fault::delete_conflict("Cannot delete a policy attached to entities."));
    }
    if policy.versions.len() > 1 {
        return Err(fault::delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's \
             versions. The default version is deleted with the policy.",
        ));
    }
    world
        .iam
        .entry(call.account.clone())
        .or_default()
        .policies
        .remove(&policy.arn);
    Ok(Answer::empty())
}

/// `CreatePolicyVersion`.
pub(super) fn create_version(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let (text, now) = (call.required("PolicyDocument"), world.now());
    let policy = find(world, call)?;
    checked(text)?;
    if policy.versions.len() >= VERSIONS {
        return Err(fault::limit_exceeded(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an \
             existing version.",
        ));
    }
    let number = policy.next_version;
    policy.next_version += 1;
    policy.updated = now;
    policy.versions.insert(
        number,
        Version {
            document: text.to_owned(),
            created: now,
        },
    );
    if call.flag("SetAsDefault").unwrap_or_default() {
        policy.default_version = number;
    }
    let mut shown = version(policy, number);
    shown.remove("Document");
    Ok(json!({ "PolicyVersion": shown }).into())
}

/// `GetPolicyVersion`.
pub(super) fn get_version(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let (arn, wanted) = (call.required("PolicyArn"), call.required("VersionId"));
    check_arn(arn)?;
    let shown = match aws_managed::find(arn) {
        Some(policy) if wanted == "v1" => json!({
            "Document": document::encoded(&policy.document()),
            "VersionId": "v1",
            "IsDefaultVersion": true,
            "CreateDate": aws_managed::CREATED,
        }),
        Some(_) => return Err(missing_version(wanted)),
        None => {
            let policy = find(world, call)?;
            let number = number(policy, wanted)?;
            Value::Object(version(policy, number))
        }
    };
    Ok(json!({ "PolicyVersion": shown }).into())
}

/// `ListPolicyVersions`, the newest first and without documents.
pub(super) fn list_versions(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let arn = call.required("PolicyArn");
    check_arn(arn)?;
    let items = if aws_managed::find(arn).is_some() {
        let only = json!({"VersionId": "v1", "IsDefaultVersion": true, "CreateDate": aws_managed::CREATED});
        vec![(String::new(), only)]
    } else {
        let policy = find(world, call)?;
        policy
            .versions
            .keys()
            .map(|number| {
                let mut shown = version(policy, *number);
                shown.remove("Document");
                (format!("{:010}", u32::MAX - number), Value::Object(shown))
            })
            .collect()
    };
    page::page(call, "Versions", items)
}

/// `DeletePolicyVersion`: any but the one in force.
pub(super) fn delete_version(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let policy = find(world, call)?;
    let number = number(policy, call.required("VersionId"))?;
    if number == policy.default_version {
        return Err(fault::delete_conflict("Cannot delete the default version of a policy."));
    }
    policy.versions.remove(&number);
    policy.updated = now;
    Ok(Answer::empty())
}

/// `SetDefaultPolicyVersion`.
pub(super) fn set_default_version(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let policy = find(world, call)?;
    policy.default_version = number(policy, call.required("VersionId"))?;
    policy.updated = now;
    Ok(Answer::empty())
}

/// How many roles and users carry a policy, and how many have it as their boundary.
fn uses(world: &World, account: &str, arn: &str) -> (usize, usize) {
    let empty = State::default();
    let state = world.iam.get(account).unwrap_or(&empty);
    let roles = state.roles.values().map(|it| (&it.attached, &it.boundary));
    let users = state.users.values().map(|it| (&it.attached, &it.boundary));
    roles
        .chain(users)
        .fold((0, 0), |(attached, bounded), (policies, boundary)| {
            (
                attached + usize::from(policies.iter().any(|there| there == arn)),
                bounded + usize::from(boundary.as_deref() == Some(arn)),
            )
        })
}

/// Checks a document and its size.
fn checked(text: &str) -> Result<(), Fault> {
    document::check_permission(text)?;
    if document::weight(text) > SIZE {
        return Err(fault::limit_exceeded(format!(
            "Cannot exceed quota for PolicySize: {SIZE}"
        )));
    }
    Ok(())
}

/// The number of a version by its id (`v2`).
fn number(policy: &Policy, id: &str) -> Result<u32, Fault> {
    id.strip_prefix('v')
        .and_then(|number| number.parse().ok())
        .filter(|number| policy.versions.contains_key(number))
        .ok_or_else(|| missing_version(id))
}

/// A policy that is not there.
fn missing(arn: &str) -> Fault {
    fault::no_such_entity(format!("Policy {arn} was not found."))
}

/// A version that is not there.
fn missing_version(id: &str) -> Fault {
    fault::no_such_entity(format!("Policy version {id} does not exist or is not attachable."))
}

/// Our policy as reads show it.
fn ours(world: &World, account: &str, policy: &Policy) -> Map<String, Value> {
    let mut shown = described(world, account, &policy.arn, &policy.name, &policy.id, &policy.path);
    shown.insert(
        "DefaultVersionId".to_owned(),
        json!(format!("v{}", policy.default_version)),
    );
    shown.insert("CreateDate".to_owned(), json!(policy.created));
    shown.insert("UpdateDate".to_owned(), json!(policy.updated));
    if let Some(description) = &policy.description {
        shown.insert("Description".to_owned(), json!(description));
    }
    if !policy.tags.is_empty() {
        shown.insert("Tags".to_owned(), json!(tags::shown(&policy.tags)));
    }
    shown
}

/// AWS's policy as reads show it.
fn of_aws(world: &World, account: &str, policy: &aws_managed::Managed) -> Map<String, Value> {
    let arn = policy.arn();
    let mut shown = described(world, account, &arn, policy.name(), &policy.id(), &path_of(&arn));
    shown.insert("DefaultVersionId".to_owned(), json!("v1"));
    shown.insert("CreateDate".to_owned(), json!(aws_managed::CREATED));
    shown.insert("UpdateDate".to_owned(), json!(aws_managed::CREATED));
    shown
}

/// What both sorts of policies show.
fn described(world: &World, account: &str, arn: &str, name: &str, id: &str, path: &str) -> Map<String, Value> {
    let (attached, boundaries) = uses(world, account, arn);
    let mut shown = Map::new();
    shown.insert("PolicyName".to_owned(), json!(name));
    shown.insert("PolicyId".to_owned(), json!(id));
    shown.insert("Arn".to_owned(), json!(arn));
    shown.insert("Path".to_owned(), json!(path));
    shown.insert("AttachmentCount".to_owned(), json!(attached));
    shown.insert("PermissionsBoundaryUsageCount".to_owned(), json!(boundaries));
    shown.insert("IsAttachable".to_owned(), json!(true));
    shown
}

/// A version as `GetPolicyVersion` shows it.
fn version(policy: &Policy, number: u32) -> Map<String, Value> {
    let mut shown = Map::new();
    if let Some(version) = policy.versions.get(&number) {
        shown.insert("Document".to_owned(), json!(document::encoded(&version.document)));
        shown.insert("CreateDate".to_owned(), json!(version.created));
    }
    shown.insert("VersionId".to_owned(), json!(format!("v{number}")));
    shown.insert("IsDefaultVersion".to_owned(), json!(number == policy.default_version));
    shown
}
