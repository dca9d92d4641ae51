//! No other role can be taken by people who logged in.
//!
//! In the classic flow the caller names the role, so whoever holds a token of the identity pool may take any role that
//! trusts the pool: one that a former procedure left behind, or one of another tool.

use spec_model::kinds::ConfigBody;

use super::checklist::{Checklist, Outcome, Topic};
use super::identity::trusts;
use super::settings::several;
use super::subject::Subject;
use crate::calls::read;
use crate::error::WorldError;
use crate::kinds::role::live::document;

/// Looks through all roles of the account: `ListRoles` shows their trust policies.
pub(super) async fn other_roles(list: &mut Checklist<'_>, subject: &Subject<'_>, body: &ConfigBody) {
    let outcome = match trusting(subject, body).await {
        Ok(roles) => Outcome::holds(
            roles.is_empty(),
            format!(
                "people who logged in may take {} too, and do what it allows",
                several(&roles)
            ),
            "delete the role, or take this identity pool out of its trust policy; igvctl never touches what is not its own",
        ),
        Err(error) => Outcome::unread(&error),
    };
    list.add(
        Topic::Identity,
        "other_roles",
        "no other role of the account trusts this identity pool",
        outcome,
    );
}

/// The ARNs of the other roles that trust logins of the identity pool. One for guests alone may stay: there are none.
async fn trusting(subject: &Subject<'_>, body: &ConfigBody) -> Result<Vec<String>, WorldError> {
    let pool = body.aws_cognito_fed_pool_id.as_str();
    let mut found = Vec::new();
    let mut pages = subject.clients.iam.list_roles().into_paginator().send();
    while let Some(page) = read(subject.clients, pages.next()).await {
        let page = page.map_err(|error| WorldError::of("iam:ListRoles", error))?;
        for role in page.roles() {
            let encoded = role.assume_role_policy_document().unwrap_or_default();
            if role.arn() == body.aws_cognito_role_arn {
                continue;
            }
            let trust = document(
                encoded,
                "iam:ListRoles",
                &format!("the trust policy of `{}`", role.arn()),
            )?;
            if trusts(&trust, role.arn(), pool, "authenticated") {
                found.push(role.arn().to_owned());
            }
        }
    }
    Ok(found)
}
