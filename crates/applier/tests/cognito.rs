//! The verbs of Cognito's kinds against the sandbox, through the real SDK.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use applier::{Clients, Ground, Made, Parent, Search, Sightings, Target, Verbs, Wanted, WorldError, marks};
use aws_sdk_cognitoidentityprovider::types::{LambdaConfigType, MessageActionType, UserPoolType};
use planner::{Found, Object};
use sandbox::{Sandbox, Trouble};
use spec_model::kinds::{
    CognitoProvider, IdentityPool, IdentityPoolRoles, Invitation, Invite, LoginPage, Mfa, PasswordPolicy, Recovery,
    SignIn, SignUp, Tier, User, UserPool, UserPoolClient, UserPoolDomain, UserStanding, VerifiedAttribute,
};
use spec_model::{Address, Entries, Stack, Value};

/// An AWS and the stack that is built in it.
struct World {
    sandbox: Sandbox,
    stack: Stack,
}

/// An object that was made, as a parent of others.
struct There {
    address: Address,
    id: String,
    outputs: BTreeMap<String, Value>,
}

impl There {
    fn parent(&self) -> Parent<'_> {
        Parent {
            address: &self.address,
            id: &self.id,
            outputs: &self.outputs,
        }
    }
}

fn at(address: &str) -> Address {
    address.parse().unwrap()
}

impl World {
    fn new() -> Self {
        Self {
            sandbox: Sandbox::in_memory(1),
            stack: Stack {
                name: "igv-demo".to_owned(),
                id: Some("7f3a9c1e".to_owned()),
                account: "111122223333".to_owned(),
                region: "ap-southeast-2".to_owned(),
            },
        }
    }

    /// Fresh clients: the tagging index is asked once per clients.
    async fn clients(&self) -> Clients {
        Clients::connect(&Ground::Embedded(self.sandbox.http_client()), &self.stack).await
    }

    fn target<'a>(&'a self, address: &'a Address) -> Target<'a> {
        Target {
            stack: &self.stack,
            address,
            loosen: &[],
            replaces: None,
            source: None,
            waiting: &|_| {},
        }
    }

    async fn look<N: Verbs>(&self, wants: &[(&Address, &N)], parent: Option<&There>) -> Sightings {
        self.search(wants, parent, None, false).await.unwrap()
    }

    async fn search<N: Verbs>(
        &self,
        wants: &[(&Address, &N)],
        parent: Option<&There>,
        adopt: Option<&str>,
        all_users: bool,
    ) -> Result<Sightings, WorldError> {
        let search = Search {
            stack: &self.stack,
            wanted: wants
                .iter()
                .map(|(address, want)| Wanted {
                    address,
                    fields: want.to_value(),
                    adopt,
                })
                .collect(),
            parent: parent.map(There::parent),
            known: wants.iter().map(|(address, _)| *address).collect(),
            all_users,
            early: applier::Early::default(),
        };
        N::find(&self.clients().await, &search).await
    }

    async fn found<N: Verbs>(&self, address: &Address, want: &N, parent: Option<&There>) -> Found {
        let seen = self.look(&[(address, want)], parent).await;
        seen.found.get(address).cloned().unwrap_or(Found::Absent)
    }

    async fn ours<N: Verbs>(&self, address: &Address, want: &N, parent: Option<&There>) -> Object {
        match self.found(address, want, parent).await {
            Found::Ours(object) => *object,
            other => panic!("{address} is {other:?}"),
        }
    }

    async fn create<N: Verbs>(&self, address: &Address, want: &N) -> There {
        let Made { id, outputs } = N::create(&self.clients().await, &self.target(address), want.clone())
            .await
            .unwrap();
        There {
            address: address.clone(),
            id,
            outputs,
        }
    }

    async fn update<N: Verbs>(&self, address: &Address, object: &Object, want: &N) {
        let live = N::from_value(&object.value).unwrap();
        N::update(
            &self.clients().await,
            &self.target(address),
            &object.id,
            &live,
            want.clone(),
        )
        .await
        .unwrap();
    }

