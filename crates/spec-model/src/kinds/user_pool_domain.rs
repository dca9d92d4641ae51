//! The noun `user_pool_domain`.

use crate::kinds::noun;
use crate::shape::closed;

noun! {
    /// The address of the login page. A prefix that is given up can be taken by anybody, who then receives codes and the client secret of every IGV that still holds the old config.
    UserPoolDomain {
        title: "login page domain", replace: DeleteFirst, cost: Login, opens: true,
        parent: Some(("user_pool_id", crate::kinds::Kind::UserPool)), mark: "belongs to its user pool",
        warning: "a prefix that is given up can be taken by anybody, who then receives codes and the client secret of every IGV that still holds the old config",
        outputs: [
            "authorization_endpoint": "where the browser logs in, `https://<domain>/oauth2/authorize`",
            "token_endpoint": "where IGV gets its tokens, `https://<domain>/oauth2/token`",
        ],
    }
    /// The prefix of `<prefix>.auth.<region>.amazoncognito.com`; unique in the region over all AWS accounts.
    fixed prefix: String ["Domain"],
    /// The pool.
    fixed user_pool_id: String ["UserPoolId"],
    /// Which login page is served.
    ours login_page: LoginPage ["ManagedLoginVersion"] = LoginPage::Classic,
}

closed! {
    /// A version of Cognito's login page.
    pub enum LoginPage {
        /// The classic hosted page, which works as it is.
        Classic = "classic",
        /// Managed login, which shows nothing until it has a branding style.
        Managed = "managed",
    }
}
