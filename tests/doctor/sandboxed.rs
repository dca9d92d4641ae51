//! The doctor and a backend of ours: nothing is found where all is right, what somebody breaks is named, and what
//! `apply` mends is found no more.

use crate::support::{Served, igvctl, workplace};
use crate::web::codes;

const SPEC: &str = include_str!("../specs/kill-first.yaml");

/// What is found on a stack that was applied, changed by somebody, and applied again.
#[track_caller]
fn found(script: &str, exit: i32, wanted: &[&str]) {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let apply = || {
        igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &served.option()])
            .ends(0)
            .stdout
            .lines()
            .find_map(|it| it.strip_prefix("Provisioning URL: "))
            .unwrap()
            .to_owned()
    };
    let doctor = |url: &str| igvctl(folder.path(), &["doctor", &served.option(), url]);
    let url = apply();
    let run = doctor(&url).ends(0);
    assert_eq!(codes(&run), ["unseen"], "{}", run.stdout);
    served.boto3("eu-central-1", script);
    let run = doctor(&url).ends(exit);
    assert_eq!(codes(&run), wanted, "{}", run.stdout);
    let url = apply();
    let run = doctor(&url).ends(0);
    assert_eq!(codes(&run), ["unseen"], "{}", run.stdout);
}

#[test]
fn guests_are_noticed() {
    found(
        "update_identity_pool(AllowUnauthenticatedIdentities=True)",
        5,
        &["guests", "unseen"],
    );
}

#[test]
fn a_callback_that_was_taken_away_is_noticed() {
    found(
        r#"update_client(CallbackURLs=["http://localhost:60152/oauthCallback"])"#,
        5,
        &["callback-refused", "unseen"],
    );
}

#[test]
fn a_scope_that_was_taken_away_is_noticed() {
    found(
        r#"update_client(AllowedOAuthScopes=["openid"])"#,
        5,
        &["scope-refused", "unseen"],
    );
}

#[test]
fn a_client_that_is_gone_is_noticed() {
    found(
        "cognito.delete_user_pool_client(UserPoolId=pool_id(), ClientId=client_id())",
        5,
        &["client-unknown", "unseen"],
    );
}

#[test]
fn an_identity_pool_that_is_gone_is_noticed() {
    found(
        "identity.delete_identity_pool(IdentityPoolId=identity_pool_id())",
        5,
        &["identity-pool-unknown"],
    );
}

#[test]
fn a_config_that_somebody_overwrote_is_noticed() {
    found(
        r#"
bucket = "igv-kill-config"
there = gzip.decompress(s3.get_object(Bucket=bucket, Key="oauth-config.json.gz")["Body"].read()).decode()
broken = there.replace('"Amazon"', '"amazon"').replace("%20", " ")
s3.put_object(Bucket=bucket, Key="oauth-config.json.gz", Body=broken.encode(), ContentType="text/plain", CacheControl="no-cache")
"#,
        5,
        &["auth-provider", "scope-spaces", "gzip-name", "content-type", "unseen"],
    );
}

#[test]
fn a_grant_that_was_taken_away_is_noticed() {
    found(
        "update_client(AllowedOAuthFlowsUserPoolClient=False)",
        5,
        &["grant-refused", "unseen"],
    );
}

#[test]
fn a_login_page_without_a_style_is_noticed() {
    found(
        r#"cognito.update_user_pool_domain(Domain="igv-kill", UserPoolId=pool_id(), ManagedLoginVersion=2)"#,
        5,
        &["login-page", "unseen"],
    );
}

#[test]
fn a_domain_that_is_gone_is_noticed() {
    found(
        r#"cognito.delete_user_pool_domain(Domain="igv-kill", UserPoolId=pool_id())"#,
        5,
        &["login-page", "unseen"],
    );
}

#[test]
fn a_sandbox_in_the_process_is_looked_at_by_the_names_of_aws() {
    let folder = workplace(SPEC);
    let run = igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--sandbox"]).ends(0);
    let url = run
        .stdout
        .lines()
        .find_map(|it| it.strip_prefix("Provisioning URL: "))
        .unwrap();
    assert!(url.starts_with("https://") && url.contains(".cloudfront.net/"), "{url}");
    let run = igvctl(folder.path(), &["doctor", "--sandbox", url]).ends(0);
    assert_eq!(codes(&run), ["unseen"], "{}", run.stdout);
}
