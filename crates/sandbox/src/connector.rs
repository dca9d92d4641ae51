//! The port for the AWS SDK inside the process: an HTTP client without a socket.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;

use crate::sandbox::Sandbox;

/// A connector that reaches this sandbox, whatever the host.
pub(crate) fn connector(sandbox: Sandbox) -> SharedHttpConnector {
    SharedHttpConnector::new(Connector(sandbox))
}

/// An HTTP client that reaches this sandbox.
pub(crate) fn client(sandbox: Sandbox) -> SharedHttpClient {
    let connector = connector(sandbox);
    http_client_fn(move |_, _| connector.clone())
}

struct Connector(Sandbox);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(answer(self.0.clone(), request))
    }
}

async fn answer(sandbox: Sandbox, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|wrong| ConnectorError::user(wrong.into()))?;
    let (parts, body) = request.into_parts();
    let body = match body.bytes() {
        Some(bytes) => bytes.to_vec(),
        None => body.collect().await.map_err(ConnectorError::user)?.to_bytes().to_vec(),
    };
    let latency = sandbox.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let response = sandbox
        .attempt(http::Request::from_parts(parts, body))
        .map_err(|lost| ConnectorError::io(lost.into()))?;
    HttpResponse::try_from(response.map(SdkBody::from)).map_err(|wrong| ConnectorError::other(wrong.into(), None))
}
