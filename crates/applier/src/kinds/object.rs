//! How S3 spells a data file.
//!
//! What is there comes from one listing of the bucket; our mark and the fingerprint are object tags, so a plan never
//! needs the right to read data. An object without our mark is what the file asks for, and is never written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures_util::future::join_all;
use planner::{Finding, Found, Harm, Leftover, UNKNOWN};
use spec_model::kinds::Object;
use spec_model::{Address, Kind, Shaped, Stack};

use crate::calls::{reads, writes};
use crate::clients::Clients;
use crate::error::{ErrorClass, WorldError};
use crate::fingerprint::{fingerprint, is_fingerprint};
use crate::listing::{self, Entry};
use crate::owner::{Owner, SPEC, STACK, owner};
use crate::s3_objects::{delete_key, put_tags, release, tags};
use crate::upload::{Upload, upload};
use crate::verbs::{Made, Permission, Search, Sightings, Target, Verbs, Wanted};

/// The tag that says what we uploaded.
const FINGERPRINT: &str = "igvctl:fingerprint";
/// Unknown objects whose tags are read in search of what has left the file.
const STRAYS: usize = 1000;

impl Verbs for Object {
    const CALLS: &'static [Permission] = &[
        reads("s3:ListBucket"),
        reads("s3:GetObjectTagging"),
        writes("s3:PutObject"),
        writes("s3:PutObjectTagging"),
        writes("s3:AbortMultipartUpload"),
        writes("s3:ListBucketVersions"),
        writes("s3:GetObjectVersionTagging"),
        writes("s3:DeleteObject"),
        writes("s3:DeleteObjectVersion"),
    ];

    async fn find(clients: &Clients, search: &Search<'_>) -> Result<Sightings, WorldError> {
        let mut sightings = Sightings::default();
        let Some(bucket) = search
            .parent
            .as_ref()
            .map(|it| it.id)
            .or_else(|| search.wanted.iter().find_map(|it| it.text("bucket")))
        else {
            return Ok(sightings);
        };
        let keys: Vec<(&Wanted<'_>, String)> = search
            .wanted
            .iter()
            .filter_map(|wanted| Some((wanted, place(bucket, wanted)?)))
            .collect();
        let there = match list(clients, bucket, keys.iter().map(|(_, key)| key.as_str()).collect()).await {
            Ok(it) => it,
            Err(error) if error.is_missing() => return Ok(sightings),
            Err(error) => {
                for (wanted, _) in &keys {
                    let gap = error.gap(wanted.address.to_string());
                    sightings.found.insert(wanted.address.clone(), Found::Unknown(gap));
                }
                return Ok(sightings);
            }
        };
        let looks: Vec<_> = keys
            .iter()
            .map(|(wanted, key)| look(clients, search.stack, bucket, key, there.get(key), wanted))
            .collect();
        for ((wanted, key), found) in keys.iter().zip(join_all(looks).await) {
            sightings.findings.extend(
                there
                    .get(key)
                    .and_then(|entry| entry.archive.as_ref())
                    .map(|class| Finding {
                        address: wanted.address.clone(),
                        name: format!("storage class {class}"),
                        what: "an archived object cannot be read before it is restored".to_owned(),
                        harm: Harm::LocksOut,
                    }),
            );
            sightings.found.insert(wanted.address.clone(), found);
        }
        if let Some(parent) = &search.parent {
            strays(clients, search, &mut sightings, parent.address, bucket, &there).await;
        }
        Ok(sightings)
    }

    async fn create(clients: &Clients, target: &Target<'_>, want: Self) -> Result<Made, WorldError> {
        let Object {
            bucket,
            key,
            fingerprint,
        } = want;
        let id = format!("{bucket}/{key}");
        send(clients, target, &bucket, &key, fingerprint, true).await?;
        Ok(Made {
            id,
            outputs: BTreeMap::new(),
        })
    }

    async fn update(
        clients: &Clients,
        target: &Target<'_>,
        _id: &str,
        live: &Self,
        want: Self,
    ) -> Result<(), WorldError> {
        let Object {
            bucket,
            key,
            fingerprint,
        } = want;
        if fingerprint.is_some() && fingerprint != live.fingerprint {
            return send(clients, target, &bucket, &key, fingerprint, false).await;
        }
        // An adopted object only gets its mark.
        let Some(mut all) = tags(clients, &bucket, &key, None).await? else {
            return Err(WorldError::own("s3:GetObjectTagging", format!("{key} is gone")));
        };
        all.extend(object_marks(target.stack));
        put_tags(clients, &bucket, &key, &all).await
    }

    async fn delete(clients: &Clients, target: &Target<'_>, _id: &str, live: &Self) -> Result<(), WorldError> {
        let Object {
            bucket,
            key,
            fingerprint: _,
        } = live;
        delete_key(clients, target.stack, bucket, key).await
    }

    async fn release(clients: &Clients, _target: &Target<'_>, id: &str) -> Result<(), WorldError> {
        match id.split_once('/') {
            Some((bucket, key)) => release(clients, bucket, key, FINGERPRINT).await,
            None => Err(WorldError::own(
                "s3:PutObjectTagging",
                format!("`{id}` is no `<bucket>/<key>`"),
            )),
        }
    }
}

