//! Which web pages may read the bucket.

use std::time::Duration;

use aws_sdk_s3::types::{CorsConfiguration, CorsRule as SdkCorsRule};
use spec_model::kinds::CorsRule;

use super::{Part, configured};
use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;

/// Reads the rules; none where nothing is configured.
pub(super) async fn cors(clients: &Clients, bucket: &str) -> Result<Vec<CorsRule>, WorldError> {
    let answer = ask!(clients, bucket, "s3:GetBucketCORS", get_bucket_cors);
    let rules = configured(answer)?.and_then(|it| it.cors_rules).unwrap_or_default();
    Ok(rules
        .into_iter()
        .map(|rule| CorsRule {
            origins: rule.allowed_origins,
            methods: rule.allowed_methods,
            headers: rule.allowed_headers.unwrap_or_default(),
            expose_headers: rule.expose_headers.unwrap_or_default(),
            max_age: Duration::from_secs(u64::try_from(rule.max_age_seconds.unwrap_or(0)).unwrap_or(0)),
        })
        .collect())
}

impl Part<'_> {
    /// Writes the rules, or takes them away.
    pub(in crate::kinds::bucket) async fn cors(&self, want: &[CorsRule]) -> Result<(), WorldError> {
        const ACTION: &str = "s3:PutBucketCORS";
        if want.is_empty() {
            return tell!(self, ACTION, delete_bucket_cors);
        }
        let configuration = CorsConfiguration::builder()
            .set_cors_rules(Some(want.iter().map(to_cors).collect()))
            .build()
            .expect("the rules are set");
        tell!(self, ACTION, put_bucket_cors, cors_configuration(configuration.clone()))
    }
}

fn to_cors(rule: &CorsRule) -> SdkCorsRule {
    let CorsRule {
        origins,
        methods,
        headers,
        expose_headers,
        max_age,
    } = rule;
    let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    SdkCorsRule::builder()
        .set_allowed_origins(Some(origins.clone()))
        .set_allowed_methods(Some(methods.clone()))
        .set_allowed_headers(some(headers))
        .set_expose_headers(some(expose_headers))
        // Zero is what S3 reads where nothing is said.
        .set_max_age_seconds(i32::try_from(max_age.as_secs()).ok().filter(|seconds| *seconds > 0))
        .build()
        .expect("origins and methods are set")
}
