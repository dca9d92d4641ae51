//! User pools.

use super::*;

async fn describe(world: &World, id: &str) -> UserPoolType {
    let clients = world.clients().await;
    let answer = clients
        .cognito
        .describe_user_pool()
        .user_pool_id(id)
        .send()
        .await
        .unwrap();
    answer.user_pool.unwrap()
}

#[tokio::test]
async fn a_user_pool_becomes_each_thing_that_is_wanted() {
    let world = World::new();
    let main = at("user_pool.main");
    let first = pool(&world, &main);
    let mut states = vec![first.clone()];
    let mut then = |change: &dyn Fn(&mut UserPool)| {
        let mut next = states.last().unwrap().clone();
        change(&mut next);
        states.push(next);
    };
    then(&|it| it.mfa = Mfa::Required);
    then(&|it| it.mfa = Mfa::Off);
    then(&|it| it.mfa = Mfa::Optional);
    then(&|it| it.sign_up = SignUp::Anyone);
    then(&|it| {
        it.sign_up = SignUp::AdminOnly;
        it.mfa = Mfa::Required;
        it.deletion_protection = false;
    });
    then(&|it| {
        it.invitation = Some(Invitation {
            subject: "IGV".to_owned(),
            text: "{username} {####}".to_owned(),
        });
    });
    then(&|it| {
        it.invitation = None;
        it.password_policy = PasswordPolicy {
            minimum_length: 14,
            require_uppercase: false,
            require_lowercase: true,
            require_numbers: false,
            require_symbols: true,
            temporary_password_validity: Duration::from_secs(3 * DAY),
            history: None,
        };
    });
    then(&|it| it.account_recovery = vec![Recovery::AdminOnly]);
    then(&|it| it.account_recovery = vec![Recovery::VerifiedPhoneNumber, Recovery::VerifiedEmail]);
    then(&|it| it.verify_before_update = BTreeSet::new());
    then(&|it| it.verified_attributes = BTreeSet::new());
    then(&|it| {
        it.verified_attributes = BTreeSet::from([VerifiedAttribute::Email]);
        it.verify_before_update = BTreeSet::from([VerifiedAttribute::Email]);
    });
    then(&|it| it.tier = Some(Tier::Plus));
    then(&|it| {
        it.tier = None;
        it.tags.0.insert("cost-centre".to_owned(), "4711".to_owned());
    });
    then(&|it| it.deletion_protection = true);
    let there = world.walk(&main, None, &states).await;
    assert!(
        world
            .sandbox
            .calls()
            .iter()
            .all(|it| !it.mutating || READS.contains(&it.operation.as_str())),
        "{:?}",
        world.sandbox.calls()
    );
    let last = world.ours(&main, states.last().unwrap(), None).await;
    // What is not written stays as found.
    let invitation = last.value.get("invitation").and_then(|it| it.get("subject"));
    assert_eq!(invitation, Some(&"IGV".into()));
    assert_eq!(
        there.outputs["provider"],
        format!("cognito-idp.ap-southeast-2.amazonaws.com/{}", there.id).into()
    );

    world.delete::<UserPool>(&main, &last).await;
    assert_eq!(world.found(&main, &first, None).await, Found::Absent);
    // What is gone already is no error.
    world.delete::<UserPool>(&main, &last).await;
}

#[tokio::test]
async fn a_look_at_a_pool_is_as_few_calls_as_can_be() {
    let world = World::new();
    let main = at("user_pool.main");
    let want = pool(&world, &main);
    world.create(&main, &want).await;
    world.sandbox.clear_calls();
    world.ours(&main, &want, None).await;
    let calls: BTreeSet<String> = world.sandbox.calls().into_iter().map(|it| it.operation).collect();
    assert_eq!(calls.len(), 4, "{calls:?}");
    assert_eq!(world.made("ListUserPools"), 1);
    assert_eq!(world.made("DescribeUserPool"), 1);
    assert_eq!(world.made("GetUserPoolMfaConfig"), 1);
    // One per region in which marks can be.
    assert_eq!(world.made("GetResources"), 2);
}

