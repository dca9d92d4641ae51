//! Good specs: what the sections become, and that it is what IGV needs.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic and reads its files"
)]

use std::collections::BTreeSet;
use std::path::Path;

use spec_model::{Address, Kind, Resource, Secret, Spec, UsersMode, Value, emit, parse};

const FACTS: &str = "version: 1\nid: abcd1234\nstack: igv-demo\naccount: \"111122223333\"\nregion: ap-southeast-2\n";

fn no_env(_: &str) -> Option<String> {
    None
}

fn read(text: &str) -> Spec {
    parse(text, &no_env).unwrap_or_else(|errors| panic!("{}", errors.render("igv.yaml", text)))
}

fn spec(sections: &str) -> Spec {
    read(&format!("{FACTS}{sections}"))
}

fn file(name: &str) -> Spec {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs").join(name);
    read(&std::fs::read_to_string(path).unwrap())
}

fn resource<'a>(spec: &'a Spec, address: &str) -> &'a Resource {
    spec.resources.get(&address.parse().unwrap()).unwrap_or_else(|| {
        let known: Vec<String> = spec.resources.keys().map(Address::to_string).collect();
        panic!("no {address} among {}", known.join(", "))
    })
}

fn field<'a>(spec: &'a Spec, address: &str, name: &str) -> &'a Value {
    resource(spec, address)
        .fields
        .get(name)
        .unwrap_or_else(|| panic!("{address} has no {name}"))
}

fn text(spec: &Spec, address: &str, name: &str) -> String {
    let Value::Text(text) = field(spec, address, name) else {
        panic!("{address}.{name} is no text")
    };
    text.to_string()
}

fn policy(value: &Value) -> serde_json::Value {
    let Value::Policy(document) = value else {
        panic!("{value:?} is no policy")
    };
    serde_json::from_str(&document.to_compact()).unwrap()
}

fn addresses(spec: &Spec) -> Vec<String> {
    spec.resources.keys().map(Address::to_string).collect()
}

fn after(spec: &Spec, address: &str) -> Vec<String> {
    resource(spec, address).after.iter().map(Address::to_string).collect()
}

/// What is left when lines do not count.
fn without_lines(mut spec: Spec) -> Spec {
    for resource in spec.resources.values_mut() {
        resource.line = (0, 0);
    }
    spec
}

const WHOLE: &str = "\
user_pool: {domain: igv-demo-example, users: {igvuser: {email: igvuser@example.org}}}
identity_pool: {}
data: [{bucket: igv-demo-data, objects: [data/example.bam]}]
config: {bucket: igv-demo-config}
";

#[test]
fn the_smallest_file_makes_everything() {
    let spec = file("minimal.yaml");
    assert_eq!(
        addresses(&spec),
        [
            "user_pool.main",
            "user_pool_domain.main",
            "user_pool_client.igv",
            "identity_pool.main",
            "role.signed-in",
            "identity_pool_roles.main",
            "bucket.config",
            "bucket.igv-demo-data",
            "origin_access_control.config",
            "distribution.config",
            "bucket_policy.config",
            "bucket_policy.igv-demo-data",
            "config_file.main",
            "object.igv-demo-data/data/example.bam",
            "object.igv-demo-data/data/example.bam.bai",
            "user.igvuser",
        ]
    );
    assert!(spec.granted.is_empty() && spec.adopt.is_empty() && spec.release.is_empty());
    assert_eq!(spec.users_mode, UsersMode::Listed);
}

#[test]
fn the_files_of_the_examples_are_there() {
    for name in ["minimal.yaml", "full.yaml"] {
        let spec = file(name);
        for resource in spec.resources.values() {
            let Some(source) = &resource.source else { continue };
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs").join(source);
            assert!(path.is_file(), "{name} speaks of {source}");
        }
    }
}

