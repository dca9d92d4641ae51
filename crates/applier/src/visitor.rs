//! AWS as somebody else meets it: a stranger without credentials, or a person who logged in.

use aws_sdk_s3::config::Credentials;
use aws_types::sdk_config::SharedCredentialsProvider;

use crate::clients::Clients;

/// The services that IGV calls, and some that it must not reach.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// Identity pools.
    pub(crate) identity: aws_sdk_cognitoidentity::Client,
    /// Trading tokens for credentials.
    pub(crate) sts: aws_sdk_sts::Client,
    /// The data.
    pub(crate) s3: aws_sdk_s3::Client,
    /// Roles: out of reach for people.
    pub(crate) iam: aws_sdk_iam::Client,
    /// User pools: out of reach for people.
    pub(crate) cognito: aws_sdk_cognitoidentityprovider::Client,
}

impl Clients {
    /// A stranger: nothing is signed.
    pub(crate) fn as_nobody(&self) -> Visitor {
        self.visitor(None)
    }

    /// Somebody with these credentials.
    pub(crate) fn as_somebody(&self, credentials: Credentials) -> Visitor {
        self.visitor(Some(SharedCredentialsProvider::new(credentials)))
    }

    fn visitor(&self, credentials: Option<SharedCredentialsProvider>) -> Visitor {
        let nobody = credentials.is_none();
        let mut config = self.config.to_builder();
        config.set_credentials_provider(credentials);
        let config = config.build();
        let mut identity = aws_sdk_cognitoidentity::config::Builder::from(&config);
        let mut sts = aws_sdk_sts::config::Builder::from(&config);
        let mut s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(self.path_style);
        if nobody {
            identity = identity.allow_no_auth();
            sts = sts.allow_no_auth();
            s3 = s3.allow_no_auth();
        }
        Visitor {
            identity: aws_sdk_cognitoidentity::Client::from_conf(identity.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            iam: aws_sdk_iam::Client::new(&config),
            cognito: aws_sdk_cognitoidentityprovider::Client::new(&config),
        }
    }
}
