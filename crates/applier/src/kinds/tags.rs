//! Marks that are tags: whose an object is, and which of several is meant.
//!
//! Names of user pools and identity pools are not unique, and lists do not show tags: a candidate is read before it
//! counts. The tagging index knows an object under any name but lags, so what it says is read too, and what is then
//! missing is ignored.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::future::join_all;
use planner::{Finding, Found, Gap, Harm, Leftover, Object};
use spec_model::{Address, Kind, Stack};

use crate::clients::Clients;
use crate::error::WorldError;
use crate::tagged::TaggedObject;
use crate::verbs::{Search, Sightings, Wanted};

/// The tag of a replacement: the id of the object whose place it takes.
pub(crate) const REPLACES: &str = "igvctl:replaces";

/// How many objects are read side by side where the index cannot say which.
const ABREAST: usize = 8;

/// An object that was read.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// The object as the planner sees it.
    pub(crate) object: Object,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// What is not ours in it and matters.
    pub(crate) remarks: Vec<Remark>,
}

/// A finding before it is known at which address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    /// What it is, stable over runs.
    pub(crate) name: String,
    /// What it does.
    pub(crate) what: String,
    /// What it can do.
    pub(crate) harm: Harm,
}

impl Remark {
    /// The finding at an address.
    pub(crate) fn at(self, address: &Address) -> Finding {
        let Self { name, what, harm } = self;
        Finding {
            address: address.clone(),
            name,
            what,
            harm,
        }
    }
}

/// Whose an object is, as its tags tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Ours, at this address.
    Ours(Address),
    /// Nobody says that it is his.
    Nobody,
    /// Somebody else's.
    Other(String),
}

/// Reads the marks of an object of this kind.
pub(crate) fn claim(stack: &Stack, kind: Kind, tags: &BTreeMap<String, String>) -> Claim {
    let tag = |name: &str| tags.get(name).map(String::as_str);
    match tag("igvctl:stack") {
        Some(mark) if mark == stack.mark() => {
            if let Some(spec) = tag("igvctl:spec")
                && stack.id.as_deref() != Some(spec)
            {
                return Claim::Other(format!("another igvctl file (spec id {spec})"));
            }
            let address = tag("igvctl:address").unwrap_or_default();
            match address.parse::<Address>() {
                Ok(address) if address.kind == kind => Claim::Ours(address),
                _ => Claim::Other(format!("a broken mark (`igvctl:address` is `{address}`)")),
            }
        }
        Some(mark) => Claim::Other(format!("the igvctl stack {mark}")),
        None => other_tool(tags).map_or(Claim::Nobody, Claim::Other),
    }
}

/// What CloudFormation's tag and the customary tags of other tools say.
fn other_tool(tags: &BTreeMap<String, String>) -> Option<String> {
    if let Some(stack) = tags.get("aws:cloudformation:stack-name") {
        return Some(format!("CloudFormation stack {stack}"));
    }
    tags.iter().find_map(|(name, value)| {
        let name = name.to_ascii_lowercase().replace(['-', '_', ':', ' '], "");
        match name.as_str() {
            "terraform" | "managedby" | "provisionedby" | "createdby" | "iac" => {
                let tools = ["terraform", "opentofu", "pulumi", "terragrunt"];
                let value = value.to_ascii_lowercase();
                if let Some(tool) = tools.iter().find(|it| value.contains(*it)) {
                    Some((*tool).to_owned())
                } else {
                    (name == "terraform" && value == "true").then(|| "terraform".to_owned())
                }
            }
            "pulumiproject" => Some(format!("pulumi project {value}")),
            _ => None,
        }
    })
}

