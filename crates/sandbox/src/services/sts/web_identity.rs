//! `AssumeRoleWithWebIdentity`: a token of an identity provider for a session of a role that trusts it.
//!
//! Nobody signs this call: whoever holds the token has it. STS believes the issuer, and the role's trust alone decides,
//! by the claims `aud`, `sub` and `amr` (IAM User Guide, "Available keys for AWS OIDC federation"). What does not fit, a
//! role that is not there or whose ARN lacks its path among it, is answered alike.

use std::collections::BTreeMap;

use policy::Document;
use serde_json::{Value, json};

use super::{Bounds, begin_session, duration, session_policies};
use crate::access::{self, Need, OfResource, Who};
use crate::call::{Answer, Call, Fault};
use crate::services::iam;
use crate::tokens::{self, Token, Why};
use crate::world::World;

/// Identity pools, as trust policies name them and as the prefix of their condition keys.
const IDENTITY_POOLS: &str = "cognito-identity.amazonaws.com";

/// The most characters of the session policies of a session together (IAM and STS quotas).
const MOST_POLICY: usize = 2048;

/// Somebody with a token who wants to become a session of a role.
pub(crate) struct WebIdentity<'a> {
    /// The role's ARN.
    pub(crate) role: &'a str,
    /// The name of the session.
    pub(crate) session: &'a str,
    /// The claims of his token.
    pub(crate) token: &'a Token,
}

/// A role that lets somebody in.
pub(crate) struct Entry {
    /// The role's unique id.
    pub(crate) role_id: String,
    /// The longest session in seconds.
    pub(crate) longest: i64,
    /// What the session brings along.
    pub(crate) keys: BTreeMap<String, Vec<String>>,
}

/// The operation.
pub(super) fn assume(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let role = call.required("RoleArn");
    let session = call.required("RoleSessionName");
    if !role.starts_with("arn:") || role.split(':').count() < 6 {
        return Err(Fault::new("ValidationError", 400, "Request ARN is invalid"));
    }
    let token = token(world, call)?;
    let account = role.split(':').nth(4).unwrap_or_default();
    let policies = session_policies(world, call, account)?;
    let packed = policies.iter().map(String::len).sum::<usize>();
    if packed > MOST_POLICY {
        return Err(Fault::new(
            "PackedPolicyTooLarge",
            400,
            format!(
                "Packed policy consumes {}% of allotted space, please use smaller policy.",
                share(packed)
            ),
        ));
    }
    let identity = WebIdentity {
        role,
        session,
        token: &token,
    };
    let Entry { role_id, longest, keys } = enter(world, call, &identity).ok_or_else(denied)?;
    let seconds = duration(call, longest)?;
    let limited = !policies.is_empty();
    let seconds = f64::from(i32::try_from(seconds).unwrap_or(3600));
    let credentials = begin_session(world, role, &role_id, session, seconds, Bounds { policies, keys });
    let mut answer = json!({
        "Credentials": credentials,
        "SubjectFromWebIdentityToken": token.text("sub"),
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{role_id}:{session}"),
            "Arn": super::session_arn(role, session),
        },
        "Provider": IDENTITY_POOLS,
        "Audience": token.text("aud"),
    });
    if limited {
        answer["PackedPolicySize"] = json!(share(packed));
    }
    Ok(answer.into())
}

/// How much of the room for session policies is used, in percent. AWS packs them, so its numbers are others.
fn share(used: usize) -> usize {
    (used * 100).div_ceil(MOST_POLICY)
}

fn denied() -> Fault {
    Fault::new(
        "AccessDenied",
        403,
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    )
}

/// The token that a call brings, which identity pools must have issued: there are no other identity providers here.
fn token(world: &World, call: &Call) -> Result<Token, Fault> {
    let invalid = |message: String| Fault::new("InvalidIdentityToken", 400, message);
    if call.text("ProviderId").is_some() {
        // It goes with access tokens of two providers alone (API reference), which no user here has.
        return Err(invalid("The access token is not one of the provider.".to_owned()));
    }
    let now = world.now();
    let token = tokens::read(world, call.required("WebIdentityToken"), now).map_err(|why| match why {
        Why::Malformed | Why::Algorithm => invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)".to_owned(),
        ),
        Why::Issuer => invalid(
            "Couldn't retrieve verification key from your identity provider, please reference \
             AssumeRoleWithWebIdentity documentation for requirements"
                .to_owned(),
        ),
        Why::Signature => invalid("The ID Token provided has an invalid signature".to_owned()),
        Why::Expired(end) => Fault::new(
            "ExpiredTokenException",
            400,
            format!(
                "Token expired: current date/time {} must be before the expiration date/time {end}",
                now as i64
            ),
        ),
    })?;
    if token.issuer == tokens::IDENTITY_ISSUER {
        Ok(token)
    } else {
        Err(invalid(format!(
            "No OpenIDConnect provider found in your account for {}",
            token.issuer
        )))
    }
}

/// Whether a role is there, known everywhere, and trusts somebody with this token.
pub(crate) fn enter(world: &World, call: &Call, identity: &WebIdentity<'_>) -> Option<Entry> {
    let WebIdentity { role, session, token } = identity;
    let found = iam::role_by_arn(world, role).filter(|role| world.settled(role.created))?;
    let trust = Document::parse(&found.trust).ok()?;
    let mut keys = BTreeMap::from([("aws:FederatedProvider".to_owned(), vec![IDENTITY_POOLS.to_owned()])]);
    for claim in ["aud", "sub", "amr"] {
        let values: Vec<String> = match token.claims.get(claim) {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(value)) => vec![value.clone()],
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
        };
        keys.insert(format!("{IDENTITY_POOLS}:{claim}"), values);
    }
    let who = Who::federated(IDENTITY_POOLS, &keys);
    let need = Need::new("sts:AssumeRoleWithWebIdentity", *role).with("sts:RoleSessionName", *session);
    let of = OfResource {
        policy: Some(&trust),
        owner: role.split(':').nth(4).unwrap_or_default(),
        alone: true,
    };
    let allowed = access::decide(world, call, &who, &need, Some(of)).is_allowed();
    allowed.then(|| Entry {
        role_id: found.id.clone(),
        longest: found.max_session,
        keys,
    })
}
