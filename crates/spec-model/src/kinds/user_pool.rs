//! The noun `user_pool`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::kinds::noun;
use crate::shape::{Entries, Tags, closed, record};

noun! {
    /// A Cognito user pool: the people who may log in.
    UserPool {
        title: "user pool", replace: Never, cost: Data, opens: true,
        parent: None, mark: "tags",
        outputs: [
            "id": "the pool's id, `<region>_<characters>`",
            "arn": "the pool's ARN",
            "provider": "`cognito-idp.<region>.amazonaws.com/<id>`, the name under which identity pools know it",
        ],
    }
    /// Name of the pool. Renaming is an update.
    ours name: String ["UpdateUserPool.PoolName"],
    /// What people type to log in.
    fixed sign_in: SignIn ["UsernameAttributes"] = SignIn::Username,
    /// Whether `Anna` and `anna` are two users.
    fixed case_sensitive: bool ["UsernameConfiguration.CaseSensitive"] = false,
    /// Whether the attribute `custom:igvctl` exists, which carries the mark of users. AWS can add it and never takes it away.
    ours mark_attribute: bool ["AddCustomAttributes"] = true,
    /// Who may make an account. AWS's default is everybody, and the published config gives everybody the client id.
    ours sign_up: SignUp ["AdminCreateUserConfig.AllowAdminCreateUserOnly"] = SignUp::AdminOnly; opens_to(SignUp::Anyone),
    /// The mail that invites a user. `{username}` and `{####}` stand for the name and the temporary password.
    if_written invitation: Option<Invitation> ["AdminCreateUserConfig.InviteMessageTemplate"],
    /// What a password must be. Always sent whole: a partial policy would switch the character classes off.
    ours password_policy: PasswordPolicy ["Policies.PasswordPolicy"] = PasswordPolicy::default(),
    /// The second factor, an authenticator app.
    ours mfa: Mfa ["SetUserPoolMfaConfig"] = Mfa::Optional; opens_to(Mfa::Off); opens_to(Mfa::Optional),
    /// Ways back into an account, the first that is possible is used.
    ours account_recovery: Vec<Recovery> ["AccountRecoverySetting.RecoveryMechanisms"] = vec![Recovery::VerifiedEmail],
    /// Attributes that Cognito verifies.
    ours verified_attributes: BTreeSet<VerifiedAttribute> ["AutoVerifiedAttributes"] = BTreeSet::from([VerifiedAttribute::Email]),
    /// Attributes of which a change counts only when it is verified.
    ours verify_before_update: BTreeSet<VerifiedAttribute> ["UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate"] = BTreeSet::from([VerifiedAttribute::Email]),
    /// Whether AWS refuses to delete the pool.
    ours deletion_protection: bool ["DeletionProtection"] = true,
    /// The feature plan, which has a price.
    if_written tier: Option<Tier> ["UserPoolTier"],
    /// Tags, key by key; foreign tags are kept.
    ours tags: Tags ["TagResource"] = Entries(BTreeMap::new()),
}

closed! {
    /// What people type to log in.
    pub enum SignIn {
        /// The name that the file gives them.
        Username = "username",
        /// Their e-mail address.
        Email = "email",
    }
}

closed! {
    /// Who may make an account.
    pub enum SignUp {
        /// Only an administrator.
        AdminOnly = "admin_only",
        /// Every stranger who knows the client id.
        Anyone = "anyone",
    }
}

closed! {
    /// The second factor.
    pub enum Mfa {
        /// None.
        Off = "off",
        /// Whoever wants one sets it up.
        Optional = "optional",
        /// Everybody must set it up at the next login.
        Required = "required",
    }
}

closed! {
    /// A way back into an account.
    pub enum Recovery {
        /// A code to the verified e-mail address.
        VerifiedEmail = "verified_email",
        /// A code to the verified phone number.
        VerifiedPhoneNumber = "verified_phone_number",
        /// An administrator only.
        AdminOnly = "admin_only",
    }
}

closed! {
    /// An attribute that Cognito can verify.
    pub enum VerifiedAttribute {
        /// The e-mail address.
        Email = "email",
        /// The phone number.
        PhoneNumber = "phone_number",
    }
}

closed! {
    /// A feature plan of Cognito.
    pub enum Tier {
        /// Lite.
        Lite = "lite",
        /// Essentials.
        Essentials = "essentials",
        /// Plus.
        Plus = "plus",
    }
}

record! {
    /// The mail that invites a user.
    pub struct Invitation {
        /// Its subject.
        ours subject: String ["InviteMessageTemplate.EmailSubject"],
        /// Its text, with `{username}` and `{####}`.
        ours text: String ["InviteMessageTemplate.EmailMessage"],
    }
}

record! {
    /// What a password must be.
    pub struct PasswordPolicy {
        /// The least number of characters.
        ours minimum_length: u32 ["MinimumLength"] = 12,
        /// Whether it needs a capital letter.
        ours require_uppercase: bool ["RequireUppercase"] = true,
        /// Whether it needs a small letter.
        ours require_lowercase: bool ["RequireLowercase"] = true,
        /// Whether it needs a digit.
        ours require_numbers: bool ["RequireNumbers"] = true,
        /// Whether it needs a special character.
        ours require_symbols: bool ["RequireSymbols"] = true,
        /// How long the temporary password of an invitation is good, in whole days.
        ours temporary_password_validity: Duration ["TemporaryPasswordValidityDays"] = Duration::from_secs(7 * 86_400),
        /// How many former passwords may not be used again.
        if_written history: Option<u32> ["PasswordHistorySize"],
    }
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_length: 12,
            require_uppercase: true,
            require_lowercase: true,
            require_numbers: true,
            require_symbols: true,
            temporary_password_validity: Duration::from_secs(7 * 86_400),
            history: None,
        }
    }
}
