//! What only the web shows: how a config is served, and what login page, token endpoint and pools say. A server on
//! loopback plays all of them.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::support::{Run, igvctl};

const SECRET: &str = "1hunter2abcdefghijklmnopqrstuvwxyz0123456789abcdefg";
const HOST: &str = "igv-demo.auth.ap-southeast-2.amazoncognito.com";
const POOL: &str = "ap-southeast-2:01234567-89ab-cdef-0123-456789abcdef";

/// An answer: status and headers as they go over the wire, and the body.
type Answer = (String, Vec<u8>);

/// A server on loopback that answers each path as it is told.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers by method and path; what is not named is not there. `%URL%` in a body is the server's own address.
    fn start(answers: impl IntoIterator<Item = (&'static str, Answer)>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers: BTreeMap<String, Answer> = answers.into_iter().map(|(path, it)| (path.to_owned(), it)).collect();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        // The thread ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &answers, &seen);
            }
        });
        Self { url, asked }
    }

    /// All that was asked, bodies too.
    fn asked(&self) -> String {
        self.asked.lock().unwrap().join("\n")
    }

    /// Looks at what is served at a path.
    fn doctor(&self, path: &str, options: &[&str]) -> Run {
        let place = tempfile::tempdir().unwrap();
        let sandbox = format!("--sandbox={}", self.url);
        let address = format!("{}{path}", self.url);
        let mut arguments = vec!["doctor", &sandbox, &address];
        arguments.extend(options);
        igvctl(place.path(), &arguments)
    }
}

