//! The names of a config's entries: what IGV reads, what is missing, misspelt, of another type or left over.

use crate::doctor::document::{Config, NO_MENU};
use crate::doctor::finding::{Finding, Page, Place, quote};
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

/// Checks names and forms, and picks the texts that later checks need.
pub(crate) fn check(config: &Config, findings: &mut Vec<Finding>) -> Values {
    let mut taken = Taken {
        config,
        meant: Vec::new(),
    };
    if config.sound {
        taken.meant = names::misspelt(config, findings);
    }
    let auth_uri = taken.text("auth_uri", findings);
    let token_uri = taken.text("token_uri", findings);
    let authorization_endpoint = taken.either("authorization_endpoint", "auth_uri", auth_uri, findings);
    let token_endpoint = taken.either("token_endpoint", "token_uri", token_uri, findings);
    let values = Values {
        auth_provider: taken.required("auth_provider", findings),
        client_id: taken.required("client_id", findings),
        client_secret: taken.text("client_secret", findings),
        authorization_endpoint,
        token_endpoint,
        scope: taken.required("scope", findings),
        aws_region: taken.required("aws_region", findings),
        identity_pool: taken.required("aws_cognito_fed_pool_id", findings),
        role: taken.required("aws_cognito_role_arn", findings),
        user_pool: taken.text("aws_cognito_pool_id", findings),
        redirect: taken.redirect(findings),
    };
    if !taken.is_there("client_secret") && config.whole {
        findings.push(
            Finding::warning("public-client", "there is no `client_secret`")
                .at(config.page.place(&opening(&config.span)))
                .why("that is right for a client without a secret and IGV 2.17.0 or later. IGV up to 2.16.2 then sends the text `null` when it renews the login, and people are logged out each hour; and if the client has a secret, no login works: the browser says \"Authorization successful\", and igv0.log \"Server returned HTTP response code: 400\"")
                .change("if the client has a secret, add it; else ask for IGV 2.17.0 or later"),
        );
    }
    names::left_over(config, findings);
    names::out_of_place(config, findings);
    values
}

fn opening(span: &Span) -> Span {
    span.start..span.start + 1
}

struct Taken<'a> {
    config: &'a Config,
    /// The entries that a misspelt name stands for.
    meant: Vec<&'static str>,
}

