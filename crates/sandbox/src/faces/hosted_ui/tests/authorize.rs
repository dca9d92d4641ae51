//! What a login may begin with.

use serde_json::json;

use super::{CALLBACK, HOST, Site};
use crate::protocol::wire::form;

const DIGEST: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn a_right_request_goes_to_the_login_page_with_all_it_says() {
    let mut site = Site::new();
    for pkce in [
        &[][..],
        &[
            ("code_challenge", Some(DIGEST)),
            ("code_challenge_method", Some("S256")),
        ],
    ] {
        let address = site.authorize(pkce);
        let sent = site.get(&address);
        assert_eq!(sent.status, 302);
        let (page, query) = sent.place.split_once('?').unwrap();
        assert_eq!(page, format!("https://{HOST}/login"));
        assert_eq!(form(query), form(address.split_once('?').unwrap().1));
    }
    // The second port of IGV is registered too, and no scope is all scopes.
    let other = site.authorize(&[
        ("redirect_uri", Some("http://localhost:60152/oauthCallback")),
        ("scope", None),
    ]);
    assert!(site.get(&other).place.starts_with(&format!("https://{HOST}/login?")));
}

#[test]
fn a_wrong_client_or_callback_ends_at_the_error_page() {
    let mut site = Site::new();
    let own = site.client.clone();
    for (changes, wanted) in [
        (
            ("redirect_uri", Some("http://localhost:60159/oauthCallback")),
            ("redirect_mismatch", Some(own.as_str())),
        ),
        (
            ("redirect_uri", Some("http://localhost:60151/oauthCallback/")),
            ("redirect_mismatch", Some(own.as_str())),
        ),
        (
            ("redirect_uri", Some("https://example.org/")),
            ("redirect_mismatch", Some(own.as_str())),
        ),
        (("redirect_uri", None), ("Required parameters missing", None)),
        (("client_id", None), ("Required parameters missing", None)),
        (("client_id", Some("nosuch")), ("invalid_request", Some("nosuch"))),
    ] {
        let address = site.authorize(&[changes]);
        let sent = site.get(&address);
        assert_eq!(sent.status, 302);
        assert!(
            sent.place.starts_with(&format!("https://{HOST}/error?error=")),
            "{}",
            sent.place
        );
        assert_eq!(
            (
                sent.parameter("error").as_deref(),
                sent.parameter("client_id").as_deref()
            ),
            (Some(wanted.0), wanted.1)
        );
        let page = site.get(&sent.place);
        assert_eq!(page.status, 400);
        assert!(page.text.contains("An error was encountered with the requested page."));
    }
    let page = site.get("/error?error=%3Cscript%3Ealert(1)%3C/script%3E");
    assert!(!page.text.contains("<script>"));
}

#[test]
fn other_mistakes_are_told_to_the_callback() {
    let mut site = Site::new();
    let off = site.new_client(json!({"AllowedOAuthFlowsUserPoolClient": false}));
    for (changes, wanted) in [
        (&[("response_type", None)][..], "invalid_request"),
        (&[("response_type", Some("id_token"))], "invalid_request"),
        (&[("response_type", Some("token"))], "unauthorized_client"),
        (&[("client_id", Some(off.as_str()))], "unauthorized_client"),
        (&[("scope", Some("openid profile"))], "invalid_scope"),
        (&[("scope", Some("openid%20email"))], "invalid_scope"),
        (&[("code_challenge", Some(DIGEST))], "invalid_request"),
        (
            &[
                ("code_challenge", Some(DIGEST)),
                ("code_challenge_method", Some("plain")),
            ],
            "invalid_request",
        ),
        (
            &[
                ("code_challenge", Some("short")),
                ("code_challenge_method", Some("S256")),
            ],
            "invalid_request",
        ),
        (&[("code_challenge_method", Some("S256"))], "invalid_request"),
        (&[("prompt", Some("none"))], "login_required"),
    ] {
        let address = site.authorize(changes);
        let sent = site.get(&address);
        assert!(sent.place.starts_with(&format!("{CALLBACK}?")), "{}", sent.place);
        assert_eq!(sent.parameter("error").as_deref(), Some(wanted), "{changes:?}");
        assert_eq!(sent.parameter("state").as_deref(), Some("s1"));
    }
}

#[test]
fn who_is_signed_in_is_not_asked_again() {
    let mut site = Site::new();
    let begin = site.authorize(&[]);
    let first = site.code(&[]);
    let again = site.get(&begin);
    assert!(again.place.starts_with(CALLBACK));
    assert_ne!(again.parameter("code").unwrap(), first);
    let asked = site.authorize(&[("prompt", Some("login"))]);
    assert!(site.get(&asked).place.contains("/login?"));
    let quiet = site.authorize(&[("prompt", Some("none"))]);
    assert!(site.get(&quiet).parameter("code").is_some());
    // Not in another browser, not after an hour, and not once the user is disabled or signed out everywhere.
    let cookies = std::mem::take(&mut site.cookies);
    assert!(site.get(&begin).place.contains("/login?"));
    site.cookies = cookies;
    site.ask("AdminDisableUser", json!({"Username": "ann"}));
    assert!(site.get(&begin).place.contains("/login?"));
    site.ask("AdminEnableUser", json!({"Username": "ann"}));
    site.wait(3599.0);
    assert!(site.get(&begin).parameter("code").is_some());
    site.wait(1.0);
    assert!(site.get(&begin).place.contains("/login?"));
    site.code(&[("prompt", Some("login"))]);
    assert!(site.get(&begin).parameter("code").is_some());
    site.ask("AdminUserGlobalSignOut", json!({"Username": "ann"}));
    assert!(site.get(&begin).place.contains("/login?"));
}

