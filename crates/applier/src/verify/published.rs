//! The published config, asked for as IGV does: bytes, headers, and what it says.

use flate2::read::MultiGzDecoder;
use spec_model::kinds::{ConfigBody, Distribution};
use spec_model::{Kind, Shaped};
use std::io::Read as _;

use super::checklist::{Checklist, Outcome, Topic};
use super::subject::{Implied, Subject};
use crate::config_body;
use crate::error::{ErrorClass, WorldError};

/// How Java, and so IGV, names itself; a rule that keeps robots out may know it.
const JAVA: (&str, &str) = ("user-agent", "Java/17.0.12");

/// Asks for the config and compares it with what live AWS implies.
pub(super) async fn published(list: &mut Checklist<'_>, subject: &Subject<'_>, implied: &Implied) {
    let Some((_, _, distribution)) = subject.there::<Distribution>().into_iter().next() else {
        list.add(
            Topic::Config,
            "status",
            "the config can be loaded",
            subject.elsewhere(Kind::Distribution, "of the config"),
        );
        return;
    };
    let base = distribution.outputs.get("url").and_then(|it| it.as_text());
    let url = format!("{}/{}", base.unwrap_or_default(), implied.key);
    let title = "the config answers without a redirect";
    let answer = match subject.web.get(&url, &[JAVA]).await {
        Ok(answer) => answer,
        Err(error) => {
            list.add(Topic::Config, "status", title, Outcome::unanswered(&error));
            return;
        }
    };
    let status = match answer.status {
        200 => Outcome::seen(subject.web.address(&url)),
        300..=399 => Outcome::failed(
            format!(
                "{url} answers {} and leads to {}; IGV follows no redirect",
                answer.status,
                answer.header("location").unwrap_or("nowhere")
            ),
            "a global bucket name as origin redirects for hours after the bucket was made: `igvctl plan` shows the origin",
        ),
        other => Outcome::failed(
            format!("{url} answers {other}"),
            if distribution.propagating.is_some() {
                "CloudFront is still deploying: try again in some minutes, or use `igvctl apply --wait deployed`"
            } else {
                "look for a geo restriction, a web ACL or an error in the bucket's policy: `igvctl plan` shows them"
            },
        ),
    };
    let answers = answer.status == 200;
    list.add(Topic::Config, "status", title, status);
    if !answers {
        return;
    }
    headers(list, &answer);
    contents(list, subject, implied, &answer.body);
    private(list, subject, implied).await;
}

fn headers(list: &mut Checklist<'_>, answer: &crate::web::Answer) {
    let shown = |name: &str| answer.header(name).unwrap_or("none").to_owned();
    let encoding = answer.header("content-encoding");
    list.add(
        Topic::Config,
        "content_encoding",
        "no header makes IGV unpack it twice",
        Outcome::holds(
            encoding.is_none(),
            format!(
                "`Content-Encoding: {}`: IGV's HTTP library unpacks the file, and IGV fails to unpack it again",
                shown("content-encoding")
            ),
            "`igvctl apply` writes the file anew",
        ),
    );
    let kind = answer.header("content-type").unwrap_or_default();
    list.add(
        Topic::Config,
        "content_type",
        "it is named as gzip",
        Outcome::holds(
            kind.split(';').next().is_some_and(|it| it.trim() == "application/gzip"),
            format!(
                "`Content-Type: {}`; CloudFront and proxies compress what they take for text",
                shown("content-type")
            ),
            "`igvctl apply` writes the file anew",
        ),
    );
    let cache = answer.header("cache-control").unwrap_or_default();
    list.add(
        Topic::Config,
        "cache_control",
        "a change of it is seen at once",
        Outcome::holds(
            cache.contains("no-cache") || cache.contains("no-store"),
            format!(
                "`Cache-Control: {}`; people keep an old config after a change",
                shown("cache-control")
            ),
            "`igvctl apply` writes the file anew",
        ),
    );
}

