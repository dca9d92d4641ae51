//! Tests of S3 by calls as the protocol layer would make them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bucket;
mod config;
mod list;
mod multipart;
mod object;
mod policy;
mod read;
mod versions;

use serde_json::{Map, Value, json};

use crate::call::{Answer, Call, Fault};
use crate::world::World;

const OWNER: &str = "111122223333";
const OTHER: &str = "444455556666";

/// A caller with its world.
struct Desk {
    world: World,
    account: String,
    region: String,
    caller: String,
    headers: Vec<(String, String)>,
}

impl Desk {
    fn new() -> Self {
        let world = World {
            clock: Some(1_790_000_000.25),
            ..World::default()
        };
        let mut desk = Self {
            world,
            account: String::new(),
            region: "us-east-1".to_owned(),
            caller: String::new(),
            headers: Vec::new(),
        };
        desk.become_account(OWNER);
        desk
    }

    /// A world with the bucket `bucket`.
    fn with_bucket() -> Self {
        let mut desk = Self::new();
        desk.ok("CreateBucket", json!({"Bucket": "bucket"}));
        desk
    }

    fn become_account(&mut self, account: &str) {
        account.clone_into(&mut self.account);
        self.caller = format!("arn:aws:iam::{account}:root");
    }

    fn become_anonymous(&mut self) {
        "anonymous".clone_into(&mut self.account);
        "anonymous".clone_into(&mut self.caller);
    }

    fn become_role(&mut self, account: &str, role: &str) {
        account.clone_into(&mut self.account);
        self.caller = format!("arn:aws:sts::{account}:assumed-role/{role}/session");
    }

    fn send(&mut self, operation: &str, input: Value, body: &[u8]) -> Result<Answer, Fault> {
        let Value::Object(input) = input else {
            panic!("an input is an object");
        };
        let call = Call {
            operation: operation.to_owned(),
            account: self.account.clone(),
            region: self.region.clone(),
            caller: self.caller.clone(),
            input,
            body: body.to_vec().into(),
            key: String::new(),
            headers: self.headers.clone(),
        };
        let mut answer = super::operation(operation).unwrap()(&mut self.world, &call)?;
        for slice in std::mem::take(&mut answer.stored) {
            self.world.blobs.read(&slice, &mut answer.body).unwrap();
        }
        Ok(answer)
    }

    fn try_(&mut self, operation: &str, input: Value) -> Result<Map<String, Value>, Fault> {
        self.send(operation, input, &[]).map(|answer| answer.output)
    }

    /// The members of an answer that must come; an absent member reads as null.
    fn ok(&mut self, operation: &str, input: Value) -> Value {
        Value::Object(self.try_(operation, input).unwrap())
    }

    /// The code and status of a refusal that must come.
    fn refusal(&mut self, operation: &str, input: Value) -> (&'static str, u16) {
        let fault = self.send(operation, input, &[]).unwrap_err();
        (fault.code, fault.status)
    }

    fn put(&mut self, key: &str, body: &[u8]) -> Value {
        let answer = self.send("PutObject", json!({"Bucket": "bucket", "Key": key}), body);
        Value::Object(answer.unwrap().output)
    }

    fn body(&mut self, input: Value) -> Vec<u8> {
        self.send("GetObject", input, &[]).unwrap().body
    }

    fn add_role(&mut self, name: &str, id: &str) -> String {
        self.add_role_of(OWNER, name, id)
    }

    fn add_role_of(&mut self, account: &str, name: &str, id: &str) -> String {
        let arn = format!("arn:aws:iam::{account}:role/{name}");
        let role = json!({
            "name": name, "id": id, "arn": arn, "path": "/", "trust": "{}", "description": null, "max_session": 3600,
            "created": 0.0, "tags": {}, "inline": {}, "attached": [], "boundary": null,
        });
        let state = self.world.iam.entry(account.to_owned()).or_default();
        state
            .roles
            .insert(name.to_owned(), serde_json::from_value(role).unwrap());
        arn
    }
}
