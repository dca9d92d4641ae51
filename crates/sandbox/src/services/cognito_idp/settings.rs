//! What a pool's settings become when they are created or updated.
//!
//! UpdateUserPool treats omitted members in two ways. Most reset to their default; policies,
//! tags, recovery, mail, SMS, MFA and tier are kept (measured: cdkd #4066, #1968, #1979,
//! us-east-1 2026-08-18 to 2026-09-29). What nobody measured follows the documentation, which
//! says that everything resets.

use serde_json::{Map, Value, json};

use super::fault::{invalid, not_in_tier};
use super::mfa::Factors;
use super::{json, mfa};
use crate::call::Fault;

/// Members that an update resets when it omits them.
///
/// Measured: LambdaConfig, UserPoolAddOns, AdminCreateUserConfig, AutoVerifiedAttributes,
/// VerificationMessageTemplate, SmsAuthenticationMessage, DeviceConfiguration. After the
/// documentation: the three message texts (they mirror the template), DeletionProtection,
/// DcrConfiguration, AcrConfiguration.
pub(crate) const RESET: [&str; 13] = [
    "AcrConfiguration",
    "AdminCreateUserConfig",
    "AutoVerifiedAttributes",
    "DcrConfiguration",
    "DeletionProtection",
    "DeviceConfiguration",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "LambdaConfig",
    "SmsAuthenticationMessage",
    "SmsVerificationMessage",
    "UserPoolAddOns",
    "VerificationMessageTemplate",
];

/// Members that an update keeps when it omits them (measured, `Policies` by sub-key).
///
/// UserAttributeUpdateSettings is validated as if it were kept (measured: cdkd #4066).
pub(crate) const KEPT: [&str; 8] = [
    "AccountRecoverySetting",
    "EmailConfiguration",
    "IssuerConfiguration",
    "KeyConfiguration",
    "MfaConfiguration",
    "SmsConfiguration",
    "UserAttributeUpdateSettings",
    "UserPoolTier",
];

/// Members that only CreateUserPool takes.
const FIXED: [&str; 3] = ["AliasAttributes", "UsernameAttributes", "UsernameConfiguration"];

/// A text in the template and its older twin beside it: whichever is set shows in both
/// (seen live: cdk-real-drift corpus UserPool.*).
const TWINS: [(&str, &str); 3] = [
    ("EmailMessage", "EmailVerificationMessage"),
    ("EmailSubject", "EmailVerificationSubject"),
    ("SmsMessage", "SmsVerificationMessage"),
];

/// The settings of a new pool.
pub(crate) fn create(input: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let mut next = Map::new();
    next.insert("Name".to_owned(), input.get("PoolName").cloned().unwrap_or_default());
    for member in RESET.iter().chain(&KEPT).chain(&FIXED) {
        take(&mut next, input, member);
    }
    if !json::texts(input, "AliasAttributes").is_empty() && !json::texts(input, "UsernameAttributes").is_empty() {
        return Err(invalid(
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        ));
    }
    policies(&mut next, input)?;
    complete(&mut next, input, None)?;
    // Factors can be switched on by SetUserPoolMfaConfig alone; SMS is there with its configuration
    // (measured: cdkd cognito-provider.ts `hasMfaConfigProps`).
    let mfa = json::text(&next, "MfaConfiguration").unwrap_or("OFF");
    let sms_ready =
        next.contains_key("SmsConfiguration") && json::texts(&next, "AutoVerifiedAttributes").contains(&"phone_number");
    if mfa != "OFF" && !sms_ready {
        return Err(invalid(
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
        ));
    }
    let factors = Factors {
        sms: mfa != "OFF",
        ..Factors::default()
    };
    check(&next, &factors)?;
    Ok(next)
}

