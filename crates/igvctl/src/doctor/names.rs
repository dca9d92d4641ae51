//! Names of entries that IGV does not read: slips, left-overs of samples, and what nobody may publish.

use crate::doctor::document::Config;
use crate::doctor::finding::{Finding, quote};
use crate::doctor::json::{Entry, Form};
use crate::doctor::keys::{KNOWN, Read, is_known, list};

/// What no release reads, and the published samples hold.
const LEFT_OVER: &[&str] = &["apiKey", "project_id", "auth_provider_x509_cert_url"];

/// How many names that IGV does not read are looked at; a config has a dozen entries.
const MAX_STRANGE: usize = 200;
/// How many of them are told where nothing is known of them.
const MAX_UNKNOWN: usize = 20;

/// What people write for an entry, letters and digits only.
const MEANT: &[(&str, &str)] = &[
    ("provider", "auth_provider"),
    ("oauthprovider", "auth_provider"),
    ("appclientid", "client_id"),
    ("awscognitoclientid", "client_id"),
    ("secret", "client_secret"),
    ("appclientsecret", "client_secret"),
    ("authendpoint", "authorization_endpoint"),
    ("authorizeendpoint", "authorization_endpoint"),
    ("authorizationuri", "authorization_endpoint"),
    ("authorizationurl", "authorization_endpoint"),
    ("authurl", "authorization_endpoint"),
    ("tokenurl", "token_endpoint"),
    ("region", "aws_region"),
    ("awscognitoregion", "aws_region"),
    ("identitypoolid", "aws_cognito_fed_pool_id"),
    ("awscognitoidentitypoolid", "aws_cognito_fed_pool_id"),
    ("cognitoidentitypoolid", "aws_cognito_fed_pool_id"),
    ("fedpoolid", "aws_cognito_fed_pool_id"),
    ("rolearn", "aws_cognito_role_arn"),
    ("awsrolearn", "aws_cognito_role_arn"),
    ("awscognitorole", "aws_cognito_role_arn"),
    ("userpoolid", "aws_cognito_pool_id"),
    ("awscognitouserpoolid", "aws_cognito_pool_id"),
    ("redirecturl", "redirect_uris"),
    ("redirecturls", "redirect_uris"),
    ("callbackurls", "redirect_uris"),
];

/// Says which names are nearly right; gives what they stand for.
pub(crate) fn misspelt(config: &Config, findings: &mut Vec<Finding>) -> Vec<&'static str> {
    let mut meant = Vec::new();
    let mut unknown = Vec::new();
    let strange = config.entries.iter().filter(|it| !is_known(&it.key));
    for entry in strange.take(MAX_STRANGE) {
        let Some(name) = nearest(&entry.key) else {
            unknown.push(entry);
            continue;
        };
        let place = config.page.place(&entry.key_span);
        let there = config.entries.iter().any(|it| it.key == name);
        meant.push(name);
        let what = format!("{} is not what IGV reads: `{name}`", quote(&entry.key));
        let change = format!("write `{name}`");
        findings.push(if there {
            Finding::warning("key-spelling", what)
                .at(place)
                .why(format!("IGV never reads it; `{name}` is there too, and counts"))
                .change("remove it")
        } else {
            let read = KNOWN.iter().find(|it| it.0 == name).map_or(Read::Never, |it| it.1);
            let (severity, why) = match read {
                Read::Never => (false, "no release reads it under either name".to_owned()),
                Read::AtStart if matches!(name, "redirect_uris" | "scope") => (
                    true,
                    "names count letter by letter: IGV goes on as if it were not there".to_owned(),
                ),
                Read::AtStart | Read::AfterLogin => (
                    true,
                    format!(
                        "names count letter by letter, so to IGV `{name}` is missing: {}",
                        without(name)
                    ),
                ),
            };
            let finding = if severity {
                Finding::error("key-spelling", what)
            } else {
                Finding::note("key-spelling", what)
            };
            finding.at(place).why(why).change(change)
        });
    }
    for entry in unknown.into_iter().take(MAX_UNKNOWN) {
        let place = config.page.place(&entry.key_span);
        let credentials = entry.key.to_ascii_lowercase().replace(['-', '.', ' '], "_");
        findings.push(
            if credentials.contains("access_key") || credentials.contains("session_token") {
                Finding::error(
                    "aws-credentials",
                    format!("{} stands in a file that everybody can read", quote(&entry.key)),
                )
                .at(place)
                .why("IGV never reads it, and whoever has the address of this file has these credentials of AWS")
                .change("deactivate the access key in IAM at once, then remove the line")
            } else {
                Finding::note("key-unknown", format!("IGV does not know {}", quote(&entry.key)))
                    .at(place)
                    .why("no release reads it")
                    .change("remove it, if nobody else needs it")
            },
        );
    }
    meant
}

