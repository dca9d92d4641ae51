//! A verification on the sandbox: all is well after an apply, and each thing that is broken is named, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod data;
mod findings;
mod identity;
mod login;
mod published;
mod rights;
mod sign_in;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use applier::verify::{Check, Checklist, Outcome, Verified, account, log_in, with_login, without_login};
use applier::web::Web;
use applier::{Aws, Clients, Ground, Look, execute};
use planner::{Found, Live, Options, Plan};
use sandbox::{Sandbox, Trouble};
use spec_model::{Kind, Secret, Spec};
use tokio::sync::OnceCell;

/// A stack with a bucket of which all may be read, and one of which folders may be.
const SPEC: &str = "
version: 1
id: ver1fy00
stack: igv-verify
account: \"111122223333\"
region: eu-central-1
user_pool:
  domain: igv-verify
  users: {anna: {email: anna@example.org}}
identity_pool: {}
data:
  - {bucket: igv-verify-data, objects: [data/example.bam]}
  - {bucket: igv-verify-part, prefixes: [cohort/a/]}
config: {bucket: igv-verify-config}
";

/// A sandbox with a stack in it.
struct World {
    sandbox: Sandbox,
    spec: Spec,
}

/// The stack as it was applied, made once.
static APPLIED: OnceCell<Sandbox> = OnceCell::const_new();

impl World {
    /// A copy of the applied stack, to be broken.
    async fn new() -> Self {
        let spec = spec(SPEC);
        let applied = APPLIED
            .get_or_init(|| async {
                let world = World {
                    sandbox: Sandbox::in_memory(11),
                    spec: spec.clone(),
                };
                world.apply().await;
                world.sandbox
            })
            .await;
        Self {
            sandbox: applied.fork(),
            spec,
        }
    }

    async fn clients(&self) -> Clients {
        Clients::connect(&Ground::Embedded(self.sandbox.http_client()), &self.spec.stack).await
    }

    async fn aws(&self) -> Aws {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .unwrap()
            .parent()
            .unwrap();
        Aws::new(self.clients().await, root.join("specs"))
    }

    async fn plan(&self, aws: &Aws) -> (Live, Plan) {
        let live = aws.look(&self.spec).await;
        let local = aws.local_files(&self.spec, &live).await;
        let plan = planner::plan(&self.spec, &live, &local, &Options::default());
        (live, plan)
    }

    async fn apply(&self) {
        let aws = self.aws().await;
        let (live, plan) = self.plan(&aws).await;
        let report = execute(&aws, &plan, &live, false, &AtomicBool::new(false), &|_| {}).await;
        assert_eq!(report.failed().count(), 0, "{:#?}", report.results);
    }

    /// The checks without a login.
    async fn verify(&self) -> Vec<Check> {
        self.verify_with(None).await
    }

    /// The checks; with a password, those of a login too.
    async fn verify_with(&self, password: Option<&str>) -> Vec<Check> {
        let aws = self.aws().await;
        let (live, plan) = self.plan(&aws).await;
        let web = Web::inside(self.sandbox.http_connector());
        let mut list = Checklist::new(&|_| {});
        account(&mut list, &self.spec.stack);
        let verified = Verified {
            aws: &aws,
            web: &web,
            spec: &self.spec,
            live: &live,
            plan: &plan,
        };
        without_login(&mut list, &verified).await;
        if let Some(password) = password {
            let (_, callback) = verified.callbacks().into_iter().next().unwrap();
            let request = verified.request(&callback).unwrap();
            let code = log_in(&web, &request, "anna", &Secret::new(password)).await.unwrap();
            with_login(&mut list, &verified, &request, &code, None).await;
        }
        list.checks().to_vec()
    }

    /// Expects that exactly these checks fail, beside that the plan is not empty.
    #[track_caller]
    fn fails(&self, names: &[&str]) -> impl Future<Output = Vec<Check>> {
        self.fails_with(None, names)
    }

    /// The same, with a login.
    #[track_caller]
    fn fails_with(&self, password: Option<&str>, names: &[&str]) -> impl Future<Output = Vec<Check>> {
        let caller = std::panic::Location::caller();
        async move {
            let checks = self.verify_with(password).await;
            let failed = failed(&checks);
            let wanted: BTreeSet<String> = names.iter().map(|it| (*it).to_owned()).collect();
            assert!(
                failed == wanted,
                "{caller}: {failed:?} failed, not {wanted:?}\n{}",
                shown(&checks)
            );
            checks
        }
    }