/// The tags that an update must write: what the plan changes and AWS does not have yet. A verb is handed all tags, those
/// of others as the plan saw them; `aws:` ones are refused on every write.
pub(crate) fn to_write(
    want: &BTreeMap<String, String>,
    planned_from: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> HashMap<String, String> {
    want.iter()
        .filter(|(name, value)| planned_from.get(*name) != Some(value) && now.get(*name) != Some(value))
        .filter(|(name, _)| !name.starts_with("aws:"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The names of our marks among the tags, for a release.
pub(crate) fn our_marks<'a>(tags: impl Iterator<Item = &'a String>) -> Vec<String> {
    tags.filter(|name| name.starts_with("igvctl:")).cloned().collect()
}

/// What AWS calls a kind whose marks are tags.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The kind.
    pub(crate) kind: Kind,
    /// The kind in words.
    pub(crate) what: &'static str,
    /// What stands before the id in its ARN, `:cognito-idp:`.
    pub(crate) service: &'static str,
    /// What stands right before the id in its ARN, `:userpool/`.
    pub(crate) resource: &'static str,
    /// The IAM action of reading one.
    pub(crate) read_action: &'static str,
}

impl Place {
    /// The id in an ARN of this kind.
    fn id_in<'a>(&self, arn: &'a str) -> Option<&'a str> {
        let (before, id) = arn.split_once(self.resource)?;
        before.contains(self.service).then_some(id)
    }

    fn gap(&self, error: &WorldError, id: &str) -> Gap {
        error.gap(format!("the {} `{id}`", self.what))
    }
}

/// The one object of a wanted name is most likely it; its id is the one output that is known without a read.
fn say_early(search: &Search<'_>, wanted: &Wanted<'_>, id: &str) {
    let outputs = BTreeMap::from([("id".to_owned(), id.into())]);
    search.early.say(wanted.address, id, outputs);
}

/// What a read of each object gave, by id.
type Reads = BTreeMap<String, Result<Candidate, WorldError>>;

/// Finds the wanted objects of a kind whose marks are tags; `list` gives ids and names.
pub(crate) async fn find<L, D, F>(
    clients: &Clients,
    search: &Search<'_>,
    place: Place,
    list: L,
    describe: D,
) -> Result<Sightings, WorldError>
where
    L: Future<Output = Result<Vec<(String, String)>, WorldError>> + Send,
    D: Fn(String) -> F + Send + Sync,
    F: Future<Output = Result<Candidate, WorldError>> + Send,
{
    let (adopted, unadopted): (Vec<_>, Vec<_>) = search.wanted.iter().partition(|it| it.adopt.is_some());
    let names: BTreeSet<&str> = unadopted.iter().filter_map(|it| it.text("name")).collect();
    for it in &adopted {
        say_early(search, it, it.adopt.unwrap_or_default());
    }
    let by_name = async {
        if unadopted.is_empty() {
            return Ok((Vec::new(), Reads::new()));
        }
        let listed = list.await?;
        for it in &unadopted {
            let mut named = listed.iter().filter(|(_, name)| Some(name.as_str()) == it.text("name"));
            if let (Some((id, _)), None) = (named.next(), named.next()) {
                say_early(search, it, id);
            }
        }
        // What belongs to it has the longer way to go, so it begins first.
        tokio::task::yield_now().await;
        let ids = listed
            .iter()
            .filter(|(_, name)| names.contains(name.as_str()))
            .map(|(id, _)| id.clone())
            .collect();
        let reads = read(&describe, ids).await;
        Ok((listed, reads))
    };
    let by_id = read(
        &describe,
        adopted.iter().filter_map(|it| it.adopt).map(str::to_owned).collect(),
    );
    let (by_name, by_id, index) = tokio::join!(by_name, by_id, clients.tagged(search.stack));

    // A list that could not be read hides only what is sought by name.
    let (listed, named, refused) = match by_name {
        Ok((listed, named)) => (listed, named, None),
        Err(error) => (Vec::new(), Reads::new(), Some(error)),
    };
    let mut reads = by_id;
    reads.extend(named.clone());

    let hints: BTreeMap<&str, &TaggedObject> = index
        .as_deref()
        .unwrap_or_default()
        .iter()
        .filter_map(|it| Some((place.id_in(&it.arn)?, it)))
        .collect();
    let mut further: Vec<String> = hints.keys().map(|it| (*it).to_owned()).collect();
    let unseen = unadopted
        .iter()
        .any(|it| ours(search.stack, place.kind, &reads, it.address).is_empty());
    if index.is_err() && unseen {
        // Without the index a renamed pool can only be told by its tags: a second one would cost more than the reads.
        further.extend(listed.into_iter().map(|(id, _)| id));
    }
    further.retain(|id| !reads.contains_key(id));
    for ids in further.chunks(ABREAST) {
        reads.extend(read(&describe, ids.to_vec()).await);
    }

    sort_out(search, place, &reads, &named, &hints, refused.as_ref())
}

