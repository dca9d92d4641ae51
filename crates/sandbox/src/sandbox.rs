//! The sandbox itself: a world behind a lock, with the trouble that was asked for.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector};

use crate::faces::{self, FaceRequest};
use crate::front::{self, Routed};
use crate::mail::Mail;
use crate::protocol::wire::{Reply, Wire};
use crate::store::{Folder, OpenError};
use crate::trouble::{Fate, Manner, Progress, Trouble, throttled};
use crate::world::World;

/// The most calls that are remembered.
const MAX_CALLS: usize = 100_000;

/// An AWS. Cloning shares it.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Sandbox {
    /// A world holds secrets, so nothing of it is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sandbox")
    }
}

struct Shared {
    inner: Mutex<Inner>,
    folder: Option<Folder>,
}

struct Inner {
    world: World,
    calls: Vec<CallRecord>,
    trouble: Trouble,
    /// How far the trouble has come.
    progress: Progress,
    /// Worlds that lists still show, each with the moment until which it was the world.
    past: VecDeque<(f64, World)>,
    /// Requests so far, for their ids.
    requests: u64,
    /// The address where it serves.
    base: Option<String>,
}

/// One call that reached the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The service's name in AWS's models, for example `cognito-idp`.
    pub service: &'static str,
    /// The operation, for example `CreateUserPool`; what was asked for where there is no such operation.
    pub operation: String,
    /// Whether it changes something, by its name.
    pub mutating: bool,
}

/// What an answer is the answer to, for the line per request.
#[derive(Debug, Clone)]
pub(crate) struct Asked(pub(crate) String);

/// A call without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection was lost (trouble on request)")]
pub(crate) struct Lost;

impl Inner {
    /// The world that a list shows where lists come late; notes the world of before where a call changes it.
    fn past(&mut self, routed: &Routed) -> Option<World> {
        let delay = self.trouble.list_delay.as_secs_f64();
        if delay == 0.0 {
            return None;
        }
        let now = self.world.now();
        while self.past.front().is_some_and(|(until, _)| *until <= now - delay) {
            self.past.pop_front();
        }
        if routed.mutating() {
            self.past.push_back((now, self.world.clone()));
            return None;
        }
        let (_, world) = self.past.front().filter(|_| routed.lags())?;
        let mut world = world.clone();
        world.clock = self.world.clock;
        Some(world)
    }
}

impl Sandbox {
    /// An empty AWS in memory. The same seed gives the same ids.
    pub fn in_memory(seed: u64) -> Self {
        let world = World {
            seed,
            ..World::default()
        };
        Self::new(world, None)
    }

