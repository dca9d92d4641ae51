//! Names of AWS's that no call gives: ARNs to ask about, and the name of a user pool towards others.

use spec_model::kinds::ConfigBody;

use crate::clients::Clients;

/// Who vouches for people towards STS, and in trust policies.
pub(super) const IDENTITY: &str = "cognito-identity.amazonaws.com";

/// Makes ARNs of one account and region.
pub(super) struct Arns<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
}

impl<'a> Arns<'a> {
    /// ARNs beside that of the role.
    pub(super) fn beside(role: &'a str, region: &'a str, account: &'a str) -> Self {
        Self {
            partition: role.split(':').nth(1).unwrap_or("aws"),
            region,
            account,
        }
    }

    /// Of a bucket, which names neither region nor account.
    pub(super) fn bucket(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition)
    }

    /// Of something in the region.
    pub(super) fn regional(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:{}:{service}:{}:{}:{resource}",
            self.partition, self.region, self.account
        )
    }

    /// Of something of IAM, which knows no regions.
    pub(super) fn iam(&self, resource: &str) -> String {
        format!("arn:{}:iam::{}:{resource}", self.partition, self.account)
    }
}

/// The name of the config's user pool towards the identity pool, which is its issuer without `https://`.
pub(super) fn provider(clients: &Clients, body: &ConfigBody) -> String {
    let pool = &body.aws_cognito_pool_id;
    let region = pool.split('_').next().unwrap_or_default();
    format!("cognito-idp.{region}.{}/{pool}", clients.dns_suffix)
}

/// The bucket of an object's or a bucket's ARN.
pub(super) fn bucket_of(arn: &str) -> &str {
    let path = arn.split_once(":::").map_or("", |it| it.1);
    path.split('/').next().unwrap_or_default()
}
