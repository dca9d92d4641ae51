//! The engine: the executor on a fake world, and whole stacks through the real SDK on the sandbox.

mod errors;
mod executor;
mod fake;
mod ground;
mod lessons;
mod permissions;
mod reads;
mod refused;
