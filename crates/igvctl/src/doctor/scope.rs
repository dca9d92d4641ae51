//! The scope, which IGV puts into the login address as it is.

use crate::doctor::finding::Finding;
use crate::doctor::keys::{Values, shown};

/// Checks it.
pub(crate) fn check(values: &Values, findings: &mut Vec<Finding>) {
    let Some(said) = &values.scope else { return };
    let here = |finding: Finding| finding.at(said.place.clone());
    let write = "write `openid%20email`";
    if said.text.contains(char::is_whitespace) {
        findings.push(
            here(Finding::error("scope-spaces", "a space inside `scope`"))
                .why("IGV puts the text into the login address as it is, and an address with a space does not open: nothing happens on *Login*, and igv0.log has a URISyntaxException")
                .change(write),
        );
    }
    if said.text.contains("%25") {
        findings.push(
            here(Finding::error("scope-encoded", "`scope` is percent-encoded twice"))
                .why("Cognito sees `%20` in the place of the space and answers `invalid_scope`")
                .change(write),
        );
        return;
    }
    if said.text.contains(',') || said.text.contains(';') {
        findings.push(
            here(Finding::error("scope-commas", "commas inside `scope`"))
                .why("scopes are separated by spaces, written `%20`; Cognito answers `invalid_scope`")
                .change(write),
        );
        return;
    }
    if said.text.contains('+') {
        findings.push(
            here(Finding::note("scope-plus", "`+` between scopes"))
                .why("IGV puts the text into the login address as it is, where `+` mostly means a space")
                .change(write),
        );
    }
    let decoded = percent_encoding::percent_decode_str(&said.text)
        .decode_utf8_lossy()
        .replace('+', " ");
    let scopes: Vec<&str> = decoded.split_whitespace().collect();
    for needed in ["openid", "email"] {
        if scopes.contains(&needed) {
            continue;
        }
        if let Some(other) = scopes.iter().find(|it| it.eq_ignore_ascii_case(needed)) {
            findings.push(
                here(Finding::error(
                    "scope-case",
                    format!("the scope {} is written `{needed}`", shown(other)),
                ))
                .why("Cognito answers `invalid_scope`, and the login page does not open")
                .change(write),
            );
            continue;
        }
        let why = if needed == "openid" {
            format!("Cognito then sends no id token, without which IGV gets nothing from AWS: {NO_LOGIN_LATER}")
        } else {
            format!("the id token then has no address, by which IGV names the session with AWS: {NO_LOGIN_LATER}")
        };
        findings.push(
            here(Finding::error(
                "scope-missing",
                format!("the scope `{needed}` is missing"),
            ))
            .why(why)
            .change(write),
        );
    }
    for unwanted in &scopes {
        let why = match *unwanted {
            "openid" | "email" => continue,
            other if ["openid", "email"].iter().any(|it| it.eq_ignore_ascii_case(other)) => continue,
            "profile" => {
                "it puts names into the id token, and IGV decodes that with plain Base64: people with some names outside of ASCII cannot log in"
            }
            "aws.cognito.signin.user.admin" => {
                "it puts all attributes of a person into the tokens, names too, and lets whoever has the token change them; IGV needs neither"
            }
            "phone" => "IGV does not need the telephone number that it asks for",
            "offline_access" => "Cognito does not know it and answers `invalid_scope`: the login page does not open",
            _ => "IGV does not need it; if the client does not allow it, Cognito answers `invalid_scope`",
        };
        let what = format!("the scope {} is not needed", shown(unwanted));
        let finding = match *unwanted {
            "offline_access" => Finding::error("scope-unneeded", what),
            "profile" | "aws.cognito.signin.user.admin" => Finding::warning("scope-unneeded", what),
            _ => Finding::note("scope-unneeded", what),
        };
        findings.push(here(finding).why(why).change(write));
    }
}

/// How it shows that something is missing in the id token.
const NO_LOGIN_LATER: &str = "the login seems to work, and nothing of S3 does; igv0.log has a NullPointerException";
