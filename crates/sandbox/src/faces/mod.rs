//! What the public sees of AWS: distributions, login pages and what pools tell about themselves, under their hosts or
//! under a path.

pub(crate) mod cloudfront;
pub(crate) mod hosted_ui;

use self::hosted_ui::well_known::{self, Document};
use crate::mail;
use crate::names::{self, Face};
use crate::protocol::wire::{Reply, Wire};
use crate::world::World;

/// What a face answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FaceAnswer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// A request to a face.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FaceRequest {
    to: To,
    /// What stands before its paths; empty where it was reached by its host.
    mount: String,
    path: String,
}

/// Whom a request is for.
#[derive(Debug, PartialEq, Eq)]
enum To {
    /// A distribution, by its host.
    Distribution(String),
    /// A domain of a user pool, by its host.
    Domain(String),
    /// A user pool, by its id, and which of its documents.
    Pool(String, Document),
    /// The mailbox.
    Mail,
}

impl To {
    fn of(face: Face, host: String) -> Self {
        match face {
            Face::CloudFront => Self::Distribution(host),
            Face::Cognito => Self::Domain(host),
        }
    }
}

impl FaceRequest {
    /// Whether the world may be another afterwards, though nothing was drawn: codes are used up, tries are counted.
    pub(crate) fn writes(&self, wire: &Wire) -> bool {
        match self.to {
            To::Domain(_) => wire.method == "POST" || self.path == "/logout",
            To::Distribution(_) | To::Pool(_, _) | To::Mail => false,
        }
    }
}

/// The face that a request is for, by its host or by its path.
pub(crate) fn of(wire: &Wire) -> Option<FaceRequest> {
    if let Some(face) = Face::of_host(&wire.host) {
        return Some(FaceRequest {
            to: To::of(face, wire.host.clone()),
            mount: String::new(),
            path: wire.path.clone(),
        });
    }
    if matches!(wire.method.as_str(), "GET" | "HEAD")
        && let Some((pool, document)) = well_known::of(&wire.path)
    {
        return Some(FaceRequest {
            to: To::Pool(pool.to_owned(), document),
            mount: String::new(),
            path: wire.path.clone(),
        });
    }
    if matches!(wire.path.as_str(), mail::PAGE | mail::DOCUMENT) && mail::is_here(&wire.host) {
        return Some(FaceRequest {
            to: To::Mail,
            mount: String::new(),
            path: wire.path.clone(),
        });
    }
    let (segment, rest) = wire.path.strip_prefix('/')?.split_once('/')?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let face = Face::of_host(&host.to_ascii_lowercase()).filter(|face| face.segment() == segment)?;
    Some(FaceRequest {
        mount: format!("/{segment}/{host}"),
        path: format!("/{path}"),
        to: To::of(face, host.to_ascii_lowercase()),
    })
}

/// Answers a request to a face. While serving at `base`, the addresses in the answer are those that can be opened.
pub(crate) fn answer(world: &mut World, request: &FaceRequest, wire: &Wire, base: Option<&str>) -> Reply {
    let FaceRequest { to, mount, path } = request;
    let (answer, base) = match to {
        To::Distribution(host) => (cloudfront::get(world, host, &wire.method, path, &wire.headers), base),
        To::Domain(host) => {
            // Who came by the host's own name finds it again by that name.
            let base = base.filter(|_| !mount.is_empty());
            (hosted_ui::answer(world, host, mount, path, wire), base)
        }
        To::Pool(pool, document) => {
            let base = base.filter(|_| !wire.host.ends_with(".amazonaws.com"));
            (well_known::get(world, pool, *document, base), base)
        }
        To::Mail => (mail::get(world, path), base),
    };
    let answer = match base {
        Some(base) => names::localise_answer(base, answer),
        None => answer,
    };
    Reply {
        status: answer.status,
        headers: answer
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect(),
        body: answer.body,
        ..Reply::default()
    }
}
