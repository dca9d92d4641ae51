//! Creating what has no natural key: user pools, identity pools, clients.
//!
//! Their names are not unique and the calls have no idempotency token, so a call that is sent again after a lost
//! answer makes a second object (measured: cdkd, ambiguous-create.ts). The clients of these calls do not retry; here
//! our mark is looked for before the next try.

use std::time::Duration;

use crate::error::{ErrorClass, WorldError};
use crate::verbs::Target;

/// How often a call is sent at most.
const TRIES: u32 = 6;

/// Looks for our mark, creates where there is none, and looks again before every further try.
///
/// `look` gives what already carries the mark. A throttled call did nothing, so it is sent again without a look.
pub(crate) async fn once<T, L, C>(
    target: &Target<'_>,
    what: &str,
    mut look: impl FnMut() -> L,
    mut create: impl FnMut() -> C,
) -> Result<T, WorldError>
where
    L: Future<Output = Result<Option<T>, WorldError>>,
    C: Future<Output = Result<T, WorldError>>,
{
    if let Some(found) = look().await? {
        return Ok(found);
    }
    for attempt in 0.. {
        let error = match create().await {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        let ambiguous = error.class == ErrorClass::Ambiguous;
        if attempt + 1 == TRIES || !(ambiguous || error.class == ErrorClass::Throttled) {
            return Err(error);
        }
        (target.waiting)(what);
        tokio::time::sleep(Duration::from_millis(250 << attempt)).await;
        if ambiguous && let Some(found) = look().await? {
            return Ok(found);
        }
    }
    unreachable!("the last try returns")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::cell::Cell;

    use spec_model::{Address, Kind, Stack};

    use super::*;

    fn failed(class: ErrorClass) -> WorldError {
        WorldError {
            class,
            ..WorldError::own("cognito-idp:CreateUserPool", "no answer")
        }
    }

    async fn run(
        answers: Vec<Result<u32, WorldError>>,
        marked_after: Option<usize>,
    ) -> (Result<u32, WorldError>, usize) {
        let stack = Stack {
            name: "igv".to_owned(),
            id: None,
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        let address = Address::new(Kind::UserPool, "main");
        let target = Target {
            stack: &stack,
            address: &address,
            loosen: &[],
            replaces: None,
            source: None,
            waiting: &|_| {},
        };
        let sent = Cell::new(0);
        let look = || {
            let found = marked_after.is_some_and(|it| sent.get() >= it).then_some(0);
            async move { Ok(found) }
        };
        let create = || {
            let answer = answers[sent.get()].clone();
            sent.set(sent.get() + 1);
            async move { answer }
        };
        let answer = once(&target, "the user pool", look, create).await;
        (answer, sent.get())
    }

    #[tokio::test(start_paused = true)]
    async fn l66_a_lost_answer_is_looked_for_and_not_sent_again() {
        assert_eq!(run(vec![Err(failed(ErrorClass::Ambiguous))], Some(1)).await, (Ok(0), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_already_is_not_made() {
        assert_eq!(run(vec![], Some(0)).await, (Ok(0), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_request_is_sent_again() {
        let (answer, sent) = run(
            vec![
                Err(failed(ErrorClass::Ambiguous)),
                Err(failed(ErrorClass::Throttled)),
                Ok(7),
            ],
            None,
        )
        .await;
        assert_eq!((answer.unwrap(), sent), (7, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_and_a_quota_are_final() {
        for class in [ErrorClass::Refused, ErrorClass::Quota, ErrorClass::Denied] {
            let (answer, sent) = run(vec![Err(failed(class))], None).await;
            assert_eq!((answer.unwrap_err().class, sent), (class, 1));
        }
    }
}
