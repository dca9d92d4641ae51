//! A sandbox inside the process, looked at and changed through the engine: what the tests of kinds share.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use applier::{Aws, Clients, Ground, Look, Outcome, Report, execute};
use planner::{Live, Options, Plan};
use sandbox::Sandbox;
use spec_model::{Address, Kind, Spec};

/// The workspace's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .parent()
        .unwrap()
}

/// Reads a spec, and shows what is wrong with it.
#[track_caller]
pub(crate) fn spec(name: &str, text: &str) -> Spec {
    spec_model::parse(text, &|_| None).unwrap_or_else(|errors| panic!("{}", errors.render(name, text)))
}

/// One state of a kind.
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) spec: Spec,
    /// What `apply --loosen` is told, from a line `# loosen: <address>` of the file.
    pub(crate) loosen: BTreeSet<Address>,
}

/// The states of a kind, in order.
pub(crate) fn states(kind: Kind) -> Vec<State> {
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
            let loosen = text.lines().filter_map(|line| line.strip_prefix("# loosen: "));
            State {
                loosen: loosen.map(|it| it.parse().unwrap()).collect(),
                spec: spec(&name, &text),
                name,
            }
        })
        .collect()
}

/// A plan as people read it.
pub(crate) fn text(plan: &Plan) -> String {
    planner::show::to_text(plan, false)
}

/// One sandbox and the engine on it. Local files are those of `specs/`.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) aws: Aws,
}

impl World {
    pub(crate) async fn new(spec: &Spec) -> Self {
        Self::on(Sandbox::in_memory(7), spec).await
    }

    /// The engine of another stack on the same sandbox.
    pub(crate) async fn beside(&self, spec: &Spec) -> Self {
        Self::on(self.sandbox.clone(), spec).await
    }

    async fn on(sandbox: Sandbox, spec: &Spec) -> Self {
        let aws = Aws::new(
            Clients::connect(&Ground::Embedded(sandbox.http_client()), &spec.stack).await,
            root().join("specs"),
        );
        Self { sandbox, aws }
    }

    /// Looks and plans.
    pub(crate) async fn plan(&self, spec: &Spec, options: &Options) -> (Live, Plan) {
        self.aws.clients().forget();
        let live = self.aws.look(spec).await;
        let local = self.aws.local_files(spec, &live).await;
        let plan = planner::plan(spec, &live, &local, options);
        (live, plan)
    }

    /// Carries a plan out.
    pub(crate) async fn execute(&self, plan: &Plan, live: &Live) -> Report {
        execute(&self.aws, plan, live, false, &AtomicBool::new(false), &|_| {}).await
    }

    /// Plans and carries out; every step must be done.
    pub(crate) async fn run(&self, name: &str, spec: &Spec, options: &Options) -> Plan {
        let (live, plan) = self.plan(spec, options).await;
        let report = self.execute(&plan, &live).await;
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
    pub(crate) async fn apply(&self, name: &str, spec: &Spec, options: &Options) -> Plan {
        let plan = self.run(name, spec, options).await;
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
