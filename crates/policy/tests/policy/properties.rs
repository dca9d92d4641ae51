//! What must hold for all documents and requests.

use std::collections::{BTreeMap, BTreeSet};

use policy::{
    Conditions, Decision, Document, Effect, Name, Operator, Principal, PrincipalId, Quantifier, Remark, Request, Scope,
    Shift, Statement, Test, Version, common, compare, evaluate, together,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use serde_json::Value;

use crate::short::{ONE, TWO};

// Small vocabularies, so that documents and requests meet often. They hold what is likely to go wrong: wildcards that
// overlap, variables, and characters that are special in one language only.
const ACTIONS: &[&str] = &[
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "S3:getobject",
    "s3:*Object",
    "s3:PutObject",
    "sqs:*",
];
const ASKED_ACTIONS: &[&str] = &["s3:GetObject", "s3:PutObject", "s3:GetObjectAcl", "sqs:SendMessage"];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a*",
    "arn:aws:s3:::*b",
    "arn:aws:s3:::a?b",
    "arn:aws:s3:::${k}",
    "arn:aws:s3:::a${k}*",
    "arn:aws:s3:::${*}",
    "arn:aws:s3",
];
const ASKED_RESOURCES: &[&str] = &[
    "arn:aws:s3:::a",
    "arn:aws:s3:::ab",
    "arn:aws:s3:::axb",
    "arn:aws:s3:::b",
    "arn:aws:s3:::*",
    "arn:aws:s3:::${k}",
];
const VALUES: &[&str] = &[
    "a",
    "A",
    "ab",
    "a*",
    "*b",
    "?",
    "${k}",
    "${*}",
    "1",
    "1.0",
    "2",
    "true",
    "false",
    "192.0.2.1",
    "192.0.2.0/24",
    "2024-01-01",
    "arn:aws:s3:::a",
    "arn:aws:s3:::*",
    "arn:*:s3:::a",
];
const ASKED_VALUES: &[&str] = &[
    "a",
    "A",
    "ab",
    "*",
    "1",
    "2",
    "3",
    "true",
    "192.0.2.1",
    "192.0.2.9",
    "2025",
    "arn:aws:s3:::a",
];
const KEYS: &[&str] = &["k", "K", "l"];

fn role(name: &str) -> String {
    format!("arn:aws:iam::{ONE}:role/{name}")
}

fn principal() -> impl Strategy<Value = Principal> {
    let session = format!("arn:aws:sts::{ONE}:assumed-role/R/s");
    select(vec![
        Principal::anyone(),
        Principal::aws(ONE),
        Principal::aws(TWO),
        Principal::aws(format!("arn:aws:iam::{ONE}:user/ann")),
        Principal::aws(role("R")),
        Principal::aws(session),
        Principal::Service("s3.amazonaws.com".into()),
        Principal::Service("*".into()),
        Principal::Federated("example.org".into()),
    ])
}

