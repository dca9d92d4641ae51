//! Reads JSON that need not be JSON: it goes on after a defect, keeps every place, and tells what each defect is.
//!
//! A strict reader stops at the first defect and keeps no places, so this one is our own. What the readers that IGV
//! bundles make of each defect was tried: Gson in its lenient mode (IGV 2.x) and org.json (the betas of 3.0).

mod scalars;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::doctor::json::scalars::closing_of;

/// How deep a document may be nested; a config is two levels deep.
const MAX_DEPTH: usize = 32;
/// How many defects are kept: nobody reads more.
const MAX_DEFECTS: usize = 100;

/// A stretch of the document, counted in characters.
pub(crate) type Span = Range<usize>;

/// A document, as far as it could be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    /// The value at the top; nothing where there is none.
    pub(crate) root: Option<Node>,
    /// What is wrong with it, in the order of the text.
    pub(crate) defects: Vec<Defect>,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// Where it stands, quotes included.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) form: Form,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object; a name may occur twice.
    Map(Vec<Entry>),
    /// The value is not there.
    Missing,
}

/// One entry of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) key: String,
    /// Where the name stands, quotes included.
    pub(crate) key_span: Span,
    /// Its value.
    pub(crate) value: Node,
}

/// One thing that is wrong with the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Defect {
    /// What it is.
    pub(crate) kind: DefectKind,
    /// Where it is.
    pub(crate) span: Span,
}

/// What can be wrong with a text that should be JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DefectKind {
    /// There is nothing.
    Empty,
    /// It begins like something else.
    NotJson,
    /// A comment.
    Comment,
    /// A comma before the closing bracket of an object.
    TrailingComma,
    /// A comma before the closing bracket of a list.
    TrailingCommaInList,
    /// A comma where there is nothing to separate.
    ExtraComma,
    /// Two entries without a comma between them.
    MissingComma,
    /// `;` in the place of a comma.
    Semicolon,
    /// No colon behind a name.
    MissingColon,
    /// `=` in the place of a colon.
    EqualsSign,
    /// No value behind a name.
    MissingValue,
    /// Something stands where a name belongs.
    NoKey,
    /// A text in single quotes.
    SingleQuotes,
    /// A text in typographic quotes.
    CurlyQuotes,
    /// A text without quotes.
    BareWord,
    /// A number that JSON does not know.
    BadNumber,
    /// A text that does not end on its line.
    UnclosedText,
    /// A text that has a quote at its end only.
    UnopenedText,
    /// A line break inside a text.
    LineBreakInText,
    /// Another control character inside a text.
    ControlInText,
    /// A backslash with something that it does not go with.
    BadEscape,
    /// A bracket that closes something else.
    WrongBracket,
    /// The document ends while something is open.
    Truncated {
        /// Where that begins.
        opened: usize,
    },
    /// Something behind the end.
    AfterEnd,
    /// A name that stands in this object already.
    DuplicateKey {
        /// The name.
        key: String,
        /// Where it stands first.
        first: usize,
    },
    /// Nested too deep to be read.
    TooDeep,
}

