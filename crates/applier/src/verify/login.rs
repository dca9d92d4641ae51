//! A login as IGV does it: code, tokens, identity, credentials. Each call is IGV's own, in its order.

use aws_sdk_s3::config::Credentials;
use aws_smithy_types::DateTime;
use spec_model::Secret;
use spec_model::kinds::ConfigBody;

use super::checklist::{Checklist, Outcome, Topic};
use super::names::provider;
use super::request::LoginRequest;
use super::subject::Subject;
use super::tokens::{self, TokenError};
use crate::error::WorldError;
use crate::visitor::Visitor;

/// What the remedies below call the words of AWS: the words, and what would help.
const REMEDIES: &[(&str, &str)] = &[
    (
        "Basic (classic) flow is not enabled",
        "write `classic_flow: true` under `identity_pool`, or leave it out, and apply",
    ),
    (
        "not supported with RoleMappings",
        "`igvctl apply` takes the rules of the identity pool away",
    ),
    (
        "not from a supported provider",
        "the identity pool names another user pool or client: `igvctl apply` names the right ones",
    ),
    (
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        "the role's trust policy does not name this identity pool, or the config names the role without its path: `igvctl plan` shows both",
    ),
    (
        "redirect_mismatch",
        "the callback is not registered: `igvctl plan` compares the client's callbacks with the file",
    ),
    (
        "invalid_client",
        "the client secret in the config is not the client's: `igvctl apply` publishes the right one",
    ),
    (
        "invalid_grant",
        "the code was used, or the client secret holds other characters than letters and digits, which IGV sends as they are",
    ),
];

/// Somebody who logged in.
pub(super) struct LoggedIn {
    /// AWS with their credentials.
    pub(super) visitor: Visitor,
    /// Their id token.
    pub(super) id_token: Secret,
}

/// Why a login went no further.
struct Halt;

/// Logs in with a code, as far as it goes.
pub(super) async fn login(
    list: &mut Checklist<'_>,
    subject: &Subject<'_>,
    body: &ConfigBody,
    request: &LoginRequest,
    code: &Secret,
) -> Option<LoggedIn> {
    walk(list, subject, body, request, code).await.ok()
}

async fn walk(
    list: &mut Checklist<'_>,
    subject: &Subject<'_>,
    body: &ConfigBody,
    request: &LoginRequest,
    code: &Secret,
) -> Result<LoggedIn, Halt> {
    let provider = provider(subject.clients, body);
    let tokens = match tokens::exchange(subject.web, body, request, code).await {
        Ok(it) => it,
        Err(error) => return Err(halt(list, "tokens", "the code buys tokens", of_tokens(&error))),
    };
    list.add(
        Topic::Login,
        "tokens",
        "the code buys tokens",
        Outcome::seen(format!("good for {} minutes", tokens.expires_in / 60)),
    );
    let title = "the id token is the user pool's, for this client";
    let claims = match tokens::claims(subject.web, &provider, &body.client_id, &tokens.id).await {
        Ok(it) => it,
        Err(error) => return Err(halt(list, "id_token", title, of_tokens(&error))),
    };
    let session = match tokens::session_name(&claims) {
        Ok(it) => it,
        Err(why) => {
            return Err(halt(
                list,
                "id_token",
                title,
                Outcome::failed(why, "give the user another address"),
            ));
        }
    };
    list.add(Topic::Login, "id_token", title, Outcome::seen(session));
    list.add(
        Topic::Login,
        "igv_reads",
        "IGV can read the id token",
        Outcome::holds(
            tokens::igv_reads(&tokens.id),
            "its Base64 holds `-` or `_`, with which IGV fails: some attribute has other letters than those of English",
            "leave `profile` out of the scopes, so that names stay out of the token",
        ),
    );
    let visitor = subject.clients.as_nobody();
    let identity = visitor
        .identity
        .get_id()
        .identity_pool_id(&body.aws_cognito_fed_pool_id)
        .logins(&provider, tokens.id.expose())
        .send()
        .await
        .map_err(|error| WorldError::of("cognito-identity:GetId", error))
        .and_then(|it| {
            it.identity_id
                .ok_or_else(|| WorldError::own("cognito-identity:GetId", "no identity came"))
        });
    let identity = called(list, "get_id", "the identity pool knows the login (GetId)", identity)?;
    let token = visitor
        .identity
        .get_open_id_token()
        .identity_id(&identity)
        .logins(&provider, tokens.id.expose())
        .send()
        .await
        .map_err(|error| WorldError::of("cognito-identity:GetOpenIdToken", error))
        .and_then(|it| {
            it.token
                .ok_or_else(|| WorldError::own("cognito-identity:GetOpenIdToken", "no token came"))
        });
    let token = called(
        list,
        "get_open_id_token",
        "the classic flow gives a token (GetOpenIdToken)",
        token.map(Secret::new),
    )?;
    let answer = visitor
        .sts
        .assume_role_with_web_identity()
        .role_arn(&body.aws_cognito_role_arn)
        .role_session_name(session)
        .web_identity_token(token.expose())
        .send()
        .await
        .map_err(|error| WorldError::of("sts:AssumeRoleWithWebIdentity", error));
    let title = "the token buys AWS credentials (AssumeRoleWithWebIdentity)";
    let credentials = match answer.map(|it| it.credentials) {
        Ok(Some(it)) => it,
        Ok(None) => {
            let error = WorldError::own("sts:AssumeRoleWithWebIdentity", "no credentials came");
            return Err(halt(list, "assume_role", title, of_call(&error)));
        }
        Err(error) => return Err(halt(list, "assume_role", title, of_call(&error))),
    };
    let minutes = (credentials.expiration().secs() - DateTime::from(std::time::SystemTime::now()).secs()).max(0) / 60;
    list.add(
        Topic::Login,
        "assume_role",
        title,
        Outcome::seen(format!("good for {minutes} minutes")),
    );
    let credentials = Credentials::new(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token().to_owned()),
        None,
        "login",
    );
    Ok(LoggedIn {
        visitor: subject.clients.as_somebody(credentials),
        id_token: tokens.id,
    })
}

fn halt(list: &mut Checklist<'_>, name: &str, title: &str, outcome: Outcome) -> Halt {
    list.add(Topic::Login, name, title, outcome);
    Halt
}

fn called<T>(list: &mut Checklist<'_>, name: &str, title: &str, answer: Result<T, WorldError>) -> Result<T, Halt> {
    match answer {
        Ok(it) => {
            list.add(Topic::Login, name, title, Outcome::passed());
            Ok(it)
        }
        Err(error) => Err(halt(list, name, title, of_call(&error))),
    }
}

fn of_tokens(error: &TokenError) -> Outcome {
    match error {
        TokenError::Web(error) => Outcome::unanswered(error),
        TokenError::Refused(why) => Outcome::failed(why.as_str(), remedy(why)),
    }
}

/// What IGV would get instead of an answer. Only what never arrived says nothing about the login.
pub(super) fn of_call(error: &WorldError) -> Outcome {
    if error.code.is_none() && error.class == crate::error::ErrorClass::Ambiguous {
        return Outcome::unread(error);
    }
    Outcome::failed(error.to_string(), remedy(&error.message))
}

fn remedy(said: &str) -> &'static str {
    REMEDIES.iter().find(|(words, _)| said.contains(words)).map_or(
        "the checks above tell what is set otherwise than IGV needs it",
        |(_, help)| help,
    )
}
