//! How S3 spells a bucket's policy.
//!
//! It is one document and written whole. A Deny that somebody else put into it is held: an incident must not be
//! reverted by the next run. An Allow of somebody else stays in what was seen, so it shows as a difference and goes.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use planner::{Found, Held, Leftover, Object};
use policy::{Document, Effect, Statement};
use spec_model::kinds::BucketPolicy;
use spec_model::{Address, Kind, Shaped, Value};

use crate::calls::{denials, nothing_passes, present, principal_not_yet_there, read, reads, writes};
use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::verbs::{Made, Parent, Permission, Search, Sightings, Target, Verbs};

impl Verbs for BucketPolicy {
    const CALLS: &'static [Permission] = &[
        reads("s3:GetBucketPolicy"),
        writes("s3:PutBucketPolicy"),
        writes("s3:DeleteBucketPolicy"),
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        let mut sightings = Sightings::default();
        let looks: Vec<_> = search
            .wanted
            .iter()
            .map(|wanted| async {
                let bucket = search.parent.as_ref().map(|it| it.id).or(wanted.text("bucket"));
                let found = match bucket {
                    Some(bucket) => look(clients, bucket, document(&wanted.fields)).await,
                    None => Ok(Found::Absent),
                };
                found.unwrap_or_else(|error| Found::Unknown(error.gap(wanted.address.to_string())))
            })
            .collect();
        for (wanted, found) in search.wanted.iter().zip(join_all(looks).await) {
            sightings.found.insert(wanted.address.clone(), found);
        }
        if let (Some(parent), true) = (&search.parent, search.wanted.is_empty()) {
            match get(clients, parent.id).await {
                Ok(there) => sightings.leftovers.extend(there.and_then(|it| stray(parent, &it))),
                Err(error) => {
                    let gap = error.gap(format!("the policy of {}", parent.address));
                    sightings.gaps.push(gap);
                }
            }
        }
        Ok(sightings)
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let id = want.bucket.clone();
        write(clients, target, want).await?;
        Ok(Made {
            id,
            outputs: BTreeMap::new(),
        })
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        _id: &str,
        _live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        write(clients, target, want).await
    }

    /// What others forbade stays.
    async fn delete(clients: &Clients, target: &Target<'_>, _id: &str, live: &Self) -> Result<(), WorldError> {
        let BucketPolicy { bucket, document } = live;
        let Some(there) = get(clients, bucket).await? else {
            return Ok(());
        };
        let (_, mut held) = split(&there, Some(document));
        held.retain(|(name, _)| !target.loosen.contains(name));
        if !held.is_empty() {
            let rest = Document::new(there.version(), held.into_iter().map(|(_, it)| it).collect());
            return put(clients, target, bucket, &rest).await;
        }
        let answer = eventually(
            target,
            "another change of the bucket to end",
            nothing_passes,
            || async {
                clients
                    .s3
                    .delete_bucket_policy()
                    .bucket(bucket)
                    .expected_bucket_owner(&clients.account)
                    .send()
                    .await
                    .map_err(|error| WorldError::of("s3:DeleteBucketPolicy", error))
            },
        )
        .await;
        present(answer)?;
        Ok(())
    }

    /// It has no mark of its own.
    async fn release(_clients: &Clients, _target: &Target<'_>, _id: &str) -> Result<(), WorldError> {
        Ok(())
    }
}

fn document(fields: &Value) -> Option<&Document> {
    match fields.get("document") {
        Some(Value::Policy(document)) => Some(document),
        _ => None,
    }
}

/// What the policy of a bucket of ours allows, when the file has no policy for that bucket: it goes.
///
/// A policy that only forbids is nobody's harm and stays.
fn stray(parent: &Parent<'_>, there: &Document) -> Option<Leftover> {
    let object = seen(parent.id, there, None);
    let Some(Value::Policy(ours)) = object.value.get("document") else {
        return None;
    };
    (!ours.statements().is_empty()).then(|| Leftover {
        address: Address::new(Kind::BucketPolicy, parent.address.name.as_str()),
        replaced: false,
        object,
    })
}

async fn look(clients: &Clients, bucket: &str, wanted: Option<&Document>) -> Result<Found, WorldError> {
    Ok(match get(clients, bucket).await? {
        Some(there) => Found::Ours(Box::new(seen(bucket, &there, wanted))),
        None => Found::Absent,
    })
}

fn seen(bucket: &str, there: &Document, wanted: Option<&Document>) -> Object {
    let (ours, held) = split(there, wanted);
    let noun = BucketPolicy {
        bucket: bucket.to_owned(),
        document: ours,
    };
    Object {
        id: bucket.to_owned(),
        value: noun.to_value(),
        outputs: BTreeMap::new(),
        held: held
            .into_iter()
            .map(|(name, statement)| Held {
                name,
                what: denials(&Document::new(there.version(), vec![statement])),
            })
            .collect(),
        marked: true,
        cost: None,
        keeps: None,
        propagating: None,
    }
}