#[tokio::test]
async fn l76_a_change_of_tags_is_no_update() {
    let world = World::new();
    let main = at("user_pool.main");
    let mut want = pool(&world, &main);
    let there = world.create(&main, &want).await;
    let clients = world.clients().await;
    let arn = there.outputs["arn"].as_text().unwrap();
    clients
        .cognito
        .tag_resource()
        .resource_arn(arn)
        .tags("theirs", "1")
        .send()
        .await
        .unwrap();
    let object = world.ours(&main, &want, None).await;
    want.tags = tags(&world, &main, &[("project", "igv-2")]);
    // The planner hands over everything that it saw, theirs too.
    want.tags.0.insert("theirs".to_owned(), "1".to_owned());
    clients
        .cognito
        .tag_resource()
        .resource_arn(arn)
        .tags("theirs", "2")
        .send()
        .await
        .unwrap();
    world.sandbox.clear_calls();
    world.update(&main, &object, &want).await;
    assert_eq!((world.made("TagResource"), world.made("UpdateUserPool")), (1, 0));
    let tags = describe(&world, &there.id).await.user_pool_tags.unwrap();
    assert_eq!((tags["project"].as_str(), tags["theirs"].as_str()), ("igv-2", "2"));
}

#[tokio::test]
async fn l5_what_others_set_survives_an_update() {
    let world = World::new();
    let main = at("user_pool.main");
    let mut want = pool(&world, &main);
    want.mfa = Mfa::Required;
    let there = world.create(&main, &want).await;
    let clients = world.clients().await;
    let function = "arn:aws:lambda:ap-southeast-2:111122223333:function:greet";
    let lambda = LambdaConfigType::builder()
        .pre_sign_up(function)
        .custom_message(function)
        .build();
    let before = describe(&world, &there.id).await;
    clients
        .cognito
        .update_user_pool()
        .user_pool_id(&there.id)
        .lambda_config(lambda)
        .set_admin_create_user_config(before.admin_create_user_config)
        .set_auto_verified_attributes(before.auto_verified_attributes)
        .set_user_attribute_update_settings(before.user_attribute_update_settings)
        .email_verification_subject("Your code for IGV")
        .email_verification_message("It is {####}")
        .send()
        .await
        .unwrap();
    let before = describe(&world, &there.id).await;
    let object = world.ours(&main, &want, None).await;
    want.password_policy.minimum_length = 20;
    world.update(&main, &object, &want).await;
    let after = describe(&world, &there.id).await;
    assert_eq!(after.lambda_config, before.lambda_config);
    assert_eq!(after.email_verification_subject.as_deref(), Some("Your code for IGV"));
    assert_eq!(after.mfa_configuration, before.mfa_configuration);
    assert_eq!(
        after.user_attribute_update_settings,
        before.user_attribute_update_settings
    );
    // And it is reported, since it can let people in.
    let seen = world.look(&[(&main, &want)], None).await;
    let names: Vec<&str> = seen.findings.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["lambda trigger PreSignUp", "lambda trigger CustomMessage"]);
}

