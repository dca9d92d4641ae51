//! How S3 spells a bucket.
//!
//! A bucket is a name and a dozen sub-resources, each with its own calls and its own error for "not configured".
//! Every call names the account that must own the bucket: a name that changed hands must be an error. Writes to one
//! bucket follow one another, because S3 refuses side by side ones (`OperationAborted`). In `us-east-1` making a
//! bucket that is ours already answers as if it had been made.

mod contents;
mod parts;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use futures_util::future::join_all;
use planner::{Finding, Found, Gap, Harm, Leftover, Object};
use spec_model::kinds::Bucket;
use spec_model::{Cost, Entries, Kind, Shaped, Stack, Value};

use crate::calls::{changed, not_yet_there, nothing_passes, outputs, present, read, reads, writes};
use crate::clients::Clients;
use crate::error::{ErrorClass, WorldError};
use crate::eventually::eventually;
use crate::owner::{Candidate, Choice, MARKS, Owner, choose, owner};
use crate::s3_objects::{from_tags, to_tags};
use crate::tagged::TaggedObject;
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs, Wanted};

use parts::{Part, Parts, Which};

const WAIT: &str = "another change of the bucket to end";

impl Verbs for Bucket {
    const CALLS: &'static [Permission] = &[
        reads("s3:GetBucketTagging"),
        reads("s3:GetBucketPublicAccessBlock"),
        reads("s3:GetBucketOwnershipControls"),
        reads("s3:GetEncryptionConfiguration"),
        reads("s3:GetLifecycleConfiguration"),
        reads("s3:GetBucketVersioning"),
        reads("s3:GetBucketCORS"),
        reads("s3:GetBucketLogging"),
        reads("s3:GetReplicationConfiguration"),
        reads("s3:GetBucketWebsite"),
        reads("s3:ListBucketVersions"),
        reads("s3:GetObjectVersionTagging"),
        reads("tag:GetResources"),
        writes("s3:CreateBucket"),
        writes("s3:TagResource"),
        writes("s3:PutBucketTagging"),
        writes("s3:PutBucketPublicAccessBlock"),
        writes("s3:PutBucketOwnershipControls"),
        writes("s3:PutBucketAcl"),
        writes("s3:PutEncryptionConfiguration"),
        writes("s3:PutBucketVersioning"),
        writes("s3:PutLifecycleConfiguration"),
        writes("s3:PutBucketCORS"),
        writes("s3:PutBucketLogging"),
        writes("s3:DeleteObjectVersion"),
        writes("s3:ListBucketMultipartUploads"),
        writes("s3:AbortMultipartUpload"),
        writes("s3:DeleteBucket"),
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        let mut sightings = Sightings::default();
        for wanted in &search.wanted {
            // Its name is its id, so what is in it need not wait for its tags.
            if let Some(name) = wanted.adopt.or(wanted.text("name")) {
                search
                    .early
                    .say(wanted.address, name, outputs_of(clients, name, &clients.region));
            }
        }
        let looks: Vec<_> = search.wanted.iter().map(|wanted| find_one(clients, wanted)).collect();
        let (looked, tagged) = futures_util::future::join(join_all(looks), clients.tagged(search.stack)).await;
        let mut names = BTreeSet::new();
        for (wanted, answer) in search.wanted.iter().zip(looked) {
            let found = match answer {
                Ok(Look::Nothing) => Found::Absent,
                Ok(Look::Elsewhere { name, region }) => Found::Foreign {
                    id: name,
                    claimed_by: Some(format!("a bucket in region {region}")),
                },
                Ok(Look::There(there)) => {
                    names.insert(there.object.id.clone());
                    let adopted = wanted.adopt == Some(there.object.id.as_str());
                    match owner(search.stack, &there.tags) {
                        Owner::Other(claimed_by) if !adopted || claimed_by.is_some() => Found::Foreign {
                            id: there.object.id,
                            claimed_by,
                        },
                        Owner::Ours { .. } | Owner::Other(_) => {
                            sightings.findings.extend(findings(wanted, &there));
                            sightings.gaps.extend(there.gaps);
                            Found::Ours(Box::new(there.object))
                        }
                    }
                }
                Err((name, error)) => Found::Unknown(unreadable(&name, &error)),
            };
            sightings.found.insert(wanted.address.clone(), found);
        }
        match tagged {
            Ok(tagged) => strays(clients, search, &tagged, &names, &mut sightings).await,
            Err(error) => sightings
                .gaps
                .push(error.gap("buckets under other names, or that have left the file")),
        }
        Ok(sightings)
    }

    async fn weigh(clients: &Clients, stack: &Stack, object: &mut Object) {
        if let Ok(contents) = contents::look(clients, stack, &object.id).await {
            object.keeps = contents.keeps();
            if contents.is_empty() {
                object.cost = Some(Cost::Nothing);
            }
        }
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let answer = eventually(target, "the bucket's name to be free again", nothing_passes, || {
            create_bucket(clients, &want)
        })
        .await;
        // Elsewhere than in `us-east-1` the code says that the name is ours; it says nothing of mark and region, and
        // in `us-east-1` not even that there was a bucket (measured: cdkd #2227, #2240). The tags say both.
        let confirm = match answer {
            Ok(()) => want.region == "us-east-1",
            Err(error) if error.has_code("BucketAlreadyOwnedByYou") => true,
            Err(error) => return Err(error),
        };
        if confirm {
            let tags = match eventually(target, "S3 to know the bucket", not_yet_there, || {
                get_tags(clients, &want.name)
            })
            .await
            {
                Ok(Tagging::Here(tags)) => tags,
                Ok(Tagging::Elsewhere(region)) => {
                    return Err(WorldError::own(
                        "s3:CreateBucket",
                        format!("the account has a bucket `{}` in region {region}", want.name),
                    ));
                }
                Err(error) => return Err(error),
            };
            match owner(target.stack, &tags) {
                Owner::Ours { .. } => {}
                Owner::Other(claimed_by) => {
                    let whose = claimed_by.map(|it| format!(": {it}")).unwrap_or_default();
                    return Err(WorldError::own(
                        "s3:CreateBucket",
                        format!("the account has a bucket `{}` that is not ours{whose}", want.name),
                    ));
                }
            }
        }
        let made = Made {
            id: want.name.clone(),
            outputs: outputs_of(clients, &want.name, &want.region),
        };
        let Bucket {
            name,
            region: _,
            public_access,
            ownership,
            encryption,
            versioning,
            abort_incomplete_uploads,
            cors,
            access_log,
            // They went with the creating call.
            tags: _,
        } = want;
        let write = Part {
            clients,
            target,
            bucket: &name,
            passes: not_yet_there,
        };
        write.public_access(&public_access).await?;
        write.ownership(ownership).await?;
        write.encryption(&encryption).await?;
        if let Some(versioning) = versioning {
            write.versioning(versioning).await?;
        }
        write.abort_incomplete_uploads(abort_incomplete_uploads).await?;
        if let Some(cors) = cors.filter(|rules| !rules.is_empty()) {
            write.cors(&cors).await?;
        }
        if let Some(access_log) = access_log {
            write.access_log(&access_log).await?;
        }
        Ok(made)
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        id: &str,
        live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        let Bucket {
            name: _,
            region: _,
            public_access,
            ownership,
            encryption,
            versioning,
            abort_incomplete_uploads,
            cors,
            access_log,
            tags,
        } = want;
        let write = Part {
            clients,
            target,
            bucket: id,
            passes: nothing_passes,
        };
        let blocks = |it: &spec_model::kinds::PublicAccess| {
            [it.block_acls, it.ignore_acls, it.block_policy, it.restrict]
                .into_iter()
                .filter(|on| *on)
                .count()
        };
        let opens = blocks(&public_access) < blocks(&live.public_access);
        if live.public_access != public_access && !opens {
            write.public_access(&public_access).await?;
        }
        if live.ownership != ownership {
            write.ownership(ownership).await?;
        }
        if live.encryption != encryption {
            write.encryption(&encryption).await?;
        }
        if let Some(versioning) = versioning
            && live.versioning != Some(versioning)
        {
            write.versioning(versioning).await?;
        }
        if live.abort_incomplete_uploads != abort_incomplete_uploads {
            write.abort_incomplete_uploads(abort_incomplete_uploads).await?;
        }
        if let Some(cors) = &cors
            && live.cors.as_ref() != Some(cors)
        {
            write.cors(cors).await?;
        }
        if let Some(access_log) = &access_log
            && live.access_log.as_ref() != Some(access_log)
        {
            write.access_log(access_log).await?;
        }
        if opens {
            write.public_access(&public_access).await?;
        }
        if !changed(&live.tags.0, &tags.0).is_empty() {
            let Tagging::Here(mut all) = get_tags(clients, id).await? else {
                return Err(WorldError::own(
                    "s3:GetBucketTagging",
                    "the bucket is in another region",
                ));
            };
            all.extend(tags.0);
            put_tags(clients, target, id, all).await?;
        }
        Ok(())
    }

    async fn delete(clients: &Clients, target: &Target<'_>, id: &str, _live: &Self) -> Result<(), WorldError> {
        contents::remove_ours(clients, target, id).await?;
        let answer = eventually(target, WAIT, nothing_passes, || async {
            clients
                .s3
                .delete_bucket()
                .bucket(id)
                .expected_bucket_owner(&clients.account)
                .send()
                .await
                .map_err(|error| WorldError::of("s3:DeleteBucket", error))
        })
        .await;
        present(answer)?;
        Ok(())
    }

    async fn release(clients: &Clients, target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        let Tagging::Here(before) = get_tags(clients, id).await? else {
            return Err(WorldError::own(
                "s3:GetBucketTagging",
                "the bucket is in another region",
            ));
        };
        let mut after = before.clone();
        after.retain(|key, _| !MARKS.contains(&key.as_str()));
        if after == before {
            return Ok(());
        }
        put_tags(clients, target, id, after).await
    }
}