fn scope<T: Ord + std::fmt::Debug + Clone>(
    item: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Scope<T>> {
    (btree_set(item, 1..4), prop::bool::weighted(0.25))
        .prop_map(|(set, except)| if except { Scope::Except(set) } else { Scope::Only(set) })
}

fn operator() -> impl Strategy<Value = Operator> {
    let quantifier = select(vec![
        None,
        None,
        Some(Quantifier::ForAllValues),
        Some(Quantifier::ForAnyValue),
    ]);
    (select(Test::ALL), quantifier, prop::bool::weighted(0.2)).prop_map(|(test, quantifier, if_exists)| {
        if test == Test::Null {
            return Operator::plain(test);
        }
        Operator {
            quantifier,
            test,
            if_exists,
        }
    })
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let key = select(KEYS).prop_map(Name::new);
    let values = btree_set(select(VALUES).prop_map(str::to_owned), 0..4);
    let most = prop_oneof![3 => Just(0..1_usize), 2 => Just(1..2), 1 => Just(2..4)];
    most.prop_flat_map(move |size| btree_map((operator(), key.clone()), values.clone(), size))
}

fn statement() -> impl Strategy<Value = Statement> {
    let sid = select(vec!["", "Read", "Write"]).prop_map(Remark::new);
    let effect = prop_oneof![2 => Just(Effect::Allow), 1 => Just(Effect::Deny)];
    let actions = scope(select(ACTIONS).prop_map(Name::new));
    let resources = prop::option::weighted(0.9, scope(select(RESOURCES).prop_map(str::to_owned)));
    let principals = prop::option::weighted(0.6, scope(principal()));
    (sid, effect, principals, actions, resources, conditions()).prop_map(
        |(sid, effect, principals, actions, resources, conditions)| Statement {
            sid,
            effect,
            principals,
            actions,
            resources,
            conditions,
        },
    )
}

fn document() -> impl Strategy<Value = Document> {
    let version = prop_oneof![4 => Just(Version::V2012), 1 => Just(Version::V2008)];
    (version, vec(statement(), 1..4)).prop_map(|(version, statements)| Document::new(version, statements))
}

fn request() -> impl Strategy<Value = Request> {
    let principal = select(vec![
        PrincipalId::Account(ONE.into()),
        PrincipalId::User(format!("arn:aws:iam::{ONE}:user/ann")),
        PrincipalId::User(format!("arn:aws:iam::{TWO}:user/eve")),
        PrincipalId::Role {
            role: role("R"),
            session: "s".into(),
        },
        PrincipalId::Role {
            role: role("R"),
            session: "t".into(),
        },
        PrincipalId::Service("s3.amazonaws.com".into()),
        PrincipalId::Federated("example.org".into()),
        PrincipalId::Anonymous,
    ]);
    let values = vec(select(ASKED_VALUES).prop_map(str::to_owned), 0..3);
    let keys = btree_map(select(KEYS).prop_map(Name::new), values, 0..3);
    (principal, select(ASKED_ACTIONS), select(ASKED_RESOURCES), keys).prop_map(|(principal, action, resource, keys)| {
        Request {
            principal,
            action: action.into(),
            resource: resource.into(),
            keys,
        }
    })
}

fn decide(document: &Document, request: &Request) -> Decision {
    evaluate(&[("it", document)], request)
}

fn allows(document: &Document, request: &Request) -> bool {
    decide(document, request).is_allowed()
}

/// Turns every list round, in all depths.
fn turned(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().rev().map(turned).collect(),
        Value::Object(pairs) => pairs
            .iter()
            .map(|(key, item)| (key.clone(), turned(item)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Writes every text of a statement as a list of one, twice.
fn listed(value: &Value) -> Value {
    let Value::Object(pairs) = value else {
        return if value.is_string() {
            vec![value.clone(), value.clone()].into()
        } else {
            value.clone()
        };
    };
    let inner = |(key, item): (&String, &Value)| {
        let fixed = ["Sid", "Effect", "Version", "Id"].contains(&key.as_str());
        let everybody = key.ends_with("Principal") && item.is_string();
        let item = if key == "Statement" {
            item.as_array().unwrap().iter().map(listed).collect()
        } else if everybody {
            serde_json::json!({"AWS": [item]})
        } else if fixed {
            item.clone()
        } else {
            listed(item)
        };
        (key.clone(), item)
    };
    pairs.iter().map(inner).collect::<serde_json::Map<_, _>>().into()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_document_is_read_back_as_it_was_written(document in document()) {
        prop_assert_eq!(&Document::parse(&document.to_compact()).unwrap(), &document);
        prop_assert_eq!(&Document::parse(&document.to_pretty()).unwrap(), &document);
        prop_assert_eq!(&Document::parse_encoded(&document.to_encoded()).unwrap(), &document);
        prop_assert_eq!(&Document::from_json(&document.to_json()).unwrap(), &document);
        prop_assert_eq!(document.map_strings(&mut str::to_owned), document);
    }

    #[test]
    fn the_form_of_a_document_does_not_matter(document in document(), request in request()) {
        let json = document.to_json();
        for other in [turned(&json), listed(&json), listed(&turned(&json))] {
            let other = Document::from_json(&other).unwrap();
            prop_assert_eq!(&other, &document);
            prop_assert_eq!(allows(&other, &request), allows(&document, &request));
            prop_assert_eq!(compare(Some(&document), Some(&other)), Shift::Same);
        }
    }

    #[test]
    fn equality_is_one_with_order_and_hash(one in document(), two in document()) {
        use std::hash::{BuildHasher, RandomState};
        let state = RandomState::new();
        prop_assert_eq!(one == two, one.cmp(&two).is_eq());
        prop_assert_eq!(one.cmp(&two), two.cmp(&one).reverse());
        if one == two {
            prop_assert_eq!(state.hash_one(&one), state.hash_one(&two));
        }
    }

    #[test]
    fn a_deny_never_widens_and_an_allow_never_narrows(
        document in document(), more in statement(), request in request()
    ) {
        let mut statements = document.statements().to_vec();
        statements.push(more.clone());
        let added = Document::new(document.version(), statements);
        match more.effect {
            Effect::Deny => prop_assert!(allows(&document, &request) || !allows(&added, &request)),
            Effect::Allow => prop_assert!(!allows(&document, &request) || allows(&added, &request)),
        }
    }

    #[test]
    fn the_way_of_a_change_is_not_belied_by_a_request(
        one in document(), two in document(), requests in vec(request(), 16)
    ) {
        let shift = compare(Some(&one), Some(&two));
        for request in &requests {
            let (before, after) = (allows(&one, request), allows(&two, request));
            prop_assert!(before || !after || matches!(shift, Shift::Loosens | Shift::Both), "{shift:?} {request:?}");
            prop_assert!(!before || after || matches!(shift, Shift::Tightens | Shift::Both), "{shift:?} {request:?}");
        }
    }

    #[test]
    fn what_is_common_is_no_wider_than_either(one in document(), two in document(), requests in vec(request(), 16)) {
        let met = common(&one, &two);
        for request in &requests {
            prop_assert!(!allows(&met, request) || allows(&one, request) && allows(&two, request), "{request:?} {}", met.to_pretty());
            let denied = [&one, &two].iter().any(|document| matches!(decide(document, request), Decision::ExplicitDeny(_)));
            prop_assert_eq!(denied, matches!(decide(&met, request), Decision::ExplicitDeny(_)));
        }
        prop_assert!(matches!(compare(Some(&one), Some(&met)), Shift::Same | Shift::Tightens));
        prop_assert!(matches!(compare(Some(&two), Some(&met)), Shift::Same | Shift::Tightens));
    }

    #[test]
    fn documents_together_allow_what_one_allows_and_none_denies(
        one in document(), two in document(), requests in vec(request(), 16)
    ) {
        let both = together([&one, &two]);
        for request in &requests {
            let each = [decide(&one, request), decide(&two, request)];
            let denied = each.iter().any(|it| matches!(it, Decision::ExplicitDeny(_)));
            let allowed = each.iter().any(|it| matches!(it, Decision::Allow(_)));
            prop_assert_eq!(allows(&both, request), allowed && !denied, "{:?} {}", request, both.to_pretty());
        }
    }

    #[test]
    fn a_document_has_all_in_common_with_itself(document in document(), request in request()) {
        let met = common(&document, &document);
        prop_assert_eq!(compare(Some(&document), Some(&met)), Shift::Same);
        prop_assert_eq!(allows(&met, &request), allows(&document, &request));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _ = Document::parse(&text);
        let _ = Document::parse_encoded(&text);
    }
}

/// A narrower statement is made of another by a hand's worth of steps, so that covering is met often, not by chance.
fn narrowed(statement: &Statement, steps: &[u8]) -> Statement {
    let mut narrow = statement.clone();
    for step in steps {
        match step % 4 {
            0 => narrow.actions = less(&narrow.actions),
            1 => narrow.resources = narrow.resources.as_ref().map(less),
            2 => narrow.principals = narrow.principals.as_ref().map(less),
            _ => {
                let key = (Operator::plain(Test::StringEquals), Name::new("l"));
                narrow
                    .conditions
                    .entry(key)
                    .or_insert_with(|| BTreeSet::from(["a".to_owned()]));
            }
        }
    }
    narrow
}

fn less<T: Ord + Clone>(scope: &Scope<T>) -> Scope<T> {
    match scope {
        Scope::Only(set) if set.len() > 1 => Scope::Only(set.iter().skip(1).cloned().collect()),
        Scope::Only(_) | Scope::Except(_) => scope.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_narrower_allow_tightens(wide in statement(), steps in vec(any::<u8>(), 1..4), requests in vec(request(), 8)) {
        let narrow = narrowed(&wide, &steps);
        let document = |statement: &Statement| Document::new(Version::V2012, vec![statement.clone()]);
        let (before, after) = (document(&wide), document(&narrow));
        let shift = compare(Some(&before), Some(&after));
        let expected = if wide.effect == Effect::Allow { Shift::Tightens } else { Shift::Loosens };
        prop_assert!(shift == Shift::Same || shift == expected, "{shift:?}");
        for request in &requests {
            let hit = |document: &Document| decide(document, request) != Decision::ImplicitDeny;
            prop_assert!(hit(&before) || !hit(&after));
        }
        if wide.effect == Effect::Allow {
            prop_assert_eq!(compare(Some(&after), Some(&common(&before, &after))), Shift::Same);
        }
    }
}

/// The generators must meet: a property over requests that no document speaks of would prove nothing.
#[test]
fn documents_and_requests_meet() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..2000 {
        let pair = (document(), document(), request())
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let word = match decide(&pair.0, &pair.2) {
            Decision::Allow(_) => "allow",
            Decision::ExplicitDeny(_) => "deny",
            Decision::ImplicitDeny => "none",
        };
        *seen.entry(word).or_default() += 1;
        if allows(&common(&pair.0, &pair.1), &pair.2) {
            *seen.entry("common").or_default() += 1;
        }
    }
    assert!(seen.len() == 4 && seen.values().all(|count| *count > 20), "{seen:?}");
}
