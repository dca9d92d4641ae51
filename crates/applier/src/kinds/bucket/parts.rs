//! A bucket's sub-resources: how each is read, what it is when nothing is configured, and how it is written.
//!
//! An absent public access block is an open one. An empty list of rules is `MalformedXML` and not a removal: that has
//! a call of its own (measured: cdkd #1671). What our noun does not model stays as S3 gave it.

use std::time::Duration;

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketLoggingStatus, BucketVersioningStatus,
    CorsConfiguration, CorsRule as SdkCorsRule, ExpirationStatus, LifecycleRule, LifecycleRuleFilter, LoggingEnabled,
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ReplicationRuleStatus,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    VersioningConfiguration,
};
use futures_util::future::try_join4;
use planner::Gap;
use spec_model::Value;
use spec_model::kinds::{AccessLog, CorsRule, Encryption, EncryptionAlgorithm, Ownership, PublicAccess, Versioning};

use crate::calls::{present, read};
use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::verbs::Target;

/// The id of our lifecycle rule; every other rule is somebody else's.
const OUR_RULE: &str = "igvctl-abort-incomplete-uploads";
const DAY: u64 = 86_400;

/// Which of the parts that are ours only where written are written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Which {
    versioning: bool,
    cors: bool,
    access_log: bool,
}

impl Which {
    pub(super) fn of(fields: &Value) -> Self {
        let written = |name| fields.get(name).is_some_and(|it| *it != Value::Null);
        Self {
            versioning: written("versioning"),
            cors: written("cors"),
            access_log: written("access_log"),
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            versioning: self.versioning || other.versioning,
            cors: self.cors || other.cors,
            access_log: self.access_log || other.access_log,
        }
    }
}

/// The sub-resources as they were read.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) public_access: PublicAccess,
    pub(super) ownership: Ownership,
    pub(super) encryption: Encryption,
    pub(super) versioning: Option<Versioning>,
    pub(super) abort_incomplete_uploads: Duration,
    pub(super) cors: Option<Vec<CorsRule>>,
    pub(super) access_log: Option<AccessLog>,
    pub(super) website: bool,
    pub(super) replicates_to: Vec<String>,
    pub(super) gaps: Vec<Gap>,
}

impl Parts {
    /// Reads all of them side by side; a bucket that is not there is the error `NoSuchBucket`.
    pub(super) async fn read(clients: &Clients, bucket: &str, which: Which) -> Result<Self, WorldError> {
        let always = try_join4(
            public_access(clients, bucket),
            ownership(clients, bucket),
            encryption_rule(clients, bucket),
            lifecycle(clients, bucket),
        );
        let written = try_join4(
            when(which.versioning, versioning(clients, bucket)),
            when(which.cors, cors(clients, bucket)),
            when(which.access_log, logging(clients, bucket)),
            async { Ok(replication(clients, bucket).await) },
        );
        let ((public_access, ownership, rule, (rules, _)), (versioning, cors, log, replication)) =
            futures_util::future::try_join(always, written).await?;
        let mut gaps = Vec::new();
        let replicates_to = replication.unwrap_or_else(|error| {
            gaps.push(error.gap(format!("where bucket `{bucket}` is copied to")));
            Vec::new()
        });
        // Behind all four blocks a website answers nobody, so it is only looked for where one is missing.
        let website = if public_access == PublicAccess::blocked() {
            false
        } else {
            website(clients, bucket).await.unwrap_or_else(|error| {
                gaps.push(error.gap(format!("whether bucket `{bucket}` is a website")));
                false
            })
        };
        Ok(Self {
            public_access,
            ownership,
            encryption: seen_encryption(rule.as_ref())?,
            versioning: versioning.flatten(),
            abort_incomplete_uploads: seen_abort(&rules),
            cors,
            access_log: log.flatten().map(|it| AccessLog {
                bucket: it.target_bucket,
                prefix: it.target_prefix,
            }),
            website,
            replicates_to,
            gaps,
        })
    }
}

