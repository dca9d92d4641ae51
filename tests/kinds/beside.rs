//! What is not ours, beside and inside of what is: the same to the byte after all that igvctl does.

use std::collections::BTreeSet;

use planner::{Action, Found, Options};
use serde_json::{Value as Json, json};
use spec_model::{Kind, Spec};

use crate::still::{differences, still};
use crate::world::{World, spec, text};

const HEAD: &str = "version: 1\nid: k1nds001\nstack: igv-kinds\naccount: \"111122223333\"\nregion: eu-central-1\n";

const FIRST: &str = "
user_pool:
  domain: igv-kinds
  users:
    anna: {email: anna@example.org}
    ben: {email: ben@example.org, attributes: {given_name: Ben}}
identity_pool: {}
data: [{bucket: igv-kinds-data, objects: [data/example.bam]}]
config: {bucket: igv-kinds-config}
tags: {project: igv}
";

/// All that can change without another object.
const CHANGED: &str = "
user_pool:
  name: Renamed
  domain: igv-kinds
  mfa: required
  password_policy: {minimum_length: 20}
  deletion_protection: false
  tier: plus
  client:
    name: renamed
    callback_ports: [60151, 60160]
    access_token_validity: 5 minutes
    id_token_validity: 5 minutes
    read_attributes: [email, email_verified, given_name]
  users:
    anna: {email: anna.b@example.org}
    cara: {email: cara@example.org}
identity_pool: {name: Renamed}
data:
  - bucket: igv-kinds-data
    objects: [data/example.bam]
    versioning: enabled
    abort_incomplete_uploads: 30 days
    prefixes: [data/]
