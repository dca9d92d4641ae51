//! A tree of YAML and the shape that is wanted become a value; every misfit is an error of its own.

use std::collections::BTreeMap;

use crate::address::AddressError;
use crate::document;
use crate::error::{SpecError, Spot, nearest, quote};
use crate::kinds::Kind;
use crate::mask::hidden;
use crate::secret::Secret;
use crate::shape::{Class, FieldShape, Shape};
use crate::value::{Piece, Text, Value};
use crate::yaml::{Form, Node, Pair};

/// Looks an environment variable up.
pub(crate) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads values and gathers what is wrong.
pub(crate) struct Reader<'a> {
    env: Env<'a>,
    /// What is wrong so far.
    pub(crate) errors: Vec<SpecError>,
    /// Whether what is read must not be shown.
    quiet: bool,
    /// The keys that lead to what is read.
    path: Vec<String>,
}

impl<'a> Reader<'a> {
    /// A reader that looks environment variables up with a function.
    pub(crate) fn new(env: Env<'a>) -> Self {
        Self {
            env,
            errors: Vec::new(),
            quiet: false,
            path: Vec::new(),
        }
    }

    /// Reads the sections of a file, all but `resources`.
    pub(crate) fn top(&mut self, root: &Node) -> BTreeMap<String, Value> {
        self.fields(root, Spot::START, document::sections(), Some(document::RESOURCES))
    }

    /// Reads a record whose keys of later versions are those of a section.
    pub(crate) fn record_of(
        &mut self,
        node: &Node,
        at: Spot,
        fields: &[FieldShape],
        section: Option<&str>,
    ) -> BTreeMap<String, Value> {
        let path = section.map(|section| section.split('.').map(str::to_owned).collect());
        let before = std::mem::replace(&mut self.path, path.unwrap_or_default());
        let values = self.record(node, at, fields);
        self.path = before;
        values
    }

    /// Reads the fields of a record: those that are written, and the defaults of the others. Wrong ones are absent,
    /// and so are optional ones that are not written.
    fn record(&mut self, node: &Node, at: Spot, fields: &[FieldShape]) -> BTreeMap<String, Value> {
        self.fields(node, at, fields, None)
    }

    fn fields(
        &mut self,
        node: &Node,
        at: Spot,
        fields: &[FieldShape],
        besides: Option<&'static str>,
    ) -> BTreeMap<String, Value> {
        let mut values = BTreeMap::new();
        let keys = || fields.iter().map(|it| it.name).chain(besides);
        if !self.is_map(node, at, || format!("a map with {}", names(keys()))) {
            return values;
        }
        for pair in node.pairs() {
            if besides == Some(pair.key.as_str()) {
                continue;
            }
            match fields.iter().find(|field| field.name == pair.key) {
                None => self.unknown(pair, &keys().collect::<Vec<_>>()),
                Some(field) => {
                    if let Some(value) = self.field(pair, field) {
                        values.insert(pair.key.clone(), value);
                    }
                }
            }
        }
        for field in fields {
            if node.get(field.name).is_some() {
                continue;
            }
            match &field.default {
                Some(default) => {
                    values.insert(field.name.to_owned(), default.clone());
                }
                None if field.optional => {}
                None => {
                    let error = SpecError::new(at, format!("`{}` is missing here", field.name)).valid(format!(
                        "`{}: …`, {}",
                        field.name,
                        field.shape.title()
                    ));
                    self.errors.push(error);
                }
            }
        }
        values
    }

    /// Reads one field of a record.
    fn field(&mut self, pair: &Pair, field: &FieldShape) -> Option<Value> {
        if pair.value.is_null() && field.optional && field.class == Class::IfWritten {
            return None;
        }
        self.behind(pair, |reader| {
            if let (true, Shape::Record(_) | Shape::Table(_) | Shape::Entries(_)) = (pair.value.is_null(), &field.shape)
            {
                let error = SpecError::new(pair.at, format!("nothing stands behind `{}`", field.name))
                    .valid(field.shape.title())
                    .hint(format!("write `{}: {{}}` for an empty one", field.name));
                reader.errors.push(error);
                return None;
            }
            reader.value(&pair.value, pair.at, &field.shape)
        })
    }

