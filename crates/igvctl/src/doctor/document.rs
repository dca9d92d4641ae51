//! From bytes to the config's object: encoding, JSON, and what stands at the top.

use crate::doctor::finding::{Finding, Page, Severity};
use crate::doctor::json::{self, Defect, DefectKind, Document, Entry, Form, Span};
use crate::doctor::keys;

/// How a config that does not load shows itself.
pub(crate) const NO_MENU: &str = "no Amazon menu, and \"Error fetching oAuth properties\" in igv0.log";

/// How many bytes a config may have; one of these is 1 to 2 kB.
const MAX_BYTES: usize = 64 * 1024;

/// A config that could be read.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where its entries stand.
    pub(crate) page: Page,
    /// The entries of its object.
    pub(crate) entries: Vec<Entry>,
    /// Where the object begins and ends.
    pub(crate) span: Span,
    /// Whether the text is sound enough to believe its names.
    pub(crate) sound: bool,
    /// Whether all of it is there, so that what is not seen is missing.
    pub(crate) whole: bool,
}

/// Reads an unpacked document.
pub(crate) fn read(name: &str, bytes: &[u8], findings: &mut Vec<Finding>) -> Option<Config> {
    let text = decode(bytes, findings)?;
    let Document { root, defects } = json::read(&text);
    let mut page = Page::new(name, &text);
    let sound = !defects.iter().any(|it| told(it).severity == Severity::Error);
    let config = root.and_then(|root| at_the_top(root, findings, &mut page));
    if let Some((entries, _)) = &config {
        keys::uncover(entries, sound, &mut page);
    }
    defects_told(&text, &page, &defects, findings);
    // Behind a name without a colon anything may have been taken for anything.
    if defects
        .iter()
        .any(|it| matches!(it.kind, DefectKind::MissingColon | DefectKind::NoKey))
    {
        return None;
    }
    let whole = !defects
        .iter()
        .any(|it| matches!(it.kind, DefectKind::Truncated { .. } | DefectKind::TooDeep));
    let (entries, span) = config?;
    Some(Config {
        page,
        entries,
        span,
        sound,
        whole,
    })
}

/// The text of the bytes.
fn decode(bytes: &[u8], findings: &mut Vec<Finding>) -> Option<String> {
    if bytes.is_empty() {
        findings.push(
            Finding::error("json-empty", "the file is empty")
                .why(format!("there is nothing to load: {NO_MENU}"))
                .change("publish the config again, and look at what is there before telling people"),
        );
        return None;
    }
    if bytes.len() > MAX_BYTES {
        findings.push(
            Finding::error("too-large", format!("the file has {} bytes", bytes.len()))
                .why("a config of IGV is one object with a dozen entries, so this is something else")
                .change("look at what is published there"),
        );
        return None;
    }
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes {
        findings.push(
            Finding::error("encoding", "the file is UTF-16 text")
                .why(format!("IGV reads UTF-8 and sees no JSON in it: {NO_MENU}"))
                .change("save it as UTF-8 without a byte order mark (PowerShell: `Set-Content -Encoding utf8NoBOM`)"),
        );
        return None;
    }
    let bytes = match bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        Some(rest) => {
            findings.push(
                Finding::warning("bom", "the file begins with a byte order mark")
                    .why("the betas of IGV 3.0 refuse it: no Amazon menu; IGV 2.x goes over it")
                    .change("save it as UTF-8 without a byte order mark"),
            );
            rest
        }
        None => bytes,
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|it| **it == b'\n').count() + 1;
            findings.push(
                Finding::error("encoding", format!("line {line} is not UTF-8 text"))
                    .why("IGV reads a replacement sign there, so the value is another one than you wrote")
                    .change("save the file as UTF-8"),
            );
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

/// The entries of the object at the top.
fn at_the_top(root: json::Node, findings: &mut Vec<Finding>, page: &mut Page) -> Option<(Vec<Entry>, Span)> {
    let span = root.span.clone();
    match root.form {
        Form::Map(entries) => Some(unwrapped(entries, span, findings, page)),
        Form::List(items) => {
            let objects = items.iter().filter(|it| matches!(it.form, Form::Map(_))).count();
            let first = span.start..span.start + 1;
            let more = if objects > 1 {
                format!(" of {objects} objects")
            } else {
                String::new()
            };
            findings.push(
                Finding::warning(
                    "json-list",
                    format!("the file is a list{more}, and IGV wants one object"),
                )
                .at(page.place(&first))
                .why(format!(
                    "up to 2.14.1 IGV reads an object only: {NO_MENU}. From 2.15.0 on it takes each object of the list"
                ))
                .change("remove the brackets `[` and `]` around the object"),
            );
            items.into_iter().find_map(|it| match it.form {
                Form::Map(entries) => Some((entries, it.span)),
                Form::Null | Form::Bool | Form::Number | Form::Text(_) | Form::List(_) | Form::Missing => None,
            })
        }
        Form::Null | Form::Bool | Form::Number | Form::Text(_) | Form::Missing => None,
    }
}

