//! The permissions that are declared are those that are needed: a whole life of a stack, call by call.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use applier::{ACCOUNT_CALLS, Act, Aws, Deed, Look, Made, Outcome, WorldError, execute, permissions};
use planner::{Found, Live, Options};
use sandbox::{Sandbox, Trouble};
use spec_model::{Kind, Spec, Stack};

use crate::ground::{acting, aws, committed, spec};

/// A world that writes down which deed makes which calls. Deeds follow one another, so that it can tell.
struct Noted<'a> {
    aws: Aws,
    sandbox: &'a Sandbox,
    notes: &'a Notes,
    turn: tokio::sync::Mutex<()>,
}

/// Which operations were called.
#[derive(Default)]
struct Notes {
    looks: Mutex<BTreeSet<String>>,
    deeds: Mutex<BTreeMap<Kind, BTreeSet<String>>>,
}

fn since(sandbox: &Sandbox, before: usize) -> BTreeSet<String> {
    let calls = sandbox.calls();
    let new = calls.iter().skip(before);
    new.map(|call| format!("{}:{}", call.service, call.operation)).collect()
}

impl Look for Noted<'_> {
    async fn look(&self, spec: &Spec) -> Live {
        let before = self.sandbox.calls().len();
        let live = self.aws.look(spec).await;
        self.notes.looks.lock().unwrap().extend(since(self.sandbox, before));
        live
    }
}

impl Act for Noted<'_> {
    async fn act(&self, stack: &Stack, deed: Deed<'_>) -> Result<Made, WorldError> {
        let kind = deed.address.kind;
        let _turn = self.turn.lock().await;
        let before = self.sandbox.calls().len();
        let made = self.aws.act(stack, deed).await;
        let mut deeds = self.notes.deeds.lock().unwrap();
        deeds.entry(kind).or_default().extend(since(self.sandbox, before));
        made
    }
}

/// Carries a spec out, and expects that nothing is left to do.
async fn live(sandbox: &Sandbox, notes: &Notes, spec: &Spec, options: &Options) -> Live {
    let world = Noted {
        aws: aws(sandbox, spec).await,
        sandbox,
        notes,
        turn: tokio::sync::Mutex::default(),
    };
    let seen = world.look(spec).await;
    let local = world.aws.local_files(spec, &seen).await;
    let plan = planner::plan(spec, &seen, &local, options);
    let report = execute(&world, &plan, &seen, false, &AtomicBool::new(false), &|_| {}).await;
    let unsettled: Vec<String> = report
        .results
        .iter()
        .filter(|(_, outcome)| !matches!(outcome, Outcome::Done | Outcome::Unneeded))
        .map(|(step, outcome)| format!("{}: {outcome:?} {:?}", step.key, step.reasons))
        .collect();
    assert_eq!(unsettled, Vec::<String>::new());
    let seen = world.look(spec).await;
    let local = world.aws.local_files(spec, &seen).await;
    let again = planner::plan(spec, &seen, &local, options);
    assert_eq!(acting(&again), Vec::<String>::new());
    seen
}

