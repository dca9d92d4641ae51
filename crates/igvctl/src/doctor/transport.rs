//! How a config reaches IGV: its address, the answer's status and headers, and how it is packed.

use std::io::Read as _;

use applier::web::{Answer, WebError, WebFault};
use url::Url;

use crate::doctor::document::NO_MENU;
use crate::doctor::endpoints::is_this_machine;
use crate::doctor::finding::{Finding, quote};

/// How many bytes a config may have once it is unpacked.
const MAX_UNPACKED: u64 = 8 * 1024 * 1024;

/// The address that can be asked, after what is wrong with it was said; nothing where nobody can be asked.
pub(crate) fn address(given: &str, findings: &mut Vec<Finding>) -> Option<Url> {
    let trimmed = given.trim();
    let spaces = "IGV takes the space for a part of the address and cannot open it";
    if trimmed.len() != given.len() {
        findings.push(
            Finding::error("url-spaces", "white space before or behind the address")
                .why(format!("{spaces}: {NO_MENU}"))
                .change("remove it in the preferences; it comes along when an address is copied from a mail or a wiki"),
        );
    }
    let shape = |what: &str, change: &str| {
        Finding::error("url-form", format!("{} {what}", quote(&bare(trimmed))))
            .why(format!(
                "IGV takes what does not begin with `https://` or `http://` for a local file: {NO_MENU}"
            ))
            .change(change)
    };
    if trimmed.contains(char::is_whitespace) {
        findings.push(
            Finding::error("url-spaces", "white space inside the address")
                .why(format!("{spaces}: {NO_MENU}"))
                .change("copy the address again, in one piece"),
        );
        return None;
    }
    if trimmed.contains('\\') {
        findings.push(
            Finding::error("url-form", "a backslash inside the address")
                .why(format!(
                    "IGV reads `prefs.properties` without escapes, so the backslash is a part of the address: {NO_MENU}"
                ))
                .change("write the address plain: `PROVISIONING.URL=https://…`"),
        );
        return None;
    }
    let url = match Url::parse(trimmed) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => url,
        Ok(url) if url.scheme() == "s3" => {
            findings.push(shape(
                "is an address of S3",
                "publish the file on the web, for example behind CloudFront, and give that address",
            ));
            return None;
        }
        Ok(_) | Err(_) => {
            findings.push(shape(
                "is no address of the web",
                "write the whole address, from `https://` on",
            ));
            return None;
        }
    };
    if url.scheme() == "http" && !is_this_machine(&url) {
        findings.push(
            Finding::warning("url-http", "the address begins with `http://`")
                .why("IGV loads it, but whoever is on the way can put their own login page into it and collect passwords")
                .change("publish it at `https://`"),
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        findings.push(
            Finding::error("url-user", "the address holds a user's name or password")
                .why(format!("IGV does not send it, so the server refuses: {NO_MENU}"))
                .change("publish the file where it can be read without a login: it holds no key to data"),
        );
        return None;
    }
    if let Some(query) = url.query() {
        let expires = ["X-Amz-", "Expires=", "Signature="].iter().any(|it| query.contains(it));
        findings.push(if expires {
            Finding::error("url-presigned", "the address is signed and runs out")
                .why(format!(
                    "after some hours, seven days at the most, nobody can load it any more: {NO_MENU}"
                ))
                .change("publish the file where it can be read without a signature: it holds no key to data")
        } else {
            Finding::warning("url-query", "the address has a `?`")
                .why(format!(
                    "IGV up to 2.14.1 looks for `gz` at the very end and does not unpack the file: {NO_MENU}"
                ))
                .change("give an address that ends in `.json.gz`")
        });
    }
    if url.fragment().is_some() {
        findings.push(
            Finding::warning("url-query", "the address has a `#`")
                .why(format!(
                    "IGV up to 2.14.1 looks for `gz` at the very end and does not unpack the file: {NO_MENU}"
                ))
                .change("give an address that ends in `.json.gz`"),
        );
    }
    Some(url)
}

/// An address without its query, which may hold a signature.
pub(crate) fn bare(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let text = &url[..end];
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 <= at => format!("{}{}", &text[..scheme + 3], &text[at + 1..]),
        _ => text.to_owned(),
    }
}

