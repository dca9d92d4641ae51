//! Multi-factor authentication of a pool and of a user.
//!
//! SetUserPoolMfaConfig is a full replace: the pool id alone switches MFA off and drops the
//! authenticator app. DescribeUserPool shows the mode and not the factors.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fault::{invalid, not_in_tier};
use super::{Pool, json, pool, user};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The refusal of one-time codes as first factors while MFA is required (measured: cdkd #1975, #2051).
pub(crate) const ONLY_PASSWORD: &str =
    "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled";

/// The factors of a pool.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Factors {
    /// Whether text messages are a factor.
    pub(crate) sms: bool,
    /// Whether authenticator apps are a factor.
    pub(crate) software_token: bool,
    /// `EmailMfaConfiguration`, if e-mail is a factor.
    pub(crate) email: Option<Value>,
    /// `WebAuthnConfiguration`. Passkeys are no MFA factor by themselves.
    pub(crate) web_authn: Option<Value>,
}

impl Factors {
    /// Whether any factor is enabled.
    pub(crate) fn any(&self) -> bool {
        self.sms || self.software_token || self.email.is_some()
    }

    /// Whether a passkey alone satisfies MFA.
    pub(crate) fn multi_factor_web_authn(&self) -> bool {
        is_multi_factor(self.web_authn.as_ref())
    }
}

fn is_multi_factor(web_authn: Option<&Value>) -> bool {
    web_authn.is_some_and(|it| it["FactorConfiguration"] == "MULTI_FACTOR_WITH_USER_VERIFICATION")
}

/// The `AllowedFirstAuthFactors` of a pool's settings.
pub(crate) fn first_factors(settings: &Map<String, Value>) -> Vec<&str> {
    settings
        .get("Policies")
        .and_then(|it| it.pointer("/SignInPolicy/AllowedFirstAuthFactors"))
        .map(json::texts_of)
        .unwrap_or_default()
}

/// GetUserPoolMfaConfig.
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    Ok(shown(pool::find(world, call)?).into())
}

fn shown(pool: &Pool) -> Value {
    let mode = json::text(&pool.settings, "MfaConfiguration").unwrap_or("OFF");
    let mut answer = json!({"MfaConfiguration": mode});
    if pool.mfa.software_token {
        answer["SoftwareTokenMfaConfiguration"] = json!({"Enabled": true});
    }
    // The SMS block stays after SMS is no longer a factor (seen live: cdk-real-drift src/read/overrides.ts).
    if let Some(sms) = pool.settings.get("SmsConfiguration") {
        answer["SmsMfaConfiguration"] = json!({"SmsConfiguration": sms});
        if let Some(message) = pool.settings.get("SmsAuthenticationMessage") {
            answer["SmsMfaConfiguration"]["SmsAuthenticationMessage"] = message.clone();
        }
    }
    if let Some(email) = &pool.mfa.email {
        answer["EmailMfaConfiguration"] = email.clone();
    }
    // With MFA in use an unset passkey block reads back as a single factor (seen live: corpus userpool_rich).
    if pool.mfa.web_authn.is_some() || mode != "OFF" {
        let mut block = pool.mfa.web_authn.clone().unwrap_or_else(|| json!({}));
        if block.get("FactorConfiguration").is_none() {
            block["FactorConfiguration"] = json!("SINGLE_FACTOR");
        }
        answer["WebAuthnConfiguration"] = block;
    }
    answer
}

