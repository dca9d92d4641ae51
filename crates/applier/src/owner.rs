//! Whose an AWS object is, as its tags tell.

use std::collections::{BTreeMap, BTreeSet};

use spec_model::{Address, Stack};

/// Tag of the stack.
pub(crate) const STACK: &str = "igvctl:stack";
/// Tag of the address.
pub(crate) const ADDRESS: &str = "igvctl:address";
/// Tag of the file's id.
pub(crate) const SPEC: &str = "igvctl:spec";
/// Tag of the object that this one took the place of.
pub(crate) const REPLACES: &str = "igvctl:replaces";
/// All tags that a release takes off.
pub(crate) const MARKS: [&str; 4] = [STACK, ADDRESS, SPEC, REPLACES];

/// Whose an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// This stack's.
    Ours {
        /// The address in its mark, where that is one.
        address: Option<Address>,
        /// The object that it took the place of.
        replaces: Option<String>,
    },
    /// Somebody else's; who, where a tag tells.
    Other(Option<String>),
}

/// Reads an object's tags.
pub(crate) fn owner(stack: &Stack, tags: &BTreeMap<String, String>) -> Owner {
    match tags.get(STACK) {
        Some(mark) if *mark == stack.mark() => match tags.get(SPEC) {
            Some(spec) if Some(spec) != stack.id.as_ref() => {
                Owner::Other(Some(format!("another igvctl file (spec id {spec})")))
            }
            _ => Owner::Ours {
                address: tags.get(ADDRESS).and_then(|it| it.parse().ok()),
                replaces: tags.get(REPLACES).cloned(),
            },
        },
        Some(mark) => Owner::Other(Some(format!("igvctl stack {mark}"))),
        None => Owner::Other(other_tool(tags)),
    }
}

/// Which tool says in a tag that it looks after the object. CloudFormation's tag is AWS's own; the others are habits of
/// people and of modules.
pub(crate) fn other_tool(tags: &BTreeMap<String, String>) -> Option<String> {
    if let Some(stack) = tags.get("aws:cloudformation:stack-name") {
        return Some(format!("CloudFormation stack {stack}"));
    }
    const TOOLS: [(&str, &str); 6] = [
        ("terraform", "Terraform"),
        ("terragrunt", "Terragrunt"),
        ("opentofu", "OpenTofu"),
        ("pulumi", "Pulumi"),
        ("crossplane", "Crossplane"),
        ("cdk", "CDK"),
    ];
    const KEYS: [&str; 5] = ["managedby", "provisionedby", "provisioner", "createdby", "iac"];
    tags.iter().find_map(|(key, value)| {
        let (low_key, low_value) = (key.to_ascii_lowercase(), value.to_ascii_lowercase());
        let plain_key: String = low_key.chars().filter(char::is_ascii_alphabetic).collect();
        TOOLS.iter().find_map(|(word, name)| {
            let claims = KEYS.contains(&plain_key.as_str()) && low_value.contains(word)
                || low_key.starts_with(word) && low_value != "false";
            claims.then(|| format!("{name} (tag {key}={value})"))
        })
    })
}

/// One of several objects with the mark of the same address.
#[derive(Debug)]
pub(crate) struct Candidate<T> {
    /// Its id.
    pub(crate) id: String,
    /// The id of the object that it took the place of.
    pub(crate) replaces: Option<String>,
    /// What was read of it.
    pub(crate) it: T,
}

/// Which candidate stands at the address.
#[derive(Debug)]
pub(crate) enum Choice<T> {
    /// None.
    Nothing,
    /// This one; the others were replaced.
    One(T, Vec<T>),
    /// Several: an error, never a choice.
    Several(Vec<String>),
}