    /// The output of the one object of a kind.
    async fn output(&self, kind: Kind, name: &str) -> String {
        let aws = self.aws().await;
        let live = aws.look(&self.spec).await;
        let found = live.found.iter().find_map(|(address, found)| {
            let Found::Ours(object) = found else { return None };
            let output = object.outputs.get(name).filter(|_| address.kind == kind)?;
            output.as_text().map(str::to_owned)
        });
        found.unwrap()
    }

    /// The ids of the stack's objects, by what they are called in calls.
    async fn ids(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("pool", self.output(Kind::UserPool, "id").await),
            ("client", self.output(Kind::UserPoolClient, "id").await),
            ("identity", self.output(Kind::IdentityPool, "id").await),
            ("role", self.output(Kind::Role, "name").await),
            ("arn", self.output(Kind::Role, "arn").await),
            ("distribution", self.output(Kind::Distribution, "id").await),
        ])
    }
}

/// Reads a file, and shows what is wrong with it.
fn spec(text: &str) -> Spec {
    spec_model::parse(text, &|_| None).unwrap_or_else(|errors| panic!("{}", errors.render("verify.yaml", text)))
}

/// The names of the checks that failed.
fn failed(checks: &[Check]) -> BTreeSet<String> {
    checks
        .iter()
        .filter(|it| matches!(it.outcome, Outcome::Failed { .. }))
        .map(|it| it.name.clone())
        .collect()
}

fn shown(checks: &[Check]) -> String {
    checks
        .iter()
        .filter(|it| !matches!(it.outcome, Outcome::Passed { .. }))
        .map(|it| format!("{}: {:?}\n", it.name, it.outcome))
        .collect()
}

/// Why a check failed.
fn why(checks: &[Check], name: &str) -> String {
    checks
        .iter()
        .find_map(|it| {
            let Outcome::Failed { why, .. } = &it.outcome else {
                return None;
            };
            (it.name == name).then(|| why.clone())
        })
        .unwrap()
}

#[tokio::test]
async fn l56_an_applied_stack_passes() {
    let world = World::new().await;
    let checks = world.fails(&[]).await;
    let odd: Vec<&Check> = checks
        .iter()
        .filter(|it| !matches!(it.outcome, Outcome::Passed { .. }))
        .collect();
    assert!(odd.is_empty(), "{}", shown(&checks));
    assert!(checks.len() > 45, "only {} checks", checks.len());
}

#[tokio::test]
async fn nothing_is_changed() {
    let world = World::new().await;
    world.sandbox.clear_calls();
    world.verify().await;
    let changing: Vec<_> = world.sandbox.calls().into_iter().filter(|it| it.mutating).collect();
    assert!(changing.is_empty(), "{changing:?}");
}

#[tokio::test]
async fn what_is_not_there_yet_is_said_at_once() {
    let world = World {
        sandbox: Sandbox::in_memory(12),
        spec: spec(SPEC),
    };
    let checks = world.fails(&["empty", "applied"]).await;
    assert!(why(&checks, "applied").contains("user_pool.main"), "{}", shown(&checks));
    assert_eq!(checks.len(), 4);
}

/// The checks that could not be told when an action is refused.
async fn unread(action: &str) -> Vec<String> {
    let world = World::new().await;
    world.sandbox.set_trouble(Trouble {
        refuse: vec![action.to_owned()],
        ..Trouble::default()
    });
    let checks = world.fails(&[]).await;
    let unread = checks
        .into_iter()
        .filter(|it| matches!(it.outcome, Outcome::Unread { .. }));
    unread.map(|it| it.name).collect()
}

#[tokio::test]
async fn l55_what_cannot_be_read_is_neither_right_nor_wrong() {
    assert_eq!(
        unread("cognito-identity:DescribeIdentityPool").await,
        ["empty", "applied"]
    );
    assert_eq!(unread("iam:SimulatePrincipalPolicy").await, ["simulator"]);
    assert_eq!(
        unread("cognito-identity:GetIdentityPoolRoles").await,
        ["empty", "roles"]
    );
    assert_eq!(unread("cloudfront:ListOriginAccessControls").await, ["empty"]);
}
