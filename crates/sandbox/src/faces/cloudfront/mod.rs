//! What viewers get from a distribution.
//!
//! What the origin said is kept for as long as the cache policy says. CloudFront asks S3 as a service
//! and over TLS, so what lets it in is the bucket policy alone, and a Deny of unencrypted
//! requests does not meet it. A key that is absent looks forbidden unless the policy also lets
//! the service list. A bucket addressed by its global name redirects when it lives elsewhere, and
//! CloudFront passes the redirect on (hashicorp/terraform-provider-aws#4540).

mod cache;
mod origin;
mod reply;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub(crate) use self::cache::Edge;
use self::cache::Got;
use self::origin::Found;
use crate::faces::FaceAnswer;
use crate::services::cloudfront::{self, Distribution};
use crate::services::s3::glob;
use crate::world::World;

/// A request of a viewer.
struct Viewer<'r> {
    method: &'r str,
    host: &'r str,
    path: &'r str,
    headers: &'r [(String, String)],
}

impl Viewer<'_> {
    /// The first header of this lower-case name.
    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Answers a viewer. The path is as it was sent, percent-encoded and without a query.
///
/// Whatever carries the bytes, the viewer counts as having come over TLS unless `x-forwarded-proto` says otherwise.
pub(crate) fn get(world: &mut World, host: &str, method: &str, path: &str, headers: &[(String, String)]) -> FaceAnswer {
    let viewer = Viewer {
        method,
        host,
        path,
        headers,
    };
    let found = cloudfront::by_host(world, host).map(|(account, it)| (account.to_owned(), it.clone()));
    let answer = match found {
        Some((account, distribution)) if distribution.enabled() => serve(world, &account, &distribution, &viewer),
        _ => reply::page(
            403,
            "Bad request. We can't connect to the server for this app or website at this time.",
        ),
    };
    reply::sealed(world, &viewer, answer)
}

fn serve(world: &mut World, account: &str, distribution: &Distribution, viewer: &Viewer<'_>) -> FaceAnswer {
    let config = &distribution.config;
    let behaviour = behaviour(config, viewer.path);
    if viewer.header("x-forwarded-proto") == Some("http") {
        match behaviour["ViewerProtocolPolicy"].as_str() {
            Some("https-only") => return reply::page(403, "Bad request."),
            Some("redirect-to-https") => {
                let mut answer = reply::page(301, "Moved Permanently");
                let place = format!("https://{}{}", viewer.host, viewer.path);
                answer.headers.push(("Location".to_owned(), place));
                answer
                    .headers
                    .push(("X-Cache".to_owned(), "Redirect from cloudfront".to_owned()));
                return answer;
            }
            _ => {}
        }
    }
    if !matches!(viewer.method, "GET" | "HEAD") {
        return reply::page(
            403,
            "This distribution is not configured to allow the HTTP request method that was used for this request. The distribution supports only cachable requests.",
        );
    }
    let signed_only = ["TrustedSigners", "TrustedKeyGroups"]
        .iter()
        .any(|signers| behaviour[*signers]["Enabled"] == true);
    if signed_only {
        return reply::error(403, "MissingKey", "Missing Key-Pair-Id query parameter or cookie value");
    }
    let root = config["DefaultRootObject"].as_str().unwrap_or_default();
    let path = if viewer.path == "/" && !root.is_empty() {
        format!("/{root}")
    } else {
        viewer.path.to_owned()
    };
    let Got { answer, cache, age } = cache::ask(world, account, distribution, &path, viewer);
    let mut answer = match answer {
        Ok(found) => reply::object(world, behaviour, viewer, &found),
        Err(refusal) => refusal,
    };
    if answer.status < 400 {
        let mut add = |name: &str, value: String| answer.headers.push((name.to_owned(), value));
        if let Some(cache) = cache {
            add("X-Cache", cache.to_owned());
        }
        if let Some(age) = age {
            add("Age", age.to_string());
        }
    }
    instead(world, account, distribution, viewer, answer)
}

/// Puts the page that the configuration names for an error in its place.
fn instead(
    world: &World,
    account: &str,
    distribution: &Distribution,
    viewer: &Viewer<'_>,
    answer: FaceAnswer,
) -> FaceAnswer {
    let rules = distribution.config["CustomErrorResponses"]["Items"].as_array();
    let rule = rules
        .into_iter()
        .flatten()
        .find(|rule| rule["ErrorCode"].as_u64() == Some(u64::from(answer.status)));
    let Some(page) = rule
        .and_then(|rule| rule["ResponsePagePath"].as_str())
        .filter(|page| !page.is_empty())
    else {
        return answer;
    };
    let behaviour = behaviour(&distribution.config, page);
    let Ok(found) = origin::ask(world, account, distribution, behaviour, page, viewer) else {
        return answer;
    };
    let code = rule
        .and_then(|rule| rule["ResponseCode"].as_str())
        .and_then(|code| code.parse().ok());
    let bare = Viewer {
        headers: &[],
        ..*viewer
    };
    let mut instead = reply::object(world, behaviour, &bare, &found);
    instead.status = code.unwrap_or(answer.status);
    instead
        .headers
        .push(("X-Cache".to_owned(), "Error from cloudfront".to_owned()));
    instead
}

/// The behaviour for a path: the first whose pattern fits, else the default.
fn behaviour<'c>(config: &'c Value, path: &str) -> &'c Value {
    let listed = config["CacheBehaviors"]["Items"].as_array();
    listed
        .into_iter()
        .flatten()
        .find(|behaviour| {
            let pattern = behaviour["PathPattern"].as_str().unwrap_or_default();
            glob(pattern.trim_start_matches('/'), path.trim_start_matches('/'))
        })
        .unwrap_or(&config["DefaultCacheBehavior"])
}

impl Found {
    /// A header of the stored object.
    fn header(&self, member: &str) -> Option<&str> {
        self.content.headers.get(member).and_then(Value::as_str)
    }
}
