//! What access tokens tell, and their end.

use serde_json::json;

use super::Site;
use super::token::{claims, exchange};

#[test]
fn scopes_decide_what_is_told() {
    let mut site = Site::new();
    site.ask(
        "AdminUpdateUserAttributes",
        json!({"Username": "ann", "UserAttributes": [{"Name": "given_name", "Value": "Ann"}, {"Name": "email_verified", "Value": "true"}]}),
    );
    let all = ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"];
    site.client = site.new_client(json!({"AllowedOAuthScopes": all}));
    for (scope, id, email, name) in [
        ("openid", true, true, true),
        ("openid email", true, true, false),
        ("openid phone", true, false, false),
        ("openid phone profile", true, true, true),
        ("email", false, true, false),
    ] {
        let code = site.code(&[("scope", Some(scope)), ("prompt", Some("login")), ("nonce", Some("n1"))]);
        let tokens = exchange(&mut site, &code, &[]).json();
        assert_eq!(tokens["id_token"].is_string(), id, "{scope}");
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let told = site.send("GET", "/oauth2/userInfo", None, &[("authorization", &bearer)]);
        if !id {
            assert_eq!(told.status, 401);
            continue;
        }
        let said = claims(&site, &tokens["id_token"]);
        assert_eq!(
            (said["email"].is_string(), said["given_name"].is_string()),
            (email, name),
            "{scope}"
        );
        assert_eq!(said["nonce"], "n1");
        let told = told.json();
        assert_eq!(
            (told["email"].is_string(), told["given_name"].is_string()),
            (email, name),
            "{scope}"
        );
        if email {
            assert_eq!(
                (&said["email_verified"], &told["email_verified"]),
                (&json!(true), &json!("true"))
            );
        }
        assert_eq!((&told["username"], &told["sub"]), (&json!("ann"), &said["sub"]));
    }
}

#[test]
fn what_is_revoked_is_told_no_more() {
    let mut site = Site::new();
    let code = site.code(&[]);
    let tokens = exchange(&mut site, &code, &[]).json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let id = format!("Bearer {}", tokens["id_token"].as_str().unwrap());
    let told = |site: &mut Site, headers: &[(&str, &str)]| site.send("GET", "/oauth2/userInfo", None, headers);
    assert_eq!(told(&mut site, &[("authorization", &bearer)]).status, 200);
    assert_eq!(told(&mut site, &[]).status, 400);
    let refused = told(&mut site, &[("authorization", &id)]);
    assert_eq!(refused.status, 401);
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .contains("error=\"invalid_token\"")
    );
    // A token of this pool says nothing at another's domain.
    let elsewhere = site.ask("CreateUserPool", json!({"PoolName": "other"}));
    let there = elsewhere["UserPool"]["Id"].as_str().unwrap().to_owned();
    let own = std::mem::replace(&mut site.pool, there);
    site.ask("CreateUserPoolDomain", json!({"Domain": "igv-other"}));
    site.pool = own;
    let host = "igv-other.auth.eu-central-1.amazoncognito.com";
    let there = site.send_to(host, "GET", "/oauth2/userInfo", None, &[("authorization", &bearer)]);
    assert_eq!(there.status, 401);
    let client = site.client.clone();
    let other = site.new_client(json!({}));
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let access = tokens["access_token"].as_str().unwrap();
    for (client, token, status) in [
        (other.as_str(), refresh, 401),
        ("nosuch", refresh, 401),
        (&client, "", 400),
        (&client, access, 400),
    ] {
        let answer = site.post("/oauth2/revoke", &[("client_id", client), ("token", token)]);
        assert_eq!(answer.status, status, "{client} {}", answer.text);
    }
    assert_eq!(told(&mut site, &[("authorization", &bearer)]).status, 200);
    let done = site.post("/oauth2/revoke", &[("client_id", &client), ("token", refresh)]);
    assert_eq!((done.status, done.text.as_str()), (200, ""));
    assert_eq!(told(&mut site, &[("authorization", &bearer)]).status, 401);
}