    /// Reads what stands behind a key, quietly where the key says so.
    pub(crate) fn behind<T>(&mut self, pair: &Pair, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.quiet;
        self.quiet |= hidden(&pair.key, &pair.value);
        self.path.push(pair.key.clone());
        let result = read(self);
        self.path.pop();
        self.quiet = before;
        result
    }

    /// Reads a value; `at` is the key before it, to point at where nothing stands.
    fn value(&mut self, node: &Node, at: Spot, shape: &Shape) -> Option<Value> {
        if matches!(node.form, Form::Broken) {
            return None;
        }
        match shape {
            Shape::Bool => self.bool(node, at),
            Shape::Int(low, high) => self.int(node, at, *low, *high, shape),
            Shape::Duration => self.duration(node, at),
            Shape::Text => self.text(node, at, shape),
            Shape::Secret => self.secret(node, at, shape),
            Shape::Choice(words) => self.choice(node, at, words, shape),
            Shape::Policy => self.policy(node, at),
            Shape::Set(of) => {
                let items = self.items(node, at, of, shape)?;
                let mut seen: BTreeMap<Value, Spot> = BTreeMap::new();
                for (value, item) in items {
                    if let Some(first) = seen.get(&value) {
                        let error = SpecError::new(item.spot(), "this stands twice in the list")
                            .label("here again")
                            .also(*first, "first here");
                        self.errors.push(error);
                    } else {
                        seen.insert(value, item.spot());
                    }
                }
                Some(Value::Set(seen.into_keys().collect()))
            }
            Shape::List(of) => {
                let items = self.items(node, at, of, shape)?;
                Some(Value::List(items.into_iter().map(|(value, _)| value).collect()))
            }
            Shape::Table(of) => self.entries(node, at, of, shape).map(Value::Table),
            Shape::Entries(of) => self.entries(node, at, of, shape).map(Value::Map),
            Shape::Record(fields) => {
                let mut values = self.record(node, at, fields);
                if !matches!(node.form, Form::Map(_)) {
                    return None;
                }
                // Inside of a record the tree says "not ours" with a null, as typed values do.
                for field in fields.iter().filter(|field| field.optional) {
                    values.entry(field.name.to_owned()).or_insert(Value::Null);
                }
                Some(Value::Map(values))
            }
        }
    }

