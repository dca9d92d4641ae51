//! ETags and checksums.
//!
//! An object that came without a checksum gets CRC64NVME. Only the CRC family has a checksum of
//! the whole for an object uploaded in parts, because CRCs of parts can be combined; with SHA it
//! is a checksum of checksums with `-<parts>` behind it (Amazon S3 User Guide, "Checking object
//! integrity"; measured: floci-io/floci#3083).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::{CrcAlgorithm, checksum_combine};
use md5::Md5;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::gate;
use crate::body::Body;
use crate::call::{Call, Fault};
use crate::protocol::wire::hex;

/// A checksum algorithm that the sandbox computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
    Sha512,
    Md5,
}

/// What a checksum is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Of all bytes.
    FullObject,
    /// Of the checksums of the parts.
    Composite,
}

/// A checksum of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksum {
    /// The algorithm.
    pub(crate) algorithm: Algorithm,
    /// What it is of.
    pub(crate) kind: Kind,
    /// The value in base64, with `-<parts>` behind it where it is composite.
    pub(crate) value: String,
}

/// The algorithms by AWS's names; the last ones AWS knows and the sandbox does not compute.
const NAMES: [(&str, Option<Algorithm>); 10] = [
    ("CRC32", Some(Algorithm::Crc32)),
    ("CRC32C", Some(Algorithm::Crc32c)),
    ("CRC64NVME", Some(Algorithm::Crc64Nvme)),
    ("SHA1", Some(Algorithm::Sha1)),
    ("SHA256", Some(Algorithm::Sha256)),
    ("SHA512", Some(Algorithm::Sha512)),
    ("MD5", Some(Algorithm::Md5)),
    ("XXHASH64", None),
    ("XXHASH3", None),
    ("XXHASH128", None),
];

impl Algorithm {
    /// AWS's name.
    pub(super) fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(_, algorithm)| *algorithm == Some(self))
            .map_or("", |(name, _)| name)
    }

    /// The algorithm of a name.
    pub(super) fn named(name: &str) -> Result<Self, Fault> {
        match NAMES.iter().find(|(known, _)| *known == name) {
            Some((_, Some(algorithm))) => Ok(*algorithm),
            Some((_, None)) => Err(gate::not_implemented()),
            None => Err(gate::invalid_request(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types",
            )),
        }
    }

    /// The checksum of bytes, in base64.
    pub(super) fn of(self, bytes: &[u8]) -> String {
        STANDARD.encode(self.raw(bytes))
    }

    /// The checksum of a body, in base64.
    pub(super) fn of_body(self, body: &Body) -> String {
        STANDARD.encode(body.digest(self.name(), |bytes| self.raw(bytes)))
    }

    fn raw(self, bytes: &[u8]) -> Vec<u8> {
        let crc = |algorithm| crc_fast::checksum(algorithm, bytes);
        let low = |crc: u64| crc.to_be_bytes()[4..].to_vec();
        match self {
            Self::Crc32 => low(crc(CrcAlgorithm::Crc32IsoHdlc)),
            Self::Crc32c => low(crc(CrcAlgorithm::Crc32Iscsi)),
            Self::Crc64Nvme => crc(CrcAlgorithm::Crc64Nvme).to_be_bytes().to_vec(),
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
            Self::Md5 => Md5::digest(bytes).to_vec(),
        }
    }

    /// How many bytes its values have.
    fn width(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// The kind of checksum that an upload in parts gets unless it says otherwise.
    pub(super) fn usual_kind(self) -> Kind {
        if self == Self::Crc64Nvme {
            Kind::FullObject
        } else {
            Kind::Composite
        }
    }

    /// Whether an upload in parts can have a checksum of this kind.
    pub(super) fn allows(self, kind: Kind) -> bool {
        match kind {
            Kind::FullObject => matches!(self, Self::Crc32 | Self::Crc32c | Self::Crc64Nvme),
            Kind::Composite => self != Self::Crc64Nvme,
        }
    }

    /// The checksum of the whole out of the parts' checksums and lengths.
    pub(super) fn joined(self, kind: Kind, parts: &[(String, u64)]) -> String {
        let raw = |value: &str| STANDARD.decode(value).unwrap_or_default();
        let crc = match self {
            Self::Crc32 => CrcAlgorithm::Crc32IsoHdlc,
            Self::Crc32c => CrcAlgorithm::Crc32Iscsi,
            // The others have no checksum of the whole, which `allows` sees to.
            Self::Crc64Nvme | Self::Sha1 | Self::Sha256 | Self::Sha512 | Self::Md5 => CrcAlgorithm::Crc64Nvme,
        };
        match kind {
            Kind::Composite => {
                let all: Vec<u8> = parts.iter().flat_map(|(value, _)| raw(value)).collect();
                format!("{}-{}", self.of(&all), parts.len())
            }
            Kind::FullObject => {
                let number = |value: &str| raw(value).iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
                let whole = parts
                    .iter()
                    .map(|(value, size)| (number(value), *size))
                    .reduce(|(left, length), (right, size)| (checksum_combine(crc, left, right, size), length + size))
                    .map_or(0, |(crc, _)| crc);
                STANDARD.encode(&whole.to_be_bytes()[8 - self.width()..])
            }
        }
    }
}

