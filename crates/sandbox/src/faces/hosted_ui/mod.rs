//! The login pages of a user pool's prefix domain, and the OAuth endpoints beside them.
//!
//! The pages are plain HTML with the names of the classic pages' form fields, for both versions of the pages: how they
//! look is not what a sandbox is for. Cookies are not marked `Secure`, which AWS's are, since a sandbox is served
//! without TLS.

mod authorize;
mod client;
mod info;
mod logout;
mod page;
mod pages;
mod session;
mod token;
pub(crate) mod well_known;

pub(crate) use self::page::escaped;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::faces::FaceAnswer;
use crate::protocol::wire::{Wire, form};
use crate::services::cognito_idp::sign_in::place::Place;
use crate::world::World;

/// A visit to a domain.
struct Visit<'r> {
    /// The pool whose domain it is.
    place: Place,
    /// AWS's name of the host.
    host: &'r str,
    /// What stands before every path; empty at the host itself.
    mount: &'r str,
    wire: &'r Wire,
    /// The body, as a form.
    form: Vec<(String, String)>,
}

impl Visit<'_> {
    /// A parameter of the address.
    fn query(&self, name: &str) -> Option<&str> {
        self.wire.parameter(name)
    }

    /// A field of the form.
    fn field(&self, name: &str) -> Option<&str> {
        self.form
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// A cookie.
    fn cookie(&self, name: &str) -> Option<&str> {
        self.wire
            .headers
            .iter()
            .filter(|(header, _)| header == "cookie")
            .flat_map(|(_, line)| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(cookie, _)| *cookie == name)
            .map(|(_, value)| value)
    }

    /// The address of a path with these parameters, as AWS has it.
    fn address(&self, path: &str, parameters: &[(String, String)]) -> String {
        with_parameters(&format!("https://{}{path}", self.host), parameters)
    }

    /// The path with these parameters, as a link or a form of a page has it.
    fn link(&self, path: &str, parameters: &[(String, String)]) -> String {
        with_parameters(&format!("{}{path}", self.mount), parameters)
    }

    /// The header that sets a cookie; without seconds it ends with the browser.
    fn set_cookie(&self, name: &str, value: &str, seconds: Option<u32>) -> (String, String) {
        let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        (
            "Set-Cookie".to_owned(),
            format!("{name}={value}; Path={}/{age}; HttpOnly; SameSite=Lax", self.mount),
        )
    }
}

/// Adds parameters to an address, which may have some.
fn with_parameters(address: &str, parameters: &[(String, String)]) -> String {
    if parameters.is_empty() {
        return address.to_owned();
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let join = if address.contains('?') { '&' } else { '?' };
    format!("{address}{join}{query}")
}

/// A pair of a query.
fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// Sends the browser elsewhere.
fn redirect(to: String) -> FaceAnswer {
    FaceAnswer {
        status: 302,
        headers: vec![
            pair("Location", to),
            pair("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"),
        ],
        body: Vec::new(),
    }
}

/// An answer in JSON.
fn document(status: u16, value: &Value) -> FaceAnswer {
    FaceAnswer {
        status,
        headers: vec![
            pair("Content-Type", "application/json;charset=UTF-8"),
            pair("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"),
        ],
        body: value.to_string().into_bytes(),
    }
}

/// A refusal of an OAuth endpoint.
fn refusal(status: u16, error: &str) -> FaceAnswer {
    document(status, &json!({"error": error}))
}

/// Answers a visit to a host, at a path below a mount.
pub(crate) fn answer(world: &mut World, host: &str, mount: &str, path: &str, wire: &Wire) -> FaceAnswer {
    let named = host
        .strip_suffix(".amazoncognito.com")
        .and_then(|rest| rest.split_once(".auth."));
    let place = named.and_then(|(prefix, region)| Place::of_domain(world, region, prefix));
    let Some(place) = place else {
        return page::plain(404, "No user pool here has this domain.");
    };
    let is_form = wire
        .header("content-type")
        .is_some_and(|kind| kind.trim_start().starts_with("application/x-www-form-urlencoded"));
    let visit = Visit {
        place,
        host,
        mount,
        form: if is_form {
            form(&String::from_utf8_lossy(&wire.body))
        } else {
            Vec::new()
        },
        wire,
    };
    match (path, wire.method.as_str()) {
        ("/oauth2/authorize", "GET" | "HEAD") => authorize::get(world, &visit),
        ("/oauth2/token", "POST") => token::post(world, &visit),
        ("/oauth2/userInfo", "GET" | "POST") => info::user(world, &visit),
        ("/oauth2/revoke", "POST") => info::revoke(world, &visit),
        ("/login", "GET" | "HEAD") => pages::login(world, &visit),
        ("/login", "POST") => pages::log_in(world, &visit),
        (pages::NEW_PASSWORD | pages::CODE | pages::SET_UP, "GET" | "HEAD" | "POST") => {
            pages::next(world, &visit, path)
        }
        ("/logout", "GET" | "HEAD") => logout::get(world, &visit),
        ("/error", "GET" | "HEAD") => page::error(visit.query("error").unwrap_or_default()),
        (
            "/oauth2/authorize"
            | "/oauth2/token"
            | "/oauth2/userInfo"
            | "/oauth2/revoke"
            | "/login"
            | "/logout"
            | "/error"
            | pages::NEW_PASSWORD
            | pages::CODE
            | pages::SET_UP,
            _,
        ) => page::plain(405, "Method Not Allowed"),
        _ => page::plain(404, "The sandbox has no page here."),
    }
}
