//! A sandbox inside the process, looked at and changed through the engine: what the tests of kinds share.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use applier::{Aws, Clients, Ground, Look, Outcome, execute};
use planner::{Live, Options, Plan};
use sandbox::Sandbox;
use spec_model::{Kind, Spec};

/// The workspace's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .parent()
        .unwrap()
}

/// Reads a spec, and shows what is wrong with it.
#[track_caller]
pub fn spec(text: &str) -> Spec {
    spec_model::parse(text, &|_| None).unwrap_or_else(|errors| panic!("{}", errors.render("spec.yaml", text)))
}

/// The states of a kind, in order: name and spec.
pub fn states(kind: Kind) -> Vec<(String, Spec)> {
    let folder = root().join("tests/kinds").join(kind.word());
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|it| it.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = format!("{kind}/{}", path.file_name().unwrap().to_string_lossy());
            let text = std::fs::read_to_string(&path).unwrap();
            let spec = spec_model::parse(&text, &|_| None).unwrap_or_else(|it| panic!("{}", it.render(&name, &text)));
            (name, spec)
        })
        .collect()
}

/// A plan as people read it.
pub fn text(plan: &Plan) -> String {
    planner::show::to_text(plan, false)
}

/// One sandbox and the engine on it. Local files are those of `specs/`.
pub struct World {
    pub sandbox: Sandbox,
    pub aws: Aws,
}

impl World {
    pub async fn new(spec: &Spec) -> Self {
        let sandbox = Sandbox::in_memory(7);
        let aws = Aws::new(
            Clients::connect(&Ground::Embedded(sandbox.http_client()), &spec.stack).await,
            root().join("specs"),
        );
        Self { sandbox, aws }
    }

    /// Looks and plans.
    pub async fn plan(&self, spec: &Spec, options: &Options) -> (Live, Plan) {
        self.aws.clients().forget();
        let live = self.aws.look(spec).await;
        let local = self.aws.local_files(spec, &live).await;
        let plan = planner::plan(spec, &live, &local, options);
        (live, plan)
    }

    /// Plans and carries out; every step must be done.
    pub async fn run(&self, name: &str, spec: &Spec, options: &Options) -> Plan {
        let (live, plan) = self.plan(spec, options).await;
        let report = execute(&self.aws, &plan, &live, false, &AtomicBool::new(false), &|_| {}).await;
        let undone: Vec<String> = report
            .results
            .iter()
            .filter(|(_, outcome)| !matches!(outcome, Outcome::Done | Outcome::Unneeded))
            .map(|(step, outcome)| format!("{}: {outcome:#?}", step.key))
            .collect();
        assert!(undone.is_empty(), "{name}: {}\n{}", undone.join("\n"), text(&plan));
        plan
    }

    /// Brings a spec about; a second look must find nothing to do. The plan is given back.
    pub async fn apply(&self, name: &str, spec: &Spec) -> Plan {
        let plan = self.run(name, spec, &Options::default()).await;
        let (_, second) = self.plan(spec, &Options::default()).await;
        assert!(
            second.is_in_sync(),
            "{name}: a second plan is not empty\n{}\nafter\n{}",
            text(&second),
            text(&plan)
        );
        plan
    }
}
