//! IAM policy documents: parsing, meaning, equality, comparison, evaluation.
//!
//! A document is a small language. Two texts that differ may mean the same, because AWS itself hands a document back
//! in another form than it was sent (`"a"` for `["a"]`, an account id as its root ARN, other key order, a numeric Sid).
//! So a [`Document`] is compared by what it means, never by its text; [`compare`] tells which way a change goes; and
//! [`evaluate`] and [`access`] decide a request the way AWS documents it.
//!
//! The crate is pure: it reads no file, no clock and no network.
//!
//! Sources, by the names of their pages: IAM User Guide, "Grammar of the IAM JSON policy language", "IAM JSON policy
//! elements" (Principal, NotPrincipal, Resource, Condition, condition operators, variables), "Policy evaluation logic";
//! S3 User Guide, "The meaning of 'public'".

mod document;
mod name;
mod operator;
mod parse;
mod place;
mod write;

pub use document::{Conditions, Document, Effect, Principal, Scope, Statement, Version};
pub use name::{Name, Remark};
pub use operator::{Operator, Quantifier, Test};
pub use parse::{Fault, MAX_BYTES, ParseError};
pub use place::Place;