async fn read<D, F>(describe: &D, ids: Vec<String>) -> Reads
where
    D: Fn(String) -> F + Sync,
    F: Future<Output = Result<Candidate, WorldError>> + Send,
{
    let ids: BTreeSet<String> = ids.into_iter().collect();
    let answers = join_all(ids.iter().map(|id| describe(id.clone()))).await;
    ids.into_iter().zip(answers).collect()
}

/// The objects that carry the mark of an address.
fn ours<'a>(stack: &Stack, kind: Kind, reads: &'a Reads, address: &Address) -> Vec<&'a Candidate> {
    reads
        .values()
        .filter_map(|it| it.as_ref().ok())
        .filter(|it| claim(stack, kind, &it.tags) == Claim::Ours(address.clone()))
        .collect()
}

fn sort_out(
    search: &Search<'_>,
    place: Place,
    reads: &Reads,
    named: &Reads,
    hints: &BTreeMap<&str, &TaggedObject>,
    refused: Option<&WorldError>,
) -> Result<Sightings, WorldError> {
    let Search {
        stack,
        wanted,
        parent: _,
        known,
        all_users: _,
        early: _,
    } = search;
    let mut seen = Sightings::default();
    let mut taken: BTreeSet<&str> = wanted.iter().filter_map(|it| it.adopt).collect();
    for it in wanted {
        let candidates = ours(stack, place.kind, reads, it.address);
        let found = match it.adopt {
            Some(id) => adopted(search, place, reads, it, id, &candidates),
            None => {
                let (newest, replaced) = by_replacement(&candidates);
                for old in replaced {
                    taken.insert(&old.object.id);
                    seen.leftovers.push(Leftover {
                        address: it.address.clone(),
                        replaced: true,
                        object: old.object.clone(),
                    });
                }
                match newest.as_slice() {
                    [one] => ours_found(one),
                    [] => not_ours(search, place, reads, named, hints, refused, it),
                    many => Found::Ambiguous {
                        ids: many.iter().map(|it| it.object.id.clone()).collect(),
                    },
                }
            }
        };
        taken.extend(candidates.iter().map(|it| it.object.id.as_str()));
        if let Found::Ours(object) = &found
            && let Some(Ok(candidate)) = reads.get(&object.id)
        {
            let remarks = candidate.remarks.iter().cloned();
            seen.findings.extend(remarks.map(|remark| remark.at(it.address)));
        }
        seen.found.insert(it.address.clone(), found);
    }
    for (id, read) in reads {
        match read {
            _ if taken.contains(id.as_str()) => {}
            Ok(candidate) => {
                if let Claim::Ours(address) = claim(stack, place.kind, &candidate.tags)
                    && !known.contains(&&address)
                {
                    seen.leftovers.push(Leftover {
                        address,
                        replaced: false,
                        object: candidate.object.clone(),
                    });
                }
            }
            // The index says that it is ours and AWS does not show it: what is left over is then not known.
            Err(error) if !error.is_missing() && hints.contains_key(id.as_str()) && !hinted(search, hints, id) => {
                return Err(error.clone());
            }
            Err(_) => {}
        }
    }
    Ok(seen)
}

/// Whether the index places an object at a wanted address.
fn hinted(search: &Search<'_>, hints: &BTreeMap<&str, &TaggedObject>, id: &str) -> bool {
    search.wanted.iter().any(|it| at(hints, id, it.address))
}

