//! Which services are sent elsewhere than to AWS.
//!
//! `AWS_ENDPOINT_URL`, its forms for one service, and their likes in `~/.aws/config` redirect calls without a word.
//! A run of which half goes to an emulator and half to a real account would change both, so people must see it.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// The services that igvctl calls, by the ids under which AWS's tools configure them.
const SERVICES: [&str; 7] = [
    "Cognito Identity Provider",
    "Cognito Identity",
    "IAM",
    "S3",
    "CloudFront",
    "STS",
    "Resource Groups Tagging API",
];

/// Where the calls of one service go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The service, as AWS's tools call it.
    pub service: &'static str,
    /// The address that replaces AWS's own, without a user name and password that may stand in it.
    pub url: Option<String>,
}

/// The addresses of all services, resolved as the clients themselves resolve them.
pub(crate) fn endpoints(config: &SdkConfig) -> Vec<Endpoint> {
    let all = config.endpoint_url();
    let by_code = config.get_origin("endpoint_url").is_client_config();
    SERVICES
        .into_iter()
        .map(|service| {
            let own = config.service_config().filter(|_| !by_code).and_then(|it| {
                it.load_config(
                    ServiceConfigKey::builder()
                        .service_id(service)
                        .env("AWS_ENDPOINT_URL")
                        .profile("endpoint_url")
                        .build()
                        .expect("every part of the key is given"),
                )
            });
            Endpoint {
                service,
                url: own.as_deref().or(all).map(without_user),
            }
        })
        .collect()
}

fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::without_user;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        assert_eq!(without_user("http://me:secret@host:80/a@b"), "http://host:80/a@b");
        assert_eq!(without_user("http://127.0.0.1:4566"), "http://127.0.0.1:4566");
        assert_eq!(without_user("nonsense"), "nonsense");
    }
}
