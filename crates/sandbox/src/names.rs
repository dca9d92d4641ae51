//! AWS's public host names, and where they are while the sandbox serves.
//!
//! State and objects hold the real names. What a person opens is at the loopback address: a distribution at
//! `/_cloudfront/<host>/`, a hosted login at `/_cognito/<host>/`.

use std::io::{Read as _, Write as _};

use crate::faces::FaceAnswer;

/// The most bytes that a packed document may have when unpacked.
const MAX_UNPACKED: u64 = 16 * 1024 * 1024;

/// A public face of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// A distribution.
    CloudFront,
    /// A hosted login.
    Cognito,
}

impl Face {
    /// The face that a host belongs to.
    pub(crate) fn of_host(host: &str) -> Option<Self> {
        if host
            .strip_suffix(".cloudfront.net")
            .is_some_and(|label| !label.is_empty())
        {
            return Some(Self::CloudFront);
        }
        let rest = host.strip_suffix(".amazoncognito.com")?;
        let (prefix, region) = rest.split_once(".auth.")?;
        (!prefix.is_empty() && !region.is_empty() && !region.contains('.')).then_some(Self::Cognito)
    }

    /// The first segment of its paths.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::CloudFront => "_cloudfront",
            Self::Cognito => "_cognito",
        }
    }
}

/// An address of AWS's public faces as the sandbox that serves at `base` has it; any other address as it is.
///
/// ```
/// let base = "http://127.0.0.1:4566";
/// assert_eq!(
///     sandbox::public_url(base, "https://d1.cloudfront.net/a.json"),
///     "http://127.0.0.1:4566/_cloudfront/d1.cloudfront.net/a.json"
/// );
/// assert_eq!(sandbox::public_url(base, "https://example.org/"), "https://example.org/");
/// ```
pub fn public_url(base: &str, url: &str) -> String {
    match url.strip_prefix("https://") {
        Some(rest) => local(base, rest).unwrap_or_else(|| url.to_owned()),
        None => url.to_owned(),
    }
}

/// Any address of AWS as the sandbox that serves at `base` has it: its faces, and Cognito's interfaces too.
///
/// ```
/// let base = "http://127.0.0.1:4566";
/// assert_eq!(
///     sandbox::any_url(base, "https://cognito-identity.us-east-1.amazonaws.com/"),
///     "http://127.0.0.1:4566/"
/// );
/// assert_eq!(
///     sandbox::any_url(base, "https://d1.cloudfront.net/a.json"),
///     "http://127.0.0.1:4566/_cloudfront/d1.cloudfront.net/a.json"
/// );
/// ```
pub fn any_url(base: &str, url: &str) -> String {
    let interface = url
        .strip_prefix("https://")
        .and_then(|it| it.split_once('/'))
        .filter(|(host, _)| {
            host.ends_with(".amazonaws.com")
                && (host.starts_with("cognito-identity.") || host.starts_with("cognito-idp."))
        });
    match interface {
        Some((_, path)) => format!("{}/{path}", base.trim_end_matches('/')),
        None => public_url(base, url),
    }
}

/// The address of AWS for one that the sandbox at `base` put in its place: the way back of [`public_url`].
///
/// ```
/// let url = "https://d1.cloudfront.net/a.json";
/// let base = "http://127.0.0.1:4566";
/// assert_eq!(sandbox::aws_url(base, &sandbox::public_url(base, url)), url);
/// ```
pub fn aws_url(base: &str, url: &str) -> String {
    url.strip_prefix(base.trim_end_matches('/'))
        .and_then(|it| it.strip_prefix('/')?.split_once('/'))
        .filter(|(segment, rest)| {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            Face::of_host(host).is_some_and(|face| face.segment() == *segment)
        })
        .map_or_else(|| url.to_owned(), |(_, rest)| format!("https://{rest}"))
}

/// What follows `https://`, if it begins with the host of a face.
fn local(base: &str, rest: &str) -> Option<String> {
    let end = rest
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.' && letter != '-')
        .unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let face = Face::of_host(&host.to_ascii_lowercase())?;
    let base = base.trim_end_matches('/');
    Some(format!("{base}/{}/{host}{path}", face.segment()))
}

/// A text with all addresses of faces in it replaced.
pub(crate) fn localise(base: &str, text: &str) -> String {
    let mut pieces = text.split("https://");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match local(base, piece) {
            Some(address) => out.push_str(&address),
            None => {
                out.push_str("https://");
                out.push_str(piece);
            }
        }
    }
    out
}

