//! AWS as a world: looks side by side, dispatches deeds to the verbs of their kind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use futures_util::future::{join, join_all};
use futures_util::stream::{FuturesUnordered, StreamExt};
use planner::{Found, Live};
use spec_model::kinds::*;
use spec_model::{Address, Kind, Misfit, Noun, Reference, Shaped, Spec, Stack, Value, each_kind};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::clients::Clients;
use crate::error::WorldError;
use crate::verbs::{Early, Likely, Made, Parent, Permission, Search, Sightings, Target, Verbs, Wanted};
use crate::world::{Act, Deed, Look, What};

/// AWS, or what stands in for it.
#[derive(Debug)]
pub struct Aws {
    clients: Clients,
    /// The spec's folder, from which local files are seen.
    folder: PathBuf,
}

impl Aws {
    /// A world behind these clients; local files are seen from `folder`.
    pub fn new(clients: Clients, folder: PathBuf) -> Self {
        Self { clients, folder }
    }

    /// The spec's folder.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// The clients, for what concerns no kind.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }
}

impl Aws {
    /// Looks closer at everything of ours before all of it goes: what losing it costs, and what keeps it.
    pub async fn weigh(&self, stack: &Stack, live: &mut Live) {
        let found = live.found.iter_mut().filter_map(|(address, found)| match found {
            Found::Ours(object) => Some((address.kind, &mut **object)),
            Found::Absent
            | Found::Provided { .. }
            | Found::Foreign { .. }
            | Found::Ambiguous { .. }
            | Found::Unknown(_) => None,
        });
        join_all(found.map(|(kind, object)| weigh_kind(&self.clients, kind, stack, object))).await;
    }
}

// Boxed, kind by kind: the SDK's futures are so large that a few of them side by side overflow a small stack.
macro_rules! dispatch {
    ($($variant:ident = $word:literal),* $(,)?) => {
        async fn find_kind(clients: &Clients, kind: Kind, search: &Search<'_>) -> Result<Sightings, WorldError> {
            // Boxed: else every call holds room for the largest of all kinds, and unoptimized builds run out of stack.
            match kind { $(Kind::$variant => Box::pin(<$variant as Verbs>::find(clients, search)).await),* }
        }

        async fn act_kind(clients: &Clients, kind: Kind, target: &Target<'_>, what: What) -> Result<Made, WorldError> {
            match kind { $(Kind::$variant => Box::pin(act_on::<$variant>(clients, target, what)).await),* }
        }

        async fn weigh_kind(clients: &Clients, kind: Kind, stack: &Stack, object: &mut planner::Object) {
            match kind { $(Kind::$variant => Box::pin(<$variant as Verbs>::weigh(clients, stack, object)).await),* }
        }

        /// The IAM actions that a kind's verbs need.
        pub fn permissions(kind: Kind) -> &'static [Permission] {
            match kind { $(Kind::$variant => <$variant as Verbs>::CALLS),* }
        }
    };
}

each_kind!(dispatch);

async fn act_on<N: Verbs>(clients: &Clients, target: &Target<'_>, what: What) -> Result<Made, WorldError> {
    let read = |value: &Value| N::from_value(value).map_err(|misfit| incomplete(target.address, &misfit));
    let done = |id: String| Made {
        id,
        outputs: BTreeMap::new(),
    };
    match what {
        What::Create { want } => N::create(clients, target, read(&want)?).await,
        What::Update { id, live, want } => N::update(clients, target, &id, &read(&live)?, read(&want)?)
            .await
            .map(|()| done(id)),
        What::Delete { id, live } => N::delete(clients, target, &id, &read(&live)?).await.map(|()| done(id)),
        What::Release { id } => N::release(clients, target, &id).await.map(|()| done(id)),
    }
}

/// A deed that still quotes something unknown: a mistake of the engine, never of the user.
fn incomplete(address: &Address, misfit: &Misfit) -> WorldError {
    WorldError::own("", format!("`{address}` is not complete: {misfit}"))
}

impl Act for Aws {
    async fn act(&self, stack: &Stack, deed: Deed<'_>) -> Result<Made, WorldError> {
        let source = deed.source.map(|path| self.folder.join(path));
        let target = Target {
            stack,
            address: deed.address,
            loosen: deed.loosen,
            replaces: deed.replaces,
            source: source.as_deref(),
            waiting: deed.waiting,
        };
        act_kind(&self.clients, deed.address.kind, &target, deed.what).await
    }
}

impl Look for Aws {
    async fn look(&self, spec: &Spec) -> Live {
        self.clients.forget();
        let roots = Kind::ALL
            .iter()
            .copied()
            .filter(|kind| kind.descriptor().parent.is_none());
        let mut live = Live::default();
        // A look is a large future, so each is on the heap.
        let looks = roots.map(|kind| Box::pin(self.look_at_kind(spec, kind)));
        for part in join_all(looks).await {
            merge(&mut live, part);
        }
        live
    }
}