    fn items<'n>(&mut self, node: &'n Node, at: Spot, of: &Shape, shape: &Shape) -> Option<Vec<(Value, &'n Node)>> {
        let Form::List(items) = &node.form else {
            let error = self.misfit(node, at, shape);
            self.errors
                .push(if matches!(node.form, Form::Scalar { .. }) && !node.is_null() {
                    error.hint("a list is written `[one, two]`, or with `- ` before each item")
                } else {
                    error
                });
            return None;
        };
        let mut values = Vec::new();
        for item in items {
            let spot = item.spot();
            if let Some(value) = self.value(item, spot, of) {
                values.push((value, item));
            }
        }
        // Half a list would only lead to errors that follow from the first; of records the good ones are kept.
        (values.len() == items.len() || matches!(of, Shape::Record(_))).then_some(values)
    }

    fn entries(&mut self, node: &Node, at: Spot, of: &Shape, shape: &Shape) -> Option<BTreeMap<String, Value>> {
        if !self.is_map(node, at, || shape.title()) {
            return None;
        }
        let mut values = BTreeMap::new();
        for pair in node.pairs() {
            let value = self.behind(pair, |reader| reader.value(&pair.value, pair.at, of));
            if let Some(value) = value {
                values.insert(pair.key.clone(), value);
            }
        }
        Some(values)
    }

    fn is_map(&mut self, node: &Node, at: Spot, valid: impl Fn() -> String) -> bool {
        match &node.form {
            Form::Map(_) => true,
            Form::Broken => false,
            Form::Scalar { .. } | Form::Env(_) | Form::List(_) => {
                let message = format!("a map belongs here, not {}", self.found(node));
                self.errors
                    .push(SpecError::new(self.spot(node, at), message).valid(valid()));
                false
            }
        }
    }

    fn bool(&mut self, node: &Node, at: Spot) -> Option<Value> {
        if let Form::Scalar { text, plain } = &node.form {
            match (text.as_str(), plain) {
                ("true", true) => return Some(Value::Bool(true)),
                ("false", true) => return Some(Value::Bool(false)),
                _ => {}
            }
            let hint = match text.to_lowercase().as_str() {
                "true" | "false" if !plain => Some(format!("write `{}` without quotes", text.to_lowercase())),
                "true" | "yes" | "on" | "y" => Some("write `true`".to_owned()),
                "false" | "no" | "off" | "n" => Some("write `false`".to_owned()),
                _ => None,
            };
            let mut error = self.misfit(node, at, &Shape::Bool);
            error.hint = hint;
            self.errors.push(error);
        } else {
            let error = self.misfit(node, at, &Shape::Bool);
            self.errors.push(error);
        }
        None
    }

    fn int(&mut self, node: &Node, at: Spot, low: i64, high: i64, shape: &Shape) -> Option<Value> {
        let mut error = self.misfit(node, at, shape);
        if let Form::Scalar { text, plain } = &node.form {
            match text.parse::<i64>() {
                Ok(number) if *plain && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
                    if (low..=high).contains(&number) {
                        return Some(Value::Int(number));
                    }
                }
                Ok(_) if !plain => error = error.hint("write the number without quotes"),
                Ok(_) | Err(_) => {}
            }
        }
        self.errors.push(error);
        None
    }

    fn duration(&mut self, node: &Node, at: Spot) -> Option<Value> {
        let mut error = self.misfit(node, at, &Shape::Duration);
        if let Form::Scalar { text, .. } = &node.form {
            match duration(text) {
                Ok(seconds) => return Some(Value::Duration(seconds)),
                Err(hint) => {
                    error.hint = hint
                        .filter(|_| !self.quiet)
                        .map(|meant| format!("did you mean `{meant}`?"));
                }
            }
        }
        self.errors.push(error);
        None
    }

    fn text(&mut self, node: &Node, at: Spot, shape: &Shape) -> Option<Value> {
        match &node.form {
            Form::Env(name) => self.env(name, node).map(Value::from),
            Form::Scalar { text, plain } => {
                if node.is_null() || *plain && untextual(text) {
                    let mut error = self.misfit(node, at, shape);
                    if !node.is_null() && !self.quiet {
                        let account = self.path.last().is_some_and(|key| key == "account" || key == "owner");
                        let lost = account && (9..12).contains(&text.len()) && !text.contains(['.', 'x', 'e']);
                        error = error.hint(if lost {
                            format!("a leading zero was lost? write `\"{text:0>12}\"`")
                        } else {
                            format!("write it in quotes: `\"{text}\"`")
                        });
                    }
                    self.errors.push(error);
                    return None;
                }
                self.parse_text(text, node).map(Value::Text)
            }
            Form::List(_) | Form::Map(_) | Form::Broken => {
                let mut error = self.misfit(node, at, shape);
                if let Form::Map(pairs) = &node.form
                    && pairs.is_empty()
                {
                    error = error.hint("braces in a text need quotes around it");
                }
                self.errors.push(error);
                None
            }
        }
    }

    /// Reads references in a text.
    fn parse_text(&mut self, text: &str, node: &Node) -> Option<Text> {
        match Text::parse(text) {
            Ok(text) => Some(text),
            Err(error) => {
                let error = self.reference(&error, node.spot());
                self.errors.push(error);
                None
            }
        }
    }

    /// What is wrong with a reference or an address.
    pub(crate) fn reference(&self, error: &AddressError, at: Spot) -> SpecError {
        if self.quiet {
            return SpecError::new(at, "a reference in this text is wrong").valid("`{{kind.name.output}}`");
        }
        address_error(error, at)
    }

    fn secret(&mut self, node: &Node, at: Spot, shape: &Shape) -> Option<Value> {
        match &node.form {
            Form::Env(name) => self.env(name, node).map(|text| Value::Secret(Secret::new(text))),
            Form::Scalar { text, .. } if !node.is_null() => {
                // No secret at all, which `expand` writes for a client without one.
                if text.is_empty() {
                    return Some(Value::Secret(Secret::new("")));
                }
                if let Ok(text) = Text::parse(text)
                    && matches!(text.pieces(), [Piece::Reference(_)])
                {
                    return Some(Value::Text(text));
                }
                let error = SpecError::new(node.spot(), "a secret stands in the file")
                    .valid(shape.title())
                    .hint("set an environment variable and write `!env` and its name; whoever can read this file or its history knows this secret, so change it");
                self.errors.push(error);
                None
            }
            Form::Scalar { .. } | Form::List(_) | Form::Map(_) | Form::Broken => {
                let error = self.misfit(node, at, shape);
                self.errors.push(error);
                None
            }
        }
    }

    fn env(&mut self, name: &str, node: &Node) -> Option<String> {
        let found = (self.env)(name);
        if found.as_deref().is_none_or(str::is_empty) {
            let problem = if found.is_some() { "is empty" } else { "is not set" };
            let error = SpecError::new(node.spot(), format!("the environment variable `{name}` {problem}"))
                .hint(format!("set it before igvctl runs: `export {name}=…`"));
            self.errors.push(error);
            return None;
        }
        found
    }

    fn choice(
        &mut self,
        node: &Node,
        at: Spot,
        words: &'static [(&'static str, &'static str)],
        shape: &Shape,
    ) -> Option<Value> {
        let mut error = self.misfit(node, at, shape);
        if let Form::Scalar { text, .. } = &node.form {
            if words.iter().any(|(word, _)| word == text) {
                return Some(Value::from(text.as_str()));
            }
            if !node.is_null() {
                error = error.meant(nearest(text, words.iter().map(|(word, _)| *word)));
            }
        }
        self.errors.push(error);
        None
    }

    fn policy(&mut self, node: &Node, at: Spot) -> Option<Value> {
        let document = match &node.form {
            Form::Map(_) => self
                .json(node)
                .map(|json| policy::Document::from_json(&json))?
                .map_err(|error| error.faults),
            Form::Scalar { text, .. } if !node.is_null() => policy::Document::parse(text).map_err(|error| error.faults),
            Form::Scalar { .. } | Form::Env(_) | Form::List(_) | Form::Broken => {
                let error = self
                    .misfit(node, at, &Shape::Policy)
                    .hint("write it as a map with `Version` and `Statement`, or as JSON in quotes");
                self.errors.push(error);
                return None;
            }
        };
        match document {
            Ok(document) => {
                let wrong: Vec<SpecError> = document
                    .strings()
                    .into_iter()
                    .filter_map(|text| Text::parse(text).err())
                    .map(|error| self.reference(&error, self.spot(node, at)))
                    .collect();
                let fine = wrong.is_empty();
                self.errors.extend(wrong);
                fine.then_some(Value::Policy(document))
            }
            Err(faults) => {
                for fault in faults {
                    let spot = follow(node, at, &fault.path);
                    let place = if fault.path.is_empty() || matches!(node.form, Form::Map(_)) {
                        String::new()
                    } else {
                        format!("{}: ", fault.path)
                    };
                    let problem = if self.quiet { "a part is wrong" } else { &fault.problem };
                    self.errors.push(
                        SpecError::new(spot, format!("not a policy document: {place}{problem}")).valid(fault.valid),
                    );
                }
                None
            }
        }
    }

    /// The node as JSON, for what is JSON by nature.
    fn json(&mut self, node: &Node) -> Option<serde_json::Value> {
        use serde_json::Value as Json;
        Some(match &node.form {
            Form::Env(name) => Json::String(self.env(name, node)?),
            Form::Scalar { text, plain } => match text.as_str() {
                _ if node.is_null() => Json::Null,
                "true" if *plain => Json::Bool(true),
                "false" if *plain => Json::Bool(false),
                _ => match text.parse::<i64>() {
                    Ok(number) if *plain && number.to_string() == *text => Json::from(number),
                    Ok(_) | Err(_) => Json::String(text.clone()),
                },
            },
            Form::List(items) => Json::Array(items.iter().map(|item| self.json(item)).collect::<Option<_>>()?),
            Form::Map(pairs) => {
                let mut map = serde_json::Map::new();
                for pair in pairs {
                    map.insert(pair.key.clone(), self.json(&pair.value)?);
                }
                Json::Object(map)
            }
            Form::Broken => return None,
        })
    }

    fn unknown(&mut self, pair: &Pair, keys: &[&'static str]) {
        if let Some(later) = document::later(&self.path.join("."), &pair.key) {
            let error = SpecError::new(pair.at, format!("unknown key {}", quote(&pair.key)))
                .label(format!("{later}: this version does not have it yet"))
                .valid(names(keys.iter().copied()));
            self.errors.push(error);
            return;
        }
        let meant = nearest(&pair.key, keys.iter().copied());
        let mut error =
            SpecError::new(pair.at, format!("unknown key {}", quote(&pair.key))).valid(names(keys.iter().copied()));
        if self.path.iter().any(|key| key == "users") && pair.key.ends_with("password") {
            error = error.hint("no password stands in the file: Cognito makes a temporary one and mails it");
        } else if meant.is_none()
            && let Some(home) = document::home(&pair.key)
        {
            error = error.hint(format!("`{}` belongs {home}", pair.key));
        }
        self.errors.push(error.meant(meant));
    }

    /// Where to point for a node: at the key before it where nothing stands, or where it begins on a line of its own.
    fn spot(&self, node: &Node, at: Spot) -> Spot {
        if node.is_null() && node.span.start == node.span.end || matches!(node.form, Form::List(_) | Form::Map(_)) {
            at
        } else {
            node.spot()
        }
    }

    fn misfit(&self, node: &Node, at: Spot, shape: &Shape) -> SpecError {
        let wanted = match shape {
            Shape::Bool => "`true` or `false` belongs here",
            Shape::Int(..) => "a whole number belongs here",
            Shape::Duration => "a duration belongs here",
            Shape::Text => "a text belongs here",
            Shape::Secret => "a secret belongs here",
            Shape::Choice(_) => "one of a few words belongs here",
            Shape::Policy => "a policy document belongs here",
            Shape::Set(_) | Shape::List(_) => "a list belongs here",
            Shape::Table(_) | Shape::Entries(_) | Shape::Record(_) => "a map belongs here",
        };
        let error = SpecError::new(self.spot(node, at), format!("{wanted}, not {}", self.found(node)));
        match shape {
            // The message has said it.
            Shape::Bool | Shape::Text | Shape::Policy => error,
            Shape::Int(..)
            | Shape::Duration
            | Shape::Secret
            | Shape::Choice(_)
            | Shape::Set(_)
            | Shape::List(_)
            | Shape::Table(_)
            | Shape::Entries(_)
            | Shape::Record(_) => error.valid(shape.title()),
        }
    }

    /// What stands there, in words.
    fn found(&self, node: &Node) -> String {
        match &node.form {
            Form::Scalar { .. } if node.is_null() => "nothing".to_owned(),
            Form::Scalar { .. } if self.quiet => "this (not shown)".to_owned(),
            Form::Scalar { text, plain: true } if untextual(text) => quote(text),
            Form::Scalar { text, .. } => format!("the text {}", quote(text)),
            Form::Env(_) => "`!env`, which stands for text".to_owned(),
            Form::List(_) => "a list".to_owned(),
            Form::Map(_) => "a map".to_owned(),
            Form::Broken => "what stands there".to_owned(),
        }
    }
}

