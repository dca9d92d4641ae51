//! The endpoints that applications ask: tokens, what they say, and their end.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{CALLBACK, Seen, Site};
use crate::tokens;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(super) fn exchange(site: &mut Site, code: &str, changes: &[(&str, Option<&str>)]) -> Seen {
    let client = site.client.clone();
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", client.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    for (name, value) in changes {
        fields.retain(|(field, _)| field != name);
        fields.extend(value.map(|value| (*name, value)));
    }
    site.post("/oauth2/token", &fields)
}

#[track_caller]
fn refused(seen: &Seen, error: &str) {
    assert_eq!((seen.status, seen.json()), (400, json!({"error": error})));
}

pub(super) fn claims(site: &Site, token: &Value) -> Value {
    site.sandbox.with_world(|world| {
        let token = tokens::read(world, token.as_str().unwrap(), world.now()).unwrap();
        Value::Object(token.claims)
    })
}

#[test]
fn a_code_gives_what_igv_needs_once_and_for_five_minutes() {
    let mut site = Site::new();
    let code = site.code(&[]);
    let answer = exchange(&mut site, &code, &[]);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"));
    let tokens = answer.json();
    assert_eq!(
        (&tokens["expires_in"], &tokens["token_type"]),
        (&json!(3600), &json!("Bearer"))
    );
    let id = claims(&site, &tokens["id_token"]);
    for (claim, wanted) in [
        ("email", json!("ann@example.org")),
        ("cognito:username", json!("ann")),
        ("aud", json!(site.client)),
        ("token_use", json!("id")),
        ("auth_time", json!(1_800_000_000)),
        ("exp", json!(1_800_003_600)),
    ] {
        assert_eq!(id[claim], wanted, "{claim}");
    }
    let half = &Sha256::digest(tokens["access_token"].as_str().unwrap())[..16];
    assert_eq!(id["at_hash"], URL_SAFE_NO_PAD.encode(half));
    let access = claims(&site, &tokens["access_token"]);
    assert_eq!(access["scope"], "openid email");
    assert_eq!(access["client_id"], json!(site.client));
    refused(&exchange(&mut site, &code, &[]), "invalid_grant");
    let code = site.code(&[("prompt", Some("login"))]);
    site.wait(300.0);
    refused(&exchange(&mut site, &code, &[]), "invalid_grant");
}

#[test]
fn wrong_exchanges_are_refused() {
    let mut site = Site::new();
    let other = site.new_client(json!({}));
    let second = "http://localhost:60152/oauthCallback";
    for (changes, error) in [
        (&[("grant_type", None)][..], "invalid_request"),
        (&[("grant_type", Some("password"))], "unsupported_grant_type"),
        (&[("code", None)], "invalid_request"),
        (&[("redirect_uri", None)], "invalid_request"),
        (&[("client_id", None)], "invalid_client"),
        (&[("client_id", Some("nosuch"))], "invalid_client"),
        (&[("client_id", Some(other.as_str()))], "invalid_grant"),
        (&[("client_secret", Some("x"))], "invalid_client"),
        (&[("redirect_uri", Some(second))], "invalid_grant"),
        (
            &[("redirect_uri", Some("http://localhost:60159/oauthCallback"))],
            "unauthorized_client",
        ),
        (&[("code_verifier", Some(VERIFIER))], "invalid_grant"),
        (
            &[("code", Some("00000000-0000-4000-a000-000000000000"))],
            "invalid_grant",
        ),
    ] {
        let code = site.code(&[("prompt", Some("login"))]);
        let answer = exchange(&mut site, &code, changes);
        assert_eq!(
            (answer.status, answer.json()),
            (400, json!({"error": error})),
            "{changes:?}"
        );
    }
    // A parameter twice, and a body that is no form.
    let twice = "grant_type=refresh_token&grant_type=refresh_token".to_owned();
    refused(&site.send("POST", "/oauth2/token", Some(twice), &[]), "invalid_request");
    refused(&site.send("POST", "/oauth2/token", None, &[]), "invalid_request");
    // Somebody who was signed out everywhere since.
    let code = site.code(&[("prompt", Some("login"))]);
    site.ask("AdminUserGlobalSignOut", json!({"Username": "ann"}));
    refused(&exchange(&mut site, &code, &[]), "invalid_grant");
    // Somebody who was disabled since.
    let code = site.code(&[("prompt", Some("login"))]);
    site.ask("AdminDisableUser", json!({"Username": "ann"}));
    refused(&exchange(&mut site, &code, &[]), "invalid_grant");
}

