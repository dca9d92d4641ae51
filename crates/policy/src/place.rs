//! What a document may say depends on where it is attached.

use std::collections::BTreeSet;

use crate::document::{Document, Scope};
use crate::parse::Fault;

/// Where a document is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// To a user, group or role: it names no principal.
    Identity,
    /// To a resource, such as a bucket: it names principals and resources.
    Resource,
    /// To a role, to say who may assume it: it names principals but no resource.
    Trust,
}

impl Document {
    /// What is wrong with the document at a place. Empty if nothing is.
    ///
    /// The problems are in the words of `MalformedPolicyDocument` (IAM) and `MalformedPolicy` (S3) where AWS has words.
    pub fn check(&self, place: Place) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.is_empty() {
            faults.push(Fault::new(
                "Statement",
                "there is no statement",
                "one statement or more",
            ));
        }
        let mut sids = BTreeSet::new();
        for (index, statement) in self.statements().iter().enumerate() {
            let path = format!("Statement[{index}]");
            let mut fault = |problem: &str, valid: &str| faults.push(Fault::new(path.clone(), problem, valid));
            match (place, &statement.principals) {
                (Place::Identity, Some(_)) => {
                    fault(
                        "Policy document should not specify a principal.",
                        "no `Principal` in an identity's policy",
                    );
                }
                (Place::Resource | Place::Trust, None) => {
                    fault("Missing required field Principal", "`Principal`");
                }
                (Place::Identity, None) | (Place::Resource | Place::Trust, Some(_)) => {}
            }
            match (place, &statement.resources) {
                (Place::Trust, Some(_)) => fault("Has prohibited field Resource", "no `Resource` in a trust policy"),
                (Place::Identity | Place::Resource, None) => {
                    fault(
                        "Policy statement must contain resources.",
                        "`Resource` or `NotResource`",
                    );
                }
                (Place::Trust, None) | (Place::Identity | Place::Resource, Some(_)) => {}
            }
            if place == Place::Trust {
                let sts = |action: &str| {
                    action
                        .get(..4)
                        .is_some_and(|service| service.eq_ignore_ascii_case("sts:"))
                };
                let only_sts = match &statement.actions {
                    Scope::Only(actions) => actions.iter().all(|action| sts(action.as_str())),
                    Scope::Except(_) => false,
                };
                if !only_sts {
                    fault(
                        "AssumeRole policy may only specify STS AssumeRole actions.",
                        "actions of `sts:`",
                    );
                }
            }
            if let Some(sid) = statement.sid.text() {
                if place != Place::Resource && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    fault(
                        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
                         expression [0-9A-Za-z]*",
                        "letters and digits",
                    );
                }
                if !sids.insert(sid) {
                    fault(
                        "Statement IDs (SID) in a single policy must be unique.",
                        "every Sid once",
                    );
                }
            }
        }
        faults
    }
}
