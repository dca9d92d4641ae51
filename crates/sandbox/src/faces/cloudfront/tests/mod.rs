//! Viewers of a distribution in front of a bucket.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cache;

use serde_json::{Value, json};

use super::get;
use crate::call::Call;
use crate::faces::FaceAnswer;
use crate::services::cloudfront::{AccessControl, Distribution};
use crate::services::s3;
use crate::world::World;

const OWNER: &str = "111122223333";
const ARN: &str = "arn:aws:cloudfront::111122223333:distribution/E1EXAMPLE";
const HOST: &str = "d1example.cloudfront.net";

/// A bucket with a published file behind a distribution.
struct Stage {
    world: World,
}

impl Stage {
    fn new() -> Self {
        let mut stage = Self {
            world: World {
                clock: Some(1_790_000_000.0),
                ..World::default()
            },
        };
        stage.s3("CreateBucket", json!({"Bucket": "config"}), b"");
        let file = json!({
            "Bucket": "config", "Key": "igv/auth.json", "ContentType": "application/gzip", "CacheControl": "no-cache",
        });
        stage.s3("PutObject", file, b"\x1f\x8bpacked");
        let state = stage.world.cloudfront.entry(OWNER.to_owned()).or_default();
        state.access_controls.insert(
            "E2".to_owned(),
            AccessControl {
                id: "E2".to_owned(),
                config: json!({"SigningBehavior": "always"}),
                etag: String::new(),
            },
        );
        state.distributions.insert(
            "E1EXAMPLE".to_owned(),
            Distribution {
                id: "E1EXAMPLE".to_owned(),
                arn: ARN.to_owned(),
                domain_name: HOST.to_owned(),
                config: json!({
                    "Enabled": true,
                    "DefaultRootObject": "",
                    "Origins": {"Quantity": 1, "Items": [{
                        "Id": "s3", "DomainName": "config.s3.us-east-1.amazonaws.com", "OriginPath": "",
                        "OriginAccessControlId": "E2", "S3OriginConfig": {"OriginAccessIdentity": ""},
                    }]},
                    "DefaultCacheBehavior": {"TargetOriginId": "s3", "ViewerProtocolPolicy": "https-only", "Compress": false},
                }),
                etag: String::new(),
                tags: std::collections::BTreeMap::new(),
                caller_reference: String::new(),
                last_modified: 0.0,
                deployed_at: None,
                invalidations: std::collections::BTreeMap::new(),
            },
        );
        stage
    }

    fn s3(&mut self, operation: &str, input: Value, body: &[u8]) {
        let call = Call {
            operation: operation.to_owned(),
            account: OWNER.to_owned(),
            region: "us-east-1".to_owned(),
            caller: format!("arn:aws:iam::{OWNER}:root"),
            input: input.as_object().unwrap().clone(),
            body: body.to_vec().into(),
            key: String::new(),
            headers: Vec::new(),
        };
        s3::operation(operation).unwrap()(&mut self.world, &call).unwrap();
    }

    fn policy(&mut self, statements: Value) {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        let input = json!({"Bucket": "config", "Policy": document.to_string()});
        self.s3("PutBucketPolicy", input, b"");
    }

    /// Lets the distribution read, as the tool writes it.
    fn granted(mut self) -> Self {
        self.policy(json!([grant("igv/*", ARN), insecure()]));
        self
    }

    fn config(&mut self) -> &mut Value {
        let state = self.world.cloudfront.get_mut(OWNER).unwrap();
        &mut state.distributions.get_mut("E1EXAMPLE").unwrap().config
    }

    fn ask(&mut self, path: &str, headers: &[(&str, &str)]) -> FaceAnswer {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        get(&mut self.world, HOST, "GET", path, &headers)
    }
}

fn grant(keys: &str, distribution: &str) -> Value {
    json!({
        "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::config/{keys}"), "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
    })
}

fn insecure() -> Value {
    json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::config", "arn:aws:s3:::config/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    })
}

fn header<'a>(answer: &'a FaceAnswer, name: &str) -> Option<&'a str> {
    let found = answer.headers.iter().find(|(header, _)| header == name);
    found.map(|(_, value)| value.as_str())
}

