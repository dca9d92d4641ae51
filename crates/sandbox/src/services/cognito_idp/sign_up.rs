//! SignUp: what a stranger can do with the id of a published client.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use super::client::Client;
use super::fault::{invalid, not_authorized};
use super::hidden::Hidden;
use super::srp::PasswordHash;
use super::user::{self, User};
use super::{Pool, client, message, password, schema};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// SignUp. The call is not signed: the client's id says which pool, whoever owns it.
pub(crate) fn sign_up(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let id = call.required("ClientId");
    let sub = world.fresh_uuid();
    let salt = password::salt(world);
    let code = world.fresh("0123456789", 6);
    let now = world.now();
    let pool = world
        .cognito_idp
        .values_mut()
        .filter_map(|regions| regions.get_mut(&call.region))
        .flat_map(|state| state.pools.values_mut())
        .find(|pool| pool.clients.contains_key(id))
        .ok_or_else(|| client::unknown(id))?;
    if let Some(client) = pool.clients.get(id) {
        check_secret_hash(client, call)?;
    }
    let closed = pool
        .settings
        .get("AdminCreateUserConfig")
        .is_some_and(|it| it["AllowAdminCreateUserOnly"] == true);
    if closed {
        return Err(not_authorized("SignUp is not permitted for this user pool"));
    }
    password::check(pool, call.text("Password").unwrap_or_default())?;
    let mut attributes = user::sent_attributes(&call.input);
    schema::check_values(pool, &attributes)?;
    if attributes.keys().any(|name| name.ends_with("_verified")) {
        return Err(not_authorized("A client attempted to write unauthorized attribute"));
    }
    let naming = user::name_new(pool, call.required("Username"), &sub, &mut attributes)?;
    for name in schema::required(pool) {
        if !attributes.contains_key(&name) {
            return Err(invalid(format!(
                "Attributes did not conform to the schema: {name}: The attribute is required\n"
            )));
        }
    }
    let mut answer = json!({"UserConfirmed": false, "UserSub": sub});
    attributes.insert("sub".to_owned(), sub);
    let hash = PasswordHash::new(
        salt,
        &pool.id,
        &naming.username,
        call.text("Password").unwrap_or_default(),
    );
    let user = User {
        username: naming.username,
        sign_in_name: naming.sign_in_name,
        attributes,
        created: now,
        modified: now,
        enabled: true,
        status: "UNCONFIRMED".to_owned(),
        password_hash: Some(hash),
        code: Some(Hidden::new(code.clone())),
        ..User::default()
    };
    if let Some((attribute, medium, destination)) = verified_address(pool, &user) {
        let message = message::code(pool, &user.username, "verification", (medium, &destination), &code, now);
        pool.sent(message);
        answer["CodeDeliveryDetails"] = json!({
            "Destination": masked(&destination),
            "DeliveryMedium": medium,
            "AttributeName": attribute,
        });
    }
    pool.users.insert(user.username.clone(), user);
    Ok(answer.into())
}

fn verified_address(pool: &Pool, user: &User) -> Option<(&'static str, &'static str, String)> {
    let verified = super::json::texts(&pool.settings, "AutoVerifiedAttributes");
    [("email", "EMAIL"), ("phone_number", "SMS")]
        .into_iter()
        .filter(|(attribute, _)| verified.contains(attribute))
        .find_map(|(attribute, medium)| Some((attribute, medium, user.attributes.get(attribute)?.clone())))
}

fn masked(address: &str) -> String {
    match address.split_once('@') {
        Some((local, domain)) => format!(
            "{}***@{}***",
            local.chars().next().unwrap_or('*'),
            domain.chars().next().unwrap_or('*')
        ),
        None => format!(
            "+*******{}",
            address.get(address.len().saturating_sub(4)..).unwrap_or_default()
        ),
    }
}

/// A confidential client proves that it has the secret, by a hash over the username and its id (developer
/// guide "computing secret hash values"). Each secret that works is good for it.
pub(crate) fn check_secret_hash(client: &Client, call: &Call) -> Result<(), Fault> {
    if client.secrets.is_empty() {
        return Ok(());
    }
    let Some(sent) = call.text("SecretHash") else {
        return Err(not_authorized(format!(
            "Client {} is configured with secret but SECRET_HASH was not received",
            client.id
        )));
    };
    let matches = client
        .secrets
        .iter()
        .any(|secret| secret_hash(secret.value.reveal(), call.required("Username"), &client.id) == sent);
    if matches {
        Ok(())
    } else {
        Err(not_authorized(format!(
            "SecretHash does not match for the client: {}",
            client.id
        )))
    }
}

/// The hash that proves a client secret.
pub(crate) fn secret_hash(secret: &str, username: &str, client: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(username.as_bytes());
    mac.update(client.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
