//! Identity providers of a pool.
//!
//! AWS adds details of its own to what was sent: addresses, methods, a certificate. A reader
//! must compare only the keys that were written (cdk-real-drift #511).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault::{invalid, limit, not_found};
use super::{Pool, json, page, pool, schema};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The most providers of a pool (quota "identity providers per user pool", adjustable).
const MOST: usize = 300;

/// An identity provider.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Provider {
    /// `SAML`, `Google`, `OIDC` and so on.
    pub(crate) kind: String,
    /// `ProviderDetails`, derived ones included. The client secret is readable among them.
    pub(crate) details: BTreeMap<String, String>,
    /// `AttributeMapping`.
    pub(crate) mapping: BTreeMap<String, String>,
    /// `IdpIdentifiers`.
    pub(crate) identifiers: Vec<String>,
    /// When it was made.
    pub(crate) created: f64,
    /// When it was last written.
    pub(crate) modified: f64,
}

/// The details hold a secret, so their values are not shown.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("kind", &self.kind)
            .field("details", &self.details.keys())
            .field("mapping", &self.mapping)
            .field("identifiers", &self.identifiers)
            .finish_non_exhaustive()
    }
}

impl Provider {
    fn shown(&self, pool: &str, name: &str) -> Value {
        json!({
            "UserPoolId": pool,
            "ProviderName": name,
            "ProviderType": self.kind,
            "ProviderDetails": self.details,
            "AttributeMapping": self.mapping,
            "IdpIdentifiers": self.identifiers,
            "CreationDate": self.created,
            "LastModifiedDate": self.modified,
        })
    }
}

/// The details that a provider type must be given (documentation of `ProviderDetails`).
fn needed(kind: &str) -> &'static [&'static str] {
    match kind {
        "Google" | "Facebook" | "LoginWithAmazon" => &["client_id", "client_secret", "authorize_scopes"],
        "SignInWithApple" => &["client_id", "team_id", "key_id", "private_key", "authorize_scopes"],
        "OIDC" => &[
            "client_id",
            "attributes_request_method",
            "oidc_issuer",
            "authorize_scopes",
        ],
        _ => &[],
    }
}

/// The details that AWS adds. Google's were seen live (cdk-real-drift #511, corpus Idp.json), SAML's too
/// (#1753, corpus SamlIdp.json); the others are the answers in the documentation's examples.
fn derived(kind: &str) -> &'static [(&'static str, &'static str)] {
    match kind {
        "Google" => &[
            (
                "attributes_url",
                "https://people.googleapis.com/v1/people/me?personFields=",
            ),
            ("attributes_url_add_attributes", "true"),
            ("authorize_url", "https://accounts.google.com/o/oauth2/v2/auth"),
            ("oidc_issuer", "https://accounts.google.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
        ],
        "Facebook" => &[
            ("api_version", "v17.0"),
            ("attributes_url", "https://graph.facebook.com/v17.0/me?fields="),
            ("attributes_url_add_attributes", "true"),
            ("authorize_url", "https://www.facebook.com/v17.0/dialog/oauth"),
            ("token_request_method", "GET"),
            ("token_url", "https://graph.facebook.com/v17.0/oauth/access_token"),
        ],
        "LoginWithAmazon" => &[
            ("attributes_url", "https://api.amazon.com/user/profile"),
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://www.amazon.com/ap/oa"),
            ("token_request_method", "POST"),
            ("token_url", "https://api.amazon.com/auth/o2/token"),
        ],
        "SignInWithApple" => &[
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://appleid.apple.com/auth/authorize"),
            ("oidc_issuer", "https://appleid.apple.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://appleid.apple.com/auth/token"),
        ],
        "OIDC" => &[("attributes_url_add_attributes", "false")],
        _ => &[("IDPSignout", "false")],
    }
}

/// The claim that becomes the username, where the mapping does not say (seen live for Google).
fn username_claim(kind: &str) -> Option<&'static str> {
    match kind {
        "Facebook" => Some("id"),
        "LoginWithAmazon" => Some("user_id"),
        "SAML" => None,
        _ => Some("sub"),
    }
}