fn text(answer: &FaceAnswer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[test]
fn a_granted_file_comes_as_it_is_stored() {
    let mut stage = Stage::new().granted();
    let answer = stage.ask("/igv/auth.json", &[("accept-encoding", "gzip")]);
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, b"\x1f\x8bpacked".as_slice())
    );
    assert_eq!(header(&answer, "Content-Type"), Some("application/gzip"));
    assert_eq!(header(&answer, "Cache-Control"), Some("no-cache"));
    assert_eq!(header(&answer, "Content-Encoding"), None);
    assert_eq!(header(&answer, "Content-Length"), Some("8"));
    assert_eq!(header(&answer, "X-Cache"), Some("Miss from cloudfront"));
    assert!(header(&answer, "Via").unwrap().ends_with("(CloudFront)"));
    let etag = header(&answer, "ETag").unwrap();
    let again = stage.ask("/igv/auth.json", &[("if-none-match", etag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let later = stage.ask(
        "/igv/auth.json",
        &[("if-modified-since", "Mon, 21 Sep 2026 14:13:20 GMT")],
    );
    assert_eq!(later.status, 304);
    let range = stage.ask("/igv/auth.json", &[("range", "bytes=2-3")]);
    assert_eq!((range.status, range.body.as_slice()), (206, b"pa".as_slice()));
    assert_eq!(header(&range, "Content-Range"), Some("bytes 2-3/8"));
    assert_eq!(stage.ask("/igv/auth.json", &[("range", "bytes=9-")]).status, 416);
    let head = get(&mut stage.world, HOST, "HEAD", "/igv/auth.json", &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(header(&head, "Content-Length"), Some("8"));
}

#[test]
fn only_this_distribution_only_these_keys() {
    let mut stage = Stage::new();
    let denied = |stage: &mut Stage, path: &str| {
        let answer = stage.ask(path, &[]);
        assert_eq!(answer.status, 403, "{path}");
        assert!(text(&answer).contains("<Code>AccessDenied</Code>"), "{path}");
        assert_eq!(header(&answer, "X-Cache"), Some("Error from cloudfront"));
    };
    denied(&mut stage, "/igv/auth.json");
    stage.policy(json!([grant(
        "igv/*",
        "arn:aws:cloudfront::111122223333:distribution/EOTHER"
    )]));
    denied(&mut stage, "/igv/auth.json");
    stage.policy(json!([grant("igv/*", ARN)]));
    stage.s3("PutObject", json!({"Bucket": "config", "Key": "private"}), b"x");
    denied(&mut stage, "/private");
    denied(&mut stage, "/igv/absent");
    denied(&mut stage, "/");
    let mut deny = grant("igv/*", ARN);
    deny["Effect"] = json!("Deny");
    stage.policy(json!([grant("igv/*", ARN), deny]));
    denied(&mut stage, "/igv/auth.json");
}

#[test]
fn a_missing_key_is_told_only_to_who_may_list() {
    let mut stage = Stage::new();
    let mut list = grant("", ARN);
    list["Action"] = json!("s3:ListBucket");
    list["Resource"] = json!("arn:aws:s3:::config");
    stage.policy(json!([grant("*", ARN), list]));
    let answer = stage.ask("/absent", &[]);
    assert_eq!(answer.status, 404);
    assert!(text(&answer).contains("<Code>NoSuchKey</Code>"));
}

#[test]
fn without_an_access_control_cloudfront_is_nobody() {
    let mut stage = Stage::new().granted();
    stage.config()["Origins"]["Items"][0]["OriginAccessControlId"] = json!("");
    assert_eq!(stage.ask("/igv/auth.json", &[]).status, 403);
    let state = stage.world.cloudfront.get_mut(OWNER).unwrap();
    state.access_controls.get_mut("E2").unwrap().config = json!({"SigningBehavior": "never"});
    stage.config()["Origins"]["Items"][0]["OriginAccessControlId"] = json!("E2");
    assert_eq!(stage.ask("/igv/auth.json", &[]).status, 403);
}

#[test]
fn objects_under_kms_stay_closed() {
    let mut stage = Stage::new().granted();
    let file = json!({"Bucket": "config", "Key": "igv/kms", "ServerSideEncryption": "aws:kms"});
    stage.s3("PutObject", file, b"x");
    assert_eq!(stage.ask("/igv/kms", &[]).status, 403);
}

#[test]
fn l57_the_global_name_of_a_bucket_elsewhere_redirects() {
    let mut stage = Stage::new().granted();
    stage.world.s3.buckets.get_mut("config").unwrap().region = "eu-west-1".to_owned();
    stage.config()["Origins"]["Items"][0]["DomainName"] = json!("config.s3.amazonaws.com");
    let answer = stage.ask("/igv/auth.json", &[]);
    assert_eq!(answer.status, 307);
    let place = "https://config.s3.eu-west-1.amazonaws.com/igv/auth.json";
    assert_eq!(header(&answer, "Location"), Some(place));
    stage.config()["Origins"]["Items"][0]["DomainName"] = json!("config.s3.us-west-2.amazonaws.com");
    assert_eq!(stage.ask("/igv/auth.json", &[]).status, 301);
    stage.config()["Origins"]["Items"][0]["DomainName"] = json!("config.s3.eu-west-1.amazonaws.com");
    assert_eq!(stage.ask("/igv/auth.json", &[]).status, 200);
    stage.config()["Origins"]["Items"][0]["DomainName"] = json!("gone.s3.eu-west-1.amazonaws.com");
    assert!(text(&stage.ask("/igv/auth.json", &[])).contains("NoSuchBucket"));
    stage.config()["Origins"]["Items"][0]["DomainName"] = json!("www.example.org");
    assert_eq!(stage.ask("/igv/auth.json", &[]).status, 502);
}

#[test]
fn paths_are_decoded_and_prefixed_and_the_root_has_an_object() {
    let mut stage = Stage::new().granted();
    stage.s3(
        "PutObject",
        json!({"Bucket": "config", "Key": "igv/a b.json"}),
        b"space",
    );
    assert_eq!(stage.ask("/igv/a%20b.json", &[]).body, b"space");
    stage.config()["Origins"]["Items"][0]["OriginPath"] = json!("/igv");
    stage.config()["DefaultRootObject"] = json!("auth.json");
    assert_eq!(stage.ask("/", &[]).status, 200);
    assert_eq!(stage.ask("/auth.json", &[]).status, 200);
}

#[test]
fn viewers_come_by_the_policy_of_the_behaviour() {
    let mut stage = Stage::new().granted();
    let plain = [("x-forwarded-proto", "http")];
    assert_eq!(stage.ask("/igv/auth.json", &plain).status, 403);
    stage.config()["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = json!("redirect-to-https");
    let answer = stage.ask("/igv/auth.json", &plain);
    assert_eq!(answer.status, 301);
    let place = format!("https://{HOST}/igv/auth.json");
    assert_eq!(header(&answer, "Location"), Some(place.as_str()));
    assert_eq!(header(&answer, "X-Cache"), Some("Redirect from cloudfront"));
    stage.config()["CacheBehaviors"] = json!({"Quantity": 1, "Items": [{
        "PathPattern": "/igv/*.json", "TargetOriginId": "s3", "ViewerProtocolPolicy": "allow-all",
        "TrustedKeyGroups": {"Enabled": true, "Quantity": 1},
    }]});
    let answer = stage.ask("/igv/auth.json", &plain);
    assert_eq!(answer.status, 403);
    assert!(text(&answer).contains("MissingKey"));
    assert_eq!(get(&mut stage.world, HOST, "POST", "/igv/x", &[]).status, 403);
    stage.config()["Enabled"] = json!(false);
    assert_eq!(stage.ask("/igv/auth.json", &[]).status, 403);
    assert_eq!(
        get(&mut stage.world, "dother.cloudfront.net", "GET", "/", &[]).status,
        403
    );
}

#[test]
fn compression_takes_json_and_leaves_packed_files() {
    let mut stage = Stage::new().granted();
    let file = |kind: &str, key: &str| json!({"Bucket": "config", "Key": key, "ContentType": kind});
    stage.s3("PutObject", file("application/json", "igv/json"), &[b'x'; 2000]);
    stage.s3("PutObject", file("application/gzip", "igv/gzip"), &[b'x'; 2000]);
    let behaviour = &mut stage.config()["DefaultCacheBehavior"];
    behaviour["Compress"] = json!(true);
    behaviour["CachePolicyId"] = json!("658327ea-f89d-4fab-a63d-7e88639e58f6");
    let gzip = [("accept-encoding", "gzip")];
    let json_file = stage.ask("/igv/json", &gzip);
    assert_eq!(header(&json_file, "Content-Encoding"), Some("gzip"));
    assert!(header(&json_file, "ETag").unwrap().starts_with("W/"));
    assert_eq!(header(&stage.ask("/igv/gzip", &gzip), "Content-Encoding"), None);
    assert_eq!(header(&stage.ask("/igv/json", &[]), "Content-Encoding"), None);
    stage.config()["DefaultCacheBehavior"]["CachePolicyId"] = json!("4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
    assert_eq!(header(&stage.ask("/igv/json", &gzip), "Content-Encoding"), None);
}

#[test]
fn an_error_may_have_a_page() {
    let mut stage = Stage::new().granted();
    stage.s3("PutObject", json!({"Bucket": "config", "Key": "igv/error"}), b"sorry");
    stage.config()["CustomErrorResponses"] = json!({"Quantity": 1, "Items": [
        {"ErrorCode": 403, "ResponsePagePath": "/igv/error", "ResponseCode": "200", "ErrorCachingMinTTL": 10},
    ]});
    let answer = stage.ask("/closed", &[]);
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"sorry".as_slice()));
    assert_eq!(header(&answer, "X-Cache"), Some("Error from cloudfront"));
}
