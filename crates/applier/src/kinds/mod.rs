//! One verb file per kind.

mod bucket;
mod bucket_policy;
mod config_file;
mod distribution;
mod object;
mod origin_access_control;
mod role;
