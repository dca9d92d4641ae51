//! What turns a login into AWS credentials: the identity pool, its roles, and whom the role trusts.

use policy::{Document, Effect, Policies, Principal, PrincipalId, Request, access};
use spec_model::Kind;
use spec_model::kinds::{CognitoProvider, ConfigBody, IdentityPool, IdentityPoolRoles, Role};

use super::checklist::{Checklist, Outcome, Topic};
use super::names::{IDENTITY, provider};
use super::settings::{several, words};
use super::subject::Subject;

/// The identity pool, its roles, and whom the role trusts.
pub(super) fn identity(list: &mut Checklist<'_>, subject: &Subject<'_>, body: &ConfigBody) {
    let id = body.aws_cognito_fed_pool_id.as_str();
    match subject.with_output::<IdentityPool>("id", id) {
        Some((_, pool, _)) => self::pool(list, &pool, body, &provider(subject.clients, body)),
        None => list.add(
            Topic::Identity,
            "pool",
            "the identity pool is as IGV needs it",
            subject.elsewhere(Kind::IdentityPool, id),
        ),
    }
    let roles = subject.there::<IdentityPoolRoles>();
    match roles.iter().find(|(_, roles, _)| roles.identity_pool_id == id) {
        Some((_, roles, _)) => self::roles(list, roles, body),
        None => list.add(
            Topic::Identity,
            "roles",
            "the identity pool gives the role, and guests none",
            subject.elsewhere(Kind::IdentityPoolRoles, id),
        ),
    }
    match subject.with_output::<Role>("arn", &body.aws_cognito_role_arn) {
        Some((_, role, _)) => trust(list, &role.trust, body),
        None => list.add(
            Topic::Identity,
            "trust",
            "the role trusts this identity pool's logins",
            subject.elsewhere(Kind::Role, &body.aws_cognito_role_arn),
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

/// Whether a role can be taken with a token of an identity pool, `amr` being `authenticated` or `unauthenticated`.
pub(super) fn trusts(trust: &Document, role: &str, pool: &str, amr: &str) -> bool {
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
}

/// Whom the role trusts, by what its trust policy decides.
fn trust(list: &mut Checklist<'_>, trust: &Document, body: &ConfigBody) {
    let role = body.aws_cognito_role_arn.as_str();
    let decides = |pool: &str, amr: &str| trusts(trust, role, pool, amr);
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
