//! YAML text as a tree with places.
//!
//! Serde stops at the first error and keeps no places; this reader keeps both, is bounded, and takes less than YAML
//! offers: one document, text keys, no aliases, no tag but `!env NAME`.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use crate::error::{SpecError, Spot, quote};
use crate::mask::{Masks, says_secret};

/// The largest file that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;
const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 20_000;

/// A stretch of the file, lines and columns from 1, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: (usize, usize),
    pub(crate) end: (usize, usize),
}

impl Span {
    /// The rest of a line.
    pub(crate) fn line(line: usize, column: usize) -> Self {
        Self {
            start: (line, column),
            end: (line, usize::MAX),
        }
    }

    pub(crate) fn spot(self) -> Spot {
        let length = if self.start.0 == self.end.0 {
            self.end.1.saturating_sub(self.start.1)
        } else {
            1
        };
        Spot {
            line: self.start.0,
            column: self.start.1,
            length: length.max(1),
        }
    }
}

/// A node of the tree. It has no `Debug`: it may hold secrets.
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) form: Form,
}

/// What a node is.
pub(crate) enum Form {
    /// A text, a number, a word: what it means depends on what is expected.
    Scalar {
        /// The characters.
        text: String,
        /// Whether it stands there without quotes.
        plain: bool,
    },
    /// `!env NAME`.
    Env(String),
    /// A list.
    List(Vec<Node>),
    /// A map; every key stands once.
    Map(Vec<Pair>),
    /// Something that has been reported already.
    Broken,
}

/// An entry of a map.
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) at: Spot,
    pub(crate) value: Node,
}

impl Node {
    /// Whether nothing is written: an empty value, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.form, Form::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// An entry of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Pair> {
        self.pairs().iter().find(|pair| pair.key == key)
    }

    /// The entries of a map; none of anything else.
    pub(crate) fn pairs(&self) -> &[Pair] {
        match &self.form {
            Form::Map(pairs) => pairs,
            Form::Scalar { .. } | Form::Env(_) | Form::List(_) | Form::Broken => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.form {
            Form::List(items) => items,
            Form::Scalar { .. } | Form::Env(_) | Form::Map(_) | Form::Broken => &[],
        }
    }

    /// Where it is, to be pointed at.
    pub(crate) fn spot(&self) -> Spot {
        self.span.spot()
    }
}

/// What came of a text: the tree, and everything that YAML or our bounds do not allow.
pub(crate) struct Parsed {
    /// Absent where the text is no YAML at all.
    pub(crate) root: Option<Node>,
    pub(crate) errors: Vec<SpecError>,
    /// What must not be shown.
    pub(crate) masks: Masks,
}

/// Reads a text.
pub(crate) fn parse(text: &str) -> Parsed {
    if text.len() > MAX_BYTES {
        let error = SpecError::new(Spot::START, format!("the file has {} bytes", text.len()))
            .valid(format!("at most {MAX_BYTES} bytes"));
        return Parsed {
            root: None,
            errors: vec![error],
            masks: Masks::default(),
        };
    }
    let options = serde_saphyr::granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_comments: false,
        disallow_directives: true,
    };
    let mut tree = Tree::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let fatal = match event {
            Ok((event, span)) => {
                let tagged = span.tag_start();
                let mut place = Span {
                    start: place(&span.start),
                    end: place(&span.end),
                };
                if let Some(tag) = tagged {
                    place.start = self::place(&tag).min(place.start);
                }
                tree.event(event, place)
            }
            Err(error) => Err(Box::new(syntax(&error, text))),
        };
        if let Err(error) = fatal {
            tree.errors.push(*error);
            return Parsed {
                root: None,
                errors: tree.errors,
                masks: Masks::of_text(text),
            };
        }
    }
    Parsed {
        masks: Masks::of_tree(tree.root.as_ref(), &tree.thrown),
        root: tree.root,
        errors: tree.errors,
    }
}

fn place(marker: &Marker) -> (usize, usize) {
    (marker.line().max(1), marker.col() + 1)
}

