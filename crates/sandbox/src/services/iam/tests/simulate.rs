//! The simulator.

use serde_json::{Value, json};

use super::{call, permission, refusal, trust, with_role};
use crate::world::World;

const ROLE: &str = "arn:aws:iam::111122223333:role/signed-in";

/// The decision for one action on one resource.
fn decide(world: &mut World, input: Value) -> Value {
    let mut input = input;
    input["PolicySourceArn"] = json!(ROLE);
    let answer = call(world, "SimulatePrincipalPolicy", input).unwrap();
    answer["EvaluationResults"][0].clone()
}

#[test]
fn a_role_may_what_its_policies_and_its_boundary_allow() {
    let mut world = with_role();
    let ask =
        |action: &str, key: &str| json!({"ActionNames": [action], "ResourceArns": [format!("arn:aws:s3:::b/{key}")]});
    assert_eq!(
        decide(&mut world, ask("s3:GetObject", "a"))["EvalDecision"],
        "implicitDeny"
    );
    let mut document = permission();
    document["Statement"].as_array_mut().unwrap().push(json!(
        {"Sid": "D", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/secret*"}
    ));
    let inline = json!({"RoleName": "signed-in", "PolicyName": "p", "PolicyDocument": document.to_string()});
    call(&mut world, "PutRolePolicy", inline).unwrap();
    let allowed = decide(&mut world, ask("s3:GetObject", "a"));
    assert_eq!(allowed["EvalDecision"], "allowed");
    assert_eq!(
        allowed["MatchedStatements"],
        json!([{"SourcePolicyId": "role_signed-in_p", "SourcePolicyType": "role"}])
    );
    assert_eq!(
        decide(&mut world, ask("s3:GetObject", "secret"))["EvalDecision"],
        "explicitDeny"
    );
    assert_eq!(
        decide(&mut world, ask("s3:PutObject", "a"))["EvalDecision"],
        "implicitDeny"
    );

    let boundary = json!({"RoleName": "signed-in", "PermissionsBoundary": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"});
    call(&mut world, "PutRolePermissionsBoundary", boundary).unwrap();
    let bounded = decide(&mut world, ask("s3:GetObject", "a"));
    assert_eq!(bounded["EvalDecision"], "implicitDeny");
    assert_eq!(
        bounded["PermissionsBoundaryDecisionDetail"],
        json!({"AllowedByPermissionsBoundary": false})
    );

    let pages = json!({"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject", "s3:PutObject"], "MaxItems": 1});
    let one = call(&mut world, "SimulatePrincipalPolicy", pages).unwrap();
    assert_eq!(
        (&one["IsTruncated"], &one["EvaluationResults"][0]["EvalResourceName"]),
        (&json!(true), &json!("*"))
    );
}

#[test]
fn variables_and_keys_come_from_the_context() {
    let mut world = World::default();
    let document = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/${cognito-identity.amazonaws.com:sub}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }]});
    let mut ask = |key: &str, context: Value| {
        let input = json!({
            "PolicyInputList": [document.to_string()], "ActionNames": ["s3:GetObject"],
            "ResourceArns": [format!("arn:aws:s3:::b/{key}/x")], "ContextEntries": context,
        });
        call(&mut world, "SimulateCustomPolicy", input).unwrap()["EvaluationResults"][0].clone()
    };
    let sub = json!({"ContextKeyName": "cognito-identity.amazonaws.com:sub", "ContextKeyValues": ["u1"]});
    let tls = json!({"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": ["true"]});
    assert_eq!(ask("u1", json!([sub, tls]))["EvalDecision"], "allowed");
    assert_eq!(ask("u2", json!([sub, tls]))["EvalDecision"], "implicitDeny");
    let without = ask("u1", json!([sub]));
    assert_eq!(without["EvalDecision"], "implicitDeny");
    assert_eq!(without["MissingContextValues"], json!(["aws:SecureTransport"]));
}

#[test]
fn what_the_simulator_refuses() {
    let mut world = with_role();
    let document = permission().to_string();
    for (operation, input, code) in [
        (
            "SimulatePrincipalPolicy",
            json!({"PolicySourceArn": "arn:aws:iam::111122223333:role/ghost", "ActionNames": ["s3:GetObject"]}),
            "NoSuchEntity",
        ),
        (
            "SimulatePrincipalPolicy",
            json!({"PolicySourceArn": ROLE, "ActionNames": ["GetObject"]}),
            "InvalidInput",
        ),
        (
            "SimulatePrincipalPolicy",
            json!({"PolicySourceArn": ROLE, "ActionNames": ["s3:GetObject"], "CallerArn": ROLE}),
            "InvalidInput",
        ),
        (
            "SimulateCustomPolicy",
            json!({"PolicyInputList": ["{}"], "ActionNames": ["s3:GetObject"]}),
            "InvalidInput",
        ),
        (
            "SimulateCustomPolicy",
            json!({"PolicyInputList": [document], "ActionNames": ["s3:GetObject"], "ResourcePolicy": document}),
            "InvalidInput",
        ),
    ] {
        assert_eq!(refusal(call(&mut world, operation, input)).0, code);
    }
}

#[test]
fn a_key_that_stands_twice_is_a_syntax_error() {
    let mut world = with_role();
    let twice = r#"{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let input = json!({"RoleName": "signed-in", "PolicyName": "p", "PolicyDocument": twice});
    assert_eq!(
        refusal(call(&mut world, "PutRolePolicy", input)).0,
        "MalformedPolicyDocument"
    );
    let trust = trust()
        .to_string()
        .replacen("\"Effect\"", "\"Effect\":\"Deny\",\"Effect\"", 1);
    let input = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust});
    assert_eq!(
        refusal(call(&mut world, "CreateRole", input)).0,
        "MalformedPolicyDocument"
    );
}
