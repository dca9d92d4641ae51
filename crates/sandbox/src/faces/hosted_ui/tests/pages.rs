//! What people see: right and wrong passwords, the first one of their own, authenticator apps.

use serde_json::json;

use super::{CALLBACK, HOST, PASSWORD, Seen, Site};
use crate::services::cognito_idp::sign_in::totp;

const NEW: &str = "Better-Horse-42";

#[test]
fn a_right_password_comes_back_with_a_code_and_the_state() {
    let mut site = Site::new();
    let begin = site.authorize(&[]);
    let page = site.login_page(&begin);
    assert_eq!(page.1.status, 200);
    for part in [
        "<label for=\"username\">",
        "<label for=\"password\">",
        "lang=\"en\"",
        "autocomplete=\"current-password\"",
    ] {
        assert!(page.1.text.contains(part), "{part}");
    }
    let done = site.fill_in(&page, "ann", PASSWORD);
    assert_eq!(done.status, 302);
    assert!(done.place.starts_with(&format!("{CALLBACK}?code=")), "{}", done.place);
    assert_eq!(done.parameter("state").as_deref(), Some("s1"));
    assert_eq!(done.parameter("code").unwrap().len(), 36);
    assert!(site.cookies.contains_key("cognito"));
}

#[test]
fn a_wrong_password_is_said_on_the_page() {
    let mut site = Site::new();
    let begin = site.authorize(&[]);
    let page = site.login_page(&begin);
    for (name, password) in [("ann", "wrong"), ("ann", ""), ("nobody", PASSWORD), ("<b>", "x")] {
        let said = site.fill_in(&page, name, password);
        assert_eq!(
            (said.status, said.alert()),
            (200, Some("Incorrect username or password.")),
            "{name}"
        );
        assert!(!said.text.contains("<b>") && !said.text.contains(PASSWORD));
        assert!(site.get(&begin).place.contains("/login?"));
    }
    site.ask("AdminDisableUser", json!({"Username": "ann"}));
    let said = site.fill_in(&page, "ann", PASSWORD);
    assert_eq!(said.alert(), Some("User is disabled."));
}

#[test]
fn a_form_of_another_site_is_refused() {
    let mut site = Site::new();
    let begin = site.authorize(&[]);
    let (login, page) = site.login_page(&begin);
    let fields = |mark: &'static str| [("_csrf", mark), ("username", "ann"), ("password", PASSWORD)];
    assert_eq!(site.post(&login, &fields("")).status, 403);
    assert_eq!(site.post(&login, &fields("other")).status, 403);
    let mark = page.hidden("_csrf");
    site.cookies.clear();
    let sent = site.post(&login, &[("_csrf", &mark), ("username", "ann"), ("password", PASSWORD)]);
    assert_eq!(sent.status, 403);
    assert_eq!(
        site.post(&login, &[("username", "ann"), ("password", PASSWORD)]).status,
        403
    );
    // A second tab does not spoil the first.
    let first = site.login_page(&begin);
    site.login_page(&begin);
    assert_eq!(site.fill_in(&first, "ann", PASSWORD).status, 302);
}

fn fill(site: &mut Site, at: &str, page: &Seen, fields: &[(&str, &str)]) -> Seen {
    let mark = page.hidden("_csrf");
    let mut all = vec![("_csrf", mark.as_str())];
    all.extend(fields);
    site.post(at, &all)
}

#[test]
fn a_temporary_password_is_changed() {
    let mut site = Site::new();
    site.invite("zoe");
    let begin = site.authorize(&[]);
    let login = site.login_page(&begin);
    let sent = site.fill_in(&login, "zoe", "Temporary-1");
    assert!(
        sent.place.starts_with(&format!("https://{HOST}/changePassword?")),
        "{}",
        sent.place
    );
    let at = sent.place.clone();
    let page = site.get(&at);
    for (new, again, wrong) in [
        (NEW, "Other-Horse-42", "The passwords do not match."),
        (
            "short",
            "short",
            "Password did not conform with policy: Password not long enough",
        ),
    ] {
        let said = fill(
            &mut site,
            &at,
            &page,
            &[("new_password", new), ("confirm_password", again)],
        );
        assert_eq!((said.status, said.alert()), (200, Some(wrong)));
        assert!(!said.text.contains(new));
    }
    // Nor does it go on for another client.
    let other = site.new_client(json!({}));
    let elsewhere = at.replace(&site.client, &other);
    assert!(site.get(&elsewhere).place.contains("/login?"));
    // The middle of a sign-in is nobody's who did not begin it.
    let cookies = site.cookies.clone();
    site.cookies.remove("cognito-waiting");
    assert!(site.get(&at).place.contains("/login?"));
    site.cookies = cookies;
    let done = fill(
        &mut site,
        &at,
        &page,
        &[("new_password", NEW), ("confirm_password", NEW)],
    );
    assert!(done.place.starts_with(CALLBACK), "{} {}", done.status, done.text);
    assert!(!site.cookies.contains_key("cognito-waiting"));
    assert!(site.get(&at).place.contains("/login?"), "once");
    site.cookies.clear();
    let login = site.login_page(&begin);
    assert_eq!(
        site.fill_in(&login, "zoe", "Temporary-1").alert(),
        Some("Incorrect username or password.")
    );
    assert_eq!(site.fill_in(&login, "zoe", NEW).status, 302);
}

