//! The policies that AWS manages: cache, origin request, and response headers. Others cannot be made here.

use serde_json::{Map, Value, json};

use super::page;
use crate::call::{Answer, Call, Fault};
use crate::world::World;

/// When AWS made them, roughly; nothing depends on it.
const CREATED: f64 = 1_596_240_000.0;

/// A sort of policy.
pub(super) struct Sort {
    /// The model's name of one (`CachePolicy`), of which all members are made.
    name: &'static str,
    /// The member of a behaviour that names one.
    pub(super) member: &'static str,
    /// The error for one that does not exist.
    code: &'static str,
    /// Its message.
    message: &'static str,
    /// The policies: id, name, and how the configuration begins from there.
    known: fn() -> Vec<(&'static str, &'static str, Value)>,
}

/// The sorts of policies.
pub(super) const SORTS: [&Sort; 3] = [
    &Sort {
        name: "CachePolicy",
        member: "CachePolicyId",
        code: "NoSuchCachePolicy",
        message: "The specified cache policy does not exist.",
        known: cache,
    },
    &Sort {
        name: "OriginRequestPolicy",
        member: "OriginRequestPolicyId",
        code: "NoSuchOriginRequestPolicy",
        message: "The specified origin request policy does not exist.",
        known: origin_request,
    },
    &Sort {
        name: "ResponseHeadersPolicy",
        member: "ResponseHeadersPolicyId",
        code: "NoSuchResponseHeadersPolicy",
        message: "The specified response headers policy does not exist.",
        known: response_headers,
    },
];

/// Whether there is a policy of this sort with this id.
pub(super) fn exists(sort: &Sort, id: &str) -> bool {
    (sort.known)().iter().any(|(known, ..)| *known == id)
}

/// The least, usual and longest time that the cache policy with this id keeps answers, in seconds.
pub(crate) fn cache_times(id: &str) -> Option<[f64; 3]> {
    let (.., policy) = cache().into_iter().find(|(known, ..)| *known == id)?;
    Some(["MinTTL", "DefaultTTL", "MaxTTL"].map(|member| policy[member].as_f64().unwrap_or_default()))
}

/// The error for a policy that does not exist.
pub(super) fn missing(sort: &Sort) -> Fault {
    Fault::new(sort.code, 404, sort.message)
}

/// `GetCachePolicy`, `GetCachePolicyConfig` and their like.
pub(super) fn get(_world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let sort = sort_of(call);
    let id = call.required("Id");
    let (_, name, config) = (sort.known)()
        .into_iter()
        .find(|(known, ..)| *known == id)
        .ok_or_else(|| missing(sort))?;
    let etag = etag(id);
    Ok(if call.operation.ends_with("Config") {
        let member = format!("{}Config", sort.name);
        json!({member: named(name, config), "ETag": etag})
    } else {
        json!({sort.name: whole(sort, id, name, config), "ETag": etag})
    }
    .into())
}

/// `ListCachePolicies` and its like; none is custom.
pub(super) fn list(_world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let sort = sort_of(call);
    let items = if call.text("Type") == Some("custom") {
        Vec::new()
    } else {
        (sort.known)()
            .into_iter()
            .map(|(id, name, config)| {
                let item = json!({"Type": "managed", sort.name: whole(sort, id, name, config)});
                (id.to_owned(), item)
            })
            .collect()
    };
    page::page(call, &format!("{}List", sort.name), items, false)
}

/// The sort that an operation is about, by its name.
fn sort_of(call: &Call) -> &'static Sort {
    SORTS
        .into_iter()
        .find(|sort| {
            let stem = sort.name.trim_end_matches('y');
            call.operation.trim_start_matches("Get").starts_with(stem)
                || call.operation.trim_start_matches("List").starts_with(stem)
        })
        .unwrap_or(SORTS[0])
}

/// A policy as reads show it.
fn whole(sort: &Sort, id: &str, name: &str, config: Value) -> Value {
    let mut shown = Map::new();
    shown.insert("Id".to_owned(), json!(id));
    shown.insert("LastModifiedTime".to_owned(), json!(CREATED));
    shown.insert(format!("{}Config", sort.name), named(name, config));
    Value::Object(shown)
}

/// A configuration with its name.
fn named(name: &str, mut config: Value) -> Value {
    config["Name"] = json!(format!("Managed-{name}"));
    config
}

/// An ETag that stays the same.
fn etag(id: &str) -> String {
    let letters: String = id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(13)
        .collect::<String>()
        .to_ascii_uppercase();
    format!("E{letters}")
}

/// The cache policies.
fn cache() -> Vec<(&'static str, &'static str, Value)> {
    let policy = |comment: &str, ttl: [i64; 3], compressed: bool, headers: &[&str], queries: &str| {
        let headers = if headers.is_empty() {
            json!({"HeaderBehavior": "none"})
        } else {
            let list = page::list(headers.iter().map(|it| json!(it)).collect());
            json!({"HeaderBehavior": "whitelist", "Headers": list})
        };
        let cookies = if queries == "none" { "none" } else { "all" };
        json!({
            "Comment": comment,
            "MinTTL": ttl[0],
            "DefaultTTL": ttl[1],
            "MaxTTL": ttl[2],
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "EnableAcceptEncodingGzip": compressed,
                "EnableAcceptEncodingBrotli": compressed,
                "HeadersConfig": headers,
                "CookiesConfig": {"CookieBehavior": cookies},
                "QueryStringsConfig": {"QueryStringBehavior": queries},
            },
        })
    };
    let year = 31_536_000;
    let origin = [
        "Host",
        "Origin",
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
    ];
    vec![
        (
            "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "CachingDisabled",
            policy("Policy with caching disabled", [0, 0, 0], false, &[], "none"),
        ),
        (
            "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "CachingOptimized",
            policy(
                "Policy with caching enabled. Supports Gzip and Brotli compression.",
                [1, 86_400, year],
                true,
                &[],
                "none",
            ),
        ),
        (
            "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
            "CachingOptimizedForUncompressedObjects",
            policy(
                "Default policy when compression is disabled",
                [1, 86_400, year],
                false,
                &[],
                "none",
            ),
        ),
        (
            "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
            "UseOriginCacheControlHeaders",
            policy(
                "Policy for origins that return Cache-Control headers",
                [0, 0, year],
                true,
                &origin,
                "none",
            ),
        ),
        (
            "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
            "UseOriginCacheControlHeaders-QueryStrings",
            policy(
                "Policy for origins that return Cache-Control headers and serve different content based on values \
                    in the query string.",
                [0, 0, year],
                true,
                &origin,
                "all",
            ),
        ),
    ]
}

