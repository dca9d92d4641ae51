//! A sandbox inside the process, looked at and changed through the engine: what the tests of kinds share.

use std::ops::Deref;

use applier::Ground;
use planner::{Options, Plan};
use sandbox::Sandbox;
use spec_model::{Kind, Spec};

pub(crate) use crate::engine::{Engine, text};
use crate::lists::{Place, states_in};
pub(crate) use crate::lists::{State, spec};

/// The states of a kind, in order.
pub(crate) fn states(kind: Kind) -> Vec<State> {
    states_in(&Place::default(), kind)
}

/// One sandbox and the engine on it.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    engine: Engine,
}

impl Deref for World {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl World {
    pub(crate) async fn new(spec: &Spec) -> Self {
        Self::on(Sandbox::in_memory(7), spec).await
    }

    /// The engine of another stack on the same sandbox.
    pub(crate) async fn beside(&self, spec: &Spec) -> Self {
        Self::on(self.sandbox.clone(), spec).await
    }

    async fn on(sandbox: Sandbox, spec: &Spec) -> Self {
        let engine = Engine::on(&Ground::Embedded(sandbox.http_client()), spec).await;
        Self { sandbox, engine }
    }

    /// Plans and carries out; every step must be done.
    pub(crate) async fn run(&self, name: &str, spec: &Spec, options: &Options) -> Plan {
        let (plan, undone) = self.attempt(spec, options).await;
        assert!(undone.is_empty(), "{name}: {}\n{}", undone.join("\n"), text(&plan));
        plan
    }

    /// Brings a spec about; a second look must find nothing to do. The plan is given back.
    pub(crate) async fn apply(&self, name: &str, spec: &Spec, options: &Options) -> Plan {
        let plan = self.run(name, spec, options).await;
        let (second, _) = self.leftover(spec).await;
        assert!(
            second.is_in_sync(),
            "{name}: a second plan is not empty\n{}\nafter\n{}",
            text(&second),
            text(&plan)
        );
        plan
    }
}
