//! The two endpoints of a login: their addresses, and whether they belong together.

use url::{Host, Url};

use crate::doctor::finding::{Finding, quote};
use crate::doctor::keys::{Said, Values, shown};
use crate::doctor::regions::is_region;
use crate::doctor::values::NO_LOGIN;

/// Checks both; gives the region of the user pool's domain, and the domain.
pub(crate) fn check(values: &Values, findings: &mut Vec<Finding>) -> Option<(String, String)> {
    let authorize = values
        .authorization_endpoint
        .as_ref()
        .and_then(|it| endpoint(it, &AUTHORIZE, findings));
    let token = values
        .token_endpoint
        .as_ref()
        .and_then(|it| endpoint(it, &TOKEN, findings));
    if let (Some(authorize), Some(token)) = (&authorize, &token) {
        mixed(authorize, token, findings);
    }
    let Endpoint { host, region, .. } = authorize.or(token)?;
    Some((region?, host))
}

/// What an endpoint must look like.
struct Wanted {
    key: &'static str,
    path: &'static str,
    /// The path of the other endpoint.
    other: &'static str,
}

const AUTHORIZE: Wanted = Wanted {
    key: "authorization_endpoint",
    path: "/oauth2/authorize",
    other: "/oauth2/token",
};
const TOKEN: Wanted = Wanted {
    key: "token_endpoint",
    path: "/oauth2/token",
    other: "/oauth2/authorize",
};

/// An endpoint whose address could be read.
struct Endpoint<'a> {
    said: &'a Said,
    host: String,
    /// The region in the host, if it is a domain with a prefix.
    region: Option<String>,
}

fn endpoint<'a>(said: &'a Said, wanted: &Wanted, findings: &mut Vec<Finding>) -> Option<Endpoint<'a>> {
    let Wanted { key, path, other } = wanted;
    let wrong = |code, what: String| Finding::error(code, what).at(said.place.clone());
    let correct = format!("write `https://<domain>{path}`, with the domain of the user pool");
    let opens_nothing = if *key == "token_endpoint" {
        NO_LOGIN
    } else {
        "the login page does not open"
    };
    if said.text.contains(char::is_whitespace) {
        findings.push(
            wrong("endpoint-url", format!("white space inside `{key}`"))
                .why(opens_nothing)
                .change("remove it"),
        );
        return None;
    }
    let parsed = match Url::parse(&said.text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        Ok(_) | Err(_) => {
            findings.push(
                wrong(
                    "endpoint-url",
                    format!("`{key}` is no address of the web: {}", shown(&said.text)),
                )
                .why(opens_nothing)
                .change(correct),
            );
            return None;
        }
    };
    let host = parsed.host_str().unwrap_or_default().to_owned();
    if !parsed.username().is_empty() || parsed.password().is_some() {
        findings.push(
            wrong("endpoint-url", format!("`{key}` holds a user or a password"))
                .why("IGV does not send it, and everybody who has the address of this file can read it")
                .change(correct.clone()),
        );
    }
    if parsed.scheme() == "http" && !is_this_machine(&parsed) {
        findings.push(
            wrong("endpoint-http", format!("`{key}` begins with `http://`"))
                .why("Cognito answers on https only; and whoever is on the way could read what people send")
                .change("write `https://`"),
        );
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        findings.push(
            wrong("endpoint-query", format!("`{key}` holds a `?` or a `#`"))
                .why("IGV puts its own `?…` behind the address, so Cognito sees one query in another")
                .change(correct.clone()),
        );
    }
    if host.starts_with("cognito-idp.") || host.starts_with("cognito-identity.") {
        findings.push(
            wrong(
                "endpoint-host",
                format!("`{key}` is at {}, the host of AWS's interface", quote(&host)),
            )
            .why(format!("logins are at the domain of the user pool: {opens_nothing}"))
            .change(correct),
        );
        return None;
    }
    let region = cognito_region(&host);
    if region.is_none() && host.ends_with("amazoncognito.com") {
        findings.push(
            wrong("endpoint-host", format!("{} is no domain of a user pool", quote(&host)))
                .why(format!(
                    "such a domain is `<prefix>.auth.<region>.amazoncognito.com`: {opens_nothing}"
                ))
                .change("copy the domain from the user pool"),
        );
    }
    endpoint_path(said, wanted, parsed.path(), region.is_some(), other, findings);
    Some(Endpoint { said, host, region })
}

fn endpoint_path(said: &Said, wanted: &Wanted, path: &str, cognito: bool, other: &str, findings: &mut Vec<Finding>) {
    let key = wanted.key;
    let (what, why) = if path == wanted.path {
        return;
    } else if path == other {
        (
            format!("`{key}` is the address of the other endpoint"),
            "no login works: each endpoint refuses what belongs to the other",
        )
    } else if path == "/login" && key == "authorization_endpoint" {
        findings.push(
            Finding::warning("endpoint-path", format!("`{key}` leads to `/login`"))
                .at(said.place.clone())
                .why("that page often works, but it is no documented entrance, and people with a session see it again")
                .change(format!("write `{}`", wanted.path)),
        );
        return;
    } else {
        let what = format!("the path of `{key}` is {}, not `{}`", shown(path), wanted.path);
        if !cognito {
            findings.push(
                Finding::warning("endpoint-path", what)
                    .at(said.place.clone())
                    .why("domains of user pools have that path; it is right only if people log in somewhere else")
                    .change(format!("write `{}`, unless this is no user pool", wanted.path)),
            );
            return;
        }
        (what, "Cognito has no such page, so no login works")
    };
    findings.push(
        Finding::error("endpoint-path", what)
            .at(said.place.clone())
            .why(why)
            .change(format!("write `https://<domain>{}`", wanted.path)),
    );
}

/// The region of a host `<prefix>.auth.<region>.amazoncognito.com`.
fn cognito_region(host: &str) -> Option<String> {
    let (prefix, region) = host.strip_suffix(".amazoncognito.com")?.split_once(".auth.")?;
    (!prefix.is_empty() && !prefix.contains('.') && is_region(region)).then(|| region.to_owned())
}

/// Whether an address is on this machine.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn mixed(authorize: &Endpoint<'_>, token: &Endpoint<'_>, findings: &mut Vec<Finding>) {
    if authorize.host == token.host {
        return;
    }
    let what = format!(
        "the login is at {}, and the tokens are at {}",
        shown(&authorize.host),
        shown(&token.host)
    );
    let finding = if authorize.region.is_some() && token.region.is_some() {
        Finding::error("mixed-hosts", what).why(format!(
            "these are domains of two user pools: the second does not know the codes of the first, and {NO_LOGIN}"
        ))
    } else {
        Finding::warning("mixed-hosts", what).why(format!(
            "that works only if both are domains of one user pool; else the second does not know the codes of the first, and {NO_LOGIN}"
        ))
    };
    findings.push(
        finding
            .at(token.said.place.clone())
            .change("write the same host in both, that of the user pool which people belong to"),
    );
}
