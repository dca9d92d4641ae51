//! A sandbox, a stack, and what every kind must be able to do.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use applier::{Clients, ErrorClass, Ground, Parent, Search, Sightings, Target, Verbs, Wanted, WorldError, marks};
use planner::{Found, Object};
use sandbox::{Sandbox, Trouble};
use spec_model::{Address, Kind, Stack, Tags, Value};

/// A sandbox with clients of one stack.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) stack: Stack,
    pub(crate) clients: Clients,
}

pub(crate) fn stack(region: &str) -> Stack {
    Stack {
        name: "igv-demo".to_owned(),
        id: Some("7f3a9c1e".to_owned()),
        account: "111122223333".to_owned(),
        region: region.to_owned(),
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of(Sandbox::in_memory(7), stack("ap-southeast-2")).await
    }

    pub(crate) async fn of(sandbox: Sandbox, stack: Stack) -> Self {
        let clients = Clients::connect(&Ground::Embedded(sandbox.http_client()), &stack).await;
        Self {
            sandbox,
            stack,
            clients,
        }
    }

    /// The same with clients that have asked nothing yet, as the next run has: the tagging index is asked once a run.
    pub(crate) async fn again(&self) -> Self {
        Self::of(self.sandbox.clone(), self.stack.clone()).await
    }

    pub(crate) fn tags(&self, address: &Address) -> Tags {
        let mut tags = marks(&self.stack, address);
        tags.insert("project".to_owned(), "igv".to_owned());
        spec_model::Entries(tags)
    }

    /// Names of the operations that changed something since `clear_calls`.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.sandbox
            .calls()
            .into_iter()
            .filter(|call| call.mutating)
            .map(|call| call.operation)
            .collect()
    }

    pub(crate) async fn look<N: Verbs>(&self, look: &Look<'_>) -> Sightings {
        let world = self.again().await;
        let outputs = BTreeMap::new();
        let search = Search {
            stack: &world.stack,
            wanted: look
                .wanted
                .iter()
                .map(|(address, fields)| Wanted {
                    address,
                    fields: fields.clone(),
                    adopt: look.adopt,
                })
                .collect(),
            parent: look.parent.map(|(address, id)| Parent {
                address,
                id,
                outputs: &outputs,
            }),
            known: look.wanted.iter().map(|(address, _)| address).collect(),
            all_users: false,
            early: applier::Early::default(),
        };
        N::find(&world.clients, &search).await.unwrap()
    }

    /// What is found of one address.
    pub(crate) async fn found<N: Verbs>(&self, place: &Place<'_>, want: &N) -> Found {
        let sightings = self.look::<N>(&place.look(want)).await;
        assert_eq!(sightings.gaps, [], "nothing is hidden");
        sightings.found.get(place.address).cloned().unwrap_or(Found::Absent)
    }

    /// The object of ours at one address.
    pub(crate) async fn ours<N: Verbs>(&self, place: &Place<'_>, want: &N) -> Object {
        let found = self.found(place, want).await;
        let Found::Ours(object) = found else {
            panic!("expected one of ours, found {found:?}");
        };
        *object
    }

    pub(crate) async fn create<N: Verbs>(&self, place: &Place<'_>, want: &N) -> applier::Made {
        N::create(&self.clients, &place.target(&self.stack), want.clone())
            .await
            .unwrap()
    }

    /// Changes what is there into `want`, as a plan would.
    pub(crate) async fn update<N: Verbs>(&self, place: &Place<'_>, want: &N) {
        let object = self.ours(place, want).await;
        let live = N::from_value(&object.value).unwrap();
        // What the file does not say stays as it is.
        let want = N::from_value(&complete(&want.to_value(), &object.value)).unwrap();
        N::update(&self.clients, &place.target(&self.stack), &object.id, &live, want)
            .await
            .unwrap();
    }

    /// Makes it, takes it through the states, finds each as wanted, and deletes it.
    pub(crate) async fn life<N: Verbs>(&self, place: &Place<'_>, states: &[N]) {
        let first = &states[0];
        // Every list is paged.
        self.sandbox.set_trouble(Trouble {
            page_size: Some(1),
            ..Trouble::default()
        });
        self.sandbox.clear_calls();
        assert_eq!(self.found(place, first).await, Found::Absent);
        let made = self.create(place, first).await;
        let object = self.ours(place, first).await;
        assert_eq!(object.id, made.id);
        assert_eq!(object.outputs, made.outputs);
        let named: Vec<&str> = made.outputs.keys().map(String::as_str).collect();
        let mut promised: Vec<&str> = N::OUTPUTS.iter().map(|it| it.name).collect();
        promised.sort_unstable();
        assert_eq!(named, promised);
        for state in states {
            self.update(place, state).await;
            self.permitted::<N>(false);
            let object = self.ours(place, state).await;
            assert_eq!(differences(&state.to_value(), &object.value), Vec::<String>::new());
            // A second run has nothing to do.
            self.sandbox.clear_calls();
            let again = self.ours(place, state).await;
            assert_eq!(again, object);
            assert_eq!(self.writes(), Vec::<String>::new(), "a look changes nothing");
            self.permitted::<N>(true);
            self.sandbox.clear_calls();
        }
        let last = states.last().unwrap();
        let object = self.ours(place, last).await;
        let live = N::from_value(&object.value).unwrap();
        for _ in 0..2 {
            N::delete(&self.clients, &place.target(&self.stack), &object.id, &live)
                .await
                .unwrap();
            assert_eq!(self.found(place, last).await, Found::Absent);
        }
        self.permitted::<N>(false);
    }

    /// Every call since `clear_calls` is among those that the kind says it makes.
    fn permitted<N: Verbs>(&self, reading: bool) {
        let said: Vec<&str> = N::CALLS
            .iter()
            .filter(|it| it.reads || !reading)
            .map(|it| it.action)
            .collect();
        for call in self.sandbox.calls() {
            let action = action(call.service, &call.operation);
            assert!(said.contains(&action.as_str()), "{action} is not among {said:?}");
        }
    }
}

