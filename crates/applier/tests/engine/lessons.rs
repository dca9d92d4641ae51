//! What others did to objects of ours, of which users of other tools told.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use applier::Aws;
use aws_sdk_cognitoidentityprovider::types::{AttributeDataType, SchemaAttributeType};
use planner::{Action, Found, Live, Options};
use sandbox::Sandbox;
use spec_model::Spec;

use crate::ground::{acting, committed, plan, settled, spec};

/// The id of an object of ours.
fn id(live: &Live, address: &str) -> String {
    let found = &live.found[&address.parse().unwrap()];
    let Found::Ours(object) = found else {
        panic!("{address}: {found:?}");
    };
    object.id.clone()
}

async fn there() -> (Sandbox, Spec, Aws, Live) {
    let sandbox = Sandbox::in_memory(1);
    let spec = spec(&committed("minimal.yaml"));
    settled(&sandbox, &spec).await;
    let (aws, live, _) = plan(&sandbox, &spec, &Options::default()).await;
    (sandbox, spec, aws, live)
}

#[tokio::test(start_paused = true)]
async fn l3_attributes_that_nobody_declared_are_nobodys() {
    let (sandbox, spec, aws, live) = there().await;
    let attribute = SchemaAttributeType::builder()
        .name("clinic")
        .attribute_data_type(AttributeDataType::String);
    let adding = aws.clients().cognito.add_custom_attributes();
    let adding = adding.user_pool_id(id(&live, "user_pool.main"));
    adding.custom_attributes(attribute.build()).send().await.unwrap();
    let (_, _, plan) = plan(&sandbox, &spec, &Options::default()).await;
    assert_eq!(acting(&plan), Vec::<String>::new());
    assert!(plan.is_in_sync());
}

#[tokio::test(start_paused = true)]
async fn l37_a_policy_that_was_attached_by_hand_is_a_difference() {
    let (sandbox, spec, aws, live) = there().await;
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    let attaching = aws.clients().iam.attach_role_policy();
    let attaching = attaching.role_name(id(&live, "role.signed-in"));
    attaching.policy_arn(arn).send().await.unwrap();
    let (_, _, found) = plan(&sandbox, &spec, &Options::default()).await;
    let steps: Vec<_> = found.steps.iter().filter(|it| it.action != Action::Keep).collect();
    assert_eq!(steps.len(), 1, "{:?}", acting(&found));
    assert_eq!(steps[0].key.address.to_string(), "role.signed-in");
    assert_eq!(steps[0].effect, planner::Effect::Closes);
    assert!(planner::show::to_text(&found, false).contains("AdministratorAccess"));
    settled(&sandbox, &spec).await;
    let listing = aws.clients().iam.list_attached_role_policies();
    let listed = listing.role_name(id(&live, "role.signed-in")).send().await.unwrap();
    assert_eq!(listed.attached_policies(), []);
}
