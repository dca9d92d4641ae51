//! Identity pools and their roles.

use applier::Look;

use super::*;

#[tokio::test]
async fn an_identity_pool_becomes_each_thing_that_is_wanted() {
    let world = World::new();
    let main = at("identity_pool.main");
    let first = identity_pool(&world, &main);
    let mut states = vec![first.clone()];
    let mut then = |change: &dyn Fn(&mut IdentityPool)| {
        let mut next = states.last().unwrap().clone();
        change(&mut next);
        states.push(next);
    };
    then(&|it| it.name = "another".to_owned());
    then(&|it| it.guests = true);
    then(&|it| it.guests = false);
    then(&|it| it.classic_flow = false);
    then(&|it| it.classic_flow = true);
    then(&|it| {
        it.social_providers = BTreeMap::from([("graph.facebook.com".to_owned(), "7346241598935552".to_owned())]);
    });
    then(&|it| {
        it.social_providers = BTreeMap::new();
        it.saml_providers = texts(["arn:aws:iam::111122223333:saml-provider/uni"]);
        it.openid_providers = texts(["arn:aws:iam::111122223333:oidc-provider/login.example.org"]);
    });
    then(&|it| {
        it.saml_providers = BTreeSet::new();
        it.openid_providers = BTreeSet::new();
        it.login_providers = it
            .login_providers
            .iter()
            .cloned()
            .map(|mut it| {
                it.server_side_token_check = false;
                it
            })
            .collect();
    });
    then(&|it| it.tags.0.extend([("project".to_owned(), "igv-2".to_owned())]));
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
    assert_eq!(
        there.outputs["arn"],
        format!(
            "arn:aws:cognito-identity:ap-southeast-2:111122223333:identitypool/{}",
            there.id
        )
        .into()
    );

    // One whole pool is one read besides the list and the index.
    world.sandbox.clear_calls();
    let object = world.ours(&main, states.last().unwrap(), None).await;
    assert_eq!(
        (world.made("ListIdentityPools"), world.made("DescribeIdentityPool")),
        (1, 1)
    );

    world.delete::<IdentityPool>(&main, &object).await;
    assert_eq!(world.found(&main, &first, None).await, Found::Absent);
    world.delete::<IdentityPool>(&main, &object).await;
}

#[tokio::test]
async fn an_identity_pool_is_replaced_side_by_side() {
    let world = World::new();
    let main = at("identity_pool.main");
    let want = identity_pool(&world, &main);
    let old = world.create(&main, &want).await;
    let clients = world.clients().await;
    let target = Target {
        replaces: Some(&old.id),
        ..world.target(&main)
    };
    let new = IdentityPool::create(&clients, &target, want.clone()).await.unwrap();
    let again = IdentityPool::create(&clients, &target, want.clone()).await.unwrap();
    assert_eq!((&new.id, world.made("CreateIdentityPool")), (&again.id, 2));
    let seen = world.look(&[(&main, &want)], None).await;
    assert!(
        matches!(&seen.found[&main], Found::Ours(it) if it.id == new.id),
        "{seen:?}"
    );
    assert_eq!(
        (&seen.leftovers[0].object.id, seen.leftovers[0].replaced),
        (&old.id, true)
    );
    world.delete::<IdentityPool>(&main, &seen.leftovers[0].object).await;
    let seen = world.look(&[(&main, &want)], None).await;
    assert!(
        matches!(&seen.found[&main], Found::Ours(it) if it.id == new.id),
        "{seen:?}"
    );
    IdentityPool::release(&clients, &world.target(&main), &new.id)
        .await
        .unwrap();
    let found = world.found(&main, &want, None).await;
    assert!(matches!(&found, Found::Foreign { claimed_by: None, .. }), "{found:?}");
}