/// What a look at a bucket saw.
enum Look {
    Nothing,
    Elsewhere { name: String, region: String },
    There(Box<There>),
}

/// A bucket as it was read.
struct There {
    tags: BTreeMap<String, String>,
    object: Object,
    website: bool,
    replicates_to: Vec<String>,
    gaps: Vec<Gap>,
}

/// The bucket under `adopt`, else the one of the wanted name.
async fn find_one(clients: &Clients, wanted: &Wanted<'_>) -> Result<Look, (String, WorldError)> {
    let which = Which::of(&wanted.fields);
    for name in [wanted.adopt, wanted.text("name")].into_iter().flatten() {
        match look(clients, name, which).await {
            Ok(Look::Nothing) => {}
            Ok(it) => return Ok(it),
            Err(error) => return Err((name.to_owned(), error)),
        }
    }
    Ok(Look::Nothing)
}

/// Reads a bucket's tags and sub-resources side by side; that it is there, its tags tell.
async fn look(clients: &Clients, name: &str, which: Which) -> Result<Look, WorldError> {
    let (tagging, parts) = futures_util::future::join(get_tags(clients, name), Parts::read(clients, name, which)).await;
    let tags = match tagging {
        Ok(Tagging::Here(tags)) => tags,
        Ok(Tagging::Elsewhere(region)) => {
            return Ok(Look::Elsewhere {
                name: name.to_owned(),
                region,
            });
        }
        Err(error) if error.has_code("NoSuchBucket") => return Ok(Look::Nothing),
        Err(error) => return Err(error),
    };
    let Some(parts) = present(parts)? else {
        return Ok(Look::Nothing);
    };
    Ok(Look::There(Box::new(seen(clients, name, tags, parts))))
}

