//! Local files of the spec: sizes, and fingerprints where the size alone does not tell.

use planner::{Found, Live, Local, LocalFile, UNKNOWN};
use spec_model::{Spec, Value};

use crate::aws::Aws;
use crate::fingerprint::fingerprint;

impl Aws {
    /// Reads what is at hand locally for the spec's resources that are made from files.
    ///
    /// A file whose size differs from what was uploaded differs, so its content is not read.
    pub async fn local_files(&self, spec: &Spec, live: &Live) -> Local {
        let mut local = Local::new();
        for (address, resource) in &spec.resources {
            let Some(source) = &resource.source else { continue };
            let path = self.folder().join(source);
            let Ok(facts) = fs_err::metadata(&path) else { continue };
            if !facts.is_file() {
                continue;
            }
            let uploaded = match live.found.get(address) {
                Some(Found::Ours(object)) => object
                    .value
                    .get("fingerprint")
                    .and_then(Value::as_text)
                    .map(str::to_owned),
                Some(
                    Found::Absent
                    | Found::Provided { .. }
                    | Found::Foreign { .. }
                    | Found::Ambiguous { .. }
                    | Found::Unknown(_),
                )
                | None => None,
            };
            let same_size = uploaded
                .as_ref()
                .filter(|it| !it.ends_with(UNKNOWN))
                .is_some_and(|it| it.split('-').next() == Some(&facts.len().to_string()));
            let fingerprint = if same_size {
                tokio::task::spawn_blocking(move || fingerprint(&path, None))
                    .await
                    .ok()
                    .and_then(Result::ok)
            } else {
                None
            };
            local.insert(
                address.clone(),
                LocalFile {
                    size: facts.len(),
                    fingerprint,
                },
            );
        }
        local
    }
}
