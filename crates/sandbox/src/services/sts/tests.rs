//! Sessions of roles, by calls as the protocol layer would make them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;

fn call(caller: &str, input: Value) -> Call {
    let Value::Object(input) = input else {
        panic!("an input is an object");
    };
    Call {
        operation: String::new(),
        account: "111122223333".into(),
        region: "eu-central-1".into(),
        caller: caller.into(),
        input,
        body: crate::body::Body::default(),
        key: String::new(),
        headers: Vec::new(),
    }
}

fn world_with_role(principal: &Value) -> World {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "x1"}},
    }]});
    let mut world = World::default();
    let input = json!({"RoleName": "reader", "Path": "/igv/", "AssumeRolePolicyDocument": trust.to_string()});
    services::ask(&mut world, "iam", "CreateRole", "111122223333", "us-east-1", input).unwrap();
    world
}

const ROOT: &str = "arn:aws:iam::111122223333:root";
const ROLE: &str = "arn:aws:iam::111122223333:role/igv/reader";

#[test]
fn a_role_is_assumed_by_whom_it_trusts() {
    let mut world = world_with_role(&json!({"AWS": ROOT}));
    let input = json!({"RoleArn": ROLE, "RoleSessionName": "one", "ExternalId": "x1"});
    let answer = assume_role(&mut world, &call(ROOT, input)).unwrap().output;
    let arn = answer["AssumedRoleUser"]["Arn"].as_str().unwrap().to_owned();
    assert_eq!(arn, "arn:aws:sts::111122223333:assumed-role/reader/one");
    let who = get_caller_identity(&mut world, &call(&arn, json!({}))).unwrap().output;
    assert!(who["UserId"].as_str().unwrap().ends_with(":one"));
    assert_eq!(who["Arn"], arn.as_str());
}

#[test]
fn others_are_told_the_same_whether_the_role_is_there_or_not() {
    let mut world = world_with_role(&json!({"AWS": "arn:aws:iam::444455556666:root"}));
    for (role, external) in [
        (ROLE, "x1"),
        ("arn:aws:iam::111122223333:role/reader", "x1"),
        ("arn:aws:iam::111122223333:role/none", "x1"),
        ("arn:aws:iam::111122223333:user/reader", "x1"),
        ("nonsense", "x1"),
    ] {
        let input = json!({"RoleArn": role, "RoleSessionName": "one", "ExternalId": external});
        let refused = assume_role(&mut world, &call(ROOT, input)).unwrap_err();
        assert_eq!((refused.code, refused.status), ("AccessDenied", 403), "{role}");
    }
    let mut world = world_with_role(&json!({"AWS": ROOT}));
    let input = json!({"RoleArn": ROLE, "RoleSessionName": "one", "ExternalId": "x2"});
    assert_eq!(
        assume_role(&mut world, &call(ROOT, input)).unwrap_err().code,
        "AccessDenied"
    );
    assert!(world.sts.is_empty());
}

/// Tokens of identity pools.
mod web_identity {
    use super::*;
    use crate::tokens::{self, IDENTITY_ISSUER};

    const POOL: &str = "eu-central-1:11111111-2222-3333-4444-555555555555";
    const IDENTITY: &str = "eu-central-1:66666666-7777-8888-9999-000000000000";
    const NOW: f64 = 1_790_000_000.0;

