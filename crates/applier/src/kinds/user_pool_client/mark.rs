//! A client's mark: the end of its name, ` @<stack>.<name>`, and for a replacement `.2`, `.3` ….

use spec_model::{Address, Stack};

use crate::verbs::Search;

/// A client's name that ends in the mark of this stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark<'a> {
    /// The name that the file gives.
    pub(super) before: &'a str,
    /// What follows the stack: the address's name and, for a replacement, a dot and its number.
    rest: &'a str,
}

/// Reads the end of a client's name.
pub(crate) fn marked<'a>(stack: &Stack, name: &'a str) -> Option<Mark<'a>> {
    let (before, mark) = name.rsplit_once(" @")?;
    let rest = mark.strip_prefix(&stack.name)?.strip_prefix('.')?;
    (!rest.is_empty()).then_some(Mark { before, rest })
}

impl<'a> Mark<'a> {
    /// Splits a replacement's number off; an address whose own name ends in a number wins.
    pub(super) fn at(self, search: &Search<'_>) -> (&'a str, u32) {
        let known = |name: &str| search.known.iter().any(|it| it.name == name);
        match self.split() {
            Some(split) if !known(self.rest) => split,
            _ => (self.rest, 1),
        }
    }

    fn split(self) -> Option<(&'a str, u32)> {
        let (name, number) = self.rest.rsplit_once('.')?;
        let number = number.parse().ok().filter(|it| *it > 1)?;
        Some((name, number))
    }

    /// Its number, where the address's name is known.
    pub(super) fn after(self, name: &str) -> u32 {
        self.split().filter(|it| it.0 == name).map_or(1, |it| it.1)
    }

    /// Whether it is that of an address and a number.
    pub(super) fn is(self, name: &str, number: u32) -> bool {
        if number == 1 {
            self.rest == name
        } else {
            self.split() == Some((name, number))
        }
    }
}

/// A client's whole name.
pub(super) fn full_name(stack: &Stack, address: &Address, name: &str, number: u32) -> String {
    let mark = stack.client_mark(&address.name);
    match number {
        1 => format!("{name}{mark}"),
        _ => format!("{name}{mark}.{number}"),
    }
}

#[cfg(test)]
mod tests {
    use spec_model::Kind;

    use super::*;

    fn stack() -> Stack {
        Stack {
            name: "igv-demo".to_owned(),
            id: None,
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        }
    }

    #[test]
    fn the_end_of_the_name_is_the_mark() {
        let stack = stack();
        let address = Address::new(Kind::UserPoolClient, "igv");
        let name = full_name(&stack, &address, "igv demo @ home", 1);
        assert_eq!(name, "igv demo @ home @igv-demo.igv");
        let mark = marked(&stack, &name).expect("it is marked");
        assert_eq!((mark.before, mark.rest), ("igv demo @ home", "igv"));
        let name = full_name(&stack, &address, "igv", 3);
        assert_eq!(name, "igv @igv-demo.igv.3");
        let mark = marked(&stack, &name).expect("it is marked");
        assert_eq!(
            (mark.before, mark.after("igv"), mark.is("igv", 3), mark.is("igv", 1)),
            ("igv", 3, true, false)
        );
        for foreign in [
            "igv",
            "igv @igv-demo2.igv",
            "igv @igv.igv",
            "igv @igv-demo.",
            "igv@igv-demo.igv",
        ] {
            assert_eq!(marked(&stack, foreign), None, "{foreign}");
        }
    }

    #[test]
    fn an_address_that_ends_in_a_number_is_no_replacement() {
        let stack = stack();
        let known = Address::new(Kind::UserPoolClient, "igv.2");
        let mut search = Search {
            stack: &stack,
            wanted: Vec::new(),
            parent: None,
            known: Vec::new(),
            all_users: false,
            early: crate::verbs::Early::default(),
        };
        let mark = marked(&stack, "igv @igv-demo.igv.2").expect("it is marked");
        assert_eq!(mark.at(&search), ("igv", 2));
        search.known.push(&known);
        assert_eq!(mark.at(&search), ("igv.2", 1));
    }
}
