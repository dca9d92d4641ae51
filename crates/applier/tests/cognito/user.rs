//! Users.

use super::*;

#[tokio::test]
async fn a_user_becomes_each_thing_that_is_wanted() {
    let (world, pool) = with_pool().await;
    let anna = at("user.anna");
    let first = user(&pool, "anna");
    let mut states = vec![first.clone()];
    let mut then = |change: &dyn Fn(&mut User)| {
        let mut next = states.last().unwrap().clone();
        change(&mut next);
        states.push(next);
    };
    then(&|it| it.email = "anna@new.example.org".to_owned());
    then(&|it| it.attributes = Some(Entries(BTreeMap::from([("name".to_owned(), "Anna".to_owned())]))));
    then(&|it| it.standing = UserStanding::Disabled);
    then(&|it| it.standing = UserStanding::Enabled);
    then(&|it| it.email_verified = false);
    let there = world.walk(&anna, Some(&pool), &states).await;
    assert!(
        world
            .sandbox
            .calls()
            .iter()
            .all(|it| !it.mutating || READS.contains(&it.operation.as_str())),
        "{:?}",
        world.sandbox.calls()
    );
    assert_eq!(there.id, format!("{}/anna", pool.id));

    // Who leaves the file is disabled, and then counts as absent.
    let seen = world.look::<User>(&[], Some(&pool)).await;
    assert_eq!(seen.leftovers.len(), 1);
    assert_eq!(seen.leftovers[0].address, anna);
    assert!(seen.findings.is_empty());
    world.delete::<User>(&anna, &seen.leftovers[0].object).await;
    assert_eq!(world.made("AdminUserGlobalSignOut"), 1);
    let seen = world.look::<User>(&[], Some(&pool)).await;
    assert!(seen.leftovers.is_empty() && seen.findings.is_empty(), "{seen:?}");

    // Who comes back is enabled again.
    let object = world.ours(&anna, &first, Some(&pool)).await;
    assert_eq!(object.value.get("standing"), Some(&"left".into()));
    assert!(object.marked);
    world.update(&anna, &object, &first).await;
    let object = world.ours(&anna, &first, Some(&pool)).await;
    assert_wanted(&first, &object);
    assert!(object.marked);

    // Let go, the name is taken by somebody.
    let clients = world.clients().await;
    User::release(&clients, &world.target(&anna), &there.id).await.unwrap();
    let found = world.found(&anna, &first, Some(&pool)).await;
    assert!(
        matches!(&found, Found::Foreign { id, .. } if *id == there.id),
        "{found:?}"
    );
    let seen = world
        .search(&[(&anna, &first)], Some(&pool), Some("anna"), false)
        .await
        .unwrap();
    let Found::Ours(object) = &seen.found[&anna] else {
        panic!("{seen:?}")
    };
    assert!(!object.marked);
    world.update(&anna, object, &first).await;
    assert!(world.ours(&anna, &first, Some(&pool)).await.marked);
}

