//! Covers what stands behind a key that says password, secret or token, so that no error shows it.

use std::sync::Arc;

use crate::yaml::{Form, Node, Pair, Span};

/// Whether what stands behind a key must not be shown.
pub(crate) fn says_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["password", "passwd", "secret", "token"]
        .iter()
        .any(|word| key.contains(word))
}

/// Fields of ours whose names say password, secret or token and which hold none.
pub(crate) const HARMLESS: &[&str] = &[
    "access_token_validity",
    "id_token_validity",
    "password_policy",
    "refresh_token_rotation",
    "refresh_token_validity",
    "secret",
    "server_side_token_check",
    "temporary_password_validity",
];

/// Whether a value behind a key must not be shown.
pub(crate) fn hidden(key: &str, value: &Node) -> bool {
    // `!env NAME` names a secret and is none.
    if !says_secret(key) || matches!(value.form, Form::Env(_)) {
        return false;
    }
    if !HARMLESS.contains(&key) {
        return true;
    }
    match &value.form {
        // Somebody may have put a password where a number or a yes belongs.
        Form::Scalar { text, .. } => !plainly_harmless(key, text),
        Form::Map(_) => false,
        Form::Env(_) | Form::List(_) | Form::Broken => true,
    }
}

fn plainly_harmless(key: &str, text: &str) -> bool {
    const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "null", "~", ""];
    let text = text.to_lowercase();
    // A number alone may be a password, but hardly where a length of time belongs.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = text.get(digits..).unwrap_or_default().trim();
    let duration = key.ends_with("_validity")
        && (1..=6).contains(&digits)
        && unit.len() <= 8
        && unit.bytes().all(|byte| byte.is_ascii_lowercase());
    duration || WORDS.contains(&text.as_str())
}

/// The stretches of a file that are covered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Masks(Arc<Vec<Span>>);

impl Masks {
    /// What is covered in a file that could be read as YAML.
    pub(crate) fn of_tree(root: Option<&Node>, thrown: &[Pair]) -> Self {
        let mut spans = Vec::new();
        root.into_iter().for_each(|root| collect(root, &mut spans));
        thrown.iter().for_each(|pair| collect_pair(pair, &mut spans));
        Self(Arc::new(spans))
    }

    /// What is covered in a file that is no YAML: behind a telling key everything to the end of the line, and every
    /// line that may belong to it.
    pub(crate) fn of_text(source: &str) -> Self {
        let mut spans = Vec::new();
        let mut inside: Option<usize> = None;
        let mut next = false;
        for (index, line) in source.lines().enumerate() {
            let number = index + 1;
            let indent = line.chars().take_while(|c| c.is_whitespace()).count();
            if line.trim().is_empty() {
                continue;
            }
            if std::mem::take(&mut next) || inside.is_some_and(|outer| indent > outer) {
                spans.push(Span::line(number, 1));
                continue;
            }
            inside = None;
            // An explicit key has its value on another line, at an indentation of its own.
            let explicit = line.trim_start().starts_with('?') && says_secret(line);
            let Some(column) = telling(line).or_else(|| explicit.then_some(1)) else {
                continue;
            };
            spans.push(Span::line(number, column));
            let rest: String = line.chars().skip(column - 1).collect();
            // Between brackets the value may stand on the next line, wherever that begins.
            next = rest.trim().is_empty();
            inside = Some(indent);
            // An open quotation or bracket may go on at any indentation: all that follows is covered.
            let quoted = ['"', '\''].iter().any(|quote| rest.matches(*quote).count() % 2 == 1);
            let open = rest.matches(['{', '[']).count() > rest.matches(['}', ']']).count();
            if quoted || open || explicit {
                spans.extend((number + 1..=source.lines().count()).map(|line| Span::line(line, 1)));
                break;
            }
        }
        Self(Arc::new(spans))
    }

    /// Whether a place is covered.
    pub(crate) fn covers(&self, line: usize, column: usize) -> bool {
        let here = (line, column);
        self.0.iter().any(|span| span.start <= here && here < span.end)
    }

    /// A line with its covered characters replaced, and for each of its columns the column where it is now shown.
    pub(crate) fn cover(&self, line: usize, text: &str) -> (String, Vec<usize>) {
        let comment = comment(text).unwrap_or(usize::MAX);
        let here = |span: &&Span| span.start.0 <= line && line <= span.end.0;
        let near: Vec<Span> = self.0.iter().filter(here).copied().collect();
        let covers = |column: usize| {
            near.iter()
                .any(|span| span.start <= (line, column) && (line, column) < span.end)
        };
        let mut shown = String::new();
        let mut columns = Vec::new();
        let mut length = 0;
        let mut hiding = false;
        for (index, c) in text.chars().enumerate() {
            let covered = covers(index + 1) || index >= comment;
            // Leading white space of a covered line is kept, so that it stays where it was.
            let hide = covered && (hiding || !c.is_whitespace());
            if hide && !hiding {
                columns.push(length + 1);
                shown.push_str(COVER);
                length += COVER.chars().count();
            } else if hide {
                columns.push(length + 1 - COVER.chars().count());
            } else {
                columns.push(length + 1);
                shown.push(c);
                length += 1;
            }
            hiding = hide;
        }
        (shown, columns)
    }
}

pub(crate) const COVER: &str = "(not shown)";

/// Where a comment begins that speaks of a secret.
fn comment(text: &str) -> Option<usize> {
    let start = if text.starts_with('#') { 0 } else { text.find(" #")? + 1 };
    says_secret(&text[start..]).then(|| text[..start].chars().count())
}

/// The column behind the first telling key of a line and its colon.
fn telling(line: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(colon) = line[from..].find(':') {
        let end = from + colon;
        let key = line[..end]
            .rsplit([' ', '{', ',', '[', '\t'])
            .next()
            .unwrap_or_default();
        if says_secret(key) || says_secret(&line[from..end]) {
            return Some(line[..end].chars().count() + 2);
        }
        from = end + 1;
    }
    None
}

fn collect(node: &Node, spans: &mut Vec<Span>) {
    match &node.form {
        Form::Scalar { .. } | Form::Env(_) | Form::Broken => {}
        Form::List(items) => items.iter().for_each(|item| collect(item, spans)),
        Form::Map(pairs) => {
            pairs.iter().for_each(|pair| collect_pair(pair, spans));
        }
    }
}

fn collect_pair(pair: &Pair, spans: &mut Vec<Span>) {
    if hidden(&pair.key, &pair.value) {
        // From the colon on: a password that begins with `&` is an anchor for YAML, and no part of the value.
        spans.push(Span {
            start: (pair.at.line, pair.at.column + pair.at.length + 1),
            end: pair.value.span.end,
        });
    } else {
        collect(&pair.value, spans);
    }
}
