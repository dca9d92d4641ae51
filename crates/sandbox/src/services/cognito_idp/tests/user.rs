//! Users: names, attributes, invitations, passwords, lists.

use serde_json::{Value, json};

use super::{described, no, ok, pool, refused, world};
use crate::world::World;

fn with(pool: &str, name: &str, more: Value) -> Value {
    let mut input = json!({"UserPoolId": pool, "Username": name});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn quiet(world: &mut World, pool: &str, name: &str, attributes: Value) -> Value {
    let more = json!({"MessageAction": "SUPPRESS", "UserAttributes": pairs(&attributes)});
    ok(world, "AdminCreateUser", with(pool, name, more))["User"].take()
}

fn pairs(attributes: &Value) -> Value {
    let attributes = attributes.as_object().unwrap();
    attributes
        .iter()
        .map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect()
}

fn attributes(world: &mut World, pool: &str, name: &str) -> Value {
    let live = ok(world, "AdminGetUser", with(pool, name, json!({})));
    let list = live["UserAttributes"].as_array().unwrap();
    Value::Object(
        list.iter()
            .map(|it| (it["Name"].as_str().unwrap().to_owned(), it["Value"].clone()))
            .collect(),
    )
}

fn messages<'w>(world: &'w World, pool: &str) -> &'w [crate::services::cognito_idp::message::Message] {
    &world.cognito_idp[super::ACCOUNT]["us-east-1"].pools[pool].messages
}

