//! The answers of CloudFront: objects, S3's errors and its own pages.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Viewer;
use super::origin::Found;
use crate::faces::FaceAnswer;
use crate::services::s3::{self, Content};
use crate::world::World;

/// The managed cache policy that caches nothing and lets nothing be compressed.
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

/// Headers that are passed on, and the members of S3 that hold them.
const PASSED: [(&str, &str); 6] = [
    ("Content-Type", "ContentType"),
    ("Cache-Control", "CacheControl"),
    ("Content-Disposition", "ContentDisposition"),
    ("Content-Encoding", "ContentEncoding"),
    ("Content-Language", "ContentLanguage"),
    ("Expires", "Expires"),
];

/// The object, a range of it, or word that the viewer has it.
pub(super) fn object(world: &World, behaviour: &Value, viewer: &Viewer<'_>, found: &Found) -> FaceAnswer {
    let content = &found.content;
    let mut headers = Vec::new();
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    for (name, member) in PASSED {
        if let Some(value) = found.header(member) {
            add(name, value);
        }
    }
    for (name, value) in &content.metadata {
        add(&format!("x-amz-meta-{name}"), value);
    }
    add("Last-Modified", &s3::http_date(found.modified));
    add("x-amz-server-side-encryption", &content.encryption.algorithm);
    if let Some(version) = &found.version {
        add("x-amz-version-id", version);
    }
    add("Accept-Ranges", "bytes");
    add("Server", "AmazonS3");
    let etag = format!("\"{}\"", content.etag);
    if unchanged(viewer, content, found.modified) {
        add("ETag", &etag);
        return FaceAnswer {
            status: 304,
            headers,
            body: Vec::new(),
        };
    }
    let range = viewer
        .header("range")
        .and_then(|range| s3::parse_range(range, content.size));
    let (status, from, to) = match range {
        None => (200, 0, content.size),
        Some(Some((from, to))) => (206, from, to),
        Some(None) => return error(416, "InvalidRange", "The requested range is not satisfiable"),
    };
    let Ok(mut body) = s3::bytes(&world.blobs, content, from, to) else {
        return page(502, "CloudFront wasn't able to connect to the origin.");
    };
    if status == 206 {
        add(
            "Content-Range",
            &format!("bytes {from}-{}/{}", to.saturating_sub(1), content.size),
        );
    }
    if status == 200 && compresses(behaviour, viewer, content) {
        body = packed(&body);
        add("Content-Encoding", "gzip");
        add("Vary", "Accept-Encoding");
        add("ETag", &format!("W/{etag}"));
    } else {
        add("ETag", &etag);
    }
    add("Content-Length", &body.len().to_string());
    if viewer.method == "HEAD" {
        body.clear();
    }
    FaceAnswer { status, headers, body }
}

fn unchanged(viewer: &Viewer<'_>, content: &Content, modified: f64) -> bool {
    if let Some(list) = viewer.header("if-none-match") {
        return s3::etag_is_listed(list, &content.etag);
    }
    viewer
        .header("if-modified-since")
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
        .is_some_and(|date| {
            #[expect(clippy::cast_precision_loss, reason = "seconds of this era fit")]
            let since = date.timestamp().as_second() as f64;
            modified <= since
        })
}

/// Whether CloudFront compresses an answer: switched on, cacheable, of a fitting type and size, and not encoded yet.
///
/// `application/json` is on its list and `application/gzip` is not (CloudFront developer guide, "Serving compressed files").
fn compresses(behaviour: &Value, viewer: &Viewer<'_>, content: &Content) -> bool {
    let kind = content
        .headers
        .get("ContentType")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let fits = kind.starts_with("text/")
        || matches!(
            kind,
            "application/json" | "application/javascript" | "application/xml" | "application/wasm" | "image/svg+xml"
        );
    behaviour["Compress"] == true
        && behaviour["CachePolicyId"] != CACHING_DISABLED
        && fits
        && (1_000..=10_000_000).contains(&content.size)
        && !content.headers.contains_key("ContentEncoding")
        && viewer
            .header("accept-encoding")
            .is_some_and(|accepted| accepted.contains("gzip"))
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(bytes).expect("writing to memory does not fail");
    writer.finish().expect("writing to memory does not fail")
}

/// An error as S3 spells it, which CloudFront passes on.
pub(super) fn error(status: u16, code: &str, message: &str) -> FaceAnswer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    answered(status, "application/xml", body)
}

/// A page of CloudFront's own.
pub(super) fn page(status: u16, why: &str) -> FaceAnswer {
    let body = format!(
        "<!DOCTYPE HTML><HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY>\n<H1>{status} ERROR</H1>\n<H2>The request could not be satisfied.</H2>\n{why}\n</BODY></HTML>"
    );
    let mut answer = answered(status, "text/html", body);
    answer.headers.push(("Server".to_owned(), "CloudFront".to_owned()));
    answer
}

fn answered(status: u16, kind: &str, body: String) -> FaceAnswer {
    FaceAnswer {
        status,
        headers: vec![
            ("Content-Type".to_owned(), kind.to_owned()),
            ("Content-Length".to_owned(), body.len().to_string()),
        ],
        body: body.into_bytes(),
    }
}

/// Adds what every answer of CloudFront carries.
pub(super) fn sealed(world: &World, viewer: &Viewer<'_>, mut answer: FaceAnswer) -> FaceAnswer {
    if viewer.method == "HEAD" {
        answer.body.clear();
    }
    let id: String = Sha256::digest(format!("{}{}{}", viewer.host, viewer.path, world.now()))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let named = answer.headers.iter().any(|(name, _)| name == "X-Cache");
    let mut add = |name: &str, value: String| answer.headers.push((name.to_owned(), value));
    if !named {
        let cache = if answer.status < 400 { "Miss" } else { "Error" };
        add("X-Cache", format!("{cache} from cloudfront"));
    }
    add("Date", s3::http_date(world.now()));
    add("Via", format!("1.1 {}.cloudfront.net (CloudFront)", &id[..32]));
    add("X-Amz-Cf-Pop", "FRA56-P1".to_owned());
    add("X-Amz-Cf-Id", id);
    answer
}
