//! How objects are encrypted.

use aws_sdk_s3::types::{
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use spec_model::kinds::{Encryption, EncryptionAlgorithm};

use super::{Part, configured, unknown};
use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;

/// Reads the one rule.
pub(super) async fn encryption_rule(
    clients: &Clients,
    bucket: &str,
) -> Result<Option<ServerSideEncryptionRule>, WorldError> {
    let answer = ask!(clients, bucket, "s3:GetEncryptionConfiguration", get_bucket_encryption);
    Ok(configured(answer)?
        .and_then(|it| it.server_side_encryption_configuration)
        .and_then(|it| it.rules.into_iter().next()))
}

/// Without a configuration S3 encrypts with its own keys, since January 2023 (S3 User Guide, "Setting default server-side encryption").
pub(super) fn seen_encryption(rule: Option<&ServerSideEncryptionRule>) -> Result<Encryption, WorldError> {
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

impl Part<'_> {
    /// Bucket keys and refused kinds of encryption stay as found.
    pub(in crate::kinds::bucket) async fn encryption(&self, want: &Encryption) -> Result<(), WorldError> {
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
        tell!(
            self,
            "s3:PutEncryptionConfiguration",
            put_bucket_encryption,
            server_side_encryption_configuration(configuration.clone())
        )
    }
}