/// What is wrong with an address or a reference, with what was probably meant.
pub(crate) fn address_error(error: &AddressError, at: Spot) -> SpecError {
    match error {
        AddressError::Form(text) => SpecError::new(at, format!("{} is no address", quote(text)))
            .valid("a kind, a dot and a name, like `user_pool.main`; in a reference also a dot and an output"),
        AddressError::Kind { kind } => SpecError::new(at, format!("{} is no kind", quote(kind)))
            .valid(names(Kind::names()))
            .meant(nearest(kind, Kind::names())),
        AddressError::Output { kind, output } => {
            let outputs = kind.descriptor().outputs.iter().map(|it| it.name);
            let error = SpecError::new(at, format!("`{kind}` has no output {}", quote(output)))
                .meant(nearest(output, outputs.clone()));
            if outputs.clone().next().is_none() {
                error.valid(format!("`{kind}` has no outputs"))
            } else {
                error.valid(names(outputs))
            }
        }
    }
}

/// Names in backticks with commas.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Whether YAML readers take a plain word for something else than text: a number, a yes or no.
pub(crate) fn untextual(text: &str) -> bool {
    let lower = text.to_lowercase();
    let digits = lower.trim_start_matches(['-', '+']);
    // Rust also reads `infinity` and `nan` as numbers, which are words in YAML.
    let number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && (digits.parse::<f64>().is_ok()
            || digits.starts_with("0x") && digits[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
            || digits.starts_with("0o") && digits[2..].bytes().all(|byte| byte.is_ascii_digit())
            || matches!(digits, ".inf" | ".nan"));
    number || matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off")
}

/// The seconds of a length of time, or what was probably meant.
pub(crate) fn duration(text: &str) -> Result<u64, Option<String>> {
    const UNITS: [(&str, u64); 4] = [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400)];
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim();
    let number: u64 = number.parse().map_err(|_| None)?;
    for (word, seconds) in UNITS {
        if unit == word || unit.strip_suffix('s') == Some(word) {
            return number
                .checked_mul(seconds)
                .filter(|it| *it <= u64::from(u32::MAX) * 60)
                .ok_or(None);
        }
    }
    let word = match unit.to_lowercase().as_str() {
        "s" | "sec" | "secs" => Some("second"),
        "" | "m" | "min" | "mins" => Some("minute"),
        "h" | "hr" | "hrs" => Some("hour"),
        "d" => Some("day"),
        "w" | "week" | "weeks" => return Err(Some(write(number.saturating_mul(7), "day"))),
        other => UNITS
            .iter()
            .map(|(word, _)| *word)
            .find(|word| strsim::damerau_levenshtein(other.trim_end_matches('s'), word) <= 2),
    };
    Err(word.map(|word| write(number, word)))
}

