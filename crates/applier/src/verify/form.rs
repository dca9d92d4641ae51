//! Logging in without a browser, on the classic login page: its form, its cookies, its redirects.

use spec_model::Secret;
use url::Url;

use super::request::LoginRequest;
use crate::web::{Answer, Web, WebError};

/// The most pages from the login page to the callback.
const PAGES: usize = 10;

/// Why no code came.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// The web did not answer.
    #[error("the login page does not answer")]
    Web(#[from] WebError),
    /// The page says no.
    #[error("the login page says: {0}")]
    Refused(String),
    /// The callback was told an error.
    #[error("the login ends with the error `{0}`")]
    Ended(String),
    /// The user has something to do first.
    #[error("{0}")]
    Unfinished(&'static str),
    /// The page is none that is known here.
    #[error("this is not the classic login page: {0}")]
    Strange(String),
}

/// Logs somebody in; the code that IGV would get.
///
/// # Errors
///
/// When the page refuses, asks for more than a password, or is not the classic one.
pub async fn log_in(web: &Web, request: &LoginRequest, user: &str, password: &Secret) -> Result<Secret, FormError> {
    let mut visit = Visit {
        web,
        host: host(&request.url).unwrap_or_default(),
        cookies: Vec::new(),
    };
    let mut url = request.url.clone();
    let mut answer = visit.get(&url).await?;
    let mut sent = false;
    for _ in 0..PAGES {
        match (answer.status, answer.header("location")) {
            (300..=399, Some(location)) => {
                let next = join(&url, location)?;
                if next.starts_with(&request.callback) {
                    return code_of(&next, &request.state);
                }
                url = next;
                answer = visit.get(&url).await?;
            }
            (200, _) => {
                let page = answer.text();
                if let Some(what) = unfinished(&url) {
                    return Err(FormError::Unfinished(what));
                }
                if sent {
                    let said = said(&page).unwrap_or_else(|| "nothing; it shows its form again".to_owned());
                    return Err(FormError::Refused(said));
                }
                let form = forms(&page)
                    .into_iter()
                    .find(|it| it.fields.iter().any(|(name, _)| name == "password"))
                    .ok_or_else(|| FormError::Strange("it has no form with a password".to_owned()))?;
                let action = join(&url, form.action.as_deref().unwrap_or_default())?;
                let filled: Vec<(&str, &str)> = (form.fields.iter())
                    .map(|(name, value)| match name.as_str() {
                        "username" => (name.as_str(), user),
                        "password" => (name.as_str(), password.expose()),
                        _ => (name.as_str(), value.as_str()),
                    })
                    .collect();
                answer = visit.post(&action, &filled).await?;
                url = action;
                sent = true;
            }
            (status, _) => {
                let said = said(&answer.text()).map(|it| format!(": {it}")).unwrap_or_default();
                return Err(FormError::Refused(format!("HTTP {status}{said}")));
            }
        }
    }
    Err(FormError::Strange("it leads in a circle".to_owned()))
}

struct Visit<'a> {
    web: &'a Web,
    /// The only host that is told anything.
    host: String,
    cookies: Vec<(String, String)>,
}

impl Visit<'_> {
    async fn get(&mut self, url: &str) -> Result<Answer, FormError> {
        self.stay(url)?;
        let cookies = self.cookies();
        let headers: Vec<(&str, &str)> = cookies.iter().map(|it| ("cookie", it.as_str())).collect();
        let answer = self.web.get(url, &headers).await?;
        self.keep(&answer);
        Ok(answer)
    }

    async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Result<Answer, FormError> {
        self.stay(url)?;
        let cookies = self.cookies();
        let headers: Vec<(&str, &str)> = cookies.iter().map(|it| ("cookie", it.as_str())).collect();
        let answer = self.web.post_form(url, &headers, fields).await?;
        self.keep(&answer);
        Ok(answer)
    }

    /// A password and a session belong to the login page's host alone.
    fn stay(&self, url: &str) -> Result<(), FormError> {
        match host(url) {
            Some(host) if host == self.host => Ok(()),
            Some(host) => Err(FormError::Strange(format!(
                "it leads to {host}, which gets no password"
            ))),
            None => Err(FormError::Strange("it leads to no address".to_owned())),
        }
    }

    fn cookies(&self) -> Option<String> {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.all("set-cookie") {
            let pair = line.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.retain(|(it, _)| it != name.trim());
                self.cookies.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }
}

fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

fn join(url: &str, to: &str) -> Result<String, FormError> {
    Url::parse(url)
        .and_then(|it| it.join(to))
        .map(|it| it.to_string())
        .map_err(|error| FormError::Strange(format!("it leads to no address: {error}")))
}

