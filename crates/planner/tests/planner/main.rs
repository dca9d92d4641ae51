//! The planner against a world without AWS: laws that hold for every stack, and cases whose plans are read as a whole.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cases;
mod generate;
mod laws;
mod world;
