//! The login page: whether it knows the client, and takes its callback and scopes.

use applier::web::Answer;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::doctor::finding::{Finding, quote};
use crate::doctor::keys::{Said, Values, shown};
use crate::doctor::live::{Asking, host, silent};

/// The challenge of RFC 7636's example: its verifier is of no use to anybody, as no code is ever redeemed.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Opens the login page as IGV does; gives whether the client is known.
pub(crate) async fn check(
    asking: &mut Asking<'_>,
    values: &Values,
    url: &Url,
    client: &Said,
    callback: &str,
    endpoint: &Said,
    findings: &mut Vec<Finding>,
) -> bool {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let scope = values.scope.as_ref().map(|it| {
        // A literal space was said already; the rest goes as it stands, which is what IGV does.
        format!("&scope={}", it.text.replace(char::is_whitespace, "%20"))
    });
    let asked = format!(
        "{url}?state=igvctl-doctor&redirect_uri={}&client_id={}&response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256{}",
        encoded(callback),
        encoded(&client.text),
        scope.unwrap_or_default()
    );
    asking.announce(&host(url), "whether it knows the client and takes IGV's callback");
    let answer = match asking.web.get(&asked, &[]).await {
        Ok(answer) => answer,
        Err(error) => {
            findings.push(silent(&error, "the login page", &endpoint.place));
            return false;
        }
    };
    // A page without a host is at the host that was really asked.
    let here = Url::parse(&asking.web.address(url.as_str())).unwrap_or_else(|_| url.clone());
    let verdict = verdict(&here, &answer, callback);
    match &verdict {
        Verdict::Login(page) => {
            login_page(asking, page.as_ref(), &host(url), &answer, endpoint, findings).await;
            return true;
        }
        Verdict::Callback => findings.push(
            Finding::error(
                "callback-refused",
                format!("the client does not take the callback {}", quote(callback)),
            )
            .at(values
                .redirect
                .as_ref()
                .map_or_else(|| client.place.clone(), |it| it.place.clone()))
            .why("callbacks are compared letter by letter: the login page says `redirect_mismatch`")
            .change("add exactly this callback to the app client, or give IGV the port of one that is there"),
        ),
        Verdict::Client => findings.push(
            Finding::error(
                "client-unknown",
                format!("{} does not know the client {}", host(url), shown(&client.text)),
            )
            .at(client.place.clone())
            .why("the login page shows an error in the place of a login")
            .change("copy the client's id anew; if it is right, the domain belongs to another user pool"),
        ),
        Verdict::Scope => {
            let place = values.scope.as_ref().map_or(&endpoint.place, |it| &it.place);
            findings.push(
                Finding::error("scope-refused", "the client does not allow these scopes")
                    .at(place.clone())
                    .why("Cognito answers `invalid_scope` in the place of a login page")
                    .change("write `openid%20email`, and allow both on the app client"),
            );
            return true;
        }
        Verdict::Grant => findings.push(
            Finding::error("grant-refused", "the client does not allow the code grant")
                .at(client.place.clone())
                .why("IGV asks for `response_type=code`; Cognito answers `unauthorized_client`")
                .change("allow the authorization code grant on the app client"),
        ),
        Verdict::Missing => findings.push(
            Finding::error(
                "login-page",
                format!("there is no login page: status {}", answer.status),
            )
            .at(endpoint.place.clone())
            .why("the browser shows an error in the place of a login")
            .change("look for a slip in the address; in Cognito, the user pool needs a domain"),
        ),
        Verdict::Other(what) => findings.push(
            Finding::error("login-page", format!("the login page says {}", quote(what)))
                .at(endpoint.place.clone())
                .why("the browser shows that in the place of a login")
                .change("look at the app client's callbacks, scopes and grants"),
        ),
    }
    false
}

/// What the authorize endpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// It leads to a login: to this page, or it is one.
    Login(Option<Url>),
    /// The callback is not the client's.
    Callback,
    /// There is no such client.
    Client,
    /// A scope is not the client's.
    Scope,
    /// The client does not allow the code grant.
    Grant,
    /// There is nothing.
    Missing,
    /// An error of another kind.
    Other(String),
}

