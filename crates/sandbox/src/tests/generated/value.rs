//! Values out of the model: the smallest valid one of a shape, and ones that break it in one way.

use serde_json::{Map, Value, json};

use crate::model::{Kind, Model, Shape};

/// Texts of which each pattern of AWS's has one that fits.
const TEXTS: [&str; 28] = [
    "a",
    "us-east-1_aaaaaaaaa",
    "us-east-1:00000000-0000-4000-a000-000000000000",
    "arn:aws:iam::111122223333:role/aaaa",
    "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_aaaaaaaaa",
    "/",
    "111122223333",
    "1",
    "123456",
    "aaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa",
    "{}",
    "*",
    "a@example.org",
    "https://example.org",
    "s3:GetObject",
    "A.a-A_a",
    "+15550100",
    "#000000",
    "00000000-0000-4000-a000-000000000000",
    "a.example.org",
    "{####}",
    "authenticated",
    "v1",
    "arn:aws:cloudfront::111122223333:key-value-store/00000000-0000-4000-a000-000000000000",
    "arn:aws:cloudfront::111122223333:function/a",
    "arn:aws:lambda:us-east-1:111122223333:function:a",
    "arn:aws:lambda:us-east-1:111122223333:function:a:1",
];

/// The smallest valid value of a shape; texts of members that name something are taken from `names`.
pub(super) fn smallest(model: &Model, name: &str, member: &str, names: &Map<String, Value>, depth: usize) -> Value {
    let shape = model.shape(name);
    if let Some(known) = names.get(member).filter(|_| matches!(shape.kind, Kind::String)) {
        return known.clone();
    }
    match shape.kind {
        Kind::String => Value::from(text(shape).unwrap_or_else(|| panic!("no text for {name}: {:?}", shape.pattern))),
        Kind::Blob => json!("AAAA"),
        Kind::Integer | Kind::Long => json!(shape.min.unwrap_or(1.0).max(1.0) as i64),
        Kind::Float | Kind::Double => json!(shape.min.unwrap_or(1.0)),
        Kind::Boolean => json!(false),
        Kind::Timestamp => json!(1_790_000_000),
        Kind::List => {
            let one = shape.element.as_ref().unwrap();
            let count = shape.min.unwrap_or(1.0).max(1.0) as usize;
            let element = smallest(model, &one.shape, member.trim_end_matches('s'), names, depth + 1);
            Value::Array(vec![element; count])
        }
        Kind::Map => {
            let (key, value) = (shape.key.as_ref().unwrap(), shape.value.as_ref().unwrap());
            let key = smallest(model, &key.shape, "", names, depth + 1);
            let value = smallest(model, &value.shape, "", names, depth + 1);
            json!({ key.as_str().unwrap(): value })
        }
        Kind::Structure if shape.document => json!({}),
        Kind::Structure => Value::Object(members(model, shape, names, depth)),
    }
}

/// The required members of a structure; the first of a union.
pub(super) fn members(model: &Model, shape: &Shape, names: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    assert!(depth < 20, "a shape that requires itself");
    let union = shape
        .members
        .first()
        .filter(|_| shape.union)
        .map(|member| &member.member);
    shape
        .members
        .iter()
        .filter(|member| !member.held.streaming)
        .filter(|member| shape.required.contains(&member.member) || union == Some(&member.member))
        .map(|member| {
            let value = smallest(model, &member.held.shape, &member.member, names, depth + 1);
            (member.member.clone(), value)
        })
        .collect()
}

/// A valid text of a shape.
fn text(shape: &Shape) -> Option<String> {
    if let Some(first) = shape.allowed.first() {
        return Some(first.clone());
    }
    let (min, max) = (shape.min.unwrap_or(0.0) as usize, shape.max.unwrap_or(1e9) as usize);
    let fits = |text: &String| (min..=max).contains(&text.len()) && shape.matches(text);
    let padded = |text: &str| format!("{text}{}", "a".repeat(min.saturating_sub(text.len())));
    TEXTS
        .iter()
        .map(|text| (*text).to_owned())
        .chain(TEXTS.iter().map(|text| padded(text)))
        .find(fits)
}

/// Texts, numbers and lists that a shape does not allow, each with what it breaks.
pub(super) fn wrong(shape: &Shape) -> Vec<(&'static str, Value)> {
    let mut wrong = Vec::new();
    let (min, max) = (shape.min.unwrap_or(0.0), shape.max.unwrap_or(f64::MAX));
    match shape.kind {
        Kind::String => {
            if !shape.allowed.is_empty() {
                wrong.push(("enum", json!("no-such-value")));
            }
            let length = |length: f64| "a".repeat(length as usize);
            if max < 20_000.0 {
                wrong.push(("too long", json!(length(max + 1.0))));
            }
            if min > 0.0 {
                wrong.push(("too short", json!(length(min - 1.0))));
            }
            let odd = ["!", " ", "~", "a a", "\u{e9}", "<", "_", "-"];
            let odd = odd.iter().map(|text| text.repeat((min as usize).max(1)));
            if shape.allowed.is_empty() {
                wrong.extend(
                    odd.filter(|text| !shape.matches(text) && (text.len() as f64) <= max)
                        .take(1)
                        .map(|text| ("pattern", Value::from(text))),
                );
            }
        }
        Kind::Integer | Kind::Long | Kind::Float | Kind::Double => {
            if max < f64::from(i32::MAX) {
                wrong.push(("too great", json!(max as i64 + 1)));
            }
            if shape.min.is_some() && min > f64::from(i32::MIN) {
                wrong.push(("too small", json!(min as i64 - 1)));
            }
        }
        Kind::Structure | Kind::List | Kind::Map | Kind::Blob | Kind::Boolean | Kind::Timestamp => {}
    }
    wrong
}
