//! Whether S3 would call a bucket policy public, which `BlockPublicPolicy` refuses.
//!
//! S3 User Guide, "The meaning of 'public'": a policy is public until every statement that allows is seen to allow only
//! fixed principals, or everybody under a condition that fixes one of some keys. A fixed value has neither a wildcard
//! nor a variable in it. Denies do not make a policy less public.

use crate::document::{Document, Effect, Principal, Scope, Statement};
use crate::operator::{Operator, Quantifier, Test};
use crate::scalar::Range;

/// The keys whose fixed value makes a grant to everybody not public.
const KEYS: [&str; 12] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
    "s3:DataAccessPointAccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

impl Document {
    /// Whether S3 would call this bucket policy public.
    pub fn is_public(&self) -> bool {
        self.public_statements().next().is_some()
    }

    /// The indexes of the statements that make this bucket policy public.
    pub fn public_statements(&self) -> impl Iterator<Item = usize> + '_ {
        let public = |statement: &Statement| statement.effect == Effect::Allow && speaks_of_all(statement);
        self.statements()
            .iter()
            .enumerate()
            .filter(move |(_, statement)| public(statement))
            .map(|(index, _)| index)
    }
}

fn speaks_of_all(statement: &Statement) -> bool {
    let wild = match &statement.principals {
        Some(Scope::Only(set)) => set.iter().any(is_wild),
        Some(Scope::Except(_)) | None => true,
    };
    wild && !statement.conditions.iter().any(|((operator, key), values)| {
        // A positive comparison can only pass with one of its values; with none at all it never passes.
        limits(*operator) && values.iter().all(|value| is_fixed(key.as_str(), value, operator.test))
    })
}

fn is_wild(principal: &Principal) -> bool {
    principal.value().contains(['*', '?']) || principal.value().contains("${")
}

/// Whether a condition with this operator passes only with one of its values: a request without the key must not.
fn limits(operator: Operator) -> bool {
    let positive = operator.test == Test::IpAddress || operator.test.textual() && !operator.test.negative();
    positive && !operator.if_exists && operator.quantifier != Some(Quantifier::ForAllValues)
}

fn is_fixed(key: &str, value: &str, test: Test) -> bool {
    let is = |name: &str| key.eq_ignore_ascii_case(name);
    if is("aws:SourceIp") {
        return test == Test::IpAddress && Range::read(value).is_some_and(|range| !range.is_broad());
    }
    if test == Test::IpAddress || value.contains("${") {
        return false;
    }
    let wild = value.contains(['*', '?']);
    if is("s3:DataAccessPointArn") {
        // The access point's name may be open as long as its account is fixed.
        let parts: Vec<&str> = value.splitn(6, ':').collect();
        return !wild || parts.len() == 6 && !parts[4].is_empty() && !parts[4].contains(['*', '?']);
    }
    // A role's sessions choose the second half of `aws:userid` themselves.
    let session = is("aws:userid") && value.starts_with("AROA") && value.contains(':');
    !wild && !session && KEYS.iter().any(|name| is(name))
}
