//! The verbs of Cognito's kinds against the sandbox, through the real SDK.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use applier::{Clients, Ground, Made, Parent, Search, Sightings, Target, Verbs, Wanted, WorldError, marks};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFactorType, CustomEmailLambdaVersionConfigType, CustomEmailSenderLambdaVersionType,
    CustomSmsLambdaVersionConfigType, CustomSmsSenderLambdaVersionType, DeletionProtectionType, LambdaConfigType,
    MessageActionType, SignInPolicyType, UserPoolPolicyType, UserPoolType,
};
use planner::{Found, Harm, Object};
use sandbox::{Sandbox, Trouble};
use spec_model::kinds::{
    CognitoProvider, IdentityPool, IdentityPoolRoles, Invitation, Invite, LoginPage, Mfa, PasswordPolicy, Recovery,
    SignIn, SignUp, Tier, User, UserPool, UserPoolClient, UserPoolDomain, UserStanding, VerifiedAttribute,
};
use spec_model::{Address, Entries, Stack, Value};

mod client;
mod identity;
mod pool;
mod user;

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
            early: applier::Early::default(),
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
        };
        let before = self.sandbox.calls().len();
        let seen = N::find(&self.clients().await, &search).await;
        self.assert_permitted::<N>(before, true);
        seen
    }

    /// Every call since then is one that `permissions` prints for the kind.
    fn assert_permitted<N: Verbs>(&self, since: usize, reading: bool) {
        for call in &self.sandbox.calls()[since..] {
            let names = |action: &str| action.split_once(':').is_some_and(|(_, name)| name == call.operation);
            let permission = N::CALLS.iter().find(|it| names(it.action));
            assert!(
                permission.is_some_and(|it| it.reads || !reading),
                "{} calls {}",
                N::TITLE,
                call.operation
            );
        }
    }

    async fn found<N: Verbs>(&self, address: &Address, want: &N, parent: Option<&There>) -> Found {
        let seen = self.look(&[(address, want)], parent).await;
        seen.found.get(address).cloned().unwrap_or(Found::Absent)
    }

    async fn ours<N: Verbs>(&self, address: &Address, want: &N, parent: Option<&There>) -> Object {
        let found = self.found(address, want, parent).await;
        let Found::Ours(object) = found else {
            panic!("{address} is {found:?}")
        };
        *object
    }

    async fn create<N: Verbs>(&self, address: &Address, want: &N) -> There {
        let before = self.sandbox.calls().len();
        let Made { id, outputs } = N::create(&self.clients().await, &self.target(address), want.clone())
            .await
            .unwrap();
        self.assert_permitted::<N>(before, false);
        There {
            address: address.clone(),
            id,
            outputs,
        }
    }

    async fn update<N: Verbs>(&self, address: &Address, object: &Object, want: &N) {
        let before = self.sandbox.calls().len();
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
        self.assert_permitted::<N>(before, false);
    }

    async fn delete<N: Verbs>(&self, address: &Address, object: &Object) {
        let before = self.sandbox.calls().len();
        let live = N::from_value(&object.value).unwrap();
        N::delete(&self.clients().await, &self.target(address), &object.id, &live)
            .await
            .unwrap();
        self.assert_permitted::<N>(before, false);
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
    assert!(matches!(seen.unwrap().found[&client], Found::Unknown(_)));
    let person = at("user.anna");
    let found = world.found(&person, &user(&there, "anna"), Some(&there)).await;
    assert!(matches!(found, Found::Unknown(_)));
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
