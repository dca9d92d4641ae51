#![expect(clippy::unwrap_used, reason = "a test may panic")]

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// Answers one connection with these bytes, and gives the address and what was asked.
async fn saying(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let mut length = 0;
        // A form's body may come in a piece of its own.
        loop {
            length += stream.read(&mut asked[length..]).await.unwrap();
            let text = String::from_utf8_lossy(&asked[..length]).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let wanted = head
                    .lines()
                    .find_map(|it| it.strip_prefix("content-length: "))
                    .map_or(0, |it| it.parse().unwrap());
                if body.len() >= wanted {
                    break;
                }
            }
        }
        stream.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    (url, asked)
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let (url, _) = saying(b"HTTP/1.1 302 Found\r\nLocation: https://example.org/\r\nContent-Length: 0\r\n\r\n").await;
    let answer = Web::over_the_network().get(&url, &[]).await.unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("location"), Some("https://example.org/"));
}

#[tokio::test]
async fn a_form_is_encoded_and_the_agent_can_be_another() {
    let (url, asked) = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await;
    let web = Web::over_the_network();
    let agent = [("User-Agent", "Java/17")];
    let answer = web.post_form(&url, &agent, &[("a", "b c"), ("d", "+")]).await.unwrap();
    assert_eq!(answer.body, b"{}");
    let asked = asked.await.unwrap();
    assert!(asked.ends_with("\r\n\r\na=b+c&d=%2B"), "{asked}");
    assert!(asked.contains("user-agent: Java/17\r\n"), "{asked}");
    assert!(!asked.contains("igvctl/"), "{asked}");
}

#[tokio::test]
async fn nobody_there_is_said_without_the_query() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a?code=secret", listener.local_addr().unwrap());
    drop(listener);
    let error = Web::over_the_network().get(&url, &[]).await.unwrap_err();
    assert_eq!(error.fault, WebFault::Refused);
    assert!(error.to_string().ends_with("/a: the connection is refused"), "{error}");
}

#[tokio::test]
async fn a_server_without_encryption_is_said() {
    let (url, _) = saying_nonsense().await;
    let error = Web::over_the_network()
        .get(&url.replace("http://", "https://"), &[])
        .await
        .unwrap_err();
    assert!(matches!(error.fault, WebFault::Tls(_)), "{error:?}");
}

/// Answers one connection with something that is neither HTTP nor TLS, without waiting for a whole request.
async fn saying_nonsense() -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let _ = stream.read(&mut asked).await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    (url, served)
}

#[tokio::test]
async fn what_is_no_address_is_said() {
    let web = Web::over_the_network();
    for (url, said) in [
        (
            "nonsense",
            "nonsense: this is no address of the web: relative URL without a base",
        ),
        (
            "ftp://example.org/a",
            "ftp://example.org/a: this is no address of the web: it begins with neither",
        ),
        (
            "https://me:s3cret@example.org/",
            "https://example.org/: this is no address of the web: it holds a user",
        ),
    ] {
        let error = web.get(url, &[]).await.unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_has_an_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a", listener.local_addr().unwrap());
    let endless = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let _ = stream.read(&mut asked).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let piece = vec![b'a'; 65536];
        while stream.write_all(&piece).await.is_ok() {}
    });
    let error = Web::over_the_network().get(&url, &[]).await.unwrap_err();
    assert_eq!(error.fault, WebFault::Long);
    endless.await.unwrap();
}

#[tokio::test]
async fn a_silent_server_is_not_waited_for_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a", listener.local_addr().unwrap());
    let silent = tokio::spawn(async move { listener.accept().await.unwrap().0 });
    let web = Web::over_the_network();
    let asked = tokio::spawn(async move { web.get(&url, &[]).await });
    let _open = silent.await.unwrap();
    tokio::time::pause();
    assert_eq!(asked.await.unwrap().unwrap_err().fault, WebFault::Slow(WHOLE));
}

#[tokio::test]
async fn public_addresses_can_be_elsewhere() {
    let (url, asked) = saying(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    let web = Web::over_the_network().with_place(move |it| it.replace("https://d1.cloudfront.net", &url));
    let answer = web.get("https://d1.cloudfront.net/x#y", &[]).await.unwrap();
    assert_eq!(answer.status, 204);
    assert!(asked.await.unwrap().starts_with("GET /a/x HTTP/1.1\r\n"));
}
