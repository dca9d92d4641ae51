//! Whether one statement speaks of all that another speaks of, decided without a request.
//!
//! Every answer is conservative: "covers" is said only where it is so for every request, "disjoint" likewise.

use std::collections::BTreeSet;

use crate::document::{Conditions, Document, Effect, Principal, Scope, Statement, Version};
use crate::name::Name;
use crate::operator::{Operator, Test};
use crate::pattern::{ACTION, Pattern, Syntax, resource_syntax, whole_resource};
use crate::scalar::Range;

/// A value of a scope that can be wider than another.
pub(crate) trait Wide: Ord + Clone {
    /// Whether this stands for all that `other` stands for.
    fn covers(&self, other: &Self, effect: Effect) -> bool;
    /// Whether nothing is meant by both.
    fn disjoint(&self, other: &Self) -> bool;
    /// Whether this stands for everything.
    fn is_everything(&self) -> bool;
}

impl Wide for Name {
    fn covers(&self, other: &Self, _: Effect) -> bool {
        action(self).covers(&action(other))
    }

    fn disjoint(&self, other: &Self) -> bool {
        !action(self).overlaps(&action(other))
    }

    fn is_everything(&self) -> bool {
        action(self).is_everything()
    }
}

fn action(name: &Name) -> Pattern {
    Pattern::new(name.as_str(), ACTION)
}

impl Wide for String {
    fn covers(&self, other: &Self, _: Effect) -> bool {
        resource(self).covers(&resource(other))
    }

    fn disjoint(&self, other: &Self) -> bool {
        !resource(self).overlaps(&resource(other))
    }

    fn is_everything(&self) -> bool {
        resource(self).is_everything()
    }
}

/// Statements are brought to the new language before they are compared, so `${…}` is a variable here.
fn resource(text: &str) -> Pattern {
    Pattern::new(&whole_resource(text), resource_syntax(true))
}

impl Wide for Principal {
    fn covers(&self, other: &Self, effect: Effect) -> bool {
        if self == other || self.is_everything() || self.value() == "*" && self.kind() == other.kind() {
            return true;
        }
        // IAM User Guide, "Principal": to deny an account is to deny all in it; to allow it leaves that to its own
        // policies, so an allowed account is not the same as its allowed users.
        let (Principal::Aws(mine), Principal::Aws(theirs)) = (self, other) else {
            return false;
        };
        effect == Effect::Deny && root_account(mine).is_some() && root_account(mine) == account(theirs)
    }

    fn disjoint(&self, other: &Self) -> bool {
        let open = |principal: &Principal| principal.value().contains("{{") || principal.is_unique_id();
        if self.value() == "*" || other.value() == "*" || open(self) || open(other) || self == other {
            return false;
        }
        match (self, other) {
            // A user belongs to his account and a session to its role, so one account is never disjoint with itself.
            (Principal::Aws(mine), Principal::Aws(theirs)) => account(mine) != account(theirs),
            (Principal::CanonicalUser(_), Principal::Aws(_)) | (Principal::Aws(_), Principal::CanonicalUser(_)) => {
                false
            }
            _ => true,
        }
    }

    fn is_everything(&self) -> bool {
        *self == Principal::anyone()
    }
}

/// The account in an ARN.
pub(crate) fn account(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(3)
}

/// The account whose root an ARN names.
pub(crate) fn root_account(arn: &str) -> Option<&str> {
    arn.ends_with(":root").then(|| account(arn)).flatten()
}

/// Whether `wide` applies to every request to which `narrow` applies. Effects must be equal.
pub(crate) fn covers(wide: &Statement, narrow: &Statement) -> bool {
    wide.effect == narrow.effect
        && optional_covers(wide.principals.as_ref(), narrow.principals.as_ref(), wide.effect)
        && scope_covers(&wide.actions, &narrow.actions, wide.effect)
        && optional_covers(wide.resources.as_ref(), narrow.resources.as_ref(), wide.effect)
        && implies(&narrow.conditions, &wide.conditions)
}

