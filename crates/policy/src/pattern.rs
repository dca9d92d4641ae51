//! Patterns with `*` and `?`, and what of them can be compared without a request.

/// One step of a pattern or of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// This character.
    Char(char),
    /// Any one character: `?`.
    One,
    /// Any characters, also none: `*`.
    Many,
    /// Text that is not known: a variable (`${…}`) or a reference (`{{…}}`), by its own text.
    Open(String),
}

/// A text taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Token>);

/// How a text is to be taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Syntax {
    /// `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
    /// `${…}` is a variable.
    pub(crate) variables: bool,
    /// Letter case does not matter.
    pub(crate) fold: bool,
}

impl Pattern {
    /// Takes a pattern apart, leaving variables and references open.
    pub(crate) fn new(text: &str, syntax: Syntax) -> Self {
        Pattern::resolve(text, syntax, &mut |inner| {
            Some(Token::Open(format!("${{{inner}}}"))).into_iter().collect()
        })
    }

    /// Takes a pattern apart with a function that says what a variable stands for.
    fn resolve(text: &str, syntax: Syntax, variable: &mut dyn FnMut(&str) -> Vec<Token>) -> Self {
        let fold = |c: char| Token::Char(if syntax.fold { c.to_ascii_lowercase() } else { c });
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some((inner, after)) = enclosed(rest, "{{", "}}") {
                tokens.push(Token::Open(format!("{{{{{inner}}}}}")));
                rest = after;
                continue;
            }
            if let Some((inner, after)) = enclosed(rest, "${", "}").filter(|_| syntax.variables) {
                // IAM User Guide, "Policy elements: Variables and tags": `${*}`, `${?}` and `${$}` are these characters.
                match inner {
                    "*" | "?" | "$" => tokens.extend(inner.chars().map(Token::Char)),
                    _ => tokens.extend(variable(inner)),
                }
                rest = after;
                continue;
            }
            tokens.push(match c {
                '*' if syntax.wildcards => Token::Many,
                '?' if syntax.wildcards => Token::One,
                _ => fold(c),
            });
            rest = &rest[c.len_utf8()..];
        }
        Pattern(tokens)
    }

    /// Takes a pattern apart for a request; `None` if a variable has no value in it, so that nothing matches.
    pub(crate) fn filled(text: &str, syntax: Syntax, value: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let mut missing = false;
        let pattern = Pattern::resolve(text, syntax, &mut |inner| {
            let Some(value) = value(inner) else {
                missing = true;
                return Vec::new();
            };
            // The value of a variable is plain text: a `*` in it is no wildcard.
            Pattern::literal(&value, syntax.fold).0
        });
        Some(pattern).filter(|_| !missing)
    }

    /// A text in which nothing is special.
    pub(crate) fn literal(text: &str, fold: bool) -> Self {
        Pattern(
            text.chars()
                .map(|c| Token::Char(if fold { c.to_ascii_lowercase() } else { c }))
                .collect(),
        )
    }

    /// Whether every text that `other` matches, this one matches. May say no where it is so, never yes where not.
    pub(crate) fn covers(&self, other: &Pattern) -> bool {
        let (pattern, text) = (&self.0, &other.0);
        let (mut at, mut in_text) = (0, 0);
        // Where the last `*` stands, and how much of the text it has taken.
        let mut star: Option<(usize, usize)> = None;
        while in_text < text.len() {
            match pattern.get(at) {
                Some(Token::Many) => {
                    star = Some((at, in_text));
                    at += 1;
                }
                Some(token) if fits(token, &text[in_text]) => {
                    at += 1;
                    in_text += 1;
                }
                Some(_) | None => {
                    let Some((star_at, taken)) = star else { return false };
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    in_text = taken + 1;
                }
            }
        }
        pattern[at..].iter().all(|token| *token == Token::Many)
    }

    /// Whether a text matches. The text is plain.
    pub(crate) fn matches(&self, text: &str, fold: bool) -> bool {
        self.covers(&Pattern::literal(text, fold))
    }

    /// Whether some text may match both. May say yes where none does, never no where one does.
    pub(crate) fn overlaps(&self, other: &Pattern) -> bool {
        let (left, right) = (&self.0, &other.0);
        // One row of "can the rests meet" per token of the left, from the end.
        let mut below: Vec<bool> = (0..=right.len()).map(|at| right[at..].iter().all(vanishes)).collect();
        for token in left.iter().rev() {
            let mut row = vec![false; right.len() + 1];
            for at in (0..=right.len()).rev() {
                let here = right.get(at);
                let skip_left = vanishes(token) && below[at];
                let skip_right = here.is_some_and(vanishes) && row[at + 1];
                let both = here.is_some_and(|here| meets(token, here) && below[at + 1]);
                let keep_left = vanishes(token) && here.is_some() && row[at + 1];
                let keep_right = here.is_some_and(vanishes) && below[at];
                row[at] = skip_left || skip_right || both || keep_left || keep_right;
            }
            below = row;
        }
        below[0]
    }

    /// Whether everything matches.
    pub(crate) fn is_everything(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|token| *token == Token::Many)
    }

    /// Splits at the first five colons, as an ARN is; `None` if there are fewer.
    pub(crate) fn arn_parts(&self) -> Option<Vec<Pattern>> {
        let parts: Vec<Pattern> = self
            .0
            .splitn(6, |token| *token == Token::Char(':'))
            .map(|part| Pattern(part.to_vec()))
            .collect();
        Some(parts).filter(|parts| parts.len() == 6)
    }
}