access: {list_buckets: false, max_session: 2 hours, description: Changed}
config:
  bucket: igv-kinds-config
  scope: openid%20email%20profile
  distribution: {price_class: \"100\", ipv6: false, http_version: http2and3, root_object: index.html}
tags: {project: genomes, team: igv}
";

fn of(sections: &str) -> Spec {
    spec("beside.yaml", &format!("{HEAD}{sections}"))
}

const POOL: &str = "cognito_idp/111122223333/eu-central-1/pools/*";
const CLIENT: &str = "cognito_idp/111122223333/eu-central-1/pools/*/clients/*";
const IDENTITY: &str = "cognito_identity/111122223333/eu-central-1/pools/*";
const ROLE: &str = "iam/111122223333/roles/*";
const DATA: &str = "s3/buckets/igv-kinds-data";
const CONFIG: &str = "s3/buckets/igv-kinds-config";
const DISTRIBUTION: &str = "cloudfront/111122223333/distributions/*";

/// What others set on our objects, in the form in which the sandbox keeps it: where, what, and the findings it makes.
fn plants() -> Vec<(&'static str, &'static str, Json)> {
    let function = "arn:aws:lambda:eu-central-1:111122223333:function:others";
    vec![
        (POOL, "settings/LambdaConfig", json!({"PostAuthentication": function})),
        (
            POOL,
            "settings/DeviceConfiguration",
            json!({"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": true}),
        ),
        (POOL, "settings/SmsAuthenticationMessage", json!("Others' code: {####}")),
        (
            POOL,
            "settings/SmsConfiguration",
            json!({"SnsCallerArn": "arn:aws:iam::111122223333:role/sms", "ExternalId": "others", "SnsRegion": "eu-central-1"}),
        ),
        (
            POOL,
            "settings/VerificationMessageTemplate",
            json!({"DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "{##here##}", "EmailSubjectByLink": "Others"}),
        ),
        (
            POOL,
            "settings/EmailConfiguration",
            json!({"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:eu-central-1:111122223333:identity/example.org", "From": "IGV <igv@example.org>", "ReplyToEmailAddress": "help@example.org", "ConfigurationSet": "others"}),
        ),
        (
            POOL,
            "settings/UserPoolAddOns",
            json!({"AdvancedSecurityMode": "AUDIT"}),
        ),
        (POOL, "tags/owner", json!("Others & Söhne")),
        (
            POOL,
            "groups/others",
            json!({"settings": {"Description": "Others'", "Precedence": 3}, "created": 1.0, "modified": 1.0}),
        ),
        (CLIENT, "settings/LogoutURLs", json!(["https://example.org/bye"])),
        (
            CLIENT,
            "settings/DefaultRedirectURI",
            json!("http://localhost:60151/oauthCallback"),
        ),
        (
            CLIENT,
            "settings/AnalyticsConfiguration",
            json!({"ApplicationArn": "arn:aws:mobiletargeting:eu-central-1:111122223333:apps/0123456789abcdef", "RoleArn": "arn:aws:iam::111122223333:role/analytics", "UserDataShared": false}),
        ),
        (CLIENT, "settings/AuthSessionValidity", json!(7)),
        (IDENTITY, "tags/owner", json!("others")),
        (IDENTITY, "principal_tags", json!({})),
        (ROLE, "tags/owner", json!("others")),
        (DATA, "tags/owner", json!("others")),
        (
            DATA,
            "settings/CORSConfiguration",
            json!({"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://igv.org"]}]}),
        ),
        (
            DATA,
            "settings/NotificationConfiguration",
            json!({"EventBridgeConfiguration": {}}),
        ),
        (
            CONFIG,
            "settings/BucketLoggingStatus",
            json!({"LoggingEnabled": {"TargetBucket": "others-log", "TargetPrefix": "x/"}}),
        ),
        (DISTRIBUTION, "tags/owner", json!("others")),
        (
            DISTRIBUTION,
            "config/WebACLId",
            json!("arn:aws:wafv2:us-east-1:111122223333:global/webacl/others/a1b2c3d4-5678-90ab-cdef-EXAMPLE11111"),
        ),
        (
            DISTRIBUTION,
            "config/Logging",
            json!({"Enabled": true, "IncludeCookies": true, "Bucket": "others-log.s3.amazonaws.com", "Prefix": "cf/"}),
        ),
        (
            DISTRIBUTION,
            "config/CustomErrorResponses",
            json!({"Quantity": 1, "Items": [{"ErrorCode": 404, "ResponsePagePath": "/404.html", "ResponseCode": "404", "ErrorCachingMinTTL": 7}]}),
        ),
        (
            DISTRIBUTION,
            "config/Restrictions",
            json!({"GeoRestriction": {"RestrictionType": "blacklist", "Quantity": 1, "Items": ["AQ"]}}),
        ),
        (
            DISTRIBUTION,
            "config/DefaultCacheBehavior/ResponseHeadersPolicyId",
            json!("67f7725c-6f97-4210-82d7-5512b31e9d03"),
        ),
    ]
}

/// Lists to which others added something: where, under which name they keep its items, and what was added.
fn additions() -> Vec<(&'static str, &'static str, Json)> {
    let behaviour = json!({
        "PathPattern": "/others/*", "TargetOriginId": "others", "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"], "CachedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"]}},
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6", "Compress": true, "SmoothStreaming": false,
        "FieldLevelEncryptionId": "", "FunctionAssociations": {"Quantity": 0}, "LambdaFunctionAssociations": {"Quantity": 0},
        "TrustedKeyGroups": {"Enabled": false, "Quantity": 0}, "TrustedSigners": {"Enabled": false, "Quantity": 0},
        "GrpcConfig": {"Enabled": false},
    });
    let origin = json!({
        "Id": "others", "DomainName": "others.example.org", "OriginPath": "/x", "ConnectionAttempts": 2, "ConnectionTimeout": 5,
        "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "x-others", "HeaderValue": "yes"}]},
        "OriginShield": {"Enabled": true, "OriginShieldRegion": "eu-central-1"}, "OriginAccessControlId": "",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only", "OriginReadTimeout": 30,
            "OriginKeepaliveTimeout": 5, "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]}},
    });
    vec![
        (DISTRIBUTION, "config/CacheBehaviors/Items", behaviour),
        (DISTRIBUTION, "config/Origins/Items", origin),
        (
            DATA,
            "settings/LifecycleConfiguration/Rules",
            json!({"ID": "others", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}]}),
        ),
    ]
}

/// The names on a path; `*` stands for the only entry.
fn names(world: &Json, path: &str) -> Vec<String> {
    let mut at = world;
    let mut names = Vec::new();
    for name in path.split('/') {
        let name = if name == "*" {
            let entries = at.as_object().unwrap();
            assert_eq!(entries.len(), 1, "{path}");
            entries.keys().next().unwrap().clone()
        } else {
            name.to_owned()
        };
        at = &at[&name];
        names.push(name);
    }
    names
}

fn get<'w>(world: &'w Json, names: &[String]) -> &'w Json {
    names.iter().fold(world, |at, name| &at[name])
}

fn get_mut<'w>(world: &'w mut Json, names: &[String]) -> &'w mut Json {
    names.iter().fold(world, |at, name| &mut at[name])
}

/// Something of others: where it is, and what; in a list, one of its items.
struct Plant {
    names: Vec<String>,
    value: Json,
    item: bool,
}