fn contents(list: &mut Checklist<'_>, subject: &Subject<'_>, implied: &Implied, bytes: &[u8]) {
    list.add(
        Topic::Config,
        "gzip",
        "its bytes are gzip, and one JSON object",
        match unpacked(bytes) {
            Ok(()) => Outcome::seen(format!("{} bytes", bytes.len())),
            Err(why) => Outcome::failed(
                format!("{why}; IGV only writes that to its log, and people see no Amazon menu"),
                "`igvctl apply` writes the file anew",
            ),
        },
    );
    let (read, unreadable) = config_body::read(bytes);
    let wanted = elsewhere(subject, &implied.body);
    let (said, implied) = (read.to_value(), wanted.to_value());
    let differing: Vec<&str> = ConfigBody::fields()
        .iter()
        .map(|field| field.name)
        .filter(|name| said.get(name) != implied.get(name))
        .collect();
    let outcome = if !unreadable.is_empty() {
        Outcome::failed(unreadable, "`igvctl apply` writes the file anew")
    } else if differing.is_empty() {
        Outcome::passed()
    } else {
        Outcome::failed(
            // Values are left out: one of them is the client secret.
            format!("it says something else as {}", differing.join(", ")),
            "`igvctl plan` shows the difference; if it shows none, CloudFront serves an old copy: look at the cache policy",
        )
    };
    list.add(Topic::Config, "equal", "it says what AWS is", outcome);
}

/// The bucket itself answers to nobody: only CloudFront reads it.
async fn private(list: &mut Checklist<'_>, subject: &Subject<'_>, implied: &Implied) {
    let answer = subject
        .clients
        .as_nobody()
        .s3
        .get_object()
        .bucket(&implied.bucket)
        .key(&implied.key)
        .range("bytes=0-0")
        .send()
        .await;
    let outcome = match answer {
        Ok(_) => Outcome::failed(
            format!("anybody can read `{}` directly from S3", implied.bucket),
            "`igvctl apply` blocks public access to the bucket",
        ),
        Err(error) => match WorldError::of("s3:GetObject", error) {
            error if error.class == ErrorClass::Denied => Outcome::seen(error.code.unwrap_or_default()),
            error => Outcome::unread(&error),
        },
    };
    list.add(Topic::Config, "private", "its bucket is closed to the public", outcome);
}

/// Why IGV could not unpack these bytes.
fn unpacked(bytes: &[u8]) -> Result<(), String> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Err("its bytes are not gzip, though its name says so".to_owned());
    }
    let mut text = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(config_body::MAX_BYTES as u64)
        .read_to_end(&mut text)
        .map_err(|error| format!("its gzip is damaged: {error}"))?;
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err("its text begins with a byte order mark".to_owned());
    }
    match serde_json::from_slice::<serde_json::Value>(&text) {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        Ok(_) => Err("its JSON is not one object".to_owned()),
        Err(error) => Err(format!(
            "its JSON ends in line {}, column {}",
            error.line(),
            error.column()
        )),
    }
}

/// The body with its addresses where they can be opened, as a served sandbox publishes them.
fn elsewhere(subject: &Subject<'_>, body: &ConfigBody) -> ConfigBody {
    let mut body = body.clone();
    body.authorization_endpoint = subject.web.address(&body.authorization_endpoint);
    body.token_endpoint = subject.web.address(&body.token_endpoint);
    body
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::io::Write as _;

    use super::unpacked;

    fn pack(text: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(text).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn what_igv_cannot_unpack_is_told() {
        assert_eq!(unpacked(&pack(b"{}")), Ok(()));
        for (bytes, why) in [
            (b"{}".to_vec(), "its bytes are not gzip, though its name says so"),
            (pack(b"[]"), "its JSON is not one object"),
            (pack(b"\xef\xbb\xbf{}"), "its text begins with a byte order mark"),
            (pack(b"{"), "its JSON ends in line 1, column 1"),
        ] {
            assert_eq!(unpacked(&bytes).unwrap_err(), why);
        }
        let whole = pack(b"{}");
        assert!(unpacked(&whole[..12]).unwrap_err().starts_with("its gzip is damaged"));
    }
}
