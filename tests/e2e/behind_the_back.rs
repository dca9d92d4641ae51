//! Changes made with boto3 behind igvctl's back: `drift` names each, `apply` mends each, nothing else moves.

use std::collections::BTreeSet;

use crate::support::{Served, igvctl, workplace};

const REGION: &str = "eu-central-1";
const SPEC: &str = include_str!("../specs/kill-first.yaml");

/// What is done behind the back, and what `drift` must say.
const CHANGES: &[(&str, &str, &[&str])] = &[
    (
        "self sign-up on",
        "cognito.update_user_pool(UserPoolId=pool_id(), AutoVerifiedAttributes=['email'], UserAttributeUpdateSettings={'AttributesRequireVerificationBeforeUpdate': ['email']}, DeletionProtection='ACTIVE', AdminCreateUserConfig={'AllowAdminCreateUserOnly': False})",
        &["update  user_pool.main", "sign_up:", "anyone -> admin_only"],
    ),
    (
        "a callback replaced",
        "update_client(CallbackURLs=['http://localhost:60151/oauthCallback', 'https://example.org/steal'])",
        &[
            "update  user_pool_client.igv",
            "callback_urls:",
            "- https://example.org/steal",
            "+ http://localhost:60152/oauthCallback",
        ],
    ),
    (
        "the implicit grant alone",
        "update_client(AllowedOAuthFlows=['implicit'])",
        &["update  user_pool_client.igv", "grants:", "- implicit", "+ code"],
    ),
    (
        "guests on",
        "update_identity_pool(AllowUnauthenticatedIdentities=True)",
        &["update  identity_pool.main", "guests:", "true -> false"],
    ),
    (
        "a Google provider in the identity pool",
        "update_identity_pool(SupportedLoginProviders={'accounts.google.com': '1234.apps.googleusercontent.com'})",
        &["update  identity_pool.main", "social_providers.accounts.google.com"],
    ),
    (
        "the classic flow off",
        "update_identity_pool(AllowClassicFlow=False)",
        &["update  identity_pool.main", "classic_flow:", "false -> true"],
    ),
    (
        "a guest role and role mappings",
        "identity.set_identity_pool_roles(IdentityPoolId=identity_pool_id(), Roles={'authenticated': role()['Arn'], 'unauthenticated': role()['Arn']})",
        &["update  identity_pool_roles.main", "unauthenticated:"],
    ),
    (
        "an allowing policy on the role",
        "iam.put_role_policy(RoleName=role()['RoleName'], PolicyName='extra', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:*', 'Resource': '*'}]}))",
        &["update  role.signed-in", "policies.extra: shall not be there"],
    ),
    (
        "AdministratorAccess attached to the role",
        "iam.attach_role_policy(RoleName=role()['RoleName'], PolicyArn='arn:aws:iam::aws:policy/AdministratorAccess')",
        &[
            "update  role.signed-in",
            "managed_policies:",
            "- arn:aws:iam::aws:policy/AdministratorAccess",
        ],
    ),
    (
        "amr dropped from the trust",
        "document = role()['AssumeRolePolicyDocument']; document['Statement'][0]['Condition'].pop('ForAnyValue:StringLike'); iam.update_assume_role_policy(RoleName=role()['RoleName'], PolicyDocument=json.dumps(document))",
        &["update  role.signed-in", "trust:", "cognito-identity.amazonaws.com:amr"],
    ),
    (
        "the public access block deleted",
        "s3.delete_public_access_block(Bucket='igv-kill-data')",
        &[
            "update  bucket.igv-kill-data",
            "public_access.block_policy:",
            "false -> true",
        ],
    ),
    (
        "encryption and ownership changed",
        "s3.put_bucket_ownership_controls(Bucket='igv-kill-data', OwnershipControls={'Rules': [{'ObjectOwnership': 'ObjectWriter'}]})",
        &[
            "update  bucket.igv-kill-data",
            "ownership:",
            "object_writer -> bucket_owner_enforced",
        ],
    ),
    (
        "a public ACL",
        "s3.put_bucket_ownership_controls(Bucket='igv-kill-data', OwnershipControls={'Rules': [{'ObjectOwnership': 'ObjectWriter'}]}); s3.delete_public_access_block(Bucket='igv-kill-data'); s3.put_bucket_acl(Bucket='igv-kill-data', ACL='public-read')",
        &[
            "update  bucket.igv-kill-data",
            "ownership:",
            "object_writer -> bucket_owner_enforced",
        ],
    ),
    (
        "the bucket policy removed",
        "s3.delete_bucket_policy(Bucket='igv-kill-config')",
        &["create  bucket_policy.config"],
    ),
    (
        "the config overwritten",
        "s3.put_object(Bucket='igv-kill-config', Key='oauth-config.json.gz', Body=b'{\"client_id\": \"other\"}')",
        &["update  config_file.main", "body.client_id:"],
    ),
    (
        "a port pinned in the published config",
        "config = json.loads(gzip.decompress(s3.get_object(Bucket='igv-kill-config', Key='oauth-config.json.gz')['Body'].read())); config['redirect_uris'] = ['http://localhost:9/oauthCallback']; s3.put_object(Bucket='igv-kill-config', Key='oauth-config.json.gz', Body=gzip.compress(json.dumps(config).encode()), ContentType='application/gzip', CacheControl='no-cache')",
        &["update  config_file.main", "body.redirect_uris:"],
    ),
    (
        "the welcome page overwritten",
        "s3.put_object(Bucket='igv-kill-config', Key='index.html', Body=b'<p>others</p>', ContentType='text/html; charset=utf-8', CacheControl='no-cache')",
        &["update  welcome_page.main", "other:", "13 bytes"],
    ),
    (
        "the distribution disabled",
        "update_distribution(lambda config: config.update(Enabled=False))",
        &["update  distribution.config", "enabled:", "false -> true"],
    ),
    (
        "a data file deleted",
        "s3.delete_object(Bucket='igv-kill-data', Key='data/example.bam')",
        &["create  object.igv-kill-data/data/example.bam"],
    ),
    (
        "a user deleted",
        "cognito.admin_delete_user(UserPoolId=pool_id(), Username='ben')",
        &["create  user.ben"],
    ),
    (
        "deletion protection off",
        "cognito.update_user_pool(UserPoolId=pool_id(), AutoVerifiedAttributes=['email'], UserAttributeUpdateSettings={'AttributesRequireVerificationBeforeUpdate': ['email']}, AdminCreateUserConfig={'AllowAdminCreateUserOnly': True}, DeletionProtection='INACTIVE')",
        &["update  user_pool.main", "deletion_protection:", "false -> true"],
    ),
    (
        "MFA off",
        "cognito.set_user_pool_mfa_config(UserPoolId=pool_id(), MfaConfiguration='OFF')",
        &["update  user_pool.main", "mfa:", "off -> optional"],
    ),
];

