//! A stack that was clicked together at the console is taken over with `adopt` alone, and let go again.

use std::path::Path;

use crate::support::{Served, igvctl, igvctl_with, root, workplace};

const PASSWORD: &str = "Correct-Horse-9-Battery";

const SPEC: &str = r#"version: 1
id: hand0001
stack: igv-hand
account: "111122223333"
region: eu-central-1
user_pool:
  name: IGV User Pool
  domain: igv-by-hand
  client: {name: igv demo}
  users:
    anna: {email: anna@example.org}
    zoe: {email: zoe@example.org}
identity_pool: {name: IGV identity pool}
data:
  - bucket: igv-hand-data
    objects: [data/example.bam]
config:
  bucket: igv-hand-config
  path: oauth.json.gz
"#;
const REGION: &str = "eu-central-1";

/// What never changes for the people who use it.
const SAME: &str = r#"
assert pool_id() == "{pool}" and client_id() == "{client}" and identity_pool_id() == "{fed}"
assert distribution_id() == "{distribution}"
answer = urllib.request.urlopen("{url}")
config = json.loads(gzip.decompress(answer.read()))
assert config["client_id"] == "{client}" and config["client_secret"] == "{secret}", config
assert config["aws_cognito_pool_id"] == "{pool}" and config["aws_cognito_fed_pool_id"] == "{fed}", config
assert config["aws_cognito_role_arn"] == "arn:aws:iam::111122223333:role/service-role/Cognito_IGVidentitypoolAuth_Role", config
assert s3.get_object(Bucket="igv-hand-data", Key="data/example.bam")["Body"].read() == open("{data}/example.bam", "rb").read()
users = cognito.list_users(UserPoolId=pool_id())["Users"]
assert [(it["Username"], it["Enabled"]) for it in users] == [("anna", True), ("zoe", True)], users
"#;

