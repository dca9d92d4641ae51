//! Looks at AWS and acts on AWS: the only crate that does either.

mod clients;
mod error;
mod eventually;
mod kinds;
mod tagged;
mod verbs;

pub use clients::{Clients, Ground};
pub use error::{ErrorClass, WorldError};
pub use verbs::{Made, Parent, Permission, Search, Sightings, Target, Verbs, Wanted, marks};
