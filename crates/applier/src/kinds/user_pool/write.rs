//! The writes of a user pool.
//!
//! The ledger of `UpdateUserPool` (measured: cdkd, `USER_POOL_ECHO_MEMBERS` and `USER_POOL_KEPT_ON_OMISSION`, 2026-09-29):
//! what AWS resets when it is left out is sent as found or as ours; what AWS keeps is sent only where it is ours, since
//! an echo is one more thing that can be refused. `AutoVerifiedAttributes` and `UserAttributeUpdateSettings` travel
//! together, even for a write of `DeletionProtection` alone.

use aws_sdk_cognitoidentityprovider::operation::update_user_pool::builders::UpdateUserPoolFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    AccountRecoverySettingType, AdminCreateUserConfigType, AttributeDataType, DeletionProtectionType,
    EmailSendingAccountType, MessageTemplateType, PasswordPolicyType, RecoveryOptionNameType, RecoveryOptionType,
    SchemaAttributeType, StringAttributeConstraintsType, UserAttributeUpdateSettingsType, UserPoolPolicyType,
    UserPoolTierType, UserPoolType, UsernameAttributeType, UsernameConfigurationType, VerifiedAttributeType,
};
use spec_model::Entries;
use spec_model::kinds::{Invitation, PasswordPolicy, SignIn, SignUp, Tier, UserPool, VerifiedAttribute};

use super::wire::{Members, as_meant};
use super::{DAY, Described, MARK_ATTRIBUTE};
use crate::clients::Clients;
use crate::error::WorldError;

/// Makes the pool without a second factor: AWS refuses one before its factor is switched on.
pub(super) async fn create(clients: &Clients, want: &UserPool) -> Result<UserPoolType, WorldError> {
    let UserPool {
        name,
        sign_in,
        case_sensitive,
        mark_attribute,
        sign_up,
        invitation,
        password_policy,
        mfa: _,
        account_recovery: _,
        verified_attributes: _,
        verify_before_update: _,
        deletion_protection,
        tier,
        tags: Entries(tags),
    } = want;
    let email = attribute("email").required(true).build();
    let mark = mark_attribute.then(|| attribute("igvctl").build());
    let schema = std::iter::once(email).chain(mark).collect();
    clients
        .cognito_once
        .create_user_pool()
        .pool_name(name)
        .set_username_attributes(match sign_in {
            SignIn::Username => None,
            SignIn::Email => Some(vec![UsernameAttributeType::Email]),
        })
        .username_configuration(
            UsernameConfigurationType::builder()
                .case_sensitive(*case_sensitive)
                .build()
                .expect("the one member is set"),
        )
        .set_schema(Some(schema))
        .admin_create_user_config(admin_config(*sign_up, invitation.as_ref(), None))
        .policies(policies(password_policy, None))
        .account_recovery_setting(recovery(want))
        .set_auto_verified_attributes(Some(verified(&want.verified_attributes)))
        .user_attribute_update_settings(before_update(want))
        .deletion_protection(protection(*deletion_protection))
        .set_user_pool_tier(tier.map(aws_tier))
        .set_user_pool_tags(Some(tags.clone().into_iter().collect()))
        .customize()
        .mutate_request(|request| as_meant(request, &Members::new()))
        .send()
        .await
        .map_err(|error| WorldError::of("cognito-idp:CreateUserPool", error))?
        .user_pool
        .ok_or_else(|| WorldError::own("cognito-idp:CreateUserPool", "the answer holds no user pool"))
}

/// Whether a field of `UpdateUserPool` differs; the others have calls of their own.
pub(super) fn differs(is: &UserPool, want: &UserPool) -> bool {
    let UserPool {
        name,
        // Fixed: a difference is refused by the plan.
        sign_in: _,
        case_sensitive: _,
        // `AddCustomAttributes`.
        mark_attribute: _,
        sign_up,
        invitation,
        password_policy,
        // `SetUserPoolMfaConfig`.
        mfa: _,
        account_recovery,
        verified_attributes,
        verify_before_update,
        deletion_protection,
        tier,
        // `TagResource`.
        tags: _,
    } = want;
    let PasswordPolicy {
        minimum_length: _,
        require_uppercase: _,
        require_lowercase: _,
        require_numbers: _,
        require_symbols: _,
        temporary_password_validity: _,
        history,
    } = password_policy;
    let mut policy_of_live = is.password_policy.clone();
    // Ours only where the file says it.
    policy_of_live.history = history.and(policy_of_live.history);
    *name != is.name
        || *sign_up != is.sign_up
        || (invitation.is_some() && *invitation != is.invitation)
        || *password_policy != policy_of_live
        || *account_recovery != is.account_recovery
        || *verified_attributes != is.verified_attributes
        || *verify_before_update != is.verify_before_update
        || *deletion_protection != is.deletion_protection
        || (tier.is_some() && *tier != is.tier)
}