impl Kind {
    /// AWS's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }

    /// The kind of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::FullObject, Self::Composite]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

impl Checksum {
    /// The checksum of a whole object.
    pub(super) fn full(algorithm: Algorithm, body: &Body) -> Self {
        Self {
            algorithm,
            kind: Kind::FullObject,
            value: algorithm.of_body(body),
        }
    }

    /// Writes the value and its type into an answer.
    pub(super) fn show(&self, output: &mut Map<String, Value>) {
        output.insert(member(self.algorithm), Value::from(self.value.as_str()));
        output.insert("ChecksumType".to_owned(), Value::from(self.kind.name()));
    }
}

/// Computes in advance what every object needs, and what a long one should not keep others waiting for.
pub(crate) fn warm(body: &Body) {
    std::thread::scope(|scope| {
        scope.spawn(|| body.md5());
        Algorithm::Crc64Nvme.of_body(body);
        body.sha256();
    });
}

/// The member of the model that holds values of an algorithm.
pub(super) fn member(algorithm: Algorithm) -> String {
    format!("Checksum{}", algorithm.name())
}

/// The MD5 of bytes, in hexadecimal.
pub(super) fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// The checksum value that a call carries, as a member or as a trailing header.
pub(super) fn sent(call: &Call) -> Result<Option<(Algorithm, String)>, Fault> {
    let mut found = Vec::new();
    for (name, algorithm) in NAMES {
        let header = format!("x-amz-checksum-{}", name.to_ascii_lowercase());
        let value = call.text(&format!("Checksum{name}")).or_else(|| {
            call.headers
                .iter()
                .find(|(key, _)| *key == header)
                .map(|(_, value)| value.as_str())
        });
        if let Some(value) = value {
            found.push((algorithm.ok_or_else(gate::not_implemented)?, value.to_owned()));
        }
    }
    if found.len() > 1 {
        return Err(gate::invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ));
    }
    Ok(found.pop())
}

/// Checks the body of a call against everything the call says of it, and tells the declared algorithm.
pub(super) fn verify(call: &Call) -> Result<Option<Algorithm>, Fault> {
    if let Some(sent) = call.text("ContentMD5") {
        let well_formed = STANDARD.decode(sent).is_ok_and(|bytes| bytes.len() == 16);
        if !well_formed {
            return Err(
                Fault::new("InvalidDigest", 400, "The Content-MD5 you specified was invalid.")
                    .with("Content-MD5", sent),
            );
        }
        if sent != Algorithm::Md5.of_body(&call.body) {
            return Err(Fault::new(
                "BadDigest",
                400,
                "The Content-MD5 you specified did not match what we received.",
            ));
        }
    }
    let declared = call.text("ChecksumAlgorithm").map(Algorithm::named).transpose()?;
    let Some((algorithm, value)) = sent(call)? else {
        let trailing = call.headers.iter().any(|(name, _)| name == "x-amz-trailer");
        if declared.is_some() && !trailing {
            return Err(gate::invalid_request(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
            ));
        }
        return Ok(declared);
    };
    let header = algorithm.name().to_ascii_lowercase();
    if STANDARD.decode(&value).map(|bytes| bytes.len()) != Ok(algorithm.width()) {
        return Err(gate::invalid_request(format!(
            "Value for x-amz-checksum-{header} header is invalid."
        )));
    }
    if declared.is_some_and(|declared| declared != algorithm) {
        return Err(gate::invalid_request(format!(
            "Value for x-amz-sdk-checksum-algorithm header is invalid, expected {}.",
            algorithm.name()
        )));
    }
    if value != algorithm.of_body(&call.body) {
        return Err(bad_digest(algorithm));
    }
    Ok(Some(algorithm))
}

/// The refusal of bytes that do not have the checksum they came with.
pub(super) fn bad_digest(algorithm: Algorithm) -> Fault {
    Fault::new(
        "BadDigest",
        400,
        format!(
            "The {} you specified did not match the calculated checksum.",
            algorithm.name()
        ),
    )
}
