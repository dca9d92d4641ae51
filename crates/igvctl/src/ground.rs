//! What a command works on: AWS, a sandbox in the process, or a served one.

use std::path::{Path, PathBuf};

use applier::web::Web;
use applier::{AccountError, Aws, Clients, Endpoint, ErrorClass, Ground};
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

impl Choice {
    /// What was said, if `--sandbox` names a folder or an address where a sandbox can be served.
    pub(crate) fn of(
        sandbox: Option<String>,
        profile: Option<String>,
        allow_mixed_endpoints: bool,
    ) -> Result<Self, Failure> {
        Ok(Self {
            sandbox: sandbox.map(place).transpose()?,
            profile,
            allow_mixed_endpoints,
        })
    }
}

/// What `--sandbox` names. What was meant as an address must not become a folder of that name, and nothing but a
/// sandbox may take the place of AWS.
fn place(text: String) -> Result<String, Failure> {
    let served = "name a served sandbox like `--sandbox=http://127.0.0.1:4566`, or a folder like `--sandbox=DIR`";
    if text.trim().is_empty() {
        return Err(Failure::own("--sandbox (or IGVCTL_SANDBOX) is empty").help(
            "name a folder or an address; `--sandbox` without `=` means `.igvctl/sandbox`; for AWS itself, leave it away or unset IGVCTL_SANDBOX",
        ));
    }
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_http = scheme.as_deref().is_some_and(|it| it == "http" || it == "https");
    if !is_http && !text.contains("://") {
        if let Some(port) = text.strip_prefix(':').filter(|it| is_port(it)) {
            return Err(
                Failure::own(format!("--sandbox={text} is neither a folder nor an address"))
                    .help(&format!("write `--sandbox=http://127.0.0.1:{port}`")),
            );
        }
        return match text.rsplit_once(':') {
            Some((host, port)) if is_port(port) && !host.contains(['/', '\\']) => Err(Failure::own(format!(
                "--sandbox={text} is neither a folder nor an address"
            ))
            .help(&format!(
                "write `--sandbox=http://{text}` for a sandbox that is served there, `--sandbox=./{text}` for a folder"
            ))),
            Some(_) | None => Ok(text),
        };
    }
    let wrong = |what: &str| Err(Failure::own(format!("--sandbox={text} {what}")).help(served));
    let url = match url::Url::parse(&text) {
        Ok(url) if is_http && text.contains("://") => url,
        Ok(_) => return wrong("is no address of HTTP"),
        Err(error) => return wrong(&format!("is no address: {error}")),
    };
    if !is_loopback(&url) {
        return wrong("is not on this machine; sandboxes are served on loopback only");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return wrong("is more than the address of a sandbox");
    }
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    Ok(format!("{}://{}", url.scheme(), rest.trim_end_matches('/')))
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

/// Whether an address is on this machine by its name, without asking a resolver.
fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
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
            sandbox::OpenError::Foreign { .. } => {
                "name a folder that is empty or not there yet with `--sandbox=DIR`; nothing was written"
            }
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
    aws.check_account(stack).await.map_err(|error| match &faces {
        Faces::Served(base) => nobody_serves(&error, base).unwrap_or_else(|| caller::wrong(&error, &caller, stack)),
        Faces::Aws | Faces::Folder(_) => caller::wrong(&error, &caller, stack),
    })?;
    Ok(Standing {
        aws,
        faces,
        web,
        _sandbox: held,
    })
}

/// What to say where a sandbox should be served and nobody answers.
fn nobody_serves(error: &AccountError, base: &str) -> Option<Failure> {
    match error {
        AccountError::Unknown(cause) if cause.class == ErrorClass::Ambiguous => Some(
            Failure::own(format!("nobody answers at {base}"))
                .help("serve a sandbox with `igvctl sandbox serve`, and name the address that it prints; or work on its folder with `--sandbox=DIR`"),
        ),
        AccountError::Unknown(_) | AccountError::Other { .. } => None,
    }
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::place;

    #[test]
    fn folders_and_addresses_on_this_machine_are_places() {
        for text in ["dir", "./localhost:4566", ".igvctl/sandbox", "a:b", "C:\\sandbox"] {
            assert_eq!(place(text.to_owned()).unwrap(), text);
        }
        for (text, place_of) in [
            ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
            ("HTTP://localhost:4566/", "http://localhost:4566"),
            ("http://[::1]:4566", "http://[::1]:4566"),
            ("http://igv.localhost:4566", "http://igv.localhost:4566"),
        ] {
            assert_eq!(place(text.to_owned()).unwrap(), place_of);
        }
    }

    #[test]
    fn what_is_neither_is_refused_with_a_hint() {
        for (text, said) in [
            ("", "is empty"),
            (" ", "is empty"),
            ("localhost:4566", "neither a folder nor an address"),
            (":4566", "neither a folder nor an address"),
            ("ftp://x", "no address of HTTP"),
            ("http:127.0.0.1:4566", "no address of HTTP"),
            ("http://", "no address: empty host"),
            ("http://127.0.0.1:99999", "no address: invalid port"),
            ("http://example.org", "not on this machine"),
            ("http://127.0.0.1.example.org:4566", "not on this machine"),
            ("http://127.0.0.1:4566/_mail", "more than the address"),
        ] {
            let failure = place(text.to_owned()).unwrap_err();
            assert!(failure.lines[0].contains(said), "{text}: {}", failure.lines[0]);
            assert!(failure.helps[0].contains("http://") || text.trim().is_empty(), "{text}");
        }
    }
}
