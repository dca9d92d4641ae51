//! Deciding a request by documents: an explicit deny wins, then an allow, else it is denied implicitly.
//!
//! IAM User Guide, "Policy evaluation logic". What is surprising there: a condition on a key that the request lacks
//! fails, unless the operator is negative, has `IfExists`, or is quantified `ForAllValues:`, which then pass; so a deny
//! under `ForAllValues:` hits requests without the key, and an allow under it lets them in.

use std::collections::BTreeSet;
use std::fmt;

use crate::document::{Document, Effect, Principal, Scope, Statement, Version};
use crate::name::Name;
use crate::operator::{Operator, Quantifier, Test};
use crate::pattern::{ACTION, Pattern, Syntax, resource_syntax, whole_resource};
use crate::request::{Grant, PrincipalId, Request};
use crate::scalar::{Range, date, number};

/// What documents say of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A statement denies it; no allow helps.
    ExplicitDeny(By),
    /// A statement allows it and none denies it.
    Allow(By),
    /// No statement speaks of it.
    ImplicitDeny,
}

/// The statement that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// The label of the document.
    pub label: String,
    /// The index of the statement in the document.
    pub statement: usize,
    /// The statement's Sid, if it has one.
    pub sid: Option<String>,
    /// How closely the statement names the principal.
    pub grant: Grant,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, statement {}", self.label, self.statement + 1)?;
        match &self.sid {
            Some(sid) => write!(f, " (`{sid}`)"),
            None => Ok(()),
        }
    }
}

impl Decision {
    /// Whether the request is allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Decision::Allow(_))
    }
}

/// Decides a request by documents that count alike. Of several statements that allow, the one that names the principal
/// most closely is given; among those, and among denies, the first.
pub fn evaluate(documents: &[(&str, &Document)], request: &Request) -> Decision {
    let mut allowed: Option<By> = None;
    for (label, document) in documents {
        for (index, statement) in document.statements().iter().enumerate() {
            let Some(grant) = applies(statement, document.version(), request) else {
                continue;
            };
            let sid = statement.sid.text().map(str::to_owned);
            let by = By {
                label: (*label).to_owned(),
                statement: index,
                sid,
                grant,
            };
            match statement.effect {
                Effect::Deny => return Decision::ExplicitDeny(by),
                Effect::Allow if allowed.as_ref().is_none_or(|before| before.grant < grant) => allowed = Some(by),
                Effect::Allow => {}
            }
        }
    }
    allowed.map_or(Decision::ImplicitDeny, Decision::Allow)
}

/// Whether a statement speaks of a request, and how closely it names the principal.
fn applies(statement: &Statement, version: Version, request: &Request) -> Option<Grant> {
    let Statement {
        sid: _,
        effect,
        principals,
        actions,
        resources,
        conditions,
    } = statement;
    let grant = match principals {
        None => Grant::Attached,
        Some(scope) => names(scope, *effect, &request.principal)?,
    };
    let variables = version == Version::V2012;
    let action = |name: &Name| Pattern::new(name.as_str(), ACTION).matches(&request.action, true);
    // A trust policy has no resources: it is about the role it is attached to.
    let resource = |text: &String| {
        let pattern = Pattern::filled(&whole_resource(text), resource_syntax(variables), &|name| {
            variable(name, request)
        });
        pattern.is_some_and(|pattern| pattern.matches(&request.resource, false))
    };
    let spoken_of = is_in(actions, action)
        && resources.as_ref().is_none_or(|scope| is_in(scope, resource))
        && conditions
            .iter()
            .all(|((operator, key), values)| holds(*operator, key, values, variables, request));
    spoken_of.then_some(grant)
}

fn is_in<T: Ord>(scope: &Scope<T>, matches: impl Fn(&T) -> bool) -> bool {
    scope.set().iter().any(matches) != scope.negated()
}

fn names(scope: &Scope<Principal>, effect: Effect, principal: &PrincipalId) -> Option<Grant> {
    let known = principal.names();
    let listed = |set: &BTreeSet<Principal>, name: &Principal| {
        set.iter().any(|entry| {
            *entry == Principal::anyone() || entry == name || entry.value() == "*" && entry.kind() == name.kind()
        })
    };
    match scope {
        Scope::Only(set) if set.contains(&Principal::anyone()) => Some(Grant::Direct),
        Scope::Only(set) => known
            .iter()
            .filter(|(name, _)| listed(set, name))
            .map(|(_, grant)| *grant)
            .max(),
        // IAM User Guide, "NotPrincipal": a deny spares a user only if both he and his account are listed, and a
        // session only if it, its role and the account are.
        Scope::Except(set) => {
            let spared = match effect {
                Effect::Deny => !known.is_empty() && known.iter().all(|(name, _)| listed(set, name)),
                Effect::Allow => known.iter().any(|(name, _)| listed(set, name)),
            };
            // Whoever lists everybody spares everybody, those without a name too.
            (!spared && !set.contains(&Principal::anyone())).then_some(Grant::Direct)
        }
    }
}