/// What was found under an object before it was certain that the object is ours: by kind, address and id, with the
/// outputs that were known by then.
type Ahead = BTreeMap<(Kind, Address, String), (BTreeMap<String, Value>, Live)>;

impl Aws {
    /// Looks at all objects of a kind without parents and at what they hold.
    ///
    /// What they hold needs only their ids, and has the longest way to go (a user pool: its list, the list of its
    /// clients, the client). So it is looked for as soon as an id is likely, and again where the guess was wrong.
    async fn look_at_kind(&self, spec: &Spec, kind: Kind) -> Live {
        let addresses: Vec<&Address> = spec.resources.keys().filter(|it| it.kind == kind).collect();
        let mut children: Vec<Kind> = Kind::ALL
            .iter()
            .copied()
            .filter(|it| it.descriptor().parent.is_some_and(|(_, of)| of == kind))
            .collect();
        // A client is listed and then read, which is the longest way of all: it gets the connection that is open.
        children.sort_by_key(|it| *it != Kind::UserPoolClient);
        let (early, told) = Early::channel();
        let (mut ahead, mut live) = join(
            self.look_ahead(spec, &children, told),
            self.search(spec, kind, &addresses, None, early),
        )
        .await;
        let parents: Vec<Known> = live
            .found
            .iter()
            .filter_map(|(address, found)| match found {
                Found::Ours(object) => Some(Known::new(address, object)),
                Found::Absent
                | Found::Provided { .. }
                | Found::Foreign { .. }
                | Found::Ambiguous { .. }
                | Found::Unknown(_) => None,
            })
            .chain(live.leftovers.iter().map(|it| Known {
                left: true,
                ..Known::new(&it.address, &it.object)
            }))
            .collect();
        let mut parts = Vec::new();
        let mut searches = Vec::new();
        for child in &children {
            let elsewhere = parents_elsewhere(spec, *child, kind, &parents);
            searches.extend(
                elsewhere
                    .into_iter()
                    .map(|parent| self.search_below(spec, *child, parent)),
            );
            for parent in &parents {
                match ahead.remove(&(*child, parent.address.clone(), parent.id.clone())) {
                    // What was not found may be told by an output that was not known yet, as a pool's domain is.
                    Some((outputs, part)) if outputs == parent.outputs || all_found(&part) => parts.push(part),
                    Some(_) | None => searches.push(self.search_below(spec, *child, parent.clone())),
                }
            }
        }
        parts.extend(join_all(searches).await);
        for child in children {
            for (address, found) in unknown_children(spec, child, &live) {
                live.found.insert(address, found);
            }
        }
        for part in parts {
            merge(&mut live, part);
        }
        live
    }

    /// Looks at what likely objects hold, as they are told of.
    ///
    /// A kind of which the file has nothing under an object is left for later: what is left over of it is told by
    /// outputs that are not known yet, or is not worth a read of somebody else's object.
    async fn look_ahead(&self, spec: &Spec, children: &[Kind], mut told: UnboundedReceiver<Likely>) -> Ahead {
        let mut ahead = Ahead::new();
        let mut running = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(Likely { address, id, outputs }) = told.recv() => {
                    let parent = Known { address, id, outputs, left: false };
                    for child in children {
                        if !children_of(spec, *child, &parent).is_empty() {
                            let (child, parent) = (*child, parent.clone());
                            running.push(async move {
                                let key = (child, parent.address.clone(), parent.id.clone());
                                let outputs = parent.outputs.clone();
                                (key, (outputs, self.search_below(spec, child, parent).await))
                            });
                        }
                    }
                }
                Some((key, part)) = running.next() => {
                    ahead.insert(key, part);
                }
                else => return ahead,
            }
        }
    }

    /// Searches one kind under an object.
    async fn search_below(&self, spec: &Spec, child: Kind, parent: Known) -> Live {
        let wanted = children_of(spec, child, &parent);
        self.search(spec, child, &wanted, Some(&parent), Early::default()).await
    }

    /// Searches one kind under one parent.
    async fn search(
        &self,
        spec: &Spec,
        kind: Kind,
        addresses: &[&Address],
        parent: Option<&Known>,
        early: Early,
    ) -> Live {
        let known: Vec<&Address> = spec.resources.keys().filter(|it| it.kind == kind).collect();
        let outputs = |reference: &Reference| {
            let parent = parent?;
            (parent.address == reference.address).then(|| parent.outputs.get(&reference.output).cloned())?
        };
        let search = Search {
            stack: &spec.stack,
            wanted: addresses
                .iter()
                .map(|address| Wanted {
                    address,
                    fields: spec.resources[*address].value().resolve(&outputs),
                    adopt: spec.adopt.get(*address).map(String::as_str),
                })
                .collect(),
            parent: parent.map(
                |Known {
                     address,
                     id,
                     outputs,
                     left: _,
                 }| Parent { address, id, outputs },
            ),
            known,
            all_users: spec.users_mode == spec_model::UsersMode::All,
            early,
        };
        match find_kind(&self.clients, kind, &search).await {
            Ok(Sightings {
                found,
                leftovers,
                findings,
                gaps,
            }) => Live {
                found,
                leftovers,
                findings,
                gaps,
            },
            Err(error) => {
                let what = match parent {
                    Some(parent) => format!("{}s of {}", kind.descriptor().title, parent.address),
                    None => format!("{}s", kind.descriptor().title),
                };
                let gap = error.gap(what);
                let found = addresses
                    .iter()
                    .map(|it| ((*it).clone(), Found::Unknown(gap.clone())))
                    .collect();
                Live {
                    found,
                    gaps: vec![gap],
                    ..Live::default()
                }
            }
        }
    }
}

