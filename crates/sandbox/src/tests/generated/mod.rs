//! A test per operation, made from AWS's model: the smallest valid request is answered as the model says, and each
//! constraint of the model is kept.

pub(super) mod send;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::Sandbox;
use crate::model::{Model, Operation, Shape};
use crate::protocol::Style;
use crate::services;

/// An answer, as a caller sees it.
#[derive(Debug)]
struct Said {
    status: u16,
    code: String,
    mistake: Option<String>,
    text: String,
}

fn ask(sandbox: &Sandbox, model: &Model, name: &str, operation: &Operation, members: &Map<String, Value>) -> Said {
    let answer = sandbox.call(send::request(model, name, operation, members));
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    let in_xml = text.split_once("<Code>").and_then(|(_, rest)| rest.split('<').next());
    Said {
        status: answer.status().as_u16(),
        code: header("x-amzn-errortype")
            .or(in_xml.map(str::to_owned))
            .unwrap_or_default(),
        mistake: header("x-sandbox-error"),
        text,
    }
}

/// The operations that are served.
pub(super) fn served() -> impl Iterator<Item = (&'static Model, &'static str, &'static Operation)> {
    Model::all().flat_map(|model| {
        model
            .operations
            .iter()
            .filter(|(name, _)| services::operation(&model.service, name).is_some())
            .map(move |(name, operation)| (model, name.as_str(), operation))
    })
}

/// Codes that every operation of a service may answer, whether its model declares them or not.
fn common(model: &Model) -> &'static [&'static str] {
    match Style::of(model) {
        Style::Json => &["ValidationException"],
        Style::Query => &["ValidationError", "AccessDenied"],
        Style::CloudFront => &["MalformedXML", "InvalidArgument", "MalformedInput"],
        // S3's model declares next to nothing; "Error responses" of its API reference does.
        Style::S3 => &[
            "AccessControlListNotSupported",
            "BucketAlreadyOwnedByYou",
            "BucketNotEmpty",
            "EntityTooSmall",
            "IllegalLocationConstraintException",
            "IllegalVersioningConfigurationException",
            "InvalidArgument",
            "InvalidBucketName",
            "InvalidBucketState",
            "InvalidPart",
            "InvalidRequest",
            "MalformedPolicy",
            "MalformedXML",
            "MethodNotAllowed",
            "NoSuchBucket",
            "NoSuchBucketPolicy",
            "NoSuchCORSConfiguration",
            "NoSuchConfiguration",
            "NoSuchKey",
            "NoSuchLifecycleConfiguration",
            "NoSuchPublicAccessBlockConfiguration",
            "NoSuchTagSet",
            "NoSuchUpload",
            "NoSuchVersion",
            "NoSuchWebsiteConfiguration",
            "NotImplemented",
            "ObjectLockConfigurationNotFoundError",
            "OwnershipControlsNotFoundError",
            "ReplicationConfigurationNotFoundError",
            "ServerSideEncryptionConfigurationNotFoundError",
            "SignatureDoesNotMatch",
        ],
    }
}

