//! An AWS on loopback that says who the caller is and refuses everything else, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What it answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// The caller belongs to this account; every other call has an expired token.
    Account(&'static str),
    /// Every call has an expired token.
    Expired,
}

/// One request: its head and its body, as they came.
pub(crate) type Request = String;

/// It answers as long as the process lives: a thread that waits for nobody costs nothing.
pub(crate) struct Canned {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Canned {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || serve(stream, answer, &seen));
            }
        });
        Self { url, requests }
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// One request a connection is enough. A caller who goes away is no concern of a test.
fn serve(stream: TcpStream, answer: Answer, seen: &Mutex<Vec<Request>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let request = format!("{head}\n{}", String::from_utf8_lossy(&body));
    let (status, body) = reply(&request, answer);
    seen.lock().unwrap().push(request);
    write!(
        reader.get_mut(),
        "HTTP/1.1 {status}\r\nx-amzn-requestid: r-1\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()
}

fn reply(request: &str, answer: Answer) -> (&'static str, String) {
    let expired = "The security token included in the request is expired";
    match answer {
        Answer::Account(account) if request.contains("Action=GetCallerIdentity") => (
            "200 OK",
            format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                 <Arn>arn:aws:iam::{account}:root</Arn><UserId>{account}</UserId><Account>{account}</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        ),
        Answer::Account(_) | Answer::Expired if request.to_ascii_lowercase().contains("\nx-amz-target:") => (
            "400 Bad Request",
            format!("{{\"__type\": \"ExpiredTokenException\", \"message\": \"{expired}\"}}"),
        ),
        Answer::Account(_) | Answer::Expired => (
            "403 Forbidden",
            if request.contains("Action=") || request.contains("/2020-05-31/") {
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>{expired}</Message></Error>\
                     <RequestId>r-1</RequestId></ErrorResponse>"
                )
            } else {
                format!(
                    "<Error><Code>ExpiredToken</Code><Message>{expired}</Message><RequestId>r-1</RequestId></Error>"
                )
            },
        ),
    }
}
