//! Our rule that throws unfinished uploads away, among those of others.

use std::time::Duration;

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleRule, LifecycleRuleFilter,
};

use super::{Part, configured};
use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;

/// The id of our lifecycle rule; every other rule is somebody else's.
const OUR_RULE: &str = "igvctl-abort-incomplete-uploads";
const DAY: u64 = 86_400;

type Lifecycle = (
    Vec<LifecycleRule>,
    Option<aws_sdk_s3::types::TransitionDefaultMinimumObjectSize>,
);

/// Reads all rules, whoever made them.
pub(super) async fn lifecycle(clients: &Clients, bucket: &str) -> Result<Lifecycle, WorldError> {
    let answer = ask!(
        clients,
        bucket,
        "s3:GetLifecycleConfiguration",
        get_bucket_lifecycle_configuration
    );
    Ok(configured(answer)?.map_or_else(Default::default, |it| {
        (it.rules.unwrap_or_default(), it.transition_default_minimum_object_size)
    }))
}

/// What our rule does; nothing where it is not there, is switched off, or covers a part of the bucket only.
pub(super) fn seen_abort(rules: &[LifecycleRule]) -> Duration {
    let days = rules
        .iter()
        .find(|rule| rule.id() == Some(OUR_RULE))
        .filter(|rule| *rule.status() == ExpirationStatus::Enabled && covers_all(rule))
        .and_then(|rule| rule.abort_incomplete_multipart_upload()?.days_after_initiation());
    Duration::from_secs(days.and_then(|it| u64::try_from(it).ok()).unwrap_or(0) * DAY)
}

fn covers_all(rule: &LifecycleRule) -> bool {
    #[expect(deprecated, reason = "older rules have the prefix here")]
    let prefix = rule.prefix().unwrap_or_default();
    prefix.is_empty()
        && rule.filter().is_none_or(|filter| {
            filter.prefix().unwrap_or_default().is_empty()
                && filter.tag().is_none()
                && filter.and().is_none()
                && filter.object_size_greater_than().is_none()
                && filter.object_size_less_than().is_none()
        })
}

impl Part<'_> {
    /// Writes the whole configuration: our rule anew, the others as S3 gave them.
    pub(in crate::kinds::bucket) async fn abort_incomplete_uploads(&self, want: Duration) -> Result<(), WorldError> {
        const ACTION: &str = "s3:PutLifecycleConfiguration";
        let (found, minimum) = self.write(|| lifecycle(self.clients, self.bucket)).await?;
        let rules = with_our_rule(found, want);
        if rules.is_empty() {
            return tell!(self, ACTION, delete_bucket_lifecycle);
        }
        let configuration = BucketLifecycleConfiguration::builder()
            .set_rules(Some(rules))
            .build()
            .expect("the rules are set");
        tell!(
            self,
            ACTION,
            put_bucket_lifecycle_configuration,
            lifecycle_configuration(configuration.clone()),
            set_transition_default_minimum_object_size(minimum.clone())
        )
    }
}

/// The rules with ours as it shall be, and without it for no time at all.
fn with_our_rule(found: Vec<LifecycleRule>, want: Duration) -> Vec<LifecycleRule> {
    let mut rules: Vec<LifecycleRule> = found.into_iter().filter(|rule| rule.id() != Some(OUR_RULE)).collect();
    let days = i32::try_from(want.as_secs().div_ceil(DAY)).unwrap_or(i32::MAX);
    if days == 0 {
        return rules;
    }
    // S3 takes either form but refuses both in one configuration (measured: cdkd tests/integration/s3-lifecycle).
    #[expect(deprecated, reason = "older rules have the prefix here, and then ours must too")]
    let old_form = rules
        .iter()
        .any(|rule| rule.filter().is_none() && rule.prefix().is_some());
    let rule = LifecycleRule::builder()
        .id(OUR_RULE)
        .status(ExpirationStatus::Enabled)
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder()
                .days_after_initiation(days)
                .build(),
        );
    #[expect(deprecated, reason = "older rules have the prefix here, and then ours must too")]
    let rule = if old_form {
        rule.prefix("")
    } else {
        rule.filter(LifecycleRuleFilter::builder().prefix("").build())
    };
    rules.push(rule.build().expect("the status is set"));
    rules
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn rule(id: &str) -> aws_sdk_s3::types::builders::LifecycleRuleBuilder {
        LifecycleRule::builder().id(id).status(ExpirationStatus::Enabled)
    }

    #[test]
    fn our_rule_is_found_where_it_covers_the_bucket_and_is_on() {
        let written = with_our_rule(Vec::new(), Duration::from_secs(7 * DAY));
        assert_eq!(seen_abort(&written), Duration::from_secs(7 * DAY));
        let mut narrowed = written.clone();
        narrowed[0].filter = Some(LifecycleRuleFilter::builder().prefix("data/").build());
        assert_eq!(seen_abort(&narrowed), Duration::ZERO);
        let mut off = written.clone();
        off[0].status = ExpirationStatus::Disabled;
        assert_eq!(seen_abort(&off), Duration::ZERO);
        assert_eq!(seen_abort(&[]), Duration::ZERO);
    }

    #[test]
    fn other_rules_stay_and_their_form_is_followed() {
        let theirs = rule("theirs")
            .filter(LifecycleRuleFilter::builder().prefix("log/").build())
            .build()
            .unwrap();
        let both = with_our_rule(vec![theirs.clone()], Duration::from_secs(DAY));
        assert_eq!(both[0], theirs);
        assert_eq!(both.len(), 2);
        assert_eq!(with_our_rule(both.clone(), Duration::from_secs(DAY)), both);
        assert_eq!(with_our_rule(both, Duration::ZERO), vec![theirs]);

        #[expect(deprecated, reason = "the old form is what is tested")]
        let old = rule("old").prefix("log/").build().unwrap();
        let both = with_our_rule(vec![old], Duration::from_secs(DAY));
        assert!(both[1].filter().is_none());
        assert_eq!(seen_abort(&both), Duration::from_secs(DAY));
    }
}