#[test]
fn a_code_of_another_try_is_used_up_by_a_wrong_one() {
    let mut site = Site::new();
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let pkce = [
        ("code_challenge", Some(challenge.as_str())),
        ("code_challenge_method", Some("S256")),
        ("prompt", Some("login")),
    ];
    let code = site.code(&pkce);
    assert_eq!(
        exchange(&mut site, &code, &[("code_verifier", Some(VERIFIER))]).status,
        200
    );
    for verifier in [None, Some("short"), Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXx")] {
        let code = site.code(&pkce);
        refused(
            &exchange(&mut site, &code, &[("code_verifier", verifier)]),
            "invalid_grant",
        );
        refused(
            &exchange(&mut site, &code, &[("code_verifier", Some(VERIFIER))]),
            "invalid_grant",
        );
    }
}

#[test]
fn a_secret_is_shown_in_the_form_or_in_the_header() {
    let mut site = Site::new();
    site.client = site.new_client(json!({"ClientSecret": "a".repeat(23) + "+b"}));
    let secret = site.secret(&site.client);
    let client = site.client.clone();
    let basic = format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")));
    let wrong = format!("Basic {}", STANDARD.encode(format!("{client}:other")));
    for (header, status) in [
        (basic.as_str(), 200),
        (wrong.as_str(), 400),
        ("Bearer x", 400),
        ("Basic %", 400),
    ] {
        let code = site.code(&[("prompt", Some("login"))]);
        let body = format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}");
        let answer = site.send("POST", "/oauth2/token", Some(body), &[("authorization", header)]);
        assert_eq!(answer.status, status, "{header}");
    }
    // The header and the form name one client.
    let other = site.new_client(json!({}));
    let code = site.code(&[("prompt", Some("login"))]);
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&client_id={other}");
    let answer = site.send("POST", "/oauth2/token", Some(body), &[("authorization", &basic)]);
    refused(&answer, "invalid_client");
    let code = site.code(&[("prompt", Some("login"))]);
    refused(&exchange(&mut site, &code, &[]), "invalid_client");
    assert_eq!(
        exchange(&mut site, &code, &[("client_secret", Some(&secret))]).status,
        200
    );
    // IGV does not encode what it sends, so a plus sign arrives as a space (contract with IGV: letters and digits only).
    let code = site.code(&[("prompt", Some("login"))]);
    let unencoded = format!(
        "grant_type=authorization_code&code={code}&client_id={client}&client_secret={secret}&redirect_uri={CALLBACK}"
    );
    refused(
        &site.send("POST", "/oauth2/token", Some(unencoded), &[]),
        "invalid_client",
    );
}

