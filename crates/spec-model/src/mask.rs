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
    if !says_secret(key) {
        return false;
    }
    if !HARMLESS.contains(&key) {
        return true;
    }
    match &value.form {
        // Somebody may have put a password where a number or a yes belongs.
        Form::Scalar { text, .. } => !plainly_harmless(text),
        Form::Env(_) | Form::Map(_) | Form::Broken => false,
        Form::List(_) => true,
    }
}

fn plainly_harmless(text: &str) -> bool {
    const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "null", "~", ""];
    const UNITS: &[&str] = &["second", "minute", "hour", "day"];
    let text = text.to_lowercase();
    // A number alone may be a password, a number with a unit is a duration.
    WORDS.contains(&text.as_str())
        || text.split_once(' ').is_some_and(|(number, unit)| {
            number.bytes().all(|byte| byte.is_ascii_digit()) && UNITS.contains(&unit.trim().trim_end_matches('s'))
        })
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
        for (index, line) in source.lines().enumerate() {
            let number = index + 1;
            let indent = line.chars().take_while(|c| c.is_whitespace()).count();
            if line.trim().is_empty() {
                continue;
            }
            if inside.is_some_and(|outer| indent > outer) {
                spans.push(Span::line(number, 1));
                continue;
            }
            inside = None;
            if let Some(column) = telling(line) {
                spans.push(Span::line(number, column));
                // An open quotation or bracket may go on at any indentation: cover all that follows.
                let rest: String = line.chars().skip(column - 1).collect();
                let open = ['"', '\''].iter().any(|quote| rest.matches(*quote).count() % 2 == 1)
                    || rest.matches(['{', '[']).count() > rest.matches(['}', ']']).count();
                inside = if open { None } else { Some(indent) };
                if open {
                    spans.extend((number + 1..=source.lines().count()).map(|line| Span::line(line, 1)));
                    break;
                }
            }
        }
        Self(Arc::new(spans))
    }

    /// Whether a place is covered.
    pub(crate) fn covers(&self, line: usize, column: usize) -> bool {
        let here = (line, column);
        self.0.iter().any(|span| span.start <= here && here < span.end)
    }

    /// A line with its covered characters replaced.
    pub(crate) fn cover(&self, line: usize, text: &str) -> String {
        let covered = |column: usize| self.covers(line, column);
        let comment = comment(text).unwrap_or(usize::MAX);
        let mut shown = String::new();
        let mut hiding = false;
        for (index, c) in text.chars().enumerate() {
            let hide = covered(index + 1) && !c.is_whitespace() || index >= comment;
            if hide && !hiding {
                shown.push_str(COVER);
            } else if !hide && !(hiding && covered(index + 1)) {
                shown.push(c);
            }
            hiding = hide || hiding && covered(index + 1);
        }
        shown
    }
}

const COVER: &str = "(not shown)";

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
        spans.push(pair.value.span);
    } else {
        collect(&pair.value, spans);
    }
}
