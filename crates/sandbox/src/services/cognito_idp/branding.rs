//! How the login pages look: CSS of the classic page, styles of managed login.
//!
//! Managed login shows no page for a client that has no style
//! (hashicorp/terraform-provider-aws#42580).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault::{invalid, not_found};
use super::{Pool, client, domain, pool};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// A managed login style.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Branding {
    /// The client that it belongs to.
    pub(crate) client: String,
    /// Whether it is Cognito's own style.
    pub(crate) cognito_values: bool,
    /// `Settings`, a document of any shape.
    pub(crate) settings: Option<Value>,
    /// `Assets`.
    pub(crate) assets: Vec<Value>,
    /// When it was made.
    pub(crate) created: f64,
    /// When it was last written.
    pub(crate) modified: f64,
}

impl Branding {
    fn shown(&self, pool: &str, id: &str) -> Value {
        let mut members = json!({
            "ManagedLoginBrandingId": id,
            "UserPoolId": pool,
            "UseCognitoProvidedValues": self.cognito_values,
            "CreationDate": self.created,
            "LastModifiedDate": self.modified,
        });
        if let Some(settings) = &self.settings {
            members["Settings"] = settings.clone();
        }
        if !self.assets.is_empty() {
            members["Assets"] = json!(self.assets);
        }
        members
    }
}

/// SetUICustomization: the pool needs a domain first (documentation).
pub(crate) fn set_ui(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let version = world.fresh("0123456789", 6);
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    if !domain::any(pool) {
        return Err(invalid(
            "There has to be an existing domain associated with this user pool.",
        ));
    }
    let key = ui_key(pool, call)?;
    let created = pool.ui.get(&key).map_or(json!(now), |it| it["CreationDate"].clone());
    let mut shown = json!({
        "UserPoolId": pool.id,
        "ClientId": key,
        "CSSVersion": format!("20261101{version}"),
        "CreationDate": created,
        "LastModifiedDate": now,
    });
    if let Some(css) = call.text("CSS") {
        shown["CSS"] = json!(css);
    }
    if call.input.contains_key("ImageFile") {
        shown["ImageUrl"] = json!(format!("https://cloudfront.example.org/{}/{key}/image.jpg", pool.id));
    }
    pool.ui.insert(key, shown.clone());
    Ok(json!({"UICustomization": shown}).into())
}

/// GetUICustomization: a client without its own shows the pool's, and a pool without any shows nothing.
pub(crate) fn get_ui(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let key = ui_key(pool, call)?;
    let shown = pool.ui.get(&key).or_else(|| pool.ui.get("ALL"));
    Ok(json!({"UICustomization": shown.cloned().unwrap_or_else(|| json!({}))}).into())
}

fn ui_key(pool: &Pool, call: &Call) -> Result<String, Fault> {
    match call.text("ClientId") {
        None | Some("ALL") => Ok("ALL".to_owned()),
        Some(id) if pool.clients.contains_key(id) => Ok(id.to_owned()),
        Some(id) => Err(client::unknown(id)),
    }
}

/// CreateManagedLoginBranding: one style a client.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let id = world.fresh_uuid();
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let client = call.required("ClientId");
    if !pool.clients.contains_key(client) {
        return Err(client::unknown(client));
    }
    if pool.brandings.values().any(|it| it.client == client) {
        return Err(Fault::new(
            "ManagedLoginBrandingExistsException",
            400,
            "A managed login branding style already exists for this app client.",
        ));
    }
    let mut branding = Branding {
        client: client.to_owned(),
        created: now,
        ..Branding::default()
    };
    write(&mut branding, call, now)?;
    if !branding.cognito_values && branding.settings.is_none() && branding.assets.is_empty() {
        return Err(invalid("Settings, Assets or UseCognitoProvidedValues are required."));
    }
    let answer = json!({"ManagedLoginBranding": branding.shown(&pool.id, &id)});
    pool.brandings.insert(id, branding);
    Ok(answer.into())
}

/// Cognito's own values exclude others; what is not sent stays (documentation of CreateManagedLoginBranding).
fn write(branding: &mut Branding, call: &Call, now: f64) -> Result<(), Fault> {
    let own = call.flag("UseCognitoProvidedValues");
    let settings = call.input.get("Settings");
    let assets = call.input.get("Assets").and_then(Value::as_array);
    if own == Some(true) {
        if settings.is_some() || assets.is_some() {
            return Err(invalid(
                "Settings and Assets must be omitted when UseCognitoProvidedValues is true.",
            ));
        }
        branding.cognito_values = true;
        branding.settings = None;
        branding.assets = Vec::new();
    } else {
        if let Some(settings) = settings {
            branding.settings = Some(settings.clone());
        }
        if let Some(assets) = assets {
            branding.assets = assets.clone();
        }
        if own == Some(false) || settings.is_some() || assets.is_some() {
            branding.cognito_values = false;
        }
    }
    branding.modified = now;
    Ok(())
}

fn unknown() -> Fault {
    not_found("Managed login branding does not exist.")
}

/// DescribeManagedLoginBranding.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let id = call.required("ManagedLoginBrandingId");
    let branding = pool.brandings.get(id).ok_or_else(unknown)?;
    Ok(json!({"ManagedLoginBranding": branding.shown(&pool.id, id)}).into())
}

/// DescribeManagedLoginBrandingByClient.
pub(crate) fn describe_by_client(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let client = call.required("ClientId");
    if !pool.clients.contains_key(client) {
        return Err(client::unknown(client));
    }
    let (id, branding) = pool
        .brandings
        .iter()
        .find(|(_, it)| it.client == client)
        .ok_or_else(unknown)?;
    Ok(json!({"ManagedLoginBranding": branding.shown(&pool.id, id)}).into())
}

/// UpdateManagedLoginBranding.
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let id = call.required("ManagedLoginBrandingId");
    let branding = pool.brandings.get_mut(id).ok_or_else(unknown)?;
    write(branding, call, now)?;
    Ok(json!({"ManagedLoginBranding": branding.shown(&pool.id, id)}).into())
}

/// DeleteManagedLoginBranding.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    pool.brandings
        .remove(call.required("ManagedLoginBrandingId"))
        .ok_or_else(unknown)?;
    Ok(Answer::empty())
}
