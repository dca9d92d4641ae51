//! Plain HTTP: what browsers and IGV ask of the published config, the login page and presigned addresses.
//!
//! Nothing is followed: IGV does not follow a redirect of its config, so a redirect is an answer like any other.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use http::Method;
use url::{Host, Url};

/// The most bytes that an answer may have.
pub const MAX_ANSWER: usize = 8 * 1024 * 1024;
/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long a request may take from its beginning to the last byte of its answer.
const WHOLE: Duration = Duration::from_secs(30);

/// The web, or what stands in for it. Cloning shares its connections.
#[derive(Clone)]
pub struct Web {
    way: Way,
    /// Where public addresses of AWS are, if that is not AWS.
    place: Option<Place>,
}

/// From an address of AWS to where it can be opened.
type Place = Arc<dyn Fn(&str) -> String + Send + Sync>;

#[derive(Clone)]
enum Way {
    /// Over the network; each connector is made when it is first needed, as that reads the machine's certificates.
    Network {
        proxied: Arc<OnceLock<SharedHttpConnector>>,
        direct: Arc<OnceLock<SharedHttpConnector>>,
    },
    /// To something inside the process, whatever the host.
    Inside(SharedHttpConnector),
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.way {
            Way::Network { .. } => "Web(network)",
            Way::Inside(_) => "Web(inside)",
        })
    }
}

/// An answer, whatever its status.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as it came: not unpacked.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    /// A body may hold tokens and a header a cookie, so neither is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

impl Answer {
    /// The value of the first header of this name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values of all headers of this name, which is given in lower case.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(it, _)| it == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text, with a mark in place of what is not UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url}: {fault}")]
pub struct WebError {
    /// The address, without a user's name and without its query, which may hold codes and signatures.
    pub url: String,
    /// What went wrong.
    pub fault: WebFault,
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebFault {
    /// It is no address that can be asked.
    #[error("this is no address of the web: {0}")]
    Address(String),
    /// The host has no address.
    #[error("the host name cannot be resolved: {0}")]
    Dns(String),
    /// Nobody listens there.
    #[error("the connection is refused")]
    Refused,
    /// The encrypted connection did not come about.
    #[error("no encrypted connection: {0}")]
    Tls(String),
    /// There was no answer in time.
    #[error("no answer within {} s", .0.as_secs())]
    Slow(Duration),
    /// The answer does not end.
    #[error("the answer is longer than {MAX_ANSWER} bytes")]
    Long,
    /// Anything else on the way.
    #[error("{0}")]
    Other(String),
}

impl Web {
    /// The web over the network, through the proxy of the environment; this machine itself is asked directly.
    pub fn over_the_network() -> Self {
        Self {
            way: Way::Network {
                proxied: Arc::default(),
                direct: Arc::default(),
            },
            place: None,
        }
    }

    /// What answers inside the process, whatever the host.
    pub fn inside(connector: SharedHttpConnector) -> Self {
        Self {
            way: Way::Inside(connector),
            place: None,
        }
    }

    /// The same, with AWS's public addresses elsewhere: `place` says where.
    #[must_use]
    pub fn with_place(mut self, place: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.place = Some(Arc::new(place));
        self
    }

    /// Where a public address of AWS can be opened.
    pub fn address(&self, url: &str) -> String {
        self.place.as_ref().map_or_else(|| url.to_owned(), |place| place(url))
    }

    /// Asks for a page.
    ///
    /// # Errors
    ///
    /// When no answer comes. An answer of any status is none.
    pub async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Answer, WebError> {
        self.send(Method::GET, url, headers, Vec::new()).await
    }

    /// Posts a form, its fields percent-encoded.
    ///
    /// # Errors
    ///
    /// When no answer comes. An answer of any status is none.
    pub async fn post_form(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Result<Answer, WebError> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(fields).finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.send(Method::POST, url, &all, body.into_bytes()).await
    }

