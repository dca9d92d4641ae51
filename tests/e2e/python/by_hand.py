# A stack as people clicked it together at the console after the procedure of 2019. Prints its ids.
pool = cognito.create_user_pool(PoolName="IGV User Pool")["UserPool"]["Id"]
cognito.create_user_pool_domain(Domain="igv-by-hand", UserPoolId=pool)
client = cognito.create_user_pool_client(
    UserPoolId=pool, ClientName="igv demo", GenerateSecret=True, RefreshTokenValidity=30,
    CallbackURLs=["http://localhost:60151/oauthCallback"], SupportedIdentityProviders=["COGNITO"],
    AllowedOAuthFlows=["code"], AllowedOAuthScopes=["email", "openid", "profile"], AllowedOAuthFlowsUserPoolClient=True,
    ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
)["UserPoolClient"]
for name in ("anna", "zoe"):
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": name + "@example.org"}, {"Name": "email_verified", "Value": "true"}])
fed = identity.create_identity_pool(
    IdentityPoolName="IGV identity pool", AllowUnauthenticatedIdentities=True, AllowClassicFlow=True,
    CognitoIdentityProviders=[{"ProviderName": f"cognito-idp.{region}.amazonaws.com/{pool}", "ClientId": client["ClientId"], "ServerSideTokenCheck": False}],
)["IdentityPoolId"]


def trust(amr):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": fed}, "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr}}}]})


roles = {}
for name, amr in (("Auth", "authenticated"), ("Unauth", "unauthenticated")):
    role_name = f"Cognito_IGVidentitypool{name}_Role"
    roles[amr] = iam.create_role(RoleName=role_name, Path="/service-role/", AssumeRolePolicyDocument=trust(amr))["Role"]["Arn"]
    iam.put_role_policy(RoleName=role_name, PolicyName=f"oneClick_{role_name}_1560000000000", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["mobileanalytics:PutEvents", "cognito-sync:*"] + (["cognito-identity:*", "s3:*"] if name == "Auth" else []), "Resource": ["*"]}]}))
identity.set_identity_pool_roles(IdentityPoolId=fed, Roles=roles)

for name in ("igv-hand-data", "igv-hand-config"):
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
for key in ("example.bam", "example.bam.bai"):
    s3.put_object(Bucket="igv-hand-data", Key=f"data/{key}", Body=open(f"{DATA}/{key}", "rb").read())
# The 2019 procedure made the config bucket public and published through CloudFront as well.
s3.delete_public_access_block(Bucket="igv-hand-config")
oai = cloudfront.create_cloud_front_origin_access_identity(CloudFrontOriginAccessIdentityConfig={"CallerReference": "2019", "Comment": "igv"})["CloudFrontOriginAccessIdentity"] if OAI else None
s3.put_bucket_policy(Bucket="igv-hand-config", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::igv-hand-config/*"}]
    + ([{"Sid": "Oai", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {oai['Id']}"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::igv-hand-config/*"}] if oai else [])}))
endpoint = f"https://igv-by-hand.auth.{region}.amazoncognito.com"
s3.put_object(Bucket="igv-hand-config", Key="oauth.json.gz", ContentType="application/gzip", Body=gzip.compress(json.dumps({
    "auth_provider": "Amazon", "client_id": client["ClientId"], "client_secret": client["ClientSecret"],
    "authorization_endpoint": endpoint + "/login", "token_endpoint": endpoint + "/token", "scope": "email%20openid%20profile",
    "aws_region": region, "aws_cognito_fed_pool_id": fed, "aws_cognito_pool_id": pool, "aws_cognito_role_arn": roles["authenticated"],
}).encode()))
distribution = cloudfront.create_distribution(DistributionConfig={
    "CallerReference": "2019", "Comment": "igv", "Enabled": True,
    "Origins": {"Quantity": 1, "Items": [{"Id": "S3-igv-hand-config", "DomainName": "igv-hand-config.s3.amazonaws.com" if oai else f"igv-hand-config.s3.{region}.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": f"origin-access-identity/cloudfront/{oai['Id']}" if oai else ""}}]},
    "DefaultCacheBehavior": {"TargetOriginId": "S3-igv-hand-config", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0,
        "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}},
})["Distribution"]
print(json.dumps({
    "user_pool.main": pool, "user_pool_client.igv": f"{pool}/{client['ClientId']}", "user_pool_domain.main": "igv-by-hand",
    "user.anna": f"{pool}/anna", "identity_pool.main": fed, "role.signed-in": "Cognito_IGVidentitypoolAuth_Role",
    "bucket.config": "igv-hand-config", "bucket.igv-hand-data": "igv-hand-data", "distribution.config": distribution["Id"],
    "user.zoe": f"{pool}/zoe"}))
print(client["ClientSecret"])
print(distribution["DomainName"])
