//! Reading a spec from its file.

use std::path::{Path, PathBuf};

use spec_model::Spec;

use crate::commands::Failure;

/// A spec and where it came from.
pub(crate) struct Source {
    /// The spec.
    pub(crate) spec: Spec,
    /// The spec's folder, from which local files are seen.
    pub(crate) folder: PathBuf,
}

/// Reads a spec; every error of the file is in the failure.
pub(crate) fn read(path: &Path) -> Result<Source, Failure> {
    let text = fs_err::read_to_string(path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::InvalidData {
            Failure::own(format!("{} is not UTF-8 text", path.display()))
        } else {
            Failure::of(&error)
        }
    })?;
    let spec = spec_model::parse(&text, &|name| std::env::var(name).ok())
        .map_err(|errors| Failure::spec(errors.render(&path.display().to_string(), &text)))?;
    let folder = path
        .parent()
        .filter(|it| !it.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
        .to_owned();
    Ok(Source { spec, folder })
}
