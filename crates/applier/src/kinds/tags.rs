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
use crate::owner::other_tool;
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

    fn list_gap(&self, error: &WorldError) -> Gap {
        error.gap(format!("the list of {}s", self.what))
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

    let mut seen = sort_out(search, place, &reads, &named, &hints, refused.as_ref());
    if let Some(error) = &refused {
        // What the index knows is found without the list, but not what it does not show yet.
        seen.gaps.push(place.list_gap(error));
    }
    if let Err(error) = &index {
        let what = format!("{}s under other names, or that have left the file", place.what);
        seen.gaps.push(error.gap(what));
    }
    Ok(seen)
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
) -> Sightings {
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
                seen.gaps.push(place.gap(error, id));
            }
            Err(_) => {}
        }
    }
    seen
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
        return Found::Unknown(place.list_gap(error));
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use spec_model::Value;

    use super::*;
    use crate::error::ErrorClass;
    use crate::kinds::decided;
    use crate::verbs::marks;

    const PLACE: Place = Place {
        kind: Kind::UserPool,
        what: "user pool",
        service: ":cognito-idp:",
        resource: ":userpool/",
        read_action: "cognito-idp:DescribeUserPool",
    };

    fn stack() -> Stack {
        Stack {
            name: "igv".to_owned(),
            id: Some("7f3a9c1e".to_owned()),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        }
    }

    fn main() -> Address {
        Address::new(Kind::UserPool, "main")
    }

    fn tag<const N: usize>(tags: [(&str, &str); N]) -> BTreeMap<String, String> {
        tags.into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// A pool of the world: name, tags.
    type Pool = (&'static str, BTreeMap<String, String>);

    fn candidate(id: &str, (name, tags): &Pool) -> Candidate {
        Candidate {
            tags: tags.clone(),
            remarks: Vec::new(),
            object: Object {
                id: id.to_owned(),
                value: Value::map([("name", (*name).into())]),
                outputs: BTreeMap::new(),
                held: Vec::new(),
                marked: true,
                cost: None,
                keeps: None,
                propagating: None,
            },
        }
    }

    fn refusal(class: ErrorClass) -> WorldError {
        WorldError {
            class,
            ..WorldError::own("cognito-idp:DescribeUserPool", "no")
        }
    }

    /// Looks for `user_pool.main`, named `igv`, in a world of pools of which the index lists some; none is an index that
    /// may not be read.
    async fn look(pools: &[(&str, Pool)], index: Option<&[&str]>, denied: &[&str], adopt: Option<&str>) -> Sightings {
        let clients = decided::clients().await;
        let stack = stack();
        let main = main();
        let hint = |id: &&str| TaggedObject {
            arn: format!("arn:aws:cognito-idp:eu-west-1:111122223333:userpool/{id}"),
            tags: marks(&stack, &main),
        };
        let index = match index {
            Some(ids) => Ok(ids.iter().map(hint).collect()),
            None => Err(refusal(ErrorClass::Denied)),
        };
        clients.tagged.lock().unwrap().set(index).unwrap();
        let search = Search {
            stack: &stack,
            wanted: vec![Wanted {
                address: &main,
                fields: Value::map([("name", "igv".into())]),
                adopt,
            }],
            parent: None,
            known: vec![&main],
            all_users: false,
            early: crate::verbs::Early::default(),
        };
        let list = async {
            Ok(pools
                .iter()
                .map(|(id, (name, _))| ((*id).to_owned(), (*name).to_owned()))
                .collect())
        };
        let describe = |id: String| {
            let answer = match pools.iter().find(|it| it.0 == id) {
                _ if denied.contains(&id.as_str()) => Err(refusal(ErrorClass::Denied)),
                Some((_, pool)) => Ok(candidate(&id, pool)),
                None => Err(refusal(ErrorClass::Missing)),
            };
            async move { answer }
        };
        find(&clients, &search, PLACE, list, describe).await.unwrap()
    }

    async fn found(pools: &[(&str, Pool)], index: Option<&[&str]>, denied: &[&str], adopt: Option<&str>) -> String {
        let seen = look(pools, index, denied, adopt).await;
        match &seen.found[&main()] {
            Found::Ours(object) => format!("ours {}", object.id),
            Found::Foreign { id, claimed_by } => format!("foreign {id} {}", claimed_by.clone().unwrap_or_default()),
            Found::Ambiguous { ids } => format!("ambiguous {}", ids.join(" ")),
            Found::Unknown(gap) => format!("unknown {}", gap.what),
            Found::Absent => "absent".to_owned(),
            Found::Provided { id } => format!("provided {id}"),
        }
    }

    #[tokio::test]
    async fn a_pool_is_found_by_name_and_known_by_mark() {
        let ours = || marks(&stack(), &main());
        let theirs = || tag([("aws:cloudformation:stack-name", "web")]);
        let pool = |name, tags| (name, tags);
        // By its name, with an index that does not know it yet.
        assert_eq!(
            found(&[("a", pool("igv", ours()))], Some(&[]), &[], None).await,
            "ours a"
        );
        // Under another name, by the index.
        assert_eq!(
            found(&[("a", pool("old", ours()))], Some(&["a"]), &[], None).await,
            "ours a"
        );
        // The index lags: what it shows may be gone.
        assert_eq!(found(&[], Some(&["a"]), &[], None).await, "absent");
        // Without the index, by reading whatever there is.
        let renamed = [("a", pool("old", ours())), ("b", pool("web", theirs()))];
        assert_eq!(found(&renamed, None, &["b"], None).await, "ours a");
        assert_eq!(look(&renamed, None, &[], None).await.gaps.len(), 1);
        // Somebody else's, by name only.
        assert_eq!(
            found(&[("a", pool("igv", theirs()))], Some(&[]), &[], None).await,
            "foreign a CloudFormation stack web"
        );
        assert_eq!(
            found(&[("a", pool("web", theirs()))], Some(&[]), &[], None).await,
            "absent"
        );
        // Ours beside a stranger of the same name.
        let both = [("a", pool("igv", theirs())), ("b", pool("igv", ours()))];
        assert_eq!(found(&both, Some(&["b"]), &[], None).await, "ours b");
        let both = [("a", pool("igv", ours())), ("b", pool("old", ours()))];
        assert_eq!(found(&both, Some(&["a", "b"]), &[], None).await, "ambiguous a b");
    }

    #[tokio::test]
    async fn l78_a_refused_read_is_not_absent() {
        let theirs = || ("igv", BTreeMap::new());
        assert_eq!(
            found(&[("a", theirs())], Some(&[]), &["a"], None).await,
            "unknown the user pool `a`"
        );
        assert_eq!(
            found(&[], Some(&["a"]), &["a"], None).await,
            "unknown the user pool `a`"
        );
        assert_eq!(
            found(&[], Some(&[]), &["a"], Some("a")).await,
            "unknown the user pool `a`"
        );
    }

    #[tokio::test]
    async fn what_is_adopted_is_read_by_its_id() {
        let pool = |name, tags| (name, tags);
        let plain = || pool("old", BTreeMap::new());
        assert_eq!(found(&[("a", plain())], Some(&[]), &[], Some("a")).await, "ours a");
        // A mistake in the file never leads to a second pool.
        assert_eq!(found(&[], Some(&[]), &[], Some("a")).await, "unknown the user pool `a`");
        let other = pool("igv", tag([("igvctl:stack", "eu-west-1/other")]));
        assert_eq!(
            found(&[("a", other)], Some(&[]), &[], Some("a")).await,
            "foreign a the igvctl stack eu-west-1/other"
        );
        let marked = pool("igv", marks(&stack(), &main()));
        assert_eq!(
            found(&[("a", plain()), ("b", marked)], Some(&["b"]), &[], Some("a")).await,
            "ambiguous a b"
        );
    }

    #[tokio::test]
    async fn a_replaced_object_is_a_leftover() {
        let mut new = marks(&stack(), &main());
        new.insert(REPLACES.to_owned(), "a".to_owned());
        let pools = [("a", ("igv", marks(&stack(), &main()))), ("b", ("igv", new))];
        let seen = look(&pools, Some(&["a", "b"]), &[], None).await;
        assert!(matches!(&seen.found[&main()], Found::Ours(it) if it.id == "b"));
        assert_eq!((&*seen.leftovers[0].object.id, seen.leftovers[0].replaced), ("a", true));
    }

    #[test]
    fn a_claim_is_read_from_tags() {
        let stack = stack();
        let claim = |tags: &BTreeMap<String, String>| claim(&stack, Kind::UserPool, tags);
        assert_eq!(claim(&marks(&stack, &main())), Claim::Ours(main()));
        assert_eq!(
            claim(&tag([("team", "genomics"), ("createdby", "anna")])),
            Claim::Nobody
        );
        for (name, value, who) in [
            ("aws:cloudformation:stack-name", "web", "CloudFormation stack web"),
            ("ManagedBy", "Terraform", "Terraform (tag ManagedBy=Terraform)"),
        ] {
            assert_eq!(claim(&tag([(name, value)])), Claim::Other(who.to_owned()));
        }
        let mut other = marks(&stack, &main());
        other.insert("igvctl:spec".to_owned(), "00000000".to_owned());
        assert_eq!(
            claim(&other),
            Claim::Other("another igvctl file (spec id 00000000)".to_owned())
        );
        // A file that got its id later is still the same file.
        other.remove("igvctl:spec");
        assert_eq!(claim(&other), Claim::Ours(main()));
        let broken = marks(&stack, &Address::new(Kind::Bucket, "b"));
        assert!(matches!(claim(&broken), Claim::Other(_)));
    }
}