async fn when<T>(asked: bool, call: impl Future<Output = Result<T, WorldError>>) -> Result<Option<T>, WorldError> {
    if asked { call.await.map(Some) } else { Ok(None) }
}

/// `None` where the part is not configured; a missing bucket stays an error.
fn configured<T>(answer: Result<T, WorldError>) -> Result<Option<T>, WorldError> {
    match answer {
        Err(error) if error.has_code("NoSuchBucket") => Err(error),
        answer => present(answer),
    }
}

async fn public_access(clients: &Clients, bucket: &str) -> Result<PublicAccess, WorldError> {
    let call = clients
        .s3
        .get_public_access_block()
        .bucket(bucket)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of("s3:GetBucketPublicAccessBlock", error));
    let found = configured(answer)?.and_then(|it| it.public_access_block_configuration);
    Ok(found.map_or_else(PublicAccess::open, |it| PublicAccess {
        block_acls: it.block_public_acls.unwrap_or(false),
        ignore_acls: it.ignore_public_acls.unwrap_or(false),
        block_policy: it.block_public_policy.unwrap_or(false),
        restrict: it.restrict_public_buckets.unwrap_or(false),
    }))
}

async fn ownership(clients: &Clients, bucket: &str) -> Result<Ownership, WorldError> {
    const ACTION: &str = "s3:GetBucketOwnershipControls";
    let call = clients
        .s3
        .get_bucket_ownership_controls()
        .bucket(bucket)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call).await.map_err(|error| WorldError::of(ACTION, error));
    let Some(controls) = configured(answer)?.and_then(|it| it.ownership_controls) else {
        return Ok(Ownership::Unset);
    };
    let Some(rule) = controls.rules.first() else {
        return Ok(Ownership::Unset);
    };
    Ok(match rule.object_ownership.as_str() {
        "BucketOwnerEnforced" => Ownership::BucketOwnerEnforced,
        "BucketOwnerPreferred" => Ownership::BucketOwnerPreferred,
        "ObjectWriter" => Ownership::ObjectWriter,
        other => return Err(unknown(ACTION, other)),
    })
}

async fn encryption_rule(clients: &Clients, bucket: &str) -> Result<Option<ServerSideEncryptionRule>, WorldError> {
    let call = clients
        .s3
        .get_bucket_encryption()
        .bucket(bucket)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of("s3:GetEncryptionConfiguration", error));
    Ok(configured(answer)?
        .and_then(|it| it.server_side_encryption_configuration)
        .and_then(|it| it.rules.into_iter().next()))
}

/// Without a configuration S3 encrypts with its own keys, since January 2023 (S3 User Guide, "Setting default server-side encryption").
fn seen_encryption(rule: Option<&ServerSideEncryptionRule>) -> Result<Encryption, WorldError> {
    let Some(default) = rule.and_then(|it| it.apply_server_side_encryption_by_default()) else {
        return Ok(Encryption {
            algorithm: EncryptionAlgorithm::SseS3,
            kms_key: String::new(),
        });
    };
    Ok(Encryption {
        algorithm: match default.sse_algorithm().as_str() {
            "AES256" => EncryptionAlgorithm::SseS3,
            "aws:kms" => EncryptionAlgorithm::SseKms,
            "aws:kms:dsse" => EncryptionAlgorithm::SseKmsDouble,
            other => return Err(unknown("s3:GetEncryptionConfiguration", other)),
        },
        kms_key: default.kms_master_key_id().unwrap_or_default().to_owned(),
    })
}

type Lifecycle = (
    Vec<LifecycleRule>,
    Option<aws_sdk_s3::types::TransitionDefaultMinimumObjectSize>,
);

