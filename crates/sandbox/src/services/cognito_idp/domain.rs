//! Domains of the login pages.
//!
//! A prefix is one name space per region over all accounts. Describe of an unknown domain, or of
//! another account's, succeeds with an empty description: that somebody else holds a prefix is
//! learnt when creating.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault::{invalid, not_in_tier};
use super::{Pool, pool};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// Words that a prefix must not contain (CreateUserPoolDomain; developer guide "prefix domain").
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];

/// How long a custom domain is `CREATING` (developer guide: up to fifteen minutes for the certificate to arrive).
const CUSTOM_DOMAIN_SECONDS: f64 = 15.0 * 60.0;

/// A domain of a pool.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Domain {
    /// The prefix, or the whole name of a custom domain.
    pub(crate) name: String,
    /// 1 is the classic page, 2 is managed login.
    pub(crate) managed_login: i64,
    /// The CloudFront distribution that serves it.
    pub(crate) cloudfront: String,
    /// `CustomDomainConfig`.
    pub(crate) custom: Option<Value>,
    /// When it was made.
    pub(crate) created: f64,
}

/// CreateUserPoolDomain.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("Domain").to_owned();
    let custom = call.input.get("CustomDomainConfig").cloned();
    let managed_login = version(call)?.unwrap_or(1);
    {
        let pool = pool::find(world, call)?;
        if managed_login == 2 && pool.is_lite() {
            return Err(not_in_tier("Managed login"));
        }
        match &custom {
            None => check_prefix(&name)?,
            Some(config) => check_custom(&name, config)?,
        }
        let there = if custom.is_some() {
            &pool.custom_domain
        } else {
            &pool.domain
        };
        if there.is_some() {
            return Err(invalid("User pool already has a domain configured."));
        }
    }
    match holder(world, &call.region, &name) {
        None => {}
        // serverless/serverless#10135.
        Some(account) if account == call.account => {
            return Err(invalid("Domain already associated with another user pool."));
        }
        Some(_) => return Err(invalid("Domain already exists.")),
    }
    let cloudfront = format!(
        "d{}.cloudfront.net",
        world.fresh("abcdefghijklmnopqrstuvwxyz0123456789", 13)
    );
    let domain = Domain {
        name,
        managed_login,
        cloudfront,
        custom: custom.clone(),
        created: world.now(),
    };
    let mut answer = json!({"ManagedLoginVersion": managed_login});
    let pool = pool::find_mut(world, call)?;
    if custom.is_some() {
        answer["CloudFrontDomain"] = json!(domain.cloudfront);
        pool.custom_domain = Some(domain);
    } else {
        pool.domain = Some(domain);
    }
    Ok(answer.into())
}

fn version(call: &Call) -> Result<Option<i64>, Fault> {
    match call.int("ManagedLoginVersion") {
        Some(version) if !(1..=2).contains(&version) => Err(invalid("ManagedLoginVersion must be 1 or 2.")),
        version => Ok(version),
    }
}

fn check_prefix(name: &str) -> Result<(), Fault> {
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    let well_formed = name.len() <= 63
        && name.starts_with(plain)
        && name.ends_with(plain)
        && name.chars().all(|it| plain(it) || it == '-');
    if !well_formed {
        return Err(invalid(
            "Invalid domain prefix: lower-case letters, digits and hyphens, not beginning or ending with a hyphen.",
        ));
    }
    match RESERVED.iter().find(|word| name.contains(**word)) {
        Some(word) => Err(invalid(format!("Domain cannot contain reserved word: {word}"))),
        None => Ok(()),
    }
}

/// A custom domain is a name under another name, with a certificate in `us-east-1`, wherever the pool is.
fn check_custom(name: &str, config: &Value) -> Result<(), Fault> {
    if name.split('.').count() < 3 {
        return Err(invalid("Custom domain is not a valid subdomain."));
    }
    let certificate = config["CertificateArn"].as_str().unwrap_or_default();
    let parts: Vec<&str> = certificate.split(':').collect();
    if parts.get(2) != Some(&"acm") || parts.get(3) != Some(&"us-east-1") {
        return Err(invalid(
            "Invalid certificate: it must be an ACM certificate in us-east-1.",
        ));
    }
    Ok(())
}

