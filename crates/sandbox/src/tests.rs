//! Tests of the whole: requests as they come off the wire.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod federation;
mod generated;
mod hostile;
mod trouble;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::{CallRecord, Sandbox, ServeError, Trouble, signature};

/// An authorization header for this access key, region and service.
pub(crate) fn signed(key: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20261124/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// A Query request as boto3 sends it.
pub(crate) fn form(service: &str, body: &str) -> http::Request<Vec<u8>> {
    form_of("test", service, body)
}

fn form_of(key: &str, service: &str, body: &str) -> http::Request<Vec<u8>> {
    http::Request::post("http://127.0.0.1:4566/")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .header("authorization", signed(key, service))
        .body(body.as_bytes().to_vec())
        .unwrap()
}

pub(crate) fn json(target: &str, body: &str) -> http::request::Builder {
    http::Request::post("http://127.0.0.1:4566/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", target)
        .header("content-length", body.len())
}

/// Creates a role, and returns the HTTP status.
pub(crate) fn create_role(sandbox: &Sandbox, name: &str) -> u16 {
    create_role_as(sandbox, "test", name)
}

fn create_role_as(sandbox: &Sandbox, key: &str, name: &str) -> u16 {
    const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                         %22Principal%22%3A%7B%22Service%22%3A%22ec2.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3A\
                         AssumeRole%22%7D%5D%7D";
    let body = format!("Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument={TRUST}");
    sandbox.call(form_of(key, "iam", &body)).status().as_u16()
}

fn text(response: &http::Response<Vec<u8>>) -> String {
    String::from_utf8(response.body().clone()).unwrap()
}

/// The names of the default account's roles.
pub(crate) fn roles(sandbox: &Sandbox) -> Vec<String> {
    roles_as(sandbox, "test")
}

fn roles_as(sandbox: &Sandbox, key: &str) -> Vec<String> {
    let answer = text(&sandbox.call(form_of(key, "iam", "Action=ListRoles&Version=2010-05-08&MaxItems=1000")));
    assert!(answer.contains("<IsTruncated>false</IsTruncated>"), "{answer}");
    answer
        .split("<RoleName>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect()
}

#[test]
fn twelve_digits_are_an_account_of_their_own() {
    let sandbox = Sandbox::in_memory(1);
    assert_eq!(create_role(&sandbox, "a"), 200);
    assert_eq!(create_role_as(&sandbox, "444455556666", "b"), 200);
    assert_eq!(roles(&sandbox), ["a"]);
    assert_eq!(roles_as(&sandbox, "444455556666"), ["b"]);
    let answer = sandbox.call(form_of(
        "444455556666",
        "sts",
        "Action=GetCallerIdentity&Version=2011-06-15",
    ));
    assert!(
        text(&answer).contains("<Arn>arn:aws:iam::444455556666:root</Arn>"),
        "{}",
        text(&answer)
    );
}

#[test]
fn calls_without_a_signature_are_refused_as_the_service_refuses_them() {
    let sandbox = Sandbox::in_memory(1);
    let json_answer = sandbox.call(
        json("AWSCognitoIdentityProviderService.ListUserPools", "{}")
            .body(b"{}".to_vec())
            .unwrap(),
    );
    assert_eq!(json_answer.status(), 400);
    assert_eq!(
        json_answer.headers()["x-amzn-errortype"],
        "MissingAuthenticationTokenException"
    );
    let mut unsigned = form("iam", "Action=ListRoles&Version=2010-05-08");
    unsigned.headers_mut().remove("authorization");
    let answer = sandbox.call(unsigned);
    assert_eq!(answer.status(), 403);
    assert!(text(&answer).contains("<Code>MissingAuthenticationToken</Code>"));
    let request = http::Request::get("/2020-05-31/distribution").body(Vec::new()).unwrap();
    assert_eq!(sandbox.call(request).status(), 403);
}

#[test]
fn keys_of_aws_are_nobodys() {
    let sandbox = Sandbox::in_memory(1);
    let answer = sandbox.call(form_of(
        "AKIAIOSFODNN7EXAMPLE",
        "iam",
        "Action=ListRoles&Version=2010-05-08",
    ));
    assert_eq!(answer.status(), 403);
    assert!(text(&answer).contains("<Code>InvalidClientTokenId</Code>"));
}

/// Calls an awsJson operation and returns the status and the answer.
fn ask_json(sandbox: &Sandbox, service: &str, target: &str, body: &serde_json::Value) -> (u16, serde_json::Value) {
    let body = body.to_string();
    let request = json(target, &body)
        .header("authorization", signed("test", service))
        .body(body.into_bytes())
        .unwrap();
    let answer = sandbox.call(request);
    let value = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), value)
}

