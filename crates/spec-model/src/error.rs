//! What is wrong with a file: every error with its place, what is valid there, and what was probably meant.

use std::fmt::Write as _;

use crate::mask::{COVER, Masks};

/// A stretch of one line, counted in characters from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Spot {
    /// The line, from 1.
    pub line: usize,
    /// The column of its first character, from 1.
    pub column: usize,
    /// How many characters are meant, at least 1.
    pub length: usize,
}

impl Spot {
    /// The beginning of the file, for what is missing as a whole.
    pub(crate) const START: Self = Self {
        line: 1,
        column: 1,
        length: 1,
    };
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    /// Where it is.
    pub at: Spot,
    /// What is wrong, without its place.
    pub message: String,
    /// A few words at the place itself.
    pub label: Option<String>,
    /// What would be valid there.
    pub valid: Option<String>,
    /// What was probably meant, or what to do.
    pub hint: Option<String>,
    /// A second place that it has to do with, and a few words on it.
    pub also: Option<(Spot, String)>,
    masks: Masks,
}

impl SpecError {
    pub(crate) fn new(at: Spot, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            label: None,
            valid: None,
            hint: None,
            also: None,
            masks: Masks::default(),
        }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(crate) fn valid(mut self, valid: impl Into<String>) -> Self {
        self.valid = Some(valid.into());
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a suggestion where there is one.
    pub(crate) fn meant(mut self, meant: Option<String>) -> Self {
        if let Some(meant) = meant {
            self.hint = Some(format!("did you mean `{meant}`?"));
        }
        self
    }

    pub(crate) fn also(mut self, at: Spot, label: impl Into<String>) -> Self {
        self.also = Some((at, label.into()));
        self
    }

    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.at.line
    }

    /// The column, from 1.
    pub fn column(&self) -> usize {
        self.at.column
    }

    /// A line of the source as it may be shown, and the place on it of a spot: what stands behind a key that says
    /// password, secret or token is covered, and control characters are harmless.
    pub fn shown(&self, source: &str, spot: Spot) -> (String, Spot) {
        let text = source.lines().nth(spot.line.saturating_sub(1)).unwrap_or_default();
        self.shown_line(text, spot)
    }

    fn shown_line(&self, text: &str, spot: Spot) -> (String, Spot) {
        let (shown, columns) = self.masks.cover(spot.line, text.trim_end_matches('\r'));
        let column = |wanted: usize| match columns.get(wanted.saturating_sub(1)) {
            Some(column) => *column,
            None => shown.chars().count() + wanted.saturating_sub(columns.len()),
        };
        let start = column(spot.column);
        let length = if self.masks.covers(spot.line, spot.column) {
            COVER.chars().count()
        } else {
            column(spot.column + spot.length).saturating_sub(start)
        };
        let harmless = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
        let spot = Spot {
            column: start,
            length: length.max(1),
            ..spot
        };
        (shown.chars().map(harmless).collect(), spot)
    }

    fn render(&self, file: &str, lines: &[&str], out: &mut String) {
        let last = self.also.as_ref().map_or(0, |(spot, _)| spot.line).max(self.at.line);
        let gutter = last.to_string().len();
        let Spot { line, column, .. } = self.at;
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "error: {}", self.message);
        let _ = writeln!(out, "{:gutter$}--> {file}:{line}:{column}", "");
        let mut places = vec![(self.at, '^', self.label.as_deref().unwrap_or_default())];
        if let Some((spot, label)) = &self.also {
            places.push((*spot, '-', label));
        }
        places.sort_by_key(|(spot, ..)| *spot);
        let _ = writeln!(out, "{:gutter$} |", "");
        let mut before: Option<usize> = None;
        for (spot, mark, label) in places {
            if before.is_some_and(|before| before + 1 < spot.line) {
                let _ = writeln!(out, "...");
            }
            let (text, spot) = self.shown_line(lines.get(spot.line.saturating_sub(1)).unwrap_or(&""), spot);
            let (text, lead) = window(&text, spot);
            if before != Some(spot.line) {
                let _ = writeln!(out, "{}", format!("{:gutter$} | {text}", spot.line).trim_end());
            }
            before = Some(spot.line);
            let marks: String = std::iter::repeat_n(mark, spot.length.clamp(1, LONGEST)).collect();
            let _ = writeln!(out, "{}", format!("{:gutter$} | {lead}{marks} {label}", "").trim_end());
        }
        for (name, text) in [("valid", &self.valid), ("help", &self.hint)] {
            if let Some(text) = text {
                let _ = writeln!(out, "{:gutter$} = {name}: {text}", "");
            }
        }
    }
}

/// How many characters of a line are shown.
const LONGEST: usize = 160;

/// The part of a long line around a place, and the white space that leads to the place under it.
fn window(text: &str, spot: Spot) -> (String, String) {
    let characters: Vec<char> = text.chars().collect();
    let column = spot.column.saturating_sub(1).min(characters.len());
    let start = if characters.len() <= LONGEST {
        0
    } else {
        column.saturating_sub(LONGEST / 4)
    };
    let end = characters.len().min(start + LONGEST);
    let mut shown: String = characters.get(start..end).unwrap_or_default().iter().collect();
    let blank = |c: &char| if *c == '\t' { '\t' } else { ' ' };
    let mut lead: String = characters
        .get(start..column)
        .unwrap_or_default()
        .iter()
        .map(blank)
        .collect();
    if start > 0 {
        shown.insert(0, '…');
        lead.insert(0, ' ');
    }
    if end < characters.len() {
        shown.push('…');
    }
    (shown, lead)
}

/// All that is wrong with a file, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(|it| format!("{}:{}: {}", it.at.line, it.at.column, it.message)).collect::<Vec<_>>().join("\n"))]
pub struct SpecErrors(pub Vec<SpecError>);

impl SpecErrors {
    pub(crate) fn new(mut errors: Vec<SpecError>, masks: &Masks) -> Self {
        errors.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
        errors.dedup();
        for error in &mut errors {
            error.masks = masks.clone();
        }
        Self(errors)
    }

    /// The errors for people, in the look of the Rust compiler's, one blank line between two.
    pub fn render(&self, file: &str, source: &str) -> String {
        let lines: Vec<&str> = source.lines().collect();
        let mut out = String::new();
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            error.render(file, &lines, &mut out);
        }
        out
    }
}

/// A text of the file in backticks: cut where it is long, invisible characters written out.
pub(crate) fn quote(text: &str) -> String {
    const LIMIT: usize = 80;
    if text.is_empty() {
        return "`\"\"`".to_owned();
    }
    let mut shown = String::from("`");
    for (index, c) in text.chars().enumerate() {
        if index == LIMIT {
            shown.push('…');
            break;
        }
        if is_invisible(c) {
            shown.extend(c.escape_debug());
        } else {
            shown.push(c);
        }
    }
    shown.push('`');
    shown
}

/// Whether a character is neither a letter, mark, symbol, number or punctuation (Unicode's categories L, M, S, N, P) nor
/// a plain space: control and format characters, other spaces, private and unassigned ones.
pub(crate) fn is_invisible(c: char) -> bool {
    // The standard library writes out what is not printable. Marks count as printable behind another character.
    let behind = String::from_iter(['a', c]);
    c.is_control() || behind.escape_debug().skip(1).take(2).eq(['\\', 'u'])
}

/// The one of some words that a text was probably meant to be.
pub(crate) fn nearest<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let text = text.to_lowercase();
    // A third of the letters may be wrong, of short words one.
    let bound = (text.chars().count() / 3).max(1);
    words
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&text, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= bound)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word.to_owned())
}
