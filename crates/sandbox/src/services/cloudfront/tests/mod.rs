//! Each guard of CloudFront, met by a call.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod config;

use serde_json::{Value, json};

use crate::call::{Answer, Call, Fault};
use crate::world::World;

const ACCOUNT: &str = "111122223333";
const DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

/// Calls an operation as an account.
fn call_as(account: &str, world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
    let call = Call {
        operation: operation.to_owned(),
        account: account.to_owned(),
        region: "us-east-1".to_owned(),
        caller: format!("arn:aws:iam::{account}:root"),
        input: input.as_object().unwrap().clone(),
        body: crate::body::Body::default(),
        key: String::new(),
        headers: Vec::new(),
    };
    super::operation(operation).unwrap()(world, &call).map(|Answer { output, .. }| Value::Object(output))
}

/// Calls an operation.
fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
    call_as(ACCOUNT, world, operation, input)
}

/// The code and status of a refusal.
fn refusal(answer: Result<Value, Fault>) -> (&'static str, u16) {
    let fault = answer.unwrap_err();
    (fault.code, fault.status)
}

/// The smallest configuration that a creation takes.
fn sparse() -> Value {
    json!({
        "CallerReference": "ref/1", "Comment": "", "Enabled": true,
        "Origins": {"Quantity": 1, "Items": [{
            "Id": "s3", "DomainName": "b.s3.eu-west-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""},
        }]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "s3", "ViewerProtocolPolicy": "https-only", "CachePolicyId": DISABLED,
        },
    })
}

/// The smallest configuration, changed.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut config = sparse();
    change(&mut config);
    config
}

fn create(world: &mut World, config: Value) -> Result<Value, Fault> {
    call(world, "CreateDistribution", json!({"DistributionConfig": config}))
}

/// A world with one distribution, and its id.
fn with_distribution() -> (World, String) {
    let mut world = World {
        clock: Some(1000.0),
        ..World::default()
    };
    let made = create(&mut world, sparse()).unwrap();
    let id = made["Distribution"]["Id"].as_str().unwrap().to_owned();
    (world, id)
}

fn get_config(world: &mut World, id: &str) -> (Value, Value) {
    let read = call(world, "GetDistributionConfig", json!({"Id": id})).unwrap();
    (read["DistributionConfig"].clone(), read["ETag"].clone())
}

fn update(world: &mut World, id: &str, etag: &Value, config: Value) -> Result<Value, Fault> {
    call(
        world,
        "UpdateDistribution",
        json!({"Id": id, "IfMatch": etag, "DistributionConfig": config}),
    )
}

fn control(name: &str) -> Value {
    json!({
        "Name": name, "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3",
    })
}

fn create_control(world: &mut World, name: &str) -> Result<Value, Fault> {
    call(
        world,
        "CreateOriginAccessControl",
        json!({"OriginAccessControlConfig": control(name)}),
    )
}