/// Whether every request that a statement speaks of is spoken of by one of the others: the statement is taken apart
/// into single principals, actions and resources, so that statements split or joined in another way are covered too.
pub(crate) fn covered_by(statement: &Statement, others: &[Statement]) -> bool {
    if others.iter().any(|other| covers(other, statement)) {
        return true;
    }
    // More pieces than a document can hold are not worth the time; not covered is always a safe answer.
    const MOST: usize = 4096;
    let people = statement
        .principals
        .as_ref()
        .map_or(vec![None], |scope| pieces(scope).map(Some).collect());
    let actions: Vec<_> = pieces(&statement.actions).collect();
    let resources = statement
        .resources
        .as_ref()
        .map_or(vec![None], |scope| pieces(scope).map(Some).collect());
    if people.len() * actions.len() * resources.len() > MOST {
        return false;
    }
    let mut piece = statement.clone();
    people.iter().all(|principals| {
        piece.principals.clone_from(principals);
        actions.iter().all(|actions| {
            piece.actions.clone_from(actions);
            resources.iter().all(|resources| {
                piece.resources.clone_from(resources);
                others.iter().any(|other| covers(other, &piece))
            })
        })
    })
}

/// The parts of a scope whose union it is.
fn pieces<T: Wide>(scope: &Scope<T>) -> Box<dyn Iterator<Item = Scope<T>> + '_> {
    match scope {
        Scope::Only(set) => Box::new(set.iter().map(|item| Scope::Only(BTreeSet::from([item.clone()])))),
        Scope::Except(_) => Box::new(std::iter::once(scope.clone())),
    }
}

fn optional_covers<T: Wide>(wide: Option<&Scope<T>>, narrow: Option<&Scope<T>>, effect: Effect) -> bool {
    match (wide, narrow) {
        (None, _) => true,
        (Some(Scope::Only(set)), None) => set.iter().any(Wide::is_everything),
        (Some(Scope::Except(_)), None) => false,
        (Some(wide), Some(narrow)) => scope_covers(wide, narrow, effect),
    }
}

fn scope_covers<T: Wide>(wide: &Scope<T>, narrow: &Scope<T>, effect: Effect) -> bool {
    match (wide, narrow) {
        (Scope::Only(wide), Scope::Only(narrow)) => narrow
            .iter()
            .all(|item| wide.iter().any(|wide| wide.covers(item, effect))),
        (Scope::Except(left_out), Scope::Only(narrow)) => {
            narrow.iter().all(|item| left_out.iter().all(|out| out.disjoint(item)))
        }
        (Scope::Only(wide), Scope::Except(_)) => wide.iter().any(Wide::is_everything),
        // Whoever is left out by the wide one must be left out by the narrow one. As a principal left out stands for
        // itself alone, an account does not leave out its users: this is not the cover of a deny.
        (Scope::Except(wide_out), Scope::Except(narrow_out)) => wide_out
            .iter()
            .all(|item| narrow_out.iter().any(|out| out.covers(item, Effect::Allow))),
    }
}

/// What two scopes have in common, or less; `None` if that is nothing.
pub(crate) fn meet<T: Wide>(left: &Scope<T>, right: &Scope<T>) -> Option<Scope<T>> {
    let only = |set: BTreeSet<T>| if set.is_empty() { None } else { Some(Scope::Only(set)) };
    let without = |set: &BTreeSet<T>, left_out: &BTreeSet<T>| {
        set.iter()
            .filter(|item| left_out.iter().all(|out| out.disjoint(item)))
            .cloned()
            .collect()
    };
    match (left, right) {
        (Scope::Only(left), Scope::Only(right)) => {
            let inside = |from: &BTreeSet<T>, of: &BTreeSet<T>| {
                from.iter()
                    .filter(|item| of.iter().any(|wide| wide.covers(item, Effect::Allow)))
                    .cloned()
                    .collect()
            };
            let mut both: BTreeSet<T> = inside(left, right);
            both.extend::<BTreeSet<T>>(inside(right, left));
            only(both)
        }
        (Scope::Only(set), Scope::Except(left_out)) | (Scope::Except(left_out), Scope::Only(set)) => {
            only(without(set, left_out))
        }
        (Scope::Except(left), Scope::Except(right)) => Some(Scope::Except(left.union(right).cloned().collect())),
    }
}

/// Whether conditions that hold make the others hold.
fn implies(narrow: &Conditions, wide: &Conditions) -> bool {
    wide.iter().all(|((operator, key), values)| {
        narrow
            .iter()
            .any(|((other, other_key), narrower)| key == other_key && implied(*other, narrower, *operator, values))
    })
}

