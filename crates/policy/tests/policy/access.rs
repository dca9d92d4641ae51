//! What all policies around a request decide together.

use policy::{Access, Document, Layer, Policies, access};

use crate::short::{ONE, TWO, document, request};

/// The policies of a case; an empty text is no policy.
struct Case {
    identity: &'static str,
    boundary: &'static str,
    session: &'static str,
    resource: &'static str,
    owner: &'static str,
}

const NONE: Case = Case {
    identity: "",
    boundary: "",
    session: "",
    resource: "",
    owner: ONE,
};

fn decide(case: &Case, asked: &str) -> Access {
    let read = |text: &str| if text.is_empty() { None } else { Some(document(text)) };
    let documents: Vec<Option<Document>> = [case.identity, case.boundary, case.session, case.resource]
        .into_iter()
        .map(read)
        .collect();
    let labelled = |at: usize, label: &'static str| documents[at].as_ref().map(|document| (label, document));
    let identity: Vec<_> = labelled(0, "inline").into_iter().collect();
    let session: Vec<_> = labelled(2, "session").into_iter().collect();
    let policies = Policies {
        identity: &identity,
        boundary: labelled(1, "boundary"),
        session: (!session.is_empty()).then_some(&session),
        resource: labelled(3, "bucket policy"),
        owner: Some(case.owner),
        resource_decides: false,
    };
    access(&policies, &request(asked))
}

const READ: &str = "Allow Action=s3:GetObject Resource=*";
const WRITE: &str = "Allow Action=s3:PutObject Resource=*";
const GET: &str = "user:ann s3:GetObject @a/x";
const ROLE_GET: &str = "role:Reader/ann s3:GetObject @a/x";

#[test]
fn within_an_account_either_side_may_allow() {
    let to_user = "Allow Principal=AWS:user/ann Action=s3:GetObject Resource=*";
    let to_account = "Allow Principal=AWS:1 Action=s3:GetObject Resource=*";
    assert!(decide(&Case { identity: READ, ..NONE }, GET).is_allowed());
    assert!(
        decide(
            &Case {
                resource: to_user,
                ..NONE
            },
            GET
        )
        .is_allowed()
    );
    assert_eq!(decide(&NONE, GET), Access::NotAllowed(Layer::Identity));
    // To name the account leaves it to the account's own policies.
    assert_eq!(
        decide(
            &Case {
                resource: to_account,
                ..NONE
            },
            GET
        ),
        Access::NotAllowed(Layer::Identity)
    );
    assert!(
        decide(
            &Case {
                resource: to_account,
                identity: READ,
                ..NONE
            },
            GET
        )
        .is_allowed()
    );
}

#[test]
fn between_accounts_both_sides_must_allow() {
    let case = Case { owner: TWO, ..NONE };
    let to_account = "Allow Principal=AWS:1 Action=s3:GetObject Resource=*";
    let to_user = "Allow Principal=AWS:user/ann Action=s3:GetObject Resource=*";
    for resource in [to_account, to_user] {
        assert!(
            decide(
                &Case {
                    identity: READ,
                    resource,
                    ..case
                },
                GET
            )
            .is_allowed(),
            "{resource}"
        );
        assert_eq!(
            decide(&Case { resource, ..case }, GET),
            Access::NotAllowed(Layer::Identity),
            "{resource}"
        );
    }
    assert_eq!(
        decide(&Case { identity: READ, ..case }, GET),
        Access::NotAllowed(Layer::Resource)
    );
    assert!(
        decide(
            &Case {
                resource: to_account,
                ..case
            },
            "root s3:GetObject @a/x"
        )
        .is_allowed()
    );
    assert_eq!(
        decide(&case, "root s3:GetObject @a/x"),
        Access::NotAllowed(Layer::Resource)
    );
}

#[test]
fn a_deny_wins_wherever_it_is() {
    let all = "Allow Principal=* Action=* Resource=*";
    let deny = "Allow Action=* Resource=* ; Deny Action=s3:GetObject Resource=*";
    let deny_all = "Deny Principal=* Action=* Resource=*";
    let open = Case {
        identity: READ,
        resource: all,
        ..NONE
    };
    assert!(decide(&open, GET).is_allowed());
    let layer = |case: &Case| match decide(case, GET) {
        Access::Denied(layer, _) => Some(layer),
        Access::Allowed(_) | Access::NotAllowed(_) => None,
    };
    assert_eq!(layer(&Case { identity: deny, ..open }), Some(Layer::Identity));
    assert_eq!(layer(&Case { boundary: deny, ..open }), Some(Layer::Boundary));
    assert_eq!(layer(&Case { session: deny, ..open }), Some(Layer::Session));
    assert_eq!(
        layer(&Case {
            resource: deny_all,
            ..open
        }),
        Some(Layer::Resource)
    );
    let root = decide(
        &Case {
            resource: deny_all,
            ..NONE
        },
        "root s3:GetObject @a/x",
    );
    assert!(
        matches!(root, Access::Denied(Layer::Resource, _)),
        "the root user too: {root:?}"
    );
}

