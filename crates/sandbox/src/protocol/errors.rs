//! Errors as each protocol spells them. An envelope of another protocol is not understood: the SDK then sees no code.

use serde_json::{Map, Value};

use crate::call::Fault;
use crate::protocol::wire::Reply;
use crate::protocol::xml::escape;
use crate::protocol::{Style, json};

/// Writes an error.
pub(crate) fn write(style: Style, namespace: Option<&str>, fault: &Fault, request_id: &str) -> Reply {
    match style {
        Style::Json => {
            let mut body = Map::new();
            body.insert("__type".into(), Value::from(fault.code));
            body.insert("message".into(), Value::from(fault.message.as_str()));
            for (name, value) in &fault.extra {
                body.insert((*name).into(), Value::from(value.as_str()));
            }
            Reply::new(fault.status, json::CONTENT_TYPE, Value::Object(body).to_string())
                .header("x-amzn-errortype", fault.code)
                .header("x-amzn-requestid", request_id)
        }
        Style::Query | Style::CloudFront => {
            let side = if fault.status < 500 { "Sender" } else { "Receiver" };
            let body = format!(
                "<ErrorResponse xmlns=\"{}\"><Error><Type>{side}</Type><Code>{}</Code><Message>{}</Message></Error>\
                 <RequestId>{request_id}</RequestId></ErrorResponse>",
                namespace.unwrap_or_default(),
                escape(fault.code),
                escape(&fault.message),
            );
            Reply::new(fault.status, "text/xml", body).header("x-amzn-requestid", request_id)
        }
        Style::S3 => {
            let mut body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>",
                escape(fault.code),
                escape(&fault.message)
            );
            let mut headers = Vec::new();
            for (name, value) in &fault.extra {
                if name.starts_with("x-amz-") || name.starts_with("access-control-") {
                    headers.push(((*name).to_owned(), value.clone()));
                } else {
                    body.push_str(&format!("<{name}>{}</{name}>", escape(value)));
                }
            }
            body.push_str(&format!(
                "<RequestId>{request_id}</RequestId><HostId>sandbox</HostId></Error>"
            ));
            let mut reply = Reply::new(fault.status, "application/xml", body)
                .header("x-amz-request-id", request_id)
                .header("x-amz-id-2", "sandbox");
            reply.headers.extend(headers);
            reply
        }
    }
}

/// What AWS answers to an operation that it does not know.
pub(crate) fn unknown_operation(style: Style, name: &str, version: &str) -> Fault {
    match style {
        Style::Json => Fault::new("UnknownOperationException", 400, ""),
        Style::Query => Fault::new(
            "InvalidAction",
            400,
            format!("Could not find operation {name} for version {version}"),
        ),
        Style::S3 => Fault::new(
            "NotImplemented",
            501,
            "A header you provided implies functionality that is not implemented.",
        ),
        Style::CloudFront => Fault::new("UnknownOperationException", 404, ""),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn each_protocol_has_its_own_envelope() {
        let fault = Fault::new("NoSuchBucket", 404, "a < b")
            .with("BucketName", "b&c")
            .with("x-amz-bucket-region", "eu-central-1");
        let text = |style, namespace| String::from_utf8(write(style, namespace, &fault, "r1").body).unwrap();
        assert_eq!(
            text(Style::S3, None),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchBucket</Code><Message>a &lt; b</Message>\
             <BucketName>b&amp;c</BucketName><RequestId>r1</RequestId><HostId>sandbox</HostId></Error>"
        );
        assert_eq!(
            text(Style::CloudFront, Some("urn:x")),
            "<ErrorResponse xmlns=\"urn:x\"><Error><Type>Sender</Type><Code>NoSuchBucket</Code><Message>a &lt; b</Message>\
             </Error><RequestId>r1</RequestId></ErrorResponse>"
        );
        let reply = write(
            Style::Json,
            None,
            &Fault::new("ResourceNotFoundException", 400, "no"),
            "r1",
        );
        assert_eq!(reply.body, br#"{"__type":"ResourceNotFoundException","message":"no"}"#);
        assert!(
            reply
                .headers
                .contains(&("x-amzn-errortype".into(), "ResourceNotFoundException".into()))
        );
        let reply = write(Style::S3, None, &fault, "r1");
        assert!(
            reply
                .headers
                .contains(&("x-amz-bucket-region".into(), "eu-central-1".into()))
        );
    }
}
