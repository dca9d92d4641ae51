//! Policies that AWS manages: names that really exist, with what they mean for reads and writes of S3 and the like.
//!
//! Their real documents run to hundreds of lines and change every month; here each is one statement that is right
//! in what it is known for. Their version numbers are not AWS's.

use sha2::{Digest, Sha256};

/// Every policy here was made at this time: 2015-02-06, when AWS published most of them.
pub(super) const CREATED: f64 = 1_423_219_200.0;

/// A policy of AWS.
pub(super) struct Managed {
    /// Its path and name, as in its ARN.
    resource: &'static str,
    /// Actions it allows on everything; all but these where `except` is set.
    actions: &'static [&'static str],
    /// Whether `actions` is what it does not allow.
    except: bool,
}

impl Managed {
    /// Its ARN.
    pub(super) fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy/{}", self.resource)
    }

    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        self.resource.rsplit('/').next().unwrap_or_default()
    }

    /// A unique id that stays the same.
    pub(super) fn id(&self) -> String {
        let digest = Sha256::digest(self.resource);
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let tail: String = digest
            .iter()
            .take(17)
            .map(|byte| char::from(letters[usize::from(byte % 32)]))
            .collect();
        format!("ANPA{tail}")
    }

    /// Its document.
    pub(super) fn document(&self) -> String {
        let key = if self.except { "NotAction" } else { "Action" };
        serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", key: self.actions, "Resource": "*"}],
        })
        .to_string()
    }
}

/// The policy with this ARN, if AWS has it.
pub(super) fn find(arn: &str) -> Option<&'static Managed> {
    let resource = arn.strip_prefix("arn:aws:iam::aws:policy/")?;
    ALL.iter().find(|policy| policy.resource == resource)
}

