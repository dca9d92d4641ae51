//! Every kind on a sandbox inside the process: through lists of states, field by field, and beside what is not ours.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod alter;
mod beside;
mod engine;
mod fields;
mod lists;
mod states;
mod still;
mod walk;
mod world;
