//! What a browser remembers: that somebody is signed in, how far a sign-in has come, and the mark of its own forms.

use super::authorize::Wanted;
use super::{Visit, page, pair, redirect};
use crate::faces::FaceAnswer;
use crate::services::cognito_idp::sign_in::challenge::{self, Challenge};
use crate::services::cognito_idp::sign_in::grant::{self, Origin};
use crate::services::cognito_idp::sign_in::{Browser, Code, first};
use crate::world::World;

/// The cookie of a browser in which somebody is signed in.
const SIGNED_IN: &str = "cognito";

/// The cookie of a sign-in that waits for something.
const WAITING: &str = "cognito-waiting";

/// The cookie that the forms of a browser repeat.
const MARK: &str = "XSRF-TOKEN";

/// How long a browser stays signed in, in seconds (developer guide, "managed login": one hour, which nobody can set).
const STAYS: u32 = 60 * 60;

/// How long a code is good, in seconds (developer guide, "token endpoint").
const CODE: f64 = 5.0 * 60.0;

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Who is signed in, and since when.
pub(super) fn signed_in(world: &World, visit: &Visit<'_>) -> Option<(String, f64)> {
    let now = world.now();
    let pool = visit.place.pool(world).ok()?;
    let key = grant::key(visit.cookie(SIGNED_IN)?);
    let browser = pool.open.browsers.get(&key).filter(|browser| now < browser.until)?;
    first::may_sign_in(pool, &browser.user, now).ok()?;
    Some((browser.user.clone(), browser.since))
}

/// Notes that somebody is signed in, and sends a code to the callback.
pub(super) fn sign_in(world: &mut World, visit: &Visit<'_>, wanted: &Wanted, user: &str) -> FaceAnswer {
    let cookie = world.fresh(LETTERS, 64);
    let now = world.now();
    let browser = Browser {
        user: user.to_owned(),
        since: now,
        until: now + f64::from(STAYS),
    };
    if let Ok(pool) = visit.place.pool_mut(world) {
        pool.open.forget(now);
        pool.open.browsers.insert(grant::key(&cookie), browser);
    }
    let mut answer = send_code(world, visit, wanted, user, now);
    answer.headers.push(visit.set_cookie(SIGNED_IN, &cookie, Some(STAYS)));
    answer.headers.push(visit.set_cookie(WAITING, "", Some(0)));
    answer
}

/// Sends a code to the callback.
pub(super) fn send_code(world: &mut World, visit: &Visit<'_>, wanted: &Wanted, user: &str, since: f64) -> FaceAnswer {
    let code = world.fresh_uuid();
    let now = world.now();
    let kept = Code {
        origin: Origin {
            client: wanted.client.clone(),
            user: user.to_owned(),
            scopes: wanted.scopes.clone(),
            since,
            jti: String::new(),
            hosted: true,
            nonce: wanted.nonce.clone(),
        },
        redirect_uri: wanted.redirect_uri.clone(),
        challenge: wanted.challenge.clone(),
        until: now + CODE,
    };
    if let Ok(pool) = visit.place.pool_mut(world) {
        pool.open.forget(now);
        pool.open.codes.insert(grant::key(&code), kept);
    }
    redirect(wanted.callback(vec![pair("code", code)]))
}

/// Forgets that somebody is signed in.
pub(super) fn sign_out(world: &mut World, visit: &Visit<'_>) -> (String, String) {
    if let (Some(cookie), Ok(pool)) = (visit.cookie(SIGNED_IN), visit.place.pool_mut(world)) {
        pool.open.browsers.remove(&grant::key(cookie));
    }
    visit.set_cookie(SIGNED_IN, "", Some(0))
}

/// The sign-in that waits, with its session.
pub(super) fn waiting(world: &World, visit: &Visit<'_>) -> Option<(String, Challenge)> {
    let session = visit.cookie(WAITING)?;
    let challenge = challenge::find(world, &visit.place, session).ok()?;
    Some((session.to_owned(), challenge))
}

/// The header with which a browser remembers a sign-in that waits.
pub(super) fn remember(visit: &Visit<'_>, session: &str) -> (String, String) {
    visit.set_cookie(WAITING, session, None)
}

/// The mark that this browser's forms carry: the one it has, or a new one.
pub(super) fn mark(world: &mut World, visit: &Visit<'_>) -> String {
    match visit.cookie(MARK) {
        Some(mark) if mark.len() == 32 && mark.bytes().all(|letter| LETTERS.as_bytes().contains(&letter)) => {
            mark.to_owned()
        }
        _ => world.fresh(LETTERS, 32),
    }
}

/// The header with which a browser keeps its mark.
pub(super) fn keep_mark(visit: &Visit<'_>, mark: &str) -> (String, String) {
    visit.set_cookie(MARK, mark, None)
}

/// Refuses a form that another site made: it does not know what the cookie says.
pub(super) fn check_mark(visit: &Visit<'_>) -> Result<(), FaceAnswer> {
    let own = visit.cookie(MARK).filter(|mark| !mark.is_empty());
    if own.is_some() && own == visit.field("_csrf") {
        return Ok(());
    }
    Err(page::plain(
        403,
        "This form did not come from this page, or the browser keeps no cookies. Go back and load the page again.",
    ))
}