    async fn delete<N: Verbs>(&self, address: &Address, object: &Object) {
        let live = N::from_value(&object.value).unwrap();
        N::delete(&self.clients().await, &self.target(address), &object.id, &live)
            .await
            .unwrap();
    }

    fn made(&self, operation: &str) -> usize {
        self.sandbox
            .calls()
            .iter()
            .filter(|it| it.operation == operation)
            .count()
    }

    /// Walks through states: makes the first, updates to each next one, and finds each time exactly what was wanted.
    async fn walk<N: Verbs>(&self, address: &Address, parent: Option<&There>, states: &[N]) -> There {
        let there = self.create(address, &states[0]).await;
        let mut object = self.ours(address, &states[0], parent).await;
        assert_eq!(object.id, there.id);
        assert!(object.marked);
        for (name, value) in &there.outputs {
            assert_eq!(object.outputs.get(name), Some(value), "output {name}");
        }
        assert_wanted(&states[0], &object);
        for want in &states[1..] {
            self.update(address, &object, want).await;
            object = self.ours(address, want, parent).await;
            assert_wanted(want, &object);
        }
        self.sandbox.clear_calls();
        let last = states.last().unwrap();
        self.update(address, &object, last).await;
        there
    }
}

/// Every field that is ours is what was wanted.
fn assert_wanted<N: Verbs>(want: &N, object: &Object) {
    fn part(want: &Value, live: &Value) -> bool {
        match (want, live) {
            (Value::Null, _) => true,
            (Value::Map(want), Value::Map(live)) => want
                .iter()
                .all(|(name, want)| live.get(name).map_or(*want == Value::Null, |live| part(want, live))),
            _ => want == live,
        }
    }
    let Value::Map(fields) = want.to_value() else {
        panic!("a noun is a map")
    };
    for (name, want) in fields {
        if name != "invite" {
            let live = object.value.get(&name).unwrap();
            assert!(part(&want, live), "{name}: {want:?} is {live:?}");
        }
    }
}

fn tags(world: &World, address: &Address, more: &[(&str, &str)]) -> Entries<String> {
    let mut tags = marks(&world.stack, address);
    tags.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    Entries(tags)
}

fn texts<const N: usize>(words: [&str; N]) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// Reads whose names do not begin like those of reads.
const READS: &[&str] = &["AdminGetUser"];

const DAY: u64 = 86_400;

fn pool(world: &World, address: &Address) -> UserPool {
    UserPool {
        name: "IGV User Pool".to_owned(),
        sign_in: SignIn::Username,
        case_sensitive: false,
        mark_attribute: true,
        sign_up: SignUp::AdminOnly,
        invitation: None,
        password_policy: PasswordPolicy::default(),
        mfa: Mfa::Optional,
        account_recovery: vec![Recovery::VerifiedEmail],
        verified_attributes: BTreeSet::from([VerifiedAttribute::Email]),
        verify_before_update: BTreeSet::from([VerifiedAttribute::Email]),
        deletion_protection: true,
        tier: None,
        tags: tags(world, address, &[("project", "igv")]),
    }
}

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
    assert_eq!(names, ["lambda trigger PreSignUp"]);
}

#[tokio::test(start_paused = true)]
async fn l66_a_lost_answer_makes_no_second_pool() {
    let world = World::new();
    let main = at("user_pool.main");
    let want = pool(&world, &main);
    world.sandbox.set_trouble(Trouble {
        lose_answer_of: Some(1),
        mutating_only: true,
        ..Trouble::default()
    });
    let there = world.create(&main, &want).await;
    assert_eq!(world.made("CreateUserPool"), 1);
    assert_eq!(world.ours(&main, &want, None).await.id, there.id);

    let identity = at("identity_pool.main");
    let want = identity_pool(&world, &identity);
    world.sandbox.set_trouble(Trouble {
        lose_answer_of: Some(1),
        mutating_only: true,
        ..Trouble::default()
    });
    world.create(&identity, &want).await;
    assert_eq!(world.made("CreateIdentityPool"), 1);

    let client = at("user_pool_client.igv");
    let want = app_client(&there.id);
    world.sandbox.set_trouble(Trouble {
        lose_answer_of: Some(1),
        mutating_only: true,
        ..Trouble::default()
    });
    world.create(&client, &want).await;
    assert_eq!(world.made("CreateUserPoolClient"), 1);
    world.ours(&client, &want, Some(&there)).await;
}

