//! Identity pools: made, read, replaced, deleted, listed.

use serde_json::{Map, Value, json};

use super::Pool;
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::fault::{invalid, limit, not_found};
use crate::services::cognito_idp::{page, partition, tags};
use crate::world::World;

/// The most identity pools of an account in a region (quota "identity pools per account", adjustable).
const MOST: usize = 1000;

/// The public login providers (CreateIdentityPool `SupportedLoginProviders`).
const PUBLIC_PROVIDERS: [&str; 6] = [
    "accounts.google.com",
    "api.twitter.com",
    "appleid.apple.com",
    "graph.facebook.com",
    "www.amazon.com",
    "www.digits.com",
];

/// The pool that a call names, which must be the caller's and in the call's region.
pub(super) fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Pool, Fault> {
    let id = call.required("IdentityPoolId");
    world
        .cognito_identity
        .get(&call.account)
        .and_then(|it| it.get(&call.region))
        .and_then(|state| state.pools.get(id))
        .ok_or_else(|| unknown(id))
}

/// The pool that a call names, to write to it.
pub(super) fn find_mut<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Pool, Fault> {
    let id = call.required("IdentityPoolId");
    world
        .cognito_identity
        .get_mut(&call.account)
        .and_then(|it| it.get_mut(&call.region))
        .and_then(|state| state.pools.get_mut(id))
        .ok_or_else(|| unknown(id))
}

pub(super) fn unknown(id: &str) -> Fault {
    not_found(format!("IdentityPool '{id}' not found."))
}

/// The settings that a call sends; what it omits is absent, so an update is a full replace
/// (documentation of UpdateIdentityPool; hashicorp/terraform-provider-aws#26969).
fn settings(input: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let mut next = Map::new();
    for member in [
        "IdentityPoolName",
        "AllowUnauthenticatedIdentities",
        // Absent stays absent: the API lets the classic flow through then, and blocks it on false.
        "AllowClassicFlow",
        "SupportedLoginProviders",
        "DeveloperProviderName",
        "OpenIdConnectProviderARNs",
        "CognitoIdentityProviders",
        "SamlProviderARNs",
    ] {
        let Some(value) = input.get(member) else { continue };
        let empty = value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        if !empty {
            next.insert(member.to_owned(), value.clone());
        }
    }
    if let Some(providers) = next.get_mut("CognitoIdentityProviders").and_then(Value::as_array_mut) {
        complete_providers(providers)?;
    }
    if let Some(providers) = next.get("SupportedLoginProviders").and_then(Value::as_object)
        && let Some(name) = providers.keys().find(|it| !PUBLIC_PROVIDERS.contains(&it.as_str()))
    {
        return Err(invalid(format!("Invalid SupportedLoginProviders: {name}")));
    }
    for (member, resource) in [
        ("OpenIdConnectProviderARNs", "oidc-provider"),
        ("SamlProviderARNs", "saml-provider"),
    ] {
        for arn in next.get(member).and_then(Value::as_array).into_iter().flatten() {
            if !is_iam_arn(arn.as_str().unwrap_or_default(), resource) {
                return Err(invalid(format!("Invalid {member}: {arn}")));
            }
        }
    }
    Ok(next)
}

/// A user pool may be of another account, so only the form of its name is checked. The server-side token check
/// that is not sent reads back false, and the order is kept (seen live: cdk-real-drift corpus HuntIdPool).
fn complete_providers(providers: &mut [Value]) -> Result<(), Fault> {
    let mut seen = Vec::new();
    for provider in providers.iter_mut() {
        let name = provider["ProviderName"].as_str().unwrap_or_default().to_owned();
        let client = provider["ClientId"].as_str().unwrap_or_default().to_owned();
        if !is_user_pool(&name) || client.is_empty() {
            return Err(invalid(
                "Invalid Cognito Identity Provider: a user pool and a client id are required.",
            ));
        }
        let key = (name, client);
        if seen.contains(&key) {
            return Err(invalid(
                "Invalid Cognito Identity Provider: a user pool and client are given twice.",
            ));
        }
        seen.push(key);
        if provider.get("ServerSideTokenCheck").is_none() {
            provider["ServerSideTokenCheck"] = json!(false);
        }
    }
    Ok(())
}

/// Whether a name has the form `cognito-idp.<region>.amazonaws.com/<region>_<id>`.
fn is_user_pool(name: &str) -> bool {
    let Some((host, id)) = name.split_once('/') else {
        return false;
    };
    let region = host.strip_prefix("cognito-idp.").and_then(|it| {
        it.strip_suffix(".amazonaws.com")
            .or_else(|| it.strip_suffix(".amazonaws.com.cn"))
    });
    region.is_some_and(|region| {
        id.strip_prefix(region)
            .and_then(|it| it.strip_prefix('_'))
            .is_some_and(|it| !it.is_empty() && it.chars().all(|letter| letter.is_ascii_alphanumeric()))
    })
}

