import boto3, gzip, json, os, urllib.request

region = os.environ["AWS_DEFAULT_REGION"]
cognito = boto3.client("cognito-idp")
identity = boto3.client("cognito-identity")
iam = boto3.client("iam")
s3 = boto3.client("s3")
cloudfront = boto3.client("cloudfront")


def the(items):
    items = list(items)
    assert len(items) == 1, items
    return items[0]


def pool_id():
    return the(cognito.list_user_pools(MaxResults=60)["UserPools"])["Id"]


def client_id():
    return the(cognito.list_user_pool_clients(UserPoolId=pool_id(), MaxResults=60)["UserPoolClients"])["ClientId"]


def identity_pool_id():
    return the(identity.list_identity_pools(MaxResults=60)["IdentityPools"])["IdentityPoolId"]


def role():
    return the(iam.list_roles(PathPrefix="/igvctl/")["Roles"])


def distribution_id():
    return the(cloudfront.list_distributions()["DistributionList"]["Items"])["Id"]


def update_client(**change):
    live = cognito.describe_user_pool_client(UserPoolId=pool_id(), ClientId=client_id())["UserPoolClient"]
    for name in ("ClientSecret", "LastModifiedDate", "CreationDate"):
        live.pop(name, None)
    cognito.update_user_pool_client(**(live | change))


def update_identity_pool(**change):
    live = identity.describe_identity_pool(IdentityPoolId=identity_pool_id())
    live.pop("ResponseMetadata")
    live.pop("IdentityPoolTags", None)
    identity.update_identity_pool(**(live | change))


def update_distribution(change):
    answer = cloudfront.get_distribution_config(Id=distribution_id())
    change(answer["DistributionConfig"])
    cloudfront.update_distribution(Id=distribution_id(), IfMatch=answer["ETag"], DistributionConfig=answer["DistributionConfig"])