/// Writes our fields into what AWS just said.
pub(super) async fn update(clients: &Clients, now: Described, want: &UserPool) -> Result<(), WorldError> {
    let Described { pool, unknown } = now;
    send(ours(echo(clients, &pool), &pool, want), unknown).await
}

/// Switches deletion protection off and leaves everything else.
pub(super) async fn lift_protection(clients: &Clients, now: Described) -> Result<(), WorldError> {
    let Described { pool, unknown } = now;
    let call = echo(clients, &pool).deletion_protection(DeletionProtectionType::Inactive);
    send(call, unknown).await
}

/// Adds the attribute that carries the mark of users; AWS never takes it away again.
pub(super) async fn add_mark_attribute(clients: &Clients, id: &str) -> Result<(), WorldError> {
    let call = clients
        .cognito
        .add_custom_attributes()
        .user_pool_id(id)
        .custom_attributes(attribute("igvctl").build());
    call.send()
        .await
        .map(drop)
        .map_err(|error| WorldError::of("cognito-idp:AddCustomAttributes", error))
}

async fn send(call: UpdateUserPoolFluentBuilder, unknown: Members) -> Result<(), WorldError> {
    call.customize()
        .mutate_request(move |request| as_meant(request, &unknown))
        .send()
        .await
        .map(drop)
        .map_err(|error| WorldError::of("cognito-idp:UpdateUserPool", error))
}

/// Everything that AWS resets when it is left out, byte for byte as found.
fn echo(clients: &Clients, now: &UserPoolType) -> UpdateUserPoolFluentBuilder {
    let now = now.clone();
    clients
        .cognito
        .update_user_pool()
        .set_user_pool_id(now.id)
        .set_lambda_config(now.lambda_config)
        .set_user_pool_add_ons(now.user_pool_add_ons)
        .set_admin_create_user_config(now.admin_create_user_config)
        .set_auto_verified_attributes(now.auto_verified_attributes)
        .set_user_attribute_update_settings(now.user_attribute_update_settings)
        .set_verification_message_template(now.verification_message_template)
        .set_email_verification_message(now.email_verification_message)
        .set_email_verification_subject(now.email_verification_subject)
        .set_sms_verification_message(now.sms_verification_message)
        .set_sms_authentication_message(now.sms_authentication_message)
        .set_device_configuration(now.device_configuration)
        // Not measured, so not relied upon: a sender of the owner's (measured as kept for Cognito's own only), and the
        // names of authentication levels.
        .set_email_configuration(
            now.email_configuration
                .filter(|it| it.email_sending_account == Some(EmailSendingAccountType::Developer)),
        )
        .set_acr_configuration(now.acr_configuration)
}

/// Our fields, on top of the echo.
fn ours(call: UpdateUserPoolFluentBuilder, now: &UserPoolType, want: &UserPool) -> UpdateUserPoolFluentBuilder {
    let UserPool {
        name,
        sign_in: _,
        case_sensitive: _,
        mark_attribute: _,
        sign_up,
        invitation,
        password_policy,
        mfa: _,
        account_recovery: _,
        verified_attributes,
        verify_before_update: _,
        deletion_protection,
        tier,
        tags: _,
    } = want;
    let as_found = now
        .admin_create_user_config
        .as_ref()
        .and_then(|it| it.invite_message_template.as_ref());
    let history = now
        .policies
        .as_ref()
        .and_then(|it| it.password_policy.as_ref())
        .and_then(|it| it.password_history_size);
    let call = call
        .pool_name(name)
        .admin_create_user_config(admin_config(*sign_up, invitation.as_ref(), as_found))
        .policies(policies(password_policy, history))
        .account_recovery_setting(recovery(want))
        .set_auto_verified_attributes(Some(verified(verified_attributes)))
        .user_attribute_update_settings(before_update(want))
        .deletion_protection(protection(*deletion_protection));
    match tier {
        Some(tier) => call.user_pool_tier(aws_tier(*tier)),
        None => call,
    }
}

