//! The welcome page as bytes: one HTML file that loads nothing and sends nothing.
//!
//! It is public, so it says nothing of the data or of people: the address of the config file, which is public too, and
//! how to go on. What it is made of stands in its head, so that a page can be read back; a page is ours only if these
//! facts make it byte for byte. The policy in its head allows the one style and the one script by their digests, so a
//! text that is put into it can never run.

use aws_smithy_types::base64;
use sha2::{Digest, Sha256};
use spec_model::Shaped;
use spec_model::kinds::SignIn;

use crate::config_body::hex;

const PAGE: &str = include_str!("welcome/page.html");
const CSS: &str = include_str!("welcome/page.css");
const JS: &str = include_str!("welcome/page.js");

/// What a page is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The address of the config file.
    pub(crate) url: String,
    /// What people log in with.
    pub(crate) sign_in: SignIn,
    /// Whether the first login asks for an authenticator app.
    pub(crate) authenticator: bool,
}

impl Default for Facts {
    /// What stands for a page that cannot be read.
    fn default() -> Self {
        Self {
            url: String::new(),
            sign_in: SignIn::Username,
            authenticator: false,
        }
    }
}

/// The page that facts make: always the same bytes.
pub(crate) fn page(facts: &Facts) -> String {
    let Facts {
        url,
        sign_in,
        authenticator,
    } = facts;
    let name = match sign_in {
        SignIn::Username => "the user name",
        SignIn::Email => "your e-mail address",
    };
    let app = if *authenticator {
        "<li>You are asked for an authenticator app on your phone. Scan the code that is shown, and type the six digits that the app shows. Later logins ask for such digits again.</li>\n"
    } else {
        ""
    };
    let facts = [
        meta("url", url),
        meta("sign-in", sign_in.word()),
        meta("authenticator", &authenticator.to_string()),
    ];
    let parts = [
        ("style", digest(CSS)),
        ("script", digest(JS)),
        ("facts", facts.join("\n")),
        ("css", CSS.to_owned()),
        ("js", JS.to_owned()),
        ("url", escape(url)),
        ("name", name.to_owned()),
        ("authenticator", app.to_owned()),
    ];
    // Piece by piece, so that nothing that is put in is searched for places again.
    let mut whole = String::new();
    let mut rest = PAGE;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
        whole.push_str(before);
        let part = parts.iter().find(|(it, _)| *it == name).map(|(_, text)| text.as_str());
        whole.push_str(part.unwrap_or_default());
        rest = after;
    }
    whole + rest
}

/// Reads a published page: what it is made of, and what is wrong with it, which is empty for bytes as we write them.
pub(crate) fn read(bytes: &[u8]) -> (Facts, String) {
    let facts = std::str::from_utf8(bytes).ok().and_then(facts).unwrap_or_default();
    let other = if page(&facts).as_bytes() == bytes {
        String::new()
    } else {
        format!("{} bytes, sha256 {}: not the page", bytes.len(), hex(bytes))
    };
    (facts, other)
}

fn facts(text: &str) -> Option<Facts> {
    let word = |name: &str| {
        let (_, behind) = text.split_once(&before(name))?;
        Some(unescape(behind.split_once('"')?.0))
    };
    Some(Facts {
        url: word("url")?,
        sign_in: SignIn::from_value(&word("sign-in")?.into()).ok()?,
        authenticator: word("authenticator")?.parse().ok()?,
    })
}

fn meta(name: &str, content: &str) -> String {
    format!("{}{}\">", before(name), escape(content))
}

fn before(name: &str) -> String {
    format!("<meta name=\"igvctl:{name}\" content=\"")
}

/// What each sign stands for in HTML; the ampersand first, which the others are written with.
const SIGNS: [(&str, &str); 5] = [
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ("\"", "&quot;"),
    ("'", "&#39;"),
];

fn escape(text: &str) -> String {
    SIGNS
        .iter()
        .fold(text.to_owned(), |text, (sign, written)| text.replace(sign, written))
}

fn unescape(text: &str) -> String {
    SIGNS
        .iter()
        .rev()
        .fold(text.to_owned(), |text, (sign, written)| text.replace(written, sign))
}

/// A digest as a Content Security Policy writes it.
fn digest(text: &str) -> String {
    format!("sha256-{}", base64::encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Facts {
        Facts {
            url: "https://d111111abcdef8.cloudfront.net/oauth-config.json.gz".to_owned(),
            sign_in: SignIn::Username,
            authenticator: false,
        }
    }

    #[test]
    fn a_page_reads_back() {
        for sign_in in [SignIn::Username, SignIn::Email] {
            for authenticator in [false, true] {
                for url in [
                    made().url.as_str(),
                    "",
                    "https://x/?a=1&amp;b='\"<script>alert(1)</script>{js}{{url}}",
                ] {
                    let facts = Facts {
                        url: url.to_owned(),
                        sign_in,
                        authenticator,
                    };
                    assert_eq!(read(page(&facts).as_bytes()), (facts, String::new()));
                }
            }
        }
    }

    #[test]
    fn every_place_of_the_page_is_filled() {
        let page = page(&made());
        let outside = page.replace(CSS, "").replace(JS, "");
        assert!(!outside.contains(['{', '}']), "{outside}");
        assert_eq!(page.matches(made().url.as_str()).count(), 2);
    }

    #[test]
    fn what_is_put_in_cannot_run() {
        let hostile = Facts {
            url: "\"><script>alert(1)</script><img src=x onerror='alert(2)'>".to_owned(),
            ..made()
        };
        let page = page(&hostile);
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains("<img"));
        assert!(page.contains(&format!("script-src '{}'", digest(JS))));
        assert!(page.contains(&format!("<script>{JS}</script>")));
        assert!(page.contains(&format!("<style>{CSS}</style>")));
    }

    #[test]
    fn the_page_loads_nothing_and_styles_nothing_in_place() {
        let page = page(&made());
        for way in [
            "src=", "@import", "url(", " style=", " onclick", "<link", "<iframe", "<form",
        ] {
            assert!(!page.contains(way), "{way}");
        }
    }

    #[test]
    fn another_page_is_told_by_length_and_digest() {
        let changed = page(&made()).replace("Copy this address", "Copy that address");
        let (facts, other) = read(changed.as_bytes());
        assert_eq!(facts, made());
        assert!(
            other.starts_with(&format!("{} bytes, sha256 ", changed.len())),
            "{other}"
        );
        for strange in [&b"<p>Canary</p>"[..], b"\xff\xfe", b""] {
            let (facts, other) = read(strange);
            assert_eq!(facts, Facts::default());
            assert!(other.ends_with("not the page") && !other.contains("Canary"), "{other}");
        }
    }
}
