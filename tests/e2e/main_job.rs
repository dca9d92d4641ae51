//! The main job: from one file to a working backend and back, with the words people read.

use crate::support::{Served, igvctl, root, workplace};

const SPEC: &str = include_str!("../specs/kill-first.yaml");

#[test]
fn the_readme_command_creates_the_whole_stack_and_then_finds_nothing_to_do() {
    for spec in ["minimal.yaml", "full.yaml"] {
        let folder = tempfile::tempdir().unwrap();
        let path = root().join("specs").join(spec);
        let path = path.to_str().unwrap();
        igvctl(folder.path(), &["apply", "--sandbox", "--yes", path])
            .ends(0)
            .says("Provisioning URL: https://");
        igvctl(folder.path(), &["apply", "--sandbox", "--yes", path])
            .ends(0)
            .says("In sync")
            .says("Provisioning URL: https://");
        igvctl(folder.path(), &["plan", "--sandbox", path, "--detailed-exitcode"]).ends(0);
    }
}

#[test]
fn the_published_config_is_what_igv_needs() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let run = igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &served.option()]).ends(0);
    let url = run
        .stdout
        .lines()
        .find_map(|it| it.strip_prefix("Provisioning URL: "))
        .unwrap()
        .to_owned();
    // Contract §1 and §3, row by row, by somebody else's client.
    served.boto3(
        "eu-central-1",
        &format!(
            r#"
answer = urllib.request.urlopen("{url}")
assert answer.status == 200 and answer.url == "{url}"
assert answer.headers["Content-Type"] == "application/gzip", answer.headers
assert answer.headers["Content-Encoding"] is None
assert answer.headers["Cache-Control"] == "no-cache"
config = json.loads(gzip.decompress(answer.read()))
live = cognito.describe_user_pool(UserPoolId=pool_id())["UserPool"]
client = cognito.describe_user_pool_client(UserPoolId=pool_id(), ClientId=client_id())["UserPoolClient"]
assert config == {{
    "auth_provider": "Amazon",
    "client_id": client["ClientId"],
    "client_secret": client["ClientSecret"],
    "authorization_endpoint": config["authorization_endpoint"],
    "token_endpoint": config["token_endpoint"],
    "scope": "openid%20email",
    "aws_region": "eu-central-1",
    "aws_cognito_fed_pool_id": identity_pool_id(),
    "aws_cognito_pool_id": pool_id(),
    "aws_cognito_role_arn": role()["Arn"],
}}, config
assert config["authorization_endpoint"].endswith("/oauth2/authorize"), config
assert config["token_endpoint"].endswith("/oauth2/token"), config
assert "igv-kill.auth.eu-central-1.amazoncognito.com" in config["token_endpoint"], config

assert live["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
assert live["DeletionProtection"] == "ACTIVE" and live["MfaConfiguration"] == "OPTIONAL"
pool = identity.describe_identity_pool(IdentityPoolId=identity_pool_id())
assert pool["AllowClassicFlow"] is True and pool["AllowUnauthenticatedIdentities"] is False
assert not any(pool.get(it) for it in ("SupportedLoginProviders", "OpenIdConnectProviderARNs", "SamlProviderARNs", "DeveloperProviderName"))
assert pool["CognitoIdentityProviders"] == [{{"ProviderName": "cognito-idp.eu-central-1.amazonaws.com/" + pool_id(), "ClientId": client_id(), "ServerSideTokenCheck": True}}]
roles = identity.get_identity_pool_roles(IdentityPoolId=identity_pool_id())
assert roles["Roles"] == {{"authenticated": role()["Arn"]}} and not roles.get("RoleMappings")
assert role()["Path"] == "/igvctl/eu-central-1/igv-kill/"
statement = the(role()["AssumeRolePolicyDocument"]["Statement"])
assert statement["Principal"] == {{"Federated": "cognito-identity.amazonaws.com"}} and statement["Action"] == "sts:AssumeRoleWithWebIdentity"
assert statement["Condition"] == {{"StringEquals": {{"cognito-identity.amazonaws.com:aud": identity_pool_id()}}, "ForAnyValue:StringLike": {{"cognito-identity.amazonaws.com:amr": "authenticated"}}}}, statement
name = the(iam.list_role_policies(RoleName=role()["RoleName"])["PolicyNames"])
actions = set()
for it in iam.get_role_policy(RoleName=role()["RoleName"], PolicyName=name)["PolicyDocument"]["Statement"]:
    actions |= {{it["Action"]}} if isinstance(it["Action"], str) else set(it["Action"])
assert actions == {{"s3:ListAllMyBuckets", "s3:ListBucket", "s3:GetObject"}}, actions
assert not iam.list_attached_role_policies(RoleName=role()["RoleName"])["AttachedPolicies"]
assert client["AllowedOAuthFlows"] == ["code"] and client["AllowedOAuthFlowsUserPoolClient"] is True
assert client["AllowedOAuthScopes"] == ["email", "openid"]
assert client["CallbackURLs"] == [f"http://localhost:{{port}}/oauthCallback" for port in (60151, 60152, 60153)]
assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"] and client["PreventUserExistenceErrors"] == "ENABLED"
assert client["TokenValidityUnits"] == {{"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"}}, client
assert (client["AccessTokenValidity"], client["IdTokenValidity"]) == (60, 60) and client["EnableTokenRevocation"] is True
assert client["ClientSecret"].isalnum()
assert cognito.describe_user_pool_domain(Domain="igv-kill")["DomainDescription"].get("ManagedLoginVersion", 1) == 1
users = cognito.list_users(UserPoolId=pool_id())["Users"]
for user in users:
    attributes = {{it["Name"]: it["Value"] for it in user["Attributes"]}}
    assert attributes["email_verified"] == "true" and "@example.org" in attributes["email"], user
for bucket in ("igv-kill-data", "igv-kill-config"):
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-central-1"
keys = [it["Key"] for it in s3.list_objects_v2(Bucket="igv-kill-data")["Contents"]]
assert keys == ["data/example.bam", "data/example.bam.bai"], keys
"#
        ),
    );
}

