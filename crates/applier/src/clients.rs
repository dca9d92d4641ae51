//! The AWS clients: one configuration, one connection pool, bounds per service.

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder, ConnectorBuilder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::sdk_config::SharedCredentialsProvider;
use spec_model::Stack;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::Semaphore;

use crate::endpoints::{Endpoint, endpoints};
use crate::listing;
use crate::tagged;

/// The end of the names of AWS's hosts in the partition `aws`.
pub(crate) const DNS_SUFFIX: &str = "amazonaws.com";

/// Every AWS service that igvctl speaks to.
#[derive(Debug)]
pub struct Clients {
    /// User pools.
    pub cognito: aws_sdk_cognitoidentityprovider::Client,
    /// User pools, for creating calls without a natural key: no retry of its own after an ambiguous answer.
    pub cognito_once: aws_sdk_cognitoidentityprovider::Client,
    /// Identity pools.
    pub identity: aws_sdk_cognitoidentity::Client,
    /// Identity pools, for creating calls: no retry of its own after an ambiguous answer.
    pub identity_once: aws_sdk_cognitoidentity::Client,
    /// Roles.
    pub iam: aws_sdk_iam::Client,
    /// Buckets and objects.
    pub s3: aws_sdk_s3::Client,
    /// Distributions.
    pub cloudfront: aws_sdk_cloudfront::Client,
    /// Who the caller is.
    pub sts: aws_sdk_sts::Client,
    /// The tagging index of the region.
    pub tagging: aws_sdk_resourcegroupstagging::Client,
    /// The tagging index of `us-east-1`, where CloudFront's tags are.
    pub tagging_global: aws_sdk_resourcegroupstagging::Client,
    /// The account that must own every bucket we speak to: a name that changed hands must be an error.
    pub account: String,
    /// The region.
    pub region: String,
    /// DNS suffix of the partition, from the SDK's own endpoint rules.
    pub dns_suffix: String,
    /// Where the calls of each service go.
    pub endpoints: Vec<Endpoint>,
    pub(crate) tagged: Mutex<tagged::Shared>,
    /// By bucket.
    pub(crate) listings: Mutex<BTreeMap<String, listing::Shared>>,
    pub(crate) reads: Semaphore,
    /// What all clients were made of.
    pub(crate) config: SdkConfig,
    /// Whether a bucket's name stands in the path, not in front of the host.
    pub(crate) path_style: bool,
}

/// Where the calls go.
#[derive(Debug, Clone)]
pub enum Ground {
    /// AWS, as the environment and the profile say.
    Aws {
        /// The profile, if one was named.
        profile: Option<String>,
    },
    /// A sandbox inside the process.
    Embedded(SharedHttpClient),
    /// A sandbox that somebody serves at this address.
    Served(String),
}