/// The object itself, or the one inside `installed`, which is the layout of Google's files.
fn unwrapped(entries: Vec<Entry>, span: Span, findings: &mut Vec<Finding>, page: &mut Page) -> (Vec<Entry>, Span) {
    if entries.iter().any(|it| it.key == "client_id") {
        return (entries, span);
    }
    let wrapped = entries
        .iter()
        .find(|it| matches!(it.key.as_str(), "installed" | "web") && matches!(it.value.form, Form::Map(_)));
    let Some((key, key_span, value)) = wrapped.map(|it| (it.key.clone(), it.key_span.clone(), it.value.clone())) else {
        return (entries, span);
    };
    page.show(&key_span);
    findings.push(
        Finding::error("json-wrapped", format!("the entries stand inside `{key}`"))
            .at(page.place(&key_span))
            .why("that is how Google's files look: IGV does not find `auth_provider` and the `aws_` entries there, takes the file for a Google one and shows no Amazon menu")
            .change(format!("move all entries out of `{key}` to the top")),
    );
    match value.form {
        Form::Map(inner) => (inner, value.span),
        Form::Null | Form::Bool | Form::Number | Form::Text(_) | Form::List(_) | Form::Missing => (entries, span),
    }
}

/// Tells the defects: one per line, and what is the same all over the file once.
fn defects_told(text: &str, page: &Page, defects: &[Defect], findings: &mut Vec<Finding>) {
    let mut lines = Vec::new();
    let mut once = Vec::new();
    for defect in defects {
        let finding = told(defect);
        let repeats = matches!(
            defect.kind,
            DefectKind::Comment
                | DefectKind::SingleQuotes
                | DefectKind::CurlyQuotes
                | DefectKind::BareWord
                | DefectKind::Semicolon
                | DefectKind::EqualsSign
        );
        let mut place = page.place(&defect.span);
        if defect.kind == DefectKind::NotJson {
            // Nothing of it is known to be harmless.
            place.text.clear();
        }
        if (repeats && once.contains(&finding.code)) || (!repeats && lines.contains(&place.line)) {
            continue;
        }
        if repeats {
            once.push(finding.code);
        } else {
            lines.push(place.line);
        }
        let finding = match &defect.kind {
            DefectKind::NotJson => not_json(text, finding),
            DefectKind::Truncated { opened } => {
                let opened = page.place(&(*opened..*opened + 1));
                Finding {
                    what: format!(
                        "the file ends while what begins at {}:{} is still open",
                        opened.line, opened.column
                    ),
                    ..finding
                }
            }
            DefectKind::DuplicateKey { first, .. } => {
                let line = page.place(&(*first..*first + 1)).line;
                Finding {
                    what: format!("{} (first on line {line})", finding.what),
                    ..finding
                }
            }
            DefectKind::Empty
            | DefectKind::Comment
            | DefectKind::TrailingComma
            | DefectKind::TrailingCommaInList
            | DefectKind::ExtraComma
            | DefectKind::MissingComma
            | DefectKind::Semicolon
            | DefectKind::MissingColon
            | DefectKind::EqualsSign
            | DefectKind::MissingValue
            | DefectKind::NoKey
            | DefectKind::SingleQuotes
            | DefectKind::CurlyQuotes
            | DefectKind::BareWord
            | DefectKind::BadNumber
            | DefectKind::UnclosedText
            | DefectKind::UnopenedText
            | DefectKind::LineBreakInText
            | DefectKind::ControlInText
            | DefectKind::BadEscape
            | DefectKind::WrongBracket
            | DefectKind::AfterEnd
            | DefectKind::TooDeep => finding,
        };
        findings.push(finding.at(place));
    }
}

/// What a text that is no JSON at all seems to be.
fn not_json(text: &str, finding: Finding) -> Finding {
    let start = text.trim_start().to_ascii_lowercase();
    let (what, change) = if start.starts_with("<?xml") && start.contains("<error>") || start.starts_with("<error>") {
        (
            "the file is an error message of S3 or CloudFront, not JSON",
            "look at its text: mostly the path is wrong, or nobody may read the object",
        )
    } else if start.starts_with('<') {
        (
            "the file is a web page, not JSON",
            "give people the address of the file itself, not of a page that shows it, and let it be read without a login",
        )
    } else if start.starts_with("provisioning.url") {
        (
            "the file is a line for `prefs.properties`, not a config",
            "put it into `prefs.properties` in the IGV directory; the config is what stands at the address in it",
        )
    } else {
        return finding;
    };
    Finding {
        what: what.to_owned(),
        change: change.to_owned(),
        ..finding
    }
}

