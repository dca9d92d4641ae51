//! Which actions on which resources an operation needs.
//!
//! Most operations are an action of the same name on the one resource that they name. What differs is here: operations
//! that need a second action (tags in a creating call, handing over a role), and lists, which most services allow on
//! `*` only. Source: Service Authorization Reference, by service.

use serde_json::Value;

use super::{Need, sent_tags};
use crate::call::Call;
use crate::services::{self, iam};
use crate::world::World;

/// What a call of an operation needs. Nothing where everybody may call it.
pub(super) fn of(world: &World, service: &str, call: &Call) -> Vec<Need> {
    let mut needs = match service {
        "iam" => of_iam(world, call),
        "cognito-idp" => of_user_pools(call),
        "cognito-identity" => of_identity_pools(call),
        "cloudfront" => of_cloudfront(call),
        "resourcegroupstaggingapi" => of_tagging(call),
        // STS judges who may assume a role by the role's trust, and tells everybody who he is.
        _ => Vec::new(),
    };
    let tags = sent_tags(call);
    let untagged = call.input.get("TagKeys");
    for need in &mut needs {
        if need.action == "iam:PassRole" {
            continue;
        }
        for (name, value) in &tags {
            need.keys.push((format!("aws:RequestTag/{name}"), value.clone()));
            need.keys.push(("aws:TagKeys".to_owned(), name.clone()));
        }
        for name in untagged.and_then(Value::as_array).into_iter().flatten() {
            need.keys
                .push(("aws:TagKeys".to_owned(), name.as_str().unwrap_or_default().to_owned()));
        }
        for (name, value) in tags_of(world, call, &need.resource) {
            need.keys.push((format!("aws:ResourceTag/{name}"), value.clone()));
            if service == "iam" {
                need.keys.push((format!("iam:ResourceTag/{name}"), value));
            }
        }
    }
    needs
}

/// The tags of a resource.
fn tags_of(world: &World, call: &Call, arn: &str) -> Vec<(String, String)> {
    if arn.contains(":iam:") {
        return iam::tags_of(world, arn);
    }
    let region = if arn.contains(":cloudfront:") {
        "us-east-1"
    } else {
        &call.region
    };
    services::tagged(world, &call.account, region)
        .into_iter()
        .find(|(other, _)| other == arn)
        .map_or_else(Vec::new, |(_, tags)| tags.into_iter().collect())
}

fn of_iam(world: &World, call: &Call) -> Vec<Need> {
    let name = call.operation.as_str();
    let account = &call.account;
    let in_account = |sort: &str, rest: &str| format!("arn:aws:iam::{account}:{sort}/{rest}");
    let path = |default: &str| call.text("Path").unwrap_or(default).trim_start_matches('/').to_owned();
    let state = world.iam.get(account);
    let role = |role: &str| {
        state.and_then(|state| state.roles.get(role)).map_or_else(
            || in_account("role", &format!("{}{role}", path("/"))),
            |role| role.arn.clone(),
        )
    };
    let user = |user: &str| {
        state.and_then(|state| state.users.get(user)).map_or_else(
            || in_account("user", &format!("{}{user}", path("/"))),
            |user| user.arn.clone(),
        )
    };
    let prefix = |sort: &str| {
        let prefix = call
            .text("PathPrefix")
            .unwrap_or("/")
            .trim_start_matches('/')
            .to_owned();
        in_account(sort, &prefix)
    };
    let of_role = call.text("RoleName").map(role);
    let resource = match name {
        "ListRoles" => prefix("role"),
        "ListUsers" => prefix("user"),
        "ListPolicies" => prefix("policy"),
        "ListInstanceProfiles" => prefix("instance-profile"),
        "CreatePolicy" => in_account("policy", &format!("{}{}", path("/"), call.required("PolicyName"))),
        "CreateOpenIDConnectProvider" => {
            let url = call.required("Url");
            in_account("oidc-provider", url.strip_prefix("https://").unwrap_or(url))
        }
        "SimulatePrincipalPolicy" => call.required("PolicySourceArn").to_owned(),
        _ if call.input.contains_key("InstanceProfileName") => in_account(
            "instance-profile",
            &format!("{}{}", path("/"), call.required("InstanceProfileName")),
        ),
        _ => match (&of_role, call.text("UserName")) {
            (Some(role), _) => role.clone(),
            (None, Some(name)) => user(name),
            (None, None) if call.caller.contains(":user/") && call.input.is_empty() => call.caller.clone(),
            (None, None) => call
                .text("PolicyArn")
                .or_else(|| call.text("OpenIDConnectProviderArn"))
                .unwrap_or("*")
                .to_owned(),
        },
    };
    let mut first = Need::new(format!("iam:{name}"), resource.clone());
    for (member, key) in [
        ("PolicyArn", "iam:PolicyARN"),
        ("PermissionsBoundary", "iam:PermissionsBoundary"),
    ] {
        if let Some(value) = call.text(member) {
            first = first.with(key, value);
        }
    }
    let mut needs = vec![first];
    if name.starts_with("Create") && call.input.contains_key("Tags") {
        needs.push(Need::new(format!("iam:Tag{}", &name["Create".len()..]), resource));
    }
    if name == "AddRoleToInstanceProfile" {
        needs.extend(of_role.map(|role| pass(&role, "ec2.amazonaws.com")));
    }
    needs
}