    /// A world at a fixed moment, with a role that trusts the signed-in people of a pool.
    fn world() -> World {
        let mut world = World {
            clock: Some(NOW),
            ..World::default()
        };
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": POOL},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
            },
        }]});
        let input = json!({"RoleName": "reader", "Path": "/igv/", "AssumeRolePolicyDocument": trust.to_string()});
        services::ask(&mut world, "iam", "CreateRole", "111122223333", "us-east-1", input).unwrap();
        world
    }

    fn claims(more: &Value) -> Map<String, Value> {
        let mut claims = json!({"sub": IDENTITY, "aud": POOL, "amr": ["authenticated", "x"], "exp": NOW + 600.0});
        claims
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        claims.as_object().unwrap().clone()
    }

    fn token(world: &mut World, more: &Value) -> String {
        tokens::issue(world, IDENTITY_ISSUER, claims(more))
    }

    fn assume(world: &mut World, token: &str, more: &Value) -> Result<Map<String, Value>, Fault> {
        let mut input = json!({"RoleArn": ROLE, "RoleSessionName": "ann@example.org", "WebIdentityToken": token});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let call = Call {
            account: "999988887777".into(),
            ..call(ANONYMOUS, input)
        };
        operation("AssumeRoleWithWebIdentity").unwrap()(world, &call).map(|answer| answer.output)
    }

    #[track_caller]
    fn refused(world: &mut World, token: &str, more: &Value) -> (&'static str, u16, String) {
        let fault = assume(world, token, more).unwrap_err();
        assert!(world.sts.is_empty());
        (fault.code, fault.status, fault.message)
    }

    #[test]
    fn a_token_becomes_a_session_that_ends() {
        let mut world = world();
        let token = token(&mut world, &json!({}));
        let answer = assume(&mut world, &token, &json!({})).unwrap();
        let arn = "arn:aws:sts::111122223333:assumed-role/reader/ann@example.org";
        assert_eq!(answer["SubjectFromWebIdentityToken"], IDENTITY);
        assert_eq!(answer["Audience"], POOL);
        assert_eq!(answer["Provider"], "cognito-identity.amazonaws.com");
        assert_eq!(answer["AssumedRoleUser"]["Arn"], arn);
        assert_eq!(answer["Credentials"]["Expiration"], NOW + 3600.0);
        assert_eq!(answer.get("PackedPolicySize"), None);
        let key = answer["Credentials"]["AccessKeyId"].as_str().unwrap();
        assert!(key.starts_with("ASIA"), "{key}");
        let session = &world.sts[key];
        assert_eq!((session.arn.as_str(), session.role.as_str()), (arn, ROLE));
        assert_eq!(
            session.keys["cognito-identity.amazonaws.com:amr"],
            ["authenticated", "x"]
        );
        assert_eq!(session.keys["cognito-identity.amazonaws.com:sub"], [IDENTITY]);
    }

    #[test]
    fn tokens_that_are_none() {
        let mut world = world();
        let good = token(&mut world, &json!({}));
        let old = token(&mut world, &json!({"exp": NOW}));
        let of_a_pool = tokens::issue(
            &mut world,
            "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab3",
            claims(&json!({})),
        );
        let tampered = format!(
            "{}.{}",
            good.rsplit_once('.').unwrap().0,
            old.rsplit_once('.').unwrap().1
        );
        let (code, status, message) = refused(&mut world, "abc.def.ghi", &json!({}));
        assert_eq!((code, status), ("InvalidIdentityToken", 400));
        assert!(message.contains("not a valid JWT"), "{message}");
        assert_eq!(refused(&mut world, &tampered, &json!({})).0, "InvalidIdentityToken");
        let (code, _, message) = refused(&mut world, &of_a_pool, &json!({}));
        assert_eq!(code, "InvalidIdentityToken");
        assert!(message.starts_with("No OpenIDConnect provider found in your account for https://cognito-idp."));
        let (code, status, message) = refused(&mut world, &old, &json!({}));
        assert_eq!((code, status), ("ExpiredTokenException", 400));
        assert_eq!(
            message,
            "Token expired: current date/time 1790000000 must be before the expiration date/time 1790000000"
        );
        let with_provider = refused(&mut world, &good, &json!({"ProviderId": "www.amazon.com"}));
        assert_eq!(with_provider.0, "InvalidIdentityToken");
    }

    #[test]
    fn whom_the_trust_does_not_name_is_told_one_thing() {
        let mut world = world();
        let good = token(&mut world, &json!({}));
        let guest = token(&mut world, &json!({"amr": ["unauthenticated"]}));
        let stranger = token(&mut world, &json!({"aud": "eu-central-1:other"}));
        let nobody = token(&mut world, &json!({"amr": null}));
        let want = (
            "AccessDenied",
            403,
            "Not authorized to perform sts:AssumeRoleWithWebIdentity".to_owned(),
        );
        for token in [&guest, &stranger, &nobody] {
            assert_eq!(refused(&mut world, token, &json!({})), want);
        }
        // igvteam/igv#1664: the path is left out.
        for role in ["role/reader", "role/igv/none", "user/reader"] {
            let other = json!({"RoleArn": format!("arn:aws:iam::111122223333:{role}")});
            assert_eq!(refused(&mut world, &good, &other), want, "{role}");
        }
        let nonsense = refused(&mut world, &good, &json!({"RoleArn": "igv-reader-and-more"}));
        assert_eq!(nonsense.0, "ValidationError");
        // A role that IAM has just made is not known yet.
        world.manner.iam_delay = 5.0;
        assert_eq!(refused(&mut world, &good, &json!({})), want);
    }

    #[test]
    fn a_trust_may_ask_for_the_name_of_the_session() {
        let mut world = world();
        let token = token(&mut world, &json!({}));
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": POOL},
                "StringLike": {"sts:RoleSessionName": "*@example.org"},
            },
        }]});
        let input = json!({"RoleName": "reader", "PolicyDocument": trust.to_string()});
        services::ask(
            &mut world,
            "iam",
            "UpdateAssumeRolePolicy",
            "111122223333",
            "us-east-1",
            input,
        )
        .unwrap();
        let other = json!({"RoleSessionName": "ann@example.com"});
        assert_eq!(refused(&mut world, &token, &other).0, "AccessDenied");
        assume(&mut world, &token, &json!({})).unwrap();
    }

    #[test]
    fn lengths_and_policies_of_a_session() {
        let mut world = world();
        let token = token(&mut world, &json!({}));
        let long = json!({"DurationSeconds": 3601});
        assert_eq!(refused(&mut world, &token, &long).0, "ValidationError");
        let spoilt = json!({"Policy": "{"});
        assert_eq!(refused(&mut world, &token, &spoilt).0, "MalformedPolicyDocument");
        let managed = json!({"PolicyArns": [{"arn": "arn:aws:iam::111122223333:policy/none"}]});
        assert_eq!(refused(&mut world, &token, &managed).0, "ValidationError");
        let statement = |size: usize| {
            let document = json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{}", "x".repeat(size)),
            }]});
            json!({"Policy": document.to_string()})
        };
        assert_eq!(refused(&mut world, &token, &statement(2048)).0, "PackedPolicyTooLarge");
        let input = json!({"PolicyName": "p", "PolicyDocument": statement(9)["Policy"]});
        services::ask(&mut world, "iam", "CreatePolicy", "111122223333", "us-east-1", input).unwrap();
        let mut both = statement(900);
        both["PolicyArns"] = json!([{"arn": "arn:aws:iam::111122223333:policy/p"}]);
        both["DurationSeconds"] = json!(900);
        let answer = assume(&mut world, &token, &both).unwrap();
        assert_eq!(answer["Credentials"]["Expiration"], NOW + 900.0);
        assert!((45..100).contains(&answer["PackedPolicySize"].as_u64().unwrap()));
        let session = world.sts.values().next().unwrap();
        assert_eq!(session.policies.len(), 2);
    }
}
