//! An AWS of the services that igvctl uses, inside the process.

mod blobs;
mod call;
mod services;
mod world;
