//! The pages of a sign-in: name and password, first password of one's own, authenticator app.

use std::collections::BTreeMap;

use super::authorize::{self, Wanted};
use super::page::{self, Field, Form, escaped};
use super::{Visit, redirect, session};
use crate::call::Fault;
use crate::faces::FaceAnswer;
use crate::mail;
use crate::services::cognito_idp::sign_in::challenge::{self, Challenge, Waits};
use crate::services::cognito_idp::sign_in::{first, respond, software_token, totp};
use crate::services::cognito_idp::{Pool, json, user};
use crate::world::World;

/// Where a temporary password is changed.
pub(super) const NEW_PASSWORD: &str = "/changePassword";

/// Where the code of an authenticator app is asked for.
pub(super) const CODE: &str = "/mfa";

/// Where an authenticator app is set up.
pub(super) const SET_UP: &str = "/mfaSetup";

/// `GET /login`.
pub(super) fn login(world: &mut World, visit: &Visit<'_>) -> FaceAnswer {
    let wanted = match open(world, visit) {
        Ok(wanted) => wanted,
        Err(answer) => return answer,
    };
    let asks_again = visit.query("prompt") == Some("login");
    if !asks_again && let Some((user, since)) = session::signed_in(world, visit) {
        return session::send_code(world, visit, &wanted, &user, since);
    }
    login_page(world, visit, None)
}

/// `POST /login`.
pub(super) fn log_in(world: &mut World, visit: &Visit<'_>) -> FaceAnswer {
    let wanted = match open(world, visit).and_then(|wanted| session::check_mark(visit).map(|()| wanted)) {
        Ok(wanted) => wanted,
        Err(answer) => return answer,
    };
    let name = visit.field("username").unwrap_or_default();
    let password = visit.field("password").unwrap_or_default();
    match first::check(world, &visit.place, &wanted.client, name, password) {
        Ok(user) => go_on(world, visit, &wanted, &user),
        Err(fault) => login_page(world, visit, Some(&fault.message)),
    }
}

/// Reads what is asked for, where the domain shows pages at all.
fn open(world: &World, visit: &Visit<'_>) -> Result<Wanted, FaceAnswer> {
    let wanted = authorize::read(world, visit)?;
    let pool = visit
        .place
        .pool(world)
        .map_err(|fault| page::plain(404, &fault.message))?;
    if !shows_pages(pool, &wanted.client) {
        // hashicorp/terraform-provider-aws#42580.
        return Err(page::plain(
            403,
            "Login pages unavailable. Please contact an administrator.",
        ));
    }
    let own = pool
        .clients
        .get(&wanted.client)
        .is_some_and(|client| json::texts(&client.settings, "SupportedIdentityProviders").contains(&"COGNITO"));
    if !own {
        return Err(page::plain(
            403,
            "Login option is not available. Please try another one",
        ));
    }
    Ok(wanted)
}

/// Managed login has no page for a client without a style.
fn shows_pages(pool: &Pool, client: &str) -> bool {
    pool.domain.as_ref().is_some_and(|domain| domain.managed_login == 1)
        || pool.brandings.values().any(|style| style.client == client)
}

fn login_page(world: &mut World, visit: &Visit<'_>, wrong: Option<&str>) -> FaceAnswer {
    let mark = session::mark(world, visit);
    // Under a path the mailbox is at the same address.
    let before = if visit.mount.is_empty() {
        String::new()
    } else {
        format!(
            "<p>Temporary passwords are in the <a href=\"{}\">sandbox's mail</a>.</p>\n",
            mail::PAGE
        )
    };
    let mut answer = page::form(&Form {
        heading: "Sign in",
        wrong,
        before,
        action: &visit.link("/login", &visit.wire.query),
        mark: &mark,
        fields: vec![
            Field {
                name: "username",
                label: "Username",
                kind: "text",
                fills: "username",
                value: visit.field("username").unwrap_or_default(),
            },
            Field {
                name: "password",
                label: "Password",
                kind: "password",
                fills: "current-password",
                value: "",
            },
        ],
        button: "Sign in",
    });
    answer.headers.push(session::keep_mark(visit, &mark));
    answer
}

/// Sends the browser to what comes next, or to the callback.
fn go_on(world: &mut World, visit: &Visit<'_>, wanted: &Wanted, username: &str) -> FaceAnswer {
    match next_step(world, visit, wanted, username) {
        Ok(None) => session::sign_in(world, visit, wanted, username),
        Ok(Some((path, session))) => {
            let mut answer = redirect(visit.address(path, &visit.wire.query));
            answer.headers.push(session::remember(visit, &session));
            answer
        }
        Err(fault) => login_page(world, visit, Some(&fault.message)),
    }
}

/// The page of the next step and its session.
fn next_step(
    world: &mut World,
    visit: &Visit<'_>,
    wanted: &Wanted,
    username: &str,
) -> Result<Option<(&'static str, String)>, Fault> {
    let pool = visit.place.pool(world)?;
    let Some(waits) = challenge::next(pool, user::find(pool, username)?)? else {
        return Ok(None);
    };
    // The page of the set-up shows the secret.
    let totp = (waits == Waits::SetUp).then(|| totp::fresh(world));
    let waiting = Challenge {
        client: wanted.client.clone(),
        user: username.to_owned(),
        waits,
        totp,
        ..Challenge::default()
    };
    let session = challenge::open(world, &visit.place, waiting)?;
    Ok(path_of(waits).map(|path| (path, session)))
}

