//! What a service sees of a request, and what it answers: plain values, no HTTP.
//!
//! The protocol layer has checked `input` against AWS's published model before a service
//! sees it: required members are there, types, ranges, lengths, patterns and enums hold.

use std::fmt;

use serde_json::{Map, Value};

use crate::blobs::Slice;
use crate::body::Body;
use crate::world::World;

/// An operation: a pure function over the world.
pub(crate) type Operation = fn(&mut World, &Call) -> Result<Answer, Fault>;

/// One request to one operation, already parsed.
#[derive(Clone)]
pub(crate) struct Call {
    /// The operation's name as AWS's model spells it (`CreateUserPool`).
    pub(crate) operation: String,
    /// The caller's account, twelve digits; `anonymous` for an unsigned call to S3. For other calls without a
    /// signature (`caller` is `anonymous`) account and region are guesses: what the call names may be anywhere.
    pub(crate) account: String,
    /// The region the request was signed for.
    pub(crate) region: String,
    /// The caller's ARN (`arn:aws:iam::111122223333:root` unless it assumed a role).
    pub(crate) caller: String,
    /// The access key id that the caller signed with; empty without a signature. Sessions of one role have one ARN,
    /// so only the key says which it is.
    pub(crate) key: String,
    /// The input members under their model names; blobs are base64 text, timestamps epoch seconds.
    pub(crate) input: Map<String, Value>,
    /// The bytes of a streaming input member (`PutObject`, `UploadPart`), else empty.
    pub(crate) body: Body,
    /// Request headers by lower-case name, for what no model member carries.
    pub(crate) headers: Vec<(String, String)>,
}

impl fmt::Debug for Call {
    /// Members, bodies and headers may be secret, so of these nothing is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Call {{ {} by {} in {}, {} }}",
            self.operation, self.caller, self.account, self.region
        )
    }
}

impl Call {
    /// A text member, if it was sent.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.input.get(member).and_then(Value::as_str)
    }

    /// A text member that the model requires; empty when it was not sent, which the model check rules out.
    pub(crate) fn required(&self, member: &str) -> &str {
        self.text(member).unwrap_or_default()
    }

    /// A whole number, if it was sent.
    pub(crate) fn int(&self, member: &str) -> Option<i64> {
        self.input.get(member).and_then(Value::as_i64)
    }

    /// A boolean, if it was sent.
    pub(crate) fn flag(&self, member: &str) -> Option<bool> {
        self.input.get(member).and_then(Value::as_bool)
    }
}

/// What an operation answers.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    /// The output members under their model names; timestamps are epoch seconds.
    pub(crate) output: Map<String, Value>,
    /// The bytes of a streaming output member, else empty.
    pub(crate) body: Vec<u8>,
    /// Bytes of such a member that are stored (`GetObject`): they are read after the world is let go.
    pub(crate) stored: Vec<Slice>,
    /// An HTTP status that differs from the model's (`206` for a range, `304`).
    pub(crate) status: Option<u16>,
    /// Response headers that no model member carries (`access-control-allow-origin`).
    pub(crate) headers: Vec<(String, String)>,
}

impl fmt::Debug for Answer {
    /// An answer may hold secrets, so only the names of its members are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer {:?}", self.output.keys().collect::<Vec<_>>())
    }
}

impl Answer {
    /// An answer without members.
    pub(crate) fn empty() -> Self {
        Self::default()
    }
}

impl From<Value> for Answer {
    /// Takes the members of a JSON object; anything else is an answer without members.
    fn from(value: Value) -> Self {
        let output = if let Value::Object(members) = value {
            members
        } else {
            Map::new()
        };
        Self {
            output,
            ..Self::default()
        }
    }
}

/// An AWS error: the code is the fact, the message what AWS is known to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// AWS's error code, for example `InvalidParameterException`.
    pub(crate) code: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The message.
    pub(crate) message: String,
    /// Further elements of the error document or response headers (S3's `BucketName`, `x-amz-bucket-region`).
    pub(crate) extra: Vec<(&'static str, String)>,
}

impl Fault {
    /// An error with the given code, HTTP status and message.
    pub(crate) fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self {
            code,
            status,
            message: message.into(),
            extra: Vec::new(),
        }
    }

    /// Adds an element of the error document, or a response header where the name begins with `x-amz-`.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.extra.push((name, value.into()));
        self
    }
}