/// The IAM actions of an operation: all of one line are needed; the lines are alternatives, by what the call says
/// (Service Authorization Reference; the names differ for S3 and where tags travel along).
fn actions(operation: &str) -> Vec<Vec<String>> {
    let (service, name) = operation.split_once(':').unwrap();
    let one = |actions: &[&str]| vec![actions.iter().map(|it| (*it).to_owned()).collect()];
    match (service, name) {
        ("resourcegroupstaggingapi", _) => one(&["tag:GetResources"]),
        ("cloudfront", "CreateDistributionWithTags") => {
            one(&["cloudfront:CreateDistribution", "cloudfront:TagResource"])
        }
        ("cognito-identity", "SetIdentityPoolRoles") => one(&["cognito-identity:SetIdentityPoolRoles", "iam:PassRole"]),
        ("iam", "CreateRole") => one(&["iam:CreateRole", "iam:TagRole"]),
        ("s3", "CreateBucket") => one(&["s3:CreateBucket", "s3:TagResource"]),
        ("s3", "GetBucketEncryption") => one(&["s3:GetEncryptionConfiguration"]),
        ("s3", "PutBucketEncryption") => one(&["s3:PutEncryptionConfiguration"]),
        ("s3", "GetBucketLifecycleConfiguration") => one(&["s3:GetLifecycleConfiguration"]),
        ("s3", "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle") => one(&["s3:PutLifecycleConfiguration"]),
        ("s3", "GetBucketReplication") => one(&["s3:GetReplicationConfiguration"]),
        ("s3", "GetBucketCors") => one(&["s3:GetBucketCORS"]),
        ("s3", "PutBucketCors" | "DeleteBucketCors") => one(&["s3:PutBucketCORS"]),
        ("s3", "GetPublicAccessBlock") => one(&["s3:GetBucketPublicAccessBlock"]),
        ("s3", "PutPublicAccessBlock") => one(&["s3:PutBucketPublicAccessBlock"]),
        ("s3", "ListObjectsV2") => one(&["s3:ListBucket"]),
        ("s3", "ListObjectVersions") => one(&["s3:ListBucketVersions"]),
        ("s3", "ListMultipartUploads") => one(&["s3:ListBucketMultipartUploads"]),
        ("s3", "PutObject" | "CreateMultipartUpload") => one(&["s3:PutObject", "s3:PutObjectTagging"]),
        ("s3", "UploadPart" | "CompleteMultipartUpload") => one(&["s3:PutObject"]),
        // With the id of a version it is another action.
        ("s3", "GetObjectTagging") => vec![
            vec!["s3:GetObjectTagging".to_owned()],
            vec!["s3:GetObjectVersionTagging".to_owned()],
        ],
        ("s3", "DeleteObjects") => vec![vec!["s3:DeleteObject".to_owned(), "s3:DeleteObjectVersion".to_owned()]],
        _ => one(&[operation]),
    }
}

/// Declared actions that this life does not need, and why they stay.
const RARELY: &[(Kind, &str, &str)] = &[
    (
        Kind::Bucket,
        "s3:PutBucketAcl",
        "an ACL that keeps ownership from being enforced: tests/edge",
    ),
    (
        Kind::UserPool,
        "cognito-idp:AddCustomAttributes",
        "adopts a pool that others made: tests/cognito",
    ),
    (
        Kind::UserPoolClient,
        "cognito-idp:ListUserPoolClientSecrets",
        "a client with two secrets: tests/cognito",
    ),
    (
        Kind::Role,
        "iam:GetPolicy",
        "a policy of the account that others attached: tests/e2e",
    ),
    (
        Kind::Role,
        "iam:GetPolicyVersion",
        "a policy of the account that others attached: tests/e2e",
    ),
    (
        Kind::Role,
        "iam:UpdateAssumeRolePolicy",
        "a trust that others changed: tests/edge",
    ),
    (
        Kind::Role,
        "iam:RemoveRoleFromInstanceProfile",
        "a role that others put on a machine: tests/edge",
    ),
    (
        Kind::Bucket,
        "s3:GetBucketWebsite",
        "only looked at where the public is not blocked: tests/edge",
    ),
    (
        Kind::Bucket,
        "s3:DeleteObjectVersion",
        "contents that outlived their own removal: tests/edge",
    ),
    (
        Kind::Bucket,
        "s3:AbortMultipartUpload",
        "an upload that a killed run left: tests/edge",
    ),
    (
        Kind::BucketPolicy,
        "s3:DeleteBucketPolicy",
        "it mostly goes with its bucket: tests/edge",
    ),
    (
        Kind::Object,
        "s3:AbortMultipartUpload",
        "an upload in parts that fails: tests/edge",
    ),
];

const KEY: &str = "arn:aws:kms:ap-southeast-2:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666";