async fn lifecycle(clients: &Clients, bucket: &str) -> Result<Lifecycle, WorldError> {
    let call = clients
        .s3
        .get_bucket_lifecycle_configuration()
        .bucket(bucket)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of("s3:GetLifecycleConfiguration", error));
    Ok(configured(answer)?.map_or_else(Default::default, |it| {
        (it.rules.unwrap_or_default(), it.transition_default_minimum_object_size)
    }))
}

/// What our rule does; nothing where it is not there, is switched off, or covers a part of the bucket only.
fn seen_abort(rules: &[LifecycleRule]) -> Duration {
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

async fn versioning(clients: &Clients, bucket: &str) -> Result<Option<Versioning>, WorldError> {
    const ACTION: &str = "s3:GetBucketVersioning";
    let call = clients
        .s3
        .get_bucket_versioning()
        .bucket(bucket)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of(ACTION, error))?;
    // A bucket that never had versions has no status.
    Ok(match answer.status() {
        None => None,
        Some(BucketVersioningStatus::Enabled) => Some(Versioning::Enabled),
        Some(BucketVersioningStatus::Suspended) => Some(Versioning::Suspended),
        Some(other) => return Err(unknown(ACTION, other.as_str())),
    })
}

async fn cors(clients: &Clients, bucket: &str) -> Result<Vec<CorsRule>, WorldError> {
    let call = clients
        .s3
        .get_bucket_cors()
        .bucket(bucket)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of("s3:GetBucketCORS", error));
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

async fn logging(clients: &Clients, bucket: &str) -> Result<Option<LoggingEnabled>, WorldError> {
    let call = clients
        .s3
        .get_bucket_logging()
        .bucket(bucket)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of("s3:GetBucketLogging", error))?;
    Ok(answer.logging_enabled)
}

/// The buckets to which an enabled rule copies.
async fn replication(clients: &Clients, bucket: &str) -> Result<Vec<String>, WorldError> {
    let call = clients
        .s3
        .get_bucket_replication()
        .bucket(bucket)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of("s3:GetReplicationConfiguration", error));
    let rules = present(answer)?
        .and_then(|it| it.replication_configuration)
        .map(|it| it.rules)
        .unwrap_or_default();
    let mut buckets: Vec<String> = rules
        .into_iter()
        .filter(|rule| rule.status == ReplicationRuleStatus::Enabled)
        .filter_map(|rule| rule.destination)
        .map(|it| it.bucket)
        .collect();
    buckets.sort();
    buckets.dedup();
    Ok(buckets)
}

async fn website(clients: &Clients, bucket: &str) -> Result<bool, WorldError> {
    let call = clients
        .s3
        .get_bucket_website()
        .bucket(bucket)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of("s3:GetBucketWebsite", error));
    Ok(present(answer)?.is_some())
}

fn unknown(action: &str, value: &str) -> WorldError {
    WorldError::own(action, format!("`{value}` is not known to this version of igvctl"))
}

/// Writes to one bucket, one after the other.
pub(super) struct Part<'a> {
    pub(super) clients: &'a Clients,
    pub(super) target: &'a Target<'a>,
    pub(super) bucket: &'a str,
    /// Errors that pass by themselves: just after its creation a bucket may not be known everywhere.
    pub(super) passes: fn(&WorldError) -> bool,
}

