//! `igvctl doctor`, as a process: configs with the mistakes that people make, each with all that is printed about it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod files;
mod sandboxed;
#[path = "../e2e/support.rs"]
mod support;
mod web;

#[path = "../python.rs"]
mod python;