fn serve(mut stream: TcpStream, answers: &BTreeMap<String, Answer>, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    let mut length = 0;
    let mut agent = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some(value) = lower.strip_prefix("user-agent:") {
            value.trim().clone_into(&mut agent);
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let line = head.lines().next().unwrap_or_default().to_owned();
    asked
        .lock()
        .unwrap()
        .push(format!("{head}{}", String::from_utf8_lossy(&body)));
    let path = line
        .rsplit_once(' ')
        .map_or("", |it| it.0)
        .split('?')
        .next()
        .unwrap_or_default();
    let with_agent = format!("{path} {}", if agent.contains("java") { "java" } else { "browser" });
    let missing = ("404 Not Found\r\n".to_owned(), b"not there".to_vec());
    let (head, body) = answers
        .get(&with_agent)
        .or_else(|| answers.get(path))
        .unwrap_or(&missing);
    let length = body.len();
    // Whoever asked may be gone.
    let _ = write!(
        stream,
        "HTTP/1.1 {head}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    let _ = stream.write_all(body);
}

fn answer(head: &str, body: impl Into<Vec<u8>>) -> Answer {
    (head.lines().map(|it| format!("{it}\r\n")).collect(), body.into())
}

fn packed(text: &str) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

/// A config without a mistake, but for what is replaced in it.
fn config(replace: &[(&str, &str)]) -> String {
    let mut text = format!(
        r#"{{
  "auth_provider": "Amazon",
  "client_id": "1example23456789abcdefghij",
  "client_secret": "{SECRET}",
  "authorization_endpoint": "https://{HOST}/oauth2/authorize",
  "token_endpoint": "https://{HOST}/oauth2/token",
  "scope": "openid%20email",
  "aws_region": "ap-southeast-2",
  "aws_cognito_fed_pool_id": "{POOL}",
  "aws_cognito_pool_id": "ap-southeast-2_EXAMPLE",
  "aws_cognito_role_arn": "arn:aws:iam::111122223333:role/igvctl/igv-demo-signed-in"
}}
"#
    );
    for (from, to) in replace {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

const PACKED: &str = "200 OK\ncontent-type: application/gzip\ncache-control: no-cache";
const CONFIG: &str = "GET /oauth-config.json.gz";
const AUTHORIZE: &str = "GET /_cognito/igv-demo.auth.ap-southeast-2.amazoncognito.com/oauth2/authorize";
const LOGIN: &str = "GET /_cognito/igv-demo.auth.ap-southeast-2.amazoncognito.com/login";
const TOKEN: &str = "POST /_cognito/igv-demo.auth.ap-southeast-2.amazoncognito.com/oauth2/token";
const USER_POOL: &str = "GET /ap-southeast-2_EXAMPLE/.well-known/openid-configuration";
const IDENTITY: &str = "POST /";

/// A backend on which everything is right.
fn backend() -> BTreeMap<&'static str, Answer> {
    BTreeMap::from([
        (CONFIG, answer(PACKED, packed(&config(&[])))),
        (
            AUTHORIZE,
            answer(
                "302 Found\nlocation: /_cognito/igv-demo.auth.ap-southeast-2.amazoncognito.com/login?client_id=1",
                "",
            ),
        ),
        (LOGIN, answer("200 OK\ncontent-type: text/html", "<form></form>")),
        (TOKEN, answer("400 Bad Request", r#"{"error":"invalid_client"}"#)),
        (
            USER_POOL,
            answer(
                "200 OK",
                format!(r#"{{"authorization_endpoint":"https://{HOST}/oauth2/authorize"}}"#),
            ),
        ),
        (
            IDENTITY,
            answer(
                "400 Bad Request",
                r#"{"__type":"NotAuthorizedException","message":"Unauthenticated access is not supported for this identity pool."}"#,
            ),
        ),
    ])
}

/// The names of the findings, the worst first.
pub(crate) fn codes(run: &Run) -> Vec<String> {
    run.stdout
        .lines()
        .filter_map(|it| Some(it.strip_suffix(']')?.rsplit_once(" [")?.1.to_owned()))
        .collect()
}

/// What is found when one answer of the backend is another.
#[track_caller]
fn found(what: &'static str, other: Answer, exit: i32, wanted: &[&str]) -> Run {
    let mut answers = backend();
    answers.insert(what, other);
    let server = Server::start(answers);
    let run = server.doctor("/oauth-config.json.gz", &[]).ends(exit);
    assert_eq!(codes(&run), wanted, "{}", run.stdout);
    assert!(!server.asked().contains(SECRET), "the secret was sent");
    assert!(!run.stdout.contains(SECRET) && !run.stderr.contains(SECRET));
    run
}

#[test]
fn on_a_right_backend_nothing_is_found_but_what_needs_a_login() {
    let server = Server::start(backend());
    let run = server.doctor("/oauth-config.json.gz", &[]).ends(0);
    assert_eq!(codes(&run), ["unseen"]);
    let hosts: Vec<&str> = run.stderr.lines().filter(|it| !it.is_empty()).collect();
    assert_eq!(
        hosts,
        [
            "asking 127.0.0.1 for the config",
            "asking igv-demo.auth.ap-southeast-2.amazoncognito.com whether it knows the client and takes IGV's callback",
            "asking igv-demo.auth.ap-southeast-2.amazoncognito.com for its login page",
            "asking igv-demo.auth.ap-southeast-2.amazoncognito.com whether the client has a secret (none is sent)",
            "asking cognito-idp.ap-southeast-2.amazonaws.com for the public description of the user pool",
            "asking cognito-identity.ap-southeast-2.amazonaws.com whether the identity pool is there and lets guests in",
        ]
    );
    let asked = server.asked();
    assert!(
        asked.contains("redirect_uri=http%3A%2F%2Flocalhost%3A60151%2FoauthCallback"),
        "{asked}"
    );
    assert!(asked.contains("&scope=openid%20email "), "{asked}");
    assert!(asked.contains(r#"{"IdentityPoolId":"ap-southeast-2:01234567-89ab-cdef-0123-456789abcdef"}"#));
    for never in [SECRET, "client_secret", "authorization:", "Logins"] {
        assert!(!asked.contains(never), "{never} was sent");
    }
}

#[test]
fn offline_no_host_of_the_config_is_asked() {
    let server = Server::start(backend());
    let run = server.doctor("/oauth-config.json.gz", &["--offline"]).ends(0);
    assert_eq!(codes(&run), Vec::<String>::new());
    assert_eq!(server.asked.lock().unwrap().len(), 1);
}

#[test]
fn how_a_config_is_served_is_looked_at() {
    let right = packed(&config(&[]));
    let cases: [(&str, Answer, i32, &[&str]); 17] = [
        (
            "301 to another scheme",
            answer("301 Moved\nlocation: https://example.org/oauth-config.json.gz", ""),
            5,
            &["redirect"],
        ),
        (
            "302 to the same scheme",
            answer("302 Found\nlocation: http://example.org/oauth-config.json.gz", ""),
            2,
            &["redirect"],
        ),
        (
            "307 without a host",
            answer("307 Temporary Redirect\nlocation: /other.json.gz", ""),
            2,
            &["redirect"],
        ),
        ("303 to nowhere", answer("303 See Other", ""), 5, &["redirect"]),
        ("401", answer("401 Unauthorized", ""), 5, &["status"]),
        ("403", answer("403 Forbidden", ""), 5, &["status"]),
        ("404", answer("404 Not Found", ""), 5, &["status"]),
        ("500", answer("500 Internal Server Error", ""), 5, &["status"]),
        ("204", answer("204 No Content", ""), 5, &["status"]),
        (
            "packed on the way",
            answer("200 OK\ncontent-encoding: gzip", right.clone()),
            2,
            &["content-encoding"],
        ),
        (
            "packed with something else",
            answer("200 OK\ncontent-encoding: br", "x"),
            5,
            &["content-encoding", "json-not-json", "gzip-name"],
        ),
        (
            "the kind of a text",
            answer("200 OK\ncontent-type: text/plain; charset=utf-8", right.clone()),
            0,
            &["content-type"],
        ),
        (
            "kept by CloudFront",
            answer("200 OK\nx-cache: Hit from cloudfront", right.clone()),
            0,
            &["cache-control"],
        ),
        ("plain", answer("200 OK", config(&[])), 2, &["gzip-name"]),
        ("cut off", answer("200 OK", right[..200].to_vec()), 5, &["gzip-broken"]),
        ("nothing", answer("200 OK", ""), 5, &["json-empty"]),
        (
            "a page",
            answer("200 OK\ncontent-type: text/html", "<html></html>"),
            5,
            &["json-not-json", "gzip-name", "content-type"],
        ),
    ];
    for (name, served, exit, wanted) in cases {
        let server = Server::start([(CONFIG, served)]);
        let run = server.doctor("/oauth-config.json.gz", &["--offline"]);
        assert_eq!(
            (run.code, codes(&run)),
            (exit, wanted.iter().map(|it| (*it).to_owned()).collect()),
            "{name}\n{}",
            run.stdout
        );
    }
}

#[test]
fn addresses_are_looked_at() {
    let served = || answer(PACKED, packed(&config(&[])));
    let cases: [(&str, i32, &[&str]); 7] = [
        ("/oauth-config.json.gz ", 5, &["url-spaces"]),
        ("/oauth config.json.gz", 5, &["url-spaces"]),
        ("/oauth-config.json.gz?v=2", 2, &["url-query"]),
        ("/oauth-config.json.gz#v2", 2, &["url-query"]),
        (
            "/oauth-config.json.gz?X-Amz-Expires=3600&X-Amz-Signature=abcdef",
            5,
            &["url-presigned"],
        ),
        ("/oauth-config.json", 2, &["gzip-name"]),
        ("/oauth-config\\.json.gz", 5, &["url-form"]),
    ];
    for (path, exit, wanted) in cases {
        let server = Server::start([(CONFIG, served()), ("GET /oauth-config.json", served())]);
        let run = server.doctor(path, &["--offline"]);
        assert_eq!(
            (run.code, codes(&run)),
            (exit, wanted.iter().map(|it| (*it).to_owned()).collect()),
            "{path}\n{}",
            run.stdout
        );
        assert!(!run.stdout.contains("abcdef"), "{}", run.stdout);
    }
}

#[test]
fn what_is_no_address_is_never_asked() {
    let place = tempfile::tempdir().unwrap();
    for (address, wanted) in [
        ("s3://igv-demo-config/oauth-config.json.gz", "url-form"),
        ("ftp://example.org/oauth-config.json.gz", "url-form"),
        ("https:/", "url-form"),
        ("d111111abcdef8.cloudfront.net/oauth-config.json.gz", "url-form"),
        ("https://anna:1hunter2@example.org/oauth-config.json.gz", "url-user"),
    ] {
        let run = igvctl(place.path(), &["doctor", address])
            .ends(5)
            .never_says("1hunter2")
            .never_says("asking");
        assert_eq!(codes(&run), [wanted], "{address}");
    }
}

#[test]
fn a_closed_port_is_told_from_a_config() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}/oauth-config.json.gz", listener.local_addr().unwrap());
    drop(listener);
    let place = tempfile::tempdir().unwrap();
    let run = igvctl(place.path(), &["doctor", &address])
        .ends(5)
        .says("the connection is refused");
    assert_eq!(codes(&run), ["unreachable"]);
}

#[test]
fn a_rule_against_programs_is_found() {
    let right = packed(&config(&[]));
    let server = Server::start([
        ("GET /oauth-config.json.gz java", answer("403 Forbidden", "")),
        ("GET /oauth-config.json.gz browser", answer(PACKED, right)),
    ]);
    let run = server.doctor("/oauth-config.json.gz", &["--offline"]).ends(5);
    assert_eq!(codes(&run), ["agent-refused"]);
}

#[test]
fn what_the_login_page_says_is_understood() {
    let to = |location: &str| answer(&format!("302 Found\nlocation: {location}"), "");
    found(
        AUTHORIZE,
        to("/error?error=redirect_mismatch&client_id=1"),
        5,
        &["callback-refused", "unseen"],
    )
    .says("does not take the callback `http://localhost:60151/oauthCallback`");
    found(
        AUTHORIZE,
        to("/error?error=Client+does+not+exist.&client_id=1"),
        5,
        &["client-unknown", "unseen"],
    );
    found(
        AUTHORIZE,
        to("/error?error=unauthorized_client&client_id=1"),
        5,
        &["grant-refused", "unseen"],
    );
    let scope = "http://localhost:60151/oauthCallback?error=invalid_request&error_description=invalid_scope";
    found(AUTHORIZE, to(scope), 5, &["scope-refused", "unseen"]);
    found(AUTHORIZE, answer("404 Not Found", ""), 5, &["login-page", "unseen"]);
    found(
        AUTHORIZE,
        answer("503 Service Unavailable", ""),
        5,
        &["login-page", "unseen"],
    );
    found(
        LOGIN,
        answer("200 OK", "<h1>Login pages unavailable</h1>"),
        5,
        &["login-page", "unseen"],
    )
    .says("Login pages unavailable");
    found(
        LOGIN,
        answer("500 Internal Server Error", ""),
        5,
        &["login-page", "unseen"],
    );
}

#[test]
fn whether_the_client_has_a_secret_is_found_out_without_sending_one() {
    found(
        TOKEN,
        answer("400 Bad Request", r#"{"error":"invalid_grant"}"#),
        5,
        &["client-secret-unknown", "unseen"],
    );
    found(
        TOKEN,
        answer("404 Not Found", "no such page"),
        5,
        &["token-endpoint", "unseen"],
    );
    let without = packed(&config(&[(&format!("  \"client_secret\": \"{SECRET}\",\n"), "")]));
    found(
        CONFIG,
        answer(PACKED, without.clone()),
        5,
        &["client-secret-missing", "unseen"],
    );
    let mut answers = backend();
    answers.insert(CONFIG, answer(PACKED, without));
    answers.insert(TOKEN, answer("400 Bad Request", r#"{"error":"invalid_grant"}"#));
    let run = Server::start(answers).doctor("/oauth-config.json.gz", &[]).ends(2);
    assert_eq!(codes(&run), ["public-client", "unseen"]);
    run.says("the client has no secret");
}

#[test]
fn what_the_pools_say_is_understood() {
    let other =
        r#"{"authorization_endpoint":"https://igv-dev.auth.ap-southeast-2.amazoncognito.com/oauth2/authorize"}"#;
    found(USER_POOL, answer("200 OK", other), 2, &["mixed-pools", "unseen"]);
    found(
        USER_POOL,
        answer("400 Bad Request", "{}"),
        2,
        &["user-pool-unknown", "unseen"],
    );
    found(
        USER_POOL,
        answer("503 Service Unavailable", ""),
        4,
        &["host-silent", "unseen"],
    );
    found(
        IDENTITY,
        answer("200 OK", r#"{"IdentityId":"ap-southeast-2:0"}"#),
        5,
        &["guests", "unseen"],
    );
    let missing = r#"{"__type":"ResourceNotFoundException","message":"IdentityPool not found."}"#;
    found(
        IDENTITY,
        answer("400 Bad Request", missing),
        5,
        &["identity-pool-unknown"],
    );
    let throttled = r#"{"__type":"TooManyRequestsException","message":"Rate exceeded"}"#;
    found(IDENTITY, answer("400 Bad Request", throttled), 4, &["host-silent"]);
    found(IDENTITY, answer("502 Bad Gateway", "<html>"), 4, &["host-silent"]);
}

#[test]
fn a_taken_port_is_found() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("igv");
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("prefs.properties"), format!("PORT_NUMBER={port}\n")).unwrap();
    let run = igvctl(place.path(), &["doctor", "--igv-dir", "igv"]).ends(5);
    assert_eq!(codes(&run), ["prefs-missing", "port-other", "port-taken"]);
    drop(listener);
    let run = igvctl(place.path(), &["doctor", "--igv-dir", "igv"]).ends(5);
    assert_eq!(codes(&run), ["prefs-missing", "port-other"]);
}

#[test]
fn a_machine_that_is_led_elsewhere_is_found() {
    let server = Server::start(backend());
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("igv");
    std::fs::create_dir(&directory).unwrap();
    let address = format!("{}/oauth-config.json.gz", server.url);
    let sandbox = format!("--sandbox={}", server.url);
    let arguments = ["doctor", &sandbox, "--offline", "--igv-dir", "igv", &address];
    let prefs = |text: &str| std::fs::write(directory.join("prefs.properties"), text).unwrap();

    prefs(&format!("PROVISIONING.URL={address}\n"));
    let run = igvctl(place.path(), &arguments).ends(0);
    assert_eq!(codes(&run), Vec::<String>::new());

    prefs("PROVISIONING.URL=https://dev.example.org/oauth-config.json.gz\n");
    std::fs::write(directory.join("oauth-config.json"), config(&[])).unwrap();
    let run = igvctl(place.path(), &arguments).ends(5);
    assert_eq!(codes(&run), ["prefs-elsewhere", "local-wins"]);

    // Without the address, what the preferences lead to is looked at.
    std::fs::remove_file(directory.join("oauth-config.json")).unwrap();
    prefs(&format!("PROVISIONING.URL={address}\r\n"));
    igvctl(place.path(), &["doctor", &sandbox, "--offline", "--igv-dir", "igv"])
        .ends(0)
        .says("nothing is wrong");
}
