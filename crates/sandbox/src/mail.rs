//! The mailbox: what AWS would have sent to people, invitations with their passwords above all.
//!
//! Served, it is a page and a document at the sandbox's own address, for requests that name this machine as their host:
//! a foreign page whose name was made to mean loopback reads no passwords.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::faces::FaceAnswer;
use crate::services::cognito_idp::message::Message;
use crate::world::World;

/// Where the page is.
pub(crate) const PAGE: &str = "/_mail";

/// Where the document is.
pub(crate) const DOCUMENT: &str = "/_mail.json";

/// A message to a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// When it was sent, as RFC 3339 has it, to the second.
    pub at: String,
    /// The name of the user pool.
    pub pool: String,
    /// `EMAIL` or `SMS`.
    pub medium: String,
    /// The address or number.
    pub to: String,
    /// The subject; of an SMS it is empty.
    pub subject: String,
    /// The text, with the password or the code in it.
    pub text: String,
}

impl fmt::Debug for Mail {
    /// The text holds a password or a code, so it is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail to {} at {}", self.to, self.at)
    }
}

/// The messages of all pools, the oldest first.
pub(crate) fn all(world: &World) -> Vec<Mail> {
    let mut found: Vec<(&Message, &str)> = world
        .cognito_idp
        .values()
        .flat_map(|regions| regions.values())
        .flat_map(|state| state.pools.values())
        .flat_map(|pool| pool.messages.iter().map(|message| (message, pool.name())))
        .collect();
    found.sort_by(|(a, _), (b, _)| a.at.total_cmp(&b.at));
    found.into_iter().map(|(message, pool)| shown(message, pool)).collect()
}

fn shown(message: &Message, pool: &str) -> Mail {
    let at = jiff::Timestamp::from_second(message.at as i64).unwrap_or_default();
    Mail {
        at: at.to_string(),
        pool: pool.to_owned(),
        medium: message.medium.clone(),
        to: message.destination.clone(),
        subject: message.subject.clone(),
        text: message.text.reveal().to_owned(),
    }
}

/// Whether a host is this machine, by its name or its number.
pub(crate) fn is_here(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "localhost" | "[::1]" | "::1")
}

/// The document, or the page with the newest message first.
pub(crate) fn get(world: &World, path: &str) -> FaceAnswer {
    let mails = all(world);
    let (kind, body) = if path == DOCUMENT {
        let body = serde_json::to_string_pretty(&mails).expect("a message is plain data");
        ("application/json", body)
    } else {
        ("text/html;charset=UTF-8", page(&mails))
    };
    FaceAnswer {
        status: 200,
        headers: [
            ("Content-Type", kind),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            (
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        body: body.into_bytes(),
    }
}

fn page(mails: &[Mail]) -> String {
    use crate::faces::hosted_ui::escaped;
    let entries: String = mails
        .iter()
        .rev()
        .map(|mail| {
            let Mail {
                at,
                pool,
                medium,
                to,
                subject,
                text,
            } = mail;
            format!(
                "<article><h2>{}</h2><p>{} to {}, {}, from {}</p><pre>{}</pre></article>\n",
                escaped(if subject.is_empty() { medium } else { subject }),
                escaped(medium),
                escaped(to),
                escaped(at),
                escaped(pool),
                escaped(text)
            )
        })
        .collect();
    let entries = if entries.is_empty() {
        "<p>Nothing was sent to anybody.</p>\n".to_owned()
    } else {
        entries
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Mail</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>body{{font:1rem/1.5 system-ui,\
         sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}}pre{{white-space:\
         pre-wrap;border-left:4px solid #0b5394;padding:.5rem}}</style></head>\n<body><main><h1>Mail</h1>\n\
         <p>What AWS would have sent to people.</p>\n{entries}</main></body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::json;

    use crate::Sandbox;
    use crate::services;

    #[test]
    fn an_invitation_is_read_by_the_program_and_by_a_browser_on_this_machine() {
        let sandbox = Sandbox::in_memory(1);
        sandbox.set_clock(Some(1_795_538_580.0));
        let ask = |name: &str, input| {
            sandbox.with_world(|world| {
                services::ask(world, "cognito-idp", name, "111122223333", "eu-central-1", input).unwrap()
            })
        };
        assert!(sandbox.mail().is_empty());
        let pool = ask("CreateUserPool", json!({"PoolName": "igv <demo>"}));
        ask(
            "AdminCreateUser",
            json!({"UserPoolId": pool["UserPool"]["Id"], "Username": "ann", "TemporaryPassword": "Canary-<b>-1",
                   "DesiredDeliveryMediums": ["EMAIL"], "UserAttributes": [{"Name": "email", "Value": "ann@example.org"}]}),
        );
        let mail = sandbox.mail();
        assert_eq!(mail.len(), 1);
        assert_eq!(
            (mail[0].at.as_str(), mail[0].pool.as_str(), mail[0].to.as_str()),
            ("2026-11-24T16:43:00Z", "igv <demo>", "ann@example.org")
        );
        assert_eq!(
            mail[0].text,
            "Your username is ann and temporary password is Canary-<b>-1."
        );
        assert!(!format!("{mail:?}").contains("Canary"));

        let get = |path: &str, host: &str| {
            let request = http::Request::get(path).header("host", host).body(Vec::new()).unwrap();
            let answer = sandbox.call(request);
            let status = answer.status().as_u16();
            (status, String::from_utf8(answer.into_body()).unwrap())
        };
        let (status, text) = get("/_mail.json", "127.0.0.1:4566");
        assert_eq!((status, serde_json::from_str(&text).ok()), (200, Some(mail)));
        let (status, text) = get("/_mail", "localhost:4566");
        assert_eq!(status, 200);
        assert!(
            text.contains("Canary-&lt;b&gt;-1") && text.contains("igv &lt;demo&gt;"),
            "{text}"
        );
        let (status, text) = get("/_mail", "example.org");
        assert!(status >= 400 && !text.contains("Canary"), "{text}");
    }
}