#[test]
fn drift_names_and_apply_mends_every_change() {
    let folder = workplace(&SPEC.replace(
        "  bucket: igv-kill-config\n",
        "  bucket: igv-kill-config\n  page: true\n",
    ));
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox]).ends(0);
    for (name, script, words) in CHANGES {
        served.boto3(REGION, script);
        let mut drift = igvctl(folder.path(), &["drift", "igv.yaml", &sandbox]);
        assert_eq!(drift.code, 2, "{name}\n{}\n{}", drift.stdout, drift.stderr);
        for word in *words {
            drift = drift.says(word);
        }
        // A change that closes and opens is two steps of one address.
        let named: BTreeSet<&str> = drift
            .stdout
            .lines()
            .filter(|it| {
                ["+ ", "~ ", "- ", "± ", "! ", "h "]
                    .iter()
                    .any(|sign| it.starts_with(sign))
            })
            .filter_map(|it| it.split_whitespace().nth(2))
            .collect();
        assert_eq!(
            named.len(),
            1,
            "{name}: only what was changed is named\n{}",
            drift.stdout
        );
        igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
        igvctl(folder.path(), &["drift", "igv.yaml", &sandbox])
            .ends(0)
            .says("In sync");
    }
}

#[test]
fn what_somebody_tightened_by_hand_is_held_and_undone_with_loosen_only() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    served.boto3(
        REGION,
        "cognito.admin_disable_user(UserPoolId=pool_id(), Username='anna')\n\
         iam.put_role_policy(RoleName=role()['RoleName'], PolicyName='AWSRevokeOlderSessions', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Deny', 'Action': '*', 'Resource': '*', 'Condition': {'DateLessThan': {'aws:TokenIssueTime': '2026-01-01T00:00:00Z'}}}]}))\n\
         made = iam.create_policy(PolicyName='Incident', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Deny', 'Action': '*', 'Resource': '*'}]}))\n\
         iam.attach_role_policy(RoleName=role()['RoleName'], PolicyArn=made['Policy']['Arn'])",
    );
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox])
        .ends(2)
        .says("held    user.anna")
        .says("held    role.signed-in")
        .says("AWSRevokeOlderSessions")
        .says("policy/Incident");
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", "--tightening", &sandbox]).ends(0);
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox])
        .ends(2)
        .says("held    user.anna")
        .says("held    role.signed-in");
    igvctl(
        folder.path(),
        &["apply", "igv.yaml", "--yes", &sandbox, "--loosen", "user.anna"],
    )
    .ends(0);
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox])
        .ends(2)
        .never_says("user.anna")
        .says("held    role.signed-in");
    igvctl(
        folder.path(),
        &["apply", "igv.yaml", "--yes", &sandbox, "--loosen", "role.signed-in"],
    )
    .ends(0);
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox]).ends(0);
    let state = served.boto3(REGION, "print(cognito.admin_get_user(UserPoolId=pool_id(), Username='anna')['Enabled'], iam.list_role_policies(RoleName=role()['RoleName'])['PolicyNames'], iam.list_attached_role_policies(RoleName=role()['RoleName'])['AttachedPolicies'])");
    assert!(
        state.starts_with("True") && !state.contains("AWSRevokeOlderSessions") && state.trim_end().ends_with("[]"),
        "{state}"
    );
}