#[test]
fn the_index_finds_what_is_tagged_and_changes_tags_where_they_are() {
    use serde_json::json as value;
    let sandbox = Sandbox::in_memory(1);
    let idp = |name: &str, body| {
        ask_json(
            &sandbox,
            "cognito-idp",
            &format!("AWSCognitoIdentityProviderService.{name}"),
            &body,
        )
    };
    let tagging = |name: &str, body| {
        let (status, answer) = ask_json(
            &sandbox,
            "tagging",
            &format!("ResourceGroupsTaggingAPI_20170126.{name}"),
            &body,
        );
        assert_eq!(status, 200, "{answer}");
        answer
    };
    let (status, tagged) = idp(
        "CreateUserPool",
        value!({"PoolName": "a", "UserPoolTags": {"igvctl": "lab/main", "x": ""}}),
    );
    assert_eq!(status, 200, "{tagged}");
    let pool = tagged["UserPool"]["Arn"].as_str().unwrap().to_owned();
    idp("CreateUserPool", value!({"PoolName": "b"}));
    let request = http::Request::put("/tracks-a")
        .header("authorization", signed("test", "s3"))
        .body(b"<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>".to_vec());
    assert_eq!(sandbox.call(request.unwrap()).status(), 200);

    let bucket = "arn:aws:s3:::tracks-a";
    let failed = tagging(
        "TagResources",
        value!({"ResourceARNList": [bucket, "arn:aws:s3:::none-such"], "Tags": {"igvctl": "lab/main"}}),
    );
    assert_eq!(failed["FailedResourcesMap"].as_object().unwrap().len(), 1);
    let found = |filter: serde_json::Value| -> Vec<String> {
        let answer = tagging("GetResources", filter);
        let list = answer["ResourceTagMappingList"].as_array().unwrap().clone();
        list.iter()
            .map(|one| one["ResourceARN"].as_str().unwrap().to_owned())
            .collect()
    };
    let mine = || value!([{"Key": "igvctl", "Values": ["lab/main", "other"]}]);
    assert_eq!(found(value!({"TagFilters": mine()})), [pool.as_str(), bucket]);
    assert_eq!(
        found(value!({})),
        [pool.as_str(), bucket],
        "what has no tag is not in it"
    );
    assert_eq!(
        found(value!({"TagFilters": mine(), "ResourceTypeFilters": ["s3"]})),
        [bucket]
    );
    assert_eq!(found(value!({"ResourceARNList": [pool]})), [pool.as_str()]);
    assert!(found(value!({"TagFilters": [{"Key": "igvctl", "Values": ["nobody"]}]})).is_empty());
    assert!(found(value!({"TagFilters": [{"Key": "igvctl"}, {"Key": "none"}]})).is_empty());

    sandbox.set_trouble(Trouble {
        page_size: Some(1),
        ..Trouble::default()
    });
    let first = tagging("GetResources", value!({}));
    let second = tagging("GetResources", value!({"PaginationToken": first["PaginationToken"]}));
    assert_eq!(second["ResourceTagMappingList"][0]["ResourceARN"], bucket);
    assert_eq!(second["PaginationToken"], "");

    tagging(
        "UntagResources",
        value!({"ResourceARNList": [pool, bucket], "TagKeys": ["igvctl"]}),
    );
    sandbox.set_trouble(Trouble::default());
    assert_eq!(found(value!({})), [pool.as_str()], "one tag of the pool is left");
    assert_eq!(tagging("GetTagKeys", value!({}))["TagKeys"], value!(["x"]));
}

