//! What an identity gets: a token for STS (the classic flow), or credentials of a role that the pool chooses (the
//! enhanced flow).

use serde_json::{Map, Value, json};

use super::login::Login;
use super::{Pool, identity};
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::fault::{invalid, not_authorized};
use crate::services::sts::web_identity::{Entry, WebIdentity};
use crate::services::sts::{self, Bounds};
use crate::tokens::{self, IDENTITY_ISSUER, Token};
use crate::world::World;

/// How long a token of an identity pool is good, in seconds (documentation of GetOpenIdToken).
const TOKEN_SECONDS: f64 = 600.0;

/// How long sessions of the enhanced flow are, in seconds.
const SESSION_SECONDS: f64 = 3600.0;

/// The name of sessions of the enhanced flow.
const SESSION: &str = "CognitoIdentityCredentials";

/// What limits guests in the enhanced flow besides their role: of the services that are served here it allows none
/// (AWS managed policy `AmazonCognitoUnAuthedIdentitiesSessionPolicy`, in excerpts).
const FOR_GUESTS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-sync:*","mobiletargeting:*","rum:PutRumEvents"],"Resource":"*"}]}"#;

/// GetOpenIdToken, the classic flow. What is in its way is judged before anybody's login (aws/aws-cli#7652,
/// aws-observability/aws-rum-web#172).
pub(super) fn get_open_id_token(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = identity::pool_of(world, call)?;
    if pool.blocks_classic_flow() {
        return Err(invalid(
            "Basic (classic) flow is not enabled, please use enhanced flow.",
        ));
    }
    if !pool.mappings.is_empty() {
        return Err(invalid(
            "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
        ));
    }
    let pool = pool.id.clone();
    let logins = identity::enter(world, call)?;
    let id = call.required("IdentityId");
    let claims = claims(world, &pool, id, &logins);
    let token = tokens::issue(world, IDENTITY_ISSUER, claims);
    Ok(json!({"IdentityId": id, "Token": token}).into())
}

/// What a token says: whose it is, for which pool, and how he signed in.
fn claims(world: &World, pool: &str, id: &str, logins: &[Login]) -> Map<String, Value> {
    let now = world.now().floor();
    let mut means: Vec<String> = Vec::new();
    for login in logins {
        means.push(login.provider.clone());
        means.push(format!("{}:CognitoSignIn:{}", login.provider, login.subject()));
    }
    let how = if logins.is_empty() {
        "unauthenticated"
    } else {
        "authenticated"
    };
    means.insert(0, how.to_owned());
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(id));
    claims.insert("aud".to_owned(), json!(pool));
    claims.insert("amr".to_owned(), json!(means));
    claims.insert("iat".to_owned(), json!(now as i64));
    claims.insert("exp".to_owned(), json!((now + TOKEN_SECONDS) as i64));
    claims
}

/// GetCredentialsForIdentity, the enhanced flow: the pool asks STS itself, for the role that it chooses.
pub(super) fn get_credentials(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let logins = identity::enter(world, call)?;
    let id = call.required("IdentityId");
    let pool = identity::pool_of(world, call)?;
    let role = role(pool, &logins, call.text("CustomRoleArn"))?;
    let token = Token {
        issuer: IDENTITY_ISSUER.to_owned(),
        claims: claims(world, &pool.id, id, &logins),
    };
    let wanted = WebIdentity {
        role: &role,
        session: SESSION,
        token: &token,
    };
    // A role that does not let the pool in is the pool's mistake.
    let Entry {
        role_id,
        longest: _,
        keys,
    } = sts::web_identity::enter(world, call, &wanted).ok_or_else(misconfigured)?;
    let policies = if logins.is_empty() {
        vec![FOR_GUESTS.to_owned()]
    } else {
        Vec::new()
    };
    let bounds = Bounds { policies, keys };
    let mut credentials = sts::begin_session(world, &role, &role_id, SESSION, SESSION_SECONDS, bounds);
    // The same members as those of STS, but for one name.
    if let Some(secret) = credentials.remove("SecretAccessKey") {
        credentials.insert("SecretKey".to_owned(), secret);
    }
    Ok(json!({"IdentityId": id, "Credentials": credentials}).into())
}

fn misconfigured() -> Fault {
    Fault::new(
        "InvalidIdentityPoolConfigurationException",
        400,
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    )
}

/// The role that a pool chooses (Amazon Cognito Developer Guide, "Using role-based access control").
fn role(pool: &Pool, logins: &[Login], wanted: Option<&str>) -> Result<String, Fault> {
    let default = |name: &str| pool.roles.get(name).cloned().ok_or_else(misconfigured);
    if logins.is_empty() {
        return default("unauthenticated");
    }
    let mapped = logins.iter().find_map(|login| {
        let mapping = pool.mappings.get(&format!("{}:{}", login.provider, login.client))?;
        Some((login, mapping))
    });
    let Some((login, mapping)) = mapped else {
        return match wanted {
            None => default("authenticated"),
            Some(_) => Err(invalid("CustomRoleArn needs a role mapping of the login.")),
        };
    };
    match chosen(mapping, &login.token, wanted) {
        Some(role) => Ok(role),
        None if wanted.is_none() && mapping["AmbiguousRoleResolution"] == "AuthenticatedRole" => {
            default("authenticated")
        }
        None => Err(not_authorized("No role is mapped to this login.")),
    }
}

/// The role that a mapping gives, if it gives one.
fn chosen(mapping: &Value, token: &Token, wanted: Option<&str>) -> Option<String> {
    if mapping["Type"] == "Rules" {
        let rules = mapping.pointer("/RulesConfiguration/Rules").and_then(Value::as_array)?;
        return rules
            .iter()
            .filter(|rule| fits(rule, token))
            .filter_map(|rule| rule["RoleARN"].as_str())
            .find(|role| wanted.is_none_or(|wanted| wanted == *role))
            .map(str::to_owned);
    }
    let roles = values(token, "cognito:roles");
    let preferred = token.text("cognito:preferred_role");
    match wanted {
        Some(wanted) => roles.contains(&wanted).then(|| wanted.to_owned()),
        None if !preferred.is_empty() => Some(preferred.to_owned()),
        None => match roles.as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        },
    }
}

/// The values of a claim.
fn values<'t>(token: &'t Token, claim: &str) -> Vec<&'t str> {
    match token.claims.get(claim) {
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(value)) => vec![value],
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}

/// Whether a rule fits a token.
fn fits(rule: &Value, token: &Token) -> bool {
    let values = values(token, rule["Claim"].as_str().unwrap_or_default());
    let wanted = rule["Value"].as_str().unwrap_or_default();
    match rule["MatchType"].as_str() {
        Some("Equals") => values.contains(&wanted),
        Some("Contains") => values.iter().any(|value| value.contains(wanted)),
        Some("StartsWith") => values.iter().any(|value| value.starts_with(wanted)),
        Some("NotEqual") => !values.is_empty() && !values.contains(&wanted),
        Some(_) | None => false,
    }
}
