//! What the credentials of people may do: by our own evaluation of the documents, and by IAM's policy simulator.
//!
//! What the file wants decides what is expected, so both lists below are only places to look. The simulator looks at
//! the role's policies alone, never at a bucket's (IAM API Reference, `SimulatePrincipalPolicy`), so it is compared with
//! an evaluation of the same.

mod documents;
mod questions;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use policy::{Document, Policies, access};
use spec_model::Kind;
use spec_model::kinds::{Bucket, ConfigBody};

use super::checklist::{Checklist, Outcome, Topic};
use super::names::bucket_of;
use super::settings::several;
use super::subject::Subject;
use crate::calls::read;
use crate::clients::Clients;
use crate::error::WorldError;
use documents::{Documents, documents};
pub(super) use questions::granted;
use questions::{Question, allowed, questions};

/// Questions to the simulator that are under way at once.
const SIDE_BY_SIDE: usize = 4;

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
            subject.elsewhere(Kind::Role, role),
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
            let decided = there.decide(policy, &request);
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
    let asked = questions.iter().enumerate().filter(|(_, it)| !is_retired(&it.action));
    for (index, question) in asked {
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
    // IAM answers a few at a time, and throttles who asks for more.
    let answers = stream::iter(asked).buffered(SIDE_BY_SIDE).try_collect::<Vec<_>>().await;
    let answers = match answers {
        Ok(it) => it,
        Err(error) => {
            list.add(Topic::Rights, "simulator", title, Outcome::unread(&error));
            return;
        }
    };
    let mut differing = Vec::new();
    let mut count = 0;
    for (group, answers) in answers {
        count += group.len();
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
            Outcome::seen(format!("{count} questions"))
        } else {
            Outcome::failed(
                several(&differing),
                "a change of a moment ago may not have arrived everywhere: try again; else an organization's policy may deny it",
            )
        },
    );
}

/// Whether the service of an action is no more, so that the simulator may not know it.
fn is_retired(action: &str) -> bool {
    ["mobileanalytics:", "cognito-sync:"]
        .iter()
        .any(|it| action.starts_with(it))
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
    there.decide(None, &question.request(role)).is_allowed()
}