#[tokio::test(start_paused = true)]
async fn l78_what_cannot_be_read_is_not_absent() {
    let world = World::new();
    let main = at("user_pool.main");
    let want = pool(&world, &main);
    let there = world.create(&main, &want).await;
    world.sandbox.set_trouble(Trouble {
        fail_from: Some(1),
        ..Trouble::default()
    });
    let found = world.found(&main, &want, None).await;
    assert!(
        matches!(&found, Found::Unknown(gap) if gap.action == "cognito-idp:ListUserPools"),
        "{found:?}"
    );
    let client = at("user_pool_client.igv");
    let seen = world
        .search(&[(&client, &app_client(&there.id))], Some(&there), None, false)
        .await;
    assert!(seen.is_err() || matches!(seen.unwrap().found[&client], Found::Unknown(_)));
    let person = at("user.anna");
    let found = world.found(&person, &user(&there, "anna"), Some(&there)).await;
    assert!(matches!(found, Found::Unknown(_)));
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

fn app_client(pool: &str) -> UserPoolClient {
    UserPoolClient {
        user_pool_id: pool.to_owned(),
        name: "igv demo client".to_owned(),
        secret: true,
        oauth: true,
        grants: texts(["code"]),
        scopes: texts(["openid", "email"]),
        callback_urls: texts([
            "http://localhost:60151/oauthCallback",
            "http://localhost:60152/oauthCallback",
        ]),
        identity_providers: texts(["COGNITO"]),
        auth_flows: texts(["ALLOW_REFRESH_TOKEN_AUTH"]),
        hide_unknown_users: true,
        revocation: true,
        access_token_validity: Duration::from_secs(3600),
        id_token_validity: Duration::from_secs(3600),
        refresh_token_validity: Duration::from_secs(30 * DAY),
        refresh_token_rotation: false,
        read_attributes: texts(["email", "email_verified"]),
        write_attributes: texts(["email"]),
    }
}

async fn with_pool() -> (World, There) {
    let world = World::new();
    let main = at("user_pool.main");
    let mut want = pool(&world, &main);
    want.deletion_protection = false;
    let there = world.create(&main, &want).await;
    (world, there)
}

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
        assert_eq!(made.outputs["secret"], Value::Null);
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

fn user(pool: &There, name: &str) -> User {
    User {
        user_pool_id: pool.id.clone(),
        name: name.to_owned(),
        email: format!("{name}@example.org"),
        email_verified: true,
        invite: Invite::Email,
        attributes: None,
        standing: UserStanding::Enabled,
    }
}

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
                aws_sdk_cognitoidentityprovider::types::AttributeType::builder()
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

fn identity_pool(world: &World, address: &Address) -> IdentityPool {
    IdentityPool {
        name: "igv-demo".to_owned(),
        guests: false,
        classic_flow: true,
        login_providers: BTreeSet::from([CognitoProvider {
            provider: "cognito-idp.ap-southeast-2.amazonaws.com/ap-southeast-2_Ab1Ab1Ab1".to_owned(),
            client_id: "1example23456789".to_owned(),
            server_side_token_check: true,
        }]),
        social_providers: BTreeMap::new(),
        openid_providers: BTreeSet::new(),
        saml_providers: BTreeSet::new(),
        developer_provider: String::new(),
        tags: tags(world, address, &[("project", "igv")]),
    }
}

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
