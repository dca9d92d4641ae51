//! Which way a change of a document goes, and what two documents have in common.

use std::collections::BTreeSet;

use crate::cover::{Wide, both, covered_by, covers, in_new_language, meet};
use crate::document::{Document, Effect, Scope, Statement, Version};
use crate::name::Remark;

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shift {
    /// The same is allowed as before.
    Same,
    /// Less is allowed, and nothing more.
    Tightens,
    /// More is allowed, and nothing less.
    Loosens,
    /// Some is allowed that was not, and some no longer; or it cannot be told.
    Both,
}

/// Tells which way the change from an old document to a new one goes; `None` is no document.
///
/// The answer is conservative: a change that could loosen anything is never called `Same` or `Tightens`, nor one that
/// could tighten anything `Same` or `Loosens`. It is about statements, so an allow that a deny makes void still counts.
pub fn compare(old: Option<&Document>, new: Option<&Document>) -> Shift {
    let old = old.map(in_new_language).unwrap_or_default();
    let new = new.map(in_new_language).unwrap_or_default();
    let more = |from: &[Statement], to: &[Statement], effect: Effect| {
        to.iter()
            .any(|statement| statement.effect == effect && !covered_by(statement, from))
    };
    let loosens = more(&old, &new, Effect::Allow) || more(&new, &old, Effect::Deny);
    let tightens = more(&new, &old, Effect::Allow) || more(&old, &new, Effect::Deny);
    match (tightens, loosens) {
        (false, false) => Shift::Same,
        (true, false) => Shift::Tightens,
        (false, true) => Shift::Loosens,
        (true, true) => Shift::Both,
    }
}

/// Puts several documents together: what any allows, and what any denies, as AWS reads all policies of one role.
pub fn together<'d>(documents: impl IntoIterator<Item = &'d Document>) -> Document {
    let mut all: Vec<Statement> = Vec::new();
    documents
        .into_iter()
        .flat_map(in_new_language)
        .for_each(|statement| add(&mut all, statement));
    Document::new(Version::V2012, sids_once(all))
}

/// Makes the document on the way from one to another: what both allow, and what either denies.
///
/// It allows no request that one of the two refuses. It may allow less than both do, where what is common cannot be
/// written down. It may have no statements at all; AWS stores no such document, so delete the policy then.
pub fn common(old: &Document, new: &Document) -> Document {
    let variables = |document: &Document| document.strings().iter().any(|text| text.contains("${"));
    // Without `${` the two languages are one.
    let old_language = [old, new]
        .iter()
        .all(|document| document.version() == Version::V2008 && !variables(document));
    let version = if old_language { Version::V2008 } else { Version::V2012 };
    let (old, new) = (in_new_language(old), in_new_language(new));
    let mut kept: Vec<Statement> = Vec::new();
    for statement in &new {
        match statement.effect {
            Effect::Deny => add(&mut kept, statement.clone()),
            Effect::Allow => {
                let meets = old.iter().filter(|other| other.effect == Effect::Allow);
                meets
                    .filter_map(|other| allowed_by_both(other, statement))
                    .for_each(|met| add(&mut kept, met));
            }
        }
    }
    old.iter()
        .filter(|statement| statement.effect == Effect::Deny)
        .for_each(|deny| add(&mut kept, deny.clone()));
    Document::new(version, sids_once(kept))
}

/// Takes away the names that stand twice, which AWS refuses.
fn sids_once(mut statements: Vec<Statement>) -> Vec<Statement> {
    let mut sids = BTreeSet::new();
    for statement in &mut statements {
        if statement.sid.text().is_some_and(|sid| !sids.insert(sid.to_owned())) {
            statement.sid = Remark::none();
        }
    }
    statements
}

/// Adds a statement unless it is in one that is there, in the place of those that it holds.
fn add(kept: &mut Vec<Statement>, statement: Statement) {
    if kept.iter().any(|other| covers(other, &statement)) {
        return;
    }
    kept.retain(|other| !covers(&statement, other));
    kept.push(statement);
}

fn allowed_by_both(old: &Statement, new: &Statement) -> Option<Statement> {
    if covers(old, new) {
        return Some(new.clone());
    }
    fn optional<T: Wide>(old: Option<&Scope<T>>, new: Option<&Scope<T>>) -> Option<Option<Scope<T>>> {
        match (old, new) {
            (Some(old), Some(new)) => meet(old, new).map(Some),
            (one, None) | (None, one) => Some(one.cloned()),
        }
    }
    Some(Statement {
        sid: new.sid.clone(),
        effect: Effect::Allow,
        principals: optional(old.principals.as_ref(), new.principals.as_ref())?,
        actions: meet(&old.actions, &new.actions)?,
        resources: optional(old.resources.as_ref(), new.resources.as_ref())?,
        conditions: both(&old.conditions, &new.conditions)?,
    })
}
