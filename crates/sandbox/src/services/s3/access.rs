//! What a bucket policy says about a request, and whether it makes the bucket public.
//!
//! A policy counts as public by what it *could* let in, not by whom it names: an `Allow` for
//! everybody is public unless a condition pins it to fixed values of a few keys. A service
//! principal, such as CloudFront's, is not "everybody".

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Principal {
    /// Nobody in particular: an unsigned request.
    Anonymous,
    /// A user, role session or root of an account.
    Aws {
        /// The account.
        account: String,
        /// The ARN that STS would show.
        arn: String,
    },
    /// An AWS service.
    Service(String),
}

/// What is asked, for a policy to judge.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Who asks.
    pub(crate) principal: Principal,
    /// The IAM action, `s3:GetObject`.
    pub(crate) action: String,
    /// The ARN of the bucket or object.
    pub(crate) resource: String,
    /// Values of condition keys, the keys in lower case.
    pub(crate) keys: BTreeMap<String, String>,
}

/// What a policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// A statement allows and none denies.
    Allowed,
    /// A statement denies.
    Denied,
    /// No statement applies.
    Silent,
}

/// Judges a request by a policy document.
pub(crate) fn evaluate(policy: &str, request: &Request) -> Decision {
    let document: Value = serde_json::from_str(policy).unwrap_or_default();
    let mut decision = Decision::Silent;
    for statement in statements(&document) {
        if applies(statement, request) {
            if statement["Effect"] == "Deny" {
                return Decision::Denied;
            }
            decision = Decision::Allowed;
        }
    }
    decision
}

/// Whether a policy document grants to the public, in the sense of the public access block.
pub(crate) fn is_public(policy: &str) -> bool {
    let document: Value = serde_json::from_str(policy).unwrap_or_default();
    statements(&document)
        .into_iter()
        .any(|statement| statement["Effect"] == "Allow" && names_everybody(statement) && !pinned(statement))
}

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

fn applies(statement: &Value, request: &Request) -> bool {
    let who = match (&statement["Principal"], &statement["NotPrincipal"]) {
        (Value::Null, Value::Null) => false,
        (Value::Null, not) => !matches_principal(not, &request.principal),
        (one, _) => matches_principal(one, &request.principal),
    };
    let action = request.action.to_ascii_lowercase();
    let what = one_of(statement, "Action", |pattern| {
        glob(&pattern.to_ascii_lowercase(), &action)
    });
    let on = one_of(statement, "Resource", |pattern| {
        filled(pattern, &request.keys).is_some_and(|pattern| glob(&pattern, &request.resource))
    });
    who && what && on && conditions_hold(&statement["Condition"], &request.keys)
}

/// Whether a member, or its `Not` twin turned round, matches.
fn one_of(statement: &Value, member: &str, matches: impl Fn(&str) -> bool) -> bool {
    match (&statement[member], &statement[format!("Not{member}").as_str()]) {
        (Value::Null, Value::Null) => false,
        (Value::Null, not) => !texts(not).iter().any(|pattern| matches(pattern)),
        (one, _) => texts(one).iter().any(|pattern| matches(pattern)),
    }
}

fn matches_principal(member: &Value, principal: &Principal) -> bool {
    if member == "*" {
        return !matches!(principal, Principal::Service(_));
    }
    match principal {
        Principal::Anonymous => texts(&member["AWS"]).iter().any(|name| name == "*"),
        Principal::Service(service) => texts(&member["Service"]).contains(service),
        Principal::Aws { account, arn } => texts(&member["AWS"]).iter().any(|name| {
            name == "*"
                || name == account
                || name == arn
                || is_root_of(name, account)
                || role_of(arn).is_some_and(|role| {
                    name.split(':').nth(4) == Some(account)
                        && name.contains(":role/")
                        && name.rsplit('/').next() == Some(role)
                })
        }),
    }
}

fn is_root_of(name: &str, account: &str) -> bool {
    name.strip_suffix(":root")
        .and_then(|rest| rest.rsplit(':').next())
        .is_some_and(|owner| owner == account)
}

/// The role's name in `arn:aws:sts::111122223333:assumed-role/name/session`.
fn role_of(arn: &str) -> Option<&str> {
    arn.split_once(":assumed-role/")?.1.split('/').next()
}

/// Puts the values of keys in the place of `${key}`; a key without a value matches nothing.
fn filled(pattern: &str, keys: &BTreeMap<String, String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}')?;
        out.push_str(before);
        match name {
            "*" | "?" | "$" => out.push_str(name),
            key => out.push_str(keys.get(&key.to_ascii_lowercase())?),
        }
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

fn conditions_hold(conditions: &Value, keys: &BTreeMap<String, String>) -> bool {
    let Some(operators) = conditions.as_object() else {
        return true;
    };
    operators.iter().all(|(operator, tests)| {
        tests.as_object().is_some_and(|tests| {
            tests
                .iter()
                .all(|(key, wanted)| holds(operator, keys.get(&key.to_ascii_lowercase()), &texts(wanted), keys))
        })
    })
}