#[test]
fn refreshing_follows_the_client() {
    let mut site = Site::new();
    let code = site.code(&[]);
    let first = exchange(&mut site, &code, &[]).json();
    let token = first["refresh_token"].as_str().unwrap().to_owned();
    let refresh = |site: &mut Site, client: &str, token: &str| {
        site.post(
            "/oauth2/token",
            &[
                ("grant_type", "refresh_token"),
                ("client_id", client),
                ("refresh_token", token),
            ],
        )
    };
    let client = site.client.clone();
    site.wait(100.0);
    let again = refresh(&mut site, &client, &token);
    assert_eq!(again.status, 200);
    assert_eq!(again.json().get("refresh_token"), None);
    let id = claims(&site, &again.json()["id_token"]);
    assert_eq!(
        (&id["auth_time"], &id["iat"]),
        (&json!(1_800_000_000), &json!(1_800_000_100))
    );
    assert_eq!(id["email"], "ann@example.org");
    refused(&refresh(&mut site, &client, "x"), "invalid_grant");
    refused(&refresh(&mut site, &client, ""), "invalid_request");
    let other = site.new_client(json!({}));
    refused(&refresh(&mut site, &other, &token), "invalid_grant");
    let null = site.post(
        "/oauth2/token",
        &[
            ("grant_type", "refresh_token"),
            ("client_id", &client),
            ("client_secret", "null"),
            ("refresh_token", &token),
        ],
    );
    refused(&null, "invalid_client");

    // With rotation each token is used once.
    site.client = site.new_client(json!({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}}));
    let code = site.code(&[("prompt", Some("login"))]);
    let first = exchange(&mut site, &code, &[]).json();
    let client = site.client.clone();
    let token = first["refresh_token"].as_str().unwrap();
    let second = refresh(&mut site, &client, token).json();
    refused(&refresh(&mut site, &client, token), "invalid_grant");
    assert_eq!(
        refresh(&mut site, &client, second["refresh_token"].as_str().unwrap()).status,
        200
    );
    // Without the flow there is no refreshing.
    site.client = site.new_client(json!({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]}));
    let code = site.code(&[("prompt", Some("login"))]);
    let first = exchange(&mut site, &code, &[]).json();
    let client = site.client.clone();
    refused(
        &refresh(&mut site, &client, first["refresh_token"].as_str().unwrap()),
        "unauthorized_client",
    );
}

#[test]
fn a_client_gets_a_token_for_itself() {
    let mut site = Site::new();
    site.ask(
        "CreateResourceServer",
        json!({"Identifier": "https://api.example.org", "Name": "api", "Scopes": [
            {"ScopeName": "read", "ScopeDescription": "r"}, {"ScopeName": "write", "ScopeDescription": "w"}]}),
    );
    let scopes = ["https://api.example.org/read", "https://api.example.org/write"];
    let machine = site.new_client(
        json!({"GenerateSecret": true, "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": scopes, "CallbackURLs": []}),
    );
    let secret = site.secret(&machine);
    let ask = |site: &mut Site, client: &str, secret: &str, scope: &str| {
        site.post(
            "/oauth2/token",
            &[
                ("grant_type", "client_credentials"),
                ("client_id", client),
                ("client_secret", secret),
                ("scope", scope),
            ],
        )
    };
    for (scope, granted) in [(scopes[0], scopes[0].to_owned()), ("", scopes.join(" "))] {
        let answer = ask(&mut site, &machine, &secret, scope).json();
        assert_eq!((answer.get("id_token"), answer.get("refresh_token")), (None, None));
        let said = claims(&site, &answer["access_token"]);
        assert_eq!((&said["scope"], &said["sub"]), (&json!(granted), &json!(machine)));
    }
    refused(&ask(&mut site, &machine, &secret, "openid"), "invalid_scope");
    refused(&ask(&mut site, &machine, "wrong", scopes[0]), "invalid_client");
    let person = site.new_client(json!({"GenerateSecret": true}));
    let secret = site.secret(&person);
    refused(&ask(&mut site, &person, &secret, ""), "unauthorized_client");
}

#[test]
fn what_a_login_changed_is_still_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new();
    let snapshot = site.sandbox.snapshot();
    site.sandbox = crate::Sandbox::open(folder.path()).unwrap();
    site.sandbox.restore(snapshot).unwrap();
    let code = site.code(&[]);
    let again = |site: Site| {
        let Site {
            sandbox,
            pool,
            client,
            cookies,
        } = site;
        drop(sandbox);
        let sandbox = crate::Sandbox::open(folder.path()).unwrap();
        sandbox.set_clock(Some(1_800_000_001.0));
        Site {
            sandbox,
            pool,
            client,
            cookies,
        }
    };
    let mut site = again(site);
    let first = exchange(&mut site, &code, &[]);
    assert_eq!(first.status, 200);
    let mut site = again(site);
    refused(&exchange(&mut site, &code, &[]), "invalid_grant");
    // A try that fails uses up the code too, though nothing was drawn.
    let code = site.code(&[("prompt", Some("login"))]);
    refused(
        &exchange(&mut site, &code, &[("code_verifier", Some(VERIFIER))]),
        "invalid_grant",
    );
    let mut site = again(site);
    refused(&exchange(&mut site, &code, &[]), "invalid_grant");
}