impl Taken<'_> {
    /// The entry of a name; of several, IGV takes the last.
    fn entry(&self, key: &str) -> Option<&Entry> {
        self.config.entries.iter().rev().find(|it| it.key == key)
    }

    fn is_there(&self, key: &str) -> bool {
        self.entry(key).is_some() || self.meant.contains(&key)
    }

    fn place(&self, entry: &Entry) -> Place {
        let span = &entry.value.span;
        self.config
            .page
            .place(if span.is_empty() { &entry.key_span } else { span })
    }

    /// An entry that must be there.
    fn required(&self, key: &'static str, findings: &mut Vec<Finding>) -> Option<Said> {
        if !self.is_there(key) && self.config.whole {
            findings.push(missing(key).at(self.config.page.place(&opening(&self.config.span))));
        }
        self.text(key, findings)
    }

    /// An endpoint under its name, or under the other name that IGV takes and that goes before it.
    fn either(
        &self,
        key: &'static str,
        other: &'static str,
        before: Option<Said>,
        findings: &mut Vec<Finding>,
    ) -> Option<Said> {
        let Some(before) = before else {
            if self.entry(other).is_some() {
                return None;
            }
            return self.required(key, findings);
        };
        if let Some(hidden) = self.text(key, findings)
            && hidden.text != before.text
        {
            findings.push(
                Finding::warning("key-hidden", format!("`{other}` says something else than `{key}`"))
                    .at(before.place.clone())
                    .why(format!(
                        "IGV takes `{other}` where both are there, and never reads `{key}`"
                    ))
                    .change(format!("remove `{other}`, and look whether `{key}` is right")),
            );
        }
        Some(before)
    }

    /// A text, after what is wrong with its form was said.
    fn text(&self, key: &'static str, findings: &mut Vec<Finding>) -> Option<Said> {
        let entry = self.entry(key)?;
        let place = self.place(entry);
        let read = KNOWN
            .iter()
            .find(|(name, _)| *name == key)
            .map_or(Read::Never, |it| it.1);
        match &entry.value.form {
            Form::Text(text) => said(key, text, place, findings),
            Form::Missing => None,
            _ if read == Read::Never => None,
            Form::Null => {
                let change = if key == "client_secret" {
                    "a client without a secret has no `client_secret` here: remove the line".to_owned()
                } else {
                    format!("write the value of `{key}` in quotes")
                };
                findings.push(
                    Finding::error("key-null", format!("`{key}` is `null`"))
                        .at(place)
                        .why(broken(read))
                        .change(change),
                );
                None
            }
            Form::Bool | Form::Number => {
                findings.push(
                    Finding::warning("key-type", format!("`{key}` is a text, and this has no quotes"))
                        .at(place)
                        .why("IGV 2.x takes it for a text all the same; the betas of 3.0 refuse it")
                        .change("write it in double quotes"),
                );
                None
            }
            Form::List(_) | Form::Map(_) => {
                let is = if matches!(entry.value.form, Form::List(_)) {
                    "a list"
                } else {
                    "an object"
                };
                let change = if key == "scope" {
                    "write one text: `\"openid%20email\"`".to_owned()
                } else {
                    format!("write one text in quotes: `\"{key}\": \"…\"`")
                };
                findings.push(
                    Finding::error("key-type", format!("`{key}` is a text, and this is {is}"))
                        .at(place)
                        .why(broken(read))
                        .change(change),
                );
                None
            }
        }
    }

    /// The callback that IGV is told to use.
    fn redirect(&self, findings: &mut Vec<Finding>) -> Option<Said> {
        let Some(entry) = self.entry("redirect_uris") else {
            return self.text("redirect_uri", findings);
        };
        let place = self.place(entry);
        let why = || format!("IGV from 2.17.0 on refuses the whole file: {NO_MENU}. Earlier releases never read it");
        match &entry.value.form {
            Form::List(items) => match items.first() {
                Some(first) => match &first.form {
                    Form::Text(text) => said("redirect_uris", text, self.config.page.place(&first.span), findings),
                    Form::Null | Form::Bool | Form::Number | Form::List(_) | Form::Map(_) | Form::Missing => {
                        findings.push(
                            Finding::error("key-type", "the first of `redirect_uris` is no text")
                                .at(place)
                                .why(why())
                                .change("remove `redirect_uris`: IGV then uses its own port"),
                        );
                        None
                    }
                },
                None => {
                    findings.push(
                        Finding::error("key-empty", "`redirect_uris` is an empty list")
                            .at(place)
                            .why(why())
                            .change("remove it: IGV then uses its own port"),
                    );
                    None
                }
            },
            Form::Missing => None,
            Form::Null | Form::Bool | Form::Number | Form::Text(_) | Form::Map(_) => {
                findings.push(
                    Finding::error("key-type", "`redirect_uris` is a list, and this is none")
                        .at(place)
                        .why(why())
                        .change("remove it: IGV then uses its own port. Else write `[\"http://localhost:60151/oauthCallback\"]`"),
                );
                None
            }
        }
    }
}

/// What a bad form of an entry leads to.
fn broken(read: Read) -> String {
    match read {
        Read::AtStart => format!("IGV discards the whole file: {NO_MENU}"),
        Read::AfterLogin | Read::Never => {
            "the Amazon menu is there, but nothing of S3 works after the login; igv0.log has an exception".to_owned()
        }
    }
}

