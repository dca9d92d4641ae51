//! AWS as a world: looks side by side, dispatches deeds to the verbs of their kind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use futures_util::future::join_all;
use planner::{Found, Live};
use spec_model::kinds::*;
use spec_model::{Address, Kind, Misfit, Noun, Reference, Shaped, Spec, Stack, Value, each_kind};

use crate::clients::Clients;
use crate::error::WorldError;
use crate::verbs::{Made, Parent, Permission, Search, Sightings, Target, Verbs, Wanted};
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

// Boxed, kind by kind: the SDK's futures are so large that a few of them side by side overflow a small stack.
macro_rules! dispatch {
    ($($variant:ident = $word:literal),* $(,)?) => {
        async fn find_kind(clients: &Clients, kind: Kind, search: &Search<'_>) -> Result<Sightings, WorldError> {
            match kind { $(Kind::$variant => Box::pin(<$variant as Verbs>::find(clients, search)).await),* }
        }

        async fn act_kind(clients: &Clients, kind: Kind, target: &Target<'_>, what: What) -> Result<Made, WorldError> {
            match kind { $(Kind::$variant => Box::pin(act_on::<$variant>(clients, target, what)).await),* }
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
        let roots = Kind::ALL
            .iter()
            .copied()
            .filter(|kind| kind.descriptor().parent.is_none());
        let seen = join_all(roots.map(|kind| self.look_at_kind(spec, kind))).await;
        let mut live = Live::default();
        for part in seen {
            merge(&mut live, part);
        }
        live
    }
}

impl Aws {
    /// Looks at all objects of a kind without parents, and then at what they hold, side by side.
    async fn look_at_kind(&self, spec: &Spec, kind: Kind) -> Live {
        let addresses: Vec<&Address> = spec.resources.keys().filter(|it| it.kind == kind).collect();
        let mut live = self.search(spec, kind, &addresses, None).await;
        // What quotes its parent by a literal id is looked for under that id.
        let parents: Vec<(Address, planner::Object)> = live
            .found
            .iter()
            .filter_map(|(address, found)| match found {
                Found::Ours(object) => Some((address.clone(), (**object).clone())),
                Found::Absent
                | Found::Provided { .. }
                | Found::Foreign { .. }
                | Found::Ambiguous { .. }
                | Found::Unknown(_) => None,
            })
            .chain(live.leftovers.iter().map(|it| (it.address.clone(), it.object.clone())))
            .collect();
        let children: Vec<Kind> = Kind::ALL
            .iter()
            .copied()
            .filter(|it| it.descriptor().parent.is_some_and(|(_, of)| of == kind))
            .collect();
        let searches = children
            .iter()
            .flat_map(|child| parents.iter().map(move |parent| (*child, parent)));
        let parts = join_all(searches.map(|(child, (address, object))| {
            let wanted = children_of(spec, child, address, object);
            async move { self.search(spec, child, &wanted, Some((address, object))).await }
        }))
        .await;
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

    /// Searches one kind under one parent.
    async fn search(
        &self,
        spec: &Spec,
        kind: Kind,
        addresses: &[&Address],
        parent: Option<(&Address, &planner::Object)>,
    ) -> Live {
        let known: Vec<&Address> = spec.resources.keys().filter(|it| it.kind == kind).collect();
        let outputs = |reference: &Reference| {
            let (address, object) = parent?;
            (*address == reference.address).then(|| object.outputs.get(&reference.output).cloned())?
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
            parent: parent.map(|(address, object)| Parent {
                address,
                id: &object.id,
                outputs: &object.outputs,
            }),
            known,
            all_users: spec.users_mode == spec_model::UsersMode::All,
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
                    Some((address, _)) => format!("{}s of {address}", kind.descriptor().title),
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

fn children_of<'a>(spec: &'a Spec, kind: Kind, parent: &Address, object: &planner::Object) -> Vec<&'a Address> {
    spec.resources
        .keys()
        .filter(|it| it.kind == kind)
        .filter(|it| match quoted_parent(spec, it) {
            Some(Ok(address)) => address == *parent,
            Some(Err(literal)) => object.outputs.values().any(|output| output.as_text() == Some(&literal)),
            None => false,
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
