//! `igvctl doctor`, as a process: configs with the mistakes that people make, each with all that is printed about it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod files;
#[path = "../e2e/support.rs"]
#[expect(dead_code, reason = "no sandbox is served here")]
mod support;
mod web;