#[test]
fn a_boundary_and_a_session_limit_but_do_not_allow() {
    assert_eq!(
        decide(
            &Case {
                identity: READ,
                boundary: WRITE,
                ..NONE
            },
            GET
        ),
        Access::NotAllowed(Layer::Boundary)
    );
    assert!(
        decide(
            &Case {
                identity: READ,
                boundary: READ,
                ..NONE
            },
            GET
        )
        .is_allowed()
    );
    assert_eq!(
        decide(&Case { boundary: READ, ..NONE }, GET),
        Access::NotAllowed(Layer::Identity)
    );
    assert_eq!(
        decide(
            &Case {
                identity: READ,
                session: WRITE,
                ..NONE
            },
            ROLE_GET
        ),
        Access::NotAllowed(Layer::Session)
    );
    assert!(
        decide(
            &Case {
                identity: READ,
                session: READ,
                ..NONE
            },
            ROLE_GET
        )
        .is_allowed()
    );
}

#[test]
fn what_a_bucket_gives_to_a_role_is_limited_but_not_what_it_gives_to_a_session() {
    let to_role = "Allow Principal=AWS:role/Reader Action=s3:GetObject Resource=*";
    let to_session = "Allow Principal=AWS:session/Reader/ann Action=s3:GetObject Resource=*";
    let to_user = "Allow Principal=AWS:user/ann Action=s3:GetObject Resource=*";
    let limited = Case {
        boundary: WRITE,
        ..NONE
    };
    assert!(
        decide(
            &Case {
                resource: to_role,
                ..NONE
            },
            ROLE_GET
        )
        .is_allowed()
    );
    assert_eq!(
        decide(
            &Case {
                resource: to_role,
                ..limited
            },
            ROLE_GET
        ),
        Access::NotAllowed(Layer::Boundary)
    );
    assert!(
        decide(
            &Case {
                resource: to_session,
                ..limited
            },
            ROLE_GET
        )
        .is_allowed()
    );
    assert!(
        decide(
            &Case {
                resource: to_user,
                ..limited
            },
            GET
        )
        .is_allowed()
    );
}

#[test]
fn strangers_and_services_have_the_bucket_policy_alone() {
    let public = "Allow Principal=* Action=s3:GetObject Resource=*";
    let cloudfront = "Allow Principal=Service:cloudfront.amazonaws.com Action=s3:GetObject Resource=*";
    assert!(
        decide(
            &Case {
                resource: public,
                ..NONE
            },
            "nobody s3:GetObject @a/x"
        )
        .is_allowed()
    );
    assert_eq!(
        decide(&NONE, "nobody s3:GetObject @a/x"),
        Access::NotAllowed(Layer::Resource)
    );
    let asked = "service:cloudfront.amazonaws.com s3:GetObject @a/x";
    assert!(
        decide(
            &Case {
                resource: cloudfront,
                ..NONE
            },
            asked
        )
        .is_allowed()
    );
    assert_eq!(
        decide(&Case { identity: READ, ..NONE }, asked),
        Access::NotAllowed(Layer::Resource)
    );
}

#[test]
fn a_trust_policy_alone_lets_in() {
    let asked = request("user:ann sts:AssumeRole arn:aws:iam::111122223333:role/Reader");
    let own = document("Allow Action=sts:AssumeRole Resource=*");
    let to_account = document("Allow Principal=AWS:1 Action=sts:AssumeRole");
    let to_ann = document("Allow Principal=AWS:user/ann Action=sts:AssumeRole");
    let to_bob = document("Allow Principal=AWS:user/bob Action=sts:AssumeRole");
    let decide = |own: &[(&str, &Document)], trust: &Document| {
        let policies = Policies {
            identity: own,
            resource: Some(("trust", trust)),
            resource_decides: true,
            ..Policies::default()
        };
        access(&policies, &asked)
    };
    assert!(decide(&[("own", &own)], &to_account).is_allowed());
    assert_eq!(decide(&[], &to_account), Access::NotAllowed(Layer::Identity));
    assert!(decide(&[], &to_ann).is_allowed());
    assert_eq!(decide(&[("own", &own)], &to_bob), Access::NotAllowed(Layer::Resource));
}

#[test]
fn the_reason_is_given_in_the_words_of_aws() {
    let because = |case: &Case| decide(case, GET).because("s3:GetObject");
    assert_eq!(
        because(&NONE),
        "because no identity-based policy allows the s3:GetObject action"
    );
    assert_eq!(
        because(&Case {
            identity: READ,
            boundary: WRITE,
            ..NONE
        }),
        "because no permissions boundary allows the s3:GetObject action"
    );
    assert_eq!(
        because(&Case {
            identity: "Deny Action=* Resource=*",
            ..NONE
        }),
        "with an explicit deny in an identity-based policy"
    );
    assert_eq!(
        because(&Case {
            resource: "Deny Principal=* Action=* Resource=*",
            ..NONE
        }),
        "with an explicit deny in a resource-based policy"
    );
    assert_eq!(because(&Case { identity: READ, ..NONE }), "");
}
