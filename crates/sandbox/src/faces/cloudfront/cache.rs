//! What the edge keeps of the origin's answers, and for how long.
//!
//! An answer stays until its time is over, whatever happens at the origin: a new file, a policy that closes. Only an
//! invalidation takes it away before. Errors stay too, for ten seconds unless the configuration says otherwise. All
//! edges are one here, and their memory is not written down.
//!
//! Source: Amazon CloudFront Developer Guide, "Manage how long content stays in the cache (expiration)", "How CloudFront
//! caches HTTP 4xx and 5xx status codes", "Invalidate files". Whether errors are kept under a policy that keeps nothing
//! is not said there; here they are not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::origin::{self, Found};
use super::{Viewer, behaviour};
use crate::faces::FaceAnswer;
use crate::services::cloudfront::{self, Distribution};
use crate::services::s3::glob;
use crate::world::World;

/// How long an error stays where the configuration does not say, in seconds.
const ERRORS: f64 = 10.0;

/// The most answers that are kept.
const MOST: usize = 10_000;

/// The answers that the edge keeps, by distribution and path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edge(BTreeMap<(String, String), Held>);

/// An answer of the origin.
#[derive(Debug, Clone)]
struct Held {
    answer: Result<Found, FaceAnswer>,
    /// When it came, in epoch seconds.
    since: f64,
    /// When its time is over.
    until: f64,
    /// The invalidations that were done when it came.
    done: BTreeSet<String>,
}

/// An answer, and how it came.
pub(super) struct Got {
    /// The object, or the answer in its place.
    pub(super) answer: Result<Found, FaceAnswer>,
    /// `X-Cache`, where it is not a miss.
    pub(super) cache: Option<&'static str>,
    /// How old it is in seconds, where the edge had it.
    pub(super) age: Option<f64>,
}

/// The least, usual and longest time that a behaviour keeps answers, in seconds; nothing where it keeps none.
fn times(behaviour: &Value) -> Option<[f64; 3]> {
    let times = match behaviour["CachePolicyId"].as_str() {
        Some(id) => cloudfront::cache_times(id)?,
        None => ["MinTTL", "DefaultTTL", "MaxTTL"].map(|member| behaviour[member].as_f64().unwrap_or_default()),
    };
    (times[2] > 0.0).then_some(times)
}

/// What the edge has, or else what the origin says, which the edge keeps from then on.
pub(super) fn ask(
    world: &mut World,
    account: &str,
    distribution: &Distribution,
    path: &str,
    viewer: &Viewer<'_>,
) -> Got {
    let behaviour = behaviour(&distribution.config, path);
    let Some(times) = times(behaviour) else {
        return Got {
            answer: origin::ask(world, account, distribution, behaviour, path, viewer),
            cache: None,
            age: None,
        };
    };
    let now = world.now();
    let place = (distribution.id.clone(), path.to_owned());
    let held = world
        .edge
        .0
        .remove(&place)
        .filter(|held| !held.invalidated(distribution, path, now));
    if let Some(held) = held.clone().filter(|held| now < held.until) {
        let got = Got {
            answer: held.answer.clone(),
            cache: Some("Hit from cloudfront"),
            age: Some((now - held.since).floor()),
        };
        world.edge.0.insert(place, held);
        return got;
    }
    let answer = origin::ask(world, account, distribution, behaviour, path, viewer);
    let same = matches!(
        (&answer, held.map(|held| held.answer)),
        (Ok(one), Some(Ok(other))) if one.content.etag == other.content.etag
    );
    let seconds = lifetime(&distribution.config, times, &answer, now);
    if seconds > 0.0 {
        let held = Held {
            answer: answer.clone(),
            since: now,
            until: now + seconds,
            done: done(distribution, now).map(|(id, _)| id.to_owned()).collect(),
        };
        world.edge.keep(place, held, now);
    }
    Got {
        answer,
        cache: same.then_some("RefreshHit from cloudfront"),
        age: None,
    }
}

impl Edge {
    fn keep(&mut self, place: (String, String), held: Held, now: f64) {
        if self.0.len() >= MOST {
            self.0.retain(|_, held| now < held.until);
        }
        if self.0.len() < MOST {
            self.0.insert(place, held);
        }
    }
}

impl Held {
    /// Whether an invalidation took it away.
    fn invalidated(&self, distribution: &Distribution, path: &str, now: f64) -> bool {
        let mut paths = done(distribution, now)
            .filter(|(id, _)| !self.done.contains(*id))
            .flat_map(|(_, batch)| batch["Paths"]["Items"].as_array().into_iter().flatten());
        paths.any(|pattern| pattern.as_str().is_some_and(|pattern| glob(pattern, path)))
    }
}

/// The invalidations that are done, by id.
fn done(distribution: &Distribution, now: f64) -> impl Iterator<Item = (&str, &Value)> {
    distribution
        .invalidations
        .iter()
        .filter(move |(_, it)| it.completed_at.is_none_or(|at| at <= now))
        .map(|(id, it)| (id.as_str(), &it.batch))
}

/// For how long an answer is kept, in seconds.
fn lifetime(config: &Value, [least, usual, longest]: [f64; 3], answer: &Result<Found, FaceAnswer>, now: f64) -> f64 {
    let longest = longest.max(least);
    let found = match answer {
        Ok(found) => found,
        Err(refusal) if refusal.status >= 400 => return of_error(config, refusal.status),
        Err(_) => return usual.clamp(least, longest),
    };
    let control = found.header("CacheControl").unwrap_or_default().to_ascii_lowercase();
    let directives: Vec<&str> = control.split(',').map(str::trim).collect();
    if ["no-store", "no-cache", "private"]
        .iter()
        .any(|name| directives.contains(name))
    {
        return least;
    }
    let seconds = |name: &str| {
        directives
            .iter()
            .find_map(|directive| directive.strip_prefix(name)?.strip_prefix('=')?.parse::<f64>().ok())
    };
    let told = seconds("s-maxage").or_else(|| seconds("max-age")).or_else(|| {
        let date = jiff::fmt::rfc2822::parse(found.header("Expires")?).ok()?;
        #[expect(clippy::cast_precision_loss, reason = "seconds of this era fit")]
        let end = date.timestamp().as_second() as f64;
        Some(end - now)
    });
    told.unwrap_or(usual).clamp(least, longest)
}

/// For how long an error is kept, in seconds.
fn of_error(config: &Value, status: u16) -> f64 {
    let rules = config["CustomErrorResponses"]["Items"].as_array();
    rules
        .into_iter()
        .flatten()
        .find(|rule| rule["ErrorCode"].as_u64() == Some(u64::from(status)))
        .and_then(|rule| rule["ErrorCachingMinTTL"].as_f64())
        .unwrap_or(ERRORS)
}