/// The marks of an object. Its address is not among them: a tag's value is too short for every key.
fn object_marks(stack: &Stack) -> BTreeMap<String, String> {
    let mut marks = BTreeMap::from([(STACK.to_owned(), stack.mark())]);
    if let Some(id) = &stack.id {
        marks.insert(SPEC.to_owned(), id.clone());
    }
    marks
}

/// The key of a wanted object: of the adopted one, else of the named one.
fn place(bucket: &str, wanted: &Wanted<'_>) -> Option<String> {
    let adopted = wanted.adopt.and_then(|id| id.strip_prefix(bucket)?.strip_prefix('/'));
    adopted.or(wanted.text("key")).map(str::to_owned)
}

async fn send(
    clients: &Clients,
    target: &Target<'_>,
    bucket: &str,
    key: &str,
    known: Option<String>,
    only_new: bool,
) -> Result<(), WorldError> {
    let Some(path) = target.source else {
        return Err(WorldError::own("s3:PutObject", "there is no local file to upload from"));
    };
    // What the planner knows may be the size alone, because that already told a difference.
    let known = match known.filter(|it| is_fingerprint(it)) {
        Some(it) if !it.ends_with(')') => it,
        // The plan did not read the file: it is new, or its size alone told that it differs.
        Some(_) | None => compute(path).await?,
    };
    let mut all = object_marks(target.stack);
    all.insert(FINGERPRINT.to_owned(), known.clone());
    let answer = upload(
        clients,
        target,
        Upload {
            path,
            bucket,
            key,
            tags: &all,
            fingerprint: &known,
            only_new,
        },
    )
    .await;
    match answer {
        // An answer that got lost, and the SDK asked again: the object that is in the way is this very one, and an
        // upload in parts that was ended is gone.
        Err(error) if error.class == ErrorClass::Conflict || error.has_code("NoSuchUpload") => {
            match tags(clients, bucket, key, None).await? {
                Some(there) if all.iter().all(|(name, value)| there.get(name) == Some(value)) => Ok(()),
                _ => Err(error),
            }
        }
        answer => answer,
    }
}

async fn compute(path: &Path) -> Result<String, WorldError> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || fingerprint(&path, None))
        .await
        .map_err(|error| WorldError::own("s3:PutObject", error.to_string()))?
        .map_err(|error| WorldError::own("s3:PutObject", error.to_string()))
}

/// The objects of a bucket, or, of a large one, those near the wanted keys.
async fn list(clients: &Clients, bucket: &str, keys: Vec<&str>) -> Result<BTreeMap<String, Entry>, WorldError> {
    let listing = clients.listing(bucket).await?;
    let mut found = listing.entries.clone();
    if listing.complete {
        return Ok(found);
    }
    let missing: Vec<&str> = keys.into_iter().filter(|key| !found.contains_key(*key)).collect();
    let lists: Vec<_> = prefixes(&missing)
        .into_iter()
        .map(|prefix| async move { listing::list(clients, bucket, &prefix, usize::MAX).await })
        .collect();
    for listed in join_all(lists).await {
        found.extend(listed?.entries);
    }
    Ok(found)
}

/// For the keys of each folder what they have in common, so that a folder of strangers is not read for one key.
fn prefixes(keys: &[&str]) -> BTreeSet<String> {
    let mut folders: BTreeMap<&str, String> = BTreeMap::new();
    for key in keys {
        let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
        folders
            .entry(folder)
            .and_modify(|common| {
                let same = common.chars().zip(key.chars()).take_while(|(a, b)| a == b).count();
                *common = common.chars().take(same).collect();
            })
            .or_insert_with(|| (*key).to_owned());
    }
    let mut found: BTreeSet<String> = BTreeSet::new();
    for prefix in folders.into_values().collect::<BTreeSet<_>>() {
        // In order, a prefix comes before what it covers.
        if !found.iter().any(|shorter| prefix.starts_with(shorter.as_str())) {
            found.insert(prefix);
        }
    }
    found
}

