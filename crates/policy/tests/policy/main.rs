//! The tests of the crate from outside.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod comparison;
mod documents;
mod evaluation;
mod oracle;
mod properties;
mod short;