/// The settings of a pool after an update; the live ones are untouched, so a refusal lands nothing.
pub(crate) fn update(
    live: &Map<String, Value>,
    factors: &Factors,
    input: &Map<String, Value>,
) -> Result<Map<String, Value>, Fault> {
    let mut next = live.clone();
    for member in RESET {
        next.remove(member);
    }
    for member in RESET.iter().chain(&KEPT) {
        take(&mut next, input, member);
    }
    if let Some(name) = input.get("PoolName") {
        next.insert("Name".to_owned(), name.clone());
    }
    policies(&mut next, input)?;
    complete(&mut next, input, Some(live))?;
    if json::text(input, "MfaConfiguration").is_some_and(|mode| mode != "OFF") && !factors.any() {
        // Measured: cdkd tests/integration/cognito/verify.sh, us-east-1 2026-08-18.
        return Err(invalid(
            "Cannot turn MFA functionality ON, once the user pool has been created.",
        ));
    }
    check(&next, factors)?;
    Ok(next)
}

/// Copies a member if it was sent. An empty list is the same as none.
fn take(next: &mut Map<String, Value>, input: &Map<String, Value>, member: &str) {
    let Some(value) = input.get(member) else { return };
    if value.as_array().is_some_and(Vec::is_empty) {
        next.remove(member);
    } else {
        next.insert(member.to_owned(), value.clone());
    }
}

/// Each policy is replaced when it is sent and kept when it is not.
fn policies(next: &mut Map<String, Value>, input: &Map<String, Value>) -> Result<(), Fault> {
    let sent = json::members(input, "Policies");
    let mut policies = json::members(next, "Policies");
    if let Some(password) = sent.get("PasswordPolicy").and_then(Value::as_object) {
        // A partial policy gets `false` for the flags it leaves out; only an absent one gets all-true
        // (seen live: cdk-real-drift #1701, corpus UserPool.Users0A0EEA89).
        let mut policy = json!({
            "MinimumLength": 8,
            "RequireUppercase": false,
            "RequireLowercase": false,
            "RequireNumbers": false,
            "RequireSymbols": false,
            "TemporaryPasswordValidityDays": 7,
        });
        if let Some(members) = policy.as_object_mut() {
            members.extend(password.clone());
        }
        policies.insert("PasswordPolicy".to_owned(), policy);
    }
    // `SignInPolicy: {}` changes nothing; an empty list is refused (measured: cdkd `sendsFirstAuthFactorList`).
    if let Some(factors) = sent
        .get("SignInPolicy")
        .and_then(|it| it.get("AllowedFirstAuthFactors"))
    {
        if factors.as_array().is_some_and(Vec::is_empty) {
            return Err(invalid(
                "1 validation error detected: Value at 'policies.signInPolicy.allowedFirstAuthFactors' failed to satisfy \
                 constraint: Member must have length greater than or equal to 1",
            ));
        }
        policies.insert("SignInPolicy".to_owned(), json!({"AllowedFirstAuthFactors": factors}));
    }
    policies.entry("PasswordPolicy").or_insert_with(|| {
        json!({
            "MinimumLength": 8,
            "RequireUppercase": true,
            "RequireLowercase": true,
            "RequireNumbers": true,
            "RequireSymbols": true,
            "TemporaryPasswordValidityDays": 7,
        })
    });
    policies
        .entry("SignInPolicy")
        .or_insert_with(|| json!({"AllowedFirstAuthFactors": ["PASSWORD"]}));
    next.insert("Policies".to_owned(), Value::Object(policies));
    Ok(())
}