/// Chooses by `igvctl:replaces` alone: what is named there is left over.
pub(crate) fn choose<T>(candidates: Vec<Candidate<T>>) -> Choice<T> {
    if candidates.is_empty() {
        return Choice::Nothing;
    }
    let replaced: BTreeSet<String> = candidates.iter().filter_map(|it| it.replaces.clone()).collect();
    let (old, mut current): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|it| replaced.contains(&it.id));
    match (current.pop(), current.is_empty()) {
        (Some(one), true) => Choice::One(one.it, old.into_iter().map(|it| it.it).collect()),
        (last, _) => {
            let mut ids: Vec<String> = current.into_iter().chain(last).chain(old).map(|it| it.id).collect();
            ids.sort();
            Choice::Several(ids)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack() -> Stack {
        Stack {
            name: "igv-demo".to_owned(),
            id: Some("7f3a9c1e".to_owned()),
            account: "111122223333".to_owned(),
            region: "ap-southeast-2".to_owned(),
        }
    }

    fn tags<const N: usize>(tags: [(&str, &str); N]) -> BTreeMap<String, String> {
        tags.into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn a_mark_of_this_stack_is_ours_and_of_another_file_is_not() {
        let ours = tags([(STACK, "ap-southeast-2/igv-demo"), (ADDRESS, "bucket.config")]);
        assert!(
            matches!(owner(&stack(), &ours), Owner::Ours { address: Some(it), .. } if it.to_string() == "bucket.config")
        );
        let other = tags([(STACK, "ap-southeast-2/igv-demo"), (SPEC, "00000000")]);
        assert_eq!(
            owner(&stack(), &other),
            Owner::Other(Some("another igvctl file (spec id 00000000)".to_owned()))
        );
        let unnumbered = Stack { id: None, ..stack() };
        assert!(matches!(owner(&unnumbered, &other), Owner::Other(Some(_))));
        let elsewhere = tags([(STACK, "eu-west-1/igv-demo")]);
        assert_eq!(
            owner(&stack(), &elsewhere),
            Owner::Other(Some("igvctl stack eu-west-1/igv-demo".to_owned()))
        );
    }

    #[test]
    fn tags_of_other_tools_tell_whose_it_is() {
        let claimed = |key, value| owner(&stack(), &tags([(key, value)]));
        assert_eq!(
            claimed("aws:cloudformation:stack-name", "x"),
            Owner::Other(Some("CloudFormation stack x".to_owned()))
        );
        assert_eq!(
            claimed("ManagedBy", "terraform"),
            Owner::Other(Some("Terraform (tag ManagedBy=terraform)".to_owned()))
        );
        assert!(matches!(
            claimed("managed-by", "Terraform Cloud"),
            Owner::Other(Some(_))
        ));
        for (key, value, who) in [
            ("managed-by", "OpenTofu 1.9", "OpenTofu (tag managed-by=OpenTofu 1.9)"),
            ("Terraform", "true", "Terraform (tag Terraform=true)"),
            ("pulumi:project", "web", "Pulumi (tag pulumi:project=web)"),
            (
                "Provisioned_By",
                "terragrunt",
                "Terragrunt (tag Provisioned_By=terragrunt)",
            ),
        ] {
            assert_eq!(claimed(key, value), Owner::Other(Some(who.to_owned())));
        }
        assert_eq!(claimed("createdby", "anna"), Owner::Other(None));
        assert_eq!(claimed("Terraform", "false"), Owner::Other(None));
        assert_eq!(claimed("project", "terraforming"), Owner::Other(None));
    }

    #[test]
    fn l59_two_candidates_are_never_a_choice_unless_one_replaced_the_other() {
        let candidate = |id: &str, replaces: Option<&str>| Candidate {
            id: id.to_owned(),
            replaces: replaces.map(str::to_owned),
            it: id.to_owned(),
        };
        assert!(matches!(choose::<String>(vec![]), Choice::Nothing));
        assert!(matches!(
            choose(vec![candidate("E2", Some("E1")), candidate("E1", None)]),
            Choice::One(new, old) if new == "E2" && old == ["E1"]
        ));
        assert!(matches!(
            choose(vec![candidate("E2", None), candidate("E1", None)]),
            Choice::Several(ids) if ids == ["E1", "E2"]
        ));
        assert!(matches!(
            choose(vec![candidate("E2", Some("E1")), candidate("E1", Some("E2"))]),
            Choice::Several(ids) if ids == ["E1", "E2"]
        ));
        assert!(
            matches!(choose(vec![candidate("E2", Some("gone"))]), Choice::One(new, old) if new == "E2" && old.is_empty())
        );
    }
}
