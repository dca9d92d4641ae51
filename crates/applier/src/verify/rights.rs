//! What the credentials of people may do: by our own evaluation of the documents, and by IAM's policy simulator.
//!
//! What the file wants decides what is expected, so both lists below are only places to look. The simulator looks at
//! the role's policies alone, never at a bucket's (IAM API Reference, `SimulatePrincipalPolicy`), so it is compared with
//! an evaluation of the same.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use futures_util::future::{join_all, try_join_all};
use policy::{Document, Effect, Policies, PrincipalId, Request, access};
use spec_model::Kind;
use spec_model::kinds::{Bucket, ConfigBody, Object};

use super::checklist::{Checklist, Outcome, Topic};
use super::names::{Arns, bucket_of};
use super::settings::several;
use super::subject::Subject;
use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;
use crate::kinds::role::live::{document, get_role, list_attached, list_inline, read_policy};

/// What a key under a prefix is called that nobody has.
const PROBE: &str = "igvctl-probe.bam";

/// A question about a right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    action: String,
    resource: String,
    /// The condition key `s3:prefix`, where the action has one.
    prefix: Option<String>,
}

impl Question {
    fn new(action: &str, resource: impl Into<String>) -> Self {
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

    fn request(&self, role: &str) -> Request {
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

    fn shown(&self) -> String {
        match self.prefix.as_deref() {
            Some("") => format!("{} on {} at its root", self.action, self.resource),
            Some(prefix) => format!("{} on {} under `{prefix}`", self.action, self.resource),
            None => format!("{} on {}", self.action, self.resource),
        }
    }
}

/// The documents of a role as they are now.
struct Documents {
    own: Vec<(String, Document)>,
    boundary: Option<(String, Document)>,
}

/// What the file grants: buckets with the prefixes in them that may be read; none is all.
pub(super) fn granted(policies: &BTreeMap<String, Document>) -> BTreeMap<String, BTreeSet<String>> {
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
fn allowed(policies: &BTreeMap<String, Document>) -> impl Iterator<Item = (String, String)> {
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

/// Whether the file lets people see the names of buckets.
pub(super) fn names_of_buckets(subject: &Subject<'_>, body: &ConfigBody) -> bool {
    let role = body.aws_cognito_role_arn.as_str();
    let question = Question::new("s3:ListAllMyBuckets", "*");
    subject
        .wanted_policies(role)
        .is_some_and(|wanted| wants(&wanted, role, &question))
}

/// Checks the rights of the role that people get.
pub(super) async fn rights(list: &mut Checklist<'_>, subject: &Subject<'_>, body: &ConfigBody) {
    let role = body.aws_cognito_role_arn.as_str();
    let Some(wanted) = subject.wanted_policies(role) else {
        list.add(
            Topic::Rights,
            "granted",
            "people may read what the file says",
            Outcome::skipped(format!("the role `{role}` is none of the file's own")),
        );
        return;
    };
    let name = role.rsplit('/').next().unwrap_or_default();
    let there = match documents(subject.clients, name).await {
        Ok(it) => it,
        Err(error) => {
            list.add(
                Topic::Rights,
                "granted",
                "people may read what the file says",
                Outcome::unread(&error),
            );
            return;
        }
    };
    let questions = questions(subject, &wanted, body);
    let expected: Vec<bool> = questions.iter().map(|it| wants(&wanted, role, it)).collect();
    let policies = bucket_policies(subject, &questions).await;
    granted_check(list, &policies, &there, role, &questions, &expected);
    let own: Vec<bool> = questions.iter().map(|it| decides(&there, role, it)).collect();
    let extra: Vec<String> = (questions.iter().zip(&expected).zip(&own))
        .filter(|((_, expected), own)| !**expected && **own)
        .map(|((question, _), _)| question.shown())
        .collect();
    list.add(
        Topic::Rights,
        "nothing_else",
        "people may do nothing else",
        if extra.is_empty() {
            Outcome::seen(format!("{} refused", expected.iter().filter(|it| !**it).count()))
        } else {
            Outcome::failed(
                format!("allowed though the file does not say so: {}", several(&extra)),
                "`igvctl apply` takes away what the file does not say",
            )
        },
    );
    reading_only(list, &wanted);
    simulator(list, subject.clients, role, &questions, &own).await;
}

/// The policies of the file's own buckets as they are, with what others denied in them.
///
/// One that cannot be read counts as none: a login asks S3 itself.
async fn bucket_policies(subject: &Subject<'_>, questions: &[Question]) -> BTreeMap<String, Document> {
    let own: BTreeSet<String> = subject.there::<Bucket>().into_iter().map(|it| it.1.name).collect();
    let asked: BTreeSet<&str> = questions.iter().map(|it| bucket_of(&it.resource)).collect();
    let reads = asked.into_iter().filter(|it| own.contains(*it)).map(async |bucket| {
        let call = subject.clients.s3.get_bucket_policy().bucket(bucket);
        let call = call.expected_bucket_owner(&subject.clients.account).send();
        let text = read(subject.clients, call).await.ok()?.policy?;
        Some((bucket.to_owned(), Document::parse(&text).ok()?))
    });
    join_all(reads).await.into_iter().flatten().collect()
}

fn granted_check(
    list: &mut Checklist<'_>,
    policies: &BTreeMap<String, Document>,
    there: &Documents,
    role: &str,
    questions: &[Question],
    expected: &[bool],
) {
    let asked: Vec<&Question> = questions
        .iter()
        .zip(expected)
        .filter(|it| *it.1)
        .map(|it| it.0)
        .collect();
    let refused: Vec<String> = asked
        .iter()
        .filter_map(|question| {
            let policy = policies
                .get(bucket_of(&question.resource))
                .map(|it| ("the bucket's policy", it));
            // IGV speaks TLS only, and the bucket refuses anything else.
            let request = question.request(role).with("aws:SecureTransport", "true");
            let decided = decide(there, policy, &request);
            (!decided.is_allowed()).then(|| format!("{} {}", question.shown(), decided.because(&question.action)))
        })
        .collect();
    list.add(
        Topic::Rights,
        "granted",
        "people may read what the file says",
        if refused.is_empty() {
            Outcome::seen(format!("{} allowed", asked.len()))
        } else {
            Outcome::failed(
                format!("not allowed: {}", several(&refused)),
                "`igvctl plan` shows what the role lacks or what denies it, `igvctl apply` mends the role",
            )
        },
    );
}

/// The contract: listing and reading, the names of buckets, decrypting; nothing else.
fn reading_only(list: &mut Checklist<'_>, wanted: &BTreeMap<String, Document>) {
    const READING: [&str; 4] = ["s3:listbucket", "s3:getobject", "s3:listallmybuckets", "kms:decrypt"];
    let more: BTreeSet<String> = allowed(wanted)
        .map(|(action, _)| action)
        .filter(|it| !READING.contains(&it.to_ascii_lowercase().as_str()))
        .collect();
    let more: Vec<String> = more.into_iter().collect();
    list.add(
        Topic::Rights,
        "reading_only",
        "the file grants nothing but reading",
        Outcome::holds(
            more.is_empty(),
            format!("it grants {}, which IGV never uses", several(&more)),
            "take it out of the role's policies in the file, and apply",
        ),
    );
}

/// Asks IAM the same questions.
async fn simulator(list: &mut Checklist<'_>, clients: &Clients, role: &str, questions: &[Question], own: &[bool]) {
    let title = "IAM's policy simulator says the same";
    let mut groups: BTreeMap<(&str, Option<&str>), Vec<usize>> = BTreeMap::new();
    for (index, question) in questions.iter().enumerate() {
        let key = (question.resource.as_str(), question.prefix.as_deref());
        groups.entry(key).or_default().push(index);
    }
    let asked = groups.into_iter().map(|((resource, prefix), group)| {
        let actions = group.iter().map(|it| questions[*it].action.clone()).collect();
        async move {
            let answers = simulate(clients, role, actions, resource, prefix).await?;
            Ok::<_, WorldError>((group, answers))
        }
    });
    let answers = match try_join_all(asked).await {
        Ok(it) => it,
        Err(error) => {
            list.add(Topic::Rights, "simulator", title, Outcome::unread(&error));
            return;
        }
    };
    let mut differing = Vec::new();
    for (group, answers) in answers {
        for index in group {
            let (question, own) = (&questions[index], own[index]);
            match answers.get(&question.action.to_ascii_lowercase()) {
                Some(theirs) if *theirs == own => {}
                theirs => differing.push(format!(
                    "{}: the simulator says {}, the documents say {}",
                    question.shown(),
                    theirs.map_or("nothing", |it| word(*it)),
                    word(own)
                )),
            }
        }
    }
    list.add(
        Topic::Rights,
        "simulator",
        title,
        if differing.is_empty() {
            Outcome::seen(format!("{} questions", questions.len()))
        } else {
            Outcome::failed(
                several(&differing),
                "a change of a moment ago may not have arrived everywhere: try again; else an organization's policy may deny it",
            )
        },
    );
}

fn word(allowed: bool) -> &'static str {
    if allowed { "allowed" } else { "denied" }
}

/// What the simulator says of actions, by their names in lower case.
async fn simulate(
    clients: &Clients,
    role: &str,
    actions: Vec<String>,
    resource: &str,
    prefix: Option<&str>,
) -> Result<BTreeMap<String, bool>, WorldError> {
    let context = prefix.map(|prefix| {
        ContextEntry::builder()
            .context_key_name("s3:prefix")
            .context_key_type(ContextKeyTypeEnum::String)
            .context_key_values(prefix)
            .build()
    });
    let mut pages = clients
        .iam
        .simulate_principal_policy()
        .policy_source_arn(role)
        .set_action_names(Some(actions))
        .resource_arns(resource)
        .set_context_entries(context.map(|it| vec![it]))
        .into_paginator()
        .send();
    let mut answers = BTreeMap::new();
    while let Some(page) = read(clients, pages.next()).await {
        let page = page.map_err(|error| WorldError::of("iam:SimulatePrincipalPolicy", error))?;
        for result in page.evaluation_results() {
            answers.insert(
                result.eval_action_name().to_ascii_lowercase(),
                *result.eval_decision() == PolicyEvaluationDecisionType::Allowed,
            );
        }
    }
    Ok(answers)
}

fn wants(wanted: &BTreeMap<String, Document>, role: &str, question: &Question) -> bool {
    let identity: Vec<(&str, &Document)> = wanted.iter().map(|(name, it)| (name.as_str(), it)).collect();
    let policies = Policies {
        identity: &identity,
        ..Policies::default()
    };
    access(&policies, &question.request(role)).is_allowed()
}

fn decides(there: &Documents, role: &str, question: &Question) -> bool {
    decide(there, None, &question.request(role)).is_allowed()
}

fn decide(there: &Documents, resource: Option<(&str, &Document)>, request: &Request) -> policy::Access {
    let identity: Vec<(&str, &Document)> = there.own.iter().map(|(name, it)| (name.as_str(), it)).collect();
    let policies = Policies {
        identity: &identity,
        boundary: there.boundary.as_ref().map(|(name, it)| (name.as_str(), it)),
        resource,
        ..Policies::default()
    };
    access(&policies, request)
}

/// Where to look: all that the file allows, and what it should not.
fn questions(subject: &Subject<'_>, wanted: &BTreeMap<String, Document>, body: &ConfigBody) -> Vec<Question> {
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
    let config = subject.implied().map(|it| it.bucket).unwrap_or_default();
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

/// Reads everything that decides what a role may do.
async fn documents(clients: &Clients, role: &str) -> Result<Documents, WorldError> {
    let names = read(clients, list_inline(clients, role)).await?;
    let inline = try_join_all(names.into_iter().map(|name| read_policy(clients, role, name))).await?;
    let attached = read(clients, list_attached(clients, role)).await?;
    let documents = join_all(attached.iter().map(|arn| managed(clients, arn))).await;
    let mut own: Vec<(String, Document)> = inline.into_iter().flatten().collect();
    for (arn, document) in attached.into_iter().zip(documents) {
        own.push((arn, document?));
    }
    let boundary = read(clients, get_role(clients, role)).await?.permissions_boundary;
    let boundary = match boundary.and_then(|it| it.permissions_boundary_arn) {
        Some(arn) => {
            let document = managed(clients, &arn).await?;
            Some((arn, document))
        }
        None => None,
    };
    Ok(Documents { own, boundary })
}

/// The document of a managed policy, in its version that counts.
async fn managed(clients: &Clients, arn: &str) -> Result<Document, WorldError> {
    let answer = read(clients, clients.iam.get_policy().policy_arn(arn).send())
        .await
        .map_err(|error| WorldError::of("iam:GetPolicy", error))?;
    let version = answer.policy.and_then(|it| it.default_version_id).unwrap_or_default();
    let call = clients.iam.get_policy_version().policy_arn(arn).version_id(version);
    let answer = read(clients, call.send())
        .await
        .map_err(|error| WorldError::of("iam:GetPolicyVersion", error))?;
    let text = answer.policy_version.and_then(|it| it.document).unwrap_or_default();
    document(&text, "iam:GetPolicyVersion", &format!("the policy `{arn}`"))
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