/// The answer of a face with the addresses in its JSON or HTML replaced, packed or not, and in its redirect.
///
/// A range of a document is left alone: it is not a document.
pub(crate) fn localise_answer(base: &str, mut answer: FaceAnswer) -> FaceAnswer {
    for (name, value) in &mut answer.headers {
        if name.eq_ignore_ascii_case("location") {
            *value = public_url(base, value);
        }
    }
    if answer.status != 200 {
        return answer;
    }
    let packed = answer.body.starts_with(&[0x1f, 0x8b]);
    let text = if packed {
        unpack(&answer.body)
    } else {
        String::from_utf8(answer.body.clone()).ok()
    };
    let html = answer
        .headers
        .iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("content-type") && value.starts_with("text/html"));
    let Some(text) = text.filter(|text| html || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()) else {
        return answer;
    };
    let replaced = localise(base, &text);
    if replaced == text {
        return answer;
    }
    answer.body = if packed { pack(&replaced) } else { replaced.into_bytes() };
    let length = answer.body.len().to_string();
    for (name, value) in &mut answer.headers {
        if name.eq_ignore_ascii_case("content-length") {
            value.clone_from(&length);
        }
    }
    answer
}

fn unpack(body: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut reader = flate2::read::GzDecoder::new(body).take(MAX_UNPACKED + 1);
    reader.read_to_string(&mut text).ok()?;
    u64::try_from(text.len())
        .is_ok_and(|length| length <= MAX_UNPACKED)
        .then_some(text)
}

fn pack(text: &str) -> Vec<u8> {
    let mut writer = flate2::GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), flate2::Compression::best());
    writer
        .write_all(text.as_bytes())
        .expect("writing to memory does not fail");
    writer.finish().expect("writing to memory does not fail")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const BASE: &str = "http://127.0.0.1:4566";

    #[test]
    fn only_the_faces_are_elsewhere() {
        assert_eq!(
            public_url(BASE, "https://igv.auth.eu-central-1.amazoncognito.com/login?a=b"),
            "http://127.0.0.1:4566/_cognito/igv.auth.eu-central-1.amazoncognito.com/login?a=b"
        );
        for other in [
            "http://d1.cloudfront.net/",
            "https://cloudfront.net/",
            "https://d1.cloudfront.net.example.org/",
            "https://s3.amazonaws.com/",
            "https://igv.auth.amazoncognito.com/",
        ] {
            assert_eq!(public_url(BASE, other), other);
        }
    }

    #[test]
    fn addresses_in_a_packed_document_are_replaced() {
        let text = r#"{"token_endpoint":"https://igv.auth.us-east-1.amazoncognito.com/oauth2/token","x":"https://example.org"}"#;
        let answer = FaceAnswer {
            status: 200,
            headers: vec![("Content-Length".into(), "1".into())],
            body: pack(text),
        };
        let answer = localise_answer(BASE, answer);
        let unpacked = unpack(&answer.body).unwrap();
        assert_eq!(
            unpacked,
            r#"{"token_endpoint":"http://127.0.0.1:4566/_cognito/igv.auth.us-east-1.amazoncognito.com/oauth2/token","x":"https://example.org"}"#
        );
        assert_eq!(answer.headers[0].1, answer.body.len().to_string());
    }

    #[test]
    fn addresses_in_a_page_are_replaced() {
        let header = |kind: &str| vec![("content-type".to_owned(), kind.to_owned())];
        let page = |kind: &str| FaceAnswer {
            status: 200,
            headers: header(kind),
            body: b"<code>https://d1.cloudfront.net/a</code>".to_vec(),
        };
        assert_eq!(
            localise_answer(BASE, page("text/html; charset=utf-8")).body,
            b"<code>http://127.0.0.1:4566/_cloudfront/d1.cloudfront.net/a</code>"
        );
        assert_eq!(localise_answer(BASE, page("text/plain")), page("text/plain"));
    }

    #[test]
    fn what_is_neither_json_nor_html_stays() {
        for body in [b"see https://d1.cloudfront.net/".to_vec(), vec![0x1f, 0x8b, 1, 2]] {
            let answer = FaceAnswer {
                status: 200,
                headers: Vec::new(),
                body: body.clone(),
            };
            assert_eq!(localise_answer(BASE, answer).body, body);
        }
    }
}
