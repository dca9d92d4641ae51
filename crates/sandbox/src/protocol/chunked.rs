//! S3's `aws-chunked` bodies: chunks with their lengths, then trailers.
//!
//! The SDKs send them by default, so that a checksum can follow the bytes it is about.

/// The bytes of an `aws-chunked` body and the headers that follow it, by lower-case name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dechunked {
    /// The object's bytes.
    pub(crate) bytes: Vec<u8>,
    /// The trailers.
    pub(crate) trailers: Vec<(String, String)>,
}

/// Takes the chunks apart; `None` where the body is cut off or not chunked.
pub(crate) fn dechunk(body: &[u8]) -> Option<Dechunked> {
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let (line, after) = line(rest)?;
        let size = line.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        if size == 0 {
            rest = after;
            break;
        }
        bytes.extend_from_slice(after.get(..size)?);
        rest = after.get(size..)?.strip_prefix(b"\r\n")?;
    }
    let mut trailers = Vec::new();
    while let Some((text, after)) = line(rest) {
        rest = after;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':')?;
        trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    Some(Dechunked { bytes, trailers })
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let text = std::str::from_utf8(&bytes[..end]).ok()?;
    Some((text, &bytes[end + 2..]))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn chunks_with_and_without_signatures() {
        let plain = dechunk(b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n").unwrap();
        assert_eq!(plain.bytes, b"hello");
        assert_eq!(plain.trailers, [("x-amz-checksum-crc32".into(), "NhCmhg==".into())]);
        let signed =
            dechunk(b"5;chunk-signature=ab\r\nhello\r\n1;chunk-signature=cd\r\n!\r\n0;chunk-signature=ef\r\n\r\n")
                .unwrap();
        assert_eq!(signed.bytes, b"hello!");
        assert!(signed.trailers.is_empty());
    }

    #[test]
    fn a_body_that_is_cut_off_is_refused() {
        for body in [
            "5\r\nhel",
            "5\r\nhello\r\n",
            "5\r\nhelloX\r\n0\r\n\r\n",
            "z\r\n\r\n",
            "",
        ] {
            assert_eq!(dechunk(body.as_bytes()), None, "{body}");
        }
    }
}
