//! The callback that a config pins. IGV from 2.17.0 on takes the first; most configs have none.

use url::Url;

use crate::doctor::document::Config;
use crate::doctor::endpoints::is_this_machine;
use crate::doctor::finding::Finding;
use crate::doctor::keys::{Values, list, shown};

/// Checks it.
pub(crate) fn check(config: &Config, values: &Values, findings: &mut Vec<Finding>) {
    let Some(said) = &values.redirect else { return };
    let wrong = |what: String| Finding::error("redirect-uri", what).at(said.place.clone());
    let change = "remove `redirect_uris`: IGV then uses `http://localhost:<its port>/oauthCallback`";
    if said.text.to_ascii_lowercase().contains("%3a%2f%2f") {
        findings.push(
            wrong("the callback is percent-encoded".to_owned())
                .why("IGV from 2.17.0 on encodes it once more, and the login page says `redirect_mismatch`")
                .change("write it plain: `http://localhost:60151/oauthCallback`; or remove `redirect_uris`"),
        );
        return;
    }
    let parsed = match Url::parse(&said.text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        Ok(_) | Err(_) => {
            findings.push(
                wrong(format!("{} is no callback of IGV", shown(&said.text)))
                    .why("IGV from 2.17.0 on asks for the answer of the login there and never gets it: it waits for ever, or the login page says `redirect_mismatch`")
                    .change(change),
            );
            return;
        }
    };
    if !is_this_machine(&parsed) {
        findings.push(
            wrong(format!(
                "the callback leads to {}, not to this machine",
                shown(parsed.host_str().unwrap_or_default())
            ))
            .why("the code of each login goes to that host, and IGV waits for ever")
            .change(change),
        );
        return;
    }
    if parsed.scheme() == "https" {
        findings.push(
            wrong("the callback begins with `https://`".to_owned())
                .why("IGV listens without encryption: after the login the browser says that the connection is not secure, and IGV waits for ever")
                .change(change),
        );
    }
    if parsed.path() != "/oauthCallback" {
        findings.push(
            wrong(format!("the path of the callback is {}, not `/oauthCallback`", shown(parsed.path())))
                .why("IGV answers to that path only, letter by letter: after the login the browser shows an error, and IGV waits for ever")
                .change(change),
        );
    }
    if parsed.host_str() != Some("localhost") {
        findings.push(
            Finding::warning("redirect-uri", format!("the callback is at {}, not at `localhost`", shown(parsed.host_str().unwrap_or_default())))
                .at(said.place.clone())
                .why("callbacks are compared letter by letter, and IGV up to 2.16.2 uses `localhost`: one of the two needs a callback of its own, else the login page says `redirect_mismatch`")
                .change(change),
        );
    }
    match parsed.port() {
        Some(60151) => {}
        port => {
            let port = port.map_or_else(|| "none".to_owned(), |it| it.to_string());
            findings.push(
                Finding::warning("redirect-port", format!("the port of the callback is {port}, not 60151"))
                    .at(said.place.clone())
                    .why("IGV listens on the port of its preferences, which is 60151: unless people change that too, it waits for ever after the login")
                    .change(change),
            );
        }
    }
    let others: Vec<String> = config
        .entries
        .iter()
        .filter(|it| it.key == "redirect_uris" || it.key == "redirect_uri")
        .map(|it| format!("`{}`", it.key))
        .collect();
    if !findings.iter().any(|it| it.code.starts_with("redirect")) {
        findings.push(
            Finding::note("redirect-pinned", format!("{} pins the port of the callback", list(&others)))
                .at(said.place.clone())
                .why("a second IGV, or one with another port, takes the first address all the same and waits for ever; earlier releases than 2.17.0 never read it")
                .change("remove it, if people may use other ports"),
        );
    }
}
