//! The Resource Groups Tagging API: an index over the tags of the other services.
//!
//! It is per region; distributions are in us-east-1, and roles are not in it at all (AWS Resource Groups user guide,
//! "Services that support the Tagging API").

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::call::{Answer, Call, Fault, Operation};
use crate::services::{self, ask};
use crate::world::World;

/// The most resources of one page.
const PAGE: usize = 100;

/// The operation of this name, if it is served.
pub(crate) fn operation(name: &str) -> Option<Operation> {
    match name {
        "GetResources" => Some(get_resources),
        "GetTagKeys" => Some(get_tag_keys),
        "GetTagValues" => Some(get_tag_values),
        "TagResources" => Some(tag_resources),
        "UntagResources" => Some(untag_resources),
        _ => None,
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", 400, message)
}

fn texts<'a>(call: &'a Call, member: &str) -> Vec<&'a str> {
    let elements = call.input.get(member).and_then(Value::as_array);
    elements.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn get_resources(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let wanted_arns = texts(call, "ResourceARNList");
    let types = texts(call, "ResourceTypeFilters");
    let filters = filters(call)?;
    if !wanted_arns.is_empty() && (!filters.is_empty() || !types.is_empty()) {
        return Err(invalid("ResourceARNList cannot be combined with filters"));
    }
    let found: Vec<(String, BTreeMap<String, String>)> = services::tagged(world, &call.account, &call.region)
        .into_iter()
        .filter(|(arn, tags)| {
            (wanted_arns.is_empty() || wanted_arns.contains(&arn.as_str()))
                && (types.is_empty() || types.iter().any(|wanted| is_of_type(arn, wanted)))
                && filters.iter().all(|(key, values)| {
                    tags.get(*key)
                        .is_some_and(|value| values.is_empty() || values.contains(value.as_str()))
                })
        })
        .collect();
    let size = call
        .int("ResourcesPerPage")
        .map_or(PAGE, |it| usize::try_from(it).unwrap_or(PAGE));
    let start = start(call)?;
    let more = found.len() > start + size;
    let page: Vec<Value> = found
        .into_iter()
        .skip(start)
        .take(size)
        .map(|(arn, tags)| {
            let tags: Vec<Value> = tags
                .iter()
                .map(|(key, value)| json!({"Key": key, "Value": value}))
                .collect();
            json!({"ResourceARN": arn, "Tags": tags})
        })
        .collect();
    let next = if more {
        (start + size).to_string()
    } else {
        String::new()
    };
    // The last page's token is empty, not absent (API reference of GetResources).
    Ok(json!({"ResourceTagMappingList": page, "PaginationToken": next}).into())
}

/// The keys and values that are asked for. Filters are combined with AND, the values of one with OR.
fn filters(call: &Call) -> Result<Vec<(&str, BTreeSet<&str>)>, Fault> {
    let filters = call.input.get("TagFilters").and_then(Value::as_array);
    filters
        .into_iter()
        .flatten()
        .map(|filter| {
            let key = filter
                .get("Key")
                .and_then(Value::as_str)
                .ok_or_else(|| invalid("a tag filter needs a key"))?;
            let values = filter.get("Values").and_then(Value::as_array);
            Ok((key, values.into_iter().flatten().filter_map(Value::as_str).collect()))
        })
        .collect()
}

/// Where the page begins, by its token.
fn start(call: &Call) -> Result<usize, Fault> {
    match call.text("PaginationToken") {
        None | Some("") => Ok(0),
        Some(token) => token
            .parse()
            .map_err(|_| Fault::new("PaginationTokenExpiredException", 400, "the token is not valid")),
    }
}

/// Whether an ARN is of a type: `s3` (with all its types), `cognito-idp:userpool`, `s3:bucket`.
fn is_of_type(arn: &str, wanted: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let (service, resource) = (parts.nth(2).unwrap_or_default(), parts.nth(2).unwrap_or_default());
    let kind = match service {
        // A bucket's ARN has no type in it.
        "s3" => "bucket",
        _ => resource.split(['/', ':']).next().unwrap_or_default(),
    };
    match wanted.split_once(':') {
        Some((wanted_service, wanted_kind)) => service == wanted_service && kind == wanted_kind,
        None => service == wanted,
    }
}

fn get_tag_keys(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let keys: BTreeSet<String> = services::tagged(world, &call.account, &call.region)
        .into_iter()
        .flat_map(|(_, tags)| tags.into_keys())
        .collect();
    Ok(json!({"TagKeys": keys, "PaginationToken": ""}).into())
}

