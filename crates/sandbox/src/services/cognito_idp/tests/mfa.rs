//! The MFA state machine, with the measured messages.

use serde_json::{Value, json};

use super::{described, no, ok, pool, update, world};
use crate::world::World;

fn set(world: &mut World, pool: &str, mut input: Value) -> Value {
    input["UserPoolId"] = json!(pool);
    ok(world, "SetUserPoolMfaConfig", input)
}

#[track_caller]
fn refuse(world: &mut World, pool: &str, mut input: Value, part: &str) {
    input["UserPoolId"] = json!(pool);
    let (code, message) = no(world, "SetUserPoolMfaConfig", input);
    assert_eq!(code, "InvalidParameterException");
    assert!(message.contains(part), "{message}");
}

#[track_caller]
fn refuse_update(world: &mut World, pool: &str, mut input: Value, part: &str) {
    input["UserPoolId"] = json!(pool);
    let (code, message) = no(world, "UpdateUserPool", input);
    assert_eq!(code, "InvalidParameterException");
    assert!(message.contains(part), "{message}");
}

/// L10: ON needs a factor, and a factor needs SetUserPoolMfaConfig.
#[test]
fn l10_on_before_any_factor_is_refused() {
    let mut world = world();
    for mode in ["ON", "OPTIONAL"] {
        let (code, message) = no(
            &mut world,
            "CreateUserPool",
            json!({"PoolName": "p", "MfaConfiguration": mode}),
        );
        assert_eq!(code, "InvalidParameterException");
        assert!(message.contains("SMS configuration and Auto verification"), "{message}");
    }
    let id = pool(&mut world, json!({}));
    refuse_update(
        &mut world,
        &id,
        json!({"MfaConfiguration": "ON"}),
        "Cannot turn MFA functionality ON",
    );
    update(&mut world, &id, json!({"MfaConfiguration": "OFF"})).unwrap();
    set(
        &mut world,
        &id,
        json!({"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": true}}),
    );
    for mode in ["ON", "OPTIONAL"] {
        update(&mut world, &id, json!({"MfaConfiguration": mode})).unwrap();
        assert_eq!(described(&mut world, &id)["MfaConfiguration"], mode);
    }
    let sms = pool(
        &mut world,
        json!({"MfaConfiguration": "ON", "AutoVerifiedAttributes": ["phone_number"],
               "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::111122223333:role/sms"}}),
    );
    assert_eq!(described(&mut world, &sms)["MfaConfiguration"], "ON");
}

/// L70: off together with any block is refused, on without one too.
#[test]
fn l70_blocks_and_modes() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    for input in [
        json!({"MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": {"Enabled": true}}),
        json!({"MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": {"Enabled": false}}),
        json!({"SoftwareTokenMfaConfiguration": {"Enabled": true}}),
        json!({"MfaConfiguration": "OFF", "EmailMfaConfiguration": {}}),
    ] {
        refuse(
            &mut world,
            &id,
            input,
            "can't turn off MFA and configure an MFA together",
        );
    }
    for input in [
        json!({"MfaConfiguration": "ON"}),
        json!({"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": false}}),
        json!({"MfaConfiguration": "OPTIONAL", "WebAuthnConfiguration": {"UserVerification": "required"}}),
    ] {
        refuse(&mut world, &id, input, "must be enabled");
    }
    refuse(
        &mut world,
        &id,
        json!({"MfaConfiguration": "ON", "EmailMfaConfiguration": {}}),
        "EmailSendingAccount of COGNITO_DEFAULT",
    );
    refuse(
        &mut world,
        &id,
        json!({"MfaConfiguration": "ON", "SmsMfaConfiguration": {}}),
        "SmsConfiguration",
    );
    // Passkeys are no factor.
    set(
        &mut world,
        &id,
        json!({"MfaConfiguration": "OFF", "WebAuthnConfiguration": {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}}),
    );
}