#[tokio::test]
async fn every_function_at_a_login_or_a_code_is_reported_with_its_harm() {
    let world = World::new();
    let main = at("user_pool.main");
    let want = pool(&world, &main);
    let there = world.create(&main, &want).await;
    let clients = world.clients().await;
    let function = "arn:aws:lambda:ap-southeast-2:111122223333:function:greet";
    let email = CustomEmailLambdaVersionConfigType::builder()
        .lambda_arn(function)
        .lambda_version(CustomEmailSenderLambdaVersionType::V10)
        .build()
        .unwrap();
    let sms = CustomSmsLambdaVersionConfigType::builder()
        .lambda_arn(function)
        .lambda_version(CustomSmsSenderLambdaVersionType::V10)
        .build()
        .unwrap();
    let lambda = LambdaConfigType::builder()
        .pre_authentication(function)
        .post_authentication(function)
        .post_confirmation(function)
        .custom_message(function)
        .custom_email_sender(email)
        .custom_sms_sender(sms)
        .kms_key_id("arn:aws:kms:ap-southeast-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
        .build();
    let before = describe(&world, &there.id).await;
    let call = clients.cognito.update_user_pool().user_pool_id(&there.id);
    call.lambda_config(lambda)
        .set_auto_verified_attributes(before.auto_verified_attributes)
        .send()
        .await
        .unwrap();
    let seen = world.look(&[(&main, &want)], None).await;
    let mut found: Vec<(&str, Harm)> = seen.findings.iter().map(|it| (it.name.as_str(), it.harm)).collect();
    found.sort_unstable_by_key(|it| it.0.to_lowercase());
    assert_eq!(
        found,
        [
            ("lambda trigger CustomEmailSender", Harm::LetsIn),
            ("lambda trigger CustomMessage", Harm::LetsIn),
            ("lambda trigger CustomSMSSender", Harm::LetsIn),
            ("lambda trigger PostAuthentication", Harm::LocksOut),
            ("lambda trigger PostConfirmation", Harm::LocksOut),
            ("lambda trigger PreAuthentication", Harm::LocksOut),
        ]
    );
}

#[tokio::test]
async fn l71_what_tightens_comes_before_what_loosens() {
    let world = World::new();
    let main = at("user_pool.main");
    let mut want = pool(&world, &main);
    want.mfa = Mfa::Off;
    let there = world.create(&main, &want).await;
    let clients = world.clients().await;
    let before = describe(&world, &there.id).await;
    let policy = SignInPolicyType::builder()
        .allowed_first_auth_factors(AuthFactorType::Password)
        .allowed_first_auth_factors(AuthFactorType::EmailOtp)
        .build();
    clients
        .cognito
        .update_user_pool()
        .user_pool_id(&there.id)
        .policies(UserPoolPolicyType::builder().sign_in_policy(policy).build())
        .set_auto_verified_attributes(before.auto_verified_attributes)
        .set_admin_create_user_config(before.admin_create_user_config)
        .deletion_protection(DeletionProtectionType::Active)
        .send()
        .await
        .unwrap();
    let seen = world.look(&[(&main, &want)], None).await;
    let names: Vec<&str> = seen.findings.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["first factor EMAIL_OTP"]);
    let Found::Ours(object) = &seen.found[&main] else {
        panic!("{seen:?}")
    };
    let live = <UserPool as spec_model::Shaped>::from_value(&object.value).unwrap();
    assert_wanted(&want, object);
    want.mfa = Mfa::Required;
    want.sign_up = SignUp::Anyone;
    // AWS refuses to demand a second factor beside a code by mail, and then nothing may have been opened.
    let target = world.target(&main);
    let update = UserPool::update(&clients, &target, &there.id, &live, want.clone());
    assert_eq!(update.await.unwrap_err().action, "cognito-idp:SetUserPoolMfaConfig");
    want.mfa = Mfa::Off;
    want.sign_up = SignUp::AdminOnly;
    assert_wanted(&want, &world.ours(&main, &want, None).await);
    // Optional is accepted, and the first factors stay as they are.
    want.mfa = Mfa::Optional;
    want.password_policy.minimum_length = 16;
    world.update(&main, object, &want).await;
    let seen = world.look(&[(&main, &want)], None).await;
    assert_eq!(seen.findings.len(), 1);
}