impl World {
    /// Kills making, changing and deleting after each writing call in turn, and runs again as the next run would.
    pub(crate) async fn survives<N: Verbs>(&self, place: &Place<'_>, from: &N, to: &N) {
        for goal in [Goal::There(from), Goal::There(to), Goal::Gone(to)] {
            let base = self.sandbox.snapshot();
            let mut call = 1;
            loop {
                self.sandbox.restore(base.clone()).unwrap();
                self.sandbox.set_trouble(Trouble {
                    fail_from: Some(call),
                    mutating_only: true,
                    ..Trouble::default()
                });
                let killed = self.again().await.reach(place, &goal).await;
                self.sandbox.set_trouble(Trouble::default());
                self.again().await.reach(place, &goal).await.unwrap();
                self.reached(place, &goal).await;
                match killed {
                    Ok(()) => break,
                    Err(error) => assert_eq!(error.class, ErrorClass::Ambiguous, "{error}"),
                }
                call += 1;
            }
            assert!(call > 1, "something was written");
        }
    }

    /// One run for one resource: look, decide, act.
    async fn reach<N: Verbs>(&self, place: &Place<'_>, goal: &Goal<'_, N>) -> Result<(), WorldError> {
        let (Goal::There(want) | Goal::Gone(want)) = goal;
        let target = place.target(&self.stack);
        match (self.found(place, *want).await, goal) {
            (Found::Absent, Goal::Gone(_)) => Ok(()),
            (Found::Absent, Goal::There(want)) => {
                N::create(&self.clients, &target, (*want).clone()).await?;
                Ok(())
            }
            (Found::Ours(object), Goal::There(want)) => {
                let live = N::from_value(&object.value).unwrap();
                let want = N::from_value(&complete(&want.to_value(), &object.value)).unwrap();
                N::update(&self.clients, &target, &object.id, &live, want).await
            }
            (Found::Ours(object), Goal::Gone(_)) => {
                let live = N::from_value(&object.value).unwrap();
                N::delete(&self.clients, &target, &object.id, &live).await
            }
            (other, _) => panic!("never anything else: {other:?}"),
        }
    }

    async fn reached<N: Verbs>(&self, place: &Place<'_>, goal: &Goal<'_, N>) {
        match goal {
            Goal::There(want) => {
                let object = self.ours(place, *want).await;
                assert_eq!(differences(&want.to_value(), &object.value), Vec::<String>::new());
            }
            Goal::Gone(want) => assert_eq!(self.found(place, *want).await, Found::Absent),
        }
        // Nothing is doubled and nothing is orphaned.
        let (Goal::There(want) | Goal::Gone(want)) = goal;
        assert_eq!(self.look::<N>(&place.look(*want)).await.leftovers, []);
    }
}

