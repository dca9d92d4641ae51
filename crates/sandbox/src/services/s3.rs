//! The s3 service.

use serde::{Deserialize, Serialize};

use crate::call::Operation;

/// What this service knows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {}

/// The operation of this name, if it is served.
pub(crate) fn operation(_name: &str) -> Option<Operation> {
    None
}
