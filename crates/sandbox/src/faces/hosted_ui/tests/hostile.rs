//! Visits that mean harm, or nothing: none lets anybody in, and none sends the browser to a stranger.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::{CALLBACK, HOST, Site};

const PATHS: [&str; 12] = [
    "/oauth2/authorize",
    "/oauth2/token",
    "/oauth2/userInfo",
    "/oauth2/revoke",
    "/login",
    "/logout",
    "/changePassword",
    "/mfa",
    "/mfaSetup",
    "/error",
    "/",
    "//login",
];

const NAMES: [&str; 26] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "grant_type",
    "code",
    "code_verifier",
    "client_secret",
    "refresh_token",
    "token",
    "username",
    "password",
    "_csrf",
    "new_password",
    "confirm_password",
    "logout_uri",
    "error",
    "cognito",
    "cognito-waiting",
    "XSRF-TOKEN",
    "x",
];

/// Values that are right somewhere, values that never are, and noise. `CLIENT` stands for the client's id.
fn value() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "CLIENT",
        CALLBACK,
        "code",
        "S256",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "openid email",
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "ann",
        "zoe",
        "https://evil.example.org/",
        "//evil.example.org",
        "javascript:alert(1)",
        "none",
        "login",
        "\r\nSet-Cookie: a=b",
        "'\"><script>",
        "",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => ".{0,20}"]
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
    prop::collection::vec((name, value()), 0..9)
}

fn encoded(pairs: &[(String, String)], client: &str) -> String {
    let real = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), if value == "CLIENT" { client } else { value.as_str() }));
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(real)
        .finish()
}

#[test]
fn nobody_gets_in_and_no_browser_goes_astray() {
    let config = ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut site = Site::new();
    site.invite("zoe");
    let begun = site.authorize(&[]).split_once('?').unwrap().1.to_owned();
    let (page, shown) = {
        let page = site.login_page(&format!("/oauth2/authorize?{begun}"));
        let mark = page.1.hidden("_csrf");
        (page.0, mark)
    };
    site.post(
        &page,
        &[("_csrf", &shown), ("username", "zoe"), ("password", "Temporary-1")],
    );
    let cookies = site.cookies.clone();
    let client = site.client.clone();
    let site = std::cell::RefCell::new(site);
    let strategy = (
        prop::sample::select(PATHS.to_vec()),
        prop::sample::select(vec!["GET", "POST", "HEAD", "PUT"]),
        any::<bool>(),
        pairs(),
        pairs(),
        pairs(),
        any::<bool>(),
    );
    runner
        .run(&strategy, |(path, method, whole, query, form, baked, waits)| {
            let mut site = site.borrow_mut();
            site.cookies = if waits { cookies.clone() } else { BTreeMap::new() };
            let noise = baked
                .iter()
                .filter(|(_, value)| value.bytes().all(|letter| letter.is_ascii_graphic()));
            site.cookies.extend(noise.cloned());
            let query = encoded(&query, &client);
            let query = if whole { format!("{begun}&{query}") } else { query };
            let seen = site.send(method, &format!("{path}?{query}"), Some(encoded(&form, &client)), &[]);
            prop_assert!(seen.status < 500, "{} {}", seen.status, seen.text);
            let ours = [
                format!("https://{HOST}/"),
                format!("{CALLBACK}?"),
                "https://example.org/bye".to_owned(),
            ];
            prop_assert!(
                seen.place.is_empty() || ours.iter().any(|it| seen.place.starts_with(it)),
                "{}",
                seen.place
            );
            let code = seen.place.starts_with(CALLBACK) && seen.parameter("code").is_some();
            prop_assert!(
                !code && !seen.text.contains("access_token"),
                "{} {}",
                seen.place,
                seen.text
            );
            prop_assert!(!seen.text.contains("<script"));
            prop_assert!(seen.header("a").is_none());
            Ok(())
        })
        .unwrap();
}
