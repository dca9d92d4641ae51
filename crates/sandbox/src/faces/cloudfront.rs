//! What viewers get from a distribution.

use crate::faces::FaceAnswer;
use crate::world::World;

/// Answers a viewer. The path is as it was sent, percent-encoded and without a query.
pub(crate) fn get(
    _world: &World,
    _host: &str,
    _method: &str,
    _path: &str,
    _headers: &[(String, String)],
) -> FaceAnswer {
    FaceAnswer {
        status: 404,
        ..FaceAnswer::default()
    }
}
