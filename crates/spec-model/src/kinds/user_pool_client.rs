//! The noun `user_pool_client`.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::kinds::noun;

fn words<const N: usize>(words: [&str; N]) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

noun! {
    /// The app client with which IGV logs people in. Its id stands in the published config.
    UserPoolClient {
        title: "app client", replace: CreateFirst, cost: Login, opens: true,
        parent: Some(("user_pool_id", crate::kinds::Kind::UserPool)), mark: "end of its name",
        outputs: [
            "id": "the client id",
            "secret": "the client secret, empty where the client has none" secret,
        ],
    }
    /// The pool.
    fixed user_pool_id: String ["UserPoolId"],
    /// Name before the mark ` @<stack>.<name>`.
    ours name: String ["ClientName"] = "igv".to_owned(),
    /// Whether it has a secret. Public clients work from IGV 2.17.0.
    fixed secret: bool ["GenerateSecret"] = true,
    /// Whether the OAuth settings below count at all.
    ours oauth: bool ["AllowedOAuthFlowsUserPoolClient"] = true,
    /// OAuth grants; IGV uses the code grant.
    ours grants: BTreeSet<String> ["AllowedOAuthFlows"] = words(["code"]); opens_by(crate::shape::Opening::Grows); never_empty(),
    /// OAuth scopes; IGV needs the id token with its e-mail address.
    ours scopes: BTreeSet<String> ["AllowedOAuthScopes"] = words(["openid", "email"]); opens_by(crate::shape::Opening::Grows); never_empty(),
    /// Where a login may return to: exactly these addresses.
    ours callback_urls: BTreeSet<String> ["CallbackURLs"] = words(["http://localhost:60151/oauthCallback", "http://localhost:60152/oauthCallback", "http://localhost:60153/oauthCallback"]); opens_by(crate::shape::Opening::Grows); never_empty(),
    /// Who vouches for people.
    ours identity_providers: BTreeSet<String> ["SupportedIdentityProviders"] = words(["COGNITO"]); opens_by(crate::shape::Opening::Grows); never_empty(),
    /// Ways to log in besides the login page.
    ours auth_flows: BTreeSet<String> ["ExplicitAuthFlows"] = words(["ALLOW_REFRESH_TOKEN_AUTH"]); opens_by(crate::shape::Opening::Grows); never_empty(),
    /// Whether a failed login hides that a user does not exist.
    ours hide_unknown_users: bool ["PreventUserExistenceErrors"] = true; opens_to(false),
    /// Whether tokens can be revoked.
    ours revocation: bool ["EnableTokenRevocation"] = true; opens_to(false),
    /// How long an access token is good.
    ours access_token_validity: Duration ["AccessTokenValidity"] = Duration::from_secs(3600),
    /// How long an id token is good; as long as the access token, else IGV replays a stale one.
    ours id_token_validity: Duration ["IdTokenValidity"] = Duration::from_secs(3600),
    /// How long somebody stays logged in.
    ours refresh_token_validity: Duration ["RefreshTokenValidity"] = Duration::from_secs(30 * 86_400),
    /// Whether each refresh gives a new refresh token. IGV keeps the first.
    ours refresh_token_rotation: bool ["RefreshTokenRotation.Feature"] = false,
    /// Attributes that a login may read. Never the mark.
    ours read_attributes: BTreeSet<String> ["ReadAttributes"] = words(["email", "email_verified"]); opens_by(crate::shape::Opening::Grows); never_empty(),
    /// Attributes that a login may change. Never the mark.
    ours write_attributes: BTreeSet<String> ["WriteAttributes"] = words(["email"]); opens_by(crate::shape::Opening::Grows); never_empty(),
}
