//! Managed policies and instance profiles.

use serde_json::json;

use super::{call, create_role, permission, refusal, trust, with_role};
use crate::services::iam::{aws_managed, rights_of};
use crate::world::World;

#[test]
fn attached_policies_exist_and_are_ten_at_most() {
    let mut world = with_role();
    let attach = |world: &mut World, arn: &str| {
        call(
            world,
            "AttachRolePolicy",
            json!({"RoleName": "signed-in", "PolicyArn": arn}),
        )
    };
    let ghost = "arn:aws:iam::aws:policy/NoSuchPolicyAtAll";
    assert_eq!(
        refusal(attach(&mut world, ghost)),
        (
            "NoSuchEntity",
            404,
            format!("Policy {ghost} does not exist or is not attachable.")
        )
    );
    assert_eq!(
        refusal(attach(&mut world, "arn:aws:s3:::not-a-policy")),
        (
            "InvalidInput",
            400,
            "ARN arn:aws:s3:::not-a-policy is not valid.".to_owned()
        )
    );
    let detach = json!({"RoleName": "signed-in", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    assert_eq!(
        refusal(call(&mut world, "DetachRolePolicy", detach)),
        (
            "NoSuchEntity",
            404,
            "Policy arn:aws:iam::aws:policy/ReadOnlyAccess was not found.".to_owned()
        )
    );
    let boundary = json!({"RoleName": "signed-in", "PermissionsBoundary": ghost});
    assert_eq!(
        refusal(call(&mut world, "PutRolePermissionsBoundary", boundary)),
        (
            "NoSuchEntity",
            404,
            format!("Scope ARN: {ghost} does not exist or is not attachable.")
        )
    );
    let arns: Vec<String> = aws_managed::ALL.iter().map(aws_managed::Managed::arn).collect();
    for arn in arns.iter().take(10).chain(&arns[..1]) {
        attach(&mut world, arn).unwrap();
    }
    assert_eq!(
        refusal(attach(&mut world, &arns[10])),
        (
            "LimitExceeded",
            409,
            "Cannot exceed quota for PoliciesPerRole: 10".to_owned()
        )
    );
    let listed = call(&mut world, "ListAttachedRolePolicies", json!({"RoleName": "signed-in"})).unwrap();
    assert_eq!(listed["AttachedPolicies"].as_array().unwrap().len(), 10);
}

#[test]
fn managed_policies_have_five_versions_and_go_last() {
    let mut world = with_role();
    let document = permission().to_string();
    let made = call(
        &mut world,
        "CreatePolicy",
        json!({"PolicyName": "pol", "PolicyDocument": document}),
    )
    .unwrap();
    let arn = made["Policy"]["Arn"].clone();
    assert_eq!(arn, "arn:aws:iam::111122223333:policy/pol");
    assert_eq!(
        refusal(call(
            &mut world,
            "CreatePolicy",
            json!({"PolicyName": "Pol", "PolicyDocument": document})
        ))
        .0,
        "EntityAlreadyExists"
    );
    let attach = json!({"RoleName": "signed-in", "PolicyArn": arn});
    call(&mut world, "AttachRolePolicy", attach.clone()).unwrap();
    call(&mut world, "AttachRolePolicy", attach.clone()).unwrap();
    let read = call(&mut world, "GetPolicy", json!({"PolicyArn": arn})).unwrap();
    assert_eq!(read["Policy"]["AttachmentCount"], 1);
    let entities = call(&mut world, "ListEntitiesForPolicy", json!({"PolicyArn": arn})).unwrap();
    assert_eq!(entities["PolicyRoles"][0]["RoleName"], "signed-in");

    let version = json!({"PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": true});
    for _ in 0..4 {
        call(&mut world, "CreatePolicyVersion", version.clone()).unwrap();
    }
    let (code, _, message) = refusal(call(&mut world, "CreatePolicyVersion", version.clone()));
    assert_eq!(code, "LimitExceeded");
    assert!(message.starts_with("A managed policy can have up to 5 versions."));
    let listed = call(&mut world, "ListPolicyVersions", json!({"PolicyArn": arn})).unwrap();
    assert_eq!(listed["Versions"][0]["VersionId"], "v5");
    assert_eq!(listed["Versions"][0]["IsDefaultVersion"], true);

    let conflict = |answer| {
        let (code, status, message) = refusal(answer);
        assert_eq!((code, status), ("DeleteConflict", 409));
        message
    };
    let of = |id: &str| json!({"PolicyArn": arn, "VersionId": id});
    assert_eq!(
        conflict(call(&mut world, "DeletePolicyVersion", of("v5"))),
        "Cannot delete the default version of a policy."
    );
    let delete = json!({"PolicyArn": arn});
    assert_eq!(
        conflict(call(&mut world, "DeletePolicy", delete.clone())),
        "Cannot delete a policy attached to entities."
    );
    call(&mut world, "DetachRolePolicy", attach).unwrap();
    assert!(conflict(call(&mut world, "DeletePolicy", delete.clone())).starts_with("This policy has more than one"));
    call(&mut world, "SetDefaultPolicyVersion", of("v2")).unwrap();
    for id in ["v1", "v3", "v4", "v5"] {
        call(&mut world, "DeletePolicyVersion", of(id)).unwrap();
    }
    let next = call(&mut world, "CreatePolicyVersion", version).unwrap();
    assert_eq!(next["PolicyVersion"]["VersionId"], "v6", "numbers are never used twice");
    assert_eq!(
        refusal(call(&mut world, "GetPolicyVersion", of("v1"))).0,
        "NoSuchEntity"
    );
    call(&mut world, "DeletePolicyVersion", of("v2")).unwrap();
    call(&mut world, "DeletePolicy", delete.clone()).unwrap();
    assert_eq!(refusal(call(&mut world, "GetPolicy", delete)).0, "NoSuchEntity");
    let aws = json!({"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    assert_eq!(refusal(call(&mut world, "DeletePolicy", aws.clone())).0, "AccessDenied");
    assert!(call(&mut world, "GetPolicy", aws).is_ok());
}

#[test]
fn an_instance_profile_holds_one_role() {
    let mut world = with_role();
    create_role(&mut world, "second", &trust().to_string()).unwrap();
    call(&mut world, "CreateInstanceProfile", json!({"InstanceProfileName": "i"})).unwrap();
    let add = |name: &str| json!({"InstanceProfileName": "i", "RoleName": name});
    call(&mut world, "AddRoleToInstanceProfile", add("signed-in")).unwrap();
    assert_eq!(
        refusal(call(&mut world, "AddRoleToInstanceProfile", add("second"))).0,
        "LimitExceeded"
    );
    assert_eq!(
        refusal(call(&mut world, "RemoveRoleFromInstanceProfile", add("second"))).0,
        "NoSuchEntity"
    );
    let name = json!({"InstanceProfileName": "i"});
    assert_eq!(
        refusal(call(&mut world, "DeleteInstanceProfile", name)).0,
        "DeleteConflict"
    );
    let listed = call(
        &mut world,
        "ListInstanceProfilesForRole",
        json!({"RoleName": "signed-in"}),
    )
    .unwrap();
    assert_eq!(listed["InstanceProfiles"][0]["Roles"][0]["RoleName"], "signed-in");
    let listed = call(&mut world, "ListInstanceProfilesForRole", json!({"RoleName": "second"})).unwrap();
    assert_eq!(listed["InstanceProfiles"], json!([]));
}

#[test]
fn what_a_role_may_do_is_inline_attached_and_bounded() {
    let mut world = with_role();
    let inline = json!({"RoleName": "signed-in", "PolicyName": "p", "PolicyDocument": permission().to_string()});
    call(&mut world, "PutRolePolicy", inline).unwrap();
    let attach = json!({"RoleName": "signed-in", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    call(&mut world, "AttachRolePolicy", attach).unwrap();
    let boundary =
        json!({"RoleName": "signed-in", "PermissionsBoundary": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"});
    call(&mut world, "PutRolePermissionsBoundary", boundary).unwrap();
    let (documents, boundary) = rights_of(&world, "arn:aws:iam::111122223333:role/signed-in").unwrap();
    assert_eq!(documents.len(), 2);
    assert!(documents[1].1.contains("\"*\""), "{documents:?}");
    assert!(boundary.unwrap().1.contains("s3:Get*"));
}
