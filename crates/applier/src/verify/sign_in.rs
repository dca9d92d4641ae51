//! What people log in with: the user pool, their addresses, the app client.

use std::time::Duration;

use spec_model::Kind;
use spec_model::kinds::{ConfigBody, SignUp, User, UserPool, UserPoolClient, UserStanding};

use super::checklist::{Checklist, Outcome, Topic};
use super::settings::{several, words};
use super::subject::Subject;

/// The user pool, its people and its client.
pub(super) fn sign_in(list: &mut Checklist<'_>, subject: &Subject<'_>, body: &ConfigBody) {
    match subject.with_output::<UserPool>("id", &body.aws_cognito_pool_id) {
        Some((_, pool, _)) => list.add(
            Topic::SignIn,
            "sign_up",
            "nobody can sign up by themselves",
            Outcome::holds(
                pool.sign_up == SignUp::AdminOnly,
                "strangers can sign up on the public login page, and then read the data: the config publishes the client",
                "write `sign_up: admin_only` under `user_pool`, or leave it out, and apply",
            ),
        ),
        None => list.add(
            Topic::SignIn,
            "sign_up",
            "nobody can sign up by themselves",
            subject.elsewhere(Kind::UserPool, &body.aws_cognito_pool_id),
        ),
    }
    people(list, subject);
    match subject.with_output::<UserPoolClient>("id", &body.client_id) {
        Some((_, client, _)) => self::client(list, &client),
        None => list.add(
            Topic::SignIn,
            "client",
            "the app client is as IGV needs it",
            subject.elsewhere(Kind::UserPoolClient, &body.client_id),
        ),
    }
}

/// STS takes the e-mail address as the session's name, in IGV's hands (contract: `email` is the session name).
fn people(list: &mut Checklist<'_>, subject: &Subject<'_>) {
    let unfit: Vec<String> = subject
        .there::<User>()
        .into_iter()
        .filter(|(_, user, _)| user.standing == UserStanding::Enabled && !is_session_name(&user.email))
        .map(|(_, user, _)| format!("`{}` has {}", user.name, shown_email(&user.email)))
        .collect();
    list.add(
        Topic::SignIn,
        "emails",
        "everybody has an e-mail address that AWS takes as a session's name",
        Outcome::holds(
            unfit.is_empty(),
            format!(
                "{}; IGV names the AWS session so, which takes 2 to 64 characters of A-Z a-z 0-9 _ + = , . @ -",
                several(&unfit)
            ),
            "give them another address in the file, and apply",
        ),
    );
}

fn shown_email(email: &str) -> String {
    if email.is_empty() {
        "none".to_owned()
    } else {
        format!("`{email}`")
    }
}

/// STS, `AssumeRoleWithWebIdentity`: `RoleSessionName`.
pub(super) fn is_session_name(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"_+=,.@-".contains(&it))
}

fn client(list: &mut Checklist<'_>, client: &UserPoolClient) {
    let mut add = |name: &str, title: &str, holds: bool, why: String, remedy: &str| {
        list.add(Topic::SignIn, name, title, Outcome::holds(holds, why, remedy));
    };
    let hour = Duration::from_secs(3600);
    add(
        "client_grants",
        "the app client gives codes, and nothing but codes",
        client.oauth && client.grants.iter().map(String::as_str).eq(["code"]),
        format!(
            "OAuth is {}, the grants are {}; IGV takes a code, and another grant lets other programs in",
            if client.oauth { "on" } else { "off" },
            words(client.grants.iter())
        ),
        "leave `oauth` and `grants` out of `client`, and apply",
    );
    let wanted_scopes = ["openid", "email"];
    add(
        "client_scopes",
        "the app client's scopes are openid and email",
        client.scopes.len() == 2 && wanted_scopes.iter().all(|it| client.scopes.contains(*it)),
        format!(
            "they are {}; without `openid` IGV gets no id token, without `email` no name for the session",
            words(client.scopes.iter())
        ),
        "leave `scopes` out of `client`, and apply",
    );
    let strange: Vec<&String> = client.callback_urls.iter().filter(|it| port(it).is_none()).collect();
    add(
        "client_callbacks",
        "logins return to IGV on this machine, and nowhere else",
        strange.is_empty() && !client.callback_urls.is_empty(),
        if client.callback_urls.is_empty() {
            "no callback is registered".to_owned()
        } else {
            format!(
                "{} is not `http://localhost:<port>/oauthCallback`, to which IGV listens",
                words(strange)
            )
        },
        "write `callback_ports` under `client`, and apply",
    );
    add(
        "client_email",
        "a login may read the e-mail address",
        client.read_attributes.contains("email"),
        "the id token holds no `email`, so IGV has no name for the AWS session".to_owned(),
        "leave `read_attributes` out of `client`, and apply",
    );
    add(
        "client_validity",
        "access and id tokens are good for 60 minutes each",
        client.access_token_validity == hour && client.id_token_validity == hour,
        format!(
            "they are good for {} and {}; a longer access token outlives the AWS credentials, a shorter id token is used when it is stale",
            minutes(client.access_token_validity),
            minutes(client.id_token_validity)
        ),
        "leave the validities out of `client`, and apply",
    );
    add(
        "client_rotation",
        "refresh tokens are not exchanged at each use",
        !client.refresh_token_rotation,
        "IGV keeps the first refresh token, which stops working after its first use".to_owned(),
        "leave `refresh_token_rotation` out of `client`, and apply",
    );
    add(
        "client_flows",
        "there is no way to log in but the login page",
        client
            .auth_flows
            .iter()
            .map(String::as_str)
            .eq(["ALLOW_REFRESH_TOKEN_AUTH"]),
        format!("the flows are {}", words(client.auth_flows.iter())),
        "leave `auth_flows` out of `client`, and apply",
    );
    add(
        "client_unknown_users",
        "a failed login does not tell whether the user exists",
        client.hide_unknown_users,
        "strangers can find out who has an account".to_owned(),
        "leave `hide_unknown_users` out of `client`, and apply",
    );
    add(
        "client_revocation",
        "tokens can be revoked",
        client.revocation,
        "who is signed out keeps a working refresh token".to_owned(),
        "leave `revocation` out of `client`, and apply",
    );
}

/// The port of a callback as IGV listens for it.
pub(super) fn port(callback: &str) -> Option<u16> {
    let rest = callback.strip_prefix("http://localhost:")?;
    rest.strip_suffix("/oauthCallback")?.parse().ok()
}

fn minutes(time: Duration) -> String {
    format!("{} minutes", time.as_secs() / 60)
}

#[cfg(test)]
mod tests {
    use super::{is_session_name, port};

    #[test]
    fn session_names_are_what_sts_takes() {
        for good in ["a@b", "anna+igv@example.org", &"a".repeat(64)] {
            assert!(is_session_name(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "ann a@example.org",
            "zoë@example.org",
            &"a".repeat(65),
            "a/b",
            "o'neil@x",
        ] {
            assert!(!is_session_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_callback_is_igvs_or_not() {
        assert_eq!(port("http://localhost:60151/oauthCallback"), Some(60151));
        for other in [
            "https://localhost:60151/oauthCallback",
            "http://localhost:60151/oauthcallback",
            "http://localhost/oauthCallback",
            "http://127.0.0.1:60151/oauthCallback",
            "http://localhost:99999/oauthCallback",
        ] {
            assert_eq!(port(other), None, "{other}");
        }
    }
}