#[test]
fn everything_that_can_be_tagged_is_marked() {
    let spec = spec(&format!("{WHOLE}tags: {{project: igv}}\n"));
    let mut marked = BTreeSet::new();
    for (address, resource) in &spec.resources {
        let Some(tags) = resource.fields.get("tags") else {
            continue;
        };
        assert_eq!(tags.get("igvctl:stack"), Some(&"ap-southeast-2/igv-demo".into()));
        assert_eq!(tags.get("igvctl:address"), Some(&address.to_string().into()));
        assert_eq!(tags.get("igvctl:spec"), Some(&"abcd1234".into()));
        assert_eq!(tags.get("project"), Some(&"igv".into()));
        marked.insert(address.kind);
    }
    let all = [
        Kind::UserPool,
        Kind::IdentityPool,
        Kind::Role,
        Kind::Bucket,
        Kind::Distribution,
    ];
    assert_eq!(marked, BTreeSet::from(all));
}

#[test]
fn a_file_without_an_id_has_no_mark_of_it() {
    let spec =
        read("version: 1\nstack: igv\naccount: \"111122223333\"\nregion: eu-west-1\ndata: [{bucket: igv-data}]\n");
    let tags = field(&spec, "bucket.igv-data", "tags");
    assert_eq!(tags.get("igvctl:spec"), None);
    assert_eq!(tags.get("igvctl:stack"), Some(&"eu-west-1/igv".into()));
}

#[test]
fn a_file_of_buckets_alone_makes_buckets_alone() {
    let spec = spec("data: [{bucket: igv-data}]\n");
    assert_eq!(addresses(&spec), ["bucket.igv-data", "bucket_policy.igv-data"]);
    let bucket = resource(&spec, "bucket.igv-data");
    assert_eq!(bucket.written, BTreeSet::from(["name".to_owned()]));
    assert_eq!(bucket.line, (6, 8));
    assert_eq!(field(&spec, "bucket.igv-data", "region"), &"ap-southeast-2".into());
    // Versioning is ours only where it is written.
    assert_eq!(bucket.fields.get("versioning"), None);
}

#[test]
fn a_file_of_facts_alone_makes_nothing() {
    assert!(spec("").resources.is_empty());
}

#[test]
fn the_role_trusts_people_who_logged_in_and_nobody_else() {
    let spec = spec(WHOLE);
    assert_eq!(
        policy(field(&spec, "role.signed-in", "trust")),
        serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Federated": "cognito-identity.amazonaws.com"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {"cognito-identity.amazonaws.com:aud": "{{identity_pool.main.id}}"},
                    "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
                },
            }],
        })
    );
    assert_eq!(
        text(&spec, "role.signed-in", "name"),
        "igvctl-ap-southeast-2-igv-demo-signed-in"
    );
    assert_eq!(
        text(&spec, "role.signed-in", "path"),
        "/igvctl/ap-southeast-2/igv-demo/"
    );
}

#[test]
fn the_role_may_read_the_data_and_nothing_else() {
    let spec = spec(
        "user_pool: {}
identity_pool: {}
data:
  - bucket: igv-data
    kms_key: arn:aws:kms:ap-southeast-2:111122223333:key/1
  - {bucket: archive, existing: true, prefixes: [cohort-a/2024/], owner: \"444455556666\"}
",
    );
    assert_eq!(
        policy(field(&spec, "role.signed-in", "policies").get("read").unwrap()),
        serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "SeeBucketNames", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
                {"Sid": "ListBuckets", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::igv-data"},
                {
                    "Sid": "ListFolders1", "Effect": "Allow", "Action": "s3:ListBucket",
                    "Resource": "arn:aws:s3:::archive",
                    // The root and every folder on the way, or the folder cannot be reached in IGV's browser.
                    "Condition": {"StringLike": {"s3:prefix": ["", "cohort-a/", "cohort-a/2024/", "cohort-a/2024/*"]}},
                },
                {
                    "Sid": "ReadObjects", "Effect": "Allow", "Action": "s3:GetObject",
                    "Resource": ["arn:aws:s3:::archive/cohort-a/2024/*", "arn:aws:s3:::igv-data/*"],
                },
                {
                    "Sid": "Decrypt", "Effect": "Allow", "Action": "kms:Decrypt",
                    "Resource": "arn:aws:kms:ap-southeast-2:111122223333:key/1",
                },
            ],
        })
    );
}

