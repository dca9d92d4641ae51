//! What must be set so that IGV's login works and nobody else's does, each setting a check of its own.
//!
//! The plan compares AWS with the file; these compare both with what IGV needs, so a file that asks for something that
//! breaks IGV, or lets strangers in, is found too.

use std::time::Duration;

use planner::{Found, Plan};
use policy::{Document, Effect, Policies, Principal, PrincipalId, Request, access};
use spec_model::Kind;
use spec_model::kinds::{
    CognitoProvider, ConfigBody, IdentityPool, IdentityPoolRoles, Role, SignUp, User, UserPool, UserPoolClient,
    UserStanding,
};

use super::checklist::{Checklist, Outcome, Topic};
use super::names::{IDENTITY, provider};
use super::subject::Subject;

/// The most that is listed of anything.
const LISTED: usize = 4;

/// Whether AWS is as the file says, and whether anything beside it lets people in or locks them out.
pub(super) fn plan(list: &mut Checklist<'_>, plan: &Plan) {
    let changes: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| step.action.acts() || step.action == planner::Action::Blocked)
        .map(|step| format!("{} {}", step.word(), step.key))
        .collect();
    let outcome = if let Some(gap) = plan.gaps.first() {
        Outcome::Unread {
            why: format!("{}: {}: {}", gap.what, gap.action, gap.error),
            remedy: "`igvctl plan` lists everything that could not be read".to_owned(),
        }
    } else if changes.is_empty() {
        let held = plan
            .steps
            .iter()
            .filter(|it| it.action == planner::Action::Held)
            .count();
        Outcome::seen(match held {
            0 => String::new(),
            _ => format!("{held} held, as somebody tightened it by hand"),
        })
    } else {
        Outcome::failed(
            format!("there is something to change: {}", several(&changes)),
            "`igvctl plan` shows what, `igvctl apply` does it",
        )
    };
    list.add(Topic::Plan, "empty", "AWS is as the file says", outcome);
    if plan.findings.is_empty() {
        list.add(
            Topic::Plan,
            "findings",
            "nothing beside the file lets people in or locks them out",
            Outcome::passed(),
        );
    }
    for finding in &plan.findings {
        list.add(
            Topic::Plan,
            format!("finding: {}", finding.line()),
            "nothing beside the file lets people in or locks them out",
            Outcome::failed(
                format!("{}: {}: {}", finding.address, finding.name, finding.what),
                format!(
                    "remove it, or accept it under `accept` with the line `{}`",
                    finding.line()
                ),
            ),
        );
    }
}

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
            elsewhere("user pool", &body.aws_cognito_pool_id),
        ),
    }
    people(list, subject);
    match subject.with_output::<UserPoolClient>("id", &body.client_id) {
        Some((_, client, _)) => self::client(list, &client),
        None => list.add(
            Topic::SignIn,
            "client",
            "the app client is as IGV needs it",
            elsewhere("app client", &body.client_id),
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

/// The identity pool, its roles, and whom the role trusts.
pub(super) fn identity(list: &mut Checklist<'_>, subject: &Subject<'_>, body: &ConfigBody) {
    let id = body.aws_cognito_fed_pool_id.as_str();
    match subject.with_output::<IdentityPool>("id", id) {
        Some((_, pool, _)) => self::pool(list, &pool, body, &provider(subject.clients, body)),
        None => list.add(
            Topic::Identity,
            "pool",
            "the identity pool is as IGV needs it",
            elsewhere("identity pool", id),
        ),
    }
    let roles = subject.there::<IdentityPoolRoles>();
    match roles.iter().find(|(_, roles, _)| roles.identity_pool_id == id) {
        Some((_, roles, _)) => self::roles(list, roles, body),
        None => list.add(
            Topic::Identity,
            "roles",
            "the identity pool gives the role, and guests none",
            elsewhere("attachment of roles to the identity pool", id),
        ),
    }
    match subject.with_output::<Role>("arn", &body.aws_cognito_role_arn) {
        Some((_, role, _)) => trust(list, &role.trust, body),
        None => list.add(
            Topic::Identity,
            "trust",
            "the role trusts this identity pool's logins",
            elsewhere("role", &body.aws_cognito_role_arn),
        ),
    }
}

fn pool(list: &mut Checklist<'_>, pool: &IdentityPool, body: &ConfigBody, provider: &str) {
    let mut add = |name: &str, title: &str, holds: bool, why: String, remedy: &str| {
        list.add(Topic::Identity, name, title, Outcome::holds(holds, why, remedy));
    };
    add(
        "classic_flow",
        "the classic flow is on",
        pool.classic_flow,
        "GetOpenIdToken answers `Basic (classic) flow is not enabled, please use enhanced flow.`, and IGV knows no other flow"
            .to_owned(),
        "write `classic_flow: true` under `identity_pool`, or leave it out, and apply",
    );
    add(
        "guests",
        "guests are off",
        !pool.guests,
        "anybody who knows the identity pool's id gets tokens of it without a login".to_owned(),
        "write `guests: false` under `identity_pool`, or leave it out, and apply",
    );
    let ours = |it: &&CognitoProvider| it.provider == provider && it.client_id == body.client_id;
    let others: Vec<String> = pool
        .login_providers
        .iter()
        .filter(|it| !ours(it))
        .map(|it| format!("{} with client {}", it.provider, it.client_id))
        .collect();
    let own = pool.login_providers.iter().find(ours);
    add(
        "provider",
        "the identity pool takes logins of this user pool and client",
        own.is_some(),
        format!(
            "it does not: `Token is not from a supported provider of this identity pool`; it takes {}",
            several(&others)
        ),
        "leave `login_providers` out of `identity_pool`, and apply",
    );
    add(
        "token_check",
        "AWS asks the user pool whether somebody may still log in",
        own.is_none_or(|it| it.server_side_token_check),
        "somebody who was disabled still gets fresh AWS credentials for up to an hour".to_owned(),
        "leave `server_side_token_check` out of `identity_pool`, and apply",
    );
    let developer = Some(&pool.developer_provider).filter(|it| !it.is_empty());
    let strangers: Vec<String> = others
        .into_iter()
        .chain(pool.social_providers.keys().cloned())
        .chain(pool.openid_providers.iter().cloned())
        .chain(pool.saml_providers.iter().cloned())
        .chain(developer.map(|it| format!("developer provider {it}")))
        .collect();
    add(
        "other_providers",
        "no other provider vouches for people",
        strangers.is_empty(),
        format!(
            "{} does too: everybody with an account there counts as logged in and may take the role",
            several(&strangers)
        ),
        "take it out of the file, or leave it to `igvctl apply`",
    );
}

fn roles(list: &mut Checklist<'_>, roles: &IdentityPoolRoles, body: &ConfigBody) {
    let mut add = |name: &str, title: &str, holds: bool, why: String, remedy: &str| {
        list.add(Topic::Identity, name, title, Outcome::holds(holds, why, remedy));
    };
    add(
        "role_mappings",
        "no rules choose other roles",
        roles.role_mappings.is_empty(),
        format!(
            "{} has rules, and GetOpenIdToken answers `Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.`",
            words(roles.role_mappings.keys())
        ),
        "`igvctl apply` takes them away",
    );
    add(
        "guest_role",
        "guests have no role",
        roles.unauthenticated.is_empty(),
        format!("guests would get {}", roles.unauthenticated),
        "`igvctl apply` takes it from the identity pool; the role itself stays in IAM",
    );
    add(
        "authenticated_role",
        "the identity pool names the role of people who logged in",
        roles.authenticated == body.aws_cognito_role_arn,
        format!("it names {}", roles.authenticated),
        "`igvctl apply` names the right one",
    );
}

/// Whom the role trusts, by what its trust policy decides.
fn trust(list: &mut Checklist<'_>, trust: &Document, body: &ConfigBody) {
    let role = body.aws_cognito_role_arn.as_str();
    let decides = |pool: &str, amr: &str| {
        let request = Request::new(
            PrincipalId::Federated(IDENTITY.to_owned()),
            "sts:AssumeRoleWithWebIdentity",
            role,
        )
        .with(&format!("{IDENTITY}:aud"), pool)
        .with(&format!("{IDENTITY}:amr"), amr);
        let policies = Policies {
            resource: Some(("trust policy", trust)),
            resource_decides: true,
            ..Policies::default()
        };
        access(&policies, &request).is_allowed()
    };
    let pool = body.aws_cognito_fed_pool_id.as_str();
    let region = pool.split(':').next().unwrap_or_default();
    let other = format!("{region}:00000000-0000-0000-0000-000000000000");
    let mut add = |name: &str, title: &str, holds: bool, why: &str, remedy: &str| {
        list.add(Topic::Identity, name, title, Outcome::holds(holds, why, remedy));
    };
    let remedy = "leave `trust` out of the role, and apply";
    add(
        "trust",
        "the role trusts this identity pool's logins",
        decides(pool, "authenticated"),
        "STS answers `Not authorized to perform sts:AssumeRoleWithWebIdentity` to everybody",
        remedy,
    );
    add(
        "trust_guests",
        "the role does not trust guests",
        !decides(pool, "unauthenticated"),
        "its trust policy does not say `amr` = `authenticated`: if the identity pool lets guests in, they read the data",
        remedy,
    );
    add(
        "trust_others",
        "the role trusts no other identity pool",
        !decides(&other, "authenticated"),
        "its trust policy does not bind `aud` to this identity pool: anybody can make one in an account of their own, and read the data",
        remedy,
    );
    let strangers: Vec<String> = trust
        .statements()
        .iter()
        .filter(|it| it.effect == Effect::Allow)
        .filter_map(|it| it.principals.as_ref())
        .flat_map(|scope| {
            let but = scope.negated().then(|| "everybody but some".to_owned());
            let named = scope
                .set()
                .iter()
                .filter(|it| !scope.negated() && **it != Principal::Federated(IDENTITY.to_owned()))
                .map(|it| format!("{} {}", it.kind(), it.value()));
            named.chain(but).collect::<Vec<_>>()
        })
        .collect();
    add(
        "trust_nobody_else",
        "nobody else may take the role",
        strangers.is_empty(),
        &format!("its trust policy lets {} take it too", several(&strangers)),
        remedy,
    );
}

/// What the file does not hold cannot be compared with what IGV needs.
fn elsewhere(what: &str, id: &str) -> Outcome {
    Outcome::skipped(format!("the {what} `{id}` is none of the file's own"))
}

/// What is not there though the file wants it.
pub(super) fn missing(subject: &Subject<'_>) -> Vec<String> {
    subject
        .live
        .found
        .iter()
        .filter(|(address, found)| matches!(found, Found::Absent) && address.kind != Kind::Object)
        .map(|(address, _)| address.to_string())
        .collect()
}

/// The first few of several.
pub(super) fn several(all: &[String]) -> String {
    let mut text = all.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    if all.is_empty() {
        "none".clone_into(&mut text);
    }
    if all.len() > LISTED {
        text.push_str(&format!(" and {} more", all.len() - LISTED));
    }
    text
}

fn words<'s>(all: impl IntoIterator<Item = &'s String>) -> String {
    let all: Vec<String> = all.into_iter().map(|it| format!("`{it}`")).collect();
    several(&all)
}

fn minutes(time: Duration) -> String {
    format!("{} minutes", time.as_secs() / 60)
}

#[cfg(test)]
mod tests {
    use super::{is_session_name, port, several};

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

    #[test]
    fn long_lists_are_cut() {
        let all: Vec<String> = (1..=6).map(|it| it.to_string()).collect();
        assert_eq!(several(&all), "1, 2, 3, 4 and 2 more");
        assert_eq!(several(&[]), "none");
    }
}
