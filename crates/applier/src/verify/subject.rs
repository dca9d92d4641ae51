//! What is verified: the file, what was found for it, and what the published config must say.

use std::collections::BTreeMap;

use planner::{Found, Gap, Live, Object};
use policy::Document;
use spec_model::kinds::{ConfigBody, Role};
use spec_model::{Address, Kind, Noun, Reference, Shaped, Spec, Value};

use super::checklist::Outcome;
use crate::clients::Clients;
use crate::web::Web;

/// What is verified.
pub(super) struct Subject<'a> {
    /// AWS as its administrators see it.
    pub(super) clients: &'a Clients,
    /// AWS as IGV and browsers see it.
    pub(super) web: &'a Web,
    /// The file.
    pub(super) spec: &'a Spec,
    /// What was found.
    pub(super) live: &'a Live,
}

/// What live AWS implies for IGV.
pub(super) struct Implied {
    /// What the published config must say.
    pub(super) body: ConfigBody,
    /// The key under which it is published.
    pub(super) key: String,
    /// Its bucket.
    pub(super) bucket: String,
}

/// Why it is not known what live AWS implies.
pub(super) enum Missing {
    /// Something is not there.
    Absent(String),
    /// Something could not be read.
    Unread(String),
}

impl<'a> Subject<'a> {
    /// An output of an object that is there.
    pub(super) fn output(&self, reference: &Reference) -> Option<Value> {
        let Some(Found::Ours(object)) = self.live.found.get(&reference.address) else {
            return None;
        };
        object.outputs.get(&reference.output).cloned()
    }

    /// The objects of a kind that are there, each with its address.
    pub(super) fn there<N: Noun>(&self) -> Vec<(&'a Address, N, &'a Object)> {
        self.live
            .found
            .iter()
            .filter(|(address, _)| address.kind == N::KIND)
            .filter_map(|(address, found)| match found {
                Found::Ours(object) => Some((address, N::from_value(&object.value).ok()?, object.as_ref())),
                Found::Absent
                | Found::Provided { .. }
                | Found::Foreign { .. }
                | Found::Ambiguous { .. }
                | Found::Unknown(_) => None,
            })
            .collect()
    }

    /// The object of a kind of which an output has this value.
    pub(super) fn with_output<N: Noun>(&self, output: &str, value: &str) -> Option<(&'a Address, N, &'a Object)> {
        self.there::<N>()
            .into_iter()
            .find(|(_, _, object)| object.outputs.get(output).and_then(Value::as_text) == Some(value))
    }

    /// The wanted resources of a kind, with what they quote put in as far as it is there.
    pub(super) fn wanted(&self, kind: Kind) -> impl Iterator<Item = (&'a Address, Value)> {
        self.spec
            .resources
            .iter()
            .filter(move |(address, _)| address.kind == kind)
            .map(|(address, resource)| (address, resource.value().resolve(&|it| self.output(it))))
    }

    /// What the published config must say; an error tells what is missing for it.
    pub(super) fn implied(&self) -> Result<Implied, Missing> {
        let Some((address, fields)) = self.wanted(Kind::ConfigFile).next() else {
            return Err(Missing::Absent(
                "the file publishes no config: it has no section `config`".to_owned(),
            ));
        };
        if let Some(open) = fields.references().first() {
            return Err(match self.live.found.get(&open.address) {
                Some(Found::Unknown(gap)) => Missing::Unread(unread(gap)),
                Some(
                    Found::Absent
                    | Found::Ours(_)
                    | Found::Provided { .. }
                    | Found::Foreign { .. }
                    | Found::Ambiguous { .. },
                )
                | None => Missing::Absent(format!("`{}` is not there, which `{address}` quotes", open.address)),
            });
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
        let body = fields.get("body").map(ConfigBody::from_value);
        match body {
            Some(Ok(body)) => Ok(Implied {
                body,
                key: text("key"),
                bucket: text("bucket"),
            }),
            Some(Err(misfit)) => Err(Missing::Absent(format!("`{address}` is not complete: {misfit}"))),
            None => Err(Missing::Absent(format!("`{address}` says nothing"))),
        }
    }

    /// Why an object that IGV needs is not among what was found: it could not be read, or is none of the file's own.
    pub(super) fn elsewhere(&self, kind: Kind, id: &str) -> Outcome {
        let gap = self.live.found.iter().find_map(|(address, found)| {
            let Found::Unknown(gap) = found else { return None };
            (address.kind == kind).then_some(gap)
        });
        match gap {
            Some(gap) => Outcome::Unread {
                why: unread(gap),
                remedy: "`igvctl plan` lists everything that could not be read".to_owned(),
            },
            None => Outcome::skipped(format!(
                "the {} `{id}` is none of the file's own",
                kind.descriptor().title
            )),
        }
    }

    /// The wanted policies of the role that people get, by name.
    pub(super) fn wanted_policies(&self, role_arn: &str) -> Option<BTreeMap<String, Document>> {
        let (address, _, _) = self.with_output::<Role>("arn", role_arn)?;
        let (_, fields) = self.wanted(Kind::Role).find(|(it, _)| *it == address)?;
        let Some(Value::Table(entries)) = fields.get("policies") else {
            return None;
        };
        let documents = entries
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_policy()?.clone())));
        Some(documents.collect())
    }
}

/// A gap in one line.
pub(super) fn unread(gap: &Gap) -> String {
    format!("{}: {}: {}", gap.what, gap.action, gap.error)
}