fn seen(clients: &Clients, name: &str, tags: BTreeMap<String, String>, parts: Parts) -> There {
    let Parts {
        public_access,
        ownership,
        encryption,
        versioning,
        abort_incomplete_uploads,
        cors,
        access_log,
        website,
        replicates_to,
        gaps,
    } = parts;
    let noun = Bucket {
        name: name.to_owned(),
        // Asked in our region it answered, so it is there.
        region: clients.region.clone(),
        public_access,
        ownership,
        encryption,
        versioning,
        abort_incomplete_uploads,
        cors,
        access_log,
        tags: Entries(tags.clone()),
    };
    There {
        tags,
        object: Object {
            id: name.to_owned(),
            value: noun.to_value(),
            outputs: outputs_of(clients, name, &clients.region),
            held: Vec::new(),
            marked: true,
            cost: None,
            keeps: None,
            propagating: None,
        },
        website,
        replicates_to,
        gaps,
    }
}

fn outputs_of(clients: &Clients, name: &str, region: &str) -> BTreeMap<String, Value> {
    // The partition is not in any answer of S3; the SDK's endpoint rules give the suffix that tells it.
    let partition = if clients.dns_suffix.ends_with(".cn") {
        "aws-cn"
    } else {
        "aws"
    };
    outputs([
        ("name", name.to_owned()),
        ("arn", format!("arn:{partition}:s3:::{name}")),
        ("regional_domain", format!("{name}.s3.{region}.{}", clients.dns_suffix)),
    ])
}

