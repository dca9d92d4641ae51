//! User pools: made, read, changed, deleted, listed.

use serde_json::{Value, json};

use super::fault::{invalid, limit, not_found};
use super::mfa::Factors;
use super::{Pool, json, page, schema, settings, tags};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The most pools of an account in a region (quota "user pools per account", adjustable).
const MOST: usize = 1000;

const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The partition of a region, for ARNs.
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// The pool that a call names, which must be the caller's and in the call's region.
pub(crate) fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Pool, Fault> {
    let id = call.required("UserPoolId");
    world
        .cognito_idp
        .get(&call.account)
        .and_then(|it| it.get(&call.region))
        .and_then(|state| state.pools.get(id))
        .ok_or_else(|| not_found(format!("User pool {id} does not exist.")))
}

/// The pool that a call names, to write to it.
pub(crate) fn find_mut<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Pool, Fault> {
    let id = call.required("UserPoolId");
    world
        .cognito_idp
        .get_mut(&call.account)
        .and_then(|it| it.get_mut(&call.region))
        .and_then(|state| state.pools.get_mut(id))
        .ok_or_else(|| not_found(format!("User pool {id} does not exist.")))
}

/// CreateUserPool. There is no idempotency token and names are not unique: the same call twice makes two
/// pools (measured: cdkd ambiguous-create.ts).
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let settings = settings::create(&call.input)?;
    let schema = schema::complete(call.input.get("Schema"))?;
    let tags = tags::sent(&call.input, "UserPoolTags")?;
    let known = world.cognito_idp.get(&call.account).and_then(|it| it.get(&call.region));
    if known.is_some_and(|state| state.pools.len() >= MOST) {
        return Err(limit("Maximum number of user pools reached."));
    }
    let id = format!("{}_{}", call.region, world.fresh(ALPHANUMERIC, 9));
    let now = world.now();
    let pool = Pool {
        arn: format!(
            "arn:{}:cognito-idp:{}:{}:userpool/{id}",
            partition(&call.region),
            call.region,
            call.account
        ),
        id: id.clone(),
        created: now,
        modified: now,
        mfa: Factors {
            sms: json::text(&settings, "MfaConfiguration") != Some("OFF"),
            ..Factors::default()
        },
        settings,
        schema,
        tags,
        ..Pool::default()
    };
    let answer = json!({"UserPool": shown(&pool)});
    world
        .cognito_idp
        .entry(call.account.clone())
        .or_default()
        .entry(call.region.clone())
        .or_default()
        .pools
        .insert(id, pool);
    Ok(answer.into())
}

/// DescribeUserPool.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    Ok(json!({"UserPool": shown(find(world, call)?)}).into())
}

fn shown(pool: &Pool) -> Value {
    let mut members = pool.settings.clone();
    members.insert("Id".to_owned(), json!(pool.id));
    members.insert("Arn".to_owned(), json!(pool.arn));
    members.insert("CreationDate".to_owned(), json!(pool.created));
    members.insert("LastModifiedDate".to_owned(), json!(pool.modified));
    members.insert("SchemaAttributes".to_owned(), json!(pool.schema));
    members.insert("EstimatedNumberOfUsers".to_owned(), json!(pool.users.len()));
    if !pool.tags.is_empty() {
        members.insert("UserPoolTags".to_owned(), json!(pool.tags));
    }
    // At most one domain of each sort (seen live: cdk-real-drift #1540).
    if let Some(domain) = &pool.domain {
        members.insert("Domain".to_owned(), json!(domain.name));
    }
    if let Some(domain) = &pool.custom_domain {
        members.insert("CustomDomain".to_owned(), json!(domain.name));
    }
    Value::Object(members)
}

/// UpdateUserPool: which omitted members reset and which are kept is told in `settings`.
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = find_mut(world, call)?;
    let next = settings::update(&pool.settings, &pool.mfa, &call.input)?;
    if call.input.contains_key("UserPoolTags") {
        // Tags that AWS itself put there stay.
        let mut tags = tags::sent(&call.input, "UserPoolTags")?;
        tags.extend(
            pool.tags
                .iter()
                .filter(|(key, _)| key.starts_with("aws:"))
                .map(|(k, v)| (k.clone(), v.clone())),
        );
        pool.tags = tags;
    }
    pool.settings = next;
    pool.modified = now;
    Ok(Answer::empty())
}

/// DeleteUserPool: protection first, then the domain stands in the way
/// (messages: floci-io/floci#3961, hashicorp/terraform-provider-aws#16479).
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = find(world, call)?;
    if json::text(&pool.settings, "DeletionProtection") == Some("ACTIVE") {
        return Err(invalid(
            "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be \
             inactivated first.",
        ));
    }
    if pool.domain.is_some() || pool.custom_domain.is_some() {
        return Err(invalid(
            "User pool cannot be deleted. It has a domain configured that should be deleted first.",
        ));
    }
    let id = pool.id.clone();
    if let Some(state) = world
        .cognito_idp
        .get_mut(&call.account)
        .and_then(|it| it.get_mut(&call.region))
    {
        state.pools.remove(&id);
    }
    Ok(Answer::empty())
}

/// ListUserPools: at most 60 a page.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pools = world
        .cognito_idp
        .get(&call.account)
        .and_then(|it| it.get(&call.region))
        .map(|state| &state.pools);
    let items = pools.into_iter().flatten().map(|(id, pool)| (id.as_str(), pool));
    let (taken, next) = page::page(items, page::size(call.int("MaxResults"), 60), call.text("NextToken"))?;
    let shown: Vec<Value> = taken
        .into_iter()
        .map(|pool| {
            json!({
                "Id": pool.id,
                "Name": pool.name(),
                "LambdaConfig": pool.settings.get("LambdaConfig"),
                "CreationDate": pool.created,
                "LastModifiedDate": pool.modified,
            })
        })
        .collect();
    let mut answer = json!({"UserPools": shown});
    if let Some(token) = next {
        answer["NextToken"] = json!(token);
    }
    Ok(answer.into())
}

/// AddCustomAttributes: the only way to change a schema, and a one-way one
/// (measured: cdkd tests/integration/cognito-custom-attribute-add/verify.sh).
pub(crate) fn add_custom_attributes(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = find_mut(world, call)?;
    let attributes: Vec<_> = call
        .input
        .get("CustomAttributes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_object().cloned())
        .collect();
    schema::add(&mut pool.schema, &attributes)?;
    pool.modified = now;
    Ok(Answer::empty())
}
