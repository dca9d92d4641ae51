//! Single values as text: in XML, forms, headers and addresses.
//!
//! A moment is epoch seconds in our values. On the wire it is ISO 8601 in bodies and an HTTP date in headers.

use serde_json::Value;

use crate::model::{Kind, Shape};

/// Where a text stands, which decides how moments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a body: ISO 8601, whole seconds where the moment is whole (IAM, STS).
    Body,
    /// In a body, always with milliseconds (S3, CloudFront).
    BodyMillis,
    /// In a header or an address.
    Header,
}

/// A text as a value of this shape; `None` where it is not one.
pub(crate) fn parse(shape: &Shape, text: &str) -> Option<Value> {
    match shape.kind {
        Kind::String | Kind::Blob => Some(Value::from(text)),
        Kind::Integer => text.trim().parse::<i32>().ok().map(Value::from),
        Kind::Long => text.trim().parse::<i64>().ok().map(Value::from),
        Kind::Float | Kind::Double => text
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|it| it.is_finite())
            .map(Value::from),
        Kind::Boolean => match text.trim() {
            it if it.eq_ignore_ascii_case("true") => Some(Value::from(true)),
            it if it.eq_ignore_ascii_case("false") => Some(Value::from(false)),
            _ => None,
        },
        Kind::Timestamp => moment(text.trim()).map(Value::from),
        Kind::Structure | Kind::List | Kind::Map => None,
    }
}

/// The moment that a text says, in any of AWS's three ways.
fn moment(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Some(seconds);
    }
    let stamp = text
        .parse::<jiff::Timestamp>()
        .ok()
        .or_else(|| jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()))?;
    Some(seconds_of(stamp))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit")]
fn seconds_of(stamp: jiff::Timestamp) -> f64 {
    stamp.as_millisecond() as f64 / 1000.0
}

/// A value of this shape as text.
pub(crate) fn format(shape: &Shape, value: &Value, place: Place) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) if shape.kind == Kind::Timestamp => {
            let way = shape.timestamp.as_deref().unwrap_or(match place {
                Place::Header => "rfc822",
                Place::Body | Place::BodyMillis => "iso8601",
            });
            write_moment(number.as_f64().unwrap_or_default(), way, place)
        }
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

fn write_moment(seconds: f64, way: &str, place: Place) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a moment of this era fits")]
    let millis = (seconds * 1000.0).round() as i64;
    let Ok(stamp) = jiff::Timestamp::from_millisecond(millis) else {
        return String::new();
    };
    let form = match way {
        "rfc822" => "%a, %d %b %Y %H:%M:%S GMT",
        "unixTimestamp" => "%s",
        _ if place == Place::BodyMillis => "%Y-%m-%dT%H:%M:%S.%3fZ",
        _ => "%Y-%m-%dT%H:%M:%SZ",
    };
    stamp.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::model::Model;

    #[test]
    fn moments_are_read_in_three_ways_and_written_as_the_place_wants() {
        for text in ["2026-11-24T16:43:00Z", "Tue, 24 Nov 2026 16:43:00 GMT", "1795538580"] {
            assert_eq!(moment(text), Some(1_795_538_580.0), "{text}");
        }
        let shape = Model::of("iam").unwrap().shape("dateType");
        let value = Value::from(1_795_538_580.25);
        assert_eq!(format(shape, &value, Place::Body), "2026-11-24T16:43:00Z");
        assert_eq!(format(shape, &value, Place::BodyMillis), "2026-11-24T16:43:00.250Z");
        assert_eq!(format(shape, &value, Place::Header), "Tue, 24 Nov 2026 16:43:00 GMT");
    }
}