/// AWS shows no secret of a client that has two. The published one is what there is to go by, and the rest is mended.
#[test]
fn a_second_client_secret_is_reported_and_stops_nothing() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    let published = "print(json.loads(gzip.decompress(s3.get_object(Bucket='igv-kill-config', Key='oauth-config.json.gz')['Body'].read())))";
    let before = served.boto3(REGION, published);
    served.boto3(
        REGION,
        "cognito.add_user_pool_client_secret(UserPoolId=pool_id(), ClientId=client_id())\n\
         config = json.loads(gzip.decompress(s3.get_object(Bucket='igv-kill-config', Key='oauth-config.json.gz')['Body'].read())); config['scope'] = 'openid'; s3.put_object(Bucket='igv-kill-config', Key='oauth-config.json.gz', Body=gzip.compress(json.dumps(config).encode()), ContentType='application/gzip', CacheControl='no-cache')",
    );
    igvctl(folder.path(), &["drift", "igv.yaml", &sandbox])
        .ends(2)
        .says("finding user_pool_client.igv: second client secret")
        .says("update  config_file.main")
        .never_says("client_secret");
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox]).ends(0);
    assert_eq!(served.boto3(REGION, published), before, "the published secret stays");
    // Without a published copy nothing tells the secret, and none is made up.
    served.boto3(
        REGION,
        "s3.delete_object(Bucket='igv-kill-config', Key='oauth-config.json.gz')",
    );
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox])
        .ends(3)
        .says("is not shown by AWS any more, and nothing that is there holds it");
}

/// Whoever leaves keeps what AWS issued to them before, for a while.
#[test]
fn who_leaves_brings_a_notice_of_what_still_counts() {
    let folder = workplace(SPEC);
    let served = Served::start(folder.path());
    let sandbox = served.option();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox])
        .ends(0)
        .never_says("for up to one hour");
    let spec = std::fs::read_to_string(folder.path().join("igv.yaml")).unwrap();
    let without: Vec<&str> = spec.lines().filter(|line| !line.contains("ben:")).collect();
    std::fs::write(folder.path().join("igv.yaml"), without.join("\n") + "\n").unwrap();
    igvctl(folder.path(), &["apply", "igv.yaml", "--yes", &sandbox])
        .ends(0)
        .says("after `user.ben`")
        .says("for up to one hour");
}