fn admin_config(
    sign_up: SignUp,
    invitation: Option<&Invitation>,
    as_found: Option<&MessageTemplateType>,
) -> AdminCreateUserConfigType {
    let template = match invitation {
        Some(Invitation { subject, text }) => Some(
            MessageTemplateType::builder()
                .email_subject(subject)
                .email_message(text)
                .set_sms_message(as_found.and_then(|it| it.sms_message.clone()))
                .build(),
        ),
        None => as_found.cloned(),
    };
    AdminCreateUserConfigType::builder()
        .allow_admin_create_user_only(match sign_up {
            SignUp::AdminOnly => true,
            SignUp::Anyone => false,
        })
        .set_invite_message_template(template)
        .build()
}

/// The password policy, whole: AWS sets what a partial one leaves out to "not required". The sign-in policy beside it
/// is kept when it is left out (measured: cdkd #1979).
fn policies(policy: &PasswordPolicy, history_as_found: Option<i32>) -> UserPoolPolicyType {
    let PasswordPolicy {
        minimum_length,
        require_uppercase,
        require_lowercase,
        require_numbers,
        require_symbols,
        temporary_password_validity,
        history,
    } = policy;
    let policy = PasswordPolicyType::builder()
        .minimum_length(signed(*minimum_length))
        .require_uppercase(*require_uppercase)
        .require_lowercase(*require_lowercase)
        .require_numbers(*require_numbers)
        .require_symbols(*require_symbols)
        .temporary_password_validity_days(signed(temporary_password_validity.as_secs() / DAY))
        .set_password_history_size(history.map(signed).or(history_as_found))
        .build();
    UserPoolPolicyType::builder().password_policy(policy).build()
}

/// AWS has signed numbers; one beyond them is refused there.
fn signed(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

fn recovery(want: &UserPool) -> AccountRecoverySettingType {
    let mechanisms = (1..).zip(&want.account_recovery).map(|(priority, way)| {
        RecoveryOptionType::builder()
            .priority(priority)
            .name(RecoveryOptionNameType::from(way.word()))
            .build()
            .expect("both members are set")
    });
    AccountRecoverySettingType::builder()
        .set_recovery_mechanisms(Some(mechanisms.collect()))
        .build()
}

fn verified<'a>(attributes: impl IntoIterator<Item = &'a VerifiedAttribute>) -> Vec<VerifiedAttributeType> {
    let words = attributes.into_iter().map(|it| VerifiedAttributeType::from(it.word()));
    words.collect()
}

fn before_update(want: &UserPool) -> UserAttributeUpdateSettingsType {
    UserAttributeUpdateSettingsType::builder()
        .set_attributes_require_verification_before_update(Some(verified(&want.verify_before_update)))
        .build()
}

fn protection(on: bool) -> DeletionProtectionType {
    if on {
        DeletionProtectionType::Active
    } else {
        DeletionProtectionType::Inactive
    }
}

fn aws_tier(tier: Tier) -> UserPoolTierType {
    UserPoolTierType::from(tier.word().to_ascii_uppercase().as_str())
}