    /// The AWS that a folder keeps; a new one where the folder is empty or not there.
    ///
    /// # Errors
    ///
    /// When somebody else has the folder open, or it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let (folder, world) = Folder::open(folder)?;
        let mut world = world.unwrap_or_default();
        world.blobs = folder.blobs();
        Ok(Self::new(world, Some(folder)))
    }

    /// A copy in memory with a world of its own: neither sees what happens in the other from now on, and both have
    /// the objects of before. The copy has the trouble and the clock of this one, and has seen no calls.
    pub fn fork(&self) -> Self {
        let inner = self.inner();
        let mut world = inner.world.clone();
        world.blobs = inner.world.blobs.fork();
        let copy = Self::new(world, None);
        copy.set_trouble(inner.trouble.clone());
        copy
    }

    fn new(world: World, folder: Option<Folder>) -> Self {
        let inner = Inner {
            world,
            calls: Vec::new(),
            trouble: Trouble::default(),
            progress: Progress::default(),
            past: VecDeque::new(),
            requests: 0,
            base: None,
        };
        Self {
            shared: Arc::new(Shared {
                inner: Mutex::new(inner),
                folder,
            }),
        }
    }

    /// A service that panicked is a failed call, not the end of the sandbox.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An HTTP client for the AWS SDK that reaches this sandbox without a socket.
    pub fn http_client(&self) -> SharedHttpClient {
        crate::connector::client(self.clone())
    }

    /// The same for plain HTTP: its public faces by their hosts, and presigned addresses.
    pub fn http_connector(&self) -> SharedHttpConnector {
        crate::connector::connector(self.clone())
    }

    /// Answers a request. A call that is lost by [`Trouble`] is a 503 with the header `x-sandbox-trouble`.
    pub fn call(&self, request: http::Request<Vec<u8>>) -> http::Response<Vec<u8>> {
        self.attempt(request).unwrap_or_else(|Lost| {
            let mut response = http::Response::new(Vec::new());
            *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            let words = http::HeaderValue::from_static("connection lost");
            response.headers_mut().insert("x-sandbox-trouble", words);
            response
        })
    }

    /// Answers a request, or loses it.
    pub(crate) fn attempt(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, Lost> {
        let head = request.method() == http::Method::HEAD;
        let wire = Wire::from_http(request);
        if let Some(face) = faces::of(&wire) {
            return Ok(self.show(&face, &wire).into_http(head));
        }
        // What takes long is done before and after the world is locked.
        let blobs = self.inner().world.blobs.clone();
        let routed = match front::route(wire) {
            Ok(routed) => routed,
            Err(reply) => return Ok(reply.into_http(head)),
        };
        routed.store(&blobs);
        let asked = Asked(format!("{}.{}", routed.service(), routed.operation()));
        let mut reply = self.meet(routed)?;
        reply.load(&blobs);
        let mut response = reply.into_http(head);
        response.extensions_mut().insert(asked);
        Ok(response)
    }

    /// Answers somebody who looks at a face, and writes down what that changed.
    fn show(&self, face: &FaceRequest, wire: &Wire) -> Reply {
        let mut guard = self.inner();
        let inner = &mut *guard;
        inner.requests += 1;
        let drawn = inner.world.drawn;
        let reply = faces::answer(&mut inner.world, face, wire, inner.base.as_deref());
        if face.writes(wire) || inner.world.drawn != drawn {
            self.keep(inner, reply)
        } else {
            reply
        }
    }

    /// Answers a request, or lets it meet its trouble.
    fn meet(&self, routed: Routed) -> Result<Reply, Lost> {
        let mut guard = self.inner();
        let inner = &mut *guard;
        inner.requests += 1;
        let fate = inner.progress.next(&inner.trouble, routed.mutating());
        if fate == Fate::Lost {
            return Err(Lost);
        }
        if inner.calls.len() < MAX_CALLS {
            inner.calls.push(CallRecord {
                service: routed.service(),
                operation: routed.operation().to_owned(),
                mutating: routed.mutating(),
            });
        }
        let request_id = request_id(inner.world.seed, inner.requests);
        let reply = match fate {
            Fate::Throttled => routed.refuse(&throttled(routed.service()), &request_id),
            Fate::Answered | Fate::AnswerLost | Fate::Lost => self.answer(inner, routed, &request_id),
        };
        if fate == Fate::AnswerLost { Err(Lost) } else { Ok(reply) }
    }

    /// Answers a request whose fate it is, and writes down what it changed.
    fn answer(&self, inner: &mut Inner, routed: Routed, request_id: &str) -> Reply {
        let writes = routed.writes();
        let drawn = inner.world.drawn;
        let past = inner.past(&routed);
        let reply = routed.answer(&mut inner.world, past, request_id, inner.trouble.page_size);
        // Some reading names make something too: `GetId` an identity, `GetCredentialsForIdentity` a session.
        if writes || inner.world.drawn != drawn {
            self.keep(inner, reply)
        } else {
            reply
        }
    }

    /// Writes down the world that an answer made.
    fn keep(&self, inner: &mut Inner, mut reply: Reply) -> Reply {
        if let Some(folder) = &self.shared.folder
            && let Err(wrong) = folder.save(&mut inner.world)
        {
            crate::say(format_args!("cannot write the world: {wrong}"));
            reply.status = 500;
            reply = reply.header("x-sandbox-error", format!("cannot write the world: {wrong}"));
        }
        reply
    }

    /// The folder it is kept in; for tests.
    #[cfg(test)]
    pub(crate) fn folder_for_tests(&self) -> Option<&Folder> {
        self.shared.folder.as_ref()
    }

    /// Works on the world itself; for tests.
    #[cfg(test)]
    pub(crate) fn with_world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.inner().world)
    }

    /// Sets the trouble from now on, and begins to count anew.
    pub fn set_trouble(&self, trouble: Trouble) {
        let mut inner = self.inner();
        inner.world.manner = Manner::of(&trouble);
        inner.trouble = trouble;
        inner.progress = Progress::default();
        inner.past.clear();
    }

    /// How long each call takes.
    pub(crate) fn latency(&self) -> Duration {
        self.inner().trouble.latency
    }

    /// Fixes the clock at these epoch seconds, or lets it go.
    pub fn set_clock(&self, clock: Option<f64>) {
        self.inner().world.clock = clock;
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.inner().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn clear_calls(&self) {
        self.inner().calls.clear();
    }

    /// What AWS would have sent to people, the oldest first.
    pub fn mail(&self) -> Vec<Mail> {
        crate::mail::all(&self.inner().world)
    }

    /// The world as JSON, without the bytes of objects.
    pub fn snapshot(&self) -> serde_json::Value {
        serde_json::to_value(&self.inner().world).expect("a world is plain data with text keys")
    }

    /// Puts back a world. The bytes of its objects are those this sandbox has.
    ///
    /// # Errors
    ///
    /// When the JSON is not a world.
    pub fn restore(&self, snapshot: serde_json::Value) -> Result<(), serde_json::Error> {
        let world: World = serde_json::from_value(snapshot)?;
        self.replace(world);
        Ok(())
    }

    /// Empties the world and forgets the calls and the trouble. The seed stays.
    pub fn reset(&self) {
        let seed = self.inner().world.seed;
        self.replace(World {
            seed,
            ..World::default()
        });
        self.clear_calls();
        self.set_trouble(Trouble::default());
    }

    fn replace(&self, mut world: World) {
        let mut inner = self.inner();
        world.blobs = inner.world.blobs.clone();
        world.manner = inner.world.manner.clone();
        inner.world = world;
        inner.past.clear();
        if let Some(folder) = &self.shared.folder
            && let Err(wrong) = folder.save_all(&mut inner.world)
        {
            crate::say(format_args!("cannot write the world: {wrong}"));
        }
    }

    /// Notes where it serves.
    pub(crate) fn serving_at(&self, base: &str) -> std::io::Result<()> {
        self.inner().base = Some(base.to_owned());
        match &self.shared.folder {
            Some(folder) => folder.sign(base),
            None => Ok(()),
        }
    }
}

/// A request's id in AWS's spelling. It is not drawn from the world: reading changes nothing.
fn request_id(seed: u64, count: u64) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(format!("request {seed}/{count}"));
    let hex = crate::protocol::wire::hex(&digest);
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..32]
    )
}
