"""Roles, policies, and who calls."""

import json

from operations import operation, plain
from world import Text

IAM = "iam"


def document(statement, broken):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}) if not broken else '{"Statement": 1'


def trust(w):
    owner = {"Principal": {"AWS": f"arn:aws:iam::{w.account}:root"}, "Action": "sts:AssumeRole"}
    federated = {
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    pool = {"cognito-identity.amazonaws.com:aud": "eu-central-1:00000000-0000-4000-8000-000000000000"}
    statement = w.mostly(owner, {**federated, "Condition": {"StringEquals": pool}}, wrong=federated)
    return document({"Effect": "Allow", **statement}, w.chance(5))


def rights(w):
    return document({"Effect": "Allow", "Action": w.one("s3:GetObject", ["s3:*"]), "Resource": "*"}, w.chance(5))


def tags(w):
    return [{"Key": w.one("app", "team", "App"), "Value": w.one("igv", "")}]


@operation(IAM, 5, makes=("role", "RoleName"), most=2)
def create_role(w):
    more = w.some(
        Description="Readers",
        Path=w.mostly("/igv/", wrong="igv"),
        MaxSessionDuration=w.mostly(3600, 43200, wrong=60),
        Tags=tags(w),
    )
    return {"RoleName": w.mostly("readers", "writers", wrong="bad name"), "AssumeRolePolicyDocument": trust(w), **more}


plain(IAM, "get_role", RoleName="role", weight=3)
plain(IAM, "delete_role", removes=("role", "RoleName"), RoleName="role")
plain(IAM, "list_role_policies", RoleName="role")
plain(IAM, "list_attached_role_policies", RoleName="role")
plain(IAM, "list_role_tags", RoleName="role")
plain(IAM, "get_role_policy", RoleName="role", PolicyName="inline")
plain(IAM, "delete_role_policy", removes=("inline", "PolicyName"), RoleName="role", PolicyName="inline")


@operation(IAM, 1, ("role",))
def update_role(w):
    more = w.some(Description=w.one("Others", "again"), MaxSessionDuration=w.mostly(7200, wrong=43201))
    return {"RoleName": w.the("role"), **more}


@operation(IAM, 1, ("role",))
def update_assume_role_policy(w):
    return {"RoleName": w.the("role"), "PolicyDocument": trust(w)}


@operation(IAM, 2, ("role",), makes=("inline", "PolicyName"))
def put_role_policy(w):
    return {"RoleName": w.the("role"), "PolicyName": w.mostly("read", "write", wrong="a b"), "PolicyDocument": rights(w)}


@operation(IAM, 1, ("role",))
def tag_role(w):
    return {"RoleName": w.the("role"), "Tags": tags(w)}


@operation(IAM, 1, ("role",))
def untag_role(w):
    return {"RoleName": w.the("role"), "TagKeys": [w.one("app", "team")]}


@operation(IAM)
def list_roles(w):
    return w.some(PathPrefix="/igv/")


@operation(IAM, 2, makes=("policy", "Policy.Arn"), most=2)
def create_policy(w):
    return {"PolicyName": w.one("read", "write"), "PolicyDocument": rights(w), **w.some(Description="Reads")}


@operation(IAM, 1, ("policy",))
def get_policy(w):
    return {"PolicyArn": w.the("policy")}


@operation(IAM, 2, ("policy",), removes=("policy", "PolicyArn"))
def delete_policy(w):
    return {"PolicyArn": w.the("policy")}


@operation(IAM, 2, ("policy",))
def create_policy_version(w):
    return {"PolicyArn": w.the("policy"), "PolicyDocument": rights(w), "SetAsDefault": w.chance(50)}


@operation(IAM, 1, ("policy",))
def list_policy_versions(w):
    return {"PolicyArn": w.the("policy")}


@operation(IAM, 1, ("policy",))
def list_entities_for_policy(w):
    return {"PolicyArn": w.the("policy")}


@operation(IAM, 2, ("role", "policy"))
def attach_role_policy(w):
    return {"RoleName": w.the("role"), "PolicyArn": w.the("policy")}


@operation(IAM, 1, ("role", "policy"))
def detach_role_policy(w):
    return {"RoleName": w.the("role"), "PolicyArn": w.the("policy")}


@operation("sts", 2)
def get_caller_identity(w):
    return {}


@operation("sts", 2, ("role",))
def assume_role(w):
    role = w.the("role")
    arn = Text(f"arn:aws:iam::{w.account}:role/{{}}", role) if role != "unknown" else "not an arn"
    return {"RoleArn": arn, "RoleSessionName": w.mostly("igv", wrong="a b"), **w.some(DurationSeconds=w.mostly(900, 3600, wrong=60))}
