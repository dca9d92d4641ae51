//! Looks at AWS and acts on AWS: the only crate that does either.

mod account;
mod aws;
mod calls;
mod clients;
pub mod config_body;
mod endpoints;
mod error;
mod eventually;
mod execute;
pub mod fingerprint;
mod kinds;
mod listing;
mod local;
mod owner;
mod profile;
mod remedy;
mod s3_objects;
mod tagged;
pub mod unsigned;
mod upload;
mod verbs;
pub mod web;
mod world;

pub use account::{ACCOUNT_CALLS, AccountError};
pub use aws::{Aws, permissions};
pub use clients::{Clients, Ground};
pub use endpoints::Endpoint;
pub use error::{ErrorClass, WorldError, lacks_credentials};
pub use execute::{Event, Outcome, Report, execute};
pub use planner::Local;
pub use profile::{ProfileError, check_profile};
pub use remedy::remedy;
pub use upload::KMS_CALLS;
pub use verbs::{Early, Made, Parent, Permission, Search, Sightings, Target, Verbs, Wanted, marks};
pub use world::{Act, Deed, Look, What};
