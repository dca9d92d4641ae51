//! Pools: defaults, the ledger of UpdateUserPool, schema, tags, deletion.

use serde_json::{Value, json};

use super::{ACCOUNT, ask_as, described, no, ok, pool, refused, update, world};
use crate::services::cognito_idp::{settings, tagged};

#[test]
fn a_bare_pool_shows_aws_defaults() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let (region, tail) = id.split_once('_').unwrap();
    assert_eq!(region, "us-east-1");
    assert!(
        tail.len() == 9 && tail.chars().all(|it| it.is_ascii_alphanumeric()),
        "{id}"
    );
    let live = described(&mut world, &id);
    assert_eq!(
        live["Arn"],
        format!("arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/{id}")
    );
    assert_eq!(
        live["Policies"],
        json!({
            "PasswordPolicy": {"MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true,
                "RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7},
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
        })
    );
    for (member, value) in [
        ("MfaConfiguration", json!("OFF")),
        ("DeletionProtection", json!("INACTIVE")),
        ("UserPoolTier", json!("ESSENTIALS")),
        ("EmailConfiguration", json!({"EmailSendingAccount": "COGNITO_DEFAULT"})),
        (
            "VerificationMessageTemplate",
            json!({"DefaultEmailOption": "CONFIRM_WITH_CODE"}),
        ),
        (
            "AdminCreateUserConfig",
            json!({"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7}),
        ),
        ("LambdaConfig", json!({})),
        ("KeyConfiguration", json!({"KeyType": "AWS_OWNED_KEY"})),
        ("IssuerConfiguration", json!({"Type": "ORIGINAL"})),
        (
            "AccountRecoverySetting",
            json!({"RecoveryMechanisms": [
                {"Priority": 1, "Name": "verified_email"}, {"Priority": 2, "Name": "verified_phone_number"}]}),
        ),
    ] {
        assert_eq!(live[member], value, "{member}");
    }
    for absent in [
        "UserPoolAddOns",
        "DeviceConfiguration",
        "SmsConfiguration",
        "UsernameConfiguration",
        "UserPoolTags",
    ] {
        assert_eq!(live.get(absent), None, "{absent}");
    }
}

/// L1, L3, L80: the schema is always completed, whatever was left out.
#[test]
fn l1_schema_is_completed_to_21_entries() {
    let mut world = world();
    let id = pool(
        &mut world,
        json!({"Schema": [
            {"Name": "email", "Required": true, "Mutable": true},
            {"Name": "igvctl", "AttributeDataType": "String", "Mutable": true,
             "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "256"}},
            {"Name": "raw", "AttributeDataType": "String", "DeveloperOnlyAttribute": true},
        ]}),
    );
    let live = described(&mut world, &id);
    let schema = live["SchemaAttributes"].as_array().unwrap();
    assert_eq!(schema.len(), 23);
    let by_name = |name: &str| schema.iter().find(|it| it["Name"] == name).cloned().unwrap();
    assert_eq!(
        by_name("email"),
        json!({"Name": "email", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": true,
               "Required": true, "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"}})
    );
    assert_eq!(
        by_name("sub"),
        json!({"Name": "sub", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": false,
               "Required": true, "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "2048"}})
    );
    assert_eq!(
        by_name("updated_at")["NumberAttributeConstraints"],
        json!({"MinValue": "0"})
    );
    assert_eq!(by_name("birthdate")["StringAttributeConstraints"]["MinLength"], "10");
    assert_eq!(by_name("identities")["StringAttributeConstraints"], json!({}));
    assert_eq!(by_name("email_verified").get("StringAttributeConstraints"), None);
    assert_eq!(
        by_name("custom:igvctl")["StringAttributeConstraints"]["MaxLength"],
        "256"
    );
    assert_eq!(by_name("dev:raw")["DeveloperOnlyAttribute"], false);
}

#[test]
fn schema_refusals() {
    let mut world = world();
    for attribute in [
        json!({"Name": "email", "AttributeDataType": "Number"}),
        json!({"Name": "tier"}),
        json!({"Name": "tier", "AttributeDataType": "String", "Required": true}),
        json!({"Name": "tier", "AttributeDataType": "String", "StringAttributeConstraints": {"MinLength": "9", "MaxLength": "2"}}),
        json!({"Name": "tier", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "5000"}}),
    ] {
        refused(
            &mut world,
            "InvalidParameterException",
            "CreateUserPool",
            json!({"PoolName": "p", "Schema": [attribute]}),
        );
    }
}

/// L4: attributes are added in place, one way, and once.
#[test]
fn l4_custom_attributes_only_grow() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let add = json!({"UserPoolId": id, "CustomAttributes": [{"Name": "igvctl", "AttributeDataType": "String"}]});
    ok(&mut world, "AddCustomAttributes", add.clone());
    let live = described(&mut world, &id);
    let last = live["SchemaAttributes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (last["Name"].as_str(), last["Mutable"].as_bool()),
        (Some("custom:igvctl"), Some(true))
    );
    let (code, message) = no(&mut world, "AddCustomAttributes", add);
    assert_eq!(code, "InvalidParameterException");
    assert!(
        message.contains("Existing attribute already has name custom:igvctl"),
        "{message}"
    );
    let many: Vec<Value> = (0..50)
        .map(|n| json!({"Name": format!("a{n}"), "AttributeDataType": "String"}))
        .collect();
    refused(
        &mut world,
        "InvalidParameterException",
        "AddCustomAttributes",
        json!({"UserPoolId": id, "CustomAttributes": many}),
    );
}

#[test]
fn a_partial_password_policy_opens_what_it_leaves_out() {
    let mut world = world();
    let id = pool(
        &mut world,
        json!({"Policies": {"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": true, "TemporaryPasswordValidityDays": 3}}}),
    );
    let live = described(&mut world, &id);
    assert_eq!(
        live["Policies"]["PasswordPolicy"],
        json!({"MinimumLength": 12, "RequireUppercase": false, "RequireLowercase": false, "RequireNumbers": true,
               "RequireSymbols": false, "TemporaryPasswordValidityDays": 3})
    );
    assert_eq!(live["AdminCreateUserConfig"]["UnusedAccountValidityDays"], 3);
    // The older name is a mirror: it can be echoed, not set beside the policy.
    update(
        &mut world,
        &id,
        json!({"AdminCreateUserConfig": {"UnusedAccountValidityDays": 3}}),
    )
    .unwrap();
    let both = json!({"AdminCreateUserConfig": {"UnusedAccountValidityDays": 3}, "UserPoolId": id,
                      "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 3}}});
    refused(&mut world, "InvalidParameterException", "UpdateUserPool", both);
    refused(
        &mut world,
        "InvalidParameterException",
        "UpdateUserPool",
        json!({"UserPoolId": id, "AdminCreateUserConfig": {"UnusedAccountValidityDays": 9}}),
    );
}

fn rich(world: &mut crate::world::World) -> String {
    pool(
        world,
        json!({
            "AutoVerifiedAttributes": ["email"],
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true},
            "LambdaConfig": {"PreAuthentication": "arn:aws:lambda:us-east-1:111122223333:function:nosuch"},
            "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"},
            "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true},
            "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
            "SmsAuthenticationMessage": "code {####}",
            "Policies": {"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": true},
                         "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
            "UserPoolTags": {"app": "igv"},
            "UserPoolTier": "PLUS",
            "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::111122223333:role/sms"},
            "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]},
        }),
    )
}

