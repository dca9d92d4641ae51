//! The lists of states: `tests/kinds/<kind>/01.yaml` and so on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use spec_model::{Address, Kind, Spec};

/// Where a list is gone through.
pub(crate) struct Place {
    /// The account, which the specs name `111122223333`.
    pub(crate) account: String,
    /// The stack, which the specs name `igv-kinds` or `igv-full`; names of buckets and domains begin with it.
    pub(crate) stack: String,
}

impl Place {
    /// A text of the lists as it is to be in this place.
    pub(crate) fn rewrite(&self, text: &str) -> String {
        text.replace("111122223333", &self.account)
            .replace("igv-kinds", &self.stack)
            .replace("igv-full", &self.stack)
    }
}

impl Default for Place {
    /// As the specs have it.
    fn default() -> Self {
        Self {
            account: "111122223333".to_owned(),
            stack: "igv-kinds".to_owned(),
        }
    }
}

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
pub(crate) fn states_in(place: &Place, kind: Kind) -> Vec<State> {
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
            let text = place.rewrite(&std::fs::read_to_string(&path).unwrap());
            let loosen = text.lines().filter_map(|line| line.strip_prefix("# loosen: "));
            State {
                loosen: loosen.map(|it| it.parse().unwrap()).collect(),
                spec: spec(&name, &text),
                name,
            }
        })
        .collect()
}