/// Whether `narrow` passing makes `wide` pass, of one key.
fn implied(narrow: Operator, narrow_values: &BTreeSet<String>, wide: Operator, wide_values: &BTreeSet<String>) -> bool {
    let same = narrow.test == wide.test || narrow.test == Test::StringEquals && wide.test == Test::StringLike;
    if !same || narrow.quantifier != wide.quantifier || narrow.if_exists && !wide.if_exists {
        return false;
    }
    let (inner, outer) = (
        |text: &String| operand(narrow.test, text),
        |text: &String| operand(wide.test, text),
    );
    if wide.test.negative() {
        return wide_values
            .iter()
            .all(|value| narrow_values.iter().any(|narrow| inner(narrow).covers(&outer(value))));
    }
    narrow_values
        .iter()
        .all(|narrow| wide_values.iter().any(|value| outer(value).covers(&inner(narrow))))
}

/// What two sets of conditions both ask for, or more; `None` if nothing can pass.
pub(crate) fn both(left: &Conditions, right: &Conditions) -> Option<Conditions> {
    let mut all = left.clone();
    for ((operator, key), values) in right {
        let Some(others) = left.get(&(*operator, key.clone())) else {
            all.insert((*operator, key.clone()), values.clone());
            continue;
        };
        // To be none of these and none of those is to be none of all; to be one of these and one of those is to be one
        // that both have. Of several values in a request the quantifiers ask one or all, which changes neither.
        let merged = if operator.test.negative() {
            others.union(values).cloned().collect()
        } else {
            let inside = |from: &BTreeSet<String>, of: &BTreeSet<String>| -> BTreeSet<String> {
                let operand = |text: &String| operand(operator.test, text);
                from.iter()
                    .filter(|one| of.iter().any(|wide| operand(wide).covers(&operand(one))))
                    .cloned()
                    .collect()
            };
            let mut merged = inside(others, values);
            merged.extend(inside(values, others));
            merged
        };
        if merged.is_empty() && !operator.test.negative() {
            return None;
        }
        all.insert((*operator, key.clone()), merged);
    }
    Some(all)
}

/// A condition's value as far as it can be compared.
enum Operand {
    Text(Pattern),
    Arn(Vec<Pattern>),
    Range(Range),
    /// Compared as it stands.
    Plain(String),
}

impl Operand {
    fn covers(&self, other: &Operand) -> bool {
        match (self, other) {
            (Operand::Text(mine), Operand::Text(theirs)) => mine.covers(theirs),
            (Operand::Arn(mine), Operand::Arn(theirs)) => {
                mine.iter().zip(theirs).all(|(mine, theirs)| mine.covers(theirs))
            }
            (Operand::Range(mine), Operand::Range(theirs)) => mine.covers(*theirs),
            (Operand::Plain(mine), Operand::Plain(theirs)) => mine == theirs,
            (Operand::Text(_) | Operand::Arn(_) | Operand::Range(_) | Operand::Plain(_), _) => false,
        }
    }
}

fn operand(test: Test, text: &str) -> Operand {
    let plain = || Operand::Plain(text.to_owned());
    if test.textual() {
        let fold = matches!(test, Test::StringEqualsIgnoreCase | Test::StringNotEqualsIgnoreCase);
        let pattern = Pattern::new(
            text,
            Syntax {
                wildcards: test.wildcards(),
                variables: true,
                fold,
            },
        );
        if test.name().starts_with("Arn") {
            return pattern.arn_parts().map_or_else(plain, Operand::Arn);
        }
        return Operand::Text(pattern);
    }
    if matches!(test, Test::IpAddress | Test::NotIpAddress) {
        return Range::read(text).map_or_else(plain, Operand::Range);
    }
    plain()
}

/// The statements in the new language: in the old one `${` is plain text, and is written as such.
pub(crate) fn in_new_language(document: &Document) -> Vec<Statement> {
    let mut statements = document.statements().to_vec();
    if document.version() == Version::V2012 {
        return statements;
    }
    let plain = |text: &String| text.replace("${", "${$}{");
    for statement in &mut statements {
        statement.resources = statement.resources.as_ref().map(|scope| scope.map(plain));
        for ((operator, _), values) in &mut statement.conditions {
            if operator.test.textual() {
                *values = values.iter().map(plain).collect();
            }
        }
    }
    statements
}
