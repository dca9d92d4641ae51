//! Asks the hosts that a config names: the login page, the token endpoint, the identity pool.
//!
//! No credentials and no secret are sent. The token endpoint is asked with a code that nobody ever got.

mod login;

use applier::unsigned::{self, Guests, PublicPool};
use applier::web::{Web, WebError, WebFault};
use serde_json::Value as Json;
use url::Url;

use crate::doctor::finding::{Finding, Place, quote};
use crate::doctor::keys::{Said, Values};
use crate::doctor::regions::is_region;
use crate::doctor::values::NO_LOGIN;

/// The web, with every host named before it is asked.
pub(crate) struct Asking<'a> {
    /// The web.
    pub(crate) web: &'a Web,
    /// Gives the address of AWS for one that stands in for it.
    pub(crate) real: &'a dyn Fn(&str) -> String,
    /// Says whom it asks what.
    pub(crate) announce: &'a dyn Fn(&str),
    /// The hosts that were asked.
    pub(crate) asked: Vec<String>,
}

impl Asking<'_> {
    /// Names a host before it is asked.
    pub(crate) fn announce(&mut self, host: &str, what: &str) {
        (self.announce)(&format!("asking {host} {what}"));
        if !self.asked.iter().any(|it| it == host) {
            self.asked.push(host.to_owned());
        }
    }
}

/// What can be asked of the hosts that the values name; `port` is the one that IGV listens on.
pub(crate) async fn check(asking: &mut Asking<'_>, values: &Values, port: u16, findings: &mut Vec<Finding>) {
    let callback = values.redirect.as_ref().map_or_else(
        || format!("http://localhost:{port}/oauthCallback"),
        |it| it.text.clone(),
    );
    if let (Some(endpoint), Some(client)) = (&values.authorization_endpoint, &values.client_id)
        && let Some(url) = usable(&endpoint.text)
    {
        let known = login::check(asking, values, &url, client, &callback, endpoint, findings).await;
        let token = values
            .token_endpoint
            .as_ref()
            .and_then(|it| Some((it, usable(&it.text)?)));
        if let (true, Some((said, url))) = (known, token) {
            token_endpoint(asking, values, &url, client, &callback, said, findings).await;
        }
    }
    user_pool(asking, values, findings).await;
    identity_pool(asking, values, findings).await;
}

/// An endpoint that can be asked as IGV asks it.
fn usable(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (plain && matches!(url.scheme(), "http" | "https")).then_some(url)
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// A host that gave no answer: a name that nobody knows is a mistake of the config, anything else may pass.
fn silent(error: &WebError, what: &str, place: &Place) -> Finding {
    let finding = match &error.fault {
        WebFault::Dns(_) => Finding::error("host-unknown", format!("{what} is at a host that does not exist: {}", error.fault))
            .why("IGV's browser or IGV itself finds nobody there, so no login works; if other hosts cannot be resolved either, this machine has no network")
            .change("look for a slip in the host; the domain of a user pool goes when it is deleted"),
        WebFault::Address(_)
        | WebFault::Refused
        | WebFault::Tls(_)
        | WebFault::Slow(_)
        | WebFault::Long
        | WebFault::Other(_) => Finding::gap("host-silent", format!("{what} gives no answer: {}", error.fault))
            .why("it could not be looked at from here")
            .change("try again; look whether a firewall or a proxy is between this machine and the host"),
    };
    finding.at(place.clone())
}

/// Asks for tokens with a code that nobody got, and without a secret: that tells whether the client has one.
async fn token_endpoint(
    asking: &mut Asking<'_>,
    values: &Values,
    url: &Url,
    client: &Said,
    callback: &str,
    said: &Said,
    findings: &mut Vec<Finding>,
) {
    asking.announce(&host(url), "whether the client has a secret (none is sent)");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "00000000-0000-0000-0000-000000000000"),
        ("client_id", client.text.as_str()),
        ("redirect_uri", callback),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ];
    let answer = match asking.web.post_form(url.as_str(), &[], &form).await {
        Ok(answer) => answer,
        Err(error) => {
            findings.push(silent(&error, "the token endpoint", &said.place));
            return;
        }
    };
    let parsed: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
    match parsed["error"].as_str() {
        Some("invalid_client") if values.client_secret.is_none() => {
            findings.retain(|it| it.code != "public-client");
            findings.push(
                Finding::error("client-secret-missing", "the client has a secret, and the config does not hold it")
                    .at(client.place.clone())
                    .why(format!("the token endpoint answers `invalid_client`: {NO_LOGIN}"))
                    .change("add `client_secret`; it is no key to data, and everybody who has the file may read it"),
            );
        }
        Some("invalid_grant") => match &values.client_secret {
            Some(secret) => findings.push(
                Finding::error("client-secret-unknown", "the client has no secret, and the config holds one")
                    .at(secret.place.clone())
                    .why(format!("the secret belongs to another client, and a token endpoint that is sent one too many refuses: {NO_LOGIN}"))
                    .change("remove `client_secret`, or write the id of the client that it belongs to"),
            ),
            None => {
                for it in findings.iter_mut().filter(|it| it.code == "public-client") {
                    it.what = "the client has no secret".to_owned();
                    it.why = "that is right for IGV 2.17.0 and later; IGV up to 2.16.2 sends the text `null` when it renews the login, and people are logged out each hour".to_owned();
                    it.change = "ask for IGV 2.17.0 or later".to_owned();
                }
            }
        },
        Some(_) => {}
        None => findings.push(
            Finding::error("token-endpoint", format!("the token endpoint answers {} and no error of OAuth", answer.status))
                .at(said.place.clone())
                .why(format!("it does not seem to be one: {NO_LOGIN}"))
                .change("write `https://<domain>/oauth2/token`, with the domain of the user pool"),
        ),
    }
}

