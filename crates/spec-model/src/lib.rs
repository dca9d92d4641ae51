//! The spec: what is wanted, as one YAML file says it and as typed nouns.
//!
//! Pure: no AWS SDK, no async runtime, no file system, no environment, no clock.

mod address;
mod secret;
mod shape;
mod spec;
mod value;

pub mod kinds;

pub use address::{Address, AddressError, Reference};
pub use kinds::{Cost, Descriptor, Kind, Noun, Output, Replace};
pub use secret::Secret;
pub use shape::{Class, Entries, FieldShape, Misfit, Opening, Shape, Shaped, Tags};
pub use spec::{GrantedBucket, Resource, Spec, Stack, UsersMode};
pub use value::{Piece, Text, Value};
