//! Whether a request is signed by the secret of its access key: AWS Signature Version 4.
//!
//! A signature is over the request as it was sent, so nothing here may depend on what the request means. S3 encodes a
//! path once and takes the digest of the body from a header; all others encode it twice and digest the body
//! themselves. The signatures of single chunks in `aws-chunked` bodies are not verified, the one they begin with is.
//!
//! Source: "AWS Signature Version 4 for API requests" (IAM User Guide) and "Authenticating Requests" (Amazon S3 API
//! Reference).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::protocol::route::Scope;
use crate::protocol::wire::{Wire, decode, hex};

/// The only algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What is wrong with a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Another version or algorithm.
    Unsupported,
    /// A part is missing or cannot be read.
    Malformed,
    /// S3 wants to be told the digest of the body.
    NoDigest,
    /// These headers are there and not signed.
    Unsigned(Vec<String>),
    /// It was signed too long ago or in the future; in AWS's words.
    Untimely(String),
    /// It is not that of the secret.
    Mismatch,
}

/// Where a request carries its signature.
struct Parts<'w> {
    /// The moment, `20261124T120000Z`.
    moment: &'w str,
    /// The names of the signed headers.
    headers: Vec<&'w str>,
    /// The signature in hexadecimal.
    signature: &'w str,
    /// Whether it is in the query.
    presigned: bool,
}

/// Verifies the signature of a request by one of the secrets. Without a `now` a signature never ages.
pub(crate) fn verify(wire: &Wire, scope: &Scope, secrets: &[String], now: Option<f64>) -> Result<(), Wrong> {
    let parts = parts(wire)?;
    if scope.date.is_empty() || scope.region.is_empty() {
        return Err(Wrong::Unsupported);
    }
    if !parts.moment.starts_with(&scope.date) {
        return Err(Wrong::Malformed);
    }
    if let Some(now) = now.filter(|_| !parts.presigned) {
        timely(parts.moment, now, scope.service == "s3")?;
    }
    all_signed(wire, scope, &parts)?;
    let to_sign = to_sign(wire, scope, &parts)?;
    let given = parts.signature.to_ascii_lowercase();
    let matches = |secret: &String| hex(&sign(secret, scope, &to_sign)) == given;
    if secrets.iter().any(matches) {
        Ok(())
    } else {
        Err(Wrong::Mismatch)
    }
}

fn parts(wire: &Wire) -> Result<Parts<'_>, Wrong> {
    let Some(header) = wire.header("authorization") else {
        if wire.parameter("X-Amz-Algorithm") != Some(ALGORITHM) {
            return Err(Wrong::Unsupported);
        }
        let query = |name: &str| wire.parameter(name).ok_or(Wrong::Malformed);
        return Ok(Parts {
            moment: query("X-Amz-Date")?,
            headers: query("X-Amz-SignedHeaders")?.split(';').collect(),
            signature: query("X-Amz-Signature")?,
            presigned: true,
        });
    };
    let rest = header
        .strip_prefix(ALGORITHM)
        .filter(|rest| rest.starts_with(' '))
        .ok_or(Wrong::Unsupported)?;
    let field = |name: &str| {
        rest.split(',')
            .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
            .ok_or(Wrong::Malformed)
    };
    Ok(Parts {
        moment: wire.header("x-amz-date").ok_or(Wrong::Malformed)?,
        headers: field("SignedHeaders")?.split(';').collect(),
        signature: field("Signature")?,
        presigned: false,
    })
}

/// A request must arrive within a quarter of an hour at S3, within five minutes elsewhere.
fn timely(moment: &str, now: f64, s3: bool) -> Result<(), Wrong> {
    let signed: jiff::Timestamp = moment.parse().map_err(|_| Wrong::Malformed)?;
    let minutes: i64 = if s3 { 15 } else { 5 };
    let now = jiff::Timestamp::from_second(now as i64).map_err(|_| Wrong::Malformed)?;
    let limit = jiff::SignedDuration::from_mins(minutes);
    let show = |moment: jiff::Timestamp| moment.strftime("%Y%m%dT%H%M%SZ").to_string();
    let words = |what: &str, order: &str, edge: jiff::Timestamp, sign: &str| {
        Wrong::Untimely(format!(
            "Signature {what}: {moment} is {order} {} ({} {sign} {minutes} min.)",
            show(edge),
            show(now)
        ))
    };
    if signed < now - limit {
        return Err(words("expired", "now earlier than", now - limit, "-"));
    }
    if signed > now + limit {
        return Err(words("not yet current", "still later than", now + limit, "+"));
    }
    Ok(())
}

/// The host must be signed, and with S3 every header of AWS's.
fn all_signed(wire: &Wire, scope: &Scope, parts: &Parts<'_>) -> Result<(), Wrong> {
    if !parts.headers.contains(&"host") {
        return Err(Wrong::Malformed);
    }
    let unsigned: Vec<String> = wire
        .headers
        .iter()
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("x-amz-") && !parts.headers.contains(&name.as_str()))
        .cloned()
        .collect();
    if scope.service == "s3" && !unsigned.is_empty() {
        return Err(Wrong::Unsigned(unsigned));
    }
    Ok(())
}

