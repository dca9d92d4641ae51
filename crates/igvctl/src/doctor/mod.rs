//! Finds out why IGV does not load a config, or why people cannot log in with it.
//!
//! The checks are pure, over bytes and headers; only `live` asks hosts, and only `machine` reads a folder.

pub(crate) mod document;
pub(crate) mod endpoints;
pub(crate) mod entries;
pub(crate) mod finding;
pub(crate) mod json;
pub(crate) mod keys;
pub(crate) mod live;
pub(crate) mod machine;
pub(crate) mod names;
pub(crate) mod redirect;
pub(crate) mod regions;
pub(crate) mod role;
pub(crate) mod scope;
pub(crate) mod show;
pub(crate) mod transport;
pub(crate) mod values;

use crate::doctor::finding::{Finding, Severity};
use crate::doctor::keys::Values;
use crate::exit::Exit;

/// All that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    /// What was looked at.
    pub(crate) subject: String,
    /// What was found, the worst first.
    pub(crate) findings: Vec<Finding>,
    /// Texts that must not be shown.
    pub(crate) secrets: Vec<String>,
    /// The hosts that were asked.
    pub(crate) asked: Vec<String>,
}

impl Diagnosis {
    /// The worst first, else in the order of what was looked at.
    pub(crate) fn sort(&mut self) {
        self.findings.sort_by_key(|it| it.severity);
    }

    /// How the command ends.
    pub(crate) fn exit(&self) -> Exit {
        let ends = |it: &Finding| match it.severity {
            _ if it.gap => Exit::Incomplete,
            Severity::Error => Exit::Diverged,
            Severity::Warning => Exit::Differences,
            Severity::Note => Exit::Done,
        };
        self.findings.iter().map(ends).fold(Exit::Done, Exit::worse)
    }
}

/// Checks a config as it came: packed or not, under a name. `real` gives the address of AWS for one that stands in for
/// it. What the values say is for the live checks.
pub(crate) fn document(
    name: &str,
    ending: &str,
    bytes: &[u8],
    real: &dyn Fn(&str) -> String,
    diagnosis: &mut Diagnosis,
) -> Values {
    let findings = &mut diagnosis.findings;
    let Some(bytes) = transport::unpack(ending, bytes, findings) else {
        return Values::default();
    };
    let Some(config) = document::read(name, &bytes, findings) else {
        return Values::default();
    };
    diagnosis.secrets = keys::secrets(&config.entries);
    let mut values = entries::check(&config, findings);
    for said in [&mut values.authorization_endpoint, &mut values.token_endpoint]
        .into_iter()
        .flatten()
    {
        said.text = real(&said.text);
    }
    values::check(&config, &values, findings);
    values
}
