//! The first factor: a name and a password, and whether its user may sign in at all.

use serde::{Deserialize, Serialize};

use super::place::Place;
use crate::call::Fault;
use crate::services::cognito_idp::fault::not_authorized;
use crate::services::cognito_idp::user::{self, User};
use crate::services::cognito_idp::{Pool, json};
use crate::world::World;

/// How many wrong passwords are free.
const FREE: u32 = 5;

/// The longest wait after a wrong password, in seconds.
const LONGEST: f64 = 15.0 * 60.0;

/// Wrong passwords in a row.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Attempts {
    /// How many there were.
    wrong: u32,
    /// When the last one was.
    last: f64,
    /// Until when no password is looked at.
    until: f64,
}

impl Attempts {
    /// Refuses while somebody waits. Tries in that time make it no longer (developer guide, "Lockout behavior for
    /// failed sign-in attempts").
    pub(super) fn check(&self, now: f64) -> Result<(), Fault> {
        if now < self.until {
            Err(not_authorized("Password attempts exceeded"))
        } else {
            Ok(())
        }
    }

    /// Notes a try: a right one ends the row, and so does a quarter of an hour. After five wrong ones the next waits a
    /// second, and each further one twice as long.
    pub(super) fn note(&mut self, right: bool, now: f64) {
        if right {
            *self = Self::default();
            return;
        }
        if now - self.last >= LONGEST {
            *self = Self::default();
        }
        self.wrong = self.wrong.saturating_add(1);
        self.last = now;
        if self.wrong >= FREE {
            let doublings = i32::try_from((self.wrong - FREE).min(20)).unwrap_or_default();
            self.until = now + 2.0_f64.powi(doublings).min(LONGEST);
        }
    }
}

/// The refusal of a name that is unknown or a password that is wrong.
pub(crate) fn incorrect() -> Fault {
    not_authorized("Incorrect username or password.")
}

/// Whether a client hides which users there are.
pub(crate) fn hides_users(pool: &Pool, client: &str) -> bool {
    pool.clients
        .get(client)
        .and_then(|client| json::text(&client.settings, "PreventUserExistenceErrors"))
        == Some("ENABLED")
}

/// The username that a name means, or the refusal that the client asks for.
pub(crate) fn who(pool: &Pool, client: &str, name: &str) -> Result<String, Fault> {
    user::key(pool, name).ok_or_else(|| {
        if hides_users(pool, client) {
            incorrect()
        } else {
            user::unknown()
        }
    })
}

/// Checks a name and a password, and answers the username.
pub(crate) fn check(
    world: &mut World,
    place: &Place,
    client: &str,
    name: &str,
    password: &str,
) -> Result<String, Fault> {
    let pool = place.pool(world)?;
    let username = who(pool, client, name)?;
    let right = pool
        .users
        .get(&username)
        .and_then(|user| user.password_hash.as_ref())
        .is_some_and(|hash| hash.matches(&place.id, &username, password));
    judge(world, place, &username, right)?;
    Ok(username)
}

/// Notes whether somebody showed the right password, and refuses a wrong one and one whose user may not sign in.
pub(crate) fn judge(world: &mut World, place: &Place, username: &str, right: bool) -> Result<(), Fault> {
    let now = world.now();
    let pool = place.pool_mut(world)?;
    let user = pool.users.get_mut(username).ok_or_else(incorrect)?;
    user.attempts.check(now)?;
    user.attempts.note(right, now);
    if !right {
        return Err(incorrect());
    }
    may_sign_in(place.pool(world)?, username, now)
}

/// Refuses somebody who may not sign in, whatever the password.
pub(crate) fn may_sign_in(pool: &Pool, username: &str, now: f64) -> Result<(), Fault> {
    let user = pool.users.get(username).ok_or_else(incorrect)?;
    if !user.enabled {
        return Err(not_authorized("User is disabled."));
    }
    match user.status.as_str() {
        "UNCONFIRMED" => Err(Fault::new("UserNotConfirmedException", 400, "User is not confirmed.")),
        "RESET_REQUIRED" => Err(Fault::new(
            "PasswordResetRequiredException",
            400,
            "Password reset required for the user",
        )),
        "FORCE_CHANGE_PASSWORD" if temporary_is_over(pool, user, now) => Err(not_authorized(
            "Temporary password has expired and must be reset by an administrator.",
        )),
        _ => Ok(()),
    }
}

fn temporary_is_over(pool: &Pool, user: &User, now: f64) -> bool {
    let days = pool
        .settings
        .get("Policies")
        .and_then(|it| it.pointer("/PasswordPolicy/TemporaryPasswordValidityDays"))
        .and_then(serde_json::Value::as_f64)
        .unwrap_or(7.0);
    user.temporary_since
        .is_some_and(|since| since + days * 24.0 * 60.0 * 60.0 <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_begin_after_five_and_double() {
        let mut attempts = Attempts::default();
        for _ in 0..4 {
            attempts.note(false, 100.0);
            assert_eq!(attempts.check(100.0), Ok(()));
        }
        for wait in [1.0, 2.0, 4.0] {
            let now = attempts.until.max(100.0);
            attempts.note(false, now);
            assert!(attempts.check(now + wait - 0.1).is_err());
            assert_eq!(attempts.check(now + wait), Ok(()));
        }
        for _ in 0..40 {
            attempts.note(false, attempts.until);
        }
        assert!(attempts.until - attempts.last <= LONGEST);
        let later = attempts.last + LONGEST;
        attempts.note(false, later);
        assert_eq!(attempts.check(later), Ok(()), "a quarter of an hour ends the row");
        attempts.note(true, later);
        assert_eq!(attempts.wrong, 0);
    }
}
