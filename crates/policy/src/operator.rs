//! The condition operators: `ForAnyValue:StringLikeIfExists` and the like, taken apart.
//!
//! IAM compares their names with regard to letter case (`Invalid Condition type : stringEquals`), so we do.

use std::fmt;

/// A condition operator with its quantifier and its `IfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`, if written.
    pub quantifier: Option<Quantifier>,
    /// What is compared and how.
    pub test: Test,
    /// Whether a request without the key passes.
    pub if_exists: bool,
}

/// How the several values of one key in a request count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantifier {
    /// Every value of the request must pass; a request without the key passes.
    ForAllValues,
    /// One value of the request must pass.
    ForAnyValue,
}

macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        /// The comparison an operator makes, named as IAM names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the names are IAM's own and documented there")]
        pub enum Test { $($name),* }

        impl Test {
            /// All comparisons IAM knows.
            pub const ALL: &'static [Test] = &[$(Test::$name),*];

            /// The comparison's name in a document.
            pub fn name(self) -> &'static str {
                match self { $(Test::$name => stringify!($name)),* }
            }
        }
    };
}

tests! {
    StringEquals, StringNotEquals, StringEqualsIgnoreCase, StringNotEqualsIgnoreCase, StringLike, StringNotLike,
    NumericEquals, NumericNotEquals, NumericLessThan, NumericLessThanEquals, NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals, DateNotEquals, DateLessThan, DateLessThanEquals, DateGreaterThan, DateGreaterThanEquals,
    Bool, BinaryEquals, IpAddress, NotIpAddress, ArnEquals, ArnLike, ArnNotEquals, ArnNotLike, Null,
}

impl Test {
    /// Whether the comparison passes when no value is equal, so that it passes without the key too.
    pub fn negative(self) -> bool {
        matches!(
            self,
            Test::StringNotEquals
                | Test::StringNotEqualsIgnoreCase
                | Test::StringNotLike
                | Test::NumericNotEquals
                | Test::DateNotEquals
                | Test::NotIpAddress
                | Test::ArnNotEquals
                | Test::ArnNotLike
        )
    }

    /// Whether the comparison is of texts or ARNs, the only ones in which IAM resolves variables.
    pub fn textual(self) -> bool {
        let name = self.name();
        name.starts_with("String") || name.starts_with("Arn")
    }

    /// Whether `*` and `?` are wildcards in the values (ArnEquals and ArnLike do the same, as IAM documents).
    pub fn wildcards(self) -> bool {
        matches!(self, Test::StringLike | Test::StringNotLike) || self.name().starts_with("Arn")
    }
}

impl Operator {
    /// The plain operator, without quantifier and `IfExists`.
    pub fn plain(test: Test) -> Self {
        Operator {
            quantifier: None,
            test,
            if_exists: false,
        }
    }

    /// Reads an operator; `None` if IAM has none of this name.
    pub fn read(text: &str) -> Option<Self> {
        let (quantifier, rest) = if let Some(rest) = text.strip_prefix("ForAllValues:") {
            (Some(Quantifier::ForAllValues), rest)
        } else if let Some(rest) = text.strip_prefix("ForAnyValue:") {
            (Some(Quantifier::ForAnyValue), rest)
        } else {
            (None, text)
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let test = Test::ALL.iter().copied().find(|test| test.name() == name)?;
        // `Null` asks whether the key is there, so IAM has it neither with `IfExists` nor with a quantifier.
        if test == Test::Null && (if_exists || quantifier.is_some()) {
            return None;
        }
        Some(Operator {
            quantifier,
            test,
            if_exists,
        })
    }

    /// The operator that was probably meant, if only letter case is wrong.
    pub fn suggest(text: &str) -> Option<String> {
        let names = Test::ALL.iter().flat_map(|&test| {
            [None, Some(Quantifier::ForAllValues), Some(Quantifier::ForAnyValue)]
                .into_iter()
                .flat_map(move |quantifier| {
                    [false, true].map(|if_exists| {
                        Operator {
                            quantifier,
                            test,
                            if_exists,
                        }
                        .to_string()
                    })
                })
        });
        names
            .filter(|name| Operator::read(name).is_some())
            .find(|name| name.eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quantifier = match self.quantifier {
            None => "",
            Some(Quantifier::ForAllValues) => "ForAllValues:",
            Some(Quantifier::ForAnyValue) => "ForAnyValue:",
        };
        write!(
            f,
            "{quantifier}{}{}",
            self.test.name(),
            if self.if_exists { "IfExists" } else { "" }
        )
    }
}