/// L70: the pool id alone switches everything off; UpdateUserPool keeps mode and factors.
#[test]
fn l70_a_bare_call_is_a_full_replace() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    set(
        &mut world,
        &id,
        json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}}),
    );
    update(&mut world, &id, json!({})).unwrap();
    let live = ok(&mut world, "GetUserPoolMfaConfig", json!({"UserPoolId": id}));
    assert_eq!(
        live,
        json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true},
               "WebAuthnConfiguration": {"FactorConfiguration": "SINGLE_FACTOR"}})
    );
    assert_eq!(set(&mut world, &id, json!({})), json!({"MfaConfiguration": "OFF"}));
    assert_eq!(described(&mut world, &id)["MfaConfiguration"], "OFF");
}

/// L71: one-time codes as first factors exclude ON and not OPTIONAL, in either order.
#[test]
fn l71_first_factors_against_required_mfa() {
    let mut world = world();
    let token = json!({"Enabled": true});
    let id = pool(
        &mut world,
        json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}),
    );
    refuse(
        &mut world,
        &id,
        json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": token}),
        "Only PASSWORD and WEB_AUTHN",
    );
    set(
        &mut world,
        &id,
        json!({"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": token}),
    );
    refuse_update(
        &mut world,
        &id,
        json!({"MfaConfiguration": "ON"}),
        "Only PASSWORD and WEB_AUTHN",
    );
    update(
        &mut world,
        &id,
        json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}, "MfaConfiguration": "ON"}),
    )
    .unwrap();
    refuse_update(
        &mut world,
        &id,
        json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}),
        "Only PASSWORD and WEB_AUTHN",
    );
    let keys = json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}});
    refuse_update(&mut world, &id, keys.clone(), "WEB_AUTHN cannot be used");
    // The tightening call first, then the pool.
    let multi = json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": token,
                       "WebAuthnConfiguration": {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}});
    set(&mut world, &id, multi);
    update(&mut world, &id, keys).unwrap();
    // An omitted passkey block counts as a single factor, whatever the pool holds.
    refuse(
        &mut world,
        &id,
        json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": token}),
        "SINGLE_FACTOR",
    );
}

#[test]
fn the_sms_block_stays_when_sms_is_no_factor() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let sms = json!({"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::111122223333:role/sms"}});
    set(
        &mut world,
        &id,
        json!({"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": sms}),
    );
    let after = set(
        &mut world,
        &id,
        json!({"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": true}}),
    );
    assert_eq!(after["SmsMfaConfiguration"], sms);
}

#[test]
fn a_users_preference_needs_a_factor() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    ok(
        &mut world,
        "AdminCreateUser",
        json!({"UserPoolId": id, "Username": "igvuser", "MessageAction": "SUPPRESS",
               "UserAttributes": [{"Name": "phone_number", "Value": "+15550100"}, {"Name": "email", "Value": "a@example.org"}]}),
    );
    let user = |more: Value| {
        let mut input = json!({"UserPoolId": id, "Username": "igvuser"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let on = json!({"Enabled": true, "PreferredMfa": true});
    let (code, message) = no(
        &mut world,
        "AdminSetUserMFAPreference",
        user(json!({"SoftwareTokenMfaSettings": on})),
    );
    assert_eq!(code, "InvalidParameterException");
    assert!(message.contains("not verified software token"), "{message}");
    for input in [
        json!({"SMSMfaSettings": on, "EmailMfaSettings": on}),
        json!({"SMSMfaSettings": {"Enabled": false, "PreferredMfa": true}}),
    ] {
        assert_eq!(
            no(&mut world, "AdminSetUserMFAPreference", user(input)).0,
            "InvalidParameterException"
        );
    }
    ok(
        &mut world,
        "AdminSetUserMFAPreference",
        user(json!({"SMSMfaSettings": on})),
    );
    let live = ok(&mut world, "AdminGetUser", user(json!({})));
    assert_eq!(
        (live["UserMFASettingList"].clone(), live["PreferredMfaSetting"].clone()),
        (json!(["SMS_MFA"]), json!("SMS_MFA"))
    );
}