/// A text: empty, with white space around it, or a placeholder.
fn said(key: &str, text: &str, place: Place, findings: &mut Vec<Finding>) -> Option<Said> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        let why = if key == "client_secret" {
            "IGV sends an empty secret, and the token endpoint answers `invalid_client`: the browser says \"Authorization successful\", and IGV is not logged in"
        } else {
            "IGV takes the empty text as it is, and the login or the first look at S3 fails"
        };
        let change = if key == "client_secret" || key == "redirect_uris" {
            "remove it, or write its value"
        } else {
            "write its value"
        };
        findings.push(
            Finding::error("key-empty", format!("`{key}` is empty"))
                .at(place)
                .why(why)
                .change(change),
        );
        return None;
    }
    if is_placeholder(trimmed) {
        findings.push(
            Finding::error("placeholder", format!("`{key}` was never filled in"))
                .at(place)
                .why("IGV takes the placeholder for the value, so no login works")
                .change(format!("write the value of `{key}`")),
        );
        return None;
    }
    if trimmed.len() != text.len() {
        findings.push(
            Finding::error(
                "value-spaces",
                format!("white space before or behind the value of `{key}`"),
            )
            .at(place.clone())
            .why("IGV takes it for a part of the value, which then is unknown to AWS")
            .change("remove it"),
        );
    }
    Some(Said {
        text: trimmed.to_owned(),
        place,
    })
}

/// Whether a text stands where a value is to be filled in.
fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let between = |open: &str, close: &str| {
        lower
            .split_once(open)
            .is_some_and(|(_, rest)| rest.split_once(close).is_some_and(|(name, _)| !name.is_empty()))
    };
    // What other languages write for nothing, where it got into quotes or was never in any.
    if ["none", "nil", "null", "undefined"].contains(&lower.as_str()) {
        return true;
    }
    let letters: Vec<char> = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let same = letters.len() >= 3 && letters.iter().all(|it| *it == 'x');
    between("<", ">")
        || between("${", "}")
        || between("{{", "}}")
        || same
        || lower.contains("xxxxx")
        || [
            "your-",
            "your_",
            "your ",
            "replace-",
            "replace_",
            "replace me",
            "changeme",
            "change_me",
            "todo",
        ]
        .iter()
        .any(|it| lower.starts_with(it))
}

/// Why an entry must be there.
fn missing(key: &str) -> Finding {
    let what = format!("`{key}` is missing");
    let discards = format!("IGV discards the whole file without it: {NO_MENU}");
    let later = |call: &str| {
        format!("the Amazon menu is there, but after the login {call} fails; igv0.log has a NullPointerException")
    };
    match key {
        "auth_provider" => Finding::error("key-missing", what)
            .why("IGV does not take the file for one of Amazon, and shows no Amazon menu")
            .change("add `\"auth_provider\": \"Amazon\"`"),
        "scope" => Finding::warning("key-missing", what)
            .why("IGV asks for no scope, and Cognito then grants every scope of the client: with `profile` some names break the login, without `openid` and `email` none works")
            .change("add `\"scope\": \"openid%20email\"`"),
        "aws_region" => Finding::error("key-missing", what)
            .why(later("everything with AWS"))
            .change("add the region of the identity pool and the buckets, such as `\"aws_region\": \"ap-southeast-2\"`"),
        "aws_cognito_fed_pool_id" => Finding::error("key-missing", what)
            .why(later("asking for an identity"))
            .change("add the id of the identity pool, which looks like `ap-southeast-2:01234567-89ab-cdef-0123-456789abcdef`"),
        "aws_cognito_role_arn" => Finding::error("key-missing", what)
            .why(later("assuming the role"))
            .change("add the ARN of the role for signed-in people, with its path, as the console of IAM shows it"),
        "authorization_endpoint" => Finding::error("key-missing", what)
            .why(discards)
            .change("add `https://<domain>/oauth2/authorize`, with the domain of the user pool"),
        "token_endpoint" => Finding::error("key-missing", what)
            .why(discards)
            .change("add `https://<domain>/oauth2/token`, with the domain of the user pool"),
        _ => Finding::error("key-missing", what)
            .why(discards)
            .change("add the id of the app client"),
    }
}

/// Names as a list in a sentence.
pub(crate) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