const BOUNDARY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/// The life: made, changed, let go, adopted, destroyed.
async fn life() -> Notes {
    let notes = Notes::default();
    let plain = Options::default();
    let destroy = Options {
        destroy: true,
        ..Options::default()
    };
    let first = committed("full.yaml");
    let sandbox = Sandbox::in_memory(1);
    live(&sandbox, &notes, &spec(&first), &plain).await;
    let changed = first
        .replace("domain: igv-full-example", "domain: igv-other-example")
        .replace("login_page: classic", "login_page: managed")
        .replace("mfa: optional", "mfa: required")
        .replace("minimum_length: 14", "minimum_length: 16")
        .replace("access_token_validity: 60 minutes", "access_token_validity: 30 minutes")
        .replace("id_token_validity: 60 minutes", "id_token_validity: 30 minutes")
        .replace("anna@example.org", "anna.b@example.org")
        .replace("    bert: {email: bert@example.org, invite: none}\n", "")
        .replace("enabled: false", "enabled: true")
        .replace(
            "identity_pool:\n  name: IGV identity pool",
            "identity_pool:\n  name: Another name",
        )
        .replace("expose_headers: [Content-Range]", "expose_headers: []")
        .replace(KEY, &KEY.replace("0a1b", "0a1c"))
        .replace("prefixes: [released/]", "prefixes: [released/, more/]")
        .replace(
            "    versioning: enabled\n",
            "    versioning: enabled\n    access_log: {bucket: \"{{bucket.logs.name}}\", prefix: x/}\n",
        )
        .replace(
            "max_session: 1 hour",
            &format!("max_session: 2 hours\n  managed_policies: [{BOUNDARY}]\n  permissions_boundary: {BOUNDARY}"),
        )
        .replace("price_class: \"100\"", "price_class: \"200\"")
        .replace("path: oauth-config.json.gz", "path: other/oauth-config.json.gz")
        .replace("abort_incomplete_uploads: 3 days", "abort_incomplete_uploads: 4 days")
        .replace(
            "may_destroy: []",
            "may_destroy: [user_pool_domain.main, config_file.main]",
        );
    // Somebody who is disabled looks as if that was done by hand.
    let loosen = Options {
        loosen: BTreeSet::from(["user.carla".parse().unwrap()]),
        ..Options::default()
    };
    live(&sandbox, &notes, &spec(&changed), &loosen).await;
    let page = changed.replace("login_page: managed", "login_page: classic");
    live(&sandbox, &notes, &spec(&page), &plain).await;
    let back = first.replace(
        "may_destroy: []",
        "may_destroy: [user_pool_domain.main, config_file.main]",
    );
    let seen = live(&sandbox, &notes, &spec(&back), &plain).await;

    // Let go, and taken back by their ids.
    let forked = sandbox.fork();
    let ids: BTreeMap<String, String> = seen
        .found
        .iter()
        .filter_map(|(address, found)| match found {
            Found::Ours(object) => Some((address.to_string(), object.id.clone())),
            Found::Absent
            | Found::Provided { .. }
            | Found::Foreign { .. }
            | Found::Ambiguous { .. }
            | Found::Unknown(_) => None,
        })
        .collect();
    let names: Vec<&str> = ids.keys().map(String::as_str).collect();
    let head = first.split("user_pool:").next().unwrap();
    let released = format!("{head}release: [{}]\n", names.join(", "));
    live(&forked, &notes, &spec(&released), &plain).await;
    // A data file without our mark is what the file asks for all the same.
    let adopted = ids.iter().filter(|(address, _)| !address.starts_with("object."));
    let pairs: Vec<String> = adopted.map(|(address, id)| format!("{address}: {id:?}")).collect();
    let adopting = first.replace("adopt: {}", &format!("adopt: {{{}}}", pairs.join(", ")));
    live(&forked, &notes, &spec(&adopting), &plain).await;

    live(&sandbox, &notes, &spec(&first), &destroy).await;
    notes
}

/// What a plan of this stack has no need to read: what others may have done to a client, a domain, a role or a bucket,
/// and what is in a bucket that leaves the file.
const ELSEWHERE: &[&str] = &[
    "cognito-idp:DescribeManagedLoginBrandingByClient",
    "cognito-idp:ListUserPoolClientSecrets",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "s3:GetBucketWebsite",
    "s3:GetObjectVersionTagging",
    "s3:ListBucketVersions",
];

