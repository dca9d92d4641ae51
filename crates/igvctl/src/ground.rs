//! What a command works on: AWS, a sandbox in the process, or a served one.

use std::path::{Path, PathBuf};

use applier::{Aws, Clients, Ground};
use sandbox::Sandbox;
use spec_model::Stack;

use crate::commands::Failure;

/// What the command line says of it.
#[derive(Debug)]
pub(crate) struct Choice {
    /// A folder or an address.
    pub(crate) sandbox: Option<String>,
    /// An AWS profile.
    pub(crate) profile: Option<String>,
}

/// An open world, and what people are told about it.
pub(crate) struct Standing {
    /// The world.
    pub(crate) aws: Aws,
    /// One line: stack, region, account, and what it is.
    pub(crate) title: String,
    /// Where public addresses lead, where that is not AWS.
    pub(crate) faces: Faces,
    /// Keeps the folder's lock.
    _sandbox: Option<Sandbox>,
}

/// Where public addresses can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Faces {
    /// At AWS.
    Aws,
    /// At a served sandbox.
    Served(String),
    /// Nowhere until somebody serves this folder.
    Folder(PathBuf),
}

impl Faces {
    /// The address under which something public can be opened now.
    pub(crate) fn url(&self, url: &str) -> String {
        match self {
            Self::Aws | Self::Folder(_) => url.to_owned(),
            Self::Served(base) => sandbox::public_url(base, url),
        }
    }
}

/// The folder of an embedded sandbox, or the one that is meant when none is named.
pub(crate) fn folder(choice: &Choice) -> PathBuf {
    PathBuf::from(choice.sandbox.as_deref().unwrap_or(".igvctl/sandbox"))
}

/// Opens what a command works on, and refuses any other account before anything is looked at.
pub(crate) async fn stand(choice: &Choice, stack: &Stack, spec_folder: &Path) -> Result<Standing, Failure> {
    let (ground, what, faces, held) = match &choice.sandbox {
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => {
            let base = url.trim_end_matches('/').to_owned();
            (
                Ground::Served(base.clone()),
                format!("sandbox at {base}"),
                Faces::Served(base),
                None,
            )
        }
        Some(_) => {
            let folder = folder(choice);
            let opened = Sandbox::open(&folder).map_err(|error| {
                Failure::of(&error).help(match &error {
                    sandbox::OpenError::Locked { .. } => {
                        "if it is served, work on it with `--sandbox=http://127.0.0.1:<port>`"
                    }
                    sandbox::OpenError::Io { .. } | sandbox::OpenError::Unreadable { .. } => {
                        "name another folder with `--sandbox=DIR`, or remove this one to begin anew"
                    }
                })
            })?;
            let what = format!("sandbox in {}", folder.display());
            (
                Ground::Embedded(opened.http_client()),
                what,
                Faces::Folder(folder),
                Some(opened),
            )
        }
        None => {
            let profile = choice.profile.clone();
            let mut what = profile
                .as_ref()
                .map_or_else(|| "AWS".to_owned(), |it| format!("AWS, profile {it}"));
            let overrides: Vec<String> = std::env::vars()
                .filter(|(name, _)| name.starts_with("AWS_ENDPOINT_URL"))
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            if !overrides.is_empty() {
                what = format!("{what}, {}", overrides.join(", "));
            }
            (Ground::Aws { profile }, what, Faces::Aws, None)
        }
    };
    let aws = Aws::new(Clients::connect(&ground, stack).await, spec_folder.to_owned());
    aws.check_account(stack)
        .await
        .map_err(|error| Failure::account(&error, stack))?;
    let title = format!("{} in {}, account {} ({what})", stack.name, stack.region, stack.account);
    Ok(Standing {
        aws,
        title,
        faces,
        _sandbox: held,
    })
}
