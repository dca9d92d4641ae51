//! One module per AWS service: its state and its operations, without any HTTP.
//!
//! A service offers `operation(name)`. Those whose resources have tags also offer
//! `tagged(world, account, region)`: the ARNs and tags of that region, which the tagging index reads.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::call::{Call, Fault, Operation};
use crate::world::World;

pub(crate) mod cloudfront;
pub(crate) mod cognito_identity;
pub(crate) mod cognito_idp;
pub(crate) mod iam;
pub(crate) mod s3;
pub(crate) mod sts;
pub(crate) mod tagging;

/// ARNs and their tags.
pub(crate) type Tagged = Vec<(String, BTreeMap<String, String>)>;

/// The operation of a service, if the sandbox serves it. `service` is the model's name.
pub(crate) fn operation(service: &str, name: &str) -> Option<Operation> {
    match service {
        "cognito-idp" => cognito_idp::operation(name),
        "cognito-identity" => cognito_identity::operation(name),
        "iam" => iam::operation(name),
        "cloudfront" => cloudfront::operation(name),
        "s3" => s3::operation(name),
        "sts" => sts::operation(name),
        "resourcegroupstaggingapi" => tagging::operation(name),
        _ => None,
    }
}

/// Asks another service as the root of an account.
pub(crate) fn ask(
    world: &mut World,
    service: &str,
    name: &str,
    account: &str,
    region: &str,
    input: Value,
) -> Result<Value, Fault> {
    let Some(operation) = operation(service, name) else {
        return Err(Fault::new(
            "InternalFailure",
            500,
            format!("{service}.{name} is not served"),
        ));
    };
    let input = if let Value::Object(members) = input {
        members
    } else {
        serde_json::Map::new()
    };
    let call = Call {
        operation: name.to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
        caller: format!("arn:aws:iam::{account}:root"),
        input,
        body: crate::body::Body::default(),
        key: String::new(),
        headers: Vec::new(),
    };
    operation(world, &call).map(|answer| Value::Object(answer.output))
}

/// All tagged resources of an account and a region, in the order of their ARNs.
pub(crate) fn tagged(world: &World, account: &str, region: &str) -> Tagged {
    let mut found = cognito_idp::tagged(world, account, region);
    found.extend(cognito_identity::tagged(world, account, region));
    found.extend(s3::tagged(world, account, region));
    // CloudFront is everywhere and its tags are in one region.
    if region == "us-east-1" {
        found.extend(cloudfront::tagged(world, account, region));
    }
    // What never had a tag is not in the index (API reference of GetResources). What lost all of them would stay in
    // it for a while; here it leaves at once.
    found.retain(|(_, tags)| !tags.is_empty());
    found.sort();
    found
}