#[test]
fn a_session_is_who_it_is_until_it_ends() {
    let sandbox = Sandbox::in_memory(1);
    sandbox.set_clock(Some(1_795_538_580.0));
    const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                         %22Principal%22%3A%7B%22AWS%22%3A%22111122223333%22%7D%2C%22Action%22%3A%22sts%3A\
                         AssumeRole%22%7D%5D%7D";
    let role = format!("Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument={TRUST}");
    assert_eq!(sandbox.call(form("iam", &role)).status(), 200);
    let assume = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=me&DurationSeconds=900\
                  &RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr";
    let answer = text(&sandbox.call(form("sts", assume)));
    let part = |name: &str| -> String {
        let rest = answer.split(&format!("<{name}>")).nth(1).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    assert_eq!(part("Expiration"), "2026-11-24T16:58:00Z");
    let who = |token: &str| {
        let mut request = http::Request::post("/")
            .header("host", "127.0.0.1:4566")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-amz-date", "20261124T164300Z")
            .header("x-amz-security-token", token)
            .body(b"Action=GetCallerIdentity&Version=2011-06-15".to_vec())
            .unwrap();
        let (key, secret) = (part("AccessKeyId"), part("SecretAccessKey"));
        let authorization = signature::signed(&request, &key, &secret, "us-east-1", "sts");
        let headers = request.headers_mut();
        headers.insert("authorization", authorization.parse().unwrap());
        text(&sandbox.call(request))
    };
    let me = "<Arn>arn:aws:sts::111122223333:assumed-role/r/me</Arn>";
    assert!(who(&part("SessionToken")).contains(me));
    assert!(who("other").contains("<Code>InvalidClientTokenId</Code>"));
    sandbox.set_clock(Some(1_795_538_580.0 + 900.0));
    assert!(who(&part("SessionToken")).contains("<Code>ExpiredToken</Code>"));
}

#[test]
fn presigned_addresses_end() {
    let sandbox = Sandbox::in_memory(1);
    sandbox.set_clock(Some(1_795_538_580.0));
    let mut create = http::Request::put("/tracks-a").body(Vec::new()).unwrap();
    let key = signed("test", "s3").replace("eu-central-1", "us-east-1");
    create
        .headers_mut()
        .insert("authorization", http::HeaderValue::from_str(&key).unwrap());
    assert_eq!(sandbox.call(create).status(), 200);
    let get = |query: &str| {
        let address = format!("/tracks-a?list-type=2&{query}");
        let answer = sandbox.call(http::Request::get(address).body(Vec::new()).unwrap());
        (answer.status().as_u16(), text(&answer).contains("Request has expired"))
    };
    let credential = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20261124%2Fus-east-1%2Fs3%2F\
                      aws4_request&X-Amz-SignedHeaders=host&X-Amz-Signature=0";
    for (query, wanted) in [
        (
            format!("{credential}&X-Amz-Date=20261124T164200Z&X-Amz-Expires=61"),
            (200, false),
        ),
        (
            format!("{credential}&X-Amz-Date=20261124T164200Z&X-Amz-Expires=59"),
            (403, true),
        ),
        (
            "AWSAccessKeyId=test&Signature=x&Expires=1795538581".to_owned(),
            (200, false),
        ),
        (
            "AWSAccessKeyId=test&Signature=x&Expires=1795538579".to_owned(),
            (403, true),
        ),
        ("x=y".to_owned(), (403, false)),
    ] {
        assert_eq!(get(&query), wanted, "{query}");
    }
}

#[test]
fn an_unknown_operation_is_answered_in_the_protocol_of_its_service() {
    let sandbox = Sandbox::in_memory(1);
    let request = json("AWSCognitoIdentityService.Nonsense", "{}")
        .header("authorization", signed("test", "cognito-identity"))
        .body(b"{}".to_vec())
        .unwrap();
    let answer = sandbox.call(request);
    assert_eq!(answer.headers()["x-amzn-errortype"], "UnknownOperationException");
    let answer = sandbox.call(form("iam", "Action=Nonsense&Version=2010-05-08"));
    assert!(text(&answer).contains("<Code>InvalidAction</Code>"));
    let request = http::Request::post("/b").body(Vec::new()).unwrap();
    assert_eq!(sandbox.call(request).status(), 501);
    assert!(!sandbox.calls()[0].mutating, "what does not exist changes nothing");
}

#[test]
fn what_the_model_forbids_is_refused_before_the_service_sees_it() {
    let sandbox = Sandbox::in_memory(1);
    let answer = sandbox.call(form("iam", "Action=GetRole&Version=2010-05-08&RoleName=a%20b"));
    assert_eq!(answer.status(), 400);
    let body = text(&answer);
    assert!(body.contains("<Code>ValidationError</Code>"), "{body}");
    assert!(
        body.contains("Value 'a b' at 'roleName' failed to satisfy constraint"),
        "{body}"
    );
}

#[test]
fn a_body_that_is_not_what_its_digest_says_is_refused() {
    let mut request = form("iam", "Action=ListRoles&Version=2010-05-08");
    let digest = http::HeaderValue::from_str(&"0".repeat(64)).unwrap();
    request.headers_mut().insert("x-amz-content-sha256", digest);
    assert!(text(&Sandbox::in_memory(1).call(request)).contains("SignatureDoesNotMatch"));
}

#[test]
fn a_body_that_is_no_object_is_bounded() {
    let body = format!("Action=ListRoles&Version=2010-05-08&PathPrefix={}", "x".repeat(9 << 20));
    let answer = Sandbox::in_memory(1).call(form("iam", &body));
    assert!(text(&answer).contains("<Code>RequestEntityTooLarge</Code>"));
}

#[test]
fn nothing_of_a_world_is_shown() {
    let sandbox = Sandbox::in_memory(1);
    assert_eq!(create_role(&sandbox, "a"), 200);
    assert_eq!(format!("{sandbox:?}"), "Sandbox");
}

#[test]
fn a_crash_stops_everything_from_that_call_on() {
    let sandbox = Sandbox::in_memory(1);
    sandbox.set_trouble(Trouble {
        fail_from: Some(2),
        ..Trouble::default()
    });
    assert_eq!(create_role(&sandbox, "a"), 200);
    assert_eq!(create_role(&sandbox, "b"), 503);
    assert_eq!(create_role(&sandbox, "c"), 503);
    sandbox.set_trouble(Trouble::default());
    assert_eq!(roles(&sandbox), ["a"]);
}

#[test]
fn a_lost_answer_leaves_the_effect() {
    let sandbox = Sandbox::in_memory(1);
    sandbox.set_trouble(Trouble {
        lose_answer_of: Some(1),
        mutating_only: true,
        ..Trouble::default()
    });
    assert!(roles(&sandbox).is_empty());
    assert_eq!(create_role(&sandbox, "a"), 503);
    assert_eq!(create_role(&sandbox, "a"), 409, "it is there already");
    assert_eq!(roles(&sandbox), ["a"]);
}

#[test]
fn pages_are_as_small_as_one_asks() {
    let sandbox = Sandbox::in_memory(1);
    for name in ["a", "b", "c"] {
        assert_eq!(create_role(&sandbox, name), 200);
    }
    sandbox.set_trouble(Trouble {
        page_size: Some(2),
        ..Trouble::default()
    });
    let answer = text(&sandbox.call(form("iam", "Action=ListRoles&Version=2010-05-08")));
    assert_eq!(answer.matches("<RoleName>").count(), 2);
    assert!(answer.contains("<IsTruncated>true</IsTruncated>"));
}

#[test]
fn calls_are_remembered_until_one_forgets_them() {
    let sandbox = Sandbox::in_memory(1);
    assert_eq!(create_role(&sandbox, "a"), 200);
    let record = |operation: &str, mutating| CallRecord {
        service: "iam",
        operation: operation.to_owned(),
        mutating,
    };
    roles(&sandbox);
    assert_eq!(
        sandbox.calls(),
        [record("CreateRole", true), record("ListRoles", false)]
    );
    sandbox.clear_calls();
    assert!(sandbox.calls().is_empty());
}

#[test]
fn a_snapshot_brings_back_the_world_and_the_same_seed_the_same_ids() {
    let sandbox = Sandbox::in_memory(7);
    sandbox.set_clock(Some(1_795_538_580.0));
    let empty = sandbox.snapshot();
    assert_eq!(create_role(&sandbox, "a"), 200);
    let full = sandbox.snapshot();
    sandbox.restore(empty.clone()).unwrap();
    assert!(roles(&sandbox).is_empty());
    assert_eq!(create_role(&sandbox, "a"), 200);
    assert_eq!(sandbox.snapshot(), full);
    sandbox.reset();
    sandbox.set_clock(Some(1_795_538_580.0));
    assert_eq!(sandbox.snapshot(), empty);
    assert!(sandbox.restore(serde_json::json!({"seed": "x"})).is_err());
}

/// One request over a socket; everything that came back until the server closed.

#[test]
fn a_fork_has_what_was_and_a_world_of_its_own() {
    let put = |key: &str, body: &str| {
        http::Request::put(format!("http://127.0.0.1:4566/example-bucket/{key}"))
            .header("authorization", signed("test", "s3"))
            .body(body.as_bytes().to_vec())
            .unwrap()
    };
    let get = |key: &str| {
        http::Request::get(format!("http://127.0.0.1:4566/example-bucket/{key}"))
            .header("authorization", signed("test", "s3"))
            .body(Vec::new())
            .unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let bucket = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>\
                  eu-central-1</LocationConstraint></CreateBucketConfiguration>";
    for sandbox in [Sandbox::in_memory(1), Sandbox::open(folder.path()).unwrap()] {
        assert_eq!(sandbox.call(put("", bucket)).status(), 200);
        assert_eq!(sandbox.call(put("before", "of both")).status(), 200);
        let before = sandbox.snapshot();
        let fork = sandbox.fork();
        assert_eq!((fork.snapshot(), fork.calls().len()), (before.clone(), 0));
        assert_eq!(text(&fork.call(get("before"))), "of both");
        assert_eq!(fork.call(put("after", "of the fork")).status(), 200);
        assert_eq!(create_role(&fork, "a"), 200);
        assert_eq!(text(&fork.call(get("after"))), "of the fork");
        assert_eq!(sandbox.snapshot(), before);
        assert_eq!(sandbox.call(get("after")).status(), 404);
        assert_eq!(sandbox.call(put("later", "of the first")).status(), 200);
        assert_eq!(fork.call(get("later")).status(), 404);
    }
    assert_eq!(fs_err::read_dir(folder.path().join("blobs")).unwrap().count(), 2);
}

fn exchange(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_answers_and_closes_the_connection_of_a_lost_answer() {
    let sandbox = Sandbox::in_memory(1);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn({
        let sandbox = sandbox.clone();
        async move { sandbox.serve(listener, false).await }
    });
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         authorization: {}\r\ncontent-length: {}\r\n\r\n{body}",
        signed("test", "sts"),
        body.len()
    );
    let asked = request.clone();
    let answer = tokio::task::spawn_blocking(move || exchange(address, &asked))
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("<Account>111122223333</Account>"), "{answer}");
    sandbox.set_trouble(Trouble {
        lose_answer_of: Some(1),
        ..Trouble::default()
    });
    let answer = tokio::task::spawn_blocking(move || exchange(address, &request))
        .await
        .unwrap();
    assert_eq!(answer, "");
    serving.abort();
}

#[tokio::test]
async fn only_a_loopback_address_is_served() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let refused = Sandbox::in_memory(1).serve(listener, false).await;
    assert!(matches!(refused, Err(ServeError::NotLoopback(_))));
}

#[test]
fn faces_are_reached_by_host_and_by_path() {
    let sandbox = Sandbox::in_memory(1);
    for (address, host) in [
        ("/a", "d1.cloudfront.net"),
        ("/_cloudfront/d1.cloudfront.net/a", "127.0.0.1:4566"),
        ("/_cognito/igv.auth.us-east-1.amazoncognito.com/login", "127.0.0.1:4566"),
    ] {
        let request = http::Request::get(address)
            .header("host", host)
            .body(Vec::new())
            .unwrap();
        let answer = sandbox.call(request);
        assert!(matches!(answer.status().as_u16(), 403 | 404), "{address}");
        assert!(sandbox.calls().is_empty(), "a viewer calls no operation");
    }
}
