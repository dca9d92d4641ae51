//! Reads with the credentials of a session: by a signed header, and by presigned addresses.

use serde_json::json;

use super::{BUCKET, Backend, Keys, Presigned};
use crate::Sandbox;

const HOST: &str = "demo-reads.s3.eu-central-1.amazonaws.com";

#[test]
fn presigned_addresses_read_ranges() {
    let backend = Backend::new();
    let keys = backend.log_in();
    let address = backend.presigned(&keys, &Presigned::default());
    let whole = backend.open("GET", HOST, &address, &[]);
    assert_eq!((whole.status, whole.body.as_slice()), (200, &b"0123456789"[..]));
    assert_eq!(whole.header("accept-ranges"), "bytes");
    for (range, body, shown) in [
        ("bytes=0-0", &b"0"[..], "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ] {
        let said = backend.open("GET", HOST, &address, &[("range", range)]);
        assert_eq!((said.status, said.body.as_slice()), (206, body), "{range}");
        assert_eq!(said.header("content-range"), shown);
        assert_eq!(said.header("content-length"), body.len().to_string());
    }
    for range in ["bytes=10-", "bytes=99-100", "bytes=-0"] {
        let said = backend.open("GET", HOST, &address, &[("range", range)]);
        assert_eq!(said.refusal(), (416, "InvalidRange".to_owned()), "{range}");
        assert_eq!(said.element("ActualObjectSize"), "10");
    }
    // What is no range of bytes is passed over.
    for range in ["bytes=4-2", "lines=1-2", "bytes=x"] {
        assert_eq!(
            backend.open("GET", HOST, &address, &[("range", range)]).status,
            200,
            "{range}"
        );
    }
    let head = backend.presigned(
        &keys,
        &Presigned {
            method: "HEAD",
            ..Presigned::default()
        },
    );
    let said = backend.open("HEAD", HOST, &head, &[]);
    assert_eq!(
        (said.status, said.header("content-length"), said.body.len()),
        (200, "10", 0)
    );
    // The method is signed too.
    assert_eq!(backend.open("HEAD", HOST, &address, &[]).status, 403);
}

#[test]
fn presigned_addresses_end() {
    let backend = Backend::new();
    let keys = backend.log_in();
    let address = backend.presigned(&keys, &Presigned::default());
    let refusal = |address: &str| {
        let said = backend.open("GET", HOST, address, &[]);
        let (status, code) = said.refusal();
        (status, code, said.element("Message"))
    };
    let denied = |message: &str| (403, "AccessDenied".to_owned(), message.to_owned());
    let now = backend.now();
    backend.sandbox.set_clock(Some(now + 902.0));
    assert_eq!(refusal(&address), denied("Request has expired"));
    // An address can be good for longer than the session that signed it.
    let long = Presigned {
        seconds: "86400",
        ..Presigned::default()
    };
    let long = backend.presigned(&keys, &long);
    assert_eq!(backend.open("GET", HOST, &long, &[]).status, 200);
    backend.sandbox.set_clock(Some(now + 3601.0));
    let said = backend.open("GET", HOST, &long, &[]);
    assert_eq!(said.refusal(), (400, "ExpiredToken".to_owned()));
    assert_eq!(said.element("Message"), "The provided token has expired.");
    let by_header = backend.s3(&keys, "GET", &format!("/{BUCKET}/run1/a.bam"), b"", &[]);
    assert_eq!(by_header.refusal(), (400, "ExpiredToken".to_owned()));
    backend.sandbox.set_clock(None);
    let early = Presigned {
        moment: "20991231T235959Z".to_owned(),
        ..Presigned::default()
    };
    assert_eq!(
        refusal(&backend.presigned(&keys, &early)),
        denied("Request is not yet valid")
    );
}

#[test]
fn presigned_addresses_must_be_whole_and_right() {
    let backend = Backend::new();
    let keys = backend.log_in();
    let open = |address: &str| backend.open("GET", HOST, address, &[]);
    let seconds = |seconds| {
        let address = Presigned {
            seconds,
            ..Presigned::default()
        };
        open(&backend.presigned(&keys, &address)).refusal()
    };
    let malformed = (400, "AuthorizationQueryParametersError".to_owned());
    for wrong in ["604801", "-1", "soon"] {
        assert_eq!(seconds(wrong), malformed, "{wrong}");
    }
    let address = backend.presigned(&keys, &Presigned::default());
    for part in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
    ] {
        let without = address.replace(part, "X-Amz-Other");
        assert_eq!(open(&without).refusal(), malformed, "{part}");
    }
    let undated = address.replace("X-Amz-Date=2", "X-Amz-Date=x2");
    assert_eq!(open(&undated).refusal(), malformed);
    let mismatch = (403, "SignatureDoesNotMatch".to_owned());
    let other_key = address.replace("/run1/a.bam", "/run1/b.bam");
    assert_eq!(open(&other_key).refusal(), mismatch);
    assert_eq!(open(&format!("{address}0")).refusal(), mismatch);
    assert_eq!(
        open(&address.replace("X-Amz-Expires=900", "X-Amz-Expires=901")).refusal(),
        mismatch
    );
    let guessed = Keys {
        secret: "guessed".to_owned(),
        ..keys.clone()
    };
    assert_eq!(
        open(&backend.presigned(&guessed, &Presigned::default())).refusal(),
        mismatch
    );
    // The token belongs to the key.
    let without = Keys {
        token: None,
        ..keys.clone()
    };
    let unknown = (403, "InvalidAccessKeyId".to_owned());
    assert_eq!(
        open(&backend.presigned(&without, &Presigned::default())).refusal(),
        unknown
    );
    let swapped = Keys {
        token: backend.log_in().token,
        ..keys.clone()
    };
    assert_eq!(
        open(&backend.presigned(&swapped, &Presigned::default())).refusal(),
        (400, "InvalidToken".to_owned())
    );
    let nobody = Keys {
        id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
        ..keys.clone()
    };
    assert_eq!(
        open(&backend.presigned(&nobody, &Presigned::default())).refusal(),
        unknown
    );
    // Two signatures are one too many.
    let both = backend.open(
        "GET",
        HOST,
        &address,
        &[("authorization", "AWS4-HMAC-SHA256 Credential=x")],
    );
    assert_eq!(both.refusal(), (400, "InvalidArgument".to_owned()));
    // The right host, and a signature for elsewhere.
    let elsewhere = Presigned {
        region: "us-west-2",
        ..Presigned::default()
    };
    let said = open(&backend.presigned(&keys, &elsewhere));
    assert_eq!(said.refusal(), malformed);
    assert_eq!(
        said.element("Message"),
        "Error parsing the X-Amz-Credential parameter; the region 'us-west-2' is wrong; expecting 'eu-central-1'"
    );
}

