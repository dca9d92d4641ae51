//! Plans as people, machines and merge requests read them. Secrets are never in any of the three.

mod colours;
mod fields;
mod json;
mod markdown;
mod people;
mod words;

pub use json::{FORMAT, to_json};
pub use markdown::to_markdown;
pub use people::to_text;
pub use words::{advice, reason, value};