impl Clients {
    /// Makes the clients for a stack.
    pub async fn connect(ground: &Ground, stack: &Stack) -> Self {
        let region = Region::new(stack.region.clone());
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(region.clone())
            .app_name(aws_config::AppName::new("igvctl").expect("the name has only allowed characters"))
            .retry_config(RetryConfig::standard().with_max_attempts(8))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .operation_attempt_timeout(Duration::from_secs(30))
                    .operation_timeout(Duration::from_secs(180))
                    .build(),
            );
        // The sandbox takes the account from a key id of twelve digits, so a spec's account needs no set-up there.
        let test =
            || SharedCredentialsProvider::new(Credentials::new(&stack.account, "sandbox", None, None, "sandbox"));
        loader = match ground {
            Ground::Aws { profile: Some(profile) } => {
                let http = over_the_network(ProxyConfig::from_env());
                // By itself the SDK would prefer keys of the environment to a profile that was asked for.
                let provider = ProviderConfig::without_region()
                    .with_region(Some(region))
                    .with_http_client(http.clone());
                let credentials = ProfileFileCredentialsProvider::builder()
                    .configure(&provider)
                    .profile_name(profile)
                    .build();
                loader
                    .http_client(http)
                    .profile_name(profile)
                    .credentials_provider(credentials)
            }
            Ground::Aws { profile: None } => loader.http_client(over_the_network(ProxyConfig::from_env())),
            Ground::Embedded(http) => loader
                .http_client(http.clone())
                .credentials_provider(test())
                .endpoint_url("http://sandbox.invalid"),
            // It is on this machine, where no proxy leads.
            Ground::Served(url) => loader
                .http_client(over_the_network(ProxyConfig::disabled()))
                .credentials_provider(test())
                .endpoint_url(url),
        };
        let config = loader.load().await;
        Self::from_config(&config, stack, !matches!(ground, Ground::Aws { .. }))
    }

    fn from_config(config: &SdkConfig, stack: &Stack, path_style: bool) -> Self {
        let endpoints = endpoints(config);
        // Emulators rarely answer to a bucket's name in front of their own.
        let path_style = path_style || endpoints.iter().any(|it| it.service == "S3" && it.url.is_some());
        let global = config.to_builder().region(Region::from_static("us-east-1")).build();
        // The first call of every command: who has no network shall learn it within seconds.
        let hasty = config
            .to_builder()
            .retry_config(RetryConfig::standard().with_max_attempts(2))
            .build();
        let once = config.to_builder().retry_config(RetryConfig::disabled()).build();
        Self {
            cognito: aws_sdk_cognitoidentityprovider::Client::new(config),
            cognito_once: aws_sdk_cognitoidentityprovider::Client::new(&once),
            identity: aws_sdk_cognitoidentity::Client::new(config),
            identity_once: aws_sdk_cognitoidentity::Client::new(&once),
            iam: aws_sdk_iam::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(config)
                    .force_path_style(path_style)
                    .build(),
            ),
            cloudfront: aws_sdk_cloudfront::Client::new(config),
            sts: aws_sdk_sts::Client::new(&hasty),
            tagging: aws_sdk_resourcegroupstagging::Client::new(config),
            tagging_global: aws_sdk_resourcegroupstagging::Client::new(&global),
            account: stack.account.clone(),
            region: stack.region.clone(),
            dns_suffix: DNS_SUFFIX.to_owned(),
            endpoints,
            tagged: Mutex::default(),
            listings: Mutex::default(),
            reads: Semaphore::new(40),
            config: config.clone(),
            path_style,
        }
    }
}

/// One HTTP client for all services, as the SDK makes one for each: they share connections to one host, and the
/// certificates of the machine are read once.
fn over_the_network(proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = ConnectorBuilder::default()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
            .proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build()
    })
}

#[cfg(test)]
mod tests {
    use aws_config::default_provider::credentials::DefaultCredentialsChain;
    use aws_config::provider_config::ProviderConfig;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;
    use crate::error::{ErrorClass, WorldError};

    /// A network without anybody in it.
    #[derive(Debug, Clone)]
    struct Nobody;

    impl HttpConnector for Nobody {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            HttpConnectorFuture::ready(Err(ConnectorError::io("connection refused".into())))
        }
    }

    fn nobody() -> SharedHttpClient {
        let connector = SharedHttpConnector::new(Nobody);
        http_client_fn(move |_, _| connector.clone())
    }

    /// The error of asking who we are.
    async fn asked(credentials: Option<SharedCredentialsProvider>) -> WorldError {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-west-1"))
            .http_client(nobody());
        config.set_credentials_provider(credentials);
        let stack = Stack {
            name: "igv".to_owned(),
            id: None,
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        let clients = Clients::from_config(&config.build(), &stack, false);
        let answer = clients.sts.get_caller_identity().send().await;
        WorldError::of("sts:GetCallerIdentity", answer.expect_err("nobody answers"))
    }

    #[tokio::test(start_paused = true)]
    async fn no_credentials_are_no_doubt_about_an_answer() {
        assert_eq!(asked(None).await.class, ErrorClass::Credentials);
        let empty = ProviderConfig::empty().with_http_client(nobody());
        let chain = DefaultCredentialsChain::builder().configure(empty).build().await;
        let error = asked(Some(SharedCredentialsProvider::new(chain))).await;
        assert_eq!(error.class, ErrorClass::Credentials);
        assert!(error.message.contains("no credentials found"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_answer_is_a_doubt() {
        let credentials = Credentials::new("111122223333", "sandbox", None, None, "test");
        let error = asked(Some(SharedCredentialsProvider::new(credentials))).await;
        assert_eq!(error.class, ErrorClass::Ambiguous);
        assert!(error.message.contains("connection refused"), "{error}");
    }
}
