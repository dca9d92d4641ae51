//! The noun `identity_pool`.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::noun;
use crate::shape::{Entries, Opening, Tags, record};

noun! {
    /// A Cognito identity pool: turns a login into AWS credentials.
    IdentityPool {
        title: "identity pool", replace: CreateFirst, cost: Login, opens: true,
        parent: None, mark: "tags",
        outputs: [
            "id": "the pool's id, `<region>:<uuid>`",
            "arn": "the pool's ARN",
        ],
    }
    /// Name of the pool.
    ours name: String ["IdentityPoolName"],
    /// Whether strangers get an identity.
    ours guests: bool ["AllowUnauthenticatedIdentities"] = false; opens_to(true),
    /// Whether the classic flow is open, which IGV uses. Absent is not the same as true.
    ours classic_flow: bool ["AllowClassicFlow"] = true,
    /// The user pools and clients whose logins count: exactly these.
    ours login_providers: BTreeSet<CognitoProvider> ["CognitoIdentityProviders"] = BTreeSet::new(); opens_by(Opening::Grows),
    /// Social logins. Everybody with such an account would count as authenticated.
    ours social_providers: BTreeMap<String, String> ["SupportedLoginProviders"] = BTreeMap::new(); opens_by(Opening::Grows),
    /// OpenID Connect providers of the account.
    ours openid_providers: BTreeSet<String> ["OpenIdConnectProviderARNs"] = BTreeSet::new(); opens_by(Opening::Grows),
    /// SAML providers of the account.
    ours saml_providers: BTreeSet<String> ["SamlProviderARNs"] = BTreeSet::new(); opens_by(Opening::Grows),
    /// A name under which a backend vouches for people. AWS never takes it away.
    ours developer_provider: String ["DeveloperProviderName"] = String::new(); refuses("AWS cannot remove a developer provider: whoever holds the backend's AWS credentials may vouch for anybody. Let a new identity pool take this one's place"),
    /// Tags, key by key; foreign tags are kept.
    ours tags: Tags ["TagResource"] = Entries(BTreeMap::new()),
}

record! {
    /// A user pool and client whose logins count.
    pub struct CognitoProvider {
        /// `cognito-idp.<region>.amazonaws.com/<user pool id>`.
        ours provider: String ["ProviderName"],
        /// The app client.
        ours client_id: String ["ClientId"],
        /// Whether AWS asks the user pool if the user is still enabled and signed in.
        ours server_side_token_check: bool ["ServerSideTokenCheck"] = true; opens_to(false),
    }
}

impl Eq for CognitoProvider {}

impl PartialOrd for CognitoProvider {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CognitoProvider {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let Self {
            provider,
            client_id,
            server_side_token_check,
        } = self;
        (provider, client_id, server_side_token_check).cmp(&(
            &other.provider,
            &other.client_id,
            &other.server_side_token_check,
        ))
    }
}
