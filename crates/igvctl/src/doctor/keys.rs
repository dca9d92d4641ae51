//! The entries that IGV knows, and which of their values may be shown.

use crate::doctor::finding::{Page, Place, quote};
use crate::doctor::json::{Entry, Form, Span};
use crate::doctor::names;

/// When IGV reads an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// While it loads the file: a bad form discards the whole file.
    AtStart,
    /// After the login.
    AfterLogin,
    /// Never; it is there for people, or left over.
    Never,
}

/// The entries that IGV reads, and those that samples on the web hold besides.
pub(crate) const KNOWN: &[(&str, Read)] = &[
    ("auth_provider", Read::AtStart),
    ("client_id", Read::AtStart),
    ("client_secret", Read::AtStart),
    ("authorization_endpoint", Read::AtStart),
    ("token_endpoint", Read::AtStart),
    ("scope", Read::AtStart),
    ("redirect_uris", Read::AtStart),
    ("aws_region", Read::AfterLogin),
    ("aws_cognito_fed_pool_id", Read::AfterLogin),
    ("aws_cognito_role_arn", Read::AfterLogin),
    ("aws_cognito_pool_id", Read::Never),
    // Other names that IGV takes, and what other kinds of logins need.
    ("auth_uri", Read::AtStart),
    ("token_uri", Read::AtStart),
    ("redirect_uri", Read::AtStart),
    ("app_id_uri", Read::AtStart),
    ("resource", Read::AtStart),
    ("hosts", Read::AtStart),
    ("find_string", Read::AtStart),
    ("replace_string", Read::AtStart),
    ("endpoint_url", Read::AfterLogin),
    ("installed", Read::AtStart),
    ("apiKey", Read::Never),
    ("project_id", Read::Never),
    ("auth_provider_x509_cert_url", Read::Never),
];

/// A text of the config, without white space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// The text.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) place: Place,
}

/// The texts of a config that later checks need; nothing where an entry is missing or of no use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values {
    /// `auth_provider`
    pub(crate) auth_provider: Option<Said>,
    /// `client_id`
    pub(crate) client_id: Option<Said>,
    /// `client_secret`
    pub(crate) client_secret: Option<Said>,
    /// `authorization_endpoint`, or `auth_uri`, which goes before it.
    pub(crate) authorization_endpoint: Option<Said>,
    /// `token_endpoint`, or `token_uri`, which goes before it.
    pub(crate) token_endpoint: Option<Said>,
    /// `scope`
    pub(crate) scope: Option<Said>,
    /// `aws_region`
    pub(crate) aws_region: Option<Said>,
    /// `aws_cognito_fed_pool_id`
    pub(crate) identity_pool: Option<Said>,
    /// `aws_cognito_role_arn`
    pub(crate) role: Option<Said>,
    /// `aws_cognito_pool_id`
    pub(crate) user_pool: Option<Said>,
    /// The address of `redirect_uris` that IGV takes.
    pub(crate) redirect: Option<Said>,
}

/// Whether this is the name of an entry that IGV reads or that samples hold.
pub(crate) fn is_known(key: &str) -> bool {
    KNOWN.iter().any(|(name, _)| *name == key)
}

/// Whether a text may be shown: no long run of letters and digits, as in secrets, no access key, and no user in an
/// address.
pub(crate) fn is_harmless(text: &str) -> bool {
    const LONGEST_RUN: usize = 38;
    !text.contains('@')
        && !names::holds_access_key(text)
        && text
            .split(|it: char| !it.is_ascii_alphanumeric() && !"+/=".contains(it))
            .all(|run| run.len() <= LONGEST_RUN)
}

/// A text of the config for a message, if it may be shown.
pub(crate) fn shown(text: &str) -> String {
    let text = text.split('?').next().unwrap_or_default();
    if is_harmless(text) {
        quote(text)
    } else {
        "this value".to_owned()
    }
}

/// Lets the page show the names that are known, and the values that are no secrets.
pub(crate) fn uncover(entries: &[Entry], sound: bool, page: &mut Page) {
    for entry in entries {
        let known = is_known(&entry.key);
        if known || sound && is_name(&entry.key) {
            page.show(&entry.key_span);
        }
        if known && !is_secret(&entry.key) {
            uncover_value(&entry.value.form, &entry.value.span, page);
        } else {
            page.hide(&entry.value.span);
        }
    }
}

fn uncover_value(form: &Form, span: &Span, page: &mut Page) {
    match form {
        Form::Text(text) if is_harmless(text.split('?').next().unwrap_or_default()) => {
            // A query may hold anything.
            let end = match text.find('?') {
                Some(_) if text.chars().count() + 2 != span.len() => span.start,
                Some(at) => span.start + 1 + text[..at].chars().count(),
                None => span.end,
            };
            page.show(&(span.start..end));
        }
        Form::List(items) => items.iter().for_each(|it| uncover_value(&it.form, &it.span, page)),
        Form::Null | Form::Bool | Form::Number => page.show(span),
        Form::Text(_) | Form::Map(_) | Form::Missing => page.hide(span),
    }
}

/// A name of few letters, digits and signs between them.
fn is_name(key: &str) -> bool {
    key.len() <= 40 && key.chars().all(|it| it.is_ascii_alphanumeric() || "_-. ".contains(it))
}

fn is_secret(key: &str) -> bool {
    matches!(
        key,
        "client_secret" | "apiKey" | "installed" | "find_string" | "replace_string"
    )
}

/// The values that must not show up anywhere, whatever a message quotes.
pub(crate) fn secrets(entries: &[Entry]) -> Vec<String> {
    let mut secrets: Vec<String> = entries
        .iter()
        .filter(|it| is_secret(&it.key) || !is_known(&it.key))
        .filter_map(|it| match &it.value.form {
            Form::Text(text) => Some(text.trim().to_owned()),
            Form::Null | Form::Bool | Form::Number | Form::List(_) | Form::Map(_) | Form::Missing => None,
        })
        .filter(|it| it.len() >= 12)
        .collect();
    secrets.sort_by_key(|it| std::cmp::Reverse(it.len()));
    secrets
}

/// Names as a list in a sentence.
pub(crate) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
