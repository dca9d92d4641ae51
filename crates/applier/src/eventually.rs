//! Trying again while AWS converges: IAM and CloudFront know late what they were told.

use std::time::Duration;

use crate::error::{ErrorClass, WorldError};
use crate::verbs::Target;

/// The schedule that works for IAM (measured: cdkd #1288): 0.25, 0.5, 1 s, then every 2 s, 47.75 s in all.
fn schedule() -> impl Iterator<Item = Duration> {
    [250, 500, 1000]
        .into_iter()
        .chain(std::iter::repeat_n(2000, 23))
        .map(Duration::from_millis)
}

/// Repeats a call while it fails for a reason that passes, saying what is being waited for.
///
/// `passes` names the documented errors of that call; a concurrent write always counts.
pub(crate) async fn eventually<T, F>(
    target: &Target<'_>,
    what: &str,
    passes: fn(&WorldError) -> bool,
    mut call: impl FnMut() -> F,
) -> Result<T, WorldError>
where
    F: Future<Output = Result<T, WorldError>>,
{
    for pause in schedule() {
        match call().await {
            Err(error) if passes(&error) || error.class == ErrorClass::Conflict => {
                (target.waiting)(what);
                tokio::time::sleep(pause).await;
            }
            answer => return answer,
        }
    }
    call().await
}
