//! The protocols: HTTP to an operation and plain values, and back.

pub(crate) mod chunked;
pub(crate) mod errors;
pub(crate) mod json;
pub(crate) mod query;
pub(crate) mod rest;
pub(crate) mod route;
pub(crate) mod scalar;
#[cfg(test)]
mod tests;
pub(crate) mod wire;
pub(crate) mod xml;

use serde_json::{Map, Value};

use crate::call::{Answer, Fault};
use crate::model::{Model, Operation, Protocol};
use crate::protocol::route::Target;
use crate::protocol::wire::{Reply, Wire};

/// A request as plain values.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// The members under their model names.
    pub(crate) members: Map<String, Value>,
    /// The bytes of a streaming member.
    pub(crate) body: Vec<u8>,
}

/// How a service spells errors, which differs between the two that speak REST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// awsJson.
    Json,
    /// Query.
    Query,
    /// S3's REST.
    S3,
    /// CloudFront's REST.
    CloudFront,
}

impl Style {
    /// The style of a service.
    pub(crate) fn of(model: &Model) -> Self {
        match model.protocol {
            Protocol::Json => Self::Json,
            Protocol::Query => Self::Query,
            Protocol::RestXml if model.service == "s3" => Self::S3,
            Protocol::RestXml => Self::CloudFront,
        }
    }
}

/// Reads the input of an operation off the wire.
pub(crate) fn read(target: &Target, operation: &Operation, wire: &mut Wire) -> Result<Input, Fault> {
    match target.model.protocol {
        Protocol::Json => json::read(target.model, operation, &wire.body),
        Protocol::Query => query::read(target.model, operation, &target.form),
        Protocol::RestXml => rest::read(target, operation, wire),
    }
}

/// Writes an answer.
pub(crate) fn write(target: &Target, operation: &Operation, answer: Answer, request_id: &str) -> Reply {
    match target.model.protocol {
        Protocol::Json => json::write(operation, &answer, request_id),
        Protocol::Query => query::write(target.model, &target.name, operation, &answer, request_id),
        Protocol::RestXml => rest::write(target.model, &target.name, operation, answer, request_id),
    }
}
