//! Whether a fresh plan stays within a saved one.

use serde_json::Value as Json;

use crate::plan::{Plan, StepKey};
use crate::show::to_json;

/// The steps of a fresh plan that are neither steps of the saved plan nor a remainder of one.
///
/// A remainder is what is left of a step that was carried out in part: a creation that now is an update towards the
/// same values, a replacement of which only the removal is left. A plan of another stack, of another kind or in
/// another format covers nothing.
pub fn unexpected(saved: &Json, fresh: &Plan) -> Vec<StepKey> {
    let none = Vec::new();
    let fresh_json = to_json(fresh);
    let same = ["format", "stack", "destroys"]
        .iter()
        .all(|name| saved[*name] == fresh_json[*name]);
    let saved_steps = saved["steps"].as_array().filter(|_| same).unwrap_or(&none);
    let fresh_steps = fresh_json["steps"].as_array().unwrap_or(&none);
    fresh
        .steps
        .iter()
        .zip(fresh_steps)
        .filter(|(step, _)| step.action.acts())
        .filter(|(_, json)| !saved_steps.iter().any(|saved| covers(saved, json)))
        .map(|(step, _)| step.key.clone())
        .collect()
}

/// Whether a saved step speaks of a fresh one.
fn covers(saved: &Json, fresh: &Json) -> bool {
    if saved["address"] != fresh["address"] {
        return false;
    }
    let same = |name: &str| saved[name] == fresh[name];
    let action = |json: &Json| json["action"].as_str().unwrap_or_default().to_owned();
    match (action(saved).as_str(), action(fresh).as_str()) {
        ("create", "create") => agrees(&saved["want"], &fresh["want"]),
        ("replace", "replace") => same("replaces") && agrees(&saved["want"], &fresh["want"]),
        // The old one is gone, and the new one is not made yet.
        ("replace", "create") => agrees(&saved["want"], &fresh["want"]),
        ("create" | "replace", "update" | "adopt") => {
            loosens_no_more(saved, fresh)
                && changes(fresh).iter().all(|change| {
                    let path = change["path"].as_str().unwrap_or_default();
                    at(&saved["want"], path).is_some_and(|want| agrees(want, &change["after"]))
                })
        }
        ("update" | "adopt", "update" | "adopt") => {
            loosens_no_more(saved, fresh)
                && changes(fresh).iter().all(|change| {
                    changes(saved)
                        .iter()
                        .any(|it| it["path"] == change["path"] && agrees(&it["after"], &change["after"]))
                })
        }
        ("delete", "delete") | ("release", "release") => same("id"),
        ("replace", "delete") => saved["replaces"] == fresh["id"] && !fresh["id"].is_null(),
        _ => false,
    }
}

fn loosens_no_more(saved: &Json, fresh: &Json) -> bool {
    let none = Vec::new();
    let names = |step: &Json| step["loosens"].as_array().unwrap_or(&none).clone();
    let saved = names(saved);
    names(fresh).iter().all(|name| saved.contains(name))
}

/// A value by the path of a change; names may hold dots themselves.
fn at<'a>(value: &'a Json, path: &str) -> Option<&'a Json> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    path.match_indices('.')
        .find_map(|(dot, _)| at(value.get(&path[..dot])?, &path[dot + 1..]))
}

fn changes(step: &Json) -> &[Json] {
    step["changes"].as_array().map_or(&[], Vec::as_slice)
}

/// Whether a saved value may have become a fresh one: references that were open may be known by now.
fn agrees(saved: &Json, fresh: &Json) -> bool {
    match (saved, fresh) {
        (Json::String(saved), Json::String(fresh)) => text_agrees(saved, fresh),
        (Json::Array(saved), Json::Array(fresh)) => {
            saved.len() == fresh.len() && fresh.iter().all(|it| saved.iter().any(|was| agrees(was, it)))
        }
        (Json::Object(saved), Json::Object(fresh)) => {
            saved.len() == fresh.len()
                && fresh
                    .iter()
                    .all(|(name, it)| saved.get(name).is_some_and(|was| agrees(was, it)))
        }
        (Json::String(open), Json::Object(fresh)) => {
            open.starts_with("{{") && open.ends_with("}}") && fresh.contains_key("secret")
        }
        (saved, fresh) => saved == fresh,
    }
}

/// Whether a text is another with its references filled in: what stands between them must be the same.
fn text_agrees(saved: &str, fresh: &str) -> bool {
    if saved == fresh {
        return true;
    }
    let mut rest = fresh;
    let mut open = false;
    let mut parts = saved;
    loop {
        let (literal, behind) = match parts.split_once("{{") {
            Some((literal, behind)) => (literal, behind.split_once("}}").map(|(_, after)| after)),
            None => (parts, None),
        };
        if open {
            match (behind, rest.find(literal)) {
                (None, _) if !parts.contains("{{") => return rest.ends_with(literal),
                (_, Some(at)) => rest = &rest[at + literal.len()..],
                (_, None) => return false,
            }
        } else {
            match rest.strip_prefix(literal) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        match behind {
            Some(after) => parts = after,
            None => return rest.is_empty(),
        }
        // The same reference may still be open in the fresh plan; it fills itself.
        open = true;
    }
}

#[cfg(test)]
mod tests {
    use super::{at, text_agrees};

    #[test]
    fn references_may_be_filled_in_and_nothing_else() {
        assert!(text_agrees("{{user_pool.main.id}}", "eu-west-1_abc"));
        assert!(text_agrees("{{user_pool.main.id}}", "{{user_pool.main.id}}"));
        assert!(text_agrees("arn:{{bucket.a.name}}/*", "arn:b/*"));
        assert!(!text_agrees("arn:{{bucket.a.name}}/*", "arn:b/c"));
        assert!(!text_agrees("arn:{{bucket.a.name}}/*", "other:b/*"));
        assert!(text_agrees("same", "same"));
        assert!(!text_agrees("same", "other"));
        assert!(!text_agrees("same", "same and more"));
        assert!(text_agrees("no {{reference", "no {{reference"));
    }

    #[test]
    fn a_path_leads_to_names_with_dots() {
        let value = serde_json::json!({"tags": {"a.b": "x", "a": {"c": "y"}}});
        assert_eq!(at(&value, "tags.a.b"), Some(&"x".into()));
        assert_eq!(at(&value, "tags.a.c"), Some(&"y".into()));
        assert_eq!(at(&value, "tags.d"), None);
    }
}
