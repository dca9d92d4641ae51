//! Tests of trouble that is asked for.

use std::time::Duration;

use serde_json::{Value, json};

use super::{create_role, form, roles, signed, text};
use crate::services;
use crate::trouble::Manner;
use crate::world::World;
use crate::{Sandbox, Trouble};

fn at(sandbox: &Sandbox, seconds: f64) {
    sandbox.set_clock(Some(1_790_000_000.0 + seconds));
}

fn get_role(sandbox: &Sandbox) -> u16 {
    let request = form("iam", "Action=GetRole&Version=2010-05-08&RoleName=a");
    sandbox.call(request).status().as_u16()
}

#[test]
fn lists_come_late_and_reads_do_not() {
    let sandbox = Sandbox::in_memory(1);
    sandbox.set_trouble(Trouble {
        list_delay: Duration::from_secs(5),
        ..Trouble::default()
    });
    at(&sandbox, 0.0);
    assert_eq!(create_role(&sandbox, "a"), 200);
    at(&sandbox, 3.0);
    assert_eq!(create_role(&sandbox, "b"), 200);
    assert_eq!((roles(&sandbox).len(), get_role(&sandbox)), (0, 200));
    at(&sandbox, 5.0);
    assert_eq!(roles(&sandbox), ["a"]);
    // What the list's past does not know of is not missing.
    let policies = form("iam", "Action=ListRolePolicies&Version=2010-05-08&RoleName=b");
    assert_eq!(sandbox.call(policies).status(), 200);
    at(&sandbox, 8.0);
    assert_eq!(roles(&sandbox), ["a", "b"]);
    let delete = form("iam", "Action=DeleteRole&Version=2010-05-08&RoleName=a");
    assert_eq!(sandbox.call(delete).status(), 200);
    assert_eq!(roles(&sandbox), ["a", "b"], "deleted and still listed");
    at(&sandbox, 13.0);
    assert_eq!(roles(&sandbox), ["b"]);
}

#[test]
fn a_new_role_is_unknown_for_a_while() {
    const ROLE: &str = "arn:aws:iam::111122223333:role/a";
    let document = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let trust =
        |principal: Value| document(json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}));
    let mut world = World {
        clock: Some(1000.0),
        manner: Manner {
            iam_delay: 10.0,
            ..Manner::default()
        },
        ..World::default()
    };
    let ask = |world: &mut World, service: &str, name: &str, input: Value| {
        services::ask(world, service, name, "111122223333", "us-east-1", input)
    };
    let role = json!({"RoleName": "a", "AssumeRolePolicyDocument": trust(json!({"Service": "ec2.amazonaws.com"}))});
    ask(&mut world, "iam", "CreateRole", role).unwrap();
    ask(&mut world, "s3", "CreateBucket", json!({"Bucket": "example-bucket"})).unwrap();
    let pool = json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": false});
    let pool = ask(&mut world, "cognito-identity", "CreateIdentityPool", pool).unwrap()["IdentityPoolId"].clone();
    let bucket_policy = document(json!({
        "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "arn:aws:s3:::example-bucket",
    }));
    let own_policy = document(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
    let calls = [
        ("iam", "GetRole", json!({"RoleName": "a"}), Some("NoSuchEntity")),
        (
            "iam",
            "CreateRole",
            json!({"RoleName": "b", "AssumeRolePolicyDocument": trust(json!({"AWS": ROLE}))}),
            Some("MalformedPolicyDocument"),
        ),
        (
            "s3",
            "PutBucketPolicy",
            json!({"Bucket": "example-bucket", "Policy": bucket_policy}),
            Some("MalformedPolicy"),
        ),
        (
            "cognito-identity",
            "SetIdentityPoolRoles",
            json!({"IdentityPoolId": pool, "Roles": {"authenticated": ROLE}}),
            Some("InvalidParameterException"),
        ),
        (
            "iam",
            "PutRolePolicy",
            json!({"RoleName": "a", "PolicyName": "p", "PolicyDocument": own_policy}),
            None,
        ),
    ];
    for (now, known) in [(1009.0, false), (1010.0, true)] {
        world.clock = Some(now);
        for (service, name, input, refused) in &calls {
            let code = ask(&mut world, service, name, input.clone())
                .err()
                .map(|fault| fault.code);
            assert_eq!(code, refused.filter(|_| !known), "{name} at {now}");
        }
    }
}

#[test]
fn throttling_speaks_each_services_language() {
    let sandbox = Sandbox::in_memory(1);
    sandbox.set_trouble(Trouble {
        throttle: Some(1),
        ..Trouble::default()
    });
    let answer = sandbox.call(form("iam", "Action=ListRoles&Version=2010-05-08"));
    assert_eq!(answer.status(), 400);
    assert!(text(&answer).contains("<Code>Throttling</Code>"), "{}", text(&answer));
    let request = http::Request::get("http://127.0.0.1:4566/")
        .header("authorization", signed("test", "s3"))
        .body(Vec::new())
        .unwrap();
    let answer = sandbox.call(request);
    assert_eq!(answer.status(), 503);
    assert!(text(&answer).contains("<Code>SlowDown</Code>"), "{}", text(&answer));
    assert_eq!(sandbox.calls().len(), 2);
    assert_eq!(create_role(&sandbox, "a"), 400);
    sandbox.set_trouble(Trouble::default());
    assert_eq!(roles(&sandbox).len(), 0, "what is throttled has no effect");
}