/// The endpoints of an OIDC provider, in their order; they come together or from its discovery document.
const ENDPOINTS: [(&str, &str); 4] = [
    ("authorize_url", "authorize"),
    ("token_url", "token"),
    ("attributes_url", "userinfo"),
    ("jwks_uri", "jwks.json"),
];

fn complete_details(
    kind: &str,
    mut details: BTreeMap<String, String>,
    certificate: &str,
) -> Result<BTreeMap<String, String>, Fault> {
    for key in needed(kind) {
        if details.get(*key).is_none_or(String::is_empty) {
            return Err(invalid(format!(
                "{key} is a required field in ProviderDetails for {kind}."
            )));
        }
    }
    match kind {
        "SAML" => {
            let location = details.get("MetadataURL").cloned();
            if location.is_none() && !details.contains_key("MetadataFile") {
                return Err(invalid(
                    "MetadataURL or MetadataFile is required in ProviderDetails for SAML.",
                ));
            }
            let base = location.unwrap_or_else(|| "https://idp.example.org/saml".to_owned());
            details
                .entry("SSORedirectBindingURI".to_owned())
                .or_insert_with(|| format!("{base}/sso"));
            details
                .entry("ActiveEncryptionCertificate".to_owned())
                .or_insert_with(|| certificate.to_owned());
        }
        "OIDC" => {
            let issuer = details.get("oidc_issuer").cloned().unwrap_or_default();
            if !issuer.starts_with("https://") || issuer.ends_with('/') {
                return Err(invalid(
                    "oidc_issuer must begin with https:// and not end with a slash.",
                ));
            }
            let given = ENDPOINTS.iter().filter(|(key, _)| details.contains_key(*key)).count();
            if ![0, ENDPOINTS.len()].contains(&given) {
                return Err(invalid("OIDC endpoints are given all or none."));
            }
            for (key, path) in ENDPOINTS {
                details
                    .entry(key.to_owned())
                    .or_insert_with(|| format!("{issuer}/{path}"));
            }
        }
        _ => {}
    }
    for (key, value) in derived(kind) {
        details.entry((*key).to_owned()).or_insert_with(|| (*value).to_owned());
    }
    // The private key is the one secret that is never read back (documentation's example of the answer).
    details.remove("private_key");
    Ok(details)
}

fn complete_mapping(
    pool: &Pool,
    kind: &str,
    mut mapping: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Fault> {
    for attribute in mapping.keys().filter(|it| *it != "username") {
        let Some(known) = schema::find(pool, attribute) else {
            return Err(invalid(format!(
                "Invalid AttributeMapping: {attribute} is not in the schema."
            )));
        };
        // A mapped attribute is written at every sign-in (documentation of SchemaAttributeType `Mutable`).
        if json::flag(known, "Mutable") == Some(false) {
            return Err(invalid(format!(
                "Invalid AttributeMapping: {attribute} is not mutable."
            )));
        }
    }
    if let Some(claim) = username_claim(kind) {
        mapping.entry("username".to_owned()).or_insert_with(|| claim.to_owned());
    }
    Ok(mapping)
}

fn check_identifiers(pool: &Pool, own: &str, identifiers: &[String]) -> Result<(), Fault> {
    let taken = pool
        .providers
        .iter()
        .filter(|(name, _)| *name != own)
        .any(|(_, provider)| provider.identifiers.iter().any(|it| identifiers.contains(it)));
    if taken {
        return Err(invalid("An identifier is used by another identity provider."));
    }
    Ok(())
}

fn identifiers(call: &Call) -> Option<Vec<String>> {
    let list = call.input.get("IdpIdentifiers")?;
    Some(json::texts_of(list).into_iter().map(str::to_owned).collect())
}

fn unknown(name: &str) -> Fault {
    not_found(format!("Identity provider {name} does not exist."))
}

/// CreateIdentityProvider.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let certificate = world.fresh("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 64);
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let name = call.required("ProviderName");
    let kind = call.required("ProviderType");
    if !["SAML", "OIDC"].contains(&kind) && name != kind {
        return Err(invalid(format!("ProviderName must be {kind} for ProviderType {kind}.")));
    }
    // `COGNITO` is the pool itself in a client's providers.
    if name.eq_ignore_ascii_case("cognito") || name.starts_with('_') {
        return Err(invalid(format!("Invalid ProviderName: {name}")));
    }
    if pool.providers.contains_key(name) {
        return Err(Fault::new(
            "DuplicateProviderException",
            400,
            format!("A provider with the name {name} already exists in this user pool."),
        ));
    }
    if pool.providers.len() >= MOST {
        return Err(limit("Maximum number of identity providers reached."));
    }
    let identifiers = identifiers(call).unwrap_or_default();
    check_identifiers(pool, name, &identifiers)?;
    let details = json::text_map(&call.input, "ProviderDetails").unwrap_or_default();
    let mapping = json::text_map(&call.input, "AttributeMapping").unwrap_or_default();
    let provider = Provider {
        kind: kind.to_owned(),
        details: complete_details(kind, details, &certificate)?,
        mapping: complete_mapping(pool, kind, mapping)?,
        identifiers,
        created: now,
        modified: now,
    };
    let answer = json!({"IdentityProvider": provider.shown(&pool.id, name)});
    pool.providers.insert(name.to_owned(), provider);
    Ok(answer.into())
}

