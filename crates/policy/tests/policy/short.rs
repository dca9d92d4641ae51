//! A short form for documents and requests, so that many cases fit on a page.
//!
//! A document is statements parted by ` ; `, each of words: `Allow` or `Deny`, `Action=a,b` (also `NotAction`,
//! `Resource`, `NotResource`), `Principal=*` or `Principal=AWS:x,Service:y` (also `NotPrincipal`), and conditions
//! `Operator(key)=a|b`. A leading `2008` makes the old language. `@x` is `arn:aws:s3:::x`, `1`, `2` are accounts.
//!
//! A request is `who action resource key=a|b …`, who being `user:ann`, `role:Reader/ann`, `root`, `service:…`,
//! `provider:…` or `nobody`; `user2:` and `role2:` and `root2` are of another account.

use policy::{Document, PrincipalId, Request};
use serde_json::{Map, Value, json};

pub(crate) const ONE: &str = "111122223333";
pub(crate) const TWO: &str = "444455556666";

pub(crate) fn document(text: &str) -> Document {
    let (version, text) = match text.strip_prefix("2008 ") {
        Some(rest) => ("2008-10-17", rest),
        None => ("2012-10-17", text),
    };
    let statements: Vec<Value> = text.split(" ; ").map(statement).collect();
    let json = json!({"Version": version, "Statement": statements});
    Document::from_json(&json).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn statement(text: &str) -> Value {
    let mut map = Map::new();
    let mut conditions = Map::new();
    for word in text.split_whitespace() {
        if word == "Allow" || word == "Deny" {
            map.insert("Effect".into(), word.into());
        } else if let Some((operator, rest)) = word.split_once('(') {
            let (key, values) = rest.split_once(")=").unwrap();
            let values: Vec<String> = values.split('|').filter(|value| !value.is_empty()).map(arn).collect();
            let block = conditions.entry(operator).or_insert_with(|| json!({}));
            block[key] = json!(values);
        } else {
            let (element, values) = word.split_once('=').unwrap();
            if element.ends_with("Principal") && values != "*" {
                let mut kinds = Map::new();
                for value in values.split(',') {
                    let (kind, name) = value.split_once(':').unwrap();
                    let list = kinds.entry(kind).or_insert_with(|| json!([]));
                    list.as_array_mut().unwrap().push(name_of(name).into());
                }
                map.insert(element.into(), kinds.into());
            } else if values == "*" || element == "Sid" {
                map.insert(element.into(), values.into());
            } else {
                map.insert(element.into(), parts(values).map(arn).collect::<Vec<_>>().into());
            }
        }
    }
    if !conditions.is_empty() {
        map.insert("Condition".into(), conditions.into());
    }
    map.into()
}

/// Splits a list at its commas, but not before the default of a variable (`${k,'x'}`).
fn parts(values: &str) -> impl Iterator<Item = &str> {
    let comma = |(at, c): (usize, char)| (c == ',' && !values[at + 1..].starts_with('\'')).then_some(at);
    let ends: Vec<usize> = values.char_indices().filter_map(comma).chain([values.len()]).collect();
    let mut start = 0;
    ends.into_iter()
        .map(move |end| &values[std::mem::replace(&mut start, end + 1)..end])
}

fn name_of(name: &str) -> String {
    match name {
        "1" => ONE.into(),
        "2" => TWO.into(),
        "root" => format!("arn:aws:iam::{ONE}:root"),
        _ if name.starts_with("user/") || name.starts_with("role/") => format!("arn:aws:iam::{ONE}:{name}"),
        _ if name.starts_with("session/") => name.replace("session/", &format!("arn:aws:sts::{ONE}:assumed-role/")),
        _ => name.into(),
    }
}

fn arn(text: &str) -> String {
    text.strip_prefix('@')
        .map_or_else(|| text.to_owned(), |rest| format!("arn:aws:s3:::{rest}"))
}

pub(crate) fn request(text: &str) -> Request {
    let mut words = text.split_whitespace();
    let who = words.next().unwrap();
    let (kind, name) = who.split_once(':').unwrap_or((who, ""));
    let account = if kind.ends_with('2') { TWO } else { ONE };
    let principal = match kind.trim_end_matches('2') {
        "user" => PrincipalId::User(format!("arn:aws:iam::{account}:user/{name}")),
        "role" => {
            let (role, session) = name.rsplit_once('/').unwrap();
            PrincipalId::Role {
                role: format!("arn:aws:iam::{account}:role/{role}"),
                session: session.into(),
            }
        }
        "root" => PrincipalId::Account(account.into()),
        "service" => PrincipalId::Service(name.into()),
        "provider" => PrincipalId::Federated(name.into()),
        "nobody" => PrincipalId::Anonymous,
        other => panic!("{other}"),
    };
    let (action, resource) = (words.next().unwrap(), words.next().unwrap());
    let mut request = Request::new(principal, action, arn(resource));
    for word in words {
        let (key, values) = word.split_once('=').unwrap();
        for value in values.split('|') {
            request = request.with(key, arn(value));
        }
    }
    request
}