#[test]
fn two_stacks_of_one_name_live_side_by_side_in_two_regions() {
    let folder = workplace(SPEC);
    let other = SPEC
        .replace("eu-central-1", "us-east-1")
        .replace("igv-kill-", "igv-kill-us-")
        .replace("k1ll0001", "k1ll0002");
    std::fs::write(folder.path().join("us.yaml"), other).unwrap();
    let both = ["igv.yaml", "us.yaml"];
    for spec in both {
        igvctl(folder.path(), &["apply", spec, "--yes", "--sandbox"]).ends(0);
    }
    for spec in both {
        igvctl(folder.path(), &["drift", spec, "--sandbox"])
            .ends(0)
            .says("In sync");
    }
    igvctl(
        folder.path(),
        &["destroy", "igv.yaml", "--consent", "igv-kill", "--sandbox"],
    )
    .ends(0)
    .says("Nothing of igv-kill is left.");
    igvctl(folder.path(), &["drift", "us.yaml", "--sandbox"])
        .ends(0)
        .says("In sync");
    igvctl(folder.path(), &["drift", "igv.yaml", "--sandbox"])
        .ends(2)
        .says("17 to create");
}

#[test]
fn a_file_with_another_id_is_refused() {
    let folder = workplace(SPEC);
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--sandbox"]).ends(0);
    std::fs::write(folder.path().join("copy.yaml"), SPEC.replace("k1ll0001", "other001")).unwrap();
    igvctl(folder.path(), &["apply", "copy.yaml", "--yes", "--sandbox"])
        .ends(3)
        .says("another igvctl file")
        .says("nothing was changed");
    igvctl(folder.path(), &["drift", "igv.yaml", "--sandbox"]).ends(0);
}

#[test]
fn another_account_is_refused_before_anything_is_looked_at() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let run = crate::support::igvctl_with(
        folder.path(),
        &["plan", "igv.yaml"],
        &[
            ("AWS_ENDPOINT_URL", &served.url),
            ("AWS_ACCESS_KEY_ID", "444455556666"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
        ],
    );
    run.ends(3)
        .says("these credentials belong to account 444455556666, the spec says 111122223333; nothing was looked at")
        .says("help: log in to account 111122223333, or name its profile with `--profile`");
}

#[test]
fn apply_asks_and_destroy_needs_the_name() {
    let folder = workplace(SPEC);
    igvctl(folder.path(), &["apply", "igv.yaml", "--sandbox"])
        .ends(3)
        .says("add `--yes`");
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--sandbox"]).ends(0);
    igvctl(folder.path(), &["destroy", "igv.yaml", "--sandbox"])
        .ends(3)
        .says("--consent igv-kill");
    igvctl(
        folder.path(),
        &["destroy", "igv.yaml", "--consent", "igv-other", "--sandbox"],
    )
    .ends(3)
    .says("not `igv-other`");
    igvctl(folder.path(), &["drift", "igv.yaml", "--sandbox"])
        .ends(0)
        .says("In sync");
}

#[test]
fn destroy_keeps_data_when_told() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    igvctl(
        folder.path(),
        &["destroy", "igv.yaml", "--consent", "igv-kill", "--keep-data", &sandbox],
    )
    .ends(0)
    .says("Kept, because it holds data:")
    .says("user_pool.main")
    .says("bucket.igv-kill-data");
    served.boto3(
        "eu-central-1",
        r#"
assert all(it["Enabled"] for it in cognito.list_users(UserPoolId=pool_id())["Users"])
assert [it["Name"] for it in s3.list_buckets()["Buckets"]] == ["igv-kill-data"], s3.list_buckets()["Buckets"]
assert not identity.list_identity_pools(MaxResults=60)["IdentityPools"]
assert not cloudfront.list_distributions()["DistributionList"].get("Items")
assert s3.head_object(Bucket="igv-kill-data", Key="data/example.bam")["ContentLength"] == 1000
"#,
    );
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox])
        .ends(0)
        .says("In sync");
}

