//! Compares what is wanted with what is there, and orders the steps between them.
//!
//! Pure and total: equal inputs give an equal plan, and every input gives one.

mod differ;
mod live;
mod local;
mod merge;
mod notices;
mod order;
mod plan;
mod planning;
mod present;
mod removal;
mod saved;
pub mod show;

pub use live::{Finding, Found, Gap, Harm, Held, Leftover, Live, Object};
pub use local::{Local, LocalFile, UNKNOWN, UNREAD};
pub use plan::{Action, Change, Effect, Phase, Plan, Reason, Step, StepKey};
pub use planning::{Options, plan};
pub use saved::unexpected;