/// Plants everything into a world in which there is one of each.
fn plant(world: &mut Json) -> Vec<Plant> {
    let mut planted = Vec::new();
    for (root, path, value) in plants() {
        planted.push(Plant {
            names: names(world, &format!("{root}/{path}")),
            value,
            item: false,
        });
    }
    for (root, path, value) in additions() {
        planted.push(Plant {
            names: names(world, &format!("{root}/{path}")),
            value,
            item: true,
        });
    }
    // Another client and another user, as somebody made them at the console.
    let client = names(world, CLIENT);
    let mut value = get(world, &client).clone();
    value["id"] = json!("0thersclient0123456789abcd");
    value["name"] = json!("client of others");
    let beside = |names: &[String], name: &str| {
        names[..names.len() - 1]
            .iter()
            .cloned()
            .chain([name.to_owned()])
            .collect()
    };
    planted.push(Plant {
        names: beside(&client, "0thersclient0123456789abcd"),
        value,
        item: false,
    });
    let anna = names(world, &format!("{POOL}/users/anna"));
    let mut value = get(world, &anna).clone();
    value["username"] = json!("others");
    value["attributes"] =
        json!({"email": "others@example.org", "sub": "6f1ed002-ab5d-4f5b-9d0c-000000000000", "name": "Others"});
    planted.push(Plant {
        names: beside(&anna, "others"),
        value,
        item: false,
    });
    for Plant { names, value, item } in &planted {
        if *item {
            let place = get_mut(world, names);
            if place.is_null() {
                *place = json!([]);
            }
            let items = place.as_array_mut().unwrap();
            items.push(value.clone());
            let length = items.len();
            if names.last().is_some_and(|it| it == "Items") {
                get_mut(world, &names[..names.len() - 1])["Quantity"] = json!(length);
            }
        } else {
            *get_mut(world, names) = value.clone();
        }
    }
    planted
}

fn assert_there(planted: &[Plant], world: &Json, when: &str) {
    let missing: Vec<String> = planted
        .iter()
        .filter(|it| {
            let place = get(world, &it.names);
            if it.item {
                !place.as_array().is_some_and(|items| items.contains(&it.value))
            } else {
                *place != it.value
            }
        })
        .map(|it| {
            format!(
                "{}\n  was {}\n  is {}",
                it.names.join("/"),
                it.value,
                get(world, &it.names)
            )
        })
        .collect();
    assert!(missing.is_empty(), "{when}:\n{}", missing.join("\n"));
}

/// A world with a stack and what others added to it; nothing of that is a reason to act.
async fn planted() -> (World, Spec, Vec<Plant>) {
    let first = of(FIRST);
    let world = World::new(&first).await;
    world.apply("first", &first, &Options::default()).await;
    let mut snapshot = world.sandbox.snapshot();
    let planted = plant(&mut snapshot);
    world.sandbox.restore(snapshot).unwrap();
    let (_, plan) = world.plan(&first, &Options::default()).await;
    assert!(!plan.acts() && plan.gaps.is_empty(), "{}", text(&plan));
    (world, first, planted)
}

#[tokio::test(start_paused = true)]
async fn every_update_leaves_it_alone() {
    let (world, first, planted) = planted().await;
    let changed = of(CHANGED);
    for (when, spec) in [("changed", &changed), ("changed back", &first)] {
        let plan = world.run(when, spec, &Options::default()).await;
        let (_, second) = world.plan(spec, &Options::default()).await;
        assert!(!second.acts(), "{when}\n{}\nafter\n{}", text(&second), text(&plan));
        assert_there(&planted, &world.sandbox.snapshot(), when);
    }
}

/// Where our marks are.
fn is_mark(path: &str) -> bool {
    path.contains("/igvctl:")
        || path.contains("/custom:igvctl:")
        || path.contains("/clients/") && path.contains("/name:")
        || path.contains("/config/Comment:")
        || path.contains("/access_controls/") && path.contains("/config/Name:")
}

#[tokio::test(start_paused = true)]
async fn release_takes_the_marks_off_and_adopt_puts_them_back() {
    let (world, first, planted) = planted().await;
    let before = world.sandbox.snapshot();
    let (live, _) = world.plan(&first, &Options::default()).await;
    let mut release = first.clone();
    release.release = first.resources.keys().cloned().collect();
    let plan = world.run("release", &release, &Options::default()).await;
    assert!(
        plan.steps.iter().all(|it| it.action == Action::Release),
        "{}",
        text(&plan)
    );
    let released = world.sandbox.snapshot();
    let moved: BTreeSet<String> = differences(&before, &released)
        .into_iter()
        .filter(|it| !is_mark(it))
        .collect();
    assert!(moved.is_empty(), "release moved\n{moved:#?}");
    assert_there(&planted, &released, "released");

    // A data file without a mark is what the file asks for, and stays as it is.
    let mut adopt = first.clone();
    adopt.adopt = live
        .found
        .iter()
        .filter_map(|(address, found)| match found {
            Found::Ours(object) if address.kind != Kind::Object => Some((address.clone(), object.id.clone())),
            Found::Ours(_)
            | Found::Absent
            | Found::Provided { .. }
            | Found::Foreign { .. }
            | Found::Ambiguous { .. }
            | Found::Unknown(_) => None,
        })
        .collect();
    let plan = world.run("adopt", &adopt, &Options::default()).await;
    for step in &plan.steps {
        assert!(matches!(step.action, Action::Update | Action::Keep), "{}", text(&plan));
    }
    let (_, second) = world.plan(&adopt, &Options::default()).await;
    assert!(!second.acts(), "{}\nafter\n{}", text(&second), text(&plan));
    let moved: Vec<String> = differences(&before, &world.sandbox.snapshot())
        .into_iter()
        .filter(|it| !it.starts_with("/s3/buckets/igv-kinds-data/objects/"))
        .collect();
    assert!(moved.is_empty(), "adopt moved\n{moved:#?}");
}