#[tokio::test(start_paused = true)]
async fn a_plan_that_may_not_read_something_says_so_and_does_nothing_for_it() {
    let spec = spec(&committed("full.yaml").replace(
        "    versioning: enabled\n",
        "    versioning: enabled\n    access_log: {bucket: \"{{bucket.logs.name}}\", prefix: x/}\n",
    ));
    let sandbox = Sandbox::in_memory(1);
    live(&sandbox, &Notes::default(), &spec, &Options::default()).await;
    let reads: BTreeSet<&str> = Kind::ALL
        .iter()
        .flat_map(|kind| permissions(*kind))
        .filter(|it| it.reads && !ELSEWHERE.contains(&it.action))
        .map(|it| it.action)
        .collect();
    assert!(reads.len() > 25, "{reads:?}");
    let mut problems = Vec::new();
    for action in reads {
        let sandbox = sandbox.fork();
        sandbox.set_trouble(Trouble {
            refuse: vec![action.to_owned()],
            ..Trouble::default()
        });
        let (_, live, plan) = crate::ground::plan(&sandbox, &spec, &Options::default()).await;
        if !plan.is_incomplete() {
            problems.push(format!("{action} is refused, and the plan is complete"));
            continue;
        }
        let told = plan.gaps.iter().any(|gap| gap.action == action && gap.denied);
        if !told {
            problems.push(format!("{action} is refused, and the gaps are {:?}", plan.gaps));
        }
        // 403 is not 404.
        let acts: Vec<String> = acting(&plan)
            .into_iter()
            .filter(|it| !it.starts_with("blocked"))
            .collect();
        if !acts.is_empty() {
            problems.push(format!("{action} is refused, and this is planned: {acts:?}"));
        }
        let absent = live.found.iter().find(|(_, found)| **found == Found::Absent);
        if let Some((address, _)) = absent {
            problems.push(format!("{action} is refused, and {address} counts as absent"));
        }
    }
    assert_eq!(problems, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn every_call_is_declared_and_every_declared_call_is_made() {
    let notes = life().await;
    let (looks, deeds) = (notes.looks.into_inner().unwrap(), notes.deeds.into_inner().unwrap());
    let declared = |kind: Kind, reads: Option<bool>| -> BTreeSet<&str> {
        let all = permissions(kind).iter();
        all.filter(|it| reads.is_none_or(|reads| it.reads == reads))
            .map(|it| it.action)
            .collect()
    };
    let all_reads: BTreeSet<&str> = Kind::ALL.iter().flat_map(|kind| declared(*kind, Some(true))).collect();
    let covered = |operation: &String, by: &BTreeSet<&str>| {
        actions(operation)
            .iter()
            .any(|line| line.iter().all(|it| by.contains(it.as_str())))
    };
    // Who the caller is, is asked before any look.
    assert_eq!(
        ACCOUNT_CALLS.iter().map(|it| it.action).collect::<Vec<_>>(),
        ["sts:GetCallerIdentity"]
    );
    let undeclared: Vec<&String> = looks.iter().filter(|it| !covered(it, &all_reads)).collect();
    assert_eq!(undeclared, Vec::<&String>::new(), "a plan needs them");

    let mut problems = Vec::new();
    for kind in Kind::ALL {
        let none = BTreeSet::new();
        let made = deeds.get(kind).unwrap_or(&none);
        for operation in made.iter().filter(|it| !covered(it, &declared(*kind, None))) {
            problems.push(format!("{kind} calls {operation}, which is not declared"));
        }
        let needed: BTreeSet<String> = made.iter().chain(&looks).flat_map(|it| actions(it)).flatten().collect();
        for action in declared(*kind, None) {
            let excused = RARELY.iter().any(|(it, name, _)| it == kind && *name == action);
            if needed.contains(action) == excused {
                problems.push(format!("{kind} declares {action}, excused: {excused}"));
            }
        }
    }
    assert_eq!(problems, Vec::<String>::new());
}