#[test]
fn who_signs_out_is_asked_again() {
    let mut site = Site::new();
    let begin = site.authorize(&[]);
    let client = site.client.clone();
    for (query, to) in [
        (
            "logout_uri=https://example.org/bye".to_owned(),
            "https://example.org/bye".to_owned(),
        ),
        (
            format!("redirect_uri={CALLBACK}&response_type=code"),
            format!("https://{HOST}/login?client_id={client}&redirect_uri="),
        ),
    ] {
        site.code(&[]);
        let left = site.get(&format!("/logout?client_id={client}&{query}"));
        assert_eq!(left.status, 302);
        assert!(left.place.starts_with(&to), "{}", left.place);
        assert!(site.get(&begin).place.contains("/login?"));
    }
    site.code(&[]);
    for (query, status) in [
        ("logout_uri=https://example.org/", 302),
        ("logout_uri=http://localhost:60151/oauthCallback", 302),
        ("redirect_uri=https://example.org/bye", 302),
        ("x=y", 400),
    ] {
        let refused = site.get(&format!("/logout?client_id={client}&{query}"));
        assert_eq!(refused.status, status, "{query}");
        assert!(
            status == 400 || refused.place.contains("/error?error=redirect_mismatch"),
            "{query}"
        );
    }
    assert!(site.get(&begin).parameter("code").is_some(), "nobody was signed out");
}

#[test]
fn pages_are_at_their_host_and_while_serving_under_a_path() {
    let site = Site::new();
    let address = site.authorize(&[]);
    let sandbox = &site.sandbox;
    sandbox.serving_at("http://127.0.0.1:4566").unwrap();
    let get = |path: &str, host: &str| {
        let request = http::Request::get(path).header("host", host).body(Vec::new()).unwrap();
        sandbox.call(request)
    };
    let place = |answer: &http::Response<Vec<u8>>| answer.headers()["location"].to_str().unwrap().to_owned();
    let by_host = place(&get(&address, HOST));
    assert!(by_host.starts_with(&format!("https://{HOST}/login?")), "{by_host}");
    let mount = format!("/_cognito/{HOST}");
    let by_path = place(&get(&format!("{mount}{address}"), "127.0.0.1:4566"));
    let at = by_path.strip_prefix("http://127.0.0.1:4566").unwrap();
    let page = get(at, "127.0.0.1:4566");
    let cookie = page.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains(&format!("; Path={mount}/; HttpOnly")), "{cookie}");
    let text = String::from_utf8(page.into_body()).unwrap();
    assert!(text.contains(&format!("action=\"{mount}/login?")), "{text}");
    // A callback is nobody's but its owner's.
    let wrong = address.replace("response_type=code", "response_type=x");
    assert!(place(&get(&format!("{mount}{wrong}"), "127.0.0.1:4566")).starts_with(CALLBACK));
    assert_eq!(
        get("/login", "nosuch.auth.eu-central-1.amazoncognito.com").status(),
        404
    );
    assert_eq!(get("/login", "igv-demo.auth.us-east-1.amazoncognito.com").status(), 404);
    assert_eq!(get("/nosuch", HOST).status(), 404);
    assert_eq!(get("/oauth2/token", HOST).status(), 405);
}

#[test]
fn a_pool_says_where_its_endpoints_and_keys_are() {
    let mut site = Site::new();
    let path = format!("/{}/.well-known/openid-configuration", site.pool);
    let issuer = format!("https://cognito-idp.eu-central-1.amazonaws.com/{}", site.pool);
    let get = |site: &Site, path: &str, host: &str| {
        let request = http::Request::get(path).header("host", host).body(Vec::new()).unwrap();
        let answer = site.sandbox.call(request);
        let status = answer.status().as_u16();
        (
            status,
            serde_json::from_slice::<serde_json::Value>(answer.body()).unwrap(),
        )
    };
    let (_, at_aws) = get(&site, &path, "cognito-idp.eu-central-1.amazonaws.com");
    assert_eq!(at_aws["issuer"], issuer);
    assert_eq!(at_aws["jwks_uri"], format!("{issuer}/.well-known/jwks.json"));
    assert_eq!(at_aws["token_endpoint"], format!("https://{HOST}/oauth2/token"));
    site.sandbox.serving_at("http://127.0.0.1:4566").unwrap();
    let (_, here) = get(&site, &path, "127.0.0.1:4566");
    assert_eq!(here["issuer"], issuer);
    let base = "http://127.0.0.1:4566";
    assert_eq!(here["jwks_uri"], format!("{base}/{}/.well-known/jwks.json", site.pool));
    assert_eq!(here["token_endpoint"], format!("{base}/_cognito/{HOST}/oauth2/token"));
    let (status, keys) = get(
        &site,
        &format!("/{}/.well-known/jwks.json", site.pool),
        "127.0.0.1:4566",
    );
    assert_eq!((status, &keys["keys"][0]["alg"]), (200, &json!("RS256")));
    let code = site.code(&[]);
    let client = site.client.clone();
    let tokens = site.post(
        "/oauth2/token",
        &[
            ("grant_type", "authorization_code"),
            ("client_id", &client),
            ("code", &code),
            ("redirect_uri", CALLBACK),
        ],
    );
    let header = jsonwebtoken::decode_header(tokens.json()["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(keys["keys"][0]["kid"], header.kid.unwrap());
    assert_eq!(
        get(&site, "/eu-central-1_nosuch/.well-known/jwks.json", "127.0.0.1:4566").0,
        404
    );
}