/// What it means that IGV does not find an entry.
fn without(name: &str) -> &'static str {
    match name {
        "client_secret" => "the token endpoint answers `invalid_client`, and no login works",
        "auth_provider" => "it shows no Amazon menu",
        "aws_region" | "aws_cognito_fed_pool_id" | "aws_cognito_role_arn" => "nothing of S3 works after the login",
        _ => "it discards the whole file and shows no Amazon menu",
    }
}

/// The entry that a name is nearly.
fn nearest(key: &str) -> Option<&'static str> {
    let bare = |text: &str| -> String {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|it| it.to_ascii_lowercase())
            .collect()
    };
    let wanted = bare(key);
    if let Some((_, name)) = MEANT.iter().find(|(it, _)| *it == wanted) {
        return Some(name);
    }
    // A sixth of the letters may be wrong: `token_url` must not become `token_uri`.
    let bound = (wanted.len() / 6).max(1);
    KNOWN
        .iter()
        .filter(|(name, _)| name.len() >= 5)
        .map(|(name, _)| (strsim::damerau_levenshtein(&wanted, &bare(name)), *name))
        .filter(|(distance, _)| *distance <= bound)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// What samples on the web hold and no release reads.
pub(crate) fn left_over(config: &Config, findings: &mut Vec<Finding>) {
    let found: Vec<&Entry> = config
        .entries
        .iter()
        .filter(|it| LEFT_OVER.contains(&it.key.as_str()))
        .collect();
    let Some(first) = found.first() else { return };
    let google = found
        .iter()
        .find(|it| it.key == "apiKey" && matches!(&it.value.form, Form::Text(text) if text.trim().starts_with("AIza")));
    if let Some(entry) = google {
        findings.push(
            Finding::warning(
                "api-key",
                "an API key of Google stands in a file that everybody can read",
            )
            .at(config.page.place(&entry.key_span))
            .why("no release of IGV reads it, and strangers can use it at your cost")
            .change("remove the line, and renew or restrict the key at Google"),
        );
    }
    let names: Vec<String> = found.iter().map(|it| format!("`{}`", it.key)).collect();
    findings.push(
        Finding::note("left-over", format!("no release of IGV reads {}", list(&names)))
            .at(config.page.place(&first.key_span))
            .why("the samples on the web hold it; it does no harm")
            .change("remove it, so that nobody looks for a mistake in it"),
    );
}

/// Entries that other kinds of logins need, and keys of AWS that nobody may publish.
pub(crate) fn out_of_place(config: &Config, findings: &mut Vec<Finding>) {
    for entry in &config.entries {
        if let Form::Text(text) = &entry.value.form
            && holds_access_key(text)
            && is_known(&entry.key)
        {
            findings.push(
                Finding::error("aws-credentials", format!("`{}` holds an access key of AWS", entry.key))
                    .at(config.page.place(&entry.key_span))
                    .why("IGV needs none, and everybody who has the address of this file can read it")
                    .change("deactivate the access key in IAM at once, then write what belongs here"),
            );
        }
        if !matches!(entry.key.as_str(), "resource" | "app_id_uri") {
            continue;
        }
        findings.push(
            Finding::note(
                "key-unneeded",
                format!("`{}` belongs to logins of Microsoft", entry.key),
            )
            .at(config.page.place(&entry.key_span))
            .why("IGV sends it along with the login, and Cognito has no use for it")
            .change("remove it"),
        );
    }
}

/// Whether a text holds the id of an access key: `AKIA` or `ASIA` and sixteen more.
pub(crate) fn holds_access_key(text: &str) -> bool {
    text.split(|it: char| !it.is_ascii_uppercase() && !it.is_ascii_digit())
        .any(|run| run.len() == 20 && (run.starts_with("AKIA") || run.starts_with("ASIA")))
}
