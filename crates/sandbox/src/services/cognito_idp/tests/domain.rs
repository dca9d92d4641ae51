//! Domains: one name space for everybody, one prefix a pool.

use serde_json::json;

use super::{ask_as, described, no, ok, pool, refused, world};

/// L24: a prefix is unique in a region over all accounts, and only its owner sees it.
#[test]
fn l24_prefixes_are_unique_over_all_accounts() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    ok(
        &mut world,
        "CreateUserPoolDomain",
        json!({"UserPoolId": id, "Domain": "igv-demo"}),
    );
    assert_eq!(described(&mut world, &id)["Domain"], "igv-demo");
    let live = ok(&mut world, "DescribeUserPoolDomain", json!({"Domain": "igv-demo"}));
    let live = &live["DomainDescription"];
    assert_eq!(live["UserPoolId"], json!(id));
    assert_eq!(live["Status"], "ACTIVE");
    assert_eq!(live["ManagedLoginVersion"], 1);
    assert!(
        live["CloudFrontDistribution"]
            .as_str()
            .unwrap()
            .ends_with(".cloudfront.net")
    );

    let other = pool(&mut world, json!({}));
    let taken = json!({"UserPoolId": other, "Domain": "igv-demo"});
    let (code, message) = no(&mut world, "CreateUserPoolDomain", taken);
    assert_eq!(
        (code, message.as_str()),
        (
            "InvalidParameterException",
            "Domain already associated with another user pool."
        )
    );

    let stranger = "444455556666";
    let made = ask_as(
        &mut world,
        stranger,
        "us-east-1",
        "CreateUserPool",
        json!({"PoolName": "p"}),
    )
    .unwrap();
    let theirs = json!({"UserPoolId": made["UserPool"]["Id"], "Domain": "igv-demo"});
    let fault = ask_as(&mut world, stranger, "us-east-1", "CreateUserPoolDomain", theirs).unwrap_err();
    assert_eq!(
        (fault.code, fault.message.as_str()),
        ("InvalidParameterException", "Domain already exists.")
    );
    let seen = ask_as(
        &mut world,
        stranger,
        "us-east-1",
        "DescribeUserPoolDomain",
        json!({"Domain": "igv-demo"}),
    )
    .unwrap();
    assert_eq!(seen, json!({"DomainDescription": {}}));

    // Another region is another name space.
    let made = ask_as(
        &mut world,
        stranger,
        "eu-west-1",
        "CreateUserPool",
        json!({"PoolName": "p"}),
    )
    .unwrap();
    let elsewhere = json!({"UserPoolId": made["UserPool"]["Id"], "Domain": "igv-demo"});
    ask_as(&mut world, stranger, "eu-west-1", "CreateUserPoolDomain", elsewhere).unwrap();
}

#[test]
fn refusals() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    for domain in ["my-cognito", "Igv", "igv-"] {
        let input = json!({"UserPoolId": id, "Domain": domain});
        refused(&mut world, "InvalidParameterException", "CreateUserPoolDomain", input);
    }
    ok(
        &mut world,
        "CreateUserPoolDomain",
        json!({"UserPoolId": id, "Domain": "igv-demo"}),
    );
    let second = json!({"UserPoolId": id, "Domain": "igv-second"});
    refused(&mut world, "InvalidParameterException", "CreateUserPoolDomain", second);
    for name in ["UpdateUserPoolDomain", "DeleteUserPoolDomain"] {
        let input = json!({"UserPoolId": id, "Domain": "nosuch"});
        refused(&mut world, "InvalidParameterException", name, input);
    }
    let lite = pool(&mut world, json!({"UserPoolTier": "LITE"}));
    let input = json!({"UserPoolId": lite, "Domain": "igv-lite", "ManagedLoginVersion": 2});
    refused(
        &mut world,
        "FeatureUnavailableInTierException",
        "CreateUserPoolDomain",
        input,
    );
    assert_eq!(
        ok(&mut world, "DescribeUserPoolDomain", json!({"Domain": "nosuch"})),
        json!({"DomainDescription": {}})
    );
}

#[test]
fn the_page_version_changes_in_place() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    ok(
        &mut world,
        "CreateUserPoolDomain",
        json!({"UserPoolId": id, "Domain": "igv-demo"}),
    );
    let input = json!({"UserPoolId": id, "Domain": "igv-demo", "ManagedLoginVersion": 2});
    ok(&mut world, "UpdateUserPoolDomain", input);
    let live = ok(&mut world, "DescribeUserPoolDomain", json!({"Domain": "igv-demo"}));
    assert_eq!(live["DomainDescription"]["ManagedLoginVersion"], 2);
    ok(
        &mut world,
        "DeleteUserPoolDomain",
        json!({"UserPoolId": id, "Domain": "igv-demo"}),
    );
    assert_eq!(described(&mut world, &id).get("Domain"), None);
}

#[test]
fn a_custom_domain_takes_its_time() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let mut input = json!({"UserPoolId": id, "Domain": "login.example.org",
                           "CustomDomainConfig": {"CertificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/x"}});
    refused(
        &mut world,
        "InvalidParameterException",
        "CreateUserPoolDomain",
        input.clone(),
    );
    input["CustomDomainConfig"]["CertificateArn"] = json!("arn:aws:acm:us-east-1:111122223333:certificate/x");
    assert!(ok(&mut world, "CreateUserPoolDomain", input)["CloudFrontDomain"].is_string());
    // A prefix beside it is allowed.
    ok(
        &mut world,
        "CreateUserPoolDomain",
        json!({"UserPoolId": id, "Domain": "igv-demo"}),
    );
    let status = |world: &mut crate::world::World| {
        ok(world, "DescribeUserPoolDomain", json!({"Domain": "login.example.org"}))["DomainDescription"]["Status"]
            .take()
    };
    assert_eq!(status(&mut world), "CREATING");
    world.clock = world.clock.map(|it| it + 900.0);
    assert_eq!(status(&mut world), "ACTIVE");
}
