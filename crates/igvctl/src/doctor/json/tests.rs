//! The reader against serde_json, on a config that is cut off and changed at every place.

use serde_json::Value as Json;

use super::*;

const CONFIG: &str = r#"{
  "auth_provider": "Amazon",
  "client_id": "1example23456789abcdefghij", "expires": [1, -2.5e3, true, false, null, {}, []],
  "token_endpoint": "https:\/\/igv-demo.example.org\/oauth2\/token",
  "scope": "openid%20email \u00e9 \ud83e\uddec \" \\ \b\f\n\r\t", "nested": {"a": [{"b": []}]}
}
"#;

/// The same value for serde_json; nothing where something is missing.
fn value(node: &Node, text: &[char]) -> Option<Json> {
    Some(match &node.form {
        Form::Null => Json::Null,
        Form::Bool | Form::Number => {
            let word: String = text[node.span.clone()].iter().collect();
            serde_json::from_str(&word).ok()?
        }
        Form::Text(text) => Json::from(text.as_str()),
        Form::List(items) => items.iter().map(|it| value(it, text)).collect::<Option<_>>()?,
        Form::Map(entries) => entries
            .iter()
            .map(|it| Some((it.key.clone(), value(&it.value, text)?)))
            .collect::<Option<serde_json::Map<_, _>>>()?
            .into(),
        Form::Missing => return None,
    })
}

/// Both readers agree on whether this is JSON, and on what it says. The one thing that only ours minds is a name that
/// occurs twice.
fn agree(text: &str) {
    let ours = read(text);
    let sound = ours
        .defects
        .iter()
        .all(|it| matches!(it.kind, DefectKind::DuplicateKey { .. }));
    let letters: Vec<char> = text.chars().collect();
    for defect in &ours.defects {
        assert!(
            defect.span.start <= defect.span.end && defect.span.end <= letters.len() + 1,
            "{text}"
        );
    }
    match serde_json::from_str::<Json>(text) {
        Ok(theirs) if theirs.is_object() || theirs.is_array() => {
            assert!(sound, "{text}\n{:?}", ours.defects);
            assert_eq!(ours.root.and_then(|it| value(&it, &letters)), Some(theirs), "{text}");
        }
        Ok(_) | Err(_) => assert!(!sound, "{text}"),
    }
}

#[test]
fn what_is_cut_off_anywhere_is_understood_as_by_serde() {
    agree(CONFIG);
    let ends: Vec<usize> = CONFIG.char_indices().map(|it| it.0).collect();
    for end in ends {
        agree(&CONFIG[..end]);
        agree(&CONFIG[end..]);
    }
}

#[test]
fn what_is_changed_anywhere_is_understood_as_by_serde() {
    let letters: Vec<char> = CONFIG.chars().collect();
    for at in 0..letters.len() {
        let before: String = letters[..at].iter().collect();
        let behind: String = letters[at + 1..].iter().collect();
        agree(&format!("{before}{behind}"));
        for other in "{}[]:,\"'\\#=;x0 -\u{1}\n”é".chars() {
            agree(&format!("{before}{other}{behind}"));
            agree(&format!("{before}{other}{}{behind}", letters[at]));
        }
    }
}

#[test]
fn what_nests_without_an_end_is_no_trouble() {
    for opening in ["[", "{\"a\":", "[{\"a\":", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{"] {
        let read = read(&opening.repeat(100_000));
        assert!(
            read.defects.iter().any(|it| it.kind == DefectKind::TooDeep),
            "{opening}"
        );
    }
}