/// A text attribute; AWS puts `custom:` before names that are not its own.
fn attribute(name: &str) -> aws_sdk_cognitoidentityprovider::types::builders::SchemaAttributeTypeBuilder {
    debug_assert!(name == "email" || MARK_ATTRIBUTE.ends_with(name));
    SchemaAttributeType::builder()
        .name(name)
        .attribute_data_type(AttributeDataType::String)
        .mutable(true)
        // AWS's own limits, written out so that they do not depend on its defaults.
        .string_attribute_constraints(
            StringAttributeConstraintsType::builder()
                .min_length("0")
                .max_length("2048")
                .build(),
        )
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool::UpdateUserPoolInput;
    use aws_sdk_cognitoidentityprovider::types::{EmailConfigurationType, LambdaConfigType, SmsConfigurationType};

    use super::*;
    use crate::kinds::decided;

    #[test]
    fn every_member_is_decided() {
        let input = UpdateUserPoolInput::builder().build().expect("nothing is required");
        let ours = [
            "user_pool_id",
            "pool_name",
            "policies",
            "deletion_protection",
            "auto_verified_attributes",
            "user_attribute_update_settings",
            "admin_create_user_config",
            "account_recovery_setting",
            "user_pool_tier",
        ];
        let as_found = [
            "lambda_config",
            "user_pool_add_ons",
            "verification_message_template",
            "email_verification_message",
            "email_verification_subject",
            "sms_verification_message",
            "sms_authentication_message",
            "device_configuration",
            "email_configuration",
            "acr_configuration",
        ];
        // AWS keeps them, and they have calls of their own or are not ours.
        let left_out = [
            "mfa_configuration",
            "sms_configuration",
            "user_pool_tags",
            "key_configuration",
            "issuer_configuration",
        ];
        decided::assert_members(&input, &[&ours[..], &as_found[..], &left_out[..]].concat());
    }

    fn pool() -> UserPoolType {
        UserPoolType::builder()
            .id("eu-west-1_a")
            .lambda_config(LambdaConfigType::builder().pre_sign_up("arn:aws:lambda:x").build())
            .auto_verified_attributes(VerifiedAttributeType::Email)
            .sms_configuration(SmsConfigurationType::builder().sns_caller_arn("r").build())
            .email_configuration(
                EmailConfigurationType::builder()
                    .email_sending_account(EmailSendingAccountType::CognitoDefault)
                    .build(),
            )
            .admin_create_user_config(
                AdminCreateUserConfigType::builder()
                    .unused_account_validity_days(7)
                    .invite_message_template(MessageTemplateType::builder().sms_message("{username} {####}").build())
                    .build(),
            )
            .policies(
                UserPoolPolicyType::builder()
                    .password_policy(PasswordPolicyType::builder().password_history_size(4).build())
                    .build(),
            )
            .build()
    }

    #[tokio::test]
    async fn l5_what_aws_would_reset_is_sent_as_found() {
        let clients = decided::clients().await;
        let call = echo(&clients, &pool());
        assert_eq!(*call.get_lambda_config(), pool().lambda_config);
        assert_eq!(*call.get_auto_verified_attributes(), pool().auto_verified_attributes);
        // Kept without being sent; an echo could be refused.
        assert_eq!(
            (call.get_sms_configuration(), call.get_email_configuration()),
            (&None, &None)
        );
        assert_eq!(*call.get_policies(), None);
    }

    #[tokio::test]
    async fn ours_are_written_over_what_was_found() {
        let clients = decided::clients().await;
        let now = super::super::Now {
            pool: pool(),
            unknown: Members::new(),
            mfa: aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput::builder().build(),
        };
        let mut want = super::super::seen(&now).expect("it can be read");
        want.sign_up = SignUp::AdminOnly;
        want.password_policy.history = None;
        want.invitation = Some(Invitation {
            subject: "IGV".to_owned(),
            text: "{username} {####}".to_owned(),
        });
        let call = ours(echo(&clients, &now.pool), &now.pool, &want);
        let admin = call.get_admin_create_user_config().clone().expect("it is always sent");
        assert!(admin.allow_admin_create_user_only);
        let template = admin.invite_message_template.expect("the file says it");
        assert_eq!(template.email_subject.as_deref(), Some("IGV"));
        assert_eq!(template.sms_message.as_deref(), Some("{username} {####}"));
        let policies = call.get_policies().clone().expect("it is always sent");
        assert_eq!(policies.sign_in_policy, None);
        let policy = policies.password_policy.expect("it is always sent");
        // Not ours unless written, but the policy is sent whole.
        assert_eq!(policy.password_history_size, Some(4));
    }

    #[test]
    fn what_is_not_written_is_no_difference() {
        let now = super::super::Now {
            pool: pool(),
            unknown: Members::new(),
            mfa: aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput::builder().build(),
        };
        let is = super::super::seen(&now).expect("it can be read");
        let mut want = is.clone();
        want.password_policy.history = None;
        assert!(!differs(&is, &want));
        want.password_policy.history = Some(2);
        assert!(differs(&is, &want));
    }
}