impl Part<'_> {
    async fn write<T, F>(&self, call: impl FnMut() -> F) -> Result<T, WorldError>
    where
        F: Future<Output = Result<T, WorldError>>,
    {
        eventually(self.target, super::WAIT, self.passes, call).await
    }

    pub(super) async fn public_access(&self, want: &PublicAccess) -> Result<(), WorldError> {
        let configuration = to_public_access(want);
        self.write(|| async {
            self.clients
                .s3
                .put_public_access_block()
                .bucket(self.bucket)
                .public_access_block_configuration(configuration.clone())
                .expected_bucket_owner(&self.clients.account)
                .send()
                .await
                .map_err(|error| WorldError::of("s3:PutBucketPublicAccessBlock", error))
        })
        .await?;
        Ok(())
    }

    pub(super) async fn ownership(&self, want: Ownership) -> Result<(), WorldError> {
        const ACTION: &str = "s3:PutBucketOwnershipControls";
        let ownership = match want {
            Ownership::BucketOwnerEnforced => ObjectOwnership::BucketOwnerEnforced,
            Ownership::BucketOwnerPreferred => ObjectOwnership::BucketOwnerPreferred,
            Ownership::ObjectWriter => ObjectOwnership::ObjectWriter,
            Ownership::Unset => {
                self.write(|| async {
                    self.clients
                        .s3
                        .delete_bucket_ownership_controls()
                        .bucket(self.bucket)
                        .expected_bucket_owner(&self.clients.account)
                        .send()
                        .await
                        .map_err(|error| WorldError::of(ACTION, error))
                })
                .await?;
                return Ok(());
            }
        };
        let rule = OwnershipControlsRule::builder()
            .object_ownership(ownership)
            .build()
            .expect("the ownership is set");
        let controls = OwnershipControls::builder()
            .rules(rule)
            .build()
            .expect("the rules are set");
        self.write(|| async {
            self.clients
                .s3
                .put_bucket_ownership_controls()
                .bucket(self.bucket)
                .ownership_controls(controls.clone())
                .expected_bucket_owner(&self.clients.account)
                .send()
                .await
                .map_err(|error| WorldError::of(ACTION, error))
        })
        .await?;
        Ok(())
    }

    /// Bucket keys and refused kinds of encryption stay as found.
    pub(super) async fn encryption(&self, want: &Encryption) -> Result<(), WorldError> {
        let Encryption { algorithm, kms_key } = want;
        let algorithm = match algorithm {
            EncryptionAlgorithm::SseS3 => ServerSideEncryption::Aes256,
            EncryptionAlgorithm::SseKms => ServerSideEncryption::AwsKms,
            EncryptionAlgorithm::SseKmsDouble => ServerSideEncryption::AwsKmsDsse,
        };
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(algorithm)
            .set_kms_master_key_id((!kms_key.is_empty()).then(|| kms_key.clone()))
            .build()
            .expect("the algorithm is set");
        let found = self.write(|| encryption_rule(self.clients, self.bucket)).await?;
        let mut rule = found.unwrap_or_else(|| ServerSideEncryptionRule::builder().build());
        rule.apply_server_side_encryption_by_default = Some(default);
        let configuration = ServerSideEncryptionConfiguration::builder()
            .rules(rule)
            .build()
            .expect("the rules are set");
        self.write(|| async {
            self.clients
                .s3
                .put_bucket_encryption()
                .bucket(self.bucket)
                .server_side_encryption_configuration(configuration.clone())
                .expected_bucket_owner(&self.clients.account)
                .send()
                .await
                .map_err(|error| WorldError::of("s3:PutEncryptionConfiguration", error))
        })
        .await?;
        Ok(())
    }

    pub(super) async fn versioning(&self, want: Versioning) -> Result<(), WorldError> {
        let status = match want {
            Versioning::Enabled => BucketVersioningStatus::Enabled,
            Versioning::Suspended => BucketVersioningStatus::Suspended,
        };
        let configuration = VersioningConfiguration::builder().status(status).build();
        self.write(|| async {
            self.clients
                .s3
                .put_bucket_versioning()
                .bucket(self.bucket)
                .versioning_configuration(configuration.clone())
                .expected_bucket_owner(&self.clients.account)
                .send()
                .await
                .map_err(|error| WorldError::of("s3:PutBucketVersioning", error))
        })
        .await?;
        Ok(())
    }

    /// Writes the whole configuration: our rule anew, the others as S3 gave them.
    pub(super) async fn abort_incomplete_uploads(&self, want: Duration) -> Result<(), WorldError> {
        const ACTION: &str = "s3:PutLifecycleConfiguration";
        let (found, minimum) = self.write(|| lifecycle(self.clients, self.bucket)).await?;
        let rules = with_our_rule(found, want);
        if rules.is_empty() {
            self.write(|| async {
                self.clients
                    .s3
                    .delete_bucket_lifecycle()
                    .bucket(self.bucket)
                    .expected_bucket_owner(&self.clients.account)
                    .send()
                    .await
                    .map_err(|error| WorldError::of(ACTION, error))
            })
            .await?;
            return Ok(());
        }
        let configuration = BucketLifecycleConfiguration::builder()
            .set_rules(Some(rules))
            .build()
            .expect("the rules are set");
        self.write(|| async {
            self.clients
                .s3
                .put_bucket_lifecycle_configuration()
                .bucket(self.bucket)
                .lifecycle_configuration(configuration.clone())
                .set_transition_default_minimum_object_size(minimum.clone())
                .expected_bucket_owner(&self.clients.account)
                .send()
                .await
                .map_err(|error| WorldError::of(ACTION, error))
        })
        .await?;
        Ok(())
    }

    pub(super) async fn cors(&self, want: &[CorsRule]) -> Result<(), WorldError> {
        const ACTION: &str = "s3:PutBucketCORS";
        if want.is_empty() {
            self.write(|| async {
                self.clients
                    .s3
                    .delete_bucket_cors()
                    .bucket(self.bucket)
                    .expected_bucket_owner(&self.clients.account)
                    .send()
                    .await
                    .map_err(|error| WorldError::of(ACTION, error))
            })
            .await?;
            return Ok(());
        }
        let configuration = CorsConfiguration::builder()
            .set_cors_rules(Some(want.iter().map(to_cors).collect()))
            .build()
            .expect("the rules are set");
        self.write(|| async {
            self.clients
                .s3
                .put_bucket_cors()
                .bucket(self.bucket)
                .cors_configuration(configuration.clone())
                .expected_bucket_owner(&self.clients.account)
                .send()
                .await
                .map_err(|error| WorldError::of(ACTION, error))
        })
        .await?;
        Ok(())
    }

    /// Grants and key format of an existing log stay as found.
    pub(super) async fn access_log(&self, want: &AccessLog) -> Result<(), WorldError> {
        let AccessLog { bucket, prefix } = want;
        let found = self.write(|| logging(self.clients, self.bucket)).await?;
        let log = match found {
            Some(mut log) => {
                log.target_bucket.clone_from(bucket);
                log.target_prefix.clone_from(prefix);
                log
            }
            None => LoggingEnabled::builder()
                .target_bucket(bucket)
                .target_prefix(prefix)
                .build()
                .expect("bucket and prefix are set"),
        };
        let status = BucketLoggingStatus::builder().logging_enabled(log).build();
        self.write(|| async {
            self.clients
                .s3
                .put_bucket_logging()
                .bucket(self.bucket)
                .bucket_logging_status(status.clone())
                .expected_bucket_owner(&self.clients.account)
                .send()
                .await
                .map_err(|error| WorldError::of("s3:PutBucketLogging", error))
        })
        .await?;
        Ok(())
    }
}

fn to_public_access(want: &PublicAccess) -> PublicAccessBlockConfiguration {
    let PublicAccess {
        block_acls,
        ignore_acls,
        block_policy,
        restrict,
    } = want;
    PublicAccessBlockConfiguration::builder()
        .block_public_acls(*block_acls)
        .ignore_public_acls(*ignore_acls)
        .block_public_policy(*block_policy)
        .restrict_public_buckets(*restrict)
        .build()
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

    /// A member that the SDK gains must be decided on: this call replaces the whole block.
    #[test]
    fn the_public_access_block_has_the_members_that_we_write() {
        let written = format!("{:?}", to_public_access(&PublicAccess::blocked()));
        assert_eq!(
            written,
            "PublicAccessBlockConfiguration { block_public_acls: Some(true), ignore_public_acls: Some(true), \
             block_public_policy: Some(true), restrict_public_buckets: Some(true) }"
        );
    }
}
