//! Local files: the planner's third input.

use std::collections::BTreeMap;

use spec_model::Address;

/// The local files of the spec's resources; an address without an entry has none.
pub type Local = BTreeMap<Address, LocalFile>;

/// The end of a wanted fingerprint that was not computed, because the size alone tells that the file is another one.
///
/// Whoever uploads the file computes it.
pub const UNREAD: &str = "(another size)";

/// The end of a live fingerprint of which only the size is known: an adopted file that somebody else uploaded. A local
/// file of the same size counts as the same.
pub const UNKNOWN: &str = "(content not known)";

/// A local file that a resource is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    /// Its size in bytes.
    pub size: u64,
    /// `<size>-<CRC64NVME>`; absent where the size alone tells it from what is there.
    pub fingerprint: Option<String>,
}