/// What an address that does not answer means to IGV.
pub(crate) fn unreachable(error: &WebError) -> Finding {
    let change = match &error.fault {
        WebFault::Address(_) => "write the whole address, from `https://` on",
        WebFault::Dns(_) => {
            "look for a slip in the host; if it is right, look whether this machine has a network and which names it can resolve"
        }
        WebFault::Refused => "look for a slip in the host and port, and whether the server runs",
        WebFault::Tls(_) => {
            "the certificate must be valid for this host, and come from an authority that Java knows too"
        }
        WebFault::Slow(_) => "look whether a firewall or a proxy is between this machine and the host",
        WebFault::Long => "look at what is published there: a config has 1 to 2 kB",
        WebFault::Other(_) => "try the address in a browser",
    };
    Finding::error("unreachable", format!("the address gives no answer: {}", error.fault))
        .why(format!("IGV gets none either: {NO_MENU}"))
        .change(change)
}

/// What it means that IGV's name is refused, and another program's is not.
pub(crate) fn agent_refused(status: u16) -> Finding {
    Finding::error(
        "agent-refused",
        format!("the server answers {status} to IGV, and 200 to a browser"),
    )
    .why(format!(
        "a rule against programs keeps out what calls itself `Java/…`: {NO_MENU}"
    ))
    .change("let such agents through for this file, in the web ACL or wherever the rule is")
}

/// Checks an answer; gives whether its body is worth a look.
pub(crate) fn answer(url: &Url, answer: &Answer, findings: &mut Vec<Finding>) -> bool {
    let status = answer.status;
    if (300..400).contains(&status) {
        redirect(url, answer, findings);
        return false;
    }
    if status != 200 {
        let (why, change) = match status {
            401 => (
                "IGV does not log in to load its config",
                "publish the file where it can be read without a login: it holds no key to data",
            ),
            403 | 404 => (
                "S3 and CloudFront say 403 also where there is no such file",
                "look for a slip in the path, capitals too; look whether the file is there, and whether everybody may read it",
            ),
            429 | 503 => ("the server has too much to do", "try again later"),
            500.. => ("the server is broken", "try again later, or look at its log"),
            _ => ("that is not the file", "look at the address in a browser"),
        };
        findings.push(
            Finding::error("status", format!("the server answers {status}, not 200"))
                .why(format!("{why}: {NO_MENU}"))
                .change(change),
        );
        return false;
    }
    headers(url, answer, findings);
    true
}

fn redirect(url: &Url, answer: &Answer, findings: &mut Vec<Finding>) {
    let status = answer.status;
    let Some(location) = answer.header("location") else {
        findings.push(
            Finding::error(
                "redirect",
                format!("the server answers {status} without saying where to go"),
            )
            .why(NO_MENU)
            .change("give the address of the file itself"),
        );
        return;
    };
    let target = url.join(location).ok();
    let shown = target.as_ref().map_or_else(|| bare(location), |it| bare(it.as_str()));
    let what = format!("the server answers {status} and sends IGV on to {}", quote(&shown));
    let change = format!("give people the address where it ends; check that one too: `igvctl doctor {shown}`");
    let relative = Url::parse(location).is_err();
    let finding = if target.as_ref().is_none_or(|it| it.scheme() != url.scheme()) {
        Finding::error("redirect", what).why(format!("IGV does not go from `http` to `https` or back: {NO_MENU}"))
    } else if relative {
        Finding::warning("redirect", what).why(format!(
            "IGV up to 2.14.1 cannot follow a redirect without a host: {NO_MENU}"
        ))
    } else {
        Finding::warning("redirect", what).why(
            "IGV follows this one, but looks for `gz` at the end of the first address, and every hop is one more that can change",
        )
    };
    findings.push(finding.change(change));
}