/// Contract §3, as far as the hands of 2019 had broken it.
const CONTRACT: &str = r#"
live = cognito.describe_user_pool(UserPoolId=pool_id())["UserPool"]
assert live["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
assert live["DeletionProtection"] == "ACTIVE" and live["MfaConfiguration"] == "OPTIONAL"
assert any(it["Name"] == "custom:igvctl" for it in live["SchemaAttributes"])
client = cognito.describe_user_pool_client(UserPoolId=pool_id(), ClientId=client_id())["UserPoolClient"]
assert client["CallbackURLs"] == [f"http://localhost:{port}/oauthCallback" for port in (60151, 60152, 60153)]
assert client["AllowedOAuthScopes"] == ["email", "openid"] and client["AllowedOAuthFlows"] == ["code"], client
assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"] and client["PreventUserExistenceErrors"] == "ENABLED"
pool = identity.describe_identity_pool(IdentityPoolId=identity_pool_id())
assert pool["AllowClassicFlow"] is True and pool["AllowUnauthenticatedIdentities"] is False
assert the(pool["CognitoIdentityProviders"])["ServerSideTokenCheck"] is True
arn = "arn:aws:iam::111122223333:role/service-role/Cognito_IGVidentitypoolAuth_Role"
assert identity.get_identity_pool_roles(IdentityPoolId=identity_pool_id())["Roles"] == {"authenticated": arn}
name = the(iam.list_role_policies(RoleName="Cognito_IGVidentitypoolAuth_Role")["PolicyNames"])
document = iam.get_role_policy(RoleName="Cognito_IGVidentitypoolAuth_Role", PolicyName=name)["PolicyDocument"]
assert {it["Action"] for it in document["Statement"]} == {"s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetObject"}, document
# The guest role is detached and lives on in IAM.
iam.get_role(RoleName="Cognito_IGVidentitypoolUnauth_Role")
for bucket in ("igv-hand-data", "igv-hand-config"):
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
answer = urllib.request.urlopen(URL)
assert answer.headers["Content-Type"] == "application/gzip" and answer.headers["Cache-Control"] == "no-cache"
config = json.loads(gzip.decompress(answer.read()))
endpoint = "igv-by-hand.auth.eu-central-1.amazoncognito.com/oauth2/"
assert config["authorization_endpoint"].endswith(endpoint + "authorize"), config
assert config["token_endpoint"].endswith(endpoint + "token") and config["scope"] == "openid%20email", config
config = cloudfront.get_distribution_config(Id=distribution_id())["DistributionConfig"]
# The old origin may stay, unused: what is not ours is kept.
target = config["DefaultCacheBehavior"]["TargetOriginId"]
origin = the(it for it in config["Origins"]["Items"] if it["Id"] == target)
assert origin["OriginAccessControlId"] == the(cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Items"])["Id"]
assert origin["S3OriginConfig"]["OriginAccessIdentity"] == "", origin
assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"
assert config["CallerReference"] == "2019" and config["Comment"] == "igv"
"#;

/// Nothing says that igvctl was here.
const UNMARKED: &str = r#"
assert not cognito.describe_user_pool(UserPoolId=pool_id())["UserPool"].get("UserPoolTags")
assert the(cognito.list_user_pool_clients(UserPoolId=pool_id(), MaxResults=60)["UserPoolClients"])["ClientName"] == "renamed client"
assert not any(it["Name"] == "custom:igvctl" for user in cognito.list_users(UserPoolId=pool_id())["Users"] for it in user["Attributes"])
assert not identity.describe_identity_pool(IdentityPoolId=identity_pool_id()).get("IdentityPoolTags")
for bucket in ("igv-hand-data", "igv-hand-config"):
    try:
        raise SystemExit(s3.get_bucket_tagging(Bucket=bucket))
    except s3.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchTagSet", error
    for it in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        assert s3.get_object_tagging(Bucket=bucket, Key=it["Key"])["TagSet"] == [], it
arn = the(cloudfront.list_distributions()["DistributionList"]["Items"])["ARN"]
assert cloudfront.list_tags_for_resource(Resource=arn)["Tags"]["Items"] == []
assert not the(cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Items"])["Name"].startswith("igvctl.")
"#;

/// The steps of a plan: what it does at which address.
fn steps(plan: &str) -> Vec<String> {
    let mut steps: Vec<String> = plan
        .lines()
        .filter(|it| {
            ["+ ", "~ ", "- ", "-/+ ", "! ", "> ", "= "]
                .iter()
                .any(|sign| it.starts_with(sign))
        })
        .map(|it| it.split_whitespace().skip(1).take(2).collect::<Vec<_>>().join(" "))
        .collect();
    steps.sort();
    steps.dedup();
    steps
}

fn write(folder: &Path, spec: &str) {
    std::fs::write(folder.join("igv.yaml"), spec).unwrap();
}

#[test]
fn a_stack_clicked_together_is_taken_over_renamed_and_let_go() {
    for with_identity in [true, false] {
        take_over(with_identity);
    }
}

fn take_over(with_identity: bool) {
    let folder = workplace("");
    // The data came from elsewhere: nothing is at hand, as on a CI runner.
    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    let served = Served::start(folder.path());
    let sandbox = served.option();
    let data = root().join("specs/data").display().to_string();
    let oai = if with_identity { "True" } else { "False" };
    let printed = served.boto3(
        REGION,
        &format!("OAI = {oai}\nDATA = \"{data}\"\n{}", include_str!("python/by_hand.py")),
    );
    let mut lines = printed.lines();
    let ids: serde_json::Map<String, serde_json::Value> = serde_json::from_str(lines.next().unwrap()).unwrap();
    let (secret, domain) = (lines.next().unwrap(), lines.next().unwrap());
    let id = |address: &str| ids[address].as_str().unwrap().to_owned();
    let url = format!("{}/_cloudfront/{domain}/oauth.json.gz", served.url);
    let same = SAME
        .replace("{pool}", &id("user_pool.main"))
        .replace("{client}", id("user_pool_client.igv").split_once('/').unwrap().1)
        .replace("{fed}", &id("identity_pool.main"))
        .replace("{distribution}", &id("distribution.config"))
        .replace("{secret}", secret)
        .replace("{data}", &data)
        .replace("{url}", &url);
    if !with_identity {
        // With one, the origin is the bucket's old global name, which S3 answers with a redirect.
        served.boto3(REGION, &same);
    }

    // Without `adopt`, what stands under the same names is not touched.
    write(folder.path(), SPEC);
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox])
        .ends(3)
        .says("under `adopt`")
        .never_says(secret);

    let adopt: String = ids.iter().map(|(address, id)| format!("  {address}: {id}\n")).collect();
    let adopting = format!("{SPEC}adopt:\n{adopt}");
    write(folder.path(), &adopting);
    let plan = igvctl(folder.path(), &["plan", "igv.yaml", &sandbox])
        .ends(0)
        .never_says(secret)
        .says("sign_up:                         anyone -> admin_only")
        .says("guests:               true -> false")
        .says("\"cognito-identity:*\",")
        .says("/login -> https://")
        .says("public_access.block_policy:  false -> true")
        .says("Cognito_IGVidentitypoolUnauth_Role -> \"\"")
        .says("viewer_protocol:      allow_all -> https_only");
    assert_eq!(
        steps(&plan.stdout),
        [
            "adopt bucket.config",
            "adopt bucket.igv-hand-data",
            "adopt distribution.config",
            "adopt identity_pool.main",
            "adopt role.signed-in",
            "adopt user.anna",
            "adopt user.zoe",
            "adopt user_pool.main",
            "adopt user_pool_client.igv",
            "create bucket_policy.igv-hand-data",
            "create origin_access_control.config",
            "update bucket_policy.config",
            "update config_file.main",
            "update identity_pool_roles.main",
        ],
        "nothing is replaced or deleted"
    );
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox])
        .ends(0)
        .says(&format!("Provisioning URL: {url}"))
        .never_says(secret);
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox])
        .ends(0)
        .says("In sync");
    served.boto3(REGION, &same);
    served.boto3(REGION, &format!("URL = \"{url}\"\n{CONTRACT}"));
    // People log in, with the client id that they always had.
    served.boto3(
        REGION,
        &format!("cognito.admin_set_user_password(UserPoolId=pool_id(), Username='anna', Password='{PASSWORD}', Permanent=True)"),
    );
    let login = ["--user", "anna", "--password-env", "PASSWORD_OF_ANNA"];
    let verify = [&["verify", "igv.yaml", &sandbox][..], &login].concat();
    igvctl_with(folder.path(), &verify, &[("PASSWORD_OF_ANNA", PASSWORD)])
        .ends(0)
        .says("A login works.")
        .never_says(PASSWORD);

    // Renames are updates, of the same objects.
    let renamed = adopting
        .replace("IGV User Pool", "renamed pool")
        .replace("igv demo", "renamed client")
        .replace("IGV identity pool", "renamed identity pool");
    write(folder.path(), &renamed);
    let plan = igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    assert_eq!(
        steps(&plan.stdout),
        [
            "update identity_pool.main",
            "update user_pool.main",
            "update user_pool_client.igv"
        ]
    );
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox])
        .ends(0)
        .says("In sync");
    served.boto3(REGION, &same);

    // Let go of everything: it lives on without us.
    let head: String = SPEC.lines().take(5).map(|it| format!("{it}\n")).collect();
    let release: Vec<&str> = ids
        .keys()
        .map(String::as_str)
        .chain([
            "identity_pool_roles.main",
            "origin_access_control.config",
            "bucket_policy.config",
            "bucket_policy.igv-hand-data",
            "config_file.main",
        ])
        .collect();
    write(folder.path(), &format!("{head}release: [{}]\n", release.join(", ")));
    let run = igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    assert!(
        steps(&run.stdout).iter().all(|it| it.starts_with("release ")),
        "{}",
        run.stdout
    );
    served.boto3(REGION, &same);
    served.boto3(REGION, UNMARKED);
    write(folder.path(), &head);
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox])
        .ends(0)
        .says("In sync");
    served.boto3(REGION, &same);
}
