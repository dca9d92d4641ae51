//! A login in a browser: the callback on this machine, as IGV has it.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use applier::verify::{FormError, LoginRequest, code_of};
use spec_model::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout, timeout_at};

use crate::report;

/// How long somebody may take to log in.
pub(super) const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// How long a browser may take to send its request.
const REQUEST: Duration = Duration::from_secs(5);
/// The longest request that is read.
const LONGEST: usize = 16 * 1024;

/// Where the browser comes back to.
pub(super) struct Listener {
    four: TcpListener,
    /// Some browsers take `localhost` for the newer address.
    six: Option<TcpListener>,
}

/// What came.
pub(super) enum Came {
    /// A login.
    Code(Secret),
    /// Nobody, for too long.
    Nobody,
    /// Ctrl-C.
    Interrupt,
}

/// Listens on the first callback whose port is free.
pub(super) async fn listen(callbacks: &[(u16, String)]) -> Option<(Listener, String)> {
    for (port, callback) in callbacks {
        if let Ok(four) = TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).await {
            let six = TcpListener::bind((Ipv6Addr::LOCALHOST, *port)).await.ok();
            return Some((Listener { four, six }, callback.clone()));
        }
    }
    None
}

/// Shows the login page, and waits until the browser comes back.
pub(super) async fn wait(listener: &Listener, request: &LoginRequest, opens: bool) -> Result<Came, FormError> {
    let opened = opens && open::that_detached(&request.url).is_ok();
    report::note(&format!(
        "{}\n\n  {}\n\nWaiting for the login; Ctrl-C gives up.\n",
        if opened {
            "\nThe browser opens the login page. If it does not, open it yourself:"
        } else {
            "\nOpen the login page in a browser on this machine:"
        },
        request.url
    ));
    let end = Instant::now() + PATIENCE;
    loop {
        let accepted = tokio::select! {
            it = timeout_at(end, listener.accept()) => it,
            _ = tokio::signal::ctrl_c() => return Ok(Came::Interrupt),
        };
        let stream = match accepted {
            Err(_) => return Ok(Came::Nobody),
            Ok(Err(_)) => continue,
            Ok(Ok(stream)) => stream,
        };
        // Browsers open connections ahead and ask for icons; only the callback counts.
        if let Ok(Some(answer)) = timeout(REQUEST, meet(stream, request)).await {
            return answer.map(Came::Code);
        }
    }
}

impl Listener {
    async fn accept(&self) -> std::io::Result<TcpStream> {
        let six = async {
            match &self.six {
                Some(it) => it.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            it = self.four.accept() => it.map(|(stream, _)| stream),
            it = six => it.map(|(stream, _)| stream),
        }
    }
}

/// Reads a request, and answers it; nothing if it is not the callback of this login.
async fn meet(mut stream: TcpStream, request: &LoginRequest) -> Option<Result<Secret, FormError>> {
    let mut read = Vec::new();
    let mut piece = [0; 2048];
    while read.len() < LONGEST && !read.windows(4).any(|it| it == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(count) => read.extend_from_slice(&piece[..count]),
        }
    }
    let answer = target(&read).and_then(|target| callback(&target, request));
    let (status, words) = match &answer {
        Some(Ok(_)) => (
            "200 OK",
            "You are logged in. Close this window, and go back to the terminal.",
        ),
        Some(Err(_)) => ("400 Bad Request", "The login failed. The terminal says why."),
        None => ("404 Not Found", "There is nothing here."),
    };
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>igvctl</title><p>{words}</p></html>\n"
    );
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // The browser may have gone away; the code is here all the same.
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    let _ = stream.shutdown().await;
    answer
}

/// What a request asks for: its path and query.
fn target(request: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(request).ok()?;
    let target = text.lines().next()?.strip_prefix("GET ")?.split(' ').next()?;
    Some(target.to_owned())
}

fn callback(target: &str, request: &LoginRequest) -> Option<Result<Secret, FormError>> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != "/oauthCallback" {
        return None;
    }
    let came = code_of(&format!("{}?{query}", request.callback), &request.state);
    // Another login's answer, or none: any page of the web can make a browser ask for this address.
    match came {
        Err(FormError::Strange(_)) => None,
        it => Some(it),
    }
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn only_what_is_asked_for_by_get_counts() {
        assert_eq!(
            target(b"GET /oauthCallback?code=a&state=b HTTP/1.1\r\n\r\n").as_deref(),
            Some("/oauthCallback?code=a&state=b")
        );
        for odd in [&b"POST /oauthCallback HTTP/1.1\r\n"[..], b"", b"GET", b"\xff\xfe GET /"] {
            assert_eq!(target(odd), None);
        }
    }
}
