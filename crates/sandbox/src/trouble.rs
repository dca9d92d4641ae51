//! Trouble on request: time that passes, calls that fail, answers that get lost. All of it follows from one seed.

use std::time::Duration;

use crate::call::Fault;

/// Trouble on request. Calls are counted from one, beginning when the trouble is set.
///
/// Calls "in N" are drawn from the seed and the count, so that the same calls meet the same trouble.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trouble {
    /// The seed of everything that is drawn here.
    pub seed: u64,
    /// This call and all later ones fail before they take effect, as when the caller was killed.
    pub fail_from: Option<u64>,
    /// This call takes effect and its answer is lost.
    pub lose_answer_of: Option<u64>,
    /// About one call in so many takes effect and its answer is lost.
    pub lose_answers: Option<u32>,
    /// About one call in so many begins a burst of one to three calls that are throttled.
    pub throttle: Option<u32>,
    /// Only mutating calls are counted, failed, throttled and lost.
    pub mutating_only: bool,
    /// How long each call takes. [`Sandbox::call`](crate::Sandbox::call) does not wait.
    pub latency: Duration,
    /// The most elements of a page, so that every list is paged.
    pub page_size: Option<u32>,
    /// How long a distribution is `InProgress` after a change, and an invalidation.
    pub deploy_delay: Duration,
    /// How long a new role or user is unknown to reads, to other services and to policies that name it.
    pub iam_delay: Duration,
    /// How long lists show what was there before a change.
    pub list_delay: Duration,
    /// The first read of a distribution after an update shows it as it was before.
    pub stale_reads: bool,
    /// Actions that are denied to everybody, such as `iam:CreateRole` or `s3:Put*`.
    pub refuse: Vec<String>,
    /// Signatures are verified.
    pub authorize: bool,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is answered.
    Answered,
    /// It is refused for now.
    Throttled,
    /// It takes effect, and its answer is lost.
    AnswerLost,
    /// It never arrives.
    Lost,
}

/// How far the trouble has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The calls that were counted.
    counted: u64,
    /// The calls of this burst that are still to be throttled.
    burst: u64,
}

impl Progress {
    /// What becomes of the next call.
    pub(crate) fn next(&mut self, trouble: &Trouble, mutating: bool) -> Fate {
        if trouble.mutating_only && !mutating {
            return Fate::Answered;
        }
        self.counted += 1;
        if trouble.fail_from.is_some_and(|first| self.counted >= first) {
            return Fate::Lost;
        }
        let draw = |what: &str| draw(trouble.seed, what, self.counted);
        let drawn = |what: &str, one_in: Option<u32>| one_in.is_some_and(|n| draw(what) % u64::from(n.max(1)) == 0);
        if self.burst > 0 {
            self.burst -= 1;
            return Fate::Throttled;
        }
        if drawn("throttle", trouble.throttle) {
            self.burst = draw("burst") % 3;
            return Fate::Throttled;
        }
        if trouble.lose_answer_of == Some(self.counted) || drawn("lose", trouble.lose_answers) {
            return Fate::AnswerLost;
        }
        Fate::Answered
    }
}

/// A number that looks random.
fn draw(seed: u64, what: &str, count: u64) -> u64 {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(format!("{what} {seed}/{count}"));
    digest
        .iter()
        .take(8)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// What a service answers to a caller that asks too often. Every service has its own code; the names of two are in
/// its model, those of the others in "Error handling" of their API references.
pub(crate) fn throttled(service: &str) -> Fault {
    match service {
        "s3" => Fault::new("SlowDown", 503, "Please reduce your request rate."),
        "cognito-idp" => Fault::new("TooManyRequestsException", 400, "Rate exceeded"),
        "cognito-identity" => Fault::new("TooManyRequestsException", 429, "Rate exceeded"),
        "resourcegroupstaggingapi" => Fault::new("ThrottledException", 429, "Rate exceeded"),
        _ => Fault::new("Throttling", 400, "Rate exceeded"),
    }
}

/// How the world behaves besides what it holds. It is set with the trouble and not kept.
#[derive(Clone, Default)]
pub(crate) struct Manner {
    /// Seconds until a change of a distribution is deployed.
    pub(crate) deploy_delay: f64,
    /// Seconds until a new role is known.
    pub(crate) iam_delay: f64,
    /// Whether the first read after an update of a distribution is stale.
    pub(crate) stale_reads: bool,
    /// Actions that are denied to everybody.
    pub(crate) refused: Vec<String>,
    /// Whether signatures are verified.
    pub(crate) authorize: bool,
}

impl Manner {
    /// What the trouble asks of services.
    pub(crate) fn of(trouble: &Trouble) -> Self {
        Self {
            deploy_delay: trouble.deploy_delay.as_secs_f64(),
            iam_delay: trouble.iam_delay.as_secs_f64(),
            stale_reads: trouble.stale_reads,
            refused: trouble.refuse.clone(),
            authorize: trouble.authorize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;

    fn fates(trouble: &Trouble, calls: usize) -> Vec<Fate> {
        let mut progress = Progress::default();
        (0..calls).map(|_| progress.next(trouble, true)).collect()
    }

    #[test]
    fn trouble_comes_as_often_as_asked_and_is_the_same_for_the_same_seed() {
        let trouble = Trouble {
            seed: 3,
            throttle: Some(10),
            lose_answers: Some(20),
            ..Trouble::default()
        };
        let all = fates(&trouble, 10_000);
        assert_eq!(all, fates(&trouble, 10_000));
        assert_ne!(all, fates(&Trouble { seed: 4, ..trouble }, 10_000));
        let count = |wanted: Fate| all.iter().filter(|it| **it == wanted).count();
        assert!(
            (1200..2400).contains(&count(Fate::Throttled)),
            "{}",
            count(Fate::Throttled)
        );
        assert!(
            (300..600).contains(&count(Fate::AnswerLost)),
            "{}",
            count(Fate::AnswerLost)
        );
        assert!(all.windows(2).any(|pair| pair == [Fate::Throttled; 2]), "bursts");
        assert_eq!(count(Fate::Lost), 0);
    }

    #[test]
    fn only_what_is_counted_meets_trouble() {
        let trouble = Trouble {
            throttle: Some(1),
            mutating_only: true,
            ..Trouble::default()
        };
        let mut progress = Progress::default();
        assert_eq!(progress.next(&trouble, false), Fate::Answered);
        assert_eq!(progress, Progress::default());
        assert_eq!(progress.next(&trouble, true), Fate::Throttled);
    }

    #[test]
    fn codes_of_throttling_agree_with_the_models() {
        for model in Model::all() {
            let fault = throttled(&model.service);
            for operation in model.operations.values() {
                for declared in operation.errors.iter().filter(|it| it.code == fault.code) {
                    assert_eq!(
                        declared.status.unwrap_or(fault.status),
                        fault.status,
                        "{}",
                        model.service
                    );
                }
            }
        }
    }
}