/// A defect in words. What Gson (IGV 2.x, lenient) and org.json (betas of 3.0) make of it was tried with both.
fn told(defect: &Defect) -> Finding {
    let refused = || format!("no IGV reads the file: {NO_MENU}");
    let refused_by_2 = || format!("IGV 2.x refuses the file: {NO_MENU}");
    let refused_by_3 = "the betas of IGV 3.0 refuse the file: no Amazon menu; IGV 2.x goes over it";
    let by_luck = "IGV happens to read it, other readers of JSON do not";
    match &defect.kind {
        DefectKind::Empty => Finding::error("json-empty", "there is nothing but white space in the file")
            .why(refused())
            .change("publish the config again"),
        DefectKind::NotJson => Finding::error("json-not-json", "the file is not JSON: it begins neither with `{` nor with `[`")
            .why(refused())
            .change("publish the config itself, which begins with `{`"),
        DefectKind::Comment => Finding::warning("json-comment", "a comment; JSON has none")
            .why(refused_by_3)
            .change("remove it"),
        DefectKind::TrailingComma => Finding::error("json-trailing-comma", "a comma behind the last entry")
            .why(refused_by_2())
            .change("remove the comma"),
        DefectKind::TrailingCommaInList => Finding::note("json-trailing-comma", "a comma behind the last entry of a list")
            .why(by_luck)
            .change("remove the comma"),
        DefectKind::ExtraComma => Finding::error("json-extra-comma", "a comma with nothing before it")
            .why(refused())
            .change("remove the comma"),
        DefectKind::MissingComma => Finding::error("json-missing-comma", "no comma behind this value")
            .why(refused())
            .change("write `,` behind it"),
        DefectKind::Semicolon => Finding::note("json-semicolon", "a semicolon in the place of a comma")
            .why(by_luck)
            .change("write `,`"),
        DefectKind::MissingColon => Finding::error("json-missing-colon", "no colon behind this name")
            .why(refused())
            .change("write `\"name\": \"value\"`"),
        DefectKind::EqualsSign => Finding::warning("json-equals-sign", "`=` in the place of a colon")
            .why(refused_by_3)
            .change("write `:`"),
        DefectKind::MissingValue => Finding::error("json-missing-value", "this name has no value")
            .why(refused())
            .change("write the value, in quotes, or remove the name"),
        DefectKind::NoKey => Finding::error("json-no-name", "a name in quotes belongs here")
            .why(refused())
            .change("write `\"name\": \"value\"`"),
        DefectKind::SingleQuotes => Finding::note("json-single-quotes", "a text in single quotes")
            .why(by_luck)
            .change("write double quotes"),
        DefectKind::CurlyQuotes => Finding::error("json-curly-quotes", "typographic quotes")
            .why(format!("IGV takes them for a part of the text, so it finds none of its names: {NO_MENU}"))
            .change("write straight double quotes; word processors and wikis replace them"),
        DefectKind::BareWord => Finding::note("json-no-quotes", "a text without quotes")
            .why(by_luck)
            .change("write double quotes around it"),
        DefectKind::BadNumber => Finding::note("json-number", "this is no number of JSON")
            .why(by_luck)
            .change("write it in double quotes"),
        DefectKind::UnclosedText => Finding::error("json-unclosed-text", "no quote behind this text")
            .why(refused())
            .change("write `\"` at its end"),
        DefectKind::UnopenedText => Finding::error("json-unopened-text", "no quote before this text")
            .why("IGV 2.x takes the quote at its end for a part of the text, which then is another one; the betas of 3.0 refuse the file: no Amazon menu")
            .change("write `\"` at its beginning"),
        DefectKind::LineBreakInText => Finding::warning("json-line-break", "a line break inside a text")
            .why("the betas of IGV 3.0 refuse the file; IGV 2.x takes the break for a part of the value, which is then wrong")
            .change("write the text on one line"),
        DefectKind::ControlInText => Finding::warning("json-control-character", "a control character inside a text")
            .why("IGV takes it for a part of the value, which is then wrong")
            .change("remove it"),
        DefectKind::BadEscape => Finding::error("json-escape", "a backslash with something that it does not go with")
            .why(refused())
            .change("remove the backslash, or write `\\\\`; `/`, `:` and `=` need none"),
        DefectKind::WrongBracket => Finding::error("json-wrong-bracket", "this bracket closes something else than was opened")
            .why(refused())
            .change("objects are `{…}`, lists are `[…]`"),
        DefectKind::Truncated { .. } => Finding::error("json-truncated", "the file ends too early")
            .why(refused())
            .change("write the missing `]`, `}` or `\"`; or the upload was cut off: publish again"),
        DefectKind::AfterEnd => Finding::error("json-after-end", "something stands behind the end of the object")
            .why(refused_by_2())
            .change("remove it: one file is one object"),
        DefectKind::DuplicateKey { key, .. } => {
            let name = if keys::is_known(key) { format!("`{key}`") } else { "this name".to_owned() };
            Finding::warning("json-duplicate-key", format!("{name} stands here twice"))
                .why("the betas of IGV 3.0 refuse the file; IGV 2.x takes the last one and forgets the others")
                .change("remove all but the right one")
        }
        DefectKind::TooDeep => Finding::error("json-too-deep", "the file is nested deeper than any config")
            .why("a config of IGV is one object with a dozen entries, so this is something else")
            .change("look at what is published there"),
    }
}