/// SetUserPoolMfaConfig. Rules and their order measured: cdkd `describeUnsupportedMfaCombination`,
/// #1968, #1975, #1977, #1920, #2064, us-east-1 2026-08-19 to 2026-09-23.
pub(crate) fn set(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let mode = call.text("MfaConfiguration").unwrap_or("OFF").to_owned();
    let sms = call.input.get("SmsMfaConfiguration").and_then(Value::as_object);
    let token = call.input.get("SoftwareTokenMfaConfiguration");
    let email = call.input.get("EmailMfaConfiguration");
    let web_authn = call.input.get("WebAuthnConfiguration");
    // The check is on the block's presence: even one that says `Enabled: false` is refused.
    if mode == "OFF" && (sms.is_some() || token.is_some() || email.is_some()) {
        return Err(invalid(
            "Invalid MFA configuration given, can't turn off MFA and configure an MFA together",
        ));
    }
    if email.is_some() {
        if pool.is_lite() {
            return Err(not_in_tier("EmailMfaConfiguration"));
        }
        let sender = json::members(&pool.settings, "EmailConfiguration");
        if json::text(&sender, "EmailSendingAccount") != Some("DEVELOPER") {
            return Err(invalid(
                "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of \
                 COGNITO_DEFAULT",
            ));
        }
    }
    let software_token = token.and_then(|it| it["Enabled"].as_bool()).unwrap_or(false);
    if mode != "OFF" && !software_token && sms.is_none() && email.is_none() {
        return Err(invalid(
            "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.",
        ));
    }
    if sms.is_some_and(|it| !it.contains_key("SmsConfiguration")) && !pool.settings.contains_key("SmsConfiguration") {
        return Err(invalid("SmsConfiguration is required to enable SMS MFA."));
    }
    if mode == "ON" {
        let first = first_factors(&pool.settings);
        if first.iter().any(|factor| ["EMAIL_OTP", "SMS_OTP"].contains(factor)) {
            return Err(invalid(ONLY_PASSWORD));
        }
        // An omitted block counts as a single factor, whatever the pool holds.
        if first.contains(&"WEB_AUTHN") && !is_multi_factor(web_authn) {
            return Err(invalid(
                "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed \
                 first auth factor",
            ));
        }
    }
    pool.mfa = Factors {
        sms: sms.is_some(),
        software_token,
        email: email.cloned(),
        web_authn: web_authn.cloned(),
    };
    for member in ["SmsConfiguration", "SmsAuthenticationMessage"] {
        if let Some(value) = sms.and_then(|it| it.get(member)) {
            pool.settings.insert(member.to_owned(), value.clone());
        }
    }
    pool.settings.insert("MfaConfiguration".to_owned(), json!(mode));
    pool.modified = now;
    Ok(shown(pool).into())
}

/// AdminSetUserMFAPreference.
pub(crate) fn set_preference(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    prefer(pool, call.required("Username"), &call.input, now)?;
    Ok(Answer::empty())
}

/// Sets which factors a user has, and which one is asked for.
pub(crate) fn prefer(pool: &mut Pool, username: &str, input: &Map<String, Value>, now: f64) -> Result<(), Fault> {
    let user = user::find_mut(pool, username)?;
    let mut enabled = user.mfa.clone();
    let mut preferred = user.preferred_mfa.clone();
    let mut wanted = Vec::new();
    for (member, name) in [
        ("SMSMfaSettings", "SMS_MFA"),
        ("SoftwareTokenMfaSettings", "SOFTWARE_TOKEN_MFA"),
        ("EmailMfaSettings", "EMAIL_OTP"),
    ] {
        let Some(asked) = input.get(member).and_then(Value::as_object) else {
            continue;
        };
        let on = json::flag(asked, "Enabled") == Some(true);
        if on {
            let ready = match name {
                "SMS_MFA" => user.attributes.contains_key("phone_number"),
                "EMAIL_OTP" => user.attributes.contains_key("email"),
                _ => user.totp.is_some(),
            };
            if !ready && name == "SOFTWARE_TOKEN_MFA" {
                return Err(invalid("User has not verified software token mfa"));
            }
            if !ready {
                return Err(invalid(format!(
                    "User does not have delivery config set to turn on {name}"
                )));
            }
            enabled.insert(name.to_owned());
        } else {
            enabled.remove(name);
        }
        if json::flag(asked, "PreferredMfa") == Some(true) {
            if !on {
                return Err(invalid("A factor must be enabled to be preferred."));
            }
            wanted.push(name.to_owned());
        } else if preferred.as_deref() == Some(name) {
            preferred = None;
        }
    }
    // Only one factor can be preferred (documentation).
    if wanted.len() > 1 {
        return Err(invalid("Only one MFA option can be preferred."));
    }
    user.preferred_mfa = wanted.pop().or(preferred);
    user.mfa = enabled;
    user.modified = now;
    Ok(())
}
