//! The noun `user`.

use crate::kinds::noun;
use crate::shape::{Entries, closed};

noun! {
    /// A person who may log in. Never deleted: who leaves the file is disabled and signed out, and can be enabled again.
    User {
        title: "user", replace: Never, cost: Nothing, opens: true,
        parent: Some(("user_pool_id", crate::kinds::Kind::UserPool)), mark: "attribute `custom:igvctl`", crowd: "users",
        removal: "is disabled and signed out; an entry in the file brings them back", removed: "disabled",
        lingers: "their refresh tokens are revoked, but AWS credentials that they already have stay good for up to one hour; to end those too, use \"Revoke active sessions\" on the role of people who logged in, in the IAM console, which ends everybody's",
        outputs: [
            "username": "the name under which Cognito knows the user",
        ],
    }
    /// The pool.
    fixed user_pool_id: String ["UserPoolId"],
    /// The name people log in with.
    fixed name: String ["Username"],
    /// The e-mail address, set as verified. IGV makes the session's name of it: 2 to 64 characters of `A-Z a-z 0-9 _ + = , . @ -`.
    ours email: String ["UserAttributes.email"]; alarming("hands the account over to whoever reads this mailbox"),
    /// Whether the address counts as verified; without, nobody can recover the account.
    ours email_verified: bool ["UserAttributes.email_verified"] = true,
    /// How the user learns of the account.
    at_creation invite: Invite ["AdminCreateUser.DesiredDeliveryMediums"] = Invite::Email,
    /// Further attributes.
    if_written attributes: Option<Entries<String>> ["UserAttributes"],
    /// Whether the user may log in.
    ours standing: UserStanding ["AdminEnableUser, AdminDisableUser"] = UserStanding::Enabled; opens_to(UserStanding::Enabled); held_at(UserStanding::Disabled),
}

closed! {
    /// How a user learns of the account.
    pub enum Invite {
        /// By Cognito's e-mail with a temporary password.
        Email = "email",
        /// Not at all.
        None = "none",
    }
}

closed! {
    /// Whether a user may log in.
    pub enum UserStanding {
        /// May log in.
        Enabled = "enabled",
        /// May not log in.
        Disabled = "disabled",
        /// Left the file earlier: disabled, signed out, and told so by the mark.
        Left = "left",
    }
}
