//! The verb files: how AWS spells each kind.

mod bucket;
mod bucket_policy;
mod config_file;
#[cfg(test)]
mod decided;
mod distribution;
mod identity_pool;
mod identity_pool_roles;
mod in_pool;
mod object;
mod once;
mod origin_access_control;
mod published;
pub(crate) mod role;
mod tags;
mod user;
mod user_pool;
mod user_pool_client;
mod user_pool_domain;
mod welcome_page;
