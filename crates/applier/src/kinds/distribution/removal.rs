//! Deleting a distribution: disable it, wait until that is everywhere, delete it.
//!
//! A run that was killed in between goes on where it stood. A read just after a write may show what was before, so
//! what counts is `Deployed` and disabled together, and CloudFront's word when it is asked to delete.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{get_config, put_config};
use crate::calls::{nothing_passes, present};
use crate::clients::Clients;
use crate::error::{ErrorClass, WorldError};
use crate::eventually::eventually;
use crate::verbs::Target;

/// How long disabling may take (measured: minutes, cdkd #1316; the budget is theirs).
const LIMIT: Duration = Duration::from_secs(20 * 60);

pub(super) async fn remove(clients: &Clients, target: &Target<'_>, id: &str) -> Result<(), WorldError> {
    let disabled = eventually(target, super::WAIT, nothing_passes, || disable(clients, id)).await;
    if present(disabled)?.is_none() {
        return Ok(());
    }
    let start = Instant::now();
    let mut pauses = pauses();
    loop {
        match try_delete(clients, id).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) if error.is_missing() => return Ok(()),
            Err(error) => return Err(error),
        }
        if start.elapsed() > LIMIT {
            return Err(WorldError::own(
                "cloudfront:DeleteDistribution",
                format!("CloudFront did not disable {id} within 20 minutes; run again to go on waiting"),
            ));
        }
        (target.waiting)(&format!("CloudFront to disable {id}"));
        sleep(pauses.next().unwrap_or(Duration::from_secs(20))).await;
    }
}

/// Short at first, because a sandbox is done at once; AWS takes minutes.
fn pauses() -> impl Iterator<Item = Duration> {
    [100, 1000, 2000, 5000, 10_000]
        .into_iter()
        .chain(std::iter::repeat(20_000))
        .map(Duration::from_millis)
}

/// Switches it off unless it is off already.
async fn disable(clients: &Clients, id: &str) -> Result<(), WorldError> {
    let (mut config, tag) = get_config(clients, id).await?;
    if !config.enabled {
        return Ok(());
    }
    config.enabled = false;
    put_config(clients, id, config, tag).await
}

/// Deletes it if it is off everywhere; says whether it did.
async fn try_delete(clients: &Clients, id: &str) -> Result<bool, WorldError> {
    let answer = clients
        .cloudfront
        .get_distribution()
        .id(id)
        .send()
        .await
        .map_err(|error| WorldError::of("cloudfront:GetDistribution", error))?;
    let ready = answer
        .distribution
        .is_some_and(|it| it.status == "Deployed" && it.distribution_config.is_some_and(|config| !config.enabled));
    if !ready {
        return Ok(false);
    }
    let deleted = clients
        .cloudfront
        .delete_distribution()
        .id(id)
        .set_if_match(answer.e_tag)
        .send()
        .await
        .map_err(|error| WorldError::of("cloudfront:DeleteDistribution", error));
    match deleted {
        Ok(_) => Ok(true),
        Err(error) if error.has_code("DistributionNotDisabled") || error.class == ErrorClass::Conflict => Ok(false),
        Err(error) => Err(error),
    }
}