/// The account that holds a domain in a region.
fn holder(world: &World, region: &str, name: &str) -> Option<String> {
    world
        .cognito_idp
        .iter()
        .find(|(_, regions)| {
            regions
                .get(region)
                .is_some_and(|state| state.pools.values().any(|pool| of(pool, name).is_some()))
        })
        .map(|(account, _)| account.clone())
}

/// The pool's domain of this name.
fn of<'p>(pool: &'p Pool, name: &str) -> Option<&'p Domain> {
    [&pool.domain, &pool.custom_domain]
        .into_iter()
        .flatten()
        .find(|domain| domain.name == name)
}

/// DescribeUserPoolDomain.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let name = call.required("Domain");
    let now = world.now();
    let found = world
        .cognito_idp
        .get(&call.account)
        .and_then(|it| it.get(&call.region))
        .and_then(|state| state.pools.values().find_map(|pool| Some((pool, of(pool, name)?))));
    let Some((pool, domain)) = found else {
        return Ok(json!({"DomainDescription": {}}).into());
    };
    let ready = domain.custom.is_none() || now - domain.created >= CUSTOM_DOMAIN_SECONDS;
    let mut description = json!({
        "UserPoolId": pool.id,
        "AWSAccountId": call.account,
        "Domain": domain.name,
        "S3Bucket": format!("aws-cognito-prod-{}-assets", call.region),
        // Seen live, for prefixes too: cdk-real-drift corpus PoolDomainCFC71F56.
        "CloudFrontDistribution": domain.cloudfront,
        "Version": "20261101000000",
        "Status": if ready { "ACTIVE" } else { "CREATING" },
        "ManagedLoginVersion": domain.managed_login,
    });
    if let Some(config) = &domain.custom {
        description["CustomDomainConfig"] = config.clone();
    }
    Ok(json!({"DomainDescription": description}).into())
}

/// UpdateUserPoolDomain: the page version, and a custom domain's certificate. The name is fixed (documentation).
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let version = version(call)?;
    let pool = pool::find_mut(world, call)?;
    if version == Some(2) && pool.is_lite() {
        return Err(not_in_tier("Managed login"));
    }
    let name = call.required("Domain");
    let config = call.input.get("CustomDomainConfig");
    let Some(domain) = [&mut pool.domain, &mut pool.custom_domain]
        .into_iter()
        .flatten()
        .find(|domain| domain.name == name)
    else {
        return Err(no_such_domain());
    };
    if let Some(config) = config {
        if domain.custom.is_none() {
            return Err(invalid("CustomDomainConfig applies to custom domains only."));
        }
        check_custom(name, config)?;
        domain.custom = Some(config.clone());
    }
    if let Some(version) = version {
        domain.managed_login = version;
    }
    let mut answer = json!({"ManagedLoginVersion": domain.managed_login});
    if domain.custom.is_some() {
        answer["CloudFrontDomain"] = json!(domain.cloudfront);
    }
    Ok(answer.into())
}

/// DeleteUserPoolDomain. The prefix is free for anybody at once.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call).map_err(|_| no_such_domain())?;
    let name = call.required("Domain");
    for slot in [&mut pool.domain, &mut pool.custom_domain] {
        if slot.as_ref().is_some_and(|domain| domain.name == name) {
            *slot = None;
            return Ok(Answer::empty());
        }
    }
    Err(no_such_domain())
}

fn no_such_domain() -> Fault {
    invalid("No such domain or user pool exists.")
}

/// Whether the pool has any domain, which its classic login page needs before it can be styled.
pub(super) fn any(pool: &Pool) -> bool {
    pool.domain.is_some() || pool.custom_domain.is_some()
}

#[cfg(test)]
mod tests {
    use super::check_prefix;

    #[test]
    fn prefixes() {
        for name in ["igv-demo", "a", "0a-9"] {
            assert_eq!(check_prefix(name), Ok(()), "{name}");
        }
        for name in [
            "-a",
            "a-",
            "A",
            "a.b",
            "my-cognito",
            "awsome",
            "amazonas",
            &"a".repeat(64),
        ] {
            assert!(check_prefix(name).is_err(), "{name}");
        }
    }
}
