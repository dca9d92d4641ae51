//! The text of a policy as JSON, for what must be known of it before it is a policy: its statements, and values that
//! are one text or many.

use serde_json::Value;

/// The statements of a document, which may hold one without a list.
pub(crate) fn statements(document: &Value) -> Vec<&Value> {
    let member = &document["Statement"];
    match member.as_array() {
        Some(list) => list.iter().collect(),
        None => (!member.is_null()).then_some(member).into_iter().collect(),
    }
}

/// The texts of a member that may be a text or a list of texts.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Number(number) => vec![number.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

/// Whether a text matches a pattern in which `*` stands for any run of characters and `?` for one.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            retry = Some((p + 1, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == b'?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((after_star, at)) = retry {
            retry = Some((after_star, at + 1));
            p = after_star;
            t = at + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}
