//! Compares what is wanted with what is there, and orders the steps between them.
//!
//! Pure and total: equal inputs give an equal plan, and every input gives one.

mod live;
mod local;

pub use live::{Finding, Found, Gap, Harm, Held, Leftover, Live, Object};
pub use local::{Local, LocalFile};
