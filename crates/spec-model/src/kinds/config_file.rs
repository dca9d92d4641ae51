//! The noun `config_file`.

use crate::kinds::noun;
use crate::secret::Secret;
use crate::shape::record;

noun! {
    /// The file that IGV loads, `oauth-config.json.gz`: public by design, the client secret in it is no key to data.
    ConfigFile {
        title: "IGV config file", replace: CreateFirst, cost: Url, opens: false,
        parent: Some(("bucket", crate::kinds::Kind::Bucket)), mark: "belongs to its bucket",
        outputs: [],
    }
    /// The config bucket.
    fixed bucket: String ["Bucket"],
    /// The key; it ends in `.json.gz`, because releases of IGV up to 2.14.1 unpack by name.
    fixed key: String ["Key"] = "oauth-config.json.gz".to_owned(),
    /// What the file says.
    ours body: ConfigBody ["Body"],
    /// What was found in place of a config: length and digest of a body that does not parse, else nothing.
    ours unreadable: String ["Body"] = String::new(),
    /// The header `Content-Type`.
    ours content_type: String ["ContentType"] = "application/gzip".to_owned(),
    /// The header `Content-Encoding`: none, or IGV unpacks twice.
    ours content_encoding: String ["ContentEncoding"] = String::new(),
    /// The header `Cache-Control`.
    ours cache_control: String ["CacheControl"] = "no-cache".to_owned(),
}

record! {
    /// The JSON object that IGV reads.
    pub struct ConfigBody {
        /// Exactly `Amazon`.
        ours auth_provider: String ["auth_provider"] = "Amazon".to_owned(),
        /// The app client.
        ours client_id: String ["client_id"],
        /// The app client's secret; empty, and left out of the file, where it has none.
        ours client_secret: Secret ["client_secret"] = Secret::new(""),
        /// Where the browser logs in.
        ours authorization_endpoint: String ["authorization_endpoint"],
        /// Where IGV gets its tokens.
        ours token_endpoint: String ["token_endpoint"],
        /// Percent-encoded, because IGV inserts it raw.
        ours scope: String ["scope"] = "openid%20email".to_owned(),
        /// The region of the identity pool, of STS and of the data.
        ours aws_region: String ["aws_region"],
        /// The identity pool.
        ours aws_cognito_fed_pool_id: String ["aws_cognito_fed_pool_id"],
        /// The user pool; no release reads it, people do.
        ours aws_cognito_pool_id: String ["aws_cognito_pool_id"],
        /// The role of people who logged in, with its path.
        ours aws_cognito_role_arn: String ["aws_cognito_role_arn"],
        /// Where a login returns to; empty, and left out of the file, by default, because it pins the port.
        ours redirect_uris: Vec<String> ["redirect_uris"] = Vec::new(),
    }
}