/// A policy that allows the given actions on everything.
const fn allows(resource: &'static str, actions: &'static [&'static str]) -> Managed {
    Managed {
        resource,
        actions,
        except: false,
    }
}

/// The policies known here, by name.
pub(super) const ALL: &[Managed] = &[
    allows("AWSCloudTrail_FullAccess", &["cloudtrail:*"]),
    allows(
        "AWSCloudTrail_ReadOnlyAccess",
        &["cloudtrail:Get*", "cloudtrail:List*", "cloudtrail:Describe*"],
    ),
    allows("AWSLambda_FullAccess", &["lambda:*"]),
    allows("AWSLambda_ReadOnlyAccess", &["lambda:Get*", "lambda:List*"]),
    allows("AdministratorAccess", &["*"]),
    allows("AmazonAPIGatewayAdministrator", &["apigateway:*"]),
    allows(
        "AmazonAthenaFullAccess",
        &["athena:*", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"],
    ),
    allows(
        "AmazonCognitoDeveloperAuthenticatedIdentities",
        &["cognito-identity:GetOpenIdTokenForDeveloperIdentity"],
    ),
    allows(
        "AmazonCognitoPowerUser",
        &["cognito-identity:*", "cognito-idp:*", "cognito-sync:*"],
    ),
    allows(
        "AmazonCognitoReadOnly",
        &[
            "cognito-identity:Describe*",
            "cognito-identity:Get*",
            "cognito-identity:List*",
            "cognito-idp:Describe*",
            "cognito-idp:AdminGet*",
            "cognito-idp:AdminList*",
            "cognito-idp:List*",
            "cognito-idp:Get*",
        ],
    ),
    allows("AmazonDynamoDBFullAccess", &["dynamodb:*"]),
    allows(
        "AmazonDynamoDBReadOnlyAccess",
        &[
            "dynamodb:Get*",
            "dynamodb:List*",
            "dynamodb:Describe*",
            "dynamodb:Query",
        ],
    ),
    allows("AmazonEC2ContainerRegistryFullAccess", &["ecr:*"]),
    allows(
        "AmazonEC2ContainerRegistryReadOnly",
        &["ecr:Get*", "ecr:List*", "ecr:Describe*", "ecr:BatchGetImage"],
    ),
    allows(
        "AmazonEC2FullAccess",
        &["ec2:*", "elasticloadbalancing:*", "autoscaling:*", "cloudwatch:*"],
    ),
    allows("AmazonEC2ReadOnlyAccess", &["ec2:Describe*", "ec2:Get*"]),
    allows("AmazonECS_FullAccess", &["ecs:*"]),
    allows("AmazonRDSFullAccess", &["rds:*"]),
    allows("AmazonRDSReadOnlyAccess", &["rds:Describe*", "rds:ListTagsForResource"]),
    allows("AmazonRoute53FullAccess", &["route53:*", "route53domains:*"]),
    allows("AmazonRoute53ReadOnlyAccess", &["route53:Get*", "route53:List*"]),
    allows("AmazonS3FullAccess", &["s3:*", "s3-object-lambda:*"]),
    allows(
        "AmazonS3ReadOnlyAccess",
        &[
            "s3:Get*",
            "s3:List*",
            "s3:Describe*",
            "s3-object-lambda:Get*",
            "s3-object-lambda:List*",
        ],
    ),
    allows("AmazonSESFullAccess", &["ses:*"]),
    allows("AmazonSESReadOnlyAccess", &["ses:Get*", "ses:List*"]),
    allows("AmazonSNSFullAccess", &["sns:*"]),
    allows("AmazonSNSReadOnlyAccess", &["sns:GetTopicAttributes", "sns:List*"]),
    allows("AmazonSQSFullAccess", &["sqs:*"]),
    allows(
        "AmazonSQSReadOnlyAccess",
        &["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueues"],
    ),
    allows(
        "AmazonSSMManagedInstanceCore",
        &["ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*"],
    ),
    allows(
        "CloudFrontFullAccess",
        &["cloudfront:*", "acm:ListCertificates", "s3:ListAllMyBuckets"],
    ),
    allows(
        "CloudFrontReadOnlyAccess",
        &["cloudfront:Get*", "cloudfront:List*", "cloudfront:Describe*"],
    ),
    allows("CloudWatchFullAccess", &["cloudwatch:*", "logs:*", "sns:*"]),
    allows("CloudWatchLogsFullAccess", &["logs:*"]),
    allows(
        "CloudWatchLogsReadOnlyAccess",
        &["logs:Describe*", "logs:Get*", "logs:List*", "logs:FilterLogEvents"],
    ),
    allows(
        "CloudWatchReadOnlyAccess",
        &["cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"],
    ),
    allows("IAMFullAccess", &["iam:*", "organizations:DescribeAccount"]),
    allows(
        "IAMReadOnlyAccess",
        &["iam:Get*", "iam:List*", "iam:Generate*", "iam:SimulatePrincipalPolicy"],
    ),
    allows(
        "IAMUserChangePassword",
        &["iam:ChangePassword", "iam:GetAccountPasswordPolicy"],
    ),
    Managed {
        resource: "PowerUserAccess",
        actions: &["iam:*", "organizations:*", "account:*"],
        except: true,
    },
    allows(
        "ReadOnlyAccess",
        &[
            "cloudfront:Get*",
            "cloudfront:List*",
            "cognito-identity:Describe*",
            "cognito-identity:Get*",
            "cognito-identity:List*",
            "cognito-idp:AdminGet*",
            "cognito-idp:AdminList*",
            "cognito-idp:Describe*",
            "cognito-idp:Get*",
            "cognito-idp:List*",
            "ec2:Describe*",
            "iam:Get*",
            "iam:List*",
            "logs:Get*",
            "s3:Get*",
            "s3:List*",
            "tag:Get*",
        ],
    ),
    allows(
        "SecurityAudit",
        &[
            "cloudfront:List*",
            "iam:Get*",
            "iam:List*",
            "s3:GetBucket*",
            "s3:ListAllMyBuckets",
        ],
    ),
    allows("job-function/Billing", &["aws-portal:*", "budgets:*", "ce:*", "cur:*"]),
    allows(
        "job-function/DatabaseAdministrator",
        &["dynamodb:*", "rds:*", "redshift:*"],
    ),
    allows(
        "job-function/NetworkAdministrator",
        &["ec2:*", "route53:*", "directconnect:*", "cloudfront:ListDistributions"],
    ),
    allows("job-function/SupportUser", &["support:*"]),
    allows(
        "job-function/SystemAdministrator",
        &["ec2:*", "cloudwatch:*", "logs:*", "ssm:*"],
    ),
    allows(
        "job-function/ViewOnlyAccess",
        &["cloudfront:List*", "iam:List*", "s3:ListAllMyBuckets", "s3:ListBucket"],
    ),
    allows(
        "service-role/AWSLambdaBasicExecutionRole",
        &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    ),
    allows(
        "service-role/AmazonECSTaskExecutionRolePolicy",
        &["ecr:GetAuthorizationToken", "logs:PutLogEvents"],
    ),
];

#[cfg(test)]
mod tests {
    use super::{ALL, find};
    use crate::services::iam::document;

    #[test]
    fn documents_pass_the_checks_that_ours_pass() {
        for policy in ALL {
            assert_eq!(
                document::check_permission(&policy.document()),
                Ok(()),
                "{}",
                policy.name()
            );
        }
    }

    #[test]
    fn a_path_is_part_of_the_arn() {
        assert!(find("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess").is_some());
        assert!(find("arn:aws:iam::aws:policy/ViewOnlyAccess").is_none());
    }
}