#[test]
fn a_role_that_may_read_nothing_has_no_policy() {
    let spec = spec("user_pool: {}\nidentity_pool: {}\naccess: {list_buckets: false}\n");
    assert_eq!(
        field(&spec, "role.signed-in", "policies"),
        &Value::Table(Default::default())
    );
}

#[test]
fn too_many_buckets_for_one_role_are_refused() {
    let entries: String = (0..110)
        .map(|number| format!("  - {{bucket: archive-of-a-rather-long-name-{number:03}, existing: true}}\n"))
        .collect();
    let text = format!("{FACTS}user_pool: {{}}\nidentity_pool: {{}}\ndata:\n{entries}");
    let errors = parse(&text, &no_env).unwrap_err();
    assert_eq!(errors.0.len(), 1);
    assert_eq!(errors.0[0].message, "the rights of the role take 11279 characters");
}

#[test]
fn the_owner_of_another_account_gets_the_statement_to_add() {
    let spec = spec(
        "user_pool: {}
identity_pool: {}
data:
  - {bucket: archive, existing: true, owner: \"444455556666\"}
  - {bucket: ours-by-hand, existing: true, owner: \"111122223333\"}
",
    );
    let [archive, ours] = spec.granted.as_slice() else {
        panic!("two buckets are granted")
    };
    assert_eq!(archive.owner.as_deref(), Some("444455556666"));
    assert_eq!(
        policy(&Value::Policy(archive.statement.clone().unwrap())),
        serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "IgvList", "Effect": "Allow", "Principal": {"AWS": "{{role.signed-in.arn}}"},
                    "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::archive",
                },
                {
                    "Sid": "IgvRead", "Effect": "Allow", "Principal": {"AWS": "{{role.signed-in.arn}}"},
                    "Action": "s3:GetObject", "Resource": "arn:aws:s3:::archive/*",
                },
            ],
        })
    );
    // In the stack's own account the role's policy is enough.
    assert_eq!((&ours.owner, &ours.statement), (&None, &None));
    assert!(
        !addresses(&spec)
            .iter()
            .any(|it| it.contains("archive") || it.contains("ours-by-hand"))
    );
}

#[test]
fn the_identity_pool_takes_this_pool_and_client_alone() {
    let spec = spec(WHOLE);
    let Value::Set(providers) = field(&spec, "identity_pool.main", "login_providers") else {
        panic!("providers are a set")
    };
    let expected = Value::map([
        (
            "provider",
            Value::from("user_pool.main".parse::<Address>().unwrap().output("provider")),
        ),
        (
            "client_id",
            Value::from("user_pool_client.igv".parse::<Address>().unwrap().output("id")),
        ),
        ("server_side_token_check", Value::Bool(true)),
    ]);
    assert_eq!(providers, &BTreeSet::from([expected]));
}