fn get_tag_values(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let key = call.required("Key");
    let values: BTreeSet<String> = services::tagged(world, &call.account, &call.region)
        .into_iter()
        .filter_map(|(_, mut tags)| tags.remove(key))
        .collect();
    Ok(json!({"TagValues": values, "PaginationToken": ""}).into())
}

fn tag_resources(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let tags = call
        .input
        .get("Tags")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    change(world, call, |world, arn| retag(world, call, arn, &tags, &[]))
}

fn untag_resources(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let keys = texts(call, "TagKeys");
    change(world, call, |world, arn| retag(world, call, arn, &Map::new(), &keys))
}

/// Changes each resource, and tells those that failed.
fn change(
    world: &mut World,
    call: &Call,
    one: impl Fn(&mut World, &str) -> Result<(), Fault>,
) -> Result<Answer, Fault> {
    let mut failed = Map::new();
    for arn in texts(call, "ResourceARNList") {
        if let Err(fault) = one(world, arn) {
            let code = if fault.status < 500 {
                "InvalidParameterException"
            } else {
                "InternalServiceException"
            };
            failed.insert(
                arn.to_owned(),
                json!({"StatusCode": fault.status, "ErrorCode": code, "ErrorMessage": fault.message}),
            );
        }
    }
    Ok(json!({"FailedResourcesMap": failed}).into())
}

/// Sets and removes tags through the service that has the resource.
fn retag(world: &mut World, call: &Call, arn: &str, set: &Map<String, Value>, remove: &[&str]) -> Result<(), Fault> {
    let service = arn.split(':').nth(2).unwrap_or_default();
    let (tags, keys) = match service {
        "cognito-idp" | "cognito-identity" => (
            json!({"ResourceArn": arn, "Tags": set}),
            json!({"ResourceArn": arn, "TagKeys": remove}),
        ),
        "cloudfront" => (
            json!({"Resource": arn, "Tags": {"Items": pairs(set)}}),
            json!({"Resource": arn, "TagKeys": {"Items": remove}}),
        ),
        "s3" => return retag_bucket(world, call, arn, set, remove),
        _ => return Err(invalid(format!("{arn} is not a resource that can be tagged here"))),
    };
    let (account, region) = (call.account.as_str(), call.region.as_str());
    if !set.is_empty() {
        ask(world, service, "TagResource", account, region, tags)?;
    }
    if !remove.is_empty() {
        ask(world, service, "UntagResource", account, region, keys)?;
    }
    Ok(())
}

/// A bucket's tags are written as a whole.
fn retag_bucket(
    world: &mut World,
    call: &Call,
    arn: &str,
    set: &Map<String, Value>,
    remove: &[&str],
) -> Result<(), Fault> {
    let bucket = arn.rsplit(':').next().unwrap_or_default();
    let mut ask = |name: &str, input: Value| ask(world, "s3", name, &call.account, &call.region, input);
    let had = match ask("GetBucketTagging", json!({"Bucket": bucket})) {
        Ok(had) => had,
        Err(fault) if fault.code == "NoSuchTagSet" => Value::Null,
        Err(fault) => return Err(fault),
    };
    let mut tags: Map<String, Value> = had["TagSet"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].clone())))
        .filter(|(key, _)| !remove.contains(&key.as_str()))
        .collect();
    tags.extend(set.clone());
    if tags.is_empty() {
        ask("DeleteBucketTagging", json!({"Bucket": bucket}))?;
    } else {
        ask(
            "PutBucketTagging",
            json!({"Bucket": bucket, "Tagging": {"TagSet": pairs(&tags)}}),
        )?;
    }
    Ok(())
}

fn pairs(tags: &Map<String, Value>) -> Vec<Value> {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_arns() {
        let pool = "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_a";
        assert!(is_of_type(pool, "cognito-idp"));
        assert!(is_of_type(pool, "cognito-idp:userpool"));
        assert!(!is_of_type(pool, "cognito-identity"));
        assert!(is_of_type("arn:aws:s3:::b", "s3:bucket"));
        assert!(is_of_type("arn:aws:s3:::b", "s3"));
        assert!(is_of_type(
            "arn:aws:cloudfront::111122223333:distribution/E1",
            "cloudfront:distribution"
        ));
        assert!(!is_of_type("arn:aws:s3:::b", "s3:object"));
    }
}