fn headers(url: &Url, answer: &Answer, findings: &mut Vec<Finding>) {
    if let Some(encoding) = answer
        .header("content-encoding")
        .filter(|it| !it.eq_ignore_ascii_case("identity"))
    {
        findings.push(if encoding.eq_ignore_ascii_case("gzip") {
            Finding::warning("content-encoding", "the answer has `Content-Encoding: gzip`")
                .why("browsers, proxies and some servers then unpack the file on the way, so some people get it packed and others do not; IGV up to 2.14.1 goes by the name alone and fails for one of the two")
                .change("remove the header from the object; its name and `Content-Type: application/gzip` say enough")
        } else {
            Finding::error("content-encoding", format!("the answer has `Content-Encoding: {}`", clean(encoding)))
                .why(format!("IGV does not unpack that: {NO_MENU}"))
                .change("remove the header, and publish the file packed with gzip")
        });
    }
    let kind = answer.header("content-type").unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let usual = [
        "application/gzip",
        "application/x-gzip",
        "application/json",
        "application/octet-stream",
        "binary/octet-stream",
    ];
    if !essence.is_empty() && !usual.contains(&essence.as_str()) {
        findings.push(
            Finding::note(
                "content-type",
                format!("the answer has `Content-Type: {}`", clean(&essence)),
            )
            .why("IGV never looks at it; proxies may change what they take for text")
            .change("set `application/gzip`"),
        );
    }
    if url.scheme() == "https" || is_this_machine(url) {
        let cache = answer.header("cache-control").unwrap_or_default().to_ascii_lowercase();
        let kept = !["no-cache", "no-store", "max-age=0"]
            .iter()
            .any(|it| cache.contains(it));
        if kept
            && answer
                .header("x-cache")
                .is_some_and(|it| it.to_ascii_lowercase().contains("cloudfront"))
        {
            findings.push(
                Finding::note("cache-control", "CloudFront may keep old copies of the file")
                    .why("without `Cache-Control: no-cache` it serves what it has for up to a day, so a correction reaches people late")
                    .change("set `Cache-Control: no-cache` on the object"),
            );
        }
    }
}

/// A header for a message.
fn clean(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(60).collect()
}

/// Unpacks a file as IGV does, after comparing its name with its bytes; nothing where that fails.
pub(crate) fn unpack(name: &str, bytes: &[u8], findings: &mut Vec<Finding>) -> Option<Vec<u8>> {
    let packed = is_packed(bytes);
    // Releases up to 2.14.1 look at the end of the whole address.
    let by_name = name.ends_with("gz");
    if packed && !by_name {
        findings.push(
            Finding::warning(
                "gzip-name",
                "the file is packed with gzip, and its name does not end in `gz`",
            )
            .why(format!(
                "IGV up to 2.14.1 goes by the name and does not unpack it: {NO_MENU}. Later releases look at the bytes"
            ))
            .change("publish it under a name that ends in `.json.gz`"),
        );
    }
    if !packed && by_name && !bytes.is_empty() {
        findings.push(
            Finding::warning("gzip-name", "the name ends in `gz`, and the file is not packed")
                .why(format!("IGV up to 2.14.1 goes by the name and says \"Not in GZIP format\" in its log: {NO_MENU}. Later releases look at the bytes"))
                .change("pack it: `gzip -n oauth-config.json`; and look that nothing unpacks it on the way"),
        );
    }
    if !packed {
        return Some(bytes.to_vec());
    }
    let mut out = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes).take(MAX_UNPACKED + 1);
    if let Err(error) = reader.read_to_end(&mut out) {
        findings.push(
            Finding::error(
                "gzip-broken",
                format!("the file is packed with gzip and cannot be unpacked: {error}"),
            )
            .why(format!("IGV cannot unpack it either: {NO_MENU}"))
            .change("it was cut off or changed on the way (FTP in text mode does that): publish it again"),
        );
        return None;
    }
    if out.len() as u64 > MAX_UNPACKED {
        findings.push(
            Finding::error(
                "too-large",
                format!("the file has more than {MAX_UNPACKED} bytes once it is unpacked"),
            )
            .why("a config of IGV is one object with a dozen entries, so this is something else")
            .change("look at what is published there"),
        );
        return None;
    }
    if is_packed(&out) {
        findings.push(
            Finding::error("gzip-twice", "the file is packed with gzip twice")
                .why(format!("IGV unpacks it once: {NO_MENU}"))
                .change("publish what `gunzip` makes of it; the tool that uploads packs files by itself"),
        );
        return unpack("x.gz", &out, &mut Vec::new());
    }
    Some(out)
}

fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}