#[test]
fn the_config_bucket_is_read_by_the_one_distribution() {
    let spec = spec(&WHOLE.replace("bucket: igv-demo-config", "bucket: igv-demo-config, path: a/b.json.gz"));
    let statements = policy(field(&spec, "bucket_policy.config", "document"))["Statement"].clone();
    assert_eq!(
        statements,
        serde_json::json!([
            {
                "Sid": "OnlyTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
                "Resource": ["arn:aws:s3:::igv-demo-config", "arn:aws:s3:::igv-demo-config/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Sid": "PublishThroughCloudFront", "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::igv-demo-config/a/b.json.gz",
                "Condition": {"StringEquals": {"AWS:SourceArn": "{{distribution.config.arn}}"}},
            },
        ])
    );
    assert_eq!(text(&spec, "config_file.main", "key"), "a/b.json.gz");
    assert_eq!(field(&spec, "bucket.config", "versioning"), &"enabled".into());
    assert_eq!(
        text(&spec, "distribution.config", "origin_domain"),
        "{{bucket.config.regional_domain}}"
    );
}

#[test]
fn the_config_file_says_what_igv_reads() {
    let spec = spec(WHOLE);
    let body = field(&spec, "config_file.main", "body");
    let said = |name: &str| match body.get(name) {
        Some(Value::Text(text)) => text.to_string(),
        other => panic!("{name} is {other:?}"),
    };
    assert_eq!(said("auth_provider"), "Amazon");
    assert_eq!(said("client_id"), "{{user_pool_client.igv.id}}");
    assert_eq!(said("client_secret"), "{{user_pool_client.igv.secret}}");
    assert_eq!(
        said("authorization_endpoint"),
        "{{user_pool_domain.main.authorization_endpoint}}"
    );
    assert_eq!(said("token_endpoint"), "{{user_pool_domain.main.token_endpoint}}");
    assert_eq!(said("scope"), "openid%20email");
    assert_eq!(said("aws_region"), "ap-southeast-2");
    assert_eq!(said("aws_cognito_fed_pool_id"), "{{identity_pool.main.id}}");
    assert_eq!(said("aws_cognito_pool_id"), "{{user_pool.main.id}}");
    assert_eq!(said("aws_cognito_role_arn"), "{{role.signed-in.arn}}");
    assert_eq!(body.get("redirect_uris"), Some(&Value::List(vec![])));
    assert_eq!(
        field(&spec, "config_file.main", "content_type"),
        &"application/gzip".into()
    );
    assert_eq!(field(&spec, "config_file.main", "content_encoding"), &"".into());
}

#[test]
fn a_public_client_publishes_no_secret() {
    let spec = spec(&WHOLE.replace("users:", "client: {secret: false}, users:"));
    assert_eq!(
        field(&spec, "config_file.main", "body").get("client_secret"),
        Some(&Value::Secret(Secret::new("")))
    );
}

#[test]
fn the_config_file_comes_after_all_it_speaks_of_and_users_after_it() {
    let spec = spec(WHOLE);
    assert_eq!(
        after(&spec, "config_file.main"),
        [
            "user_pool_domain.main",
            "user_pool_client.igv",
            "role.signed-in",
            "identity_pool_roles.main",
            "distribution.config",
            "bucket_policy.config",
        ]
    );
    assert_eq!(after(&spec, "user.igvuser"), ["config_file.main"]);
}

#[test]
fn a_page_is_published_beside_the_file_when_it_is_asked_for() {
    let without = spec(WHOLE);
    assert!(without.resources.keys().all(|it| it.kind != Kind::WelcomePage));
    let with = WHOLE.replace(
        "bucket: igv-demo-config",
        "bucket: igv-demo-config, path: a/b.json.gz, page: true",
    );
    let spec = spec(&with.replace("domain:", "sign_in: email, mfa: required, domain:"));
    assert_eq!(text(&spec, "welcome_page.main", "key"), "index.html");
    assert_eq!(
        text(&spec, "welcome_page.main", "url"),
        "{{distribution.config.url}}/a/b.json.gz"
    );
    assert_eq!(field(&spec, "welcome_page.main", "sign_in"), &"email".into());
    assert_eq!(field(&spec, "welcome_page.main", "authenticator"), &Value::Bool(true));
    assert_eq!(field(&spec, "distribution.config", "root_object"), &"index.html".into());
    let read = &policy(field(&spec, "bucket_policy.config", "document"))["Statement"][1];
    assert_eq!(
        read["Resource"],
        serde_json::json!([
            "arn:aws:s3:::igv-demo-config/a/b.json.gz",
            "arn:aws:s3:::igv-demo-config/index.html"
        ])
    );
    assert_eq!(
        after(&spec, "welcome_page.main"),
        ["distribution.config", "bucket_policy.config", "config_file.main"]
    );
    // Nobody is invited to what is not there yet.
    assert_eq!(after(&spec, "user.igvuser"), ["config_file.main", "welcome_page.main"]);
}

#[test]
fn the_page_may_be_called_what_it_is_served_as() {
    let with = WHOLE.replace(
        "bucket: igv-demo-config",
        "bucket: igv-demo-config, page: true, distribution: {root_object: index.html}",
    );
    assert!(
        resource(&spec(&with), "distribution.config")
            .written
            .contains("root_object")
    );
}

#[test]
fn a_data_file_brings_its_index() {
    let cases = [
        ("[a.bam]", vec!["a.bam", "a.bam.bai"]),
        ("[a.cram]", vec!["a.cram", "a.cram.crai"]),
        ("[a.vcf.gz]", vec!["a.vcf.gz", "a.vcf.gz.tbi"]),
        ("[a.bam, a.bai]", vec!["a.bai", "a.bam"]),
        ("[a.bam, a.bam.csi]", vec!["a.bam", "a.bam.csi"]),
        ("[a.cram, a.crai]", vec!["a.crai", "a.cram"]),
        ("[a.vcf.gz, a.vcf.gz.csi]", vec!["a.vcf.gz", "a.vcf.gz.csi"]),
        ("[a.bed, a.vcf]", vec!["a.bed", "a.vcf"]),
    ];
    for (objects, keys) in cases {
        let spec = spec(&format!("data: [{{bucket: igv-data, objects: {objects}}}]\n"));
        let found: Vec<String> = spec
            .resources
            .iter()
            .filter(|(address, _)| address.kind == Kind::Object)
            .map(|(address, resource)| {
                let key = resource.fields.get("key").and_then(Value::as_text).unwrap();
                assert_eq!(address.name, format!("igv-data/{key}"));
                assert_eq!(resource.source.as_deref(), Some(key));
                key.to_owned()
            })
            .collect();
        assert_eq!(found, keys, "{objects}");
    }
}

#[test]
fn a_bucket_that_logs_into_another_of_the_file_comes_after_it() {
    let logs = |name: &str| format!("access_log: {{bucket: {name}}}");
    let spec = spec(&format!(
        "data:\n- {{bucket: aaa-data, {}}}\n- {{bucket: zzz-logs}}\n- {{bucket: elsewhere, {}}}\n- {{bucket: self-log, {}}}\n- {{bucket: one-data, {}}}\n- {{bucket: two-data, {}}}\n",
        logs("zzz-logs"),
        logs("of-others"),
        logs("self-log"),
        logs("two-data"),
        logs("one-data"),
    ));
    let into = |address: &str| match field(&spec, address, "access_log").get("bucket") {
        Some(Value::Text(text)) => text.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(into("bucket.aaa-data"), "{{bucket.zzz-logs.name}}");
    assert_eq!(into("bucket.elsewhere"), "of-others");
    // No order helps these.
    assert_eq!(into("bucket.self-log"), "self-log");
    assert_eq!(into("bucket.one-data"), "two-data");
    assert_eq!(into("bucket.two-data"), "one-data");
    let written = emit(&spec);
    assert_eq!(without_lines(read(&written)), without_lines(spec));
}

#[test]
fn an_index_comes_after_its_file_also_where_both_are_listed() {
    let spec = spec("data: [{bucket: igv-data, objects: [a.bai, a.bam, b.bam]}]\n");
    assert_eq!(after(&spec, "object.igv-data/a.bai"), ["object.igv-data/a.bam"]);
    assert_eq!(after(&spec, "object.igv-data/b.bam.bai"), ["object.igv-data/b.bam"]);
}

#[test]
fn what_a_section_writes_is_remembered() {
    let spec = spec(
        "user_pool:
  domain: igv
  mfa: required
  password_policy: {minimum_length: 14}
  client: {callback_ports: [60151]}
  users:
    anna: {email: anna@example.org, enabled: false}
",
    );
    let written = |address: &str| {
        resource(&spec, address)
            .written
            .iter()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(written("user_pool.main"), "mfa password_policy");
    assert_eq!(written("user_pool_domain.main"), "prefix");
    assert_eq!(written("user_pool_client.igv"), "callback_urls");
    assert_eq!(written("user.anna"), "email name standing");
    assert_eq!(text(&spec, "user_pool.main", "name"), "igv-demo");
    assert_eq!(text(&spec, "user.anna", "standing"), "disabled");
    // What is not written of a record has the record's defaults.
    let policy = field(&spec, "user_pool.main", "password_policy");
    assert_eq!(policy.get("minimum_length"), Some(&Value::Int(14)));
    assert_eq!(policy.get("require_symbols"), Some(&Value::Bool(true)));
    assert_eq!(policy.get("history"), Some(&Value::Null));
    assert_eq!(
        field(&spec, "user_pool_client.igv", "callback_urls"),
        &Value::Set(BTreeSet::from(["http://localhost:60151/oauthCallback".into()]))
    );
}

#[test]
fn durations_are_equal_however_they_are_written() {
    let minutes = spec("user_pool: {client: {access_token_validity: 60 minutes}}\n");
    let hour = spec("user_pool: {client: {access_token_validity: 1 hour}}\n");
    assert_eq!(without_lines(minutes), without_lines(hour));
}

#[test]
fn a_policy_is_a_map_or_json() {
    let map = "resources: {bucket_policy.x: {bucket: b, document: {Version: \"2012-10-17\", Statement: {Effect: Deny, Principal: \"*\", Action: \"s3:*\", Resource: \"*\", Condition: {Bool: {\"aws:SecureTransport\": false}}}}}}\n";
    let json = "resources: {bucket_policy.x: {bucket: b, document: '{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Deny\", \"Principal\": {\"AWS\": \"*\"}, \"Action\": [\"s3:*\"], \"Resource\": \"*\", \"Condition\": {\"Bool\": {\"aws:SecureTransport\": \"false\"}}}]}'}}\n";
    assert_eq!(spec(map), spec(json));
}

#[test]
fn texts_may_come_from_the_environment() {
    let env = |name: &str| (name == "ANNA").then(|| "anna@example.org".to_owned());
    let text = format!("{FACTS}user_pool: {{users: {{anna: {{email: !env ANNA}}}}}}\n");
    let spec = parse(&text, &env).unwrap();
    assert_eq!(field(&spec, "user.anna", "email"), &"anna@example.org".into());
}

#[test]
fn a_text_of_the_environment_is_no_reference() {
    let env = |_: &str| Some("{{user_pool.main.id}}".to_owned());
    let text = format!("{FACTS}access: {{description: !env X}}\nuser_pool: {{}}\nidentity_pool: {{}}\n");
    let spec = parse(&text, &env).unwrap();
    assert!(field(&spec, "role.signed-in", "description").references().is_empty());
}

#[test]
fn a_secret_of_the_environment_is_never_written_back() {
    let env = |_: &str| Some("hunter2".to_owned());
    let body = "client_id: a, client_secret: !env X, authorization_endpoint: a, token_endpoint: a, aws_region: a, aws_cognito_fed_pool_id: a, aws_cognito_pool_id: a, aws_cognito_role_arn: a";
    let text = format!("{FACTS}resources: {{config_file.main: {{bucket: b, body: {{{body}}}}}}}\n");
    let spec = parse(&text, &env).unwrap();
    assert!(!format!("{spec:?}").contains("hunter2"));
    let written = emit(&spec);
    assert!(
        written.contains("client_secret: !env CONFIG_FILE_MAIN_BODY_CLIENT_SECRET"),
        "{written}"
    );
    assert!(!written.contains("hunter2"));
    assert_eq!(without_lines(parse(&written, &env).unwrap()), without_lines(spec));
}

#[test]
fn lists_of_consent_are_read() {
    let spec = spec(
        "data: [{bucket: igv-data}]
adopt: {bucket.igv-data: igv-data}
release: [bucket.old]
may_destroy: [users, user_pool.main]
accept: [\"user_pool.main: pre sign-up trigger\"]
",
    );
    assert_eq!(spec.adopt.get(&"bucket.igv-data".parse().unwrap()).unwrap(), "igv-data");
    assert_eq!(spec.release, BTreeSet::from(["bucket.old".parse().unwrap()]));
    assert_eq!(
        spec.may_destroy,
        BTreeSet::from(["users".to_owned(), "user_pool.main".to_owned()])
    );
    assert_eq!(
        spec.accept,
        BTreeSet::from(["user_pool.main: pre sign-up trigger".to_owned()])
    );
}

#[test]
fn a_spec_that_is_written_reads_back_as_itself() {
    let full = file("full.yaml");
    let kept = spec("user_pool: {users_mode: all}\nidentity_pool: {}\naccess: {keep_deny: [AWSRevokeOlderSessions]}\n");
    for spec in [full, file("minimal.yaml"), spec(WHOLE), kept] {
        let written = emit(&spec);
        assert_eq!(emit(&read(&written)), written);
        assert_eq!(without_lines(read(&written)), without_lines(spec), "{written}");
    }
}

#[test]
fn defaults_are_those_of_the_specification() {
    let spec = spec(WHOLE);
    let set = |items: &[&str]| Value::Set(items.iter().map(|it| Value::from(*it)).collect());
    let hour = Value::Duration(3600);
    let expected = [
        ("user_pool.main", "sign_in", "username".into()),
        ("user_pool.main", "case_sensitive", Value::Bool(false)),
        ("user_pool.main", "mark_attribute", Value::Bool(true)),
        ("user_pool.main", "sign_up", "admin_only".into()),
        ("user_pool.main", "mfa", "optional".into()),
        (
            "user_pool.main",
            "account_recovery",
            Value::List(vec!["verified_email".into()]),
        ),
        ("user_pool.main", "verified_attributes", set(&["email"])),
        ("user_pool.main", "verify_before_update", set(&["email"])),
        ("user_pool.main", "deletion_protection", Value::Bool(true)),
        (
            "user_pool.main",
            "password_policy",
            Value::map([
                ("minimum_length", Value::Int(12)),
                ("require_uppercase", Value::Bool(true)),
                ("require_lowercase", Value::Bool(true)),
                ("require_numbers", Value::Bool(true)),
                ("require_symbols", Value::Bool(true)),
                ("temporary_password_validity", Value::Duration(7 * 86_400)),
                ("history", Value::Null),
            ]),
        ),
        ("user_pool_domain.main", "login_page", "classic".into()),
        ("user_pool_client.igv", "name", "igv".into()),
        ("user_pool_client.igv", "secret", Value::Bool(true)),
        ("user_pool_client.igv", "oauth", Value::Bool(true)),
        ("user_pool_client.igv", "grants", set(&["code"])),
        ("user_pool_client.igv", "scopes", set(&["openid", "email"])),
        (
            "user_pool_client.igv",
            "callback_urls",
            set(&[
                "http://localhost:60151/oauthCallback",
                "http://localhost:60152/oauthCallback",
                "http://localhost:60153/oauthCallback",
            ]),
        ),
        ("user_pool_client.igv", "identity_providers", set(&["COGNITO"])),
        ("user_pool_client.igv", "auth_flows", set(&["ALLOW_REFRESH_TOKEN_AUTH"])),
        ("user_pool_client.igv", "hide_unknown_users", Value::Bool(true)),
        ("user_pool_client.igv", "revocation", Value::Bool(true)),
        ("user_pool_client.igv", "access_token_validity", hour.clone()),
        ("user_pool_client.igv", "id_token_validity", hour.clone()),
        (
            "user_pool_client.igv",
            "refresh_token_validity",
            Value::Duration(30 * 86_400),
        ),
        ("user_pool_client.igv", "refresh_token_rotation", Value::Bool(false)),
        (
            "user_pool_client.igv",
            "read_attributes",
            set(&["email", "email_verified"]),
        ),
        ("user_pool_client.igv", "write_attributes", set(&["email"])),
        ("user.igvuser", "email_verified", Value::Bool(true)),
        ("user.igvuser", "invite", "email".into()),
        ("user.igvuser", "standing", "enabled".into()),
        ("identity_pool.main", "name", "igv-demo".into()),
        ("identity_pool.main", "guests", Value::Bool(false)),
        ("identity_pool.main", "classic_flow", Value::Bool(true)),
        (
            "identity_pool.main",
            "social_providers",
            Value::Table(Default::default()),
        ),
        ("identity_pool.main", "openid_providers", set(&[])),
        ("identity_pool.main", "saml_providers", set(&[])),
        ("identity_pool.main", "developer_provider", "".into()),
        ("identity_pool_roles.main", "unauthenticated", "".into()),
        (
            "identity_pool_roles.main",
            "role_mappings",
            Value::Table(Default::default()),
        ),
        ("role.signed-in", "managed_policies", set(&[])),
        ("role.signed-in", "max_session", hour),
        (
            "bucket.igv-demo-data",
            "public_access",
            Value::map([
                ("block_acls", Value::Bool(true)),
                ("ignore_acls", Value::Bool(true)),
                ("block_policy", Value::Bool(true)),
                ("restrict", Value::Bool(true)),
            ]),
        ),
        ("bucket.igv-demo-data", "ownership", "bucket_owner_enforced".into()),
        (
            "bucket.igv-demo-data",
            "encryption",
            Value::map([("algorithm", "sse_s3".into()), ("kms_key", "".into())]),
        ),
        (
            "bucket.igv-demo-data",
            "abort_incomplete_uploads",
            Value::Duration(7 * 86_400),
        ),
        ("bucket.config", "versioning", "enabled".into()),
        ("config_file.main", "key", "oauth-config.json.gz".into()),
        ("config_file.main", "cache_control", "no-cache".into()),
        ("origin_access_control.config", "origin_type", "s3".into()),
        ("origin_access_control.config", "signing_behavior", "always".into()),
        ("origin_access_control.config", "signing_protocol", "sigv4".into()),
        ("distribution.config", "enabled", Value::Bool(true)),
        ("distribution.config", "viewer_protocol", "https_only".into()),
        ("distribution.config", "methods", set(&["GET", "HEAD"])),
        (
            "distribution.config",
            "cache_policy",
            "4135ea2d-6df8-44a3-9df3-4b5a84be39ad".into(),
        ),
        ("distribution.config", "compress", Value::Bool(false)),
        ("distribution.config", "price_class", "all".into()),
        ("distribution.config", "ipv6", Value::Bool(true)),
        ("distribution.config", "http_version", "http2".into()),
        ("distribution.config", "root_object", "".into()),
    ];
    for (address, name, value) in expected {
        assert_eq!(field(&spec, address, name), &value, "{address}.{name}");
    }
    for name in ["tier", "invitation"] {
        assert_eq!(resource(&spec, "user_pool.main").fields.get(name), None, "{name}");
    }
    for name in ["versioning", "cors", "access_log"] {
        assert_eq!(resource(&spec, "bucket.igv-demo-data").fields.get(name), None, "{name}");
    }
}