    /// Sends a request.
    ///
    /// # Errors
    ///
    /// When no answer comes. An answer of any status is none.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, WebError> {
        let url = self.address(url);
        let failed = |fault| WebError {
            url: shown(&url),
            fault,
        };
        let parsed = Url::parse(&url).map_err(|error| failed(WebFault::Address(error.to_string())))?;
        let request = request(method, &parsed, headers, body).map_err(failed)?;
        let asked = async {
            let answer = self.connector(&parsed).call(request).await;
            read(answer.map_err(|error| fault(&error))?).await
        };
        match tokio::time::timeout(WHOLE, asked).await {
            Ok(answer) => answer.map_err(failed),
            Err(_) => Err(failed(WebFault::Slow(WHOLE))),
        }
    }

    fn connector(&self, url: &Url) -> &SharedHttpConnector {
        match &self.way {
            Way::Inside(connector) => connector,
            Way::Network { direct, .. } if on_this_machine(url) => {
                direct.get_or_init(|| connector(ProxyConfig::disabled()))
            }
            Way::Network { proxied, .. } => proxied.get_or_init(|| connector(ProxyConfig::from_env())),
        }
    }
}

/// Whether a host is this machine, where no proxy leads.
fn on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn connector(proxy: ProxyConfig) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECTING).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
        .proxy_config(proxy)
        .build();
    SharedHttpConnector::new(connector)
}

fn request(method: Method, url: &Url, headers: &[(&str, &str)], body: Vec<u8>) -> Result<HttpRequest, WebFault> {
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(WebFault::Address(
            "it begins with neither http:// nor https://".to_owned(),
        ));
    }
    let mut bare = url.clone();
    bare.set_fragment(None);
    // A name and password in an address would go to whoever is asked.
    if !bare.username().is_empty() || bare.password().is_some() {
        return Err(WebFault::Address("it holds a user's name or password".to_owned()));
    }
    let mut request = http::Request::builder().method(method).uri(bare.as_str());
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent")) {
        request = request.header("user-agent", concat!("igvctl/", env!("CARGO_PKG_VERSION")));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(SdkBody::from(body))
        .map_err(|error| WebFault::Address(error.to_string()))?;
    HttpRequest::try_from(request).map_err(|error| WebFault::Address(error.to_string()))
}

async fn read(answer: HttpResponse) -> Result<Answer, WebFault> {
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut stream = ByteStream::new(answer.into_body());
    let mut body = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| WebFault::Other(format!("the answer broke off: {}", deepest(&error))))?;
        if body.len() + piece.len() > MAX_ANSWER {
            return Err(WebFault::Long);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { status, headers, body })
}

/// An address without what may be secret in it.
fn shown(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        // It may hold anything, so only its beginning is shown, where people see their slip.
        let bare = url.split(['?', '#', '@']).next().unwrap_or_default();
        return bare.chars().take(200).collect();
    };
    parsed.set_query(None);
    parsed.set_fragment(None);
    // Neither can fail for an address with a host; without one there is no user either.
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    parsed.to_string()
}

/// What a failed connection was, from the innermost cause: the outer ones all say "connect error".
fn fault(error: &ConnectorError) -> WebFault {
    if error.is_timeout() {
        return WebFault::Slow(CONNECTING);
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut dns = false;
    while let Some(it) = cause {
        dns |= it.to_string().contains("dns error");
        if let Some(io) = it.downcast_ref::<io::Error>() {
            if io.kind() == io::ErrorKind::ConnectionRefused {
                return WebFault::Refused;
            }
            // The TLS library wraps what it refuses so; an early end of a handshake names itself.
            let refused = io.kind() == io::ErrorKind::InvalidData && !dns;
            if refused || io.to_string().contains("tls handshake") {
                return WebFault::Tls(deepest(it));
            }
            // `io::Error::source` skips its own payload.
            cause = io
                .get_ref()
                .map(|it| it as &(dyn Error + 'static))
                .or_else(|| it.source());
        } else {
            cause = it.source();
        }
    }
    let why = deepest(error);
    if dns { WebFault::Dns(why) } else { WebFault::Other(why) }
}

/// What the innermost cause says.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
