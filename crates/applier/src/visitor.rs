//! AWS as somebody else meets it: a stranger without credentials.

use crate::clients::Clients;

/// The services that a stranger can ask.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// Identity pools.
    pub(crate) identity: aws_sdk_cognitoidentity::Client,
    /// The data.
    pub(crate) s3: aws_sdk_s3::Client,
}

impl Clients {
    /// A stranger: nothing is signed.
    pub(crate) fn as_nobody(&self) -> Visitor {
        let mut config = self.config.to_builder();
        config.set_credentials_provider(None);
        let config = config.build();
        let identity = aws_sdk_cognitoidentity::config::Builder::from(&config).allow_no_auth();
        let s3 = aws_sdk_s3::config::Builder::from(&config)
            .force_path_style(self.path_style)
            .allow_no_auth();
        Visitor {
            identity: aws_sdk_cognitoidentity::Client::from_conf(identity.build()),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
        }
    }
}