#[tokio::test]
async fn roles_are_one_whole_map() {
    let world = World::new();
    let address = at("identity_pool.main");
    let pool = world.create(&address, &identity_pool(&world, &address)).await;
    let clients = world.clients().await;
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"cognito-identity.amazonaws.com"}},
        "Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"cognito-identity.amazonaws.com:aud":"{}"}},
        "ForAnyValue:StringLike":{{"cognito-identity.amazonaws.com:amr":"authenticated"}}}}}}]}}"#,
        pool.id
    );
    let mut arns = Vec::new();
    for name in ["signed-in", "other"] {
        let call = clients
            .iam
            .create_role()
            .role_name(name)
            .assume_role_policy_document(&trust);
        arns.push(call.send().await.unwrap().role.unwrap().arn);
    }
    let main = at("identity_pool_roles.main");
    let first = IdentityPoolRoles {
        identity_pool_id: pool.id.clone(),
        authenticated: arns[0].clone(),
        unauthenticated: String::new(),
        role_mappings: BTreeMap::new(),
    };
    assert_eq!(world.found(&main, &first, Some(&pool)).await, Found::Absent);
    let mut second = first.clone();
    second.authenticated = arns[1].clone();
    let mut third = second.clone();
    third.unauthenticated = arns[0].clone();
    world
        .walk(&main, Some(&pool), &[first.clone(), second, third, first.clone()])
        .await;

    // L33: rules break the classic flow; they are seen and go away with the next write.
    let rule = aws_sdk_cognitoidentity::types::MappingRule::builder()
        .claim("email")
        .match_type(aws_sdk_cognitoidentity::types::MappingRuleMatchType::Contains)
        .value("example.org")
        .role_arn(&arns[1])
        .build()
        .unwrap();
    let rules = aws_sdk_cognitoidentity::types::RulesConfigurationType::builder()
        .rules(rule)
        .build()
        .unwrap();
    let mapping = aws_sdk_cognitoidentity::types::RoleMapping::builder()
        .r#type(aws_sdk_cognitoidentity::types::RoleMappingType::Rules)
        .ambiguous_role_resolution(aws_sdk_cognitoidentity::types::AmbiguousRoleResolutionType::Deny)
        .rules_configuration(rules)
        .build()
        .unwrap();
    let provider = "cognito-idp.ap-southeast-2.amazonaws.com/ap-southeast-2_Ab1Ab1Ab1:1example23456789";
    clients
        .identity
        .set_identity_pool_roles()
        .identity_pool_id(&pool.id)
        .roles("authenticated", &arns[0])
        .role_mappings(provider, mapping)
        .send()
        .await
        .unwrap();
    let object = world.ours(&main, &first, Some(&pool)).await;
    let text = object
        .value
        .get("role_mappings")
        .and_then(|it| it.get(provider))
        .and_then(Value::as_text);
    assert!(text.unwrap().contains("example.org"), "{text:?}");
    world.update(&main, &object, &first).await;
    assert_wanted(&first, &world.ours(&main, &first, Some(&pool)).await);

    let seen = world.look::<IdentityPoolRoles>(&[], Some(&pool)).await;
    assert_eq!(seen.leftovers[0].address, main);
    world.delete::<IdentityPoolRoles>(&main, &object).await;
    assert_eq!(world.found(&main, &first, Some(&pool)).await, Found::Absent);
}

/// A replacement that was interrupted leaves two pools; what the file wants is looked for under the new one.
#[tokio::test]
async fn the_roles_of_a_replaced_pool_are_not_taken_for_the_new_ones() {
    let world = World::new();
    let pool_at = at("identity_pool.main");
    let want = identity_pool(&world, &pool_at);
    let old = world.create(&pool_at, &want).await;
    let clients = world.clients().await;
    let target = Target {
        replaces: Some(&old.id),
        ..world.target(&pool_at)
    };
    let new = IdentityPool::create(&clients, &target, want.clone()).await.unwrap();
    let text = "version: 1\nid: 7f3a9c1e\nstack: igv-demo\naccount: \"111122223333\"\nregion: ap-southeast-2\nresources:\n  identity_pool.main: {name: igv-demo}\n  identity_pool_roles.main: {identity_pool_id: \"{{identity_pool.main.id}}\", authenticated: \"arn:aws:iam::111122223333:role/r\"}\n";
    let spec = spec_model::parse(text, &|_| None).unwrap();
    for id in [&old.id, &new.id] {
        let roles = clients.identity.set_identity_pool_roles().identity_pool_id(id);
        roles
            .roles("authenticated", "arn:aws:iam::111122223333:role/r")
            .send()
            .await
            .unwrap();
    }
    let live = applier::Aws::new(world.clients().await, ".".into()).look(&spec).await;
    let found = &live.found[&at("identity_pool_roles.main")];
    let Found::Ours(object) = found else {
        panic!("{found:?}")
    };
    assert_eq!(object.value.get("identity_pool_id"), Some(&new.id.as_str().into()));
}