/// An object under which others are looked for.
#[derive(Debug, Clone)]
struct Known {
    address: Address,
    id: String,
    outputs: BTreeMap<String, Value>,
    /// Whether it has no place in the file: then neither has anything in it.
    left: bool,
}

impl Known {
    fn new(address: &Address, object: &planner::Object) -> Self {
        Self {
            address: address.clone(),
            id: object.id.clone(),
            outputs: object.outputs.clone(),
            left: false,
        }
    }
}

/// Whether all that was looked for is there and ours.
fn all_found(live: &Live) -> bool {
    live.found.values().all(|found| match found {
        Found::Ours(_) => true,
        Found::Absent
        | Found::Provided { .. }
        | Found::Foreign { .. }
        | Found::Ambiguous { .. }
        | Found::Unknown(_) => false,
    })
}

fn merge(live: &mut Live, part: Live) {
    let Live {
        found,
        leftovers,
        findings,
        gaps,
    } = part;
    live.found.extend(found);
    live.leftovers.extend(leftovers);
    live.findings.extend(findings);
    live.gaps.extend(gaps);
}

/// What a resource says of its parent: an address that it quotes, or a literal.
fn quoted_parent(spec: &Spec, child: &Address) -> Option<Result<Address, String>> {
    let (field, _) = child.kind.descriptor().parent?;
    let value = spec.resources.get(child)?.fields.get(field)?.clone();
    match value.references().into_iter().next() {
        Some(reference) => Some(Ok(reference.address)),
        None => Some(Err(value.as_text()?.to_owned())),
    }
}

/// The addresses of a kind that the file puts under an object, by reference or by a literal id.
fn children_of<'a>(spec: &'a Spec, kind: Kind, parent: &Known) -> Vec<&'a Address> {
    spec.resources
        .keys()
        .filter(|it| it.kind == kind && !parent.left)
        .filter(|it| match quoted_parent(spec, it) {
            Some(Ok(address)) => address == parent.address,
            Some(Err(literal)) => parent.outputs.values().any(|output| output.as_text() == Some(&literal)),
            None => false,
        })
        .collect()
}

/// Objects that the file quotes by their ids and does not have: its children are looked for under them all the same.
fn parents_elsewhere(spec: &Spec, child: Kind, kind: Kind, here: &[Known]) -> Vec<Known> {
    let is_here = |id: &str| {
        let mut outputs = here.iter().flat_map(|it| it.outputs.values());
        outputs.any(|output| output.as_text() == Some(id))
    };
    let ids: BTreeSet<String> = spec
        .resources
        .keys()
        .filter(|it| it.kind == child)
        .filter_map(|it| quoted_parent(spec, it)?.err())
        .filter(|id| !is_here(id))
        .collect();
    ids.into_iter()
        .map(|id| Known {
            address: Address::new(kind, id.as_str()),
            outputs: BTreeMap::from([("id".to_owned(), id.as_str().into())]),
            id,
            left: false,
        })
        .collect()
}

/// Children of a parent that could not be read are unknown too; those of an absent one are absent.
fn unknown_children(spec: &Spec, kind: Kind, live: &Live) -> Vec<(Address, Found)> {
    let unread: BTreeSet<&Address> = live
        .found
        .iter()
        .filter(|(_, found)| matches!(found, Found::Unknown(_)))
        .map(|(address, _)| address)
        .collect();
    spec.resources
        .keys()
        .filter(|it| it.kind == kind)
        .filter_map(|it| match quoted_parent(spec, it)? {
            Ok(parent) => match live.found.get(unread.get(&parent)?)? {
                Found::Unknown(gap) => Some((it.clone(), Found::Unknown(gap.clone()))),
                Found::Absent
                | Found::Ours(_)
                | Found::Provided { .. }
                | Found::Foreign { .. }
                | Found::Ambiguous { .. } => None,
            },
            Err(_) => None,
        })
        .collect()
}

/// Checks at compile time that every noun has verbs.
const _: fn() = || {
    fn has_verbs<N: Verbs + Noun + Shaped>() {}
    macro_rules! check {
        ($($variant:ident = $word:literal),* $(,)?) => { $(has_verbs::<$variant>();)* };
    }
    each_kind!(check);
};
