//! What a command works on: AWS, a sandbox in the process, or a served one.

use std::path::{Path, PathBuf};

use applier::web::Web;
use applier::{Aws, Clients, Endpoint, Ground};
use sandbox::Sandbox;
use spec_model::Stack;

use crate::caller::{self, Caller};
use crate::commands::Failure;
use crate::exit::Exit;
use crate::report;

/// What the command line says of it.
#[derive(Debug)]
pub(crate) struct Choice {
    /// A folder or an address.
    pub(crate) sandbox: Option<String>,
    /// An AWS profile.
    pub(crate) profile: Option<String>,
    /// Whether some services may be redirected while others are not.
    pub(crate) allow_mixed_endpoints: bool,
}

/// An open world, and what people are told about it.
pub(crate) struct Standing {
    /// The world.
    pub(crate) aws: Aws,
    /// Where public addresses lead, where that is not AWS.
    pub(crate) faces: Faces,
    /// The web as it reaches what the world publishes.
    pub(crate) web: Web,
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

    /// What is to be said beside such an address, where it cannot be opened.
    pub(crate) fn remark(&self) -> Option<String> {
        match self {
            Self::Folder(folder) => Some(format!(
                "This sandbox is not served: open it with `igvctl sandbox serve --sandbox={}`, then use `--sandbox=http://127.0.0.1:4566` to see addresses that can be opened.",
                folder.display()
            )),
            Self::Aws | Self::Served(_) => None,
        }
    }
}

/// The web of a sandbox that is served at an address: what is public of it is there too.
fn served(base: String) -> Web {
    Web::over_the_network().with_place(move |url| {
        // A user pool's documents are under its id, whatever the host.
        let of_a_pool = url
            .strip_prefix("https://cognito-idp.")
            .and_then(|it| it.split_once('/'));
        match of_a_pool {
            Some((_, path)) => format!("{base}/{path}"),
            None => sandbox::public_url(&base, url),
        }
    })
}

/// The web, without credentials, and what stands in for AWS on it.
pub(crate) struct Outside {
    /// The web.
    pub(crate) web: Web,
    /// Where AWS's hosts are, where that is not AWS.
    served: Option<String>,
    /// Keeps the folder's lock.
    _sandbox: Option<Sandbox>,
}

impl Outside {
    /// An address of AWS for what a served sandbox put in its place.
    pub(crate) fn real(&self, url: &str) -> String {
        match &self.served {
            Some(base) => sandbox::aws_url(base, url),
            None => url.to_owned(),
        }
    }
}

/// Opens what people without credentials can reach.
pub(crate) fn outside(choice: &Choice) -> Result<Outside, Failure> {
    Ok(match &choice.sandbox {
        Some(url) if is_address(url) => {
            let base = url.trim_end_matches('/').to_owned();
            let at = base.clone();
            Outside {
                web: Web::over_the_network().with_place(move |url| sandbox::any_url(&at, url)),
                served: Some(base),
                _sandbox: None,
            }
        }
        Some(_) => {
            let opened = open(&folder(choice))?;
            Outside {
                web: Web::inside(opened.http_connector()),
                served: None,
                _sandbox: Some(opened),
            }
        }
        None => Outside {
            web: Web::over_the_network(),
            served: None,
            _sandbox: None,
        },
    })
}

/// Opens the sandbox of a folder.
fn open(folder: &Path) -> Result<Sandbox, Failure> {
    Sandbox::open(folder).map_err(|error| {
        Failure::of(&error).help(match &error {
            sandbox::OpenError::Locked { .. } => "if it is served, work on it with `--sandbox=http://127.0.0.1:<port>`",
            sandbox::OpenError::Io { .. } | sandbox::OpenError::Unreadable { .. } => {
                "name another folder with `--sandbox=DIR`, or remove this one to begin anew"
            }
        })
    })
}

/// The folder of an embedded sandbox, or the one that is meant when none is named.
pub(crate) fn folder(choice: &Choice) -> PathBuf {
    PathBuf::from(choice.sandbox.as_deref().unwrap_or(".igvctl/sandbox"))
}

/// Whether `--sandbox` names a served sandbox, not a folder.
pub(crate) fn is_address(sandbox: &str) -> bool {
    sandbox.starts_with("http://") || sandbox.starts_with("https://")
}

