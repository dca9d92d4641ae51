//! Clients and domains.

use super::*;

#[tokio::test]
async fn a_client_becomes_each_thing_that_is_wanted() {
    let (world, pool) = with_pool().await;
    let igv = at("user_pool_client.igv");
    let first = app_client(&pool.id);
    let mut states = vec![first.clone()];
    let mut then = |change: &dyn Fn(&mut UserPoolClient)| {
        let mut next = states.last().unwrap().clone();
        change(&mut next);
        states.push(next);
    };
    then(&|it| it.name = "another".to_owned());
    then(&|it| it.grants = texts(["code", "implicit"]));
    then(&|it| it.scopes = texts(["openid", "email", "profile"]));
    then(&|it| it.callback_urls = texts(["http://localhost:60151/oauthCallback"]));
    then(&|it| it.auth_flows = texts(["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]));
    then(&|it| it.hide_unknown_users = false);
    then(&|it| it.revocation = false);
    then(&|it| it.access_token_validity = Duration::from_secs(1800));
    then(&|it| it.id_token_validity = Duration::from_secs(301));
    then(&|it| it.refresh_token_validity = Duration::from_secs(90 * 60));
    then(&|it| {
        it.auth_flows = texts(["ALLOW_USER_SRP_AUTH"]);
        it.refresh_token_rotation = true;
    });
    then(&|it| {
        it.refresh_token_rotation = false;
        it.auth_flows = texts(["ALLOW_REFRESH_TOKEN_AUTH"]);
    });
    then(&|it| it.read_attributes = texts(["email"]));
    then(&|it| it.write_attributes = texts(["email", "name"]));
    let there = world.walk(&igv, Some(&pool), &states).await;
    let object = world.ours(&igv, &first, Some(&pool)).await;
    assert_eq!(object.id, there.id);
    assert!(matches!(&there.outputs["secret"], Value::Secret(_)));
    assert_eq!(
        format!("{}/{}", pool.id, there.outputs["id"].as_text().unwrap()),
        there.id
    );

    // Let go, it is a stranger; adopted, it is unmarked until an update.
    let clients = world.clients().await;
    UserPoolClient::release(&clients, &world.target(&igv), &there.id)
        .await
        .unwrap();
    let seen = world.look(&[(&igv, &first)], Some(&pool)).await;
    assert_eq!(seen.found[&igv], Found::Absent);
    assert_eq!(seen.findings.len(), 1);
    let id = there.outputs["id"].as_text().unwrap();
    assert_eq!(seen.findings[0].name, format!("client {id}"));
    for adopt in [id, &there.id] {
        let seen = world
            .search(&[(&igv, &first)], Some(&pool), Some(adopt), false)
            .await
            .unwrap();
        let Found::Ours(object) = &seen.found[&igv] else {
            panic!("{seen:?}")
        };
        assert!(!object.marked && seen.findings.is_empty());
    }
    world.update(&igv, &object, &first).await;
    let object = world.ours(&igv, &first, Some(&pool)).await;
    assert_wanted(&first, &object);

    world.delete::<UserPoolClient>(&igv, &object).await;
    assert_eq!(world.found(&igv, &first, Some(&pool)).await, Found::Absent);
    world.delete::<UserPoolClient>(&igv, &object).await;
}

#[tokio::test]
async fn a_client_is_replaced_by_the_next_number() {
    let (world, pool) = with_pool().await;
    let igv = at("user_pool_client.igv");
    let mut want = app_client(&pool.id);
    let old = world.create(&igv, &want).await;
    want.secret = false;
    let clients = world.clients().await;
    for _ in 0..2 {
        // A second try after a kill finds what the first one made.
        let target = Target {
            replaces: Some(&old.id),
            ..world.target(&igv)
        };
        let made = UserPoolClient::create(&clients, &target, want.clone()).await.unwrap();
        assert_eq!(made.outputs["secret"], Value::Secret(spec_model::Secret::new("")));
    }
    assert_eq!(world.made("CreateUserPoolClient"), 2);
    let seen = world.look(&[(&igv, &want)], Some(&pool)).await;
    let Found::Ours(new) = &seen.found[&igv] else {
        panic!("{seen:?}")
    };
    assert_wanted(&want, new);
    assert_ne!(new.id, old.id);
    assert_eq!(seen.leftovers.len(), 1);
    assert_eq!(
        (&seen.leftovers[0].object.id, seen.leftovers[0].replaced),
        (&old.id, true)
    );
    // An update keeps the number.
    want.name = "renamed".to_owned();
    world.update(&igv, new, &want).await;
    assert_eq!(world.ours(&igv, &want, Some(&pool)).await.id, new.id);
    // Out of the file, both are leftovers.
    let seen = world.look::<UserPoolClient>(&[], Some(&pool)).await;
    assert_eq!(seen.leftovers.len(), 2);
    assert!(seen.leftovers.iter().all(|it| it.address == igv && !it.replaced));
}

#[tokio::test]
async fn l22_a_second_secret_is_not_none() {
    let (world, pool) = with_pool().await;
    let igv = at("user_pool_client.igv");
    let want = app_client(&pool.id);
    let there = world.create(&igv, &want).await;
    let clients = world.clients().await;
    let id = there.outputs["id"].as_text().unwrap();
    let call = clients
        .cognito
        .add_user_pool_client_secret()
        .user_pool_id(&pool.id)
        .client_id(id);
    call.send().await.unwrap();
    let object = world.ours(&igv, &want, Some(&pool)).await;
    assert_eq!(object.value.get("secret"), Some(&Value::Bool(true)));
    assert_eq!(object.outputs.get("secret"), None);
    assert_eq!(object.outputs["id"], there.outputs["id"]);
    let seen = world.look(&[(&igv, &want)], Some(&pool)).await;
    let names: Vec<&str> = seen.findings.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["second client secret"]);
}

#[tokio::test]
async fn a_domain_belongs_to_its_pool() {
    let (world, pool) = with_pool().await;
    let main = at("user_pool_domain.main");
    let want = UserPoolDomain {
        prefix: "igv-demo".to_owned(),
        user_pool_id: pool.id.clone(),
        login_page: LoginPage::Classic,
    };
    let mut managed = want.clone();
    managed.login_page = LoginPage::Managed;
    let there = world
        .walk(
            &main,
            Some(&pool),
            &[want.clone(), managed.clone(), want.clone(), managed],
        )
        .await;
    assert_eq!(
        there.outputs["token_endpoint"],
        "https://igv-demo.auth.ap-southeast-2.amazoncognito.com/oauth2/token".into()
    );

    // The pool shows it, so another prefix in the file is a difference of this one.
    let pools = at("user_pool.main");
    let pool_want = self::pool(&world, &pools);
    let live = world.ours(&pools, &pool_want, None).await;
    let parent = There {
        address: pools,
        id: live.id,
        outputs: live.outputs,
    };
    let mut moved = want.clone();
    moved.prefix = "igv-moved".to_owned();
    let object = world.ours(&main, &moved, Some(&parent)).await;
    assert_eq!(object.id, "igv-demo");
    // Out of the file it is a leftover.
    let seen = world.look::<UserPoolDomain>(&[], Some(&parent)).await;
    assert_eq!(seen.leftovers.len(), 1);
    assert_eq!(seen.leftovers[0].address, main);

    // L24: another pool of this account that has the prefix is named.
    let other = at("user_pool.other");
    let mut second = self::pool(&world, &other);
    second.name = "second".to_owned();
    let second = world.create(&other, &second).await;
    let found = world.found(&main, &want, Some(&second)).await;
    assert!(
        matches!(&found, Found::Foreign { id, claimed_by: Some(_) } if id == "igv-demo"),
        "{found:?}"
    );

    // L77: managed login shows nothing without a style.
    let client = at("user_pool_client.igv");
    world.create(&client, &app_client(&pool.id)).await;
    let seen = world.look(&[(&main, &want)], Some(&parent)).await;
    assert_eq!(seen.findings.len(), 1);
    assert_eq!(seen.findings[0].name, "managed login without a style");

    world.delete::<UserPoolDomain>(&main, &object).await;
    world.delete::<UserPoolDomain>(&main, &object).await;
    assert_eq!(world.found(&main, &want, Some(&pool)).await, Found::Absent);
}