/// Reads a document. Total: every text gives a result.
pub(crate) fn read(text: &str) -> Document {
    let mut reader = Reader {
        chars: text.chars().collect(),
        at: 0,
        depth: 0,
        defects: Vec::new(),
    };
    let root = reader.document();
    let mut defects = reader.defects;
    defects.sort_by_key(|it| it.span.start);
    Document { root, defects }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    defects: Vec<Defect>,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn wrong(&mut self, kind: DefectKind, span: Span) {
        if self.defects.len() < MAX_DEFECTS {
            self.defects.push(Defect { kind, span });
        }
    }

    fn document(&mut self) -> Option<Node> {
        self.space();
        let Some(first) = self.peek() else {
            self.wrong(DefectKind::Empty, 0..0);
            return None;
        };
        if first != '{' && first != '[' {
            self.wrong(DefectKind::NotJson, self.at..self.at + 1);
            return None;
        }
        let root = self.value();
        self.space();
        let cut_off = self
            .defects
            .iter()
            .any(|it| matches!(it.kind, DefectKind::Truncated { .. } | DefectKind::TooDeep));
        if self.at < self.chars.len() && !cut_off {
            self.wrong(DefectKind::AfterEnd, self.at..self.at + 1);
        }
        Some(root)
    }

    fn value(&mut self) -> Node {
        let start = self.at;
        let form = match self.peek() {
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::list),
            Some(quote) if closing_of(quote).is_some() => Form::Text(self.text(quote)),
            Some(_) | None => self.word(),
        };
        Node {
            span: start..self.at,
            form,
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Form) -> Form {
        if self.depth == MAX_DEPTH {
            self.wrong(DefectKind::TooDeep, self.at..self.at + 1);
            self.at = self.chars.len();
            return Form::Missing;
        }
        self.depth += 1;
        let form = inner(self);
        self.depth -= 1;
        form
    }

    fn object(&mut self) -> Form {
        let opened = self.at;
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut comma: Option<usize> = None;
        loop {
            self.space();
            let here = self.at..self.at + 1;
            match self.peek() {
                None => {
                    self.truncated(opened);
                    break;
                }
                Some('}') => {
                    if let Some(comma) = comma.filter(|_| !entries.is_empty()) {
                        self.wrong(DefectKind::TrailingComma, comma..comma + 1);
                    }
                    self.at += 1;
                    break;
                }
                Some(']') => {
                    self.wrong(DefectKind::WrongBracket, here);
                    self.at += 1;
                    break;
                }
                Some(',' | ';') => {
                    self.wrong(DefectKind::ExtraComma, here);
                    self.at += 1;
                }
                Some(':' | '=' | '{' | '[') => {
                    self.wrong(DefectKind::NoKey, here);
                    self.at += 1;
                    continue;
                }
                Some(_) => {
                    let entry = self.entry();
                    self.note_twice(&entries, &entry);
                    entries.push(entry);
                    comma = self.comma('}');
                }
            }
        }
        Form::Map(entries)
    }

    /// What stands behind an entry of an object or a list: where the comma is, if there is one.
    fn comma(&mut self, closing: char) -> Option<usize> {
        let end = self.at;
        self.space();
        match self.peek() {
            Some(',') => {
                self.at += 1;
                Some(self.at - 1)
            }
            Some(';') => {
                self.wrong(DefectKind::Semicolon, self.at..self.at + 1);
                self.at += 1;
                Some(self.at - 1)
            }
            None => None,
            Some(next) if next == closing || next == ']' || next == '}' => None,
            Some(_) => {
                // It is missing behind the last value, not before the next one.
                self.wrong(DefectKind::MissingComma, end.saturating_sub(1)..end);
                None
            }
        }
    }

    fn note_twice(&mut self, entries: &[Entry], entry: &Entry) {
        if let Some(first) = entries.iter().find(|it| it.key == entry.key) {
            let kind = DefectKind::DuplicateKey {
                key: entry.key.clone(),
                first: first.key_span.start,
            };
            self.wrong(kind, entry.key_span.clone());
        }
    }

    fn entry(&mut self) -> Entry {
        let start = self.at;
        let key = match self.peek() {
            Some(quote) if closing_of(quote).is_some() => self.text(quote),
            Some(_) | None => {
                self.take_word();
                self.bare(start)
            }
        };
        let key_span = start..self.at;
        self.space();
        match self.peek() {
            Some(':') => self.at += 1,
            Some('=') => {
                self.wrong(DefectKind::EqualsSign, self.at..self.at + 1);
                self.at += if self.peek_at(1) == Some('>') { 2 } else { 1 };
            }
            Some(_) | None => {
                if self.peek().is_some() {
                    self.wrong(DefectKind::MissingColon, key_span.clone());
                }
                let value = Node {
                    span: self.at..self.at,
                    form: Form::Missing,
                };
                // A value may follow all the same.
                let value = match self.peek() {
                    None | Some(',' | ';' | '}' | ']') => value,
                    Some(_) => self.value(),
                };
                return Entry { key, key_span, value };
            }
        }
        self.space();
        let value = match self.peek() {
            None => Node {
                span: self.at..self.at,
                form: Form::Missing,
            },
            Some(',' | ';' | '}' | ']' | ':' | '=') => {
                self.wrong(DefectKind::MissingValue, key_span.clone());
                Node {
                    span: self.at..self.at,
                    form: Form::Missing,
                }
            }
            Some(_) => self.value(),
        };
        Entry { key, key_span, value }
    }

    fn list(&mut self) -> Form {
        let opened = self.at;
        self.at += 1;
        let mut items = Vec::new();
        let mut comma: Option<usize> = None;
        loop {
            self.space();
            let here = self.at..self.at + 1;
            match self.peek() {
                None => {
                    self.truncated(opened);
                    break;
                }
                Some(']') => {
                    if let Some(comma) = comma.filter(|_| !items.is_empty()) {
                        self.wrong(DefectKind::TrailingCommaInList, comma..comma + 1);
                    }
                    self.at += 1;
                    break;
                }
                Some('}') => {
                    self.wrong(DefectKind::WrongBracket, here);
                    // The list was not closed; the bracket belongs to the object around it.
                    if self.depth == 1 {
                        self.at += 1;
                    }
                    break;
                }
                Some(',' | ';') => {
                    self.wrong(DefectKind::ExtraComma, here);
                    self.at += 1;
                }
                Some(':' | '=') => {
                    self.wrong(DefectKind::NoKey, here);
                    self.at += 1;
                }
                Some(_) => {
                    items.push(self.value());
                    comma = self.comma(']');
                }
            }
        }
        Form::List(items)
    }

    fn truncated(&mut self, opened: usize) {
        let said = self
            .defects
            .iter()
            .any(|it| matches!(it.kind, DefectKind::Truncated { .. } | DefectKind::TooDeep));
        if !said {
            let end = self.chars.len();
            self.wrong(DefectKind::Truncated { opened }, end.saturating_sub(1)..end);
        }
    }
}
