//! Where to look: what the file grants, and what it should not.

use std::collections::{BTreeMap, BTreeSet};

use policy::{Document, Effect, PrincipalId, Request};
use spec_model::Kind;
use spec_model::kinds::{ConfigBody, Object};

use crate::verify::names::Arns;
use crate::verify::subject::Subject;

/// What a key under a prefix is called that nobody has.
const PROBE: &str = "igvctl-probe.bam";

/// A question about a right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    /// The action.
    pub(super) action: String,
    /// The ARN, or `*`.
    pub(super) resource: String,
    /// The condition key `s3:prefix`, where the action has one.
    pub(super) prefix: Option<String>,
}

impl Question {
    pub(super) fn new(action: &str, resource: impl Into<String>) -> Self {
        Self {
            action: action.to_owned(),
            resource: resource.into(),
            prefix: None,
        }
    }

    fn listing(bucket: &str, prefix: impl Into<String>) -> Self {
        Self {
            prefix: Some(prefix.into()),
            ..Self::new("s3:ListBucket", bucket)
        }
    }

    /// As policies see it.
    pub(super) fn request(&self, role: &str) -> Request {
        let principal = PrincipalId::Role {
            role: role.to_owned(),
            session: "simulation".to_owned(),
        };
        let request = Request::new(principal, self.action.as_str(), self.resource.as_str());
        match &self.prefix {
            Some(prefix) => request.with("s3:prefix", prefix.as_str()),
            None => request,
        }
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        match self.prefix.as_deref() {
            Some("") => format!("{} on {} at its root", self.action, self.resource),
            Some(prefix) => format!("{} on {} under `{prefix}`", self.action, self.resource),
            None => format!("{} on {}", self.action, self.resource),
        }
    }
}

/// What the file grants: buckets with the prefixes in them that may be read; none is all.
pub(in crate::verify) fn granted(policies: &BTreeMap<String, Document>) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, resource) in allowed(policies).filter(|(action, _)| action == "s3:GetObject") {
        let Some((_, path)) = resource.split_once(":::") else {
            continue;
        };
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let prefixes = found.entry(bucket.to_owned()).or_default();
        let prefix = key.trim_end_matches('*');
        if !prefix.is_empty() {
            prefixes.insert(prefix.to_owned());
        }
    }
    found
}

/// Every action with a resource that a statement allows.
pub(super) fn allowed(policies: &BTreeMap<String, Document>) -> impl Iterator<Item = (String, String)> {
    policies
        .values()
        .flat_map(Document::statements)
        .filter(|it| it.effect == Effect::Allow && !it.actions.negated())
        .flat_map(|it| {
            let resources = it.resources.iter().filter(|it| !it.negated()).flat_map(|it| it.set());
            let resources: Vec<&String> = resources.collect();
            let actions = it.actions.set().iter();
            actions
                .flat_map(|action| resources.iter().map(|it| (action.as_str().to_owned(), (*it).clone())))
                .collect::<Vec<_>>()
        })
}