/// Fills in what AWS shows although nobody sent it (seen live: aws corpus of cdk-real-drift, PlainPool).
fn complete(
    next: &mut Map<String, Value>,
    input: &Map<String, Value>,
    live: Option<&Map<String, Value>>,
) -> Result<(), Fault> {
    let defaults = json!({
        "AccountRecoverySetting": {"RecoveryMechanisms": [
            {"Priority": 1, "Name": "verified_email"},
            {"Priority": 2, "Name": "verified_phone_number"},
        ]},
        "DeletionProtection": "INACTIVE",
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "IssuerConfiguration": {"Type": "ORIGINAL"},
        "KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"},
        "LambdaConfig": {},
        "MfaConfiguration": "OFF",
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []},
        "UserPoolTier": "ESSENTIALS",
    });
    for (member, value) in defaults.as_object().into_iter().flatten() {
        let absent = next
            .get(member)
            .is_none_or(|it| it.as_object().is_some_and(Map::is_empty));
        if absent {
            next.insert(member.clone(), value.clone());
        }
    }
    let mut email = json::members(next, "EmailConfiguration");
    email
        .entry("EmailSendingAccount")
        .or_insert_with(|| json!("COGNITO_DEFAULT"));
    next.insert("EmailConfiguration".to_owned(), Value::Object(email));
    messages(next);
    admin_create_user(next, input, live)
}

fn messages(next: &mut Map<String, Value>) {
    let mut template = json::members(next, "VerificationMessageTemplate");
    template
        .entry("DefaultEmailOption")
        .or_insert_with(|| json!("CONFIRM_WITH_CODE"));
    for (inner, outer) in TWINS {
        // Of two different texts one is lost; which one is not known, here the older member loses.
        if let Some(text) = template.get(inner) {
            next.insert(outer.to_owned(), text.clone());
        } else if let Some(text) = next.get(outer) {
            template.insert(inner.to_owned(), text.clone());
        }
    }
    next.insert("VerificationMessageTemplate".to_owned(), Value::Object(template));
}

/// `UnusedAccountValidityDays` is the old name of `TemporaryPasswordValidityDays` and mirrors it
/// (seen live: cdk-real-drift #642, #694).
fn admin_create_user(
    next: &mut Map<String, Value>,
    input: &Map<String, Value>,
    live: Option<&Map<String, Value>>,
) -> Result<(), Fault> {
    let mut config = json::members(next, "AdminCreateUserConfig");
    config.entry("AllowAdminCreateUserOnly").or_insert_with(|| json!(false));
    let days_of = |settings: &Map<String, Value>| {
        settings
            .get("Policies")
            .and_then(|it| it.pointer("/PasswordPolicy/TemporaryPasswordValidityDays"))
            .cloned()
    };
    let asked = input
        .get("AdminCreateUserConfig")
        .and_then(|it| it.get("UnusedAccountValidityDays"));
    if let Some(asked) = asked {
        let conflict = match live {
            // The echo of a read is accepted (measured: cdkd #4066); another value than the kept one is not.
            Some(live) => days_of(input).is_some() || days_of(live).as_ref() != Some(asked),
            None => days_of(input).is_some(),
        };
        if conflict {
            return Err(invalid(
                "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
            ));
        }
        if let Some(policy) = next.get_mut("Policies").and_then(|it| it.get_mut("PasswordPolicy")) {
            policy["TemporaryPasswordValidityDays"] = asked.clone();
        }
    }
    config.insert(
        "UnusedAccountValidityDays".to_owned(),
        days_of(next).unwrap_or_else(|| json!(7)),
    );
    next.insert("AdminCreateUserConfig".to_owned(), Value::Object(config));
    Ok(())
}

