//! The spec: what is wanted, as one YAML file says it and as typed nouns.
//!
//! [`parse`] reads a file: the text becomes a tree with places (`yaml`), the tree becomes values by the shapes of
//! sections and nouns (`read`, `document`), and the sections become resources that quote each other (`expand`). What
//! AWS or IGV would refuse is refused here, every error of a file in one run. [`emit`] writes a spec back.
//!
//! Pure: no AWS SDK, no async runtime, no file system, no environment, no clock.

mod address;
mod check;
mod document;
mod emit;
mod error;
mod expand;
mod graph;
mod mask;
mod names;
mod partition;
mod policies;
mod read;
mod secret;
mod shape;
mod spec;
mod value;
mod yaml;

pub mod kinds;

pub use address::{Address, AddressError, Reference};
pub use emit::emit;
pub use error::{SpecError, SpecErrors, Spot};
pub use kinds::{Cost, Descriptor, Kind, Noun, Output, Replace};
pub use secret::Secret;
pub use shape::{Class, Entries, FieldShape, Misfit, Opening, Shape, Shaped, Tags};
pub use spec::{GrantedBucket, Resource, Spec, Stack, UsersMode};
pub use value::{Piece, Text, Value};

/// Reads a file. `env` looks up the environment variables that it names with `!env`.
///
/// # Errors
///
/// Everything that is wrong with the file, each with its place.
pub fn parse(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Spec, SpecErrors> {
    let parsed = yaml::parse(text);
    let mut errors = parsed.errors;
    let Some(root) = parsed.root else {
        if errors.is_empty() {
            let error = SpecError::new(Spot::START, "the file is empty").hint("`igvctl init` writes a small one");
            errors.push(error);
        }
        return Err(SpecErrors::new(errors, &parsed.masks));
    };
    let mut expanded = expand::expand(&root, &parsed.masks, read::Reader::new(env));
    errors.append(&mut expanded.errors);
    check::check(&expanded, &parsed.masks, &mut errors);
    graph::check(&expanded.drafts, &mut errors);
    if errors.is_empty() {
        Ok(expanded.spec)
    } else {
        Err(SpecErrors::new(errors, &parsed.masks))
    }
}
