//! What the values of a config say; here the provider, the client and its secret.

use crate::doctor::document::Config;
use crate::doctor::finding::Finding;
use crate::doctor::keys::{Values, shown};
use crate::doctor::{endpoints, redirect, regions, role, scope};

/// How a login that the token endpoint refuses shows itself: IGV answers the browser whatever came of it.
pub(crate) const NO_LOGIN: &str = "the browser says \"Authorization successful\" all the same, IGV is not logged in, and igv0.log has \"Server returned HTTP response code: 400\"";

/// Checks what the values say.
pub(crate) fn check(config: &Config, values: &Values, findings: &mut Vec<Finding>) {
    provider(values, findings);
    client_id(values, findings);
    let domain = endpoints::check(values, findings);
    scope::check(values, findings);
    secret(values, findings);
    regions::check(values, domain.as_ref(), findings);
    role::check(values, findings);
    redirect::check(config, values, findings);
}

fn provider(values: &Values, findings: &mut Vec<Finding>) {
    let Some(said) = values.auth_provider.as_ref().filter(|it| it.text != "Amazon") else {
        return;
    };
    findings.push(
        Finding::error(
            "auth-provider",
            format!("`auth_provider` is {}, not `Amazon`", shown(&said.text)),
        )
        .at(said.place.clone())
        .why("IGV compares it letter by letter and shows no Amazon menu for anything else")
        .change("write `\"auth_provider\": \"Amazon\"`"),
    );
}

fn client_id(values: &Values, findings: &mut Vec<Finding>) {
    let Some(said) = &values.client_id else { return };
    if values.client_secret.as_ref().is_some_and(|it| it.text == said.text) {
        findings.push(
            Finding::error("client-secret", "`client_id` and `client_secret` are the same")
                .at(said.place.clone())
                .why(format!(
                    "one of them is wrong, and Cognito refuses the login: {NO_LOGIN}"
                ))
                .change("copy both anew from the app client"),
        );
    } else if said.text.len() > 40 {
        findings.push(
            Finding::error("client-id", "`client_id` is too long for the id of an app client")
                .at(said.place.clone())
                .why("the login page says that it does not know the client; it looks like the client's secret, which would then stand in every browser's address line")
                .change("write the id, 26 small letters and digits; renew the secret if that is what stands here"),
        );
    } else if !said
        .text
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || "_+".contains(it))
    {
        findings.push(
            Finding::error("client-id", format!("{} is no id of an app client", shown(&said.text)))
                .at(said.place.clone())
                .why("Cognito's ids are 26 small letters and digits: the login page does not open, or says that it does not know the client")
                .change("copy the id from the app client, not its name"),
        );
    } else if !said
        .text
        .chars()
        .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    {
        findings.push(
            Finding::warning("client-id", format!("{} does not look like the id of an app client", shown(&said.text)))
                .at(said.place.clone())
                .why("Cognito's ids are 26 small letters and digits; with any other the login page says that it does not know the client")
                .change("copy the id from the app client"),
        );
    }
}

fn secret(values: &Values, findings: &mut Vec<Finding>) {
    let Some(said) = &values.client_secret else { return };
    if values.client_id.as_ref().is_some_and(|it| it.text == said.text) {
        return;
    }
    // Which character it is would tell a part of the secret.
    if !said.text.chars().all(|it| it.is_ascii_alphanumeric()) {
        findings.push(
            Finding::error("client-secret", "`client_secret` holds something else than letters and digits")
                .at(said.place.clone())
                .why(format!("IGV sends it without encoding it, so Cognito sees another secret and answers `invalid_grant` or `invalid_client`: {NO_LOGIN}"))
                .change("let Cognito generate a secret, which is letters and digits only; if this one was copied, copy it again"),
        );
    }
}
