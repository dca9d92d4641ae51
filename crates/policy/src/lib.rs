//! IAM policy documents: parsing, meaning, equality, comparison, evaluation.
//!
//! A document is a small language. Two texts that differ may mean the same, because AWS itself hands a document back
//! in another form than it was sent (`"a"` for `["a"]`, an account id as its root ARN, other key order, a numeric Sid).
//! So a [`Document`] is compared by what it means, never by its text; [`compare`] tells which way a change goes; and
//! [`evaluate`] and [`access`] decide a request the way AWS documents it.
//!
//! The crate is pure: it reads no file, no clock and no network.
//!
//! ```
//! use policy::{Document, PrincipalId, Request, Shift, compare, evaluate};
//!
//! let read = r#"{"Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reads/*"}}"#;
//! let old = Document::parse(read)?;
//! let new = Document::parse(&read.replace("s3:GetObject", "s3:Get*"))?;
//! assert_eq!(compare(Some(&old), Some(&new)), Shift::Loosens);
//!
//! let ann = PrincipalId::User("arn:aws:iam::111122223333:user/ann".to_owned());
//! let request = Request::new(ann, "s3:GetObject", "arn:aws:s3:::reads/a.bam");
//! assert!(evaluate(&[("inline", &old)], &request).is_allowed());
//! # Ok::<(), policy::ParseError>(())
//! ```
//!
//! Sources, by the names of their pages: IAM User Guide, "Grammar of the IAM JSON policy language", "IAM JSON policy
//! elements" (Principal, NotPrincipal, Resource, Condition, condition operators, variables), "Policy evaluation logic";
//! S3 User Guide, "The meaning of 'public'".

mod access;
mod compare;
mod cover;
mod document;
mod evaluate;
mod name;
mod operator;
mod parse;
mod pattern;
mod place;
mod public;
mod request;
mod scalar;
mod write;

pub use access::{Access, Layer, Policies, access};
pub use compare::{Shift, common, compare, together};
pub use document::{Conditions, Document, Effect, Principal, Scope, Statement, Version};
pub use evaluate::{By, Decision, evaluate};
pub use name::{Name, Remark};
pub use operator::{Operator, Quantifier, Test};
pub use parse::{Fault, MAX_BYTES, ParseError};
pub use place::Place;
pub use request::{Grant, PrincipalId, Request};