#[test]
fn what_is_lacking_is_given_with_the_first_password() {
    let site = Site::new();
    let made = site.ask(
        "CreateUserPool",
        json!({"PoolName": "b", "Schema": [{"Name": "given_name", "Required": true}]}),
    );
    let mut site = Site {
        pool: made["UserPool"]["Id"].as_str().unwrap().to_owned(),
        ..site
    };
    site.ask("CreateUserPoolDomain", json!({"Domain": "igv-other"}));
    site.client = site.new_client(json!({}));
    site.invite("zoe");
    let host = "igv-other.auth.eu-central-1.amazoncognito.com";
    let mount = format!("/_cognito/{host}");
    let at = |place: &str| place.replace(&format!("https://{host}"), &mount);
    let begin = format!("{mount}{}", site.authorize(&[]));
    let sent = {
        // By the path, from the sandbox's own address.
        let first = get_here(&mut site, &begin);
        let login = at(&first.place);
        let page = get_here(&mut site, &login);
        let mark = page.hidden("_csrf");
        post_here(
            &mut site,
            &login,
            &[("_csrf", &mark), ("username", "zoe"), ("password", "Temporary-1")],
        )
    };
    let change = at(&sent.place);
    let page = get_here(&mut site, &change);
    assert!(
        page.text
            .contains("<label for=\"userAttributes.given_name\">given_name</label>")
    );
    let mark = page.hidden("_csrf");
    let passwords = [
        ("_csrf", mark.as_str()),
        ("new_password", NEW),
        ("confirm_password", NEW),
    ];
    let said = post_here(&mut site, &change, &passwords);
    assert_eq!(said.alert(), Some("Invalid attributes given, given_name is missing"));
    let mut all = passwords.to_vec();
    all.push(("userAttributes.given_name", "Zoe"));
    assert!(post_here(&mut site, &change, &all).place.starts_with(CALLBACK));
}

fn get_here(site: &mut Site, path: &str) -> Seen {
    site.send_to("127.0.0.1:4566", "GET", path, None, &[])
}

fn post_here(site: &mut Site, path: &str, fields: &[(&str, &str)]) -> Seen {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    site.send_to("127.0.0.1:4566", "POST", path, Some(body), &[])
}

#[test]
fn an_authenticator_app_is_set_up_and_then_asked_for() {
    let mut site = Site::new();
    let factor = json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    site.ask("SetUserPoolMfaConfig", factor);
    let begin = site.authorize(&[]);
    let login = site.login_page(&begin);
    let sent = site.fill_in(&login, "ann", PASSWORD);
    assert!(sent.place.contains("/mfaSetup?"), "{}", sent.place);
    let page = site.get(&sent.place);
    let secret = page
        .text
        .split("<code id=\"secret\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    assert!(page.text.contains(&format!("secret={secret}&amp;issuer=")));
    let now = |site: &Site| site.sandbox.with_world(|world| world.now());
    let right = totp::code_at(&secret, now(&site));
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let said = fill(&mut site, &sent.place, &page, &[("code", wrong)]);
    assert_eq!(said.alert(), Some("Code mismatch"));
    assert!(said.text.contains(&secret), "the secret stays the same");
    assert!(
        fill(&mut site, &sent.place, &page, &[("code", &right)])
            .place
            .starts_with(CALLBACK)
    );

    site.cookies.clear();
    site.wait(60.0);
    let login = site.login_page(&begin);
    let sent = site.fill_in(&login, "ann", PASSWORD);
    assert!(sent.place.contains("/mfa?"), "{}", sent.place);
    let page = site.get(&sent.place);
    assert!(page.text.contains("autocomplete=\"one-time-code\"") && !page.text.contains(&secret));
    for (code, wrong) in [
        (wrong, "Invalid code received for user"),
        ("", "Invalid code received for user"),
    ] {
        assert_eq!(
            fill(&mut site, &sent.place, &page, &[("code", code)]).alert(),
            Some(wrong)
        );
    }
    assert!(
        site.get(&begin).place.contains("/login?"),
        "a password alone signs nobody in"
    );
    let right = totp::code_at(&secret, now(&site));
    assert!(
        fill(&mut site, &sent.place, &page, &[("code", &right)])
            .place
            .starts_with(CALLBACK)
    );
}

#[test]
fn pages_that_a_domain_does_not_have() {
    let mut site = Site::new();
    let begin = site.authorize(&[]);
    site.ask(
        "UpdateUserPoolDomain",
        json!({"Domain": "igv-demo", "ManagedLoginVersion": 2}),
    );
    let page = site.login_page(&begin).1;
    assert_eq!(page.status, 403);
    assert!(
        page.text
            .contains("Login pages unavailable. Please contact an administrator.")
    );
    let client = site.client.clone();
    site.ask(
        "CreateManagedLoginBranding",
        json!({"ClientId": client, "UseCognitoProvidedValues": true}),
    );
    assert!(site.login_page(&begin).1.text.contains("<form"));
    let other = site.new_client(json!({"SupportedIdentityProviders": []}));
    site.ask(
        "UpdateUserPoolDomain",
        json!({"Domain": "igv-demo", "ManagedLoginVersion": 1}),
    );
    let begin = site.authorize(&[("client_id", Some(&other))]);
    let page = site.login_page(&begin).1;
    assert!(page.text.contains("Login option is not available."), "{}", page.text);
}