/// DescribeIdentityProvider.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let name = call.required("ProviderName");
    let provider = pool.providers.get(name).ok_or_else(|| unknown(name))?;
    Ok(json!({"IdentityProvider": provider.shown(&pool.id, name)}).into())
}

/// GetIdentityProviderByIdentifier.
pub(crate) fn by_identifier(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let wanted = call.required("IdpIdentifier");
    let (name, provider) = pool
        .providers
        .iter()
        .find(|(_, provider)| provider.identifiers.iter().any(|it| it == wanted))
        .ok_or_else(|| unknown(wanted))?;
    Ok(json!({"IdentityProvider": provider.shown(&pool.id, name)}).into())
}

/// UpdateIdentityProvider: a map or list that is sent replaces the old one whole; one that is not stays.
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let name = call.required("ProviderName");
    let mut next = pool.providers.get(name).ok_or_else(|| unknown(name))?.clone();
    if let Some(details) = json::text_map(&call.input, "ProviderDetails") {
        let certificate = next
            .details
            .get("ActiveEncryptionCertificate")
            .cloned()
            .unwrap_or_default();
        next.details = complete_details(&next.kind, details, &certificate)?;
    }
    if let Some(mapping) = json::text_map(&call.input, "AttributeMapping") {
        next.mapping = complete_mapping(pool, &next.kind, mapping)?;
    }
    if let Some(identifiers) = identifiers(call) {
        check_identifiers(pool, name, &identifiers)?;
        next.identifiers = identifiers;
    }
    next.modified = now;
    let answer = json!({"IdentityProvider": next.shown(&pool.id, name)});
    pool.providers.insert(name.to_owned(), next);
    Ok(answer.into())
}

/// DeleteIdentityProvider.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    let name = call.required("ProviderName");
    pool.providers.remove(name).ok_or_else(|| unknown(name))?;
    Ok(Answer::empty())
}

/// ListIdentityProviders: at most 60 a page.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let items = pool
        .providers
        .iter()
        .map(|(name, provider)| (name.as_str(), (name, provider)));
    let (taken, next) = page::page(items, page::size(call.int("MaxResults"), 60), call.text("NextToken"))?;
    let shown: Vec<Value> = taken
        .into_iter()
        .map(|(name, provider)| {
            json!({
                "ProviderName": name,
                "ProviderType": provider.kind,
                "CreationDate": provider.created,
                "LastModifiedDate": provider.modified,
            })
        })
        .collect();
    let mut answer = json!({"Providers": shown});
    if let Some(token) = next {
        answer["NextToken"] = json!(token);
    }
    Ok(answer.into())
}