/// L5, L6: the ledger of UpdateUserPool, field by field.
#[test]
fn l6_update_resets_some_members_and_keeps_others() {
    let mut world = world();
    let id = rich(&mut world);
    let before = described(&mut world, &id);
    update(&mut world, &id, json!({"DeletionProtection": "ACTIVE"})).unwrap();
    let after = described(&mut world, &id);
    for (member, value) in [
        ("LambdaConfig", json!({})),
        (
            "VerificationMessageTemplate",
            json!({"DefaultEmailOption": "CONFIRM_WITH_CODE"}),
        ),
        (
            "AdminCreateUserConfig",
            json!({"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7}),
        ),
        ("DeletionProtection", json!("ACTIVE")),
    ] {
        assert_eq!(after[member], value, "{member} resets");
    }
    for member in [
        "AutoVerifiedAttributes",
        "DeviceConfiguration",
        "UserPoolAddOns",
        "SmsAuthenticationMessage",
    ] {
        assert_eq!(after.get(member), None, "{member} resets");
    }
    for member in [
        "Policies",
        "UserPoolTags",
        "UserPoolTier",
        "AccountRecoverySetting",
        "EmailConfiguration",
        "SmsConfiguration",
        "MfaConfiguration",
        "KeyConfiguration",
        "IssuerConfiguration",
        "SchemaAttributes",
        "Name",
    ] {
        assert_eq!(after[member], before[member], "{member} is kept");
    }
}

/// Every member of the request has been decided on: reset, kept, or written by its own rule.
#[test]
fn the_ledger_is_whole() {
    let mut members: Vec<&str> = settings::RESET.iter().chain(&settings::KEPT).copied().collect();
    members.extend(["UserPoolId", "PoolName", "Policies", "UserPoolTags"]);
    members.sort_unstable();
    // The 25 members of UpdateUserPool's model.
    assert_eq!(members.len(), 25);
    members.dedup();
    assert_eq!(members.len(), 25);
}

#[test]
fn each_policy_is_kept_while_the_other_is_sent() {
    let mut world = world();
    let id = rich(&mut world);
    let two = json!({"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]});
    update(
        &mut world,
        &id,
        json!({"Policies": {"PasswordPolicy": {"MinimumLength": 10}}}),
    )
    .unwrap();
    let live = described(&mut world, &id);
    assert_eq!(live["Policies"]["SignInPolicy"], two);
    assert_eq!(live["Policies"]["PasswordPolicy"]["MinimumLength"], 10);
    update(&mut world, &id, json!({"Policies": {"SignInPolicy": {}}})).unwrap();
    assert_eq!(described(&mut world, &id)["Policies"], live["Policies"]);
    refused(
        &mut world,
        "InvalidParameterException",
        "UpdateUserPool",
        json!({"UserPoolId": id, "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": []}}, "PoolName": "other"}),
    );
}

/// L11: with verification before update, even the lifting of protection must carry both members.
#[test]
fn l11_verified_attributes_travel_together() {
    let mut world = world();
    let both = json!({"AutoVerifiedAttributes": ["email"],
                      "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}});
    let id = pool(&mut world, both.clone());
    let (code, message) = no(
        &mut world,
        "UpdateUserPool",
        json!({"UserPoolId": id, "DeletionProtection": "INACTIVE"}),
    );
    assert_eq!(code, "InvalidParameterException");
    assert!(message.contains("must exist in AutoVerifiedAttributes"), "{message}");
    update(&mut world, &id, both).unwrap();
    refused(
        &mut world,
        "InvalidParameterException",
        "CreateUserPool",
        json!({"PoolName": "p", "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}}),
    );
}

#[test]
fn message_texts_mirror_each_other() {
    let mut world = world();
    let id = pool(
        &mut world,
        json!({"EmailVerificationMessage": "old {####}", "SmsVerificationMessage": "sms {####}",
               "VerificationMessageTemplate": {"EmailMessage": "new {####}", "EmailSubject": "s"}}),
    );
    let live = described(&mut world, &id);
    assert_eq!(live["EmailVerificationMessage"], "new {####}");
    assert_eq!(live["EmailVerificationSubject"], "s");
    assert_eq!(live["VerificationMessageTemplate"]["SmsMessage"], "sms {####}");
}

/// L11, L12: protection is enforced, then the domain stands in the way.
#[test]
fn l12_protection_and_domain_come_before_the_pool() {
    let mut world = world();
    let id = pool(&mut world, json!({"DeletionProtection": "ACTIVE"}));
    ok(
        &mut world,
        "CreateUserPoolDomain",
        json!({"UserPoolId": id, "Domain": "igv-demo"}),
    );
    let delete = json!({"UserPoolId": id});
    let (code, message) = no(&mut world, "DeleteUserPool", delete.clone());
    assert_eq!(code, "InvalidParameterException");
    assert!(message.contains("deletion protection"), "{message}");
    update(&mut world, &id, json!({"DeletionProtection": "INACTIVE"})).unwrap();
    let (code, message) = no(&mut world, "DeleteUserPool", delete.clone());
    assert_eq!(code, "InvalidParameterException");
    assert!(message.contains("domain"), "{message}");
    ok(
        &mut world,
        "DeleteUserPoolDomain",
        json!({"UserPoolId": id, "Domain": "igv-demo"}),
    );
    ok(&mut world, "DeleteUserPool", delete.clone());
    refused(
        &mut world,
        "ResourceNotFoundException",
        "DescribeUserPool",
        delete.clone(),
    );
    refused(&mut world, "ResourceNotFoundException", "DeleteUserPool", delete);
}

#[test]
fn settings_refusals() {
    let mut world = world();
    for input in [
        json!({"UsernameAttributes": ["email"], "AliasAttributes": ["email"]}),
        json!({"AccountRecoverySetting": {"RecoveryMechanisms":
            [{"Priority": 1, "Name": "admin_only"}, {"Priority": 2, "Name": "verified_email"}]}}),
        json!({"AccountRecoverySetting": {"RecoveryMechanisms":
            [{"Priority": 1, "Name": "verified_phone_number"}, {"Priority": 1, "Name": "verified_email"}]}}),
        json!({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}),
        json!({"SmsConfiguration": {}}),
        json!({"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY"}}),
        json!({"LambdaConfig": {"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": "arn:aws:lambda:us-east-1:111122223333:function:x"}}}),
        json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "SMS_OTP"]}}}),
    ] {
        let mut input = input;
        input["PoolName"] = json!("p");
        refused(&mut world, "InvalidParameterException", "CreateUserPool", input);
    }
    refused(
        &mut world,
        "FeatureUnavailableInTierException",
        "CreateUserPool",
        json!({"PoolName": "p", "UserPoolTier": "LITE", "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}),
    );
}

#[test]
fn tags_are_written_by_their_own_calls() {
    let mut world = world();
    let id = pool(&mut world, json!({"UserPoolTags": {"app": "igv"}}));
    let arn = described(&mut world, &id)["Arn"].clone();
    ok(
        &mut world,
        "TagResource",
        json!({"ResourceArn": arn, "Tags": {"owner": "x", "app": "y"}}),
    );
    ok(
        &mut world,
        "UntagResource",
        json!({"ResourceArn": arn, "TagKeys": ["owner", "nosuch"]}),
    );
    assert_eq!(
        ok(&mut world, "ListTagsForResource", json!({"ResourceArn": arn})),
        json!({"Tags": {"app": "y"}})
    );
    assert_eq!(described(&mut world, &id)["UserPoolTags"], json!({"app": "y"}));
    let found = tagged(&world, ACCOUNT, "us-east-1");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, arn.as_str().unwrap());
    assert!(tagged(&world, ACCOUNT, "eu-west-1").is_empty());
    let many: serde_json::Map<String, Value> = (0..50).map(|n| (format!("k{n}"), json!("v"))).collect();
    for (name, input) in [
        ("TagResource", json!({"ResourceArn": arn, "Tags": {"aws:x": "y"}})),
        ("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["aws:x"]})),
        ("TagResource", json!({"ResourceArn": arn, "Tags": many})),
        (
            "CreateUserPool",
            json!({"PoolName": "p", "UserPoolTags": {"AWS:x": "y"}}),
        ),
        (
            "UpdateUserPool",
            json!({"UserPoolId": id, "UserPoolTags": {"aws:x": "y"}}),
        ),
    ] {
        refused(&mut world, "InvalidParameterException", name, input);
    }
    refused(
        &mut world,
        "ResourceNotFoundException",
        "ListTagsForResource",
        json!({"ResourceArn": "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_nosuch"}),
    );
}

#[test]
fn pools_are_listed_in_pages_and_names_repeat() {
    let mut world = world();
    for _ in 0..61 {
        pool(&mut world, json!({"PoolName": "same"}));
    }
    let first = ok(&mut world, "ListUserPools", json!({"MaxResults": 60}));
    assert_eq!(first["UserPools"].as_array().unwrap().len(), 60);
    let rest = ok(
        &mut world,
        "ListUserPools",
        json!({"MaxResults": 60, "NextToken": first["NextToken"]}),
    );
    assert_eq!(rest["UserPools"].as_array().unwrap().len(), 1);
    assert_eq!(rest.get("NextToken"), None);
    refused(
        &mut world,
        "InvalidParameterException",
        "ListUserPools",
        json!({"MaxResults": 60, "NextToken": "rubbish"}),
    );
}

#[test]
fn pools_of_other_accounts_and_regions_are_unknown() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    for (account, region) in [("444455556666", "us-east-1"), (ACCOUNT, "eu-west-1")] {
        let got = ask_as(
            &mut world,
            account,
            region,
            "DescribeUserPool",
            json!({"UserPoolId": id}),
        );
        assert_eq!(got.unwrap_err().code, "ResourceNotFoundException");
        let listed = ask_as(&mut world, account, region, "ListUserPools", json!({"MaxResults": 60})).unwrap();
        assert_eq!(listed["UserPools"], json!([]));
    }
}
