//! One thing after another changed behind igvctl's back: the plan names it, and `apply` mends it.

use std::collections::{BTreeMap, BTreeSet};

use applier::{Act, Deed, What};
use planner::{Action, Found, Options};
use spec_model::{Address, Class, FieldShape, Kind, Spec};

use crate::alter::{Altered, ELSEWHERE, Seen, alterations};
use crate::engine::Engine;
use crate::lists::State;
use crate::walk::{Complaint, brought_about};

/// Changes every field of every object of a kind in the first state, which is there.
///
/// The other values are made of the noun's shapes and written by the verbs. AWS refuses some of them, and takes some
/// for the same: of each field the first counts that is seen.
pub(crate) async fn every_field(engine: &Engine, kind: Kind, states: &[State]) -> Vec<Complaint> {
    let State { name, spec, .. } = &states[0];
    let mut complaints = Vec::new();
    let (live, _) = engine.plan(spec, &Options::default()).await;
    let seen = Seen::of(states, kind, &live);
    for (address, resource) in spec.resources.iter().filter(|(it, _)| it.kind == kind) {
        let Some(Found::Ours(object)) = live.found.get(address) else {
            continue;
        };
        let ours: Vec<FieldShape> = kind
            .descriptor()
            .fields
            .iter()
            .filter(|it| matches!(it.class, Class::Ours | Class::IfWritten) && it.refuses.is_none())
            .filter(|it| resource.fields.contains_key(it.name))
            .cloned()
            .collect();
        let mut by_path: BTreeMap<String, Vec<Altered>> = BTreeMap::new();
        for altered in alterations(&ours, &object.value, &resource.value(), "", &seen) {
            by_path.entry(altered.path.clone()).or_default().push(altered);
        }
        by_path.retain(|path, _| !ELSEWHERE.iter().any(|(it, _)| *it == format!("{kind}.{path}")));
        for (path, values) in by_path {
            complaints.extend(one_field(engine, name, spec, address, &path, values).await);
        }
    }
    complaints
}

/// Changes one field: the plan names it and nothing else, and `apply` mends it.
async fn one_field(
    engine: &Engine,
    case: &str,
    spec: &Spec,
    address: &Address,
    path: &str,
    values: Vec<Altered>,
) -> Vec<Complaint> {
    let (live, before) = engine.plan(spec, &Options::default()).await;
    let Some(Found::Ours(object)) = live.found.get(address) else {
        return Vec::new();
    };
    for altered in values {
        let deed = Deed {
            address,
            what: What::Update {
                id: object.id.clone(),
                live: object.value.clone(),
                want: altered.value.clone(),
            },
            loosen: &[],
            replaces: None,
            source: None,
            waiting: &|_| {},
        };
        if engine.aws.act(&spec.stack, deed).await.is_err() {
            continue;
        }
        let (_, plan) = engine.plan(spec, &Options::default()).await;
        if plan.steps == before.steps {
            continue;
        }
        let change = format!("behind the back: {address}: {path} is {:?}", altered.value.get(path));
        let mut wrong = Vec::new();
        let mut loosen = BTreeSet::new();
        for step in plan
            .steps
            .iter()
            .filter(|it| it.action != Action::Keep && !before.steps.contains(it))
        {
            let named = |it: &str| {
                it.strip_prefix(path)
                    .is_some_and(|it| it.is_empty() || it.starts_with('.'))
            };
            if step.key.address != *address || !step.changes.iter().all(|it| named(&it.path)) {
                wrong.push(format!(
                    "behind the back: {address}: {path}: {} is named too",
                    step.key.address
                ));
            }
            if !step.held.is_empty() {
                loosen.insert(address.clone());
            }
        }
        let options = Options {
            loosen,
            ..Options::default()
        };
        return Complaint::each(case, wrong, &change, &plan)
            .chain(brought_about(engine, case, &change, spec, &options).await)
            .collect();
    }
    let unseen = format!("behind the back: {address}: {path}: no change is seen");
    Complaint::each(case, vec![unseen], "", &before).collect()
}

/// Changes one thing after another of the full spec with calls of AWS's own, not with our verbs.
pub(crate) async fn by_hand(engine: &Engine, case: &str, spec: &Spec) -> Vec<Complaint> {
    let (live, _) = engine.plan(spec, &Options::default()).await;
    let id = |address: &str| match live.found.get(&address.parse().unwrap()) {
        Some(Found::Ours(object)) => object.id.clone(),
        other => panic!("{address}: {other:?}"),
    };
    let clients = engine.aws.clients();
    let bucket = id("bucket.logs");
    clients
        .s3
        .delete_public_access_block()
        .bucket(bucket)
        .send()
        .await
        .unwrap();
    let mut complaints = named(engine, case, spec, "bucket.logs", "public_access").await;

    let role = id("role.signed-in");
    let all = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"#;
    let put = clients
        .iam
        .put_role_policy()
        .role_name(role)
        .policy_name("extra")
        .policy_document(all);
    put.send().await.unwrap();
    complaints.extend(named(engine, case, spec, "role.signed-in", "policies.extra").await);

    let pool = id("user_pool.main");
    let put = clients
        .cognito
        .set_user_pool_mfa_config()
        .user_pool_id(&pool)
        .mfa_configuration("OFF".into());
    put.send().await.unwrap();
    complaints.extend(named(engine, case, spec, "user_pool.main", "mfa").await);

    let delete = clients.cognito.admin_delete_user().user_pool_id(pool).username("bert");
    delete.send().await.unwrap();
    complaints.extend(named(engine, case, spec, "user.bert", "").await);
    complaints
}

/// The plan names one change of one resource, and `apply` mends it.
async fn named(engine: &Engine, case: &str, spec: &Spec, address: &str, path: &str) -> Vec<Complaint> {
    let (_, plan) = engine.plan(spec, &Options::default()).await;
    let steps: Vec<_> = plan.steps.iter().filter(|it| it.action != Action::Keep).collect();
    let is_named = !steps.is_empty()
        && steps.iter().all(|it| it.key.address.to_string() == address)
        && steps
            .iter()
            .flat_map(|it| &it.changes)
            .all(|it| it.path.starts_with(path));
    let change = format!("by hand: {address}: {path}");
    let wrong = if is_named {
        Vec::new()
    } else {
        vec![format!("{change}: not named alone")]
    };
    Complaint::each(case, wrong, &change, &plan)
        .chain(brought_about(engine, case, &change, spec, &Options::default()).await)
        .collect()
}