/// Sessions are what a login proves, so their signatures count without being asked for.
#[test]
fn signatures_of_sessions_are_always_verified() {
    let backend = Backend::new();
    let keys = backend.log_in();
    let path = format!("/{BUCKET}/run1/a.bam");
    let get = |keys: &Keys| backend.s3(keys, "GET", &path, b"", &[]).refusal();
    let guessed = Keys {
        secret: "guessed".to_owned(),
        ..keys.clone()
    };
    assert_eq!(get(&guessed), (403, "SignatureDoesNotMatch".to_owned()));
    let without = Keys {
        token: None,
        ..keys.clone()
    };
    assert_eq!(get(&without), (403, "InvalidAccessKeyId".to_owned()));
    let made_up = Keys {
        token: Some("made up".to_owned()),
        ..keys.clone()
    };
    assert_eq!(get(&made_up), (400, "InvalidToken".to_owned()));
    let (id, secret) = ("AKIAIOSFODNN7EXAMPLE".to_owned(), keys.secret.clone());
    let nobody = Keys {
        id,
        secret,
        token: None,
    };
    assert_eq!(get(&nobody), (403, "InvalidAccessKeyId".to_owned()));
    let root = Keys {
        secret: "guessed".to_owned(),
        ..Keys::root()
    };
    assert_eq!(get(&root).0, 200);
}

