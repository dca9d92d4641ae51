//! Another evaluator, written by others, is asked the same: `iam-rs` decides as we do.
//!
//! It decides identity policies in the part of the language that both know. It has no notion of a policy that names no
//! resource (a trust policy applies to nothing there), of a session, or of several layers of policies; those are
//! tested on their own.

use std::collections::BTreeMap;

use iam_rs::{Arn, Context, ContextValue, IAMPolicy, IAMRequest, Principal as Asker, PrincipalId as AskerId};
use policy::{Document, PrincipalId, Request, evaluate};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::short::ONE;

const ACTIONS: &[&str] = &[
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:?etObject",
    "s3:List*",
    "sqs:SendMessage",
];
const ASKED_ACTIONS: &[&str] = &["s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage"];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::data",
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::data/cohort-?/*",
    "arn:aws:s3:::*/cohort-a/sample.bam",
    "arn:aws:s3:::data/${aws:username}/*",
];
const ASKED_RESOURCES: &[&str] = &[
    "arn:aws:s3:::data",
    "arn:aws:s3:::data/cohort-a/sample.bam",
    "arn:aws:s3:::data/anna/sample.bam",
    "arn:aws:s3:::other/cohort-a/sample.bam",
];
/// Keys with the values that a policy asks for and those that a request has.
const TEXTS: &[&str] = &["", "anna", "Anna", "cohort-a/", "cohort-*", "*"];
const ASKED_TEXTS: &[&str] = &["", "anna", "Anna", "cohort-a/", "cohort-b/"];

fn list(from: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    subsequence(from, 1..3).prop_map(|it| it.into_iter().map(str::to_owned).collect())
}

fn condition() -> impl Strategy<Value = (String, String, Value)> {
    let text = (
        select(vec![
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
        ]),
        prop::bool::weighted(0.2),
        select(vec!["s3:prefix", "aws:username"]),
        list(TEXTS),
    )
        .prop_map(|(test, if_exists, key, values)| {
            let end = if if_exists { "IfExists" } else { "" };
            (format!("{test}{end}"), key.to_owned(), json!(values))
        });
    let absent = (select(vec!["s3:prefix", "aws:username", "aws:SourceIp"]), any::<bool>())
        .prop_map(|(key, wanted)| ("Null".to_owned(), key.to_owned(), json!(wanted.to_string())));
    let tls = any::<bool>().prop_map(|wanted| {
        (
            "Bool".to_owned(),
            "aws:SecureTransport".to_owned(),
            json!(wanted.to_string()),
        )
    });
    let address = (
        select(vec!["IpAddress", "NotIpAddress"]),
        select(vec!["192.0.2.0/24", "198.51.100.7/32", "192.0.2.128/25"]),
    )
        .prop_map(|(test, range)| (test.to_owned(), "aws:SourceIp".to_owned(), json!(range)));
    prop_oneof![4 => text, 1 => absent, 1 => tls, 1 => address]
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop_oneof![2 => Just("Allow"), 1 => Just("Deny")];
    let (except_actions, except_resources) = (prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    let conditions = vec(condition(), 0..3);
    (
        effect,
        list(ACTIONS),
        except_actions,
        list(RESOURCES),
        except_resources,
        conditions,
    )
        .prop_map(
            |(effect, actions, except_actions, resources, except_resources, conditions)| {
                let mut statement = json!({
                    "Effect": effect,
                    (if except_actions { "NotAction" } else { "Action" }): actions,
                    (if except_resources { "NotResource" } else { "Resource" }): resources,
                });
                for (test, key, values) in conditions {
                    statement["Condition"][test][key] = values;
                }
                statement
            },
        )
}

fn document() -> impl Strategy<Value = Value> {
    vec(statement(), 1..4).prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
}

fn request() -> impl Strategy<Value = (String, String, BTreeMap<String, String>)> {
    let texts = btree_map(
        select(vec!["s3:prefix", "aws:username"]).prop_map(str::to_owned),
        select(ASKED_TEXTS).prop_map(str::to_owned),
        0..3,
    );
    let address = prop::option::of(select(vec!["192.0.2.7", "192.0.2.200", "198.51.100.7"]));
    let tls = prop::option::of(any::<bool>());
    (select(ASKED_ACTIONS), select(ASKED_RESOURCES), texts, address, tls).prop_map(
        |(action, resource, mut keys, address, tls)| {
            keys.extend(address.map(|it| ("aws:SourceIp".to_owned(), it.to_owned())));
            keys.extend(tls.map(|it| ("aws:SecureTransport".to_owned(), it.to_string())));
            (action.to_owned(), resource.to_owned(), keys)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_evaluator_decides_as_we_do(document in document(), requests in vec(request(), 8)) {
        let ours = Document::from_json(&document).unwrap();
        let theirs: IAMPolicy = serde_json::from_value(document.clone()).unwrap();
        for (action, resource, keys) in requests {
            let user = format!("arn:aws:iam::{ONE}:user/anna");
            let mut asked = Request::new(PrincipalId::User(user.clone()), &action, &resource);
            let mut context = Context::new();
            for (key, value) in &keys {
                asked = asked.with(key, value);
                let value = match key.as_str() {
                    "aws:SecureTransport" => ContextValue::Boolean(value == "true"),
                    _ => ContextValue::String(value.clone()),
                };
                context.insert(key.clone(), value);
            }
            let theirs = iam_rs::evaluate_policy(
                &theirs,
                &IAMRequest::new_with_context(
                    Asker::Aws(AskerId::String(user)),
                    action.clone(),
                    Arn::parse(&resource).unwrap(),
                    context,
                ),
            ).unwrap();
            let we = evaluate(&[("it", &ours)], &asked).is_allowed();
            prop_assert_eq!(we, theirs == iam_rs::Decision::Allow, "{} {} {:?} {:#}", action, resource, keys, document);
        }
    }
}
