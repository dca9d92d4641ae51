//! The verbs of roles, buckets, objects, config files and distributions, through the real SDK on the sandbox.

mod bucket;
mod bucket_policy;
mod config_file;
mod distribution;
mod ground;
mod object;
mod origin_access_control;
mod role;
mod welcome_page;