/// Reads an answer of the authorize endpoint. Cognito sends people on to `/login`, or to `/error?error=…`, or with an
/// error to the callback.
fn verdict(url: &Url, answer: &Answer, callback: &str) -> Verdict {
    match answer.status {
        200 => Verdict::Login(None),
        300..400 => match answer.header("location").and_then(|it| url.join(it).ok()) {
            Some(location) => {
                let of = |name: &str| {
                    location
                        .query_pairs()
                        .find(|it| it.0 == name)
                        .map(|it| it.1.into_owned())
                };
                let error = of("error").unwrap_or_default();
                if location.path().ends_with("/error") {
                    // Its own page speaks of the client and the callback only; anything else is told to the callback.
                    match named(&error, "") {
                        Verdict::Other(_) => Verdict::Client,
                        verdict @ (Verdict::Login(_)
                        | Verdict::Callback
                        | Verdict::Client
                        | Verdict::Scope
                        | Verdict::Grant
                        | Verdict::Missing) => verdict,
                    }
                } else if !error.is_empty() {
                    named(&error, &of("error_description").unwrap_or_default())
                } else if location.as_str().starts_with(callback) {
                    // Somebody with a session would come back at once; we have none.
                    Verdict::Login(None)
                } else {
                    Verdict::Login(Some(location))
                }
            }
            None => Verdict::Other(format!("status {} without an address", answer.status)),
        },
        404 => Verdict::Missing,
        status => {
            let text = answer.text();
            match [
                "redirect_mismatch",
                "Client does not exist",
                "invalid_scope",
                "unauthorized_client",
            ]
            .iter()
            .find(|it| text.contains(**it))
            {
                Some(word) => named(word, ""),
                None => Verdict::Other(format!("status {status}")),
            }
        }
    }
}

fn named(error: &str, description: &str) -> Verdict {
    let said = format!("{error} {description}").to_ascii_lowercase();
    if said.contains("redirect_mismatch") {
        Verdict::Callback
    } else if said.contains("invalid_scope") {
        Verdict::Scope
    } else if said.contains("client does not exist") || said.contains("client_id") {
        Verdict::Client
    } else if said.contains("unauthorized_client") || said.contains("unsupported_response_type") {
        Verdict::Grant
    } else {
        Verdict::Other([error, description].join(" ").trim().chars().take(100).collect())
    }
}

/// Whether the login page is one that people can log in on.
async fn login_page(
    asking: &mut Asking<'_>,
    page: Option<&Url>,
    host: &str,
    answer: &Answer,
    endpoint: &Said,
    findings: &mut Vec<Finding>,
) {
    let text = match page {
        None => answer.text(),
        Some(page) => {
            asking.announce(host, "for its login page");
            match asking.web.get(page.as_str(), &[]).await {
                Ok(answer) if answer.status == 200 => answer.text(),
                // Another redirect leads to another login, such as a company's.
                Ok(answer) if (300..400).contains(&answer.status) => return,
                Ok(answer) => {
                    findings.push(
                        Finding::error(
                            "login-page",
                            format!("the login page answers {}, not 200", answer.status),
                        )
                        .at(endpoint.place.clone())
                        .why("the browser shows an error in the place of a login")
                        .change("open *Amazon > Login* in IGV and look at what the page says"),
                    );
                    return;
                }
                Err(error) => {
                    findings.push(silent(&error, "the login page", &endpoint.place));
                    return;
                }
            }
        }
    };
    if text.contains("Login pages unavailable") {
        findings.push(
            Finding::error("login-page", "the page says \"Login pages unavailable\"")
                .at(endpoint.place.clone())
                .why("the domain has managed login (version 2), and the client has no style, so nobody can log in")
                .change("make a style for the app client, or set the domain to the classic login page"),
        );
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn answer(status: u16, location: &str) -> Verdict {
        let url = Url::parse("https://igv-demo.auth.ap-southeast-2.amazoncognito.com/oauth2/authorize").unwrap();
        let headers = if location.is_empty() {
            Vec::new()
        } else {
            vec![("location".to_owned(), location.to_owned())]
        };
        let answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        verdict(&url, &answer, "http://localhost:60151/oauthCallback")
    }

    #[test]
    fn answers_of_cognito_are_understood() {
        assert!(matches!(
            answer(
                302,
                "/login?client_id=abc&redirect_uri=http://localhost:60151/oauthCallback"
            ),
            Verdict::Login(Some(_))
        ));
        assert_eq!(
            answer(302, "/error?error=redirect_mismatch&client_id=abc"),
            Verdict::Callback
        );
        assert_eq!(
            answer(302, "/error?error=Client+does+not+exist.&client_id=abc"),
            Verdict::Client
        );
        assert_eq!(
            answer(302, "/error?error=invalid_request&client_id=abc"),
            Verdict::Client
        );
        assert_eq!(
            answer(302, "/error?error=unauthorized_client&client_id=abc"),
            Verdict::Grant
        );
        assert_eq!(
            answer(
                302,
                "http://localhost:60151/oauthCallback?error=invalid_request&error_description=invalid_scope&state=s"
            ),
            Verdict::Scope
        );
        assert_eq!(
            answer(
                302,
                "http://localhost:60151/oauthCallback?error=unauthorized_client&state=s"
            ),
            Verdict::Grant
        );
        assert_eq!(answer(200, ""), Verdict::Login(None));
        assert_eq!(answer(404, ""), Verdict::Missing);
        assert_eq!(answer(500, ""), Verdict::Other("status 500".to_owned()));
    }
}