/// Stacks whose names are nearly the same, in this region and in another.
#[tokio::test(start_paused = true)]
async fn a_stack_comes_and_goes_beside_its_neighbours() {
    let first = of(FIRST);
    let world = World::new(&first).await;
    let neighbour = |stack: &str, region: &str, id: &str| {
        let text = format!("{HEAD}{FIRST}")
            .replace("stack: igv-kinds", &format!("stack: {stack}"))
            .replace("eu-central-1", region)
            .replace("k1nds001", id)
            .replace("bucket: igv-kinds", &format!("bucket: {stack}-{region}"))
            .replace("domain: igv-kinds", &format!("domain: {stack}-neighbour"));
        spec("neighbour.yaml", &text)
    };
    let neighbours = [
        neighbour("igv-kinds2", "eu-central-1", "k1nds002"),
        neighbour("igv", "eu-central-1", "k1nds003"),
        neighbour("igv-kinds", "eu-west-1", "k1nds004"),
    ];
    for neighbour in &neighbours {
        let beside = world.beside(neighbour).await;
        beside.apply("neighbour", neighbour, &Options::default()).await;
    }
    let before = world.sandbox.snapshot();
    world.apply("first", &first, &Options::default()).await;
    world.apply("changed", &of(CHANGED), &Options::default()).await;
    for neighbour in &neighbours {
        let (_, plan) = world.beside(neighbour).await.plan(neighbour, &Options::default()).await;
        assert!(plan.is_in_sync(), "{}", text(&plan));
    }
    let down = Options {
        destroy: true,
        ..Options::default()
    };
    world.run("down", &of(CHANGED), &down).await;
    let moved: Vec<String> = differences(&before, &world.sandbox.snapshot())
        .into_iter()
        // Names that AWS remembers.
        .filter(|it| !it.starts_with("/s3/released/igv-kinds-") && !it.contains("/references/eu-central-1/igv-kinds/"))
        .collect();
    assert!(moved.is_empty(), "moved\n{moved:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_holds_something_of_others_stays_when_all_goes() {
    let (world, first, _) = planted().await;
    let put = world
        .aws
        .clients()
        .s3
        .put_object()
        .bucket("igv-kinds-data")
        .key("others.txt");
    put.body(b"others".to_vec().into()).send().await.unwrap();
    let before = world.sandbox.snapshot();
    let down = Options {
        destroy: true,
        ..Options::default()
    };
    let (live, plan) = world.plan(&first, &down).await;
    // A closer look tells it before anything goes; without one the step itself refuses.
    let mut weighed = live.clone();
    world.aws.weigh(&first.stack, &mut weighed).await;
    let foreseen = planner::plan(&first, &weighed, &planner::Local::new(), &down);
    let kept: Vec<String> = foreseen
        .blocked()
        .map(|step| format!("{}: {:?}", step.key, step.reasons))
        .collect();
    assert_eq!(
        kept,
        [r#"bucket.igv-kinds-data: [Destroyed, Kept { what: "1 object that is not ours: `others.txt`" }]"#]
    );
    let report = world.execute(&plan, &live).await;
    let failed: Vec<String> = report
        .failed()
        .map(|(step, error)| format!("{}: {}", step.key, error.message))
        .collect();
    let bucket =
        "bucket.igv-kinds-data: the bucket `igv-kinds-data` is kept: it holds 1 object that is not ours: `others.txt`";
    assert_eq!(failed, [bucket], "{}", text(&plan));
    let after = world.sandbox.snapshot();
    let kept = |world: &Json| still(&world["s3"]["buckets"]["igv-kinds-data"]["objects"]["others.txt"]);
    assert_eq!(kept(&before), kept(&after));
    assert_eq!(after["cognito_idp"]["111122223333"]["eu-central-1"]["pools"], json!({}));
}