/// Where to look: all that the file allows, and what it should not.
pub(super) fn questions(
    subject: &Subject<'_>,
    wanted: &BTreeMap<String, Document>,
    body: &ConfigBody,
) -> Vec<Question> {
    let mut all = BTreeSet::new();
    for (action, resource) in allowed(wanted) {
        // A pattern of actions cannot be asked about.
        if action.contains(['*', '?']) || action == "s3:ListBucket" {
            continue;
        }
        all.insert(Question::new(&action, instance(&resource)));
    }
    let buckets = granted(wanted);
    let arns = Arns::beside(&body.aws_cognito_role_arn, &body.aws_region, &subject.clients.account);
    let arn = |bucket: &str| arns.bucket(bucket);
    for (bucket, prefixes) in &buckets {
        let (bucket, key) = (arn(bucket), prefixes.first().map_or("", String::as_str));
        all.insert(Question::listing(&bucket, ""));
        for prefix in prefixes {
            // IGV walks from the root, so every folder above must be listed too.
            all.extend(
                prefix
                    .match_indices('/')
                    .map(|(at, _)| Question::listing(&bucket, &prefix[..=at])),
            );
            all.insert(Question::listing(&bucket, format!("{prefix}deeper/")));
        }
        if !prefixes.is_empty() {
            all.insert(Question::listing(&bucket, "igvctl-elsewhere/"));
            all.insert(Question::new(
                "s3:GetObject",
                format!("{bucket}/igvctl-elsewhere/{PROBE}"),
            ));
        }
        for action in [
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:PutObjectAcl",
            "s3:GetObjectTagging",
        ] {
            all.insert(Question::new(action, format!("{bucket}/{key}{PROBE}")));
        }
        for action in ["s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucket"] {
            all.insert(Question::new(action, bucket.as_str()));
        }
    }
    for (_, object) in subject.wanted(Kind::Object) {
        if let Ok(object) = <Object as spec_model::Shaped>::from_value(&object) {
            all.insert(Question::new(
                "s3:GetObject",
                format!("{}/{}", arn(&object.bucket), object.key),
            ));
        }
    }
    // Every other bucket, that of the config too.
    let config = subject.implied().map_or_else(|_| String::new(), |it| it.bucket);
    for bucket in [config.as_str(), "igvctl-another-bucket"] {
        if !bucket.is_empty() && !buckets.contains_key(bucket) {
            all.insert(Question::listing(&arn(bucket), ""));
            all.insert(Question::new("s3:GetObject", format!("{}/{PROBE}", arn(bucket))));
        }
    }
    let key = "key/00000000-0000-0000-0000-000000000000";
    for (action, resource) in [
        ("s3:ListAllMyBuckets", "*".to_owned()),
        ("s3:CreateBucket", arn("igvctl-another-bucket")),
        // What the procedure of 2019 granted; IGV never uses it.
        ("cognito-sync:ListDatasets", "*".to_owned()),
        ("mobileanalytics:PutEvents", "*".to_owned()),
        ("cognito-identity:DescribeIdentityPool", "*".to_owned()),
        (
            "cognito-idp:AdminCreateUser",
            arns.regional("cognito-idp", &format!("userpool/{}", body.aws_cognito_pool_id)),
        ),
        ("iam:PutRolePolicy", body.aws_cognito_role_arn.clone()),
        ("sts:AssumeRole", arns.iam("role/igvctl-another-role")),
        ("kms:Decrypt", arns.regional("kms", key)),
        ("ec2:DescribeInstances", "*".to_owned()),
        (
            "dynamodb:GetItem",
            arns.regional("dynamodb", "table/igvctl-another-table"),
        ),
        (
            "lambda:InvokeFunction",
            arns.regional("lambda", "function:igvctl-another-function"),
        ),
    ] {
        all.insert(Question::new(action, resource));
    }
    all.into_iter().collect()
}

/// Something that a pattern of resources covers.
fn instance(resource: &str) -> String {
    if resource == "*" {
        return resource.to_owned();
    }
    match resource.strip_suffix('*') {
        Some(start) => format!("{}{PROBE}", start.replace('*', "x")),
        None => resource.replace('*', "x"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn what_is_granted_is_read_from_the_policy() {
        let text = r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject",
             "Resource": ["arn:aws:s3:::whole/*", "arn:aws:s3:::part/a/b/*", "arn:aws:s3:::part/c*"]},
            {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*"}]}"#;
        let policies = BTreeMap::from([("read".to_owned(), Document::parse(text).unwrap())]);
        let found = granted(&policies);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["part", "whole"]);
        assert!(found["whole"].is_empty());
        assert_eq!(found["part"].iter().collect::<Vec<_>>(), ["a/b/", "c"]);
    }

    #[test]
    fn a_pattern_has_an_instance() {
        assert_eq!(instance("arn:aws:s3:::b/a/*"), "arn:aws:s3:::b/a/igvctl-probe.bam");
        assert_eq!(instance("arn:aws:s3:::b/*/c"), "arn:aws:s3:::b/x/c");
        assert_eq!(instance("*"), "*");
    }
}
