//! The second factor: `GetUserPoolMfaConfig` and `SetUserPoolMfaConfig`.
//!
//! Setting is a full replace: with the pool's id alone it turns everything off, and "off" together with any factor
//! block is refused, whatever the block says (measured: cdkd #1968, #1977). A passkey is no factor and travels along.

use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::operation::set_user_pool_mfa_config::builders::SetUserPoolMfaConfigFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{SoftwareTokenMfaConfigType, UserPoolMfaType};
use spec_model::kinds::Mfa;

use crate::clients::Clients;
use crate::error::WorldError;
use crate::eventually::eventually;
use crate::verbs::Target;

/// Reads it.
pub(super) async fn get(clients: &Clients, id: &str) -> Result<GetUserPoolMfaConfigOutput, WorldError> {
    let call = clients.cognito.get_user_pool_mfa_config().user_pool_id(id);
    call.send()
        .await
        .map_err(|error| WorldError::of("cognito-idp:GetUserPoolMfaConfig", error))
}

/// The second factor as the noun has it: an authenticator app, so a pool that knows only text messages has none.
pub(super) fn seen(config: &GetUserPoolMfaConfigOutput) -> Mfa {
    let app = config.software_token_mfa_configuration().is_some_and(|it| it.enabled);
    match config.mfa_configuration().map(UserPoolMfaType::as_str) {
        Some("ON") if app => Mfa::Required,
        Some("OPTIONAL") if app => Mfa::Optional,
        _ => Mfa::Off,
    }
}

/// Sets it; right after another write AWS may see a concurrent one.
pub(super) async fn set(clients: &Clients, target: &Target<'_>, id: &str, want: Mfa) -> Result<(), WorldError> {
    eventually(
        target,
        "another change of the user pool",
        |_| false,
        || async {
            let now = get(clients, id).await?;
            if want == Mfa::Off
                && let Some(dropped) = other_factors(&now)
            {
                (target.waiting)(&format!("no second factor any more: {dropped} is switched off too"));
            }
            whole(clients, id, want, now)
                .send()
                .await
                .map(drop)
                .map_err(|error| WorldError::of("cognito-idp:SetUserPoolMfaConfig", error))
        },
    )
    .await
}

/// The factors that are not ours, in words.
fn other_factors(now: &GetUserPoolMfaConfigOutput) -> Option<String> {
    if !is_on(now) {
        return None;
    }
    let text = now.sms_mfa_configuration().map(|_| "the text message");
    let mail = now.email_mfa_configuration().map(|_| "the e-mail");
    let names: Vec<&str> = text.into_iter().chain(mail).collect();
    (!names.is_empty()).then(|| names.join(" and "))
}

/// While it is off, an SMS block may be a remainder that proves nothing (measured: cdk-real-drift, overrides.ts).
fn is_on(now: &GetUserPoolMfaConfigOutput) -> bool {
    now.mfa_configuration().is_some_and(|it| *it != UserPoolMfaType::Off)
}

/// The whole request: ours written, the other blocks as found.
fn whole(clients: &Clients, id: &str, want: Mfa, now: GetUserPoolMfaConfigOutput) -> SetUserPoolMfaConfigFluentBuilder {
    let others = is_on(&now);
    let call = clients.cognito.set_user_pool_mfa_config().user_pool_id(id);
    let call = match want {
        Mfa::Off => call.mfa_configuration(UserPoolMfaType::Off),
        Mfa::Optional | Mfa::Required => call
            .mfa_configuration(if want == Mfa::Required {
                UserPoolMfaType::On
            } else {
                UserPoolMfaType::Optional
            })
            .software_token_mfa_configuration(SoftwareTokenMfaConfigType::builder().enabled(true).build())
            .set_sms_mfa_configuration(now.sms_mfa_configuration.filter(|_| others))
            .set_email_mfa_configuration(now.email_mfa_configuration.filter(|_| others)),
    };
    call.set_web_authn_configuration(now.web_authn_configuration)
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::operation::set_user_pool_mfa_config::SetUserPoolMfaConfigInput;
    use aws_sdk_cognitoidentityprovider::types::{SmsMfaConfigType, WebAuthnConfigurationType};

    use super::*;
    use crate::kinds::decided;

    #[test]
    fn every_member_is_decided() {
        let input = SetUserPoolMfaConfigInput::builder()
            .build()
            .expect("nothing is required");
        decided::assert_members(
            &input,
            &[
                "user_pool_id",
                "mfa_configuration",
                "software_token_mfa_configuration",
                "sms_mfa_configuration",
                "email_mfa_configuration",
                "web_authn_configuration",
            ],
        );
    }

    async fn sent(want: Mfa, mode: UserPoolMfaType) -> (Option<UserPoolMfaType>, [bool; 3]) {
        let now = GetUserPoolMfaConfigOutput::builder()
            .mfa_configuration(mode)
            .sms_mfa_configuration(SmsMfaConfigType::builder().build())
            .web_authn_configuration(WebAuthnConfigurationType::builder().build())
            .build();
        let clients = decided::clients().await;
        let call = whole(&clients, "eu-west-1_a", want, now);
        (
            call.get_mfa_configuration().clone(),
            [
                call.get_software_token_mfa_configuration()
                    .as_ref()
                    .is_some_and(|it| it.enabled),
                call.get_sms_mfa_configuration().is_some(),
                call.get_web_authn_configuration().is_some(),
            ],
        )
    }

    #[tokio::test]
    async fn l70_the_pair_is_always_sent_whole() {
        use UserPoolMfaType::{Off, On, Optional};
        assert_eq!(sent(Mfa::Required, Optional).await, (Some(On), [true, true, true]));
        assert_eq!(sent(Mfa::Optional, On).await, (Some(Optional), [true, true, true]));
        // A block beside "off" is refused, and one found beside "off" is a remainder.
        assert_eq!(sent(Mfa::Off, On).await, (Some(Off), [false, false, true]));
        assert_eq!(sent(Mfa::Optional, Off).await, (Some(Optional), [true, false, true]));
    }
}
