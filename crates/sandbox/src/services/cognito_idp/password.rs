//! Passwords: the policy, and the calls that set or reset them.
//!
//! What is kept of a password is its hash ([`super::srp::PasswordHash`]), which every flow of signing in can check.

use serde_json::Value;

use super::fault::{invalid, not_authorized};
use super::hidden::Hidden;
use super::srp::PasswordHash;
use super::{Pool, message, pool, user};
use crate::call::{Answer, Call, Fault};
use crate::world::World;

const LOWER: &str = "abcdefghijkmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS: &str = "23456789";
const SYMBOLS: &str = "!#$%&*+-?@_";

/// The special characters of the policy (developer guide "password requirements").
const COUNTED_SYMBOLS: &str = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ";

/// Checks a password against the pool's policy.
pub(crate) fn check(pool: &Pool, password: &str) -> Result<(), Fault> {
    let refuse = |why: &str| {
        Err(Fault::new(
            "InvalidPasswordException",
            400,
            format!("Password did not conform with policy: {why}"),
        ))
    };
    let policy = policy(pool);
    let least = policy["MinimumLength"].as_u64().unwrap_or(8);
    if (password.chars().count() as u64) < least {
        return refuse("Password not long enough");
    }
    let has = |test: fn(char) -> bool| password.chars().any(test);
    for (flag, present, why) in [
        (
            "RequireUppercase",
            has(|it| it.is_ascii_uppercase()),
            "Password must have uppercase characters",
        ),
        (
            "RequireLowercase",
            has(|it| it.is_ascii_lowercase()),
            "Password must have lowercase characters",
        ),
        (
            "RequireNumbers",
            has(|it| it.is_ascii_digit()),
            "Password must have numeric characters",
        ),
        (
            "RequireSymbols",
            has(|it| COUNTED_SYMBOLS.contains(it)),
            "Password must have symbol characters",
        ),
    ] {
        if policy[flag] == true && !present {
            return refuse(why);
        }
    }
    if password.starts_with(' ') || password.ends_with(' ') {
        return refuse("Password must not begin or end with a space");
    }
    Ok(())
}

fn policy(pool: &Pool) -> Value {
    pool.settings
        .get("Policies")
        .and_then(|it| it.get("PasswordPolicy"))
        .cloned()
        .unwrap_or_default()
}

/// A temporary password that satisfies every policy of this length.
pub(crate) fn fresh(world: &mut World, pool_length: u64) -> Hidden {
    let rest = usize::try_from(pool_length).unwrap_or(12).max(12) - 4;
    let text = [
        world.fresh(UPPER, 1),
        world.fresh(LOWER, rest),
        world.fresh(DIGITS, 2),
        world.fresh(SYMBOLS, 1),
    ]
    .concat();
    Hidden::new(text)
}

/// A salt for a password.
pub(crate) fn salt(world: &mut World) -> String {
    world.fresh("0123456789abcdef", 32)
}

/// The least length of the pool's passwords.
pub(crate) fn least(pool: &Pool) -> u64 {
    policy(pool)["MinimumLength"].as_u64().unwrap_or(8)
}

/// AdminSetUserPassword: a permanent one confirms the user, another must be changed at the first sign-in.
pub(crate) fn set(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let salt = salt(world);
    let pool = pool::find_mut(world, call)?;
    let password = call.required("Password");
    user::find(pool, call.required("Username"))?;
    check(pool, password)?;
    let permanent = call.flag("Permanent") == Some(true);
    let id = pool.id.clone();
    let user = user::find_mut(pool, call.required("Username"))?;
    user.password_hash = Some(PasswordHash::new(salt, &id, &user.username, password));
    user.temporary_since = (!permanent).then_some(now);
    user.status = if permanent {
        "CONFIRMED"
    } else {
        "FORCE_CHANGE_PASSWORD"
    }
    .to_owned();
    user.modified = now;
    Ok(Answer::empty())
}

/// AdminResetUserPassword: refused for a user who never signed in, who needs an invitation instead
/// (aws-amplify/amplify-js#1182), and for one who has no verified address to send the code to.
pub(crate) fn reset(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let now = world.now();
    let code = world.fresh(DIGITS, 6);
    let pool = pool::find_mut(world, call)?;
    let user = user::find(pool, call.required("Username"))?;
    if !user.enabled {
        return Err(not_authorized("User is disabled."));
    }
    if !["CONFIRMED", "RESET_REQUIRED"].contains(&user.status.as_str()) {
        return Err(not_authorized("User password cannot be reset in the current state."));
    }
    // The documentation asks for self-service recovery to be configured.
    let mechanisms: Vec<&str> = pool
        .settings
        .get("AccountRecoverySetting")
        .and_then(|it| it["RecoveryMechanisms"].as_array())
        .into_iter()
        .flatten()
        .filter_map(|it| it["Name"].as_str())
        .collect();
    let verified = |flag: &str| user.attributes.get(flag).is_some_and(|it| it == "true");
    let target = mechanisms.into_iter().find_map(|mechanism| match mechanism {
        "verified_email" if verified("email_verified") => Some(("EMAIL", user.attributes.get("email")?)),
        "verified_phone_number" if verified("phone_number_verified") => {
            Some(("SMS", user.attributes.get("phone_number")?))
        }
        _ => None,
    });
    let Some((medium, destination)) = target else {
        return Err(invalid(
            "Cannot reset password for the user as there is no registered/verified email or phone_number",
        ));
    };
    let message = message::code(pool, &user.username, "reset", (medium, destination), &code, now);
    pool.sent(message);
    let user = user::find_mut(pool, call.required("Username"))?;
    user.status = "RESET_REQUIRED".to_owned();
    user.code = Some(Hidden::new(code));
    user.modified = now;
    Ok(Answer::empty())
}
