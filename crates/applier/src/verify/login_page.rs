//! The login page: whom it takes, and where it sends people back to.
//!
//! Cognito's authorize endpoint shows no errors of its own: it sends the browser to `/login`, to `/error`, or back to
//! the callback with `error=` (Amazon Cognito Developer Guide, "The redirect and authorization endpoint").

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use spec_model::kinds::{ConfigBody, UserPoolClient};
use url::Url;

use super::checklist::{Checklist, Outcome, Topic};
use super::subject::Subject;
use crate::web::{Answer, Web, WebError};

/// A challenge of PKCE to which nobody has the answer: nothing is exchanged for a code here.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What the authorize endpoint made of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It shows the login page at this address.
    Takes(String),
    /// It refuses, with this code.
    Refuses(String),
    /// It answers with a status that says nothing about the request.
    Broken(u16),
}

/// The address that IGV opens in the browser (contract: the endpoint, and then its query, the scope raw).
pub(super) fn authorize_url(body: &ConfigBody, callback: &str, rest: &[(&str, &str)]) -> String {
    let mut url = format!(
        "{}?response_type=code&client_id={}&redirect_uri={}",
        body.authorization_endpoint,
        encoded(&body.client_id),
        encoded(callback)
    );
    for (name, value) in rest {
        url.push_str(&format!("&{name}={}", encoded(value)));
    }
    if !body.scope.is_empty() {
        url.push_str(&format!("&scope={}", body.scope));
    }
    url
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Asks the login page.
pub(super) async fn login_page(list: &mut Checklist<'_>, subject: &Subject<'_>, body: &ConfigBody) {
    let client = subject.with_output::<UserPoolClient>("id", &body.client_id);
    let callbacks: Vec<String> = match client {
        Some((_, client, _)) => client.callback_urls.into_iter().collect(),
        None => body.redirect_uris.clone(),
    };
    let web = subject.web;
    let mut page = None;
    for callback in &callbacks {
        let outcome = match asked(web, body, callback).await {
            Ok(Verdict::Takes(at)) => {
                page.get_or_insert(at);
                Outcome::passed()
            }
            Ok(Verdict::Refuses(code)) => Outcome::failed(
                format!("the login page refuses it: {code}"),
                "`igvctl plan` compares the client's callbacks and scopes with the file",
            ),
            Ok(Verdict::Broken(status)) => broken(status),
            Err(error) => Outcome::unanswered(&error),
        };
        list.add(
            Topic::LoginPage,
            format!("callback: {callback}"),
            format!("logins may return to {callback}"),
            outcome,
        );
    }
    let Some(callback) = callbacks.first() else {
        list.add(
            Topic::LoginPage,
            "callback",
            "logins may return to IGV",
            Outcome::skipped("the client is none of the file's own"),
        );
        return;
    };
    if let Some(page) = page {
        shown(list, web, &page).await;
    }
    let other = "http://localhost:1/oauthCallback";
    refused(
        list,
        "other_callback",
        "a login may return nowhere else",
        asked(web, body, other).await,
        "the login page accepts a callback that is not registered, so codes can be led elsewhere",
    );
    let stranger = ConfigBody {
        client_id: "0".repeat(26),
        ..body.clone()
    };
    refused(
        list,
        "other_client",
        "the login page knows no other client",
        asked(web, &stranger, callback).await,
        "the login page accepts a client id that does not exist",
    );
}

fn refused(list: &mut Checklist<'_>, name: &str, title: &str, answer: Result<Verdict, WebError>, why: &str) {
    let outcome = match answer {
        Ok(Verdict::Refuses(code)) => Outcome::seen(code),
        Ok(Verdict::Broken(status)) => broken(status),
        Ok(Verdict::Takes(_)) => {
            Outcome::failed(why, "look at the user pool's app clients; this is not how AWS behaves")
        }
        Err(error) => Outcome::unanswered(&error),
    };
    list.add(Topic::LoginPage, name, title, outcome);
}

fn broken(status: u16) -> Outcome {
    Outcome::failed(
        format!("the authorize endpoint answers {status}"),
        "a new domain takes a minute to answer; else `igvctl plan` shows whether it is there",
    )
}

/// A managed login page without a style answers with an error in place of a form.
async fn shown(list: &mut Checklist<'_>, web: &Web, page: &str) {
    let outcome = match web.get(page, &[]).await {
        Ok(answer) if answer.status == 200 => Outcome::passed(),
        Ok(answer) => Outcome::failed(
            format!("it answers {}: nobody can log in", answer.status),
            "write `login_page: classic` under `user_pool`, or give managed login a style, and apply",
        ),
        Err(error) => Outcome::unanswered(&error),
    };
    list.add(Topic::LoginPage, "page", "the login page appears", outcome);
}

async fn asked(web: &Web, body: &ConfigBody, callback: &str) -> Result<Verdict, WebError> {
    let rest = [
        ("state", "igvctl"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let url = web.address(&authorize_url(body, callback, &rest));
    let answer = web.get(&url, &[]).await?;
    Ok(verdict(&url, &answer))
}

/// What an answer of the authorize endpoint means.
pub(super) fn verdict(url: &str, answer: &Answer) -> Verdict {
    match (answer.status, answer.header("location")) {
        (300..=399, Some(location)) => {
            let Some(to) = Url::parse(url).ok().and_then(|it| it.join(location).ok()) else {
                return Verdict::Refuses(format!("a redirect to `{location}`, which is no address"));
            };
            let error = to.query_pairs().find(|(name, _)| name == "error");
            if let Some((_, code)) = error {
                return Verdict::Refuses(code.into_owned());
            }
            if to.path().trim_end_matches('/').ends_with("/error") {
                return Verdict::Refuses("an error without a name".to_owned());
            }
            Verdict::Takes(to.to_string())
        }
        (200, _) => Verdict::Takes(url.to_owned()),
        (400..=403, _) => Verdict::Refuses(format!("HTTP {}", answer.status)),
        (status, _) => Verdict::Broken(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://igv.auth.eu-west-1.amazoncognito.com/oauth2/authorize?client_id=a";

    fn answer(status: u16, location: &str) -> Answer {
        let location = (!location.is_empty()).then(|| ("location".to_owned(), location.to_owned()));
        Answer {
            status,
            headers: location.into_iter().collect(),
            body: Vec::new(),
        }
    }

    #[test]
    fn the_answers_of_cognito_are_understood() {
        let host = "https://igv.auth.eu-west-1.amazoncognito.com";
        for (status, location, wanted) in [
            (
                302,
                "/login?client_id=a",
                Verdict::Takes(format!("{host}/login?client_id=a")),
            ),
            (
                302,
                "https://igv.auth.eu-west-1.amazoncognito.com/error?error=redirect_mismatch&client_id=a",
                Verdict::Refuses("redirect_mismatch".to_owned()),
            ),
            (
                302,
                "http://localhost:60151/oauthCallback?error=invalid_scope&state=igvctl",
                Verdict::Refuses("invalid_scope".to_owned()),
            ),
            (302, "/error", Verdict::Refuses("an error without a name".to_owned())),
            (200, "", Verdict::Takes(URL.to_owned())),
            (400, "", Verdict::Refuses("HTTP 400".to_owned())),
            (404, "", Verdict::Broken(404)),
            (
                302,
                "https://[",
                Verdict::Refuses("a redirect to `https://[`, which is no address".to_owned()),
            ),
        ] {
            assert_eq!(verdict(URL, &answer(status, location)), wanted);
        }
    }
}
