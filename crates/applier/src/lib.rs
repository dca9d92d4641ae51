//! Looks at AWS and acts on AWS: the only crate that does either.

mod calls;
mod clients;
mod error;
mod eventually;
mod kinds;
mod owner;
mod s3_objects;
mod tagged;
mod upload;
mod verbs;

pub mod config_body;
pub mod fingerprint;

pub use clients::{Clients, Ground};
pub use error::{ErrorClass, WorldError};
pub use verbs::{Made, Parent, Permission, Search, Sightings, Target, Verbs, Wanted, marks};
