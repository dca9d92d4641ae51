//! Texts, numbers and words, and the white space between them.

use crate::doctor::json::{DefectKind, Form, Reader};

impl Reader {
    /// Goes over white space and comments.
    pub(super) fn space(&mut self) {
        while let Some(next) = self.peek() {
            let start = self.at;
            match (next, self.peek_at(1)) {
                (' ' | '\t' | '\r' | '\n', _) => self.at += 1,
                ('#', _) | ('/', Some('/')) => {
                    while self.peek().is_some_and(|it| it != '\n') {
                        self.at += 1;
                    }
                    self.wrong(DefectKind::Comment, start..self.at);
                }
                ('/', Some('*')) => {
                    self.at += 2;
                    while self.at < self.chars.len() && (self.peek(), self.peek_at(1)) != (Some('*'), Some('/')) {
                        self.at += 1;
                    }
                    self.at = (self.at + 2).min(self.chars.len());
                    self.wrong(DefectKind::Comment, start..self.at);
                }
                _ => return,
            }
        }
    }

    /// Reads a text that begins with `quote`.
    pub(super) fn text(&mut self, quote: char) -> String {
        let start = self.at;
        let closing = closing_of(quote).unwrap_or(quote);
        self.at += 1;
        let mut out = String::new();
        let mut broken = false;
        loop {
            match self.peek() {
                None => {
                    self.truncated(start);
                    break;
                }
                Some(next) if next == closing || (closing == '”' && matches!(next, '“' | '„')) => {
                    self.at += 1;
                    break;
                }
                Some('\\') => self.escape(&mut out),
                Some('\n') if self.next_line_begins_anew() => {
                    self.wrong(DefectKind::UnclosedText, start..self.at);
                    // The comma behind the missing quote is no part of the text.
                    let kept = out.trim_end().trim_end_matches(',').len();
                    self.at -= out[kept..].chars().count();
                    out.truncate(kept);
                    return out;
                }
                Some(next) => {
                    if next == '\n' && !broken {
                        broken = true;
                        self.wrong(DefectKind::LineBreakInText, self.at..self.at + 1);
                    } else if next.is_control() && next != '\n' && next != '\r' && next < '\u{20}' {
                        self.wrong(DefectKind::ControlInText, self.at..self.at + 1);
                    }
                    out.push(next);
                    self.at += 1;
                }
            }
        }
        match quote {
            '"' => {}
            '\'' => self.wrong(DefectKind::SingleQuotes, start..self.at),
            _ => self.wrong(DefectKind::CurlyQuotes, start..self.at),
        }
        out
    }

    /// Whether the line behind the line break here begins like a new entry or an end: then a quote is missing.
    fn next_line_begins_anew(&self) -> bool {
        self.chars[self.at..]
            .iter()
            .find(|it| !it.is_whitespace())
            .is_some_and(|it| matches!(it, '"' | '}' | ']'))
    }

    fn escape(&mut self, out: &mut String) {
        let start = self.at;
        let plain = match self.peek_at(1) {
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                if let Some(unit) = self.unit(2) {
                    self.at += 6;
                    self.pushed_unit(unit, out);
                    return;
                }
                self.bad_escape(start, 'u', out);
                return;
            }
            Some(other) => {
                self.bad_escape(start, other, out);
                return;
            }
            None => {
                self.at += 1;
                return;
            }
        };
        out.push(plain);
        self.at += 2;
    }

    fn bad_escape(&mut self, start: usize, letter: char, out: &mut String) {
        self.wrong(DefectKind::BadEscape, start..start + 2);
        out.push(letter);
        self.at += 2;
    }

    /// Four hexadecimal digits from `ahead` on.
    fn unit(&self, ahead: usize) -> Option<u32> {
        (ahead..ahead + 4).try_fold(0, |unit, at| Some(unit * 16 + self.peek_at(at)?.to_digit(16)?))
    }

    /// Adds a UTF-16 unit, with the second half of a pair if that follows.
    fn pushed_unit(&mut self, unit: u32, out: &mut String) {
        let low = match (0xd800..0xdc00).contains(&unit) && self.peek() == Some('\\') && self.peek_at(1) == Some('u') {
            true => self.unit(2).filter(|it| (0xdc00..0xe000).contains(it)),
            false => None,
        };
        let code = match low {
            Some(low) => {
                self.at += 6;
                0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
            }
            None => unit,
        };
        match char::from_u32(code) {
            Some(letter) => out.push(letter),
            None => {
                self.wrong(DefectKind::BadEscape, self.at.saturating_sub(6)..self.at);
                out.push('\u{fffd}');
            }
        }
    }

    pub(super) fn take_word(&mut self) {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|it| !it.is_whitespace() && !",:;=[]{}".contains(it))
        {
            self.at += 1;
        }
        // Progress, whatever stands here.
        if self.at == start {
            self.at = (self.at + 1).min(self.chars.len());
        }
    }

    /// The word from `start` to here, after saying that it has no quotes, or only one at its end.
    pub(super) fn bare(&mut self, start: usize) -> String {
        let word: String = self.chars[start..self.at].iter().collect();
        match word.strip_suffix(['"', '\'', '”']) {
            Some(inner) => {
                self.wrong(DefectKind::UnopenedText, start..self.at);
                inner.to_owned()
            }
            None => {
                self.wrong(DefectKind::BareWord, start..self.at);
                word
            }
        }
    }

    /// A value without quotes.
    pub(super) fn word(&mut self) -> Form {
        let start = self.at;
        self.take_word();
        // An address without quotes holds colons and equals signs.
        while self.peek().is_some_and(|it| matches!(it, ':' | '=')) && self.at > start {
            self.at += 1;
            while self
                .peek()
                .is_some_and(|it| !it.is_whitespace() && !",;[]{}".contains(it))
            {
                self.at += 1;
            }
        }
        let word: String = self.chars[start..self.at].iter().collect();
        match word.as_str() {
            "null" => Form::Null,
            "true" | "false" => Form::Bool,
            _ if serde_json::from_str::<serde_json::Number>(&word).is_ok() => Form::Number,
            _ if word.starts_with(|it: char| it.is_ascii_digit() || matches!(it, '+' | '-' | '.'))
                && word.chars().all(|it| it.is_ascii_digit() || "+-.eE_".contains(it)) =>
            {
                self.wrong(DefectKind::BadNumber, start..self.at);
                Form::Text(word)
            }
            _ => Form::Text(self.bare(start)),
        }
    }
}

/// The quote that closes a text which this one opens.
pub(super) fn closing_of(quote: char) -> Option<char> {
    match quote {
        '"' => Some('"'),
        '\'' => Some('\''),
        '“' | '„' | '”' => Some('”'),
        '‘' | '’' => Some('’'),
        _ => None,
    }
}