/// What is not ours and matters: a website, and copies elsewhere.
fn findings(wanted: &Wanted<'_>, there: &There) -> Vec<Finding> {
    let website = there.website.then(|| Finding {
        address: wanted.address.clone(),
        name: "website".to_owned(),
        what: "the bucket answers as a website, and nothing blocks the public".to_owned(),
        harm: Harm::LetsIn,
    });
    let replication = there.replicates_to.iter().map(|bucket| Finding {
        address: wanted.address.clone(),
        name: format!("replication to {bucket}"),
        what: "copies of the data go to another bucket, under whatever rights that has".to_owned(),
        harm: Harm::LetsIn,
    });
    website.into_iter().chain(replication).collect()
}

fn unreadable(name: &str, error: &WorldError) -> Gap {
    // S3 answers the same for somebody else's bucket and for one of ours that the caller may not read.
    error.gap(if error.class == ErrorClass::Denied {
        format!("bucket `{name}` (somebody else's, or no permission)")
    } else {
        format!("bucket `{name}`")
    })
}

/// Buckets with our mark that no name led to: renamed in the file, or left it.
async fn strays(
    clients: &Clients,
    search: &Search<'_>,
    tagged: &[TaggedObject],
    names: &BTreeSet<String>,
    sightings: &mut Sightings,
) {
    let looks: Vec<_> = tagged
        .iter()
        .filter_map(|it| {
            let (_, name) = it.arn.split_once(":s3:::")?;
            // The index lags, so its address only says whether a look is worth it.
            (!name.contains('/') && !names.contains(name)).then_some(name)
        })
        .map(|name| async move {
            let which = search
                .wanted
                .iter()
                .map(|it| Which::of(&it.fields))
                .fold(Which::default(), Which::or);
            (name, look(clients, name, which).await)
        })
        .collect();
    let mut candidates: BTreeMap<_, Vec<Candidate<Object>>> = BTreeMap::new();
    for (name, answer) in join_all(looks).await {
        let there = match answer {
            Ok(Look::There(there)) => there,
            Ok(Look::Nothing | Look::Elsewhere { .. }) => continue,
            Err(error) => {
                sightings.gaps.push(unreadable(name, &error));
                continue;
            }
        };
        let Owner::Ours {
            address: Some(address),
            replaces,
        } = owner(search.stack, &there.tags)
        else {
            continue;
        };
        if address.kind == Kind::Bucket {
            candidates.entry(address).or_default().push(Candidate {
                id: name.to_owned(),
                replaces,
                it: there.object,
            });
        }
    }
    for (address, candidates) in candidates {
        if matches!(sightings.found.get(&address), Some(Found::Absent)) {
            let found = match choose(candidates) {
                Choice::Nothing => Found::Absent,
                Choice::One(object, _) => Found::Ours(Box::new(object)),
                Choice::Several(ids) => Found::Ambiguous { ids },
            };
            sightings.found.insert(address, found);
        } else if !search.known.contains(&&address) {
            for Candidate { it: mut object, .. } in candidates {
                Bucket::weigh(clients, search.stack, &mut object).await;
                sightings.leftovers.push(Leftover {
                    address: address.clone(),
                    replaced: false,
                    object,
                });
            }
        }
    }
}

