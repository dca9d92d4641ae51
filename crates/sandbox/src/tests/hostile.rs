//! Requests that mean harm, or nothing: each gets an answer, and none of them is the sandbox's own mistake.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use super::generated::{furnished, send, served, smallest};
use super::{form, signed};
use crate::Sandbox;

/// The same cases every time, so that a failure is nobody's luck.
fn runner() -> TestRunner {
    let config = ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng)
}

/// An answer must be a refusal or a success, but no mistake of ours.
fn harmless(sandbox: &Sandbox, request: http::Request<Vec<u8>>) -> u16 {
    let what = format!("{} {}", request.method(), request.uri());
    let answer = sandbox.call(request);
    let status = answer.status().as_u16();
    assert!(
        (status < 500 || status == 501) && !answer.headers().contains_key("x-sandbox-error"),
        "{what}: {status} {}",
        String::from_utf8_lossy(answer.body())
    );
    status
}

/// A signed request to a service, with these headers on top.
fn request(
    service: &str,
    method: &str,
    address: &str,
    headers: &[(&str, &[u8])],
    body: &[u8],
) -> Option<http::Request<Vec<u8>>> {
    let mut builder = http::Request::builder().method(method).uri(address).header(
        "authorization",
        signed("111122223333", service).replace("eu-central-1", "us-east-1"),
    );
    for (name, value) in headers {
        builder = builder.header(*name, http::HeaderValue::from_bytes(value).ok()?);
    }
    builder.body(body.to_vec()).ok()
}

/// The smallest valid requests of all operations.
fn valid() -> (Sandbox, Vec<http::Request<Vec<u8>>>) {
    let (sandbox, names) = furnished();
    let requests = served()
        .map(|(model, name, operation)| {
            let members = smallest(model, name, operation, &names);
            send::request(model, name, operation, &members)
        })
        .collect();
    (sandbox, requests)
}

/// One change of a body.
#[derive(Debug, Clone)]
enum Blow {
    Cut(prop::sample::Index),
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Double(prop::sample::Index, prop::sample::Index),
}

fn blow() -> impl Strategy<Value = Blow> {
    let special = prop::sample::select(vec![
        "<",
        ">",
        "&",
        "\"",
        "{",
        "}",
        "[",
        "null",
        "1e999",
        "-1",
        "\u{0}",
        "%",
        "&amp;",
        "<a/>",
        "]]>",
        ".",
        "\r\n",
        "${x}",
        "*",
        "\\u0000",
        "99999999999999999999",
    ]);
    prop_oneof![
        any::<prop::sample::Index>().prop_map(Blow::Cut),
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Blow::Replace(at, byte)),
        (any::<prop::sample::Index>(), special).prop_map(|(at, text)| Blow::Insert(at, text.as_bytes().to_vec())),
        (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(from, to)| Blow::Double(from, to)),
    ]
}

fn struck(mut body: Vec<u8>, blows: &[Blow]) -> Vec<u8> {
    for blow in blows {
        if body.is_empty() {
            break;
        }
        match blow {
            Blow::Cut(at) => body.truncate(at.index(body.len())),
            Blow::Replace(at, byte) => {
                let at = at.index(body.len());
                body[at] = *byte;
            }
            Blow::Insert(at, bytes) => {
                let at = at.index(body.len());
                body.splice(at..at, bytes.iter().copied());
            }
            Blow::Double(from, to) => {
                let (from, to) = (from.index(body.len()), to.index(body.len()));
                let piece = body[from.min(to)..from.max(to)].to_vec();
                body.splice(from..from, piece);
            }
        }
    }
    body
}

#[test]
fn broken_requests_are_refused() {
    let (sandbox, requests) = valid();
    let mut runner = runner();
    let blows = prop::collection::vec(blow(), 1..4);
    runner
        .run(&(any::<prop::sample::Index>(), blows), |(which, blows)| {
            let request = requests[which.index(requests.len())].clone();
            let (parts, body) = request.into_parts();
            harmless(&sandbox.fork(), http::Request::from_parts(parts, struck(body, &blows)));
            Ok(())
        })
        .unwrap();
}

#[test]
fn noise_is_refused_in_every_protocol() {
    let (sandbox, requests) = valid();
    let mut runner = runner();
    let noise = prop::collection::vec(any::<u8>(), 0..400);
    let query = "[a-zA-Z0-9&=%.+-]{0,60}";
    runner
        .run(
            &(any::<prop::sample::Index>(), noise, query),
            |(which, noise, query)| {
                let request = requests[which.index(requests.len())].clone();
                let (mut parts, _) = request.into_parts();
                harmless(&sandbox.fork(), http::Request::from_parts(parts.clone(), noise.clone()));
                let glue = if parts.uri.query().is_some() { "&" } else { "?" };
                if let Ok(uri) = format!("{}{glue}{query}", parts.uri).parse() {
                    parts.uri = uri;
                    harmless(&sandbox.fork(), http::Request::from_parts(parts, noise));
                }
                Ok(())
            },
        )
        .unwrap();
}

