//! Where a pool is, found by what an unsigned call names.

use crate::call::{Call, Fault};
use crate::services::cognito_idp::fault::not_found;
use crate::services::cognito_idp::{Pool, client, pool};
use crate::world::World;

/// Where a pool is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The account.
    pub(crate) account: String,
    /// The region.
    pub(crate) region: String,
    /// The pool's id.
    pub(crate) id: String,
}

impl Place {
    /// The pool that a signed call names.
    pub(crate) fn of_call(world: &World, call: &Call) -> Result<Self, Fault> {
        let pool = pool::find(world, call)?;
        Ok(Self {
            account: call.account.clone(),
            region: call.region.clone(),
            id: pool.id.clone(),
        })
    }

    /// The pool that has a client.
    pub(crate) fn of_client(world: &World, id: &str) -> Result<Self, Fault> {
        Self::find(world, |_, pool| pool.clients.contains_key(id)).ok_or_else(|| client::unknown(id))
    }

    /// The pool of an id, whoever owns it.
    pub(crate) fn of_pool(world: &World, id: &str) -> Option<Self> {
        Self::find(world, |_, pool| pool.id == id)
    }

    /// The pool that has a prefix domain in a region.
    pub(crate) fn of_domain(world: &World, region: &str, prefix: &str) -> Option<Self> {
        Self::find(world, |there, pool| {
            there == region && pool.domain.as_ref().is_some_and(|domain| domain.name == prefix)
        })
    }

    fn find(world: &World, is_it: impl Fn(&str, &Pool) -> bool) -> Option<Self> {
        world.cognito_idp.iter().find_map(|(account, regions)| {
            regions.iter().find_map(|(region, state)| {
                let pool = state.pools.values().find(|pool| is_it(region, pool))?;
                Some(Self {
                    account: account.clone(),
                    region: region.clone(),
                    id: pool.id.clone(),
                })
            })
        })
    }

    /// The pool.
    pub(crate) fn pool<'w>(&self, world: &'w World) -> Result<&'w Pool, Fault> {
        world
            .cognito_idp
            .get(&self.account)
            .and_then(|regions| regions.get(&self.region))
            .and_then(|state| state.pools.get(&self.id))
            .ok_or_else(|| self.gone())
    }

    /// The pool, to write to it.
    pub(crate) fn pool_mut<'w>(&self, world: &'w mut World) -> Result<&'w mut Pool, Fault> {
        world
            .cognito_idp
            .get_mut(&self.account)
            .and_then(|regions| regions.get_mut(&self.region))
            .and_then(|state| state.pools.get_mut(&self.id))
            .ok_or_else(|| self.gone())
    }

    /// The issuer of its tokens.
    pub(crate) fn issuer(&self) -> String {
        crate::tokens::user_pool_issuer(&self.region, &self.id)
    }

    fn gone(&self) -> Fault {
        not_found(format!("User pool {} does not exist.", self.id))
    }
}
