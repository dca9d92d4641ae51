//! The cognito_identity service.

use serde::{Deserialize, Serialize};

use crate::call::Operation;

/// What this service knows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {}

/// The operation of this name, if it is served.
pub(crate) fn operation(_name: &str) -> Option<Operation> {
    None
}

/// The resources of a region and their tags.
pub(crate) fn tagged(
    _world: &crate::world::World,
    _account: &str,
    _region: &str,
) -> Vec<(String, std::collections::BTreeMap<String, String>)> {
    Vec::new()
}