fn at(hints: &BTreeMap<&str, &TaggedObject>, id: &str, address: &Address) -> bool {
    let said = hints.get(id).and_then(|it| it.tags.get("igvctl:address"));
    said == Some(&address.to_string())
}

fn ours_found(candidate: &Candidate) -> Found {
    Found::Ours(Box::new(candidate.object.clone()))
}

/// Splits candidates for one address into those that nobody replaces and those that were replaced.
fn by_replacement<'a>(candidates: &[&'a Candidate]) -> (Vec<&'a Candidate>, Vec<&'a Candidate>) {
    let replaced: BTreeSet<&str> = candidates
        .iter()
        .filter_map(|it| it.tags.get(REPLACES))
        .map(String::as_str)
        .collect();
    candidates
        .iter()
        .partition(|it| !replaced.contains(it.object.id.as_str()))
}

fn adopted(
    search: &Search<'_>,
    place: Place,
    reads: &Reads,
    wanted: &Wanted<'_>,
    id: &str,
    candidates: &[&Candidate],
) -> Found {
    let candidate = match reads.get(id) {
        Some(Ok(candidate)) => candidate,
        Some(Err(error)) if error.is_missing() => return no_such(place, id),
        Some(Err(error)) => return Found::Unknown(place.gap(error, id)),
        None => return no_such(place, id),
    };
    let others: Vec<String> = candidates
        .iter()
        .map(|it| it.object.id.clone())
        .filter(|it| it != id)
        .collect();
    if !others.is_empty() {
        return Found::Ambiguous {
            ids: std::iter::once(id.to_owned()).chain(others).collect(),
        };
    }
    let claimed_by = match claim(search.stack, place.kind, &candidate.tags) {
        Claim::Nobody => None,
        // Adopted under another address than before: fine, unless the file still has that one.
        Claim::Ours(address) if address == *wanted.address || !search.known.contains(&&address) => None,
        Claim::Ours(address) => Some(format!("`{address}` of this file")),
        Claim::Other(who) => Some(who),
    };
    match claimed_by {
        None => ours_found(candidate),
        Some(who) => Found::Foreign {
            id: id.to_owned(),
            claimed_by: Some(who),
        },
    }
}

/// An adopted id that is not there: a mistake in the file, never a reason to create.
fn no_such(place: Place, id: &str) -> Found {
    Found::Unknown(Gap {
        what: format!("the {} `{id}`", place.what),
        action: place.read_action.to_owned(),
        error: format!("the file adopts the {} `{id}`, which does not exist", place.what),
        denied: false,
    })
}

/// What stands in place of an object of ours: nothing, somebody else's, or what cannot be read.
fn not_ours(
    search: &Search<'_>,
    place: Place,
    reads: &Reads,
    named: &Reads,
    hints: &BTreeMap<&str, &TaggedObject>,
    refused: Option<&WorldError>,
    wanted: &Wanted<'_>,
) -> Found {
    if let Some(error) = refused {
        return Found::Unknown(error.gap(format!("the list of {}s", place.what)));
    }
    let mut foreign = None;
    for (id, read) in reads {
        let same_name = named.contains_key(id);
        match read {
            Ok(candidate) => {
                let is_called = candidate.object.value.get("name").and_then(spec_model::Value::as_text);
                if !same_name || is_called != wanted.text("name") {
                    continue;
                }
                let claimed_by = match claim(search.stack, place.kind, &candidate.tags) {
                    // Another address of this file may bear the same name.
                    Claim::Ours(_) => continue,
                    Claim::Nobody => None,
                    Claim::Other(who) => Some(who),
                };
                foreign = foreign.or(Some(Found::Foreign {
                    id: id.clone(),
                    claimed_by,
                }));
            }
            // The index lags: what it shows and AWS does not have is gone.
            Err(error) if error.is_missing() => {}
            Err(error) if same_name || at(hints, id, wanted.address) => return Found::Unknown(place.gap(error, id)),
            Err(_) => {}
        }
    }
    foreign.unwrap_or(Found::Absent)
}
