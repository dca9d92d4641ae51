//! What the doctor found, and the page of a file that a finding points at.

use crate::doctor::json::Span;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// IGV does not work with it, or it lets strangers in.
    Error,
    /// Some releases of IGV, or some people, meet it; or it works by accident.
    Warning,
    /// Harmless, or only worth knowing.
    Note,
}

impl Severity {
    /// As it is printed.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// A name for it that stays the same, for machines.
    pub(crate) code: &'static str,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// Where it is, if it is in a file.
    pub(crate) place: Option<Place>,
    /// What it is.
    pub(crate) what: String,
    /// Why IGV fails because of it, and how that shows.
    pub(crate) why: String,
    /// What to change.
    pub(crate) change: String,
    /// Whether it says that something could not be looked at.
    pub(crate) gap: bool,
}

impl Finding {
    fn new(severity: Severity, code: &'static str, what: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            place: None,
            what: what.into(),
            why: String::new(),
            change: String::new(),
            gap: false,
        }
    }

    /// Something with which IGV does not work, or which lets strangers in.
    pub(crate) fn error(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, what)
    }

    /// Something that some releases or some people meet.
    pub(crate) fn warning(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, what)
    }

    /// Something harmless, or only worth knowing.
    pub(crate) fn note(code: &'static str, what: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, what)
    }

    /// Something that could not be looked at, which is never "fine".
    pub(crate) fn gap(code: &'static str, what: impl Into<String>) -> Self {
        Self {
            gap: true,
            ..Self::new(Severity::Warning, code, what)
        }
    }

    /// Why IGV fails because of it, and how that shows there.
    pub(crate) fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// What to change.
    pub(crate) fn change(mut self, change: impl Into<String>) -> Self {
        self.change = change.into();
        self
    }

    /// Where it is.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

/// A place in a file, with its line as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file or address.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
    /// The line, what may be secret on it covered, the part around the place where it is long.
    pub(crate) text: String,
    /// The characters before the mark, as white space.
    pub(crate) lead: String,
    /// How many characters are marked.
    pub(crate) length: usize,
}

/// What stands in the place of what is not shown.
pub(crate) const COVER: &str = "(not shown)";

/// How many characters of a line are shown.
const LONGEST: usize = 120;

/// A text whose lines can be pointed at. Nothing of it is shown but what is known to be harmless.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    name: String,
    chars: Vec<char>,
    visible: Vec<bool>,
}

impl Page {
    /// A text of which only white space and the signs of JSON may be shown.
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let visible = chars
            .iter()
            .map(|it| it.is_whitespace() || "{}[]:,;=\"'“”".contains(*it))
            .collect();
        Self {
            name: name.to_owned(),
            chars,
            visible,
        }
    }

    /// Lets a stretch be shown.
    pub(crate) fn show(&mut self, span: &Span) {
        let end = span.end.min(self.visible.len());
        if let Some(stretch) = self.visible.get_mut(span.start.min(end)..end) {
            stretch.fill(true);
        }
    }

    /// Hides a stretch, quotes and all.
    pub(crate) fn hide(&mut self, span: &Span) {
        let end = span.end.min(self.visible.len());
        if let Some(stretch) = self.visible.get_mut(span.start.min(end)..end) {
            stretch.fill(false);
        }
    }

    /// A place on this page.
    pub(crate) fn place(&self, span: &Span) -> Place {
        let start = span.start.min(self.chars.len());
        let before = &self.chars[..start];
        let line = before.iter().filter(|it| **it == '\n').count() + 1;
        let line_start = before.iter().rposition(|it| *it == '\n').map_or(0, |it| it + 1);
        let line_end = self.chars[line_start..]
            .iter()
            .position(|it| *it == '\n')
            .map_or(self.chars.len(), |it| line_start + it);
        let (shown, columns) = self.covered(line_start, line_end);
        let column_of = |at: usize| columns.get(at - line_start).copied().unwrap_or(shown.len());
        let first = column_of(start.min(line_end));
        let last = column_of(span.end.clamp(start, line_end)).max(first);
        let (text, lead) = window(&shown, first);
        let room = text.chars().count().saturating_sub(lead.chars().count()).max(1);
        Place {
            file: self.name.clone(),
            line,
            column: start - line_start + 1,
            text,
            lead,
            length: (last - first).clamp(1, room),
        }
    }

    /// A line as it may be shown, and for each of its characters the column where it is now.
    fn covered(&self, start: usize, end: usize) -> (Vec<char>, Vec<usize>) {
        let mut shown = Vec::new();
        let mut columns = Vec::new();
        let mut hiding = false;
        for at in start..end {
            let letter = self.chars[at];
            // White space between two stretches that are hidden is hidden with them.
            let next = || (at..end).find(|it| !self.chars[*it].is_whitespace());
            let hide =
                !self.visible[at] || hiding && letter.is_whitespace() && next().is_some_and(|it| !self.visible[it]);
            if !hide {
                columns.push(shown.len());
                // What could move the reader's cursor is replaced.
                shown.push(if letter.is_control() && letter != '\t' {
                    '\u{fffd}'
                } else {
                    letter
                });
            } else if hiding {
                columns.push(shown.len() - COVER.chars().count());
            } else {
                columns.push(shown.len());
                shown.extend(COVER.chars());
            }
            hiding = hide;
        }
        while shown.last().is_some_and(|it| it.is_whitespace() || *it == '\u{fffd}') {
            shown.pop();
        }
        (shown, columns)
    }
}

/// The part of a long line around a column, and the white space that leads to the column under it.
fn window(line: &[char], column: usize) -> (String, String) {
    let column = column.min(line.len());
    let start = if line.len() <= LONGEST {
        0
    } else {
        column.saturating_sub(LONGEST / 3)
    };
    let end = line.len().min(start + LONGEST);
    let mut text: String = line[start..end].iter().collect();
    let mut lead: String = line[start..column]
        .iter()
        .map(|it| if *it == '\t' { '\t' } else { ' ' })
        .collect();
    if start > 0 {
        text.insert(0, '…');
        lead.insert(0, ' ');
    }
    if end < line.len() {
        text.push('…');
    }
    (text, lead)
}

/// A text in backticks: cut where it is long, control characters written out.
pub(crate) fn quote(text: &str) -> String {
    const LIMIT: usize = 100;
    let mut shown = String::from("`");
    for (at, letter) in text.chars().enumerate() {
        if at == LIMIT {
            shown.push('…');
            break;
        }
        if letter.is_control() || letter == '\u{feff}' {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown.push('`');
    shown
}
