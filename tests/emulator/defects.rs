//! What ministack 1.5.33 with `AUTH=true` does wrong where our tests meet it.

use crate::walk::Complaint;

/// A defect, where it is met, and how it shows.
pub(crate) struct Defect {
    /// Its number in `docs/testing.md`, which says what AWS does.
    pub(crate) number: &'static str,
    /// The case that it excuses: a state.
    pub(crate) case: &'static str,
    /// How the complaint begins that it excuses.
    pub(crate) says: &'static str,
    /// How far the excuse goes.
    pub(crate) excuse: Excuse,
}

/// How far an excuse goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excuse {
    /// The complaint is expected; the states around it go on.
    Complaint,
    /// Nothing could go on from there: the state is left out of its list. By itself it must complain.
    LeftOut,
    /// The case is written otherwise, the first text instead of the second. As it stands it must complain.
    Rewritten(&'static str, &'static str),
}

const fn complaint(number: &'static str, case: &'static str, says: &'static str) -> Defect {
    Defect {
        number,
        case,
        says,
        excuse: Excuse::Complaint,
    }
}

/// Every excuse. One that excuses nothing any more fails the test.
pub(crate) const DEFECTS: &[Defect] = &[
    Defect {
        number: "M2",
        case: FULL,
        says: "user.anna: cognito-idp:AdminCreateUser: InvalidPasswordException",
        excuse: Excuse::Rewritten("{minimum_length: 12}", "{minimum_length: 14}"),
    },
    Defect {
        number: "M3",
        case: "user_pool_client/04.yaml",
        says: "gap: cognito-idp:ListUserPoolClientSecrets: InvalidAction",
        excuse: Excuse::LeftOut,
    },
    complaint(
        "M23",
        "identity_pool/02.yaml",
        "again: update identity_pool.main: tags.",
    ),
    complaint("M23", "identity_pool/01.yaml", "left: identity pool"),
    complaint(
        "M23",
        "identity_pool/01.yaml",
        "left: tagged Some(\"arn:aws:cognito-identity:",
    ),
    complaint("M23", "identity_pool_roles/01.yaml", "left: identity pool"),
    complaint("M23", "identity_pool_roles/04.yaml", "nothing was done"),
    complaint("M23", "identity_pool_roles/05.yaml", "nothing was done"),
    complaint("M23", "role/01.yaml", "left: identity pool"),
    complaint("M34", "distribution/01.yaml", "left: tagged Some(\"arn:aws:cloudfront:"),
    complaint("M34", FULL, "left: tagged Some(\"arn:aws:cloudfront:"),
    complaint("M35", "role/03.yaml", "again: update role.signed-in: description"),
    complaint(
        "M36",
        "user_pool/01.yaml",
        "behind the back: user_pool.main: name: no change is seen",
    ),
    complaint("M36", "user_pool/02.yaml", "again: update user_pool.main: name"),
    complaint(
        "M37",
        "user_pool_client/01.yaml",
        "behind the back: user_pool_client.igv: refresh_token_rotation: no change is seen",
    ),
    complaint(
        "M37",
        "user_pool_client/03.yaml",
        "again: update user_pool_client.igv: refresh_token_rotation",
    ),
    complaint(
        "M38",
        "user_pool_domain/01.yaml",
        "user_pool_domain.main: cognito-idp:UpdateUserPoolDomain: Inv",
    ),
    complaint(
        "M38",
        "user_pool_domain/01.yaml",
        "again: update user_pool_domain.main: login_page",
    ),
    complaint(
        "M38",
        "user_pool_domain/01.yaml",
        "behind the back: user_pool_domain.main: login_page: no change",
    ),
    complaint(
        "M38",
        "user_pool_domain/02.yaml",
        "user_pool_domain.main: cognito-idp:UpdateUserPoolDomain: Inv",
    ),
    complaint(
        "M38",
        "user_pool_domain/02.yaml",
        "again: update user_pool_domain.main: login_page",
    ),
];

/// The spec with every section, in `specs/`.
pub(crate) const FULL: &str = "full.yaml";

/// The excuses of a case.
pub(crate) fn excuses(case: &str) -> impl Iterator<Item = &'static Defect> {
    DEFECTS.iter().filter(move |it| it.case == case)
}

impl Defect {
    /// Whether it excuses a complaint.
    pub(crate) fn excuses(&self, complaint: &Complaint) -> bool {
        complaint.case == self.case && complaint.says.starts_with(self.says)
    }
}