/// Takes apart a text that begins with an enclosed part.
fn enclosed<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(open)?.split_once(close)
}

/// Whether a pattern's token stands for all that a token of the other pattern stands for.
fn fits(token: &Token, other: &Token) -> bool {
    match (token, other) {
        (Token::Many, _) => true,
        (Token::One, Token::One | Token::Char(_)) => true,
        (Token::Char(_) | Token::Open(_), _) => token == other,
        (Token::One, Token::Many | Token::Open(_)) => false,
    }
}

/// Whether a token may stand for no text, and for any number of characters.
fn vanishes(token: &Token) -> bool {
    matches!(token, Token::Many | Token::Open(_))
}

/// Whether two tokens may stand for one and the same character.
fn meets(left: &Token, right: &Token) -> bool {
    match (left, right) {
        (Token::Char(left), Token::Char(right)) => left == right,
        _ => true,
    }
}

/// How an action is read.
pub(crate) const ACTION: Syntax = Syntax {
    wildcards: true,
    variables: false,
    fold: true,
};

/// How a resource is read.
pub(crate) fn resource_syntax(variables: bool) -> Syntax {
    Syntax {
        wildcards: true,
        variables,
        fold: false,
    }
}

/// A resource with the parts that an old document may lack.
///
/// IAM User Guide, "Resource": of an ARN of fewer than six parts the rest is filled up with `*`. A `*` may reach over a
/// colon, so a resource is matched as one text.
pub(crate) fn whole_resource(text: &str) -> String {
    let parts = text.splitn(6, ':').count();
    if !text.starts_with("arn:") || parts == 6 || text.contains("{{") {
        return text.to_owned();
    }
    format!("{text}{}", ":*".repeat(6 - parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text, resource_syntax(true))
    }

    #[test]
    fn covering_is_never_claimed_in_vain() {
        let cases = [
            ("*", "abc", true),
            ("*", "", true),
            ("**", "a*", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "ab", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?", "a*", false),
            ("a*", "a?*", true),
            ("*a*b", "xaxaxb", true),
            ("*a*b", "xaxaxbc", false),
            ("a*", "a${aws:username}", true),
            ("a?", "a${aws:username}", false),
            ("*e}", "${aws:username}", false),
            ("${aws:username}/*", "${aws:username}/x", true),
            ("${aws:userid}", "${aws:username}", false),
            ("{{bucket.a.arn}}/*", "{{bucket.a.arn}}/x", true),
            ("{{bucket.a.arn}}", "{{bucket.b.arn}}", false),
            ("${*}", "*", false),
            ("*", "${*}", true),
            ("", "", true),
            ("", "a", false),
        ];
        for (wide, narrow, covers) in cases {
            assert_eq!(pattern(wide).covers(&pattern(narrow)), covers, "{wide} covers {narrow}");
        }
    }

    #[test]
    fn overlapping_is_never_denied_in_vain() {
        let cases = [
            ("a*", "*b", true),
            ("a*", "b*", false),
            ("a?", "?b", true),
            ("a?", "a", false),
            ("a*c", "a?c", true),
            ("abc", "abc", true),
            ("abc", "abd", false),
            ("*", "", true),
            ("a", "", false),
            ("a*b*c", "a?d", false),
            ("a*b*c", "a?c", true),
            ("a*b*c", "a?b?c", true),
            ("x${aws:username}", "xy", true),
            ("x${aws:username}", "y", false),
            ("{{bucket.a.arn}}", "{{bucket.b.arn}}", true),
            ("*x", "*y", false),
            ("x*", "*x*", true),
        ];
        for (left, right, overlaps) in cases {
            assert_eq!(pattern(left).overlaps(&pattern(right)), overlaps, "{left} and {right}");
            assert_eq!(pattern(right).overlaps(&pattern(left)), overlaps, "{right} and {left}");
        }
    }

    #[test]
    fn an_incomplete_arn_is_filled_up() {
        assert_eq!(whole_resource("arn:aws:s3"), "arn:aws:s3:*:*:*");
        assert_eq!(whole_resource("arn:aws:s3:::a:b"), "arn:aws:s3:::a:b");
        assert_eq!(whole_resource("*"), "*");
    }
}
