//! Setting up an authenticator app: while signing in, by its session, or when signed in, by an access token.

use serde_json::json;

use super::access;
use super::challenge::{self, Challenge, Waits};
use super::grant;
use super::place::Place;
use super::totp;
use crate::call::{Answer, Call, Fault};
use crate::services::cognito_idp::fault::{invalid, not_authorized};
use crate::services::cognito_idp::hidden::Hidden;
use crate::services::cognito_idp::user;
use crate::world::World;

/// For whom an app is set up.
enum Whose {
    /// Somebody who is signing in; the session.
    Session(Place, String, Box<Challenge>),
    /// Somebody who is signed in; the username.
    User(Place, String),
}

impl Whose {
    fn place(&self) -> &Place {
        match self {
            Self::Session(place, _, _) | Self::User(place, _) => place,
        }
    }
}

fn whose(world: &World, call: &Call) -> Result<Whose, Fault> {
    match (call.text("AccessToken"), call.text("Session")) {
        (Some(_), _) => {
            // AssociateSoftwareToken declares no UserNotFoundException.
            let holder = access::caller(world, call).map_err(|fault| not_authorized(fault.message))?;
            Ok(Whose::User(holder.place, holder.user))
        }
        (None, Some(session)) => {
            let place = of_session(world, session).ok_or_else(|| not_authorized("Invalid session for the user."))?;
            let challenge = challenge::find(world, &place, session)?;
            if challenge.waits != Waits::SetUp {
                return Err(not_authorized("Invalid session for the user."));
            }
            Ok(Whose::Session(place, session.to_owned(), Box::new(challenge)))
        }
        (None, None) => Err(invalid("Either AccessToken or Session must be provided.")),
    }
}

/// The pool whose session it is.
fn of_session(world: &World, session: &str) -> Option<Place> {
    let key = grant::key(session);
    let pools = world
        .cognito_idp
        .values()
        .flat_map(|regions| regions.values())
        .flat_map(|state| state.pools.values());
    let pool = pools.into_iter().find(|pool| pool.open.challenges.contains_key(&key))?;
    Place::of_pool(world, &pool.id)
}

fn check_pool(world: &World, place: &Place) -> Result<(), Fault> {
    if place.pool(world)?.mfa.software_token {
        return Ok(());
    }
    Err(Fault::new(
        "SoftwareTokenMFANotFoundException",
        400,
        "Software Token MFA has not been enabled by the userPool.",
    ))
}

/// AssociateSoftwareToken: a new secret, which counts once a code showed that the app has it.
pub(crate) fn associate(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let whose = whose(world, call)?;
    check_pool(world, whose.place())?;
    let secret = totp::fresh(world);
    let mut answer = json!({"SecretCode": secret.reveal()});
    match whose {
        Whose::User(place, name) => {
            user::find_mut(place.pool_mut(world)?, &name)?.totp_offered = Some(secret);
        }
        Whose::Session(place, session, challenge) => {
            answer["Session"] = json!(offer(world, &place, &session, *challenge, secret)?);
        }
    }
    Ok(answer.into())
}

/// Offers a secret to somebody who is signing in, and answers the session from now on.
pub(crate) fn offer(
    world: &mut World,
    place: &Place,
    session: &str,
    mut challenge: Challenge,
    secret: Hidden,
) -> Result<String, Fault> {
    challenge::close(world, place, session)?;
    challenge.totp = Some(secret);
    challenge.set_up = false;
    challenge::open(world, place, challenge)
}

/// VerifySoftwareToken: the first code of the app.
pub(crate) fn verify(world: &mut World, call: &Call) -> Result<Answer, Fault> {
    let whose = whose(world, call)?;
    check_pool(world, whose.place())?;
    let code = call.required("UserCode");
    let now = world.now();
    match whose {
        Whose::User(place, name) => {
            let user = user::find_mut(place.pool_mut(world)?, &name)?;
            let secret = user
                .totp_offered
                .clone()
                .ok_or_else(|| invalid("Software token MFA has not been associated."))?;
            let step = totp::step(secret.reveal(), code, now).ok_or_else(mismatch)?;
            user.totp = Some(secret);
            user.totp_offered = None;
            user.totp_step = Some(step);
            user.modified = now;
            Ok(json!({"Status": "SUCCESS"}).into())
        }
        Whose::Session(place, session, challenge) => {
            let session = shown(world, &place, &session, *challenge, code)?;
            Ok(json!({"Status": "SUCCESS", "Session": session}).into())
        }
    }
}

/// Takes the first code of an app from somebody who is signing in, and answers the session from now on.
pub(crate) fn shown(
    world: &mut World,
    place: &Place,
    session: &str,
    mut challenge: Challenge,
    code: &str,
) -> Result<String, Fault> {
    let now = world.now();
    let step = challenge
        .totp
        .as_ref()
        .and_then(|secret| totp::step(secret.reveal(), code, now))
        .ok_or_else(mismatch)?;
    user::find_mut(place.pool_mut(world)?, &challenge.user)?.totp_step = Some(step);
    challenge::close(world, place, session)?;
    challenge.set_up = true;
    challenge::open(world, place, challenge)
}

fn mismatch() -> Fault {
    Fault::new("EnableSoftwareTokenMFAException", 400, "Code mismatch")
}