/// The value of a policy variable, `key` or `key, 'default'`. A key of several values has none.
fn variable(text: &str, request: &Request) -> Option<String> {
    let (key, default) = match text.split_once(',') {
        Some((key, default)) => (
            key,
            default
                .trim()
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\'')),
        ),
        None => (text, None),
    };
    match request.values(&Name::new(key.trim())) {
        Some([value]) => Some(value.clone()),
        Some(_) => None,
        None => default.map(str::to_owned),
    }
}

/// Whether a condition holds.
fn holds(operator: Operator, key: &Name, values: &BTreeSet<String>, variables: bool, request: &Request) -> bool {
    let Operator {
        quantifier,
        test,
        if_exists,
    } = operator;
    let present = request.values(key);
    if test == Test::Null {
        return values.contains(if present.is_none() { "true" } else { "false" });
    }
    let Some(present) = present else {
        return match quantifier {
            Some(Quantifier::ForAllValues) => true,
            Some(Quantifier::ForAnyValue) => if_exists,
            None => if_exists || test.negative(),
        };
    };
    let equal = |value: &String| {
        values
            .iter()
            .any(|wanted| compares(test, wanted, value, variables, request))
    };
    let passes = |value: &String| equal(value) != test.negative();
    match quantifier {
        Some(Quantifier::ForAllValues) => present.iter().all(passes),
        Some(Quantifier::ForAnyValue) => present.iter().any(passes),
        // Without a quantifier, a negative comparison is the opposite of the positive one.
        None => present.iter().any(equal) != test.negative(),
    }
}

/// Whether a value of the request compares with a value of the document, by the positive form of the test.
fn compares(test: Test, wanted: &str, value: &str, variables: bool, request: &Request) -> bool {
    if test.textual() {
        let fold = matches!(test, Test::StringEqualsIgnoreCase | Test::StringNotEqualsIgnoreCase);
        let syntax = Syntax {
            wildcards: test.wildcards(),
            variables,
            fold,
        };
        let Some(pattern) = Pattern::filled(wanted, syntax, &|name| variable(name, request)) else {
            return false;
        };
        if !test.name().starts_with("Arn") {
            return pattern.matches(value, fold);
        }
        // Each of an ARN's six parts is compared by itself, so that a wildcard does not reach over a colon.
        let parts: Vec<&str> = value.splitn(6, ':').collect();
        return parts.len() == 6
            && pattern.arn_parts().is_some_and(|patterns| {
                patterns
                    .iter()
                    .zip(parts)
                    .all(|(pattern, part)| pattern.matches(part, false))
            });
    }
    let numbers = |accept: fn(f64, f64) -> bool| {
        number(value)
            .zip(number(wanted))
            .is_some_and(|(value, wanted)| accept(value, wanted))
    };
    let dates = |accept: fn(&i64, &i64) -> bool| {
        date(value)
            .zip(date(wanted))
            .is_some_and(|(value, wanted)| accept(&value, &wanted))
    };
    match test {
        Test::NumericEquals | Test::NumericNotEquals => numbers(|value, wanted| value == wanted),
        Test::NumericLessThan => numbers(|value, wanted| value < wanted),
        Test::NumericLessThanEquals => numbers(|value, wanted| value <= wanted),
        Test::NumericGreaterThan => numbers(|value, wanted| value > wanted),
        Test::NumericGreaterThanEquals => numbers(|value, wanted| value >= wanted),
        Test::DateEquals | Test::DateNotEquals => dates(i64::eq),
        Test::DateLessThan => dates(i64::lt),
        Test::DateLessThanEquals => dates(i64::le),
        Test::DateGreaterThan => dates(i64::gt),
        Test::DateGreaterThanEquals => dates(i64::ge),
        Test::Bool => wanted.eq_ignore_ascii_case(value),
        Test::BinaryEquals => wanted == value,
        Test::IpAddress | Test::NotIpAddress => Range::read(wanted)
            .zip(Range::read(value))
            .is_some_and(|(wanted, value)| wanted.covers(value)),
        Test::StringEquals
        | Test::StringNotEquals
        | Test::StringEqualsIgnoreCase
        | Test::StringNotEqualsIgnoreCase
        | Test::StringLike
        | Test::StringNotLike
        | Test::ArnEquals
        | Test::ArnLike
        | Test::ArnNotEquals
        | Test::ArnNotLike
        | Test::Null => false,
    }
}
