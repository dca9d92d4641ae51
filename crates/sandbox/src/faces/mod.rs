//! What the public sees of AWS: distributions and the hosted login, under their hosts or under a path.

pub(crate) mod cloudfront;

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
    face: Face,
    host: String,
    path: String,
}

/// The face that a request is for, by its host or by its path.
pub(crate) fn of(wire: &Wire) -> Option<FaceRequest> {
    if let Some(face) = Face::of_host(&wire.host) {
        return Some(FaceRequest {
            face,
            host: wire.host.clone(),
            path: wire.path.clone(),
        });
    }
    let (segment, rest) = wire.path.strip_prefix('/')?.split_once('/')?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.to_ascii_lowercase();
    let face = Face::of_host(&host).filter(|face| face.segment() == segment)?;
    Some(FaceRequest {
        face,
        path: format!("/{path}"),
        host,
    })
}

/// Answers a request to a face. While serving at `base`, the addresses in the answer are those that can be opened.
pub(crate) fn answer(world: &mut World, request: &FaceRequest, wire: &Wire, base: Option<&str>) -> Reply {
    let answer = match request.face {
        Face::CloudFront => cloudfront::get(world, &request.host, &wire.method, &request.path, &wire.headers),
        Face::Cognito => FaceAnswer {
            status: 404,
            ..FaceAnswer::default()
        },
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
