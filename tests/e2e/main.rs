//! The real binary, as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod adoption;
mod behind_the_back;
mod canned;
mod commands;
mod config;
mod init;
mod main_job;
mod real_endpoints;
mod support;
mod verify;

#[path = "../python.rs"]
mod python;
