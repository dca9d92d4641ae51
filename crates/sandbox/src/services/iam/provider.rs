//! OpenID Connect providers, which nothing here needs but adoption may meet.

use serde_json::{Value, json};

use super::state::OidcProvider;
use super::{fault, tags};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// The provider that a call names.
pub(super) fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut OidcProvider, Fault> {
    let arn = call.required("OpenIDConnectProviderArn");
    world
        .iam
        .get_mut(&call.account)
        .and_then(|state| state.oidc_providers.get_mut(arn))
        .ok_or_else(|| fault::no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}")))
}

/// `CreateOpenIDConnectProvider`.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let url = call.required("Url");
    let host = url
        .strip_prefix("https://")
        .filter(|host| !host.is_empty())
        .ok_or_else(|| fault::validation("Invalid Open ID Connect Provider URL"))?
        .trim_end_matches('/');
    let arn = format!("arn:aws:iam::{}:oidc-provider/{host}", call.account);
    let provider = OidcProvider {
        url: host.to_owned(),
        client_ids: texts(call, "ClientIDList"),
        thumbprints: texts(call, "ThumbprintList"),
        created: world.now(),
        tags: tags::sent(call)?,
    };
    let state = world.iam.entry(call.account.clone()).or_default();
    if state.oidc_providers.contains_key(&arn) {
        return Err(fault::already_exists(format!(
            "Provider with url {url} already exists."
        )));
    }
    state.oidc_providers.insert(arn.clone(), provider);
    Ok(json!({"OpenIDConnectProviderArn": arn}).into())
}

/// `GetOpenIDConnectProvider`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let provider = find(world, call)?;
    let mut shown = json!({
        "Url": provider.url,
        "ClientIDList": provider.client_ids,
        "ThumbprintList": provider.thumbprints,
        "CreateDate": provider.created,
    });
    if !provider.tags.is_empty() {
        shown["Tags"] = json!(tags::shown(&provider.tags));
    }
    Ok(shown.into())
}

/// `ListOpenIDConnectProviders`, which is not paged.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let arns: Vec<Value> = world
        .iam
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.oidc_providers.keys())
        .map(|arn| json!({"Arn": arn}))
        .collect();
    Ok(json!({"OpenIDConnectProviderList": arns}).into())
}

/// `DeleteOpenIDConnectProvider`: deleting what is not there succeeds (its API reference).
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let state = world.iam.entry(call.account.clone()).or_default();
    state.oidc_providers.remove(call.required("OpenIDConnectProviderArn"));
    Ok(Answer::empty())
}

/// A list of texts.
fn texts(call: &Call, member: &str) -> Vec<String> {
    call.input
        .get(member)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