/// The page of what a sign-in waits for; a proof has none.
fn path_of(waits: Waits) -> Option<&'static str> {
    match waits {
        Waits::Proof => None,
        Waits::NewPassword => Some(NEW_PASSWORD),
        Waits::Code => Some(CODE),
        Waits::SetUp => Some(SET_UP),
    }
}

/// The pages after the first one: shown, or with what was sent.
pub(super) fn next(world: &mut World, visit: &Visit<'_>, path: &str) -> FaceAnswer {
    let wanted = match open(world, visit) {
        Ok(wanted) => wanted,
        Err(answer) => return answer,
    };
    let found = session::waiting(world, visit)
        .filter(|(_, waiting)| path_of(waiting.waits) == Some(path) && waiting.client == wanted.client);
    let Some((session, waiting)) = found else {
        // It took too long, or somebody opened the address of the middle of a sign-in.
        return redirect(visit.address("/login", &visit.wire.query));
    };
    if visit.wire.method != "POST" {
        return next_page(world, visit, &waiting, None);
    }
    if let Err(answer) = session::check_mark(visit) {
        return answer;
    }
    match take(world, visit, &session, &waiting) {
        Ok(()) if waiting.waits == Waits::NewPassword => go_on(world, visit, &wanted, &waiting.user),
        Ok(()) => session::sign_in(world, visit, &wanted, &waiting.user),
        Err(fault) => next_page(world, visit, &waiting, Some(&fault.message)),
    }
}

/// Takes what was sent to a page.
fn take(world: &mut World, visit: &Visit<'_>, session: &str, waiting: &Challenge) -> Result<(), Fault> {
    let place = &visit.place;
    let field = |name: &str| visit.field(name).unwrap_or_default();
    match waiting.waits {
        Waits::Proof => {}
        Waits::NewPassword => {
            if field("new_password") != field("confirm_password") {
                return Err(Fault::new(
                    "InvalidPasswordException",
                    400,
                    "The passwords do not match.",
                ));
            }
            let attributes: BTreeMap<String, String> =
                challenge::missing(place.pool(world)?, user::find(place.pool(world)?, &waiting.user)?)
                    .into_iter()
                    .map(|name| {
                        let value = field(&format!("userAttributes.{name}")).to_owned();
                        (name, value)
                    })
                    .collect();
            respond::new_password(world, place, waiting, field("new_password"), attributes)?;
            challenge::close(world, place, session)?;
        }
        Waits::Code => {
            respond::code_of_app(world, place, waiting, field("code"))?;
            challenge::close(world, place, session)?;
        }
        Waits::SetUp => {
            let session = software_token::shown(world, place, session, waiting.clone(), field("code"))?;
            let waiting = challenge::find(world, place, &session)?;
            respond::set_up(world, place, &waiting)?;
            challenge::close(world, place, &session)?;
        }
    }
    Ok(())
}

fn next_page(world: &mut World, visit: &Visit<'_>, waiting: &Challenge, wrong: Option<&str>) -> FaceAnswer {
    let mark = session::mark(world, visit);
    let code = || Field {
        name: "code",
        label: "Six digits from the app",
        kind: "text",
        fills: "one-time-code",
        value: "",
    };
    let missing: Vec<String> = visit
        .place
        .pool(world)
        .and_then(|pool| Ok(challenge::missing(pool, user::find(pool, &waiting.user)?)))
        .unwrap_or_default()
        .into_iter()
        .map(|name| format!("userAttributes.{name}"))
        .collect();
    let (heading, before, fields, button) = match waiting.waits {
        Waits::Proof | Waits::NewPassword => {
            let password = |name: &'static str, label: &'static str| Field {
                name,
                label,
                kind: "password",
                fills: "new-password",
                value: "",
            };
            let mut fields = vec![
                password("new_password", "New password"),
                password("confirm_password", "New password again"),
            ];
            fields.extend(missing.iter().map(|name| Field {
                name,
                label: name.trim_start_matches("userAttributes."),
                kind: "text",
                fills: "on",
                value: visit.field(name).unwrap_or_default(),
            }));
            let before = "<p>This is your first sign-in. Choose a password of your own.</p>".to_owned();
            ("Change password", before, fields, "Change password")
        }
        Waits::Code => {
            let before = "<p>Open your authenticator app.</p>".to_owned();
            ("Code", before, vec![code()], "Sign in")
        }
        Waits::SetUp => {
            let secret = waiting.totp.as_ref().map_or("", |secret| secret.reveal());
            (
                "Set up an authenticator app",
                set_up_words(visit, waiting, secret),
                vec![code()],
                "Sign in",
            )
        }
    };
    let path = path_of(waiting.waits).unwrap_or(NEW_PASSWORD);
    let mut answer = page::form(&Form {
        heading,
        wrong,
        before,
        action: &visit.link(path, &visit.wire.query),
        mark: &mark,
        fields,
        button,
    });
    answer.headers.push(session::keep_mark(visit, &mark));
    answer
}

/// The secret of an app, to type and to open.
fn set_up_words(visit: &Visit<'_>, waiting: &Challenge, secret: &str) -> String {
    let label: String = url::form_urlencoded::byte_serialize(waiting.user.as_bytes()).collect();
    let link = format!(
        "otpauth://totp/{}:{label}?secret={secret}&issuer={}",
        visit.host, visit.host
    );
    format!(
        "<p>Add this key to an authenticator app, or open <a href=\"{}\">this link</a> on the device that has it.</p>\n\
         <p><code id=\"secret\">{}</code></p>",
        escaped(&link),
        escaped(secret)
    )
}