#[test]
fn ids_and_names_have_the_form_of_cloudfront() {
    let mut world = World::default();
    let made = create(&mut world, sparse()).unwrap();
    let shown = &made["Distribution"];
    let id = shown["Id"].as_str().unwrap();
    let capital = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    assert!(id.starts_with('E') && id.len() == 14 && capital(id), "{id}");
    let etag = made["ETag"].as_str().unwrap();
    assert!(etag.starts_with('E') && etag.len() == 14 && capital(etag), "{etag}");
    assert_eq!(shown["ARN"], format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{id}"));
    let host = shown["DomainName"].as_str().unwrap();
    assert!(
        host.starts_with('d') && host.ends_with(".cloudfront.net") && host.len() == 29,
        "{host}"
    );
    assert_eq!(shown["Status"], "Deployed");
    let (account, found) = super::by_host(&world, host).unwrap();
    assert_eq!((account, found.id.as_str()), (ACCOUNT, id));
    assert!(super::by_host(&world, "example.org").is_none());
}

#[test]
fn l67_a_caller_reference_is_used_for_ever() {
    let (mut world, id) = with_distribution();
    let again = create(&mut world, sparse()).unwrap_err();
    assert_eq!((again.code, again.status), ("DistributionAlreadyExists", 409));
    assert!(
        again.message.ends_with(&format!("Already exists: {id}")),
        "{}",
        again.message
    );

    let (mut config, etag) = get_config(&mut world, &id);
    config["Enabled"] = json!(false);
    let etag = update(&mut world, &id, &etag, config).unwrap()["ETag"].clone();
    call(&mut world, "DeleteDistribution", json!({"Id": id, "IfMatch": etag})).unwrap();
    let again = create(&mut world, sparse()).unwrap_err();
    assert!(
        again.message.ends_with(&format!("Already exists: {id}")),
        "{}",
        again.message
    );
    create(&mut world, changed(|config| config["CallerReference"] = json!("ref/2"))).unwrap();
}

#[test]
fn l45_a_write_needs_the_etag_of_the_last_read() {
    let (mut world, id) = with_distribution();
    let (mut config, etag) = get_config(&mut world, &id);
    for missing in [Value::Null, json!(""), json!("*"), json!("\"x\"")] {
        assert_eq!(
            refusal(update(&mut world, &id, &missing, config.clone())),
            ("InvalidIfMatchVersion", 400)
        );
    }
    config["Comment"] = json!("changed");
    let after = update(&mut world, &id, &etag, config.clone()).unwrap();
    assert_ne!(after["ETag"], etag);
    assert_eq!(after["Distribution"]["DistributionConfig"]["Comment"], "changed");
    assert_eq!(
        refusal(update(&mut world, &id, &etag, config)),
        ("PreconditionFailed", 412)
    );
    let stale = json!({"Id": id, "IfMatch": etag});
    assert_eq!(
        refusal(call(&mut world, "DeleteDistribution", stale)),
        ("PreconditionFailed", 412)
    );
    let none = json!({"Id": id});
    assert_eq!(
        refusal(call(&mut world, "DeleteDistribution", none)),
        ("InvalidIfMatchVersion", 400)
    );
}

#[test]
fn l46_only_what_is_disabled_and_deployed_can_go() {
    let (mut world, id) = with_distribution();
    world.manner.deploy_delay = 180.0;
    let (mut config, etag) = get_config(&mut world, &id);
    let delete =
        |world: &mut World, etag: &Value| call(world, "DeleteDistribution", json!({"Id": id, "IfMatch": etag}));
    assert_eq!(refusal(delete(&mut world, &etag)), ("DistributionNotDisabled", 409));
    config["Enabled"] = json!(false);
    let after = update(&mut world, &id, &etag, config).unwrap();
    assert_eq!(after["Distribution"]["Status"], "InProgress");
    assert_eq!(
        refusal(delete(&mut world, &after["ETag"])),
        ("DistributionNotDisabled", 409)
    );
    world.clock = Some(1181.0);
    let read = call(&mut world, "GetDistribution", json!({"Id": id})).unwrap();
    assert_eq!(
        (&read["Distribution"]["Status"], &read["ETag"]),
        (&json!("Deployed"), &after["ETag"])
    );
    delete(&mut world, &after["ETag"]).unwrap();
    for operation in ["GetDistribution", "GetDistributionConfig"] {
        assert_eq!(
            refusal(call(&mut world, operation, json!({"Id": id}))),
            ("NoSuchDistribution", 404)
        );
    }
}

#[test]
fn the_first_read_after_an_update_may_be_stale() {
    let (mut world, id) = with_distribution();
    world.manner.stale_reads = true;
    let (mut config, etag) = get_config(&mut world, &id);
    config["Comment"] = json!("new");
    let after = update(&mut world, &id, &etag, config).unwrap();
    let (stale, old) = get_config(&mut world, &id);
    assert_eq!((&stale["Comment"], &old), (&json!(""), &etag));
    let (fresh, new) = get_config(&mut world, &id);
    assert_eq!((&fresh["Comment"], &new), (&json!("new"), &after["ETag"]));
}

#[test]
fn lists_are_paged_and_show_no_caller_reference() {
    let mut world = World::default();
    let empty = call(&mut world, "ListDistributions", json!({})).unwrap();
    assert_eq!(
        empty,
        json!({"DistributionList": {"Quantity": 0, "MaxItems": 100, "Marker": "", "IsTruncated": false}})
    );
    for n in 0..3 {
        let config = changed(|config| {
            config["CallerReference"] = json!(format!("ref/{n}"));
            config["Comment"] = json!(format!("igvctl {n}"));
        });
        create(&mut world, config).unwrap();
    }
    let mut comments = Vec::new();
    let mut input = json!({"MaxItems": "2"});
    loop {
        let page = call(&mut world, "ListDistributions", input.clone()).unwrap()["DistributionList"].clone();
        for item in page["Items"].as_array().unwrap() {
            assert!(item.get("CallerReference").is_none() && item.get("Logging").is_none());
            comments.push(item["Comment"].clone());
        }
        assert_eq!(page["IsTruncated"], page.get("NextMarker").is_some());
        match page.get("NextMarker") {
            Some(marker) => input["Marker"] = marker.clone(),
            None => break,
        }
    }
    comments.sort_by_key(Value::to_string);
    assert_eq!(comments, ["igvctl 0", "igvctl 1", "igvctl 2"]);
    let bad = json!({"MaxItems": "many"});
    assert_eq!(
        refusal(call(&mut world, "ListDistributions", bad)),
        ("InvalidArgument", 400)
    );
}

#[test]
fn tags_come_with_the_creation_and_stay_apart() {
    let mut world = World::default();
    let both =
        |tags: Value| json!({"DistributionConfigWithTags": {"DistributionConfig": sparse(), "Tags": {"Items": tags}}});
    let bad = both(json!([{"Key": "aws:x", "Value": ""}]));
    assert_eq!(
        refusal(call(&mut world, "CreateDistributionWithTags", bad)),
        ("InvalidTagging", 400)
    );
    let good = both(json!([{"Key": "igvctl:stack", "Value": "eu-west-1/demo"}]));
    let made = call(&mut world, "CreateDistributionWithTags", good).unwrap();
    let arn = made["Distribution"]["ARN"].clone();
    let tagged = super::tagged(&world, ACCOUNT, "us-east-1");
    assert_eq!(tagged.len(), 1);
    assert_eq!(
        (json!(tagged[0].0), json!(tagged[0].1)),
        (arn.clone(), json!({"igvctl:stack": "eu-west-1/demo"}))
    );
    assert_eq!(super::tagged(&world, ACCOUNT, "eu-west-1"), []);

    let tag = |tags: Value| json!({"Resource": arn, "Tags": {"Items": tags}});
    call(&mut world, "TagResource", tag(json!([{"Key": "env", "Value": "t"}]))).unwrap();
    let many: Vec<Value> = (0..49).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
    assert_eq!(
        refusal(call(&mut world, "TagResource", tag(json!(many)))),
        ("InvalidTagging", 400)
    );
    let untag = json!({"Resource": arn, "TagKeys": {"Items": ["igvctl:stack"]}});
    call(&mut world, "UntagResource", untag).unwrap();
    let listed = call(&mut world, "ListTagsForResource", json!({"Resource": arn})).unwrap();
    assert_eq!(listed, json!({"Tags": {"Items": [{"Key": "env", "Value": "t"}]}}));
    let ghost = json!({"Resource": format!("arn:aws:cloudfront::{ACCOUNT}:distribution/E00000000000ZZ")});
    assert_eq!(
        refusal(call(&mut world, "ListTagsForResource", ghost)),
        ("NoSuchResource", 404)
    );
    let theirs = json!({"Resource": "arn:aws:cloudfront::444455556666:distribution/E00000000000ZZ"});
    assert_eq!(
        refusal(call(&mut world, "ListTagsForResource", theirs)),
        ("AccessDenied", 403)
    );
}

#[test]
fn l68_the_name_of_an_access_control_is_unique_in_the_account() {
    let mut world = World::default();
    let made = create_control(&mut world, "a").unwrap();
    let id = made["OriginAccessControl"]["Id"].clone();
    assert_eq!(
        made["OriginAccessControl"]["OriginAccessControlConfig"]["Description"],
        ""
    );
    assert_eq!(
        refusal(create_control(&mut world, "a")),
        ("OriginAccessControlAlreadyExists", 409)
    );
    create_control(&mut world, "b").unwrap();
    let other = json!({"OriginAccessControlConfig": control("a")});
    call_as("444455556666", &mut world, "CreateOriginAccessControl", other).unwrap();

    let write =
        |etag: &Value, name: &str| json!({"Id": id, "IfMatch": etag, "OriginAccessControlConfig": control(name)});
    let taken = call(&mut world, "UpdateOriginAccessControl", write(&made["ETag"], "b"));
    assert_eq!(refusal(taken), ("OriginAccessControlAlreadyExists", 409));
    let after = call(&mut world, "UpdateOriginAccessControl", write(&made["ETag"], "c")).unwrap();
    assert_ne!(after["ETag"], made["ETag"]);
    let stale = call(&mut world, "UpdateOriginAccessControl", write(&made["ETag"], "d"));
    assert_eq!(refusal(stale), ("PreconditionFailed", 412));
    assert_eq!(refusal(create_control(&mut world, "")), ("InvalidArgument", 400));
    assert_eq!(
        refusal(create_control(&mut world, &"x".repeat(65))),
        ("InvalidArgument", 400)
    );
    let listed = call(&mut world, "ListOriginAccessControls", json!({})).unwrap();
    assert_eq!(listed["OriginAccessControlList"]["Quantity"], 2);
    let ghost = json!({"Id": "E00000000000ZZ"});
    for operation in [
        "GetOriginAccessControl",
        "GetOriginAccessControlConfig",
        "DeleteOriginAccessControl",
    ] {
        assert_eq!(
            refusal(call(&mut world, operation, ghost.clone())),
            ("NoSuchOriginAccessControl", 404)
        );
    }
}

#[test]
fn l49_an_access_control_in_use_stays() {
    let mut world = World::default();
    let made = create_control(&mut world, "a").unwrap();
    let (control, etag) = (made["OriginAccessControl"]["Id"].clone(), made["ETag"].clone());
    let config = changed(|config| config["Origins"]["Items"][0]["OriginAccessControlId"] = control.clone());
    let id = create(&mut world, config).unwrap()["Distribution"]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let delete = json!({"Id": control, "IfMatch": etag});
    assert_eq!(
        refusal(call(&mut world, "DeleteOriginAccessControl", delete.clone())),
        ("OriginAccessControlInUse", 409)
    );
    let (mut config, etag) = get_config(&mut world, &id);
    config["Origins"]["Items"][0]["OriginAccessControlId"] = json!("");
    update(&mut world, &id, &etag, config).unwrap();
    assert_eq!(
        refusal(call(&mut world, "DeleteOriginAccessControl", json!({"Id": control}))),
        ("InvalidIfMatchVersion", 400)
    );
    call(&mut world, "DeleteOriginAccessControl", delete).unwrap();
}

#[test]
fn managed_policies_can_be_read_and_listed() {
    let mut world = World::default();
    let read = call(&mut world, "GetCachePolicy", json!({"Id": DISABLED})).unwrap();
    assert_eq!(
        read["CachePolicy"]["CachePolicyConfig"]["Name"],
        "Managed-CachingDisabled"
    );
    assert_eq!(read["CachePolicy"]["CachePolicyConfig"]["MaxTTL"], 0);
    for (sort, id, code) in [
        (
            "OriginRequestPolicy",
            "216adef6-5c7f-47e4-b989-5492eafa07d3",
            "NoSuchOriginRequestPolicy",
        ),
        (
            "ResponseHeadersPolicy",
            "67f7725c-6f97-4210-82d7-5512b31e9d03",
            "NoSuchResponseHeadersPolicy",
        ),
        (
            "CachePolicy",
            "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "NoSuchCachePolicy",
        ),
    ] {
        let config = call(&mut world, &format!("Get{sort}Config"), json!({"Id": id})).unwrap();
        assert!(
            config[format!("{sort}Config")]["Name"]
                .as_str()
                .unwrap()
                .starts_with("Managed-"),
            "{sort}"
        );
        let ghost = call(&mut world, &format!("Get{sort}"), json!({"Id": "nope"}));
        assert_eq!(refusal(ghost), (code, 404));
        let list = format!("List{}ies", sort.trim_end_matches('y'));
        let managed = call(&mut world, &list, json!({"Type": "managed"})).unwrap();
        assert_eq!(managed[format!("{sort}List")]["Items"][0]["Type"], "managed");
        let custom = call(&mut world, &list, json!({"Type": "custom"})).unwrap();
        assert_eq!(custom[format!("{sort}List")], json!({"Quantity": 0, "MaxItems": 100}));
    }
}

#[test]
fn an_invalidation_is_the_same_under_the_same_reference() {
    let (mut world, id) = with_distribution();
    let batch = |reference: &str, paths: &[&str]| {
        json!({"DistributionId": id, "InvalidationBatch": {
            "CallerReference": reference, "Paths": {"Quantity": paths.len(), "Items": paths},
        }})
    };
    let made = call(&mut world, "CreateInvalidation", batch("1", &["/a*"])).unwrap()["Invalidation"].clone();
    assert_eq!(made["Status"], "Completed");
    let again = call(&mut world, "CreateInvalidation", batch("1", &["/a*"])).unwrap();
    assert_eq!(again["Invalidation"]["Id"], made["Id"]);
    for bad in [batch("1", &["/b"]), batch("2", &["b"]), batch("2", &[])] {
        assert_eq!(
            refusal(call(&mut world, "CreateInvalidation", bad)),
            ("InvalidArgument", 400)
        );
    }
    let listed = call(&mut world, "ListInvalidations", json!({"DistributionId": id})).unwrap();
    assert_eq!(listed["InvalidationList"]["Quantity"], 1);
    let ghost = json!({"DistributionId": id, "Id": "I0"});
    assert_eq!(
        refusal(call(&mut world, "GetInvalidation", ghost)),
        ("NoSuchInvalidation", 404)
    );
    let nowhere = json!({"DistributionId": "E0", "Id": made["Id"]});
    assert_eq!(
        refusal(call(&mut world, "GetInvalidation", nowhere)),
        ("NoSuchDistribution", 404)
    );
}

#[test]
fn a_function_is_associated_once_published_and_stays_while_it_is() {
    let mut world = World::default();
    let config = json!({"Comment": "", "Runtime": "cloudfront-js-2.0"});
    let made = call(
        &mut world,
        "CreateFunction",
        json!({"Name": "f", "FunctionConfig": config, "FunctionCode": "Zg=="}),
    )
    .unwrap();
    let arn = &made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"];
    let with = changed(|config| {
        config["DefaultCacheBehavior"]["FunctionAssociations"] =
            json!({"Quantity": 1, "Items": [{"FunctionARN": arn, "EventType": "viewer-request"}]});
    });
    assert_eq!(
        refusal(create(&mut world, with.clone())),
        ("InvalidFunctionAssociation", 400)
    );
    let live = json!({"Name": "f", "Stage": "LIVE"});
    assert_eq!(
        refusal(call(&mut world, "DescribeFunction", live)),
        ("NoSuchFunctionExists", 404)
    );
    let own = json!({"Name": "f", "IfMatch": made["ETag"]});
    let published = call(&mut world, "PublishFunction", own.clone()).unwrap();
    assert_eq!(published["FunctionSummary"]["FunctionMetadata"]["Stage"], "LIVE");
    create(&mut world, with).unwrap();
    assert_eq!(refusal(call(&mut world, "DeleteFunction", own)), ("FunctionInUse", 409));
}
