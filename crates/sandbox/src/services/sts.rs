//! STS: who calls, and sessions of roles.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::auth::ANONYMOUS;
use crate::call::{Answer, Call, Fault, Operation};
use crate::services;
use crate::world::World;

/// A session of a role, found by its access key id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The account of the role.
    pub(crate) account: String,
    /// `arn:aws:sts::<account>:assumed-role/<role>/<session>`.
    pub(crate) arn: String,
    /// `<role id>:<session>`.
    pub(crate) user_id: String,
    /// The session token, which every request must carry.
    pub(crate) token: String,
    /// When it ends, in epoch seconds.
    pub(crate) expires: f64,
}

/// The operation of this name, if it is served.
pub(crate) fn operation(name: &str) -> Option<Operation> {
    match name {
        "GetCallerIdentity" => Some(get_caller_identity),
        "AssumeRole" => Some(assume_role),
        _ => None,
    }
}

/// Begins a session of a role and returns its credentials as STS spells them
/// (`AccessKeyId`, `SecretAccessKey`, `SessionToken`, `Expiration`).
pub(crate) fn begin_session(
    world: &mut World,
    role_arn: &str,
    role_id: &str,
    session_name: &str,
    seconds: f64,
) -> Map<String, Value> {
    const KEY: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const SECRET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let account = role_arn.split(':').nth(4).unwrap_or_default().to_owned();
    let role = role_arn.rsplit('/').next().unwrap_or_default();
    let key = format!("ASIA{}", world.fresh(KEY, 16));
    let secret = world.fresh(SECRET, 40);
    let token = world.fresh(SECRET, 128);
    let expires = (world.now() + seconds).floor();
    let session = Session {
        arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{session_name}"),
        user_id: format!("{role_id}:{session_name}"),
        account,
        token: token.clone(),
        expires,
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

fn get_caller_identity(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    if call.caller == ANONYMOUS {
        return Err(Fault::new(
            "MissingAuthenticationToken",
            403,
            "Request is missing Authentication Token",
        ));
    }
    let user_id = world
        .sts
        .values()
        .find(|session| session.arn == call.caller)
        .map_or(call.account.as_str(), |session| session.user_id.as_str());
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
    if role["Arn"] != arn {
        return Err(denied());
    }
    let role_id = role["RoleId"].as_str().unwrap_or_default();
    let longest = role["MaxSessionDuration"].as_i64().unwrap_or(3600);
    let seconds = call.int("DurationSeconds").unwrap_or(3600);
    if seconds > longest {
        return Err(Fault::new(
            "ValidationError",
            400,
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let credentials = begin_session(
        world,
        arn,
        role_id,
        session_name,
        f64::from(i32::try_from(seconds).unwrap_or(3600)),
    );
    let role_name = name;
    Ok(json!({
        "Credentials": credentials,
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{role_id}:{session_name}"),
            "Arn": format!("arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}"),
        },
    })
    .into())
}
