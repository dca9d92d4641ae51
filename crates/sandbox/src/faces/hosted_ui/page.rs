//! The HTML of the pages: one form each, labelled, usable without scripts, styles or a mouse.

use super::pair;
use crate::faces::FaceAnswer;

/// A field of a form.
pub(super) struct Field<'a> {
    /// The name with which it is sent.
    pub(super) name: &'a str,
    /// What a person reads.
    pub(super) label: &'a str,
    /// The type of the input.
    pub(super) kind: &'a str,
    /// What a password manager may fill in.
    pub(super) fills: &'a str,
    /// What is in it.
    pub(super) value: &'a str,
}

/// A page with a form.
pub(super) struct Form<'a> {
    /// The heading.
    pub(super) heading: &'a str,
    /// What is wrong with what was sent.
    pub(super) wrong: Option<&'a str>,
    /// Text before the form, as HTML.
    pub(super) before: String,
    /// Where it is sent.
    pub(super) action: &'a str,
    /// The mark of this browser's forms.
    pub(super) mark: &'a str,
    /// The fields.
    pub(super) fields: Vec<Field<'a>>,
    /// The words on the button.
    pub(super) button: &'a str,
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:3rem auto;padding:0 1rem;\
    color:#1a1a1a;background:#fff}label{display:block;margin-top:1rem}input{box-sizing:border-box;width:100%;\
    font:inherit;padding:.5rem;border:1px solid #555;border-radius:4px}button{margin-top:1.5rem;width:100%;font:inherit;\
    padding:.6rem;border:0;border-radius:4px;background:#0b5394;color:#fff}code{overflow-wrap:anywhere}\
    [role=alert]{border-left:4px solid #b00020;padding:.5rem;background:#fdecee}footer{margin-top:2rem;color:#555}";

/// The page of a form.
pub(super) fn form(form: &Form<'_>) -> FaceAnswer {
    let Form {
        heading,
        wrong,
        before,
        action,
        mark,
        fields,
        button,
    } = form;
    let wrong = wrong.map_or_else(String::new, |words| {
        format!("<p role=\"alert\" id=\"loginErrorMessage\">{}</p>", escaped(words))
    });
    // The first field that is empty is the one to begin with.
    let first = fields.iter().position(|field| field.value.is_empty());
    let inputs: String = fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let Field {
                name,
                label,
                kind,
                fills,
                value,
            } = field;
            format!(
                "<label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\" type=\"{kind}\" \
                 autocomplete=\"{fills}\" autocapitalize=\"none\" value=\"{value}\" required{focus}>\n",
                name = escaped(name),
                label = escaped(label),
                value = escaped(value),
                focus = if Some(at) == first { " autofocus" } else { "" },
            )
        })
        .collect();
    let body = format!(
        "{wrong}{before}<form action=\"{}\" method=\"post\">\n<input type=\"hidden\" name=\"_csrf\" value=\"{}\">\n\
         {inputs}<button type=\"submit\">{}</button>\n</form>",
        escaped(action),
        escaped(mark),
        escaped(button)
    );
    whole(200, heading, &body)
}

/// A page that says one thing.
pub(super) fn plain(status: u16, words: &str) -> FaceAnswer {
    whole(status, "Sign in", &format!("<p>{}</p>", escaped(words)))
}

/// The domain's own error page, with AWS's words.
pub(super) fn error(error: &str) -> FaceAnswer {
    let body = format!(
        "<p>An error was encountered with the requested page.</p><p><code>{}</code></p>",
        escaped(error)
    );
    whole(400, "Error", &body)
}

fn whole(status: u16, heading: &str, body: &str) -> FaceAnswer {
    let heading = escaped(heading);
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{heading}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\n\
         <body><main><h1>{heading}</h1>\n{body}\n</main><footer>igvctl sandbox, not AWS</footer></body>\n</html>\n"
    );
    FaceAnswer {
        status,
        headers: vec![
            pair("Content-Type", "text/html;charset=UTF-8"),
            pair("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"),
            pair("X-Frame-Options", "DENY"),
            pair("X-Content-Type-Options", "nosniff"),
            // No `form-action`: browsers hold the redirect to the callback to it.
            pair(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
            ),
        ],
        body: text.into_bytes(),
    }
}

/// Text as HTML has it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
