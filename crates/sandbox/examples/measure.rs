use sandbox::Sandbox;
use std::time::Instant;
fn json(target: &str, body: String) -> http::Request<Vec<u8>> {
    http::Request::post("http://127.0.0.1:4566/").header("x-amz-target", format!("AWSCognitoIdentityProviderService.{target}"))
        .header("authorization", "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0")
        .body(body.into_bytes()).unwrap()
}
fn s3(method: &str, path: &str, body: Vec<u8>) -> http::Request<Vec<u8>> {
    http::Request::builder()
        .method(method)
        .uri(path)
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
        )
        .body(body)
        .unwrap()
}
fn iam(body: &str) -> http::Request<Vec<u8>> {
    http::Request::post("http://127.0.0.1:4566/")
        .header("content-type", "application/x-www-form-urlencoded")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0",
        )
        .body(body.as_bytes().to_vec())
        .unwrap()
}
fn main() {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let sandbox = if std::env::args().nth(1).as_deref() == Some("memory") {
        Sandbox::in_memory(1)
    } else {
        Sandbox::open(folder.path()).unwrap()
    };
    println!("open {:?}", start.elapsed());
    let pool = sandbox.call(json("CreateUserPool", r#"{"PoolName":"p"}"#.into()));
    let pool: serde_json::Value = serde_json::from_slice(pool.body()).unwrap();
    let pool = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
    println!("first call {:?}", start.elapsed());
    sandbox.call(s3("PUT", "/bucket", vec![]));
    let users: u32 = std::env::args().nth(2).and_then(|it| it.parse().ok()).unwrap_or(10_000);
    let start = Instant::now();
    for n in 0..users {
        let body = format!(
            r#"{{"UserPoolId":"{pool}","Username":"user{n}","MessageAction":"SUPPRESS","UserAttributes":[{{"Name":"email","Value":"u{n}@example.org"}}]}}"#
        );
        assert_eq!(sandbox.call(json("AdminCreateUser", body)).status(), 200);
        if n % 1000 == 999 {
            println!("{} users {:?}", n + 1, start.elapsed());
        }
    }
    let time = |what: &str, request: http::Request<Vec<u8>>| {
        let start = Instant::now();
        let status = sandbox.call(request).status();
        println!("{what} {status} {:?}", start.elapsed());
    };
    for _ in 0..3 {
        time("read", iam("Action=ListUsers&Version=2010-05-08"));
        time(
            "tag",
            s3(
                "PUT",
                "/bucket?tagging",
                b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>".to_vec(),
            ),
        );
        time("put", s3("PUT", "/bucket/key", vec![1; 10]));
        time("list users", json("ListUsers", format!(r#"{{"UserPoolId":"{pool}"}}"#)));
        time(
            "get user",
            json(
                "AdminGetUser",
                format!(r#"{{"UserPoolId":"{pool}","Username":"user77"}}"#),
            ),
        );
    }
    let big = vec![7u8; 1 << 30];
    let other = sandbox.clone();
    let thread = std::thread::spawn(move || {
        let s = Instant::now();
        let st = other.call(s3("PUT", "/bucket/big", big)).status();
        println!("1 GiB {st} {:?}", s.elapsed());
    });
    let mut worst = std::time::Duration::ZERO;
    while !thread.is_finished() {
        let s = Instant::now();
        sandbox.call(iam("Action=ListUsers&Version=2010-05-08"));
        worst = worst.max(s.elapsed());
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    println!("worst read meanwhile {worst:?}");
    drop(sandbox);
    let start = Instant::now();
    if let Ok(s) = Sandbox::open(folder.path()) {
        println!("open again {:?} {}", start.elapsed(), s.calls().len());
    }
}