#[test]
fn a_saved_plan_is_carried_out_and_nothing_else() {
    let folder = workplace(SPEC);
    igvctl(
        folder.path(),
        &["plan", "igv.yaml", "--out", "saved.plan.json", "--sandbox"],
    )
    .ends(0);
    igvctl(folder.path(), &["show", "saved.plan.json"])
        .ends(0)
        .says("17 to create");
    igvctl(folder.path(), &["show", "saved.plan.json", "--format", "markdown"])
        .ends(0)
        .says("| create | `user_pool.main` |");
    igvctl(
        folder.path(),
        &["apply", "igv.yaml", "--plan", "saved.plan.json", "--yes", "--sandbox"],
    )
    .ends(0);
    std::fs::write(
        folder.path().join("igv.yaml"),
        SPEC.replace("    ben:", "    eve: {email: eve@example.org}\n    ben:"),
    )
    .unwrap();
    igvctl(
        folder.path(),
        &["apply", "igv.yaml", "--plan", "saved.plan.json", "--yes", "--sandbox"],
    )
    .ends(3)
    .says("nothing was changed: not in the saved plan saved.plan.json: `user.eve`");
}

#[test]
fn who_leaves_the_file_is_disabled_and_comes_back_enabled() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let sandbox = served.option();
    let enabled = "print({it['Username']: it['Enabled'] for it in cognito.list_users(UserPoolId=pool_id())['Users']})";
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    std::fs::write(
        folder.path().join("igv.yaml"),
        SPEC.replace("    ben: {email: ben@example.org}\n", ""),
    )
    .unwrap();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox])
        .ends(0)
        .says("delete  user.ben");
    assert_eq!(
        served.boto3("eu-central-1", enabled).trim(),
        "{'anna': True, 'ben': False}"
    );
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox]).ends(0);
    std::fs::write(folder.path().join("igv.yaml"), SPEC).unwrap();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    assert_eq!(
        served.boto3("eu-central-1", enabled).trim(),
        "{'anna': True, 'ben': True}"
    );
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox]).ends(0);
}

#[test]
fn an_adopted_pool_is_taken_over_and_let_go_again() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let sandbox = served.option();
    let id = served.boto3(
        "eu-central-1",
        "print(cognito.create_user_pool(PoolName='by hand', Schema=[{'Name': 'email', 'Required': True, 'Mutable': True}])['UserPool']['Id'])",
    );
    let id = id.trim();
    let spec = format!("{SPEC}adopt: {{user_pool.main: {id}}}\n");
    std::fs::write(folder.path().join("igv.yaml"), &spec).unwrap();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox])
        .ends(0)
        .says("adopt   user_pool.main")
        .says("anyone -> admin_only");
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox]).ends(0);
    assert_eq!(
        served.boto3("eu-central-1", "print(pool_id())").trim(),
        id,
        "no second pool"
    );
}

#[test]
fn a_client_without_a_secret_leaves_none_in_the_published_file() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    let public = SPEC.replace(
        "  domain: igv-kill\n",
        "  domain: igv-kill\n  client: {secret: false}\n",
    );
    std::fs::write(folder.path().join("igv.yaml"), public).unwrap();
    let run = igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox])
        .ends(0)
        .says("replace user_pool_client.igv")
        .says("body.client_secret:  (secret, changes)");
    let url = run
        .stdout
        .lines()
        .find_map(|it| it.strip_prefix("Provisioning URL: "))
        .unwrap();
    served.boto3(
        "eu-central-1",
        &format!(
            r#"
config = json.loads(gzip.decompress(urllib.request.urlopen("{url}").read()))
assert "client_secret" not in config and config["client_id"] == client_id(), sorted(config)
"#
        ),
    );
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox]).ends(0);
}

#[test]
fn moving_the_published_file_needs_consent() {
    let folder = workplace(SPEC);
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--sandbox"]).ends(0);
    let moved = SPEC.replace(
        "  bucket: igv-kill-config\n",
        "  bucket: igv-kill-config\n  path: v2/oauth-config.json.gz\n",
    );
    std::fs::write(folder.path().join("igv.yaml"), &moved).unwrap();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--sandbox"])
        .ends(3)
        .says("costs the URL in people's preferences")
        .says("to consent, write `config_file.main` under `may_destroy`");
    let consented = moved.replace("may_destroy: [", "may_destroy: [config_file.main, ");
    std::fs::write(folder.path().join("igv.yaml"), consented).unwrap();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--sandbox"])
        .ends(0)
        .says("v2/oauth-config.json.gz");
    igvctl(folder.path(), &["drift", "igv.yaml", "--sandbox"]).ends(0);
}
