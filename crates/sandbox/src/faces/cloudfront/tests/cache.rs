//! What the edge keeps, and what takes it away.

use serde_json::json;

use super::{ARN, OWNER, Stage, grant, header, insecure, text};
use crate::services;

const OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const BY_ORIGIN: &str = "83da9c7e-98b4-4e11-a168-04f0df8e2c65";
const DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

impl Stage {
    /// A file that the edge may keep for this long.
    fn with_file(policy: &str, control: &str) -> Self {
        let mut stage = Self::new().granted();
        stage.config()["DefaultCacheBehavior"]["CachePolicyId"] = json!(policy);
        stage.write(control, b"one");
        stage
    }

    fn write(&mut self, control: &str, bytes: &[u8]) {
        let mut input = json!({"Bucket": "config", "Key": "igv/file"});
        if !control.is_empty() {
            input["CacheControl"] = json!(control);
        }
        self.s3("PutObject", input, bytes);
    }

    /// What comes so many seconds after the beginning: the text and `X-Cache`.
    fn at(&mut self, seconds: f64) -> (String, String) {
        self.world.clock = Some(1_790_000_000.0 + seconds);
        let answer = self.ask("/igv/file", &[]);
        let cache = header(&answer, "X-Cache").unwrap().replace(" from cloudfront", "");
        (text(&answer), cache)
    }
}

fn pair(body: &str, cache: &str) -> (String, String) {
    (body.to_owned(), cache.to_owned())
}

#[test]
fn an_answer_stays_until_its_time_is_over() {
    for (policy, control, seconds) in [
        (OPTIMIZED, "", 86_400.0),
        (OPTIMIZED, "max-age=60", 60.0),
        (OPTIMIZED, "public, max-age=60, s-maxage=30", 30.0),
        (OPTIMIZED, "no-cache", 1.0),
        (OPTIMIZED, "max-age=99999999", 31_536_000.0),
        (BY_ORIGIN, "max-age=60", 60.0),
    ] {
        let mut stage = Stage::with_file(policy, control);
        assert_eq!(stage.at(0.0), pair("one", "Miss"), "{control}");
        stage.write(control, b"two");
        assert_eq!(stage.at(seconds - 0.5), pair("one", "Hit"), "{control}");
        assert_eq!(stage.at(seconds), pair("two", "Miss"), "{control}");
        assert_eq!(stage.at(2.0 * seconds), pair("two", "RefreshHit"), "{control}");
    }
    for (policy, control) in [(DISABLED, "max-age=60"), (BY_ORIGIN, "no-store"), (BY_ORIGIN, "")] {
        let mut stage = Stage::with_file(policy, control);
        assert_eq!(stage.at(0.0), pair("one", "Miss"));
        stage.write(control, b"two");
        assert_eq!(stage.at(0.0), pair("two", "Miss"), "{control}");
    }
}

#[test]
fn what_is_kept_is_given_out_though_the_bucket_is_closed() {
    let mut stage = Stage::with_file(OPTIMIZED, "max-age=60");
    stage.at(0.0);
    stage.policy(json!([insecure()]));
    assert_eq!(stage.at(59.0), pair("one", "Hit"));
    let answer = stage.ask("/igv/file", &[("range", "bytes=1-")]);
    assert_eq!((answer.status, text(&answer).as_str()), (206, "ne"));
    assert_eq!(header(&answer, "Age"), Some("59"));
    assert_eq!(stage.at(61.0).1, "Error");
    // The refusal stays as well, for ten seconds.
    stage.policy(json!([grant("igv/*", ARN)]));
    assert_eq!(stage.at(70.0).1, "Error");
    assert_eq!(stage.at(71.0), pair("one", "Miss"));
    // Who asks for nothing to be kept sees what is.
    stage.policy(json!([insecure()]));
    stage.config()["DefaultCacheBehavior"]["CachePolicyId"] = json!(DISABLED);
    assert_eq!(stage.at(72.0).1, "Error");
    stage.policy(json!([grant("igv/*", ARN)]));
    assert_eq!(stage.at(72.0), pair("one", "Miss"));
}

#[test]
fn errors_stay_as_long_as_the_configuration_says() {
    let mut stage = Stage::with_file(OPTIMIZED, "");
    stage.config()["CustomErrorResponses"] = json!({"Quantity": 1, "Items": [
        {"ErrorCode": 403, "ErrorCachingMinTTL": 0},
    ]});
    stage.policy(json!([insecure()]));
    assert_eq!(stage.at(0.0).1, "Error");
    stage.policy(json!([grant("igv/*", ARN)]));
    assert_eq!(stage.at(0.0), pair("one", "Miss"));
}

#[test]
fn an_invalidation_takes_an_answer_away() {
    let mut stage = Stage::with_file(OPTIMIZED, "");
    let invalidate = |stage: &mut Stage, path: &str| {
        let batch = json!({"Paths": {"Quantity": 1, "Items": [path]}, "CallerReference": path});
        let input = json!({"DistributionId": "E1EXAMPLE", "InvalidationBatch": batch});
        services::ask(
            &mut stage.world,
            "cloudfront",
            "CreateInvalidation",
            OWNER,
            "us-east-1",
            input,
        )
        .unwrap();
    };
    assert_eq!(stage.at(0.0), pair("one", "Miss"));
    stage.write("", b"two");
    invalidate(&mut stage, "/other/*");
    assert_eq!(stage.at(0.0), pair("one", "Hit"));
    invalidate(&mut stage, "/igv/file");
    assert_eq!(stage.at(0.0), pair("two", "Miss"));
    assert_eq!(stage.at(0.0), pair("two", "Hit"));
    stage.write("", b"three");
    stage.world.manner.deploy_delay = 5.0;
    invalidate(&mut stage, "/*");
    assert_eq!(stage.at(4.0), pair("two", "Hit"));
    assert_eq!(stage.at(5.0), pair("three", "Miss"));
}