/// One test of a condition. Every key here has one value, so the set operators differ only for a missing key.
fn holds(operator: &str, value: Option<&String>, wanted: &[String], keys: &BTreeMap<String, String>) -> bool {
    let (any, operator) = strip(operator, "ForAnyValue:");
    let (all, operator) = strip(operator, "ForAllValues:");
    if operator == "Null" {
        return wanted.iter().any(|flag| (flag == "true") == value.is_none());
    }
    let (operator, if_exists) = operator
        .strip_suffix("IfExists")
        .map_or((operator, false), |operator| (operator, true));
    let negated = operator.contains("Not");
    let Some(value) = value else {
        // A missing key fails a positive test and passes a negated one, `IfExists` and `ForAllValues`.
        return if_exists || all || (negated && !any);
    };
    let matched = wanted
        .iter()
        .filter_map(|wanted| filled(wanted, keys))
        .any(|wanted| compares(&operator.replace("Not", ""), value, &wanted));
    matched != negated
}

fn strip<'a>(text: &'a str, prefix: &str) -> (bool, &'a str) {
    text.strip_prefix(prefix).map_or((false, text), |rest| (true, rest))
}

fn compares(operator: &str, value: &str, wanted: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    let ordered = |test: fn(&f64, &f64) -> bool| {
        number(value)
            .zip(number(wanted))
            .is_some_and(|(value, wanted)| test(&value, &wanted))
    };
    let dated = |test: fn(&jiff::Timestamp, &jiff::Timestamp) -> bool| {
        let date = |text: &str| text.parse::<jiff::Timestamp>().ok();
        date(value)
            .zip(date(wanted))
            .is_some_and(|(value, wanted)| test(&value, &wanted))
    };
    match operator {
        "StringEquals" => value == wanted,
        "StringEqualsIgnoreCase" | "Bool" => value.eq_ignore_ascii_case(wanted),
        "StringLike" | "ArnLike" | "ArnEquals" => glob(wanted, value),
        "NumericEquals" => ordered(|value, wanted| (value - wanted).abs() < f64::EPSILON),
        "NumericLessThan" => ordered(f64::lt),
        "NumericLessThanEquals" => ordered(f64::le),
        "NumericGreaterThan" => ordered(f64::gt),
        "NumericGreaterThanEquals" => ordered(f64::ge),
        "DateEquals" => dated(jiff::Timestamp::eq),
        "DateLessThan" => dated(jiff::Timestamp::lt),
        "DateLessThanEquals" => dated(jiff::Timestamp::le),
        "DateGreaterThan" => dated(jiff::Timestamp::gt),
        "DateGreaterThanEquals" => dated(jiff::Timestamp::ge),
        // `NotIpAddress` arrives here without its `Not`.
        "IpAddress" => in_network(value, wanted),
        _ => false,
    }
}

fn in_network(address: &str, network: &str) -> bool {
    let (base, length) = network.split_once('/').unwrap_or((network, ""));
    match (address.parse::<IpAddr>(), base.parse::<IpAddr>()) {
        (Ok(IpAddr::V4(address)), Ok(IpAddr::V4(base))) => {
            let length: u32 = length.parse().unwrap_or(32);
            u32::from(address).checked_shr(32 - length.min(32)).unwrap_or_default()
                == u32::from(base).checked_shr(32 - length.min(32)).unwrap_or_default()
        }
        (Ok(IpAddr::V6(address)), Ok(IpAddr::V6(base))) => {
            let length: u32 = length.parse().unwrap_or(128);
            u128::from(address)
                .checked_shr(128 - length.min(128))
                .unwrap_or_default()
                == u128::from(base).checked_shr(128 - length.min(128)).unwrap_or_default()
        }
        _ => false,
    }
}

fn names_everybody(statement: &Value) -> bool {
    if !statement["NotPrincipal"].is_null() {
        return true;
    }
    let principal = &statement["Principal"];
    principal == "*" || texts(&principal["AWS"]).iter().any(|name| name == "*")
}

/// The condition keys that can make a grant to everybody "not public" (Amazon S3 User Guide, "The meaning of public").
const PINNING: [&str; 16] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Whether a condition pins a grant to fixed values: no wildcard, no variable, no missing key let through.
fn pinned(statement: &Value) -> bool {
    let Some(operators) = statement["Condition"].as_object() else {
        return false;
    };
    operators.iter().any(|(operator, tests)| {
        let positive = !operator.contains("Not") && !operator.ends_with("IfExists") && !operator.starts_with("ForAll");
        positive
            && tests.as_object().is_some_and(|tests| {
                tests.iter().any(|(key, values)| {
                    let key = key.to_ascii_lowercase();
                    let values = texts(values);
                    PINNING.contains(&key.as_str())
                        && !values.is_empty()
                        && values.iter().all(|value| is_fixed(&key, value))
                })
            })
    })
}

fn is_fixed(key: &str, value: &str) -> bool {
    match key {
        // Wider networks than these count as the public.
        "aws:sourceip" => match value.split_once('/') {
            None => value.parse::<IpAddr>().is_ok(),
            Some((base, length)) => {
                let length: u8 = length.parse().unwrap_or_default();
                if base.contains(':') { length >= 32 } else { length >= 8 }
            }
        },
        "aws:userid" => value
            .strip_suffix(":*")
            .map_or(!value.contains(['*', '?']), |role| !role.contains(['*', '?'])),
        // The account part of an ARN decides; what follows it may have wildcards.
        "aws:sourcearn" | "aws:principalarn" | "s3:dataaccesspointarn" => {
            let account = value.split(':').nth(4).unwrap_or_default();
            !value.contains("${") && !account.is_empty() && !account.contains(['*', '?'])
        }
        _ => !value.contains(['*', '?']) && !value.contains("${"),
    }
}
