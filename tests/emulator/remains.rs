//! What is in an account, asked of the services themselves and not of the engine.

use crate::engine::Engine;

/// Everything of our services that there is in the account and in the stack's region.
pub(crate) async fn remains(engine: &Engine) -> Vec<String> {
    let clients = engine.aws.clients();
    let mut found = Vec::new();
    let pools = clients.cognito.list_user_pools().max_results(60).send().await.unwrap();
    found.extend(pools.user_pools().iter().map(|it| format!("user pool {:?}", it.name())));
    let pools = clients
        .identity
        .list_identity_pools()
        .max_results(60)
        .send()
        .await
        .unwrap();
    let pools = pools.identity_pools().iter();
    found.extend(pools.map(|it| format!("identity pool {:?}", it.identity_pool_name())));
    let roles = clients.iam.list_roles().path_prefix("/igvctl/").send().await.unwrap();
    found.extend(roles.roles().iter().map(|it| format!("role {}", it.arn())));
    let buckets = clients.s3.list_buckets().send().await.unwrap();
    found.extend(buckets.buckets().iter().map(|it| format!("bucket {:?}", it.name())));
    let distributions = clients.cloudfront.list_distributions().send().await.unwrap();
    let distributions = distributions
        .distribution_list()
        .map(|it| it.items())
        .unwrap_or_default();
    found.extend(distributions.iter().map(|it| format!("distribution {}", it.id())));
    let controls = clients.cloudfront.list_origin_access_controls().send().await.unwrap();
    let controls = controls
        .origin_access_control_list()
        .map(|it| it.items())
        .unwrap_or_default();
    found.extend(controls.iter().map(|it| format!("origin access control {}", it.name())));
    for index in [&clients.tagging, &clients.tagging_global] {
        let tagged = index.get_resources().send().await.unwrap();
        let tagged = tagged.resource_tag_mapping_list().iter();
        found.extend(tagged.map(|it| format!("tagged {:?}", it.resource_arn())));
    }
    found
}