/// A bucket's tags, or where it is instead.
enum Tagging {
    Here(BTreeMap<String, String>),
    Elsewhere(String),
}

async fn get_tags(clients: &Clients, name: &str) -> Result<Tagging, WorldError> {
    let call = clients
        .s3
        .get_bucket_tagging()
        .bucket(name)
        .expected_bucket_owner(&clients.account)
        .send();
    match read(clients, call).await {
        Ok(answer) => Ok(Tagging::Here(from_tags(&answer.tag_set))),
        Err(error) => {
            let region = error
                .raw_response()
                .and_then(|it| it.headers().get("x-amz-bucket-region"))
                .map(str::to_owned);
            let moved = error.raw_response().is_some_and(|it| it.status().as_u16() == 301);
            let error = WorldError::of("s3:GetBucketTagging", error);
            if error.has_code("NoSuchTagSet") {
                return Ok(Tagging::Here(BTreeMap::new()));
            }
            // A bucket elsewhere answers 301, or 400 where the request was signed for the wrong region.
            if moved || error.has_code("PermanentRedirect") || error.has_code("AuthorizationHeaderMalformed") {
                return Ok(Tagging::Elsewhere(region.unwrap_or_else(|| "unknown to us".to_owned())));
            }
            Err(error)
        }
    }
}

async fn put_tags(
    clients: &Clients,
    target: &Target<'_>,
    bucket: &str,
    mut tags: BTreeMap<String, String>,
) -> Result<(), WorldError> {
    // AWS keeps its own tags itself and refuses to be sent them.
    tags.retain(|key, _| !key.starts_with("aws:"));
    let tagging = aws_sdk_s3::types::Tagging::builder()
        .set_tag_set(Some(to_tags(&tags)))
        .build()
        .expect("the set of tags is set");
    eventually(target, WAIT, nothing_passes, || async {
        clients
            .s3
            .put_bucket_tagging()
            .bucket(bucket)
            .tagging(tagging.clone())
            .expected_bucket_owner(&clients.account)
            .send()
            .await
            .map_err(|error| WorldError::of("s3:PutBucketTagging", error))
    })
    .await?;
    Ok(())
}

/// Makes the bucket with its tags; the owner is the caller, so there is none to expect yet.
async fn create_bucket(clients: &Clients, want: &Bucket) -> Result<(), WorldError> {
    let place = (want.region != "us-east-1").then(|| BucketLocationConstraint::from(want.region.as_str()));
    clients
        .s3
        .create_bucket()
        .bucket(&want.name)
        .create_bucket_configuration(
            CreateBucketConfiguration::builder()
                .set_location_constraint(place)
                .set_tags(Some(to_tags(&want.tags.0)))
                .build(),
        )
        .send()
        .await
        .map_err(|error| WorldError::of("s3:CreateBucket", error))?;
    Ok(())
}