fn syntax(error: &ScanError, text: &str) -> SpecError {
    let (line, column) = place(error.marker());
    let lines = text.lines().count().max(1);
    // At the end of the file the parser points behind the last line.
    let at = if line > lines {
        let last = text.lines().last().unwrap_or_default().chars().count();
        Spot {
            line: lines,
            column: last + 1,
            length: 1,
        }
    } else {
        Spot {
            line,
            column,
            length: 1,
        }
    };
    let wrong = SpecError::new(at, format!("this is not YAML: {}", error.info()));
    let kind = error.kind();
    if *kind == ErrorKind::MappingValueNotAllowed {
        wrong.hint("a text with `: ` in it needs quotes around it")
    } else if matches!(kind, ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation) {
        wrong.hint("indent with spaces")
    } else if matches!(
        kind,
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation | ErrorKind::SimpleKeyExpected
    ) {
        wrong.hint("keys of one map begin in the same column, each with a `:` behind it")
    } else {
        wrong
    }
}

/// A collection whose end has not come yet.
enum Open {
    List {
        start: Span,
        items: Vec<Node>,
    },
    Map {
        start: Span,
        pairs: Vec<Pair>,
        known: HashMap<String, Spot>,
        key: Option<Key>,
        wrong: bool,
    },
}

enum Key {
    Text(String, Spot),
    /// The key has been reported; its value is thrown away.
    Wrong(String, Spot),
}

#[derive(Default)]
struct Tree {
    root: Option<Node>,
    thrown: Vec<Pair>,
    open: Vec<Open>,
    errors: Vec<SpecError>,
    nodes: usize,
    documents: usize,
}

