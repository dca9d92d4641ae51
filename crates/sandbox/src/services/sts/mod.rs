//! STS: who calls, and sessions of roles.

pub(crate) mod web_identity;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use policy::{Document, Place};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::access::{self, Need, OfResource};
use crate::auth::ANONYMOUS;
use crate::call::{Answer, Call, Fault, Operation};
use crate::protocol::wire::decode;
use crate::services::cognito_idp::hidden::Hidden;
use crate::services::{self, iam};
use crate::world::World;

/// A session of a role, found by its access key id.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The account of the role.
    pub(crate) account: String,
    /// `arn:aws:iam::<account>:role/<path><role>`.
    pub(crate) role: String,
    /// `arn:aws:sts::<account>:assumed-role/<role>/<session>`.
    pub(crate) arn: String,
    /// `<role id>:<session>`.
    pub(crate) user_id: String,
    /// The session token, which every request must carry.
    pub(crate) token: String,
    /// When it ends, in epoch seconds.
    pub(crate) expires: f64,
    /// The secret that signs.
    #[serde(default)]
    pub(crate) secret: Hidden,
    /// The documents that limit this session further.
    #[serde(default)]
    pub(crate) policies: Vec<String>,
    /// The condition keys that it brings along, such as `cognito-identity.amazonaws.com:sub`.
    #[serde(default)]
    pub(crate) keys: BTreeMap<String, Vec<String>>,
}

/// The session of an access key; where there is no key, the one of an ARN that lasts longest.
pub(crate) fn session<'a>(world: &'a World, key: &str, arn: &str) -> Option<&'a Session> {
    world.sts.get(key).filter(|session| session.arn == arn).or_else(|| {
        let same = world.sts.values().filter(|session| session.arn == arn);
        same.max_by(|one, other| one.expires.total_cmp(&other.expires))
    })
}

impl std::fmt::Debug for Session {
    /// The token is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.arn)
    }
}

/// The operation of this name, if it is served.
pub(crate) fn operation(name: &str) -> Option<Operation> {
    match name {
        "GetCallerIdentity" => Some(get_caller_identity),
        "AssumeRole" => Some(assume_role),
        "AssumeRoleWithWebIdentity" => Some(web_identity::assume),
        _ => None,
    }
}

/// What limits a session besides its role, and what it brings along.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    /// Session policies.
    pub(crate) policies: Vec<String>,
    /// Condition keys with their values.
    pub(crate) keys: BTreeMap<String, Vec<String>>,
}

/// Begins a session of a role and returns its credentials as STS spells them
/// (`AccessKeyId`, `SecretAccessKey`, `SessionToken`, `Expiration`).
pub(crate) fn begin_session(
    world: &mut World,
    role_arn: &str,
    role_id: &str,
    session_name: &str,
    seconds: f64,
    bounds: Bounds,
) -> Map<String, Value> {
    const KEY: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const SECRET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let account = role_arn.split(':').nth(4).unwrap_or_default().to_owned();
    let key = format!("ASIA{}", world.fresh(KEY, 16));
    let secret = world.fresh(SECRET, 40);
    let token = world.fresh(SECRET, 128);
    let expires = (world.now() + seconds).floor();
    let session = Session {
        role: role_arn.to_owned(),
        arn: session_arn(role_arn, session_name),
        user_id: format!("{role_id}:{session_name}"),
        account,
        token: token.clone(),
        expires,
        secret: Hidden::new(secret.clone()),
        policies: bounds.policies,
        keys: bounds.keys,
    };
    // Sessions that ended long ago would only make the world grow.
    let now = world.now();
    world.sts.retain(|_, session| session.expires + 86_400.0 > now);
    world.sts.insert(key.clone(), session);
    let mut credentials = Map::new();
    credentials.insert("AccessKeyId".into(), Value::from(key));
    credentials.insert("SecretAccessKey".into(), Value::from(secret));
    credentials.insert("SessionToken".into(), Value::from(token));
    credentials.insert("Expiration".into(), Value::from(expires));
    credentials
}

/// The ARN of a session: that of the role without its path (IAM User Guide, "IAM identifiers").
fn session_arn(role_arn: &str, session_name: &str) -> String {
    let account = role_arn.split(':').nth(4).unwrap_or_default();
    let role = role_arn.rsplit('/').next().unwrap_or_default();
    format!("arn:aws:sts::{account}:assumed-role/{role}/{session_name}")
}