fn marked(world: &mut World) -> String {
    pool(
        world,
        json!({
            "UsernameConfiguration": {"CaseSensitive": false},
            "Schema": [{"Name": "email", "Required": true, "Mutable": true},
                       {"Name": "igvctl", "AttributeDataType": "String", "Mutable": true},
                       {"Name": "site", "AttributeDataType": "String", "Mutable": false,
                        "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "4"}}],
        }),
    )
}

/// L15: what is verified is what was sent as verified.
#[test]
fn l15_email_alone_is_not_verified() {
    let mut world = world();
    let id = marked(&mut world);
    let made = quiet(&mut world, &id, "igvuser", json!({"email": "igvuser@example.org"}));
    assert_eq!(
        (made["UserStatus"].as_str(), made["Enabled"].as_bool()),
        (Some("FORCE_CHANGE_PASSWORD"), Some(true))
    );
    let live = attributes(&mut world, &id, "igvuser");
    assert_eq!(live.as_object().unwrap().keys().collect::<Vec<_>>(), ["email", "sub"]);
    assert_eq!(described(&mut world, &id)["EstimatedNumberOfUsers"], 1);
}

#[test]
fn names_are_unique_without_case() {
    let mut world = world();
    let id = marked(&mut world);
    let made = quiet(&mut world, &id, "IgvUser", json!({"email": "a@example.org"}));
    assert_eq!(made["Username"], "igvuser");
    refused(
        &mut world,
        "UsernameExistsException",
        "AdminCreateUser",
        with(&id, "IGVUSER", json!({"MessageAction": "SUPPRESS"})),
    );
    ok(&mut world, "AdminGetUser", with(&id, "IGVuser", json!({})));
    let sensitive = pool(&mut world, json!({}));
    quiet(&mut world, &sensitive, "igvuser", json!({}));
    quiet(&mut world, &sensitive, "IgvUser", json!({}));
}

/// L75: with e-mail as username, the username reads back as the sub.
#[test]
fn l75_email_as_username_reads_back_as_sub() {
    let mut world = world();
    let id = pool(
        &mut world,
        json!({"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": false}}),
    );
    let made = quiet(&mut world, &id, "carol@example.org", json!({}));
    let live = attributes(&mut world, &id, "Carol@Example.org");
    assert_eq!(made["Username"], live["sub"]);
    assert_eq!(live["email"], "carol@example.org");
    ok(
        &mut world,
        "AdminGetUser",
        with(&id, made["Username"].as_str().unwrap(), json!({})),
    );
    refused(
        &mut world,
        "UsernameExistsException",
        "AdminCreateUser",
        with(&id, "CAROL@example.org", json!({"MessageAction": "SUPPRESS"})),
    );
    let (code, message) = no(&mut world, "AdminCreateUser", with(&id, "carol", json!({})));
    assert_eq!(
        (code, message.as_str()),
        ("InvalidParameterException", "Username should be an email.")
    );
    quiet(&mut world, &id, "dave@example.org", json!({}));
    let steal = json!({"UserAttributes": [{"Name": "email", "Value": "carol@example.org"}]});
    refused(
        &mut world,
        "AliasExistsException",
        "AdminUpdateUserAttributes",
        with(&id, "dave@example.org", steal),
    );
}

#[test]
fn attributes_follow_the_schema() {
    let mut world = world();
    let id = marked(&mut world);
    for attributes in [
        json!({"email": "not an address"}),
        json!({"email": "a@example.org", "custom:nosuch": "x"}),
        json!({"email": "a@example.org", "igvctl": "x"}),
        json!({"email": "a@example.org", "custom:site": "toolong"}),
        json!({"phone_number": "0555"}),
        json!({"sub": "x"}),
        json!({"email_verified": "true"}),
        json!({"email": "a@example.org", "email_verified": "maybe"}),
        json!({"birthdate": "1"}),
    ] {
        let more = json!({"MessageAction": "SUPPRESS", "UserAttributes": pairs(&attributes)});
        refused(
            &mut world,
            "InvalidParameterException",
            "AdminCreateUser",
            with(&id, "u", more),
        );
    }
    quiet(
        &mut world,
        &id,
        "u",
        json!({"email": "a@example.org", "email_verified": "true", "custom:igvctl": "igv-demo.u", "custom:site": "SYD"}),
    );
    for attributes in [json!({"custom:site": "MEL"}), json!({"email": ""}), json!({"sub": "x"})] {
        let more = json!({"UserAttributes": pairs(&attributes)});
        refused(
            &mut world,
            "InvalidParameterException",
            "AdminUpdateUserAttributes",
            with(&id, "u", more),
        );
    }
    for names in [json!(["email"]), json!(["custom:site"]), json!(["custom:nosuch"])] {
        let more = json!({"UserAttributeNames": names});
        refused(
            &mut world,
            "InvalidParameterException",
            "AdminDeleteUserAttributes",
            with(&id, "u", more),
        );
    }
    ok(
        &mut world,
        "AdminUpdateUserAttributes",
        with(
            &id,
            "u",
            json!({"UserAttributes": pairs(&json!({"custom:igvctl": "igv-demo.u left"}))}),
        ),
    );
    assert_eq!(attributes(&mut world, &id, "u")["custom:igvctl"], "igv-demo.u left");
    ok(
        &mut world,
        "AdminDeleteUserAttributes",
        with(&id, "u", json!({"UserAttributeNames": ["custom:igvctl"]})),
    );
    assert_eq!(attributes(&mut world, &id, "u").get("custom:igvctl"), None);
}

#[test]
fn a_new_address_is_not_verified_or_waits() {
    let mut world = world();
    let id = pool(&mut world, json!({"AutoVerifiedAttributes": ["email"]}));
    let verified = json!({"email": "a@example.org", "email_verified": "true"});
    quiet(&mut world, &id, "u", verified.clone());
    let change = |more: Value| with(&id, "u", json!({"UserAttributes": pairs(&more)}));
    ok(
        &mut world,
        "AdminUpdateUserAttributes",
        change(json!({"email": "b@example.org"})),
    );
    let live = attributes(&mut world, &id, "u");
    assert_eq!(
        (live["email"].as_str(), live["email_verified"].as_str()),
        (Some("b@example.org"), Some("false"))
    );

    let waits = pool(
        &mut world,
        json!({"AutoVerifiedAttributes": ["email"],
               "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}}),
    );
    quiet(&mut world, &waits, "u", verified);
    let input = with(
        &waits,
        "u",
        json!({"UserAttributes": pairs(&json!({"email": "b@example.org"}))}),
    );
    ok(&mut world, "AdminUpdateUserAttributes", input);
    assert_eq!(attributes(&mut world, &waits, "u")["email"], "a@example.org");
    assert_eq!(messages(&world, &waits)[0].destination, "b@example.org");
    let both = pairs(&json!({"email": "c@example.org", "email_verified": "true"}));
    ok(
        &mut world,
        "AdminUpdateUserAttributes",
        with(&waits, "u", json!({"UserAttributes": both})),
    );
    assert_eq!(attributes(&mut world, &waits, "u")["email"], "c@example.org");
}

/// The default medium is SMS: without DesiredDeliveryMediums a user with an e-mail address alone is refused.
#[test]
fn invitations_go_by_sms_unless_told_otherwise() {
    let mut world = world();
    let id = pool(
        &mut world,
        json!({"AdminCreateUserConfig": {"InviteMessageTemplate":
            {"EmailSubject": "IGV", "EmailMessage": "{username}: {####} at https://example.org/oauth-config.json.gz"}}}),
    );
    let email = json!([{"Name": "email", "Value": "a@example.org"}]);
    let (code, message) = no(
        &mut world,
        "AdminCreateUser",
        with(&id, "u", json!({"UserAttributes": email})),
    );
    assert_eq!(code, "InvalidParameterException");
    assert!(message.contains("phone_number"), "{message}");
    refused(
        &mut world,
        "InvalidParameterException",
        "AdminCreateUser",
        with(&id, "u", json!({"DesiredDeliveryMediums": ["EMAIL"]})),
    );
    let more = json!({"UserAttributes": email, "DesiredDeliveryMediums": ["EMAIL"], "TemporaryPassword": "Secret-123"});
    ok(&mut world, "AdminCreateUser", with(&id, "u", more));
    let sent = &messages(&world, &id)[0];
    assert_eq!(
        (
            sent.purpose.as_str(),
            sent.medium.as_str(),
            sent.destination.as_str(),
            sent.subject.as_str()
        ),
        ("invitation", "EMAIL", "a@example.org", "IGV")
    );
    assert_eq!(
        sent.text.reveal(),
        "u: Secret-123 at https://example.org/oauth-config.json.gz"
    );
    quiet(&mut world, &id, "silent", json!({"email": "b@example.org"}));
    assert_eq!(messages(&world, &id).len(), 1);
}

/// L14: an invitation is sent again while the user never signed in, and not after.
#[test]
fn l14_resend() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    let again = json!({"MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"]});
    refused(
        &mut world,
        "UserNotFoundException",
        "AdminCreateUser",
        with(&id, "u", again.clone()),
    );
    quiet(
        &mut world,
        &id,
        "u",
        json!({"email": "a@example.org", "email_verified": "true"}),
    );
    ok(&mut world, "AdminCreateUser", with(&id, "u", again.clone()));
    assert_eq!(messages(&world, &id).len(), 1);
    refused(
        &mut world,
        "NotAuthorizedException",
        "AdminResetUserPassword",
        with(&id, "u", json!({})),
    );
    let set = json!({"Password": "Correct-Horse-42", "Permanent": true});
    ok(&mut world, "AdminSetUserPassword", with(&id, "u", set));
    let (code, _) = no(&mut world, "AdminCreateUser", with(&id, "u", again));
    assert_eq!(code, "UnsupportedUserStateException");
    ok(&mut world, "AdminResetUserPassword", with(&id, "u", json!({})));
    let live = ok(&mut world, "AdminGetUser", with(&id, "u", json!({})));
    assert_eq!(live["UserStatus"], "RESET_REQUIRED");
}

#[test]
fn passwords_follow_the_policy() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    quiet(&mut world, &id, "u", json!({}));
    for password in ["Sh0rt-x", "alllower-1", "ALLUPPER-1", "NoDigits-x", "NoSymbols1"] {
        let input = with(&id, "u", json!({"Password": password}));
        refused(&mut world, "InvalidPasswordException", "AdminSetUserPassword", input);
        let input = with(
            &id,
            "v",
            json!({"TemporaryPassword": password, "MessageAction": "SUPPRESS"}),
        );
        refused(&mut world, "InvalidPasswordException", "AdminCreateUser", input);
    }
    ok(
        &mut world,
        "AdminSetUserPassword",
        with(&id, "u", json!({"Password": "Good-enough-1"})),
    );
    let live = ok(&mut world, "AdminGetUser", with(&id, "u", json!({})));
    assert_eq!(live["UserStatus"], "FORCE_CHANGE_PASSWORD");
    // What Cognito makes itself satisfies the longest policy.
    let strict = pool(
        &mut world,
        json!({"Policies": {"PasswordPolicy": {"MinimumLength": 40, "RequireUppercase": true, "RequireLowercase": true,
                                               "RequireNumbers": true, "RequireSymbols": true}}}),
    );
    let made = crate::services::cognito_idp::password::fresh(&mut world, 40);
    let pool = &world.cognito_idp[super::ACCOUNT]["us-east-1"].pools[&strict];
    let judged = crate::services::cognito_idp::password::check(pool, made.reveal());
    assert_eq!(judged, Ok(()));
    // Without a verified address there is no way to send a code.
    let set = json!({"Password": "Correct-Horse-42", "Permanent": true});
    ok(&mut world, "AdminSetUserPassword", with(&id, "u", set));
    refused(
        &mut world,
        "InvalidParameterException",
        "AdminResetUserPassword",
        with(&id, "u", json!({})),
    );
}