/// Opens what a command works on, and refuses any other account before anything is looked at.
pub(crate) async fn stand(choice: &Choice, stack: &Stack, spec_folder: &Path) -> Result<Standing, Failure> {
    let caller = Caller::of(choice.profile.as_deref());
    let (ground, what, faces, web, held) = match &choice.sandbox {
        Some(url) if is_address(url) => {
            let base = url.trim_end_matches('/').to_owned();
            (
                Ground::Served(base.clone()),
                format!("sandbox at {base}"),
                Faces::Served(base.clone()),
                served(base),
                None,
            )
        }
        Some(_) => {
            let folder = folder(choice);
            let opened = open(&folder)?;
            let what = format!("sandbox in {}", folder.display());
            (
                Ground::Embedded(opened.http_client()),
                what,
                Faces::Folder(folder),
                Web::inside(opened.http_connector()),
                Some(opened),
            )
        }
        None => {
            let profile = choice.profile.clone();
            let web = Web::over_the_network();
            (Ground::Aws { profile }, caller.what(), Faces::Aws, web, None)
        }
    };
    // The first line of every command, before anything can go wrong.
    let title = |what: &str| {
        report::note(&format!(
            "\x1b[1migvctl\x1b[0m  {} in {}, account {} ({what})\n",
            stack.name, stack.region, stack.account
        ));
    };
    if let Ground::Aws { .. } = &ground
        && let Err(error) = applier::check_profile(caller.profile()).await
    {
        title(&what);
        return Err(caller::no_profile(&error));
    }
    let clients = Clients::connect(&ground, stack).await;
    let redirected = match ground {
        Ground::Aws { .. } => redirected(&clients.endpoints),
        Ground::Embedded(_) | Ground::Served(_) => Redirected::None,
    };
    match &redirected {
        Redirected::None => title(&what),
        Redirected::All(text) | Redirected::Some { text, .. } => title(&format!("{what}, {text}")),
    }
    if redirected != Redirected::None
        && let Some(url) = wrong_override(&clients.endpoints)
    {
        return Err(Failure::own(format!("the endpoint override `{url}` is no HTTP address; nothing was looked at"))
            .help("write it like `http://127.0.0.1:4566`, in `AWS_ENDPOINT_URL`, its form for one service, or `endpoint_url` of the profile"));
    }
    if let Redirected::Some { others, .. } = &redirected
        && !choice.allow_mixed_endpoints
    {
        return Err(Failure::own(format!(
            "endpoint overrides send some services elsewhere, while {others} would be asked at AWS; nothing was looked at"
        ))
        .help("set `AWS_ENDPOINT_URL` for all of them, or none; if it is meant so, add `--allow-mixed-endpoints`")
        .with(Exit::Blocked));
    }
    // Where user pools are somewhere else, so are their login pages: a password must not go to whoever has the prefix at
    // AWS.
    let pools = clients
        .endpoints
        .iter()
        .find(|it| it.service == "Cognito Identity Provider");
    let web = match pools.and_then(|it| it.url.as_deref()) {
        Some(url) if redirected != Redirected::None => served(url.trim_end_matches('/').to_owned()),
        Some(_) | None => web,
    };
    let aws = Aws::new(clients, spec_folder.to_owned());
    aws.check_account(stack)
        .await
        .map_err(|error| caller::wrong(&error, &caller, stack))?;
    Ok(Standing {
        aws,
        faces,
        web,
        _sandbox: held,
    })
}

/// What endpoint overrides do.
#[derive(Debug, PartialEq, Eq)]
enum Redirected {
    /// There are none.
    None,
    /// Every service goes elsewhere.
    All(String),
    /// Some services go elsewhere.
    Some {
        /// Which go where.
        text: String,
        /// Those that stay at AWS.
        others: String,
    },
}

/// The first override that is no address of HTTP.
fn wrong_override(endpoints: &[Endpoint]) -> Option<&str> {
    let is_address =
        |url: &str| url::Url::parse(url).is_ok_and(|it| matches!(it.scheme(), "http" | "https") && it.has_host());
    let mut urls = endpoints.iter().filter_map(|it| it.url.as_deref());
    urls.find(|it| !is_address(it))
}

fn redirected(endpoints: &[Endpoint]) -> Redirected {
    let mut by_url = std::collections::BTreeMap::<&str, Vec<&str>>::new();
    let mut others = Vec::new();
    for it in endpoints {
        match &it.url {
            Some(url) => by_url.entry(url).or_default().push(it.service),
            None => others.push(it.service),
        }
    }
    if by_url.is_empty() {
        return Redirected::None;
    }
    if let (1, true, Some(url)) = (by_url.len(), others.is_empty(), by_url.keys().next()) {
        return Redirected::All(format!("every service at {url}"));
    }
    let text = by_url
        .iter()
        .map(|(url, services)| format!("{} at {url}", services.join(", ")))
        .collect::<Vec<_>>()
        .join("; ");
    if others.is_empty() {
        Redirected::All(text)
    } else {
        Redirected::Some {
            text,
            others: others.join(", "),
        }
    }
}