/// Handing a role over to a service.
fn pass(role: &str, service: &str) -> Need {
    Need::new("iam:PassRole", role).with("iam:PassedToService", service)
}

fn of_user_pools(call: &Call) -> Vec<Need> {
    let pool = |id: &str| format!("arn:aws:cognito-idp:{}:{}:userpool/{id}", call.region, call.account);
    let resource = match (call.text("ResourceArn"), call.text("UserPoolId")) {
        (Some(arn), _) => arn.to_owned(),
        (None, Some(id)) => pool(id),
        (None, None) => "*".to_owned(),
    };
    let mut needs = vec![Need::new(format!("cognito-idp:{}", call.operation), resource)];
    if call.operation == "CreateUserPool" && call.input.contains_key("UserPoolTags") {
        needs.push(Need::new("cognito-idp:TagResource", pool("*")));
    }
    let sender = call
        .input
        .get("SmsConfiguration")
        .and_then(|it| it["SnsCallerArn"].as_str());
    needs.extend(sender.map(|role| pass(role, "cognito-idp.amazonaws.com")));
    needs
}

fn of_identity_pools(call: &Call) -> Vec<Need> {
    let pool = |id: &str| {
        format!(
            "arn:aws:cognito-identity:{}:{}:identitypool/{id}",
            call.region, call.account
        )
    };
    let resource = match (call.text("ResourceArn"), call.text("IdentityPoolId")) {
        (Some(arn), _) => arn.to_owned(),
        (None, Some(id)) => pool(id),
        (None, None) => "*".to_owned(),
    };
    let mut needs = vec![Need::new(format!("cognito-identity:{}", call.operation), resource)];
    if call.operation == "CreateIdentityPool" && call.input.contains_key("IdentityPoolTags") {
        needs.push(Need::new("cognito-identity:TagResource", pool("*")));
    }
    if call.operation == "SetIdentityPoolRoles" {
        let roles = call.input.get("Roles").and_then(Value::as_object);
        let direct = roles
            .into_iter()
            .flat_map(|roles| roles.values())
            .filter_map(Value::as_str);
        let mappings = call.input.get("RoleMappings").and_then(Value::as_object);
        let mapped = mappings
            .into_iter()
            .flat_map(|mappings| mappings.values())
            .filter_map(|mapping| mapping.pointer("/RulesConfiguration/Rules")?.as_array())
            .flatten()
            .filter_map(|rule| rule["RoleARN"].as_str());
        needs.extend(
            direct
                .chain(mapped)
                .map(|role| pass(role, "cognito-identity.amazonaws.com")),
        );
    }
    needs
}

fn of_cloudfront(call: &Call) -> Vec<Need> {
    let name = call.operation.as_str();
    let arn = |sort: &str, id: &str| format!("arn:aws:cloudfront::{}:{sort}/{id}", call.account);
    let sort = [
        ("OriginAccessControl", "origin-access-control"),
        ("OriginAccessIdentit", "origin-access-identity"),
        ("ResponseHeadersPolic", "response-headers-policy"),
        ("OriginRequestPolic", "origin-request-policy"),
        ("CachePolic", "cache-policy"),
        ("Function", "function"),
        ("Distribution", "distribution"),
        ("Invalidation", "distribution"),
    ]
    .into_iter()
    .find(|(part, _)| name.contains(part))
    .map(|(_, sort)| sort);
    let id = call
        .text("DistributionId")
        .or_else(|| call.text("Id"))
        .or_else(|| call.text("Name"));
    let resource = match (sort, id, call.text("Resource")) {
        (_, _, Some(arn)) => arn.to_owned(),
        (Some(sort), Some(id), None) => arn(sort, id),
        (Some(sort), None, None) => arn(sort, "*"),
        (None, _, None) => "*".to_owned(),
    };
    if name == "CreateDistributionWithTags" {
        // "Required permissions" of the CloudFront API: there is no action of the operation's name.
        return vec![
            Need::new("cloudfront:CreateDistribution", resource.clone()),
            Need::new("cloudfront:TagResource", resource),
        ];
    }
    vec![Need::new(format!("cloudfront:{name}"), resource)]
}

/// The index needs its own action, and for tags the one of the service whose resource it is.
fn of_tagging(call: &Call) -> Vec<Need> {
    let mut needs = vec![Need::new(format!("tag:{}", call.operation), "*")];
    let arns = call.input.get("ResourceARNList").and_then(Value::as_array);
    if matches!(call.operation.as_str(), "TagResources" | "UntagResources") {
        let verb = call.operation.trim_end_matches('s');
        for arn in arns.into_iter().flatten().filter_map(Value::as_str) {
            let service = arn.split(':').nth(2).unwrap_or_default();
            let action = if service == "s3" {
                "s3:PutBucketTagging".to_owned()
            } else {
                format!("{service}:{verb}")
            };
            needs.push(Need::new(action, arn));
        }
    }
    needs
}
