//! One module per AWS service: its state and its operations, without any HTTP.

use crate::call::Operation;

pub(crate) mod cloudfront;
pub(crate) mod cognito_identity;
pub(crate) mod cognito_idp;
pub(crate) mod iam;
pub(crate) mod s3;

/// The operation of a service, if the sandbox serves it. `service` is the model's name.
pub(crate) fn operation(service: &str, name: &str) -> Option<Operation> {
    match service {
        "cognito-idp" => cognito_idp::operation(name),
        "cognito-identity" => cognito_identity::operation(name),
        "iam" => iam::operation(name),
        "cloudfront" => cloudfront::operation(name),
        "s3" => s3::operation(name),
        _ => None,
    }
}