/// The IAM action of an operation, where it is not the operation's name.
fn action(service: &str, operation: &str) -> String {
    let (prefix, name) = match (service, operation) {
        ("s3", "ListObjectsV2") => ("s3", "ListBucket"),
        ("s3", "ListObjectVersions") => ("s3", "ListBucketVersions"),
        ("s3", "ListMultipartUploads") => ("s3", "ListBucketMultipartUploads"),
        ("s3", "GetBucketLifecycleConfiguration") => ("s3", "GetLifecycleConfiguration"),
        ("s3", "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle") => ("s3", "PutLifecycleConfiguration"),
        ("s3", "GetPublicAccessBlock") => ("s3", "GetBucketPublicAccessBlock"),
        ("s3", "PutPublicAccessBlock") => ("s3", "PutBucketPublicAccessBlock"),
        ("s3", "GetBucketEncryption") => ("s3", "GetEncryptionConfiguration"),
        ("s3", "PutBucketEncryption") => ("s3", "PutEncryptionConfiguration"),
        ("s3", "GetBucketCors") => ("s3", "GetBucketCORS"),
        ("s3", "PutBucketCors" | "DeleteBucketCors") => ("s3", "PutBucketCORS"),
        ("s3", "GetBucketReplication") => ("s3", "GetReplicationConfiguration"),
        ("s3", "DeleteBucketOwnershipControls") => ("s3", "PutBucketOwnershipControls"),
        ("s3", "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload") => ("s3", "PutObject"),
        ("s3", "DeleteObjects") => ("s3", "DeleteObjectVersion"),
        ("cloudfront", "CreateDistributionWithTags") => ("cloudfront", "CreateDistribution"),
        (_, "GetResources") => ("tag", "GetResources"),
        (service, operation) => (service, operation),
    };
    format!("{prefix}:{name}")
}

/// What a run is to reach.
enum Goal<'a, N> {
    There(&'a N),
    Gone(&'a N),
}

/// An address with its surroundings.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    pub(crate) address: &'a Address,
    pub(crate) parent: Option<(&'a Address, &'a str)>,
    pub(crate) adopt: Option<&'a str>,
    pub(crate) loosen: &'a [String],
    pub(crate) replaces: Option<&'a str>,
    pub(crate) source: Option<PathBuf>,
}

impl<'a> Place<'a> {
    pub(crate) fn at(address: &'a Address) -> Self {
        Self {
            address,
            parent: None,
            adopt: None,
            loosen: &[],
            replaces: None,
            source: None,
        }
    }

    pub(crate) fn under(address: &'a Address, parent: &'a Address, id: &'a str) -> Self {
        Self {
            parent: Some((parent, id)),
            ..Self::at(address)
        }
    }

    pub(crate) fn target<'b>(&'b self, stack: &'b Stack) -> Target<'b> {
        Target {
            stack,
            address: self.address,
            loosen: self.loosen,
            replaces: self.replaces,
            source: self.source.as_deref(),
            waiting: &|_| {},
        }
    }

    pub(crate) fn look<N: Verbs>(&self, want: &N) -> Look<'a> {
        Look {
            wanted: vec![(self.address.clone(), want.to_value())],
            parent: self.parent,
            adopt: self.adopt,
        }
    }
}

/// What a search is told.
#[derive(Default)]
pub(crate) struct Look<'a> {
    pub(crate) wanted: Vec<(Address, Value)>,
    pub(crate) parent: Option<(&'a Address, &'a str)>,
    pub(crate) adopt: Option<&'a str>,
}

pub(crate) fn address(kind: Kind, name: &str) -> Address {
    Address::new(kind, name)
}

/// Paths at which what is wanted is not so; what is not said is not compared, and of named entries only the wanted.
pub(crate) fn differences(want: &Value, live: &Value) -> Vec<String> {
    match (want, live) {
        (Value::Null, _) => Vec::new(),
        (Value::Map(want), Value::Map(live)) => want
            .iter()
            .flat_map(|(name, want)| {
                differences(want, live.get(name).unwrap_or(&Value::Null))
                    .into_iter()
                    .map(move |path| format!("{name}.{path}"))
            })
            .collect(),
        _ if want == live => Vec::new(),
        _ => vec![format!(": {want:?} is {live:?}")],
    }
}

/// The wanted fields, with what is not said as it is.
fn complete(want: &Value, live: &Value) -> Value {
    match (want, live) {
        (Value::Null, live) => live.clone(),
        (Value::Map(want), Value::Map(live)) => Value::Map(
            want.iter()
                .map(|(name, want)| (name.clone(), complete(want, live.get(name).unwrap_or(&Value::Null))))
                .collect(),
        ),
        _ => want.clone(),
    }
}

pub(crate) fn document(json: &str) -> policy::Document {
    policy::Document::parse(json).unwrap()
}
