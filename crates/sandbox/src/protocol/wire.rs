//! A request as it came in and a reply as it goes out, with the names of headers in lower case.

use std::fmt::{self, Write as _};

use crate::blobs::{Blobs, Slice};

/// A request, its address taken apart.
#[derive(Clone)]
pub(crate) struct Wire {
    /// The HTTP method.
    pub(crate) method: String,
    /// The path, still percent-encoded.
    pub(crate) path: String,
    /// The query, decoded, in the order it came.
    pub(crate) query: Vec<(String, String)>,
    /// The headers by lower-case name.
    pub(crate) headers: Vec<(String, String)>,
    /// The host without the port, in lower case.
    pub(crate) host: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl fmt::Debug for Wire {
    /// Queries, headers and bodies may be secret, so of these nothing is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wire {{ {} {} }}", self.method, self.path)
    }
}

impl Wire {
    /// Takes a request apart.
    pub(crate) fn from_http(request: http::Request<Vec<u8>>) -> Self {
        let (parts, body) = request.into_parts();
        let mut headers: Vec<(String, String)> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text_of(value.as_bytes())))
            .collect();
        // A client in the process leaves the header to the connection, which there is none of.
        if let Some(authority) = parts.uri.authority()
            && !headers.iter().any(|(name, _)| name == "host")
        {
            headers.push(("host".to_owned(), authority.as_str().to_owned()));
        }
        let host = headers
            .iter()
            .find(|(name, _)| name == "host")
            .map_or("", |(_, host)| host.as_str());
        let host = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|digit| digit.is_ascii_digit()) {
                name
            } else {
                host
            }
        });
        Self {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: form(parts.uri.query().unwrap_or_default()),
            host: host.to_ascii_lowercase(),
            headers,
            body,
        }
    }

    /// The first header of this lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first query parameter of this name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(parameter, _)| parameter == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A reply.
#[derive(Clone, Default)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// What of the body is stored and not read yet.
    pub(crate) stored: Vec<Slice>,
}

impl fmt::Debug for Reply {
    /// An answer may hold secrets, so only its status is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply {}", self.status)
    }
}

impl Reply {
    /// A reply with a body of this type.
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), content_type.into())],
            body: body.into(),
            stored: Vec::new(),
        }
    }

    /// Adds a header; what cannot be sent in one is left out with what it would break.
    pub(crate) fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Reads what of the body is stored.
    pub(crate) fn load(&mut self, blobs: &Blobs) {
        for slice in std::mem::take(&mut self.stored) {
            if let Err(wrong) = blobs.read(&slice, &mut self.body) {
                crate::say(format_args!("cannot read an object: {wrong}"));
                *self = Self::new(500, "text/plain", "").header("x-sandbox-error", format!("cannot read: {wrong}"));
                return;
            }
        }
    }

    /// The reply as `http` has it. A `HEAD` answer keeps its headers and loses its body.
    pub(crate) fn into_http(self, head: bool) -> http::Response<Vec<u8>> {
        let bodiless = head || matches!(self.status, 204 | 304);
        let mut response = http::Response::new(if bodiless { Vec::new() } else { self.body });
        *response.status_mut() =
            http::StatusCode::from_u16(self.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in &self.headers {
            // Header text is UTF-8 on S3's wire, and a line break would be another header.
            let (Ok(name), Ok(value)) = (
                http::HeaderName::from_bytes(name.as_bytes()),
                http::HeaderValue::from_bytes(value.replace(['\r', '\n'], " ").as_bytes()),
            ) else {
                continue;
            };
            response.headers_mut().append(name, value);
        }
        if !response.headers().contains_key("content-length") && self.status != 204 && !bodiless {
            let length = http::HeaderValue::from(response.body().len());
            response.headers_mut().insert("content-length", length);
        }
        response
    }
}

/// Header bytes as text: UTF-8, or Latin-1 where it is not.
fn text_of(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}

/// The pairs of a query or a form. A name without `=` has an empty value.
pub(crate) fn form(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// Text without percent-encoding. What is not an encoding stays.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| first == b'%' && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|wrong| String::from_utf8_lossy(wrong.as_bytes()).into_owned())
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_leaves_alone_what_is_not_encoded() {
        assert_eq!(decode("a%20b%2Fc%C3%A9"), "a b/c\u{e9}");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(
            form("list-type=2&prefix=a+b%2B&acl"),
            [
                ("list-type".into(), "2".into()),
                ("prefix".into(), "a b+".into()),
                ("acl".into(), String::new())
            ]
        );
    }

    #[test]
    fn a_head_answer_keeps_the_length_of_the_object() {
        let reply = Reply::new(200, "text/plain", "").header("content-length", "42");
        let response = reply.into_http(true);
        assert_eq!(response.headers()["content-length"], "42");
        assert!(response.body().is_empty());
    }

    #[test]
    fn a_header_cannot_smuggle_another() {
        let response = Reply::new(200, "text/plain", "")
            .header("x-amz-meta-a", "b\r\nx: y")
            .into_http(false);
        assert_eq!(response.headers()["x-amz-meta-a"], "b  x: y");
    }
}
