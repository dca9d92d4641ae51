//! Origin access identities, which access controls replaced; adoption may still meet them.

use serde_json::{Value, json};

use super::{Identity, config, fault, fresh_etag, fresh_id, page};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// `CreateCloudFrontOriginAccessIdentity`: here a caller reference does make a repetition harmless.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let sent = call
        .input
        .get("CloudFrontOriginAccessIdentityConfig")
        .cloned()
        .unwrap_or_default();
    let reference = config::text(&sent, "CallerReference");
    if reference.is_empty() {
        return Err(fault::invalid_argument("The parameter CallerReference is required."));
    }
    let same = world
        .cloudfront
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.identities.values())
        .find(|other| config::text(&other.config, "CallerReference") == reference);
    if let Some(same) = same {
        return if same.config == sent {
            Ok(whole(same).into())
        } else {
            Err(Fault::new(
                "CloudFrontOriginAccessIdentityAlreadyExists",
                409,
                "The caller reference was used before with another comment.",
            ))
        };
    }
    let identity = Identity {
        id: fresh_id(world, "E"),
        canonical_user: world.fresh("0123456789abcdef", 96),
        config: sent,
        etag: fresh_etag(world),
    };
    let mut answer = whole(&identity);
    answer["Location"] = json!(format!(
        "https://cloudfront.amazonaws.com/2020-05-31/origin-access-identity/cloudfront/{}",
        identity.id
    ));
    let state = world.cloudfront.entry(call.account.clone()).or_default();
    state.identities.insert(identity.id.clone(), identity);
    Ok(answer.into())
}

/// `GetCloudFrontOriginAccessIdentity`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    Ok(whole(find(world, call)?).into())
}

/// `ListCloudFrontOriginAccessIdentities`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let items = world
        .cloudfront
        .get(&call.account)
        .into_iter()
        .flat_map(|state| state.identities.values())
        .map(|identity| {
            let item = json!({
                "Id": identity.id,
                "S3CanonicalUserId": identity.canonical_user,
                "Comment": config::text(&identity.config, "Comment"),
            });
            (identity.id.clone(), item)
        })
        .collect();
    page::page(call, "CloudFrontOriginAccessIdentityList", items, true)
}

/// `DeleteCloudFrontOriginAccessIdentity`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let identity = find(world, call)?.clone();
    fault::check_match(call.text("IfMatch"), &identity.etag)?;
    let path = format!("origin-access-identity/cloudfront/{}", identity.id);
    let state = world.cloudfront.entry(call.account.clone()).or_default();
    let used = state
        .distributions
        .values()
        .flat_map(|distribution| config::items(&distribution.config, "Origins"))
        .any(|origin| config::text(&origin["S3OriginConfig"], "OriginAccessIdentity") == path);
    if used {
        return Err(Fault::new(
            "CloudFrontOriginAccessIdentityInUse",
            409,
            "The Origin Access Identity specified is already in use.",
        ));
    }
    state.identities.remove(&identity.id);
    Ok(Answer::empty())
}

/// The identity that a call names.
fn find<'a>(world: &'a mut World, call: &Call) -> Result<&'a mut Identity, Fault> {
    world
        .cloudfront
        .get_mut(&call.account)
        .and_then(|state| state.identities.get_mut(call.required("Id")))
        .ok_or_else(|| {
            Fault::new(
                "NoSuchCloudFrontOriginAccessIdentity",
                404,
                "The specified origin access identity does not exist.",
            )
        })
}

/// An identity as reads show it.
fn whole(identity: &Identity) -> Value {
    json!({
        "CloudFrontOriginAccessIdentity": {
            "Id": identity.id,
            "S3CanonicalUserId": identity.canonical_user,
            "CloudFrontOriginAccessIdentityConfig": identity.config,
        },
        "ETag": identity.etag,
    })
}