/// The code in the address of the callback.
pub fn code_of(callback: &str, state: &str) -> Result<Secret, FormError> {
    let url = Url::parse(callback).map_err(|error| FormError::Strange(error.to_string()))?;
    let query = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
    };
    if let Some(error) = query("error") {
        let more = query("error_description")
            .map(|it| format!(": {it}"))
            .unwrap_or_default();
        return Err(FormError::Ended(format!("{error}{more}")));
    }
    if query("state").as_deref() != Some(state) {
        return Err(FormError::Strange("the callback belongs to another login".to_owned()));
    }
    match query("code") {
        Some(code) => Ok(Secret::new(code)),
        None => Err(FormError::Strange("the callback brings no code".to_owned())),
    }
}

/// What a page of Cognito after the password asks for, by its path.
fn unfinished(url: &str) -> Option<&'static str> {
    let path = Url::parse(url).ok()?.path().to_ascii_lowercase();
    let page = path.rsplit('/').next().unwrap_or_default();
    match page {
        "changepassword" => Some("the user has to choose a password of their own first: log in once in a browser"),
        "mfa" | "mfasetup" => Some("the user has a second factor, which only a person in a browser has at hand"),
        _ => None,
    }
}

/// A form of a page.
#[derive(Debug, PartialEq, Eq)]
struct Form {
    action: Option<String>,
    fields: Vec<(String, String)>,
}

fn forms(page: &str) -> Vec<Form> {
    let lower = page.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = lower[from..].find("<form").map(|it| it + from) {
        let end = lower[start..].find("</form").map_or(page.len(), |it| it + start);
        let tag_end = page[start..end].find('>').map_or(end, |it| it + start);
        let mut fields = Vec::new();
        let mut at = tag_end;
        while let Some(input) = lower[at..end].find("<input").map(|it| it + at) {
            let input_end = page[input..end].find('>').map_or(end, |it| it + input);
            let tag = &page[input..input_end];
            if let Some(name) = attribute(tag, "name") {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
            at = input_end;
        }
        found.push(Form {
            action: attribute(&page[start..tag_end], "action"),
            fields,
        });
        from = end;
    }
    found
}

/// The value of an attribute of a tag, in double or single quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let at = lower[from..].find(name)? + from;
        let before = lower[..at].chars().next_back();
        let rest = tag[at + name.len()..].trim_start();
        if before.is_some_and(char::is_whitespace)
            && let Some(value) = rest.strip_prefix('=')
        {
            let value = value.trim_start();
            let quote = value.chars().next().filter(|it| *it == '"' || *it == '\'')?;
            let value = &value[1..];
            return Some(unescaped(&value[..value.find(quote)?]));
        }
        from = at + name.len();
    }
}

/// What the page says is wrong (Cognito's own id of that line).
fn said(page: &str) -> Option<String> {
    let behind = page.split("id=\"loginErrorMessage\"").nth(1)?;
    let text = behind.split('>').nth(1)?.split('<').next()?;
    let text = unescaped(text.trim());
    (!text.is_empty()).then(|| text.chars().take(200).collect())
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x2F;", "/")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_form_is_read_whatever_its_quotes() {
        let page = r#"<FORM name="cognitoSignInForm" action='/login?a=b&amp;c=d' method="post">
            <input type="hidden" name="_csrf" value="1-2&#39;"/><input data-name="x" NAME="username" type="text">
            <input name="password" type="password"/></form><form><input name="other"></form>"#;
        let forms = forms(page);
        assert_eq!(forms.len(), 2);
        assert_eq!(forms[0].action.as_deref(), Some("/login?a=b&c=d"));
        let names: Vec<&str> = forms[0].fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["_csrf", "username", "password"]);
        assert_eq!(forms[0].fields[0].1, "1-2'");
    }

    #[test]
    fn what_is_broken_is_no_form_and_no_panic() {
        for page in [
            "<form",
            "<form><input",
            "<form><input name=>",
            "<form><input name='x",
            "ß<form ä>é",
            "<input name",
        ] {
            let _ = forms(page);
        }
        assert_eq!(attribute("<input name", "name"), None);
    }

    #[test]
    fn a_callback_brings_a_code_an_error_or_nothing() {
        let at = "http://localhost:60151/oauthCallback";
        let code = code_of(&format!("{at}?code=a-b&state=s"), "s").unwrap();
        assert_eq!(code.expose(), "a-b");
        for (query, said) in [
            (
                "error=access_denied&error_description=no",
                "the login ends with the error `access_denied: no`",
            ),
            (
                "code=a&state=t",
                "this is not the classic login page: the callback belongs to another login",
            ),
            (
                "state=s",
                "this is not the classic login page: the callback brings no code",
            ),
        ] {
            assert_eq!(code_of(&format!("{at}?{query}"), "s").unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn a_password_goes_to_one_host() {
        assert_eq!(host("https://a.example.org/x"), host("https://a.example.org:443/"));
        assert_ne!(host("https://a.example.org/"), host("http://a.example.org/"));
    }
}