#[test]
fn noise_in_headers_is_refused() {
    let (sandbox, requests) = valid();
    let names = prop::sample::select(vec![
        "authorization",
        "content-type",
        "content-encoding",
        "content-md5",
        "range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "expires",
        "x-amz-date",
        "x-amz-content-sha256",
        "x-amz-decoded-content-length",
        "x-amz-copy-source",
        "x-amz-copy-source-range",
        "x-amz-tagging",
        "x-amz-meta-a",
        "x-amz-acl",
        "x-amz-checksum-crc32",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-security-token",
        "x-amz-target",
        "x-amz-expected-bucket-owner",
        "x-amz-server-side-encryption",
        "x-amz-storage-class",
        "origin",
        "host",
    ]);
    let values = prop_oneof![
        "[ -~]{0,40}".prop_map(String::into_bytes),
        prop::collection::vec(
            any::<u8>().prop_filter("no line breaks", |it| *it >= 32 && *it != 127),
            0..40
        ),
        prop::sample::select(vec![
            "bytes=0-18446744073709551615",
            "bytes=-18446744073709551616",
            "bytes=5-1,1-5",
            "example-bucket/example-key",
            "/example-bucket/../x",
            "AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;, Signature=",
            "aws-chunked",
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            "Tue, 99 Foo 9999 99:99:99 GMT",
            "W/\"\"",
            "*",
            "9223372036854775808",
            "-1",
            "1e400",
            "a.cloudfront.net",
            "x.auth.us-east-1.amazoncognito.com",
            "s3.amazonaws.com",
            ".s3.amazonaws.com",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let mut runner = runner();
    runner
        .run(
            &(
                any::<prop::sample::Index>(),
                prop::collection::vec((names, values), 1..4),
            ),
            |(which, headers)| {
                let mut request = requests[which.index(requests.len())].clone();
                for (name, value) in headers {
                    if let Ok(value) = http::HeaderValue::from_bytes(&value) {
                        request.headers_mut().insert(name, value);
                    }
                }
                harmless(&sandbox.fork(), request);
                Ok(())
            },
        )
        .unwrap();
}

#[test]
fn xml_bombs_are_refused() {
    let sandbox = Sandbox::in_memory(1);
    assert_eq!(
        harmless(&sandbox, request("s3", "PUT", "/example-bucket", &[], b"").unwrap()),
        200
    );
    let laughs = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;&lol;\">]><Tagging><TagSet>&lol2;</TagSet></Tagging>";
    let outside = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Tagging><TagSet><Tag><Key>&x;</Key><Value/></Tag></TagSet></Tagging>";
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let open = "<a>".repeat(100_000);
    let wide = format!("<Tagging><TagSet>{}</TagSet></Tagging>", "<Tag/>".repeat(200_000));
    let attributes = format!(
        "<Tagging {}/>",
        (0..20_000).map(|n| format!("a{n}=\"x\" ")).collect::<String>()
    );
    let long = format!("<{}/>", "a".repeat(1_000_000));
    for bomb in [
        laughs,
        outside,
        &deep,
        &open,
        &wide,
        &attributes,
        &long,
        "<",
        "<?xml",
        "\u{feff}",
        "<a>&#x0;</a>",
    ] {
        let body = bomb.as_bytes();
        for (service, method, address) in [
            ("s3", "PUT", "/example-bucket?tagging"),
            ("s3", "POST", "/example-bucket?delete"),
            ("cloudfront", "POST", "/2020-05-31/distribution"),
        ] {
            let status = harmless(&sandbox, request(service, method, address, &[], body).unwrap());
            assert_eq!(status, 400, "{service} {}", &bomb[..bomb.len().min(40)]);
        }
    }
}

#[test]
fn deep_and_wide_json_and_forms_are_refused() {
    let sandbox = Sandbox::in_memory(1);
    let deep = format!("{{\"PoolName\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let objects = "{\"a\":".repeat(100_000);
    let wide = format!(
        "{{\"PoolName\":\"p\",\"UserPoolTags\":{{{}}}}}",
        (0..60_000).map(|n| format!("\"k{n}\":\"\",")).collect::<String>()
    );
    for body in [
        deep.as_str(),
        &objects,
        &wide,
        "{\"PoolName\":1e999}",
        "{\"PoolName\":\"\\ud800\"}",
        "[]",
        "\"\"",
        "null",
    ] {
        let target: (&str, &[u8]) = ("x-amz-target", b"AWSCognitoIdentityProviderService.CreateUserPool");
        let status = harmless(
            &sandbox,
            request("cognito-idp", "POST", "/", &[target], body.as_bytes()).unwrap(),
        );
        assert_eq!(status, 400, "{}", &body[..body.len().min(40)]);
    }
    let many: String = (0..50_000).map(|n| format!("&Tags.member.{n}.Key=k")).collect();
    let dots = format!("&Tags{}=x", ".member.1".repeat(10_000));
    let huge = "&Tags.member.99999999999999999999.Key=k&Tags.member.-1.Key=k";
    let twice = "&RoleName=a&RoleName=b&RoleName.member.1=c";
    for body in [many.as_str(), &dots, huge, twice] {
        assert_eq!(
            harmless(
                &sandbox,
                form("iam", &format!("Action=CreateRole&Version=2010-05-08{body}"))
            ),
            400
        );
    }
    for (document, name) in [
        ("[".repeat(30_000), "deep"),
        ("{\"Statement\":".repeat(2000), "deeper"),
        ("*".repeat(2000), "stars"),
    ] {
        let body = format!("Action=CreatePolicy&Version=2010-05-08&PolicyName=p&PolicyDocument={document}");
        assert_eq!(harmless(&sandbox, form("iam", &body)), 400, "{name}");
    }
}

#[test]
fn tricks_with_paths_reach_nothing() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("aws");
    let sandbox = Sandbox::open(&folder).unwrap();
    assert_eq!(
        harmless(&sandbox, request("s3", "PUT", "/example-bucket", &[], b"").unwrap()),
        200
    );
    let long = format!("/example-bucket/{}", "a/".repeat(2000));
    for path in [
        "/example-bucket/../../../etc/passwd",
        "/example-bucket/%2e%2e/%2e%2e/x",
        "/example-bucket/..%2f..%2fx",
        "/example-bucket//x",
        "//example-bucket/x",
        "/../world.json",
        "/%2e%2e/x",
        "/example-bucket/%00",
        "/%00/x",
        "/example-bucket/%ff%fe",
        "/example-bucket/C:%5Cx",
        "/example-bucket/a%0d%0ab",
        "/_cloudfront/../x",
        "/_cloudfront//x",
        "/_cognito/..%2f",
        "/_cloudfront/%00.cloudfront.net/x",
        "/2020-05-31/../x",
        "/2020-05-31/distribution/%2e%2e/config",
        "/2020-05-31/distribution//config",
        "/example-bucket/%",
        "/%%%",
        long.as_str(),
    ] {
        for method in ["GET", "PUT", "HEAD", "DELETE", "POST", "OPTIONS", "PATCH"] {
            if let Some(request) = request("s3", method, path, &[], b"bytes") {
                harmless(&sandbox, request);
            }
        }
    }
    // What was stored is stored under its digest and nowhere else.
    let names = |path: &std::path::Path| -> Vec<String> {
        let mut names: Vec<String> = fs_err::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(outer.path()), ["aws"]);
    assert_eq!(names(&folder), ["blobs", "entries-0.jsonl", "lock", "world.json"]);
    let hex = |name: &String| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(names(&folder.join("blobs")).iter().all(hex));
}

#[test]
fn giant_headers_are_answered() {
    let sandbox = Sandbox::in_memory(1);
    assert_eq!(
        harmless(&sandbox, request("s3", "PUT", "/example-bucket", &[], b"").unwrap()),
        200
    );
    let giant = vec![b'a'; 1 << 20];
    for name in [
        "x-amz-meta-a",
        "x-amz-tagging",
        "authorization",
        "range",
        "x-amz-copy-source",
        "origin",
        "cookie",
    ] {
        harmless(
            &sandbox,
            request("s3", "PUT", "/example-bucket/key", &[(name, &giant)], b"").unwrap(),
        );
    }
    let chunks: [(&str, &[u8]); 2] = [
        ("content-encoding", b"aws-chunked"),
        ("x-amz-decoded-content-length", b"5"),
    ];
    for body in [
        "ffffffffffffffff\r\nx",
        "-1\r\n\r\n",
        "5\r\nhello",
        "0\r\n",
        "5;\r\nhello\r\n0\r\nx:y:z\r\n\r\n",
    ] {
        harmless(
            &sandbox,
            request("s3", "PUT", "/example-bucket/key", &chunks, body.as_bytes()).unwrap(),
        );
    }
}

#[test]
fn a_member_that_nobody_knows_does_no_harm() {
    let (sandbox, requests) = valid();
    for request in requests {
        let (parts, body) = request.into_parts();
        let Ok(Value::Object(mut members)) = serde_json::from_slice(&body) else {
            continue;
        };
        members.insert("NobodyKnows".to_owned(), Value::from(vec![Value::Null; 3]));
        let body = Value::Object(members).to_string().into_bytes();
        harmless(&sandbox.fork(), http::Request::from_parts(parts, body));
    }
}
