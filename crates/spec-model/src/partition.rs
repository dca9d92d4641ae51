//! Partitions of AWS, and the names that contain one: the only place where ARNs and service names are put together.

/// The partition of a region.
pub(crate) fn partition(region: &str) -> &'static str {
    const OTHERS: [(&str, &str); 6] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    OTHERS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}

/// Why a stack cannot live in a partition; `None` for the one in which it can.
pub(crate) fn refusal(partition: &str) -> Option<&'static str> {
    match partition {
        "aws" => None,
        "aws-cn" => Some("Cognito has no user pools in China"),
        "aws-us-gov" => Some("there is no CloudFront in GovCloud"),
        _ => Some("the services that IGV needs are not all there"),
    }
}

/// The ARN of a bucket, which names neither region nor account.
pub(crate) fn bucket_arn(region: &str, bucket: &str) -> String {
    format!("arn:{}:s3:::{bucket}", partition(region))
}

/// The parts of an ARN: partition, service, region, account, resource.
pub(crate) fn parts(arn: &str) -> Option<[&str; 5]> {
    let mut parts = arn.splitn(6, ':');
    if parts.next() != Some("arn") {
        return None;
    }
    let mut next = || parts.next();
    Some([next()?, next()?, next()?, next()?, next()?])
}

/// The name under which CloudFront asks S3.
pub(crate) const CLOUDFRONT: &str = "cloudfront.amazonaws.com";

/// The name under which identity pools vouch for people.
pub(crate) const COGNITO_IDENTITY: &str = "cognito-identity.amazonaws.com";
