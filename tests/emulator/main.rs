//! On ground that others wrote: the engine, over HTTP, on ministack, an emulator of AWS that knows nothing of igvctl.
//!
//! It is installed from PyPI into the build folder, and listens on loopback.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod behind;
mod converge;
mod defects;
mod differential;
mod ministack;
mod remains;

#[path = "../kinds/alter.rs"]
mod alter;
#[path = "../kinds/engine.rs"]
mod engine;
#[path = "../kinds/lists.rs"]
mod lists;
#[path = "../python.rs"]
mod python;
#[path = "../kinds/walk.rs"]
mod walk;
