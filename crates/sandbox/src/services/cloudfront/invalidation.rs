//! Invalidations, which are no state of a distribution and are kept all the same.

use serde_json::{Value, json};

use super::{Invalidation, config, distribution, fault, fresh_id, page};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// How many paths one batch can have.
const MOST: usize = 3000;

/// `CreateInvalidation`: the same batch again is the same invalidation.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let (now, id) = (world.now(), fresh_id(world, "I"));
    let completed_at = distribution::deployed_at(world, now);
    let distribution = distribution::by_id(world, call, call.required("DistributionId"))?;
    let batch = call.input.get("InvalidationBatch").cloned().unwrap_or_default();
    config::check_quantities(&batch)?;
    let paths: Vec<&str> = config::items(&batch, "Paths").filter_map(Value::as_str).collect();
    if paths.is_empty() || !paths.iter().all(|path| path.starts_with('/')) {
        return Err(fault::invalid_argument(
            "Your request contains one or more invalid invalidation paths.",
        ));
    }
    if paths.len() > MOST {
        return Err(Fault::new(
            "BatchTooLarge",
            413,
            "Invalidation batch specified is too large.",
        ));
    }
    let reference = config::text(&batch, "CallerReference");
    let same = distribution
        .invalidations
        .values()
        .find(|other| config::text(&other.batch, "CallerReference") == reference);
    let invalidation = match same {
        Some(same) if same.batch == batch => same.clone(),
        Some(_) => {
            return Err(fault::invalid_argument(
                "Your request contains a caller reference that was used for a previous invalidation batch for the \
                 same distribution.",
            ));
        }
        None => Invalidation {
            id,
            created: now,
            completed_at,
            batch,
        },
    };
    distribution
        .invalidations
        .insert(invalidation.id.clone(), invalidation.clone());
    Ok(json!({
        "Invalidation": shown(&invalidation, now),
        "Location": format!(
            "https://cloudfront.amazonaws.com/2020-05-31/distribution/{}/invalidation/{}",
            distribution.id, invalidation.id
        ),
    })
    .into())
}

/// `GetInvalidation`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let distribution = distribution::by_id(world, call, call.required("DistributionId"))?;
    let invalidation = distribution
        .invalidations
        .get(call.required("Id"))
        .ok_or_else(|| Fault::new("NoSuchInvalidation", 404, "The specified invalidation does not exist."))?;
    Ok(json!({"Invalidation": shown(invalidation, now)}).into())
}

/// `ListInvalidations`, the newest first.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let distribution = distribution::by_id(world, call, call.required("DistributionId"))?;
    let mut newest_first: Vec<&Invalidation> = distribution.invalidations.values().collect();
    newest_first.sort_by(|one, other| other.created.total_cmp(&one.created));
    let items = newest_first
        .into_iter()
        .map(|it| {
            let item = json!({"Id": it.id, "CreateTime": it.created, "Status": it.status(now)});
            (it.id.clone(), item)
        })
        .collect();
    page::page(call, "InvalidationList", items, true)
}

/// An invalidation as reads show it.
fn shown(invalidation: &Invalidation, now: f64) -> Value {
    json!({
        "Id": invalidation.id,
        "Status": invalidation.status(now),
        "CreateTime": invalidation.created,
        "InvalidationBatch": invalidation.batch,
    })
}