#[test]
fn users_are_disabled_signed_out_and_deleted() {
    let mut world = world();
    let id = pool(&mut world, json!({}));
    quiet(&mut world, &id, "u", json!({}));
    ok(&mut world, "AdminDisableUser", with(&id, "u", json!({})));
    assert_eq!(
        ok(&mut world, "AdminGetUser", with(&id, "u", json!({})))["Enabled"],
        false
    );
    ok(&mut world, "AdminUserGlobalSignOut", with(&id, "u", json!({})));
    ok(&mut world, "AdminEnableUser", with(&id, "u", json!({})));
    assert_eq!(
        ok(&mut world, "AdminGetUser", with(&id, "u", json!({})))["Enabled"],
        true
    );
    ok(&mut world, "AdminDeleteUser", with(&id, "u", json!({})));
    for name in [
        "AdminGetUser",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminDeleteUser",
        "AdminUserGlobalSignOut",
        "AdminResetUserPassword",
        "AdminUpdateUserAttributes",
        "AdminDeleteUserAttributes",
        "AdminSetUserMFAPreference",
    ] {
        refused(&mut world, "UserNotFoundException", name, with(&id, "u", json!({})));
    }
}

/// L82: users are read by one paged list of 60.
#[test]
fn l82_lists_are_paged_and_filtered() {
    let mut world = world();
    let id = marked(&mut world);
    for n in 0..130 {
        let attributes = json!({"email": format!("u{n}@example.org"), "custom:igvctl": format!("igv-demo.u{n}")});
        quiet(&mut world, &id, &format!("u{n}"), attributes);
    }
    let mut seen = Vec::new();
    let mut token = Value::Null;
    let mut pages = 0;
    loop {
        let mut input = json!({"UserPoolId": id});
        if !token.is_null() {
            input["PaginationToken"] = token;
        }
        let page = ok(&mut world, "ListUsers", input);
        seen.extend(
            page["Users"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["Username"].clone()),
        );
        pages += 1;
        token = page["PaginationToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (130, 3));
    ok(&mut world, "AdminDisableUser", with(&id, "u7", json!({})));
    for (filter, count) in [
        ("email = \"u7@example.org\"", 1),
        ("email ^= \"u12\"", 11),
        ("status = \"Disabled\"", 1),
        ("status = \"disabled\"", 0),
        ("cognito:user_status = \"force_change_password\"", 60),
        ("username = \"nosuch\"", 0),
        ("", 60),
    ] {
        let page = ok(&mut world, "ListUsers", json!({"UserPoolId": id, "Filter": filter}));
        assert_eq!(page["Users"].as_array().unwrap().len(), count, "{filter}");
    }
    for filter in ["custom:igvctl = \"x\"", "email", "email = x"] {
        let input = json!({"UserPoolId": id, "Filter": filter});
        refused(&mut world, "InvalidParameterException", "ListUsers", input);
    }
}

/// AttributesToGet fails where a user of the page lacks the attribute: strangers lack the mark.
#[test]
fn attributes_to_get_must_be_there_for_everybody() {
    let mut world = world();
    let id = marked(&mut world);
    quiet(
        &mut world,
        &id,
        "ours",
        json!({"email": "a@example.org", "custom:igvctl": "igv-demo.ours"}),
    );
    let input = json!({"UserPoolId": id, "AttributesToGet": ["custom:igvctl"]});
    let page = ok(&mut world, "ListUsers", input.clone());
    assert_eq!(
        page["Users"][0]["Attributes"],
        json!([{"Name": "custom:igvctl", "Value": "igv-demo.ours"}])
    );
    quiet(&mut world, &id, "stranger", json!({"email": "b@example.org"}));
    refused(&mut world, "InvalidParameterException", "ListUsers", input);
    let input = json!({"UserPoolId": id, "AttributesToGet": ["custom:nosuch"]});
    refused(&mut world, "InvalidParameterException", "ListUsers", input);
}

#[test]
fn an_alias_has_one_owner() {
    let mut world = world();
    let id = pool(&mut world, json!({"AliasAttributes": ["email"]}));
    let verified = json!({"email": "a@example.org", "email_verified": "true"});
    quiet(&mut world, &id, "u", verified.clone());
    ok(&mut world, "AdminGetUser", with(&id, "a@example.org", json!({})));
    let second = json!({"MessageAction": "SUPPRESS", "UserAttributes": pairs(&verified)});
    refused(
        &mut world,
        "AliasExistsException",
        "AdminCreateUser",
        with(&id, "v", second.clone()),
    );
    refused(
        &mut world,
        "InvalidParameterException",
        "AdminCreateUser",
        with(&id, "b@example.org", second.clone()),
    );
    let mut forced = second;
    forced["ForceAliasCreation"] = json!(true);
    ok(&mut world, "AdminCreateUser", with(&id, "v", forced));
    let owner = ok(&mut world, "AdminGetUser", with(&id, "a@example.org", json!({})));
    assert_eq!(owner["Username"], "v");
}

/// The secure default of igvctl: strangers cannot sign up with the published client.
#[test]
fn sign_up_is_refused_where_only_administrators_create() {
    let mut world = world();
    let id = pool(
        &mut world,
        json!({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true}}),
    );
    let make = |pool: &str, secret: bool| json!({"UserPoolId": pool, "ClientName": "c", "GenerateSecret": secret});
    let client = |made: Value| made["UserPoolClient"].clone();
    let closed = client(ok(&mut world, "CreateUserPoolClient", make(&id, false)));
    let up = |client: &Value| {
        json!({"ClientId": client["ClientId"], "Username": "u", "Password": "Good-enough-1",
                                    "UserAttributes": [{"Name": "email", "Value": "a@example.org"}]})
    };
    let (code, message) = no(&mut world, "SignUp", up(&closed));
    assert_eq!(
        (code, message.as_str()),
        ("NotAuthorizedException", "SignUp is not permitted for this user pool")
    );

    let open = pool(&mut world, json!({"AutoVerifiedAttributes": ["email"]}));
    let secret = client(ok(&mut world, "CreateUserPoolClient", make(&open, true)));
    refused(&mut world, "NotAuthorizedException", "SignUp", up(&secret));
    let mut wrong = up(&secret);
    wrong["SecretHash"] = json!("AAAA");
    refused(&mut world, "NotAuthorizedException", "SignUp", wrong);
    let mut right = up(&secret);
    right["SecretHash"] = json!(crate::services::cognito_idp::sign_up::secret_hash(
        secret["ClientSecret"].as_str().unwrap(),
        "u",
        secret["ClientId"].as_str().unwrap()
    ));
    let answer = ok(&mut world, "SignUp", right.clone());
    assert_eq!(answer["UserConfirmed"], false);
    assert_eq!(answer["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
    assert_eq!(
        ok(&mut world, "AdminGetUser", with(&open, "u", json!({})))["UserStatus"],
        "UNCONFIRMED"
    );
    refused(&mut world, "UsernameExistsException", "SignUp", right);
    refused(
        &mut world,
        "ResourceNotFoundException",
        "SignUp",
        json!({"ClientId": "nosuch", "Username": "u"}),
    );
}

#[test]
fn the_secret_hash_is_aws_documented_hmac() {
    // Checked against openssl: printf 'userclient' | openssl dgst -sha256 -hmac secret -binary | base64.
    assert_eq!(
        crate::services::cognito_idp::sign_up::secret_hash("secret", "user", "client"),
        "wvW87lzZoI+qQCVGmWVBJLlucdJ65huAVP1z+0MgA6E="
    );
}
