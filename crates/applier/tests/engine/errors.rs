//! What AWS refuses, as each protocol spells it: the class of the error, what it becomes in a plan, what would help.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use applier::{AccountError, Aws, Clients, ErrorClass, Ground, Look, WorldError, remedy};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use planner::{Found, Local, Options};

use crate::ground::{acting, committed, spec, specs};

/// An AWS that gives one and the same answer, in the protocol of whoever asks.
#[derive(Debug, Clone)]
struct Canned {
    status: u16,
    code: &'static str,
    calls: Arc<AtomicUsize>,
}

impl Canned {
    fn new(status: u16, code: &'static str) -> Self {
        Self {
            status,
            code,
            calls: Arc::default(),
        }
    }

    fn client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    fn body(&self, request: &HttpRequest) -> String {
        let Self { code, .. } = self;
        if code.is_empty() {
            return "<html>not from AWS</html>".to_owned();
        }
        let form = request
            .headers()
            .get("content-type")
            .is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"));
        if request.headers().get("x-amz-target").is_some() {
            format!(r#"{{"__type": "{code}", "message": "in JSON"}}"#)
        } else if form || request.uri().contains("/2020-05-31/") {
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>in a query's XML</Message></Error>\
                 <RequestId>r-1</RequestId></ErrorResponse>"
            )
        } else {
            format!("<Error><Code>{code}</Code><Message>in S3's XML</Message><RequestId>r-1</RequestId></Error>")
        }
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let body = self.body(&request);
        let mut response = HttpResponse::new(self.status.try_into().unwrap(), SdkBody::from(body));
        response.headers_mut().insert("x-amzn-requestid", "r-1");
        HttpConnectorFuture::ready(Ok(response))
    }
}

async fn world(canned: &Canned) -> Aws {
    let stack = spec(&committed("minimal.yaml")).stack;
    let ground = Ground::Embedded(canned.client());
    Aws::new(Clients::connect(&ground, &stack).await, specs())
}

/// The error of a call in each of the protocols: JSON, a query, REST with XML, and S3's.
async fn errors(canned: &Canned) -> Vec<WorldError> {
    let world = world(canned).await;
    let clients = world.clients();
    let list = clients.cognito.list_user_pools().max_results(1).send().await;
    let role = clients.iam.get_role().role_name("x").send().await;
    let controls = clients.cloudfront.list_origin_access_controls().send().await;
    let policy = clients.s3.get_bucket_policy().bucket("igv-demo-data").send().await;
    vec![
        WorldError::of("cognito-idp:ListUserPools", list.unwrap_err()),
        WorldError::of("iam:GetRole", role.unwrap_err()),
        WorldError::of("cloudfront:ListOriginAccessControls", controls.unwrap_err()),
        WorldError::of("s3:GetBucketPolicy", policy.unwrap_err()),
    ]
}