/// The origin request policies.
fn origin_request() -> Vec<(&'static str, &'static str, Value)> {
    let policy = |comment: &str, behaviour: &str, headers: &[&str], rest: &str| {
        let mut of_headers = json!({"HeaderBehavior": behaviour});
        if !headers.is_empty() {
            of_headers["Headers"] = page::list(headers.iter().map(|it| json!(it)).collect());
        }
        json!({
            "Comment": comment,
            "HeadersConfig": of_headers,
            "CookiesConfig": {"CookieBehavior": rest},
            "QueryStringsConfig": {"QueryStringBehavior": rest},
        })
    };
    let cors = [
        "Origin",
        "Access-Control-Request-Method",
        "Access-Control-Request-Headers",
    ];
    vec![
        (
            "216adef6-5c7f-47e4-b989-5492eafa07d3",
            "AllViewer",
            policy(
                "Policy to forward all parameters in viewer requests",
                "allViewer",
                &[],
                "all",
            ),
        ),
        (
            "b689b0a8-53d0-40ab-baf2-68738e2966ac",
            "AllViewerExceptHostHeader",
            policy(
                "Policy to forward all parameters in viewer requests except for the Host header",
                "allExcept",
                &["Host"],
                "all",
            ),
        ),
        (
            "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
            "CORS-S3Origin",
            policy("Policy for S3 origin with CORS", "whitelist", &cors, "none"),
        ),
        (
            "59781a5b-3903-41f3-afcb-af62929ccde1",
            "CORS-CustomOrigin",
            policy("Policy for CustomOrigin with CORS", "whitelist", &["Origin"], "none"),
        ),
        (
            "acba4595-bd28-49b8-b9fe-13317c0390fa",
            "UserAgentRefererHeaders",
            policy(
                "Policy to forward user-agent and referer headers to origin",
                "whitelist",
                &["User-Agent", "Referer"],
                "none",
            ),
        ),
    ]
}

/// The response headers policies.
fn response_headers() -> Vec<(&'static str, &'static str, Value)> {
    let cors = |preflight: bool| {
        let methods: &[&str] = if preflight {
            &["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"]
        } else {
            &["GET"]
        };
        let expose = if preflight { vec![json!("*")] } else { Vec::new() };
        json!({
            "AccessControlAllowOrigins": {"Quantity": 1, "Items": ["*"]},
            "AccessControlAllowHeaders": {"Quantity": 1, "Items": ["*"]},
            "AccessControlAllowMethods": page::list(methods.iter().map(|it| json!(it)).collect()),
            "AccessControlAllowCredentials": false,
            "AccessControlExposeHeaders": page::list(expose),
            "OriginOverride": false,
        })
    };
    let security = json!({
        "XSSProtection": {"Override": false, "Protection": true, "ModeBlock": true},
        "FrameOptions": {"Override": false, "FrameOption": "SAMEORIGIN"},
        "ReferrerPolicy": {"Override": false, "ReferrerPolicy": "strict-origin-when-cross-origin"},
        "ContentTypeOptions": {"Override": true},
        "StrictTransportSecurity": {"Override": false, "AccessControlMaxAgeSec": 31_536_000},
    });
    let policy = |comment: &str, cors: Option<Value>, security: Option<&Value>| {
        let mut config = json!({"Comment": comment});
        if let Some(cors) = cors {
            config["CorsConfig"] = cors;
        }
        if let Some(security) = security {
            config["SecurityHeadersConfig"] = security.clone();
        }
        config
    };
    vec![
        (
            "60669652-455b-4ae9-85a4-c4c02393f86c",
            "SimpleCORS",
            policy("Allows all origins for simple CORS requests", Some(cors(false)), None),
        ),
        (
            "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
            "CORS-With-Preflight",
            policy(
                "Allows all origins for CORS requests, including preflight requests",
                Some(cors(true)),
                None,
            ),
        ),
        (
            "67f7725c-6f97-4210-82d7-5512b31e9d03",
            "SecurityHeadersPolicy",
            policy(
                "Adds a set of security headers to every response",
                None,
                Some(&security),
            ),
        ),
        (
            "e61eb60c-9c35-4d20-a928-2b84e02af89c",
            "CORS-and-SecurityHeadersPolicy",
            policy(
                "Allows all origins for simple CORS requests and adds security headers",
                Some(cors(false)),
                Some(&security),
            ),
        ),
        (
            "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
            "CORS-with-preflight-and-SecurityHeadersPolicy",
            policy(
                "Allows all origins for CORS requests and adds security headers",
                Some(cors(true)),
                Some(&security),
            ),
        ),
    ]
}