fn to_sign(wire: &Wire, scope: &Scope, parts: &Parts<'_>) -> Result<String, Wrong> {
    let canonical = canonical(wire, scope, parts)?;
    Ok(format!(
        "{ALGORITHM}\n{}\n{}/{}/{}/aws4_request\n{}",
        parts.moment,
        scope.date,
        scope.region,
        scope.service,
        hex(&Sha256::digest(canonical))
    ))
}

fn canonical(wire: &Wire, scope: &Scope, parts: &Parts<'_>) -> Result<String, Wrong> {
    let s3 = scope.service == "s3";
    let path = if s3 {
        encode(&decode(&wire.path), true)
    } else {
        encode(&normal(&wire.path), true)
    };
    let mut query: Vec<(String, String)> = wire
        .query
        .iter()
        .filter(|(name, _)| !(parts.presigned && name == "X-Amz-Signature"))
        .map(|(name, value)| (encode(name, false), encode(value, false)))
        .collect();
    query.sort();
    let query: Vec<String> = query
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut headers = String::new();
    for name in &parts.headers {
        let values: Vec<String> = wire
            .headers
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    let digest = match wire.header("x-amz-content-sha256").filter(|_| s3) {
        Some(digest) => digest.to_owned(),
        None if s3 && parts.presigned => wire
            .parameter("X-Amz-Content-Sha256")
            .unwrap_or("UNSIGNED-PAYLOAD")
            .to_owned(),
        None if s3 => return Err(Wrong::NoDigest),
        None => hex(&Sha256::digest(&wire.body)),
    };
    Ok(format!(
        "{}\n{path}\n{}\n{headers}\n{}\n{digest}",
        wire.method,
        query.join("&"),
        parts.headers.join(";")
    ))
}

/// A path without empty, `.` and `..` segments.
fn normal(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let end = if path.len() > 1 && path.ends_with('/') && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", segments.join("/"))
}

/// Percent-encodes everything but RFC 3986's unreserved characters, and slashes where they are to stay.
fn encode(text: &str, slashes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (slashes && byte == b'/');
        if plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn sign(secret: &str, scope: &Scope, to_sign: &str) -> Vec<u8> {
    let mut key = format!("AWS4{secret}").into_bytes();
    for step in [
        scope.date.as_str(),
        &scope.region,
        &scope.service,
        "aws4_request",
        to_sign,
    ] {
        key = mac(&key, step);
    }
    key
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The authorization header of a request, signed with all its headers; for tests.
#[cfg(test)]
pub(crate) fn signed(request: &http::Request<Vec<u8>>, key: &str, secret: &str, region: &str, service: &str) -> String {
    let wire = Wire::from_http(request.clone());
    let moment = wire.header("x-amz-date").unwrap_or_default();
    let scope = Scope {
        key: key.to_owned(),
        date: moment.split('T').next().unwrap_or_default().to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
    };
    let mut headers: Vec<&str> = wire.headers.iter().map(|(name, _)| name.as_str()).collect();
    headers.sort_unstable();
    let parts = Parts {
        moment,
        headers,
        signature: "",
        presigned: false,
    };
    let to_sign = to_sign(&wire, &scope, &parts).expect("the test sends what is to be signed");
    format!(
        "{ALGORITHM} Credential={key}/{}/{region}/{service}/aws4_request, SignedHeaders={}, Signature={}",
        scope.date,
        parts.headers.join(";"),
        hex(&sign(secret, &scope, &to_sign))
    )
}

/// A presigned address of S3, as a path with a query. The parameters are those of the query before it is signed, the
/// host is the one header that is; for tests.
#[cfg(test)]
pub(crate) fn presigned(
    method: &str,
    host: &str,
    path: &str,
    parameters: &[(&str, &str)],
    secret: &str,
) -> Result<String, Wrong> {
    let query: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name, false), encode(value, false)))
        .collect();
    let address = format!("{path}?{}", query.join("&"));
    let request = http::Request::builder()
        .method(method)
        .uri(&address)
        .header("host", host)
        .body(Vec::new())
        .map_err(|_| Wrong::Malformed)?;
    let wire = Wire::from_http(request);
    let scope = crate::protocol::route::scope(&wire).ok_or(Wrong::Malformed)?;
    let parts = Parts {
        moment: wire.parameter("X-Amz-Date").unwrap_or_default(),
        headers: vec!["host"],
        signature: "",
        presigned: true,
    };
    let signature = hex(&sign(secret, &scope, &to_sign(&wire, &scope, &parts)?));
    Ok(format!("{address}&X-Amz-Signature={signature}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::protocol::route;

    /// The secret of AWS's documentation and test suite.
    const SUITE: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const S3: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn wire(method: &str, address: &str, headers: &[(&str, &str)], body: &str) -> Wire {
        let mut builder = http::Request::builder().method(method).uri(address);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        Wire::from_http(builder.body(body.as_bytes().to_vec()).unwrap())
    }

    fn check(wire: &Wire, secret: &str) -> Result<(), Wrong> {
        verify(wire, &route::scope(wire).unwrap(), &[secret.to_owned()], None)
    }

    /// A request of AWS's published test suite (`aws-sig-v4-test-suite`).
    fn suite(method: &str, path: &str, more: &[(&str, &str)], body: &str, signature: &str) -> Wire {
        let mut names = vec!["host", "x-amz-date"];
        names.extend(more.iter().map(|(name, _)| *name));
        names.sort_unstable();
        names.dedup();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={}, \
             Signature={signature}",
            names.join(";")
        );
        let mut headers = vec![
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            ("authorization", authorization.as_str()),
        ];
        headers.extend(more);
        wire(method, path, &headers, body)
    }

    #[test]
    fn requests_of_awss_test_suite_are_verified() {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        for (method, path, more, body, signature) in [
            (
                "GET",
                "/",
                &[][..],
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "POST",
                "/",
                &[][..],
                "",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "GET",
                "/?Param2=value2&Param1=value1",
                &[][..],
                "",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "POST",
                "/",
                &form[..],
                "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
        ] {
            let wire = suite(method, path, more, body, signature);
            assert_eq!(check(&wire, SUITE), Ok(()), "{method} {path}");
            assert_eq!(check(&wire, S3), Err(Wrong::Mismatch), "{method} {path}");
        }
    }

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const RANGE: &str = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";

    /// "Example: GET Object" of "Signature Calculations for the Authorization Header" (Amazon S3 API Reference).
    fn get_object(range: &str) -> Wire {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;\
             range;x-amz-content-sha256;x-amz-date,Signature={RANGE}"
        );
        let headers = [
            ("host", "examplebucket.s3.amazonaws.com"),
            ("range", range),
            ("x-amz-content-sha256", EMPTY),
            ("x-amz-date", "20130524T000000Z"),
            ("authorization", authorization.as_str()),
        ];
        wire("GET", "/test.txt", &headers, "")
    }

    #[test]
    fn requests_of_s3s_documentation_are_verified() {
        assert_eq!(check(&get_object("bytes=0-9"), S3), Ok(()));
        assert_eq!(check(&get_object("bytes=0-8"), S3), Err(Wrong::Mismatch));
        let mut more = get_object("bytes=0-9");
        more.headers.push(("x-amz-acl".into(), "public-read".into()));
        assert_eq!(check(&more, S3), Err(Wrong::Unsigned(vec!["x-amz-acl".into()])));
        // "Authenticating Requests: Using Query Parameters".
        let address = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F\
                       us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&\
                       X-Amz-SignedHeaders=host&X-Amz-Signature=\
                       aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        let host = [("host", "examplebucket.s3.amazonaws.com")];
        assert_eq!(check(&wire("GET", address, &host, ""), S3), Ok(()));
        let longer = address.replace("86400", "86401");
        assert_eq!(check(&wire("GET", &longer, &host, ""), S3), Err(Wrong::Mismatch));
    }

    #[test]
    fn signatures_age() {
        let signed = "20261124T120000Z";
        let at = |minutes: f64| 1_795_521_600.0 + minutes * 60.0;
        assert_eq!(timely(signed, at(4.9), false), Ok(()));
        assert_eq!(timely(signed, at(14.9), true), Ok(()));
        let Err(Wrong::Untimely(words)) = timely(signed, at(6.0), false) else {
            panic!("too late");
        };
        assert_eq!(
            words,
            "Signature expired: 20261124T120000Z is now earlier than 20261124T120100Z (20261124T120600Z - 5 min.)"
        );
        assert!(timely(signed, at(-6.0), false).is_err() && timely(signed, at(16.0), true).is_err());
        assert_eq!(timely("yesterday", at(0.0), false), Err(Wrong::Malformed));
    }

    #[test]
    fn what_is_no_signature_of_version_four() {
        for (header, wrong) in [
            ("AWS AK:sig", Wrong::Unsupported),
            (
                "AWS4-ECDSA-P256-SHA256 Credential=AK/20261124/s3/aws4_request",
                Wrong::Unsupported,
            ),
            (
                "AWS4-HMAC-SHA256 Credential=AK/20261124/a/s3/aws4_request",
                Wrong::Malformed,
            ),
            ("AWS4-HMAC-SHA256", Wrong::Unsupported),
        ] {
            let wire = wire(
                "GET",
                "/",
                &[("authorization", header), ("x-amz-date", "20261124T000000Z")],
                "",
            );
            let scope = Scope {
                key: "AK".into(),
                date: "20261124".into(),
                region: "a".into(),
                service: "s3".into(),
            };
            assert_eq!(verify(&wire, &scope, &["x".into()], None), Err(wrong), "{header}");
        }
    }
}