#[tokio::test(start_paused = true)]
async fn an_error_has_its_class_in_every_protocol() {
    let table = [
        (403, "AccessDenied", ErrorClass::Denied),
        (400, "AccessDeniedException", ErrorClass::Denied),
        (404, "NoSuchEntity", ErrorClass::Missing),
        (400, "ResourceNotFoundException", ErrorClass::Missing),
        (404, "NoSuchBucketPolicy", ErrorClass::Missing),
        (400, "ThrottlingException", ErrorClass::Throttled),
        (429, "TooManyRequestsException", ErrorClass::Throttled),
        (503, "SlowDown", ErrorClass::Throttled),
        (400, "LimitExceededException", ErrorClass::Quota),
        (409, "TooManyBuckets", ErrorClass::Quota),
        (400, "ConcurrentModificationException", ErrorClass::Conflict),
        (409, "OperationAborted", ErrorClass::Conflict),
        (412, "PreconditionFailed", ErrorClass::Conflict),
        (403, "ExpiredToken", ErrorClass::Credentials),
        (400, "ExpiredTokenException", ErrorClass::Credentials),
        (403, "InvalidClientTokenId", ErrorClass::Credentials),
        (400, "UnrecognizedClientException", ErrorClass::Credentials),
        (403, "SignatureDoesNotMatch", ErrorClass::Credentials),
        (400, "InvalidSignatureException", ErrorClass::Credentials),
        (403, "RequestTimeTooSkewed", ErrorClass::Credentials),
        (500, "InternalErrorException", ErrorClass::Ambiguous),
        (503, "ServiceUnavailable", ErrorClass::Ambiguous),
        (400, "InvalidParameterException", ErrorClass::Refused),
        (400, "MalformedPolicy", ErrorClass::Refused),
    ];
    for (status, code, class) in table {
        for error in errors(&Canned::new(status, code)).await {
            assert_eq!((error.class, error.code.as_deref()), (class, Some(code)), "{error}");
            assert!(error.message.contains("in "), "{error}");
            assert_eq!(error.request_id.as_deref(), Some("r-1"), "{error}");
            let shown = format!("{}: {code}: {} (request r-1)", error.action, error.message);
            assert_eq!(error.to_string(), shown);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_from_aws_is_told_by_its_status() {
    let table = [
        (403, ErrorClass::Denied),
        (404, ErrorClass::Missing),
        (412, ErrorClass::Conflict),
        (407, ErrorClass::Refused),
        (502, ErrorClass::Ambiguous),
    ];
    for (status, class) in table {
        for error in errors(&Canned::new(status, "")).await {
            assert_eq!((error.class, error.code.as_deref()), (class, None), "{error}");
            assert!(error.message.contains(&status.to_string()), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn throttled_and_doubtful_calls_are_sent_again_and_refused_ones_are_not() {
    for (status, code, sent) in [
        (400, "ThrottlingException", 8),
        (503, "ServiceUnavailable", 8),
        (403, "AccessDenied", 1),
        (400, "ExpiredTokenException", 1),
        (400, "InvalidParameterException", 1),
    ] {
        let canned = Canned::new(status, code);
        let world = world(&canned).await;
        world
            .clients()
            .cognito
            .list_user_pools()
            .max_results(1)
            .send()
            .await
            .unwrap_err();
        assert_eq!(canned.calls.load(Ordering::Relaxed), sent, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn creating_calls_without_a_natural_key_are_never_sent_again_by_the_sdk() {
    let canned = Canned::new(503, "ServiceUnavailable");
    let world = world(&canned).await;
    world
        .clients()
        .cognito_once
        .create_user_pool()
        .pool_name("x")
        .send()
        .await
        .unwrap_err();
    assert_eq!(canned.calls.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_look_is_unknown_and_never_absent() {
    let spec = spec(&committed("minimal.yaml"));
    for (status, code, denied) in [
        (403, "AccessDenied", true),
        (400, "ExpiredTokenException", false),
        (400, "ThrottlingException", false),
        (503, "ServiceUnavailable", false),
    ] {
        let live = world(&Canned::new(status, code)).await.look(&spec).await;
        for address in spec.resources.keys() {
            let found = live.found.get(address);
            assert!(
                matches!(found, Some(Found::Unknown(gap)) if gap.denied == denied && gap.error.contains(code)),
                "{code}: {address}: {found:?}"
            );
        }
        let plan = planner::plan(&spec, &live, &Local::new(), &Options::default());
        assert!(plan.is_incomplete());
        assert!(!plan.acts(), "{:?}", acting(&plan));
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_caller_is_told_before_anything_is_looked_at() {
    let canned = Canned::new(403, "ExpiredToken");
    let stack = spec(&committed("minimal.yaml")).stack;
    let error = world(&canned).await.check_account(&stack).await.unwrap_err();
    let AccountError::Unknown(cause) = &error else {
        panic!("{error}");
    };
    assert_eq!(cause.class, ErrorClass::Credentials);
    assert_eq!(error.to_string(), "cannot tell which AWS account this is");
    assert_eq!(canned.calls.load(Ordering::Relaxed), 1);
}

#[test]
fn a_remedy_says_what_to_do() {
    let error = |action: &str, code: &str, class| WorldError {
        code: Some(code.to_owned()),
        class,
        ..WorldError::own(action, "")
    };
    let table = [
        (
            error("iam:GetRole", "AccessDenied", ErrorClass::Denied),
            "grant `iam:GetRole`",
        ),
        (
            error("iam:GetRole", "ExpiredToken", ErrorClass::Credentials),
            "aws sso login",
        ),
        (
            error("s3:PutObject", "RequestTimeTooSkewed", ErrorClass::Credentials),
            "clock",
        ),
        (
            error("iam:GetRole", "Throttling", ErrorClass::Throttled),
            "run again in a minute",
        ),
        (
            error(
                "cognito-idp:CreateUserPool",
                "InternalErrorException",
                ErrorClass::Ambiguous,
            ),
            "run again",
        ),
        (
            error("s3:CreateBucket", "TooManyBuckets", ErrorClass::Quota),
            "a limit of the account",
        ),
        (
            error("s3:CreateBucket", "BucketAlreadyExists", ErrorClass::Refused),
            "choose another",
        ),
        (
            error("s3:CreateBucket", "OperationAborted", ErrorClass::Conflict),
            "still busy",
        ),
        (
            error("s3:DeleteBucket", "BucketNotEmpty", ErrorClass::Refused),
            "`release`",
        ),
    ];
    for (error, part) in table {
        let help = remedy(&error).unwrap();
        assert!(help.contains(part), "{error}: {help}");
    }
    assert_eq!(
        remedy(&error("iam:CreateRole", "InvalidInput", ErrorClass::Refused)),
        None
    );
}

#[test]
fn the_right_to_grant_is_the_one_that_aws_names() {
    let denied = |message: &str| WorldError {
        code: Some("AccessDenied".to_owned()),
        class: ErrorClass::Denied,
        ..WorldError::own("s3:PutObject", message)
    };
    let user = "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: kms:GenerateDataKey on resource: \
                arn:aws:kms:eu-west-1:111122223333:key/0a1b";
    for (message, help) in [
        ("Access Denied".to_owned(), "grant `s3:PutObject` to whoever runs this"),
        (
            format!("{user} because no identity-based policy allows the kms:GenerateDataKey action"),
            "grant `kms:GenerateDataKey` to whoever runs this",
        ),
        (
            format!("{user} with an explicit deny in a service control policy"),
            "a policy of the organisation denies it: ask whoever looks after the organisation: no grant in this account lifts it",
        ),
        (
            format!("{user} because no permissions boundary allows the kms:GenerateDataKey action"),
            "the caller's permissions boundary does not allow it: let the boundary allow it too",
        ),
    ] {
        assert_eq!(remedy(&denied(&message)).unwrap(), help);
    }
}

#[test]
fn one_code_of_cognito_has_several_causes() {
    let error = |message: &str| WorldError {
        code: Some("InvalidParameterException".to_owned()),
        ..WorldError::own("cognito-idp:CreateUserPoolDomain", message)
    };
    let taken = remedy(&error("Domain already associated with another user pool.")).unwrap();
    assert!(taken.contains("is taken"), "{taken}");
    let second = remedy(&error("User pool already has a domain configured.")).unwrap();
    assert!(second.contains("has another already"), "{second}");
    assert_eq!(
        remedy(&error("1 validation error detected: Value at 'domain' failed")),
        None
    );
}