fn get_caller_identity(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    if call.caller == ANONYMOUS {
        return Err(Fault::new(
            "MissingAuthenticationToken",
            403,
            "Request is missing Authentication Token",
        ));
    }
    let user_id = session(world, &call.key, &call.caller)
        .map(|session| session.user_id.clone())
        .or_else(|| iam::unique_id(world, &call.caller))
        .unwrap_or_else(|| call.account.clone());
    Ok(json!({"UserId": user_id, "Account": call.account, "Arn": call.caller}).into())
}

fn assume_role(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let arn = call.required("RoleArn");
    let session_name = call.required("RoleSessionName");
    let denied = || {
        Fault::new(
            "AccessDenied",
            403,
            format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                call.caller
            ),
        )
    };
    let mut parts = arn.splitn(6, ':');
    let (account, resource) = (parts.nth(4).ok_or_else(denied)?, parts.next().ok_or_else(denied)?);
    let name = resource
        .strip_prefix("role/")
        .and_then(|path| path.rsplit('/').next())
        .ok_or_else(denied)?;
    // A role that is not there is answered like one that may not be assumed.
    let role = services::ask(
        world,
        "iam",
        "GetRole",
        account,
        &call.region,
        json!({"RoleName": name}),
    )
    .map_err(|_| denied())?;
    let role = &role["Role"];
    let trust = decode(role["AssumeRolePolicyDocument"].as_str().unwrap_or_default());
    if role["Arn"] != arn || !trusts(world, &trust, call, arn) {
        return Err(denied());
    }
    let role_id = role["RoleId"].as_str().unwrap_or_default();
    let longest = role["MaxSessionDuration"].as_i64().unwrap_or(3600);
    let seconds = duration(call, longest)?;
    // Role chaining: a session of a session ends after an hour (STS API reference, AssumeRole).
    if seconds > 3600 && call.caller.contains(":assumed-role/") {
        return Err(Fault::new(
            "ValidationError",
            400,
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    let bounds = Bounds {
        policies: session_policies(world, call, account)?,
        keys: BTreeMap::new(),
    };
    let seconds = f64::from(i32::try_from(seconds).unwrap_or(3600));
    let credentials = begin_session(world, arn, role_id, session_name, seconds, bounds);
    Ok(json!({
        "Credentials": credentials,
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{role_id}:{session_name}"),
            "Arn": session_arn(arn, session_name),
        },
    })
    .into())
}

/// The session policies that a call sends; managed ones are of the role's account.
fn session_policies(world: &World, call: &Call, account: &str) -> Result<Vec<String>, Fault> {
    let mut policies = Vec::new();
    if let Some(text) = call.text("Policy") {
        let readable = Document::parse(text).is_ok_and(|document| document.check(Place::Identity).is_empty());
        if !readable {
            return Err(Fault::new(
                "MalformedPolicyDocument",
                400,
                "The policy is not in the valid JSON format.",
            ));
        }
        policies.push(text.to_owned());
    }
    for arn in call
        .input
        .get("PolicyArns")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let arn = arn["arn"].as_str().unwrap_or_default();
        let document = iam::managed_document(world, account, arn)
            .ok_or_else(|| Fault::new("ValidationError", 400, format!("Policy {arn} does not exist.")))?;
        policies.push(document);
    }
    Ok(policies)
}

/// How many seconds a session of a role lasts, at most its longest.
fn duration(call: &Call, longest: i64) -> Result<i64, Fault> {
    let seconds = call.int("DurationSeconds").unwrap_or(3600);
    if seconds > longest {
        return Err(Fault::new(
            "ValidationError",
            400,
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(seconds)
}

/// Whether a trust policy lets the caller assume its role, and his own policies too where the trust names his account
/// only. The root of an account, which AWS itself would never let assume a role, stands for a user with all rights.
fn trusts(world: &World, trust: &str, call: &Call, role_arn: &str) -> bool {
    let Ok(trust) = Document::parse(trust) else {
        return false;
    };
    let who = access::who(world, call);
    let mut need = Need::new("sts:AssumeRole", role_arn).with("sts:RoleSessionName", call.required("RoleSessionName"));
    if let Some(id) = call.text("ExternalId") {
        need = need.with("sts:ExternalId", id);
    }
    let of = OfResource {
        policy: Some(&trust),
        owner: role_arn.split(':').nth(4).unwrap_or_default(),
        alone: true,
    };
    access::decide(world, call, &who, &need, Some(of)).is_allowed()
}
