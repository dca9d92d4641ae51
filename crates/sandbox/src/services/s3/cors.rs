//! What a browser is told about reading from other origins.
//!
//! A rule must fit as a whole: origin, method and every header that is asked for. Without one, a
//! preflight is refused, and a read is answered without the headers: S3 leaves the refusing to
//! the browser.

use serde_json::Value;

use super::policy_text::glob;
use super::{Bucket, gate};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

type Headers = Vec<(String, String)>;

/// A browser's question whether it may ask.
pub(super) fn preflight(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let bucket = gate::find(&world.s3, call.required("Bucket"))?;
    let bad = |message: String| Fault::new("BadRequest", 400, message);
    let origin = header(call, "origin")
        .ok_or_else(|| bad("Insufficient information. Origin request header needed.".to_owned()))?;
    let method = header(call, "access-control-request-method")
        .ok_or_else(|| bad("Invalid Access-Control-Request-Method: null".to_owned()))?;
    let asked: Vec<String> = header(call, "access-control-request-headers")
        .unwrap_or_default()
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    let refused = |message: &str| Fault::new("AccessForbidden", 403, message).with("Method", method);
    let rules = rules(bucket).ok_or_else(|| refused("CORSResponse: CORS is not enabled for this bucket."))?;
    let rule = rules
        .iter()
        .find(|rule| fits(rule, origin, method, &asked))
        .ok_or_else(|| {
            refused(
                "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
            )
        })?;
    let mut headers = answer_headers(rule, origin);
    if !asked.is_empty() {
        headers.push(("access-control-allow-headers".to_owned(), asked.join(", ")));
    }
    Ok(Answer {
        status: Some(200),
        headers,
        ..Answer::empty()
    })
}

/// The headers of an answer to a request that came from another origin.
pub(super) fn of_request(bucket: &Bucket, call: &Call, method: &str) -> Headers {
    let Some(origin) = header(call, "origin") else {
        return Vec::new();
    };
    rules(bucket)
        .and_then(|rules| rules.iter().find(|rule| fits(rule, origin, method, &[])))
        .map(|rule| answer_headers(rule, origin))
        .unwrap_or_default()
}

fn header<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    call.headers
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn rules(bucket: &Bucket) -> Option<&Vec<Value>> {
    bucket.settings.get("CORSConfiguration")?["CORSRules"].as_array()
}

fn texts<'r>(rule: &'r Value, member: &str) -> impl Iterator<Item = &'r str> {
    rule[member].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn fits(rule: &Value, origin: &str, method: &str, asked: &[String]) -> bool {
    texts(rule, "AllowedOrigins").any(|pattern| glob(pattern, origin))
        && texts(rule, "AllowedMethods").any(|allowed| allowed == method)
        && asked
            .iter()
            .all(|name| texts(rule, "AllowedHeaders").any(|pattern| glob(&pattern.to_ascii_lowercase(), name)))
}

fn answer_headers(rule: &Value, origin: &str) -> Headers {
    let joined = |member: &str| texts(rule, member).collect::<Vec<_>>().join(", ");
    let mut headers = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            headers.push((name.to_owned(), value));
        }
    };
    if texts(rule, "AllowedOrigins").any(|pattern| pattern == "*") {
        add("access-control-allow-origin", "*".to_owned());
    } else {
        add("access-control-allow-origin", origin.to_owned());
        add("access-control-allow-credentials", "true".to_owned());
    }
    add("access-control-allow-methods", joined("AllowedMethods"));
    add("access-control-expose-headers", joined("ExposeHeaders"));
    add(
        "access-control-max-age",
        rule["MaxAgeSeconds"]
            .as_i64()
            .map(|age| age.to_string())
            .unwrap_or_default(),
    );
    add(
        "vary",
        "Origin, Access-Control-Request-Headers, Access-Control-Request-Method".to_owned(),
    );
    headers
}
