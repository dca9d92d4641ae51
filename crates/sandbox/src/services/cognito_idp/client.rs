//! App clients.
//!
//! The secret is shown by create, update and describe, never by a list; once a second secret
//! was added, describe shows none any more (floci-io/floci#345).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::fault::{invalid, limit, not_found};
use super::hidden::Hidden;
use super::{Pool, client_settings, page, pool};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The most clients of a pool (quota "app clients per user pool", adjustable).
const MOST: usize = 1000;

const LOWER_ALPHANUMERIC: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// An app client.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Client {
    /// 26 lower-case letters and digits.
    pub(crate) id: String,
    /// Its name, which need not be unique.
    pub(crate) name: String,
    /// When it was made.
    pub(crate) created: f64,
    /// When it was last written.
    pub(crate) modified: f64,
    /// What describe shows, under AWS's names.
    pub(crate) settings: Map<String, Value>,
    /// The secrets that work, at most two; none of a public client.
    pub(crate) secrets: Vec<Secret>,
    /// Whether describe still shows the one secret.
    pub(crate) shows_secret: bool,
    /// The ARN under which Secrets Manager publishes the secret instead.
    pub(crate) secret_arn: Option<String>,
}

/// A client secret.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Secret {
    /// `<client id>--<epoch seconds>`.
    pub(crate) id: String,
    /// The secret.
    pub(crate) value: Hidden,
    /// When it was added.
    pub(crate) created: f64,
}

impl Client {
    fn shown(&self, pool: &str) -> Value {
        let mut members = self.settings.clone();
        members.insert("UserPoolId".to_owned(), json!(pool));
        members.insert("ClientId".to_owned(), json!(self.id));
        members.insert("ClientName".to_owned(), json!(self.name));
        members.insert("CreationDate".to_owned(), json!(self.created));
        members.insert("LastModifiedDate".to_owned(), json!(self.modified));
        if let Some(arn) = &self.secret_arn {
            members.insert("ClientSecretArn".to_owned(), json!(arn));
        } else if let [secret] = self.secrets.as_slice()
            && self.shows_secret
        {
            members.insert("ClientSecret".to_owned(), json!(secret.value.reveal()));
        }
        Value::Object(members)
    }
}

/// A new secret: letters and digits only (seen on live clients), 51 of them.
pub(super) fn fresh_secret(world: &mut World) -> Hidden {
    Hidden::new(world.fresh(LOWER_ALPHANUMERIC, 51))
}

/// The client that a call names.
pub(super) fn find_mut<'p>(pool: &'p mut Pool, call: &Call) -> Result<&'p mut Client, Fault> {
    let id = call.required("ClientId");
    pool.clients.get_mut(id).ok_or_else(|| unknown(id))
}

pub(super) fn unknown(id: &str) -> Fault {
    not_found(format!("User pool client {id} does not exist."))
}

/// CreateUserPoolClient.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    let generate = call.flag("GenerateSecret") == Some(true);
    let given = call.text("ClientSecret").map(Hidden::new);
    if generate && given.is_some() {
        // Documentation of ClientSecret.
        return Err(invalid(
            "You cannot specify both GenerateSecret as true and a ClientSecret.",
        ));
    }
    let publish = call.flag("PublishSecretsInAWSSecretsManager") == Some(true);
    if publish && !generate {
        return Err(invalid(
            "PublishSecretsInAWSSecretsManager applies only when GenerateSecret is true.",
        ));
    }
    let settings = client_settings::build(pool, &call.input, generate || given.is_some())?;
    if pool.clients.len() >= MOST {
        return Err(limit("Maximum number of user pool clients reached."));
    }
    let id = world.fresh(LOWER_ALPHANUMERIC, 26);
    let secret = if generate { Some(fresh_secret(world)) } else { given };
    let now = world.now();
    let client = Client {
        id: id.clone(),
        name: call.required("ClientName").to_owned(),
        created: now,
        modified: now,
        settings,
        secrets: secret
            .map(|value| Secret {
                id: secret_id(&id, now),
                value,
                created: now,
            })
            .into_iter()
            .collect(),
        shows_secret: true,
        secret_arn: publish.then(|| {
            format!(
                "arn:{}:secretsmanager:{}:{}:secret:cognito/{id}",
                pool::partition(&call.region),
                call.region,
                call.account
            )
        }),
    };
    let pool = pool::find_mut(world, call)?;
    let answer = json!({"UserPoolClient": client.shown(&pool.id)});
    pool.clients.insert(id, client);
    Ok(answer.into())
}

/// The id of a secret (documentation of ClientSecretDescriptorType).
pub(super) fn secret_id(client: &str, created: f64) -> String {
    format!("{client}--{}", created.trunc() as i64)
}

/// DescribeUserPoolClient.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    let id = pool.id.clone();
    Ok(json!({"UserPoolClient": find_mut(pool, call)?.shown(&id)}).into())
}

/// UpdateUserPoolClient: the secret and the name stay, everything else that is omitted resets.
pub(crate) fn update(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let pool = pool::find_mut(world, call)?;
    let has_secret = !find_mut(pool, call)?.secrets.is_empty();
    let settings = client_settings::build(pool, &call.input, has_secret)?;
    let id = pool.id.clone();
    let client = find_mut(pool, call)?;
    client.settings = settings;
    client.modified = now;
    if let Some(name) = call.text("ClientName") {
        client.name = name.to_owned();
    }
    Ok(json!({"UserPoolClient": client.shown(&id)}).into())
}

/// DeleteUserPoolClient, which takes the client's branding with it.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find_mut(world, call)?;
    let id = call.required("ClientId");
    pool.clients.remove(id).ok_or_else(|| unknown(id))?;
    pool.ui.remove(id);
    pool.risk.remove(id);
    pool.brandings.retain(|_, branding| branding.client != id);
    Ok(Answer::empty())
}

/// ListUserPoolClients: ids and names alone, at most 60 a page.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let pool = pool::find(world, call)?;
    // No client here was registered dynamically.
    let wanted = call.text("ClientType") != Some("DCR");
    let items = pool
        .clients
        .iter()
        .filter(|_| wanted)
        .map(|(id, client)| (id.as_str(), client));
    let (taken, next) = page::page(items, page::size(call.int("MaxResults"), 60), call.text("NextToken"))?;
    let shown: Vec<Value> = taken
        .into_iter()
        .map(|client| json!({"ClientId": client.id, "ClientName": client.name, "UserPoolId": pool.id}))
        .collect();
    let mut answer = json!({"UserPoolClients": shown});
    if let Some(token) = next {
        answer["NextToken"] = json!(token);
    }
    Ok(answer.into())
}
