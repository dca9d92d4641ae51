//! Which entries are missing, and which are of a form that IGV cannot read.

use crate::doctor::document::{Config, NO_MENU};
use crate::doctor::finding::{Finding, Place};
use crate::doctor::json::{Entry, Form, Span};
use crate::doctor::keys::{KNOWN, Read, Said, Values};
use crate::doctor::names;

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
