//! What the SDK puts on the wire although nobody asked, and what it drops although AWS said it.
//!
//! `AdminCreateUserConfig.UnusedAccountValidityDays` is a plain number in the SDK, so it is sent as 0 even where it is
//! not set. It is the old name of `TemporaryPasswordValidityDays`, and AWS refuses a request that holds both.
//!
//! A member that is younger than the SDK is not in its types, so a whole write would reset what somebody set with
//! another tool (lesson L7). Such members are taken from the answer's text and sent back as they came.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::{Map, Value};

/// The members of `UserPoolType` that the SDK has.
const IN_SDK: &[&str] = &[
    "Id",
    "Name",
    "Policies",
    "DeletionProtection",
    "LambdaConfig",
    "Status",
    "LastModifiedDate",
    "CreationDate",
    "SchemaAttributes",
    "AutoVerifiedAttributes",
    "AliasAttributes",
    "UsernameAttributes",
    "SmsVerificationMessage",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "VerificationMessageTemplate",
    "SmsAuthenticationMessage",
    "UserAttributeUpdateSettings",
    "MfaConfiguration",
    "DeviceConfiguration",
    "EstimatedNumberOfUsers",
    "EmailConfiguration",
    "SmsConfiguration",
    "UserPoolTags",
    "SmsConfigurationFailure",
    "EmailConfigurationFailure",
    "Domain",
    "CustomDomain",
    "AdminCreateUserConfig",
    "UserPoolAddOns",
    "UsernameConfiguration",
    "Arn",
    "AccountRecoverySetting",
    "UserPoolTier",
    "KeyConfiguration",
    "IssuerConfiguration",
    "AcrConfiguration",
];

/// Members of a pool that the SDK does not know.
pub(super) type Members = Map<String, Value>;

/// Listens to the answer of `DescribeUserPool`.
#[derive(Debug, Clone, Default)]
pub(super) struct Ear(Arc<Mutex<Members>>);

impl Ear {
    /// What the SDK dropped.
    pub(super) fn heard(&self) -> Members {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hear(&self, answer: &[u8]) {
        let Ok(mut answer) = serde_json::from_slice::<Value>(answer) else {
            return;
        };
        let Some(Value::Object(pool)) = answer.get_mut("UserPool").map(Value::take) else {
            return;
        };
        let unknown = pool
            .into_iter()
            .filter(|(name, value)| !IN_SDK.contains(&name.as_str()) && !value.is_null());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = unknown.collect();
    }
}

impl Intercept for Ear {
    fn name(&self) -> &'static str {
        "WhatTheSdkDrops"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(answer) = context.response().body().bytes() {
            self.hear(answer);
        }
        Ok(())
    }
}

/// Puts into a request what the SDK would not have sent, and leaves out what it would.
///
/// For `customize().mutate_request(..)` of `CreateUserPool` and `UpdateUserPool`.
pub(super) fn as_meant(request: &mut HttpRequest, unknown: &Members) {
    let body = request.body().bytes().map(serde_json::from_slice::<Value>);
    let Some(Ok(Value::Object(mut body))) = body else {
        return;
    };
    for (name, value) in unknown {
        body.entry(name).or_insert_with(|| value.clone());
    }
    leave_out_unused_days(&mut body);
    let text = Value::Object(body).to_string();
    request.headers_mut().insert("content-length", text.len().to_string());
    *request.body_mut() = SdkBody::from(text);
}

/// Leaves the old name out wherever the password policy says it, and wherever it says nothing.
fn leave_out_unused_days(body: &mut Map<String, Value>) {
    let by_policy = body
        .get("Policies")
        .is_some_and(|it| it.get("PasswordPolicy").is_some());
    if let Some(Value::Object(config)) = body.get_mut("AdminCreateUserConfig") {
        let name = "UnusedAccountValidityDays";
        if by_policy || config.get(name).is_some_and(|it| *it == 0) {
            config.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use aws_sdk_cognitoidentityprovider::types::UserPoolType;

    use super::*;
    use crate::kinds::decided;

    fn sent(body: &str, unknown: &Members) -> String {
        let mut request = HttpRequest::new(SdkBody::from(body));
        as_meant(&mut request, unknown);
        let sent = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        assert_eq!(request.headers().get("content-length"), Some(&*sent.len().to_string()));
        sent
    }

    #[test]
    fn l64_one_name_for_one_fact() {
        let none = Members::new();
        let admin = r#"{"AdminCreateUserConfig":{"UnusedAccountValidityDays":7},"Policies":{"PasswordPolicy":{}}}"#;
        assert_eq!(
            sent(admin, &none),
            r#"{"AdminCreateUserConfig":{},"Policies":{"PasswordPolicy":{}}}"#
        );
        assert_eq!(
            sent(r#"{"AdminCreateUserConfig":{"UnusedAccountValidityDays":0}}"#, &none),
            r#"{"AdminCreateUserConfig":{}}"#
        );
    }

    #[test]
    fn an_echo_without_policy_keeps_it() {
        let none = Members::new();
        let echo = r#"{"AdminCreateUserConfig":{"UnusedAccountValidityDays":3}}"#;
        assert_eq!(sent(echo, &none), echo);
        assert_eq!(sent(r#"{"UserPoolId":"a"}"#, &none), r#"{"UserPoolId":"a"}"#);
    }

    #[test]
    fn l7_what_the_sdk_does_not_know_goes_back_as_it_came() {
        let ear = Ear::default();
        ear.hear(br#"{"UserPool":{"Id":"a","Name":"b","Tomorrow":{"On":[1]},"Gone":null}}"#);
        assert_eq!(
            sent(r#"{"UserPoolId":"a"}"#, &ear.heard()),
            r#"{"Tomorrow":{"On":[1]},"UserPoolId":"a"}"#
        );
    }

    #[test]
    fn the_sdk_s_members_are_all_named() {
        let pool = UserPoolType::builder().build();
        let snake: Vec<String> = IN_SDK
            .iter()
            .map(|name| {
                let mut snake = String::new();
                for letter in name.chars() {
                    if letter.is_ascii_uppercase() && !snake.is_empty() {
                        snake.push('_');
                    }
                    snake.push(letter.to_ascii_lowercase());
                }
                snake
            })
            .collect();
        decided::assert_members(&pool, &snake.iter().map(String::as_str).collect::<Vec<_>>());
    }
}