async fn look(
    clients: &Clients,
    stack: &Stack,
    bucket: &str,
    key: &str,
    entry: Option<&Entry>,
    wanted: &Wanted<'_>,
) -> Found {
    let Some(entry) = entry else {
        return Found::Absent;
    };
    let id = format!("{bucket}/{key}");
    let adopted = wanted.adopt == Some(id.as_str());
    match tags(clients, bucket, key, None).await {
        Ok(None) => Found::Absent,
        Ok(Some(tags)) => match owner(stack, &tags) {
            Owner::Ours { .. } => Found::Ours(Box::new(seen(bucket, key, entry, &tags, true))),
            Owner::Other(_) if adopted => Found::Ours(Box::new(seen(bucket, key, entry, &tags, false))),
            // The same stack in another file: both would upload over each other.
            Owner::Other(claimed_by) if tags.get(STACK) == Some(&stack.mark()) => Found::Foreign { id, claimed_by },
            Owner::Other(_) => Found::Provided { id },
        },
        Err(error) => Found::Unknown(error.gap(wanted.address.to_string())),
    }
}

fn seen(bucket: &str, key: &str, entry: &Entry, tags: &BTreeMap<String, String>, marked: bool) -> planner::Object {
    // What somebody else uploaded tells no more than its size; its content is not ours to read.
    let unknown = entry.size.map(|size| format!("{size}-{UNKNOWN}"));
    let noun = Object {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        fingerprint: tags.get(FINGERPRINT).cloned().or(unknown),
    };
    planner::Object {
        id: format!("{bucket}/{key}"),
        value: noun.to_value(),
        outputs: BTreeMap::new(),
        held: Vec::new(),
        marked,
        cost: None,
        keeps: None,
        propagating: None,
    }
}

/// Finds what we uploaded and the file no longer lists, among what the listing showed.
async fn strays(
    clients: &Clients,
    search: &Search<'_>,
    sightings: &mut Sightings,
    parent: &Address,
    bucket: &str,
    there: &BTreeMap<String, Entry>,
) {
    let address = |key: &str| Address::new(Kind::Object, format!("{}/{key}", parent.name));
    // Every key that a wanted address stands at, so that an adopted object is no stray.
    let wanted: BTreeSet<String> = search.wanted.iter().filter_map(|it| place(bucket, it)).collect();
    let unknown: Vec<(&String, &Entry)> = there
        .iter()
        .filter(|(key, entry)| entry.maybe_ours && !wanted.contains(*key))
        .take(STRAYS)
        .collect();
    let looks: Vec<_> = unknown
        .iter()
        .map(|(key, _)| tags(clients, bucket, key, None))
        .collect();
    for ((key, entry), answer) in unknown.into_iter().zip(join_all(looks).await) {
        match answer {
            Ok(Some(tags)) if matches!(owner(search.stack, &tags), Owner::Ours { .. }) => {
                // The published config carries the stack's mark too, with an address of its own.
                if tags.contains_key(FINGERPRINT) {
                    let (address, object) = (address(key), seen(bucket, key, entry, &tags, true));
                    // The file gives the address another key: what is here takes the new place.
                    if let Some(found @ Found::Absent) = sightings.found.get_mut(&address) {
                        *found = Found::Ours(Box::new(object));
                    } else {
                        sightings.leftovers.push(Leftover {
                            address,
                            replaced: false,
                            object,
                        });
                    }
                }
            }
            Ok(_) => {}
            Err(error) => {
                let gap = error.gap(format!("data files that have left the file, in bucket `{bucket}`"));
                sightings.gaps.push(gap);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_bucket_is_asked_for_what_the_keys_of_a_folder_have_in_common() {
        let keys = [
            "data/NA12878.bam",
            "data/NA12878.bam.bai",
            "cohort/a.bam",
            "cohort/ab.bam",
            "x.bam",
        ];
        assert_eq!(
            prefixes(&keys).into_iter().collect::<Vec<_>>(),
            ["cohort/a", "data/NA12878.bam", "x.bam"]
        );
        assert_eq!(
            prefixes(&["a/b/x.bam", "a/c.bam", "a/bz"])
                .into_iter()
                .collect::<Vec<_>>(),
            ["a/"]
        );
        assert!(prefixes(&[]).is_empty());
    }
}
