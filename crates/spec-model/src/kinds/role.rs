//! The noun `role`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::kinds::noun;
use crate::shape::{Entries, Opening, Tags};

noun! {
    /// The IAM role that people get when they have logged in: what they may read.
    Role {
        title: "role", replace: Never, cost: Login, opens: true,
        parent: None, mark: "tags and path",
        outputs: [
            "arn": "the role's ARN, with its path",
            "name": "the role's name",
        ],
    }
    /// Name of the role; unique in the account over all regions.
    fixed name: String ["RoleName"],
    /// Path of the role; part of its ARN.
    fixed path: String ["Path"],
    /// Who may assume it.
    ours trust: policy::Document ["AssumeRolePolicyDocument"]; opens_by(Opening::Policy),
    /// Its inline policies, by name: exactly these. One that only denies, put there by somebody else, is held.
    ours policies: BTreeMap<String, policy::Document> ["PutRolePolicy"]; opens_by(Opening::Policy),
    /// ARNs of its managed policies: exactly these.
    ours managed_policies: BTreeSet<String> ["AttachRolePolicy"] = BTreeSet::new(); opens_by(Opening::Grows),
    /// ARN of the policy that bounds it.
    if_written permissions_boundary: Option<String> ["PermissionsBoundary"],
    /// How long its credentials may last; IGV asks for one hour.
    ours max_session: Duration ["MaxSessionDuration"] = Duration::from_secs(3600),
    /// What it is for.
    ours description: String ["Description"] = "Read rights of people who logged in to IGV.".to_owned(),
    /// Tags, key by key; foreign tags are kept.
    ours tags: Tags ["TagRole"] = Entries(BTreeMap::new()),
}