/// Whether the user pool is there, and has the login page of the config.
async fn user_pool(asking: &mut Asking<'_>, values: &Values, findings: &mut Vec<Finding>) {
    let Some(said) = &values.user_pool else { return };
    let Some((region, _)) = said.text.split_once('_').filter(|it| is_region(it.0)) else {
        return;
    };
    asking.announce(
        &unsigned::user_pool_host(region),
        "for the public description of the user pool",
    );
    let found = match unsigned::public_pool(asking.web, region, &said.text).await {
        Ok(found) => found,
        Err(error) => {
            findings.push(silent(&error, "the user pool", &said.place));
            return;
        }
    };
    match found {
        PublicPool::There(page) => {
            let domain = |text: &str| Url::parse(text).ok().and_then(|it| it.host_str().map(str::to_owned));
            let its = page.as_deref().map(asking.real).as_deref().and_then(domain);
            let ours = values.authorization_endpoint.as_ref().and_then(|it| domain(&it.text));
            if let (Some(its), Some(ours)) = (its, ours)
                && its != ours
            {
                findings.push(
                    Finding::warning("mixed-pools", format!("this user pool has its login at {}, and the config at {}", quote(&its), quote(&ours)))
                        .at(said.place.clone())
                        .why("IGV never reads this id, but one of the two belongs to another environment, unless the pool has two domains")
                        .change("look up which pool people belong to, and take all values from it"),
                );
            }
        }
        PublicPool::Absent => findings.push(
            Finding::warning("user-pool-unknown", format!("there is no user pool {}", quote(&said.text)))
                .at(said.place.clone())
                .why("IGV never reads this id; but where it is wrong or the pool is deleted, other values often are of the same origin")
                .change("look up the user pool, and compare its domain and client too"),
        ),
        PublicPool::Other(what) => findings.push(
            Finding::gap("host-silent", format!("the user pool could not be looked at: {what}"))
                .at(said.place.clone())
                .why("it could not be looked at from here")
                .change("try again"),
        ),
    }
}

/// Whether the identity pool is there and lets no guests in; what only a login can show is said.
async fn identity_pool(asking: &mut Asking<'_>, values: &Values, findings: &mut Vec<Finding>) {
    let Some(said) = &values.identity_pool else { return };
    // IGV asks the region of the config, not that of the pool.
    let region = match &values.aws_region {
        Some(region) if is_region(&region.text) => region.text.as_str(),
        Some(_) => return,
        None => match said.text.split_once(':').filter(|it| is_region(it.0)) {
            Some((region, _)) => region,
            None => return,
        },
    };
    if !said.text.split_once(':').is_some_and(|it| is_region(it.0)) || region.starts_with("cn-") {
        return;
    }
    asking.announce(
        &unsigned::identity_host(region),
        "whether the identity pool is there and lets guests in",
    );
    let found = match unsigned::guests(asking.web, region, &said.text).await {
        Ok(found) => found,
        Err(error) => {
            findings.push(silent(&error, "the identity pool", &said.place));
            return;
        }
    };
    match found {
        Guests::Refused => {}
        Guests::Welcome => findings.push(
            Finding::error("guests", "the identity pool lets guests in")
                .at(said.place.clone())
                .why("IGV works with it; but everybody who has this file gets an identity without logging in, and the rights of the role for guests")
                .change("switch guest access off on the identity pool (`AllowUnauthenticatedIdentities = false`)"),
        ),
        Guests::NoPool => {
            findings.push(
                Finding::error("identity-pool-unknown", format!("there is no such identity pool in {}", quote(region)))
                    .at(said.place.clone())
                    .why("the login works, then nothing of S3 does; igv0.log has a ResourceNotFoundException")
                    .change("copy the id of the identity pool anew, and compare its region with `aws_region`"),
            );
            return;
        }
        Guests::Other(what) => {
            findings.push(
                Finding::gap("host-silent", format!("the identity pool could not be looked at: {}", what.chars().take(200).collect::<String>()))
                    .at(said.place.clone())
                    .why("AWS gave another answer than a pool does")
                    .change("try again"),
            );
            return;
        }
    }
    findings.push(
        Finding::note("unseen", "the classic flow, role mappings and the trust of the role cannot be seen without a login")
            .at(said.place.clone())
            .why("where the classic flow is off or the pool has role mappings, IGV gets `InvalidParameterException` after the login; where the trust is wrong, \"Not authorized to perform sts:AssumeRoleWithWebIdentity\"")
            .change("for a backend of your own, `igvctl verify` logs in and looks"),
    );
}