impl Tree {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<SpecError>> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let error = SpecError::new(span.spot(), "a second document begins here")
                        .valid("one document in a file")
                        .hint("write a file for each stack");
                    return Err(Box::new(error));
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.count(span)?;
                self.errors.push(
                    SpecError::new(span.spot(), "aliases are not read").hint("write out what the alias stands for"),
                );
                self.add(Node {
                    span,
                    form: Form::Broken,
                });
            }
            Event::Scalar(text, style, _, tag) => {
                self.count(span)?;
                let form = self.scalar(&text, style, tag.as_deref(), span);
                self.add(Node { span, form });
            }
            Event::SequenceStart(_, _, tag) => {
                self.begin(span, tag.as_deref())?;
                self.open.push(Open::List {
                    start: span,
                    items: Vec::new(),
                });
            }
            Event::MappingStart(_, _, tag) => {
                self.begin(span, tag.as_deref())?;
                self.open.push(Open::Map {
                    start: span,
                    pairs: Vec::new(),
                    known: HashMap::new(),
                    key: None,
                    wrong: false,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (start, form) = match self.open.pop() {
                    Some(Open::List { start, items }) => (start, Form::List(items)),
                    // What is left of a map of wrong keys says nothing.
                    Some(Open::Map {
                        start, pairs, wrong, ..
                    }) if wrong && pairs.is_empty() => (start, Form::Broken),
                    Some(Open::Map { start, pairs, .. }) => (start, Form::Map(pairs)),
                    // The parser closes only what it has opened.
                    None => return Ok(()),
                };
                let span = Span {
                    start: start.start,
                    end: span.end.max(start.end),
                };
                self.add(Node { span, form });
            }
            // Comments and anchors are presentation; the rest frames the stream.
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Anchor(..) | _ => {}
        }
        Ok(())
    }

    fn count(&mut self, span: Span) -> Result<(), Box<SpecError>> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let error = SpecError::new(span.spot(), "the file has too many values")
                .valid(format!("at most {MAX_NODES} keys, values and items"));
            return Err(Box::new(error));
        }
        Ok(())
    }

    fn begin(&mut self, span: Span, tag: Option<&Tag>) -> Result<(), Box<SpecError>> {
        self.count(span)?;
        if self.open.len() >= MAX_DEPTH {
            let error =
                SpecError::new(span.spot(), "this is nested too deeply").valid(format!("at most {MAX_DEPTH} levels"));
            return Err(Box::new(error));
        }
        if let Some(tag) = tag {
            self.unknown_tag(tag, span);
        }
        Ok(())
    }

    /// Whether what is being read stands behind a key that says password, secret or token.
    fn telling(&self) -> bool {
        self.open.iter().any(|open| match open {
            Open::Map {
                key: Some(Key::Text(key, _) | Key::Wrong(key, _)),
                ..
            } => says_secret(key),
            Open::Map { key: None, .. } | Open::List { .. } => false,
        })
    }

    fn unknown_tag(&mut self, tag: &Tag, span: Span) {
        // A password that begins with an exclamation mark is a tag for YAML.
        let shown = if self.telling() {
            "this tag (not shown)".to_owned()
        } else {
            format!("the tag {}", quote(&tag.original()))
        };
        let mut error = SpecError::new(span.spot(), format!("{shown} is not read")).valid("no tag but `!env NAME`");
        if tag.handle() == "!" && tag.suffix().eq_ignore_ascii_case("env") {
            error = error.hint("write `!env` in small letters");
        }
        self.errors.push(error);
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Form {
        let Some(tag) = tag else {
            return Form::Scalar {
                text: text.to_owned(),
                plain: style == ScalarStyle::Plain,
            };
        };
        if tag.handle() != "!" || tag.suffix() != "env" {
            self.unknown_tag(tag, span);
            return Form::Broken;
        }
        let named = text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !named {
            self.errors.push(
                SpecError::new(span.spot(), "`!env` without the name of an environment variable")
                    .valid("`!env NAME`, with letters, digits and `_`"),
            );
            return Form::Broken;
        }
        Form::Env(text.to_owned())
    }

    fn add(&mut self, node: Node) {
        let telling = self.telling();
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map {
                pairs,
                known,
                key,
                wrong,
                ..
            }) => match key.take() {
                None => {
                    let at = node.spot();
                    *key = Some(match read_key(&node, telling) {
                        Ok(text) => match known.get(&text) {
                            None => Key::Text(text, at),
                            Some(first) => {
                                self.errors.push(
                                    SpecError::new(at, format!("the key {} stands twice", quote(&text)))
                                        .label("here again")
                                        .also(*first, "first here"),
                                );
                                Key::Wrong(text, at)
                            }
                        },
                        Err(error) => {
                            *wrong = true;
                            self.errors.extend(error.map(|error| *error));
                            self.thrown.push(Pair {
                                key: String::new(),
                                at,
                                value: node,
                            });
                            Key::Wrong(String::new(), at)
                        }
                    });
                }
                Some(Key::Wrong(key, at)) => self.thrown.push(Pair { key, at, value: node }),
                Some(Key::Text(key, at)) => {
                    known.insert(key.clone(), at);
                    pairs.push(Pair { key, at, value: node });
                }
            },
        }
    }
}

/// A key, or what is wrong with it; nothing where that has been said.
fn read_key(node: &Node, telling: bool) -> Result<String, Option<Box<SpecError>>> {
    let wrong = |message: &str| SpecError::new(node.spot(), message);
    let error = match &node.form {
        Form::Scalar { text, plain } if *plain && text == "<<" => {
            wrong("merge keys are not read").hint("write out the fields that `<<` would bring")
        }
        Form::Scalar { .. } if node.is_null() => wrong("a key is missing here").valid("a name, then `:`"),
        Form::Scalar { text, .. } => return Ok(text.clone()),
        // `{{user_pool.main.id}}` without quotes is a map in a map for YAML.
        Form::Map(pairs) if pairs.iter().any(|pair| pair.value.is_null() && pair.key.contains('.')) => {
            let inside = pairs.first().map_or("", |pair| pair.key.as_str());
            let inside = if telling { "…" } else { inside };
            wrong("a reference stands without quotes")
                .hint(format!("write {}", quote(&format!("\"{{{{{inside}}}}}\""))))
        }
        Form::Env(_) | Form::List(_) | Form::Map(_) => wrong("a key must be text").valid("a name, then `:`"),
        Form::Broken => return Err(None),
    };
    Err(Some(Box::new(error)))
}