#[tokio::test(start_paused = true)]
async fn offboarding_converges_after_every_kill() {
    for killed in 1.. {
        let (world, pool) = with_pool().await;
        let anna = at("user.anna");
        world.create(&anna, &user(&pool, "anna")).await;
        let seen = world.look::<User>(&[], Some(&pool)).await;
        let object = &seen.leftovers[0].object;
        let live = <User as spec_model::Shaped>::from_value(&object.value).unwrap();
        world.sandbox.set_trouble(Trouble {
            fail_from: Some(killed),
            mutating_only: true,
            ..Trouble::default()
        });
        let clients = world.clients().await;
        if User::delete(&clients, &world.target(&anna), &object.id, &live)
            .await
            .is_ok()
        {
            assert!(killed > 3);
            break;
        }
        world.sandbox.set_trouble(Trouble::default());
        world.sandbox.clear_calls();
        let seen = world.look::<User>(&[], Some(&pool)).await;
        assert_eq!(seen.leftovers.len(), 1, "after call {killed}");
        world.delete::<User>(&anna, &seen.leftovers[0].object).await;
        assert_eq!(world.made("AdminUserGlobalSignOut"), 1);
        assert!(world.look::<User>(&[], Some(&pool)).await.leftovers.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn coming_back_converges_after_every_kill() {
    for killed in 1.. {
        let (world, pool) = with_pool().await;
        let anna = at("user.anna");
        let mut want = user(&pool, "anna");
        world.create(&anna, &want).await;
        let object = world.ours(&anna, &want, Some(&pool)).await;
        world.delete::<User>(&anna, &object).await;
        want.email = "anna@new.example.org".to_owned();
        let object = world.ours(&anna, &want, Some(&pool)).await;
        let live = <User as spec_model::Shaped>::from_value(&object.value).unwrap();
        world.sandbox.set_trouble(Trouble {
            fail_from: Some(killed),
            mutating_only: true,
            ..Trouble::default()
        });
        let clients = world.clients().await;
        if User::update(&clients, &world.target(&anna), &object.id, &live, want.clone())
            .await
            .is_ok()
        {
            assert!(killed > 3);
            break;
        }
        world.sandbox.set_trouble(Trouble::default());
        let object = world.ours(&anna, &want, Some(&pool)).await;
        // Never as if somebody had disabled her by hand: that would be left as it is.
        assert_ne!(
            object.value.get("standing"),
            Some(&"disabled".into()),
            "after call {killed}"
        );
        world.update(&anna, &object, &want).await;
        let object = world.ours(&anna, &want, Some(&pool)).await;
        assert_wanted(&want, &object);
        assert!(object.marked);
    }
}

#[tokio::test]
async fn l75_people_who_log_in_by_e_mail_are_known_by_their_mark() {
    let world = World::new();
    let main = at("user_pool.main");
    let mut want = pool(&world, &main);
    want.sign_in = SignIn::Email;
    let pool = world.create(&main, &want).await;
    assert_wanted(&want, &world.ours(&main, &want, None).await);
    let anna = at("user.anna");
    let first = user(&pool, "anna");
    let mut second = first.clone();
    second.email = "anna@new.example.org".to_owned();
    let there = world.walk(&anna, Some(&pool), &[first, second]).await;
    assert_ne!(there.id, format!("{}/anna", pool.id));
    // Somebody else with the address that is wanted is in the way.
    let bert = at("user.bert");
    let mut want = user(&pool, "bert");
    want.email = "anna@new.example.org".to_owned();
    let clients = world.clients().await;
    User::release(&clients, &world.target(&anna), &there.id).await.unwrap();
    let found = world.found(&bert, &want, Some(&pool)).await;
    assert!(
        matches!(&found, Found::Foreign { id, .. } if *id == there.id),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_spelling_counts_only_where_the_pool_depends_on_case() {
    for (case_sensitive, sign_in) in [
        (false, SignIn::Username),
        (true, SignIn::Username),
        (false, SignIn::Email),
    ] {
        let world = World::new();
        let main = at("user_pool.main");
        let mut want = pool(&world, &main);
        want.case_sensitive = case_sensitive;
        want.sign_in = sign_in;
        let pool = world.create(&main, &want).await;
        let anna = at("user.Anna");
        let mut first = user(&pool, "Anna");
        first.email = "Anna@Example.org".to_owned();
        let mut second = first.clone();
        second.email = "Anna@new.Example.org".to_owned();
        let there = world.walk(&anna, Some(&pool), &[first.clone(), second]).await;
        if sign_in == SignIn::Email {
            continue;
        }

        // Another spelling of the name is another user, or the same.
        let mut other = first.clone();
        other.name = "ANNA".to_owned();
        let name = world.ours(&anna, &other, Some(&pool)).await.value.get("name").cloned();
        assert_eq!(name, Some(if case_sensitive { "Anna" } else { "ANNA" }.into()));
        let clients = world.clients().await;
        User::release(&clients, &world.target(&anna), &there.id).await.unwrap();
        let found = world.found(&anna, &other, Some(&pool)).await;
        assert_eq!(
            matches!(found, Found::Foreign { .. }),
            !case_sensitive,
            "{case_sensitive} {found:?}"
        );
    }
}

#[tokio::test]
async fn an_address_in_small_letters_is_the_one_of_the_file() {
    for case_sensitive in [false, true] {
        let world = World::new();
        let main = at("user_pool.main");
        let mut want = pool(&world, &main);
        want.case_sensitive = case_sensitive;
        let pool = world.create(&main, &want).await;
        let anna = at("user.anna");
        world.create(&anna, &user(&pool, "anna")).await;
        let mut capital = user(&pool, "anna");
        capital.email = "Anna@Example.org".to_owned();
        let email = world
            .ours(&anna, &capital, Some(&pool))
            .await
            .value
            .get("email")
            .cloned();
        let shown = if case_sensitive {
            "anna@example.org"
        } else {
            "Anna@Example.org"
        };
        assert_eq!(email, Some(shown.into()));
    }
}

#[tokio::test]
async fn who_is_not_listed_is_reported_or_leaves() {
    let (world, pool) = with_pool().await;
    let anna = at("user.anna");
    let mut want = user(&pool, "anna");
    want.standing = UserStanding::Disabled;
    world.create(&anna, &want).await;
    assert_wanted(&want, &world.ours(&anna, &want, Some(&pool)).await);
    let clients = world.clients().await;
    for name in ["mallory", "oscar"] {
        clients
            .cognito
            .admin_create_user()
            .user_pool_id(&pool.id)
            .username(name)
            .user_attributes(
                AttributeType::builder()
                    .name("email")
                    .value(format!("{name}@example.org"))
                    .build()
                    .unwrap(),
            )
            .message_action(MessageActionType::Suppress)
            .send()
            .await
            .unwrap();
    }
    clients
        .cognito
        .admin_disable_user()
        .user_pool_id(&pool.id)
        .username("oscar")
        .send()
        .await
        .unwrap();
    let seen = world.look(&[(&anna, &want)], Some(&pool)).await;
    let names: Vec<&str> = seen.findings.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((names, seen.leftovers.len()), (vec!["user mallory"], 0));
    let seen = world.search(&[(&anna, &want)], Some(&pool), None, true).await.unwrap();
    assert!(seen.findings.is_empty());
    assert_eq!(seen.leftovers.len(), 1);
    assert_eq!(seen.leftovers[0].address, at("user.mallory"));
    world
        .delete::<User>(&at("user.mallory"), &seen.leftovers[0].object)
        .await;
    let seen = world.search(&[(&anna, &want)], Some(&pool), None, true).await.unwrap();
    assert!(seen.leftovers.is_empty(), "{seen:?}");
}

#[tokio::test]
async fn l82_many_users_are_one_paged_list() {
    let (world, pool) = with_pool().await;
    let people: Vec<(Address, User)> = (0..130)
        .map(|it| (at(&format!("user.u{it}")), user(&pool, &format!("u{it}"))))
        .collect();
    for (address, want) in &people {
        world.create(address, want).await;
    }
    world.sandbox.clear_calls();
    let wants: Vec<(&Address, &User)> = people.iter().map(|(address, want)| (address, want)).collect();
    let seen = world.look(&wants, Some(&pool)).await;
    assert!(seen.found.values().all(|it| matches!(it, Found::Ours(_))));
    assert_eq!(seen.found.len(), 130);
    assert_eq!(world.sandbox.calls().len(), 3);
}