/// An AWS with one of everything, and the names of what is there by the members that name it.
pub(super) fn furnished() -> (Sandbox, Map<String, Value>) {
    let sandbox = Sandbox::in_memory(5);
    let mut names = Map::new();
    for (member, name) in [
        ("Bucket", "example-bucket"),
        ("Key", "example-key"),
        ("RoleName", "example"),
        ("UserName", "example"),
        ("GroupName", "example"),
        ("InstanceProfileName", "example"),
        ("PolicyArn", "arn:aws:iam::111122223333:policy/example"),
        ("PolicySourceArn", "arn:aws:iam::111122223333:role/example"),
        ("RoleArn", "arn:aws:iam::111122223333:role/example"),
        ("Username", "ann"),
    ] {
        names.insert(member.to_owned(), json!(name));
    }
    let make = |service: &str, name: &str, input: Value, takes: &[(&str, &str)], names: &mut Map<String, Value>| {
        let output = sandbox
            .with_world(|world| services::ask(world, service, name, "111122223333", "us-east-1", input).unwrap());
        for (member, pointer) in takes {
            names.insert((*member).to_owned(), output.pointer(pointer).unwrap().clone());
        }
    };
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}]});
    let rights = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let distribution = json!({"DistributionConfig": {
        "CallerReference": "r", "Comment": "", "Enabled": false,
        "Origins": {"Quantity": 1, "Items": [{
            "Id": "s3", "DomainName": "example-bucket.s3.us-east-1.amazonaws.com",
            "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "s3", "ViewerProtocolPolicy": "https-only",
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"}}});
    for (service, name, input, takes) in [
        ("s3", "CreateBucket", json!({"Bucket": "example-bucket"}), &[][..]),
        (
            "s3",
            "PutObject",
            json!({"Bucket": "example-bucket", "Key": "example-key"}),
            &[][..],
        ),
        (
            "s3",
            "CreateMultipartUpload",
            json!({"Bucket": "example-bucket", "Key": "example-key"}),
            &[("UploadId", "/UploadId")][..],
        ),
        (
            "iam",
            "CreateRole",
            json!({"RoleName": "example", "AssumeRolePolicyDocument": trust.to_string()}),
            &[][..],
        ),
        ("iam", "CreateUser", json!({"UserName": "example"}), &[][..]),
        (
            "iam",
            "CreateInstanceProfile",
            json!({"InstanceProfileName": "example"}),
            &[][..],
        ),
        (
            "iam",
            "CreatePolicy",
            json!({"PolicyName": "example", "PolicyDocument": rights.to_string()}),
            &[][..],
        ),
        (
            "cognito-idp",
            "CreateUserPool",
            json!({"PoolName": "p"}),
            &[("UserPoolId", "/UserPool/Id")][..],
        ),
        (
            "cognito-identity",
            "CreateIdentityPool",
            json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": false}),
            &[("IdentityPoolId", "/IdentityPoolId")][..],
        ),
        (
            "cloudfront",
            "CreateDistribution",
            distribution,
            &[("DistributionId", "/Distribution/Id")][..],
        ),
    ] {
        make(service, name, input, takes, &mut names);
    }
    let pool = names["UserPoolId"].clone();
    for (name, input, takes) in [
        (
            "CreateUserPoolClient",
            json!({"UserPoolId": pool, "ClientName": "c"}),
            &[("ClientId", "/UserPoolClient/ClientId")][..],
        ),
        (
            "CreateGroup",
            json!({"UserPoolId": pool, "GroupName": "example"}),
            &[][..],
        ),
        (
            "AdminCreateUser",
            json!({"UserPoolId": pool, "Username": "ann", "MessageAction": "SUPPRESS"}),
            &[][..],
        ),
    ] {
        make("cognito-idp", name, input, takes, &mut names);
    }
    names.insert("PolicyDocument".to_owned(), json!(rights.to_string()));
    names.insert("AssumeRolePolicyDocument".to_owned(), json!(trust.to_string()));
    (sandbox, names)
}

/// The members that name things, as one service means them.
fn names_for(model: &Model, name: &str, names: &Map<String, Value>) -> Map<String, Value> {
    let mut names = names.clone();
    match model.service.as_str() {
        "cloudfront" if name.contains("Distribution") => {
            let id = names["DistributionId"].clone();
            names.insert("Id".to_owned(), id);
        }
        "iam" if name == "UpdateAssumeRolePolicy" => {
            let trust = names["AssumeRolePolicyDocument"].clone();
            names.insert("PolicyDocument".to_owned(), trust);
        }
        // What is created must not be there yet.
        "s3" if name == "CreateBucket" => {
            names.insert("Bucket".to_owned(), json!("another-bucket"));
        }
        _ => {}
    }
    if name.starts_with("Create") && !matches!(name, "CreateAccessKey" | "CreateMultipartUpload") {
        for member in ["RoleName", "UserName", "GroupName", "InstanceProfileName"] {
            names.insert(member.to_owned(), json!("another"));
        }
    }
    names
}

pub(super) fn smallest(
    model: &Model,
    name: &str,
    operation: &Operation,
    names: &Map<String, Value>,
) -> Map<String, Value> {
    let names = names_for(model, name, names);
    model
        .input(operation)
        .map_or_else(Map::new, |shape| value::members(model, shape, &names, 0))
}

#[test]
fn the_smallest_request_is_answered_as_the_model_says() {
    let (furnished, names) = furnished();
    let mut succeeded = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (model, name, operation) in served() {
        let members = smallest(model, name, operation, &names);
        let said = ask(&furnished.fork(), model, name, operation, &members);
        let declared = operation.errors.iter().any(|declared| declared.code == said.code);
        // The answer to a HEAD has no body, hence no code.
        let modelled = said.status < 400
            || declared
            || common(model).contains(&said.code.as_str())
            || (operation.method == "HEAD" && said.status == 404);
        if said.mistake.is_some() || !modelled || said.status >= 500 && said.code != "NotImplemented" {
            wrong.push(format!(
                "{}.{name}: {} {} {}",
                model.service, said.status, said.code, said.text
            ));
        }
        count += 1;
        if said.status < 400 {
            *succeeded.entry(model.service.as_str()).or_insert(0) += 1;
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(count > 270, "{count}");
    // A guard against requests that are all refused at the door.
    for (service, least) in [
        ("iam", 50),
        ("s3", 40),
        ("cognito-idp", 35),
        ("cognito-identity", 8),
        ("cloudfront", 13),
    ] {
        assert!(succeeded[service] >= least, "{succeeded:?}");
    }
}

/// Ways to break one constraint of an operation's smallest request.
fn breaches(
    model: &Model,
    name: &str,
    operation: &Operation,
    names: &Map<String, Value>,
) -> Vec<(String, Map<String, Value>)> {
    let Some(shape) = model.input(operation) else {
        return Vec::new();
    };
    let base = smallest(model, name, operation, names);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    walk(model, shape, "", &mut seen, 0, &mut |path, sort, value| {
        let mut members = Value::Object(base.clone());
        if place(model, shape, &mut members, path, value, names)
            && let Value::Object(members) = members
        {
            found.push((format!("{path} {sort}"), members));
        }
    });
    found
}

/// Calls back for every member of a structure and the structures in it, with each way to break it.
fn walk(
    model: &Model,
    shape: &Shape,
    prefix: &str,
    seen: &mut BTreeSet<String>,
    depth: usize,
    found: &mut dyn FnMut(&str, &'static str, Option<Value>),
) {
    for member in &shape.members {
        if member.held.streaming || member.held.attribute {
            continue;
        }
        let path = format!("{prefix}/{}", member.member);
        let held = model.shape(&member.held.shape);
        let location = member.held.location.as_deref();
        // Without a label, or with an empty one, it is another address, and what S3 takes out of the query and the
        // headers tells operations apart.
        let label = location == Some("uri");
        let outside = location.is_some();
        let another = label || (outside && model.service == "s3");
        if shape.required.contains(&member.member) && !another {
            found(&path, "left out", None);
        }
        for (sort, value) in value::wrong(held) {
            let empty = value == json!("");
            if (outside && empty) || (label && sort == "pattern") {
                continue;
            }
            found(&path, sort, Some(value));
        }
        if depth < 4 && seen.insert(member.held.shape.clone()) {
            let inner = held.element.as_ref().map_or(held, |one| model.shape(&one.shape));
            let step = if held.element.is_some() { "/0" } else { "" };
            if !inner.document && !inner.union {
                walk(model, inner, &format!("{path}{step}"), seen, depth + 1, found);
            }
        }
    }
}

/// Puts a value, or nothing, at a path, and what is needed on the way there.
fn place(
    model: &Model,
    shape: &Shape,
    root: &mut Value,
    path: &str,
    value: Option<Value>,
    names: &Map<String, Value>,
) -> bool {
    let mut parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let last = parts.pop().unwrap();
    let (mut at, mut shape) = (root, shape);
    for part in parts {
        if part == "0" {
            shape = model.shape(&shape.element.as_ref().unwrap().shape);
            at = &mut at[0];
        } else {
            let member = shape.member(part).unwrap();
            if at[part].is_null() {
                at[part] = value::smallest(model, &member.held.shape, part, names, 0);
            }
            shape = model.shape(&member.held.shape);
            at = &mut at[part];
        }
    }
    let Value::Object(members) = at else {
        return false;
    };
    match value {
        Some(value) => {
            members.insert(last.to_owned(), value);
        }
        None => {
            members.remove(last);
        }
    }
    true
}

/// The codes with which a service refuses what its model forbids.
fn refusals(model: &Model) -> &'static [&'static str] {
    match (model.service.as_str(), Style::of(model)) {
        ("cognito-idp" | "resourcegroupstaggingapi", _) => &["InvalidParameterException"],
        (_, Style::Json) => &["ValidationException"],
        (_, Style::Query) => &["ValidationError"],
        (_, Style::CloudFront) => &["MalformedXML"],
        (_, Style::S3) => &[
            "MalformedXML",
            "InvalidArgument",
            "InvalidLocationConstraint",
            "InvalidStorageClass",
            "MissingRequestBodyError",
        ],
    }
}

#[test]
fn every_constraint_of_the_model_is_kept() {
    let (furnished, names) = furnished();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (model, name, operation) in served() {
        for (what, members) in breaches(model, name, operation, &names) {
            let said = ask(&furnished, model, name, operation, &members);
            count += 1;
            // The answer to a HEAD has no body, hence no code.
            let named = operation.method == "HEAD" || refusals(model).contains(&said.code.as_str());
            let refused = said.status == 400 && named;
            if !refused || said.mistake.is_some() {
                wrong.push(format!(
                    "{}.{name} {what}: {} {} {}",
                    model.service, said.status, said.code, said.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 2000, "{count}");
}
