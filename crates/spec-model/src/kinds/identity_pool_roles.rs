//! The noun `identity_pool_roles`.

use std::collections::BTreeMap;

use crate::kinds::noun;
use crate::shape::Opening;

noun! {
    /// Which role a login gets: one whole map, written by one call.
    IdentityPoolRoles {
        title: "roles of the identity pool", replace: CreateFirst, cost: Login, opens: true,
        parent: Some(("identity_pool_id", crate::kinds::Kind::IdentityPool)), mark: "belongs to its identity pool",
        outputs: [],
    }
    /// The identity pool.
    fixed identity_pool_id: String ["IdentityPoolId"],
    /// ARN of the role of people who logged in.
    ours authenticated: String ["Roles.authenticated"],
    /// ARN of the role of guests: none.
    ours unauthenticated: String ["Roles.unauthenticated"] = String::new(); opens_by(Opening::Unless("".into())),
    /// Rules that choose other roles. Any rule breaks the classic flow, which IGV uses.
    ours role_mappings: BTreeMap<String, String> ["RoleMappings"] = BTreeMap::new(); opens_by(Opening::Grows),
}
