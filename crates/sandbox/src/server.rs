//! The port for everybody else: an HTTP server on the loopback address.

use std::net::TcpListener;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::task::JoinSet;

use crate::sandbox::{Asked, Sandbox};

/// The most bytes of an object in one request, which is S3's limit too.
const MAX_OBJECT: usize = 5 * 1024 * 1024 * 1024;
/// The most bytes of any other body.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// Why the sandbox could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can be reached from other machines; the sandbox has no secrets to keep them out.
    #[error("the sandbox is served on a loopback address only, not on {0}")]
    NotLoopback(std::net::SocketAddr),
    /// The socket does not work.
    #[error("cannot serve the sandbox")]
    Io(#[from] std::io::Error),
}

impl Sandbox {
    /// Serves this sandbox until the future is dropped. `verbose` names each request on stderr.
    ///
    /// # Errors
    ///
    /// When the listener is not on a loopback address, or does not work.
    pub async fn serve(&self, listener: TcpListener, verbose: bool) -> Result<(), ServeError> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(ServeError::NotLoopback(address));
        }
        self.serving_at(&format!("http://{address}"))?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        // Dropped with this future, and the connections with it.
        let mut connections = JoinSet::new();
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted?.0,
                Some(_) = connections.join_next() => continue,
            };
            let sandbox = Arc::new(self.clone());
            connections.spawn(async move {
                let service = service_fn(move |request| answer(Arc::clone(&sandbox), request, verbose));
                // A caller that goes away, or an answer that is lost on request, is no error of ours.
                let _ = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    }
}

type Gone = Box<dyn std::error::Error + Send + Sync>;

async fn answer(
    sandbox: Arc<Sandbox>,
    request: http::Request<Incoming>,
    verbose: bool,
) -> Result<http::Response<Full<Bytes>>, Gone> {
    let (parts, body) = request.into_parts();
    let object = parts.method == http::Method::PUT && !parts.uri.path().starts_with("/2020-05-31/");
    let limit = if object { MAX_OBJECT } else { MAX_BODY };
    let body = match Limited::new(body, limit).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(wrong) if wrong.is::<LengthLimitError>() => {
            let mut response = http::Response::new(Full::default());
            *response.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
            return Ok(response);
        }
        Err(wrong) => return Err(wrong),
    };
    let latency = sandbox.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let line = verbose.then(|| format!("{} {}", parts.method, parts.uri.path()));
    // An object takes its time, which is not the time of those who wait on this thread.
    let request = http::Request::from_parts(parts, body);
    let response = match tokio::task::spawn_blocking(move || sandbox.attempt(request)).await {
        Ok(response) => response?,
        Err(wrong) => {
            crate::say(format_args!("mistake of the sandbox: {wrong}"));
            let mut response = http::Response::new(Vec::new());
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    };
    if let Some(line) = line {
        let asked = response
            .extensions()
            .get::<Asked>()
            .map_or("", |Asked(asked)| asked.as_str());
        crate::say(format_args!("{} {asked} {line}", response.status().as_u16()));
    }
    Ok(response.map(|body| Full::new(Bytes::from(body))))
}