fn check(next: &Map<String, Value>, factors: &Factors) -> Result<(), Fault> {
    // Even a call that writes DeletionProtection alone is refused by this one (measured: cdkd #4066, 2026-09-29).
    let verified = json::texts(next, "AutoVerifiedAttributes");
    let before = next
        .get("UserAttributeUpdateSettings")
        .and_then(|it| it.get("AttributesRequireVerificationBeforeUpdate"))
        .map(json::texts_of)
        .unwrap_or_default();
    if before.iter().any(|name| !verified.contains(name)) {
        return Err(invalid(
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
        ));
    }
    check_recovery(next)?;
    check_lambdas(next)?;
    let email = json::members(next, "EmailConfiguration");
    if json::text(&email, "EmailSendingAccount") == Some("DEVELOPER") && !email.contains_key("SourceArn") {
        return Err(invalid("SourceArn is required when EmailSendingAccount is DEVELOPER."));
    }
    // An empty block is refused (cdkd `isEmptyObjectPlaceholder`, inferred).
    if let Some(sms) = next.get("SmsConfiguration").and_then(Value::as_object)
        && json::text(sms, "SnsCallerArn").is_none_or(str::is_empty)
        && !sms.contains_key("EumsSms")
    {
        return Err(invalid("SnsCallerArn is required in SmsConfiguration."));
    }
    check_key(next)?;
    let first = mfa::first_factors(next);
    if first.contains(&"SMS_OTP") && !next.contains_key("SmsConfiguration") {
        // Measured: cdkd #1975, us-east-1 2026-08-19.
        return Err(invalid(
            "SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS configuration",
        ));
    }
    let lite = json::text(next, "UserPoolTier") == Some("LITE");
    // Choice-based sign-in needs Essentials (documentation of SignInPolicy and feature plans).
    if lite && first.iter().any(|factor| *factor != "PASSWORD") {
        return Err(not_in_tier("AllowedFirstAuthFactors"));
    }
    if lite && next.contains_key("DcrConfiguration") {
        return Err(not_in_tier("DcrConfiguration"));
    }
    if json::text(next, "MfaConfiguration") == Some("ON") {
        // Measured: cdkd #2051, #3562, us-east-1 2026-09-23.
        if first.iter().any(|factor| ["EMAIL_OTP", "SMS_OTP"].contains(factor)) {
            return Err(invalid(mfa::ONLY_PASSWORD));
        }
        if first.contains(&"WEB_AUTHN") && !factors.multi_factor_web_authn() {
            return Err(invalid(
                "WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA",
            ));
        }
    }
    Ok(())
}

/// `admin_only` stands alone, and priorities differ (documentation of AccountRecoverySetting).
fn check_recovery(next: &Map<String, Value>) -> Result<(), Fault> {
    let setting = json::members(next, "AccountRecoverySetting");
    let mechanisms: Vec<&Map<String, Value>> = setting
        .get("RecoveryMechanisms")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    let admin = mechanisms.iter().any(|it| json::text(it, "Name") == Some("admin_only"));
    if admin && mechanisms.len() > 1 {
        return Err(invalid(
            "Invalid account recovery setting parameter. admin_only cannot be combined with other mechanisms.",
        ));
    }
    if let [one, other] = mechanisms.as_slice()
        && (one.get("Priority") == other.get("Priority") || one.get("Name") == other.get("Name"))
    {
        return Err(invalid(
            "Account Recovery Setting cannot use duplicate priorities or mechanisms.",
        ));
    }
    Ok(())
}

/// A function that does not exist is accepted (measured: cdkd #4066); contradictions are not (documentation).
fn check_lambdas(next: &Map<String, Value>) -> Result<(), Fault> {
    let config = json::members(next, "LambdaConfig");
    let versioned = config
        .get("PreTokenGenerationConfig")
        .and_then(|it| it.get("LambdaArn"));
    if let (Some(plain), Some(versioned)) = (config.get("PreTokenGeneration"), versioned)
        && plain != versioned
    {
        return Err(invalid(
            "PreTokenGeneration and PreTokenGenerationConfig must name the same function.",
        ));
    }
    let custom_sender = config.contains_key("CustomSMSSender") || config.contains_key("CustomEmailSender");
    if custom_sender && !config.contains_key("KMSKeyID") {
        return Err(invalid("KMSKeyID is required with a custom sender."));
    }
    Ok(())
}

fn check_key(next: &Map<String, Value>) -> Result<(), Fault> {
    let key = json::members(next, "KeyConfiguration");
    let own = json::text(&key, "KeyType") == Some("CUSTOMER_MANAGED_KEY");
    if own != key.contains_key("KmsKeyArn") {
        return Err(invalid(
            "KmsKeyArn goes with the key type CUSTOMER_MANAGED_KEY, and only with it.",
        ));
    }
    Ok(())
}
