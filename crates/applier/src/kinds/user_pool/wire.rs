//! What the SDK puts on the wire although nobody asked.
//!
//! `AdminCreateUserConfig.UnusedAccountValidityDays` is a plain number in the SDK, so it is sent as 0 even where it is
//! not set. It is the old name of `TemporaryPasswordValidityDays`, and AWS refuses a request that holds both.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

/// Leaves the old name out wherever the password policy says it, and wherever it says nothing.
///
/// For `customize().mutate_request(..)` of `CreateUserPool` and `UpdateUserPool`.
pub(super) fn leave_out_unused_days(request: &mut HttpRequest) {
    let body = request.body().bytes().map(serde_json::from_slice::<Value>);
    let Some(Ok(mut body)) = body else { return };
    let by_policy = body.pointer("/Policies/PasswordPolicy").is_some();
    let Some(Value::Object(config)) = body.pointer_mut("/AdminCreateUserConfig") else {
        return;
    };
    let name = "UnusedAccountValidityDays";
    if !by_policy && config.get(name).is_some_and(|it| *it != 0) {
        return;
    }
    config.remove(name);
    let text = body.to_string();
    request.headers_mut().insert("content-length", text.len().to_string());
    *request.body_mut() = SdkBody::from(text);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn sent(body: &str) -> String {
        let mut request = HttpRequest::new(SdkBody::from(body));
        leave_out_unused_days(&mut request);
        let sent = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        if let Some(length) = request.headers().get("content-length") {
            assert_eq!(length, sent.len().to_string());
        }
        sent
    }

    #[test]
    fn l64_one_name_for_one_fact() {
        let admin = r#"{"AdminCreateUserConfig":{"UnusedAccountValidityDays":7},"Policies":{"PasswordPolicy":{}}}"#;
        assert_eq!(
            sent(admin),
            r#"{"AdminCreateUserConfig":{},"Policies":{"PasswordPolicy":{}}}"#
        );
        assert_eq!(
            sent(r#"{"AdminCreateUserConfig":{"UnusedAccountValidityDays":0}}"#),
            r#"{"AdminCreateUserConfig":{}}"#
        );
    }

    #[test]
    fn an_echo_without_policy_keeps_it() {
        let echo = r#"{"AdminCreateUserConfig":{"UnusedAccountValidityDays":3}}"#;
        assert_eq!(sent(echo), echo);
        assert_eq!(sent(r#"{"UserPoolId":"a"}"#), r#"{"UserPoolId":"a"}"#);
    }
}