fn write(number: u64, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// A length of time as it is written: in the largest unit that fits.
pub(crate) fn duration_text(seconds: u64) -> String {
    for (word, unit) in [("day", 86_400), ("hour", 3600), ("minute", 60)] {
        if seconds > 0 && seconds.is_multiple_of(unit) {
            return write(seconds / unit, word);
        }
    }
    write(seconds, "second")
}

/// Follows a path such as `Statement[0].Condition.StringEquals` into a node, as far as it goes.
fn follow(node: &Node, at: Spot, path: &str) -> Spot {
    let mut spot = match &node.form {
        Form::Scalar { .. } => node.spot(),
        Form::Env(_) | Form::List(_) | Form::Map(_) | Form::Broken => at,
    };
    let mut node = node;
    let mut rest = path;
    loop {
        rest = rest.trim_start_matches('.');
        if let Some(inside) = rest.strip_prefix('[') {
            let Some((index, after)) = inside.split_once(']') else {
                return spot;
            };
            let item = index.parse::<usize>().ok().and_then(|index| node.items().get(index));
            let Some(item) = item else { return spot };
            (node, spot, rest) = (item, item.spot(), after);
            continue;
        }
        // Keys may hold dots and brackets, so the longest that fits is taken.
        let pair = node
            .pairs()
            .iter()
            .filter(|pair| rest.starts_with(pair.key.as_str()))
            .max_by_key(|pair| pair.key.len());
        let Some(pair) = pair.filter(|_| !rest.is_empty()) else {
            return spot;
        };
        rest = &rest[pair.key.len()..];
        (node, spot) = (&pair.value, pair.at);
        if matches!(node.form, Form::Scalar { .. } | Form::Env(_)) && !node.is_null() {
            spot = node.spot();
        }
    }
}
