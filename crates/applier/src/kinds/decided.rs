//! Test help: whole writes must decide on every member that the SDK knows.

use std::collections::BTreeSet;
use std::fmt::Debug;

use spec_model::Stack;

use crate::clients::{Clients, Ground};

/// Fails when the SDK's input has a member that is not in the list: somebody must decide what becomes of it.
pub(crate) fn assert_members(input: &impl Debug, decided: &[&str]) {
    // The members of the outermost struct stand four spaces deep in the pretty form.
    let text = format!("{input:#?}");
    let members: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| !line.starts_with([' ', '}', ']', ')']))
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        members,
        decided.iter().copied().collect(),
        "the SDK's members against those that were decided on"
    );
}

/// Clients of which nothing is sent.
pub(crate) async fn clients() -> Clients {
    let stack = Stack {
        name: "igv".to_owned(),
        id: None,
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
    };
    Clients::connect(&Ground::Served("http://127.0.0.1:9".to_owned()), &stack).await
}
