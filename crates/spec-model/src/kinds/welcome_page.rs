//! The noun `welcome_page`.

use crate::kinds::{SignIn, noun};

noun! {
    /// The page beside the config file that tells people how to set IGV up: what to install, what to paste where, how to log in.
    WelcomePage {
        title: "welcome page", replace: CreateFirst, cost: Nothing, opens: false,
        parent: Some(("bucket", crate::kinds::Kind::Bucket)), mark: "belongs to its bucket",
        outputs: [],
    }
    /// The config bucket.
    fixed bucket: String ["Bucket"],
    /// The key; it ends in `index.html`, and the distribution serves it at `/` where its root object is this key.
    fixed key: String ["Key"] = "index.html".to_owned(),
    /// The address of the config file, which people paste into IGV.
    ours url: String ["Body"],
    /// What people log in with.
    ours sign_in: SignIn ["Body"] = SignIn::Username,
    /// Whether the first login asks for an authenticator app.
    ours authenticator: bool ["Body"] = false,
    /// What was found in place of the page: length and digest of a body that says anything else, else nothing.
    ours other: String ["Body"] = String::new(),
    /// The header `Content-Type`.
    ours content_type: String ["ContentType"] = "text/html; charset=utf-8".to_owned(),
    /// The header `Content-Encoding`: none.
    ours content_encoding: String ["ContentEncoding"] = String::new(),
    /// The header `Cache-Control`.
    ours cache_control: String ["CacheControl"] = "no-cache".to_owned(),
}