/// Takes what somebody else forbade out of a document, with its names.
///
/// A Deny under the name of one of ours is an older form of it, or a spoilt one: it is compared and rewritten. S3 may
/// have given a nameless statement a number for a name, which counts as none.
fn split(there: &Document, wanted: Option<&Document>) -> (Document, Vec<(String, Statement)>) {
    let wanted: &[Statement] = wanted.map_or(&[], Document::statements);
    let names: BTreeSet<&str> = wanted.iter().filter_map(|it| it.sid.text()).collect();
    let mut held: Vec<(String, Statement)> = Vec::new();
    let mut ours = Vec::new();
    for statement in there.statements() {
        let named = statement
            .sid
            .text()
            .filter(|it| !it.is_empty() && !it.bytes().all(|byte| byte.is_ascii_digit()));
        let foreign = statement.effect == Effect::Deny
            && !wanted.contains(statement)
            && !named.is_some_and(|it| names.contains(it));
        if foreign {
            // A nameless statement is named by what it says, so that its name is the same next time.
            let name = named.map_or_else(
                || denials(&Document::new(there.version(), vec![statement.clone()])),
                str::to_owned,
            );
            held.push((name, statement.clone()));
        } else {
            ours.push(statement.clone());
        }
    }
    (Document::new(there.version(), ours), held)
}

async fn get(clients: &Clients, bucket: &str) -> Result<Option<Document>, WorldError> {
    let call = clients
        .s3
        .get_bucket_policy()
        .bucket(bucket)
        .expected_bucket_owner(&clients.account)
        .send();
    let answer = read(clients, call)
        .await
        .map_err(|error| WorldError::of("s3:GetBucketPolicy", error));
    let Some(text) = present(answer)?.and_then(|it| it.policy) else {
        return Ok(None);
    };
    Document::parse(&text)
        .map(Some)
        .map_err(|error| WorldError::own("s3:GetBucketPolicy", format!("the policy cannot be read: {error}")))
}

/// Writes ours and what is held, as it stands now and not as it stood when the plan was made.
async fn write(clients: &Clients, target: &Target<'_>, want: BucketPolicy) -> Result<(), WorldError> {
    let BucketPolicy { bucket, document } = want;
    let mut statements = document.statements().to_vec();
    if let Some(there) = get(clients, &bucket).await? {
        let (_, held) = split(&there, Some(&document));
        statements.extend(
            held.into_iter()
                .filter(|(name, _)| !target.loosen.contains(name))
                .map(|(_, statement)| statement),
        );
    }
    let whole = Document::new(document.version(), statements);
    put(clients, target, &bucket, &whole).await
}

async fn put(clients: &Clients, target: &Target<'_>, bucket: &str, document: &Document) -> Result<(), WorldError> {
    eventually(
        target,
        "S3 to know whom the bucket's policy names",
        principal_not_yet_there,
        || async {
            clients
                .s3
                .put_bucket_policy()
                .bucket(bucket)
                .policy(document.to_compact())
                .expected_bucket_owner(&clients.account)
                .send()
                .await
                .map_err(|error| WorldError::of("s3:PutBucketPolicy", error))
        },
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn statement(sid: &str, effect: &str, action: &str) -> String {
        format!(
            r#"{{"Sid":"{sid}","Effect":"{effect}","Principal":"*","Action":"{action}","Resource":"arn:aws:s3:::b/*"}}"#
        )
    }

    fn document(statements: &[String]) -> Document {
        Document::parse(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
            statements.join(",")
        ))
        .unwrap()
    }

    #[test]
    fn what_others_forbid_is_held_and_what_they_allow_is_a_difference() {
        let tls = statement("TlsOnly", "Deny", "s3:*");
        let wanted = document(std::slice::from_ref(&tls));
        let allow = statement("Public", "Allow", "s3:GetObject");
        let incident = statement("Incident", "Deny", "s3:GetObject");
        let nameless = statement("1", "Deny", "s3:PutObject");
        let there = document(&[tls.clone(), allow.clone(), incident, nameless]);
        let (ours, held) = split(&there, Some(&wanted));
        assert_eq!(ours, document(&[tls.clone(), allow]));
        let names: Vec<&str> = held.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Incident", "denies s3:PutObject"]);

        let older = document(&[statement("TlsOnly", "Deny", "s3:GetObject")]);
        assert_eq!(split(&older, Some(&wanted)), (older.clone(), vec![]));
    }
}