/// Whether a text is the ARN of an IAM resource of this sort.
pub(super) fn is_iam_arn(arn: &str, resource: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, name] = parts.as_slice() else {
        return false;
    };
    partition.starts_with("aws")
        && account.len() == 12
        && account.bytes().all(|it| it.is_ascii_digit())
        && name
            .strip_prefix(resource)
            .and_then(|it| it.strip_prefix('/'))
            .is_some_and(|it| !it.is_empty())
}

fn shown(pool: &Pool) -> Value {
    let mut members = pool.settings.clone();
    members.insert("IdentityPoolId".to_owned(), json!(pool.id));
    if !pool.tags.is_empty() {
        members.insert("IdentityPoolTags".to_owned(), json!(pool.tags));
    }
    Value::Object(members)
}

/// CreateIdentityPool: no idempotency token, and names are not unique.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let settings = settings(&call.input)?;
    let tags = tags::sent(&call.input, "IdentityPoolTags")?;
    let known = world
        .cognito_identity
        .get(&call.account)
        .and_then(|it| it.get(&call.region));
    if known.is_some_and(|state| state.pools.len() >= MOST) {
        return Err(limit("Maximum number of identity pools reached."));
    }
    let id = format!("{}:{}", call.region, world.fresh_uuid());
    let pool = Pool {
        arn: format!(
            "arn:{}:cognito-identity:{}:{}:identitypool/{id}",
            partition(&call.region),
            call.region,
            call.account
        ),
        id: id.clone(),
        settings,
        tags,
        ..Pool::default()
    };
    let answer = shown(&pool);
    world
        .cognito_identity
        .entry(call.account.clone())
        .or_default()
        .entry(call.region.clone())
        .or_default()
        .pools
        .insert(id, pool);
    Ok(answer.into())
}

/// DescribeIdentityPool.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    Ok(shown(find(world, call)?).into())
}

/// UpdateIdentityPool: takes and returns the whole pool. The developer provider cannot change, so it alone
/// survives its omission; tags that are not sent stay, for they have calls of their own
/// (hashicorp/terraform-provider-aws#27564).
pub(super) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let mut next = settings(&call.input)?;
    let sent_tags = call
        .input
        .contains_key("IdentityPoolTags")
        .then(|| tags::sent(&call.input, "IdentityPoolTags"))
        .transpose()?;
    let pool = find_mut(world, call)?;
    if let Some(developer) = pool.settings.get("DeveloperProviderName") {
        if next.get("DeveloperProviderName").is_some_and(|it| it != developer) {
            return Err(invalid("DeveloperProviderName cannot be changed once it is set."));
        }
        next.insert("DeveloperProviderName".to_owned(), developer.clone());
    }
    if let Some(mut tags) = sent_tags {
        let kept = pool.tags.iter().filter(|(key, _)| key.starts_with("aws:"));
        tags.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
        pool.tags = tags;
    }
    pool.settings = next;
    Ok(shown(pool).into())
}

/// DeleteIdentityPool: its identities go with it.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let id = find(world, call)?.id.clone();
    if let Some(state) = world
        .cognito_identity
        .get_mut(&call.account)
        .and_then(|it| it.get_mut(&call.region))
    {
        state.pools.remove(&id);
    }
    Ok(Answer::empty())
}

/// ListIdentityPools: at most 60 a page.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pools = world
        .cognito_identity
        .get(&call.account)
        .and_then(|it| it.get(&call.region))
        .map(|state| &state.pools);
    let items = pools.into_iter().flatten().map(|(id, pool)| (id.as_str(), pool));
    let (taken, next) = page::page(items, page::size(call.int("MaxResults"), 60), call.text("NextToken"))?;
    let shown: Vec<Value> = taken
        .into_iter()
        .map(|pool| json!({"IdentityPoolId": pool.id, "IdentityPoolName": pool.settings.get("IdentityPoolName")}))
        .collect();
    let mut answer = json!({"IdentityPools": shown});
    if let Some(token) = next {
        answer["NextToken"] = json!(token);
    }
    Ok(answer.into())
}

#[cfg(test)]
mod tests {
    use super::{is_iam_arn, is_user_pool};

    #[test]
    fn provider_names_and_arns() {
        assert!(is_user_pool("cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC123xyz"));
        for name in [
            "cognito-idp.us-east-1.amazonaws.com",
            "cognito-idp.us-east-1.amazonaws.com/eu-west-1_AbC123xyz",
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC123xyz",
            "us-east-1_AbC123xyz",
        ] {
            assert!(!is_user_pool(name), "{name}");
        }
        assert!(is_iam_arn("arn:aws:iam::111122223333:role/igvctl/x", "role"));
        for arn in [
            "arn:aws:iam::11112222333:role/x",
            "arn:aws:iam::111122223333:user/x",
            "arn:aws:iam:us-east-1:111122223333:role/x",
            "arn:aws:iam::111122223333:role/",
        ] {
            assert!(!is_iam_arn(arn, "role"), "{arn}");
        }
    }
}