#[test]
fn a_key_that_is_not_there_is_told_to_who_may_list() {
    let backend = Backend::new();
    let keys = backend.log_in();
    let missing = format!("/{BUCKET}/run1/none.bai");
    let get = || backend.s3(&keys, "GET", &missing, b"", &[]).refusal();
    assert_eq!(get(), (404, "NoSuchKey".to_owned()));
    assert_eq!(backend.s3(&keys, "HEAD", &missing, b"", &[]).status, 404);
    backend.grant(&json!([
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{BUCKET}/*")},
    ]));
    assert_eq!(get(), (403, "AccessDenied".to_owned()));
    assert_eq!(backend.s3(&keys, "HEAD", &missing, b"", &[]).status, 403);
}

#[test]
fn session_policies_limit_a_session() {
    let backend = Backend::new();
    let token = backend.open_id_token(&backend.logins()).unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{BUCKET}/run1/*")},
    ]})
    .to_string();
    let said = backend.assume(&token, &[("Policy", &policy)]);
    assert!(said.text().contains("PackedPolicySize"));
    let keys = Keys::of(&said);
    assert_eq!(
        backend
            .s3(&keys, "GET", &format!("/{BUCKET}/run1/a.bam"), b"", &[])
            .status,
        200
    );
    let said = backend.s3(&keys, "GET", &format!("/{BUCKET}?list-type=2"), b"", &[]);
    assert!(
        said.element("Message")
            .ends_with("because no session policy allows the s3:ListBucket action"),
        "{}",
        said.text()
    );
    // One's own folder, by the variable that sessions of identity pools bring along.
    backend.put(BUCKET, "shared/x", b"1");
    let subject = said_subject(&backend, &token);
    backend.put(BUCKET, &format!("own/{}/x", subject.replace(':', "%3A")), b"2");
    backend.grant(&json!([{
        "Effect": "Allow", "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{BUCKET}/own/${{cognito-identity.amazonaws.com:sub}}/*"),
    }]));
    let keys = backend.log_in();
    let own = format!("/{BUCKET}/own/{}/x", subject.replace(':', "%3A"));
    assert_eq!(backend.s3(&keys, "GET", &own, b"", &[]).status, 200);
    assert_eq!(
        backend
            .s3(&keys, "GET", &format!("/{BUCKET}/shared/x"), b"", &[])
            .status,
        403
    );
}

fn said_subject(backend: &Backend, token: &str) -> String {
    backend.assume(token, &[]).element("SubjectFromWebIdentityToken")
}

/// Who came as a guest and signed in keeps his identity, and tokens and sessions are good, after a restart too.
#[test]
fn a_folder_that_is_opened_again_knows_who_came() {
    let folder = tempfile::tempdir().unwrap();
    let mut backend = Backend::in_sandbox(Sandbox::open(folder.path()).unwrap());
    backend.change_pool(&json!({"AllowUnauthenticatedIdentities": true}));
    let guest = backend
        .identity("GetId", &json!({"IdentityPoolId": backend.pool}))
        .unwrap();
    // The key of the identity pools is made, so that what comes next draws nothing.
    backend.identity("GetOpenIdToken", &guest).unwrap();
    let logins = backend.logins();
    let mut input = guest.clone();
    input["Logins"] = logins.clone();
    let token = backend.identity("GetOpenIdToken", &input).unwrap()["Token"].clone();
    // The lock of the folder goes with the last sandbox.
    backend.sandbox = Sandbox::in_memory(1);
    backend.sandbox = Sandbox::open(folder.path()).unwrap();
    let again = json!({"IdentityPoolId": backend.pool, "Logins": logins});
    assert_eq!(backend.identity("GetId", &again).unwrap(), guest);
    let keys = Keys::of(&backend.assume(token.as_str().unwrap(), &[]));
    backend.sandbox = Sandbox::in_memory(1);
    backend.sandbox = Sandbox::open(folder.path()).unwrap();
    let said = backend.s3(&keys, "GET", &format!("/{BUCKET}/run1/a.bam"), b"", &[]);
    assert_eq!((said.status, said.body.as_slice()), (200, &b"0123456789"[..]));
}
