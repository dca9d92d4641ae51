//! What a look costs: how many calls, and how many of them one after the other.
//!
//! The sandbox takes a fixed time for each call and tokio's clock is paused, so the time that passes is the number of
//! calls on the longest path, exactly.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use planner::Options;
use sandbox::{Sandbox, Trouble};
use spec_model::Spec;

use crate::ground::{acting, committed, counts, plan, settled, spec};

/// The calls of a plan with nothing to do, and how many are on the longest path, who the caller is with them.
async fn cost(sandbox: &Sandbox, spec: &Spec) -> (BTreeMap<String, usize>, f64) {
    let latency = Duration::from_millis(80);
    sandbox.clear_calls();
    sandbox.set_trouble(Trouble {
        latency,
        ..Trouble::default()
    });
    let begun = tokio::time::Instant::now();
    let (_, live, plan) = plan(sandbox, spec, &Options::default()).await;
    let path = begun.elapsed().as_secs_f64() / latency.as_secs_f64();
    sandbox.set_trouble(Trouble::default());
    assert_eq!(acting(&plan), Vec::<String>::new());
    assert_eq!((live.gaps, plan.findings), (vec![], vec![]));
    (counts(sandbox), path)
}

/// One pool, two users, a role, two buckets and a distribution.
const SMALL: &str = r#"
version: 1
id: reads001
stack: igv-reads
account: "111122223333"
region: ap-southeast-2
user_pool:
  domain: igv-reads-example
  users:
    anna: {email: anna@example.org}
    bert: {email: bert@example.org}
identity_pool: {}
data: [{bucket: igv-reads-data, objects: [data/example.bam]}]
config: {bucket: igv-reads-config, distribution: {}}
"#;

#[tokio::test(start_paused = true)]
async fn no_call_is_made_twice_and_the_longest_path_has_four() {
    let sandbox = Sandbox::in_memory(1);
    let spec = spec(SMALL);
    settled(&sandbox, &spec).await;
    let (counts, path) = cost(&sandbox, &spec).await;
    let expected = [
        ("cloudfront:GetDistribution", 1),
        ("cloudfront:ListDistributions", 1),
        ("cloudfront:ListOriginAccessControls", 1),
        ("cloudfront:ListTagsForResource", 1),
        ("cognito-identity:DescribeIdentityPool", 1),
        ("cognito-identity:GetIdentityPoolRoles", 1),
        ("cognito-identity:ListIdentityPools", 1),
        ("cognito-idp:DescribeUserPool", 1),
        ("cognito-idp:DescribeUserPoolClient", 1),
        ("cognito-idp:DescribeUserPoolDomain", 1),
        ("cognito-idp:GetUserPoolMfaConfig", 1),
        ("cognito-idp:ListUserPoolClients", 1),
        ("cognito-idp:ListUserPools", 1),
        ("cognito-idp:ListUsers", 1),
        ("iam:GetRole", 1),
        ("iam:GetRolePolicy", 1),
        ("iam:ListAttachedRolePolicies", 1),
        ("iam:ListRolePolicies", 1),
        ("iam:ListRoles", 1),
        // Of the region and of us-east-1.
        ("resourcegroupstaggingapi:GetResources", 2),
        // Of two buckets each, from here on.
        ("s3:GetBucketEncryption", 2),
        ("s3:GetBucketLifecycleConfiguration", 2),
        ("s3:GetBucketOwnershipControls", 2),
        ("s3:GetBucketPolicy", 2),
        ("s3:GetBucketReplication", 2),
        ("s3:GetBucketTagging", 2),
        // Only where the file says something of it: the config bucket keeps former versions.
        ("s3:GetBucketVersioning", 1),
        ("s3:GetObject", 1),
        // The data file and its index.
        ("s3:GetObjectTagging", 2),
        ("s3:GetPublicAccessBlock", 2),
        ("s3:ListObjectsV2", 2),
        ("sts:GetCallerIdentity", 1),
    ];
    let expected: BTreeMap<String, usize> = expected
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect();
    assert_eq!(counts, expected);
    // Who the caller is; the list of pools, the list of the pool's clients, the client.
    assert!((path - 4.0).abs() < 0.01, "{path} calls on the longest path");
}

#[tokio::test(start_paused = true)]
async fn more_of_everything_makes_the_path_no_longer() {
    let sandbox = Sandbox::in_memory(1);
    let spec = spec(&committed("full.yaml"));
    settled(&sandbox, &spec).await;
    let (_, path) = cost(&sandbox, &spec).await;
    assert!((path - 4.0).abs() < 0.01, "{path} calls on the longest path");
}

#[tokio::test(start_paused = true)]
async fn l82_a_thousand_users_are_seventeen_pages() {
    let sandbox = Sandbox::in_memory(1);
    let without = spec(SMALL);
    settled(&sandbox, &without).await;
    let (few, _) = cost(&sandbox, &without).await;
    let mut text = SMALL.to_owned();
    let end = text.find("identity_pool:").unwrap_or_default();
    let mut users = String::new();
    for number in 2..1000 {
        let _ = writeln!(
            users,
            "    user{number:03}: {{email: user{number}@example.org, invite: none}}"
        );
    }
    text.insert_str(end, &users);
    let with = spec(&text);
    settled(&sandbox, &with).await;
    let (mut many, _) = cost(&sandbox, &with).await;
    assert_eq!(many.insert("cognito-idp:ListUsers".to_owned(), 1), Some(17));
    assert_eq!(many, few);
}