#[tokio::test]
async fn l7_what_the_sdk_does_not_know_survives_an_update() {
    let world = World::new();
    let main = at("user_pool.main");
    let mut want = pool(&world, &main);
    let there = world.create(&main, &want).await;
    let clients = world.clients().await;
    let before = describe(&world, &there.id).await;
    // The SDK has no member for it, so it goes into the request by hand.
    let registration = r#""DcrConfiguration":{"EnableStatus":"Enabled","OpenDcrEnabled":true},"#;
    clients
        .cognito
        .update_user_pool()
        .user_pool_id(&there.id)
        .set_auto_verified_attributes(before.auto_verified_attributes)
        .customize()
        .mutate_request(move |request| {
            let body = std::str::from_utf8(request.body().bytes().unwrap()).unwrap();
            let body = format!("{{{registration}{}", &body[1..]);
            request.headers_mut().insert("content-length", body.len().to_string());
            *request.body_mut() = body.into();
        })
        .send()
        .await
        .unwrap();
    for length in [13, 14] {
        let seen = world.look(&[(&main, &want)], None).await;
        let names: Vec<&str> = seen.findings.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["open client registration"]);
        let Found::Ours(object) = &seen.found[&main] else {
            panic!("{seen:?}")
        };
        want.password_policy.minimum_length = length;
        world.update(&main, object, &want).await;
    }
}

#[tokio::test]
async fn a_pool_is_known_by_its_marks() {
    let mut world = World::new();
    let main = at("user_pool.main");
    let mut want = pool(&world, &main);
    let there = world.create(&main, &want).await;

    // Under another name it is still ours: a rename is an update.
    want.name = "Another name".to_owned();
    let object = world.ours(&main, &want, None).await;
    assert_eq!(object.id, there.id);
    world.update(&main, &object, &want).await;
    assert_eq!(describe(&world, &there.id).await.name.as_deref(), Some("Another name"));

    // Another file with the same stack: refused.
    world.stack.id = Some("00000000".to_owned());
    let found = world.found(&main, &want, None).await;
    assert!(
        matches!(&found, Found::Foreign { claimed_by: Some(who), .. } if who.contains("7f3a9c1e")),
        "{found:?}"
    );
    world.stack.id = Some("7f3a9c1e".to_owned());

    // Left the file: a leftover.
    let seen = world.look::<UserPool>(&[], None).await;
    assert_eq!(seen.leftovers.len(), 1);
    assert_eq!((&seen.leftovers[0].address, seen.leftovers[0].replaced), (&main, false));

    // Two with the same mark: an error, never a choice.
    let clients = world.clients().await;
    let second = clients
        .cognito
        .create_user_pool()
        .pool_name("Another name")
        .set_user_pool_tags(Some(want.tags.0.clone().into_iter().collect()))
        .send()
        .await
        .unwrap();
    let second = second.user_pool.unwrap();
    let found = world.found(&main, &want, None).await;
    assert!(
        matches!(&found, Found::Ambiguous { ids } if ids.len() == 2),
        "{found:?}"
    );

    // Let go: no mark of ours is left, and it stands in the way as somebody else's.
    let second_id = second.id.unwrap();
    UserPool::release(&clients, &world.target(&main), &there.id)
        .await
        .unwrap();
    UserPool::release(&clients, &world.target(&main), &second_id)
        .await
        .unwrap();
    let tags = describe(&world, &there.id).await.user_pool_tags.unwrap();
    assert_eq!(tags.keys().collect::<Vec<_>>(), ["project"]);
    let found = world.found(&main, &want, None).await;
    assert!(matches!(&found, Found::Foreign { claimed_by: None, .. }), "{found:?}");

    // And is taken over by its id.
    let seen = world
        .search(&[(&main, &want)], None, Some(&there.id), false)
        .await
        .unwrap();
    let Found::Ours(object) = &seen.found[&main] else {
        panic!("{seen:?}")
    };
    world.update(&main, object, &want).await;
    assert_eq!(world.ours(&main, &want, None).await.id, there.id);
    let seen = world
        .search(&[(&main, &want)], None, Some("ap-southeast-2_nothere1"), false)
        .await
        .unwrap();
    assert!(
        matches!(&seen.found[&main], Found::Unknown(gap) if gap.error.contains("does not exist")),
        "{seen:?}"
    );
}
