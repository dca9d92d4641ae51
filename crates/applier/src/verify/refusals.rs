//! What somebody who logged in must not be able to do.
//!
//! None of it can do harm, were it allowed: a write says that it counts only if nothing is there, of a key that is
//! there, and its checksum is wrong besides; a deletion is of a key that nobody has; the rest reads.

use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::base64;
use spec_model::Secret;
use spec_model::kinds::ConfigBody;

use super::checklist::{Checklist, Outcome, Topic};
use super::data::Place;
use super::login::LoggedIn;
use super::names::provider;
use super::reading::File;
use super::request::{unguessable, url_safe};
use super::subject::{Implied, Subject};
use crate::error::{ErrorClass, WorldError};

/// Tries what must be refused.
pub(super) async fn refusals(
    list: &mut Checklist<'_>,
    subject: &Subject<'_>,
    implied: &Implied,
    logged_in: &LoggedIn,
    places: &[Place],
    file: Option<&File>,
) {
    foreign_token(list, subject, &implied.body, &logged_in.id_token).await;
    let s3 = &logged_in.visitor.s3;
    if let Some(file) = file {
        // MD5 of nothing, and the body is something.
        let answer = s3
            .put_object()
            .bucket(&file.bucket)
            .key(&file.key)
            .if_none_match("*")
            .content_md5("1B2M2Y8AsgTpgAmY7PhCfg==")
            .body(ByteStream::from_static(b"igvctl verify"))
            .send()
            .await;
        let answer = answer.map_err(|error| WorldError::of("s3:PutObject", error));
        add(list, "write", "nobody writes", &answer, "the role may write");
    }
    for place in places.iter().take(1) {
        let prefix = place.prefixes.first().map_or("", String::as_str);
        let key = format!("{prefix}igvctl-verify-{}", unguessable());
        let answer = s3.delete_object().bucket(&place.bucket).key(key).send().await;
        let answer = answer.map_err(|error| WorldError::of("s3:DeleteObject", error));
        add(list, "delete", "nobody deletes", &answer, "the role may delete");
    }
    let answer = s3
        .get_object()
        .bucket(&implied.bucket)
        .key(&implied.key)
        .range("bytes=0-0");
    let answer = answer
        .send()
        .await
        .map_err(|error| WorldError::of("s3:GetObject", error));
    add(
        list,
        "other_bucket_read",
        "another bucket cannot be read",
        &answer,
        "the role may read it",
    );
    let answer = s3.list_objects_v2().bucket(&implied.bucket).max_keys(1).send().await;
    let answer = answer.map_err(|error| WorldError::of("s3:ListBucket", error));
    add(
        list,
        "other_bucket_list",
        "another bucket cannot be listed",
        &answer,
        "the role may list it",
    );
    if let Some(place) = places.iter().find(|it| !it.prefixes.is_empty()) {
        let other = format!("igvctl-verify-{}/", unguessable());
        let answer = s3
            .list_objects_v2()
            .bucket(&place.bucket)
            .prefix(&other)
            .max_keys(1)
            .send()
            .await;
        let answer = answer.map_err(|error| WorldError::of("s3:ListBucket", error));
        add(
            list,
            "other_prefix_list",
            "another folder cannot be listed",
            &answer,
            "the role may list it",
        );
        let answer = s3
            .get_object()
            .bucket(&place.bucket)
            .key(format!("{other}a"))
            .send()
            .await;
        let answer = answer.map_err(|error| WorldError::of("s3:GetObject", error));
        add(
            list,
            "other_prefix_read",
            "another folder cannot be read",
            &answer,
            "the role may read it",
        );
    }
    let answer = logged_in.visitor.iam.list_roles().max_items(1).send().await;
    let answer = answer.map_err(|error| WorldError::of("iam:ListRoles", error));
    add(list, "iam", "IAM is out of reach", &answer, "the role may look at IAM");
    let answer = logged_in.visitor.cognito.list_user_pools().max_results(1).send().await;
    let answer = answer.map_err(|error| WorldError::of("cognito-idp:ListUserPools", error));
    add(
        list,
        "cognito",
        "user pools are out of reach",
        &answer,
        "the role may look at user pools",
    );
}

fn add<T>(list: &mut Checklist<'_>, name: &str, title: &str, answer: &Result<T, WorldError>, why: &str) {
    let allowed = |detail: String| {
        Outcome::failed(
            format!("{why}{detail}"),
            "`igvctl plan` shows what the role has and the file does not say; look at the bucket's policy too",
        )
    };
    let outcome = match answer {
        Ok(_) => allowed(String::new()),
        Err(error) if error.class == ErrorClass::Denied => {
            Outcome::seen(error.code.clone().unwrap_or_else(|| "HTTP 403".to_owned()))
        }
        // S3 looks at rights first, so these speak of a caller who may.
        Err(error)
            if ["PreconditionFailed", "BadDigest", "InvalidDigest", "NoSuchKey"]
                .iter()
                .any(|it| error.has_code(it)) =>
        {
            allowed(format!(" ({})", error.code.clone().unwrap_or_default()))
        }
        Err(error) => Outcome::unread(error),
    };
    list.add(Topic::Refusals, name, title, outcome);
}

/// A token that names another client, as somebody would make it who has no key of the user pool.
async fn foreign_token(list: &mut Checklist<'_>, subject: &Subject<'_>, body: &ConfigBody, token: &Secret) {
    let title = "a token of another client counts nothing";
    let Some(forged) = forged(token, &body.client_id) else {
        list.add(
            Topic::Refusals,
            "foreign_token",
            title,
            Outcome::skipped("the id token does not name its client as `aud`"),
        );
        return;
    };
    let answer = subject
        .clients
        .as_nobody()
        .identity
        .get_id()
        .identity_pool_id(&body.aws_cognito_fed_pool_id)
        .logins(provider(subject.clients, body), forged.expose())
        .send()
        .await;
    let outcome = match answer {
        Ok(_) => Outcome::failed(
            "GetId takes a token whose signature is not the user pool's",
            "this is not how AWS behaves: ask AWS",
        ),
        Err(error) => match WorldError::of("cognito-identity:GetId", error) {
            error if error.has_code("NotAuthorizedException") || error.has_code("InvalidParameterException") => {
                Outcome::seen(error.message)
            }
            error => Outcome::unread(&error),
        },
    };
    list.add(Topic::Refusals, "foreign_token", title, outcome);
}

/// The token with another client in it, and the signature of before.
fn forged(token: &Secret, client: &str) -> Option<Secret> {
    let mut parts = token.expose().split('.');
    let (head, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let padded = format!("{}{}", payload, "=".repeat((4 - payload.len() % 4) % 4));
    let bytes = base64::decode(padded.replace('-', "+").replace('_', "/")).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let other = text.replace(client, &"0".repeat(client.len()));
    (other != text).then(|| Secret::new(format!("{head}.{}.{signature}", url_safe(other.as_bytes()))))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_forged_token_names_another_client() {
        let payload = url_safe(br#"{"aud":"1abc","iss":"x"}"#);
        let forged = forged(&Secret::new(format!("h.{payload}.s")), "1abc").unwrap();
        let expected = url_safe(br#"{"aud":"0000","iss":"x"}"#);
        assert_eq!(forged.expose(), format!("h.{expected}.s"));
        assert!(super::forged(&Secret::new("nonsense"), "1abc").is_none());
        assert!(super::forged(&Secret::new("a.*.b"), "1abc").is_none());
    }
}
