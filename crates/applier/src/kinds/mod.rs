//! The verb files: how AWS spells each kind.

#[cfg(test)]
mod decided;
mod identity_pool;
mod identity_pool_roles;
mod in_pool;
mod once;
mod tags;
mod user;
mod user_pool;
mod user_pool_client;
mod user_pool_domain;
