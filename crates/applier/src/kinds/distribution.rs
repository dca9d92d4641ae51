//! How CloudFront spells a distribution.
//!
//! `UpdateDistribution` replaces the whole configuration and refuses one with gaps, so an update edits what
//! `GetDistributionConfig` returned. A caller reference that was ever used is refused for good, also after a deletion,
//! so it carries a number. Lists show the comment but no tags: the comment leads to candidates, the tags decide.

mod config;
mod removal;

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{DistributionConfigWithTags, Tag, TagKeys, Tags};
use futures_util::future::{join, join_all};
use planner::{Finding, Found, Gap, Leftover, Object};
use spec_model::kinds::Distribution;
use spec_model::{Address, Kind, Shaped, Stack};

use crate::calls::{changed, not_yet_there, nothing_passes, outputs, present, read, reads, writes};
use crate::clients::Clients;
use crate::error::{ErrorClass, WorldError};
use crate::eventually::eventually;
use crate::owner::{Candidate, Choice, MARKS, Owner, REPLACES, choose, owner};
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs, Wanted};

const WAIT: &str = "another change of the distribution to end";
/// The most numbers that are tried in a caller reference.
const MOST: u32 = 100;

impl Verbs for Distribution {
    const CALLS: &'static [Permission] = &[
        reads("cloudfront:ListDistributions"),
        reads("cloudfront:GetDistribution"),
        reads("cloudfront:ListTagsForResource"),
        reads("tag:GetResources"),
        writes("cloudfront:GetDistributionConfig"),
        writes("cloudfront:CreateDistribution"),
        writes("cloudfront:TagResource"),
        writes("cloudfront:UntagResource"),
        writes("cloudfront:UpdateDistribution"),
        writes("cloudfront:DeleteDistribution"),
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        let mut sightings = Sightings::default();
        let (listed, tagged) = join(list(clients), clients.tagged(search.stack)).await;
        let mut doubt = None;
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        let mut others: BTreeMap<String, String> = BTreeMap::new();
        match listed {
            Ok(listed) => {
                let prefix = format!("{}{} ", config::COMMENT, search.stack.mark());
                for summary in listed {
                    let adopted = search.wanted.iter().any(|it| it.adopt == Some(summary.id.as_str()));
                    if adopted || summary.comment.starts_with(&prefix) {
                        ids.insert(summary.id, summary.arn);
                    } else {
                        others.insert(summary.id, summary.arn);
                    }
                }
            }
            Err(error) => doubt = Some(error),
        }
        let unindexed = tagged.is_err();
        match tagged {
            Ok(tagged) => ids.extend(tagged.iter().filter_map(|it| {
                let (_, id) = it.arn.split_once(":distribution/")?;
                Some((id.to_owned(), it.arn.clone()))
            })),
            Err(error) => sightings
                .gaps
                .push(error.gap("distributions with another comment, or that have left the file")),
        }
        let mut looked = look_at(clients, ids).await;
        if unindexed && search.wanted.iter().any(|it| !is_among(search.stack, it, &looked)) {
            // An adopted one keeps its comment and is known by its tags: without the index it is one of the others, and
            // a second one would cost more than the reads.
            looked.extend(look_at(clients, others).await);
        }
        sort(search, &mut sightings, looked, doubt.as_ref());
        Ok(sightings)
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let mut tags = want.tags.0.clone();
        if let Some(old) = target.replaces {
            tags.insert(REPLACES.to_owned(), old.to_owned());
        }
        let comment = target.stack.comment(target.address);
        let tags = Tags::builder().set_items(Some(to_tags(&tags))).build();
        for number in 1..=MOST {
            let reference = format!("{}/{}/{number}", target.stack.mark(), target.address);
            let config = DistributionConfigWithTags::builder()
                .distribution_config(config::fresh(&want, &reference, &comment))
                .tags(tags.clone())
                .build();
            let answer = eventually(
                target,
                "CloudFront to know the origin access control",
                no_access_control,
                || async {
                    clients
                        .cloudfront
                        .create_distribution_with_tags()
                        .distribution_config_with_tags(config.clone())
                        .send()
                        .await
                        .map_err(|error| WorldError::of("cloudfront:CreateDistribution", error))
                },
            )
            .await;
            match answer {
                Ok(answer) => {
                    let distribution = answer.distribution.ok_or_else(|| {
                        WorldError::own("cloudfront:CreateDistribution", "the answer holds no distribution")
                    })?;
                    return Ok(Made {
                        outputs: outputs_of(&distribution.id, &distribution.arn, &distribution.domain_name),
                        id: distribution.id,
                    });
                }
                Err(error) if error.has_code("DistributionAlreadyExists") => {
                    // Either an answer of ours got lost, or the number belonged to one that was deleted or that this
                    // one replaces (measured: aws-sdk-go #2213, cdkd #2079).
                    if let Some(made) = take_over(clients, target, &want).await? {
                        return Ok(made);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(WorldError::own(
            "cloudfront:CreateDistribution",
            format!("the caller references up to number {MOST} were all used before"),
        ))
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        id: &str,
        live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        let mut fields = want.clone();
        fields.tags = live.tags.clone();
        if fields != *live {
            write(clients, target, id, live, &fields).await?;
        }
        let new = changed(&live.tags.0, &want.tags.0);
        if !new.is_empty() {
            let tags = Tags::builder().set_items(Some(to_tags(&new))).build();
            clients
                .cloudfront
                .tag_resource()
                .resource(arn_of(clients, id).await?)
                .tags(tags)
                .send()
                .await
                .map_err(|error| WorldError::of("cloudfront:TagResource", error))?;
        }
        Ok(())
    }

    async fn delete(clients: &Clients, target: &Target<'_>, id: &str, _live: &Self) -> Result<(), WorldError> {
        removal::remove(clients, target, id).await
    }

    async fn release(clients: &Clients, _target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        let keys = TagKeys::builder()
            .set_items(Some(MARKS.map(str::to_owned).to_vec()))
            .build();
        clients
            .cloudfront
            .untag_resource()
            .resource(arn_of(clients, id).await?)
            .tag_keys(keys)
            .send()
            .await
            .map_err(|error| WorldError::of("cloudfront:UntagResource", error))?;
        Ok(())
    }
}

/// A distribution as it was read.
struct There {
    tags: BTreeMap<String, String>,
    comment: String,
    object: Object,
    /// What of it is not ours and keeps IGV out; the address is put in later.
    remarks: Vec<(String, String)>,
}

/// A distribution of the list: what leads to candidates.
struct Summary {
    id: String,
    arn: String,
    comment: String,
}

/// What a read of each distribution gave, by id.
type Looked = Vec<(String, Result<Option<There>, WorldError>)>;

/// Reads distributions by their ids, which have their ARNs behind them. As many at once as `clients` lets through.
async fn look_at(clients: &Clients, ids: BTreeMap<String, String>) -> Looked {
    let looks = ids.into_iter().map(|(id, arn)| async move {
        let looked = look(clients, &id, &arn).await;
        (id, looked)
    });
    join_all(looks).await
}

/// Whether the object of an address is among those that were read.
fn is_among(stack: &Stack, wanted: &Wanted<'_>, looked: &Looked) -> bool {
    let mut there = looked
        .iter()
        .filter_map(|(id, it)| Some((id, it.as_ref().ok()?.as_ref()?)));
    there.any(|(id, it)| wanted.adopt == Some(id) || is_of(stack, wanted.address, &it.tags))
}

async fn list(clients: &Clients) -> Result<Vec<Summary>, WorldError> {
    let mut marker = None;
    let mut found = Vec::new();
    loop {
        let call = clients.cloudfront.list_distributions().set_marker(marker).send();
        let page = read(clients, call)
            .await
            .map_err(|error| WorldError::of("cloudfront:ListDistributions", error))?
            .distribution_list
            .ok_or_else(|| WorldError::own("cloudfront:ListDistributions", "the answer holds no list"))?;
        found.extend(page.items.unwrap_or_default().into_iter().map(|it| Summary {
            id: it.id,
            arn: it.arn,
            comment: it.comment,
        }));
        if !page.is_truncated {
            return Ok(found);
        }
        marker = page.next_marker;
    }
}

async fn look(clients: &Clients, id: &str, arn: &str) -> Result<Option<There>, WorldError> {
    let tagging = clients.cloudfront.list_tags_for_resource().resource(arn).send();
    let getting = clients.cloudfront.get_distribution().id(id).send();
    let (tags, distribution) = join(read(clients, tagging), read(clients, getting)).await;
    let distribution = present(distribution.map_err(|error| WorldError::of("cloudfront:GetDistribution", error)))?;
    let Some(distribution) = distribution.and_then(|it| it.distribution) else {
        return Ok(None);
    };
    let tags = present(tags.map_err(|error| WorldError::of("cloudfront:ListTagsForResource", error)))?;
    let tags = tags
        .and_then(|it| it.tags)
        .map(|it| from_tags(it.items()))
        .unwrap_or_default();
    seen(&distribution, tags).map(Some)
}

fn seen(
    distribution: &aws_sdk_cloudfront::types::Distribution,
    tags: BTreeMap<String, String>,
) -> Result<There, WorldError> {
    let config = distribution
        .distribution_config()
        .ok_or_else(|| WorldError::own("cloudfront:GetDistribution", "the answer holds no configuration"))?;
    let noun = config::seen(config, &tags)?;
    Ok(There {
        comment: config.comment().to_owned(),
        remarks: config::remarks(config),
        object: Object {
            id: distribution.id().to_owned(),
            value: noun.to_value(),
            outputs: outputs_of(distribution.id(), distribution.arn(), distribution.domain_name()),
            held: Vec::new(),
            marked: true,
            cost: None,
            keeps: None,
            propagating: (distribution.status() == "InProgress").then(|| "deploying".to_owned()),
        },
        tags,
    })
}

fn outputs_of(id: &str, arn: &str, domain: &str) -> BTreeMap<String, spec_model::Value> {
    outputs([
        ("id", id.to_owned()),
        ("arn", arn.to_owned()),
        ("domain", domain.to_owned()),
        ("url", format!("https://{domain}")),
    ])
}

/// Puts what was read to the addresses, the leftovers and the strangers under our comment.
fn sort(search: &Search<'_>, sightings: &mut Sightings, looked: Looked, doubt: Option<&WorldError>) {
    let mut ours: BTreeMap<Address, Vec<Candidate<There>>> = BTreeMap::new();
    let mut adopted: BTreeMap<String, There> = BTreeMap::new();
    let mut claimed: BTreeMap<String, String> = BTreeMap::new();
    let mut strangers: BTreeMap<String, (String, Option<String>)> = BTreeMap::new();
    let mut unread: Vec<(String, WorldError)> = Vec::new();
    for (id, answer) in looked {
        let there = match answer {
            Ok(Some(there)) => there,
            Ok(None) => continue,
            Err(error) => {
                unread.push((id, error));
                continue;
            }
        };
        if search.wanted.iter().any(|it| it.adopt == Some(id.as_str())) {
            match owner(search.stack, &there.tags) {
                Owner::Other(Some(who)) => claimed.insert(id, who).map(drop),
                Owner::Ours { .. } | Owner::Other(None) => adopted.insert(id, there).map(drop),
            };
            continue;
        }
        match owner(search.stack, &there.tags) {
            Owner::Ours {
                address: Some(address),
                replaces,
            } => {
                let candidate = Candidate {
                    id,
                    replaces,
                    it: there,
                };
                ours.entry(address).or_default().push(candidate);
            }
            Owner::Ours { address: None, .. } => {
                strangers.insert(there.comment, (id, None));
            }
            Owner::Other(claimed_by) => {
                strangers.insert(there.comment, (id, claimed_by));
            }
        }
    }
    for wanted in &search.wanted {
        let address = wanted.address;
        if let Some((id, who)) = wanted.adopt.and_then(|id| claimed.remove_entry(id)) {
            let claimed_by = Some(who);
            sightings
                .found
                .insert(address.clone(), Found::Foreign { id, claimed_by });
            continue;
        }
        let there = match wanted.adopt.and_then(|id| adopted.remove(id)) {
            Some(there) => Some(there),
            None => match choose(ours.remove(address).unwrap_or_default()) {
                Choice::Nothing => None,
                Choice::One(there, replaced) => {
                    sightings.leftovers.extend(replaced.into_iter().map(|old| Leftover {
                        address: address.clone(),
                        replaced: true,
                        object: old.object,
                    }));
                    Some(there)
                }
                Choice::Several(ids) => {
                    sightings.found.insert(address.clone(), Found::Ambiguous { ids });
                    continue;
                }
            },
        };
        let found = match there {
            Some(there) => {
                sightings
                    .findings
                    .extend(there.remarks.into_iter().map(|(name, what)| Finding {
                        address: address.clone(),
                        name,
                        what,
                        harm: planner::Harm::LocksOut,
                    }));
                Found::Ours(Box::new(there.object))
            }
            // One that could not be read may be it, and a list that could not be read may hold it.
            None => match (unread.first(), doubt, strangers.remove(&search.stack.comment(address))) {
                (Some((id, error)), _, _) => Found::Unknown(error.gap(format!("{address} (distribution {id})"))),
                (None, Some(error), _) => Found::Unknown(list_gap(error)),
                (None, None, Some((id, claimed_by))) => Found::Foreign { id, claimed_by },
                (None, None, None) => Found::Absent,
            },
        };
        sightings.found.insert(address.clone(), found);
    }
    // What the index knows is found without the list, but not what it does not show yet.
    sightings.gaps.extend(doubt.map(list_gap));
    if search.wanted.is_empty() {
        let errors = unread.iter().map(|(_, error)| error);
        sightings
            .gaps
            .extend(errors.map(|error| error.gap("distributions that have left the file")));
    }
    for (address, candidates) in ours {
        if address.kind == Kind::Distribution && !search.known.contains(&&address) {
            sightings.leftovers.extend(candidates.into_iter().map(|it| Leftover {
                address: address.clone(),
                replaced: false,
                object: it.it.object,
            }));
        }
    }
}

fn list_gap(error: &WorldError) -> Gap {
    error.gap("the list of distributions")
}

/// An access control that was made a moment ago.
fn no_access_control(error: &WorldError) -> bool {
    not_yet_there(error) || error.has_code("InvalidOriginAccessControl")
}

/// The distribution of this address that a call made whose answer got lost, brought to what is wanted.
async fn take_over(clients: &Clients, target: &Target<'_>, want: &Distribution) -> Result<Option<Made>, WorldError> {
    let comment = target.stack.comment(target.address);
    for summary in list(clients).await? {
        if summary.comment != comment || target.replaces == Some(summary.id.as_str()) {
            continue;
        }
        let Some(there) = look(clients, &summary.id, &summary.arn).await? else {
            continue;
        };
        if !is_of(target.stack, target.address, &there.tags) {
            continue;
        }
        let live = Distribution::from_value(&there.object.value)
            .map_err(|misfit| WorldError::own("cloudfront:GetDistribution", misfit.to_string()))?;
        Distribution::update(clients, target, &summary.id, &live, want.clone()).await?;
        return Ok(Some(Made {
            id: there.object.id,
            outputs: there.object.outputs,
        }));
    }
    Ok(None)
}

fn is_of(stack: &Stack, address: &Address, tags: &BTreeMap<String, String>) -> bool {
    matches!(owner(stack, tags), Owner::Ours { address: Some(it), .. } if it == *address)
}

/// Edits what CloudFront has, under the ETag of the very moment.
///
/// When somebody else wrote in between, the edit is made again only if our fields still are what the plan saw.
async fn write(
    clients: &Clients,
    target: &Target<'_>,
    id: &str,
    live: &Distribution,
    want: &Distribution,
) -> Result<(), WorldError> {
    let comment = target.stack.comment(target.address);
    eventually(target, WAIT, nothing_passes, || async {
        let (mut config, tag) = get_config(clients, id).await?;
        let now = config::seen(&config, &live.tags.0)?;
        if now != *live && now != *want {
            let mut error = WorldError::own(
                "cloudfront:UpdateDistribution",
                "somebody changed the distribution since the plan was made",
            );
            // A stale read looks the same and passes.
            error.class = ErrorClass::Conflict;
            return Err(error);
        }
        config::edit(&mut config, want, &comment);
        put_config(clients, id, config, tag).await
    })
    .await
}

async fn get_config(
    clients: &Clients,
    id: &str,
) -> Result<(aws_sdk_cloudfront::types::DistributionConfig, Option<String>), WorldError> {
    let answer = clients
        .cloudfront
        .get_distribution_config()
        .id(id)
        .send()
        .await
        .map_err(|error| WorldError::of("cloudfront:GetDistributionConfig", error))?;
    let config = answer
        .distribution_config
        .ok_or_else(|| WorldError::own("cloudfront:GetDistributionConfig", "the answer holds no configuration"))?;
    Ok((config, answer.e_tag))
}

async fn put_config(
    clients: &Clients,
    id: &str,
    config: aws_sdk_cloudfront::types::DistributionConfig,
    tag: Option<String>,
) -> Result<(), WorldError> {
    clients
        .cloudfront
        .update_distribution()
        .id(id)
        .set_if_match(tag)
        .distribution_config(config)
        .send()
        .await
        .map_err(|error| WorldError::of("cloudfront:UpdateDistribution", error))?;
    Ok(())
}

/// Tag calls want the ARN, and only CloudFront knows its partition.
async fn arn_of(clients: &Clients, id: &str) -> Result<String, WorldError> {
    let answer = clients
        .cloudfront
        .get_distribution()
        .id(id)
        .send()
        .await
        .map_err(|error| WorldError::of("cloudfront:GetDistribution", error))?;
    answer
        .distribution
        .map(|it| it.arn)
        .ok_or_else(|| WorldError::own("cloudfront:GetDistribution", "the answer holds no distribution"))
}

fn from_tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key().to_owned(), tag.value().unwrap_or_default().to_owned()))
        .collect()
}

fn to_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build().expect("the key is set"))
        .collect()
}
